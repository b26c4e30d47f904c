"""How services on the web are asked: only hosts that may be, politely, and never more than was meant."""

from __future__ import annotations

import pytest
from services_bench import Services, serve

from litsync.errors import ServiceError
from litsync.lookup.web import MAX_BYTES, Manners, Service, Web


@pytest.fixture
def server():
    """A server that answers what its hooks say."""
    made = Services(csl={"x": {"title": "x"}, "y": {"title": "y"}})
    running = serve(made)
    yield made
    running.shutdown()
    running.server_close()


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        """Let so much time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def manners(self, **more):
        """Manners by this clock."""
        return Manners(sleep=self.sleep, clock=lambda: self.now, now=lambda: self.now, **more)


def ask(server, *paths, time=None, **more):
    """The answers to some questions."""
    service = Service("the service", server.address, pause=2.0)
    with Web((time or Time()).manners(**more)) as web:
        return [web.get(service, path) for path in paths]


def test_questions_keep_their_distance(server):
    """As long as the service asks for, and only between two questions."""
    time = Time()
    ask(server, "/x", "/y", "/none", time=time)

    assert time.slept == [2.0, 2.0]


def test_what_the_service_does_not_know_is_nothing(server):
    """No error, and no second try."""
    assert ask(server, "/none") == [None]
    assert server.asked == ["/none"]


def test_an_answer_is_remembered_for_a_week(server, tmp_path):
    """Also that there is none; `fresh` asks again."""
    time = Time()
    first = ask(server, "/x", "/none", time=time, cache=tmp_path)
    assert ask(server, "/x", "/none", time=time, cache=tmp_path) == first == ['{"title": "x"}', None]
    assert server.asked == ["/x", "/none"]

    ask(server, "/x", time=time, cache=tmp_path, fresh=True)
    time.now += 8 * 24 * 3600
    ask(server, "/x", time=time, cache=tmp_path)
    assert server.asked == ["/x", "/none", "/x", "/x"]


def test_a_busy_service_is_asked_again_when_it_says(server):
    """After the time that it names; in the end it is told."""
    time = Time()
    server.hooks += [lambda _: (429, {"Retry-After": "7"}, "")]
    assert ask(server, "/x", time=time) == ['{"title": "x"}']
    assert 7.0 in time.slept

    server.hooks += [lambda _: (503, {}, "")] * 3
    with pytest.raises(ServiceError, match="the service is busy"):
        ask(server, "/y")


def test_a_service_that_is_away_is_not_asked_again(server):
    """One look is enough to know; what it says of one question only is about that question."""
    service = Service("the service", server.address, pause=0)
    server.hooks += [lambda _: (400, {}, "bad id"), lambda _: (403, {}, "no")]
    with Web(Time().manners()) as web:
        for path in ("/bad", "/x", "/y"):
            with pytest.raises(ServiceError, match="refused"):
                web.get(service, path)

    assert server.asked == ["/bad", "/x"]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
        "//evil.example/x",
    ],
)
def test_a_redirect_leads_nowhere_else(server, target):
    """Not to another host, port or scheme."""
    server.hooks += [lambda _: (302, {"Location": target}, "")]
    with pytest.raises(ServiceError, match="which is not asked"):
        ask(server, "/x")
    assert server.asked == ["/x"]


def test_a_redirect_inside_the_service_is_followed_but_not_for_ever(server):
    """A few times."""
    server.hooks += [lambda _: (301, {"Location": "/y"}, "")]
    assert ask(server, "/x") == ['{"title": "y"}']

    server.hooks += [lambda _: (301, {"Location": "/x"}, "")] * 10
    with pytest.raises(ServiceError, match="without an end"):
        ask(server, "/x")


def test_hosts_that_a_service_leads_to_are_asked_over_https_only():
    """With no other port, and without a name and password."""
    service = Service("doi.org", "https://doi.org", hosts=frozenset({"api.datacite.org"}))

    assert service.allows("https://doi.org/10.1000/x")
    assert service.allows("https://api.datacite.org/x")
    for url in (
        "http://doi.org/x", "http://api.datacite.org/x", "https://api.datacite.org:8443/x", "https://doi.org@evil.example/x",
        "https://me:x@doi.org/x", "https://api.datacite.org.evil.example/x", "https://evil.example/doi.org",
    ):  # fmt: skip
        assert not service.allows(url)


def test_too_much_is_not_taken(server):
    """An answer larger than any that makes sense is left on the way."""

    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(MAX_BYTES // 100_000 + 50):
                handler.wfile.write(b"x" * 100_000)
        except OSError:
            pass

    server.hooks += [flood]
    with pytest.raises(ServiceError, match="sends more than 8 MB"):
        ask(server, "/x")


def test_what_is_no_answer_is_told(server):
    """A refusal, and a connection that breaks."""

    def hang_up(handler):
        handler.connection.close()

    server.hooks += [lambda _: (403, {}, "no")]
    with pytest.raises(ServiceError, match=r"the service refused the question \(403\)"):
        ask(server, "/x")
    server.hooks += [hang_up]
    with pytest.raises(ServiceError, match="the service"):
        ask(server, "/x")

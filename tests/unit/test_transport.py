"""How requests reach a library: patient, bounded, and clear about what failed."""

from __future__ import annotations

import httpx2
import pytest

from litsync.errors import ZoteroError
from litsync.replicas.transport import Patience, PatientTransport

PLACE = "Zotero (users/1 at example.org)"
KEY = "SECRETKEYSECRETKEY"
JSON = {"Content-Type": "application/json"}


class Scripted(httpx2.BaseTransport):
    """A server that answers as the script says: a response, or an exception to raise."""

    def __init__(self, *script):
        """The last entry is repeated."""
        self.script = list(script)
        self.requests = []

    def handle_request(self, request):
        """Answer with the next entry."""
        self.requests.append(request)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        return httpx2.Response(status, headers=headers, content=body, request=request)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        """Start at zero."""
        self.now = 0.0
        self.sleeps = []

    def sleep(self, seconds):
        """Let time pass."""
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    """A clock of this test."""
    return Clock()


def client(clock, *script, tries=5, budget=120.0):
    """A client of a scripted server, and the server."""
    server = Scripted(*script)
    patience = Patience(tries, budget, clock.sleep, lambda: clock.now, lambda: 1.0)
    transport = PatientTransport(server, PLACE, patience)
    return httpx2.Client(transport=transport, base_url="https://example.org"), server, transport


GOOD = (200, JSON, b"[]")


@pytest.mark.parametrize(
    ("bad", "slept"),
    [
        ((429, {"Retry-After": "7"}, b""), [7.0]),
        ((429, {}, b""), [2.0]),
        ((503, {"Retry-After": "3"}, b""), [3.0]),
        ((500, {}, b"oops"), [2.0]),
        (httpx2.ConnectError("refused"), [2.0]),
        (httpx2.ReadTimeout("slow"), [2.0]),
        ((503, {"Retry-After": "soon"}, b""), [2.0]),
    ],
    ids=["429 that says when", "429", "503 that says when", "500", "refused", "timeout", "nonsense"],
)
def test_trouble_that_passes_is_waited_out(clock, bad, slept):
    """The request is sent again after the pause that was asked for, or a growing one."""
    http, server, transport = client(clock, bad, GOOD)

    assert http.get("/users/1/items").json() == []
    assert clock.sleeps == slept
    assert len(server.requests) == 2
    assert transport.counts["GET"] == 2


def test_patience_ends(clock):
    """After so many tries the trouble is told; the pauses grow."""
    http, server, _ = client(clock, (500, {}, b"oops"), tries=4)
    with pytest.raises(ZoteroError, match="answered 500"):
        http.get("/users/1/items")

    assert len(server.requests) == 4
    assert clock.sleeps == [2.0, 4.0, 8.0]


def test_a_pause_longer_than_the_budget_is_not_begun(clock):
    """A server that asks to wait for an hour is told about at once."""
    http, server, _ = client(clock, (429, {"Retry-After": "3600"}, b""))
    with pytest.raises(ZoteroError, match="fewer requests"):
        http.get("/users/1/items")

    assert len(server.requests) == 1
    assert clock.sleeps == []


def test_backoff_delays_the_next_request(clock):
    """A good answer may ask for a pause, too."""
    http, _, _ = client(clock, (200, {**JSON, "Backoff": "5"}, b"[]"), GOOD)
    http.get("/users/1/items")
    assert clock.sleeps == []
    http.get("/users/1/items")

    assert clock.sleeps == [5.0]


def test_a_refused_key_stops_at_once(clock):
    """No second try with a bad key: Zotero locks out who asks again and again."""
    http, server, _ = client(clock, (403, {"Content-Type": "text/html"}, b"Invalid key"))
    with pytest.raises(ZoteroError, match="refused the key") as caught:
        http.get("/users/1/items", headers={"Zotero-API-Key": KEY})

    assert len(server.requests) == 1
    assert KEY not in f"{caught.value}{caught.value.hint}"
    assert "zotero.org/settings/keys" in caught.value.hint


@pytest.mark.parametrize(
    "garbage",
    [
        (200, {"Content-Type": "text/html"}, b"<html>Please log in to the hotel network</html>"),
        (200, JSON, b'[{"key": "ABC'),
        (200, {}, b"???"),
    ],
    ids=["a login page", "cut off", "no type"],
)
def test_garbage_is_not_taken_for_an_answer(clock, garbage):
    """A captive portal, or an answer that was cut, ends in clear words."""
    http, _, _ = client(clock, garbage)

    with pytest.raises(ZoteroError, match="not Zotero's"):
        http.get("/users/1/items")


@pytest.mark.parametrize("status", [304, 404, 412])
def test_answers_that_a_caller_can_use_reach_it(clock, status):
    """Unchanged, missing, and changed meanwhile are not errors here."""
    http, _, _ = client(clock, (status, {}, b"text"))

    assert http.get("/users/1/items").status_code == status


def test_an_unforeseen_refusal_is_told_in_the_servers_words(clock):
    """What the library says is worth reading."""
    http, _, _ = client(clock, (400, {"Content-Type": "text/html"}, b"'limit' must be a number"))

    with pytest.raises(ZoteroError, match=r"400.*must be a number"):
        http.get("/users/1/items")


def test_nothing_listens(clock):
    """A dead address ends in clear words, after a bounded time."""
    http, _, _ = client(clock, httpx2.ConnectError("Connection refused"), tries=2)

    with pytest.raises(ZoteroError, match="cannot be reached"):
        http.get("/users/1/items")


def test_a_write_can_be_repeated(clock):
    """The write token that would refuse the repetition as a whole is not sent."""
    http, server, _ = client(clock, httpx2.ReadTimeout("lost answer"), GOOD)
    http.post("/users/1/items", json=[], headers={"Zotero-Write-Token": "abcde"})

    assert all("Zotero-Write-Token" not in request.headers for request in server.requests)
    assert [request.content for request in server.requests] == [b"[]", b"[]"]

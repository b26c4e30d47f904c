"""How requests reach a library: patient, bounded, and clear about what failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from litsync.errors import ZoteroError
from litsync.library import open_library
from litsync.library.faults import Faults, Rule, What
from litsync.library.server import serving
from litsync.replicas.transport import Patience, PatientTransport, server_client

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
        ((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""), [30.0]),
        ((503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b""), [2.0]),
        ((409, {"Retry-After": "4"}, b"Library is locked"), [4.0]),
        ((409, {}, b"Library is locked"), [2.0]),
        (httpx2.RemoteProtocolError("cut off"), [2.0]),
    ],
    ids=[
        "429 that says when",
        "429",
        "503 that says when",
        "500",
        "refused",
        "timeout",
        "nonsense",
        "a date",
        "a date that has passed",
        "a locked library that says when",
        "a locked library",
        "a connection that was cut",
    ],
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


def test_an_unknown_key_is_not_shown_again_for_ten_minutes(clock):
    """A process that runs for weeks does not get its machine locked out; another key is tried at once, this one later."""
    headers = {"Zotero-API-Key": "AKEYTHATNOBODYKNOWS"}
    http, server, _ = client(clock, (403, {"Content-Type": "text/html"}, b"Invalid key"), GOOD)
    with pytest.raises(ZoteroError, match="does not know it"):
        http.get("/users/1/items", headers=headers)
    again = client(clock, GOOD)[0]
    with pytest.raises(ZoteroError, match="does not know it"):
        again.get("/users/1/items", headers=headers)
    assert len(server.requests) == 1
    assert again.get("/users/1/items", headers={"Zotero-API-Key": "ANOTHERKEY"}).status_code == 200
    clock.now += 601
    assert again.get("/users/1/items", headers=headers).status_code == 200


def test_any_answer_may_ask_for_a_pause(clock):
    """`Retry-After` on an answer that is no trouble delays what comes next; pyzotero does not hear of it, and does not sleep too."""
    http, _, _ = client(
        clock, (412, {"Retry-After": "6"}, b"stale"), (200, {**JSON, "Backoff": "3", "Retry-After": "9"}, b"[]"), GOOD
    )
    answers = [http.get("/users/1/items") for _ in range(3)]

    assert clock.sleeps == [6.0, 9.0]
    assert not any(name in answer.headers for answer in answers for name in ("Backoff", "Retry-After"))


def test_a_backoff_of_an_hour_is_told_and_not_waited_out(clock):
    """The next request is not sent, and the person hears how long the library wants to be left alone."""
    http, server, _ = client(clock, (200, {**JSON, "Backoff": "3600"}, b"[]"))
    http.get("/users/1/items")
    with pytest.raises(ZoteroError, match="60 minutes"):
        http.get("/users/1/items")

    assert len(server.requests) == 1
    assert clock.sleeps == []


def test_a_machine_that_is_locked_out_does_not_go_on_asking(clock):
    """The 429 for too many wrong keys is not waited out: it comes for good keys too, for minutes."""
    http, server, _ = client(clock, (429, {"Content-Type": "text/html"}, b"Too many authentication failures"))
    with pytest.raises(ZoteroError, match="locked this machine out"):
        http.get("/users/1/items")

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"Invalid key", "does not know it"),
        (b"Write access denied", "may not write there"),
        (b"Forbidden", "may not see"),
    ],
)
def test_why_a_key_is_refused_is_told(clock, text, words):
    """Unknown, without write access, without any: three different things to do."""
    http, _, _ = client(clock, (403, {"Content-Type": "text/html"}, text))
    with pytest.raises(ZoteroError, match=words):
        http.get("/users/1/items")


def test_an_answer_from_elsewhere_is_not_followed(clock):
    """A key is not carried to where a redirection points."""
    http, server, _ = client(clock, (302, {"Location": "https://login.hotel.example/"}, b""))
    with pytest.raises(ZoteroError, match=r"sends elsewhere: https://login\.hotel"):
        http.get("/users/1/items")

    assert len(server.requests) == 1


class Crowded(httpx2.BaseTransport):
    """A server that notes how many requests of each method it has at a time."""

    def __init__(self):
        """Nobody is there."""
        self.lock, self.inside, self.most = threading.Lock(), Counter(), Counter()

    def handle_request(self, request):
        """Answer after a moment."""
        with self.lock:
            self.inside[request.method] += 1
            self.most[request.method] = max(self.most[request.method], self.inside[request.method])
        time.sleep(0.03)
        with self.lock:
            self.inside[request.method] -= 1
        return httpx2.Response(200, headers=JSON, content=b"[]", request=request)


def test_at_most_four_reads_at_a_time_and_one_write():
    """Twelve threads read, six write: never more are under way, and everything is answered."""
    server = Crowded()
    transport = PatientTransport(server, PLACE)
    with httpx2.Client(transport=transport, base_url="https://example.org") as http, ThreadPoolExecutor(18) as pool:
        methods = ["GET"] * 12 + ["POST"] * 6
        answers = list(pool.map(lambda method: http.request(method, "/users/1/items").status_code, methods))

    assert answers == [200] * 18
    assert server.most == {"GET": 4, "POST": 1}
    assert transport.counts == {"GET": 12, "POST": 6}


WAITING = """
import httpx2, sys
from litsync.replicas.transport import server_client
client = server_client("Zotero", sys.argv[1])
print("asking", flush=True)
client.get(sys.argv[1] + "/users/1/items")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_a_pause_at_once():
    """Somebody who does not want to wait for a busy library need not."""
    with open_library_that_is_busy() as url:
        child = subprocess.Popen(
            [sys.executable, "-c", WAITING, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        child.stdout.readline()
        time.sleep(1.5)
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=20)
        assert "KeyboardInterrupt" in said


@contextmanager
def open_library_that_is_busy():
    """A real server that asks everybody to come back in 100 seconds."""
    library = open_library(None, create=True)
    rule = Rule(What.STATUS, status=503, headers={"Retry-After": "100"})
    with serving(Faults(library.app, [rule])) as url:
        yield url
    library.close()


def test_an_answer_that_is_too_late_makes_nothing_twice():
    """The write is carried out, the client gives up on it and sends it again: each object is told to be there, and is there once."""
    library = open_library(None, create=True)
    books = [{"itemType": "book", "key": f"BBKK234{n}", "version": 0} for n in range(2, 6)]
    rule = Rule(What.LATE, at=(1,), method="POST", seconds=5)
    with serving(Faults(library.app, [rule])) as url, server_client(PLACE, url, Patience(jitter=lambda: 0.1)) as http:
        report = http.post(f"{url}/users/1/items", json=books, timeout=1).json()
        items = http.get(f"{url}/users/1/items").json()
    library.close()

    assert {fault["code"] for fault in report["failed"].values()} == {412}
    assert len(report["failed"]) == len(items) == 4


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

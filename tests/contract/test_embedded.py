"""What only the embedded library promises: who may call it on loopback, and misbehaviour on request."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import httpx2
import pytest

from litsync.errors import ZoteroError
from litsync.library import open_library
from litsync.library.access import Access
from litsync.library.faults import Dropped, Faults, Rule, What, read_script
from litsync.library.server import serve as serve_until_told
from litsync.library.server import serving

BOOKS = [{"itemType": "book", "title": str(n)} for n in range(4)]
POSTS = {"method": "POST", "path": "/items$"}


@pytest.fixture
def library():
    """A library in memory."""
    library = open_library(None, create=True)
    yield library
    library.close()


@pytest.fixture
def serve(library):
    """Starts the library behind a fault script; answers a client of `users/1`."""
    with ExitStack() as stack:

        def start(*rules):
            address = stack.enter_context(serving(Faults(library.app, rules)))
            return stack.enter_context(httpx2.Client(base_url=f"{address}/users/1", timeout=10, trust_env=False))

        yield start


def titles(library):
    """What the library holds, asked for behind the faults' back."""
    with httpx2.Client(transport=httpx2.WSGITransport(app=library.app), base_url="http://localhost") as client:
        return sorted(item["data"]["title"] for item in client.get("/users/1/items").json())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:23119", "[::1]:80", "LOCALHOST"])
def test_loopback_names_are_answered(serve, host):
    """The names of this machine's loopback, with any port."""
    assert serve().get("/items", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.0.0.1@evil"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
    ],
)
def test_web_pages_and_foreign_names_are_refused(serve, library, headers):
    """No answer for a rebound name, none for a page, no CORS header, nothing written."""
    client = serve()
    responses = [client.get("/items", headers=headers), client.post("/items", json=BOOKS, headers=headers)]
    assert [response.status_code for response in responses] == [403, 403]
    assert not any(name.lower().startswith("access-control") for response in responses for name in response.headers)
    assert library.version() == 0


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Zotero-API-Key": "wrong"}])
def test_a_refusal_arrives_although_the_body_was_not_read(serve, library, headers):
    """A large upload that is refused by its headers gets the refusal, not a broken connection."""
    library.keys["right"] = Access()
    assert serve().post("/items", content=b" " * 4_000_000, headers=headers).status_code == 403


SERVING = """
import pathlib, sys
from litsync.library import open_library
from litsync.library.access import Access
from litsync.library.server import serve
library = open_library(pathlib.Path(sys.argv[1]), create=True)
serve(library, 0, lambda text: print(text, flush=True))
library.close()
print("closed", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_end(tmp_path, ending):
    """It tells an address that answers, ends in order, and what was written is in the file."""
    path = tmp_path / "library.sqlite"
    child = subprocess.Popen([sys.executable, "-c", SERVING, str(path)], stdout=subprocess.PIPE, text=True)
    shown = "".join(child.stdout.readline() for _ in range(4))
    address = re.search(r"http://127\.0\.0\.1:\d+", shown)[0]
    assert f'zot.endpoint = "{address}"' in shown
    report = httpx2.post(f"{address}/users/1/items", json=BOOKS, trust_env=False).json()
    child.send_signal(ending)
    assert child.communicate(timeout=20) == ("closed\n", None)
    assert child.returncode == 0
    library = open_library(path, create=False)
    assert len(report["success"]) == library.version() == 4
    library.close()


def test_a_port_that_is_taken_is_reported(library):
    """The error names the port, and nothing is served."""
    with serving(library.app) as address, pytest.raises(ZoteroError, match=address.rpartition(":")[2]):
        serve_until_told(library, int(address.rpartition(":")[2]), print)


def test_without_a_key_none_is_needed_and_with_one_it_is(library):
    """The key may be set after opening; keys are compared whole."""
    with httpx2.Client(transport=httpx2.WSGITransport(app=library.app), base_url="http://localhost/users/1") as client:
        assert client.get("/items", headers={"Zotero-API-Key": "any"}).status_code == 200
        library.keys["right"] = Access()
        statuses = [client.get("/items", headers={"Zotero-API-Key": key}).status_code for key in ("right", "righ", "")]
    assert statuses == [200, 403, 403]


def test_head_has_no_body_in_process(library):
    """What a transport in the same process gets is empty too."""
    with httpx2.Client(transport=httpx2.WSGITransport(app=library.app), base_url="http://localhost/users/1") as client:
        client.post("/items", json=BOOKS)
        head = client.head("/items")
    assert (head.content, head.headers["Total-Results"]) == (b"", "4")


def test_a_status_instead_of_an_answer(serve, library):
    """The second post gets what the script says and is not carried out; others are."""
    client = serve(
        Rule(
            What.STATUS, at=(2,), status=429, headers={"Retry-After": "3"}, body="Request rate limit exceeded", **POSTS
        )
    )
    responses = [client.post("/items", json=[book]) for book in BOOKS[:3]]
    assert [response.status_code for response in responses] == [200, 429, 200]
    assert (responses[1].headers["Retry-After"], responses[1].text) == ("3", "Request rate limit exceeded")
    assert titles(library) == ["0", "2"]


def test_headers_added_to_an_answer(serve):
    """A `Backoff` on a success."""
    response = serve(Rule(What.ADD, headers={"Backoff": "5"})).get("/items")
    assert (response.status_code, response.headers["Backoff"]) == (200, "5")


@pytest.mark.parametrize(("what", "kept"), [(What.DROP_BEFORE, []), (What.DROP_AFTER, ["0", "1", "2", "3"])])
def test_a_dropped_connection(serve, library, what, kept):
    """The client sees a broken connection; the batch was carried out, or not; the next request is fine."""
    client = serve(Rule(what, at=(1,), **POSTS))
    with pytest.raises(httpx2.TransportError):
        client.post("/items", json=BOOKS)
    assert client.get("/items").status_code == 200
    assert titles(library) == kept


def test_a_dropped_connection_in_process(library):
    """Without a server the client meets the exception itself."""
    app = Faults(library.app, [Rule(What.DROP_AFTER)])
    with (
        httpx2.Client(transport=httpx2.WSGITransport(app=app), base_url="http://localhost") as client,
        pytest.raises(Dropped),
    ):
        client.post("/users/1/items", json=BOOKS)
    assert len(titles(library)) == 4


def test_a_truncated_answer(serve, library):
    """The batch is carried out; its report cannot be parsed."""
    response = serve(Rule(What.TRUNCATE, **POSTS)).post("/items", json=BOOKS)
    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert len(titles(library)) == 4


def test_a_half_applied_batch(serve, library):
    """The first objects are written, the answer is 500."""
    assert serve(Rule(What.HALF, objects=2, **POSTS)).post("/items", json=BOOKS).status_code == 500
    assert titles(library) == ["0", "1"]


def test_a_slow_answer(serve):
    """The answer comes, late."""
    client = serve(Rule(What.DELAY, seconds=0.3))
    started = time.monotonic()
    assert client.get("/items").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_an_answer_that_comes_too_late(serve, library):
    """The batch is carried out at once; a client with little patience never hears of it."""
    client = serve(Rule(What.LATE, seconds=3, **POSTS))
    with pytest.raises(httpx2.ReadTimeout):
        client.post("/items", json=BOOKS, timeout=0.5)
    assert len(titles(library)) == 4


def test_versions_from_a_backup(serve, library):
    """Every version in an answer is older than it is: the header's, the objects', those of a list of versions."""
    client = serve(Rule(What.STALE, method="GET", objects=3))
    client.post("/items", json=BOOKS)
    response = client.get("/items", params={"sort": "title"})
    assert response.headers["Last-Modified-Version"] == "1"
    assert [item["version"] for item in response.json()] == [0, 0, 0, 1]
    assert [item["data"]["version"] for item in response.json()] == [0, 0, 0, 1]


def test_the_first_of_several_rules_acts(serve):
    """Rules count for themselves; the first that is due acts."""
    client = serve(Rule(What.STATUS, at=(2,), status=503), Rule(What.STATUS, at=(2, 3), status=502))
    assert [client.get("/items").status_code for _ in range(4)] == [200, 503, 502, 200]


def test_a_script_is_read_from_json():
    """Rules as an array of objects; an unknown property or kind is an error."""
    text = '[{"what": "status", "at": [1, 3], "status": 503, "headers": {"Retry-After": "1"}}]'
    assert read_script(text) == (Rule(What.STATUS, at=(1, 3), status=503, headers={"Retry-After": "1"}),)
    with pytest.raises(ValueError, match="nonsense"):
        read_script('[{"what": "nonsense"}]')
    with pytest.raises(TypeError):
        read_script('[{"what": "status", "when": 1}]')

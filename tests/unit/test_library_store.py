"""The library file: what was answered survives, what was not is not half there, and foreign files stay as they are."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from litsync.errors import ZoteroError
from litsync.library import Library, open_library
from litsync.library.store import open_store

WRITER = """
import sys, pathlib, itertools
sys.path.insert(0, sys.argv[2])
from test_library_store import articles, post
from litsync.library import open_library
library = open_library(pathlib.Path(sys.argv[1]), create=False)
for n in itertools.count():
    print(" ".join(post(library, articles(n, 20))["success"].values()), flush=True)
"""


def request(library, method, path, body=None, query=""):
    """Status and JSON of one request to the library's application."""
    raw = b"" if body is None else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"/users/1/{path}",
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(raw)),
    }
    told = []
    answer = library.app(
        environ | {"wsgi.input": io.BytesIO(raw), "wsgi.url_scheme": "http", "HTTP_HOST": "127.0.0.1"},
        lambda status, _: told.append(status),
    )
    text = b"".join(answer)
    return told[0], json.loads(text) if text.startswith((b"{", b"[")) else text


def post(library, entries):
    """The report of a batch of items."""
    return request(library, "POST", "items", entries)[1]


def articles(number, count):
    """New items that share a tag each."""
    return [
        {"itemType": "journalArticle", "title": f"{number}.{i}", "tags": [{"tag": f"t{i}"}, {"tag": "all"}]}
        for i in range(count)
    ]


@pytest.fixture
def path(tmp_path):
    """Where a library may be."""
    return tmp_path / "library with space & ü.sqlite"


@pytest.fixture
def library(path):
    """A new library in a file."""
    with contextlib.closing(open_library(path, create=True)) as library:
        yield library


def test_a_reopened_library_is_the_same(path):
    """Lineage, version and items are kept; closing twice is fine."""
    library = open_library(path, create=True)
    keys = set(post(library, articles(0, 3))["success"].values())
    lineage, version = library.lineage, library.version()
    library.close()
    library.close()
    again = open_library(path, create=False)
    assert (again.lineage, again.version()) == (lineage, version) == (lineage, 3)
    assert set(request(again, "GET", "items", query="format=versions")[1]) == keys
    again.close()


def test_every_library_has_its_own_lineage(tmp_path):
    """Two new libraries differ; in memory and on disk."""
    opened = [open_library(where, create=True) for where in (tmp_path / "a", tmp_path / "b", None, None)]
    assert len({library.lineage for library in opened}) == 4
    for library in opened:
        library.close()


def test_a_missing_file_is_made_only_when_asked(path):
    """Without `create` it stays missing."""
    with pytest.raises(FileNotFoundError):
        open_library(path, create=False)
    assert not path.exists()


def test_a_folder_that_is_missing_is_reported(tmp_path):
    """The path is named in an error for people."""
    with pytest.raises(ZoteroError, match="cannot be opened"):
        open_library(tmp_path / "no" / "library.sqlite", create=True)


def _some_database(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE mine (x)")
        db.commit()


def _later_format(path):
    open_library(path, create=True).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    "make", [_some_database, _later_format, lambda path: path.write_text("title: my catalog\n" * 99)]
)
def test_a_file_that_is_no_library_stays_as_it_is(path, make):
    """Another database, a later format, another file: refused, and not a byte differs."""
    make(path)
    before = path.read_bytes()
    with pytest.raises(ZoteroError):
        open_library(path, create=True)
    assert path.read_bytes() == before
    assert sorted(other.name for other in path.parent.iterdir()) == [path.name]


def test_a_library_of_the_first_format_is_brought_up_to_date(path):
    """Items and versions stay, and what came later can be used; nothing is added to it twice."""
    with contextlib.closing(open_library(path, create=True)) as library:
        keys = set(post(library, articles(0, 3))["success"].values())
        lineage = library.lineage
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TABLE searches; DROP TABLE settings; PRAGMA user_version = 1")
    for _ in range(2):
        with contextlib.closing(open_library(path, create=False)) as library:
            assert (library.lineage, library.version()) == (lineage, 3)
            assert set(request(library, "GET", "items", query="format=versions")[1]) == keys
            assert request(library, "GET", "settings")[1] == {}
            assert request(library, "GET", "searches")[1] == []


def test_a_commit_waits_for_the_disk(library):
    """The file's log is written ahead and synced at every commit: what was answered survives a power cut."""
    settings = [library._store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


def test_an_empty_file_becomes_a_library(path):
    """What a crash during the first creation leaves behind can be opened again."""
    path.touch()
    with contextlib.closing(open_library(path, create=True)) as library:
        assert library.version() == 0


def test_simultaneous_creation_makes_one_library(path):
    """All who open a new file at once find the same one."""
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: open_library(path, create=True), range(6)))
    assert len({library.lineage for library in opened}) == 1
    for library in opened:
        library.close()


def test_two_connections_see_each_others_writes(path, library):
    """A write of one is read by the other at once."""
    with contextlib.closing(open_library(path, create=False)) as other:
        key = post(library, articles(0, 1))["success"]["0"]
        assert other.version() == 1
        assert request(other, "GET", f"items/{key}")[1]["version"] == 1


def test_two_connections_writing_at_once_lose_nothing(path, library):
    """Every batch of either arrives, and no two items share a version."""
    with contextlib.closing(open_library(path, create=False)) as other, ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda n: post((library, other)[n % 2], articles(n, 5)), range(24)))
        versions = request(other, "GET", "items", query="format=versions")[1]
    assert sorted(versions.values()) == list(range(1, 121))
    assert {key for report in reports for key in report["success"].values()} == set(versions)


def test_a_reader_is_not_kept_waiting_by_a_writer_of_another_process(path, library):
    """While another connection is in the middle of a write, reads answer the state before it."""
    post(library, articles(0, 1))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE items SET title = 'half'")
        writer.execute("UPDATE library SET version = 99")
        assert library.version() == 1
        assert request(library, "GET", "items")[1][0]["version"] == 1


def sane(library: Library, path):
    """The file is whole: SQLite's own check, versions below the library's, both tags on every item."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    items = request(library, "GET", "items", query="limit=100")[1]
    assert all(len(item["data"]["tags"]) == 2 for item in items)
    versions = request(library, "GET", "items", query="format=versions")[1]
    assert sorted(versions.values()) == list(range(1, library.version() + 1))
    return set(versions)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("batches", [1, 4, 9])
def test_a_killed_writer_loses_nothing_it_answered(path, batches):
    """Killed in the middle of writing: every batch that was answered is there, whole, and work goes on from there."""
    open_library(path, create=True).close()
    here = Path(__file__).parent
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(here)], stdout=subprocess.PIPE, text=True)
    answered = [key for _ in range(batches) for key in child.stdout.readline().split()]
    child.send_signal(signal.SIGKILL)
    answered += [key for line in child.stdout if line.endswith("\n") for key in line.split()]
    child.stdout.close()
    child.wait()
    with contextlib.closing(open_library(path, create=False)) as library:
        kept = sane(library, path)
        assert len(kept) % 20 == 0
        assert set(answered) <= kept
        assert len(answered) >= 20 * batches
        assert len(post(library, articles(0, 3))["success"]) == 3


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_processes_writing_at_once_lose_nothing(path, library):
    """Two other processes and this one write the same file: every answered batch is there, and no two items share a version."""
    command = [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answered = {key for child in children for key in child.stdout.readline().split()}
    answered |= {key for n in range(5) for key in post(library, articles(n, 20))["success"].values()}
    for child in children:
        child.send_signal(signal.SIGKILL)
        answered |= {key for line in child.stdout if line.endswith("\n") for key in line.split()}
        child.stdout.close()
        child.wait()
    assert len(answered) >= 140
    assert answered <= sane(library, path)


def test_a_full_disk_loses_the_batch_and_nothing_else(path):
    """When SQLite cannot grow the file the request fails, and what was there before is whole."""
    library = open_library(path, create=True)
    post(library, articles(0, 5))
    pages = library._store._db.execute("PRAGMA page_count").fetchone()[0]
    library._store._db.execute(f"PRAGMA max_page_count = {pages}")
    status, _ = request(library, "POST", "items", [{"itemType": "book", "abstractNote": "x" * 60_000}] * 20)
    assert status.startswith("500")
    assert len(sane(library, path)) == 5
    library.close()


def test_an_object_that_fails_leaves_neither_rows_nor_a_version():
    """Inside one transaction the objects before and after it are written, with versions that follow each other."""
    store = open_store(None, create=True)
    with store.writing() as transaction:
        for name in ("before", "broken", "after"):
            with contextlib.suppress(LookupError), transaction.one_object():
                values = (name, transaction.bump())
                transaction.db.execute("INSERT INTO collections VALUES (?, ?, 'x', NULL, 0, '{}')", values)
                if name == "broken":
                    raise LookupError
    with store.reading() as db:
        assert db.execute("SELECT key, version FROM collections ORDER BY version").fetchall() == [
            ("before", 1),
            ("after", 2),
        ]
    assert store.version() == 2
    store.close()


def test_what_is_answered_has_been_synced_to_disk(library):
    """The file is in the mode in which a power cut loses no answered write."""
    db = library._store._db
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_library_that_stays_busy_says_so(path, library):
    """A write that another process keeps out for too long is 503 with Retry-After, not a lost write."""
    library._store._db.execute("PRAGMA busy_timeout = 20")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert request(library, "POST", "items", articles(0, 1))[0].startswith("503")
    assert len(post(library, articles(0, 1))["success"]) == 1


def test_asking_for_the_version_is_cheap():
    """Opening a library and reading its version imports neither HTTP nor the application."""
    code = (
        "import sys; from litsync.library import open_library; library = open_library(None, create=True); library.version();"
        "print([m for m in sys.modules if m.split('.')[0] in ('httpx2', 'pyzotero', 'wsgiref', 'http') or m.startswith('litsync.library.')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "['litsync.library.store']"

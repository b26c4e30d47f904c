"""The library file: its tables, its version, and transactions on it.

Decides durability (WAL, `synchronous=FULL`: what was answered survives a power cut), isolation (one writer; any number of readers beside it, each
with a connection of its own that sees one moment; processes take turns by SQLite's own lock) and how the library version moves:
`Transaction.bump`, once per object written. It must not know HTTP, JSON requests, or which writes are allowed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from litsync.errors import ZoteroError

APPLICATION_ID = 0x4C697453  # "LitS": tells a library from any other SQLite file
FORMAT = 2
BUSY_SECONDS = 15.0
OPENING_TRIES = 20

TABLES = """
CREATE TABLE library (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, lineage TEXT NOT NULL) STRICT;
CREATE TABLE collections (
  key TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
  parent TEXT REFERENCES collections ON DELETE CASCADE, trashed INTEGER NOT NULL, relations TEXT NOT NULL) STRICT;
CREATE INDEX collections_parent ON collections (parent);
CREATE TABLE items (
  key TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, item_type TEXT NOT NULL,
  parent TEXT REFERENCES items ON DELETE CASCADE, trashed INTEGER NOT NULL, date_added TEXT NOT NULL, date_modified TEXT NOT NULL,
  title TEXT NOT NULL, creator TEXT NOT NULL, date TEXT NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX items_version ON items (version);
CREATE INDEX items_parent ON items (parent) WHERE parent IS NOT NULL;
CREATE INDEX items_modified ON items (date_modified, key);
CREATE TABLE memberships (
  collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE, item TEXT NOT NULL REFERENCES items ON DELETE CASCADE,
  PRIMARY KEY (item, collection)) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_collection ON memberships (collection);
CREATE TABLE tags (
  item TEXT NOT NULL REFERENCES items ON DELETE CASCADE, position INTEGER NOT NULL,
  tag TEXT NOT NULL, type INTEGER NOT NULL, folded TEXT NOT NULL, PRIMARY KEY (item, position)) STRICT, WITHOUT ROWID;
CREATE INDEX tags_tag ON tags (tag);
CREATE INDEX tags_folded ON tags (folded);
CREATE TABLE relations (
  item TEXT NOT NULL REFERENCES items ON DELETE CASCADE, predicate TEXT NOT NULL, object TEXT NOT NULL,
  PRIMARY KEY (item, predicate, object)) STRICT, WITHOUT ROWID;
CREATE INDEX relations_object ON relations (object);
CREATE TABLE deleted (kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE write_tokens (token TEXT PRIMARY KEY NOT NULL, used_at INTEGER NOT NULL) STRICT;
"""
ADDED = {
    2: """
CREATE TABLE searches (
  key TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, conditions TEXT NOT NULL, trashed INTEGER NOT NULL) STRICT;
CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
"""
}
"""What each later format adds to the tables of the first one."""


class Transaction:
    """An open write: `db` to write through, `version` the library's version as this transaction has moved it so far."""

    def __init__(self, db: sqlite3.Connection, version: int) -> None:
        self.db = db
        self.version = version

    def bump(self) -> int:
        """The library version has moved by one; the new version."""
        self.version += 1
        return self.version

    @contextmanager
    def one_object(self) -> Iterator[None]:
        """All of what is written inside happens, or, on an exception, none of it: neither rows nor version."""
        before = self.version
        self.db.execute("SAVEPOINT one_object")
        try:
            yield
        except BaseException:
            self.version = before
            if self.db.in_transaction:  # SQLite itself rolls all back when the disk is full
                self.db.execute("ROLLBACK TO one_object")
                self.db.execute("RELEASE one_object")
            raise
        self.db.execute("RELEASE one_object")


class Store:
    """An open library file. Safe to use from several threads."""

    def __init__(self, db: sqlite3.Connection, another: Callable[[], sqlite3.Connection] | None) -> None:
        """`db` is a connection on a complete library that nobody else uses; `another` opens one more. None: there is just this one."""
        self._db = db
        self._another = another
        self._lock = threading.RLock()
        self._resting: list[sqlite3.Connection] = []
        self.lineage: str = db.execute("SELECT lineage FROM library").fetchone()[0]

    def version(self) -> int:
        """The library's version now, writes of other processes included."""
        with self._lock:
            return version_in(self._db)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the library: all reads inside see the same state, whatever others write meanwhile. Nobody waits for a reader."""
        if self._another is None:
            with self._lock, _moment(self._db):
                yield self._db
            return
        try:
            db = self._resting.pop()
        except IndexError:
            db = self._another()
        try:
            with _moment(db):
                yield db
        finally:
            self._resting.append(db)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """The only writer. On leaving, all is on disk; on an exception nothing has happened."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                before = version_in(self._db)
                transaction = Transaction(self._db, before)
                yield transaction
                if transaction.version != before:
                    self._db.execute("UPDATE library SET version = ?", (transaction.version,))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """The file is released; SQLite folds its log into it if no other process has it open."""
        with self._lock:
            while self._resting:
                self._resting.pop().close()
            self._db.close()


@contextmanager
def _moment(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that reads."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def open_store(path: Path | None, *, create: bool) -> Store:
    """The library at `path`, or a new one in memory for None; a missing file is made only with `create`."""
    if path is not None and not create and not path.exists():
        raise FileNotFoundError(path)
    try:
        return Store(_connect_patiently(path, create=create), partial(_connect, path, create=False) if path else None)
    except sqlite3.DatabaseError as error:
        of_the_disk = isinstance(error, sqlite3.OperationalError)
        hint = "is the disk full, or the folder read-only?" if of_the_disk else "restore the file"
        raise ZoteroError(
            f"the library {path} cannot be opened: {in_words(error)}", f"check `zotero: library:`; {hint}"
        ) from error


def in_words(error: sqlite3.DatabaseError) -> str:
    """Why the library's file cannot be read or written, as a person says it."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_READONLY:
            return "its file or its folder may not be written (give this account the right to)"
        case sqlite3.SQLITE_CANTOPEN:
            return "its file or its folder may not be read and written (give this account the right to)"
        case sqlite3.SQLITE_FULL:
            return "no space is left on the disk"
        case _:
            return str(error)


def _connect_patiently(path: Path | None, *, create: bool) -> sqlite3.Connection:
    """A connection, tried again while other processes make the same library: SQLite does not wait by itself there."""
    for _ in range(OPENING_TRIES):
        try:
            return _connect(path, create=create)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.05)
    return _connect(path, create=create)


def _connect(path: Path | None, *, create: bool) -> sqlite3.Connection:
    """A configured connection on a complete library."""
    where = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}" if path else ":memory:"
    db = sqlite3.connect(where, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        _check(db, path)  # before anything is written: a foreign file must stay as it is
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA fullfsync = ON")  # macOS: without it a sync leaves data in the disk's own cache
        db.execute("PRAGMA foreign_keys = ON")
        _complete(db)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a file that is not a library, or one of a later format. A file without any table is a library that was never finished."""
    db.execute("BEGIN")  # one moment of the file: another process may be about to make the tables
    marks = (_pragma(db, "application_id"), _pragma(db, "user_version"))
    tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    db.execute("ROLLBACK")
    if marks[0] == APPLICATION_ID and marks[1] <= FORMAT:
        return
    if marks[0] == APPLICATION_ID:
        raise ZoteroError(f"the library {path} has format {marks[1]}, this litsync reads {FORMAT}", "upgrade litsync")
    if tables:
        raise ZoteroError(f"{path} is a database, but not a litsync library", "set `zotero: library:` to another file")


def _complete(db: sqlite3.Connection) -> None:
    """Make the tables that are missing; of two processes that both try, one makes them and the other finds them."""
    if (_pragma(db, "application_id"), _pragma(db, "user_version")) == (APPLICATION_ID, FORMAT):
        return
    db.execute("BEGIN IMMEDIATE")
    if _pragma(db, "application_id") != APPLICATION_ID:
        _run(db, TABLES)
        db.execute("INSERT INTO library VALUES (1, 0, ?)", (os.urandom(16).hex(),))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
    for number in range(_pragma(db, "user_version") + 1, FORMAT + 1):
        _run(db, ADDED[number])
    db.execute(f"PRAGMA user_version = {FORMAT}")
    db.execute("COMMIT")


def _run(db: sqlite3.Connection, script: str) -> None:
    """The statements one by one, inside the transaction that is open."""
    for statement in script.split(";"):
        db.execute(statement)


def _pragma(db: sqlite3.Connection, name: str) -> int:
    """A number of the file's header."""
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def version_in(db: sqlite3.Connection) -> int:
    """The library's version in the moment this connection sees."""
    return int(db.execute("SELECT version FROM library").fetchone()[0])

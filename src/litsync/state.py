"""What litsync remembers between cycles, in one SQLite file: targets and accounts, memories of replicas, the journal.

Decides only how things are stored and when they are durable (WAL, synchronous=FULL: a committed account survives a power
cut). Knows nothing of merging. Losing the file loses no value in any replica; it loses history and open decisions.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from litsync.core.codec import from_json, to_json
from litsync.core.model import Action, Fields, FieldState, Kind, Outcome, RecordId, RecordState
from litsync.errors import LitsyncError
from litsync.formats.state_json import record_from_json, record_to_json
from litsync.replicas.base import Memory, Scope, Shelf

SCHEMA = 2
_APPLICATION = 0x6C697473  # "lits"
_CREATE = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE record (id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE open (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE handle (replica TEXT, id TEXT, handle TEXT NOT NULL, PRIMARY KEY (replica, id)) WITHOUT ROWID;
CREATE TABLE cycle (number INTEGER PRIMARY KEY, started TEXT NOT NULL, command TEXT NOT NULL, plan BLOB NOT NULL, ended TEXT);
CREATE TABLE outcome (
    cycle INTEGER NOT NULL REFERENCES cycle, replica TEXT NOT NULL, id TEXT NOT NULL,
    verdict TEXT NOT NULL, reason TEXT NOT NULL, proven TEXT NOT NULL
);
CREATE TABLE previous (cycle INTEGER NOT NULL REFERENCES cycle, id TEXT NOT NULL, place TEXT NOT NULL, bytes BLOB NOT NULL);
"""
_PARTS = "CREATE TABLE part (replica TEXT, name TEXT, part BLOB NOT NULL, PRIMARY KEY (replica, name)) WITHOUT ROWID;"
_STEPS = (_CREATE, _PARTS)
"""What leads from each schema to the next; the first makes the file."""

EVERYTHING = "*"
_RECENT = 20
"""Cycles among which an interrupted one is looked for: what it wrote is met again in the next few."""
NO_MEMORIES: Mapping[str, Memory] = MappingProxyType({})


def now() -> str:
    """The wall clock, for the journal and the people who read it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class State:
    """The remembered state of one project on this machine."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection to a file of the right schema; use `State.open`."""
        self._db = connection

    @classmethod
    def open(cls, path: Path | None, *, write: bool = True) -> Self:
        """Open the file, or make it. Without `write` the state is a copy in memory, and nothing on disk changes.

        Raises LitsyncError when the file is no state of litsync, is damaged, or is of a newer litsync, and
        sqlite3.OperationalError, as every method does, when the disk does not do what is asked.
        """
        try:
            return cls(_connect(path, write=write))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            hint = "move it away: the next push looks at everything again and adopts what is there"
            raise LitsyncError(f"{path}: cannot be read as litsync's state ({error})", hint) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ── facts ────────────────────────────────────────────────────────────────────────────────────────────────

    def fact(self, name: str) -> Any:
        """One remembered fact; None if there is none."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_fact(self, name: str, value: Any) -> None:
        """Remember a fact; None forgets it. Nothing is written when it is known already."""
        if self.fact(name) == value:
            return
        with self._transaction():
            self._set_fact(name, value)

    def _set_fact(self, name: str, value: Any) -> None:
        if value is None:
            self._db.execute("DELETE FROM fact WHERE name = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, _dump(value)))

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────

    def records(self, scope: Scope) -> dict[RecordId, RecordState]:
        """The remembered state of the records in `scope`; None: of all."""
        if scope is None:
            rows = self._db.execute("SELECT id, state FROM record")
            return {RecordId.parse(key): record_from_json(json.loads(state)) for key, state in rows}
        found = {}
        for record in scope:
            row = self._db.execute("SELECT state FROM record WHERE id = ?", (str(record),)).fetchone()
            if row is not None:
                found[record] = record_from_json(json.loads(row[0]))
        return found

    def ids(self) -> frozenset[RecordId]:
        """Every record that is remembered."""
        return frozenset(RecordId.parse(row[0]) for row in self._db.execute("SELECT id FROM record"))

    def count(self, kind: Kind) -> int:
        """How many records of a kind are remembered."""
        rows = self._db.execute("SELECT count(*) FROM record WHERE id LIKE ?", (f"{kind}:%",))
        return int(rows.fetchone()[0])

    def open_records(self) -> Scope:
        """The records with unfinished business, to be looked at in every cycle; None: all records."""
        found = [row[0] for row in self._db.execute("SELECT id FROM open")]
        return None if EVERYTHING in found else frozenset(map(RecordId.parse, found))

    def reopen(self) -> None:
        """Let the next cycle look at everything."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO open VALUES (?)", (EVERYTHING,))

    def forget(self, replica: str) -> None:
        """Forget one replica: the next cycle meets it for the first time. Nothing in any replica changes."""
        with self._transaction():
            self._set_fact(f"token {replica}", None)
            self._db.execute("DELETE FROM handle WHERE replica = ?", (replica,))
            self._db.execute("DELETE FROM part WHERE replica = ?", (replica,))
            for record, state in self.records(None).items():
                self._put_record(record, _without_replica(state, replica))

    def _put_record(self, record: RecordId, state: RecordState) -> None:
        self._db.execute("INSERT OR REPLACE INTO record VALUES (?, ?)", (str(record), _dump(record_to_json(state))))

    # ── memories of replicas ─────────────────────────────────────────────────────────────────────────────────

    def memory(self, replica: str) -> Memory:
        """The memory of one replica, loaded as it is asked for."""

        def load(record: RecordId) -> Any:
            row = self._db.execute(
                "SELECT handle FROM handle WHERE replica = ? AND id = ?", (replica, str(record))
            ).fetchone()
            return None if row is None else json.loads(row[0])

        def load_all() -> dict[RecordId, Any]:
            rows = self._db.execute("SELECT id, handle FROM handle WHERE replica = ?", (replica,))
            return {RecordId.parse(key): json.loads(handle) for key, handle in rows}

        def warn(warning: Any) -> None:
            self.set_fact(f"warning {replica}", warning)

        def parts() -> dict[str, bytes]:
            return dict(self._db.execute("SELECT name, part FROM part WHERE replica = ?", (replica,)))

        token, warning = self.fact(f"token {replica}"), self.fact(f"warning {replica}")
        return Memory(token, warning, Shelf(load, load_all, parts, warn))

    def _store_parts(self, replica: str, memory: Memory) -> None:
        rows = [(replica, name, part) for name, part in memory.changed_parts.items() if part is not None]
        gone = [(replica, name) for name, part in memory.changed_parts.items() if part is None]
        self._db.executemany("DELETE FROM part WHERE replica = ? AND name = ?", gone)
        self._db.executemany("INSERT OR REPLACE INTO part VALUES (?, ?, ?)", rows)
        memory.changed_parts.clear()

    def _store_handles(self, replica: str, memory: Memory) -> None:
        for record, handle in memory.changed.items():
            if handle is None:
                self._db.execute("DELETE FROM handle WHERE replica = ? AND id = ?", (replica, str(record)))
            else:
                self._db.execute(
                    "INSERT OR REPLACE INTO handle VALUES (?, ?, ?)", (replica, str(record), _dump(handle))
                )
        memory.changed.clear()

    # ── the journal ──────────────────────────────────────────────────────────────────────────────────────────

    def begin(
        self,
        command: str,
        started: str,
        plan: Any,
        changed: Mapping[RecordId, RecordState],
        memories: Mapping[str, Memory] = NO_MEMORIES,
    ) -> int:
        """Make a plan durable before its first write; return the cycle's number.

        `plan` is the plan as JSON; `changed` holds every record that gets a new state or an operation. With it goes what
        the replicas recognised records by: what was said of a record is true only of the note or item that it was said of.
        """
        with self._transaction():
            for name, memory in memories.items():
                self._store_handles(name, memory)
            packed = zlib.compress(_dump(plan).encode(), 1)
            cursor = self._db.execute(
                "INSERT INTO cycle (started, command, plan) VALUES (?, ?, ?)", (started, command, packed)
            )
            for record, state in changed.items():
                self._put_record(record, state)
            # Until the cycle ends well, everything it planned is unfinished business.
            self._db.executemany("INSERT OR IGNORE INTO open VALUES (?)", [(str(record),) for record in changed])
        return int(cursor.lastrowid or 0)

    def settle(
        self, cycle: int, memory: Memory, outcomes: Iterable[Outcome], states: Mapping[RecordId, RecordState]
    ) -> None:
        """Make durable what became of some operations of one replica: outcomes, accounts, handles, previous bytes."""
        with self._transaction():
            for outcome in outcomes:
                operation = outcome.operation
                self._store_handles(operation.replica, memory)
                proven = _dump({name: to_json(value) for name, value in outcome.proven.items()})
                row = (cycle, operation.replica, str(operation.record), outcome.verdict, outcome.reason, proven)
                self._db.execute("INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?)", row)
            for record, state in states.items():
                self._put_record(record, state)
            for record, place, previous in memory.kept:
                self._db.execute("INSERT INTO previous VALUES (?, ?, ?, ?)", (cycle, str(record), place, previous))
            memory.kept.clear()

    def forget_records(self, records: Iterable[RecordId]) -> None:
        """Forget records that no replica has any more. What a replica remembers of them stays: they may come back."""
        keys = [(str(record),) for record in records]
        if keys:
            with self._transaction():
                for table in ("record", "open"):
                    self._db.executemany(f"DELETE FROM {table} WHERE id = ?", keys)  # noqa: S608 -- two fixed names

    def rename(
        self,
        old: RecordId,
        new: RecordId,
        states: Mapping[RecordId, RecordState],
        memories: Mapping[str, Memory] = NO_MEMORIES,
    ) -> None:
        """What is remembered of `old` is remembered of `new` from now on; `states` are records as they are then.

        With it the tokens and handles of `memories` become durable. What stands in the journal stays under the old id.
        """
        with self._transaction():
            for table in ("record", "open", "handle"):
                self._db.execute(f"UPDATE OR REPLACE {table} SET id = ? WHERE id = ?", (str(new), str(old)))  # noqa: S608 -- three fixed names
            for record, state in states.items():
                self._put_record(record, state)
            for name, memory in memories.items():
                self._set_fact(f"token {name}", memory.token)
                self._store_handles(name, memory)
                memory.loaded = memory.token

    def finish(
        self, cycle: int | None, ended: str, facts: Mapping[str, Any], memories: Mapping[str, Memory], unfinished: Scope
    ) -> None:
        """End a cycle: tokens and handles of its replicas, facts, and the records that stay open.

        Writes only what differs from what is stored, so an idle cycle writes nothing.
        """
        changed = {name: value for name, value in facts.items() if self.fact(name) != value}
        tokens = {f"token {name}": memory for name, memory in memories.items()}
        changed |= {name: memory.token for name, memory in tokens.items() if memory.token != memory.loaded}
        busy = {name: memory for name, memory in memories.items() if memory.changed or memory.changed_parts}
        if cycle is None and not changed and not busy and unfinished == self.open_records():
            return
        with self._transaction():
            for name, value in changed.items():
                self._set_fact(name, value)
            for name, memory in busy.items():
                self._store_handles(name, memory)
                self._store_parts(name, memory)
            self._db.execute("DELETE FROM open")
            rows = [(EVERYTHING,)] if unfinished is None else [(str(record),) for record in unfinished]
            self._db.executemany("INSERT INTO open VALUES (?)", rows)
            self._db.execute("UPDATE cycle SET ended = ? WHERE number = ?", (ended, cycle))

    def plan_of(self, cycle: int) -> Any:
        """The plan of a past cycle, as JSON."""
        row = self._db.execute("SELECT plan FROM cycle WHERE number = ?", (cycle,)).fetchone()
        return None if row is None else json.loads(zlib.decompress(row[0]))

    def cycles(self) -> list[tuple[int, str, str, str | None]]:
        """All cycles that planned something: number, start, command, end (None: it was interrupted)."""
        return self._db.execute("SELECT number, started, command, ended FROM cycle ORDER BY number").fetchall()

    def entered(self, record: RecordId) -> str | None:
        """When the first cycle began that wrote the record into the catalog, by this machine's clock; None if none did."""
        found = self._db.execute(
            "SELECT started FROM cycle WHERE number = (SELECT min(cycle) FROM outcome WHERE replica = 'catalog' "
            "AND id = ? AND verdict = 'written')",
            (str(record),),
        ).fetchone()
        return None if found is None else str(found[0])

    def latest(self) -> str:
        """The latest time of the journal, by this machine's clock as it was then."""
        return str(self._db.execute("SELECT coalesce(max(started), '') FROM cycle").fetchone()[0])

    def doubtful(self) -> list[tuple[str, RecordId, Fields]]:
        """What the last cycles had planned where they were interrupted, so that nobody knows whether it was written."""
        rows = self._db.execute(
            "SELECT number FROM (SELECT number, ended FROM cycle ORDER BY number DESC LIMIT ?) WHERE ended IS NULL",
            (_RECENT,),
        )
        return [one for (number,) in rows.fetchall() for one in self._without_outcome(number)]

    def _without_outcome(self, cycle: int) -> Iterator[tuple[str, RecordId, Fields]]:
        known = {(replica, key) for replica, key, *_ in self.outcomes(cycle)}
        for row in self.plan_of(cycle).get("operations", ()):
            if row["action"] != Action.DELETE and (row["replica"], row["record"]) not in known:
                planned = {change["field"]: from_json(change["new"]) for change in row["changes"]}
                yield row["replica"], RecordId.parse(row["record"]), planned

    def outcomes(self, cycle: int) -> list[tuple[str, str, str, str]]:
        """How the operations of a cycle ended: replica, record, verdict, reason."""
        rows = self._db.execute(
            "SELECT replica, id, verdict, reason FROM outcome WHERE cycle = ? ORDER BY rowid", (cycle,)
        )
        return rows.fetchall()

    def previous_bytes(self, cycle: int) -> list[tuple[str, str, bytes]]:
        """What a cycle replaced: record, place, and the bytes that stood there."""
        return self._db.execute("SELECT id, place, bytes FROM previous WHERE cycle = ?", (cycle,)).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _connect(path: Path | None, *, write: bool) -> sqlite3.Connection:
    on_disk = path is not None and write
    connection = sqlite3.connect(path if on_disk and path else ":memory:", isolation_level=None, timeout=10)
    if path is not None and not write and path.exists():
        _copy(path, connection)
    version = _version(connection, path)
    if on_disk:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = 1")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    if version < SCHEMA:
        steps = "".join(_STEPS[version:])
        pragmas = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {SCHEMA};"
        connection.executescript(f"BEGIN IMMEDIATE; {steps} {pragmas} COMMIT;")
    return connection


def _copy(path: Path, into: sqlite3.Connection) -> None:
    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        source.backup(into)
    finally:
        source.close()


def _version(connection: sqlite3.Connection, path: Path | None) -> int:
    """The file's schema; 0 when it is empty. Raises, before anything is changed in it, when it is not litsync's."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise LitsyncError(f"{path}: was written by a newer litsync", "use that litsync, or move the file away")
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise sqlite3.DatabaseError("not a state of litsync")
    return int(version)


# ── as JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_replica(state: RecordState, replica: str) -> RecordState:
    fields = {
        name: FieldState(known.target, known.revision, {r: a for r, a in known.accounts.items() if r != replica})
        for name, known in state.fields.items()
    }
    return RecordState(fields, state.homes - {replica}, state.without - {replica}, state.gone)

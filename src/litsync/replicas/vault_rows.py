"""The rows of the vault's index: what is remembered of each note, by path, by record and by name.

Decides how rows are kept: one by one in what the replica remembers, so that a cycle stores only those that changed, and from
cycle to cycle in one process (`Residence`), so that the next one has nothing to load. Must not know what makes a row true.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from litsync.replicas.base import Memory
from litsync.replicas.vault_links import Links
from litsync.replicas.vault_scan import STAMP_SIZE, Stamp, ctime_of, smudged

_FINE, _COARSE, _TICK = 12_000_000, 3_000_000_000, 10_000_000
"""Nanoseconds in which two saves may carry one time stamp: on most file systems, on those that count coarsely, and the
tick by which these are told apart."""

_HASH_SIZE = 16


class Row(NamedTuple):
    """What is remembered of one note. `hash` is empty while the note cannot be trusted; `record` is then the last known."""

    stamp: Stamp
    hash: str
    record: str | None

    def settled(self, clock: int) -> Row:
        """The row, smudged if a second save may hide behind its stamp: the first came right before `clock`.

        A smudged stamp is no file's: the next look reads the note again.
        """
        ctime = ctime_of(self.stamp)
        racy = ctime > clock - (_FINE if ctime % _TICK else _COARSE)
        return self._replace(stamp=smudged(self.stamp)) if racy else self

    def differs(self, new: Row | None) -> bool:
        """Whether `new` says more than that the stamp was smudged."""
        if new is None or self[1:] != new[1:]:
            return True
        return self.stamp not in (new.stamp, smudged(new.stamp))

    def pack(self) -> bytes:
        """The row as it is stored."""
        return self.stamp + bytes.fromhex(self.hash or "00" * _HASH_SIZE) + (self.record or "").encode()

    @classmethod
    def unpack(cls, data: bytes) -> Row:
        """The row that was stored."""
        digest, record = data[STAMP_SIZE : STAMP_SIZE + _HASH_SIZE], data[STAMP_SIZE + _HASH_SIZE :]
        return cls(data[:STAMP_SIZE], digest.hex() if any(digest) else "", record.decode() or None)


class Rows(Mapping[str, Row]):
    """The rows of all notes, by path. `serial` names what is stored of them; it is new whenever that changes."""

    def __init__(self, serial: str, stored: Mapping[str, bytes]) -> None:
        """Start from what was stored under the serial."""
        self.serial = serial
        self._rows = {path: Row.unpack(data) for path, data in stored.items()}
        self._touched: set[str] = set()
        self._by_record: dict[str, tuple[str, ...]] | None = None
        self._links: Links | None = None
        self._names: frozenset[str] = frozenset()

    def __getitem__(self, path: str) -> Row:
        """The row of the note at `path`."""
        return self._rows[path]

    def __iter__(self) -> Iterator[str]:
        """The paths of all notes."""
        return iter(self._rows)

    def __len__(self) -> int:
        """How many notes there are."""
        return len(self._rows)

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, path: str, row: Row) -> None:
        """From now on this is remembered of the note at `path`."""
        old = self._rows.get(path)
        if old == row:
            return
        self._rows[path] = row
        self._touched.add(path)
        if old is None and self._links is not None:
            self._links.add(path)
        if old is None or old.record != row.record:
            self._move(path, old and old.record, row.record)

    def drop(self, path: str) -> Row:
        """Nothing is remembered any more of the note at `path`."""
        row = self._rows.pop(path)
        self._touched.add(path)
        if self._links is not None and path not in self._names:
            self._links.remove(path)
        self._move(path, row.record, None)
        return row

    def _move(self, path: str, old: str | None, new: str | None) -> None:
        if self._by_record is None:
            return
        if old and (rest := tuple(one for one in self._by_record[old] if one != path)):
            self._by_record[old] = rest
        elif old:
            del self._by_record[old]
        if new:
            self._by_record[new] = tuple(sorted((*self._by_record.get(new, ()), path)))

    def take_changes(self) -> Mapping[str, bytes | None]:
        """What is to be stored by path, None for what is to be forgotten, under a new `serial`; taken to be stored then."""
        changed = {path: row.pack() if (row := self._rows.get(path)) else None for path in self._touched}
        self._touched.clear()
        self.serial = os.urandom(8).hex()
        return changed

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def differing(self, seen: Mapping[str, Stamp]) -> list[str]:
        """The notes among those `seen` with another stamp, or of which nothing that can be trusted is remembered."""
        rows = self._rows
        return [
            path
            for path, stamp in seen.items()
            if (row := rows.get(path)) is None or row.stamp != stamp or not row.hash
        ]

    def missing(self, seen: Mapping[str, Stamp]) -> list[str]:
        """The notes that are not among those `seen`."""
        return sorted(self._rows.keys() - seen.keys())

    def of(self, record: str) -> Sequence[str]:
        """The notes that stand for the record."""
        return self._records().get(record, ())

    def records(self) -> Collection[str]:
        """Every record that some note stands for."""
        return self._records().keys()

    def _records(self) -> dict[str, tuple[str, ...]]:
        if self._by_record is None:
            self._by_record = {}
            for path in sorted(self._rows):
                if record := self._rows[path].record:
                    self._by_record[record] = (*self._by_record.get(record, ()), path)
        return self._by_record

    def links(self, names: Iterable[str]) -> Links:
        """All notes as targets of links, and beside them those with these `names`, of which nothing else is known."""
        wanted = frozenset(names)
        if self._links is None:
            self._links, self._names = Links((*sorted(self._rows), *sorted(wanted))), wanted
        if wanted != self._names:
            for path in self._names - wanted - self._rows.keys():
                self._links.remove(path)
            for path in wanted - self._names:
                self._links.add(path)
            self._names = wanted
        return self._links


@dataclass(slots=True)
class Residence:
    """Where the rows of one vault stay between the cycles of one process.

    They are lent to one cycle at a time. Only a cycle that came to its end gives them back: one that did not leaves
    nothing here, and the next loads what is stored. What another process has stored meanwhile has another serial.
    """

    _rows: Rows | None = None

    def lend(self, serial: str) -> Rows | None:
        """The rows, if they are those that were stored under the serial."""
        rows, self._rows = self._rows, None
        return rows if rows is not None and rows.serial == serial else None

    def take_back(self, rows: Rows) -> None:
        """Keep the rows for the next cycle."""
        self._rows = rows


def remembered_rows(memory: Memory, residence: Residence) -> Rows:
    """The rows that memory stands for."""
    serial = (memory.token or {}).get("serial", "")
    return residence.lend(serial) or Rows(serial, memory.parts() if serial else {})

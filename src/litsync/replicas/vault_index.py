"""What is remembered of every note of the vault, so that only notes that changed are opened.

Decides which notes changed since the last look and which record each stands for; what one reading says is for
`vault_judge`. Knows nothing of what the properties mean.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from litsync.core.model import Kind, Problem, RecordId
from litsync.formats.names import name_key
from litsync.replicas.files import Folder, content_hash
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_home import VaultSettings
from litsync.replicas.vault_judge import Judge, Judged
from litsync.replicas.vault_links import Links, stem_of
from litsync.replicas.vault_rows import Row, Rows
from litsync.replicas.vault_scan import Listing, Stamp, ctime_of, scan, size_of, stamp

_LIST = RecordId(Kind.LIST, "list")
_SKEW = 60_000_000_000  # nanoseconds by which the clock of a file server may go wrong

SAVED_NOW, AWAY_NOW = "is being saved at this moment", "is not there at this moment"
"""What is said of a note that does not stand still; the next look tells."""

OUT_OF_SIGHT = "cannot be seen: its folder cannot be read"
"""What is said of each note in a folder of which the same is said."""


class Index:
    """All notes of the vault, as of the last `refresh`."""

    def __init__(
        self, settings: VaultSettings, folder: Folder, rows: Rows, remembered: Mapping[str, Any] | None
    ) -> None:
        """`rows` and `remembered` are what the last index left; None when there was none. What is not calm is not read."""
        known = remembered or {}
        self._root, self._calm = settings.path, settings.calm
        self._folder, self.names, self.rows = folder, settings.names, rows
        self._former: dict[str, str] = dict(known.get("former", {}))
        self._first = not known
        self._nameless: set[str] = set(known.get("nameless", ()))
        self._left: set[str] = set(known.get("left", ()))
        self._judge = Judge(settings.shown, settings.names)
        self._own: set[str] = set()
        self._planned: set[str] = set()
        self._listing = Listing()
        self._judged: dict[str, Judged] = {}
        self._restless: dict[str, Judged] = {}
        self.changed = False

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self, listing: Listing | None = None) -> frozenset[RecordId] | None:
        """Read what changed since the last refresh; returns the records concerned.

        None when a note came, went or changed its identity in a way that may let links in other notes lead elsewhere.
        `listing` is a walk over the vault that has just been made; without it the vault is walked over now.
        """
        clock = time.time_ns() - _SKEW
        self._listing = listing = listing or scan(self._root)
        clock = max(clock, listing.newest)
        self._judged.clear()
        self._restless.clear()
        self._judge.adopted.clear()
        rows, waited = self.rows, set(self._nameless)
        gone = [path for path in rows.missing(listing.notes) if not self._is_out_of_sight(path)]
        before: dict[str, Row | None] = {}
        for path in rows.differing(listing.notes):
            row = rows.get(path)
            if self._believe(path, listing.notes[path], clock):
                before[path] = row
        for path in gone:
            if self._calm(path, None) or self._stands_elsewhere(path):
                before[path] = rows.drop(path)
            else:
                self._wait_for(path, AWAY_NOW)
        self._nameless.intersection_update(rows)
        if self._first:
            self._left, self._first = set(self._nameless), False
        self._let_go_of_orphans()
        self._note_renames([path for path in gone if path not in rows], before)
        self.changed |= any(old.differs(rows.get(path)) if old else True for path, old in before.items())
        doubtful = {judged.record for judged in self._judged.values() if judged.trouble and judged.record}
        # What has no name yet belongs to no record: the list itself is looked at for it.
        came = {_LIST} if waited != self._nameless or self._nameless & before.keys() else set()
        return None if self._leads_elsewhere(before) else frozenset({*self._concerned(before), *doubtful, *came})

    def _is_out_of_sight(self, path: str) -> bool:
        """Whether a remembered note that is not listed may be there all the same; then its record is unknown."""
        folder, slash, name = path.rpartition("/")
        record = self.rows[path].record
        if why := self._listing.hides(path):
            reason = f"{OUT_OF_SIGHT} ({why})"
        elif path in self._listing.names:
            reason = "is a symbolic link now, and litsync does not follow links"
        elif os.path.lexists(f"{self._root}/{folder}{slash}.{name}.icloud"):
            reason = "is in iCloud only: keep its folder downloaded on this machine"
        else:
            return False
        self._judged[path] = self._judge.distrust(path, record, reason)
        return True

    def _believe(self, path: str, seen: Stamp, clock: int) -> bool:
        """Read the note, if it stands still: a save during the reading is no text to believe."""
        if not self._calm(path, seen):
            self._wait_for(path, SAVED_NOW)
            return False
        row = self.rows.get(path)
        judged = self._open(path, row.record if row else None, row.hash if row else "")
        if self._is_saved_again(path, seen):
            self._wait_for(path, SAVED_NOW)
            return False
        self._take(path, seen, judged, clock)
        return True

    def _is_saved_again(self, path: str, seen: Stamp) -> bool:
        try:
            return stamp(os.lstat(f"{self._root}/{path}")) != seen
        except OSError:
            return False  # gone, or out of sight: the next look tells

    def _wait_for(self, path: str, reason: str) -> None:
        """Leave the note as it was last known, and its record unknown for this time."""
        if row := self.rows.get(path):
            self._restless[path] = self._judge.distrust(path, row.record, reason)

    def _stands_elsewhere(self, path: str) -> bool:
        """Whether another note stands for the record of this one: then it was renamed, not lost."""
        record = self.rows[path].record
        return record is not None and len(self.rows.of(record)) > 1

    def _take(self, path: str, seen: Stamp, judged: Judged | None, clock: int) -> None:
        """Take the note's stamp as it was before reading: a save after it shows as a change next time."""
        row = self.rows.get(path)
        known = row.record if row else None
        record = known if judged is None else str(judged.record) if judged.record else None
        digest = row.hash if judged is None and row else judged.hash if judged else ""
        if judged is not None:
            self._judged[path] = judged
            (self._nameless.add if judged.asks_for_identity else self._nameless.discard)(path)
        self.rows.put(path, Row(seen, digest, record).settled(clock))

    def _open(self, path: str, known: str | None, digest: str) -> Judged | None:
        """Read and judge the note; None when its text is the one that `digest` stands for."""
        if path in self._listing.offloaded:
            return self._judge.distrust(path, known, "is in the cloud only: keep its folder downloaded on this machine")
        try:
            data = self._folder.read(path)
        except OSError as error:
            return self._judge.distrust(path, known, f"cannot be read: {in_words(error)}")
        return None if digest and content_hash(data) == digest else self._judge.judge(path, data, known)

    def _let_go_of_orphans(self) -> None:
        """A note that lost its identity is left alone for good when another note has that identity."""
        for path, judged in self._judged.items():
            if judged.orphaned and judged.record and self._has_home(judged.record):
                self.rows.put(path, self.rows[path]._replace(record=None, hash=content_hash(judged.data)))
                self._judged[path] = Judged(None)

    def _has_home(self, record: RecordId) -> bool:
        """Whether some note says by itself that it is the record's."""
        return any(path not in self._judged or not self._judged[path].orphaned for path in self.paths(record))

    def _note_renames(self, gone: Iterable[str], before: Mapping[str, Row | None]) -> None:
        """Links may still say a method note's former name, when it was renamed outside Obsidian: it stays understood."""
        for path in gone:
            row = before[path]
            if row and row.record and row.record.startswith(Kind.METHOD) and self.rows.of(row.record):
                self._former[name_key(stem_of(path))] = row.record

    def _leads_elsewhere(self, before: Mapping[str, Row | None]) -> bool:
        appeared = [path for path, row in before.items() if (row is None) or path not in self.rows]
        for path, row in before.items():
            records = {old.record if old else None for old in (row, self.rows.get(path))}
            if len(records) > 1 and any(record and record.startswith(Kind.METHOD) for record in records):
                return True
        if not appeared:
            return False
        methods = [record for record in self.rows.records() if record.startswith(Kind.METHOD)]
        names = {name_key(stem_of(path)) for record in methods for path in self.rows.of(record)}
        return any(name_key(stem_of(path)) in names for path in appeared)

    def _concerned(self, before: Mapping[str, Row | None]) -> Iterator[RecordId]:
        for path, old in before.items():
            new = self.rows.get(path)
            if old and new and old.hash == new.hash != "":
                continue
            yield from (RecordId.parse(row.record) for row in (old, new) if row and row.record)

    def judge(self, path: str, data: bytes, known: str | None) -> Judged:
        """What the note's text says. `known` is the record last known to live there."""
        return self._judge.judge(path, data, known)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def unlisted(self) -> Mapping[str, str]:
        """The folders that could not be read, with the reason."""
        return self._listing.unlisted

    @property
    def links(self) -> Links:
        """All notes as targets of links."""
        return self.rows.links(self._listing.names)

    def records(self) -> Sequence[RecordId]:
        """Every record that some note stands for."""
        adopted = map(str, self._judge.adopted.values())
        return [RecordId.parse(text) for text in dict.fromkeys((*self.rows.records(), *adopted))]

    def paths(self, record: RecordId) -> Sequence[str]:
        """The notes that stand for the record; more than one is a mistake that a person must mend."""
        adopted = [path for path, known in self._judge.adopted.items() if known == record]
        return (*self.rows.of(str(record)), *adopted) if adopted else self.rows.of(str(record))

    def record_at(self, path: str) -> RecordId | None:
        """The record that the note at `path` stands for."""
        row = self.rows.get(path)
        return RecordId.parse(row.record) if row and row.record else None

    def holding(self, digest: str) -> str | None:
        """The note that holds exactly the text with this hash."""
        return next((path for path, row in self.rows.items() if row.hash == digest), None)

    def formerly(self, name: str) -> RecordId | None:
        """The method whose note had this name before it was renamed."""
        record = self._former.get(name_key(name))
        return RecordId.parse(record) if record else None

    def nameless(self) -> Iterator[tuple[str, bool]]:
        """The notes made for a paper or method that has no id yet, each with whether it is to be left alone."""
        found = sorted(self._nameless - self._judge.adopted.keys())
        return ((path, path in self._left) for path in found if path in self.rows)

    def is_nameless(self, path: str) -> bool:
        """Whether the note at `path` still asks for an id."""
        return path in self._nameless and path in self.rows

    def adopt(self, path: str, record: RecordId | None) -> None:
        """The note stands for the record, though it does not say so yet; None: it is left alone from now on."""
        if record is None:
            self._left.add(path)
            self.changed = True
            return
        self._judge.adopted[path] = record
        self._judged.pop(path, None)  # it is read again, as the record's

    def is_strange(self, path: str) -> bool:
        """Whether a note with text stands at `path` that is no record's: it is somebody's own."""
        row = self.rows.get(path)
        return row is not None and row.record is None and size_of(row.stamp) > 0 and path not in self._nameless

    def strange(self) -> list[str]:
        """All notes that are somebody's own."""
        return [path for path in self.rows if self.is_strange(path)]

    def is_blank(self, path: str) -> bool:
        """Whether an empty note stands at `path`: Obsidian makes one when a link to a missing note is clicked."""
        row = self.rows.get(path)
        return row is not None and row.record is None and size_of(row.stamp) == 0

    def trouble(self, path: str) -> Problem | None:
        """Why the note cannot be trusted, as of the last refresh."""
        judged = self._restless.get(path) or self._judged.get(path)
        return judged.trouble if judged else None

    def read(self, path: str) -> Judged:
        """The note as it is now; a text that is not the one of the last refresh is judged afresh."""
        row, judged = self.rows[path], self._restless.get(path) or self._judged.get(path)
        if judged is None:
            try:
                adopted = self._judge.adopted.get(path)
                judged = self._judge.judge(path, self._folder.read(path), str(adopted) if adopted else row.record)
            except OSError as error:
                judged = self._judge.distrust(path, row.record, f"cannot be read: {in_words(error)}")
        return judged

    def plan(self, path: str) -> None:
        """A note is about to be made at `path`: links may lead to it."""
        if path not in self.rows:
            self.links.add(path)
            self._planned.add(path)

    def wrote(self, path: str, record: RecordId, data: bytes, seen: os.stat_result) -> None:
        """The note at `path` now holds `data`, written by litsync."""
        self._judged.pop(path, None)
        self._restless.pop(path, None)
        self.rows.put(path, Row(stamp(seen), content_hash(data), str(record)))
        self._own.add(path)
        self._nameless.discard(path)
        self._judge.adopted.pop(path, None)
        self.changed = True

    def removed(self, path: str) -> None:
        """The note at `path` is there no more."""
        self.rows.drop(path)
        self._own.discard(path)
        self.changed = True

    def close(self) -> dict[str, Any]:
        """End the cycle; returns what a later index starts from, beside the rows."""
        clock = max((ctime_of(self.rows[path].stamp) for path in self._own), default=0)
        for path in self._own:
            self.rows.put(path, self.rows[path].settled(clock))
        for path in self._planned - self.rows.keys():
            self.links.remove(path)
        self._planned.clear()
        left = sorted(self._left & self.rows.keys())
        return {"former": self._former, "nameless": sorted(self._nameless), "left": left}

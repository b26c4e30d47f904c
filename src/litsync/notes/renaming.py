"""Notes get the names that pattern and catalog have for them, when a person asks for it; links follow.

Decides which notes are due and which free name each gets. A name that is not litsync's own (as a pattern made it, now or from
what was said earlier) was given by a reader: such a note is renamed only by its key. How links follow is in
`replicas.vault_rename`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from litsync.config import Config
from litsync.core.model import Edit, Fields, Kind, RecordId
from litsync.formats.names import file_stem, name_key
from litsync.formats.note_names import note_stem
from litsync.history import earlier_edits
from litsync.notes.desk import Desk, journalled, open_desk
from litsync.project import note_patterns
from litsync.replicas.vault_links import stem_of
from litsync.replicas.vault_rename import Move, Premises, Renamed, rename_notes


@dataclass(frozen=True, slots=True)
class RenameReport:
    """The renames that are due, and what became of them; `done` is None when they were only asked for.

    `by_hand` are the renames of notes that a reader named, which nobody asked for by key.
    """

    moves: tuple[Move, ...]
    done: Renamed | None = None
    by_hand: tuple[tuple[RecordId, Move], ...] = ()


def rename(config: Config, keys: Sequence[str], *, dry_run: bool) -> RenameReport:
    """Give the notes of these records, or of all, the names that pattern and catalog have for them, and mend all links.

    Without `keys` the notes that a reader named keep their names.
    """
    with open_desk(config, dry_run=dry_run) as (desk, state):
        wanted = [desk.record(key) for key in keys] or [r for r in desk.records if r.kind in (Kind.PAPER, Kind.METHOD)]
        own = None if keys else _OwnNames(desk, note_patterns(state), earlier_edits(state))
        theirs = frozenset(record for record in wanted if own is not None and not own.has_own_name(record))
        moves = tuple(_moves(desk, [record for record in wanted if record not in theirs]))
        by_hand = tuple((record, move) for record in wanted if record in theirs for move in _moves(desk, [record]))
        if dry_run or not moves:
            return RenameReport(moves, by_hand=by_hand)
        at = {path: record for record in wanted for path in desk.index.paths(record)}
        first = next(iter(at.values()))

        def keep(path: str, data: bytes) -> None:
            desk.memory.keep(desk.index.record_at(path) or first, f"{desk.settings.shown}/{path}", data)

        premises = Premises(desk.folder, desk.settings.path, desk.settings.shown, desk.index.links, keep)
        with journalled("notes rename", desk, state) as done:
            renamed = rename_notes(premises, moves)
            done += [at[move.old] for move in renamed.moved]
        return RenameReport(moves, renamed, by_hand)


@dataclass(frozen=True, slots=True)
class _OwnNames:
    """Which names litsync gives: by `patterns`, from what a record says and what it said before its `edits`, the newest first."""

    desk: Desk
    patterns: Sequence[str]
    edits: Mapping[RecordId, Sequence[Edit]]

    def has_own_name(self, record: RecordId) -> bool:
        """Whether the record's note, if it has just one, is called as litsync would have called it at some time."""
        paths = self.desk.index.paths(record)
        if len(paths) != 1:
            return True
        stem = _NUMBER.sub("", stem_of(paths[0]))
        return any(name_key(one) in (name_key(stem), name_key(stem_of(paths[0]))) for one in self._names(record))

    def _names(self, record: RecordId) -> Iterator[str]:
        for fields in self._said(record):
            if record.kind is Kind.METHOD:
                yield file_stem(str(fields.get("name") or record.key))
            else:
                yield from (note_stem(one, str(fields.get("citekey") or record.key), fields) for one in self.patterns)

    def _said(self, record: RecordId) -> Iterator[Fields]:
        """What the record says, and what it said before each edit; also before it had its id."""
        fields = dict(self.desk.records[record].fields)
        yield fields
        known: RecordId | None = record
        while known is not None:
            former = None
            for edit in self.edits.get(known, ()):
                fields = {**fields, edit.field: edit.old}
                former = RecordId(record.kind, str(edit.old)) if edit.field in ("citekey", "method") else former
                yield fields
            known = former if former != known else None


_NUMBER = re.compile(r" \(\d+\)$")


def _moves(desk: Desk, records: Sequence[RecordId]) -> Iterator[Move]:
    """One move for each sound note whose name is not the record's; names that others have get a number."""
    taken = {name_key(stem_of(path)) for path in desk.index.links.paths()}
    for record in records:
        paths = desk.index.paths(record)
        if len(paths) != 1 or desk.index.trouble(paths[0]):
            continue
        stem, old = _stem(desk, record), stem_of(paths[0])
        if old == stem or _is_numbered(old, stem, taken):
            continue
        number, free = 1, stem
        while name_key(free) in taken and name_key(free) != name_key(old):
            number += 1
            free = f"{stem} ({number})"
        if free != old:
            taken.add(name_key(free))
            yield Move(paths[0], posixpath.join(posixpath.dirname(paths[0]), f"{free}.md"))


def _is_numbered(old: str, stem: str, taken: set[str]) -> bool:
    """Whether the note has its name with a number, because another note has the name itself."""
    rest = old.removeprefix(f"{stem} (") if old.startswith(f"{stem} (") else ""
    return rest.endswith(")") and rest[:-1].isdecimal() and name_key(stem) in taken


def _stem(desk: Desk, record: RecordId) -> str:
    fields = desk.records[record].fields
    if record.kind is Kind.PAPER:
        return note_stem(desk.settings.name, record.key, fields)
    return file_stem(str(fields.get("name") or record.key))

"""What one reading of a note says: which record it stands for, or why it cannot be trusted now.

Decides that a note which does not parse, is empty, half written or being merged makes its record unknown, never absent.
Knows the text alone; which notes are read is for `vault_index`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from litsync.core.model import Kind, Place, Problem, RecordId
from litsync.formats.property_names import PropertyNames
from litsync.replicas.files import content_hash

if TYPE_CHECKING:  # loading YAML takes as long as looking at thousands of unchanged notes
    from litsync.formats.note import Note

_BLANK = b"\r\n\t \xef\xbb\xbf"
_HEAD = 8192
_IDENTITIES = ("citekey", "method")
_MERGE = re.compile(rb"^<{7} .*?^={7}\r?$.*?^>{7} ", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reading of a note found: the record it stands for, its text, or why it cannot be trusted.

    `orphaned`: the note is sound but no longer says which record it is.
    """

    record: RecordId | None
    hash: str = ""
    data: bytes = b""
    note: Note | None = None
    trouble: Problem | None = None
    orphaned: bool = False

    @property
    def asks_for_identity(self) -> bool:
        """Whether it is a note made for a paper or method that has no id yet."""
        if self.note is None or self.record is not None:
            return False
        from litsync.formats.note import asked_for

        return asked_for(self.note.properties) is not None


class Judge:
    """Judges the notes of one vault. `adopted` are records that notes stand for though they do not say so yet."""

    def __init__(self, shown: str, names: PropertyNames) -> None:
        """`shown` is the vault as the user knows it, `names` what its properties are called."""
        self._shown, self._names = shown, names
        self.adopted: dict[str, RecordId] = {}

    def judge(self, path: str, data: bytes, known: str | None) -> Judged:
        """What the note's text says. `known` is the record last known to live there."""
        if known and not data.strip(_BLANK):
            return self.distrust(path, known, "is empty: is it being written, or was its text lost?")
        if b"<<<<<<< " in data and (found := _MERGE.search(data)):
            line = data.count(b"\n", 0, found.start()) + 1
            return self.distrust(path, known or self._guess(data), "holds the marks of an unfinished merge", line)
        if known is None and self._may_be_ours.search(data) is None:
            return Judged(None, content_hash(data))
        adopted = self.adopted.get(path)
        if adopted is None or str(adopted) != known:
            return self._parse(path, data, known)
        judged = self._parse(path, data, None)
        return judged if judged.note is None or judged.record else replace(judged, record=adopted)

    def _parse(self, path: str, data: bytes, known: str | None) -> Judged:
        from litsync.formats.note import identity, read_note
        from litsync.formats.note_parts import NoteError

        try:
            note = read_note(data, self._names)
        except NoteError as error:
            record = known or self._guess(data)
            if record is None:  # a broken note of someone's own
                return Judged(None, content_hash(data))
            return self.distrust(path, record, error.message, error.line, error.column)
        record_id = identity(note.properties)
        return (
            self._orphan(path, data, known)
            if record_id is None and known
            else Judged(record_id, content_hash(data), data, note)
        )

    def _orphan(self, path: str, data: bytes, known: str) -> Judged:
        kept = RecordId.parse(known)
        what = "citekey" if kept.kind is Kind.PAPER else "method"
        advice = f"write `{self._names.of(what)}: {kept.key}` among its properties again, or delete the note"
        problem = Problem(
            self._place(path), f"has no `{self._names.of(what)}` any more", suggestion=advice, record=kept
        )
        return Judged(kept, data=data, trouble=problem, orphaned=True)

    def distrust(self, path: str, known: str | None, reason: str, line: int = 0, column: int = 0) -> Judged:
        """The note cannot be trusted, for this reason: the record known to live there is unknown, not absent."""
        record = RecordId.parse(known) if known else None
        return Judged(record, trouble=Problem(self._place(path, line, column), reason, record=record))

    def _place(self, path: str, line: int = 0, column: int = 0) -> Place:
        return Place(f"{self._shown}/{path}", line, column)

    def _guess(self, data: bytes) -> str | None:
        """The record that a note which cannot be parsed most likely stands for."""
        found = self._identity_line.search(data[:_HEAD])
        if found is None:
            return None
        kind = Kind.PAPER if found[1].decode().casefold() == self._called("citekey") else Kind.METHOD
        return str(RecordId(kind, found[2].decode("ascii", "replace")))

    def _called(self, field: str) -> str:
        return (self._names.of(field) or field).casefold()

    @cached_property
    def _may_be_ours(self) -> re.Pattern[bytes]:
        return re.compile("|".join(re.escape(self._called(name)) for name in _IDENTITIES).encode(), re.IGNORECASE)

    @cached_property
    def _identity_line(self) -> re.Pattern[bytes]:
        value = rb"""[ \t]*:[ \t]*["']?([A-Za-z0-9_][^\s"']*)"""
        return re.compile(rb"^(%b)%b" % (self._may_be_ours.pattern, value), re.MULTILINE | re.IGNORECASE)

"""The trash of a vault: `.trash`, where Obsidian puts deleted notes too and from where a person takes them out again.

Decides under which name a note lies there and which note there was a record's. Nothing is ever erased.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from litsync.core.model import RecordId
from litsync.formats.property_names import PropertyNames
from litsync.replicas.files import Folder
from litsync.replicas.one_file import numbered

TRASH = ".trash"


class Trash:
    """The trash of one vault; it is looked through once, when a note is made anew."""

    def __init__(self, folder: Folder, root: Path, names: PropertyNames) -> None:
        """`folder` is the vault, `root` its place on disk, `names` what properties are called. Nothing is looked at yet."""
        self._folder, self._root, self._names = folder, root, names

    def throw(self, path: str) -> None:
        """Move the note at `path` here, under its own name or, where that is taken, with a number behind it."""
        self._folder.move_beside(path, numbered(f"{TRASH}/{path.rpartition('/')[2]}"))

    def find(self, record: RecordId) -> str | None:
        """The note here that was the record's; of several the one thrown away last, None if there is none."""
        return self._notes.get(record)

    def take_out(self, path: str, data: bytes) -> None:
        """The note at `path`, which held `data`, stands in its place again, so that it need not lie here."""
        self._folder.take_away(path, data)

    @cached_property
    def _notes(self) -> dict[RecordId, str]:
        from litsync.formats.note import identity, read_note
        from litsync.formats.note_parts import NoteError

        found: dict[RecordId, tuple[int, str]] = {}
        for note in sorted((self._root / TRASH).rglob("*.md")):
            path = note.relative_to(self._root).as_posix()
            try:
                record = identity(read_note(self._folder.read(path), self._names).properties)
                thrown = note.stat().st_ctime_ns
            except (OSError, NoteError):
                continue
            if record is not None:
                found[record] = max(found.get(record, (0, "")), (thrown, path))
        return {record: path for record, (_, path) in found.items()}

"""When two descriptions are of one work.

Decides what identifies a work for certain (DOI, arXiv id, address: `core.identity` reads them) and what makes it probable (title
and first author: a preprint and its published version share them). Must not know where a description came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from litsync.core.identity import Mark, first_author_key, marks, title_key
from litsync.core.model import Fields, RecordId

_TELLING = 8
"""Letters below which a title says too little."""


def certain_marks(fields: Fields) -> tuple[Mark, ...]:
    """What identifies the work: its DOI, its arXiv id in any version, its address in any form; ids before addresses."""
    return tuple(sorted(marks(fields), key=lambda mark: (mark.scheme not in ("doi", "arxiv"), mark)))


def probable_mark(fields: Fields) -> Mark | None:
    """Title and first author's family name, in letters and digits only; None where the title says too little."""
    letters = _letters(fields)
    return Mark("title", f"{letters} {first_author_key(fields)}") if letters else None


def _letters(fields: Fields) -> str:
    """The title in the form that compares; empty where it says too little."""
    letters = title_key(str(fields.get("title") or ""))
    return letters if len(letters) >= _TELLING else ""


@dataclass(slots=True)
class Works:
    """Known works, to be found again by what a description says."""

    by_mark: dict[Mark, RecordId] = field(default_factory=dict)
    by_title: dict[str, list[tuple[str, RecordId]]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Mapping[RecordId, Fields]) -> Works:
        """Take in all of them; where two share a mark, the first keeps it."""
        found = cls()
        for record, fields in known.items():
            found.add(record, fields)
        return found

    def add(self, record: RecordId, fields: Fields) -> None:
        """From now on the work is known."""
        for mark in _marks(fields):
            self.by_mark.setdefault(mark, record)
        if letters := _letters(fields):
            self.by_title.setdefault(letters, []).append((first_author_key(fields), record))

    def certain(self, fields: Fields) -> RecordId | None:
        """The known work that this is for certain."""
        return self._first(certain_marks(fields))

    def probable(self, fields: Fields) -> RecordId | None:
        """The known work that this is for certain, or most likely."""
        return self._first(_marks(fields))

    def alike(self, fields: Fields) -> RecordId | None:
        """The known work that this may be: probably, or by its title alone where one of them names no author."""
        author = first_author_key(fields)
        same = self.by_title.get(_letters(fields), ())
        return self.probable(fields) or next((record for other, record in same if not (author and other)), None)

    def _first(self, marks: Iterable[Mark]) -> RecordId | None:
        return next((self.by_mark[mark] for mark in marks if mark in self.by_mark), None)


def _marks(fields: Fields) -> tuple[Mark, ...]:
    probable = probable_mark(fields)
    return (*certain_marks(fields), *((probable,) if probable else ()))

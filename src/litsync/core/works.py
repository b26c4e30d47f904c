"""When two descriptions are of one work.

Decides what identifies a work for certain (DOI, arXiv id, exact address) and what makes it probable (title and first
author: a preprint and its published version share them). Must not know where a description came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from litsync.core.model import Fields, Name, RecordId

CERTAIN = ("doi", "arxiv", "url")
_VERSION = re.compile(r"v\d+$")

Mark = tuple[str, str]
"""What a work is recognised by: the name of a field, and its value in the form that compares."""


def certain_marks(fields: Fields) -> tuple[Mark, ...]:
    """What identifies the work: its DOI and arXiv id in any case and version, its exact address."""
    found = []
    for name in CERTAIN:
        value = fields.get(name)
        if isinstance(value, str) and value:
            text = value if name == "url" else value.casefold()
            found.append((name, _VERSION.sub("", text) if name == "arxiv" else text))
    return tuple(found)


def probable_mark(fields: Fields) -> Mark | None:
    """Title and first author's family name, in letters and digits only; None where the title says too little."""
    title, authors = fields.get("title"), fields.get("authors")
    if not isinstance(title, str) or len(letters := _letters(title)) < 8:
        return None
    first = authors[0] if isinstance(authors, tuple) and authors else None
    return ("title", f"{letters} {_letters(first.family) if isinstance(first, Name) else ''}")


def _letters(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if char.isalnum())


@dataclass(slots=True)
class Works:
    """Known works, to be found again by what a description says."""

    by_mark: dict[Mark, RecordId] = field(default_factory=dict)

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

    def certain(self, fields: Fields) -> RecordId | None:
        """The known work that this is for certain."""
        return self._first(certain_marks(fields))

    def probable(self, fields: Fields) -> RecordId | None:
        """The known work that this is for certain, or most likely."""
        return self._first(_marks(fields))

    def _first(self, marks: Iterable[Mark]) -> RecordId | None:
        return next((self.by_mark[mark] for mark in marks if mark in self.by_mark), None)


def _marks(fields: Fields) -> tuple[Mark, ...]:
    probable = probable_mark(fields)
    return (*certain_marks(fields), *((probable,) if probable else ()))

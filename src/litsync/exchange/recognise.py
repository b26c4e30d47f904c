"""Which paper of a catalog a work is.

Decides what is certain: a shared id, or citekey or title with the same first author and year and nothing against it. What is
only probable is said with its reason, for a person to decide. Nothing is ever recognised by its title alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from litsync.core.identity import GITHUB, HUGGING_FACE, URL, YOUTUBE, Mark, first_author_key, marks, title_key
from litsync.core.model import Fields

_LOOSE = frozenset({URL, GITHUB, HUGGING_FACE, YOUTUBE})
"""Addresses that several works may share: a page, a repository, a channel's video."""
_SHORT = 12
"""Letters below which a title tells too little to be compared without authors."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The paper that a work is, or may be: why, and whether that is certain."""

    citekey: str
    certain: bool
    reason: str


class Papers:
    """The papers of a catalog, to be found by what is said of a work."""

    def __init__(self, papers: Mapping[str, Fields]) -> None:
        """Take in the papers by citekey."""
        self._fields: dict[str, Fields] = {}
        self._by_mark: dict[Mark, str] = {}
        self._by_key: dict[str, str] = {}
        self._by_title: dict[str, list[str]] = {}
        for key, fields in papers.items():
            self.add(key, fields)

    def add(self, citekey: str, fields: Fields) -> None:
        """From now on this paper is found too."""
        self._fields[citekey] = fields
        self._by_key[citekey.casefold()] = citekey
        for mark in marks(fields):
            self._by_mark.setdefault(mark, citekey)
        self._by_title.setdefault(_title(fields), []).append(citekey)

    def like(self, fields: Fields, citekey: str = "") -> Likeness | None:
        """The paper that this work is, if any; of several reasons the best."""
        found = list(self._likenesses(fields, citekey))
        return next((one for one in found if one.certain), next(iter(found), None))

    def _likenesses(self, fields: Fields, citekey: str) -> Iterator[Likeness]:
        for mark in sorted(marks(fields), key=lambda one: (one.scheme in _LOOSE, one)):
            if key := self._by_mark.get(mark):
                sure = mark.scheme not in _LOOSE or _title(fields) in ("", _title(self._fields[key]))
                yield Likeness(key, sure, f"the same {mark.scheme} {mark.value}")
        if key := self._by_key.get(citekey.casefold()):
            other = self._fields[key]
            same = _title(fields) == _title(other)
            if same or not _contradict(fields, other):
                yield Likeness(key, same and not _contradict(fields, other), "the same citekey")
        yield from self._by_same_title(fields)

    def _by_same_title(self, fields: Fields) -> Iterator[Likeness]:
        title, author = _title(fields), first_author_key(fields)
        for key in self._by_title.get(title, ()) if title else ():
            other = self._fields[key]
            theirs = first_author_key(other)
            if author and author == theirs:
                sure = _year(fields) == _year(other) and not _contradict(fields, other)
                yield Likeness(key, sure, "the same title and first author")
            elif not (author and theirs) and len(title) >= _SHORT and not _contradict(fields, other):
                yield Likeness(
                    key, certain=not (author or theirs) and _year(fields) == _year(other), reason="the same title"
                )


def _title(fields: Fields) -> str:
    return title_key(str(fields.get("title") or ""))


def _year(fields: Fields) -> str:
    return str(fields.get("date") or "")[:4]


def _contradict(one: Fields, other: Fields) -> bool:
    """Whether both have an id of one kind, and not the same."""
    mine, theirs = marks(one), marks(other)
    schemes = {mark.scheme for mark in mine - theirs} & {mark.scheme for mark in theirs - mine}
    return bool(schemes - _LOOSE)

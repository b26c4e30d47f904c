"""The very text of a paper's entry that was taken out of a catalog file, and where it stood: so that it can be put back.

Decides that it goes back only between the papers between which it stood, and only if every other paper then reads as before. The
text holds what is part of no record: comments, keys of the reader's own, quoting and layout.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import Cut, cut_papers
from litsync.formats.catalog_edit import Papers
from litsync.formats.catalog_mentions import only_item
from litsync.formats.yaml_data import data_of
from litsync.formats.yaml_text import Scalar


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the file `name` that stood between two papers (empty: at the beginning or end of all).

    `gap` are the bytes from its end to the first line of the paper behind it, or to the end of the papers.
    """

    name: str
    before: str
    behind: str
    gap: int
    text: bytes

    @property
    def place(self) -> str:
        """All but the text, as JSON, for the journal."""
        return json.dumps([self.name, self.before, self.behind, self.gap])

    @classmethod
    def from_place(cls, place: str, text: bytes) -> Self | None:
        """Read back from the journal; None when the place is another one than a passage's."""
        try:
            name, before, behind, gap = json.loads(place)
        except ValueError:
            return None
        return cls(name, before, behind, gap, text)


def passage(name: str, data: bytes, left: bytes, papers: Papers, citekey: str) -> Passage | None:
    """What went with the paper when `data` became `left`; None where the papers of the file are not cut."""
    was, now = cut_papers(data), cut_papers(left)
    if was is None or now is None or not papers.divisible:
        return None
    number = papers.citekeys.index(citekey)
    begin = was.starts[number - 1] if number else 0
    behind = number + 1 < len(was.starts)
    old, end = data[begin : was.starts[number + 1] if behind else was.end], now.starts[number] if behind else now.end
    new = left[begin:end]
    at = _first_difference(old, new)
    while at and not new[:at].endswith(b"\n"):
        at -= 1  # whole lines: what is alike at both ends may be counted to either
    text = old[at : at + len(old) - len(new)]
    if old != new[:at] + text + new[at:]:
        return None
    before = papers.citekeys[number - 1] if number else ""
    return Passage(name, before, papers.citekeys[number + 1] if behind else "", len(new) - at, text)


def put_back(data: bytes, papers: Papers, found: Passage, citekey: str) -> tuple[bytes, Papers] | None:
    """The file with the text where it stood, and its papers then; None if the papers around it are not there, or not so any more."""
    cut, keys = cut_papers(data), list(papers.citekeys)
    number = keys.index(found.behind) if found.behind in keys else len(keys)
    if cut is None or not papers.divisible or (found.behind and number == len(keys)):
        return None
    if (keys[number - 1] if number else "") != found.before:
        return None
    at = (cut.starts[number] if found.behind else cut.end) - found.gap
    if at <= (cut.starts[number - 1] if number else 0) or data[at - 1 : at] != b"\n":
        return None
    result = data[:at] + found.text + data[at:]
    now = cut_papers(result)
    if now is None or not _has_only_gained(cut, now, number, citekey):
        return None
    return result, Papers((*keys[:number], citekey, *keys[number:]), divisible=True)


def _has_only_gained(before: Cut, after: Cut, number: int, citekey: str) -> bool:
    """Whether the one new paper is there, and every other one, and the shell, say what they said."""
    item = only_item(after.chunk(number).decode()) if len(after.starts) == len(before.starts) + 1 else None
    key = item.entries.get("id") if isinstance(item, yaml_text.Mapping) else None
    if not isinstance(key, Scalar) or key.value != citekey:
        return False
    others = [after.chunk(one) for one in range(len(after.starts)) if one != number]
    pairs = zip(others, map(before.chunk, range(len(before.starts))), strict=True)
    alike = all(one == other or _says(one) == _says(other) for one, other in pairs)
    return alike and after.epilogue == before.epilogue


def _says(chunk: bytes) -> object:
    return data_of(yaml_text.parse(chunk.decode()))


def _first_difference(one: bytes, other: bytes) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

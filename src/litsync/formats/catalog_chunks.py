"""A catalog file cut into chunks, one per paper, without reading YAML.

Decides where each paper of the block list under `papers:` begins, by a search over the bytes, so that an edit of one paper costs one paper. A cut is
a proposal: it holds when each chunk, read alone, is a list of one item and the rest of the file reads as a mapping whose `papers` is empty
(`catalog_parts` proves that). Must not import yaml: `litsync status` gets here on every start.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import pairwise

_PAPERS = re.compile(rb"(?:\A|\n)(papers:)")
_FIRST_ITEM = re.compile(rb"[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( *)-(?=[ \t\r\n]|\Z)")
_NEXT_KEY = re.compile(rb"\n(?=[^\s#-])")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the papers of a file are.

    `key` is the offset of `papers:`, `starts` those of the papers' first lines, `end` that of what follows the list.
    """

    data: bytes
    key: int
    starts: tuple[int, ...]
    end: int

    @property
    def prologue(self) -> bytes:
        """Everything before the first paper: the title, the sections, the methods and the line `papers:`."""
        return self.data[: self.starts[0]]

    @property
    def epilogue(self) -> bytes:
        """Everything after the last paper: the top-level keys that follow the list."""
        return self.data[self.end :]

    @property
    def shell(self) -> bytes:
        """The file without its papers."""
        return self.prologue + self.epilogue

    def chunk(self, number: int) -> bytes:
        """The bytes of one paper: whole lines, with the comments up to the next one."""
        after = number + 1
        return self.data[self.starts[number] : self.starts[after] if after < len(self.starts) else self.end]

    def digests(self) -> list[str]:
        """The fingerprint of each paper; one comprehension, because it is most of what a look at a large catalog costs."""
        sha256, data = hashlib.sha256, self.data
        return [sha256(data[start:end]).hexdigest()[:24] for start, end in pairwise((*self.starts, self.end))]


def cut_papers(data: bytes) -> Cut | None:
    """Propose a cut of the file; None when it has no block list of papers (none at all, a flow list, a mapping)."""
    key = _PAPERS.search(data)
    first = _FIRST_ITEM.match(data, key.end()) if key else None
    if key is None or first is None:
        return None
    begin = first.start(1)
    after = _NEXT_KEY.search(data, begin)
    end = after.end() if after else len(data)
    item = re.compile(rb"\n" + first[1] + rb"-(?=[ \t\r\n]|\Z)")
    starts = (begin, *[match.start() + 1 for match in item.finditer(data, begin, end)])
    return Cut(data, key.start(1), starts, end)


def digest(data: bytes) -> str:
    """A fingerprint of bytes, short enough to keep one per paper."""
    return hashlib.sha256(data).hexdigest()[:24]

"""A catalog file cut into chunks, one per paper, without reading YAML.

Decides where each paper of the block list under `papers:` begins, by a search over the bytes, so that an edit of one paper costs one paper. A cut is
a proposal: it holds when each chunk, read alone, is a list of one item and the rest of the file reads as a mapping whose `papers` is empty
(`catalog_parts` proves that). Must not import yaml: `litsync status` gets here on every start.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from struct import iter_unpack

_PAPERS = re.compile(rb"(?:\A|\n)(papers:)")
_FIRST_ITEM = re.compile(rb"[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( *)-(?=[ \t\r\n]|\Z)")
_NEXT_KEY = re.compile(rb"\n(?=[^\s#-])")


DIGEST = 12
"""Bytes of a fingerprint: short enough to keep one per paper."""
_KEPT = 2
"""A resident process looks at the same text again and again; an edit has one text before it and one behind."""
_recent: list[Cut] = []


@dataclass(frozen=True)
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

    @cached_property
    def digests(self) -> bytes:
        """The fingerprints of all papers, `DIGEST` bytes each; one loop, because it is most of what a look at a large catalog costs."""
        sha256, data = hashlib.sha256, self.data
        return b"".join(
            [sha256(data[start:end]).digest()[:DIGEST] for start, end in pairwise((*self.starts, self.end))]
        )

    @cached_property
    def fingerprint(self) -> str:
        """What tells this text from every other one, made of the fingerprints of its parts."""
        return digest(f"{digest(self.prologue)}{digest(self.epilogue)}".encode() + self.digests)

    @cached_property
    def hash(self) -> str:
        """The fingerprint of all bytes in one, which costs no cut."""
        return digest(self.data)

    def replaced_by(self, after: Cut) -> bytes:
        """What `after` took the place of: this text without the papers that are still there, byte for byte."""
        first, behind = _between(self.digests, after.digests)
        kept = frozenset(each_digest(after.digests[first * DIGEST : len(after.digests) - behind * DIGEST]))
        doubtful = each_digest(self.digests[first * DIGEST : len(self.digests) - behind * DIGEST])
        gone = [number for number, digest in enumerate(doubtful, first) if digest not in kept]
        return b"".join((self.prologue, *map(self.chunk, gone), self.epilogue))

    def may_become(self, number: int, chunk: bytes) -> bool:
        """Whether a search would find the chunk, in the place of that paper, to be one paper, and all others where they are."""
        region = b"\n" + chunk
        found = [match.start() for match in _item(self.indent).finditer(region)]
        ends_alike = chunk.endswith(b"\n") or not self.chunk(number).endswith(b"\n")
        return found == [0] and not _NEXT_KEY.search(region) and ends_alike

    def with_chunks(self, chunks: Mapping[int, bytes]) -> Cut:
        """The cut of the text in which papers, by number, have become these chunks; copied once, however many they are."""
        numbers, starts, digests = sorted(chunks), list(self.starts), bytearray(self.__dict__.get("digests", b""))
        pieces: list[bytes | memoryview] = []
        done = moved = 0
        for number, following in pairwise((*numbers, len(starts))):
            chunk, begin, size = chunks[number], self.starts[number], len(self.chunk(number))
            pieces += (memoryview(self.data)[done:begin], chunk)
            done, moved = begin + size, moved + len(chunk) - size
            starts[number + 1 : following + 1] = [start + moved for start in self.starts[number + 1 : following + 1]]
            if digests:
                digests[number * DIGEST : (number + 1) * DIGEST] = _fingerprint(chunk)
        data = b"".join((*pieces, memoryview(self.data)[done:]))
        cut = replace(self, data=data, starts=tuple(starts), end=self.end + moved)
        if digests:
            cut.__dict__["digests"] = bytes(digests)
        return _keep(cut)

    def spliced(self, first: int, after: int, data: bytes) -> Cut | None:
        """The cut of `data`, which differs in nothing but the papers from `first` to before `after`; only those are searched.

        None when the search would end elsewhere than before: at what looks like a key, or not at a paper's start.
        """
        moved, begin = len(data) - len(self.data), self.starts[first]
        stop = (self.starts[after] if after < len(self.starts) else self.end) + moved
        region = b"\n" + data[begin:stop]
        found = [begin + match.start() for match in _item(self.indent).finditer(region)]
        if _NEXT_KEY.search(region) or found[:1] != [begin]:
            return None
        behind = [start + moved for start in self.starts[after:]]
        cut = replace(self, data=data, starts=(*self.starts[:first], *found, *behind), end=self.end + moved)
        if "digests" in self.__dict__:
            new = b"".join(_fingerprint(cut.chunk(first + number)) for number in range(len(found)))
            cut.__dict__["digests"] = self.digests[: first * DIGEST] + new + self.digests[after * DIGEST :]
        return _keep(cut)

    @property
    def indent(self) -> bytes:
        """The blanks before each paper's dash."""
        first = self.data[self.starts[0] : self.data.index(b"-", self.starts[0])]
        return bytes(first)


def cut_papers(data: bytes) -> Cut | None:
    """Propose a cut of the file; None when it has no block list of papers (none at all, a flow list, a mapping)."""
    for cut in _recent:
        if cut.data is data or cut.data == data:
            return _keep(cut)
    key = _PAPERS.search(data)
    first = _FIRST_ITEM.match(data, key.end()) if key else None
    if key is None or first is None:
        return None
    begin = first.start(1)
    after = _NEXT_KEY.search(data, begin)
    end = after.end() if after else len(data)
    starts = (begin, *[match.start() + 1 for match in _item(first[1]).finditer(data, begin, end)])
    return _keep(Cut(data, key.start(1), starts, end))


def recent_cuts() -> tuple[Cut, ...]:
    """The texts that were cut last in this process."""
    return tuple(_recent)


def forget_cuts(kept: int) -> None:
    """Remember no more than so many of them, as nobody edits now: the text before the last edit is not asked for again."""
    del _recent[kept:]


def _item(indent: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\n" + indent + rb"-(?=[ \t\r\n]|\Z)")


def _keep(cut: Cut) -> Cut:
    """Remember the cut as the last one that was asked for."""
    _recent[:] = [cut, *[other for other in _recent if other is not cut][: _KEPT - 1]]
    return cut


def each_digest(digests: bytes) -> list[bytes]:
    """The fingerprints that stand one behind the other."""
    return [found for (found,) in iter_unpack(f"{DIGEST}s", digests)]


def _between(one: bytes, other: bytes) -> tuple[int, int]:
    """How many fingerprints at the start are the same, and how many of the rest at the end: found by halving, an edit is one paper."""
    both = range(min(len(one), len(other)) // DIGEST)
    first = bisect_left(both, x=True, key=lambda n: one[: (n + 1) * DIGEST] != other[: (n + 1) * DIGEST])
    behind = bisect_left(
        both[first:], x=True, key=lambda n: one[-(n - first + 1) * DIGEST :] != other[-(n - first + 1) * DIGEST :]
    )
    return first, behind


def digest(data: bytes) -> str:
    """A fingerprint of bytes, as text."""
    return _fingerprint(data).hex()


def _fingerprint(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:DIGEST]


@dataclass(frozen=True, slots=True)
class Known:
    """The citekeys of a file's papers, by number, where most papers need not be read again.

    Those with the numbers in `fresh` must be: whatever stands in their places counts for nothing.
    """

    citekeys: tuple[str, ...]
    fresh: frozenset[int] = frozenset()

    def numbers(self) -> Mapping[str, int]:
        """The number of every paper that is not fresh, by its case-folded citekey; fresh ones may be among them too."""
        found = _numbers(self.citekeys)
        if len(found) == len(self.citekeys):
            return found
        # Two are alike but for case, or not known yet: which of them are fresh decides.
        return {key.casefold(): number for number, key in enumerate(self.citekeys) if number not in self.fresh}

    def but(self, citekeys: Iterable[str]) -> Known:
        """The same, where these papers too must be read, if they are here."""
        numbers, here = _numbers(self.citekeys), set(self.fresh)
        for key in citekeys:
            number = numbers.get(key.casefold())
            if number is None:
                continue
            if self.citekeys[number] == key:
                here.add(number)
            elif key in self.citekeys:  # the other is another one, that differs in case
                here.add(self.citekeys.index(key))
        return replace(self, fresh=frozenset(here))

    def filled(self, found: Mapping[int, str]) -> tuple[str, ...]:
        """All citekeys in order, the fresh ones as they were `found`; what was not found is left out."""
        keys = list(self.citekeys)
        for number in self.fresh:
            keys[number] = found.get(number, "")
        return tuple(keys if len(found) == len(self.fresh) else filter(None, keys))


@lru_cache(maxsize=_KEPT)
def _numbers(citekeys: tuple[str, ...]) -> Mapping[str, int]:
    """Remembered, because most edits leave all citekeys as they are; all are folded in one go."""
    return dict(zip("\n".join(citekeys).casefold().split("\n"), range(len(citekeys)), strict=False))

"""What is remembered of the catalog's files, and how the files differ from it.

Decides which papers of a file are unchanged, by the hash of each paper's bytes: a paper that moved, or whose neighbours
changed, is not looked at again. Knows bytes and hashes only; nothing here reads YAML.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Any, Self

from litsync.errors import CatalogError
from litsync.formats.catalog_bytes import MAX_BYTES, without_mark
from litsync.formats.catalog_chunks import DIGEST, Cut, Known, cut_papers, digest, each_digest, recent_cuts
from litsync.replicas.one_file import holds


@dataclass(frozen=True, slots=True)
class Fresh:
    """How a file differs from what is remembered: its papers, those that changed among them, and the citekeys that changed or vanished."""

    known: Known
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of a file: fingerprints of the whole, of all but the papers and of each paper, and their citekeys.

    Without a `shell` its papers do not stand alone: every change is a change of everything.
    """

    hash: str
    shell: str | None
    papers: bytes = b""
    citekeys: tuple[str, ...] = ()

    @classmethod
    def load(cls, name: str, row: Mapping[str, Any], parts: Mapping[str, bytes]) -> Self | None:
        """What `row` and `parts` gave of the file called `name`; None when they do not fit together."""
        papers, citekeys = parts.get(f"papers {name}", b""), _lines(parts.get(f"citekeys {name}", b""))
        fits = len(papers) == DIGEST * len(citekeys) and bool(papers) == (row["shell"] is not None)
        return cls(row["hash"], row["shell"], papers, citekeys) if fits else None

    def row(self) -> dict[str, Any]:
        """The little that tells whether the file has changed, as JSON."""
        return {"hash": self.hash, "shell": self.shell}

    def parts(self, name: str) -> dict[str, bytes]:
        """The rest, which is asked for only when something has changed: what an edit changes, apart from what it mostly does not."""
        return {f"papers {name}": self.papers, f"citekeys {name}": "\n".join(self.citekeys).encode()}


class SeenFile:
    """A catalog file as it was on disk at one moment; hashes are worked out when they are asked for, once."""

    def __init__(self, name: str, data: bytes) -> None:
        """Stand for a text that messages call `name`."""
        self.name, self.raw, self.data = name, data, without_mark(data)

    @classmethod
    def read(cls, path: Path, name: str) -> Self:
        """Read the file. Raises CatalogError when that fails, or when the file is saved meanwhile."""
        try:
            with path.open("rb") as stream:
                before = os.fstat(stream.fileno())
                data = _text_of(stream, before.st_size)
                after = os.fstat(stream.fileno())
        except OSError as error:
            from litsync.replicas.trouble import in_words

            reason = in_words(error)
            advice = "check `catalog` in litsync.yaml, and that its disk is there"
            raise CatalogError(f"the catalog {name} cannot be read: {reason}", advice) from error
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise CatalogError(f"the catalog {name} is being saved at this moment", "nothing was done; run again")
        return cls(name, data)

    def holding(self, data: bytes) -> SeenFile:
        """The same file with another text, as litsync wrote it."""
        mark = self.raw[: len(self.raw) - len(self.data)]
        return SeenFile(self.name, mark + data)

    def replaced_by(self, after: SeenFile) -> bytes:
        """What of this text is no more when the file is `after`: the papers that changed or went, and all but the papers."""
        return self.raw if self.cut is None or after.cut is None else self.cut.replaced_by(after.cut)

    @cached_property
    def hash(self) -> str:
        """The fingerprint of the whole file; where it is known how the file is cut, that of the same text is known too."""
        known = next((cut for cut in recent_cuts() if cut.data == self.data), None)
        return known.hash if known else digest(self.data)

    @cached_property
    def cut(self) -> Cut | None:
        """The file cut into papers, if it can be."""
        return cut_papers(self.data)

    @property
    def _papers(self) -> bytes:
        """The fingerprints of all papers, one behind the other."""
        return self.cut.digests if self.cut else b""

    def describe(self, citekeys: tuple[str, ...] | None) -> Remembered:
        """What to remember of the file; without citekeys its papers do not stand alone."""
        if self.cut is None or citekeys is None:
            return Remembered(self.hash, None)
        assert len(citekeys) * DIGEST == len(self._papers)
        return Remembered(self.hash, digest(self.cut.shell), self._papers, citekeys)

    def compare(self, remembered: Remembered) -> Fresh | None:
        """How the file differs from what `describe` gave; None when more than papers differs."""
        if remembered.shell is not None and self.hash == remembered.hash:
            return Fresh(Known(remembered.citekeys))
        if self.cut is None or digest(self.cut.shell) != remembered.shell:
            return None
        left = dict(zip(each_digest(remembered.papers), remembered.citekeys, strict=True))
        now = tuple([left.pop(hashed, "") for hashed in each_digest(self._papers)])
        fresh = frozenset(number for number, citekey in enumerate(now) if not citekey)
        return Fresh(Known(now, fresh), frozenset(left.values()))

    def refuse_if_cut_short(self, remembered: Remembered) -> None:
        """Raise CatalogError when the file looks like the first part of what `describe` was given: a save that is not finished."""
        known = remembered.papers
        if known and not self.data.strip():
            raise CatalogError(
                f"the catalog {self.name} is empty; it held {_papers(len(known) // DIGEST)} when it was last looked at",
                "restore it, from git say; if it is meant to be empty, write `papers: []` into it",
            )
        if known and not self.data.endswith(b"\n") and self._is_first_part_of(known):
            line = self.data.count(b"\n") + 1
            column = len(self.data[self.data.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
            gone = (len(known) - len(self._papers)) // DIGEST
            raise CatalogError(
                f"{self.name}:{line}:{column}: the file ends in the middle; {_papers(gone)} that stood behind are gone",
                "save it whole, or restore it; if it is meant to end there, end the last line with a line break",
            )

    def _is_first_part_of(self, known: bytes) -> bool:
        if self.cut is None:
            return b"\npapers:" not in self.data
        return len(self._papers) < len(known) and known.startswith(self._papers[:-DIGEST])


def _text_of(stream: BufferedReader, size: int) -> bytes:
    """What the file holds. A text that this process knows is compared rather than read: that is cheaper, and it is the same object then."""
    for text in [cut.data for cut in recent_cuts() if len(cut.data) == size]:
        if holds(stream, text):
            return text
        stream.seek(0)
    return stream.read(MAX_BYTES + 4)


def fingerprint(raw: bytes) -> str:
    """What tells a file's text from every other one; where the papers' own fingerprints are known, it costs a few of them."""
    data = without_mark(raw)
    cut = cut_papers(data)
    return f"{cut.fingerprint if cut else digest(data)}{'' if len(data) == len(raw) else 'm'}"


@lru_cache(maxsize=4)
def _lines(text: bytes) -> tuple[str, ...]:
    """Kept, because a resident process is given the same citekeys in each cycle."""
    return tuple(text.decode().split("\n")) if text else ()


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count} papers"

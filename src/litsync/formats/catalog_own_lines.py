"""The lines of a paper's entry that only its reader wrote: comments, and keys that no field is for.

Decides which lines of a catalog file no record holds, so that they can be shown where only the record comes back. What
stands behind a paper's last value is not looked at: a comment there is about the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from litsync.core.fields import carried
from litsync.core.model import CATALOG, Kind
from litsync.formats.catalog_chunks import cut_papers
from litsync.formats.catalog_mentions import only_item
from litsync.formats.yaml_text import Mapping, Scalar

_KNOWN = {"id", *(row.name for row in carried(Kind.PAPER, CATALOG))}
_KEY = re.compile(r"(\s*(?:- +)?)([^\s:#'\"\[{]+)\s*:(?:\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#(?![^'\"]*['\"]\s*$)")


def own_lines(data: bytes, citekey: str) -> list[str]:
    """These lines of the paper's entry, without their indentation; none when the file is not cut into papers."""
    cut = cut_papers(data)
    for number in range(len(cut.starts)) if cut is not None else ():
        chunk = cut.chunk(number).decode() if cut is not None else ""
        item = only_item(chunk) if citekey in chunk else None
        key = item.entries.get("id") if isinstance(item, Mapping) else None
        if isinstance(key, Scalar) and key.value == citekey:
            return list(_own(_without_tail(chunk.splitlines())))
    return []


def _without_tail(lines: list[str]) -> list[str]:
    last = max((n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), default=-1)
    return lines[: last + 1]


def _own(lines: list[str]) -> Iterator[str]:
    """Whole lines, as they stand; what is below a key of the reader's own belongs to it."""
    first = _KEY.match(lines[0]) if lines else None
    indent, mine = len(first[1]) if first else 0, False
    for line in lines:
        key = _KEY.match(line)
        if key and len(key[1]) == indent:
            mine = key[2] not in _KNOWN
        if line.strip() and (mine or _COMMENT.search(line)):
            yield line.strip()

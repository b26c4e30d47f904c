"""Which reader a source gets: by the ending of its name, or by what stands in it.

Decides only that. To teach litsync another format, write a reader and name its endings here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from litsync.errors import UsageError
from litsync.exchange.found import Reading

Reader = Callable[[bytes, str], Reading]
"""The bytes of a source and what it is called in messages, to what it says."""


def _bibtex(data: bytes, shown: str) -> Reading:
    from litsync.exchange.bibliography.bibtex import read_bibtex

    return read_bibtex(_text(data), shown)


def _json(data: bytes, shown: str) -> Reading:
    from litsync.exchange.bibliography.csl import read_json

    return read_json(_text(data), shown)


def _ris(data: bytes, shown: str) -> Reading:
    from litsync.exchange.bibliography.ris import read_ris

    return read_ris(_text(data), shown)


def _markdown(data: bytes, shown: str) -> Reading:
    from litsync.exchange.lists.works import read_reading_list

    return read_reading_list(data, shown)


READERS: Mapping[str, Reader] = {
    ".bib": _bibtex,
    ".bibtex": _bibtex,
    ".biblatex": _bibtex,
    ".json": _json,
    ".ris": _ris,
    ".md": _markdown,
    ".markdown": _markdown,
    ".mdown": _markdown,
    ".html": _markdown,
}
"""The reader for each ending."""

_SIGNS = (
    (re.compile(rb"\s*[\[{]\s*(?:[\]{\"}])"), _json),
    (re.compile(rb"^TY {1,2}- ", re.MULTILINE), _ris),
    (re.compile(rb"^\s*@[A-Za-z]+\s*[{(]", re.MULTILINE), _bibtex),
    (re.compile(rb"\]\(|\]\[|^#{1,6}[ \t]|^[ \t]*[-*+][ \t]|<a\s|^\|", re.MULTILINE), _markdown),
)


def read_works(data: bytes, shown: str) -> Reading:
    """What the source says of works. Raises UsageError when nothing tells how it is to be read."""
    ending = re.search(r"\.\w+$", shown)
    reader = READERS.get(ending[0].lower()) if ending else None
    if reader is None:
        reader = next((one for sign, one in _SIGNS if sign.match(data) or sign.search(data[:100_000])), None)
    if reader is None:
        raise UsageError(f"{shown}: is in no form that litsync reads", f"it reads {', '.join(READERS)}")
    return reader(data, shown)


def _text(data: bytes) -> str:
    """UTF-8, or UTF-16 with its mark; else Windows-1252, which old programs write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")

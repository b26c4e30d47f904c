"""Authors, and other names of things, as people write them into a note's properties.

Decides what a name means that is a link to a note of the reader's own, and when one text is several authors. Must not know
how properties are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from litsync.core.model import Name
from litsync.core.values import read_name, tidy
from litsync.formats.names import neutral_value

SPOKEN = frozenset({"authors", "venue"})
"""Fields in which a link means the words that it shows."""
_WHOLE = "\u2060,"
"""A comma that parts no family name from a given name: as every reader sees it, with a word joiner before it."""
_LINK = re.compile(r"\s*\[\[(?P<target>[^\[\]|#]+)(?:#[^\[\]|]*)?(?:\\?\|(?P<shown>[^\[\]]*))?\]\]\s*")
_SEVERAL = re.compile(r";|,.*(?:,|\s(?:and|&)\s)|\]\].*\[\[")


def as_read(text: str) -> str:
    """The words that a reader sees where a text is one whole link; any other text as it is."""
    match = _LINK.fullmatch(text)
    if match is None:
        return text
    name = match["target"].strip().rpartition("/")[2].removesuffix("\\").removesuffix(".md")
    return (match["shown"] or "").strip() or name or text


def is_several(text: str) -> bool:
    """Whether one text names several authors: then nobody can tell for sure where one ends."""
    return _WHOLE not in text and _SEVERAL.search(text) is not None


def read_author(text: str) -> Name:
    """One author from the text of a property."""
    return Name(tidy(text.replace(_WHOLE, ","))) if _WHOLE in text else read_name(text)


def written_author(name: Name) -> str:
    """The text of a property that reads as this author again."""
    return neutral_value(name.display).replace(",", _WHOLE)


def with_links(texts: str | Iterable[str] | None, old: Any) -> str | tuple[str, ...] | None:
    """New texts for a list of authors; where the list has a link for one of them now, that link stays."""
    if texts is None or isinstance(texts, str):
        return texts
    known = old if isinstance(old, tuple) else (old,) if isinstance(old, str) else ()
    links = {written_author(read_name(shown)): text for text in known if (shown := as_read(text)) != text}
    return tuple(links.get(text, text) for text in texts)

"""Which papers of a catalog file name a method or section, and by which words.

Decides that without reading the papers that cannot: a search over the bytes comes first, and only where a word stands at
all is YAML read. Knows spellings as words only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from litsync.core.values import tidy
from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import Cut, cut_papers
from litsync.formats.catalog_edit import Papers
from litsync.formats.yaml_text import Mapping, Node, Scalar, Sequence, YamlError


def mentions(data: bytes, papers: Papers, field: str, words: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The papers, the last first, whose set field holds one of the words (case-folded): number and texts of the field.

    Raises YamlError when the file must be read in one go and cannot be.
    """
    cut = cut_papers(data) if papers.divisible else None
    if cut is None:
        items = list(enumerate(papers_of(yaml_text.parse(data.decode()))))
        found = ((number, texts_of(item, field)) for number, item in reversed(items))
    else:
        found = ((number, texts_of(only_item(chunk), field)) for number, chunk in _chunks_with(cut, words))
    return ((number, texts) for number, texts in found if any(tidy(text).casefold() in words for text in texts))


def only_item(chunk: str) -> Node | None:
    """The one paper of a chunk."""
    try:
        root = yaml_text.parse(chunk)
    except YamlError:
        return None
    return root.items[0] if isinstance(root, Sequence) and len(root.items) == 1 else None


def papers_of(root: Node | None) -> list[Node]:
    """The items of the list under `papers`."""
    node = root.entries.get("papers") if isinstance(root, Mapping) else None
    return list(node.items) if isinstance(node, Sequence) else []


def texts_of(item: Node | None, field: str) -> list[str]:
    """The texts in a list of a paper."""
    node = item.entries.get(field) if isinstance(item, Mapping) else None
    return [one.value for one in node.items if isinstance(one, Scalar)] if isinstance(node, Sequence) else []


def _chunks_with(cut: Cut, words: Collection[str]) -> Iterator[tuple[int, str]]:
    # A word of several parts may be broken over lines; its longest part cannot be.
    parts = [max(word.split(), key=len, default="").encode() for word in words]
    for number in range(len(cut.starts) - 1, -1, -1):
        chunk = cut.chunk(number)
        if chunk.isascii():
            lowered = chunk.lower()
            if b"\\" in chunk or any(part in lowered for part in parts):
                yield number, chunk.decode()
        else:
            text = chunk.decode()
            folded = tidy(text).casefold().encode()
            if b"\\" in chunk or any(part in folded for part in parts):
                yield number, text

"""Keys of the reader's own in a catalog file: what a bibliography says of papers that no field is for.

Decides which of them bibliographies know; all others are nobody's business. Reads only the papers that have one.
"""

from __future__ import annotations

from collections.abc import Iterator

from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import cut_papers
from litsync.formats.catalog_mentions import texts_of
from litsync.formats.yaml_text import Node, Scalar, YamlError, is_null

BIBLIOGRAPHIC = ("isbn", "issn", "series", "edition", "place", "event", "note", "editors")
"""The keys under which an import keeps them."""
_SIGNS = tuple(f"{name}:".encode() for name in BIBLIOGRAPHIC)


def own_keys(data: bytes) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """What the papers of the file say under these keys, by citekey; papers that say nothing are left out."""
    found: dict[str, dict[str, str | tuple[str, ...]]] = {}
    for item in _papers(data):
        if not isinstance(item, yaml_text.Mapping):
            continue
        key = item.entries.get("id")
        said = {name: value for name in BIBLIOGRAPHIC if (value := _value(item, name))}
        if said and isinstance(key, Scalar):
            found[key.value] = said
    return found


def _papers(data: bytes) -> Iterator[Node]:
    cut = cut_papers(data)
    try:
        if cut is None:
            root = yaml_text.parse(data.decode())
            papers = root.entries.get("papers") if isinstance(root, yaml_text.Mapping) else None
            yield from papers.items if isinstance(papers, yaml_text.Sequence) else ()
            return
        for number in range(len(cut.starts)):
            chunk = cut.chunk(number)
            if any(sign in chunk for sign in _SIGNS):
                node = yaml_text.parse(chunk.decode())
                yield from node.items if isinstance(node, yaml_text.Sequence) else ()
    except (YamlError, UnicodeDecodeError):
        return


def _value(item: yaml_text.Mapping, name: str) -> str | tuple[str, ...]:
    node = item.entries.get(name)
    if isinstance(node, Scalar):
        return "" if is_null(node) else node.value.strip()
    return tuple(texts_of(item, name))

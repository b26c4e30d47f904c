"""The data of a YAML node, for proofs: two texts with equal data say the same to every reader.

Decides what counts as data. Comments, quotes, order of keys and layout do not; whether a scalar is a text or something
typed does, so that `"1"` and `1` differ.
"""

from __future__ import annotations

from typing import Any

from litsync.formats import yaml_text
from litsync.formats.yaml_dump import is_typed
from litsync.formats.yaml_text import Mapping, Node, Sequence, YamlError


def data_of(node: Node | None) -> Any:
    """The data of a node: a scalar is its text and whether it is typed; nothing is None, no document an empty mapping."""
    match node:
        case None:
            return {}
        case Mapping():
            return {key: data_of(value) for key, value in node.entries.items()}
        case Sequence():
            return [data_of(item) for item in node.items]
        case _:
            return None if yaml_text.is_null(node) else (node.value, not node.style and is_typed(node.value))


def reads_as(text: str, intended: Any) -> bool:
    """Whether the text is YAML, and says exactly this."""
    try:
        return bool(data_of(yaml_text.parse(text)) == intended)
    except YamlError:
        return False

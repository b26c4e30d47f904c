"""The names behind the ids of a catalog, as its records have them. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from litsync.core.model import Kind, Record, RecordId
from litsync.replicas.base import Vocabulary, Words


def vocabulary_of(records: Mapping[RecordId, Record]) -> Vocabulary:
    """The names behind the ids, as these records have them."""
    names: dict[Kind, dict[str, Record]] = {kind: {} for kind in Kind}
    for record in records.values():
        names[record.id.kind][record.id.key] = record
    papers = names[Kind.PAPER]
    return Vocabulary(
        title=text_of(names[Kind.LIST]["list"], "title"),
        introduction=text_of(names[Kind.LIST]["list"], "introduction"),
        methods={
            key: Words(text_of(method, "name"), _texts(method, "aliases"), text_of(method, "color"))
            for key, method in names[Kind.METHOD].items()
        },
        sections={key: text_of(section, "name") for key, section in names[Kind.SECTION].items()},
        tags=frozenset(tag for paper in papers.values() for tag in _texts(paper, "tags")),
        papers={key: text_of(paper, "title") for key, paper in papers.items()},
    )


def text_of(record: Record, field: str) -> str:
    """What the record says in a field of one text; empty when it says nothing."""
    value = record.fields.get(field)
    return value if isinstance(value, str) else ""


def _texts(record: Record, field: str) -> tuple[str, ...]:
    value = record.fields.get(field)
    return tuple(str(member) for member in value) if isinstance(value, tuple) else ()

"""One field's value as a text for an editor, with the values in dispute beside it, and back.

Decides the form: comments tell where each value stands, and one YAML key holds the value that shall count.
"""

from __future__ import annotations

from collections.abc import Mapping

from litsync.core.fields import TABLE, Field
from litsync.core.model import Name, RecordId, Value
from litsync.core.values import FieldKind, Invalid, read_leniently, read_name, tidy, unique
from litsync.errors import UsageError
from litsync.formats import yaml_text
from litsync.formats.yaml_dump import dump_pairs
from litsync.formats.yaml_text import Node, Scalar, Sequence, YamlError


def value_text(record: RecordId, field: str, values: Mapping[str, Value]) -> str:
    """What the editor shows: every value as a comment, and the first one as what will be read."""
    rows = [f"# {record.key} {field}: write the value that shall count everywhere, save and close.", "#"]
    for replica, value in values.items():
        rows.append(f"# in {replica}:")
        rows += [f"#   {line}" for line in _dumped(field, value).splitlines()]
    return "\n".join(rows) + "\n" + _dumped(field, next(iter(values.values()), None))


def _dumped(field: str, value: Value) -> str:
    if value is None:
        return f"{field}:\n"
    texts = value if isinstance(value, str) else tuple(_member(member) for member in value)
    return dump_pairs([(field, texts)], bare=frozenset())


def _member(member: object) -> str:
    return member.display if isinstance(member, Name) else str(member)


def read_value(record: RecordId, field: str, text: str) -> Value:
    """The value in the text. Raises UsageError that says what is wrong with it."""
    row = TABLE[record.kind][field]
    try:
        root = yaml_text.parse(text)
        node = root.entries.get(field) if isinstance(root, yaml_text.Mapping) else None
        return _value(row, node)
    except (YamlError, Invalid) as error:
        raise UsageError(f"{record.key} {field}: {error}", "nothing was changed; try again") from error


def _value(row: Field, node: Node | None) -> Value:
    if row.kind is FieldKind.LINKS:
        raise Invalid("links are edited in the catalog")
    nodes = node.items if isinstance(node, Sequence) else [node]
    texts = [tidy(one.value) for one in nodes if isinstance(one, Scalar) and not yaml_text.is_null(one)]
    if row.kind is FieldKind.NAMES:
        return tuple(map(read_name, texts)) or None
    if row.kind is FieldKind.SCALAR and len(texts) > 1:
        raise Invalid("has several values where one belongs")
    known = unique(text for text in (read_leniently(row.form, one) for one in texts) if text)
    return known[0] if known and row.kind is FieldKind.SCALAR else known

"""Values as JSON and back, for the state and for machines that read plans."""

from __future__ import annotations

from typing import Any

from litsync.core.model import Link, Name, Value


def to_json(value: Value) -> Any:
    """The value as JSON: text, list of texts, `[family, given]` or `{title, url}`; `from_json` reads it back."""
    if value is None or isinstance(value, str):
        return value
    return [_member_to_json(member) for member in value]


def _member_to_json(member: str | Name | Link) -> Any:
    match member:
        case Name():
            return [member.family, member.given]
        case Link():
            return {"title": member.title, "url": member.url}
        case _:
            return member


def from_json(data: Any) -> Value:
    """Read back what `to_json` made."""
    if data is None or isinstance(data, str):
        return data
    first = data[0] if data else None
    if isinstance(first, list):
        return tuple(Name(family, given) for family, given in data)
    if isinstance(first, dict):
        return tuple(Link(row["title"], row["url"]) for row in data)
    return tuple(data) or None

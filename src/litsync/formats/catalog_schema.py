"""The JSON Schema of the catalog, for editors that complete and check YAML while it is typed.

Decides nothing: every key, form and meaning comes from the field table, so the schema cannot promise what reading refuses. It is the looser of
the two: what needs the whole catalog (unique ids, methods that exist) only `litsync check` can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from litsync.core.fields import Field, carried
from litsync.core.model import CATALOG, STATUSES, Kind
from litsync.core.values import FieldKind, Form
from litsync.formats.catalog_yaml import item_types

_FORMS: dict[Form, dict[str, Any]] = {
    Form.TEXT: {},
    Form.TYPE: {},
    Form.TAG: {"maxLength": 255},
    Form.CITEKEY: {"pattern": "^[A-Za-z0-9_][A-Za-z0-9_:.+/-]*$", "maxLength": 200},
    Form.ID: {"pattern": "^[a-z0-9][a-z0-9-]*$", "maxLength": 200},
    Form.DATE: {
        "pattern": "^\\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$",
        "examples": ["2021", "2021-10", "2021-10-05"],
    },
    Form.DOI: {"pattern": "^10\\.\\d{4,9}/\\S+$", "examples": ["10.1109/ICCV48922.2021.00573"]},
    Form.ARXIV: {"pattern": "^(\\d{4}\\.\\d{4,5}|[a-z-]+(\\.[A-Z]{2})?/\\d{7})(v\\d+)?$", "examples": ["2103.11078"]},
    Form.URL: {"pattern": "^https?://\\S+$"},
    Form.NUMBER: {"pattern": "^\\d{1,9}$"},
    Form.COLOUR: {"pattern": "^#?[0-9A-Fa-f]{6}$", "examples": ["d55e00"]},
}
_BY_NAME = ("methods", "sections")
"""Fields whose members may be written as names and aliases too, so that any text is allowed."""

_AS_NUMBER = (Form.TEXT, Form.DATE, Form.NUMBER, Form.COLOUR)
"""Forms that an editor may see as a number (`date: 2021`, a title `1984`) though litsync reads the characters."""


def catalog_schema(statuses: Sequence[str] = STATUSES) -> dict[str, Any]:
    """The schema (draft 2020-12) of one catalog file, as JSON. Keys it does not know are the user's own and allowed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "litsync catalog",
        "description": "A reading list: its sections, the methods that classify it, and its papers",
        "type": "object",
        "properties": {
            **_properties(carried(Kind.LIST, CATALOG)),
            "sections": _ids("the sections: id to name", {"type": "string", "description": "the section's name"}),
            "methods": _ids("the methods: id to what is known of it", _method()),
            "papers": {
                "title": "papers",
                "description": "the papers, each with its id",
                "type": ["array", "null"],
                "items": _paper(statuses),
            },
        },
    }


def _ids(description: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "type": ["object", "null"],
        "propertyNames": _FORMS[Form.ID],
        "additionalProperties": value,
    }


def _method() -> dict[str, Any]:
    rows = [row for row in carried(Kind.METHOD, CATALOG) if not row.derived]
    return {"type": "object", "properties": _properties(rows), "required": ["name"]}


def _paper(statuses: Sequence[str]) -> dict[str, Any]:
    rows = carried(Kind.PAPER, CATALOG)
    identity = next(field for field in rows if field.name == "citekey")
    properties = {
        "id": _property(identity) | {"title": "id"},
        **_properties(field for field in rows if not field.derived),
    }
    properties["id"]["type"] = "string"
    properties["type"]["enum"] = [*sorted(item_types()), None]
    properties["status"]["enum"] = [*statuses, None]
    return {"type": "object", "properties": properties, "required": ["id", "title"]}


def _properties(rows: Iterable[Field]) -> dict[str, Any]:
    return {field.name: _property(field) for field in rows}


def _property(field: Field) -> dict[str, Any]:
    about = {"title": field.name, "description": field.meaning}
    match field.kind:
        case FieldKind.SCALAR:
            types = ["string", "number", "null"] if field.form in _AS_NUMBER else ["string", "null"]
            return about | {"type": types} | _FORMS[field.form]
        case FieldKind.SET:
            form = {} if field.name in _BY_NAME else _FORMS[field.form]
            return about | {"type": ["array", "null"], "items": {"type": ["string", "number"]} | form}
        case FieldKind.NAMES:
            return about | {
                "type": ["array", "null"],
                "items": {"anyOf": [{"type": "string"}, _WHOLE_NAME, _SPLIT_NAME]},
            }
        case FieldKind.LINKS:
            return about | {"type": ["array", "null"], "items": _LINK}


_WHOLE_NAME = {
    "type": "object",
    "properties": {"name": {"type": "string", "description": "a name in one piece"}},
    "required": ["name"],
}
_SPLIT_NAME = {
    "type": "object",
    "properties": {"family": {"type": "string"}, "given": {"type": ["string", "null"]}},
    "required": ["family"],
}
_LINK = {
    "type": "object",
    "properties": {"title": {"type": ["string", "number"]}, "url": {"type": "string"} | _FORMS[Form.URL]},
    "required": ["title", "url"],
}

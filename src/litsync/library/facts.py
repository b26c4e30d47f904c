"""Answers about item types: what types, fields and creator roles there are, and the template of a new item.

Decides nothing: it shows the item schema as Zotero's server does. Names for people are made from the technical ones
(`journalArticle`: Journal Article). It must not know the library.
"""

from __future__ import annotations

import re
from typing import Any

from litsync.formats.item_schema import item_schema
from litsync.library.refusal import Refused
from litsync.library.request import Request
from litsync.library.validation import LINK_MODES, fields_of, item_types, roles_of

CREATOR_FIELDS = ("firstName", "lastName", "name")


def about_types(request: Request) -> Any:
    """The answer to `/itemTypes`, `/itemFields` and their kin."""
    schema = item_schema()
    match request.parts[0]:
        case "itemTypes":
            return _named("itemType", item_types())
        case "itemFields":
            return _named(
                "field",
                tuple(dict.fromkeys(name for item_type in schema.item_types for name in schema.fields(item_type))),
            )
        case "itemTypeFields":
            return _named("field", fields_of(_item_type(request)))
        case "itemTypeCreatorTypes":
            return _named("creatorType", roles_of(_item_type(request)))
        case _:
            return _named("field", CREATOR_FIELDS)


def template(request: Request) -> dict[str, Any]:
    """A new item of a type with everything empty, ready to be filled in and posted."""
    item_type = _item_type(request)
    mode = request.param("linkMode") or ""
    if item_type == "attachment" and mode not in LINK_MODES:
        raise Refused(400, "linkMode required for itemType=attachment" if not mode else f"Invalid linkMode '{mode}'")
    new: dict[str, Any] = {"itemType": item_type}
    for name in fields_of(item_type, mode):
        new[name] = mode if name == "linkMode" else ""
        if roles_of(item_type) and "creators" not in new:
            new["creators"] = [{"creatorType": roles_of(item_type)[0], "firstName": "", "lastName": ""}]
    return new | {"tags": [], "collections": [], "relations": {}}


def _item_type(request: Request) -> str:
    """The item type the request asks about."""
    name = request.param("itemType")
    if not name:
        raise Refused(400, "'itemType' not provided")
    if name not in item_types():
        raise Refused(400, f"Invalid item type '{name}'")
    return name


def _named(what: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    """Each with its name for people."""
    return [
        {what: name, "localized": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[0].upper() + name[1:])} for name in names
    ]

"""How objects look in responses: the envelope of key, version, library, links, meta and data.

Decides the JSON of items, collections and tags. Reads counts in one statement for any number of objects. It must not know routes or parameters.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from litsync.library.records import USER, Collection, Item, creator_summary
from litsync.library.validation import fields_of

Envelope = dict[str, Any]
WHEN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(?!\d)")


def item_envelopes(db: sqlite3.Connection, items: Sequence[Item], base: str) -> list[Envelope]:
    """The items as a client sees them; `base` is the URL that `/users/1` hangs on."""
    sql = "SELECT parent, count(*) FROM items WHERE parent IN (SELECT value FROM json_each(?)) AND NOT trashed GROUP BY parent"
    children = dict(db.execute(sql, (json.dumps([item.key for item in items]),)).fetchall())
    library = _library(base)
    return [item_envelope(item, children.get(item.key, 0), base, library) for item in items]


def item_envelope(item: Item, children: int, base: str, library: Mapping[str, Any]) -> Envelope:
    """One item as a client sees it."""
    links = _links(base, "items", item.key)
    if item.parent:
        links["up"] = {"href": f"{base}/{USER}/items/{item.parent}", "type": "application/json"}
    meta = {"creatorSummary": creator_summary(item), "parsedDate": _parsed_date(item.fields.get("date", ""))}
    shown: dict[str, Any] = {name: text for name, text in meta.items() if text}
    if item.parent is None and item.item_type != "note":
        shown["numChildren"] = children
    return {
        "key": item.key,
        "version": item.version,
        "library": library,
        "links": links,
        "meta": shown,
        "data": item_data(item),
    }


def item_data(item: Item) -> dict[str, Any]:
    """The editable part: every field of the type, empty ones as empty text."""
    data: dict[str, Any] = {"key": item.key, "version": item.version}
    if item.parent:
        data["parentItem"] = item.parent
    data["itemType"] = item.item_type
    names = fields_of(item.item_type, item.fields.get("linkMode", ""))
    for name in names:
        data[name] = item.fields.get(name, "")
        if name == names[0] and item.item_type not in ("note", "attachment"):
            data["creators"] = item.creators
    if item.trashed:
        data["deleted"] = 1
    data["tags"] = [{"tag": tag, "type": kind} if kind else {"tag": tag} for tag, kind in item.tags]
    if item.parent is None:
        data["collections"] = item.collections
    data["relations"] = _relations(item.relations)
    return data | {"dateAdded": item.date_added, "dateModified": item.date_modified}


def _relations(relations: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """A single object stands alone, several as an array."""
    return {predicate: uris[0] if len(uris) == 1 else uris for predicate, uris in relations.items()}


def _parsed_date(text: str) -> str:
    """The year, month or day that a date text begins with, else the first year in it."""
    found = WHEN.match(text) or re.search(r"(?<!\d)\d{4}(?!\d)", text)
    return found[0] if found else ""


def collection_envelopes(db: sqlite3.Connection, collections: Sequence[Collection], base: str) -> list[Envelope]:
    """The collections as a client sees them."""
    keys = (json.dumps([collection.key for collection in collections]),)
    sql = "SELECT parent, count(*) FROM collections WHERE parent IN (SELECT value FROM json_each(?)) GROUP BY parent"
    below = dict(db.execute(sql, keys).fetchall())
    sql = """SELECT collection, count(*) FROM memberships JOIN items ON items.key = item
              WHERE collection IN (SELECT value FROM json_each(?)) AND NOT trashed GROUP BY collection"""
    members = dict(db.execute(sql, keys).fetchall())
    return [_collection(item, below.get(item.key, 0), members.get(item.key, 0), base) for item in collections]


def _collection(collection: Collection, below: int, members: int, base: str) -> Envelope:
    """One collection as a client sees it."""
    data: dict[str, Any] = {
        "key": collection.key,
        "version": collection.version,
        "name": collection.name,
        "parentCollection": collection.parent or False,
        "relations": _relations(collection.relations),
    }
    if collection.trashed:
        data["deleted"] = True
    links = _links(base, "collections", collection.key)
    if collection.parent:
        links["up"] = {"href": f"{base}/{USER}/collections/{collection.parent}", "type": "application/json"}
    meta = {"numCollections": below, "numItems": members}
    return {
        "key": collection.key,
        "version": collection.version,
        "library": _library(base),
        "links": links,
        "meta": meta,
        "data": data,
    }


def _library(base: str) -> dict[str, Any]:
    """What every envelope says about the library."""
    return {
        "type": "user",
        "id": 1,
        "name": "litsync",
        "links": {"alternate": {"href": f"{base}/{USER}", "type": "text/html"}},
    }


def _links(base: str, kind: str, key: str) -> dict[str, Any]:
    """Where an object is."""
    address = f"{base}/{USER}/{kind}/{key}"
    return {"self": {"href": address, "type": "application/json"}, "alternate": {"href": address, "type": "text/html"}}

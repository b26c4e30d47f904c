"""How objects look in responses: the envelope of key, version, library, links, meta and data.

Decides the JSON of items, collections, searches and the library itself. Reads counts in one statement for any number of objects. It must not know
routes or parameters.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litsync.library.records import URI, Collection, Item, Search, creator_summary
from litsync.library.validation import fields_of

Envelope = dict[str, Any]
WHEN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(?!\d)")


@dataclass(frozen=True, slots=True)
class Home:
    """The address a library is served under: `prefix` is `users/1` or `groups/N`, `base` the URL that it hangs on."""

    prefix: str = "users/1"
    base: str = ""

    @property
    def number(self) -> int:
        """The user's or group's number."""
        return int(self.prefix.partition("/")[2])

    @property
    def is_group(self) -> bool:
        """Whether it is a group's."""
        return self.prefix.startswith("groups/")

    @property
    def url(self) -> str:
        """Where the library is."""
        return f"{self.base}/{self.prefix}"

    def library(self) -> dict[str, Any]:
        """What every envelope says about the library."""
        links = {"alternate": {"href": self.url, "type": "text/html"}}
        return {"type": "group" if self.is_group else "user", "id": self.number, "name": "litsync", "links": links}

    def links(self, kind: str, key: str, parent: str | None = None) -> dict[str, Any]:
        """Where an object is, and where the one above it."""
        address = f"{self.url}/{kind}/{key}"
        links = {
            "self": {"href": address, "type": "application/json"},
            "alternate": {"href": address, "type": "text/html"},
        }
        above = {"up": {"href": f"{self.url}/{kind}/{parent}", "type": "application/json"}}
        return links | above if parent else links

    def group(self, version: int, items: int) -> Envelope:
        """The group itself as a client sees it."""
        links = {"self": {"href": self.url, "type": "application/json"}}
        data = {"id": self.number, "version": version, "name": "litsync", "owner": 1, "type": "Private"}
        rights = {"libraryReading": "members", "libraryEditing": "members", "fileEditing": "none"}
        meta = {"numItems": items}
        return {"id": self.number, "version": version, "links": links, "meta": meta, "data": {**data, **rights}}


def item_envelopes(db: sqlite3.Connection, items: Sequence[Item], home: Home) -> list[Envelope]:
    """The items as a client sees them."""
    sql = "SELECT parent, count(*) FROM items WHERE parent IN (SELECT value FROM json_each(?)) AND NOT trashed GROUP BY parent"
    children = dict(db.execute(sql, (json.dumps([item.key for item in items]),)).fetchall())
    library = home.library()
    return [_item(item, children.get(item.key, 0), home, library) for item in items]


def _item(item: Item, children: int, home: Home, library: Mapping[str, Any]) -> Envelope:
    """One item as a client sees it."""
    meta = {"creatorSummary": creator_summary(item), "parsedDate": _parsed_date(item.fields.get("date", ""))}
    shown: dict[str, Any] = {name: text for name, text in meta.items() if text}
    if item.parent is None and item.item_type != "note":
        shown["numChildren"] = children
    return {
        "key": item.key,
        "version": item.version,
        "library": library,
        "links": home.links("items", item.key, item.parent),
        "meta": shown,
        "data": item_data(item, home),
    }


def item_data(item: Item, home: Home) -> dict[str, Any]:
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
    data["relations"] = _relations(item.relations, f"http://zotero.org/{home.prefix}/items/")
    return data | {"dateAdded": item.date_added, "dateModified": item.date_modified}


def _relations(relations: Mapping[str, tuple[str, ...]], here: str = URI) -> dict[str, Any]:
    """A single object stands alone, several as an array; the library's own items stand under its address."""
    shown = {name: [uri.replace(URI, here, 1) for uri in uris] for name, uris in relations.items()}
    return {name: uris[0] if len(uris) == 1 else uris for name, uris in shown.items()}


def _parsed_date(text: str) -> str:
    """The year, month or day that a date text begins with, else the first year in it."""
    found = WHEN.match(text) or re.search(r"(?<!\d)\d{4}(?!\d)", text)
    return found[0] if found else ""


def collection_envelopes(db: sqlite3.Connection, collections: Sequence[Collection], home: Home) -> list[Envelope]:
    """The collections as a client sees them."""
    keys = (json.dumps([collection.key for collection in collections]),)
    sql = "SELECT parent, count(*) FROM collections WHERE parent IN (SELECT value FROM json_each(?)) GROUP BY parent"
    below = dict(db.execute(sql, keys).fetchall())
    sql = """SELECT collection, count(*) FROM memberships JOIN items ON items.key = item
              WHERE collection IN (SELECT value FROM json_each(?)) AND NOT trashed GROUP BY collection"""
    members = dict(db.execute(sql, keys).fetchall())
    counts = [{"numCollections": below.get(one.key, 0), "numItems": members.get(one.key, 0)} for one in collections]
    return [_collection(one, meta, home) for one, meta in zip(collections, counts, strict=True)]


def _collection(collection: Collection, meta: Mapping[str, int], home: Home) -> Envelope:
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
    return {
        "key": collection.key,
        "version": collection.version,
        "library": home.library(),
        "links": home.links("collections", collection.key, collection.parent),
        "meta": meta,
        "data": data,
    }


def search_envelopes(db: sqlite3.Connection, searches: Sequence[Search], home: Home) -> list[Envelope]:  # noqa: ARG001 -- the form that all kinds of objects share
    """The saved searches as a client sees them."""
    return [_search(search, home) for search in searches]


def _search(search: Search, home: Home) -> Envelope:
    """One saved search as a client sees it."""
    data: dict[str, Any] = {
        "key": search.key,
        "version": search.version,
        "name": search.name,
        "conditions": list(search.conditions),
    }
    if search.trashed:
        data["deleted"] = True
    return {
        "key": search.key,
        "version": search.version,
        "library": home.library(),
        "links": home.links("searches", search.key),
        "data": data,
    }

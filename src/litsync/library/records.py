"""Items, collections and saved searches as the tables hold them: the nouns, and how they are loaded and saved.

Decides the mapping between rows and nouns. Loading takes a fixed number of statements for any number of objects. It must not know HTTP, versions'
rules, or validation: what is handed to `save_item` is stored.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection as Many
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

URI = "http://zotero.org/users/1/items/"  # items of this library, wherever it is served
RELATED = "dc:relation"  # the one relation that holds both ways

Creator = Mapping[str, str]
Tag = tuple[str, int]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A regular item, note or attachment. `fields` holds what is not empty; `collections` and each relation's objects are sorted."""

    key: str
    version: int
    item_type: str
    date_added: str
    date_modified: str
    parent: str | None = None
    trashed: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    creators: tuple[Creator, ...] = ()
    tags: tuple[Tag, ...] = ()
    collections: tuple[str, ...] = ()
    relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection; `parent` None stands at the top."""

    key: str
    version: int
    name: str
    parent: str | None = None
    trashed: bool = False
    relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search; the library keeps its conditions for clients and does not run them."""

    key: str
    version: int
    name: str
    conditions: tuple[Mapping[str, str], ...] = ()
    trashed: bool = False


def load_item(db: sqlite3.Connection, key: str) -> Item | None:
    """The item with this key, or None."""
    return next(iter(load_items(db, [key])), None)


def load_items(db: sqlite3.Connection, keys: Many[str]) -> list[Item]:
    """The items with these keys, in the order of `keys`; keys without an item are passed over."""
    wanted = (json.dumps(list(keys)),)
    rows = {row[0]: row for row in db.execute(ITEMS, wanted)}
    if not rows:
        return []
    tags = _grouped(
        db.execute(
            "SELECT item, tag, type FROM tags WHERE item IN (SELECT value FROM json_each(?)) ORDER BY item, position",
            wanted,
        )
    )
    places = _grouped(
        db.execute(
            "SELECT item, collection FROM memberships WHERE item IN (SELECT value FROM json_each(?)) ORDER BY 1, 2",
            wanted,
        )
    )
    relations = _relations(db, keys)
    return [
        _item(rows[key], tags.get(key, []), places.get(key, []), relations.get(key, {})) for key in keys if key in rows
    ]


ITEMS = """SELECT key, version, item_type, parent, trashed, date_added, date_modified, data
FROM items WHERE key IN (SELECT value FROM json_each(?))"""


def _item(row: Row, tags: list[Row], places: list[Row], relations: Mapping[str, tuple[str, ...]]) -> Item:
    key, version, item_type, parent, trashed, added, modified, data = row
    content = json.loads(data)
    return Item(
        key,
        version,
        item_type,
        added,
        modified,
        parent,
        bool(trashed),
        content["fields"],
        tuple(content["creators"]),
        tuple((tag, kind) for tag, kind in tags),
        tuple(collection for (collection,) in places),
        relations,
    )


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by their first column, in their order."""
    groups: dict[str, list[Row]] = {}
    for first, *rest in rows:
        groups.setdefault(first, []).append(tuple(rest))
    return groups


def _relations(db: sqlite3.Connection, keys: Many[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Per item what it is related to: what was said of it, and `dc:relation` also what was said of the other one."""
    own = db.execute(
        "SELECT item, predicate, object FROM relations WHERE item IN (SELECT value FROM json_each(?))",
        (json.dumps(list(keys)),),
    )
    said = {(item, predicate, target) for item, predicate, target in own}
    uris = json.dumps([URI + key for key in keys])
    sql = "SELECT object, item FROM relations WHERE object IN (SELECT value FROM json_each(?)) AND predicate = ?"
    said |= {(uri.removeprefix(URI), RELATED, URI + item) for uri, item in db.execute(sql, (uris, RELATED))}
    result: dict[str, dict[str, tuple[str, ...]]] = {}
    for item, predicate, target in sorted(said):
        objects = result.setdefault(item, {})
        objects[predicate] = (*objects.get(predicate, ()), target)
    return result


def save_item(db: sqlite3.Connection, item: Item, previous: Item | None) -> None:
    """The tables hold `item` now, where they held `previous`. Its parent and collections must exist."""
    data = json.dumps({"fields": item.fields, "creators": item.creators}, ensure_ascii=False, separators=(",", ":"))
    shown = (item_title(item), creator_summary(item), item.fields.get("date", ""))
    head = (item.key, item.version, item.item_type, item.parent, item.trashed, item.date_added, item.date_modified)
    db.execute(UPSERT_ITEM, (*head, *shown, data))
    if previous is None:
        db.execute("DELETE FROM deleted WHERE kind = 'items' AND key = ?", (item.key,))
    if item.tags != (previous.tags if previous else ()):
        _save_tags(db, item)
    if item.collections != (previous.collections if previous else ()):
        db.execute("DELETE FROM memberships WHERE item = ?", (item.key,))
        db.executemany(
            "INSERT INTO memberships (item, collection) VALUES (?, ?)",
            [(item.key, place) for place in item.collections],
        )
    if item.relations != (previous.relations if previous else {}):
        _save_relations(db, item)


UPSERT_ITEM = """INSERT INTO items (key, version, item_type, parent, trashed, date_added, date_modified, title, creator, date, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET version = excluded.version, item_type = excluded.item_type,
parent = excluded.parent, trashed = excluded.trashed, date_added = excluded.date_added, date_modified = excluded.date_modified,
title = excluded.title, creator = excluded.creator, date = excluded.date, data = excluded.data"""


def _save_tags(db: sqlite3.Connection, item: Item) -> None:
    """The item's tags are these; a tag that is in use again has not been deleted."""
    db.execute("DELETE FROM tags WHERE item = ?", (item.key,))
    rows = [(item.key, position, tag, kind, tag.casefold()) for position, (tag, kind) in enumerate(item.tags)]
    db.executemany("INSERT INTO tags (item, position, tag, type, folded) VALUES (?, ?, ?, ?, ?)", rows)
    db.executemany("DELETE FROM deleted WHERE kind = 'tags' AND key = ?", [(tag,) for tag, _ in item.tags])


def _save_relations(db: sqlite3.Connection, item: Item) -> None:
    """The item is related to these and no others: a `dc:relation` it lost is gone from the other end too."""
    uri = URI + item.key
    db.execute("DELETE FROM relations WHERE item = ? OR (object = ? AND predicate = ?)", (item.key, uri, RELATED))
    rows = [(item.key, predicate, target) for predicate, targets in item.relations.items() for target in targets]
    db.executemany("INSERT OR IGNORE INTO relations (item, predicate, object) VALUES (?, ?, ?)", rows)


def item_title(item: Item) -> str:
    """What an item is listed by: its title, whatever its type calls it, or a note's text."""
    fields = item.fields
    return (
        fields.get("title")
        or fields.get("caseName")
        or fields.get("nameOfAct")
        or fields.get("subject")
        or fields.get("note", "")[:120]
    )


def creator_summary(item: Item) -> str:
    """The creators as a citation names them: `Guo`, `Guo and Chen`, `Guo et al.`; empty without creators."""
    leading = item.creators[0]["creatorType"] if item.creators else ""
    names = [
        creator.get("lastName") or creator.get("name", "")
        for creator in item.creators
        if creator["creatorType"] == leading
    ]
    match names:
        case []:
            return ""
        case [one]:
            return one
        case [one, other]:
            return f"{one} and {other}"
        case _:
            return f"{names[0]} et al."


def load_collection(db: sqlite3.Connection, key: str) -> Collection | None:
    """The collection with this key, or None."""
    return next(iter(load_collections(db, [key])), None)


def load_collections(db: sqlite3.Connection, keys: Many[str]) -> list[Collection]:
    """The collections with these keys, in the order of `keys`; keys without a collection are passed over."""
    sql = "SELECT key, version, name, parent, trashed, relations FROM collections WHERE key IN (SELECT value FROM json_each(?))"
    rows = {row[0]: row for row in db.execute(sql, (json.dumps(list(keys)),))}
    return [_collection(rows[key]) for key in keys if key in rows]


def _collection(row: Row) -> Collection:
    key, version, name, parent, trashed, relations = row
    return Collection(
        key, version, name, parent, bool(trashed), {name: tuple(uris) for name, uris in json.loads(relations).items()}
    )


def save_collection(db: sqlite3.Connection, collection: Collection) -> None:
    """The tables hold `collection` now. Its parent must exist."""
    relations = json.dumps(collection.relations)
    row = (collection.key, collection.version, collection.name, collection.parent, collection.trashed, relations)
    db.execute(UPSERT_COLLECTION, row)
    db.execute("DELETE FROM deleted WHERE kind = 'collections' AND key = ?", (collection.key,))


UPSERT_COLLECTION = """INSERT INTO collections (key, version, name, parent, trashed, relations) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, name = excluded.name, parent = excluded.parent,
trashed = excluded.trashed, relations = excluded.relations"""


def load_search(db: sqlite3.Connection, key: str) -> Search | None:
    """The saved search with this key, or None."""
    return next(iter(load_searches(db, [key])), None)


def load_searches(db: sqlite3.Connection, keys: Many[str]) -> list[Search]:
    """The saved searches with these keys, in the order of `keys`; keys without a search are passed over."""
    sql = "SELECT key, version, name, conditions, trashed FROM searches WHERE key IN (SELECT value FROM json_each(?))"
    rows = {row[0]: row for row in db.execute(sql, (json.dumps(list(keys)),))}
    found = (rows[key] for key in keys if key in rows)
    return [
        Search(key, version, name, tuple(json.loads(said)), bool(trash)) for key, version, name, said, trash in found
    ]


def save_search(db: sqlite3.Connection, search: Search) -> None:
    """The tables hold `search` now."""
    row = (search.key, search.version, search.name, json.dumps(search.conditions, ensure_ascii=False), search.trashed)
    db.execute("INSERT OR REPLACE INTO searches (key, version, name, conditions, trashed) VALUES (?, ?, ?, ?, ?)", row)
    db.execute("DELETE FROM deleted WHERE kind = 'searches' AND key = ?", (search.key,))

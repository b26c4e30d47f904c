"""Writing collections: what one entry makes of one collection, and deletions.

Decides as `writing` does for items, and how a circle of collections is opened. It must not know HTTP.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from litsync.library import validation
from litsync.library.preconditions import Terms, check_version, key_of, new_key
from litsync.library.records import Collection, load_collection, save_collection
from litsync.library.refusal import Broken, Refused
from litsync.library.store import Transaction
from litsync.library.validation import JSON
from litsync.library.writing import Written, log_deleted

PROPERTIES = frozenset({"key", "version", "name", "parentCollection", "relations", "deleted"})


def write_collection(transaction: Transaction, sent: object, terms: Terms) -> Written[Collection]:
    """The collection is as the entry says, and has a new version if that changed anything; the library's version moved in any case.

    Raises `Refused` or `Broken`, with nothing written.
    """
    entry = validation.editable(sent)
    key = key_of(entry, terms, "collection")
    current = load_collection(transaction.db, key) if key else None
    check_version(entry, key, current.version if current else None, terms, "collection")
    collection = _described(entry, current or Collection(key or new_key(), 0, ""), terms, new=current is None)
    _check_parent(transaction.db, collection, current)
    version = transaction.bump()
    if collection == current:
        return Written(collection, changed=False)
    collection = replace(collection, version=version)
    _open_circle(transaction, collection)
    save_collection(transaction.db, collection)
    return Written(collection, changed=True)


def _described(entry: JSON, collection: Collection, terms: Terms, *, new: bool) -> Collection:
    """The collection with what the entry names changed; a PUT that names no parent moves it to the top."""
    for name in entry:
        if name not in PROPERTIES:
            raise Refused(400, f"Invalid property '{name}'")
    if new or not terms.partial:
        validation.require(entry, ("name",))
        collection = replace(collection, parent=None, trashed=False)
    if "name" in entry:
        collection = replace(collection, name=validation.given_name(entry, "Collection"))
    if "parentCollection" in entry:
        collection = replace(collection, parent=validation.parent_of(entry, "parentCollection", empty_is_none=True))
    if "deleted" in entry:
        collection = replace(collection, trashed=validation.trashed_of(entry))
    if "relations" in entry:
        collection = replace(collection, relations=validation.relations_of(entry, validation.COLLECTION_PREDICATES))
    return collection


def _check_parent(db: sqlite3.Connection, collection: Collection, current: Collection | None) -> None:
    """Refuse a parent that does not exist."""
    parent = collection.parent
    if parent == collection.key:
        raise Broken("a collection is its own parent")
    if parent and parent != (current.parent if current else None) and load_collection(db, parent) is None:
        raise Refused(409, f"Parent collection {parent} not found", data={"collection": parent})


def _open_circle(transaction: Transaction, collection: Collection) -> None:
    """If the new parent lies below the collection it moves to the top first, so that there is no circle."""
    db = transaction.db
    sql = """WITH RECURSIVE above (key) AS (VALUES (?) UNION SELECT c.parent FROM collections c JOIN above USING (key))
             SELECT 1 FROM above WHERE key = ?"""
    if collection.parent and db.execute(sql, (collection.parent, collection.key)).fetchone():
        db.execute(
            "UPDATE collections SET parent = NULL, version = ? WHERE key = ?", (collection.version, collection.parent)
        )


def delete_collections(transaction: Transaction, keys: Iterable[str]) -> None:
    """The collections and all below them are gone; their items stay, out of them and with their versions. The log names only those asked for."""
    db, version = transaction.db, transaction.bump()
    wanted = (json.dumps(list(keys)),)
    gone = db.execute("SELECT key FROM collections WHERE key IN (SELECT value FROM json_each(?))", wanted).fetchall()
    log_deleted(db, "collections", (key for (key,) in gone), version)
    db.execute("DELETE FROM collections WHERE key IN (SELECT value FROM json_each(?))", wanted)

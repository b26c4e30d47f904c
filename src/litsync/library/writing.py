"""Writing items: what one entry makes of one item, and deletions.

Decides how an entry changes an item (named properties only; lists as a whole), when that counts as a change, and when the version and `dateModified`
move. References to other objects are checked here, values in `validation`, versions in `preconditions`. It must not know HTTP.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from litsync.formats.item_schema import item_schema
from litsync.library import validation
from litsync.library.preconditions import Terms, check_version, key_of, new_key
from litsync.library.records import URI, Collection, Creator, Item, Search, load_item, save_item
from litsync.library.refusal import Refused
from litsync.library.store import Transaction
from litsync.library.validation import JSON

Thing = TypeVar("Thing", Item, Collection, Search)


@dataclass(frozen=True, slots=True)
class Written(Generic[Thing]):
    """An object after a write; `changed` False if the entry said nothing new."""

    thing: Thing
    changed: bool


def write_item(transaction: Transaction, sent: object, terms: Terms) -> Written[Item]:
    """The item is as the entry says, and has a new version if that changed anything; the library's version moved in any case.

    Raises `Refused` or `Broken`, with nothing written.
    """
    entry = validation.editable(sent)
    key = key_of(entry, terms, "item")
    current = load_item(transaction.db, key) if key else None
    check_version(entry, key, current.version if current else None, terms, "item")
    item = _updated(entry, current, terms) if current else _created(entry, key or new_key(), terms)
    _check_references(transaction.db, item, current)
    item = replace(item, date_modified=validation.moment(entry, "dateModified") or item.date_modified)
    version = transaction.bump()
    if current and item == current and not entry.get("tags"):
        return Written(current, changed=False)
    item = replace(item, version=version, date_modified=_date_modified(entry, item, current, terms))
    save_item(transaction.db, item, current)
    return Written(item, changed=True)


def _created(entry: JSON, key: str, terms: Terms) -> Item:
    """A new item as the entry describes it."""
    validation.require(entry, ("itemType",))
    item_type = validation.item_type_of(entry)
    assert item_type
    if item_type == "attachment":
        validation.require(entry, ("linkMode",))
    added = validation.moment(entry, "dateAdded") or terms.now
    return _with_lists(entry, _with_fields(entry, Item(key, 0, item_type, added, terms.now), terms), terms)


def _updated(entry: JSON, current: Item, terms: Terms) -> Item:
    """The item with what the entry names changed."""
    if not terms.partial:
        validation.require(
            entry, ("linkMode",) if current.item_type == "attachment" else ("itemType", "tags", "relations")
        )
    added = validation.moment(entry, "dateAdded")
    if added is not None and added != current.date_added:
        raise Refused(400, "'dateAdded' cannot be modified for existing items")
    item = _retyped(current, validation.item_type_of(entry) or current.item_type)
    item = replace(item, parent=_old_parent(entry, item, terms), trashed=item.trashed and terms.partial)
    if not terms.partial and item.parent is None and "parentItem" not in entry and item.item_type != "attachment":
        validation.require(entry, ("collections",))
    return _with_lists(entry, _with_fields(entry, item, terms), terms)


def _old_parent(entry: JSON, item: Item, terms: Terms) -> str | None:
    """The parent as it stands before `parentItem` is read: being put into a collection, or a PUT, lifts a child to the top."""
    return None if not terms.partial or entry.get("collections") else item.parent


def _retyped(item: Item, item_type: str) -> Item:
    """The item as another type: fields with the same base field are kept, others dropped; creators get a role that exists."""
    if item_type == item.item_type:
        return item
    schema = item_schema()
    if not (validation.roles_of(item_type) and validation.roles_of(item.item_type)):
        raise Refused(400, f"Cannot change item type from '{item.item_type}' to '{item_type}'")
    bases = {schema.base_field(item.item_type, name): text for name, text in item.fields.items()}
    fields = {name: text for base, text in bases.items() if (name := schema.field_for(item_type, base))}
    return replace(item, item_type=item_type, fields=fields, creators=tuple(_recast(item, item_type)))


def _recast(item: Item, item_type: str) -> Iterable[Creator]:
    """The creators with roles of the new type: its primary one for the old primary one, else the lesser one."""
    schema = item_schema()
    roles = schema.creator_types(item_type)
    for creator in item.creators:
        role = creator["creatorType"]
        if role not in roles:
            role = roles[0] if role == schema.primary_creator(item.item_type) else "contributor"
        yield {**creator, "creatorType": role}


def _with_fields(entry: JSON, item: Item, terms: Terms) -> Item:
    """The item with the entry's text properties; empty ones are not kept."""
    old_mode = item.fields.get("linkMode", "")
    mode = entry.get("linkMode") or old_mode
    if old_mode and mode != old_mode:
        raise Refused(400, "Cannot change attachment linkMode")
    changes = validation.field_changes(entry, item.item_type, str(mode))
    if changes.get("accessDate") == "CURRENT_TIMESTAMP":
        changes["accessDate"] = terms.now
    fields = {name: text for name, text in {**item.fields, **changes}.items() if text}
    return replace(item, fields=fields)


def _with_lists(entry: JSON, item: Item, terms: Terms) -> Item:
    """The item with the entry's parent, trash state, creators, tags, collections and relations."""
    if "parentItem" in entry:
        item = replace(item, parent=validation.parent_of(entry, "parentItem"))
    if "deleted" in entry:
        item = replace(item, trashed=validation.trashed_of(entry))
    if "creators" in entry:
        item = replace(item, creators=validation.creators_of(entry, item.item_type, new=item.version == 0))
    if "tags" in entry:
        item = replace(item, tags=validation.tags_of(entry))
    if "collections" in entry:
        item = replace(item, collections=validation.collections_of(entry))
    if "relations" in entry:
        item = replace(item, relations=_as_kept(validation.relations_of(entry, validation.ITEM_PREDICATES), terms.home))
    return _placed(entry, item)


def _as_kept(relations: Mapping[str, tuple[str, ...]], home: str) -> dict[str, tuple[str, ...]]:
    """Relations with this library's own items under the address that they are kept by."""
    here = f"http://zotero.org/{home}/items/"
    return {
        name: tuple(sorted(URI + uri[len(here) :] if uri.startswith(here) else uri for uri in uris))
        for name, uris in relations.items()
    }


def _placed(entry: JSON, item: Item) -> Item:
    """Refuse a child that cannot be one; a child is in no collection."""
    if item.parent is None:
        return item
    if item.parent == item.key:
        raise Refused(400, f"Item {item.key} cannot be a child of itself")
    if item.item_type not in ("note", "attachment"):
        raise Refused(400, "Child item must be note, attachment, or annotation")
    if entry.get("collections"):
        raise Refused(400, "Child items cannot be assigned to collections")
    return replace(item, collections=())


def _check_references(db: sqlite3.Connection, item: Item, current: Item | None) -> None:
    """Refuse a parent or collection that does not exist."""
    if item.parent and item.parent != (current.parent if current else None):
        row = db.execute("SELECT item_type FROM items WHERE key = ?", (item.parent,)).fetchone()
        if row is None:
            raise Refused(409, f"Parent item {item.parent} not found", data={"parentItem": item.parent})
        if row[0] in ("note", "attachment"):
            raise Refused(
                409, f"Parent item {item.parent} cannot be a note or attachment", data={"parentItem": item.parent}
            )
    for place in item.collections:
        if db.execute("SELECT 1 FROM collections WHERE key = ?", (place,)).fetchone() is None:
            raise Refused(409, f"Collection {place} not found", data={"collection": place})


def _date_modified(entry: JSON, item: Item, current: Item | None, terms: Terms) -> str:
    """The time the client set, else now; not moved where only memberships, relations or the trash changed."""
    if current is None or item.date_modified != current.date_modified:
        return item.date_modified
    ignored = replace(item, collections=current.collections, relations=current.relations, trashed=current.trashed)
    return current.date_modified if ignored == current and not entry.get("tags") else terms.now


def delete_items(transaction: Transaction, keys: Iterable[str]) -> None:
    """The items and their children are gone, tags with them, and the log names each; the library's version moved by one."""
    db, version = transaction.db, transaction.bump()
    wanted = json.dumps(list(keys))
    sql = "SELECT key FROM items WHERE key IN (SELECT value FROM json_each(?1)) OR parent IN (SELECT value FROM json_each(?1))"
    gone = db.execute(sql, (wanted,)).fetchall()
    log_deleted(db, "items", (key for (key,) in gone), version)
    db.execute("DELETE FROM items WHERE key IN (SELECT value FROM json_each(?))", (wanted,))


def delete_tags(transaction: Transaction, names: Iterable[str]) -> None:
    """No item has these tags; items that had one have the library's new version, and the log names the tags that existed."""
    db, version = transaction.db, transaction.bump()
    wanted = (json.dumps(list(names)),)
    used = db.execute("SELECT DISTINCT tag FROM tags WHERE tag IN (SELECT value FROM json_each(?))", wanted).fetchall()
    log_deleted(db, "tags", (tag for (tag,) in used), version)
    db.execute(
        "UPDATE items SET version = ? WHERE key IN (SELECT item FROM tags WHERE tag IN (SELECT value FROM json_each(?)))",
        (version, *wanted),
    )
    db.execute("DELETE FROM tags WHERE tag IN (SELECT value FROM json_each(?))", wanted)


def log_deleted(db: sqlite3.Connection, kind: str, keys: Iterable[str], version: int) -> None:
    """`/deleted` names these from this version on."""
    db.executemany(
        "INSERT OR REPLACE INTO deleted (kind, key, version) VALUES (?, ?, ?)", [(kind, key, version) for key in keys]
    )


def deleted_since(db: sqlite3.Connection, since: int) -> Mapping[str, list[str]]:
    """What was deleted after this version, by kind."""
    log: dict[str, list[str]] = {kind: [] for kind in ("collections", "items", "searches", "tags", "settings")}
    for kind, key in db.execute("SELECT kind, key FROM deleted WHERE version > ? ORDER BY version, key", (since,)):
        log[kind].append(key)
    return log

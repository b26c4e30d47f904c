"""What a read selects: from query parameters to keys, in order, cut to a page.

Decides the meaning of `since`, `itemKey`, `includeTrashed`, `tag`, `itemType`, `q`, `sort`, `direction`, as Zotero's server does. It must not know
how objects look.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from litsync.library.refusal import Refused
from litsync.library.request import Request
from litsync.library.validation import is_key

Condition = tuple[str, tuple[str | int, ...]]

ESCAPED = "ESCAPE '\\'"
EVERYTHING: Condition = ("1", ())
TOP: Condition = ("parent IS NULL", ())
TRASH: Condition = ("trashed", ())
ORDERS = {
    "dateAdded": "date_added",
    "dateModified": "date_modified",
    "title": "title COLLATE NOCASE",
    "creator": "creator COLLATE NOCASE",
    "itemType": "item_type",
    "date": "date",
} | {
    name: f"json_extract(data, '$.fields.{name}') COLLATE NOCASE"
    for name in "publisher publicationTitle journalAbbreviation language accessDate libraryCatalog callNumber rights".split()
}
NEWEST_FIRST = ("dateAdded", "dateModified", "date")


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of `table` that fulfil all `conditions`, in `order`."""

    table: str
    conditions: tuple[Condition, ...]
    order: str

    @property
    def where(self) -> str:
        """The conditions as SQL."""
        return " AND ".join(f"({sql})" for sql, _ in self.conditions)

    @property
    def arguments(self) -> tuple[str | int, ...]:
        """What the conditions' question marks stand for."""
        return tuple(argument for _, arguments in self.conditions for argument in arguments)

    def count(self, db: sqlite3.Connection) -> int:
        """How many rows there are in all."""
        sql = f"SELECT count(*) FROM {self.table} WHERE {self.where}"  # noqa: S608 # built from this module's constants
        return int(db.execute(sql, self.arguments).fetchone()[0])

    def versions(self, db: sqlite3.Connection, limit: int = -1, start: int = 0) -> dict[str, int]:
        """Key and version of the rows of one page, or of all, in order."""
        rows = f"SELECT key, version FROM {self.table} WHERE {self.where}"  # noqa: S608 # as above
        sql = f"{rows} ORDER BY {self.order} LIMIT ? OFFSET ?"
        return dict(db.execute(sql, (*self.arguments, limit, start)).fetchall())


def children_of(key: str) -> Condition:
    """Notes and attachments of an item."""
    return "parent = ?", (key,)


def members_of(collection: str, *, top: bool) -> Condition:
    """Items in a collection; without `top` their notes and attachments too."""
    # Asked per item, not as a list of keys: a page of a large collection then comes out of the index of the order.
    inside = "coalesce(parent, key) IN (SELECT item FROM memberships WHERE collection = ?)"
    return f"{TOP[0]} AND {inside}" if top else inside, (collection,)


def items_asked_for(request: Request, scope: Condition) -> Selection:
    """The items of a scope that the request's parameters let through."""
    conditions = [scope, *_common(request, "itemKey"), *_tag_conditions(request), *_type_conditions(request)]
    if scope is not TRASH and request.param("includeTrashed") not in ("1", "true"):
        conditions.append(("NOT trashed", ()))
    conditions += _text_conditions(request)
    return Selection("items", tuple(conditions), _order(request))


def _text_conditions(request: Request) -> Iterator[Condition]:
    """`q` stands in title, creators or year; with `qmode=everything` in any field."""
    text = (request.param("q") or "").strip()
    if text and request.param("qmode") == "everything":
        field = f"EXISTS (SELECT 1 FROM json_each(data, '$.fields') WHERE value LIKE ? {ESCAPED})"  # noqa: S608 # from a constant
        yield f"title LIKE ? {ESCAPED} OR creator LIKE ? {ESCAPED} OR {field}", (like(text),) * 3
    elif text:
        yield f"title LIKE ? {ESCAPED} OR creator LIKE ? {ESCAPED} OR date LIKE ? {ESCAPED}", (like(text),) * 3


def like(text: str, *, at_start: bool = False) -> str:
    """The pattern that finds this text anywhere, or at the start."""
    safe = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{'' if at_start else '%'}{safe}%"


def searches_asked_for(request: Request, scope: Condition) -> Selection:
    """The saved searches that the request's parameters let through, by name."""
    return Selection("searches", (scope, *_common(request, "searchKey")), "name COLLATE NOCASE, key")


def collections_asked_for(request: Request, scope: Condition) -> Selection:
    """The collections of a scope that the request's parameters let through, by name."""
    direction = "DESC" if request.param("direction") == "desc" else "ASC"
    return Selection(
        "collections", (scope, *_common(request, "collectionKey")), f"name COLLATE NOCASE {direction}, key"
    )


def _common(request: Request, key_name: str) -> Iterator[Condition]:
    """`since`, and the list of keys: those that cannot be keys are passed over."""
    since = request.since()
    if since is not None:
        yield "version > ?", (since,)
    listed = request.param(key_name)
    if listed is not None:
        yield (
            "key IN (SELECT value FROM json_each(?))",
            (json.dumps([key for key in listed.split(",") if is_key(key)]),),
        )


def _terms(request: Request, name: str) -> Iterator[tuple[bool, list[str]]]:
    """Per repetition of a parameter: whether it is negated, and its alternatives. A backslash lets a leading hyphen stand for itself."""
    for value in request.params.get(name, ()):
        negated = value.startswith("-")
        text = value[1:] if negated or value.startswith("\\-") else value
        alternatives = either(text)
        if alternatives:
            yield negated, alternatives


def either(text: str) -> list[str]:
    """The alternatives of a value: those between double bars with space around them."""
    return [part for part in re.split(r"\s+\|\|\s+", text.strip()) if part]


def _tag_conditions(request: Request) -> Iterator[Condition]:
    """Every `tag` parameter must hold; case does not matter."""
    for negated, names in _terms(request, "tag"):
        folded = json.dumps([name.casefold() for name in names])
        sql = "key IN (SELECT item FROM tags WHERE folded IN (SELECT value FROM json_each(?)))"
        yield f"NOT {sql}" if negated else sql, (folded,)


def _type_conditions(request: Request) -> Iterator[Condition]:
    """Every `itemType` parameter must hold."""
    for negated, names in _terms(request, "itemType"):
        sql = "item_type IN (SELECT value FROM json_each(?))"
        yield f"NOT {sql}" if negated else sql, (json.dumps(names),)


def _order(request: Request) -> str:
    """The order of items, the same for every page: what was modified last comes first unless `sort` says otherwise."""
    name = request.param("sort") or "dateModified"
    if name not in ORDERS:
        raise Refused(400, f"Invalid 'sort' value '{name}'")
    direction = request.param("direction") or ("desc" if name in NEWEST_FIRST else "asc")
    if direction not in ("asc", "desc"):
        raise Refused(400, f"Invalid 'direction' value '{direction}'")
    return f"{ORDERS[name]} {direction}, key {direction}"


def tag_rows(request: Request, db: sqlite3.Connection, scope: Condition) -> list[tuple[str, int, int]]:
    """Tags of the items of a scope with type and number of items; with `since` those of items that changed after it.

    `q` stands in the tag, or begins it with `qmode=startsWith`; `tag` names some of them.
    """
    conditions = [scope]
    if text := (request.param("q") or "").strip():
        pattern = like(text.casefold(), at_start=request.param("qmode") == "startsWith")
        conditions.append((f"folded LIKE ? {ESCAPED}", (pattern,)))
    named = (json.dumps(either(value)) for value in request.params.get("tag", ()))
    conditions += [("tag IN (SELECT value FROM json_each(?))", (names,)) for names in named]
    where = " AND ".join(f"({sql})" for sql, _ in conditions)
    arguments = [argument for _, some in conditions for argument in some]
    sql = f"""SELECT tag, type, count(*) FROM tags JOIN items ON key = item WHERE {where}
              GROUP BY tag, type HAVING max(version) > ? ORDER BY folded, tag, type"""  # noqa: S608 # from constants
    since = request.since()
    return db.execute(sql, (*arguments, -1 if since is None else since)).fetchall()

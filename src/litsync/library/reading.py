"""Answers to reads: which objects, in which form, with which headers.

Decides paging, `Link`, the formats `json`, `keys` and `versions`, and 304. It must not know how a selection is made or how an object looks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from litsync.library.envelope import Envelope, collection_envelopes, item_envelopes
from litsync.library.query import (
    Condition,
    Selection,
    children_of,
    collections_asked_for,
    items_asked_for,
    members_of,
    tag_rows,
)
from litsync.library.records import Collection, Item, load_collection, load_collections, load_item, load_items
from litsync.library.refusal import Refused
from litsync.library.request import Request, Response, as_json
from litsync.library.writing import deleted_since

Render = Callable[[sqlite3.Connection, Sequence[str], str], list[Envelope]]


def items(request: Request, db: sqlite3.Connection, version: int, scope: Condition) -> Response:
    """A page of the items of a scope."""
    return _listing(request, db, version, (items_asked_for(request, scope), _render_items))


def child_items(request: Request, db: sqlite3.Connection, version: int, parent: str) -> Response:
    """A page of an item's notes and attachments; the item must exist."""
    _existing_item(db, parent)
    return items(request, db, version, children_of(parent))


def member_items(request: Request, db: sqlite3.Connection, version: int, collection: str) -> Response:
    """A page of the items in a collection, which must exist; unless the path ends in `top`, with their notes and attachments."""
    _existing_collection(db, collection)
    return items(request, db, version, members_of(collection, top=request.parts[-1] == "top"))


def collections(request: Request, db: sqlite3.Connection, version: int, scope: Condition) -> Response:
    """A page of the collections of a scope."""
    return _listing(request, db, version, (collections_asked_for(request, scope), _render_collections))


def subcollections(request: Request, db: sqlite3.Connection, version: int, parent: str) -> Response:
    """A page of the collections directly below one, which must exist."""
    _existing_collection(db, parent)
    return collections(request, db, version, ("parent = ?", (parent,)))


def item(request: Request, db: sqlite3.Connection, key: str) -> Response:
    """One item, in the trash or not."""
    found = _existing_item(db, key)
    return as_json(item_envelopes(db, [found], request.base)[0], found.version)


def collection(request: Request, db: sqlite3.Connection, key: str) -> Response:
    """One collection."""
    found = _existing_collection(db, key)
    return as_json(collection_envelopes(db, [found], request.base)[0], found.version)


def tags(request: Request, db: sqlite3.Connection, version: int) -> Response:
    """A page of the tags in use."""
    rows = tag_rows(db, request.since())
    limit, start = request.page()
    shown = [
        {"tag": tag, "links": {}, "meta": {"type": kind, "numItems": count}}
        for tag, kind, count in rows[start : start + limit]
    ]
    return as_json(shown, version, _page_headers(request, len(rows)))


def deleted(request: Request, db: sqlite3.Connection, version: int) -> Response:
    """The log of what was deleted after a version."""
    since = request.since()
    if since is None:
        raise Refused(400, "'since' parameter must be provided")
    return as_json(deleted_since(db, since), version)


def _listing(request: Request, db: sqlite3.Connection, version: int, what: tuple[Selection, Render]) -> Response:
    """The selected objects in the form asked for; keys and versions are cut to a page only if a limit is given."""
    selection, render = what
    form = request.param("format") or "json"
    whole = form in ("keys", "versions") and "limit" not in request.params
    limit, start = (-1, 0) if whole else request.page()
    versions = selection.versions(db, limit, start)
    total = len(versions) if whole else selection.count(db)
    headers = {"Total-Results": str(total)} if whole else _page_headers(request, total)
    match form:
        case "json":
            return as_json(render(db, list(versions), request.base), version, headers)
        case "versions":
            return as_json(versions, version, headers)
        case "keys":
            text = "".join(f"{key}\n" for key in versions)
            return Response(200, text.encode(), "text/plain", version, headers)
        case _:
            raise Refused(400, f"Invalid 'format' value '{form}'")


def _render_items(db: sqlite3.Connection, keys: Sequence[str], base: str) -> list[Envelope]:
    return item_envelopes(db, load_items(db, keys), base)


def _render_collections(db: sqlite3.Connection, keys: Sequence[str], base: str) -> list[Envelope]:
    return collection_envelopes(db, load_collections(db, keys), base)


def _page_headers(request: Request, total: int) -> dict[str, str]:
    """How many there are, and where the neighbouring pages are."""
    limit, start = request.page()
    links: dict[str, int] = {}
    if start > 0:
        links |= {"first": 0, "prev": max(0, start - limit)}
    if start + limit < total:
        links |= {"next": start + limit, "last": (total - 1) // limit * limit}
    shown = [f'<{request.url(start=at, limit=limit)}>; rel="{name}"' for name, at in links.items()]
    return {"Total-Results": str(total), "Link": ", ".join([*shown, f'<{request.url()}>; rel="alternate"'])}


def _existing_item(db: sqlite3.Connection, key: str) -> Item:
    found = load_item(db, key)
    if found is None:
        raise Refused(404, "Item does not exist")
    return found


def _existing_collection(db: sqlite3.Connection, key: str) -> Collection:
    found = load_collection(db, key)
    if found is None:
        raise Refused(404, "Collection not found")
    return found

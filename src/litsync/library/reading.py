"""Answers to reads: which objects, in which form, with which headers.

Decides paging, `Link`, and the formats `json`, `keys` and `versions`. It must not know how a selection is made or how an object looks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from litsync.library.envelope import Envelope, Home, collection_envelopes, item_envelopes, search_envelopes
from litsync.library.query import (
    EVERYTHING,
    Condition,
    Selection,
    children_of,
    collections_asked_for,
    items_asked_for,
    members_of,
    searches_asked_for,
    tag_rows,
)
from litsync.library.records import (
    Collection,
    Item,
    load_collection,
    load_collections,
    load_item,
    load_items,
    load_search,
    load_searches,
)
from litsync.library.refusal import Refused
from litsync.library.request import Request, Response, as_json
from litsync.library.settings import load_settings
from litsync.library.writing import deleted_since

Render = Callable[[sqlite3.Connection, Sequence[str], Home], list[Envelope]]


@dataclass(frozen=True, slots=True)
class Read:
    """A read: what is asked, and the one moment of the library that answers it."""

    request: Request
    db: sqlite3.Connection
    version: int
    home: Home


def items(read: Read, scope: Condition) -> Response:
    """A page of the items of a scope."""
    return _listing(read, items_asked_for(read.request, scope), _render_items)


def child_items(read: Read, parent: str) -> Response:
    """A page of an item's notes and attachments; the item must exist."""
    _existing_item(read, parent)
    return items(read, children_of(parent))


def member_items(read: Read, collection: str, *, top: bool) -> Response:
    """A page of the items in a collection, which must exist; without `top` with their notes and attachments."""
    _existing_collection(read, collection)
    return items(read, members_of(collection, top=top))


def collections(read: Read, scope: Condition) -> Response:
    """A page of the collections of a scope."""
    return _listing(read, collections_asked_for(read.request, scope), _render_collections)


def subcollections(read: Read, parent: str) -> Response:
    """A page of the collections directly below one, which must exist."""
    _existing_collection(read, parent)
    return collections(read, ("parent = ?", (parent,)))


def item(read: Read, key: str) -> Response:
    """One item, in the trash or not."""
    found = _existing_item(read, key)
    return as_json(item_envelopes(read.db, [found], read.home)[0], found.version)


def collection(read: Read, key: str) -> Response:
    """One collection."""
    found = _existing_collection(read, key)
    return as_json(collection_envelopes(read.db, [found], read.home)[0], found.version)


def searches(read: Read) -> Response:
    """A page of the saved searches."""
    return _listing(read, searches_asked_for(read.request, EVERYTHING), _render_searches)


def search(read: Read, key: str) -> Response:
    """One saved search."""
    found = load_search(read.db, key)
    if found is None:
        raise Refused(404, "Search not found")
    return as_json(search_envelopes(read.db, [found], read.home)[0], found.version)


def tags(read: Read, scope: Condition) -> Response:
    """A page of the tags of a scope's items."""
    rows = tag_rows(read.request, read.db, scope)
    limit, start = read.request.page()
    shown = [
        {"tag": tag, "links": {}, "meta": {"type": kind, "numItems": count}}
        for tag, kind, count in rows[start : start + limit]
    ]
    return as_json(shown, read.version, _page_headers(read.request, len(rows)))


def named_tag(read: Read, name: str) -> Response:
    """The rows of one tag, which must be in use."""
    found = tags(read, ("tag = ?", (name,)))
    if found.headers["Total-Results"] == "0":
        raise Refused(404, "Not found")
    return found


def item_tags(read: Read, key: str) -> Response:
    """The tags of an item, which must exist."""
    _existing_item(read, key)
    return tags(read, ("key = ?", (key,)))


def member_tags(read: Read, collection: str, *, top: bool) -> Response:
    """The tags of the items in a collection, which must exist."""
    _existing_collection(read, collection)
    return tags(read, members_of(collection, top=top))


def settings(read: Read) -> Response:
    """All settings by name."""
    return as_json(load_settings(read.db, read.request.since()), read.version)


def setting(read: Read, name: str) -> Response:
    """One setting."""
    found = load_settings(read.db).get(name)
    if found is None:
        raise Refused(404, "Setting not found")
    return as_json(found, found["version"])


def deleted(read: Read) -> Response:
    """The log of what was deleted after a version."""
    since = read.request.since()
    if since is None:
        raise Refused(400, "'since' parameter must be provided")
    return as_json(deleted_since(read.db, since), read.version)


def group(read: Read) -> Response:
    """The group whose library this is."""
    return as_json(_group(read), read.version)


def groups(read: Read) -> Response:
    """The user's groups."""
    shown = [_group(read)] if read.home.is_group else []
    if read.request.param("format") == "versions":
        return as_json({str(row["id"]): row["version"] for row in shown})
    return as_json(shown, headers=_page_headers(read.request, len(shown)))


def _group(read: Read) -> Envelope:
    count = read.db.execute("SELECT count(*) FROM items WHERE parent IS NULL AND NOT trashed").fetchone()[0]
    return read.home.group(1, count)


def _listing(read: Read, selection: Selection, render: Render) -> Response:
    """The selected objects in the form asked for; keys and versions are cut to a page only if a limit is given."""
    request, db, version = read.request, read.db, read.version
    form = request.param("format") or "json"
    whole = form in ("keys", "versions") and "limit" not in request.params
    limit, start = (-1, 0) if whole else request.page()
    versions = selection.versions(db, limit, start)
    total = len(versions) if whole else selection.count(db)
    headers = {"Total-Results": str(total)} if whole else _page_headers(request, total)
    match form:
        case "json":
            return as_json(render(db, list(versions), read.home), version, headers)
        case "versions":
            return as_json(versions, version, headers)
        case "keys":
            text = "".join(f"{key}\n" for key in versions)
            return Response(200, text.encode(), "text/plain", version, headers)
        case _:
            raise Refused(400, f"Invalid 'format' value '{form}'")


def _render_items(db: sqlite3.Connection, keys: Sequence[str], home: Home) -> list[Envelope]:
    return item_envelopes(db, load_items(db, keys), home)


def _render_collections(db: sqlite3.Connection, keys: Sequence[str], home: Home) -> list[Envelope]:
    return collection_envelopes(db, load_collections(db, keys), home)


def _render_searches(db: sqlite3.Connection, keys: Sequence[str], home: Home) -> list[Envelope]:
    return search_envelopes(db, load_searches(db, keys), home)


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


def _existing_item(read: Read, key: str) -> Item:
    found = load_item(read.db, key)
    if found is None:
        raise Refused(404, "Item does not exist")
    return found


def _existing_collection(read: Read, key: str) -> Collection:
    found = load_collection(read.db, key)
    if found is None:
        raise Refused(404, "Collection not found")
    return found

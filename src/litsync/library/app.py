"""The library over HTTP: Zotero Web API v3 for the user library `users/1`, as a WSGI application.

Decides routes, access, and the headers every response has. It behaves as Zotero's own server was observed to behave, also where the documentation
says something else; `tests/contract` states that behaviour. It must not know tables or validation.
"""

from __future__ import annotations

import hmac
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic

from litsync.formats.item_schema import item_schema
from litsync.library import facts, reading
from litsync.library.batch import entries_of, run_batch
from litsync.library.envelope import Envelope, collection_envelopes, item_envelopes
from litsync.library.preconditions import Terms, check_delete, check_library
from litsync.library.query import EVERYTHING, TOP, TRASH, either
from litsync.library.records import load_collection, load_item
from litsync.library.refusal import Broken, Refused, Unheard
from litsync.library.request import Request, Response, as_json, read_request
from litsync.library.store import Store, Transaction
from litsync.library.validation import is_key
from litsync.library.writing import Thing, Written, delete_items, delete_tags, write_item
from litsync.library.writing_collections import delete_collections, write_collection

READS = ("GET", "HEAD")
PRECONDITION = "If-Unmodified-Since-Version"
LISTINGS = ("items", "collections", "tags", "settings")  # what a client may ask for only if it changed
FACTS = ("itemTypes", "itemFields", "itemTypeFields", "itemTypeCreatorTypes", "creatorFields")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Thing]):
    """What differs between items and collections when they are written."""

    noun: str
    load: Callable[[sqlite3.Connection, str], Thing | None]
    write: Callable[[Transaction, object, Terms], Written[Thing]]
    delete: Callable[[Transaction, Iterable[str]], None]
    envelopes: Callable[[sqlite3.Connection, Sequence[Thing], str], list[Envelope]]


KINDS: dict[str, Kind[Any]] = {
    "items": Kind("item", load_item, write_item, delete_items, item_envelopes),
    "collections": Kind("collection", load_collection, write_collection, delete_collections, collection_envelopes),
}


class App:
    """The WSGI application. Threads may call it at the same time; they take turns at the store."""

    def __init__(self, store: Store, key: Callable[[], str | None]) -> None:
        """`key` answers the API key that requests must bring; None: none is needed."""
        self._store = store
        self._key = key

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        response = self._respond(environ)
        return response.send(start_response, with_body=environ["REQUEST_METHOD"] != "HEAD")

    def _respond(self, environ: dict[str, Any]) -> Response:
        """The response, whatever happens."""
        try:
            return _with_zotero_headers(self._route(read_request(environ)))
        except Refused as refused:
            response = Response(refused.status, refused.text.encode(), "text/html; charset=UTF-8", refused.current)
            return response if isinstance(refused, Unheard) else _with_zotero_headers(response)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            return Response(
                503 if busy else 500, str(error).encode(), "text/plain", headers={"Retry-After": "1"} if busy else {}
            )
        except Exception as error:  # a client must get an answer
            if not isinstance(error, Broken):
                log.exception("request failed")
            return Response(500, b"An error occurred", "text/html; charset=UTF-8")

    def _route(self, request: Request) -> Response:
        """Find what the path means."""
        if request.header("Expect"):
            raise Unheard(417, "Expect header is not supported")
        match request.parts:
            case (name,) if name in FACTS and request.method in READS:
                return as_json(facts.about_types(request))
            case ("items", "new") if request.method in READS:
                return as_json(facts.template(request))
        self._check_key(request)
        match request.parts:
            case ("keys", name) if request.method in READS:
                return self._about_key(name)
            case ("users", "1", *_):
                return self._read(request) if request.method in READS else self._write(request)
            case ("users", user, *_) if user.isdigit():
                raise Refused(403, "Forbidden")
        raise Refused(404, "Not found")

    def _check_key(self, request: Request) -> None:
        """Refuse a request without the key, if one is needed."""
        needed = self._key()
        if needed is None:
            return
        bearer = (request.header("Authorization") or "").partition("Bearer ")[2]
        given = request.header("Zotero-API-Key") or bearer or request.param("key")
        if not given:
            raise Refused(403, "Forbidden")
        if not hmac.compare_digest(given.encode(), needed.encode()):
            raise Unheard(403, "Invalid key")

    def _about_key(self, name: str) -> Response:
        """What the key in use may do: everything in this library."""
        key = self._key() or "embedded"
        if name not in ("current", key):
            raise Refused(404, "Key not found")
        access = {"user": {"library": True, "files": False, "notes": True, "write": True}}
        return as_json({"key": key, "userID": 1, "username": "litsync", "displayName": "litsync", "access": access})

    def _read(self, request: Request) -> Response:
        """Answer a read from one moment of the library."""
        path = request.parts[2:]
        with self._store.reading() as db:
            version = self._store.version()
            known = request.header_version("If-Modified-Since-Version")
            listing = path[:1] and path[0] in LISTINGS and not (len(path) == 2 and is_key(path[1]))
            if known is not None and known >= version and listing:
                return Response(304)
            return _read_objects(request, db, version)

    def _write(self, request: Request) -> Response:
        """Carry out a write."""
        match (request.method, *request.parts[2:]):
            case ("POST", kind) if kind in KINDS:
                return self._write_batch(request, KINDS[kind])
            case ("PUT" | "PATCH", kind, key) if kind in KINDS and is_key(key):
                return self._write_single(request, KINDS[kind], key)
            case ("DELETE", kind, key) if kind in KINDS and is_key(key):
                return self._delete_single(request, KINDS[kind], key)
            case ("DELETE", kind) if kind in KINDS:
                return self._delete_many(request, KINDS[kind])
            case ("DELETE", "tags"):
                return self._delete_tags(request)
        raise Refused(405, "Method not allowed")

    def _write_batch(self, request: Request, kind: Kind[Any]) -> Response:
        """Many objects, each carried out or refused on its own."""
        entries = entries_of(request.body(), kind.noun)
        terms = Terms(_now(), request.header_version(PRECONDITION))
        report, version = run_batch(self._store, entries, terms, kind.write, request.header("Zotero-Write-Token"))
        with self._store.reading() as db:
            shown = kind.envelopes(db, list(report.written.values()), request.base)
        body = {
            "successful": dict(zip(report.written, shown, strict=True)),
            "success": {index: thing.key for index, thing in report.written.items()},
            "unchanged": report.unchanged,
            "failed": report.failed,
        }
        return as_json(body, version)

    def _write_single(self, request: Request, kind: Kind[Any], key: str) -> Response:
        """One object; the response tells its version."""
        terms = Terms(_now(), request.header_version(PRECONDITION), key, partial=request.method == "PATCH")
        entry = request.body()
        with self._store.writing() as transaction:
            written = kind.write(transaction, entry, terms)
        return Response(204, version=written.thing.version)

    def _delete_single(self, request: Request, kind: Kind[Any], key: str) -> Response:
        """One object, for good."""
        header = request.header_version(PRECONDITION)
        with self._store.writing() as transaction:
            current = kind.load(transaction.db, key)
            check_delete(header, current.version if current else None, kind.noun)
            if current:
                kind.delete(transaction, [key])
        return Response(204, version=transaction.version)

    def _delete_many(self, request: Request, kind: Kind[Any]) -> Response:
        """The objects with these keys, for good; keys that mean nothing are passed over, and the version moves even so."""
        header = request.header_version(PRECONDITION)
        keys = [key for key in (request.param(f"{kind.noun}Key") or "").split(",") if is_key(key)]
        with self._store.writing() as transaction:
            check_library(header, transaction.version)
            kind.delete(transaction, keys)
        return Response(204, version=transaction.version)

    def _delete_tags(self, request: Request) -> Response:
        """Tags, from all items."""
        header = request.header_version(PRECONDITION)
        if header is None:
            raise Refused(428, "If-Unmodified-Since-Version not provided")
        names = [name for value in request.params.get("tag", ()) for name in either(value)]
        with self._store.writing() as transaction:
            check_library(header, transaction.version)
            delete_tags(transaction, names)
        return Response(204, version=transaction.version)


def _read_objects(request: Request, db: sqlite3.Connection, version: int) -> Response:
    """Answer a read of the user library."""
    match request.parts[2:]:
        case ("items", *_):
            return _read_items(request, db, version)
        case ("collections", *_):
            return _read_collections(request, db, version)
        case ("tags",):
            return reading.tags(request, db, version)
        case ("deleted",):
            return reading.deleted(request, db, version)
        case ("settings",):
            return as_json({}, version)
    raise Refused(404, "Not found")


def _read_items(request: Request, db: sqlite3.Connection, version: int) -> Response:
    """Answer a read of items."""
    match request.parts[3:]:
        case ():
            return reading.items(request, db, version, EVERYTHING)
        case ("top",):
            return reading.items(request, db, version, TOP)
        case ("trash",):
            return reading.items(request, db, version, TRASH)
        case (key,):
            return reading.item(request, db, key)
        case (key, "children"):
            return reading.child_items(request, db, version, key)
    raise Refused(404, "Not found")


def _read_collections(request: Request, db: sqlite3.Connection, version: int) -> Response:
    """Answer a read of collections, or of the items in one."""
    match request.parts[3:]:
        case ():
            return reading.collections(request, db, version, EVERYTHING)
        case ("top",):
            return reading.collections(request, db, version, TOP)
        case (key,):
            return reading.collection(request, db, key)
        case (key, "collections"):
            return reading.subcollections(request, db, version, key)
        case (key, "items", *rest) if rest in ([], ["top"]):
            return reading.member_items(request, db, version, key)
    raise Refused(404, "Not found")


def _with_zotero_headers(response: Response) -> Response:
    """The response with the headers that all but the earliest refusals have."""
    if response.status == 304:
        return response
    schema = str(item_schema().version)
    return replace(response, headers={"Zotero-API-Version": "3", "Zotero-Schema-Version": schema, **response.headers})


def _now() -> str:
    """The time of a request, as Zotero writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

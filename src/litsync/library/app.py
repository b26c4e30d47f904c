"""The library over HTTP: Zotero Web API v3 for one library, as a WSGI application.

Decides who is answered, which writes there are, and the headers every response has. It behaves as Zotero's own server was observed to behave, also
where the documentation says something else; `tests/contract` states that behaviour. It must not know tables or validation.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic

from litsync.formats.item_schema import item_schema
from litsync.library import facts, reading, routes
from litsync.library.access import Access, Caller, caller
from litsync.library.batch import entries_of, run_batch
from litsync.library.envelope import Envelope, Home, collection_envelopes, item_envelopes, search_envelopes
from litsync.library.preconditions import Terms, check_delete, check_library
from litsync.library.query import either
from litsync.library.records import load_collection, load_item, load_search
from litsync.library.refusal import Broken, Refused, Unheard
from litsync.library.request import Request, Response, as_json, read_request
from litsync.library.settings import delete_settings, load_settings, write_settings
from litsync.library.store import Store, Transaction, in_words, version_in
from litsync.library.validation import is_key
from litsync.library.writing import Thing, Written, delete_items, delete_tags, write_item
from litsync.library.writing_collections import delete_collections, write_collection
from litsync.library.writing_searches import delete_searches, write_search

READS = ("GET", "HEAD")
PRECONDITION = "If-Unmodified-Since-Version"
FACTS = ("itemTypes", "itemFields", "itemTypeFields", "itemTypeCreatorTypes", "creatorFields")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Thing]):
    """What differs between items, collections and searches when they are written."""

    noun: str
    nouns: str
    load: Callable[[sqlite3.Connection, str], Thing | None]
    write: Callable[[Transaction, object, Terms], Written[Thing]]
    delete: Callable[[Transaction, Iterable[str]], None]
    envelopes: Callable[[sqlite3.Connection, Sequence[Thing], Home], list[Envelope]]


KINDS: dict[str, Kind[Any]] = {
    "items": Kind("item", "items", load_item, write_item, delete_items, item_envelopes),
    "collections": Kind(
        "collection", "collections", load_collection, write_collection, delete_collections, collection_envelopes
    ),
    "searches": Kind("search", "searches", load_search, write_search, delete_searches, search_envelopes),
}


class App:
    """The WSGI application. Threads may call it at the same time; writes take turns at the store."""

    def __init__(self, store: Store, keys: Mapping[str, Access], home: Home) -> None:
        """`keys` are the keys that requests may bring, and may change at any time; while there are none, none is needed."""
        self._store = store
        self._keys = keys
        self._home = home

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
                503 if busy else 500,
                in_words(error).encode(),
                "text/plain",
                headers={"Retry-After": "1"} if busy else {},
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
        who = caller(request, self._keys)
        home = replace(self._home, base=request.base)
        match request.parts:
            case ("keys", name) if request.method in READS:
                return _about_key(who, name, home)
            case ("users", "1", "groups") if request.method in READS:
                with self._store.reading() as db:
                    return reading.groups(reading.Read(request, db, version_in(db), home))
            case (kind, number, *path) if f"{kind}/{number}" == home.prefix:
                return self._inside(request, tuple(path), who, home)
            case ("users", user, *_):
                raise Refused(403, "Forbidden") if user.isdigit() else Refused(400, f"Invalid user ID '{user}'")
            case ("groups", group, *_) if group.isdigit():
                raise Refused(404, "Group not found")
        raise Refused(404, "Not found")

    def _inside(self, request: Request, path: tuple[str, ...], who: Caller, home: Home) -> Response:
        """Answer a request about the library, if the key allows it."""
        reads = request.method in READS
        who.check(home, write=not reads, single_group=path == ())
        return self._read(request, path, home) if reads else self._write(request, path, home)

    def _read(self, request: Request, path: tuple[str, ...], home: Home) -> Response:
        """Answer a read from one moment of the library."""
        with self._store.reading() as db:
            version = version_in(db)
            known = request.header_version("If-Modified-Since-Version")
            if known is not None and known >= version and routes.is_listing(path):
                return Response(304)
            return routes.answer(reading.Read(request, db, version, home), path)

    def _write(self, request: Request, path: tuple[str, ...], home: Home) -> Response:
        """Carry out a write."""
        match (request.method, *path):
            case ("POST", kind) if kind in KINDS:
                return self._write_batch(request, KINDS[kind], home)
            case ("PUT" | "PATCH", kind, key) if kind in KINDS and is_key(key):
                return self._write_single(request, KINDS[kind], key, home)
            case ("DELETE", kind, key) if kind in KINDS and is_key(key):
                return self._delete_single(request, KINDS[kind], key)
            case ("DELETE", kind) if kind in KINDS:
                return self._delete_many(request, KINDS[kind])
        return self._write_other(request, path)

    def _write_other(self, request: Request, path: tuple[str, ...]) -> Response:
        """Carry out a write of what is neither item, collection nor search."""
        match (request.method, *path):
            case ("DELETE", "tags"):
                return self._delete_tags(request)
            case ("POST", "settings") | ("PUT", "settings", _):
                return self._write_settings(request, *path[1:])
            case ("DELETE", "settings", name):
                return self._delete_setting(name)
        raise Refused(405, "Method not allowed")

    def _write_batch(self, request: Request, kind: Kind[Any], home: Home) -> Response:
        """Many objects, each carried out or refused on its own."""
        entries = entries_of(request.body(), kind.nouns)
        terms = Terms(_now(), request.header_version(PRECONDITION), home=home.prefix)
        report, version = run_batch(self._store, entries, terms, kind.write, request.header("Zotero-Write-Token"))
        with self._store.reading() as db:
            shown = kind.envelopes(db, list(report.written.values()), home)
        body = {
            "successful": dict(zip(report.written, shown, strict=True)),
            "success": {index: thing.key for index, thing in report.written.items()},
            "unchanged": report.unchanged,
            "failed": report.failed,
        }
        return as_json(body, version)

    def _write_single(self, request: Request, kind: Kind[Any], key: str, home: Home) -> Response:
        """One object; the response tells its version."""
        header, partial = request.header_version(PRECONDITION), request.method == "PATCH"
        terms = Terms(_now(), header, key, partial=partial, home=home.prefix)
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

    def _write_settings(self, request: Request, name: str = "") -> Response:
        """One setting, or all that are named: all of them or none."""
        header = request.header_version(PRECONDITION)
        sent = request.body()
        with self._store.writing() as transaction:
            if not name:
                check_library(header, transaction.version)
            write_settings(transaction, {name: sent} if name else sent, header, single=name != "")
        return Response(204, version=transaction.version)

    def _delete_setting(self, name: str) -> Response:
        """One setting, for good."""
        with self._store.writing() as transaction:
            if name not in load_settings(transaction.db):
                raise Refused(404, "Setting not found")
            delete_settings(transaction, [name])
        return Response(204, version=transaction.version)


def _about_key(who: Caller, name: str, home: Home) -> Response:
    """What the key in use may do."""
    if name not in ("current", who.key):
        raise Refused(404, "Key not found")
    return as_json(who.about(home))


def _with_zotero_headers(response: Response) -> Response:
    """The response with the headers that all but the earliest refusals have."""
    if response.status == 304:
        return response
    schema = str(item_schema().version)
    return replace(response, headers={"Zotero-API-Version": "3", "Zotero-Schema-Version": schema, **response.headers})


def _now() -> str:
    """The time of a request, as Zotero writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

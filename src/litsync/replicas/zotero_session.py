"""One cycle's work with a Zotero library whose version has moved, or that is to be written.

Decides how little must be asked: single items when it is known which ones, the whole collection otherwise, and the whole
library only where items may have to be recognised. How items are read and written is for `zotero_seen` and
`zotero_writing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from litsync.core.model import (
    ZOTERO,
    Action,
    Change,
    Kind,
    Operation,
    Outcome,
    Place,
    Problem,
    Record,
    RecordId,
    Snapshot,
    Verdict,
)
from litsync.core.values import tidy
from litsync.errors import ZoteroError
from litsync.formats.zotero_item import Naming, new_item
from litsync.formats.zotero_links import Data, Owned
from litsync.replicas.base import Memory, Scope, Vocabulary
from litsync.replicas.zotero_remote import Changes, New, Remote, ZoteroSettings, derived_key
from litsync.replicas.zotero_removal import is_as_made, removal
from litsync.replicas.zotero_seen import ITEM, Candidates, Seen, as_strangers, is_inside, strangers, survivor
from litsync.replicas.zotero_writing import Writer, write_collections

LIST = RecordId(Kind.LIST, "list")


class Session:
    """The managed collection of one library, for one cycle."""

    def __init__(self, settings: ZoteroSettings, memory: Memory, remote: Remote, version: int) -> None:
        """`version` is the library's, when the cycle looked at it. Nothing is asked yet."""
        self._settings, self._memory, self._remote = settings, memory, remote
        self._version = version
        self._vocabulary = Vocabulary()
        self._expected: Mapping[RecordId, Record] = {}
        self._naming = Naming()
        self._rows: dict[str, Data] | None = None
        self._seen = Seen()
        token = memory.token or {"strangers": []}
        self._lost: frozenset[str] = frozenset(token.get("lost", ()))
        self._whole = False
        self._strangers: list[tuple[str, str]] = [(key, title) for key, title in token["strangers"]]
        self._foreign: set[str] | None = set(token.get("foreign", ())) if memory.token else None

    def changed(self, token: Mapping[str, Any], changes: Changes) -> Scope:
        """The papers whose items changed; None when that cannot be told."""
        known = self._records_by_key(token)
        self._seen.add(changes.items)
        touched = {row.get("parentItem") or row["key"] for row in changes.items} | changes.touched
        naming = Naming(collection=token["collection"], sections=token["sections"])
        newcomers = any(row["key"] not in known and is_inside(row, naming) for row in changes.items)
        watched = {key for key, _ in token["strangers"]}
        if newcomers or touched & watched:
            return None
        return frozenset(known[key] for key in touched if key in known)

    def _records_by_key(self, token: Mapping[str, Any]) -> dict[str, RecordId]:
        known = {key: RecordId(Kind.SECTION, section) for section, key in token["sections"].items()}
        known[token["collection"]] = LIST
        for record, handle in self._memory.handles().items():
            known[handle["key"]] = record
            known |= dict.fromkeys(_children(handle), record)
        return known

    # ── what is there ────────────────────────────────────────────────────────────────────────────────────────

    def observe(self, scope: Scope, vocabulary: Vocabulary, expected: Mapping[RecordId, Record]) -> Snapshot:
        """The collection, its subcollections and the items in them, as far as they are in scope.

        Raises ZoteroError when the managed collection cannot be told.
        """
        self._vocabulary, self._expected, self._whole = vocabulary, expected, scope is None
        self._remote.own_version = self._version
        token = self._memory.token
        if token is None or scope is None or any(record.kind is not Kind.PAPER for record in scope):
            self._rows = self._remote.collections()
        self._name(token)
        self._read(scope, first=token is None)
        refused = tuple(self._seen.refused())
        if self._lost:
            self._seen.records = {r: self._with_lost(r, found) for r, found in self._seen.records.items()}
        records = {**self._collections(scope), **self._seen.records}
        for record, handle in self._seen.handles.items():
            if self._memory.handle(record) != handle:
                self._memory.remember(record, handle)
        if self._foreign is None:
            self._foreign = {key for key, _ in self._strangers}
        found = as_strangers(self._strangers, self._seen, self._naming, self._foreign)
        return Snapshot(ZOTERO, records, self._seen.unknown, refused, found)

    def untouched(self, record: RecordId) -> bool:
        """Whether its item is as litsync would make it now, with nothing of anybody else's on it; True if it has none here."""
        found, handle = self._seen.records.get(record), self._memory.handle(record)
        if found is None:
            return record not in self._seen.unknown
        if not handle or not handle.get("created") or handle["key"] not in self._seen.objects:
            return False
        live, owned = self._seen.objects[handle["key"]], Owned.from_json(handle)
        changes = [Change(name, value, None) for name, value in found.fields.items()]
        children = self._remote.children_of(handle["key"])
        ours = removal(live, children, changes, self._naming, owned)[1]
        return ours and is_as_made(live, new_item(found.fields, self._naming))

    def adopt(self, where: str, record: RecordId | None) -> None:
        """The item stands for the record from now on; None: it is left alone for good."""
        key = where.removeprefix(ITEM)
        if record is None:
            self._foreign = {*(self._foreign or ()), key}
            return
        self._strangers = [row for row in self._strangers if row[0] != key]
        self._seen.take(record, key, {}, self._naming, None)
        self._memory.remember(record, self._seen.handles[record])

    def _name(self, token: Mapping[str, Any] | None) -> None:
        """Find the managed collection and its subcollections: by the remembered key, else by name."""
        words = self._vocabulary
        naming = Naming(
            self._settings.tag_prefix,
            {key: method.name for key, method in words.methods.items()},
            words.method_ids(),
            address=self._settings.address,
        )
        if token is not None:
            naming = replace(naming, collection=token["collection"], sections=token["sections"])
            if self._rows is not None:
                naming = self._verified(naming, self._rows)
        else:
            main = self._by_name(words.title, False)
            sections = {s: self._by_name(name, main) for s, name in words.sections.items()} if main else {}
            naming = replace(naming, collection=main, sections={s: key for s, key in sections.items() if key})
        self._naming = naming

    def _verified(self, naming: Naming, rows: Mapping[str, Data]) -> Naming:
        if naming.collection not in rows:
            raise ZoteroError(
                "the collection that litsync keeps is no longer in the library",
                "restore it from Zotero's trash, or start over: `litsync init --new-library`",
            )
        alive = {s: key for s, key in naming.sections.items() if key in rows}
        self._lost |= naming.sections.keys() - alive.keys()
        return replace(naming, sections=alive)

    def _with_lost(self, record: RecordId, found: Record) -> Record:
        """The paper in the sections whose subcollection vanished, too: with it the memberships went, and nobody took it out.

        Where the subcollection is there again, the paper is put into it again.
        """
        has = _sections(found)
        gone = [one for one in _sections(self._expected.get(record)) if one in self._lost and one not in has]
        if not gone:
            return found
        stale = {"sections"} if all(one in self._naming.sections for one in gone) else set()
        return replace(found, fields={**found.fields, "sections": (*has, *gone)}, stale=found.stale | stale)

    def _still_lost(self) -> Iterator[str]:
        """The sections that vanished and are not there again with all their papers, as far as that was looked at."""
        for section in self._lost:
            key = self._naming.sections.get(section)
            papers = [
                r for r, found in self._expected.items() if section in _sections(found) and r in self._seen.records
            ]
            items = (self._seen.objects[self._seen.handles[r]["key"]] for r in papers if r in self._seen.handles)
            if not self._whole or key is None or not all(key in item.get("collections", ()) for item in items):
                yield section

    def _by_name(self, name: str, parent: str | bool) -> str:  # noqa: FBT001 -- the API says False for "at the top"
        found = [
            key
            for key, row in (self._rows or {}).items()
            if tidy(row["name"]) == tidy(name) and (row.get("parentCollection") or False) == parent
        ]
        if len(found) > 1:
            raise ZoteroError(
                f"Zotero has {len(found)} collections named “{name}”",
                "rename all but the one that litsync shall keep, or name another in `zotero.collection`",
            )
        return found[0] if found else ""

    def _collections(self, scope: Scope) -> dict[RecordId, Record]:
        naming, rows = self._naming, self._rows or {}
        found = {LIST: Record(LIST, {"title": rows[naming.collection]["name"]})} if naming.collection in rows else {}
        for section, key in naming.sections.items():
            record = RecordId(Kind.SECTION, section)
            if key in rows:
                found[record] = Record(record, {"name": rows[key]["name"]})
        return {record: row for record, row in found.items() if scope is None or record in scope}

    def _read(self, scope: Scope, *, first: bool) -> None:
        handles = self._memory.handles() if scope is None else {r: h for r in scope if (h := self._memory.handle(r))}
        seen, wanted = self._seen, self._expected
        unknown = [r for r in wanted if r.kind is Kind.PAPER and r not in handles]
        if first or unknown:
            seen.add(self._remote.items())
        elif scope is None:
            for collection in self._naming.managed:
                seen.add(self._remote.items_in(collection))
        wished = [k for h in handles.values() for k in (h["key"], *_children(h), h.get("merged")) if k]
        if scope is not None and LIST in scope:
            wished += [key for key, _ in self._strangers if key not in (self._foreign or ())]
        missing = [key for key in wished if key not in seen.objects]
        if missing:
            seen.add(self._remote.items_by_key(missing).values())
        self._recognise(handles, unknown)
        if scope is None:
            known = [handle["key"] for handle in (handles | seen.handles).values()]
            self._strangers = strangers(seen.objects.values(), known, self._naming)

    def _recognise(self, handles: Mapping[RecordId, Any], unknown: Sequence[RecordId]) -> None:
        seen, naming = self._seen, self._naming
        for record, handle in handles.items():
            data = seen.objects.get(handle["key"])
            # An adopted item that never came into the collection has not left it.
            if data is not None and (is_inside(data, naming) or not (handle["inside"] or data.get("deleted"))):
                seen.take(record, handle["key"], handle, naming, self._expected.get(record))
            elif (other := survivor(handle["key"], seen.objects.values(), naming)) is not None:
                self._follow_merge(record, handle, other, handles)
        if not unknown:
            return
        candidates = Candidates(seen.objects.values(), (handle["key"] for handle in handles.values()))
        for record in unknown:
            match candidates.find(record, self._expected[record]):
                case None:
                    pass
                case Problem() as problem:
                    seen.unknown[record] = problem
                case key:
                    seen.take(record, key, {}, naming, self._expected[record])

    def _follow_merge(
        self, record: RecordId, handle: Mapping[str, Any], other: str, handles: Mapping[RecordId, Any]
    ) -> None:
        """A person merged the item into another one in Zotero: the paper is that item now, if no other paper is."""
        holder = next((r for r, known in self._memory.handles().items() if known["key"] == other and r != record), None)
        if holder is None and all(known["key"] != other for r, known in handles.items() if r != record):
            self._seen.take(
                record, other, {**handle, "key": other, "created": False}, self._naming, self._expected.get(record)
            )
            return
        message = (
            f"{record.key}: its item was merged in Zotero into that of {holder.key if holder else 'another paper'}"
        )
        self._seen.handles[record] = {**handle, "merged": other}  # to be found again when only this paper is looked at
        advice = "remove one of the two papers from the catalog, or restore the item from Zotero's trash"
        self._seen.unknown[record] = Problem(Place("Zotero"), message, suggestion=advice, record=record)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """The collection first, then its subcollections, then the papers in full batches."""
        for kind in (Kind.LIST, Kind.SECTION):
            yield from self._write_collections([one for one in operations if one.record.kind is kind])
        papers = [one for one in operations if one.record.kind is Kind.PAPER]
        if papers and not self._naming.collection:
            yield from (Outcome(one, Verdict.FAILED, reason="its collection could not be made") for one in papers)
            return
        yield from Writer(self._remote, self._seen, self._naming, self._memory).carry_out(papers)

    def _write_collections(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        rows = [(operation, self._collection(operation)) for operation in operations]
        for outcome, data in write_collections(self._remote, rows):
            if data is not None:
                self._put(outcome.operation.record, data)
            yield outcome

    def _collection(self, operation: Operation) -> Data:
        """The properties of a collection to send; its parent always, or it would move to the top."""
        record, naming = operation.record, self._naming
        parent: str | bool = naming.collection if record.kind is Kind.SECTION else False
        key = naming.sections.get(record.key) if record.kind is Kind.SECTION else naming.collection
        name = operation.changes[0].new
        if operation.action is Action.CREATE or not key:
            new = derived_key("collection", self._vocabulary.title, record.key if parent else "")
            return New({"key": new, "name": name, "parentCollection": parent})
        live = (self._rows or {})[key]
        parent = live.get("parentCollection") or False
        return {"key": key, "version": live["version"], "name": name, "parentCollection": parent}

    def _put(self, record: RecordId, data: Data) -> None:
        self._rows = {**(self._rows or {}), data["key"]: data}
        naming = self._naming
        if record.kind is Kind.LIST:
            self._naming = replace(naming, collection=data["key"])
        else:
            self._naming = replace(naming, sections={**naming.sections, record.key: data["key"]})

    def token(self) -> Any:
        """What to remember: the version, if nobody else wrote meanwhile; else the version of the look, for theirs to be seen.

        None while there is no collection.
        """
        if not self._naming.collection:
            return None
        own = self._remote.own_version
        return {
            "lineage": self._remote.lineage(),
            "version": self._version if own is None else own,
            "collection": self._naming.collection,
            "sections": dict(self._naming.sections),
            **({"lost": lost} if (lost := sorted(self._still_lost())) else {}),
            "strangers": [list(row) for row in self._strangers],
            "foreign": sorted(self._foreign or ()),
            **self._remote.remembered(self._seen.objects | (self._rows or {}), self._naming.managed),
        }


def _children(handle: Mapping[str, Any]) -> list[str]:
    """The keys of the attachments that say something of a paper."""
    return [*handle["attachments"].values(), *([handle["pdf"]] if "pdf" in handle else [])]


def _sections(record: Record | None) -> tuple[str, ...]:
    value = record.fields.get("sections") if record else None
    return tuple(map(str, value)) if isinstance(value, tuple) else ()

"""A Zotero library as a replica: its managed collection, the items in it, and what changed there.

Decides how little must be asked: nothing when the library's version stands still, single items when it is known which
ones, the whole collection otherwise, and the whole library only where items may have to be recognised. How items are read
and written is for `zotero_seen` and `zotero_writing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from litsync.core.model import (
    ZOTERO,
    Action,
    Kind,
    Operation,
    Outcome,
    Problem,
    Record,
    RecordId,
    Snapshot,
    Verdict,
)
from litsync.core.values import tidy
from litsync.errors import ZoteroError
from litsync.formats.zotero_item import Data, Naming
from litsync.replicas.base import Memory, Scope, Vocabulary
from litsync.replicas.zotero_remote import Remote, ZoteroSettings, derived_key
from litsync.replicas.zotero_seen import Candidates, Seen, as_strangers, is_inside, strangers
from litsync.replicas.zotero_writing import Writer, write_collections

__all__ = ["ZoteroReplica", "ZoteroSettings"]

LIST = RecordId(Kind.LIST, "list")


@dataclass(slots=True)
class _Look:
    """What this cycle knows of the library so far. `version`: the library's, when it was looked at."""

    version: int = 0
    naming: Naming = field(default_factory=Naming)
    collections: dict[str, Data] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)
    strangers: list[tuple[str, str]] = field(default_factory=list)


class ZoteroReplica:
    """The managed collection of one library.

    Memory's token holds the library's lineage and version, the keys of the collection and its subcollections, and what in
    them is not the catalog's; a paper's handle holds the key and version of its item and what litsync wrote on it.
    """

    def __init__(self, settings: ZoteroSettings, memory: Memory) -> None:
        """Nothing is asked of the library yet."""
        self._settings, self._memory = settings, memory
        self._remote = Remote(settings)
        self._expected: Mapping[RecordId, Record] = {}
        self._look = _Look()
        self._vocabulary = Vocabulary()
        self._observed = False

    @property
    def name(self) -> str:
        """`zotero`."""
        return ZOTERO

    @property
    def place(self) -> str:
        """The library in words."""
        return self._settings.place

    # ── what changed ─────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> Scope:
        """The papers whose items changed since the remembered version; None when that cannot be told.

        Raises ZoteroError when the library is another one than before, or its collection is gone.
        """
        token = self._memory.token
        library = self._settings.library
        if token and library is not None and token.get("lineage") not in (None, library.lineage):
            raise ZoteroError(
                "the embedded library is another one than litsync has worked with",
                "bring the old file back, or start over with this one: `litsync init --new-library`",
            )
        self._look = _Look(version=self._remote.version())
        if not token or self._look.version < token["version"]:
            return None
        self._look.strangers = [(key, title) for key, title in token["strangers"]]
        if self._look.version == token["version"]:
            return frozenset()
        return self._changed(token)

    def _changed(self, token: Mapping[str, Any]) -> Scope:
        since = token["version"]
        items = self._remote.items(since=since)
        erased = self._remote.deleted_since(since)
        moved = {row["key"] for row in self._remote.collections_since(since)} | set(erased.get("collections", ()))
        known = self._records_by_key(token)
        touched = {row.get("parentItem") or row["key"] for row in items} | set(erased.get("items", ())) | moved
        naming = Naming(collection=token["collection"], sections=token["sections"])
        newcomers = any(row["key"] not in known and is_inside(row, naming) for row in items)
        watched = {key for key, _ in token["strangers"]}
        if newcomers or touched & watched:
            return None
        return frozenset(known[key] for key in touched if key in known)

    def _records_by_key(self, token: Mapping[str, Any]) -> dict[str, RecordId]:
        known = {key: RecordId(Kind.SECTION, section) for section, key in token["sections"].items()}
        known[token["collection"]] = LIST
        for record, handle in self._memory.handles().items():
            known[handle["key"]] = record
            known |= dict.fromkeys(handle["attachments"].values(), record)
        return known

    # ── what is there ────────────────────────────────────────────────────────────────────────────────────────

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """What existing items may be recognised by."""
        self._expected = records

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:
        """The collection, its subcollections and the items in them, as far as they are in scope.

        Raises ZoteroError when the managed collection cannot be told.
        """
        self._vocabulary, self._observed = vocabulary, True
        self._remote.own_version = self._look.version
        token = self._memory.token
        if token is None or scope is None or any(record.kind is not Kind.PAPER for record in scope):
            self._look.collections = self._remote.collections()
        self._name(token)
        self._read(scope, first=token is None)
        records = {**self._collections(scope), **self._look.seen.records}
        for record, handle in self._look.seen.handles.items():
            if self._memory.handle(record) != handle:
                self._memory.remember(record, handle)
        return Snapshot(ZOTERO, records, unknown=self._look.seen.unknown, strangers=as_strangers(self._look.strangers))

    def _name(self, token: Mapping[str, Any] | None) -> None:
        """Find the managed collection and its subcollections: by the remembered key, else by name."""
        words = self._vocabulary
        naming = Naming(
            self._settings.tag_prefix,
            {key: method.name for key, method in words.methods.items()},
            words.method_ids(),
        )
        if token is not None:
            naming = replace(naming, collection=token["collection"], sections=token["sections"])
            if self._look.collections:
                naming = self._verified(naming)
        else:
            main = self._by_name(words.title, False)
            sections = {s: self._by_name(name, main) for s, name in words.sections.items()} if main else {}
            naming = replace(naming, collection=main, sections={s: key for s, key in sections.items() if key})
        self._look.naming = naming

    def _verified(self, naming: Naming) -> Naming:
        if naming.collection not in self._look.collections:
            raise ZoteroError(
                "the collection that litsync keeps is no longer in the library",
                "restore it from Zotero's trash, or start over: `litsync init --new-library`",
            )
        alive = {s: key for s, key in naming.sections.items() if key in self._look.collections}
        return replace(naming, sections=alive)

    def _by_name(self, name: str, parent: str | bool) -> str:  # noqa: FBT001 -- the API says False for "at the top"
        found = [
            key
            for key, row in self._look.collections.items()
            if tidy(row["name"]) == tidy(name) and (row.get("parentCollection") or False) == parent
        ]
        if len(found) > 1:
            raise ZoteroError(
                f"Zotero has {len(found)} collections named “{name}”",
                "rename all but the one that litsync shall keep, or name another in `zotero.collection`",
            )
        return found[0] if found else ""

    def _collections(self, scope: Scope) -> dict[RecordId, Record]:
        naming, rows = self._look.naming, self._look.collections
        found = {LIST: Record(LIST, {"title": rows[naming.collection]["name"]})} if naming.collection in rows else {}
        for section, key in naming.sections.items():
            record = RecordId(Kind.SECTION, section)
            if key in rows:
                found[record] = Record(record, {"name": rows[key]["name"]})
        return {record: row for record, row in found.items() if scope is None or record in scope}

    def _read(self, scope: Scope, *, first: bool) -> None:
        handles = self._memory.handles() if scope is None else {r: h for r in scope if (h := self._memory.handle(r))}
        seen, wanted = self._look.seen, self._expected
        unknown = [r for r in wanted if r.kind is Kind.PAPER and r not in handles]
        if first or unknown:
            seen.add(self._remote.items())
        elif scope is None:
            for collection in (self._look.naming.collection, *self._look.naming.sections.values()):
                seen.add(self._remote.items_in(collection))
        missing = [k for h in handles.values() for k in (h["key"], *h["attachments"].values()) if k not in seen.objects]
        if missing:
            seen.add(self._remote.items_by_key(missing).values())
        self._recognise(handles, unknown)
        if scope is None:
            known = [handle["key"] for handle in (handles | seen.handles).values()]
            self._look.strangers = strangers(seen.objects.values(), known, self._look.naming)

    def _recognise(self, handles: Mapping[RecordId, Any], unknown: Sequence[RecordId]) -> None:
        seen, naming = self._look.seen, self._look.naming
        for record, handle in handles.items():
            data = seen.objects.get(handle["key"])
            # An adopted item that never came into the collection has not left it.
            if data is not None and (is_inside(data, naming) or not (handle["inside"] or data.get("deleted"))):
                seen.take(record, handle["key"], handle, naming, self._expected.get(record))
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

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """The collection first, then its subcollections, then the papers in full batches."""
        for kind in (Kind.LIST, Kind.SECTION):
            yield from self._write_collections([one for one in operations if one.record.kind is kind])
        papers = [one for one in operations if one.record.kind is Kind.PAPER]
        if papers and not self._look.naming.collection:
            yield from (Outcome(one, Verdict.FAILED, reason="its collection could not be made") for one in papers)
            return
        yield from Writer(self._remote, self._look.seen, self._look.naming, self._memory).carry_out(papers)

    def _write_collections(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        rows = [(operation, self._collection(operation)) for operation in operations]
        for outcome, data in write_collections(self._remote, rows):
            if data is not None:
                self._put(outcome.operation.record, data)
            yield outcome

    def _collection(self, operation: Operation) -> Data:
        """The properties of a collection to send; its parent always, or it would move to the top."""
        record, naming = operation.record, self._look.naming
        parent: str | bool = naming.collection if record.kind is Kind.SECTION else False
        key = naming.sections.get(record.key) if record.kind is Kind.SECTION else naming.collection
        name = operation.changes[0].new
        if operation.action is Action.CREATE or not key:
            new = derived_key("collection", self._vocabulary.title, record.key if parent else "")
            return {"key": new, "version": 0, "name": name, "parentCollection": parent}
        live = self._look.collections[key]
        parent = live.get("parentCollection") or False
        return {"key": key, "version": live["version"], "name": name, "parentCollection": parent}

    def _put(self, record: RecordId, data: Data) -> None:
        self._look.collections[data["key"]] = data
        naming = self._look.naming
        if record.kind is Kind.LIST:
            self._look.naming = replace(naming, collection=data["key"])
        else:
            self._look.naming = replace(naming, sections={**naming.sections, record.key: data["key"]})

    def committed(self) -> None:
        """Nothing is kept for the case of a crash: the next look recognises what was written."""

    def close(self) -> None:
        """Remember the version, if nobody else wrote meanwhile; else the version of the look, so that theirs is seen."""
        if not self._observed:
            if self._memory.token:
                self._memory.token = {**self._memory.token, "version": self._look.version}
            return
        if not self._look.naming.collection:
            return
        own = self._remote.own_version
        self._memory.token = {
            "lineage": self._settings.library.lineage if self._settings.library else None,
            "version": self._look.version if own is None else own,
            "collection": self._look.naming.collection,
            "sections": dict(self._look.naming.sections),
            "strangers": [list(row) for row in self._look.strangers],
        }

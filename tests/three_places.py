"""Three imaginary places for papers, on which the real cycle works.

A place holds things (entries, notes, items), each with the number of the work that a person means by it, which litsync
never sees. What it shows of them follows the real replicas: a note may not say yet whose it is, an item is remembered by
its key and else recognised by citation key and DOI, methods are spelled by name outside the catalog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from litsync.core.merge import still_fitting
from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Action,
    Change,
    Fields,
    Kind,
    Operation,
    Outcome,
    Place,
    Problem,
    Record,
    RecordId,
    Snapshot,
    Stranger,
    Value,
    Verdict,
)
from litsync.core.policy import Policy
from litsync.core.questions import fingerprint
from litsync.errors import ZoteroError
from litsync.replicas.base import Beside, Memory, Scope, Vocabulary, Words

PLACES = (CATALOG, VAULT, ZOTERO)
SETS = ("tags", "methods", "aliases", "sources")


class PowerCut(BaseException):
    """The machine stops here. No `except` of litsync's may go on after it."""


@dataclass
class Thing:
    """An entry, a note or an item. `record` is the identity that stands in it, if one does.

    `made`: litsync made it, and no person has written on it since.
    """

    says: dict[str, Value]
    record: RecordId | None
    work: int
    touched: int = 0
    made: bool = False

    @property
    def kind(self) -> Kind:
        """Of what it is."""
        return self.record.kind if self.record else Kind.PAPER


@dataclass
class Shelf:
    """What one place holds, by where it stands, and what was thrown away there."""

    name: str
    things: dict[str, Thing] = field(default_factory=dict)
    trash: dict[str, Thing] = field(default_factory=dict)
    clock: int = 0
    gone: dict[RecordId, int] = field(default_factory=dict)

    def touch(self, where: str) -> None:
        """Something stands there anew."""
        self.clock += 1
        self.things[where].touched = self.clock

    def throw(self, where: str) -> None:
        """To the trash."""
        thing = self.things.pop(where)
        self.clock += 1
        if thing.record:
            self.gone[thing.record] = self.clock
        self.trash[where] = thing

    def bring_back(self, where: str) -> None:
        """Out of the trash."""
        self.things[where] = self.trash.pop(where)
        self.things[where].made = False
        self.touch(where)


class Around(Protocol):
    """What happens around a visit."""

    away: str | None
    policy: Policy
    condemned: set[RecordId]

    def step(self) -> None:
        """One durable step more; the power may go here."""

    def meddle(self, place: str) -> None:
        """A person may save something at this very moment."""

    def work_of(self, operation: Operation) -> int:
        """The work that a new thing of litsync's stands for."""

    def check_title(self, change: Change, thing: Thing) -> None:
        """No work is ever called by the title of another one."""


class Visit:
    """A shelf as the replica of one cycle."""

    def __init__(self, shelf: Shelf, memory: Memory, world: Around) -> None:
        self.shelf, self.memory, self.world = shelf, memory, world
        self.token = memory.token or {}
        self.now = shelf.clock
        self.words = Vocabulary()
        self.expected: Mapping[RecordId, Record] = {}
        self.adopted: dict[str, RecordId] = {}
        self.left: set[str] = set(self.token.get("left", ()))
        if shelf.name == VAULT:
            self.adopt_again()

    def adopt_again(self) -> None:
        """A note whose id was not written yet is known by its place."""
        for record, handle in self.memory.handles().items():
            thing = self.shelf.things.get(handle["key"])
            if thing is not None and thing.record is None:
                self.adopted[handle["key"]] = record

    @property
    def name(self) -> str:
        """Which place."""
        return self.shelf.name

    @property
    def place(self) -> str:
        """The same, in words."""
        return self.shelf.name

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> Scope:
        """What was touched since the last visit that ended."""
        if self.name == self.world.away:
            raise ZoteroError("nobody answers")
        self.now = self.shelf.clock
        if not self.memory.token:
            return None
        since = self.token["clock"]
        keys = self.keys()
        changed = {keys[w] for w, thing in self.shelf.things.items() if thing.touched > since and w in keys}
        changed |= {record for record, clock in self.shelf.gone.items() if clock > since}
        known = self.memory.handles() if self.name == ZOTERO else {}
        gone = {r for r, handle in known.items() if handle["key"] not in self.shelf.things}
        if any(thing.touched > since and w not in keys for w, thing in self.shelf.things.items()):
            return None
        return frozenset(changed | gone)

    def check_writable(self) -> None:
        """Every place may be written."""

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """Items may be recognised by what the catalog says."""
        self.expected = records

    def keys(self) -> dict[str, RecordId]:
        """The record of each thing that stands for one."""
        if self.name != ZOTERO:
            said = {where: thing.record for where, thing in self.shelf.things.items() if thing.record}
            return {**said, **self.adopted}
        known = {h["key"]: r for r, h in self.memory.handles().items() if h["key"] in self.shelf.things}
        for record, found in self.expected.items():
            if record.kind is Kind.PAPER and record not in known.values():
                where = self.recognised(found, known)
                if where is not None:
                    known[where] = record
        return known

    def recognised(self, found: Record, taken: Mapping[str, RecordId]) -> str | None:
        """The item of a paper that is not remembered, as Zotero's replica recognises it."""
        own = found.fields.get("zotero_citekey")
        marks = [("citekey", own), ("citekey", found.id.key), ("doi", found.fields.get("doi"))]
        for name, value in marks:
            for where, thing in self.shelf.things.items():
                if value is not None and thing.says.get(name) == value and where not in taken:
                    return where
        return None

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:
        """What is there; what stands there twice is unknown."""
        self.words = vocabulary
        keys = self.keys()
        records: dict[RecordId, Record] = {}
        unknown: dict[RecordId, Problem] = {}
        for where, record in keys.items():
            if scope is not None and record not in scope:
                continue
            if record in records or record in unknown:
                records.pop(record, None)
                unknown[record] = Problem(Place(where), "twice", record=record)
                continue
            records[record] = Record(record, self.decoded(where, record))
            if self.name == ZOTERO and (self.memory.handle(record) or {}).get("key") != where:
                self.memory.remember(record, {"key": where})
        return Snapshot(self.name, records, unknown, strangers=tuple(self.strangers(keys)))

    def strangers(self, keys: Mapping[str, RecordId]) -> Iterator[Stranger]:
        """What stands for no record."""
        if self.name == CATALOG:
            return
        nameless = [where for where in self.shelf.things if where not in keys]
        if self.name == ZOTERO and not self.memory.token:
            self.left |= set(nameless)
        for where in nameless:
            found = Record(RecordId(Kind.PAPER, ""), self.decoded(where, None))
            title = str(found.fields.get("title", ""))
            name = fingerprint("s", self.name, where)
            yield Stranger(self.name, where, title, None, found, where in self.left, name)

    def decoded(self, where: str, record: RecordId | None) -> dict[str, Value]:
        """What the thing says, methods by id where its names are known."""
        thing = self.shelf.things[where]
        says = {name: value for name, value in thing.says.items() if value is not None}
        if self.name != ZOTERO:
            says.pop("citekey", None)
            if thing.record is not None and thing.kind is Kind.PAPER:
                says["citekey"] = thing.record.key
        if self.name != CATALOG and "methods" in says:
            ids = self.words.method_ids()
            says["methods"] = tuple(dict.fromkeys(ids.get(str(m).casefold(), str(m)) for m in says["methods"] or ()))
        own = says.get("citekey")
        if self.name == ZOTERO and record is not None and own not in (None, record.key):
            says |= {"citekey": record.key, "zotero_citekey": own}
        return says

    def renamed(self, old: RecordId, new: RecordId) -> None:
        """There are no sections here."""

    def untouched(self, record: RecordId) -> bool:
        """Nobody but litsync has written on what stands for it here."""
        return all(self.shelf.things[where].made for where, one in self.keys().items() if one == record)

    def adopt(self, where: str, record: RecordId | None) -> None:
        """It stands for the record; None: it is left alone for good."""
        if record is None:
            self.left.add(where)
        else:
            self.memory.remember(record, {"key": where})
            if self.name == VAULT:
                self.adopted[where] = record

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """One after the other; the power may go before and after each."""
        for operation in operations:
            self.world.step()
            self.world.meddle(self.name)
            outcome = self.write(operation)
            self.world.step()
            yield outcome

    def write(self, operation: Operation) -> Outcome:
        """Carry it out, if what it was planned for still stands there."""
        assert self.name in self.world.policy.sinks, f"{operation} is written, and the command may not"
        wheres = [where for where, record in self.keys().items() if record == operation.record]
        if operation.action is Action.CREATE:
            return self.create(operation) if not wheres else Outcome(operation, Verdict.STALE)
        if len(wheres) != 1:
            return Outcome(operation, Verdict.STALE)
        live = self.decoded(wheres[0], operation.record)
        whole = [c for c in operation.changes if c.field not in SETS]
        if any(live.get(c.field) != c.old for c in whole):
            return Outcome(operation, Verdict.STALE)
        if operation.action is Action.DELETE:
            ours = self.shelf.things[wheres[0]].made
            assert ours or operation.record in self.world.condemned, (
                f"{operation.record} is deleted, and nobody said so"
            )
            self.shelf.throw(wheres[0])
            if self.name == ZOTERO:
                self.memory.remember(operation.record, None)
            return Outcome(operation, Verdict.WRITTEN)
        return self.update(operation, wheres[0], live)

    def create(self, operation: Operation) -> Outcome:
        """Make it, or take it out of the trash."""
        record = operation.record
        where = str(record) if self.name == CATALOG else f"{self.name} {record.key}"
        thrown = next((w for w, thing in self.shelf.trash.items() if thing.record == record), None)
        if thrown is not None and self.name != CATALOG:
            self.shelf.bring_back(thrown)
            where = thrown
        else:
            if where in self.shelf.things:
                where = f"{where} 1"
            self.shelf.things[where] = Thing({}, record, self.world.work_of(operation), made=True)
        if self.name == ZOTERO:
            self.memory.remember(record, {"key": where})
        live = self.decoded(where, record)
        changes, edited = operation.afresh().changes, ""
        if where == thrown:
            self.memory.keep(record, where, str(live.get("title")).encode())
            changes, edited = still_fitting(record, operation.changes, live)
        wrote = self.update(replace(operation, changes=changes), where, live)
        return replace(wrote, reason=edited)

    def update(self, operation: Operation, where: str, live: Mapping[str, Value]) -> Outcome:
        """Change it, and tell what it says then."""
        thing = self.shelf.things[where]
        for change in operation.changes:
            self.world.check_title(change, thing)
            thing.says[change.field] = self.spelled(change, live.get(change.field))
        if thing.record is None or self.name == ZOTERO:
            thing.record = operation.record
        self.shelf.touch(where)
        after = self.decoded(where, operation.record)
        return Outcome(operation, Verdict.WRITTEN, {c.field: after.get(c.field) for c in operation.changes})

    def spelled(self, change: Change, live: Value) -> Value:
        """The new value as this place writes it; of a set only the difference is made."""
        value = change.new
        if change.field in SETS:
            old, new = set(change.old or ()), dict.fromkeys(change.new or ())
            kept = [member for member in live or () if member in new or member not in old]
            value = tuple(dict.fromkeys([*kept, *(member for member in new if member not in old)])) or None
        if change.field == "methods" and self.name != CATALOG and value:
            names = {key: words.name for key, words in self.words.methods.items()}
            value = tuple(names.get(str(member), str(member)) for member in value)
        return value

    def beside(self) -> Sequence[Beside]:
        """Nothing follows the records."""
        return ()

    def committed(self) -> None:
        """Nothing is kept for the case of a crash."""

    def close(self) -> None:
        """What a person did after this visit saw it is seen by the next."""
        for record, handle in self.memory.handles().items():
            thing = self.shelf.things.get(handle["key"])
            if self.name == VAULT and (thing is None or thing.record is not None):
                self.memory.remember(record, None)
        self.memory.token = {"clock": self.now, "left": sorted(self.left)}

    # ── the catalog knows the names ──────────────────────────────────────────────────────────────────────────

    def vocabulary(self) -> Vocabulary:
        """The methods that have an entry."""
        things = self.shelf.things.values()
        methods = {t.record.key: Words(str(t.says.get("name"))) for t in things if t.record and t.kind is Kind.METHOD}
        papers = {t.record.key: t.record.key for t in things if t.record and t.kind is Kind.PAPER}
        return Vocabulary("List", methods, papers=papers)

    def position(self, known: object) -> object:
        """There is no git here."""
        return known

    def is_as_made(self, record: RecordId, said: Fields) -> bool:  # noqa: ARG002 -- what every catalog is handed
        """Nobody has written on its entry since."""
        return self.untouched(record)

    def unchanged(self) -> bool:
        """Nobody asks."""
        return False

    def history(self, known: object) -> None:
        """There is no git here."""

"""A person and bad luck at work in three imaginary places, with the real cycle and the real state.

Knows which work each thing stands for, who condemned it, and from which edits each title descends.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from three_places import PLACES, PowerCut, Shelf, Thing, Visit

from litsync.core.fields import Field
from litsync.core.merge import without
from litsync.core.model import CATALOG, VAULT, ZOTERO, Change, FieldState, Kind, Operation, Plan, RecordId, Value
from litsync.core.policy import SYNC, Decisions, Policy
from litsync.core.questions import fingerprint
from litsync.setup import Setup
from litsync.state import State
from litsync.sync import Result, run


class MortalState(State):
    """The real state, on a machine whose power may go before and after anything becomes durable."""

    step: Callable[[], None] = staticmethod(lambda: None)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.step()
        with super()._transaction():
            yield
        self.step()


@dataclass
class World:
    """The places, a person at work in them, and who wrote what."""

    rng: random.Random
    shelves: dict[str, Shelf] = field(default_factory=lambda: {name: Shelf(name) for name in PLACES})
    away: str | None = None
    policy: Policy = SYNC
    works: int = 0
    edits: int = 0
    steps_left: int | None = None
    meddling: float = 0.0
    condemned: set[RecordId] = field(default_factory=set)
    touched_works: set[int] = field(default_factory=set)
    ancestors: dict[Value, frozenset[int]] = field(default_factory=dict)
    seen_by_person: set[Value] = field(default_factory=set)
    last: Result | None = None
    unsettled: bool = False
    rewritten: bool = False
    met_twice: bool = False
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = MortalState.open(None)
        self.state.step = self.step
        catalog = self.shelves[CATALOG]
        for key, name in (("nerf", "NeRF"), ("gan", "GAN")):
            record = RecordId(Kind.METHOD, key)
            catalog.things[str(record)] = Thing({"name": name}, record, 0)
            catalog.touch(str(record))

    def step(self) -> None:
        """One durable step more; the power may go here."""
        if self.steps_left is None:
            return
        if self.steps_left <= 0:
            raise PowerCut
        self.steps_left -= 1

    def meddle(self, place: str) -> None:
        """The person saves something at this very moment."""
        if self.rng.random() < self.meddling:
            self.rewrite(place)

    # ── what a person does ───────────────────────────────────────────────────────────────────────────────────

    def live(self, place: str) -> list[str]:
        """Where papers stand."""
        return [where for where, thing in self.shelves[place].things.items() if thing.kind is Kind.PAPER]

    def title(self, work: int, before: Value) -> str:
        """A title that nobody wrote before, by someone who saw `before`."""
        self.edits += 1
        title = f"Work {work} as told {self.edits}"
        self.ancestors[title] = self.ancestors.get(before, frozenset()) | {self.edits}
        return title

    def rewrite(self, place: str) -> None:
        """Another title, a tag more or less, a method more."""
        if not (wheres := self.live(place)):
            return
        where = self.rng.choice(wheres)
        thing = self.shelves[place].things[where]
        # What an interrupted cycle had just made there is not known to be litsync's once it says something else.
        self.rewritten |= thing.made
        self.met_twice |= self.unsettled and thing.made
        thing.made = False
        what = self.rng.choice(["title", "title", "tags", "methods"])
        if what == "title":
            thing.says["title"] = self.title(thing.work, thing.says.get("title"))
        else:
            self.resort(place, thing, what)
        self.shelves[place].touch(where)
        self.log.append(f"{place}: {where} {what} = {thing.says.get(what)}")

    def resort(self, place: str, thing: Thing, what: str) -> None:
        """A member of a set more or less."""
        members = list(thing.says.get(what) or ())
        if members and self.rng.random() < 0.4:
            members.remove(self.rng.choice(members))
        elif what == "tags":
            self.edits += 1
            members.append(f"tag{self.edits}")
        elif place == CATALOG:
            known = [t.record.key for t in self.shelves[CATALOG].things.values() if t.record and t.kind is Kind.METHOD]
            members.append(self.rng.choice(sorted(known)))
        else:
            members.append(self.rng.choice(["NeRF", "GAN", "Warping", "Diffusion"]))
        thing.says[what] = tuple(dict.fromkeys(members)) or None

    def begin(self, place: str) -> None:
        """A work that is new, or one that another place has."""
        others = [t for s in self.shelves.values() for t in s.things.values() if t.kind is Kind.PAPER]
        if self.unsettled:
            others = []  # an accepted twin of which the catalog does not know yet is a second paper, as it is for `check`
        twins = [t for t in others if t.says.get("doi") and not self.has(place, t.work)]
        if twins and self.rng.random() < 0.3:
            self.met_twice = True
            twin = self.rng.choice(twins)
            work, says = twin.work, {name: twin.says.get(name) for name in ("title", "doi")}
        else:
            self.works += 1
            work = self.works
            doi = f"10.1000/work{work}" if self.rng.random() < 0.7 else None
            says = {"title": self.title(work, None), "doi": doi}
        self.put(place, work, says)

    def has(self, place: str, work: int) -> bool:
        """Whether the place has the work, or had it."""
        shelf = self.shelves[place]
        return any(thing.work == work for thing in (*shelf.things.values(), *shelf.trash.values()))

    def put(self, place: str, work: int, says: dict[str, Value]) -> None:
        """Write an entry, make a note or save an item."""
        shelf, named = self.shelves[place], place == CATALOG or self.rng.random() < 0.4
        record = RecordId(Kind.PAPER, f"{place}{work}") if named and place != ZOTERO else None
        if place == ZOTERO and named:
            says = {**says, "citekey": f"theirs{work}"}
        where = str(record) if place == CATALOG else f"new {place} {work}"
        if where in shelf.things or where in shelf.trash:
            return
        shelf.things[where] = Thing(dict(says), record, work)
        shelf.touch(where)
        self.log.append(f"{place}: new {where} {record} {says}")

    def throw(self, place: str) -> None:
        """Delete something."""
        if wheres := self.live(place):
            where = self.rng.choice(wheres)
            self.touched_works.add(self.shelves[place].things[where].work)
            self.shelves[place].throw(where)
            self.log.append(f"{place}: delete {where}")

    def restore(self, place: str) -> None:
        """Take something out of the trash again."""
        shelf = self.shelves[place]
        held = {thing.record for thing in shelf.things.values()}
        back = [
            w for w, t in shelf.trash.items() if w not in shelf.things and (t.record is None or t.record not in held)
        ]
        if back:
            self.met_twice = True
            where = self.rng.choice(back)
            shelf.bring_back(where)
            self.log.append(f"{place}: undelete {where}")

    def copy_a_note(self) -> None:
        """The same note twice: nobody can say which one counts."""
        shelf = self.shelves[VAULT]
        if named := [
            where for where in self.live(VAULT) if shelf.things[where].record and f"{where} 1" not in shelf.things
        ]:
            where = self.rng.choice(named)
            thing = shelf.things[where]
            shelf.things[f"{where} 1"] = replace(thing, says=dict(thing.says))
            shelf.touch(f"{where} 1")
            self.log.append(f"vault: copy {where}")

    def throw_copies(self) -> None:
        """The person mends it: of each pair one goes."""
        shelf, kept = self.shelves[VAULT], set()
        for where in sorted(shelf.things):
            record = shelf.things[where].record
            if record is not None and record in kept:
                shelf.throw(where)
            kept.add(record)

    def condemn(self, record: RecordId) -> None:
        """The person says that it shall go; the list stands for all papers."""
        if record.kind is Kind.LIST:
            self.condemned |= self.state.records(None).keys()
        self.condemned.add(record)

    # ── what litsync does ────────────────────────────────────────────────────────────────────────────────────

    def cycle(self, policy: Policy, decisions: Decisions | None = None) -> Result | None:
        """One cycle; None if the power went."""
        self.policy, self.rewritten = policy, False
        memories = {name: self.state.memory(name) for name in PLACES}
        visits = {name: Visit(self.shelves[name], memories[name], self) for name in PLACES}
        setup = Setup(
            self.state,
            visits[CATALOG],
            (visits[VAULT], visits[ZOTERO]),
            memories,
            decisions=decisions or Decisions(),
        )
        try:
            result = run(setup, policy)
        except PowerCut:
            self.log.append("power cut")
            self.unsettled = True
            self.met_twice |= self.rewritten  # while it was made
            return None
        finally:
            self.steps_left, self.meddling = None, 0.0
        self.unsettled &= policy != SYNC
        self.last = result
        return result

    def plan(self) -> Plan:
        """What the last cycle decided."""
        return self.last.plan if self.last and self.last.plan else Plan()

    def where(self, work: int) -> dict[str, list[str]]:
        """Where a work stands."""
        return {name: [w for w, t in s.things.items() if t.work == work] for name, s in self.shelves.items()}

    def says(self, record: RecordId, row: Field, state: FieldState) -> dict[str, Value]:
        """What each place says of a field, without what was in a set before litsync came; methods by id."""
        found: dict[str, Value] = {}
        ids = {str(t.says.get("name")): t.record.key for t in self.shelves[CATALOG].things.values() if t.record}
        for name, shelf in self.shelves.items():
            for thing in shelf.things.values():
                if thing.record == record and name in row.carriers and name not in row.fixed_in:
                    value = thing.says.get(row.name)
                    if row.name == "methods" and name != CATALOG and value:
                        value = tuple(ids.get(str(member), str(member)) for member in value)
                    account = state.accounts.get(name)
                    found[name] = without(row, value, account.foreign) if account else value
        return found

    def asked_about(self, question: str) -> set[int]:
        """The works of the things that a question about a stranger is about."""
        return {
            thing.work
            for shelf in self.shelves.values()
            for where, thing in shelf.things.items()
            if question in (fingerprint("s", shelf.name, where), fingerprint("s", shelf.name, str(thing.record)))
        }

    def work_of(self, operation: Operation) -> int:
        """The work that a new thing of litsync's stands for."""
        if operation.record.kind is not Kind.PAPER:
            return 0
        for change in operation.changes:
            if change.field == "title":
                return work_in(change.new)
        known = (t.work for s in self.shelves.values() for t in s.things.values() if t.record == operation.record)
        return next(known, 0)

    def check_title(self, change: Change, thing: Thing) -> None:
        """No work is ever called by the title of another one."""
        if change.field == "title" and thing.work:
            assert work_in(change.new) == thing.work, f"{thing} is called {change.new}"

    def titles(self) -> set[Value]:
        """Every title that a person can still find in a place or its trash."""
        things = (t for s in self.shelves.values() for t in (*s.things.values(), *s.trash.values()))
        return {thing.says.get("title") for thing in things}


def work_in(title: Value) -> int:
    """The number of the work in a title of it."""
    found = re.match(r"Work (\d+) ", str(title))
    return int(found[1]) if found else 0

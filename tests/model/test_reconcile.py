"""Random histories of three replicas, with crashes, lost answers, absent replicas and every direction of command.

The oracle knows which edits each value descends from. Nothing that anyone wrote may vanish: at the end every edit is an
ancestor of a value in some replica (a conflict leaves each replica its own value), or of a value that was listed as a
difference (which the next change on any side ends, the old value being in the journal).
"""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litsync.core.account import account
from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Action,
    Change,
    Kind,
    Operation,
    Outcome,
    Plan,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    Value,
    Verdict,
)
from litsync.core.plan import plan
from litsync.core.policy import PUSH, Policy

ALL = frozenset({CATALOG, VAULT, ZOTERO})
SYNC = Policy(sources=ALL, sinks=ALL)
PULL = Policy(sources=frozenset({VAULT, ZOTERO}), sinks=frozenset({CATALOG}))
PAPER = RecordId(Kind.PAPER, "a2020b")


def written(live: Value, change: Change) -> Value:
    """What stands there after a change: a set takes the difference only, as a replica does it."""
    if change.field == "title":
        return change.new
    old, new = set(change.old or ()), dict.fromkeys(change.new or ())
    kept = [tag for tag in live or () if tag in new or tag not in old]
    return tuple(dict.fromkeys([*kept, *(tag for tag in new if tag not in old)])) or None


class Crash(Exception):
    """The process ends here."""


@dataclass
class World:
    """Three replicas in memory, a state that survives crashes, and the ancestry of every value."""

    rng: random.Random
    replicas: dict[str, dict[str, Value] | None] = field(
        default_factory=lambda: {CATALOG: {}, VAULT: None, ZOTERO: None}
    )
    state: dict[RecordId, RecordState] = field(default_factory=dict)
    ancestors: dict[tuple[str, Value], frozenset[int]] = field(default_factory=dict)
    edits: int = 0
    shown: set[Value] = field(default_factory=set)

    def edit(self, replica: str, name: str) -> None:
        """A person writes a new title, or adds or removes a tag."""
        fields = self.replicas[replica]
        if fields is None:
            return
        self.edits += 1
        if name == "title":
            known = self.ancestors.get((name, fields.get(name)), frozenset())
            fields[name] = f"title {self.edits}"
            self.ancestors[name, fields[name]] = known | {self.edits}
        else:
            tags = list(fields.get("tags") or ())
            if tags and self.rng.random() < 0.4:
                tags.remove(self.rng.choice(tags))
            else:
                tags.append(f"tag{self.edits}")
            fields["tags"] = tuple(tags) or None

    def snapshots(self, absent: str | None) -> list[Snapshot]:
        """What one look at each replica that is not `absent` sees, in any order."""
        found = []
        for replica, fields in self.replicas.items():
            if replica != absent:
                held = {k: v for k, v in (fields or {}).items() if v is not None}
                found.append(Snapshot(replica, {} if fields is None else {PAPER: Record(PAPER, held)}))
        self.rng.shuffle(found)
        return found

    def cycle(self, policy: Policy, absent: str | None = None, crash_at: int = 99, meddle: float = 0.0) -> Plan:
        """One cycle as `sync` runs it; `crash_at` counts the durable steps that still happen."""
        decided = plan(self.state, self.snapshots(absent), policy)
        self.shown |= {value for found in decided.differences for value in (found.value, found.target)}
        self.state |= decided.state
        for steps, operation in enumerate(decided.operations, 1):
            if self.rng.random() < meddle:
                self.edit(operation.replica, self.rng.choice(["title", "tags"]))
            outcome = self.write(operation)
            if steps > crash_at:
                raise Crash
            self.state[PAPER] = account(self.state[PAPER], outcome)
        return decided

    def write(self, operation: Operation) -> Outcome:
        """Carry out one operation, if its precondition holds."""
        fields = self.replicas[operation.replica]
        if operation.action is Action.CREATE:
            if fields is not None:
                return Outcome(operation, Verdict.STALE)
            self.replicas[operation.replica] = {change.field: change.new for change in operation.changes}
            return Outcome(operation, Verdict.WRITTEN, self.replicas[operation.replica] or {})
        assert fields is not None
        if any(change.field == "title" and fields.get("title") != change.old for change in operation.changes):
            return Outcome(operation, Verdict.STALE)
        fields |= {change.field: written(fields.get(change.field), change) for change in operation.changes}
        return Outcome(operation, Verdict.WRITTEN, {change.field: fields[change.field] for change in operation.changes})

    def values(self, name: str) -> set[object]:
        """The distinct values of a field in the replicas; what was foreign in a set from the start does not count."""
        found: set[object] = set()
        for replica, fields in self.replicas.items():
            value = (fields or {}).get(name)
            known = self.state[PAPER].fields.get(name) if PAPER in self.state else None
            foreign = known.accounts[replica].foreign if known and replica in known.accounts else ()
            if fields is not None:
                found.add(frozenset(value or ()) - frozenset(foreign) if name == "tags" else value)
        return found

    def surviving(self) -> frozenset[int]:
        """The title edits that some value in a replica, or some value that was listed, descends from."""
        titles = [*self.shown, *(fields.get("title") for fields in self.replicas.values() if fields is not None)]
        return frozenset().union(*(self.ancestors.get(("title", title), frozenset()) for title in titles))


def run(seed: int, steps: int) -> World:
    """Play one history and let everything come to rest."""
    rng = random.Random(seed)
    world = World(rng)
    for _ in range(steps):
        if rng.random() < 0.5:
            world.edit(rng.choice([CATALOG, VAULT, ZOTERO]), rng.choice(["title", "tags"]))
            continue
        with contextlib.suppress(Crash):
            world.cycle(
                rng.choice([PUSH, PULL, SYNC]),
                absent=rng.choice([None, None, VAULT, ZOTERO, CATALOG]),
                crash_at=rng.choice([0, 1, 2, 99, 99, 99]),
                meddle=rng.choice([0.0, 0.0, 0.3]),
            )
    for _ in range(6):
        world.cycle(SYNC)
    return world


@pytest.fixture
def histories(request) -> int:
    """How many random histories to play."""
    return request.config.getoption("--histories")


def test_no_edit_vanishes_whatever_happens(histories):
    """Every title anyone wrote is in a replica or was seen by the person who wrote over it."""
    lost = []
    for seed in range(histories):
        world = run(seed, 14)
        title_edits = frozenset().union(*world.ancestors.values()) if world.ancestors else frozenset()
        if title_edits - world.surviving():
            lost.append(seed)

    assert lost == []


def test_everything_comes_to_rest(histories):
    """After the last edit and fault a few cycles leave nothing to do, and what is not in conflict is equal everywhere."""
    for seed in range(histories // 4):
        world = run(seed, 14)
        last = plan(world.state, world.snapshots(None), SYNC)
        disputed = {found.field for found in (*last.conflicts, *last.differences)}

        assert last.operations == ()
        for name in {"title", "tags"} - disputed:
            assert len(world.values(name)) == 1, (seed, name, world.replicas)


@settings(deadline=None)
@given(st.integers(min_value=0), st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_its_inputs(seed, shuffler):
    """The same looks in another order give the same plan."""
    world = run(seed, 8)
    world.edit(CATALOG, "title")
    world.edit(VAULT, "tags")
    looks = world.snapshots(None)
    first = plan(world.state, looks, SYNC)
    shuffler.shuffle(looks)

    assert plan(dict(reversed(world.state.items())), looks, SYNC) == first


@settings(deadline=None)
@given(st.integers(min_value=0), st.sampled_from([PUSH, PULL, SYNC]))
def test_planning_again_without_writing_changes_nothing(seed, policy):
    """A plan that was made durable and then interrupted plans the same writes again."""
    world = run(seed, 8)
    world.edit(CATALOG, "title")
    looks = world.snapshots(None)
    first = plan(world.state, looks, policy)
    again = plan({**world.state, **first.state}, looks, policy)

    assert again.operations == first.operations
    assert replace(again, state=first.state) == first or again.conflicts == first.conflicts

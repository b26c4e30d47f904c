"""The cycle: observe, plan, journal, execute, account. `push` and its `--dry-run` are this cycle with a policy.

Decides in which order things become durable, and what a replica that fails does to the rest. Knows replicas only through
`replicas.base`; what to do is decided in `core.plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from litsync.core.model import (
    CATALOG,
    STATUSES,
    Kind,
    Operation,
    Outcome,
    Plan,
    Policy,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    Verdict,
)
from litsync.errors import LitsyncError, VaultError, ZoteroError
from litsync.formats.plan_json import plan_to_json
from litsync.replicas.base import Memory, Replica, Scope, Vocabulary
from litsync.state import State

_LIST = RecordId(Kind.LIST, "list")
_TOGETHER = 500
"""Outcomes that become durable in one transaction. A crash costs at most so many looks; it never repeats a write."""

Progress = Callable[[str, int, int], None]
"""Called with the replica's name, the operations done and the operations planned there."""


class Catalog(Replica, Protocol):
    """The replica that also knows the names behind the ids."""

    def vocabulary(self) -> Vocabulary:
        """The names as the catalog has them now; the tags at least of what was observed."""

    def unchanged(self) -> bool:
        """Whether the catalog is, byte for byte, what memory stands for."""

    def history(self, known: Any) -> str | None:
        """Why the catalog changed since the position `known` without being edited; None when it was edited, or not at all."""

    def position(self, known: Any) -> Any:
        """Where the catalog's history stands with what this cycle saw of it; `known` was remembered last."""


class Pace(Protocol):
    """When what was seen counts. A command run by hand takes what is there; who runs cycles on and on lets it settle."""

    def counts(self, replica: str, record: Record) -> bool:
        """Whether a record that nothing is remembered of has stood unchanged for long enough."""

    def confirm(self) -> None:
        """Called between the last reading and the first writing. Raises LitsyncError if what was read did not stand still."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a cycle works with.

    `others` are the replicas beside the catalog, in the order in which they are written; `memories` holds, by name, the
    memory each replica was built with. With a `pace`, a replica that is missing does not stop the others.
    """

    state: State
    catalog: Catalog
    others: Sequence[Replica]
    memories: Mapping[str, Memory]
    command: str = "push"
    progress: Progress = lambda *_: None
    statuses: tuple[str, ...] = STATUSES
    pace: Pace | None = None


@dataclass(slots=True)
class Result:
    """What a cycle found and did.

    `plan` is None when nothing had changed anywhere, so that there was nothing to plan. `catalog` is what was seen of the
    catalog, if it was looked into. `unreachable` are the replicas that could not be looked at, or stopped answering.
    `young` are the new records that have not stood for long enough yet: nothing was done about them.
    """

    plan: Plan | None = None
    catalog: Snapshot | None = None
    scope: Scope = frozenset()
    outcomes: list[Outcome] = field(default_factory=list)
    unreachable: dict[str, LitsyncError] = field(default_factory=dict)
    young: frozenset[RecordId] = frozenset()

    def renamed(self) -> bool:
        """Whether a name in the catalog changed, by which other replicas spell things: another cycle brings it there."""
        written = (one for one in self.outcomes if one.operation.replica == CATALOG and one.verdict is Verdict.WRITTEN)
        return any(one.operation.record.kind is not Kind.PAPER for one in written)

    def followed_by(self, other: Result) -> Result:
        """Both cycles as one: what the first did, and what the second did and left undone."""
        mine, then = self.plan or Plan(), other.plan or Plan()
        return replace(
            other,
            plan=replace(then, operations=(*mine.operations, *then.operations)),
            outcomes=[*self.outcomes, *other.outcomes],
        )


def run(setup: Setup, policy: Policy, *, dry_run: bool = False) -> Result:
    """Run one cycle. With `dry_run` it stops at the plan, and nothing is written anywhere.

    Raises CatalogError and VaultError before any write; a Zotero library that cannot be reached is reported in the
    result, and the rest goes on. Afterwards every write that was proven is accounted, and every other one stays planned.
    """
    cycle = _Cycle(setup, Result())
    cycle.look()
    cycle.check(policy)
    if cycle.result.scope is None or cycle.result.scope:
        cycle.decide(policy)
    if setup.pace is not None:
        setup.pace.confirm()
    if not dry_run:
        cycle.journal()
        cycle.execute()
        cycle.finish(policy)
    return cycle.result


def _without(seen: Snapshot, young: frozenset[RecordId]) -> Snapshot:
    if young.isdisjoint(seen.records):
        return seen
    return replace(seen, records={key: record for key, record in seen.records.items() if key not in young})


def _union(one: Scope, other: Scope) -> Scope:
    return None if one is None or other is None else one | other


@dataclass(slots=True)
class _Cycle:
    """One cycle on its way. `reachable` are the replicas that have answered so far."""

    setup: Setup
    result: Result
    reachable: list[Replica] = field(default_factory=list)
    number: int | None = None
    states: dict[RecordId, RecordState] = field(default_factory=dict)

    def look(self) -> None:
        """Ask every replica what changed; the scope of the cycle is all of it, and what was left open."""
        scope = _union(self.setup.state.open_records(), self.setup.catalog.look())
        for replica in self.setup.others:
            try:
                scope = _union(scope, replica.look())
            except (ZoteroError, VaultError) as error:
                if isinstance(error, VaultError) and self.setup.pace is None:
                    raise
                self.result.unreachable[replica.name] = error
            else:
                self.reachable.append(replica)
        self.result.scope = scope

    def check(self, policy: Policy) -> None:
        """Go on without a replica that this cycle would write, and that is known to refuse it."""
        for replica in [one for one in self.reachable if one.name in policy.sinks]:
            try:
                replica.check_writable()
            except ZoteroError as error:
                self._lost(replica, error)

    def decide(self, policy: Policy) -> None:
        """Observe what is in scope in every replica, and plan."""
        seen = self.result.catalog = self.setup.catalog.observe(self.result.scope, Vocabulary())
        vocabulary = self._vocabulary()
        snapshots = [seen]
        for replica in list(self.reachable):
            try:
                replica.expect(seen.records)
                snapshots.append(replica.observe(self.result.scope, vocabulary))
            except ZoteroError as error:
                self._lost(replica, error)
        # Imported here: a push with nothing to do decides nothing, and starts the faster for it.
        from litsync.core.plan import plan

        policy = replace(policy, allowed=_allowed(vocabulary, self.setup.statuses))
        known = self.setup.state.records(self.result.scope)
        self.result.plan = plan(known, self._grown(snapshots, known), policy)

    def _grown(self, snapshots: list[Snapshot], known: Mapping[RecordId, RecordState]) -> list[Snapshot]:
        """The snapshots without the new records that have to stand for a while first. When all is new, nothing has to."""
        pace = self.setup.pace
        if pace is None or (self.result.scope is None and not known):
            return snapshots
        self.result.young = frozenset(
            record
            for seen in snapshots
            for record, found in seen.records.items()
            if record not in known and not pace.counts(seen.replica, found)
        )
        return [_without(seen, self.result.young) for seen in snapshots]

    def _vocabulary(self) -> Vocabulary:
        now = self.setup.catalog.vocabulary()
        return Vocabulary(now.title, now.methods, now.sections, self._tags(now), now.papers)

    def _tags(self, now: Vocabulary) -> frozenset[str]:
        """All tags of the catalog: a look at a part of it does not see those of the rest, which are remembered."""
        return now.tags if self.result.scope is None else now.tags | frozenset(self.setup.state.fact("tags") or ())

    def _lost(self, replica: Replica, error: LitsyncError) -> None:
        self.result.unreachable[replica.name] = error
        self.reachable.remove(replica)

    def journal(self) -> None:
        """Make the plan durable before the first write, if there is anything to remember or to do."""
        made = self.result.plan
        if made is None:
            return
        known = self.setup.state.records(self.result.scope)
        busy = {operation.record for operation in made.operations}
        changed = {record: new for record, new in made.state.items() if record in busy or known.get(record) != new}
        self.states = dict(made.state)
        if changed:
            self.number = self.setup.state.begin(self.setup.command, _now(), plan_to_json(made), changed)

    def execute(self) -> None:
        """Carry out the plan, replica by replica. One that stops answering does not stop the others."""
        made = self.result.plan
        if made is None or self.number is None:
            return
        for replica in (self.setup.catalog, *self.reachable):
            operations = [operation for operation in made.operations if operation.replica == replica.name]
            try:
                self._write(replica, operations)
            except LitsyncError as error:
                self.result.unreachable[replica.name] = error
                self.reachable = [one for one in self.reachable if one is not replica]

    def _write(self, replica: Replica, operations: list[Operation]) -> None:
        """Carry out one replica's operations, making the outcomes durable in portions."""
        portion: list[Outcome] = []
        try:
            for done, outcome in enumerate(replica.apply(operations) if operations else (), 1):
                portion.append(outcome)
                self.setup.progress(replica.name, done, len(operations))
                if len(portion) == _TOGETHER:
                    self._settle(replica, portion)
                    portion = []
        finally:
            # Also when the replica stopped answering: what it did before that is done.
            self._settle(replica, portion)

    def _settle(self, replica: Replica, portion: list[Outcome]) -> None:
        from litsync.core.account import account

        assert self.number is not None
        for outcome in portion:
            record = outcome.operation.record
            self.states[record] = account(self.states[record], outcome)
        settled = {outcome.operation.record: self.states[outcome.operation.record] for outcome in portion}
        self.setup.state.settle(self.number, self.setup.memories[replica.name], portion, settled)
        replica.committed()
        self.result.outcomes += portion

    def finish(self, policy: Policy) -> None:
        """Remember what was seen. What could not be looked at, or is not settled, is looked at again next time."""
        facts: dict[str, object] = {}
        if self.result.catalog is not None:
            facts["tags"] = sorted(self._tags(self.setup.catalog.vocabulary()))
        self.setup.state.forget_records(self.result.plan.forgotten if self.result.plan else ())
        self.setup.catalog.close()
        if CATALOG in policy.sources:
            facts["git"] = self.setup.catalog.position(self.setup.state.fact("git"))
        for replica in self.reachable:
            replica.close()
        memories = {
            replica.name: self.setup.memories[replica.name] for replica in (self.setup.catalog, *self.reachable)
        }
        self.setup.state.finish(self.number, _now(), facts, memories, self._unfinished())

    def _unfinished(self) -> Scope:
        made = self.result.plan or Plan()
        if self.result.renamed():
            return None
        if self.result.unreachable:
            return _union(self.result.scope, self.setup.state.open_records())
        whole = (o for o in self.result.outcomes if o.verdict is Verdict.WRITTEN and not o.reason)
        ended = {(o.operation.replica, o.operation.record) for o in whole}
        found = {o.record for o in made.operations if (o.replica, o.record) not in ended}
        found |= self.result.young
        found |= {row.record for row in made.waiting}
        found |= {row.record for row in made.holds}
        found |= {row.record for row in made.conflicts}
        found |= {row.record for row in made.differences}
        found |= {problem.record for problem in made.problems if problem.record is not None}
        # What stands for no paper is listed again next time; the list itself is looked at for what has no name at all.
        found |= {stranger.record or _LIST for stranger in made.strangers}
        return frozenset(found)


def _allowed(words: Vocabulary, statuses: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """What the catalog may hold, where not every value of the right form will do."""
    from litsync.formats.catalog_yaml import item_types

    methods = frozenset(words.methods)
    return {
        "methods": methods,
        "parent": methods,
        "sections": frozenset(words.sections),
        "status": frozenset(statuses),
        "type": frozenset(item_types()),
    }


def _now() -> str:
    """The wall clock, for people who read the journal; nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="seconds")

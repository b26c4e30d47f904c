"""The cycle: observe, plan, journal, execute, account. `push` and its `--dry-run` are this cycle with a policy.

Decides in which order things become durable, and what a replica that fails does to the rest. Knows replicas only through
`replicas.base`; what to do is decided in `core.plan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from litsync.core.fields import TABLE
from litsync.core.model import (
    CATALOG,
    Account,
    Action,
    Fields,
    Kind,
    Operation,
    Outcome,
    Plan,
    RecordId,
    RecordState,
    Snapshot,
    Verdict,
)
from litsync.core.policy import Decisions, Policy
from litsync.errors import LitsyncError, VaultError, ZoteroError
from litsync.formats.plan_json import business_to_json, plan_to_json
from litsync.replicas.base import Beside, Replica, Scope, Vocabulary
from litsync.setup import Looks, Setup
from litsync.state import now

_LIST = RecordId(Kind.LIST, "list")
_NEVER = Account(None, 0)
_TOGETHER = 500
"""Outcomes that become durable in one transaction. A crash costs at most so many looks; it never repeats a write."""


@dataclass(slots=True)
class Result:
    """What a cycle found and did.

    `plan` is None when nothing had changed anywhere, so that there was nothing to plan. `catalog` is what was seen of the
    catalog, if it was looked into. `unreachable` are the replicas that could not be looked at, or stopped answering.
    `addressed` are the records of which one replica has told an address that another does not have yet.
    `young` are the new records that have not stood for long enough yet: nothing was done about them. `beside`, of a dry run
    alone, are the files that would follow, each with its replica.
    """

    plan: Plan | None = None
    catalog: Snapshot | None = None
    scope: Scope = frozenset()
    outcomes: list[Outcome] = field(default_factory=list)
    unreachable: dict[str, LitsyncError] = field(default_factory=dict)
    young: frozenset[RecordId] = frozenset()
    addressed: frozenset[RecordId] = frozenset()
    beside: list[tuple[str, Beside]] = field(default_factory=list)

    def goes_on(self) -> bool:
        """Whether another cycle has more to do.

        It has when the catalog got something new, names changed by which other replicas spell things, what was made in one
        replica has an address there that belongs into another, or a method of litsync's own making may be one no more.
        """
        return self.renamed() or bool(self.addressed) or bool(self.plan and self.plan.loose)

    def renamed(self) -> bool:
        """Whether the catalog got something new, or a name changed by which other replicas spell things."""
        written = (
            o.operation for o in self.outcomes if o.operation.replica == CATALOG and o.verdict is Verdict.WRITTEN
        )
        return any(one.record.kind is not Kind.PAPER or one.action is not Action.UPDATE for one in written)

    def took_back(self) -> bool:
        """Whether something of litsync's own making went from the catalog: a name that was close to it means no slip now."""
        gone = set(self.plan.withdrawn) if self.plan else set()
        return any(o.operation.record in gone and o.verdict is Verdict.WRITTEN for o in self.outcomes)

    def overtaken(self) -> bool:
        """Whether somebody was faster: a record changed between the look and the write. Another cycle looks again."""
        return any(outcome.verdict is Verdict.STALE for outcome in self.outcomes)

    def followed_by(self, other: Result) -> Result:
        """Both cycles as one: what the first did, and what the second did and left undone."""
        mine, then = self.plan or Plan(), other.plan or Plan()
        stale = {(o.operation.replica, o.operation.record) for o in self.outcomes if o.verdict is Verdict.STALE}
        kept = (one for one in mine.operations if (one.replica, one.record) not in stale)
        return replace(
            other,
            plan=replace(
                then,
                operations=(*kept, *then.operations),
                edits=(*mine.edits, *then.edits),
                withdrawn=(*mine.withdrawn, *then.withdrawn),
            ),
            outcomes=[*(o for o in self.outcomes if o.verdict is not Verdict.STALE), *other.outcomes],
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
    if dry_run and cycle.result.plan is not None:
        sinks = [one for one in (setup.catalog, *cycle.reachable) if one.name in policy.sinks]
        cycle.result.beside = [(replica.name, found) for replica in sinks for found in replica.beside()]
    if not dry_run:
        cycle.journal()
        cycle.execute()
        cycle.finish(policy)
        setup.follow(cycle.result)
    return cycle.result


def _named(said: Decisions) -> Iterator[RecordId]:
    """The records that a person's decisions are about."""
    yield from said.created
    yield from said.removed
    yield from said.taken_back
    yield from (record for record, _ in said.wishes)


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
        # An answer may be about anything that was ever shown: everything is looked at again.
        said = self.setup.decisions
        scope = None if said.answers else _union(scope, frozenset(_named(said)))
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
        # Imported here: a push with nothing to do decides nothing, and starts the faster for it.
        from litsync.deciding import Deciding

        scope = self.result.scope
        deciding = Deciding(self.setup, policy, scope, self._observed(policy))
        if wider := deciding.wants_more():
            self.result.scope = _union(scope, wider)
            deciding = Deciding(self.setup, policy, self.result.scope, self._observed(policy))
        for replica in self.reachable:
            for where, record in deciding.adopted(replica.name).items():
                replica.adopt(where, record)
        deciding.withdraw(self._is_untouched)
        self.result.plan = deciding.plan()
        self.result.young = deciding.young

    def _is_untouched(self, record: RecordId, said: Fields | None) -> bool:
        """Whether what stands for the record is wholly litsync's, wherever it is; every replica must be there to be asked.

        With what was `said` of it when its entry was made, that entry is litsync's, whatever git has.
        """
        if len(self.reachable) < len(self.setup.others):
            return False
        catalog = self.setup.catalog
        try:
            ours = catalog.untouched(record) if said is None else catalog.is_as_made(record, said)
            theirs = self.setup.decisions.left.get(record)
            return ours and all(replica.untouched(record) for replica in self.reachable if replica.name != theirs)
        except LitsyncError:
            return False

    def _observed(self, policy: Policy) -> Looks:
        seen = self.result.catalog = self.setup.catalog.observe(self.result.scope, Vocabulary())
        if self.result.scope is None and CATALOG in policy.sources:
            self._carry_sections(seen)
        words = self._vocabulary()
        words = replace(words, tags=words.tags | self._tags_of_the_gone(seen))
        snapshots = {CATALOG: seen}
        for replica in list(self.reachable):
            try:
                replica.expect(seen.records)
                snapshots[replica.name] = replica.observe(self.result.scope, words)
            except ZoteroError as error:
                self._lost(replica, error)
        return Looks(snapshots, words)

    def _carry_sections(self, seen: Snapshot) -> None:
        """A section that got another id in the catalog is the same one, and keeps its subcollection; all must be there for it."""
        gone = [one for one in self.setup.state.ids() if one.kind is Kind.SECTION and one not in seen.records]
        if not gone or len(self.reachable) < len(self.setup.others):
            return
        from litsync.core.renamed_ids import carried_section, same_sections

        for old, new in same_sections(known := self.setup.state.records(None), seen).items():
            memories = {replica.name: self.setup.memories[replica.name] for replica in self.reachable}
            for replica in self.reachable:
                replica.renamed(old, new)
            self.setup.state.rename(old, new, carried_section(known, old, new), memories)
            known = self.setup.state.records(None)

    def _vocabulary(self) -> Vocabulary:
        now = self.setup.catalog.vocabulary()
        return replace(now, tags=self._tags(now))

    def _tags(self, now: Vocabulary) -> frozenset[str]:
        """All tags of the catalog: a look at a part of it does not see those of the rest, which are remembered."""
        return now.tags if self.result.scope is None else now.tags | frozenset(self.setup.state.fact("tags") or ())

    def _tags_of_the_gone(self, seen: Snapshot) -> frozenset[str]:
        """The tags of papers that the catalog has no more: elsewhere they are still spelled by them."""
        scope = self.setup.state.ids() if self.result.scope is None else self.result.scope
        gone = frozenset(record for record in scope if record.kind is Kind.PAPER and record not in seen.records)
        known = (state.fields.get("tags") for state in self.setup.state.records(gone).values())
        return frozenset(str(tag) for one in known if one is not None for tag in one.target or ())

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
        changed = {**self.setup.state.records(frozenset(made.loose)), **changed}
        self.states = dict(made.state)
        if changed:
            memories = {replica.name: self.setup.memories[replica.name] for replica in self.reachable}
            self.number = self.setup.state.begin(self.setup.command, now(), plan_to_json(made), changed, memories)

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

    def _addressed(self) -> Iterator[RecordId]:
        """The records that were made in one replica, which told their address, and have another home that lacks it."""
        for outcome in self.result.outcomes:
            record, told = (
                outcome.operation.record,
                outcome.proven.keys() - {c.field for c in outcome.operation.changes},
            )
            state = self.states[record]
            for name in told:
                field, homes = state.fields[name], state.homes & TABLE[record.kind][name].carriers
                if any(field.accounts.get(home, _NEVER).revision < field.revision for home in homes):
                    yield record

    def finish(self, policy: Policy) -> None:
        """Remember what was seen. What could not be looked at, or is not settled, is looked at again next time."""
        facts: dict[str, object] = {}
        self.result.addressed = frozenset(self._addressed())
        if self.result.catalog is not None:
            facts["tags"] = sorted(self._tags(self.setup.catalog.vocabulary()))
        if self.result.plan is not None:
            ended = [record for record, state in self.states.items() if state.gone and not state.homes]
            self.setup.state.forget_records((*self.result.plan.forgotten, *ended))
        facts["business"] = business_to_json(self.result.plan or Plan())
        facts["unreachable"] = sorted(error.message for error in self.result.unreachable.values())
        self.setup.catalog.close()
        if CATALOG in policy.sources:
            facts["git"] = self.setup.catalog.position(self.setup.state.fact("git"))
        for replica in self.reachable:
            replica.close()
        memories = {
            replica.name: self.setup.memories[replica.name] for replica in (self.setup.catalog, *self.reachable)
        }
        self.setup.state.finish(self.number, now(), facts, memories, self._unfinished())

    def _unfinished(self) -> Scope:
        made = self.result.plan or Plan()
        if self.result.renamed():
            return None
        if self.result.unreachable:
            return _union(self.result.scope, self.setup.state.open_records())
        whole = (o for o in self.result.outcomes if o.verdict is Verdict.WRITTEN and not o.reason)
        ended = {(o.operation.replica, o.operation.record) for o in whole}
        found = {o.record for o in made.operations if (o.replica, o.record) not in ended}
        found |= self.result.young | self.result.addressed
        found.update(made.later, made.loose)
        found |= {row.record for row in made.waiting}
        found |= {row.record for row in made.holds}
        found |= {row.record for row in made.conflicts}
        found |= {row.record for row in made.differences}
        found |= {problem.record for problem in made.problems if problem.record is not None}
        # What stands for no paper is listed again next time; the list itself is looked at for what has no name at all.
        found |= {stranger.record or _LIST for stranger in made.strangers}
        return frozenset(found)

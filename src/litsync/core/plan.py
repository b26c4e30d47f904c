"""The decision: from what is remembered and what was seen, everything that shall happen, as a value.

`plan` is pure and does not depend on the order of its inputs. Per field the state holds a target and, per replica, the
accounted value; the rules are those of `docs/architecture.md`, "How a field is reconciled". Must not know what a note,
an item or a YAML file is.

A replica that carries a field is, in each cycle, one of: *agreeing* (its value is the target), *changed* (its value is
not the accounted one), *behind* (its value is accounted, the target is newer), *differing* (its own value is accounted
beside the target), or seen for the *first* time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from litsync.core.fields import TABLE, Field, carried
from litsync.core.merge import delivered, members, merge, without
from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Account,
    Action,
    Change,
    Conflict,
    Difference,
    FieldState,
    Hold,
    Kind,
    Operation,
    Outcome,
    Plan,
    Policy,
    Problem,
    Reason,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    State,
    Stranger,
    Value,
    Verdict,
    Waiting,
)
from litsync.core.values import FieldKind, unique

_UNSEEN = FieldState(None, 0, {})
_EMPTY = Account(None, 0)
_ORDER = {kind: rank for rank, kind in enumerate((Kind.LIST, Kind.SECTION, Kind.METHOD, Kind.PAPER))}


def plan(state: State, snapshots: Iterable[Snapshot], policy: Policy) -> Plan:
    """Decide about every record that is remembered or was seen. Equal inputs give equal plans, whatever their order."""
    looks = {snapshot.replica: snapshot for snapshot in sorted(snapshots, key=lambda s: s.replica)}
    seen = {record for look in looks.values() for record in (*look.records, *look.unknown)}
    draft = _Draft(policy, looks, _dropped(state, looks))
    for record in sorted(seen | state.keys(), key=lambda r: (_ORDER[r.kind], r.key)):
        draft.take(record, state.get(record))
    return draft.finished()


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    policy: Policy
    looks: Mapping[str, Snapshot]
    dropped: Mapping[tuple[str, Value], RecordId]
    operations: list[Operation] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    strangers: set[Stranger] = field(default_factory=set)
    forgotten: list[RecordId] = field(default_factory=list)
    state: dict[RecordId, RecordState] = field(default_factory=dict)

    def take(self, record: RecordId, before: RecordState | None) -> None:
        """Decide about one record."""
        present = {r: look.records[record] for r, look in self.looks.items() if record in look.records}
        if before is None and CATALOG not in present:
            self.strangers |= {Stranger(r, str(record), _title(found), record) for r, found in present.items()}
            return
        if before is None and (old := self._old_name(present.get(CATALOG))) is not None:
            self.holds.append(Hold(CATALOG, record, f"looks like {old.key} under another citekey", _CHOSEN_ONCE))
            return
        before = before or RecordState({}, frozenset())
        absent = {r for r, look in self.looks.items() if look.complete and not _sees(look, record)}
        vanished = sorted(absent & before.homes)
        if before.homes and before.homes == absent & before.homes:
            self.forgotten.append(record)
            return
        self.holds += [_vanished(replica, record) for replica in vanished]
        new = frozenset() if vanished else (absent - before.homes) & self.policy.sinks
        self._fields(_Task(record, before, present, frozenset(r for r in new if carried(record.kind, r))))

    def _old_name(self, found: Record | None) -> RecordId | None:
        """The paper that left the catalog when this new one came, if both are one work."""
        named = ((name, found.fields.get(name)) for name in _SAME_WORK) if found else ()
        return next((self.dropped[pair] for pair in named if pair in self.dropped), None)

    def _fields(self, task: _Task) -> None:
        record = task.record
        decided = {row.name: _decide(row, task, self.policy) for row in task.rows()}
        states = {name: found.state for name, found in decided.items() if found.state is not _UNSEEN}
        self.state[record] = RecordState(states, task.before.homes | task.present.keys())
        for name, found in decided.items():
            self.waiting += found.waiting
            self.differences += found.differences
            if (clash := found.state.conflict) is not None:
                self.conflicts.append(Conflict(record, name, found.state.target, clash))
        for replica in sorted(task.present):
            changes = tuple(found.changes[replica] for found in decided.values() if replica in found.changes)
            if changes:
                self.operations.append(Operation(replica, Action.UPDATE, record, changes))
        self.operations += [_creation(replica, record, states) for replica in sorted(task.creates)]

    def finished(self) -> Plan:
        """The plan, in a fixed order."""
        strangers = self.strangers.union(*(look.strangers for look in self.looks.values()))
        return Plan(
            operations=tuple(self.operations),
            waiting=tuple(self.waiting),
            holds=tuple(self.holds),
            conflicts=tuple(self.conflicts),
            differences=tuple(self.differences),
            strangers=tuple(sorted(strangers, key=lambda s: (s.replica, s.where, s.title))),
            problems=tuple(dict.fromkeys(_problems(self.looks.values()))),
            state=self.state,
            forgotten=tuple(self.forgotten),
        )


@dataclass(frozen=True, slots=True)
class _Task:
    """One record under decision: what is remembered of it, what each replica says, and where it shall be created."""

    record: RecordId
    before: RecordState
    present: Mapping[str, Record]
    creates: frozenset[str]

    def rows(self) -> Iterable[Field]:
        """The fields that need a look: those with a value anywhere, or that had one."""
        named = set(self.before.fields).union(*(found.fields for found in self.present.values()))
        return (row for row in TABLE[self.record.kind].values() if row.name in named)


def _problems(looks: Iterable[Snapshot]) -> Iterable[Problem]:
    for look in looks:
        yield from look.problems
        yield from look.unknown.values()


def _sees(look: Snapshot, record: RecordId) -> bool:
    return record in look.records or record in look.unknown


def _title(record: Record) -> str:
    title = record.fields.get("title") or record.fields.get("name")
    return title if isinstance(title, str) else ""


_SAME_WORK = ("doi", "arxiv", "url")
_CHOSEN_ONCE = "a citekey is chosen once: give it the old one again, or delete the old note and item first"


def _dropped(state: State, looks: Mapping[str, Snapshot]) -> Mapping[tuple[str, Value], RecordId]:
    """The papers that the catalog had and has no more, by what identifies the work."""
    look = looks.get(CATALOG)
    if look is None or not look.complete:
        return {}
    gone = (r for r, known in state.items() if CATALOG in known.homes and r.kind is Kind.PAPER and not _sees(look, r))
    known = ((name, record, state[record].fields.get(name)) for record in gone for name in _SAME_WORK)
    return {(name, one.target): record for name, record, one in known if one and one.target is not None}


_GONE = {
    CATALOG: (
        "is no longer in the catalog",
        "what it has in the vault and in Zotero stays; put it back, or delete that too",
    ),
    VAULT: ("has no note in the vault any more", "put the note back (Obsidian keeps deleted notes in its trash)"),
    ZOTERO: ("is no longer in the Zotero collection", "put the item back into the collection (look in Zotero's trash)"),
}


def _vanished(replica: str, record: RecordId) -> Hold:
    reason, hint = _GONE.get(replica, (f"is gone from {replica}", "put it back there"))
    return Hold(replica, record, reason, hint)


def _creation(replica: str, record: RecordId, states: Mapping[str, FieldState]) -> Operation:
    ready = {name: state.target for name, state in states.items() if state.conflict is None}
    rows = (row for row in carried(record.kind, replica) if ready.get(row.name) is not None)
    return Operation(replica, Action.CREATE, record, tuple(Change(row.name, None, ready[row.name]) for row in rows))


# ── one field ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Decision:
    """What was decided about one field of one record."""

    state: FieldState
    changes: dict[str, Change] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def _decide(row: Field, task: _Task, policy: Policy) -> _Decision:
    if not task.before.homes and len(task.present) == 1:
        return _Decision(_first_state(row, task))
    before = _with_homes(row, task)
    seen, refused = _seen(row, before, task, policy)
    if before.conflict is not None:
        return _Decision(_still_in_conflict(row, before, seen))
    sources = {r for r in seen if r in policy.sources and (r == CATALOG or not row.derived)}
    changed = {r: seen[r] for r in sources if _has_changed(row, before, r, seen[r])}
    new = sources - before.accounts.keys() - row.foreign_in
    merged = merge(row, before, changed, {r: seen[r] for r in new if seen[r] is not None})
    if merged.clash:
        return _Decision(replace(before, conflict=_all_values(before, seen)), waiting=refused)
    decision = _Decision(before, waiting=refused)
    delivery = _Delivery(row, task, policy, merged.target, merged.revision, dict(merged.accounts), decision)
    for replica in sorted(seen):
        delivery.deliver(replica, seen[replica])
    decision.state = _state_of(row, task, delivery)
    return decision


def _seen(row: Field, before: FieldState, task: _Task, policy: Policy) -> tuple[dict[str, Value], list[Waiting]]:
    """The values that count, by replica; what the catalog may not hold does not, and is listed."""
    seen: dict[str, Value] = {}
    refused: list[Waiting] = []
    for replica, found in task.present.items():
        if replica not in row.carriers or row.name in found.unreadable:
            continue
        value = _own(row, before, replica, found.fields.get(row.name))
        if replica in row.stays_in and before.target is None and _catalog_has_none(row, task):
            continue
        taken = value if replica == CATALOG else _allowed(row, before, replica, value, policy)
        if not row.same(taken, value) or (replica != CATALOG and _emptied(row, before, replica, value)):
            kept = members(row, taken).values()
            wrong = without(row, value, kept) if row.kind is FieldKind.SET else value
            refused.append(Waiting(replica, task.record, row.name, wrong, before.target, Reason.REFUSED))
            if row.kind is not FieldKind.SET:
                continue
        seen[replica] = taken
    return seen, refused


def _emptied(row: Field, before: FieldState, replica: str, value: Value) -> bool:
    account = before.accounts.get(replica, _EMPTY)
    return row.required and value is None and account.value is not None


def _catalog_has_none(row: Field, task: _Task) -> bool:
    return CATALOG not in task.present or task.present[CATALOG].fields.get(row.name) is None


def _allowed(row: Field, before: FieldState, replica: str, value: Value, policy: Policy) -> Value:
    """The value without what the catalog may not hold. What was accounted there is no news, whatever is allowed now."""
    allowed, known = policy.allowed.get(row.name), before.accounts.get(replica, _EMPTY).value
    if allowed is None or value is None or row.same(value, known):
        return value
    if isinstance(value, str):
        return value if value in allowed else None
    kept = members(row, known).keys()
    return unique(text for key, text in members(row, value).items() if key in kept or text in allowed)


def _first_state(row: Field, task: _Task) -> FieldState:
    """A record that one replica alone has, and that was never seen before: its value is the target."""
    ((replica, found),) = task.present.items()
    value = found.fields.get(row.name)
    if row.name in found.unreadable or replica not in row.carriers or value is None:
        return _UNSEEN
    return FieldState(value, 1, {replica: Account(value, 1)})


def _with_homes(row: Field, task: _Task) -> FieldState:
    """The remembered state, with an account "no value yet" for every home of the record that had no such field."""
    before = task.before.fields.get(row.name, _UNSEEN)
    missing = [r for r in task.before.homes if r in row.carriers and r not in before.accounts]
    return replace(before, accounts={**before.accounts, **dict.fromkeys(missing, _EMPTY)}) if missing else before


def _own(row: Field, before: FieldState, replica: str, value: Value) -> Value:
    """The value without the members that were there before litsync came."""
    account = before.accounts.get(replica)
    return without(row, value, account.foreign) if account is not None and account.foreign else value


def _has_changed(row: Field, before: FieldState, replica: str, value: Value) -> bool:
    account = before.accounts.get(replica)
    return account is not None and not row.same(value, account.value) and not row.same(value, before.target)


def _all_values(before: FieldState, seen: Mapping[str, Value]) -> Mapping[str, Value]:
    return {r: account.value for r, account in sorted(before.accounts.items())} | {r: seen[r] for r in sorted(seen)}


def _still_in_conflict(row: Field, before: FieldState, seen: Mapping[str, Value]) -> FieldState:
    """A conflict ends when all replicas hold one value; until then it shows the values as they are now."""
    assert before.conflict is not None
    values = {**before.conflict, **{r: seen[r] for r in sorted(seen)}}
    first, *others = values.values()
    if not all(row.same(first, other) for other in others):
        return replace(before, conflict=values)
    revision = before.revision + 1
    accounts = {r: Account(value, revision, before.accounts.get(r, _EMPTY).foreign) for r, value in values.items()}
    return FieldState(first, revision, {**before.accounts, **accounts})


def _state_of(row: Field, task: _Task, delivery: _Delivery) -> FieldState:
    """The new state; the very one remembered if nothing changed, so that an idle cycle has nothing to store."""
    old = task.before.fields.get(row.name, _UNSEEN)
    kept = {r: account for r, account in delivery.accounts.items() if account is not _EMPTY}
    if delivery.revision == old.revision and kept == old.accounts:
        return old
    return FieldState(delivery.target, delivery.revision, kept)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Brings one field's target to the replicas, noting what cannot go there."""

    row: Field
    task: _Task
    policy: Policy
    target: Value
    revision: int
    accounts: dict[str, Account]
    decision: _Decision

    def deliver(self, replica: str, value: Value) -> None:
        """Decide what one replica, which holds `value`, needs."""
        account = self.accounts.get(replica)
        if self.row.same(value, self.target):
            self._agrees(replica, value, account)
        elif account is None:
            self._first(replica, value)
        elif not self.row.same(value, account.value):
            self._edited_there(replica, value, account)
        elif account.revision < self.revision:
            self._write(replica, value, self.target)
        elif not self.row.compatible(value, self.target):
            self._differs(replica, value)

    def _agrees(self, replica: str, value: Value, account: Account | None) -> None:
        if account is None or account.revision != self.revision or not self.row.same(account.value, value):
            self.accounts[replica] = Account(value, self.revision, account.foreign if account else ())
        if self.row.name in self.task.present[replica].stale:
            self._write(replica, value, self.target)

    def _first(self, replica: str, value: Value) -> None:
        if value is None:
            self._write(replica, value, self.target)
        elif replica in self.row.foreign_in:
            self._first_with_foreign(replica, value)
        elif self.target is None:
            self._wait(replica, value, Reason.EDITED)
        elif self.row.kind is FieldKind.SET:
            self._edited_there(replica, value, _EMPTY)
        else:
            self.accounts[replica] = Account(value, self.revision)
            if not self.row.compatible(value, self.target):
                self._differs(replica, value)

    def _first_with_foreign(self, replica: str, value: Value) -> None:
        """Members that the catalog does not have were somebody else's before litsync came."""
        wanted = members(self.row, self.target)
        here = members(self.row, value)
        shared = unique(text for key, text in here.items() if key in wanted)
        foreign = tuple(text for key, text in here.items() if key not in wanted)
        agrees = self.row.same(shared, self.target)
        self.accounts[replica] = Account(shared, self.revision if agrees else 0, foreign)
        if not agrees:
            self._write(replica, shared, self.target)

    def _edited_there(self, replica: str, value: Value, account: Account) -> None:
        """The edit waits; what the target changed in a set is brought all the same, beside it."""
        if self.row.kind is not FieldKind.SET or account.revision == self.revision:
            self._wait(replica, value, Reason.EDITED)
            return
        wanted = delivered(self.row, value, account, self.target)
        if not self.row.same(wanted, self.target):
            self._wait(replica, value, Reason.EDITED)
        if not self.row.same(wanted, value):
            self._write(replica, value, wanted)

    def _write(self, replica: str, value: Value, wanted: Value) -> None:
        if replica not in self.policy.sinks:
            self._wait(replica, value, Reason.BEHIND)
        elif replica in self.row.fixed_in and value is not None:
            self._wait(replica, value, Reason.FIXED)
        else:
            self.decision.changes[replica] = Change(self.row.name, value, wanted)

    def _wait(self, replica: str, value: Value, reason: Reason) -> None:
        waiting = Waiting(replica, self.task.record, self.row.name, value, self.target, reason)
        self.decision.waiting.append(waiting)

    def _differs(self, replica: str, value: Value) -> None:
        self.decision.differences.append(Difference(self.task.record, self.row.name, replica, value, self.target))


# ── after the writing ────────────────────────────────────────────────────────────────────────────────────────────


def account(before: RecordState, outcome: Outcome) -> RecordState:
    """The record's state once `outcome` is known: only what was proven is accounted."""
    operation = outcome.operation
    rows, fields = TABLE[operation.record.kind], dict(before.fields)
    for change in operation.changes:
        if change.field in outcome.proven:
            fields[change.field] = _proven(rows[change.field], fields[change.field], outcome, change)
    wrote = outcome.verdict is Verdict.WRITTEN or bool(outcome.proven)
    return RecordState(fields, before.homes | {operation.replica} if wrote else before.homes)


def _proven(row: Field, state: FieldState, outcome: Outcome, change: Change) -> FieldState:
    replica, found = outcome.operation.replica, outcome.proven[change.field]
    if row.kind is FieldKind.SET and found != state.target:
        # What a person changed there beside it is still to be taken: the account is the target, less what got lost.
        had, arrived = members(row, change.old), members(row, found)
        lost = [text for key, text in members(row, change.new).items() if key not in had and key not in arrived]
        found = without(row, state.target, lost)
    old = state.accounts.get(replica, _EMPTY)
    accounts = {**state.accounts, replica: Account(found, state.revision, old.foreign)}
    return FieldState(state.target, state.revision, accounts, state.conflict)

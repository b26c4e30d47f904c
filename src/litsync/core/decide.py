"""The decision about one field of one record: its new target, what is written where, and what waits.

A replica that carries a field is, in each cycle, one of: *agreeing* (its value is the target), *changed* (its value is
not the accounted one), *behind* (its value is accounted, the target is newer), *differing* (its own value is accounted
beside the target), or seen for the *first* time. Must not know of other fields, or of records that come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from litsync.core import questions
from litsync.core.fields import TABLE, Field
from litsync.core.merge import Merged, delivered, members, merge, without
from litsync.core.model import (
    CATALOG,
    Account,
    Change,
    Difference,
    Edit,
    FieldState,
    Reason,
    Record,
    RecordId,
    RecordState,
    Value,
    Waiting,
)
from litsync.core.policy import WISHED, Decisions, Policy
from litsync.core.values import FieldKind, unique

UNSEEN = FieldState(None, 0, {})
EMPTY = Account(None, 0)


@dataclass(frozen=True, slots=True)
class Task:
    """One record under decision: what is remembered of it, what each replica says, and where it shall be created."""

    record: RecordId
    before: RecordState
    present: Mapping[str, Record]
    creates: frozenset[str]

    def rows(self, decisions: Decisions) -> Iterable[Field]:
        """The fields that need a look: those with a value anywhere, that had one, or that a person wishes one for."""
        named = set(self.before.fields).union(*(found.fields for found in self.present.values()))
        wishes = decisions.wishes
        rows = TABLE[self.record.kind].values()
        return (row for row in rows if row.name in named or (wishes and (self.record, row.name) in wishes))


@dataclass(slots=True)
class Decision:
    """What was decided about one field of one record."""

    state: FieldState
    changes: dict[str, Change] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)


def decide(row: Field, task: Task, policy: Policy) -> Decision:
    """What becomes of one field: the new target and accounts, the changes to write, and what waits."""
    if not task.before.homes and len(task.present) == 1 and row.name not in task.before.fields:
        return _first_seen(row, task, policy)
    before = _with_homes(row, task)
    seen, refused = _seen(row, before, task, policy)
    wished = _wished(row, before, seen, task.record, policy.decisions)
    if wished is None and before.conflict is not None:
        return Decision(_still_in_conflict(row, before, seen))
    now = wished or before
    sources = {r for r in seen if r in policy.sources and (r == CATALOG or not row.derived)}
    changed = {r: seen[r] for r in sources if _has_changed(row, now, r, seen[r])}
    new = sources - now.accounts.keys() - row.foreign_in
    first = {r: seen[r] for r in new if seen[r] is not None}
    merged = _told(row, now, seen) if row.told else merge(row, now, changed, first)
    if merged.clash:
        return Decision(replace(now, conflict=_all_values(now, seen)), waiting=refused)
    decision = Decision(now, waiting=refused)
    delivery = _Delivery(row, task, policy, merged.target, merged.revision, dict(merged.accounts), decision)
    for replica in sorted(seen):
        delivery.deliver(replica, seen[replica])
    decision.state = _state_of(row, task, delivery)
    if merged.revision != before.revision and (before.revision or task.before.homes) and not row.derived:
        origins = ("you",) if wished else tuple(sorted(changed or new))
        decision.edits.append(Edit(task.record, row.name, origins, before.target, merged.target))
    return decision


def _told(row: Field, before: FieldState, seen: Mapping[str, Value]) -> Merged:
    """What the replica that works the field out says now; as it was, if it says nothing and never did."""
    value, known = seen.get(row.derived_by), before.accounts.get(row.derived_by, EMPTY)
    silent = value is None and known.value is None
    if row.derived_by not in seen or silent or row.same(value, before.target):
        return Merged(before.target, before.revision, before.accounts)
    return Merged(value, before.revision + 1, before.accounts)


def _wished(
    row: Field, before: FieldState, seen: Mapping[str, Value], record: RecordId, decisions: Decisions
) -> FieldState | None:
    """The state after what a person said about the field; None when nothing was said that still fits.

    Of what a replica works out itself only that replica's value can count: nobody else's could be written there.
    """
    wish = before.target if row.derived else decisions.wishes.get((record, row.name), before.target)
    if before.conflict is not None:
        values = {**before.conflict, **seen}
        chosen = decisions.answers.get(questions.conflict(record, row.name, before.target, values).id)
        values[WISHED] = wish
        return _settled(before, values[chosen], seen) if chosen in values else None
    for replica, value in seen.items():
        account = before.accounts.get(replica)
        if account is not None and not row.same(value, before.target) and row.same(value, account.value):
            name = questions.difference(record, row.name, replica, value, before.target).id
            chosen = decisions.answers.get(name)
            if chosen is not None and (not row.derived or chosen == row.derived_by):
                return _settled(before, {replica: value, WISHED: wish}.get(chosen, before.target), seen)
    return _moved_to(row, before, wish)


def _moved_to(row: Field, before: FieldState, value: Value) -> FieldState | None:
    """The target moves as by an edit: what was edited elsewhere meanwhile is merged with it, or in conflict."""
    if row.same(before.target, value):
        return None
    return replace(before, target=value, revision=before.revision + 1)


def _settled(before: FieldState, value: Value, seen: Mapping[str, Value]) -> FieldState:
    """The value counts; what the replicas have now is known, and older."""
    accounts = dict(before.accounts)
    for replica, found in seen.items():
        accounts[replica] = Account(found, before.revision, before.accounts.get(replica, EMPTY).foreign)
    return FieldState(value, before.revision + 1, accounts)


def _seen(row: Field, before: FieldState, task: Task, policy: Policy) -> tuple[dict[str, Value], list[Waiting]]:
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
    account = before.accounts.get(replica, EMPTY)
    return row.required and value is None and account.value is not None


def _catalog_has_none(row: Field, task: Task) -> bool:
    return CATALOG not in task.present or task.present[CATALOG].fields.get(row.name) is None


def _allowed(row: Field, before: FieldState, replica: str, value: Value, policy: Policy) -> Value:
    """The value without what the catalog may not hold. What was accounted there is no news, whatever is allowed now."""
    allowed, known = policy.allowed.get(row.name), before.accounts.get(replica, EMPTY).value
    if allowed is None or value is None or row.same(value, known):
        return value
    if isinstance(value, str):
        return value if value in allowed else None
    kept = members(row, known).keys()
    return unique(text for key, text in members(row, value).items() if key in kept or text in allowed)


def _first_seen(row: Field, task: Task, policy: Policy) -> Decision:
    """A record that one replica alone has, and that was never seen before: its value is the target, if it may be."""
    seen, refused = _seen(row, UNSEEN, task, policy)
    told = {r: v for r, v in seen.items() if v is not None and (r == CATALOG or not row.derived)}
    states = (FieldState(value, 1, {replica: Account(value, 1)}) for replica, value in told.items())
    return Decision(next(states, UNSEEN), waiting=refused)


def _with_homes(row: Field, task: Task) -> FieldState:
    """The remembered state, with an account "no value yet" for every home of the record that had no such field."""
    before = task.before.fields.get(row.name, UNSEEN)
    missing = [r for r in task.before.homes if r in row.carriers and r not in before.accounts]
    return replace(before, accounts={**before.accounts, **dict.fromkeys(missing, EMPTY)}) if missing else before


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
    accounts = {r: Account(value, revision, before.accounts.get(r, EMPTY).foreign) for r, value in values.items()}
    return FieldState(first, revision, {**before.accounts, **accounts})


def _state_of(row: Field, task: Task, delivery: _Delivery) -> FieldState:
    """The new state; the very one remembered if nothing changed, so that an idle cycle has nothing to store."""
    old = task.before.fields.get(row.name, UNSEEN)
    kept = {r: account for r, account in delivery.accounts.items() if account is not EMPTY}
    if delivery.revision == old.revision and kept == old.accounts:
        return old
    return FieldState(delivery.target, delivery.revision, kept)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Brings one field's target to the replicas, noting what cannot go there."""

    row: Field
    task: Task
    policy: Policy
    target: Value
    revision: int
    accounts: dict[str, Account]
    decision: Decision

    def deliver(self, replica: str, value: Value) -> None:
        """Decide what one replica, which holds `value`, needs."""
        account = self.accounts.get(replica)
        if self.row.same(value, self.target):
            self._agrees(replica, value, account)
        elif replica == self.row.derived_by and value is None:
            pass  # it works out nothing, and is told nothing
        elif replica in self.row.kept_in:
            self._link(replica, value, account)
        elif account is None:
            self._first(replica, value)
        elif value is None and self.row.derived and replica in self.row.fixed_in:
            self._write(replica, value, self.target)  # as of an item that another one was merged into
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

    def _link(self, replica: str, value: Value, account: Account | None) -> None:
        """Litsync's own value follows what it leads to, and stands where there is none; anybody else's is left as it is."""
        known = account is not None and self.row.same(value, account.value) and not account.foreign
        if value is not None and not known:
            self.accounts[replica] = Account(value, self.revision, (value,) if isinstance(value, str) else ())
        elif replica in self.policy.sinks and (value is None or (account or EMPTY).revision < self.revision):
            self.decision.changes[replica] = Change(self.row.name, value, self.target)

    def _first(self, replica: str, value: Value) -> None:
        if value is None:
            self._write(replica, value, self.target)
        elif replica in self.row.foreign_in:
            self._first_with_foreign(replica, value)
        elif self.target is None:
            self._wait(replica, value, Reason.EDITED)
        elif self.row.kind is FieldKind.SET:
            self._edited_there(replica, value, EMPTY)
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
        found = questions.difference(self.task.record, self.row.name, replica, value, self.target)
        self.decision.differences.append(found)

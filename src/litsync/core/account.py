"""After the writing: what is accounted, once it is known what became of an operation.

Decides that only what was proven counts: reported, read back, or, after a crash, found to stand exactly as it was planned.
Must not know why the operation was planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from litsync.core.decide import EMPTY, UNSEEN
from litsync.core.fields import TABLE, Field
from litsync.core.merge import members, without
from litsync.core.model import (
    Account,
    Action,
    Change,
    Fields,
    FieldState,
    Outcome,
    RecordId,
    RecordState,
    Snapshot,
    State,
    Value,
    Verdict,
)
from litsync.core.values import FieldKind


def account(before: RecordState, outcome: Outcome) -> RecordState:
    """The record's state once `outcome` is known: only what was proven is accounted."""
    operation = outcome.operation
    if operation.action is Action.DELETE:
        gone = outcome.verdict is Verdict.WRITTEN
        return replace(before, homes=before.homes - {operation.replica}) if gone else before
    rows, fields = TABLE[operation.record.kind], dict(before.fields)
    for change in operation.changes:
        if change.field in outcome.proven:
            fields[change.field] = _proven(rows[change.field], fields[change.field], outcome, change)
    for name in outcome.proven.keys() - {change.field for change in operation.changes}:
        fields[name] = _told(rows[name], fields.get(name, UNSEEN), operation.replica, outcome.proven[name])
    wrote = outcome.verdict is Verdict.WRITTEN or bool(outcome.proven)
    return replace(before, fields=fields, homes=before.homes | {operation.replica} if wrote else before.homes)


def _told(row: Field, state: FieldState, replica: str, value: Value) -> FieldState:
    """A replica told of a new record what nobody had said: what it works out itself is the target."""
    new = replica == row.derived_by and not row.same(value, state.target)
    state = replace(state, target=value, revision=state.revision + 1) if new else state
    foreign = (value,) if isinstance(value, str) and not row.same(value, state.target) else ()
    return replace(state, accounts={**state.accounts, replica: Account(value, state.revision, foreign)})


def _proven(row: Field, state: FieldState, outcome: Outcome, change: Change) -> FieldState:
    replica, found = outcome.operation.replica, outcome.proven[change.field]
    if row.kind is FieldKind.SET and found != state.target:
        # What a person changed there beside it is still to be taken: the account is the target, less what got lost.
        had, arrived = members(row, change.old), members(row, found)
        lost = [text for key, text in members(row, change.new).items() if key not in had and key not in arrived]
        found = without(row, state.target, lost)
    old = state.accounts.get(replica, EMPTY)
    accounts = {**state.accounts, replica: Account(found, state.revision, old.foreign)}
    return FieldState(state.target, state.revision, accounts, state.conflict)


Doubtful = tuple[str, RecordId, Fields]
"""What an interrupted cycle may have written, nobody knows: where, of which record, and the values it had planned."""


def presumed(known: State, looks: Mapping[str, Snapshot], doubtful: Iterable[Doubtful]) -> State:
    """The state in which what stands somewhere exactly as an interrupted cycle had planned it is accounted as written.

    Without this, a later edit elsewhere would make litsync's own value look like a person's.
    """
    states = dict(known)
    for replica, record, planned in doubtful:
        found = looks[replica].records.get(record) if replica in looks else None
        before = states.get(record)
        if found is not None and before is not None:
            fields = dict(before.fields)
            for name in planned.keys() & fields.keys():
                change = Change(name, found.fields.get(name), planned[name])
                fields[name] = _written(TABLE[record.kind][name], fields[name], replica, change)
            states[record] = replace(before, fields=fields)
    return states


def _written(row: Field, state: FieldState, replica: str, change: Change) -> FieldState:
    """The field's state, if what stands there now is what was planned to."""
    old, value, planned = state.accounts.get(replica, EMPTY), change.old, change.new
    own = without(row, value, old.foreign)
    if state.conflict is not None or not row.same(own, planned) or row.same(own, old.value):
        return state
    revision = state.revision if row.same(planned, state.target) else state.revision - 1
    return replace(state, accounts={**state.accounts, replica: Account(own, revision, old.foreign)})

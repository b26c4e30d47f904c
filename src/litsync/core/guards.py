"""Guards: a plan that would change nearly everything, or that saw nearly everything vanish, waits for a person.

Decides only how much is too much at once. What is held back is planned again in the next cycle, all of it: one by one it
would be too little to be held. It is let through when a person has approved exactly it. Must not know why the changes came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from litsync.core.codec import to_json
from litsync.core.fields import TABLE
from litsync.core.merge import members
from litsync.core.model import Action, Change, Hold, Kind, Operation, Plan, RecordId
from litsync.core.questions import Choice, fingerprint
from litsync.core.values import FieldKind

_LIST = RecordId(Kind.LIST, "list")
_FEW = 10
_FEW_GONE = 5
_SHARE = 0.5


def guard(plan: Plan, papers: int, answers: Mapping[str, str]) -> Plan:
    """The plan without what must be approved first, with a hold in its place. `papers` is how many are known."""
    groups: dict[tuple[str, str], list[tuple[Operation, Change]]] = defaultdict(list)
    for operation in plan.operations:
        if operation.action is Action.UPDATE and operation.record.kind is Kind.PAPER:
            for change in operation.changes:
                if _loses(change):
                    groups[operation.replica, change.field].append((operation, change))
    held = {}
    for (replica, name), rows in groups.items():
        if len(rows) >= _FEW and len(rows) > papers * _SHARE:
            hold = _sweep(replica, name, rows, papers)
            if answers.get(hold.id) != Choice.GO:
                held[replica, name] = hold
    if not held:
        return plan
    thinned = (_without(operation, held.keys()) for operation in plan.operations)
    kept = tuple(operation for operation in thinned if operation.changes or operation.action is not Action.UPDATE)
    about = {operation.record for name in held for operation, _ in groups[name]}
    return replace(plan, operations=kept, holds=(*plan.holds, *held.values()), later=(*plan.later, *sorted(about)))


def _loses(change: Change) -> bool:
    """Whether something goes that stands there now: not where a set grows, or the same is spelled in another way."""
    row = TABLE[Kind.PAPER][change.field]
    if row.kind is FieldKind.SET:
        return not members(row, change.old).keys() <= members(row, change.new).keys()
    return change.old is not None and not row.same(change.old, change.new)


def _sweep(replica: str, name: str, rows: list[tuple[Operation, Change]], papers: int) -> Hold:
    shown = [[str(operation.record), to_json(change.old), to_json(change.new)] for operation, change in rows]
    reason = f"would have its `{name}` changed in {len(rows)} of {papers} papers at once"
    question = fingerprint("g", replica, name, shown)
    hint = f"`litsync approve {question} --dry-run` shows every one of them"
    return Hold(replica, _LIST, reason, hint, question, (Choice.GO,))


def _without(operation: Operation, held: Collection[tuple[str, str]]) -> Operation:
    if operation.action is not Action.UPDATE or operation.record.kind is not Kind.PAPER:
        return operation
    kept = tuple(one for one in operation.changes if (operation.replica, one.field) not in held)
    return operation if len(kept) == len(operation.changes) else replace(operation, changes=kept)


def fold(plan: Plan, papers: int) -> tuple[Plan, Mapping[str, tuple[str, ...]]]:
    """One question in place of many where nearly all papers are gone from a replica, and the questions it stands for."""
    gone: dict[str, list[Hold]] = defaultdict(list)
    for hold in plan.holds:
        if hold.id.startswith("gone-") and hold.record.kind is Kind.PAPER:
            gone[hold.replica].append(hold)
    folded: dict[str, tuple[str, ...]] = {}
    holds, about = list(plan.holds), list(plan.later)
    for replica, rows in sorted(gone.items()):
        if len(rows) >= _FEW_GONE and len(rows) > papers * _SHARE:
            name = fingerprint("all", replica, sorted(hold.id for hold in rows))
            folded[name] = tuple(hold.id for hold in rows)
            holds = [hold for hold in holds if hold not in rows]
            about += [hold.record for hold in rows]
            reason = f"has lost {len(rows)} of {papers} papers at once"
            hint = "is it the right one, and whole? nothing is done about any of them until you say so"
            holds.append(Hold(replica, _LIST, reason, hint, name, (Choice.RESTORE, Choice.REMOVE)))
    return (replace(plan, holds=tuple(holds), later=tuple(about)) if folded else plan), folded

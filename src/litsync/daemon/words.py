"""One cycle in the words of a log: what was done, and what a person has to decide.

Decides wording only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from litsync.core.model import CATALOG, VAULT, ZOTERO, Action, Change, Operation, Outcome, Plan, RecordId, Verdict
from litsync.errors import CatalogError, LitsyncError
from litsync.open_business import open_business
from litsync.replicas.vault_index import AWAY_NOW, OUT_OF_SIGHT, SAVED_NOW
from litsync.report import WITHDRAWN, counted
from litsync.words import WHERE, describe, name_of, show

HELD = "waits, nothing is sent: {}; `litsync sync` takes the catalog as it is now, and so does going back"
"""What is said while git has gone elsewhere."""

_ORDER = (CATALOG, VAULT, ZOTERO)
_MOST = 12
"""Records that are told of one by one; of more, only the counts."""


def done(outcomes: Sequence[Outcome]) -> list[str]:
    """What was written: one line for each record, or for each replica when there are many."""
    written = [outcome.operation for outcome in outcomes if outcome.verdict is Verdict.WRITTEN]
    records = list(dict.fromkeys(operation.record for operation in written))
    if len(records) > _MOST:
        return [f"{WHERE[replica]}: {counted(rows)}" for replica, rows in _by_replica(written)]
    written.sort(key=lambda operation: _ORDER.index(operation.replica))
    return [_told(record, [row for row in written if row.record == record]) for record in records]


def taken_back(plan: Plan) -> list[str]:
    """What went though no person removed it, and why."""
    return [f"{name_of(record)}: {WITHDRAWN}" for record in plan.withdrawn]


def _by_replica(operations: Iterable[Operation]) -> Iterator[tuple[str, list[Operation]]]:
    ordered = sorted(operations, key=lambda row: row.replica)
    return ((replica, list(rows)) for replica, rows in groupby(ordered, key=lambda row: row.replica))


def _told(record: RecordId, operations: Sequence[Operation]) -> str:
    parts = []
    for verb, action in (("added to", Action.CREATE), ("removed from", Action.DELETE)):
        if where := [WHERE[row.replica] for row in operations if row.action is action]:
            parts.append(f"{verb} {_together(where)}")
    changes: dict[Change, list[str]] = {}
    for row in operations:
        for change in row.changes if row.action is Action.UPDATE else ():
            changes.setdefault(change, []).append(WHERE[row.replica])
    parts += [_changed(change, where) for change, where in changes.items()]
    return f"{name_of(record)}: {'; '.join(parts)}"


def _changed(change: Change, where: Sequence[str]) -> str:
    return f"{change.field} {show(change.old)} → {show(change.new)} in {_together(where)}"


def _together(where: Sequence[str]) -> str:
    return " and ".join(where)


def failed(outcomes: Iterable[Outcome]) -> list[str]:
    """What could not be written, and why."""
    return [
        f"{name_of(outcome.operation.record)} could not be written in {WHERE[outcome.operation.replica]}: {outcome.reason}"
        for outcome in outcomes
        if outcome.verdict is Verdict.FAILED
    ]


def for_a_person(plan: Plan) -> Plan:
    """The plan without what settles by itself, a note that is being saved, and without what a folder is told for."""
    mute = (AWAY_NOW, SAVED_NOW, OUT_OF_SIGHT)
    return replace(plan, problems=tuple(row for row in plan.problems if not row.message.startswith(mute)))


def to_decide(plan: Plan) -> list[str]:
    """What waits for a person: problems, holds and conflicts."""
    groups = zip(("problem", "on hold", "conflict"), open_business(plan), strict=False)
    return [f"{what}: {row}" for what, (_, _, found) in groups for row in found]


def explained(error: LitsyncError) -> list[str]:
    """An error and what to do about it; of a catalog, every problem."""
    hint = f"; {error.hint}" if error.hint else ""
    problems = error.problems if isinstance(error, CatalogError) else ()
    return [f"{error.message}{hint}", *(describe(problem) for problem in problems)]

"""A plan as JSON: what `--json` prints and the journal keeps. The form is documented in `docs/json.md`.

Decides names and order only; within one `SCHEMA` keys are added, never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litsync.core.codec import from_json, to_json
from litsync.core.model import (
    Conflict,
    Difference,
    Hold,
    Operation,
    Place,
    Plan,
    Problem,
    Reason,
    RecordId,
    Stranger,
    Waiting,
)

SCHEMA = 1


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan without its state: what was taken in, what would be done, and what is not done and why."""
    operations = [_operation_to_json(operation) for operation in plan.operations]
    edits = [
        {
            "record": str(row.record),
            "field": row.field,
            "origins": list(row.origins),
            "old": to_json(row.old),
            "new": to_json(row.new),
        }
        for row in plan.edits
    ]
    withdrawn = [str(record) for record in plan.withdrawn]
    return {"edits": edits, "operations": operations, "withdrawn": withdrawn, **business_to_json(plan)}


def business_to_json(plan: Plan) -> dict[str, Any]:
    """What a plan leaves open: what waits, what needs a person, what stands for no paper, what must be mended."""
    return {
        "waiting": [
            {
                "replica": row.replica,
                "record": str(row.record),
                "field": row.field,
                "value": to_json(row.value),
                "target": to_json(row.target),
                "reason": row.reason,
            }
            for row in plan.waiting
        ],
        "holds": [
            {
                "id": row.id,
                "replica": row.replica,
                "record": str(row.record),
                "reason": row.reason,
                "hint": row.hint,
                "choices": list(row.choices),
            }
            for row in plan.holds
        ],
        "conflicts": [
            {
                "id": row.id,
                "record": str(row.record),
                "field": row.field,
                "base": to_json(row.base),
                "values": {replica: to_json(value) for replica, value in row.values.items()},
            }
            for row in plan.conflicts
        ],
        "differences": [
            {
                "id": row.id,
                "replica": row.replica,
                "record": str(row.record),
                "field": row.field,
                "value": to_json(row.value),
                "target": to_json(row.target),
            }
            for row in plan.differences
        ],
        "strangers": [
            {"id": row.id, "replica": row.replica, "where": row.where, "title": row.title} for row in plan.strangers
        ],
        "problems": [problem_to_json(problem) for problem in plan.problems],
    }


def business_from_json(data: Mapping[str, Any]) -> Plan:
    """Read back what `business_to_json` wrote, into a plan that does nothing."""
    return Plan(
        waiting=tuple(
            Waiting(**{**_with_values(row, "value", "target"), "reason": Reason(row["reason"])})
            for row in data["waiting"]
        ),
        holds=tuple(
            Hold(**{**row, "record": RecordId.parse(row["record"]), "choices": tuple(row["choices"])})
            for row in data["holds"]
        ),
        conflicts=tuple(
            Conflict(
                **{
                    **_with_values(row, "base"),
                    "values": {replica: from_json(value) for replica, value in row["values"].items()},
                }
            )
            for row in data["conflicts"]
        ),
        differences=tuple(Difference(**_with_values(row, "value", "target")) for row in data["differences"]),
        strangers=tuple(Stranger(**row) for row in data["strangers"]),
        problems=tuple(_problem_from_json(row) for row in data["problems"]),
    )


def _with_values(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    values = {name: from_json(row[name]) for name in names}
    return {**row, **values, "record": RecordId.parse(row["record"])}


def _problem_from_json(row: Mapping[str, Any]) -> Problem:
    place = Place(row["path"], row["line"] or 0, row["column"] or 0)
    record = RecordId.parse(row["record"]) if row["record"] else None
    return Problem(place, row["message"], row["text"], row["suggestion"], record)


def _operation_to_json(operation: Operation) -> dict[str, Any]:
    changes = [{"field": c.field, "old": to_json(c.old), "new": to_json(c.new)} for c in operation.changes]
    return {
        "replica": operation.replica,
        "action": operation.action,
        "record": str(operation.record),
        "changes": changes,
    }


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """One problem, with its place taken apart."""
    place = problem.place
    return {
        "path": place.path,
        "line": place.line or None,
        "column": place.column or None,
        "message": problem.message,
        "text": problem.text,
        "suggestion": problem.suggestion,
        "record": str(problem.record) if problem.record else None,
    }

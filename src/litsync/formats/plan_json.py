"""A plan as JSON: what `--json` prints and the journal keeps. The form is documented in `docs/json.md`.

Decides names and order only; within one `SCHEMA` keys are added, never changed.
"""

from __future__ import annotations

from typing import Any

from litsync.core.codec import to_json
from litsync.core.model import Operation, Plan, Problem

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
    return {"edits": edits, "operations": operations, **business_to_json(plan)}


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

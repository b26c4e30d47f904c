"""What is remembered of a record, as the JSON that the state keeps.

Decides how little of it is written: an account that is just the target is `1`, and what is not so is left out.
"""

from __future__ import annotations

from typing import Any

from litsync.core.codec import from_json, to_json
from litsync.core.model import Account, FieldState, RecordState


def record_to_json(state: RecordState) -> Any:
    """The record's state, to be read back by `record_from_json`."""
    row: dict[str, Any] = {
        "homes": sorted(state.homes),
        "fields": {name: _field_to_json(known) for name, known in state.fields.items()},
    }
    if state.without:
        row["without"] = sorted(state.without)
    if state.came:
        row["came"] = state.came
    return {**row, "gone": True} if state.gone else row


def _field_to_json(known: FieldState) -> Any:
    """`[target, revision, accounts]`, and the conflict if there is one. An account that is just the target is 1."""
    accounts = {
        replica: 1
        if _is_the_target(account, known)
        else [to_json(account.value), account.revision, list(account.foreign)]
        for replica, account in known.accounts.items()
    }
    row = [to_json(known.target), known.revision, accounts]
    if known.conflict is not None:
        row.append({replica: to_json(value) for replica, value in known.conflict.items()})
    return row


def _is_the_target(account: Account, known: FieldState) -> bool:
    return account.revision == known.revision and not account.foreign and account.value == known.target


def record_from_json(data: Any) -> RecordState:
    """Read back what `record_to_json` wrote."""
    fields = {name: _field_from_json(row) for name, row in data["fields"].items()}
    without, gone, came = data.get("without", ()), data.get("gone", False), data.get("came", "")
    return RecordState(fields, frozenset(data["homes"]), frozenset(without), gone, came)


def _field_from_json(row: Any) -> FieldState:
    target, revision = from_json(row[0]), row[1]
    plain = Account(target, revision)
    accounts = {
        replica: plain if account == 1 else Account(from_json(account[0]), account[1], tuple(account[2]))
        for replica, account in row[2].items()
    }
    conflict = {replica: from_json(value) for replica, value in row[3].items()} if len(row) > 3 else None
    return FieldState(target, revision, accounts, conflict)

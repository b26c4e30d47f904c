"""Merging one field: what the new target is, when some replicas have changed.

Three-way, with the accounted value of each replica as base against the target. Decides values only; who may write what
is decided in `plan`. The result never depends on the order in which replicas are looked at, and never on time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from litsync.core.fields import TABLE, Field
from litsync.core.model import CATALOG, VAULT, ZOTERO, Account, Change, Fields, FieldState, RecordId, Value
from litsync.core.values import FieldKind, comparison_key, unique

_RANK = {CATALOG: 0, VAULT: 1, ZOTERO: 2}


@dataclass(frozen=True, slots=True)
class Merged:
    """The target after merging and its revision, with the accounts of the replicas whose change it took.

    `clash`: the changes contradict each other; nothing was merged.
    """

    target: Value
    revision: int
    accounts: Mapping[str, Account]
    clash: bool = False


def merge(field: Field, before: FieldState, changed: Mapping[str, Value], first: Mapping[str, Value]) -> Merged:
    """Merge into the target what replicas `changed` since their account, and what is seen for the `first` time.

    Every replica in `changed` has an account in `before`; none in `first` has one.
    """
    if field.kind is FieldKind.SET:
        return _merge_set(field, before, changed, first)
    return _merge_whole(field, before, changed, first)


def _merge_whole(field: Field, before: FieldState, changed: Mapping[str, Value], first: Mapping[str, Value]) -> Merged:
    current = {r: v for r, v in changed.items() if before.accounts[r].revision == before.revision}
    target = before.target
    if current:
        target = current[min(current, key=_rank)]
    elif target is None and first:
        target = first[min(first, key=_rank)]
    if not all(field.same(value, target) for value in changed.values()):
        return Merged(before.target, before.revision, before.accounts, clash=True)
    return _moved(field, before, target, changed)


def _merge_set(field: Field, before: FieldState, changed: Mapping[str, Value], first: Mapping[str, Value]) -> Merged:
    added: dict[Hashable, str] = {}
    removed: set[Hashable] = set()
    for replica, value in sorted(changed.items(), key=lambda row: _rank(row[0])):
        here, base = members(field, value), members(field, before.accounts[replica].value)
        added |= {key: text for key, text in here.items() if key not in base and key not in added}
        removed |= base.keys() - here.keys()
    for _, value in sorted(first.items(), key=lambda row: _rank(row[0])):
        added |= {key: text for key, text in members(field, value).items() if key not in added}
    present = members(field, before.target)
    kept = [text for key, text in present.items() if key in added or key not in removed]
    target = unique([*kept, *(text for key, text in added.items() if key not in present)])
    return _moved(field, before, target, changed)


def _moved(field: Field, before: FieldState, target: Value, changed: Mapping[str, Value]) -> Merged:
    """The merged state. A changer's own value is accounted at its old revision if it lacks what others added."""
    moved = not field.same(target, before.target)
    revision = before.revision + 1 if moved else before.revision
    accounts = dict(before.accounts)
    for replica, value in changed.items():
        old = accounts[replica]
        accounts[replica] = Account(value, revision if field.same(value, target) else old.revision, old.foreign)
    return Merged(target if moved else before.target, revision, accounts)


def members(field: Field, value: Value) -> dict[Hashable, str]:
    """The members of a set by their comparison key, in the order written."""
    if not isinstance(value, tuple):
        return {}
    return {_key(field, member): member for member in value if isinstance(member, str)}


def _key(field: Field, member: str) -> Hashable:
    return comparison_key(FieldKind.SCALAR, field.form, member)


def without(field: Field, value: Value, gone: Iterable[str]) -> Value:
    """The set `value` without the members in `gone`; a value that is no set as it is."""
    if field.kind is not FieldKind.SET:
        return value
    keys = {_key(field, member) for member in gone}
    return unique(text for key, text in members(field, value).items() if key not in keys) if keys else value


def delivered(field: Field, value: Value, account: Account, target: Value) -> Value:
    """What a set that holds `value` should hold once the target's changes since `account` are made there too."""
    base, wanted = members(field, account.value), members(field, target)
    kept = [text for key, text in members(field, value).items() if key in wanted or key not in base]
    have = {_key(field, text) for text in kept}
    return unique([*kept, *(text for key, text in wanted.items() if key not in base and key not in have)])


def still_fitting(record: RecordId, changes: Iterable[Change], said: Fields) -> tuple[tuple[Change, ...], str]:
    """The changes that may be made to what comes back from a trash, where it says `said`; and why others may not.

    A value that a person changed there before it was thrown away is an edit, which the next look sees.
    """
    rows = TABLE[record.kind]
    kept: list[Change] = []
    edited: list[Change] = []
    for change in changes:
        row, live = rows[change.field], said.get(change.field)
        fits = (
            row.kind is FieldKind.SET or change.old is None or any(row.same(live, v) for v in (change.old, change.new))
        )
        (kept if fits else edited).append(change)
    names = ", ".join(f"`{change.field}`" for change in edited)
    return tuple(
        kept
    ), f"its {names} had been edited before it was thrown away: the next sync takes that" if names else ""


def _rank(replica: str) -> tuple[int, str]:
    """Whose value is taken when several replicas that never met offer different ones; the others are differences."""
    return (_RANK.get(replica, len(_RANK)), replica)

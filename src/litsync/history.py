"""What happened: the cycles of the journal, and what would take one of them back.

Decides what the reverse of a cycle is: the previous value of every field it took in, unless that field moved on since, and
every record it removed. Carrying that out is an ordinary cycle's work. Knows the journal's form, not how it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from litsync.core.codec import from_json
from litsync.core.fields import TABLE, Field
from litsync.core.merge import members
from litsync.core.model import CATALOG, Action, Decisions, Edit, Kind, RecordId, RecordState, Value, Verdict
from litsync.core.values import FieldKind, unique
from litsync.errors import UsageError
from litsync.formats.catalog_own_lines import own_lines
from litsync.state import State


@dataclass(frozen=True, slots=True)
class Done:
    """One operation of a past cycle, and how it ended."""

    replica: str
    action: Action
    record: RecordId
    verdict: Verdict
    reason: str
    old: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One cycle: when it began, which command ran it, what it took in and what it did. `ended` is None if it was interrupted."""

    number: int
    started: str
    command: str
    ended: str | None
    edits: tuple[Edit, ...]
    done: tuple[Done, ...]


@dataclass(frozen=True, slots=True)
class Reverse:
    """What takes a cycle back, and the parts of it that cannot be, each with the reason."""

    decisions: Decisions
    skipped: tuple[str, ...]


def entries(state: State, most: int, record: str = "") -> list[Entry]:
    """The last `most` cycles that did something, the newest first; with `record` (a citekey or id) only what concerns it."""
    found: list[Entry] = []
    for number, started, command, ended in reversed(state.cycles()):
        entry = entry_of(state, (number, started, command, ended), record)
        if entry.edits or entry.done:
            found.append(entry)
        if len(found) == most:
            break
    return found


def entry_of(state: State, cycle: tuple[int, str, str, str | None], record: str = "") -> Entry:
    """One cycle of the journal, read."""
    number, started, command, ended = cycle
    plan = state.plan_of(number) or {}
    old = {(row["replica"], row["record"]): _old(row) for row in plan.get("operations", ())}
    done = [
        Done(
            replica,
            _action(plan, replica, key),
            RecordId.parse(key),
            Verdict(verdict),
            reason,
            old.get((replica, key), {}),
        )
        for replica, key, verdict, reason in state.outcomes(number)
    ]
    edits = tuple(one for one in map(_edit, plan.get("edits", ())) if not record or one.record.key == record)
    return Entry(
        number, started, command, ended, edits, tuple(one for one in done if not record or one.record.key == record)
    )


def _old(row: Mapping[str, Any]) -> dict[str, Value]:
    return {change["field"]: from_json(change["old"]) for change in row["changes"]}


def _action(plan: Mapping[str, Any], replica: str, key: str) -> Action:
    rows = (row["action"] for row in plan.get("operations", ()) if (row["replica"], row["record"]) == (replica, key))
    return Action(next(rows, Action.UPDATE))


def _edit(row: Mapping[str, Any]) -> Edit:
    record = RecordId.parse(row["record"])
    return Edit(record, row["field"], tuple(row["origins"]), from_json(row["old"]), from_json(row["new"]))


def reverse(state: State, number: int | None) -> tuple[Entry, Reverse]:
    """The cycle (None: the last one that took something in or removed something) and what takes it back.

    Raises UsageError when there is no such cycle, or nothing in it that could be taken back.
    """
    known = {row[0]: row for row in state.cycles()}
    if number is not None and number not in known:
        raise UsageError(f"there is no cycle {number} in the journal", "`litsync log` lists them")
    numbers = [number] if number is not None else sorted(known, reverse=True)
    for one in numbers:
        entry = entry_of(state, known[one])
        found = _reverse(state, entry)
        if found.decisions != Decisions() or (number is not None and found.skipped):
            return entry, found
        if found.skipped:
            # Not silently the one before: whoever says `undo` means what was done last.
            raise UsageError(
                f"nothing of the last change, cycle {one}, can be taken back: {'; '.join(found.skipped)}",
                "`litsync undo CYCLE` takes an earlier one back; `litsync log` lists them",
            )
    which = "the journal" if number is None else f"cycle {number}"
    raise UsageError(f"nothing in {which} can be taken back", "only edits and removals can; `litsync log` lists them")


def _reverse(state: State, entry: Entry) -> Reverse:
    removed = dict(_removed(entry))
    now = state.records(frozenset(edit.record for edit in entry.edits) | removed.keys())
    wishes: dict[tuple[RecordId, str], Value] = {}
    skipped: list[str] = []
    for edit in entry.edits:
        row = TABLE[edit.record.kind][edit.field]
        if row.derived:
            continue  # it follows what it is worked out from
        value, why = _before(row, edit, now.get(edit.record))
        if why:
            skipped.append(f"{edit.record.key} {edit.field}: {why}")
        else:
            wishes[edit.record, edit.field] = value
    created = {record: dict(fields) for record, fields in removed.items() if not _is_back(now.get(record))}
    skipped += [f"{record.key}: is there again" for record in sorted(removed.keys() - created.keys())]
    skipped += _own_words(state, entry, created)
    skipped += [
        f"{one.record.key}: was added then; to remove it, take it out of the catalog"
        for one in entry.done
        if _is_new(one)
    ]
    return Reverse(Decisions(wishes=wishes, created=created), tuple(skipped))


def _own_words(state: State, entry: Entry, created: Iterable[RecordId]) -> Iterator[str]:
    """What stood in the entries of papers in the catalog, and is part of no record: it is shown, for a person to bring back."""
    here = {one.record for one in entry.done if one.replica == CATALOG}
    papers = [record for record in created if record.kind is Kind.PAPER and record in here]
    files = [data for _, _, data in state.previous_bytes(entry.number)] if papers else []
    for record in papers:
        for line in dict.fromkeys(line for data in files for line in own_lines(data, record.key)):
            yield f"{record.key}: what was yours in its entry: {line}"


def _is_back(now: RecordState | None) -> bool:
    return now is not None and CATALOG in now.homes and not now.gone


def _is_new(one: Done) -> bool:
    return one.replica == CATALOG and one.action is Action.CREATE and one.verdict is Verdict.WRITTEN


def _before(row: Field, edit: Edit, now: RecordState | None) -> tuple[Value, str]:
    """The value that takes the edit back, or why there is none. Of a set the edit's own members go and come back."""
    known = now.fields.get(edit.field) if now is not None else None
    if known is None:
        return None, "is no longer there"
    if known.conflict is not None:
        return None, "is in conflict now: `litsync resolve` settles that first"
    if row.same(known.target, edit.new):
        return edit.old, ""
    if row.kind is not FieldKind.SET:
        return None, "changed again since"
    had, got, has = (members(row, value) for value in (edit.old, edit.new, known.target))
    kept = [text for key, text in has.items() if key in had or key not in got]
    return unique([*kept, *(text for key, text in had.items() if key not in got and key not in has)]), ""


def _removed(entry: Entry) -> Iterator[tuple[RecordId, Mapping[str, Value]]]:
    """The records that the cycle removed, with what they said; the catalog's word counts first."""
    gone: dict[RecordId, dict[str, Value]] = {}
    for one in sorted(entry.done, key=lambda d: d.replica == CATALOG):
        if one.action is Action.DELETE and one.verdict is Verdict.WRITTEN:
            gone.setdefault(one.record, {}).update(
                {name: value for name, value in one.old.items() if value is not None}
            )
    yield from gone.items()

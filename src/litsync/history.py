"""What happened: the cycles of the journal, and what would take one of them back.

Decides what the reverse of a cycle is: the previous value of every field it took in, unless that field moved on since, and
every record it removed; of a command that wrote the catalog itself, what it added and filled in; of a rename, a rename.
Carrying that out is for others. Knows the journal's form, not how it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litsync.core.codec import from_json
from litsync.core.fields import TABLE, Field
from litsync.core.merge import members
from litsync.core.model import (
    CATALOG,
    Action,
    Change,
    Edit,
    Kind,
    Operation,
    Record,
    RecordId,
    RecordState,
    Value,
    Verdict,
)
from litsync.core.policy import Decisions
from litsync.core.values import FieldKind, unique
from litsync.errors import UsageError
from litsync.formats.catalog_own_lines import own_lines
from litsync.formats.catalog_passage import Passage
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
    new: Mapping[str, Value] = field(default_factory=dict)


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
    """What takes a cycle back, and the parts of it that cannot be, each with the reason.

    `rewrites` are written into the catalog first, `rename` (from, to) is a rename to be made; then `decisions` are carried out.
    `passages` are the entries of removed papers as they stood.
    """

    decisions: Decisions = field(default_factory=Decisions)
    skipped: tuple[str, ...] = ()
    rewrites: tuple[Operation, ...] = ()
    rename: tuple[str, str] | None = None
    passages: Mapping[RecordId, Passage] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many things it takes back; none: there is nothing to do."""
        said = self.decisions
        return len(said.wishes) + len(said.created) + len(said.taken_back) + len(self.rewrites) + bool(self.rename)


RENAME = "rename"
"""The command whose cycle is a rename; the two ids follow."""
_CURATION = ("import", "add", "enrich")
"""Commands that write the catalog themselves."""
Records = Callable[[], Mapping[RecordId, Record]]


def _no_records() -> Mapping[RecordId, Record]:
    return {}


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
    rows = {(row["replica"], row["record"]): row["changes"] for row in plan.get("operations", ())}
    done = [
        Done(
            replica,
            _action(plan, replica, key),
            RecordId.parse(key),
            Verdict(verdict),
            reason,
            _values(rows.get((replica, key), ()), "old"),
            _values(rows.get((replica, key), ()), "new"),
        )
        for replica, key, verdict, reason in state.outcomes(number)
    ]
    edits = tuple(one for one in map(_edit, plan.get("edits", ())) if not record or one.record.key == record)
    return Entry(
        number, started, command, ended, edits, tuple(one for one in done if not record or one.record.key == record)
    )


def _values(changes: Iterable[Mapping[str, Any]], which: str) -> dict[str, Value]:
    return {change["field"]: from_json(change[which]) for change in changes}


def _action(plan: Mapping[str, Any], replica: str, key: str) -> Action:
    rows = (row["action"] for row in plan.get("operations", ()) if (row["replica"], row["record"]) == (replica, key))
    return Action(next(rows, Action.UPDATE))


def _edit(row: Mapping[str, Any]) -> Edit:
    record = RecordId.parse(row["record"])
    return Edit(record, row["field"], tuple(row["origins"]), from_json(row["old"]), from_json(row["new"]))


def earlier_edits(state: State) -> Mapping[RecordId, Sequence[Edit]]:
    """Everything in the journal that was taken in of each record, the newest first."""
    found: dict[RecordId, list[Edit]] = {}
    for number, *_ in reversed(state.cycles()):
        for row in (state.plan_of(number) or {}).get("edits", ()):
            edit = _edit(row)
            found.setdefault(edit.record, []).append(edit)
    return found


def reverse(state: State, number: int | None, catalog: Records = _no_records) -> tuple[Entry, Reverse]:
    """The cycle (None: the last one that took something in, removed or added something) and what takes it back.

    `catalog` tells what the catalog says now; it is asked only about what a command wrote there.

    Raises UsageError when there is no such cycle, or nothing in it that could be taken back.
    """
    known = {row[0]: row for row in state.cycles()}
    if number is not None and number not in known:
        raise UsageError(f"there is no cycle {number} in the journal", "`litsync log` lists them")
    numbers = [number] if number is not None else sorted(known, reverse=True)
    for one in numbers:
        entry = entry_of(state, known[one])
        if number is None:
            entry = _written_by(state, [known[two] for two in numbers if two < one], entry)
        found = _reverse(state, entry, catalog)
        if found.count or (number is not None and found.skipped):
            return entry, found
        if found.skipped:
            # Not silently the one before: whoever says `undo` means what was done last.
            raise UsageError(
                f"nothing of the last change, cycle {one}, can be taken back: {'; '.join(found.skipped)}",
                "`litsync undo CYCLE` takes an earlier one back; `litsync log` lists them",
            )
    which = "the journal" if number is None else f"cycle {number}"
    raise UsageError(f"nothing in {which} can be taken back", "`litsync log` lists what was done")


def _written_by(state: State, earlier: Iterable[tuple[int, str, str, str | None]], entry: Entry) -> Entry:
    """The command that wrote into the catalog all that the cycle took in; the cycle, if there is none.

    Who undoes right after `import` and `push` means the import.
    """
    took = {(edit.record, edit.field) for edit in entry.edits if not TABLE[edit.record.kind][edit.field].derived}
    for row in earlier if took and not dict(_removed(entry)) else ():
        before = entry_of(state, row)
        if before.command.split(" ")[0] in _CURATION:
            wrote = {(one.record, name) for one in before.done for name in one.new}
            return before if took <= wrote else entry
        if before.edits or before.done:
            break
    return entry


def _reverse(state: State, entry: Entry, catalog: Records) -> Reverse:
    command, *names = entry.command.split(" ")
    if command == RENAME and entry.edits:
        return _renamed_back(names[0], names[1], catalog())
    if command in _CURATION:
        return _unwritten(entry, catalog())
    return _of_a_cycle(state, entry)


def _renamed_back(old: str, new: str, catalog: Mapping[RecordId, Record]) -> Reverse:
    ids = {record.key for record in catalog if record.kind in (Kind.PAPER, Kind.METHOD)}
    if new not in ids or old in ids:
        return Reverse(skipped=(f"{new}: is called otherwise now",))
    return Reverse(rename=(new, old))


def _unwritten(entry: Entry, catalog: Mapping[RecordId, Record]) -> Reverse:
    """What a command added goes, if nobody touched it; what it filled in is emptied, where it still stands so."""
    added: dict[RecordId, Mapping[str, Value]] = {}
    rewrites: list[Operation] = []
    skipped: list[str] = []
    for one in entry.done:
        found = catalog.get(one.record)
        if one.verdict is not Verdict.WRITTEN or found is None:
            continue
        if one.action is Action.CREATE:
            added[one.record] = one.new
            continue
        rows = TABLE[one.record.kind]
        for name, value in one.new.items():
            if name in rows and rows[name].same(found.fields.get(name), value):
                change = Change(name, found.fields.get(name), one.old[name])
                rewrites.append(Operation(CATALOG, Action.UPDATE, one.record, (change,)))
            else:
                skipped.append(f"{one.record.key} {name}: {'changed again since' if name in rows else 'is yours'}")
    return Reverse(Decisions(taken_back=added), tuple(skipped), tuple(rewrites))


def _of_a_cycle(state: State, entry: Entry) -> Reverse:
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
    passages = _passages(state, entry, created)
    added, left = _added(state, entry)
    skipped += _own_words(state, entry, created.keys() - passages.keys())
    named = {edit.field for edit in entry.edits}
    skipped += [
        f"{one.record.key}: was added then; to remove it, take it out of the catalog"
        for one in entry.done
        if _is_new(one) and one.record not in added and not (one.record.kind is Kind.METHOD and "methods" in named)
    ]
    decisions = Decisions(wishes=wishes, created=created, taken_back=added, left=left)
    return Reverse(decisions, tuple(skipped), passages=passages)


def _added(state: State, entry: Entry) -> tuple[Mapping[RecordId, Mapping[str, Value]], Mapping[RecordId, str]]:
    """The papers that came into the catalog then from a note or item, with what their entries said; and where that stands."""
    papers = {one.record: one.new for one in entry.done if _is_new(one) and one.record.kind is Kind.PAPER}
    if not papers:
        return {}, {}
    later = (entry_of(state, row) for row in state.cycles() if row[0] >= entry.number)
    made = {(one.record, one.replica) for one in (one for row in later for one in row.done) if _is_made(one)}
    known = state.records(frozenset(papers))
    homes = {record: [r for r in found.homes if (record, r) not in made] for record, found in known.items()}
    left = {record: theirs[0] for record, theirs in homes.items() if len(theirs) == 1}
    return {record: papers[record] for record in left}, left


def _is_made(one: Done) -> bool:
    return one.action is Action.CREATE and one.verdict is Verdict.WRITTEN


def _passages(state: State, entry: Entry, created: Collection[RecordId]) -> Mapping[RecordId, Passage]:
    """The entries of the papers that come back, as they stood in the catalog."""
    rows = ((RecordId.parse(key), place, text) for key, place, text in state.previous_bytes(entry.number))
    found = ((one, Passage.from_place(place, text)) for one, place, text in rows if one in created and place[:1] == "[")
    return {one: passage for one, passage in found if passage is not None}


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
    return one.replica == CATALOG and _is_made(one)


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

"""The decision: from what is remembered and what was seen, everything that shall happen, as a value.

`plan` is pure and does not depend on the order of its inputs. Per field the state holds a target and, per replica, the
accounted value; the rules are those of `docs/architecture.md`, "How a field is reconciled". Must not know what a note,
an item or a YAML file is.

Here: which records are created, held, forgotten or strangers. What becomes of each field of a record is in `decide`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from litsync.core.decide import UNSEEN, Task, decide
from litsync.core.fields import carried
from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Action,
    Change,
    Conflict,
    Difference,
    FieldState,
    Hold,
    Kind,
    Operation,
    Plan,
    Policy,
    Problem,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    State,
    Stranger,
    Value,
    Waiting,
)

_ORDER = {kind: rank for rank, kind in enumerate((Kind.LIST, Kind.SECTION, Kind.METHOD, Kind.PAPER))}


def plan(state: State, snapshots: Iterable[Snapshot], policy: Policy) -> Plan:
    """Decide about every record that is remembered or was seen. Equal inputs give equal plans, whatever their order."""
    looks = {snapshot.replica: snapshot for snapshot in sorted(snapshots, key=lambda s: s.replica)}
    seen = {record for look in looks.values() for record in (*look.records, *look.unknown)}
    draft = _Draft(policy, looks, _dropped(state, looks))
    for record in sorted(seen | state.keys(), key=lambda r: (_ORDER[r.kind], r.key)):
        draft.take(record, state.get(record))
    return draft.finished()


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    policy: Policy
    looks: Mapping[str, Snapshot]
    dropped: Mapping[tuple[str, Value], RecordId]
    operations: list[Operation] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    strangers: set[Stranger] = field(default_factory=set)
    forgotten: list[RecordId] = field(default_factory=list)
    state: dict[RecordId, RecordState] = field(default_factory=dict)

    def take(self, record: RecordId, before: RecordState | None) -> None:
        """Decide about one record."""
        present = {r: look.records[record] for r, look in self.looks.items() if record in look.records}
        if before is None and CATALOG not in present:
            self.strangers |= {Stranger(r, str(record), _title(found), record) for r, found in present.items()}
            return
        if before is None and (old := self._old_name(present.get(CATALOG))) is not None:
            self.holds.append(Hold(CATALOG, record, f"looks like {old.key} under another citekey", _CHOSEN_ONCE))
            return
        before = before or RecordState({}, frozenset())
        absent = {r for r, look in self.looks.items() if look.complete and not _sees(look, record)}
        vanished = sorted(absent & before.homes)
        if before.homes and before.homes == absent & before.homes:
            self.forgotten.append(record)
            return
        self.holds += [_vanished(replica, record) for replica in vanished]
        wanting = {r for r in absent - before.homes if record not in self.looks[r].unwanted}
        new = frozenset() if vanished else wanting & self.policy.sinks
        self._fields(Task(record, before, present, frozenset(r for r in new if carried(record.kind, r))))

    def _old_name(self, found: Record | None) -> RecordId | None:
        """The paper that left the catalog when this new one came, if both are one work."""
        named = ((name, found.fields.get(name)) for name in _SAME_WORK) if found else ()
        return next((self.dropped[pair] for pair in named if pair in self.dropped), None)

    def _fields(self, task: Task) -> None:
        record = task.record
        decided = {row.name: decide(row, task, self.policy) for row in task.rows()}
        states = {name: found.state for name, found in decided.items() if found.state is not UNSEEN}
        self.state[record] = RecordState(states, task.before.homes | task.present.keys())
        for name, found in decided.items():
            self.waiting += found.waiting
            self.differences += found.differences
            if (clash := found.state.conflict) is not None:
                self.conflicts.append(Conflict(record, name, found.state.target, clash))
        for replica in sorted(task.present):
            changes = tuple(found.changes[replica] for found in decided.values() if replica in found.changes)
            if changes:
                self.operations.append(Operation(replica, Action.UPDATE, record, changes))
        self.operations += [_creation(replica, record, states) for replica in sorted(task.creates)]

    def finished(self) -> Plan:
        """The plan, in a fixed order."""
        strangers = self.strangers.union(*(look.strangers for look in self.looks.values()))
        return Plan(
            operations=tuple(self.operations),
            waiting=tuple(self.waiting),
            holds=tuple(self.holds),
            conflicts=tuple(self.conflicts),
            differences=tuple(self.differences),
            strangers=tuple(sorted(strangers, key=lambda s: (s.replica, s.where, s.title))),
            problems=tuple(dict.fromkeys(_problems(self.looks.values()))),
            state=self.state,
            forgotten=tuple(self.forgotten),
        )


def _problems(looks: Iterable[Snapshot]) -> Iterable[Problem]:
    for look in looks:
        yield from look.problems
        yield from look.unknown.values()


def _sees(look: Snapshot, record: RecordId) -> bool:
    return record in look.records or record in look.unknown


def _title(record: Record) -> str:
    title = record.fields.get("title") or record.fields.get("name")
    return title if isinstance(title, str) else ""


_SAME_WORK = ("doi", "arxiv", "url")
_CHOSEN_ONCE = "a citekey is chosen once: give it the old one again, or delete the old note and item first"


def _dropped(state: State, looks: Mapping[str, Snapshot]) -> Mapping[tuple[str, Value], RecordId]:
    """The papers that the catalog had and has no more, by what identifies the work."""
    look = looks.get(CATALOG)
    if look is None or not look.complete:
        return {}
    gone = (r for r, known in state.items() if CATALOG in known.homes and r.kind is Kind.PAPER and not _sees(look, r))
    known = ((name, record, state[record].fields.get(name)) for record in gone for name in _SAME_WORK)
    return {(name, one.target): record for name, record, one in known if one and one.target is not None}


_GONE = {
    CATALOG: (
        "is no longer in the catalog",
        "what it has in the vault and in Zotero stays; put it back, or delete that too",
    ),
    VAULT: ("has no note in the vault any more", "put the note back (Obsidian keeps deleted notes in its trash)"),
    ZOTERO: ("is no longer in the Zotero collection", "put the item back into the collection (look in Zotero's trash)"),
}


def _vanished(replica: str, record: RecordId) -> Hold:
    reason, hint = _GONE.get(replica, (f"is gone from {replica}", "put it back there"))
    return Hold(replica, record, reason, hint)


def _creation(replica: str, record: RecordId, states: Mapping[str, FieldState]) -> Operation:
    ready = {name: state.target for name, state in states.items() if state.conflict is None}
    rows = (row for row in carried(record.kind, replica) if ready.get(row.name) is not None)
    return Operation(replica, Action.CREATE, record, tuple(Change(row.name, None, ready[row.name]) for row in rows))

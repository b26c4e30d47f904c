"""The decision: from what is remembered and what was seen, everything that shall happen, as a value.

`plan` is pure and does not depend on the order of its inputs. Per field the state holds a target and, per replica, the
accounted value; the rules are those of `docs/architecture.md`, "How a field is reconciled". Must not know what a note,
an item or a YAML file is.

Here: which records are created, removed, held, forgotten or strangers. What becomes of each field is in `decide`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from litsync.core import questions
from litsync.core.decide import EMPTY, UNSEEN, Task, decide
from litsync.core.fields import TABLE, Field, carried
from litsync.core.merge import members, without
from litsync.core.model import (
    CATALOG,
    Account,
    Action,
    Change,
    Conflict,
    Difference,
    Edit,
    Fields,
    FieldState,
    Hold,
    Kind,
    Operation,
    Plan,
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
from litsync.core.newcomers import until_named
from litsync.core.policy import Policy
from litsync.core.questions import Choice
from litsync.core.renamed_ids import renamed

_ORDER = {kind: rank for rank, kind in enumerate((Kind.LIST, Kind.SECTION, Kind.METHOD, Kind.PAPER))}
_NEW = RecordState({}, frozenset())


def plan(state: State, snapshots: Iterable[Snapshot], policy: Policy) -> Plan:
    """Decide about every record that is remembered or was seen. Equal inputs give equal plans, whatever their order."""
    looks = {snapshot.replica: snapshot for snapshot in sorted(snapshots, key=lambda s: s.replica)}
    seen = {record for look in looks.values() for record in (*look.records, *look.unknown)}
    seen |= policy.decisions.created.keys()
    known_as = renamed(state, looks)
    draft = _Draft(policy, looks, known_as)
    for record in sorted(seen | state.keys(), key=lambda r: (_ORDER[r.kind], r.key)):
        draft.take(record, state.get(record))
    return until_named(draft.finished(), {record.key for record in known_as if record.kind is Kind.METHOD})


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    policy: Policy
    looks: Mapping[str, Snapshot]
    renamed: Mapping[RecordId, RecordId]
    operations: list[Operation] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    strangers: set[Stranger] = field(default_factory=set)
    edits: list[Edit] = field(default_factory=list)
    forgotten: list[RecordId] = field(default_factory=list)
    later: list[RecordId] = field(default_factory=list)
    state: dict[RecordId, RecordState] = field(default_factory=dict)

    def take(self, record: RecordId, before: RecordState | None) -> None:
        """Decide about one record."""
        present = {r: look.records[record] for r, look in self.looks.items() if record in look.records}
        before = self._remembered(record, before, present)
        if before is None:
            return
        absent = self._absent(record)
        if before.homes and before.homes == absent & before.homes:
            self.forgotten.append(record)
            return
        if before.gone and before.came and record not in self.policy.decisions.removed:
            # Taken back by itself, and interrupted: what stands there now, a person may have brought back.
            before = replace(before, gone=False, came="")
        known, before = before, self._answered(record, before, present, absent)
        if before.gone and (theirs := self.policy.decisions.left.get(record)) in present:
            self._remove(record, before, {r: found for r, found in present.items() if r != theirs}, approved_now=True)
            self.state[record] = RecordState({}, before.homes - absent, frozenset({CATALOG}))
            return
        if before.gone:
            left = replace(before, homes=before.homes - absent)
            self._remove(record, left, present, approved_now=not known.gone)
            return
        vanished = absent & before.homes
        wanting = {r for r in absent - before.homes if self._wants(r, record, before)}
        new = frozenset(r for r in wanting if carried(record.kind, r)) if not vanished else frozenset()
        creates = new & self._sinks(record)
        if new - creates:
            self.later.append(record)
        self._fields(Task(record, replace(before, came=_still_litsyncs(known, before, present)), present, creates))

    def _absent(self, record: RecordId) -> set[str]:
        """The replicas that were looked at, and certainly do not have it."""
        return {r for r, look in self.looks.items() if look.complete and not _sees(look, record)}

    def _wants(self, replica: str, record: RecordId, before: RecordState) -> bool:
        """Whether a record that the replica does not have is to be made there."""
        look = self.looks[replica]
        return record in look.asked or (replica not in before.without and record not in look.unwanted)

    # ── what is remembered of it ─────────────────────────────────────────────────────────────────────────────

    def _remembered(
        self, record: RecordId, before: RecordState | None, present: Mapping[str, Record]
    ) -> RecordState | None:
        """What is remembered of the record; None when nothing is decided about it."""
        if before is not None and CATALOG in before.without and (CATALOG in present or self._accepts(record)):
            before = None
        if before is not None and CATALOG not in before.without:
            wanted = record in self.policy.decisions.created
            return replace(before, without=frozenset() if wanted else before.without - present.keys())
        if before is None and record in self.policy.base:
            return _settled(record, self.policy.base[record], present)
        if before is None and CATALOG in present:
            return None if self._is_renamed(record) else _NEW
        if before is None and self._accepts(record):
            named = {"citekey": record.key} if record.kind is Kind.PAPER else {}
            new = _with_targets({**named, **self.policy.decisions.created.get(record, {})})
            return replace(new, came=self.policy.came.get(record, ""))
        self._leave(record, before, present)
        return None

    def _accepts(self, record: RecordId) -> bool:
        return record in self.policy.accepted or record in self.policy.decisions.created

    def _leave(self, record: RecordId, before: RecordState | None, present: Mapping[str, Record]) -> None:
        """Only the vault or Zotero has it. What was there when litsync came is not asked about again."""
        foreign = before is not None or bool(self.policy.first & present.keys())
        for replica, found in present.items():
            name = questions.fingerprint("s", replica, str(record))
            self.strangers.add(Stranger(replica, str(record), _title(found), record, foreign=foreign, id=name))
        if present and foreign:
            self.state[record] = RecordState({}, frozenset(present), frozenset({CATALOG}))
        elif before is not None and before.homes <= self._absent(record):
            self.forgotten.append(record)

    def _is_renamed(self, record: RecordId) -> bool:
        """Whether it is one that left the catalog when this new one came: then a person must say."""
        old = self.renamed.get(record)
        if old is not None:
            reason = f"looks like {old.key} under another {'citekey' if old.kind is Kind.PAPER else 'id'}"
            self.holds.append(Hold(CATALOG, record, reason, _carry(old, record)))
        return old is not None

    def _sinks(self, record: RecordId) -> frozenset[str]:
        """Where the record may be made. What only the vault or Zotero has comes to the catalog first."""
        known = CATALOG in self.looks and _sees(self.looks[CATALOG], record)
        return self.policy.sinks if known or not self._accepts(record) else self.policy.sinks & {CATALOG}

    # ── what is gone ─────────────────────────────────────────────────────────────────────────────────────────

    def _answered(
        self, record: RecordId, before: RecordState, present: Mapping[str, Record], absent: set[str]
    ) -> RecordState:
        """The record's state after a person's answers about where it is gone from; what is not answered is held."""
        if record in self.policy.decisions.removed or record in self.policy.withdrawn:
            return replace(before, gone=True)
        vanished = sorted(absent & before.homes) if not before.gone else []
        targets = self._targets(Task(record, before, present, frozenset())) if vanished else {}
        for replica in vanished:
            hold = questions.vanished(replica, record, targets)
            if replica == CATALOG and (new := self._new_name(record)) is not None:
                # Nothing is to be removed: it is there under another id.
                self.holds.append(replace(hold, hint=_carry(record, new), id="", choices=()))
                continue
            match self.policy.decisions.answers.get(hold.id):
                case Choice.REMOVE:
                    return replace(before, gone=True)
                case Choice.RESTORE:
                    # Its accounts stay: what comes back from a trash may have been edited before it was thrown away.
                    before = replace(before, homes=before.homes - {replica})
                case Choice.LEAVE:
                    left = _without_home(before, replica)
                    before = replace(left, without=left.without | {replica})
                case _:
                    self.holds.append(hold)
        return before

    def _remove(
        self, record: RecordId, before: RecordState, present: Mapping[str, Record], *, approved_now: bool
    ) -> None:
        """Plan its removal from everywhere; not if it was edited since a person said so: an edit beats a deletion."""
        late = [r for r, found in present.items() if not approved_now and _edited(record, before, r, found)]
        if late:
            self.state[record] = replace(before, gone=False)
            self.holds.append(Hold(late[0], record, "was edited after its removal was approved", _AGAIN))
            return
        self.state[record] = before
        if present.keys() - self.policy.sinks:
            self.later.append(record)
        for replica in sorted(present.keys() & self.policy.sinks):
            said = {row.name: _ours(row, before, replica, present[replica]) for row in carried(record.kind, replica)}
            changes = tuple(Change(name, value, None) for name, value in said.items() if value is not None)
            self.operations.append(Operation(replica, Action.DELETE, record, changes))

    def _new_name(self, record: RecordId) -> RecordId | None:
        return next((new for new, old in self.renamed.items() if old == record), None)

    def _targets(self, task: Task) -> Fields:
        """What every replica should say of the record once this cycle is done."""
        return {row.name: decide(row, task, self.policy).state.target for row in task.rows(self.policy.decisions)}

    def _fields(self, task: Task) -> None:
        record = task.record
        decided = {row.name: decide(row, task, self.policy) for row in task.rows(self.policy.decisions)}
        states = {name: found.state for name, found in decided.items() if found.state is not UNSEEN}
        said = (found.edits for name, found in decided.items() if not TABLE[record.kind][name].derived)
        edited = {origin for edits in said for edit in edits for origin in edit.origins}
        came = "" if task.before.homes and edited - {task.before.came} else task.before.came
        self.state[record] = replace(task.before, fields=states, homes=task.before.homes.union(task.present), came=came)
        for name, found in decided.items():
            self.waiting += found.waiting
            self.differences += found.differences
            self.edits += found.edits
            if (clash := found.state.conflict) is not None:
                self.conflicts.append(questions.conflict(record, name, found.state.target, clash))
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
            edits=tuple(self.edits),
            state=self.state,
            forgotten=tuple(self.forgotten),
            later=tuple(self.later),
            withdrawn=tuple(
                r for r in self.state if r in self.policy.withdrawn - self.policy.decisions.taken_back.keys()
            ),
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


def _carry(old: RecordId, new: RecordId) -> str:
    return f"`litsync rename {old.key} {new.key}` carries it through; or give it the old one again"


_AGAIN = "remove it again, if it shall go with that edit"


def _settled(record: RecordId, said: Fields, present: Mapping[str, Record]) -> RecordState:
    """A record of which the catalog's own past is the accounted state. What was in Zotero besides was somebody else's."""
    homes = frozenset(present) | {CATALOG}
    fields = {}
    for row in TABLE[record.kind].values():
        value = said.get(row.name)
        accounts = {r: Account(value, 1) for r in homes if r in row.carriers and r not in row.foreign_in}
        for replica in row.foreign_in & present.keys():
            here, mine = members(row, present[replica].fields.get(row.name)), members(row, value)
            foreign = tuple(text for key, text in here.items() if key not in mine)
            accounts[replica] = Account(value, 1, foreign)
        if value is not None or any(account.foreign for account in accounts.values()):
            fields[row.name] = FieldState(value, 1, accounts)
    return RecordState(fields, homes)


def _with_targets(said: Fields) -> RecordState:
    """A record that is nowhere, and shall be."""
    return RecordState({name: FieldState(v, 1, {}) for name, v in said.items() if v is not None}, frozenset())


def _ours(row: Field, before: RecordState, replica: str, found: Record) -> Value:
    """What the replica says of the field, without what was there before litsync came."""
    account = before.fields.get(row.name, UNSEEN).accounts.get(replica, EMPTY)
    return without(row, found.fields.get(row.name), account.foreign)


def _still_litsyncs(known: RecordState, before: RecordState, present: Mapping[str, Record]) -> str:
    """What the record came from, while it is wholly litsync's doing: nobody answered about it, or has it elsewhere too."""
    theirs = before != known or (known.homes and present.keys() - known.homes)
    return "" if theirs else known.came


def _without_home(before: RecordState, replica: str) -> RecordState:
    fields = {
        name: replace(known, accounts={r: a for r, a in known.accounts.items() if r != replica})
        for name, known in before.fields.items()
    }
    return replace(before, fields=fields, homes=before.homes - {replica})


def _edited(record: RecordId, before: RecordState, replica: str, found: Record) -> bool:
    for row in carried(record.kind, replica):
        known = before.fields.get(row.name, UNSEEN).accounts.get(replica, EMPTY)
        value = found.fields.get(row.name)
        if (
            row.name not in found.unreadable
            and not row.derived
            and not known.foreign
            and not row.same(value, known.value)
        ):
            return True
    return False


def _creation(replica: str, record: RecordId, states: Mapping[str, FieldState]) -> Operation:
    ready = {name: state.target for name, state in states.items() if state.conflict is None}
    rows = (row for row in carried(record.kind, replica) if ready.get(row.name) is not None)
    rows = (row for row in rows if row.derived_by != replica)
    known = {name: state.accounts[replica].value for name, state in states.items() if replica in state.accounts}
    changes = tuple(Change(row.name, known.get(row.name), ready[row.name]) for row in rows)
    operation = Operation(replica, Action.CREATE, record, changes)
    return operation.afresh() if replica == CATALOG else operation  # it has no trash

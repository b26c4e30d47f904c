"""What litsync made by itself and takes back by itself, because its cause is gone: a slip of the pen, a thing saved by mistake.

Decides that only what nobody has touched goes: every replica says what litsync accounted there, nothing refers to it, and what
it was made for is certainly gone. Everything else is a question, as any deletion is. How long ago it was made, and whether an
entry, note or item is wholly litsync's, is for those who can tell. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from litsync.core.decide import EMPTY, UNSEEN
from litsync.core.fields import carried
from litsync.core.model import (
    CATALOG,
    NAMED,
    ZOTERO,
    Action,
    Kind,
    Plan,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    State,
    Value,
)
from litsync.core.policy import Decisions, Policy

MOST = 5
"""How many records may be taken back at once; where more lost their cause in one look, something else has happened."""


@dataclass(frozen=True, slots=True)
class Strays:
    """What may be taken back, and what has to be looked at again.

    `lost` have lost their cause, and nobody touched them. `later` are methods of which that cannot be told yet: nothing shall
    name them any more, but somewhere they are still written, or this is not the cycle to do it in.
    """

    lost: frozenset[RecordId] = frozenset()
    later: frozenset[RecordId] = frozenset()


def strays(known: State, everything: State, looks: Mapping[str, Snapshot], policy: Policy) -> Strays:
    """Which of the records among `known`, made by litsync itself, have lost their cause. `everything` is all that is remembered.

    Where more than a few have, something else has happened than a slip: then it is none of them.
    """
    wanted = {one for row in everything.items() for one in _wanted(*row)}
    caused = {record: state for record, state in known.items() if state.came and record not in wanted}
    if policy.decisions != Decisions() or not policy.sources & policy.sinks >= looks.keys():
        return Strays(later=frozenset(record for record, state in caused.items() if state.came == NAMED))
    lost = {record for record, state in caused.items() if _has_lost_its_cause(record, state, looks)}
    if _lost_a_section(everything, looks):
        # With a subcollection its items may have gone: nobody threw away just these.
        lost = {record for record in lost if caused[record].came != ZOTERO}
    if not lost or len(lost) > MOST:
        return Strays()
    named = {*_mentioned_in_state(everything), *_mentioned_in_looks(looks.values())}
    free = frozenset(record for record in lost - named if _is_untouched(record, known[record], looks))
    return Strays(free, frozenset(record for record in lost & named if known[record].came == NAMED))


def free(record: RecordId, everything: State, looks: Mapping[str, Snapshot]) -> bool:
    """Whether a record that a person added by a command can be taken back.

    No replica says more of it than is accounted, and no other record names it. One that no cycle has seen yet stands in the
    catalog alone.
    """
    if record in {*_mentioned_in_state(everything), *_mentioned_in_looks(looks.values())}:
        return False
    state = everything.get(record)
    if state is None:
        return not any(record in (*look.records, *look.unknown) for name, look in looks.items() if name != CATALOG)
    return _is_untouched(record, state, looks)


def loosened(plan: Plan) -> frozenset[RecordId]:
    """The methods that a paper names no more once the plan is carried out."""
    edits = ((edit.record, edit.field, edit.old, edit.new) for edit in plan.edits)
    removed = (one for one in plan.operations if one.action is Action.DELETE and one.replica == CATALOG)
    gone = ((one.record, change.field, change.old, None) for one in removed for change in one.changes)
    return frozenset(
        RecordId(Kind.METHOD, key)
        for record, field, old, new in (*edits, *gone)
        if record.kind is Kind.PAPER and field == "methods"
        for key in _texts(old) - _texts(new)
    )


def _has_lost_its_cause(record: RecordId, state: RecordState, looks: Mapping[str, Snapshot]) -> bool:
    """A method that papers named has lost it when none does, which is for the caller; anything else, its note or item."""
    if state.came == NAMED:
        return record.kind is Kind.METHOD
    return state.came in state.homes and state.came in looks and record not in looks[state.came].records


def _lost_a_section(everything: State, looks: Mapping[str, Snapshot]) -> bool:
    """Whether a section has no subcollection any more; it is in scope until a person has said what that means."""
    seen = looks[ZOTERO].records if ZOTERO in looks else {}
    return any(
        record.kind is Kind.SECTION
        and ZOTERO in state.homes
        and record in looks[CATALOG].records
        and record not in seen
        for record, state in everything.items()
    )


def _is_untouched(record: RecordId, state: RecordState, looks: Mapping[str, Snapshot]) -> bool:
    """Whether every place was looked at, and says exactly what litsync accounted there."""
    certain = all(look.complete and record not in look.unknown for look in looks.values())
    if not certain or not looks.keys() >= state.homes:
        return False
    if state.gone or state.without or CATALOG not in state.homes or record not in looks[CATALOG].records:
        return False
    if any(one.conflict is not None for one in state.fields.values()):
        return False
    present = {r: look.records[record] for r, look in looks.items() if record in look.records}
    return present.keys() <= state.homes and all(_as_accounted(state, r, found) for r, found in present.items())


def _as_accounted(state: RecordState, replica: str, found: Record) -> bool:
    if found.unreadable:
        return False
    for row in carried(found.id.kind, replica):
        known = state.fields.get(row.name, UNSEEN)
        account, value = known.accounts.get(replica, EMPTY), found.fields.get(row.name)
        if row.derived:
            continue
        if account.foreign or account.revision != known.revision or not row.same(value, account.value):
            return False
    return True


def _mentioned_in_state(everything: State) -> Iterator[RecordId]:
    for record, state in everything.items():
        for name, known in state.fields.items():
            values = [known.target, *(account.value for account in known.accounts.values())]
            for value in (*values, *(known.conflict or {}).values()):
                yield from _mentions(record.kind, name, value)


def _wanted(record: RecordId, state: RecordState) -> Iterator[RecordId]:
    for name, known in state.fields.items():
        yield from _mentions(record.kind, name, known.target)


def _mentioned_in_looks(looks: Iterable[Snapshot]) -> Iterator[RecordId]:
    for look in looks:
        for record, found in look.records.items():
            for name, value in found.fields.items():
                yield from _mentions(record.kind, name, value)


_REFERENCES: Mapping[tuple[Kind, str], Kind] = {
    (Kind.PAPER, "methods"): Kind.METHOD,
    (Kind.METHOD, "parent"): Kind.METHOD,
    (Kind.METHOD, "sources"): Kind.PAPER,
}


def _mentions(kind: Kind, name: str, value: Value) -> Iterator[RecordId]:
    if (meant := _REFERENCES.get((kind, name))) is not None:
        yield from (RecordId(meant, key) for key in _texts(value))


def _texts(value: Value) -> frozenset[str]:
    return frozenset({value}) if isinstance(value, str) else frozenset(map(str, value or ()))

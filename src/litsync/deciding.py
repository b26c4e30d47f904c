"""From what was seen to the plan of one cycle.

Decides in which order that happens: what is new has to settle, newcomers get their ids, the plan is made, and what would
change too much at once is held back. The rules themselves are `core`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from litsync.core.account import presumed
from litsync.core.guards import fold, guard
from litsync.core.model import CATALOG, NAMED, Fields, Hold, Kind, Plan, Record, RecordId, Snapshot, Stranger
from litsync.core.newcomers import Names, Welcome, any_newcomers, until_named, welcome
from litsync.core.plan import plan
from litsync.core.policy import Policy
from litsync.core.withdrawal import free, loosened, strays
from litsync.formats.catalog_yaml import item_types
from litsync.replicas.base import Scope, Vocabulary
from litsync.setup import Looks, Pace, Setup

_LIST = RecordId(Kind.LIST, "list")
_A_DAY = timedelta(days=1)
Untouched = Callable[[RecordId, Fields | None], bool]
"""Whether what stands for a record is wholly litsync's, in every replica that has it; if given, its entry said this first."""
_TOUCHED = ("was touched or is named since it was added", "take it out of the catalog, if it shall go all the same")


class Deciding:
    """The decision of one cycle about the records in `scope`. Nothing is written, and no replica is asked."""

    def __init__(self, setup: Setup, policy: Policy, scope: Scope, looks: Looks) -> None:
        """Let what is new settle, and welcome it."""
        self._setup, self._scope = setup, scope
        self._known = presumed(setup.state.records(scope), looks.snapshots, setup.state.doubtful())
        seen = sum(record.kind is Kind.PAPER for record in looks.snapshots[CATALOG].records)
        self._papers = max(setup.state.count(Kind.PAPER), seen)
        self.young: frozenset[RecordId] = frozenset()
        self._pending: frozenset[RecordId] = frozenset()
        self._kept: tuple[Hold, ...] = ()
        first = frozenset(one.name for one in setup.others if setup.memories[one.name].loaded is None)
        allowed = _allowed(looks.words, setup.statuses)
        self._policy = replace(policy, allowed=allowed, decisions=setup.decisions, first=first, base=setup.base)
        self._looks = self._grown(looks.snapshots)
        self._found = self._welcomed(looks.words)

    def wants_more(self) -> frozenset[RecordId]:
        """Records that have to be looked at too; empty when the scope is all that is needed."""
        wishes = self._found.wishes if self._found else {}
        return frozenset(record for record, _ in wishes if self._scope is not None and record not in self._scope)

    def adopted(self, replica: str) -> Mapping[str, RecordId | None]:
        """What the strangers of a replica stand for from now on, by their place."""
        found = self._found.adopted if self._found else {}
        return {where: record for (name, where), record in found.items() if name == replica}

    def withdraw(self, untouched: Untouched) -> None:
        """Take back what litsync made by itself within a day and nobody has touched, if its cause is gone for good."""
        self._take_back(untouched)
        made = {record: state for record, state in self._known.items() if state.came and self._is_recent(record)}
        if not made:
            return
        found = strays(made, self._setup.state.records(None), self._looks, self._policy)
        lost = frozenset(record for record in found.lost if untouched(record, None))
        pace = self._setup.pace
        gone = {one for one in lost if pace is None or pace.counts(_cause(made[one].came), Record(one, {}))}
        self._pending = lost - gone
        self.young |= self._pending | found.later
        self._policy = replace(self._policy, withdrawn=self._policy.withdrawn | gone)

    def _take_back(self, untouched: Untouched) -> None:
        """What a person wants to be taken back goes, if nobody touched it since it was added; else it stays, and is told."""
        wanted = self._policy.decisions.taken_back
        everything = self._setup.state.records(None) if wanted else {}
        gone = {one for one, said in wanted.items() if free(one, everything, self._looks) and untouched(one, said)}
        self._policy = replace(self._policy, withdrawn=frozenset(gone))
        self._kept = tuple(Hold(CATALOG, one, *_TOUCHED) for one in wanted if one not in gone and self._is_there(one))

    def _is_there(self, record: RecordId) -> bool:
        return record in self._looks[CATALOG].records

    def _is_recent(self, record: RecordId) -> bool:
        """Whether litsync made it within a day by its own clock; a clock that was put back proves nothing."""
        made = self._setup.state.entered(record)
        if made is None:
            return False
        began, now = datetime.fromisoformat(made), datetime.now(UTC)
        latest = datetime.fromisoformat(self._setup.state.latest())
        return began <= now and max(now, latest) - began < _A_DAY

    def plan(self) -> Plan:
        """Everything that shall happen."""
        made = self._plan()
        holds = tuple(hold for hold in made.holds if hold.record not in self._pending)
        loose = loosened(made)
        states = self._setup.state.records(loose) if loose else {}
        return replace(
            made, holds=(*holds, *self._kept), loose=tuple(sorted(one for one, state in states.items() if state.came))
        )

    def _plan(self) -> Plan:
        policy, found = self._policy, self._found
        looks = found.looks if found else self._looks
        new: frozenset[str] = frozenset()
        if found is not None:
            policy, new = _with_newcomers(policy, found)
        made, folded = fold(plan(self._known, looks.values(), policy), self._papers)
        answers = dict(policy.decisions.answers)
        if extra := {one: answers[name] for name, ids in folded.items() if name in answers for one in ids}:
            policy = replace(policy, decisions=replace(policy.decisions, answers={**answers, **extra}))
            made, _ = fold(plan(self._known, looks.values(), policy), self._papers)
        made = until_named(guard(made, self._papers, answers), new)
        return replace(made, holds=(*made.holds, *found.holds)) if found else made

    def _welcomed(self, words: Vocabulary) -> Welcome | None:
        """Every newcomer under its id; None when there are none."""
        names = Names(words.method_ids())
        if not any_newcomers(self._known, self._looks, self._policy, names):
            return None
        from litsync.formats.ids import Ids

        known = self._setup.state.records(None)
        papers = {record.key for record in (*known, *self._looks[CATALOG].records) if record.kind is Kind.PAPER}
        return welcome(known, self._looks, self._policy, names, Ids(papers, words.methods, self._setup.citekeys))

    def _grown(self, looks: Mapping[str, Snapshot]) -> Mapping[str, Snapshot]:
        """The looks without what is new and has to stand for a while first. When all is new, nothing has to."""
        pace = self._setup.pace
        if pace is None or (self._scope is None and not self._known):
            return looks
        young = {
            record
            for look in looks.values()
            for record, found in look.records.items()
            if record not in self._known and not pace.counts(look.replica, found)
        }
        waiting = [one for look in looks.values() for one in look.strangers if _is_young(one, pace)]
        self.young = frozenset(young | ({_LIST} if waiting else set()))
        return {name: _without(look, young, waiting) for name, look in looks.items()}


def _with_newcomers(policy: Policy, found: Welcome) -> tuple[Policy, frozenset[str]]:
    """The policy that takes them in, and the ids of new methods."""
    said = policy.decisions
    decisions = replace(said, created={**found.created, **said.created}, wishes={**found.wishes, **said.wishes})
    new = frozenset(record.key for record in (*found.created, *found.accepted) if record.kind is Kind.METHOD)
    allowed = {name: ids | new if name in ("methods", "parent") else ids for name, ids in policy.allowed.items()}
    accepted = frozenset(found.accepted)
    return replace(policy, allowed=allowed, decisions=decisions, accepted=accepted, came=found.came), new


def _cause(came: str) -> str:
    """The replica whose pace says how long a cause must be gone: nothing is as quick to be put right as a word."""
    return CATALOG if came == NAMED else came


def _is_young(one: Stranger, pace: Pace) -> bool:
    """Whether something without an id has not stood for long enough; until it has an id, its place tells it from others."""
    if one.found is None or one.foreign:
        return False
    return not pace.counts(one.replica, replace(one.found, id=RecordId(one.found.id.kind, one.where)))


def _without(seen: Snapshot, young: Collection[RecordId], waiting: Collection[Stranger]) -> Snapshot:
    """The look without young records; young strangers are listed, and not yet taken for something new."""
    records = {key: record for key, record in seen.records.items() if key not in young}
    strangers = tuple(replace(one, found=None) if one in waiting else one for one in seen.strangers)
    return replace(seen, records=records, strangers=strangers)


def _allowed(words: Vocabulary, statuses: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """What the catalog may hold, where not every value of the right form will do."""
    methods = frozenset(words.methods)
    return {
        "methods": methods,
        "parent": methods,
        "sections": frozenset(words.sections),
        "status": frozenset(statuses),
        "type": frozenset(item_types()),
    }

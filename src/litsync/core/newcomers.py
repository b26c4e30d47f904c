"""What only the vault or Zotero has, and whether it becomes the catalog's: new papers, new methods, renamed methods.

Decides which newcomers are taken in at once, which need a person's word first, and under which id each goes. A pure step
before `plan`: it gives newcomers their ids in the snapshots, so that the plan treats them like any other record. Must not
know notes, items or YAML.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from litsync.core.model import (
    CATALOG,
    NAMED,
    VAULT,
    ZOTERO,
    Action,
    Change,
    Fields,
    Hold,
    Kind,
    Plan,
    Record,
    RecordId,
    Snapshot,
    State,
    Stranger,
    Value,
)
from litsync.core.policy import Policy
from litsync.core.questions import Choice, fingerprint
from litsync.core.works import Works

_NEEDS = {Kind.PAPER: "title", Kind.METHOD: "name"}
_CLOSE = 0.8


class Namer(Protocol):
    """Gives ids to what has none."""

    def give(self, fields: Fields) -> str:
        """A citekey that no paper has, for a paper with these fields."""

    def keep(self, wanted: str, fields: Fields) -> str:
        """The citekey that a paper brings along if it is free, else one by the rule."""

    def rule(self, fields: Fields) -> str:
        """What the rule makes of the fields, taken or not."""

    def method_id(self, name: str) -> str:
        """An id that no method has, for a method of this name."""


@dataclass(frozen=True, slots=True)
class Names:
    """The methods of the catalog: `spellings` maps every way to write one, case-folded, to its id."""

    spellings: Mapping[str, str]

    def means(self, text: str) -> str | None:
        """The method that is meant by the text."""
        return self.spellings.get(text.casefold())

    def close_to(self, text: str) -> str | None:
        """The method whose name is so close that the text may be a slip of the pen."""
        found = difflib.get_close_matches(text.casefold(), self.spellings, 1, _CLOSE)
        return self.spellings[found[0]] if found else None


@dataclass(slots=True)
class Welcome:
    """What was decided about the newcomers of one cycle.

    `adopted` names, by replica and place, the record that a stranger stands for from now on, None if it is to be left
    alone for good. `accepted` and `created` are for the policy of the plan, and so are `wishes`. `came` says where what
    nobody was asked about came from.
    """

    looks: dict[str, Snapshot]
    adopted: dict[tuple[str, str], RecordId | None] = field(default_factory=dict)
    accepted: set[RecordId] = field(default_factory=set)
    created: dict[RecordId, Fields] = field(default_factory=dict)
    wishes: dict[tuple[RecordId, str], Value] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    came: dict[RecordId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """A paper or method that one replica has; `record` is its id if it has one."""

    replica: str
    where: str
    found: Record
    record: RecordId | None
    stranger: Stranger | None = None

    @property
    def id(self) -> str:
        """What stands for it in a question about whether it shall be taken."""
        return fingerprint("s", self.replica, self.where)


def any_newcomers(state: State, looks: Mapping[str, Snapshot], policy: Policy, names: Names) -> bool:
    """Whether anything may have to be welcomed; cheap, as it is asked in every cycle."""
    if CATALOG not in policy.sinks:
        return False
    asked, catalog = bool(policy.decisions.answers), looks[CATALOG].records
    others = [look for name, look in looks.items() if name in policy.sources - {CATALOG}]
    return any(
        any(one.found is not None and (asked or not one.foreign) for one in look.strangers)
        or any(record not in catalog and (record not in state or asked) for record in look.records)
        or any(names.means(text) is None for found in look.records.values() for text in _methods(found))
        for look in others
    )


def welcome(state: State, looks: Mapping[str, Snapshot], policy: Policy, names: Names, namer: Namer) -> Welcome:
    """Decide about everything that the catalog does not have yet. `state` is all that is remembered."""
    door = _Door(state, policy, names, namer, Welcome(dict(looks)))
    if CATALOG in policy.sinks and looks[CATALOG].complete:
        door.papers_and_methods()
        door.method_names()
    return door.result


def until_named(plan: Plan, new: Collection[str]) -> Plan:
    """The plan without what spells a new method elsewhere: that comes with the next cycle, when the catalog has its name."""
    if not new:
        return plan
    thinned = [
        one if one.replica == CATALOG else replace(one, changes=tuple(c for c in one.changes if not _names_one(c, new)))
        for one in plan.operations
    ]
    return replace(plan, operations=tuple(one for one in thinned if one.changes or one.action is Action.DELETE))


def _names_one(change: Change, new: Collection[str]) -> bool:
    value = change.new if isinstance(change.new, tuple) else (change.new,)
    return change.field in ("methods", "parent") and any(member in new for member in value)


@dataclass(slots=True)
class _Door:
    """One welcome in the making."""

    state: State
    policy: Policy
    names: Names
    namer: Namer
    result: Welcome
    works: Works = field(default_factory=Works)

    # ── papers, and methods that have a note ─────────────────────────────────────────────────────────────────

    def papers_and_methods(self) -> None:
        """Take in what has all it needs; ask about what may be known already."""
        self.works = Works.of({r: _targets(self.state, r) for r in self.state if self._is_known_paper(r)})
        catalog = self.result.looks[CATALOG].records
        for record, found in catalog.items():
            if record.kind is Kind.PAPER:
                self.works.add(record, found.fields)
        for one in sorted(self._newcomers(), key=lambda n: (n.record is None, n.replica, n.where)):
            self._take(one)

    def _is_known_paper(self, record: RecordId) -> bool:
        return record.kind is Kind.PAPER and CATALOG not in self.state[record].without

    def _newcomers(self) -> Iterator[_Newcomer]:
        catalog = self.result.looks[CATALOG].records
        for replica in sorted(self.policy.sources - {CATALOG}):
            look = self.result.looks.get(replica)
            if look is None:
                continue
            for stranger in look.strangers:
                if stranger.found is not None:
                    yield _Newcomer(replica, stranger.where, stranger.found, None, stranger)
            for record, found in look.records.items():
                known = self.state.get(record)
                if record.kind in _NEEDS and record not in catalog and (known is None or CATALOG in known.without):
                    yield _Newcomer(replica, str(record), found, record)

    def _take(self, one: _Newcomer) -> None:
        answer = self.policy.decisions.answers.get(one.id)
        if not one.found.fields.get(_NEEDS[one.found.id.kind]) or answer == Choice.LEAVE:
            self._leave(one, for_good=answer == Choice.LEAVE)
            return
        if one.record is not None and one.record in self.result.accepted:
            self.result.came.pop(one.record, None)  # it has two causes
            return
        if one.record is None and (known := self._known_elsewhere(one)) is not None:
            self._stands_for(one, known)
        elif answer == Choice.TAKE or not (self._was_there_before(one) or self._asked(one)):
            self._accept(one)

    def _leave(self, one: _Newcomer, *, for_good: bool) -> None:
        if for_good and one.stranger is not None:
            self.result.adopted[one.replica, one.where] = None

    def _was_there_before(self, one: _Newcomer) -> bool:
        if one.stranger is not None and one.stranger.foreign:
            return True
        return one.replica in self.policy.first or (one.record is not None and one.record in self.state)

    def _known_elsewhere(self, one: _Newcomer) -> RecordId | None:
        """The paper or method that the newcomer is: it is known, and this replica does not have it yet."""
        fields = one.found.fields
        if one.found.id.kind is Kind.METHOD:
            key = self.names.means(str(fields["name"]))
            method = RecordId(Kind.METHOD, key) if key else None
            return method if method and not self._has(one.replica, method) else None
        probable = self.works.probable(fields)
        by_rule = RecordId(Kind.PAPER, self.namer.rule(fields))
        for record in (self.works.certain(fields), probable if probable == by_rule else None):
            if record is not None and not self._has(one.replica, record):
                return record
        taken = probable in self.result.accepted if probable is not None else False
        return probable if taken and probable is not None and not self._has(one.replica, probable) else None

    def _has(self, replica: str, record: RecordId) -> bool:
        look = self.result.looks[replica]
        return record in look.records or record in look.unknown or self._is_away(replica, record)

    def _is_away(self, replica: str, record: RecordId) -> bool:
        """Whether the replica holds the record, which this look was not about."""
        known = self.state.get(record)
        asked = any(record in look.records or record in look.unknown for look in self.result.looks.values())
        return known is not None and replica in known.homes and not asked

    def _asked(self, one: _Newcomer) -> bool:
        """Hold what is probably known under another id, or is called nearly like it."""
        fields = one.found.fields
        if one.found.id.kind is Kind.METHOD:
            near = self.names.close_to(str(fields["name"]))
        else:
            twin = self.works.alike(fields)
            near = twin.key if twin and twin != one.record else None
        if near is None:
            return False
        shown = self.namer.rule(fields) if one.found.id.kind is Kind.PAPER else str(fields["name"])
        key = one.record or RecordId(one.found.id.kind, shown)
        reason = f"({_where(one)}) looks like {near}, which the catalog has"
        hint = "merge them there, or say that it is another one"
        self.result.holds.append(Hold(one.replica, key, reason, hint, one.id, (Choice.TAKE, Choice.LEAVE)))
        return True

    def _accept(self, one: _Newcomer) -> None:
        fields = one.found.fields
        record = one.record
        if record is None:
            record = RecordId(one.found.id.kind, self._new_key(one.found))
        self.result.accepted.add(record)
        if one.id not in self.policy.decisions.answers:
            self.result.came[record] = one.replica
        if record.kind is Kind.PAPER:
            self.works.add(record, fields)
        if one.record is None:
            self._stands_for(one, record)

    def _new_key(self, found: Record) -> str:
        if found.id.kind is Kind.METHOD:
            return self.namer.method_id(str(found.fields["name"]))
        own = found.fields.get("citekey")
        return self.namer.keep(own, found.fields) if isinstance(own, str) else self.namer.give(found.fields)

    def _stands_for(self, one: _Newcomer, record: RecordId) -> None:
        """Give the stranger its id in the snapshot."""
        if self.result.came.get(record) not in (None, one.replica):
            del self.result.came[record]  # it has two causes
        look = self.result.looks[one.replica]
        fields = dict(one.found.fields)
        own = fields.pop("citekey", None)
        if one.replica == ZOTERO and own is not None:
            fields |= {"citekey": record.key, **({} if own == record.key else {"zotero_citekey": own})}
        records = {**look.records, record: replace(one.found, id=record, fields=fields)}
        strangers = tuple(stranger for stranger in look.strangers if stranger is not one.stranger)
        self.result.looks[one.replica] = replace(look, records=records, strangers=strangers)
        self.result.adopted[one.replica, one.where] = record

    # ── methods that papers name ─────────────────────────────────────────────────────────────────────────────

    def method_names(self) -> None:
        """Understand the methods that notes link to and tags name: new ones, slips of the pen, renamed ones."""
        meant: dict[str, str | None] = {r.key.casefold(): r.key for r in self.result.accepted if r.kind is Kind.METHOD}
        for replica in sorted(self.policy.sources - {CATALOG} - self.policy.first):
            users = self._unknown_names(replica)
            for name in sorted(users):
                if name.casefold() not in meant:
                    meant[name.casefold()] = self._understood(replica, name, users[name])
            self._respell(replica, meant)

    def _unknown_names(self, replica: str) -> dict[str, list[RecordId]]:
        users: dict[str, list[RecordId]] = {}
        look = self.result.looks.get(replica)
        for record, found in look.records.items() if look else ():
            for text in _methods(found):
                if self.names.means(text) is None:
                    users.setdefault(text, []).append(record)
        return users

    def _understood(self, replica: str, name: str, users: Iterable[RecordId]) -> str | None:
        """The id of the method that is meant; None while a person has to say."""
        if replica == ZOTERO and (old := self._renamed_from(frozenset(users))) is not None:
            self.result.wishes[RecordId(Kind.METHOD, old), "name"] = name
            return old
        near = self.names.close_to(name)
        occupied = replica == VAULT and name in self.result.looks[VAULT].concepts
        if near is not None or occupied:
            shown = fingerprint("m", replica, name, near)
            match self.policy.decisions.answers.get(shown):
                case Choice.SAME if near is not None:
                    aliases = _targets(self.state, RecordId(Kind.METHOD, near)).get("aliases")
                    known = aliases if isinstance(aliases, tuple) else ()
                    self.result.wishes[RecordId(Kind.METHOD, near), "aliases"] = (*map(str, known), name)
                    return near
                case Choice.TAKE:
                    return self._create_method(name, asked=True)
            self.result.holds.append(_doubtful_method(replica, name, near, shown))
            return None
        return self._create_method(name)

    def _create_method(self, name: str, *, asked: bool = False) -> str:
        record = RecordId(Kind.METHOD, self.namer.method_id(name))
        self.result.created[record] = {"name": name}
        if not asked:
            self.result.came[record] = NAMED
        return record.key

    def _renamed_from(self, users: frozenset[RecordId]) -> str | None:
        """The method that a tag on these items took the place of: on all that had it, two at least."""
        look = self.result.looks[ZOTERO]
        for method in sorted({*self.names.spellings.values()}):
            had = frozenset(record for record in self.state if method in _accounted_methods(self.state, record))
            now = {record for record, found in look.records.items() if method in _methods(found)}
            if len(had) > 1 and had == users and not now:
                return method
        return None

    def _respell(self, replica: str, meant: Mapping[str, str | None]) -> None:
        look = self.result.looks.get(replica)
        if look is None:
            return
        records = dict(look.records)
        for record, found in look.records.items():
            texts = _methods(found)
            after = tuple(meant.get(text.casefold()) or text for text in texts)
            if after != texts:
                records[record] = replace(found, fields={**found.fields, "methods": tuple(dict.fromkeys(after))})
        self.result.looks[replica] = replace(look, records=records)


def _doubtful_method(replica: str, name: str, near: str | None, shown: str) -> Hold:
    record = RecordId(Kind.METHOD, name)
    if near is not None:
        reason = (
            f"is named in {'the vault' if replica == VAULT else 'Zotero'}, and is close to {near}: did you mean that?"
        )
        return Hold(
            replica, record, reason, "say whether it is the same, or a new one", shown, (Choice.SAME, Choice.TAKE)
        )
    reason = "is the name of a note of your own: shall it be a method?"
    return Hold(replica, record, reason, "otherwise take the link out of `methods`", shown, (Choice.TAKE,))


def _methods(found: Record) -> tuple[str, ...]:
    value = found.fields.get("methods")
    return tuple(map(str, value)) if isinstance(value, tuple) and found.id.kind is Kind.PAPER else ()


def _targets(state: State, record: RecordId) -> Fields:
    known = state.get(record)
    return {name: one.target for name, one in known.fields.items()} if known else {}


def _accounted_methods(state: State, record: RecordId) -> tuple[str, ...]:
    known = state[record].fields.get("methods")
    account = known.accounts.get(ZOTERO) if known else None
    return tuple(map(str, account.value)) if account is not None and isinstance(account.value, tuple) else ()


def _where(one: _Newcomer) -> str:
    return one.stranger.where if one.stranger is not None else {VAULT: "a note", ZOTERO: "an item"}[one.replica]

"""What an import does to a catalog, as operations: new papers, and new facts about papers that are there.

Decides which work is which paper, and that the reader's values stay: an empty field is filled, a set gains members, and a
value is replaced only where the catalog still says what the same source said before. Pure: what came of it is for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import cast

from litsync.core.fields import TABLE, carried
from litsync.core.identity import ARXIV, DOI, marks
from litsync.core.model import CATALOG, Action, Change, Fields, Kind, Operation, Record, RecordId, Value
from litsync.core.values import FieldKind, comparison_key, tidy, unique
from litsync.exchange.found import Found, Reading
from litsync.exchange.recognise import Papers
from litsync.formats.citekeys import DEFAULT_PATTERN, Citekeys

_FIELDS = tuple(row for row in carried(Kind.PAPER, CATALOG) if not row.derived)


class Doubt(StrEnum):
    """What becomes of a work that is probably a paper of the catalog, and of none for certain."""

    LEAVE = "leave"
    MERGE = "merge"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How works are taken: the form of new citekeys, sections and methods of new papers, the fields that are not taken."""

    pattern: str = DEFAULT_PATTERN
    doubt: Doubt = Doubt.LEAVE
    sections: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kept:
    """A value of the catalog that stays, and what the source says instead."""

    citekey: str
    field: str
    here: Value
    there: Value


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A work that was left out because it may be the paper `like`, and why that is thought."""

    work: Found
    like: str
    reason: str


@dataclass(frozen=True, slots=True)
class Intake:
    """The outcome: operations on the catalog, and what is not done.

    `papers` has, for each work of the source in order, the citekey of its paper; empty for one that was left out. `renamed`
    are the citekeys that works brought along and could not keep, with those they got.
    """

    operations: tuple[Operation, ...]
    papers: tuple[str, ...]
    kept: tuple[Kept, ...] = ()
    doubtful: tuple[Doubtful, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def added(self) -> tuple[str, ...]:
        """The citekeys of the new papers."""
        new = (one for one in self.operations if one.action is Action.CREATE)
        return tuple(one.record.key for one in new if one.record.kind is Kind.PAPER)


def plan_intake(
    reading: Reading,
    records: Mapping[RecordId, Record],
    before: Mapping[str, Fields] | None = None,
    wishes: Wishes | None = None,
) -> Intake:
    """What taking the works into the catalog with these `records` means.

    `before` is what the same source said of each paper, by citekey, when it was taken the last time.
    """
    return _Taking(records, before or {}, wishes or Wishes()).take(reading)


def new_records(reading: Reading, intake: Intake) -> list[Record]:
    """The records of a catalog that holds nothing but this import."""
    title: list[Record] = [Record(RecordId(Kind.LIST, "list"), {"title": reading.title})] if reading.title else []
    return title + [
        Record(one.record, {change.field: change.new for change in one.changes}) for one in intake.operations
    ]


class _Taking:
    """One import on its way."""

    def __init__(self, records: Mapping[RecordId, Record], before: Mapping[str, Fields], wishes: Wishes) -> None:
        self._records, self._before, self._wishes = records, before, wishes
        self._papers = Papers({one.key: record.fields for one, record in records.items() if one.kind is Kind.PAPER})
        self._citekeys = Citekeys((one.key for one in records if one.kind is Kind.PAPER), wishes.pattern)
        self._new: dict[str, dict[str, Value]] = {}
        self._own: dict[str, Mapping[str, str | tuple[str, ...]]] = {}
        self._changes: dict[str, dict[str, Change]] = {}
        self._kept: list[Kept] = []
        self._doubtful: list[Doubtful] = []
        self._renamed: dict[str, str] = {}
        self._distinct = False

    def take(self, reading: Reading) -> Intake:
        names = _Definitions(self._records, reading)
        self._distinct = reading.distinct
        papers = tuple(self._paper(replace(work, fields=names.in_catalog(work.fields))) for work in reading.works)
        names.add_sources(zip(papers, reading.works, strict=True))
        operations = (*names.operations, *self._operations())
        return Intake(operations, papers, tuple(self._kept), tuple(self._doubtful), self._renamed)

    def _paper(self, work: Found) -> str:
        """Take one work; returns the citekey of its paper, empty if it is left out."""
        fields = {name: value for name, value in work.fields.items() if name not in self._wishes.without}
        if RecordId(Kind.PAPER, work.paper) in self._records:
            self._merge(work.paper, fields)
            return work.paper
        like = self._papers.like(fields, work.citekey)
        if like is not None and not like.certain and self._wishes.doubt is Doubt.LEAVE:
            self._doubtful.append(Doubtful(work, like.citekey, like.reason))
            return ""
        if like is None or (not like.certain and self._wishes.doubt is Doubt.ADD):
            return self._add(work, fields)
        self._merge(like.citekey, fields)
        return like.citekey

    def _add(self, work: Found, fields: Mapping[str, Value]) -> str:
        wanted = work.citekey
        key = self._citekeys.keep(wanted, fields) if wanted else self._citekeys.give(fields)
        if wanted and key != wanted:
            self._renamed[wanted] = key
        wanted_here = {"sections": self._wishes.sections, "methods": self._wishes.methods}
        classified = {name: fields.get(name) or wish or None for name, wish in wanted_here.items()}
        self._new[key] = {**fields, **classified, "url": fields.get("url") or _address(fields)}
        self._own[key] = work.own
        if not self._distinct:
            self._papers.add(key, self._new[key])
        return key

    def _merge(self, key: str, fields: Fields) -> None:
        if key in self._new:
            for name, value in fields.items():
                self._new[key][name] = _united(name, self._new[key].get(name), value)
            return
        here = self._records[RecordId(Kind.PAPER, key)]
        changes = self._changes.setdefault(key, {})
        for row in _FIELDS:
            there = fields.get(row.name)
            if there is None or row.name in here.unreadable:
                continue
            old = self._before.get(key, {}).get(row.name)
            now = changes[row.name].new if row.name in changes else here.fields.get(row.name)
            new = merged(row.name, old, now, there)
            if not row.same(new, now):
                changes[row.name] = Change(row.name, here.fields.get(row.name), new)
            elif row.kind is FieldKind.SET or row.same(there, now) or row.same(there, old):
                continue
            elif not row.compatible(now, there):
                self._kept.append(Kept(key, row.name, now, there))

    def _operations(self) -> Iterator[Operation]:
        for key, fields in self._new.items():
            changes = [Change(row.name, None, fields[row.name]) for row in _FIELDS if fields.get(row.name)]
            changes += [Change(name, None, text) for name, text in self._own[key].items()]
            yield Operation(CATALOG, Action.CREATE, RecordId(Kind.PAPER, key), tuple(changes))
        for key, found in self._changes.items():
            if found:
                yield Operation(CATALOG, Action.UPDATE, RecordId(Kind.PAPER, key), tuple(found.values()))


def merged(name: str, old: Value, here: Value, there: Value) -> Value:
    """What a paper's field says after its source said `old` before and says `there` now; the reader's own value stays."""
    row = TABLE[Kind.PAPER][name]
    if row.kind in (FieldKind.SET, FieldKind.LINKS):
        return _united(name, here, _new_members(name, old, there))
    if old is not None and row.same(old, there):
        return here
    if here is None or (old is not None and row.same(old, here)):
        return there
    return here


def _new_members(name: str, old: Value, there: Value) -> Value:
    """The members that the source did not have before: one that the reader took out since stays out."""
    known = _keys(name, old)
    members = there if isinstance(there, tuple) else ()
    return cast("Value", tuple(one for one in members if _key(name, one) not in known) or None)


def _united(name: str, here: Value, there: Value) -> Value:
    """Both values, if it is a set; else the one that is there."""
    if not isinstance(here, tuple) or not isinstance(there, tuple) or name == "authors":
        return here if here is not None else there
    known = _keys(name, here)
    return cast("Value", (*here, *(one for one in there if _key(name, one) not in known)))


def _keys(name: str, value: Value) -> set[object]:
    return {_key(name, one) for one in value} if isinstance(value, tuple) else set()


def _key(name: str, member: object) -> object:
    row = TABLE[Kind.PAPER][name]
    return comparison_key(row.kind, row.form, cast("Value", (member,)))


def _address(fields: Fields) -> str | None:
    """Where a new paper that gives no address is read: where its arXiv id or DOI leads."""
    found = {mark.scheme: mark.address for mark in marks(fields)}
    return found.get(ARXIV) or found.get(DOI)


class _Definitions:
    """The sections and methods that the source's works refer to, as the catalog calls them; those it lacks are created."""

    def __init__(self, records: Mapping[RecordId, Record], reading: Reading) -> None:
        self.operations: list[Operation] = []
        self._records = records
        sections: Mapping[str, Fields] = {key: {"name": name} for key, name in reading.sections.items()}
        self._ids = {
            "sections": self._matched(Kind.SECTION, records, sections),
            "methods": self._matched(Kind.METHOD, records, reading.methods),
        }

    def _matched(self, kind: Kind, records: Mapping[RecordId, Record], theirs: Mapping[str, Fields]) -> dict[str, str]:
        words = {
            word: one.key
            for one, record in records.items()
            if one.kind is kind
            for word in _words(one.key, record.fields)
        }
        found: dict[str, str] = {}
        for key, fields in theirs.items():
            known = next((words[word] for word in _words(key, fields) if word in words), None)
            found[key] = known or key
            if known is None:
                changes = tuple(
                    Change(row.name, None, fields[row.name]) for row in carried(kind, CATALOG) if fields.get(row.name)
                )
                self.operations.append(Operation(CATALOG, Action.CREATE, RecordId(kind, key), changes))
        return found

    def add_sources(self, papers: Iterable[tuple[str, Found]]) -> None:
        """Give every method the papers that are to be read about it, behind those that it has."""
        sources: dict[str, list[str]] = {}
        for citekey, work in papers:
            for method in work.source_of if citekey else ():
                sources.setdefault(self._ids["methods"].get(method, method), []).append(citekey)
        for key, citekeys in sources.items():
            record = RecordId(Kind.METHOD, key)
            made = next((place for place, one in enumerate(self.operations) if one.record == record), None)
            here = self._records[record].fields.get("sources") if record in self._records else None
            known = cast("tuple[str, ...]", here or ())
            change = Change("sources", here, unique((*known, *citekeys)))
            if made is not None:
                self.operations[made] = replace(self.operations[made], changes=(*self.operations[made].changes, change))
            elif change.new != here:
                self.operations.append(Operation(CATALOG, Action.UPDATE, record, (change,)))

    def in_catalog(self, fields: Fields) -> Fields:
        """The fields with the catalog's ids."""
        return {
            name: tuple(self._ids[name].get(str(key), str(key)) for key in value)
            if name in self._ids and isinstance(value, tuple)
            else value
            for name, value in fields.items()
        }


def _words(key: str, fields: Fields) -> Sequence[str]:
    """By what a section or method is found: its name, its id, its other names."""
    aliases = fields.get("aliases")
    texts = [fields.get("name"), key, *(aliases if isinstance(aliases, tuple) else ())]
    return [tidy(text).casefold() for text in texts if isinstance(text, str)]

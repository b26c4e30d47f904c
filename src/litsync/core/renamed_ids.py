"""What left the catalog and came back under another id: a person changed the id in the file.

Decides when an entry that is new is an old one: for a paper, when both are one work; for a method or section, when both have
one name; for a section also when the same papers are in it. An id that stands in notes is carried through by a person's
`litsync rename`, for nothing may be doubled or thrown away meanwhile; the id of a section is carried through at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from litsync.core.model import (
    CATALOG,
    ZOTERO,
    Account,
    FieldState,
    Kind,
    RecordId,
    RecordState,
    Snapshot,
    State,
    Value,
)
from litsync.core.values import tidy

_SAME_WORK = ("doi", "arxiv", "url")


def renamed(state: State, looks: Mapping[str, Snapshot]) -> Mapping[RecordId, RecordId]:
    """The papers and methods that are new in the catalog, each with the id under which it was known."""
    look = looks.get(CATALOG)
    if look is None or not look.complete:
        return {}
    gone = [record for record, known in state.items() if CATALOG in known.homes and not _sees(look, record)]
    if not gone:
        return {}
    works = {mark: record for record in gone for mark in _marks(record.kind, _targets(state[record]))}
    new = {record: found for record, found in look.records.items() if record not in state}
    pairs = {record: _first(works, _marks(record.kind, found.fields)) for record, found in new.items()}
    return {record: old for record, old in pairs.items() if old is not None}


def same_sections(state: State, catalog: Snapshot) -> Mapping[RecordId, RecordId]:
    """The sections whose id changed, the old id with the new one; none that could be meant by two.

    `state` is all that is remembered, `catalog` all that is there.
    """
    gone = [r for r, known in state.items() if _is_section(r) and CATALOG in known.homes and not _sees(catalog, r)]
    if not gone or not catalog.complete:
        return {}
    fresh = [r for r in catalog.records if _is_section(r) and (r not in state or state[r].homes <= {CATALOG})]
    before = _members(
        (record, known.fields["sections"].target) for record, known in state.items() if _has(record, known)
    )
    now = _members((record, found.fields.get("sections")) for record, found in catalog.records.items())
    said = {old: _name(_targets(state[old])) for old in gone}
    pairs = [
        (old, new) for old in gone for new in fresh if said[old] and said[old] == _name(catalog.records[new].fields)
    ]
    named = {one for pair in pairs for one in pair}
    pairs += [
        (old, new)
        for old in gone
        for new in fresh
        if not {old, new} & named and before.get(old.key) and before.get(old.key) == now.get(new.key)
    ]
    often = Counter(one for pair in pairs for one in pair)
    return {old: new for old, new in pairs if often[old] == often[new] == 1}


def carried_section(state: State, old: RecordId, new: RecordId) -> State:
    """What changes in the state when the section `old` is `new`: its record, and the papers that Zotero has in it.

    What catalog and notes say of a paper's sections is text, and flows as any edit does.
    """
    return {new: state[old], **dict(_in_zotero(state, old.key, new.key))}


_NAMED_IN: Mapping[Kind, Collection[tuple[Kind, str]]] = {
    Kind.PAPER: ((Kind.METHOD, "sources"),),
    Kind.METHOD: ((Kind.PAPER, "methods"), (Kind.METHOD, "parent")),
}
_OWN = {Kind.PAPER: "citekey", Kind.METHOD: "method"}


def with_new_id(record: RecordId, field: str, value: Value, old: RecordId, new: RecordId) -> Value:
    """The value of a field of the record when the paper or method `old` is called `new`."""
    own = record == old and field == _OWN[old.kind]
    if not own and (record.kind, field) not in _NAMED_IN[old.kind]:
        return value
    if isinstance(value, tuple):
        return tuple(new.key if one == old.key else str(one) for one in value)
    return new.key if value == old.key else value


def carried_id(state: State, old: RecordId, new: RecordId) -> State:
    """What changes in the state when the paper or method `old` is called `new` everywhere: its record, and what names it."""
    found = {record: _with_new_id(record, known, old, new) for record, known in state.items()}
    changed = {record: known for record, known in found.items() if known != state[record] and record != old}
    return {**changed, new: found[old]} if old in state else changed


def _with_new_id(record: RecordId, known: RecordState, old: RecordId, new: RecordId) -> RecordState:
    def said(name: str, value: Value) -> Value:
        return with_new_id(record, name, value, old, new)

    fields = dict(known.fields)
    for name, row in known.fields.items():
        accounts = {
            replica: Account(said(name, one.value), one.revision, _texts(said(name, one.foreign)))
            for replica, one in row.accounts.items()
        }
        conflict = {r: said(name, value) for r, value in row.conflict.items()} if row.conflict is not None else None
        fields[name] = FieldState(said(name, row.target), row.revision, accounts, conflict)
    return replace(known, fields=fields)


def _in_zotero(state: State, old: str, new: str) -> Iterator[tuple[RecordId, RecordState]]:
    for record, known in state.items():
        row = known.fields.get("sections")
        account = row.accounts.get(ZOTERO) if row else None
        if row is None or account is None or old not in (*_texts(account.value), *account.foreign):
            continue
        value, foreign = (
            tuple(new if one == old else one for one in _texts(some)) for some in (account.value, account.foreign)
        )
        accounts = {**row.accounts, ZOTERO: Account(value or None, account.revision, foreign)}
        field = FieldState(row.target, row.revision, accounts, row.conflict)
        yield record, replace(known, fields={**known.fields, "sections": field})


def _marks(kind: Kind, fields: Mapping[str, Value]) -> Iterator[tuple[Kind, str, Value]]:
    """What tells that two entries are one."""
    if kind is Kind.PAPER:
        yield from ((kind, name, fields[name]) for name in _SAME_WORK if fields.get(name) is not None)
    elif kind is Kind.METHOD and (name := _name(fields)):
        yield kind, "name", name


def _first(
    works: Mapping[tuple[Kind, str, Value], RecordId], marks: Iterable[tuple[Kind, str, Value]]
) -> RecordId | None:
    return next((works[mark] for mark in marks if mark in works), None)


def _targets(known: RecordState) -> Mapping[str, Value]:
    return {name: one.target for name, one in known.fields.items()}


def _name(fields: Mapping[str, Value]) -> str:
    name = fields.get("name")
    return tidy(name).casefold() if isinstance(name, str) else ""


def _has(record: RecordId, known: RecordState) -> bool:
    return record.kind is Kind.PAPER and "sections" in known.fields


def _is_section(record: RecordId) -> bool:
    return record.kind is Kind.SECTION


def _members(rows: Iterable[tuple[RecordId, Value]]) -> Mapping[str, frozenset[str]]:
    """The papers of each section."""
    found: dict[str, set[str]] = {}
    for record, value in rows:
        for section in _texts(value) if record.kind is Kind.PAPER else ():
            found.setdefault(section, set()).add(record.key)
    return {section: frozenset(papers) for section, papers in found.items()}


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _sees(look: Snapshot, record: RecordId) -> bool:
    return record in look.records or record in look.unknown

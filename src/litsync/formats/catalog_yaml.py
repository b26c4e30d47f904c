"""The catalog as a value: bytes of its files in, records and problems out.

Decides the order of reading (first what is defined, then the papers that use it) and that every problem of every file is found in one go. Reads no
files: `replicas.catalog` does.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain

from litsync.core.model import STATUSES, Kind, Problem, Record, RecordId
from litsync.formats.catalog_check import (
    Claim,
    Definition,
    check_citekeys,
    check_sources,
    resolve_parents,
    spellings_of,
)
from litsync.formats.catalog_parts import CatalogFile, Parts, take_apart
from litsync.formats.catalog_records import Rules, Shell, read_paper, read_shell
from litsync.formats.item_schema import item_schema


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the files of a catalog say.

    `records`: the list, its sections, its methods and the papers that were read, in file order. `problems`: everything that is wrong, in file order;
    a catalog with problems is shown to a person and never synced. `citekeys`: per file, those of its papers (also of papers not read again) in order.
    `divisible`: the files whose papers were read each alone, so that a change of one is no change of another.
    """

    records: Mapping[RecordId, Record]
    problems: tuple[Problem, ...]
    citekeys: Mapping[str, tuple[str, ...]]
    divisible: frozenset[str]


def read_catalog(files: Sequence[CatalogFile], statuses: Sequence[str] = STATUSES) -> Catalog:
    """Read the files as one catalog.

    Papers whose citekey a file already knows are not read, but count where ids must be unique or exist.
    """
    with _collector_paused():
        return _Reading(tuple(statuses)).read(files)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the garbage collector, which would walk over all nodes again and again (a third of the time) and free none of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Reading:
    """One reading of a catalog."""

    def __init__(self, statuses: tuple[str, ...]) -> None:
        self._statuses = statuses
        self._problems: list[Problem] = []
        self._records: dict[RecordId, Record] = {}
        self._claims: list[Claim] = []

    def read(self, files: Sequence[CatalogFile]) -> Catalog:
        parts = [take_apart(file) for file in files]
        for part in parts:
            self._problems += part.problems
        shells = [read_shell(part, self._problems) for part in parts]
        rules = self._define(parts, shells)
        citekeys = {part.path: self._papers(part, rules) for part in parts}
        self._problems += check_citekeys(self._claims, parts)
        if all(part.shell is not None for part in parts):
            existing = [*chain.from_iterable((*citekeys[part.path], *part.unread) for part in parts)]
            check_sources([method for shell in shells for method in shell.methods], existing)
        divisible = frozenset(part.path for part in parts if part.cut is not None)
        return Catalog(self._records, self._in_file_order(files), citekeys, divisible)

    def _define(self, parts: Sequence[Parts], shells: Sequence[Shell]) -> Rules:
        """Take the title, the sections and the methods of all files together."""
        self._title(shells)
        sections = [one for shell in shells for one in shell.sections]
        methods = [one for shell in shells for one in shell.methods]
        section_words, method_words = spellings_of("section", sections), spellings_of("method", methods)
        resolve_parents(methods, method_words)
        self._keep(Kind.SECTION, sections)
        self._keep(Kind.METHOD, methods)
        known = all(part.shell is not None for part in parts)
        return Rules(item_types(), self._statuses, method_words if known else None, section_words if known else None)

    def _title(self, shells: Sequence[Shell]) -> None:
        title = ""
        for shell in shells:
            if shell.title is None or shell.title_node is None:
                continue
            if title and shell.title != title:
                shell.desk.complain(
                    shell.title_node,
                    "is a second title for one catalog",
                    shell.title,
                    f"keep one; another file says {title}",
                )
            title = title or shell.title
        introduction = " ".join(shell.introduction for shell in shells if shell.introduction)
        found = {"title": title, "introduction": introduction}
        record = RecordId(Kind.LIST, "list")
        self._records[record] = Record(record, {name: text for name, text in found.items() if text})

    def _keep(self, kind: Kind, definitions: Sequence[Definition]) -> None:
        for one in definitions:
            record = RecordId(kind, one.key)
            identity = {"method": one.key} if kind is Kind.METHOD else {}
            self._records.setdefault(record, Record(record, {**identity, **one.fields}))

    def _papers(self, part: Parts, rules: Rules) -> tuple[str, ...]:
        citekeys: dict[int, str] = {}
        for entry in part.entries:
            record, claim = read_paper(entry, rules, self._problems)
            if record is not None and claim is not None:
                self._records.setdefault(record.id, record)
                self._claims.append(claim)
                citekeys[entry.number] = claim.citekey
        return tuple(citekeys.values()) if part.known is None else part.known.filled(citekeys)

    def _in_file_order(self, files: Sequence[CatalogFile]) -> tuple[Problem, ...]:
        order = {file.path: number for number, file in enumerate(files)}
        unique = dict.fromkeys(self._problems)
        return tuple(
            sorted(unique, key=lambda problem: (order[problem.place.path], problem.place.line, problem.place.column))
        )


@cache
def item_types() -> frozenset[str]:
    """The item types a paper may have: notes, attachments and annotations, which nobody creates, are none."""
    schema = item_schema()
    return frozenset(name for name in schema.item_types if schema.primary_creator(name))

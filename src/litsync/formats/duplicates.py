"""The same work, in a catalog twice: which papers share an id, or title and authors.

Decides what is certain (one DOI, arXiv id or address) and what is likely (one title and first author, as a preprint and
its published version have). Only tells; whether both stay is the reader's choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from litsync.core.identity import ARXIV, DOI, URL, Mark, first_author_key, marks, title_key
from litsync.core.model import Fields, Kind, Record

_NAMED = {ARXIV: "arXiv id", DOI: "DOI", URL: "address"}
_TELLING = 25
"""Letters from which on a title alone, without authors on one side, tells a work."""


@dataclass(frozen=True, slots=True)
class Double:
    """Papers that are one work: their citekeys in catalog order, whether that is certain, and what they share."""

    citekeys: tuple[str, ...]
    certain: bool
    reason: str


def doubles(records: Iterable[Record]) -> tuple[Double, ...]:
    """Every work that has more than one paper, in the order of the first of each; no pair of papers is told twice."""
    papers = {record.id.key: record.fields for record in records if record.id.kind is Kind.PAPER}
    found: list[Double] = []
    for one in (*_by_mark(papers), *_by_title(papers)):
        if not any(set(one.citekeys) <= set(other.citekeys) for other in found):
            found.append(one)
    order = {key: number for number, key in enumerate(papers)}
    return tuple(sorted(found, key=lambda one: order[one.citekeys[0]]))


def _by_mark(papers: Mapping[str, Fields]) -> Iterator[Double]:
    sharing: dict[Mark, list[str]] = {}
    for key, fields in papers.items():
        for mark in sorted(marks(fields)):
            sharing.setdefault(mark, []).append(key)
    # DOI and arXiv id first: of several shared ids they say most.
    for mark, keys in sorted(sharing.items(), key=lambda row: (row[0].scheme not in (DOI, ARXIV), row[0])):
        if len(keys) > 1:
            yield Double(
                tuple(keys),
                certain=True,
                reason=f"the same {_NAMED.get(mark.scheme, 'work at ' + mark.scheme)} {mark.value}",
            )


def _by_title(papers: Mapping[str, Fields]) -> Iterator[Double]:
    groups: dict[str, list[str]] = {}
    for key, fields in papers.items():
        if title := title_key(str(fields.get("title") or "")):
            groups.setdefault(title, []).append(key)
    for title, keys in groups.items():
        for group in _of_one_author(title, [(key, papers[key]) for key in keys]):
            alike = [key for key in keys if key in group]
            yield Double(tuple(alike), certain=False, reason=_shared(papers[key] for key in alike))


def _of_one_author(title: str, papers: Iterable[tuple[str, Fields]]) -> Iterator[set[str]]:
    """The papers of one title by first author; one without authors goes with any, if the title tells enough."""
    by_author: dict[str, list[str]] = {}
    for key, fields in papers:
        by_author.setdefault(first_author_key(fields), []).append(key)
    unknown = by_author.pop("", []) if len(title) >= _TELLING else []
    groups = list(by_author.values()) or [[]]
    for keys in groups:
        if len(keys) + len(unknown) > 1:
            yield {*keys, *unknown}


def _shared(papers: Iterable[Fields]) -> str:
    types = {str(fields.get("type") or "") for fields in papers}
    if "preprint" in types and len(types) > 1:
        return "the same title: a preprint and its published version"
    return "the same title and authors"

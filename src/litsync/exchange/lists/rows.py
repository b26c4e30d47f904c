"""The rows of a table as drafts: each cell read by what its column holds. Also the tables that classify by jumps.

Decides what a cell beside the title adds; must not know which rows are works.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from litsync.exchange.addresses import Address
from litsync.exchange.lists.blocks import Row, Table
from litsync.exchange.lists.columns import Column
from litsync.exchange.lists.draft import Draft, Labelled, read_draft
from litsync.exchange.lists.labels import Role, role_of_label, says_nothing
from litsync.exchange.lists.own import METHOD, id_in, read_links, read_names
from litsync.exchange.lists.people import read_authors
from litsync.exchange.lists.runs import Run, plain_text
from litsync.exchange.lists.venues import Appearance, find_date, read_appearance


@dataclass(frozen=True, slots=True)
class Jump:
    """A place in a classification table: the method (with its id if it is marked), and the entry meant, by anchor or number."""

    method: str
    method_id: str
    anchor: str
    number: str
    line: int
    source: bool = False


def read_own_cell(draft: Draft, cell: Sequence[Run], column: Column) -> None:
    """Add what a cell says of an entry that litsync wrote, word for word."""
    text = plain_text(cell)
    match column:
        case Column.AUTHORS:
            draft.own["authors"] = read_names(text)
        case Column.VENUE:
            draft.own["venue"] = text or None
        case Column.DATE:
            draft.own["date"] = text or None
        case _:
            draft.own |= read_links(cell)


def read_cell(draft: Draft, cell: Sequence[Run], column: Column, head: str) -> None:
    """Add what a cell beside the title says."""
    text = plain_text(cell).strip()
    match column:
        case Column.AUTHORS:
            draft.authors = draft.authors or read_authors(text)
        case Column.VENUE:
            bare = text.strip(" .,;()[]-–—")
            if found := read_appearance(bare):
                draft.appearances.append(found)
            elif bare and len(bare) < 100 and not says_nothing(bare):
                draft.appearances.append(
                    Appearance(re.sub(r"\s*\b(?:19|20)\d\d\b\s*", " ", bare).strip(), find_date(bare))
                )
        case Column.NUMBER:
            draft.number = draft.number or (text if text.isdecimal() else "")
        case Column.DATE:
            found = read_appearance(text) or Appearance("", find_date(text))
            draft.appearances.append(found)
    role = role_of_label(head)
    inner = read_draft(list(cell), draft.line)
    draft.hints += inner.hints
    for link in inner.links:
        draft.links.append(_with_column_role(link, role, column))
    if inner.main is not None and column is not Column.NOTE:
        draft.links.append(_with_column_role(Labelled(_own_role(inner.main), inner.title, inner.main), role, column))


def _own_role(address: Address) -> Role:
    return Role.CODE if address.is_repository else Role.PAPER if address.is_document else Role.OTHER


def _with_column_role(link: Labelled, role: Role | None, column: Column) -> Labelled:
    """What the column promises counts where the link's own label says nothing better."""
    said = role_of_label(link.label)
    if column in (Column.VENUE, Column.DATE) and link.role is Role.OTHER:
        return Labelled(Role.PAPER, link.label, link.address)
    if role is None or role is Role.OTHER or (said is not None and said is not Role.OTHER):
        return link
    if role is Role.CODE and link.address.is_paper:
        return link
    if role is Role.PAPER and link.address.is_repository:
        return link
    return Labelled(role, link.label, link.address)


def jumps_of(table: Table) -> list[Jump]:
    """The jumps of a classification table: rows of links into the list, and the name that they stand for."""
    found = [jump for row in table.rows for jump in _jumps_in(row, table.head)]
    filled = sum(any(plain_text(cell) for cell in row.cells) for row in table.rows)
    return found if len({jump.method for jump in found}) * 2 >= max(filled, 1) else []


_SOURCES = re.compile(r"\bsources?\b|\bread about\b|来源|参考", re.IGNORECASE)


def _jumps_in(row: Row, head: Sequence[str]) -> list[Jump]:
    jumping = [place for place, cell in enumerate(row.cells) if any(_is_jump(run) for run in cell)]
    naming = next((cell for cell in row.cells if plain_text(cell) and not any(run.url for run in cell)), None)
    if naming is None:
        return []
    name, key = plain_text(naming), id_in(naming, METHOD)
    return [
        Jump(name, key, run.url.removeprefix("#"), re.sub(r"\D", "", run.text), run.line or row.line, source)
        for place in jumping
        for source in (place < len(head) and _SOURCES.search(head[place]) is not None,)
        for run in row.cells[place]
        if _is_jump(run)
    ]


def _is_jump(run: Run) -> bool:
    return run.url.startswith("#") and re.fullmatch(r"\s*[\[(]?\d+[\])]?\s*", run.text) is not None

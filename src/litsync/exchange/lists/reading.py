"""A whole list read: its blocks in order, put together to claims, and the claims judged.

Decides in which order blocks become claims, and which claims stand together. Must not know what becomes of the entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from litsync.exchange.lists.blocks import (
    Block,
    Heading,
    Item,
    Listing,
    Paragraph,
    Path,
    Row,
    Table,
    blocks_of,
    heading_text,
)
from litsync.exchange.lists.columns import Column, cell_of, columns_of, is_results_table
from litsync.exchange.lists.draft import Draft, read_draft
from litsync.exchange.lists.entries import Claim, Entry, Left, Place, judge
from litsync.exchange.lists.grouping import EMPTY_FIELD, absorb, are_details, entries_in, is_detail, is_entry, line_of
from litsync.exchange.lists.own import METHOD, SECTION, id_in
from litsync.exchange.lists.rows import Jump, jumps_of, read_cell, read_own_cell
from litsync.exchange.lists.runs import Style, plain_text
from litsync.exchange.lists.titles import Form, word_count
from litsync.exchange.lists.tree import parse_markdown


@dataclass(slots=True)
class ListReading:
    """What a list says: its title, its entries in order, what was left, and how it classifies."""

    title: str = ""
    entries: list[Entry] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)
    section_ids: dict[Path, str] = field(default_factory=dict)
    method_ids: dict[str, str] = field(default_factory=dict)


def read_list(text: str) -> ListReading:
    """Read the text of a list. Whatever it holds, this ends, in time that grows with its length."""
    blocks = blocks_of(parse_markdown(text))
    reading = ListReading(_title_of(blocks))
    reading.section_ids = {
        block.path: key for block in blocks if isinstance(block, Heading) and (key := id_in(block.item.runs, SECTION))
    }
    for claims in _Reader(blocks, reading).claims():
        entries, left = judge(claims)
        reading.entries += entries
        reading.left += left
    _keep_telling_numbers(reading.entries)
    return reading


def _keep_telling_numbers(entries: Sequence[Entry]) -> None:
    """Numbers count where they tell entries apart: not where every item says `1.`, or every section begins anew."""
    numbers = [entry.draft.number for entry in entries if entry.draft.number]
    telling = len(numbers) == len(set(numbers)) and len(numbers) > 1
    for entry in entries:
        entry.numbered = telling and entry.draft.number != ""


def _title_of(blocks: Sequence[Block]) -> str:
    heading = next((block for block in blocks if isinstance(block, Heading)), None)
    return heading.path[-1] if heading and heading.level <= 2 else ""


class _Reader:
    """Goes through the blocks once; yields the claims that stand together."""

    def __init__(self, blocks: Sequence[Block], reading: ListReading) -> None:
        self._blocks = blocks
        self._reading = reading
        self._below = ""
        self._lead: Claim | None = None
        self._works: set[str] = set()

    def claims(self) -> Iterator[list[Claim]]:
        """Every group of claims, in document order."""
        together: list[Claim] = []
        for place, block in enumerate(self._blocks):
            after = self._blocks[place + 1] if place + 1 < len(self._blocks) else None
            if isinstance(block, Heading):
                self._below, self._lead = "", None
            for claims in self._block(block, after):
                if isinstance(block, Table):
                    yield claims
                else:
                    if together and together[-1].path != claims[0].path:
                        yield together
                        together = []
                    together += claims
        if together:
            yield together

    def _block(self, block: Block, after: Block | None) -> Iterator[list[Claim]]:
        match block:
            case Heading():
                yield from self._heading(block, after)
            case Paragraph():
                yield from self._paragraph(block.item, self._path(block.path), after)
            case Listing():
                yield from self._listing(block.items, self._path(block.path))
            case Table():
                self._lead = None
                yield from self._table(block, self._path(block.path))

    def _path(self, path: Path) -> Path:
        """The sections a block is in: headings that name works themselves are none."""
        path = tuple(part for part in path if part not in self._works)
        return (*path, self._below) if self._below else path

    # ── headings and paragraphs ──

    def _heading(self, block: Heading, after: Block | None) -> Iterator[list[Claim]]:
        """A heading that names a work itself, by a link or because only its details follow."""
        draft = read_draft(block.item.runs, block.item.line)
        linked = draft.main is not None and draft.main.is_document
        if (
            linked
            or (draft.paper is not None and word_count(draft.title) >= 3)
            or (word_count(draft.title) >= 4 and are_details(after) and block.level > 1)
        ):
            self._works.add(block.path[-1])
            self._lead = Claim(draft, self._path(block.path[:-1]), Place.ITEM, block.item.anchors)
            yield [self._lead]

    def _paragraph(self, item: Item, path: Path, after: Block | None) -> Iterator[list[Claim]]:
        groups = entries_in(item.runs)
        if len(groups) == 1 and self._lead is not None and is_detail(read_draft(item.runs, item.line)):
            self._lead.draft.absorb(read_draft(item.runs, item.line))
            return
        claims = []
        for runs in groups:
            draft = read_draft(runs, line_of(runs, item.line))
            if len(groups) == 1 and self._is_pseudo_heading(item, draft, after):
                self._below = heading_text(item.runs)
                self._lead = None
                return
            lead = not draft.addresses and draft.form in (Form.BOLD, Form.QUOTED, Form.PLAIN) and are_details(after)
            claims.append(Claim(draft, path, Place.ITEM if lead else Place.PROSE, item.anchors))
        self._lead = claims[-1] if claims and claims[-1].draft.title else None
        if claims:
            yield claims

    def _is_pseudo_heading(self, item: Item, draft: Draft, after: Block | None) -> bool:
        """A bold line by itself above a list or table is a heading, unless it is a title and its details follow."""
        shown = [run for run in item.runs if run.text.strip() and not run.picture]
        bold = bool(shown) and all(run.style & Style.BOLD for run in shown)
        if not bold or draft.addresses or (draft.appearance.date and word_count(draft.title) > 4):
            return False
        return isinstance(after, Listing | Table) and not are_details(after) and word_count(item.text) <= 12

    # ── lists ──

    def _listing(self, items: Sequence[Item], path: Path) -> Iterator[list[Claim]]:
        drafts = [read_draft(item.runs, item.line) for item in items]
        if self._lead is not None and all(
            is_detail(draft) and not item.children for draft, item in zip(drafts, items, strict=True)
        ):
            for draft, item in zip(drafts, items, strict=True):
                self._lead.draft.absorb(draft)
                self._lead.draft.dead |= EMPTY_FIELD.match(item.text) is not None
            return
        self._lead = None
        claims: list[Claim] = []
        for item, draft in zip(items, drafts, strict=True):
            claims += self._item(item, draft, path)
        if claims:
            yield claims
            self._lead = claims[-1] if len(items) == 1 and claims[-1].draft.title else None

    def _item(self, item: Item, draft: Draft, path: Path) -> Iterator[Claim]:
        """The claims of an item: one with its details, several in a row, or those of the group that it heads."""
        groups = entries_in(item.runs)
        if len(groups) > 1:
            for runs in groups:
                yield Claim(read_draft(runs, line_of(runs, item.line)), path, Place.ITEM, item.anchors)
            return
        below = [(child, read_draft(child.runs, child.line)) for child in item.children]
        heads = self._heads_group(item, draft, below)
        if not heads:
            draft.number = item.number or draft.number
            yield Claim(draft, path, Place.ITEM, item.anchors)
        name = heading_text(item.runs)
        inner = (*path, name) if heads and 0 < len(name) <= 100 else path
        for child, found in below:
            if heads or is_entry(child, found, draft):
                yield from self._item(child, found, inner)
            else:
                absorb(draft, child, found)
        for table in item.tables:
            for claims in self._table(table, inner):
                yield from claims

    def _heads_group(self, item: Item, draft: Draft, below: Sequence[tuple[Item, Draft]]) -> bool:
        if not item.children and not item.tables:
            return False
        if draft.paper is not None or (draft.main is not None and word_count(draft.title) >= 4):
            return False
        entries = sum(is_entry(child, found, draft) or bool(child.children) for child, found in below)
        if draft.addresses and not entries:
            return False
        return bool(item.tables) or entries > 0

    # ── tables ──

    def _table(self, table: Table, path: Path) -> Iterator[list[Claim]]:
        columns = columns_of(table)
        if jumps := jumps_of(table):
            self._reading.jumps += jumps
            return
        place = Place.RESULTS if is_results_table(table, columns) else Place.ROW
        claims = [claim for row in table.rows for claim in _row(row, columns, table, path, place)]
        _give_sources(claims, table, columns)
        for row in table.rows:
            if key := id_in([run for cell in row.cells for run in cell], METHOD):
                self._reading.method_ids[plain_text(cell_of(row, columns, Column.NAME))] = key
        if claims:
            yield claims


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _row(row: Row, columns: Sequence[Column], table: Table, path: Path, place: Place) -> Iterator[Claim]:
    cell = cell_of(row, columns, Column.TITLE)
    groups = entries_in(cell, listed=True)
    if len(groups) > 1:
        for runs in groups:
            yield Claim(read_draft(runs, line_of(runs, row.line)), path, place, row.anchors)
        return
    draft = read_draft(cell, row.line) if cell else Draft(row.line)
    if not draft.title:
        draft = read_draft(cell_of(row, columns, Column.NAME), row.line)
    for number, column in enumerate(columns):
        if number >= len(row.cells) or row.cells[number] is cell:
            continue
        if draft.citekey:
            read_own_cell(draft, row.cells[number], column)
        else:
            read_cell(draft, row.cells[number], column, table.head[number] if number < len(table.head) else "")
    method = plain_text(cell_of(row, columns, Column.METHOD))
    methods = tuple(part.strip() for part in re.split(r"[,;/、，]", method) if part.strip()) if len(method) < 80 else ()
    yield Claim(draft, path, place, row.anchors, methods)


def _give_sources(claims: Sequence[Claim], table: Table, columns: Sequence[Column]) -> None:
    """In a table with several works in one cell, each row's name is a method, and its works are what to read about it."""
    if Column.NAME not in columns or not any(
        len(entries_in(cell_of(row, columns, Column.TITLE), listed=True)) > 1 for row in table.rows
    ):
        return
    names = {row.line: plain_text(cell_of(row, columns, Column.NAME)) for row in table.rows}
    for claim in claims:
        claim.source_of = names.get(claim.draft.line, "")

"""A list as a row of blocks in document order: headings, paragraphs, lists of items, tables; each knows its section.

Decides which heading a block stands under (a `<summary>` is a heading until its `<details>` ends) and which anchors lead to
it. Must not know which blocks name works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from litsync.exchange.lists.labels import strip_symbols
from litsync.exchange.lists.runs import Run, plain_text, runs_of
from litsync.exchange.lists.tree import Element, Text

Path = tuple[str, ...]
"""The headings that a block stands under, the broadest first."""

_LISTS = frozenset(("ul", "ol", "dl"))
_INLINE = frozenset(
    "a abbr b big br cite code del em font i img input ins kbd mark q s samp small span strike strong sub sup tt u var wbr picture label".split()
)
_EDGES = re.compile(r"^[\s#:：\-–—.*|]+|[\s#:：\-–—*|]+$")
_NUMBERING = re.compile(r"^(?:\(?\d+(?:\.\d+)*[.)、]|[IVX]+\.|[一二三四五六七八九十]+、|\d+(?:\.\d+)+)\s*(?=\D)")


@dataclass(slots=True)
class Item:
    """One item of a list, a paragraph, or a heading: its own content, and the items and tables below it."""

    runs: list[Run]
    line: int
    path: Path
    number: str = ""
    anchors: tuple[str, ...] = ()
    children: list[Item] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What a reader sees of its own content."""
        return plain_text(self.runs)


@dataclass(slots=True)
class Heading:
    """A heading; `item` is its content. Its path ends with itself."""

    level: int
    item: Item
    path: Path


@dataclass(slots=True)
class Paragraph:
    """A paragraph, or loose text beside other blocks."""

    item: Item
    path: Path


@dataclass(slots=True)
class Listing:
    """A list."""

    items: list[Item]
    path: Path


@dataclass(slots=True)
class Row:
    """One row of a table."""

    cells: list[list[Run]]
    line: int
    anchors: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """A table. `head` is empty when it has no row of headings."""

    head: list[str]
    rows: list[Row]
    path: Path
    line: int


Block = Heading | Paragraph | Listing | Table


def blocks_of(root: Element) -> list[Block]:
    """The blocks of a tree, in document order."""
    return list(_Walker().walk(root))


class _Walker:
    """Walks a tree and remembers the headings passed and the anchors not yet used."""

    def __init__(self) -> None:
        self._headings: list[tuple[float, str]] = []
        self._anchors: list[str] = []

    @property
    def path(self) -> Path:
        return tuple(text for _, text in self._headings)

    def walk(self, element: Element) -> Iterator[Block]:
        """The blocks in an element. Text and links that stand loose between blocks are paragraphs."""
        loose = Element("p", element.line)
        for child in element.children:
            if isinstance(child, Text) or child.tag in _INLINE:
                if isinstance(child, Element) and not loose.children:
                    loose.line = child.line
                loose.children.append(child)
                continue
            yield from self._paragraph(loose)
            loose = Element("p", child.line)
            yield from self._block(child)
        yield from self._paragraph(loose)

    def _block(self, element: Element) -> Iterator[Block]:
        self._note_anchor(element)
        match element.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                yield self._heading(element)
            case "p":
                if any(child.tag not in _INLINE for child in element.elements()):
                    yield from self.walk(element)
                else:
                    yield from self._paragraph(element)
            case "ul" | "ol" | "dl":
                yield Listing(self._items(element), self.path)
            case "table":
                yield self._table(element)
            case "details":
                yield from self._details(element)
            case "pre" | "hr" | "summary":
                pass
            case _:
                yield from self.walk(element)

    # ── headings ──

    def _heading(self, element: Element) -> Heading:
        level = int(element.tag[1])
        item = self._item(element)
        self._headings = [kept for kept in self._headings if kept[0] < level]
        own = any(run.anchor for run in item.runs)
        self._headings.append((level, item.text if own else heading_text(item.runs)))
        return Heading(level, item, self.path)

    def _details(self, element: Element) -> Iterator[Block]:
        summary = next(element.find("summary"), None)
        before = list(self._headings)
        text = heading_text(runs_of(summary)) if summary else ""
        if text and len(text) < 120:
            depth = (before[-1][0] if before else 0) + 0.5
            self._headings.append((depth, text))
        yield from self.walk(element)
        self._headings = before

    # ── paragraphs and items ──

    def _paragraph(self, element: Element) -> Iterator[Block]:
        self._gather_anchors(element)
        runs = runs_of(element)
        if any(run.text.strip() or run.url for run in runs):
            yield Paragraph(self._item(element, runs), self.path)

    def _item(self, element: Element, runs: list[Run] | None = None) -> Item:
        self._gather_anchors(element)
        runs = runs_of(element) if runs is None else runs
        line = next((run.line for run in runs if run.text.strip() or run.url), element.line)
        anchors, self._anchors = tuple(self._anchors), []
        return Item(runs, line, self.path, anchors=anchors)

    def _items(self, element: Element) -> list[Item]:
        found: list[Item] = []
        for child in element.elements():
            if child.tag in {"li", "dt"}:
                found.append(self._list_item(child))
            elif child.tag == "dd" and found:
                found[-1].children.append(self._list_item(child))
            elif child.tag in _LISTS and found:
                found[-1].children += self._items(child)
            else:
                found += self._items(child)
        return found

    def _list_item(self, element: Element) -> Item:
        item = self._item(element)
        item.number = element.attributes.get("number", "") or element.attributes.get("value", "")
        for child in element.find("ul", "ol", "dl", "table"):
            if child.tag == "table":
                item.tables.append(self._table(child))
            else:
                item.children += self._items(child)
        return item

    # ── tables ──

    def _table(self, element: Element) -> Table:
        rows: list[tuple[Row, bool]] = []
        for row in element.find("tr"):
            cells = [cell for cell in row.elements() if cell.tag in {"td", "th"}]
            self._gather_anchors(row)
            anchors, self._anchors = tuple(self._anchors), []
            is_head = bool(cells) and all(cell.tag == "th" for cell in cells)
            rows.append((Row([runs_of(cell) for cell in cells], row.line, anchors), is_head))
        head: list[str] = []
        if rows and (rows[0][1] or _looks_like_head(rows[0][0])):
            head = [plain_text(cell) for cell in rows[0][0].cells]
            rows = rows[1:]
        return Table(head, [row for row, is_head in rows if not is_head or _has_links(row)], self.path, element.line)

    # ── anchors ──

    def _note_anchor(self, element: Element) -> None:
        for name in ("id", "name"):
            if element.attributes.get(name):
                self._anchors.append(element.attributes[name])

    def _gather_anchors(self, element: Element) -> None:
        for child in element.elements():
            if child.tag not in _LISTS and child.tag != "table":
                self._note_anchor(child)
                self._gather_anchors(child)


def _looks_like_head(row: Row) -> bool:
    """Whether the first row of an HTML table in `<td>`s is a row of headings: all bold, and no link."""
    filled = [cell for cell in row.cells if plain_text(cell)]
    return (
        len(filled) > 1
        and all(run.style for cell in filled for run in cell if run.text.strip())
        and not _has_links(row)
    )


def _has_links(row: Row) -> bool:
    return any(run.url for cell in row.cells for run in cell)


def heading_text(runs: list[Run]) -> str:
    """A heading as a name: without emoji, numbering, and links that only lead back."""
    shown = [
        run
        for run in runs
        if not (run.url.startswith("#") and re.search(r"back|top|↑|回|⬆|^\W*$", run.text, re.IGNORECASE))
    ]
    text = strip_symbols(plain_text(shown))
    text = re.sub(r"[(\[（]\s*[)\]）]", "", text)
    return _EDGES.sub("", _NUMBERING.sub("", _EDGES.sub("", text))).strip()

"""A new paper in the text of a catalog file: where it goes, and that nothing else moves.

Decides that a paper comes behind the last one of its first section (else behind the last of all) and which bytes its
insertion may touch: none. It looks as its neighbours do (`catalog_style`). Must not know who wants the paper. Every
insertion is proven, by reading the result again, or refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from litsync.core.model import Fields, Kind
from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import Cut, cut_papers
from litsync.formats.catalog_edit import CannotEdit, Papers, refusals
from litsync.formats.catalog_entries import ORDER, data_of_entries, entries_of
from litsync.formats.catalog_mentions import mentions, only_item, papers_of
from litsync.formats.catalog_spelling import Spelling
from litsync.formats.catalog_style import Entries, Sample, Style
from litsync.formats.splice_place import Place, Splice, end_of, start_of
from litsync.formats.yaml_data import data_of, reads_as
from litsync.formats.yaml_extent import gap_behind, line_start, own_end
from litsync.formats.yaml_text import Mapping, Node
from litsync.formats.yaml_text import Sequence as YamlSequence

_NEIGHBOURS = 8


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper to be written: its citekey, and its fields as ids, names and texts (derived ones are left out)."""

    citekey: str
    fields: Fields


def add_paper(data: bytes, papers: Papers, paper: NewPaper, spelling: Spelling) -> tuple[bytes, Papers]:
    """The file with the paper in it, and its papers then; every byte that was there stays.

    `data` comes without a byte order mark; `papers` are those of the file as `read_catalog` gives them; `spelling` is
    that of the whole catalog. Raises CannotEdit when no safe place was found, and when the citekey is taken.
    """
    if paper.citekey in papers.citekeys:
        raise CannotEdit(f"`{paper.citekey}` is the id of another paper")
    with refusals():
        cut = cut_papers(data) if papers.divisible else None
        section = _first_section(paper)
        number = last_of_section(data, papers, section, spelling) if section else None
        number = len(papers.citekeys) - 1 if number is None else number
        made = _whole(data, number, paper, spelling) if cut is None else _beside_chunk(cut, number, paper, spelling)
    keys = (*papers.citekeys[: made.number], paper.citekey, *papers.citekeys[made.number :])
    return made.data, Papers(keys, papers.divisible or _stands_alone(made.data, len(keys)))


def last_of_section(data: bytes, papers: Papers, section: str, spelling: Spelling) -> int | None:
    """The number of the last paper whose first section this is, else of the last that has it at all; None without any."""
    second = None
    with refusals():
        for number, texts in mentions(data, papers, "sections", spelling.words("sections", section) | {section}):
            if spelling.meaning("sections", texts[0]) == section:
                return number
            second = number if second is None else second
    return second


@dataclass(frozen=True, slots=True)
class _Made:
    data: bytes
    number: int


# ── in a file that is cut into papers ────────────────────────────────────────────────────────────────────────────


def _beside_chunk(cut: Cut, number: int, paper: NewPaper, spelling: Spelling) -> _Made:
    """Behind one paper's chunk: only the neighbours are read."""
    data, count = cut.data, len(cut.starts)
    nearby = sorted(range(max(number - _NEIGHBOURS, 0), min(number + 3, count)), key=lambda n: (abs(n - number), n))
    texts = {n: cut.chunk(n).decode() for n in nearby}
    items = {n: item for n in nearby if (item := only_item(texts[n])) is not None}
    if number not in items:
        raise CannotEdit("its neighbour is not a list of one paper")
    text, item = texts[number], items[number]
    gaps = [_gap(texts[n], one) for n, one in items.items() if n != count - 1]
    samples = [Sample(texts[n], one) for n, one in items.items() if isinstance(one, Mapping)]
    look = _Look(paper, spelling, samples, gaps)
    intended = [data_of(item), look.data()]
    for splice in _behind(text, item, look):
        chunk = _spliced(text, splice)
        if reads_as(chunk, intended):
            start = cut.starts[number]
            result = data[:start] + chunk.encode() + data[start + len(text.encode()) :]
            after = cut.spliced(number, number + 1, result)
            if after is not None and len(after.starts) == count + 1:
                return _Made(result, number + 1)
    raise CannotEdit("no place was found where its neighbours stay as they are")


# ── in a file that is read in one go ─────────────────────────────────────────────────────────────────────────────


def _whole(data: bytes, number: int, paper: NewPaper, spelling: Spelling) -> _Made:
    text = data.decode()
    root = yaml_text.parse(text)
    if root is not None and not isinstance(root, Mapping):
        raise CannotEdit("the file is no mapping with `papers:`")
    items = papers_of(root)
    samples = [Sample(text, one) for one in _nearest(items, number) if isinstance(one, Mapping)]
    node = root.entries.get("papers") if root else None
    gaps = [_gap(text, item) for item in items[:-1]] if isinstance(node, YamlSequence) and not node.flow else []
    look = _Look(paper, spelling, samples, gaps)
    before = data_of(root)
    old = before.get("papers") or []
    intended = {**before, "papers": [*old[: number + 1], look.data(), *old[number + 1 :]]}
    for splice in _proposals(text, root, number, look):
        result = _spliced(text, splice)
        if reads_as(result, intended):
            return _Made(result.encode(), number + 1)
    raise CannotEdit("no place was found in `papers` where everything else stays as it is")


def _proposals(text: str, root: Mapping | None, number: int, look: _Look) -> Iterator[Splice]:
    node = root.entries.get("papers") if root else None
    if isinstance(node, YamlSequence) and node.items:
        item = node.items[number]
        yield from _behind_in_brackets(text, item, look) if node.flow else _behind(text, item, look)
        return
    place = Place(text, root, "papers", "\n")
    end = place.line_break(len(text))
    rows = f"  - {look.rows(2, newline=end)}"
    if place.node is not None:
        yield place.below_key(rows)
        return
    lead = "" if not text or text.endswith("\n") else end
    blank = end if "\n\n" in text.replace("\r", "") else ""
    yield len(text), len(text), f"{lead}{blank}papers:{end}{rows}{end}"


def _behind_in_brackets(text: str, item: Node, look: _Look) -> Iterator[Splice]:
    """In a list in brackets: on a line of its own if its neighbour has one."""
    place = Place(text, None, "", "\n")
    start, end = start_of(item), end_of(item)
    lead, newline = text[place.line_start(start) : start], place.line_break(start)
    form = look.flow()
    if not lead.strip():
        stop = place.line_end(end)
        if text[end:stop].lstrip().startswith(","):
            yield stop, stop, f"{lead}{form},{newline}"
        yield end, end, f",{newline}{lead}{form}"
    yield end, end, f", {form}"


def _nearest(items: Sequence[Node], number: int) -> list[Node]:
    order = sorted(range(len(items)), key=lambda n: (abs(n - number), n))
    return [items[n] for n in order[: _NEIGHBOURS + 3]]


# ── the new paper ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Look:
    """What is written, the neighbours it should look like, and the blank lines between those."""

    paper: NewPaper
    spelling: Spelling
    samples: Sequence[Sample]
    gaps: Sequence[int]

    def rows(self, indent: int, newline: str) -> str:
        """As lines, keys in column `indent + 2`."""
        return self._style(newline).rows(self.entries(newline), indent + 2)

    def flow(self) -> str:
        """In braces."""
        return self._style("\n").flow(self.entries("\n"))

    def entries(self, newline: str = "\n") -> Entries:
        """Keys and values in order."""
        style = self._style(newline)
        fields = {"id": self.paper.citekey, **entries_of(Kind.PAPER, self.paper.fields, style, self.spelling)}
        return style.ordered(fields, ("id", *ORDER[Kind.PAPER]))

    def data(self) -> Any:
        """What it shall read as."""
        return data_of_entries(self.entries(), self._style("\n"))

    def gap(self, usual: int) -> int:
        """How many blank lines stand between papers here."""
        return max(self.gaps, key=self.gaps.count) if self.gaps else usual

    def _style(self, newline: str) -> Style:
        return Style(self.samples, newline)


def _behind(text: str, item: Node, look: _Look) -> Iterator[Splice]:
    """Behind a member of a block list: behind the last line that is its own, or else at the end of the text."""
    place = Place(text, None, "", "\n")
    start = start_of(item)
    dash = text.rfind("-", 0, start + 1) if text[start] != "-" else start
    column = dash - line_start(text, dash)
    newline = place.line_break(start)
    flow = isinstance(item, Mapping) and item.flow
    blank = newline * look.gap(0 if flow else 1)
    form = look.flow() if flow else None
    for keys, between in _key_columns(text, item, dash):
        lines = form if form is not None else look.rows(keys - 2, newline)
        row = f"{text[line_start(text, dash) : dash]}-{between}{lines}"
        for at in dict.fromkeys((own_end(text, place.content_end(item), column), len(text))):
            if at == len(text) and not text.endswith("\n"):
                yield at, at, f"{newline}{blank}{row}"
            else:
                yield at, at, f"{blank}{row}{newline}"


def _key_columns(text: str, item: Node, dash: int) -> Iterator[tuple[int, str]]:
    """The column of the keys, and what stands between dash and first key: as with the neighbour, or else one blank."""
    begin = line_start(text, dash)
    if isinstance(item, Mapping) and item.keys:
        first: Any = next(iter(item.keys.values()))
        at = start_of(item) if item.flow else start_of(first)
        between = text[dash + 1 : at]
        if between and not between.strip():
            yield at - line_start(text, at), between
    yield dash - begin + 2, " "


def _gap(text: str, item: Node) -> int:
    """The blank lines behind a member of a block list."""
    start = start_of(item)
    column = text.rfind("-", 0, start + 1) - line_start(text, text.rfind("-", 0, start + 1))
    return gap_behind(text, own_end(text, Place(text, None, "", "\n").content_end(item), column))


def _first_section(paper: NewPaper) -> str:
    sections = paper.fields.get("sections")
    return str(sections[0]) if isinstance(sections, tuple) and sections else ""


def _spliced(text: str, splice: Splice) -> str:
    start, end, replacement = splice
    return text[:start] + replacement + text[end:]


def _stands_alone(data: bytes, count: int) -> bool:
    """Whether the one paper of a file that had none stands in a chunk of its own."""
    cut = cut_papers(data)
    return cut is not None and len(cut.starts) == count == 1 and only_item(cut.chunk(0).decode()) is not None

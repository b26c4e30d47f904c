"""Where the papers and methods of a classification stand in its picture.

Decides positions only; must not know how they are drawn. Papers with the same methods stand together, as a stack of
labelled rows in a small list and as a field of dots in a large one. A stack hangs between its methods: springs pull, and
what overlaps is pushed apart. Parts that share nothing are laid out alone, then packed. There is no chance in it and every
position is rounded, so the same classification is laid out the same everywhere. Units are pixels at natural size.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt

from litsync.exchange.classification import Classification, Method, Paper
from litsync.exchange.graph_forces import Body, Spring, pack, settle

LABELLED = 160
"""Up to so many papers the layout leaves room for the label of every one."""

_ROW, _PITCH, _DOT, _HEAD = 34.0, 13.0, 12.0, 26.0
_MARGIN = 56.0
_WIDE = 1.35
"""How many times wider than high the picture is to be."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands. `side` is 1 when its label stands right of it, -1 when left; `radius` that of its dot."""

    x: float
    y: float
    radius: float
    side: int = 1


@dataclass(frozen=True, slots=True)
class Bundle:
    """All lines between a method and one stack of papers, as one: to its middle. `reading`: they are to be read about it."""

    method: str
    x: float
    y: float
    papers: int
    reading: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The spots by key, and the size of the picture, whose corner is 0, 0.

    `heading` is where the papers that belong to no method are called so; None when there are none. The `bundles` stand
    for the single lines where these would be too many to be told apart.
    """

    width: float
    height: float
    labelled: bool
    methods: Mapping[str, Spot] = field(default_factory=dict)
    papers: Mapping[str, Spot] = field(default_factory=dict)
    heading: Spot | None = None
    bundles: Sequence[Bundle] = ()


def lay_out(found: Classification) -> Layout:
    """Give every method and paper its place."""
    labelled = len(found.papers) <= LABELLED
    bodies, springs = _bodies(found, labelled=labelled)
    parts = [settle(part, links) for part, links in _parts(bodies, springs)]
    width, height = pack(parts, _MARGIN, _WIDE)
    spots = {body.method.key: _method_spot(body) for body in bodies if body.method is not None}
    bundles = tuple(_bundles(bodies, springs))
    leaning = {stack: 0.0 for _, stack in springs}
    for method, stack in springs:
        leaning[stack] += bodies[method].x - bodies[stack].x
    papers: dict[str, Spot] = {}
    for number, body in enumerate(bodies):
        if body.method is None:
            papers.update(_rows(body, right=leaning.get(number, 0) > 0) if labelled else _field(body))
    heading = next((_heading(body) for body in bodies if body.head), None)
    return Layout(_rounded(width), _rounded(height), labelled, spots, papers, heading, bundles)


def _bundles(bodies: Sequence[Body], springs: Iterable[Spring]) -> Iterator[Bundle]:
    for hub, number in springs:
        method, stack = bodies[hub].method, bodies[number]
        if method is not None and stack.papers:
            reading = method.key not in stack.papers[0].methods
            yield Bundle(method.key, _rounded(stack.x), _rounded(stack.y), len(stack.papers), reading)


def _parts(bodies: Sequence[Body], springs: Iterable[Spring]) -> Iterator[tuple[list[Body], list[Spring]]]:
    """The bodies that hang together, each part with its own springs; what hangs nowhere is left out of no part."""
    leader = list(range(len(bodies)))

    def lead(number: int) -> int:
        while leader[number] != number:
            leader[number] = number = leader[leader[number]]
        return number

    springs = list(springs)
    for one, other in springs:
        first, last = sorted((lead(one), lead(other)))
        leader[last] = first
    members: dict[int, list[int]] = {}
    for number in range(len(bodies)):
        members.setdefault(lead(number), []).append(number)
    links: dict[int, list[Spring]] = {}
    for one, other in springs:
        links.setdefault(lead(one), []).append((one, other))
    for first, part in members.items():
        place = {number: position for position, number in enumerate(part)}
        yield [bodies[n] for n in part], [(place[one], place[other]) for one, other in links.get(first, ())]


def _rounded(number: float) -> float:
    return round(number, 1) + 0.0


# ── what there is room for ───────────────────────────────────────────────────────────────────────────────────────

_NARROW, _BROAD = frozenset("iljtfrI.,:;'|!()[] -"), frozenset("mwMW@%&")


def text_width(text: str, size: float) -> float:
    """About how wide the text is in a usual sans serif of `size`; rather too wide than too narrow."""
    return sum(_advance(character) for character in text) * size


def _advance(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.02
    if character in _NARROW:
        return 0.38
    return 0.92 if character in _BROAD else 0.7 if character.isupper() else 0.6


def method_radius(papers: int) -> float:
    """The radius of a method's disc: its area grows with its papers."""
    return _rounded(min(9 + 3.2 * sqrt(papers), 60))


def _bodies(found: Classification, *, labelled: bool) -> tuple[list[Body], list[Spring]]:
    """A body for each method and each set of papers with the same methods, and the springs between them."""
    counts = {method.key: 0 for method in found.methods}
    stacks: dict[tuple[frozenset[str], frozenset[str]], list[Paper]] = {}
    for paper in found.papers:
        stacks.setdefault((frozenset(paper.methods), frozenset(paper.source_of)), []).append(paper)
        for key in {*paper.methods, *paper.source_of}:
            counts[key] += 1
    bodies = [_method_body(method, counts[method.key]) for method in found.methods]
    index = {method.key: number for number, method in enumerate(found.methods)}
    springs = [(number, index[m.parent]) for number, m in enumerate(found.methods) if m.parent]
    for (uses, read), papers in stacks.items():
        springs += [(index[key], len(bodies)) for key in sorted(uses | read, key=index.__getitem__)]
        bodies.append(_stack(papers, labelled=labelled))
    return bodies, springs


def _method_body(method: Method, papers: int) -> Body:
    radius = method_radius(papers)
    return Body(max(2 * radius, text_width(method.short_name, 14)), 2 * radius + 22, method, weight=1 + sqrt(papers))


def _stack(papers: Sequence[Paper], *, labelled: bool) -> Body:
    """A stack; over the papers that belong to no method there is room for a heading."""
    head = 0.0 if papers[0].methods or papers[0].source_of else _HEAD
    if labelled:
        width = max(max(text_width(p.short_title, 13), text_width(p.byline, 11)) for p in papers) + _DOT + 8
        columns = max(1, round(sqrt(len(papers) * _ROW / width * 0.8)))
        rows = ceil(len(papers) / columns)
        return Body(columns * width, rows * _ROW + head, papers=papers, columns=columns, head=head)
    columns = ceil(sqrt(len(papers)))
    rows = ceil(len(papers) / columns)
    return Body(columns * _PITCH, rows * _PITCH + head, papers=papers, columns=columns, head=head)


def _heading(body: Body) -> Spot:
    return Spot(_rounded(body.x - body.width / 2), _rounded(body.y - body.height / 2 + 10), 0)


def _method_spot(body: Body) -> Spot:
    return Spot(_rounded(body.x), _rounded(body.y - 11), _rounded((body.height - 22) / 2))


def _rows(body: Body, *, right: bool) -> Iterator[tuple[str, Spot]]:
    """A stack as labelled rows, column by column; the dots are on the side where the methods are: `right` or left."""
    rows, across = ceil(len(body.papers) / body.columns), body.width / body.columns
    inset = across - _DOT / 2 if right else _DOT / 2
    for number, paper in enumerate(body.papers):
        column, row = divmod(number, rows)
        x = body.x - body.width / 2 + column * across + inset
        y = body.y - body.height / 2 + body.head + (row + 0.5) * _ROW
        yield paper.key, Spot(_rounded(x), _rounded(y), 4.5, -1 if right else 1)


def _field(body: Body) -> Iterator[tuple[str, Spot]]:
    """A stack as a field of dots, line by line."""
    for number, paper in enumerate(body.papers):
        row, column = divmod(number, body.columns)
        x = body.x - body.width / 2 + (column + 0.5) * _PITCH
        y = body.y - body.height / 2 + body.head + (row + 0.5) * _PITCH
        yield paper.key, Spot(_rounded(x), _rounded(y), 4.0)

"""The classification as a canvas of Obsidian, in the form of JSON Canvas 1.0.

Decides which cards there are, where they lie at first, and what of a canvas that a person has worked on stays when it is
brought up to date: everything but the paths of notes. Ids are derived from the catalog's, so that a card is known again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from typing import Any

from litsync.core.model import Kind, RecordId
from litsync.exchange.classification import Classification, Method, Paper, Places
from litsync.exchange.markdown import inert, link

Node = Mapping[str, Any]

_OWN = "litsync:"
"""What the ids of litsync's cards and lines begin with."""

_YEAR = f"{_OWN}year:"

_WIDE, _HIGH, _SPACE, _EDGE, _TOP = 380, 150, 24, 40, 60
_BETWEEN = 120
_BOX = ("x", "y", "width", "height")
_CONTENT = ("type", "file", "subpath", "text")


class CanvasBy(StrEnum):
    """What the cards are grouped by."""

    METHOD = "method"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class _Group:
    """A frame with cards: ids, texts and colours are decided, places are not."""

    id: str
    label: str
    cards: Sequence[Node]
    color: str = ""

    @property
    def columns(self) -> int:
        """So many that the frame is about as wide as high."""
        return max(1, round(sqrt(len(self.cards) * _HIGH / _WIDE * 1.4)))

    @property
    def size(self) -> tuple[int, int]:
        rows = max(1, ceil(len(self.cards) / self.columns))
        width = self.columns * (_WIDE + _SPACE) - _SPACE + 2 * _EDGE
        return width, rows * (_HIGH + _SPACE) - _SPACE + _TOP + _EDGE


# ── a new canvas ─────────────────────────────────────────────────────────────────────────────────────────────────


def canvas(found: Classification, places: Places, by: CanvasBy) -> dict[str, Any]:
    """A new canvas of all papers, and by method of all methods too. A paper with several methods lies in each group."""
    groups = list(_by_method(found, places) if by is CanvasBy.METHOD else _by_year(found, places))
    nodes: list[Node] = []
    for group, (x, y) in zip(
        groups, _shelves([group.size for group in groups], in_a_row=by is CanvasBy.YEAR), strict=True
    ):
        nodes += _placed(group, x, y)
    return {"nodes": nodes, "edges": list(_edges(found, places)) if by is CanvasBy.METHOD else []}


def _by_method(found: Classification, places: Places) -> Iterator[_Group]:
    for method in found.methods:
        name = f"{_OWN}{method.key}"
        own = [_method_card(f"{name}/", method, path)] if (path := _note(Kind.METHOD, method.key, places)) else []
        papers = [paper for paper in found.papers if method.key in (*paper.methods, *paper.source_of)]
        papers.sort(key=lambda paper: method.key not in paper.methods)
        yield _Group(name, method.name, [*own, *(_card(f"{name}/{p.key}", p, places) for p in papers)], method.colour)
    without = [paper for paper in found.papers if not paper.methods and not paper.source_of]
    if without:
        cards = [_card(f"{_OWN}-/{paper.key}", paper, places) for paper in without]
        yield _Group(f"{_OWN}-", "No method yet", cards)


def _by_year(found: Classification, places: Places) -> Iterator[_Group]:
    colours = {method.key: method.colour for method in found.methods}
    for year in sorted({paper.year for paper in found.papers}, key=lambda year: year or "~"):
        papers = [paper for paper in found.papers if paper.year == year]
        name = f"{_YEAR}{year or '-'}"
        own = {paper.key: colours[paper.methods[0]] for paper in papers if len(paper.methods) == 1}
        cards = [_card(f"{name}/{paper.key}", paper, places, own.get(paper.key, "")) for paper in papers]
        yield _Group(name, year or "No date", cards)


def _note(kind: Kind, key: str, places: Places) -> str | None:
    return places.notes.get(RecordId(kind, key))


def _method_card(name: str, method: Method, path: str) -> Node:
    return {"id": name, "type": "file", "file": path, "color": method.colour}


def _card(name: str, paper: Paper, places: Places, color: str = "") -> Node:
    """The paper's note; for a paper that has none yet, a text with its title."""
    path = _note(Kind.PAPER, paper.key, places)
    shown = {"type": "file", "file": path} if path else {"type": "text", "text": _text(paper)}
    return {"id": name, **shown, **({"color": color} if color else {})}


def _text(paper: Paper) -> str:
    return "\n\n".join(part for part in (link(paper.title, paper.address), inert(paper.byline)) if part)


def _edges(found: Classification, places: Places) -> Iterator[Node]:
    """From each method to what it is a kind of, and from what is to be read about a method to its note."""
    for method in found.methods:
        if method.parent:
            ends = {"fromNode": f"{_OWN}{method.parent}", "toNode": f"{_OWN}{method.key}"}
            yield {"id": f"{_OWN}{method.key}^", **ends, "color": method.colour}
        if _note(Kind.METHOD, method.key, places):
            for paper in found.papers:
                if method.key in paper.source_of:
                    ends = {"fromNode": f"{_OWN}{method.key}/{paper.key}", "toNode": f"{_OWN}{method.key}/"}
                    yield {"id": f"{_OWN}{method.key}<{paper.key}", **ends, "label": "to read about it"}


def _shelves(sizes: Sequence[tuple[int, int]], *, in_a_row: bool) -> Iterator[tuple[int, int]]:
    """Where frames of these sizes lie: in rows that make about a square, or all in one row."""
    most = sqrt(sum((w + _BETWEEN) * (h + _BETWEEN) for w, h in sizes)) * 1.4
    x = y = high = 0
    for width, height in sizes:
        if x and x + width > most and not in_a_row:
            x, y, high = 0, y + high + _BETWEEN, 0
        yield x, y
        x, high = x + width + _BETWEEN, max(high, height)


def _placed(group: _Group, x: int, y: int) -> Iterator[Node]:
    """The frame and its cards, the frame first so that it lies behind them."""
    width, height = group.size
    color = {"color": group.color} if group.color else {}
    yield {
        "id": group.id,
        "type": "group",
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        **color,
        "label": group.label,
    }
    for number, card in enumerate(group.cards):
        row, column = divmod(number, group.columns)
        left, top = x + _EDGE + column * (_WIDE + _SPACE), y + _TOP + row * (_HIGH + _SPACE)
        yield {**card, "x": left, "y": top, "width": _WIDE, "height": _HIGH}


# ── a canvas that a person has worked on ─────────────────────────────────────────────────────────────────────────


class NotACanvas(ValueError):
    """A text that is no canvas, or one grouped otherwise; it says why."""


def up_to_date(text: str, found: Classification, places: Places, by: CanvasBy | None) -> str:
    """The canvas `text` with what is new in the catalog; the same text when nothing is. Raises NotACanvas.

    Every card and line stays as the person has arranged, coloured and worded it; a card of litsync's follows its note. A
    new card lies below what its group holds, and the group grows to hold it; a new group lies right of everything. Cards
    that litsync made for what the catalog no longer has go, with their lines. `by` is what the cards are to be grouped by;
    None: as they are.
    """
    old = _read(text)
    names = [node["id"] for node in old["nodes"] if node["id"].startswith(_OWN)]
    grouped = CanvasBy.YEAR if any(name.startswith(_YEAR) for name in names) else CanvasBy.METHOD
    if by is not None and names and by is not grouped:
        raise NotACanvas(f"is grouped by {grouped}, and would lose its arrangement")
    new = _updated(old, canvas(found, places, by or grouped), {paper.key: _text(paper) for paper in found.papers})
    return text if new == old else canvas_text(new)


def _read(text: str) -> dict[str, Any]:
    try:
        old = json.loads(text or "{}")
    except ValueError as error:
        raise NotACanvas(f"is no canvas: {error}") from error
    old = {"nodes": [], "edges": [], **old} if isinstance(old, dict) else {}
    nodes, edges = old.get("nodes"), old.get("edges")
    if not (_are_objects(nodes, ("type",), _BOX) and _are_objects(edges, ("fromNode", "toNode"))):
        raise NotACanvas("is no canvas")
    return old


def _are_objects(rows: Any, texts: Sequence[str], numbers: Sequence[str] = ()) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in ("id", *texts))
        and all(isinstance(row.get(name), int | float) for name in numbers)
        for row in rows
    )


def _updated(old: Mapping[str, Any], new: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    wanted = {node["id"]: node for node in new["nodes"]}
    nodes = {
        node["id"]: _following(node, wanted[node["id"]], texts) if node["id"] in wanted else node
        for node in old["nodes"]
        if node["id"] in wanted or not node["id"].startswith(_OWN)
    }
    _add([node for node in new["nodes"] if node["id"] not in nodes], nodes)
    lines = {edge["id"]: edge for edge in new["edges"]}
    known = {edge["id"]: edge for edge in old["edges"] if edge["id"] in lines or not edge["id"].startswith(_OWN)}
    edges = [
        edge for edge in (known | (lines | known)).values() if edge["fromNode"] in nodes and edge["toNode"] in nodes
    ]
    return {**old, "nodes": list(nodes.values()), "edges": edges}


def _following(old: Node, new: Node, texts: Mapping[str, str]) -> Node:
    """The card as it is, with its note's path now. A text that a person wrote on it is not replaced by the note."""
    written = old["type"] == "text" and old.get("text") != texts.get(_key(old))
    if new["type"] == "group" or written or old.get("file") == new.get("file"):
        return old
    return {**{name: value for name, value in old.items() if name not in _CONTENT}, **_only(new, _CONTENT)}


def _only(node: Node, names: Iterable[str]) -> Node:
    return {name: node[name] for name in names if name in node}


def _key(node: Node) -> str:
    """The citekey of a card."""
    return str(node["id"]).partition("/")[2]


def _add(fresh: Sequence[Node], nodes: dict[str, Node]) -> None:
    """Lay new groups right of everything, their cards in them, and other new cards below those of their group."""
    moved: dict[str, tuple[int, int]] = {}
    for node in fresh:
        group = str(node["id"]).partition("/")[0]
        if node["type"] == "group":
            right = max((one["x"] + one["width"] for one in nodes.values()), default=-_BETWEEN)
            top = min((one["y"] for one in nodes.values()), default=0)
            moved[group] = (ceil(right) + _BETWEEN - node["x"], ceil(top) - node["y"])
        if group in moved:
            across, down = moved[group]
            nodes[node["id"]] = {**node, "x": node["x"] + across, "y": node["y"] + down}
        else:
            nodes[node["id"]], nodes[group] = _below(node, nodes[group], nodes)


def _below(card: Node, group: Node, nodes: Mapping[str, Node]) -> tuple[Node, Node]:
    """The card at the first free place in the group's last row or under it, and the group high enough for it."""
    inside = [one for one in nodes.values() if one["type"] != "group" and _touch(one, group)]
    bottom = max((one["y"] + one["height"] for one in inside), default=group["y"] + _TOP - _SPACE)
    columns = max(1, int(group["width"] - 2 * _EDGE + _SPACE) // (_WIDE + _SPACE))
    rows = (ceil(bottom) - _HIGH, ceil(bottom) + _SPACE)
    spots = [
        {**card, "x": ceil(group["x"]) + _EDGE + n * (_WIDE + _SPACE), "y": y} for y in rows for n in range(columns)
    ]
    free = next(one for one in spots if one["y"] >= group["y"] and not any(_touch(one, other) for other in inside))
    height = max(group["height"], free["y"] + _HIGH + _EDGE - group["y"])
    return free, {**group, "height": height}


def _touch(one: Node, other: Node) -> bool:
    return bool(
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


# ── as text ──────────────────────────────────────────────────────────────────────────────────────────────────────


def canvas_text(shown: Mapping[str, Any]) -> str:
    """The canvas as Obsidian writes it: a line for each node and edge, so that a difference can be read."""
    parts = {name: value for name, value in shown.items() if name not in ("nodes", "edges")}
    lists = [
        f"\t{_json(name)}:[\n" + ",\n".join(f"\t\t{_json(row)}" for row in shown[name]) + "\n\t]"
        if shown[name]
        else f"\t{_json(name)}:[]"
        for name in ("nodes", "edges")
    ]
    return "{\n" + ",\n".join((*lists, *(f"\t{_json(name)}:{_json(value)}" for name, value in parts.items()))) + "\n}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

"""The picture of a classification as one SVG file, for a page, a slide or paper.

Decides how papers, methods and the lines between them are drawn; where they stand is `graph_layout`'s to say. The file
holds no script and loads nothing. It follows the light or dark mode of whoever looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from litsync.exchange.classification import Classification, Method, Paper, Places
from litsync.exchange.graph_layout import Layout, Spot, text_width
from litsync.exchange.graph_links import paper_links
from litsync.exchange.seal import sealed
from litsync.formats.colours import NEUTRAL

UNCLASSIFIED = "No method yet"
_HEAD, _FOOT, _LEFT = 84.0, 64.0, 40.0
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STYLE = """\
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; fill: #1c2024; }
.ground { fill: #fcfcfb; }
.title { font-size: 22px; font-weight: 650; letter-spacing: -.2px; }
.soft, .byline { fill: #60666d; font-size: 11px; }
.note { fill: #60666d; font-size: 13px; }
.method { font-size: 14px; font-weight: 650; text-anchor: middle; }
.label { font-size: 12.5px; }
.left { text-anchor: end; }
.halo { paint-order: stroke; stroke: #fcfcfb; stroke-width: 4px; stroke-linejoin: round; }
.line { fill: none; stroke-width: 1.6px; stroke-opacity: .62; }
.bundle { stroke-opacity: .22; stroke-linecap: round; }
.read { stroke-dasharray: 2 4; stroke-linecap: round; }
.parent { stroke-width: 4px; stroke-opacity: .35; }
.disc { stroke: #fcfcfb; stroke-width: 2px; }
.dot { stroke: #fcfcfb; stroke-width: 1.5px; }
.many { fill: %s; }
.ring { fill: #fcfcfb; stroke-width: 2px; }
.none { stroke: %s; }
a:hover .label, a:focus .label { text-decoration: underline; }
@media (prefers-color-scheme: dark) {
  text { fill: #eceef0; }
  .ground { fill: #15171a; }
  .soft, .byline, .note { fill: #a3a9b0; }
  .halo, .disc, .dot { stroke: #15171a; }
  .ring { fill: #15171a; }
  .line { stroke-opacity: .84; }
  .bundle { stroke-opacity: .3; }
  .parent { stroke-opacity: .45; }
}
""".replace("%s", NEUTRAL)


def graph_svg(found: Classification, layout: Layout, places: Places) -> str:
    """The picture as text."""
    return sealed("\n".join(_Drawing(found, layout, places).lines()) + "\n")


class _Drawing:
    """One drawing, line by line."""

    def __init__(self, found: Classification, layout: Layout, places: Places) -> None:
        self._found, self._layout, self._places = found, layout, places
        self._colours = {method.key: method.colour for method in found.methods}
        shapes = {section.key: number % len(SHAPES) for number, section in enumerate(found.sections)}
        self._shapes = {paper.key: shapes[paper.sections[0]] if paper.sections else 0 for paper in found.papers}

    def lines(self) -> Iterator[str]:
        found, layout = self._found, self._layout
        width = max(layout.width, self._legend_width())
        height = layout.height + _HEAD + _FOOT
        size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="name facts">'
        yield f'<title id="name">{_text(found.title)}</title>'
        yield f'<desc id="facts">The classification: {_text(facts(found))}, drawn by litsync.</desc>'
        yield f"<style>\n{_STYLE}</style>"
        yield f'<rect class="ground" width="{_n(width)}" height="{_n(height)}" rx="10"/>'
        yield f'<text class="title" x="{_n(_LEFT)}" y="50">{_text(found.title)}</text>'
        yield f'<text class="note" x="{_n(_LEFT)}" y="72">{_text(facts(found))}</text>'
        yield f'<g transform="translate({_n((width - layout.width) / 2)} {_n(_HEAD)})">'
        yield from self._edges()
        for method in found.methods:
            yield from self._method(method, layout.methods[method.key])
        for paper in found.papers:
            yield from self._paper(paper, layout.papers[paper.key])
        if layout.heading:
            yield f'<text class="note" x="{_n(layout.heading.x)}" y="{_n(layout.heading.y)}">{UNCLASSIFIED}</text>'
        yield "</g>"
        yield from self._legend(height - _FOOT + 22)
        yield "</svg>"

    # ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _edges(self) -> Iterator[str]:
        layout = self._layout
        for method in self._found.methods:
            if method.parent:
                d = _straight(layout.methods[method.parent], layout.methods[method.key])
                yield f'<path class="line parent" stroke="{self._colours[method.parent]}" d="{d}"/>'
        if not layout.labelled:
            yield from self._bundles()
            return
        for paper in self._found.papers:
            for key, kind in (*((m, "") for m in paper.methods), *((m, " read") for m in paper.source_of)):
                d = self._curve(layout.methods[key], layout.papers[paper.key])
                yield f'<path class="line{kind}" stroke="{self._colours[key]}" d="{d}"/>'

    def _bundles(self) -> Iterator[str]:
        for bundle in self._layout.bundles:
            start = self._layout.methods[bundle.method]
            kind = " read" if bundle.reading else ""
            line = f'd="M{_n(start.x)} {_n(start.y)}L{_n(bundle.x)} {_n(bundle.y)}"'
            width = _n(min(1 + bundle.papers**0.5 * 0.7, 12))
            yield f'<path class="line bundle{kind}" stroke="{self._colours[bundle.method]}" style="stroke-width:{width}px" {line}/>'

    def _curve(self, method: Spot, paper: Spot) -> str:
        """From the method into the dot's free side, so that no line crosses its own label."""
        x, y = paper.x - method.x, paper.y - method.y
        bend = min(70.0, (x * x + y * y) ** 0.5 * 0.45) * paper.side
        first = f"{_n(method.x + x * 0.3)} {_n(method.y + y * 0.3)}"
        return f"M{_n(method.x)} {_n(method.y)}C{first} {_n(paper.x - bend)} {_n(paper.y)} {_n(paper.x)} {_n(paper.y)}"

    # ── nodes ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _method(self, method: Method, spot: Spot) -> Iterator[str]:
        yield f'<circle class="disc" fill="{self._colours[method.key]}" cx="{_n(spot.x)}" cy="{_n(spot.y)}" r="{_n(spot.radius)}"/>'
        yield f'<text class="method halo" x="{_n(spot.x)}" y="{_n(spot.y + spot.radius + 16)}">{_text(method.short_name)}</text>'

    def _paper(self, paper: Paper, spot: Spot) -> Iterator[str]:
        links = paper_links(paper, self._places)
        address = links.paper or links.note or links.item
        yield f'<a href="{escape(address)}">' if address else "<g>"
        yield f"<title>{_text(' · '.join(part for part in (paper.title, paper.byline) if part))}</title>"
        yield self._dot(paper, spot)
        if self._layout.labelled:
            yield from _label(paper, spot)
        yield "</a>" if address else "</g>"

    def _dot(self, paper: Paper, spot: Spot) -> str:
        shape = SHAPES[self._shapes[paper.key]](spot.x, spot.y, spot.radius)
        match paper.methods, paper.source_of:
            case (), ():
                return f'<path class="ring none" d="{shape}"/>'
            case (), (key, *_):
                return f'<path class="ring" stroke="{self._colours[key]}" d="{shape}"/>'
            case (key,), _:
                return f'<path class="dot" fill="{self._colours[key]}" d="{shape}"/>'
            case _:
                return f'<path class="dot many" d="{shape}"/>'

    # ── legend ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _legend_rows(self) -> Sequence[tuple[str, str]]:
        """Class of the mark and what it says; the marks of the sections are told by their number."""
        sections = [(str(number), one.name) for number, one in enumerate(self._found.sections[: len(SHAPES)])]
        return (("use", "uses the method"), ("read", "to read about it"), *(sections if len(sections) > 1 else ()))

    def _legend_width(self) -> float:
        rows = sum(text_width(words, 12) + 58 for _, words in self._legend_rows())
        return 2 * _LEFT + max(rows, text_width(self._found.title, 22))

    def _legend(self, y: float) -> Iterator[str]:
        x = _LEFT
        for kind, words in self._legend_rows():
            if kind.isdigit():
                yield f'<path class="many" d="{SHAPES[int(kind)](x + 8, y - 4, 5)}"/>'
                x += 22
            else:
                yield f'<path class="line {kind} none" d="M{_n(x)} {_n(y - 4)}h26"/>'
                x += 34
            yield f'<text class="note" x="{_n(x)}" y="{_n(y)}">{_text(words)}</text>'
            x += text_width(words, 12) + 24


def facts(found: Classification) -> str:
    """`33 papers, 9 methods, 2 sections`."""
    counts = ((len(found.papers), "paper"), (len(found.methods), "method"), (len(found.sections), "section"))
    return ", ".join(f"{count:,} {word if count == 1 else word + 's'}" for count, word in counts)


def _label(paper: Paper, spot: Spot) -> Iterator[str]:
    left = " left" if spot.side < 0 else ""
    x = _n(spot.x + spot.side * 10)
    high = spot.y - 1 if paper.byline else spot.y + 4
    yield f'<text class="label halo{left}" x="{x}" y="{_n(high)}">{_text(paper.short_title)}</text>'
    if paper.byline:
        yield f'<text class="byline halo{left}" x="{x}" y="{_n(spot.y + 12)}">{_text(paper.byline)}</text>'


def _straight(one: Spot, other: Spot) -> str:
    return f"M{_n(one.x)} {_n(one.y)}L{_n(other.x)} {_n(other.y)}"


def _text(text: str) -> str:
    return escape(_NO_XML.sub("", text), quote=False)


def _n(number: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{round(number, 1):.1f}".removesuffix(".0")


# ── shapes of the dots, one for each section ─────────────────────────────────────────────────────────────────────


def _circle(x: float, y: float, r: float) -> str:
    return f"M{_n(x - r)} {_n(y)}a{_n(r)} {_n(r)} 0 1 0 {_n(2 * r)} 0a{_n(r)} {_n(r)} 0 1 0 {_n(-2 * r)} 0z"


def _diamond(x: float, y: float, r: float) -> str:
    s = r * 1.25
    return f"M{_n(x)} {_n(y - s)}L{_n(x + s)} {_n(y)}L{_n(x)} {_n(y + s)}L{_n(x - s)} {_n(y)}z"


def _square(x: float, y: float, r: float) -> str:
    s = r * 0.9
    return f"M{_n(x - s)} {_n(y - s)}h{_n(2 * s)}v{_n(2 * s)}h{_n(-2 * s)}z"


def _triangle(x: float, y: float, r: float) -> str:
    s = r * 1.2
    return f"M{_n(x)} {_n(y - s)}L{_n(x + s)} {_n(y + s * 0.8)}L{_n(x - s)} {_n(y + s * 0.8)}z"


SHAPES = (_circle, _diamond, _square, _triangle)

"""The picture of a classification as one HTML file: it loads nothing, and opens from a disk as it does from a server.

Decides what the page holds: the list of papers as plain HTML, which is there without a script, too; the classification
and its layout as JSON; and what draws them (`page/`, with the library d3). Its security policy lets run only what it was
made with, so that no text of a catalog, however it is spelled, becomes part of the page's program.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from litsync.exchange.classification import Classification, Method, Paper, Places
from litsync.exchange.graph_layout import Layout
from litsync.exchange.graph_links import Links, method_links, paper_links
from litsync.exchange.graph_svg import SHAPES, UNCLASSIFIED, facts
from litsync.exchange.seal import sealed
from litsync.formats.colours import NEUTRAL

_DEEPEST = 3
"""Levels of methods that the filter shows by their indent."""


def graph_html(found: Classification, layout: Layout, places: Places) -> str:
    """The page as text; the same classification and places give the same page, byte for byte."""
    style, script, library = _part("page.css"), _part("page.js"), _part("d3.min.js")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(library)} {_hash(script)}; base-uri 'none'; form-action 'none'"
    page = Template(_part("page.html")).substitute(
        policy=policy,
        title=escape(found.title),
        style=style,
        facts=facts(found),
        methods="\n".join(_method_options(found)),
        sections="\n".join(_section_options(found)),
        years="".join(_year_options(found)),
        papers="\n".join(_row(paper, paper_links(paper, places)) for paper in found.papers),
        licence=_part("d3.LICENSE").replace("--", "- -").strip(),
        data=_json(_data(found, layout, places)),
        library=library,
        script=script,
    )
    return sealed(page)


@cache
def _part(name: str) -> str:
    return (files("litsync.exchange") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _json(value: Any) -> str:
    """JSON that ends no element and starts none, wherever in HTML it stands."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


# ── what is drawn ────────────────────────────────────────────────────────────────────────────────────────────────


def _data(found: Classification, layout: Layout, places: Places) -> dict[str, Any]:
    """Methods, papers and sections name each other by their numbers."""
    methods = {method.key: number for number, method in enumerate(found.methods)}
    sections = {section.key: number for number, section in enumerate(found.sections)}
    heading = layout.heading
    return {
        "facts": facts(found),
        "width": layout.width,
        "height": layout.height,
        "labelled": layout.labelled,
        "neutral": NEUTRAL,
        "heading": {"x": heading.x, "y": heading.y, "text": UNCLASSIFIED} if heading else None,
        "sections": [{"key": section.key, "name": section.name} for section in found.sections],
        "methods": [_method(method, methods, layout, places) for method in found.methods],
        "papers": [_paper(paper, methods, sections, layout) for paper in found.papers],
        "bundles": [[methods[one.method], one.x, one.y, one.papers] for one in layout.bundles]
        if not layout.labelled
        else [],
    }


def _method(method: Method, methods: dict[str, int], layout: Layout, places: Places) -> dict[str, Any]:
    spot = layout.methods[method.key]
    return {
        "key": method.key,
        "name": method.name,
        "label": method.short_name,
        "parent": methods.get(method.parent, -1),
        "colour": method.colour,
        "x": spot.x,
        "y": spot.y,
        "r": spot.radius,
        "note": method_links(method.key, places).note,
    }


def _paper(paper: Paper, methods: dict[str, int], sections: dict[str, int], layout: Layout) -> dict[str, Any]:
    spot = layout.papers[paper.key]
    return {
        "key": paper.key,
        "label": paper.short_title,
        "byline": paper.byline,
        "authors": paper.authors,
        "year": paper.year,
        "status": paper.status,
        "sections": [sections[key] for key in paper.sections],
        "methods": [methods[key] for key in paper.methods],
        "reading": [methods[key] for key in paper.source_of if key not in paper.methods],
        "x": spot.x,
        "y": spot.y,
        "r": spot.radius,
        "side": spot.side,
    }


# ── what is read ─────────────────────────────────────────────────────────────────────────────────────────────────


def _row(paper: Paper, links: Links) -> str:
    named = (("Paper", links.paper), ("Note", links.note), ("Zotero", links.item), ("Code", links.code))
    anchors = "".join(f'<a href="{escape(link)}" rel="noreferrer">{name}</a>' for name, link in named if link)
    return (
        f'<li><button type="button">{escape(paper.title)}</button><small>{escape(paper.byline)}</small>'
        f'<span class="links">{anchors}</span></li>'
    )


def _method_options(found: Classification) -> Iterator[str]:
    """One box for each method, those of a broader method under it, and one for the papers that no method has."""
    for number, depth in _by_parent(found.methods):
        method = found.methods[number]
        count = sum(method.key in paper.methods or method.key in paper.source_of for paper in found.papers)
        mark = f'<circle cx="6" cy="6" r="5.5" fill="{method.colour}"/>'
        yield _option("method", number, mark, (method.name, count, min(depth, _DEEPEST)))
    without = sum(not paper.methods and not paper.source_of for paper in found.papers)
    if without:
        yield _option("method", -1, '<circle class="none" cx="6" cy="6" r="4.5"/>', (UNCLASSIFIED, without, 0))


def _by_parent(methods: Sequence[Method]) -> Iterator[tuple[int, int]]:
    """The numbers of the methods, each followed by those of which it is the parent, with their depth."""
    children: dict[str, list[int]] = {}
    for number, method in enumerate(methods):
        children.setdefault(method.parent, []).append(number)
    waiting = [(number, 0) for number in reversed(children.get("", ()))]
    while waiting:
        number, depth = waiting.pop()
        yield number, depth
        waiting += [(child, depth + 1) for child in reversed(children.get(methods[number].key, ()))]


def _section_options(found: Classification) -> Iterator[str]:
    for number, section in enumerate(found.sections):
        count = sum(section.key in paper.sections for paper in found.papers)
        mark = f'<path class="own" d="{SHAPES[number % len(SHAPES)](6, 6, 5)}"/>'
        yield _option("section", number, mark, (section.name, count, 0))
    without = sum(not paper.sections for paper in found.papers)
    if without:
        yield _option("section", -1, '<circle class="none" cx="6" cy="6" r="4.5"/>', ("No section", without, 0))


def _option(name: str, value: int, mark: str, shown: tuple[str, int, int]) -> str:
    """A box to tick, with a mark, and the text, count and depth that are shown."""
    text, count, depth = shown
    return (
        f'<label class="deep{depth}"><input type="checkbox" name="{name}" value="{value}">'
        f'<svg class="mark" viewBox="0 0 12 12" aria-hidden="true">{mark}</svg>'
        f'<span title="{escape(text)}">{escape(text)}</span><small>{count:,}</small></label>'
    )


def _year_options(found: Classification) -> Iterator[str]:
    yield '<option value="">any</option>'
    for year in sorted({paper.year for paper in found.papers if paper.year}, reverse=True):
        yield f'<option value="{escape(year)}">{escape(year)}</option>'

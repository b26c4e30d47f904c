"""The classification as a table: one row for each paper, one column for each method.

Decides how the table is written in Markdown, CSV and HTML, so that no title, however it is spelled, changes the table or
does anything where the file is opened. Every paper has a row and every method a column, also those without a mark.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum
from html import escape

from litsync.exchange.classification import Classification, Paper
from litsync.exchange.markdown import inert, link


class MatrixFormat(StrEnum):
    """What the table is written as."""

    MARKDOWN = "md"
    CSV = "csv"
    HTML = "html"


_CLASSIFIED, _SOURCE, _NEITHER = "●", "○", ""
_LEGEND = "● uses the method, ○ is to be read about it"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def matrix(found: Classification, form: MatrixFormat) -> str:
    """The table of `found` as text that ends with a line end."""
    match form:
        case MatrixFormat.MARKDOWN:
            return _markdown(found)
        case MatrixFormat.CSV:
            return _csv(found)
        case MatrixFormat.HTML:
            return _html(found)


def _marks(found: Classification, paper: Paper) -> Iterable[str]:
    for method in found.methods:
        if method.key in paper.methods:
            yield _CLASSIFIED
        else:
            yield _SOURCE if method.key in paper.source_of else _NEITHER


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _markdown(found: Classification) -> str:
    """A table as GitHub and Obsidian show it, under the list's title."""
    heads = ("No.", "Paper", "Year", *(inert(method.name) for method in found.methods))
    rules = ("--:", ":--", ":--", *(":-:" for _ in found.methods))
    rows = (
        (paper.number, link(paper.title, paper.address), paper.year, *_marks(found, paper)) for paper in found.papers
    )
    lines = (f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows))
    return "\n".join((f"# {inert(found.title)}", "", *lines, "", _LEGEND, ""))


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csv(found: Classification) -> str:
    """Comma-separated values as RFC 4180 says, with `x` for a method and `source` for what is to be read about it."""
    words = {_CLASSIFIED: "x", _SOURCE: "source", _NEITHER: ""}
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_cells("citekey", "number", "title", "authors", "year", "url", *(m.name for m in found.methods)))
    for paper in found.papers:
        facts = (paper.key, paper.number, paper.title, "; ".join(paper.authors), paper.year, paper.address)
        rows.writerow((*_cells(*facts), *(words[mark] for mark in _marks(found, paper))))
    return text.getvalue()


def _cells(*texts: str) -> Sequence[str]:
    """The texts so that no spreadsheet takes one for a formula: it then stands behind an apostrophe."""
    return [f"'{text}" if text.startswith(_FORMULA) else text for text in texts]


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }}
body {{ margin: 2rem; background: Canvas; color: CanvasText; }}
h1 {{ font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .35rem .7rem; text-align: center; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }}
thead th {{ position: sticky; top: 0; background: Canvas; font-size: .85rem; vertical-align: bottom; }}
tbody th, thead th.paper {{ text-align: left; font-weight: 400; min-width: 22rem; max-width: 38rem; }}
.number, .year {{ color: GrayText; font-variant-numeric: tabular-nums; }}
tbody tr:hover {{ background: color-mix(in srgb, currentColor 6%, transparent); }}
a {{ color: inherit; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); text-underline-offset: .2em; }}
@media print {{ body {{ margin: 0; }} thead th {{ position: static; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<table>
<thead>
<tr><th scope="col" class="number">No.</th><th scope="col" class="paper">Paper</th><th scope="col" class="year">Year</th>{methods}</tr>
</thead>
<tbody>
{rows}
</tbody>
</table>
<p>{legend}</p>
</body>
</html>
"""
_SPOKEN = {_CLASSIFIED: "uses", _SOURCE: "source", _NEITHER: ""}


def _html(found: Classification) -> str:
    """A page by itself: readable in light and dark, its head stays in sight, and nothing in it runs."""
    return _PAGE.format(
        title=escape(found.title),
        legend=_LEGEND,
        methods="".join(f'<th scope="col">{escape(method.name)}</th>' for method in found.methods),
        rows="\n".join(_html_row(found, paper) for paper in found.papers),
    )


def _html_row(found: Classification, paper: Paper) -> str:
    title = escape(paper.title)
    if paper.address:
        title = f'<a href="{escape(paper.address)}" rel="noreferrer">{title}</a>'
    marks = "".join(_html_mark(mark) for mark in _marks(found, paper))
    return (
        f'<tr><td class="number">{escape(paper.number)}</td><th scope="row">{title}</th>'
        f'<td class="year">{escape(paper.year)}</td>{marks}</tr>'
    )


def _html_mark(mark: str) -> str:
    return f'<td><span role="img" aria-label="{_SPOKEN[mark]}">{mark}</span></td>' if mark else "<td></td>"

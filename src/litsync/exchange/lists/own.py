"""Entries that litsync wrote: marked with the citekey, and read back word for word instead of by evidence.

Decides what a mark is and how a marked entry is read; `lists.render` writes them. Who edits a rendered list keeps the mark, or
takes it off with its entry; an entry without a mark is read as anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from litsync.core.model import Link, Name, Value
from litsync.core.values import Form, Invalid, read_name, read_text, tidy
from litsync.exchange.lists.runs import Run, Style

PAPER = "@"
SECTION = "@@section/"
METHOD = "@@method/"
TITLE = "@@list"
"""What the id of an anchor begins with that marks a paper, a section, a method, the title; the rest is the citekey or id."""

_ARXIV = "https://arxiv.org/abs/"
_DOI = "https://doi.org/"


def citekey_of(runs: Iterable[Run]) -> str:
    """The citekey that marks the entry; empty when it has no mark."""
    return next((key for run in runs if (key := _key(run.anchor, PAPER)) and not key.startswith(PAPER)), "")


def id_in(runs: Iterable[Run], mark: str) -> str:
    """The id of the section or method that is marked; empty when none is."""
    return next((key for run in runs if (key := _key(run.anchor, mark))), "")


def _key(anchor: str, mark: str) -> str:
    return anchor.removeprefix(mark) if anchor.startswith(mark) else ""


def read_own(runs: Sequence[Run]) -> dict[str, Value]:
    """The fields of a marked entry: title, main address, then authors in italics, venue, date in brackets, links."""
    start = next(place for place, run in enumerate(runs) if run.anchor.startswith(PAPER))
    after = [run for run in runs[start + 1 :] if not run.picture]
    title = next((run for run in after if run.text.strip()), None)
    if title is None:
        return {}
    rest = after[after.index(title) + 1 :]
    fields: dict[str, Value] = {"title": tidy(title.text), "url": title.url if title.url.startswith("http") else None}
    names = next((run.text for run in rest if run.style & Style.ITALIC and not run.url), "")
    fields["authors"] = read_names(names)
    fields |= _venue_and_date(rest)
    return {name: value for name, value in (fields | read_links(rest)).items() if value}


def read_names(text: str) -> tuple[Name, ...] | None:
    """The authors, cut as they were joined: by semicolons if there is one, else by commas."""
    parts = text.split(";") if ";" in text else text.split(",")
    names = [tidy(part) for part in parts if part.strip()]
    return tuple(Name(name) if "," in name else read_name(name) for name in names) or None


def _venue_and_date(rest: Sequence[Run]) -> dict[str, Value]:
    texts: list[str] = []
    for run in rest:
        if run.url or run.breaks:
            break
        if not run.style & Style.ITALIC:
            texts.append(run.text)
    match = re.fullmatch(
        r"[\s.]*(?P<venue>.*?)\s*(?:\((?P<date>\d{4}(?:-\d\d){0,2})\))?[\s\[]*", "".join(texts), re.DOTALL
    )
    if match is None:
        return {}
    return {"venue": tidy(match["venue"]) or None, "date": match["date"]}


def read_links(runs: Iterable[Run]) -> dict[str, Value]:
    """The code, the ids and the further links of an entry, each by its label."""
    fields: dict[str, Value] = {}
    links: list[Link] = []
    for run in runs:
        if not run.url.startswith("http"):
            continue
        label = tidy(run.text)
        if label == "code" and "code" not in fields:
            fields["code"] = run.url
        elif label == "DOI" and run.url.startswith(_DOI):
            fields["doi"] = run.url.removeprefix(_DOI)
        elif label == "arXiv" and run.url.startswith(_ARXIV):
            fields["arxiv"] = run.url.removeprefix(_ARXIV)
        else:
            links.append(Link(label, run.url))
    return fields | ({"links": tuple(links)} if links else {})


def with_ids(fields: Mapping[str, Value]) -> dict[str, Value]:
    """The fields, with the id that the main address itself states."""
    url = str(fields.get("url") or "")
    made = dict(fields)
    for name, start, form in (("arxiv", _ARXIV, Form.ARXIV), ("doi", _DOI, Form.DOI)):
        if url.startswith(start) and name not in made:
            try:
                made[name] = read_text(form, url.removeprefix(start))
            except Invalid:
                continue
    return made

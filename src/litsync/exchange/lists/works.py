"""The works that a list names: entries that name one work are one, and each is a paper of a catalog.

Decides which entries are the same work (an id, or the title with nothing against it), the fields of each, and the sections and
methods of the list. Must not know any catalog.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from litsync.core.identity import title_key
from litsync.core.model import Link, Place, Problem, Value
from litsync.core.values import Form, Invalid, read_text, tidy, unique
from litsync.exchange.addresses import Address, Site, arxiv_id
from litsync.exchange.found import Found, Reading
from litsync.exchange.lists.draft import Labelled
from litsync.exchange.lists.entries import Entry
from litsync.exchange.lists.kinds import type_of
from litsync.exchange.lists.labels import Role
from litsync.exchange.lists.names import Methods, Sections
from litsync.exchange.lists.own import PAPER, with_ids
from litsync.exchange.lists.reading import ListReading, read_list
from litsync.exchange.lists.sections import heading_appearance
from litsync.exchange.lists.source import read_source
from litsync.exchange.lists.titles import word_count
from litsync.exchange.lists.venues import Appearance

_TELLING = 12
"""Letters from which on an equal title alone tells that two entries are one work."""


def read_reading_list(data: bytes, shown: str) -> Reading:
    """What a Markdown list says of works. Raises UsageError when it is no text."""
    found = read_list(read_source(data, shown))
    works = _gathered(found.entries)
    sections, methods = Sections(found.title, found.section_ids), Methods()
    classes = _classes(found, works)
    sources = {id(work): _sources_of(work) for work in works}
    for jump in found.jumps:
        methods.add(jump.method, jump.method_id)
    for name in (name for names in sources.values() for name in names):
        methods.add(name, found.method_ids.get(name, ""))
    papers = tuple(_paper(work, shown, sections, methods, classes.get(id(work), ())) for work in works)
    passed = tuple(Problem(Place(shown, one.line), one.reason, one.text) for one in found.left)
    return Reading(
        papers, title=found.title, sections=sections.by_id, methods=methods.by_id, passed=passed, distinct=True
    )


# ── entries that are one work ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Work:
    """A work and the entries that name it. `shares` is the line of another work that has the same link."""

    entries: list[Entry]
    shares: int = 0
    titles: set[str] = field(default_factory=set)
    source_of: list[str] = field(default_factory=list)

    @property
    def first(self) -> Entry:
        return self.entries[0]


def _gathered(entries: Sequence[Entry]) -> list[_Work]:
    """One work for each that the entries name, in the order of their first naming."""
    works: list[_Work] = []
    by_link: dict[str, list[_Work]] = {}
    by_title: dict[str, list[_Work]] = {}
    by_citekey: dict[str, _Work] = {}
    for entry in entries:
        title, links = title_key(entry.draft.title) or tidy(entry.draft.title).casefold(), _keys(entry)
        linked = [work for key in links for work in by_link.get(key, ())]
        work = by_citekey.get(entry.draft.citekey) or next(
            (one for one in linked if _same_title(entry, title, one)), None
        )
        if work is None and len(title) >= _TELLING and not entry.draft.citekey:
            work = next((one for one in by_title.get(title, ()) if not _contradict(entry, one.first)), None)
        if work is None:
            work = _Work([], linked[0].first.line if linked else 0)
            works.append(work)
        work.entries.append(entry)
        if entry.draft.citekey:
            by_citekey[entry.draft.citekey] = work
        work.titles.add(title)
        by_title.setdefault(title, []).append(work)
        for key in links:
            by_link.setdefault(key, []).append(work)
    return works


def _keys(entry: Entry) -> list[str]:
    """What the links that an entry has to the work itself have in common with others to it."""
    draft = entry.draft
    papers = [draft.main, *(link.address for link in draft.links if link.role is Role.PAPER)]
    return list(dict.fromkeys(one.key for one in papers if one is not None))


def _same_title(entry: Entry, title: str, work: _Work) -> bool:
    """Whether entries that share a link have one title: equal, one short for the other, or nearly the same."""
    if title in work.titles:
        return True
    strong = any(address.is_strong for address in entry.draft.addresses)
    short = word_count(entry.draft.title) <= 2 or word_count(work.first.draft.title) <= 2
    if strong and short:
        return True
    for other in work.titles:
        if min(len(title), len(other)) >= _TELLING and (title in other or other in title):
            return True
        if strong and _overlap(title, other) > 0.75:
            return True
    return False


def _overlap(one: str, other: str) -> float:
    """How much of two titles is the same, by their runs of four letters."""
    a, b = ({text[place : place + 4] for place in range(len(text) - 3)} for text in (one, other))
    return len(a & b) / max(len(a), len(b), 1)


def _contradict(one: Entry, other: Entry) -> bool:
    """Whether both have an id of one kind, and not the same."""
    mine, theirs = _ids(one), _ids(other)
    return any(mine[site] != theirs[site] for site in mine.keys() & theirs.keys())


def _ids(entry: Entry) -> dict[Site, str]:
    draft = entry.draft
    papers = [draft.main, *(link.address for link in draft.links if link.role is Role.PAPER)]
    return {one.site: one.id for one in reversed(papers) if one is not None and one.is_strong}


# ── the fields of a work ─────────────────────────────────────────────────────────────────────────────────────────


def _paper(work: _Work, shown: str, sections: Sections, methods: Methods, classes: Sequence[str]) -> Found:
    entries = work.entries
    links = [link for entry in entries for link in _links_of(entry)]
    url = next((main for entry in entries if (main := _main(entry)) is not None), None)
    code = _code(entries, links, url)
    named = [name for entry in entries for name in (*entry.methods, *sections.methods_in(entry.path))]
    fields: dict[str, Value] = {
        "type": type_of(entries),
        "title": work.first.draft.title,
        "authors": next((entry.draft.authors for entry in entries if entry.draft.authors), None),
        "date": next((date for entry in entries if (date := _date(_appearance(entry).date))), None),
        "venue": next((venue for entry in entries if (venue := _appearance(entry).venue)), None),
        "doi": None if work.shares else _id_at(Site.DOI, url, links),
        "arxiv": None if work.shares else _arxiv(url, links),
        "url": url.url if url else None,
        "code": code.url if code else None,
        "links": _further(links, {url.key if url else "", code.key if code else ""}),
        "number": next((entry.draft.number for entry in entries if entry.numbered), None),
        "sections": unique(key for entry in entries if (key := sections.add(entry.path))),
        "methods": unique(methods.add(name) for name in (*classes, *named)),
    }
    own = next((entry.draft for entry in entries if entry.draft.citekey), None)
    if own is not None:
        fields = (
            with_ids(own.own)
            | {"number": own.number or None}
            | {name: fields[name] for name in ("sections", "methods")}
        )
    return Found(
        fields={name: value for name, value in fields.items() if value},
        place=Place(shown, work.first.line),
        citekey=own.citekey if own else "",
        paper=own.citekey if own else "",
        also=tuple(Place(shown, entry.line) for entry in entries[1:]),
        source_of=unique(methods.add(name) for name in _sources_of(work)) or (),
        doubt=_doubt(work),
    )


def _main(entry: Entry) -> Address | None:
    """The work's main address: where its title leads if that is no mere repository, else the paper, else anything."""
    draft = entry.draft
    if draft.main is not None and not (draft.main.is_repository and draft.paper is not None):
        return draft.main
    if draft.paper is not None:
        return draft.paper
    order = (Role.PROJECT, Role.DATA, Role.MODEL, Role.VIDEO, Role.DEMO, Role.OTHER, Role.BLOG, Role.CODE)
    ranked = sorted(draft.links, key=lambda link: order.index(link.role) if link.role in order else len(order))
    return ranked[0].address if ranked else None


def _links_of(entry: Entry) -> Iterator[Labelled]:
    if entry.draft.main is not None:
        role = Role.CODE if entry.draft.main.is_repository else Role.PAPER
        yield Labelled(role, entry.draft.title, entry.draft.main)
    yield from entry.draft.links


def _code(entries: Sequence[Entry], links: Sequence[Labelled], url: Address | None) -> Address | None:
    """The code: what is called so, the authors' own before others'; else a repository, whatever it is called."""
    called = [link for link in links if link.role is Role.CODE and not link.address.is_paper]
    own = [
        link
        for link in called
        if not re.search(r"un-?official|third[- ]party|re-?impl|非官方|第三方", link.label, re.IGNORECASE)
    ]
    for link in (*own, *called):
        return link.address
    loose = [
        link.address
        for link in links
        if link.role in (Role.PROJECT, Role.OTHER, Role.DEMO) and link.address.is_repository
    ]
    hints = [hint for entry in entries for hint in entry.draft.hints]
    return next(iter((*loose, *(one for one in (url,) if one and one.is_repository), *hints)), None)


def _further(links: Iterable[Labelled], taken: set[str]) -> tuple[Link, ...] | None:
    found: list[Link] = []
    for link in links:
        if link.address.key in taken:
            continue
        taken.add(link.address.key)
        title = tidy(link.label) or link.role.value.capitalize()
        found.append(Link(title[:1].upper() + title[1:] if title.islower() else title, link.address.url))
    return tuple(found) or None


def _id_at(site: Site, url: Address | None, links: Iterable[Labelled]) -> str | None:
    """The work's id at a site: from its main address, else from its only link to a paper there."""
    if url is not None and url.site is site:
        return url.id
    ids = {link.address.id for link in links if link.role is Role.PAPER and link.address.site is site}
    return ids.pop() if len(ids) == 1 else None


def _arxiv(url: Address | None, links: Sequence[Labelled]) -> str | None:
    found = _id_at(Site.ARXIV, url, links)
    if not found:
        return None
    typed = arxiv_id(next(a.url for a in [*([url] if url else []), *(link.address for link in links)] if a.id == found))
    try:
        return read_text(Form.ARXIV, re.sub(r"v\d+$", "", typed))
    except Invalid:
        return None


def _appearance(entry: Entry) -> Appearance:
    """Where and when, as the entry says, else as the headings above it say for all below them."""
    stated = entry.draft.appearance
    if stated.venue or stated.date:
        return stated
    return heading_appearance(entry.path)


def _date(text: str) -> str | None:
    try:
        return read_text(Form.DATE, text)
    except Invalid:
        return text[:4] or None


def _doubt(work: _Work) -> str:
    doubts = [doubt for entry in work.entries for doubt in entry.doubts]
    if work.shares:
        doubts.append(f"its link is that of another work too, in line {work.shares}")
    keys = {link.address.key for link in work.first.draft.links if link.role is Role.PAPER and link.address.is_strong}
    if len([key for key in keys if key.startswith("arxiv:")]) > 1:
        doubts.append("it has links to several papers")
    return "; ".join(dict.fromkeys(doubts))


# ── classes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _classes(found: ListReading, works: Sequence[_Work]) -> dict[int, list[str]]:
    """The methods of each work that a classification table names, by anchor or by number."""
    anchors = {anchor: work for work in reversed(works) for entry in work.entries for anchor in entry.anchors}
    anchors |= {
        f"{PAPER}{entry.draft.citekey}": work for work in works for entry in work.entries if entry.draft.citekey
    }
    numbers = {entry.draft.number: work for work in reversed(works) for entry in work.entries if entry.numbered}
    classes: dict[int, list[str]] = {}
    for jump in found.jumps:
        work = anchors.get(jump.anchor) or numbers.get(jump.number)
        if work is not None and jump.source:
            work.source_of.append(jump.method)
        elif work is not None:
            classes.setdefault(id(work), []).append(jump.method)
    return classes


def _sources_of(work: _Work) -> list[str]:
    return list(dict.fromkeys((*(entry.source_of for entry in work.entries if entry.source_of), *work.source_of)))

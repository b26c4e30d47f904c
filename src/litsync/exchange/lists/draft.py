"""The content of one item, row or paragraph read as one work: its title, its links with their roles, and what is said of it.

Decides what becomes of the texts that are not the title. Must not know what stands around the entry, nor whether it is a
work at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from litsync.core.model import Name, Value
from litsync.exchange.addresses import Address, Site, read_address
from litsync.exchange.lists.citation import Citation, first_of, read_citation
from litsync.exchange.lists.labels import Role, strip_symbols
from litsync.exchange.lists.own import citekey_of, read_own
from litsync.exchange.lists.parts import Part, hint_of, parts_of, role_of_address
from litsync.exchange.lists.people import has_et_al, is_name, read_authors
from litsync.exchange.lists.runs import NOWHERE, Run
from litsync.exchange.lists.titles import Candidate, Form, candidates
from litsync.exchange.lists.trimming import with_year
from litsync.exchange.lists.venues import Appearance, read_appearance


@dataclass(frozen=True, slots=True)
class Labelled:
    """A link beside a title. `role` is what its label says, or else what its address is."""

    role: Role
    label: str
    address: Address


@dataclass(slots=True)
class Draft:
    """What one piece of a list says of one work.

    `main` is where the title itself leads; `lead` the text before the title. An entry that litsync wrote has its `citekey`, and
    its fields word for word in `own`.
    """

    line: int
    title: str = ""
    form: Form = Form.NONE
    main: Address | None = None
    inside: bool = False
    links: list[Labelled] = field(default_factory=list)
    hints: list[Address] = field(default_factory=list)
    authors: tuple[Name, ...] = ()
    appearances: list[Appearance] = field(default_factory=list)
    number: str = ""
    lead: str = ""
    rest: str = ""
    dead: bool = False
    citekey: str = ""
    own: dict[str, Value] = field(default_factory=dict)

    @property
    def appearance(self) -> Appearance:
        """Where and when it appeared, as far as stated."""
        return first_of(self.appearances)

    @property
    def addresses(self) -> list[Address]:
        """Every address named, the title's first."""
        return ([self.main] if self.main else []) + [link.address for link in self.links]

    @property
    def paper(self) -> Address | None:
        """The address of the work as a text, if one is named for certain."""
        if self.main and self.main.is_document:
            return self.main
        labelled = [link.address for link in self.links if link.role is Role.PAPER]
        return next((one for one in labelled if one.is_document), labelled[0] if labelled else None)

    def absorb(self, other: Draft) -> None:
        """Take what a line below says of the same work."""
        self.links += other.links
        self.hints += other.hints
        self.appearances += other.appearances
        self.authors = self.authors or other.authors
        if self.citekey:
            found = {link.label: link.address.url for link in other.links}
            self.own |= {"code": found["code"]} if "code" in found and "code" not in self.own else {}
        if other.main:
            role = role_of_address(other.main)
            self.links.append(Labelled(role or Role.OTHER, other.title, other.main))


def read_draft(runs: Sequence[Run], line: int) -> Draft:
    """Read runs as one work."""
    if citekey := citekey_of(runs):
        return _own_draft(runs, line, citekey)
    parts = parts_of(runs)
    draft = Draft(line, hints=[hint for part in parts if (hint := hint_of(part.run))])
    best = max(candidates(parts), key=lambda one: one.score, default=None)
    if best and best.score > 0:
        _take_title(draft, best, parts)
    _take_links(draft, parts)
    _take_texts(draft, parts)
    draft.dead = any(part.run.url == NOWHERE and (part.used or part.role is Role.PAPER) for part in parts)
    return draft


def _own_draft(runs: Sequence[Run], line: int, citekey: str) -> Draft:
    fields = read_own(runs)
    main = read_address(str(fields.get("url") or ""))
    form = Form.LINK if main else Form.BOLD
    before = re.match(r"\s*(\d{1,9})\.\s*$", "".join(run.text for run in runs[: _mark_in(runs)]))
    number = before[1] if before else ""
    return Draft(line, str(fields.get("title") or ""), form, main, number=number, citekey=citekey, own=fields)


def _mark_in(runs: Sequence[Run]) -> int:
    return next(place for place, run in enumerate(runs) if run.anchor)


def _take_title(draft: Draft, best: Candidate, parts: list[Part]) -> None:
    draft.title, draft.form = best.text, best.form
    draft.appearances += best.trimmed.appearances
    draft.number = best.trimmed.number
    link = next((part for part in best.parts if part.run.url), None)
    if link:
        draft.main = link.address
        draft.inside = link.address is None
    for part in best.parts:
        part.used = True
    first = parts.index(best.parts[0])
    lead = "".join(part.run.text for part in parts[:first] if part.is_text and part.row == best.parts[0].row)
    draft.lead = strip_symbols(lead)


# ── links and texts ──────────────────────────────────────────────────────────────────────────────────────────────


def _take_links(draft: Draft, parts: list[Part]) -> None:
    people = [part for part in parts if _is_person(part)] if not draft.authors else []
    if len(people) > 1:
        draft.authors = read_authors(", ".join(part.run.text for part in people))
    for part in parts:
        if not part.run.url or part.used or part.address is None or part.address.site is Site.BADGE:
            continue
        if draft.authors and part in people:
            continue
        role = part.role or role_of_address(part.address) or Role.OTHER
        if role in (Role.CODE, Role.PROJECT) and part.address.is_paper:
            role = Role.PAPER
        if (
            role is Role.OTHER
            and part.role is Role.OTHER
            and part.label in {"link", "here", "url", "链接", "地址", "リンク", "링크", ""}
        ):
            role = role_of_address(part.address) or (Role.PAPER if part.label else Role.OTHER)
        if part.run.text.startswith("[") and not part.appearance and part.role is None:
            part.appearance = with_year(part.run.text)
        draft.links.append(Labelled(role, _shown(part), part.address))
        if part.appearance:
            draft.appearances.append(part.appearance)


def _is_person(part: Part) -> bool:
    """Whether a link shows a name and leads to no paper and no code: an author's own page."""
    if not part.run.url or part.used or part.role is not None or " " not in part.run.text.strip():
        return False
    elsewhere = part.address is None or not (part.address.is_document or part.address.is_repository)
    return elsewhere and is_name(part.run.text)


def _shown(part: Part) -> str:
    """What a link is called: its text as typed, or the label before it."""
    typed = "" if part.run.is_bare else strip_symbols(part.run.text).strip("[](){}<>【】`*_|:： ")
    return typed or part.label


def _take_texts(draft: Draft, parts: list[Part]) -> None:
    """Read what is neither title nor link: authors, venue, date."""
    texts: list[str] = []
    rest: list[str] = []
    before: Part | None = None
    for part in parts:
        if before and (part.row != before.row or part.run.style != before.run.style or part.run.url):
            texts.append(_CUT)
        before = part
        if part.is_text:
            texts.append(_beside(part.run.text, draft) if part.used else part.run.text)
    for chunk in "".join(texts).split(_CUT):
        citation = _read_chunk(chunk)
        draft.authors = draft.authors or citation.authors
        draft.appearances += citation.appearances
        rest.append(citation.rest)
    draft.rest = " ".join(one for one in rest if one)


_CUT = "\x1f"
"""Stands between texts that a link, a line break or a change of style keeps apart."""

_FIELD_NAME = re.compile(r"^(?:authors?|作者|venue|会议|期刊|published(?: in)?|date|year|by)\s*[:：]\s*", re.IGNORECASE)


_NAME_AND_YEAR = re.compile(r"(?:(?:[A-Z][\w&-]*\.?|of|and|on|in|the|for)\s+){1,6}(?:\(?(?:19|20)\d\d\)?)")
"""`Machine Learning 2011`, `Eng. Appl. Artif. Intell. 2021`: beside a title, capitalised words and a year are a venue."""


def _read_chunk(chunk: str) -> Citation:
    aside = re.fullmatch(r"\s*[(（].*[)）][\s.,]*", chunk) is not None
    chunk = _FIELD_NAME.sub("", _unwrapped(strip_symbols(chunk)))
    if not any(char.isalnum() for char in chunk):
        return Citation()
    if found := read_appearance(chunk):
        return Citation(appearances=(found,))
    names = read_authors(chunk)
    if names and not (aside and not has_et_al(chunk) and (len(names) < 2 or any(not name.given for name in names))):
        return Citation(authors=names)
    if _NAME_AND_YEAR.fullmatch(chunk.strip(" .")) and (found := with_year(chunk.strip(" ."))):
        return Citation(appearances=(found,))
    return read_citation(chunk, has_title=True)


def _unwrapped(text: str) -> str:
    """The text without marks at its ends, and without brackets and quotes there that have no partner in it."""
    text = re.sub(r"^\s*\[\d+\]", "", text)
    while True:
        bare = text.strip(" ,;|:：\"“”'‘’*_-–—")
        for opening, closing in ("()", "[]", "（）", "【】"):
            if bare.startswith(opening) and (closing not in bare or bare.find(closing) == len(bare) - 1):
                bare = bare[1:]
            if bare.endswith(closing) and opening not in bare:
                bare = bare[:-1]
        if bare == text:
            return bare
        text = bare


def _beside(text: str, draft: Draft) -> str:
    """What a text says apart from the title in it."""
    title = draft.title
    flat = " ".join(strip_symbols(text).split())
    place = flat.find(title)
    if place < 0 and ": " in title:
        title = title.split(": ", 1)[1]
        place = flat.find(title)
    return f"{flat[:place]}{_CUT}{flat[place + len(title) :]}" if place >= 0 else ""

"""The entries of a list: which items, rows and paragraphs name a work, and which do not, and why.

Decides by evidence (a link to a paper, a venue, what the section is about, what most of the neighbours are), never by the
form of one particular list. Whatever looks like an entry and is not taken is left with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from litsync.exchange.addresses import Site
from litsync.exchange.lists.blocks import Path
from litsync.exchange.lists.draft import Draft
from litsync.exchange.lists.labels import Role
from litsync.exchange.lists.sections import LEFT, About, about, heading_appearance
from litsync.exchange.lists.titles import Form, word_count


@dataclass(slots=True)
class Entry:
    """One naming of one work in a list.

    `doubts` say what about it is uncertain; `numbered`: its number tells it from the others.
    """

    draft: Draft
    path: Path
    about: About
    anchors: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    source_of: str = ""
    doubts: list[str] = field(default_factory=list)
    numbered: bool = False

    @property
    def line(self) -> int:
        """The line of the list that names it."""
        return self.draft.line


@dataclass(frozen=True, slots=True)
class Left:
    """Something that looks like an entry and was not taken."""

    line: int
    text: str
    reason: str


class Place(Enum):
    """Where a draft stands, which says how much evidence it needs."""

    ITEM = auto()
    ROW = auto()
    RESULTS = auto()
    PROSE = auto()


@dataclass(slots=True)
class Claim:
    """A draft that may be an entry, with where it stands."""

    draft: Draft
    path: Path
    place: Place
    anchors: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    source_of: str = ""


class _Verdict(Enum):
    YES = auto()
    MAYBE = auto()
    NO = auto()


def judge(claims: Sequence[Claim]) -> tuple[list[Entry], list[Left]]:
    """Decide about claims that stand together, in one list or table: what is unclear goes with the majority."""
    papers = _is_papers(claims)
    judged = [(claim, *_verdict(claim, _about(claim, papers=papers))) for claim in claims]
    yes = sum(verdict is _Verdict.YES for _, verdict, _ in judged)
    no = sum(verdict is _Verdict.NO and reason not in _NO_VOTE for _, verdict, reason in judged)
    entries: list[Entry] = []
    left: list[Left] = []
    for claim, verdict, reason in judged:
        if verdict is _Verdict.YES or (verdict is _Verdict.MAYBE and _goes_along(claim.draft, yes, no, len(judged))):
            doubts = [reason] if reason else []
            what = _about(claim, papers=papers)
            entries.append(Entry(claim.draft, claim.path, what, claim.anchors, claim.methods, claim.source_of, doubts))
        elif claim.draft.title and reason:
            left.append(Left(claim.draft.line, claim.draft.title, reason))
    return entries, left


def _is_papers(claims: Sequence[Claim]) -> bool:
    """Whether most of what stands together is linked to papers: then it is a list of papers, whatever the heading says."""
    titled = [claim.draft for claim in claims if claim.draft.title]
    linked = sum(draft.paper is not None and draft.paper.is_document for draft in titled)
    return linked >= 3 and linked * 2 > len(titled)


def _about(claim: Claim, *, papers: bool) -> About:
    what = about(claim.path)
    if what not in LEFT or what is About.NEWS:
        return what
    linked = claim.draft.paper is not None and claim.draft.paper.is_document
    return About.PAPERS if papers or (linked and what is not About.LIST_ITSELF) else what


_NOTHING = ""
_NO_VOTE = frozenset({_NOTHING, "leads only to another place in the list or its repository"})


def _goes_along(draft: Draft, yes: int, no: int, count: int) -> bool:
    """Whether an unclear draft is a work, because most around it are, or because it looks like one in itself."""
    if yes:
        return yes >= no and yes * 4 >= count
    return (
        not no
        and word_count(draft.title) >= 4
        and not _is_described(draft)
        and draft.main is not None
        and not draft.main.is_repository
    )


def _is_described(draft: Draft) -> bool:
    """A short name with a sentence behind it is a product or a tool."""
    return word_count(draft.title) <= 3 and len(draft.rest.split()) >= 4


_ANOTHER_LIST = re.compile(
    r"\bawesome\b|\bpaper[\s-]?lists?\b|\bcurated\s+list\b|\breading\s+list\b|论文列表", re.IGNORECASE
)


def _verdict(claim: Claim, what: About) -> tuple[_Verdict, str]:  # noqa: PLR0911 -- each case has its reason
    draft = claim.draft
    if draft.citekey and draft.title:
        return _Verdict.YES, _NOTHING
    if not draft.title:
        return _Verdict.NO, _NOTHING
    if not _is_sound(draft):
        return _Verdict.NO, "its text is no title"
    if what in LEFT and not (what is not About.LIST_ITSELF and claim.place is Place.ROW and draft.paper):
        return _Verdict.NO, f"in a section about {what}"
    if claim.place is Place.PROSE and (reason := _prose(draft)):
        return _Verdict.NO, reason
    if draft.paper is not None:
        return _with_paper(draft)
    if draft.addresses:
        return _with_other_links(claim, what)
    return _without_links(claim, what)


def _is_sound(draft: Draft) -> bool:
    return len(draft.title) < 400 and word_count(draft.title) < 60 and any(char.isalpha() for char in draft.title)


_SENTENCE = re.compile(
    r"\b(?:we|our|you|your|please|thanks?|welcome|this\s+(?:repo\w*|list|page|project|is)|feel\s+free|click|available\s+(?:on|at|here)"
    r"|check\s+out)\b"
    r"|本(?:仓库|项目|文|列表)|欢迎|我们|戳这里",
    re.IGNORECASE,
)


def _prose(draft: Draft) -> str:
    """Why a paragraph is running text and no entry; empty when it is an entry."""
    before = len(re.sub(r"[\[(（【].*?[\])）】]|\d+", "", draft.lead).split())
    if draft.form is Form.PLAIN and draft.paper is None:
        return _NOTHING if not draft.addresses else "running text"
    if draft.form is Form.PLAIN and (len(draft.rest.split()) > 6 or _SENTENCE.search(draft.rest)):
        return "running text"
    sure = draft.form is Form.LINK or (draft.form is not Form.PLAIN and (draft.authors or draft.appearance.venue))
    if _SENTENCE.search(draft.lead if sure else f"{draft.lead} {draft.title}"):
        return "named in running text"
    if before > 4 and not draft.authors:
        return "named in running text"
    told = draft.form is not Form.PLAIN and before <= 4 and draft.paper is not None
    return "named in running text" if len(draft.rest.split()) > 60 and not told else _NOTHING


def _with_paper(draft: Draft) -> tuple[_Verdict, str]:
    if _ANOTHER_LIST.search(draft.title) and draft.paper is not None and not draft.paper.is_document:
        return _Verdict.NO, "another list"
    return _Verdict.YES, _NOTHING


def _with_other_links(claim: Claim, what: About) -> tuple[_Verdict, str]:  # noqa: PLR0911 -- as above
    draft = claim.draft
    main = draft.main
    stated = bool(draft.authors) or bool(draft.appearance.venue)
    if _ANOTHER_LIST.search(draft.title):
        return _Verdict.NO, "another list"
    if what is About.TOOLS and not (stated and word_count(draft.title) >= 4):
        return _Verdict.NO, "a tool, in a section about tools"
    if main is not None and main.site is Site.PERSON:
        return _Verdict.NO, "a person"
    if what in (About.DATASETS, About.READING, About.VIDEOS) or stated:
        return _Verdict.YES, _NOTHING
    if claim.place is Place.PROSE:
        return _Verdict.NO, "running text without a link to a paper"
    if claim.place is Place.RESULTS:
        return _Verdict.NO, "a row of results without a link to a paper"
    if main is None and not draft.inside:
        labelled = any(link.role not in (Role.OTHER, Role.CITATION, Role.SUPPLEMENT) for link in draft.links)
        return (
            (_Verdict.MAYBE, "no link to the paper itself") if labelled else (_Verdict.NO, "its links lead to no work")
        )
    if _is_described(draft):
        return _Verdict.NO, "a name with a description: a tool or a site"
    if main is not None and (main.is_repository or main.site in (Site.GITHUB, Site.HUGGING_FACE)):
        return _Verdict.MAYBE, "only a repository is linked"
    return _Verdict.MAYBE, "linked to a page that need not be a paper"


def _without_links(claim: Claim, what: About) -> tuple[_Verdict, str]:  # noqa: PLR0911 -- as above
    draft = claim.draft
    stated = bool(draft.authors) + bool(draft.appearance.venue or draft.appearance.date)
    if draft.dead:
        return _Verdict.YES, "its link is empty or broken"
    if draft.inside and stated and word_count(draft.title) >= 3:
        return _Verdict.YES, "linked to a page of the repository only"
    if draft.inside and not draft.dead:
        return _Verdict.NO, "leads only to another place in the list or its repository"
    if what is About.TOOLS or word_count(draft.title) < 3:
        return _Verdict.NO, _NOTHING
    certain_form = draft.form in (Form.BOLD, Form.QUOTED, Form.LINK)
    certain = certain_form and stated > (claim.place is Place.PROSE)
    if certain or stated == 2:
        return _Verdict.YES, "no link at all"
    dated = heading_appearance(claim.path).date != ""
    if certain_form and (dated or what is About.PAPERS) and claim.place is Place.ITEM:
        return _Verdict.YES, "no link at all"
    if claim.place is Place.ROW and what is not About.LIST_ITSELF:
        return _Verdict.MAYBE, "no link at all"
    return _Verdict.NO, _NOTHING


def reasons(left: Iterable[Left]) -> dict[str, int]:
    """How much was left for each reason, the most first."""
    counts: dict[str, int] = {}
    for one in left:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

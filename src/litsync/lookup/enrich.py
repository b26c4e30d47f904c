"""What a catalog lacks and the services know: facts first, then a plan for a person to look at.

Decides which papers are asked about and which facts fill which gaps. Nothing that the catalog says is ever replaced, except, when
a person asks for it, what says that a preprint is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from litsync.core.fields import TABLE
from litsync.core.identity import ARXIV, DOI, first_author_key, marks, title_key
from litsync.core.model import CATALOG, Action, Change, Fields, Kind, Operation, RecordId
from litsync.errors import ServiceError
from litsync.exchange.found import Found
from litsync.lookup.find import Finder
from litsync.lookup.services import canonical

_T = TypeVar("_T")

GAPS = ("type", "authors", "date", "venue", "doi", "arxiv", "url")
"""What every paper should have, as far as there is such a thing for it."""
DETAILS = ("volume", "issue", "pages", "publisher")
_OF_A_VERSION = ("type", "venue", "date", "doi", *DETAILS)
"""What a published version has of its own."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the services say of one paper: by its own ids, and of the version in which a preprint was published."""

    known: tuple[Found, ...] = ()
    published: Found | None = None


@dataclass(slots=True)
class Gathered:
    """The facts by citekey, and the services that could not be asked: what they know is not among them."""

    facts: dict[str, Facts] = field(default_factory=dict)
    failures: dict[str, ServiceError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """A preprint that has been published: where, and what taking that over would change."""

    citekey: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The plan: operations that fill gaps, and the preprints that were published but stay as they are."""

    operations: tuple[Operation, ...]
    published: tuple[Published, ...] = ()


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


def gather(
    papers: Mapping[str, Fields],
    finder: Finder,
    gaps: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
) -> Gathered:
    """Ask about every paper that has one of the gaps; what one service does not say, the others may."""
    asking = _Asking(finder)
    wanting = {key: fields for key, fields in papers.items() if _is_wanting(fields, gaps)}
    ids = {key: arxiv for key, fields in wanting.items() if (arxiv := _id(fields, ARXIV))}
    preprints = asking.ask(lambda: finder.preprints(list(ids.values()))) or {} if ids else {}
    for number, (key, fields) in enumerate(wanting.items(), 1):
        facts = asking.facts(fields, preprints.get(canonical(ids.get(key, ""))))
        if facts.known or facts.published:
            asking.gathered.facts[key] = facts
        if progress is not None:
            progress(number, len(wanting))
    return asking.gathered


def _is_wanting(fields: Fields, gaps: Sequence[str]) -> bool:
    """Whether the paper lacks something that the services may know; a web page has neither DOI nor arXiv id."""
    if not _id(fields, ARXIV) and not _id(fields, DOI) and fields.get("type") not in (None, "preprint", *_PAPERS):
        return False
    needed = [name for name in gaps if name != "arxiv" and not (name == "doi" and _id(fields, ARXIV))]
    return _is_preprint(fields) or any(fields.get(name) is None for name in needed)


_PAPERS = ("journalArticle", "conferencePaper", "bookSection", "book", "thesis", "report")


def _id(fields: Fields, scheme: str) -> str:
    return next((mark.value for mark in sorted(marks(fields)) if mark.scheme == scheme), "")


def _is_preprint(fields: Fields) -> bool:
    """Whether the catalog takes it for a preprint, or does not say what it is and where it appeared."""
    kind, venue = fields.get("type"), str(fields.get("venue") or "")
    return kind == "preprint" or venue.casefold() == "arxiv" or (kind is None and not venue)


class _Asking:
    """One round of questions."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self.gathered = Gathered()

    def facts(self, fields: Fields, preprint: Found | None) -> Facts:
        known = [preprint] if preprint else []
        doi = _id(fields, DOI)
        if doi and (work := self.ask(lambda: self._finder.by_doi(doi))):
            known.append(work)
        if not doi and not _id(fields, ARXIV) and (work := self._by_title(fields)):
            known.append(work)
        published = None
        if not doi and (_is_preprint(fields) or fields.get("doi") is None):
            named = str(preprint.fields.get("doi") or "") if preprint else ""
            published = self.ask(lambda: self._finder.by_doi(named)) if named else None
            published = published or self.ask(lambda: self._finder.published({**_first(known), **fields}))
        return Facts(tuple(known), published)

    def _by_title(self, fields: Fields) -> Found | None:
        """The work of this title, unless its first author is another."""
        title, author = str(fields.get("title") or ""), first_author_key(fields)
        answer = self.ask(lambda: self._finder.find(title)) if len(title_key(title)) > 20 else None
        work = answer.work if answer else None
        return work if work and author in ("", first_author_key(work.fields)) else None

    def ask(self, question: Callable[[], _T]) -> _T | None:
        """The answer; None when the service cannot be asked, which is remembered."""
        try:
            return question()
        except ServiceError as error:
            self.gathered.failures.setdefault(error.message, error)
            return None
        except ValueError:
            return None


def _first(known: Sequence[Found]) -> Fields:
    return known[0].fields if known else {}


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_enrichment(
    papers: Mapping[str, Fields], facts: Mapping[str, Facts], gaps: Sequence[str], *, take_published: bool = False
) -> Enrichment:
    """What the facts fill in of these papers. With `take_published`, preprints become their published versions."""
    operations: list[Operation] = []
    published: list[Published] = []
    for key, fields in papers.items():
        if key not in facts:
            continue
        found = facts[key]
        become = tuple(_as_published(fields, found.published)) if found.published and _stays_preprint(fields) else ()
        changes = list(_filled(fields, found, gaps))
        if become and take_published:
            taken = {one.field for one in become}
            changes = [*become, *(one for one in changes if one.field not in taken)]
        elif become:
            published.append(Published(key, become))
        if changes:
            operations.append(Operation(CATALOG, Action.UPDATE, RecordId(Kind.PAPER, key), tuple(changes)))
    return Enrichment(tuple(operations), tuple(published))


def _stays_preprint(fields: Fields) -> bool:
    return fields.get("type") == "preprint" or str(fields.get("venue") or "").casefold() == "arxiv"


def _filled(fields: Fields, facts: Facts, gaps: Sequence[str]) -> Iterator[Change]:
    """The gaps that the facts fill; what is only true of a published version does not fill those of a preprint."""
    sources = [one.fields for one in facts.known]
    if facts.published is not None and not _stays_preprint(fields):
        sources.insert(0, facts.published.fields)
    elif _stays_preprint(fields):
        sources = [{name: value for name, value in one.items() if name != "doi"} for one in sources]
    for name in gaps:
        value = next((one[name] for one in sources if one.get(name)), None)
        if fields.get(name) is None and value is not None:
            yield Change(name, None, value)


def _as_published(fields: Fields, published: Found) -> Iterator[Change]:
    rows = TABLE[Kind.PAPER]
    for name in _OF_A_VERSION:
        new = published.fields.get(name)
        if new is not None and not rows[name].same(new, fields.get(name)):
            yield Change(name, fields.get(name), new)

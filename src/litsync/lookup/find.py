"""Which service knows a work, and what they say together.

Decides what an identifier is (an arXiv id, a DOI, an address, a title), whom to ask about it, and that the published version of
a preprint is one with the same title and first author. A title gives a work only if one work has that very title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from litsync.core.identity import ACL, ARXIV, DOI, OPENREVIEW, Mark, first_author_key, mark_of, marks, title_key
from litsync.core.model import Fields
from litsync.core.values import Form, Invalid, read_leniently
from litsync.exchange.found import Found
from litsync.lookup.services import (
    Services,
    arxiv_by_id,
    arxiv_by_title,
    by_acl,
    by_doi,
    by_openreview,
    canonical,
    crossref_by_title,
)
from litsync.lookup.web import Web

KNOWN = (ARXIV, DOI, OPENREVIEW, ACL)
"""The schemes whose works can be asked for by id."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for an identifier: the work, or the works that it may be; neither if nobody knows it."""

    identifier: str
    work: Found | None = None
    candidates: tuple[Found, ...] = ()


def read_identifier(text: str) -> Mark | None:
    """What is asked for, if it is an id or an address that a service knows; None for a title. Raises ValueError.

    The error says which addresses are known.
    """
    text = text.strip()
    for form, scheme in ((Form.ARXIV, ARXIV), (Form.DOI, DOI)):
        try:
            found = read_leniently(form, text)
        except Invalid:
            continue
        if found:
            return next(iter(sorted(marks({scheme: found}), key=lambda one: KNOWN.index(one.scheme))))
    if re.match(r"(?:https?://|www\.|[\w.-]+\.(?:org|net|com|cc)/)", text, re.IGNORECASE):
        mark = mark_of(text if "://" in text else f"https://{text}")
        if mark.scheme not in KNOWN:
            raise ValueError(
                "is no address that tells a work: give one at arXiv, doi.org, OpenReview or the ACL Anthology"
            )
        return next(iter(marks({"url": mark.address})), mark) if mark.scheme == DOI else mark
    return None


class Finder:
    """Asks the services about works."""

    def __init__(self, web: Web, services: Services) -> None:
        """Nothing is asked yet."""
        self._web, self._services = web, services

    def find(self, identifier: str) -> Answer:
        """The work that an identifier names. Raises ValueError for an address nobody knows, and ServiceError."""
        mark = read_identifier(identifier)
        if mark is None:
            return self._by_title(identifier)
        return Answer(identifier, self._published_too(self._by_mark(mark)))

    def preprints(self, ids: Sequence[str]) -> dict[str, Found]:
        """The works with these arXiv ids, by canonical id."""
        return arxiv_by_id(self._web, self._services.arxiv, ids)

    def by_doi(self, doi: str) -> Found | None:
        """The work with this DOI."""
        return self._by_mark(next(iter(sorted(marks({"doi": doi}), key=lambda one: one.scheme != ARXIV))))

    def published(self, fields: Fields) -> Found | None:
        """The published version of a preprint, if Crossref knows one of this title and first author."""
        title, author = str(fields.get("title") or ""), first_author_key(fields)
        found = crossref_by_title(self._web, self._services.crossref, title, author) if title and author else ()
        same = (one for one in found if title_key(str(one.fields["title"])) == title_key(title))
        return next((one for one in same if _is_published(one) and first_author_key(one.fields) == author), None)

    def _by_mark(self, mark: Mark) -> Found | None:
        match mark.scheme:
            case "arxiv":
                return self.preprints([mark.value]).get(canonical(mark.value))
            case "openreview":
                return by_openreview(self._web, self._services, mark.value)
            case "acl":
                return by_acl(self._web, self._services, mark.value)
            case _:
                return by_doi(self._web, self._services, mark.value)

    def _published_too(self, work: Found | None) -> Found | None:
        """A preprint whose authors named its published version, as the latter; its arXiv id and address stay."""
        doi = work.fields.get("doi") if work and work.fields.get("type") == "preprint" else None
        if work is None or not isinstance(doi, str) or any(one.scheme == ARXIV for one in marks({"doi": doi})):
            return work
        published = by_doi(self._web, self._services, doi)
        return replace(work, fields={**work.fields, **_without_own(published.fields)}) if published else work

    def _by_title(self, title: str) -> Answer:
        found = [*arxiv_by_title(self._web, self._services.arxiv, title)]
        found += crossref_by_title(self._web, self._services.crossref, title)
        same = [one for one in found if title_key(str(one.fields["title"])) == title_key(title)]
        if same and len({first_author_key(one.fields) for one in same}) == 1:
            return Answer(title, _together(same))
        return Answer(title, candidates=tuple(same or found))


def _is_published(work: Found) -> bool:
    return work.fields.get("type") not in ("preprint", "dataset", "document")


def _without_own(published: Fields) -> Fields:
    """What a published version says that a preprint's own address, title and abstract do not say better."""
    return {name: value for name, value in published.items() if name not in ("title", "abstract", "url", "authors")}


def _together(works: Iterable[Found]) -> Found:
    """Several descriptions of one work as one: what is published counts first, and every id is kept."""
    ordered = sorted(works, key=lambda one: not _is_published(one))
    fields = {name: value for one in reversed(ordered) for name, value in one.fields.items()}
    return replace(ordered[0], fields=fields)

"""What each service is asked, and what its answers say of a work.

Decides the questions and reads the answers into `Found`, as every reader does; a work that a service does not know is no error.
How a question travels is for `web`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from litsync.core.model import Name, Place
from litsync.core.values import read_name, tidy
from litsync.errors import ServiceError
from litsync.exchange.bibliography.bibtex import read_bibtex
from litsync.exchange.bibliography.csl import read_json
from litsync.exchange.bibliography.draft import Draft
from litsync.exchange.found import Found
from litsync.lookup.web import Service, Web

AT_ONCE = 50
"""arXiv ids in one question."""
_MOST = 5
"""Works that a search by title may give."""


_DOI_HOSTS = "data.crosscite.org api.datacite.org api.crossref.org data.crossref.org".split()
_USUAL = {
    "arxiv": Service("arXiv", "https://export.arxiv.org", 3.0, frozenset({"arxiv.org", "export.arxiv.org"})),
    "crossref": Service("Crossref", "https://api.crossref.org", 0.2),
    "doi": Service("doi.org", "https://doi.org", 0.5, frozenset(_DOI_HOSTS)),
    "openreview": Service("OpenReview", "https://api2.openreview.net", 1.0),
    "openreview_1": Service("OpenReview", "https://api.openreview.net", 1.0),
    "acl": Service("the ACL Anthology", "https://aclanthology.org", 1.0, frozenset({"www.aclanthology.org"})),
}


@dataclass(frozen=True, slots=True)
class Services:
    """The services that are asked. OpenReview has two: submissions since 2023 are at the first."""

    arxiv: Service
    crossref: Service
    doi: Service
    openreview: Service
    openreview_1: Service
    acl: Service

    @classmethod
    def at(cls, addresses: Mapping[str, str]) -> Services:
        """The services where they usually are, those named in `addresses` elsewhere: at a mirror."""
        return cls(**{name: replace(one, address=addresses.get(name, one.address)) for name, one in _USUAL.items()})


# ── arXiv ────────────────────────────────────────────────────────────────────────────────────────────────────────

_ATOM = "{http://www.w3.org/2005/Atom}"
_OWN = "{http://arxiv.org/schemas/atom}"
_REPOSITORY = re.compile(r"https?://(?:www\.)?github\.com/[\w.-]+/[\w.-]*\w")


def arxiv_by_id(web: Web, service: Service, ids: Sequence[str]) -> dict[str, Found]:
    """The works with these arXiv ids that there are, by canonical id."""
    found: dict[str, Found] = {}
    plain = list(dict.fromkeys(canonical(one) for one in ids))
    for start in range(0, len(plain), AT_ONCE):
        some = plain[start : start + AT_ONCE]
        query = {"id_list": ",".join(some), "max_results": str(len(some))}
        found |= {canonical(str(work.fields["arxiv"])): work for work in _arxiv(web, service, query)}
    return found


def canonical(arxiv: str) -> str:
    """An arXiv id as arXiv itself has it: `math.GT/0309136v1` is `math/0309136`."""
    return re.sub(r"\.[a-z]{2}(?=/)|v\d+$", "", arxiv.casefold())


def arxiv_by_title(web: Web, service: Service, title: str) -> list[Found]:
    """The works whose titles have all these words."""
    words = re.sub(r"[^\w\s]+", " ", title).split()
    return list(_arxiv(web, service, {"search_query": f'ti:"{" ".join(words)}"', "max_results": str(_MOST)}))


def _arxiv(web: Web, service: Service, query: Mapping[str, str]) -> Iterator[Found]:
    text = web.get(service, "/api/query", query, "application/atom+xml") or ""
    if "<!DOCTYPE" in text[:2000] or "<!ENTITY" in text:
        raise ServiceError(f"{service.name} answered with something that is no list of works", "try again later")
    try:
        root = ET.fromstring(text)  # noqa: S314 -- no document type, no entities: refused above
    except ET.ParseError as error:
        raise ServiceError(
            f"{service.name} answered with something that is no list of works", "try again later"
        ) from error
    for entry in root.iter(f"{_ATOM}entry"):
        if (work := _arxiv_entry(entry)) is not None:
            yield work


def _arxiv_entry(entry: ET.Element) -> Found | None:
    """One entry; an entry about an error is none."""
    address = _inner(entry, f"{_ATOM}id")
    match = re.search(r"arxiv\.org/abs/(.+?)(?:v\d+)?$", address)
    if match is None:
        return None
    draft = Draft(Place(address), f"arXiv:{match[1]}")
    draft.set("type", "preprint")
    draft.set("arxiv", match[1])
    draft.set("title", _inner(entry, f"{_ATOM}title"))
    draft.authors(read_name(tidy(_inner(one, f"{_ATOM}name"))) for one in entry.iter(f"{_ATOM}author"))
    draft.date(_inner(entry, f"{_ATOM}published")[:10])
    draft.set("venue", "arXiv")
    draft.set("doi", _inner(entry, f"{_OWN}doi"))
    draft.set("url", f"https://arxiv.org/abs/{match[1]}")
    summary = _inner(entry, f"{_ATOM}summary")
    draft.set("abstract", summary)
    code = {link[0].rstrip(".") for link in _REPOSITORY.finditer(f"{summary} {_inner(entry, f'{_OWN}comment')}")}
    if len(code) == 1:
        draft.set("code", code.pop())
    return draft.found("") if draft.titled else None


def _inner(element: ET.Element, tag: str) -> str:
    return tidy(element.findtext(tag) or "")


# ── Crossref, and DOIs that others registered ────────────────────────────────────────────────────────────────────

_CROSSREF_TYPES = {
    "journal-article": "journalArticle", "proceedings-article": "conferencePaper", "posted-content": "preprint",
    "book-chapter": "bookSection", "book-section": "bookSection", "book-part": "bookSection", "book": "book",
    "monograph": "book", "edited-book": "book", "reference-book": "book", "reference-entry": "encyclopediaArticle",
    "proceedings": "book", "dissertation": "thesis", "report": "report", "dataset": "dataset", "standard": "standard",
}  # fmt: skip


def by_doi(web: Web, services: Services, doi: str) -> Found | None:
    """The work with this DOI, from Crossref, or from whoever registered it."""
    text = web.get(services.crossref, f"/works/{quote(doi, safe='')}", _mail(web), "application/json")
    if text is not None:
        return _crossref(_json(services.crossref, text).get("message") or {})
    text = web.get(services.doi, f"/{quote(doi)}", accept="application/vnd.citationstyles.csl+json")
    works = read_json(f"[{text}]", services.doi.name).works if text else ()
    return replace(works[0], citekey="") if works else None


def crossref_by_title(web: Web, service: Service, title: str, author: str = "") -> list[Found]:
    """The works that Crossref thinks nearest to this title and first author."""
    query = {"query.bibliographic": f"{title} {author}".strip(), "rows": str(_MOST), **_mail(web)}
    text = web.get(service, "/works", query, "application/json") or "{}"
    items = (_json(service, text).get("message") or {}).get("items") or ()
    return [work for item in items if isinstance(item, dict) and (work := _crossref(item)) is not None]


def _mail(web: Web) -> dict[str, str]:
    return {"mailto": web.contact} if web.contact else {}


def _json(service: Service, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ServiceError(f"{service.name} answered with something that is not JSON", "try again later") from error
    return data if isinstance(data, dict) else {}


def _crossref(item: Mapping[str, Any]) -> Found | None:
    doi = str(item.get("DOI") or "")
    draft = Draft(Place(f"https://doi.org/{doi}"), doi)
    draft.set("doi", doi)
    title, subtitle = _first(item, "title"), _first(item, "subtitle")
    draft.set("title", f"{title}: {subtitle}" if title and subtitle and ":" not in title else title)
    draft.authors(_crossref_name(one) for one in item.get("author") or () if isinstance(one, dict))
    kind = _CROSSREF_TYPES.get(str(item.get("type")), "document")
    draft.set("type", kind)
    _crossref_date(draft, item)
    draft.set("venue", _crossref_venue(item, kind))
    for field, name in (("volume", "volume"), ("issue", "issue"), ("pages", "page"), ("language", "language")):
        draft.set(field, str(item.get(name) or ""))
    publisher = str(item.get("publisher") or "")
    if publisher != draft.fields.get("venue"):
        draft.set("publisher", publisher)
    draft.set("abstract", re.sub(r"^Abstract\s*:?\s+", "", _plain(str(item.get("abstract") or ""))))
    return draft.found("") if draft.titled else None


def _crossref_venue(item: Mapping[str, Any], kind: str) -> str:
    if venue := _first(item, "container-title"):
        return venue
    event = item.get("event")
    if isinstance(event, dict) and event.get("name"):
        return _plain(str(event["name"]))
    institution = item.get("institution")
    if kind == "preprint" and isinstance(institution, list) and institution:
        return _plain(str(institution[0].get("name") or ""))
    return str(item.get("group-title") or "")


def _crossref_date(draft: Draft, item: Mapping[str, Any]) -> None:
    for name in ("published-print", "published", "issued", "published-online", "posted"):
        parts = (item.get(name) or {}).get("date-parts") if isinstance(item.get(name), dict) else None
        if parts and parts[0] and parts[0][0]:
            draft.date("-".join(str(part).zfill(2) for part in parts[0]))


def _crossref_name(one: Mapping[str, Any]) -> Name:
    family, given = _plain(str(one.get("family") or "")), _plain(str(one.get("given") or ""))
    suffix = _plain(str(one.get("suffix") or ""))
    if family:
        return Name(family, ", ".join(part for part in (given, suffix) if part))
    return Name(_plain(str(one.get("name") or given)))


def _first(item: Mapping[str, Any], name: str) -> str:
    values = item.get(name)
    return _plain(str(values[0])) if isinstance(values, list) and values else ""


def _plain(text: str) -> str:
    """Text without the JATS, MathML and HTML that publishers put in it."""
    return tidy(html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", html.unescape(text))))


# ── OpenReview ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_openreview(web: Web, services: Services, forum: str) -> Found | None:
    """The submission with this id, from either version of OpenReview's API."""
    for service in (services.openreview, services.openreview_1):
        text = web.get(service, "/notes", {"id": forum}, "application/json")
        notes = _json(service, text).get("notes") if text else None
        if isinstance(notes, list) and notes and isinstance(notes[0], dict):
            return _openreview(notes[0], forum)
    return None


def _openreview(note: Mapping[str, Any], forum: str) -> Found | None:
    content = note.get("content") or {}
    said = {name: one.get("value") if isinstance(one, dict) else one for name, one in content.items()}
    bibtex = read_bibtex(str(said.get("_bibtex") or ""), "OpenReview").works
    draft = Draft(Place(f"https://openreview.net/forum?id={forum}"), forum)
    draft.set("title", str(said.get("title") or ""))
    authors = said.get("authors")
    draft.authors(read_name(str(one)) for one in (authors if isinstance(authors, list) else ()))
    known = bibtex[0].fields if bibtex else {}
    published = known.get("type") == "conferencePaper" or (
        bool(said.get("venue")) and "submit" not in str(said["venue"]).lower()
    )
    draft.set("type", "conferencePaper" if published else "preprint")
    draft.take("date", known.get("date"))
    stamp = note.get("pdate") or note.get("cdate")
    if isinstance(stamp, int):
        draft.date(datetime.fromtimestamp(stamp / 1000, UTC).date().isoformat()[:7])
    draft.take("venue", known.get("venue"))
    draft.set("venue", str(said.get("venue") or "OpenReview"))
    draft.set("url", f"https://openreview.net/forum?id={forum}")
    draft.set("abstract", str(said.get("abstract") or ""))
    code = _REPOSITORY.search(str(said.get("code") or said.get("code_url") or ""))
    draft.set("code", code[0] if code else "")
    return draft.found("") if draft.titled else None


# ── the ACL Anthology ────────────────────────────────────────────────────────────────────────────────────────────


def by_acl(web: Web, services: Services, anthology_id: str) -> Found | None:
    """The paper with this id, from its BibTeX."""
    spelled = anthology_id.upper() if anthology_id[:1].isalpha() else anthology_id
    text = web.get(services.acl, f"/{quote(spelled)}.bib", accept="text/plain, application/x-bibtex")
    works = read_bibtex(text or "", services.acl.name).works
    return replace(works[0], citekey="", left=()) if works else None

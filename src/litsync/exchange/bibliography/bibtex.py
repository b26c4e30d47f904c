"""BibTeX and BibLaTeX, read: what the fields of an entry say of a paper.

Decides which type and venue an entry states and where its ids stand; made for what Zotero, Better BibTeX, JabRef, DBLP, Google
Scholar and publishers write. Where reading goes on after a fault is for `bibtex_entries`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pybtex.bibtex.exceptions import BibTeXError
from pybtex.bibtex.utils import split_name_list
from pybtex.database import InvalidNameString, Person

from litsync.core.model import Name, Problem
from litsync.core.values import read_name
from litsync.exchange.bibliography.bibtex_entries import Entry, read_entries
from litsync.exchange.bibliography.draft import Draft
from litsync.exchange.bibliography.latex import plain, plain_address
from litsync.exchange.found import Found, Reading

_TYPES = {
    "article": "journalArticle", "suppperiodical": "journalArticle", "periodical": "journalArticle",
    "inproceedings": "conferencePaper", "conference": "conferencePaper",
    "incollection": "bookSection", "inbook": "bookSection", "suppbook": "bookSection", "suppcollection": "bookSection",
    "bookinbook": "bookSection", "inreference": "encyclopediaArticle",
    "book": "book", "mvbook": "book", "booklet": "book", "collection": "book", "mvcollection": "book", "manual": "book",
    "proceedings": "book", "mvproceedings": "book", "reference": "book",
    "phdthesis": "thesis", "mastersthesis": "thesis", "thesis": "thesis",
    "techreport": "report", "report": "report",
    "online": "webpage", "electronic": "webpage", "www": "webpage", "webpage": "webpage",
    "software": "computerProgram", "dataset": "dataset", "unpublished": "manuscript", "patent": "patent",
    "video": "videoRecording", "movie": "film", "audio": "audioRecording", "music": "audioRecording",
    "image": "artwork", "artwork": "artwork", "letter": "letter", "standard": "standard",
    "jurisdiction": "case", "legislation": "statute", "preprint": "preprint",
}  # fmt: skip
_VENUES = {
    "journalArticle": ("journaltitle", "journal", "shortjournal"),
    "conferencePaper": ("booktitle", "eventtitle", "journaltitle", "journal", "series"),
    "bookSection": ("booktitle", "maintitle"),
    "encyclopediaArticle": ("booktitle", "maintitle"),
    "thesis": ("school", "institution", "publisher"),
    "report": ("institution", "organization", "publisher"),
    "manuscript": ("institution", "howpublished"),
    "webpage": ("organization", "howpublished", "journaltitle", "journal", "publisher"),
    "preprint": ("publisher", "howpublished", "organization", "journaltitle", "journal"),
    "computerProgram": ("organization", "publisher"),
    "dataset": ("publisher", "organization"),
    "videoRecording": ("publisher", "organization"),
}
"""Where an entry of this type says where it appeared, the best first."""

_PLAIN = {
    "volume": ("volume",),
    "pages": ("pages",),
    "publisher": ("publisher",),
    "language": ("language", "langid"),
    "abstract": ("abstract",),
}
_ADDRESSES = {"doi": ("doi",), "arxiv": ("arxiv", "arxivid"), "code": ("code",)}
_OWN = {
    "isbn": "isbn", "issn": "issn", "series": "series", "edition": "edition", "address": "place", "location": "place",
    "eventtitle": "event", "note": "note", "annotation": "note", "annote": "note", "pmid": "pmid",
}  # fmt: skip
"""What no field is for and a new paper keeps, under which name of its own."""
_USED = frozenset(
    "editor title subtitle author year month day date number issue keywords keyword eprint eprinttype archiveprefix url link "
    "howpublished eprintclass primaryclass crossref shorttitle pubstate".split()
)
_ONLY_ARXIV = re.compile(r"arxiv:\S+(?: \[[\w.-]+\])?", re.IGNORECASE)
_GROUP = re.compile(
    r"\b(family|given|prefix|suffix)(?:-i)?\s*=\s*(\{(?:[^{}]|\{[^{}]*\})*\}|\"[^\"]*\"|[^,]*)", re.IGNORECASE
)


def read_bibtex(text: str, shown: str) -> Reading:
    """Every work of the file. An entry that cannot be read is a fault, with its line, and the rest comes in."""
    entries, faults = read_entries(text, shown)
    found: list[Found] = []
    problems: list[Problem] = list(faults)
    parents = {entry.key.casefold(): entry for entry in entries}
    for entry in entries:
        if entry.type in ("set", "xdata"):
            continue
        draft = _draft(_with_inherited(entry, parents))
        work = draft.found(entry.key, entry.fields.keys() - _used(draft))
        problems += draft.faults
        if draft.titled:
            found.append(work)
    return Reading(tuple(found), tuple(sorted(problems, key=lambda one: one.place.line)))


def _used(draft: Draft) -> set[str]:
    venues = _VENUES.get(str(draft.fields.get("type")), ())
    names = (*_PLAIN.values(), *_ADDRESSES.values(), venues)
    return {*_USED, *_OWN, *(name for group in names for name in group)}


def _with_inherited(entry: Entry, parents: Mapping[str, Entry]) -> Entry:
    """The entry with what it takes from the one it refers to: a paper from its proceedings, whose title is its venue."""
    names = [entry.fields.get("crossref", ""), *entry.fields.get("xdata", "").split(",")]
    fields = dict(entry.fields)
    for name in names:
        parent = parents.get(name.strip().casefold())
        if parent is None or parent is entry:
            continue
        inherited = {
            key: text for key, text in parent.fields.items() if key not in ("author", "keywords", "abstract", "pages")
        }
        if parent.type != "xdata" and (title := inherited.pop("title", "")):
            inherited.setdefault("booktitle", title)
            for own in ("doi", "url", "eprint", "subtitle", "shorttitle"):
                inherited.pop(own, None)
        fields = {**inherited, **fields}
    return replace(entry, fields=fields)


def _draft(entry: Entry) -> Draft:
    fields = entry.fields
    draft = Draft(entry.place, entry.key)
    subtitle = plain(fields.get("subtitle", ""))
    title = plain(fields.get("title", ""))
    draft.set("title", f"{title}: {subtitle}" if title and subtitle else title)
    draft.authors(_names(fields.get("author", "")))
    _set_ids(draft, fields)
    draft.set("type", _type(entry, draft))
    _set_date(draft, fields)
    _set_venue(draft, fields)
    for field, names in _PLAIN.items():
        for name in names:
            if not (field == "publisher" and plain(fields.get(name, "")) == draft.fields.get("venue")):
                draft.set(field, plain(fields.get(name, "")))
    if draft.fields["type"] in ("journalArticle", "conferencePaper", "magazineArticle"):
        draft.set("issue", plain(fields.get("number", "") or fields.get("issue", "")))
    _set_own(draft, fields)
    draft.tags(tag for name in ("keywords", "keyword") for tag in re.split(r"[,;]", plain(fields.get(name, ""))))
    return draft


def _set_own(draft: Draft, fields: Mapping[str, str]) -> None:
    used = _VENUES.get(str(draft.fields.get("type")), ())
    for name, own in _OWN.items():
        text = plain(fields.get(name, ""))
        if not (name in used and text == draft.fields.get("venue")) and not _ONLY_ARXIV.fullmatch(text):
            draft.own(own, text)
    draft.own("editors", tuple(one.display for one in _names(fields.get("editor", ""))))


def _set_ids(draft: Draft, fields: Mapping[str, str]) -> None:
    for field, names in _ADDRESSES.items():
        for name in names:
            draft.set(field, plain_address(fields.get(name, "")))
    archive = (fields.get("eprinttype") or fields.get("archiveprefix") or "").strip("{} ").casefold()
    eprint = plain_address(fields.get("eprint", ""))
    if archive == "arxiv" or (
        not archive and re.fullmatch(r"(?:arxiv:)?(\d{4}\.\d{4,5})(v\d+)?", eprint, re.IGNORECASE)
    ):
        draft.set("arxiv", eprint)
    for name in ("number", "note", "journal", "journaltitle", "volume", "howpublished", "series"):
        draft.arxiv_in(plain(fields.get(name, "")))
    published = plain_address(fields.get("howpublished", ""))
    for address in (fields.get("url", ""), fields.get("link", ""), published if "://" in published else ""):
        draft.set("url", _first_address(plain_address(address)))


def _first_address(text: str) -> str:
    return next((word for word in re.split(r"[\s;]+(?=https?://)", text) if word), "")


def _type(entry: Entry, draft: Draft) -> str:
    journal = plain(entry.fields.get("journaltitle") or entry.fields.get("journal") or "").casefold()
    state = entry.fields.get("pubstate", "").casefold()
    if journal.startswith(("arxiv", "corr")) or state == "prepublished":
        return "preprint"
    kind = _TYPES.get(entry.type)
    if kind in (None, "webpage", "manuscript") and draft.has("arxiv"):
        return "preprint"
    if kind is None:
        return "webpage" if draft.has("url") else "document"
    return kind


def _set_date(draft: Draft, fields: Mapping[str, str]) -> None:
    if date := plain(fields.get("date", "")):
        draft.date(date)
    year = plain(fields.get("year", ""))
    month, day = plain(fields.get("month", "")), plain(fields.get("day", ""))
    if re.fullmatch(r"\d{1,2}", month):
        draft.date("-".join([year, month.zfill(2), *([day.zfill(2)] if day.isdigit() else [])]))
    draft.date(" ".join(part for part in (day, month, year) if part) if month and year else year)


def _set_venue(draft: Draft, fields: Mapping[str, str]) -> None:
    kind = str(draft.fields["type"])
    if kind == "preprint" and draft.has("arxiv"):
        draft.set("venue", "arXiv")
    for name in _VENUES.get(kind, ("journaltitle", "journal", "booktitle", "howpublished", "organization")):
        text = plain(fields.get(name, ""))
        if "://" not in text:
            draft.set("venue", text)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


_ACCENTED = re.compile(r"(?<![\w{\\])\\(?:[\"'`^~=.]|[uvHcdbrk](?=\{))\s*\{\\?[A-Za-z]\}")
"""An accent that begins a word, `\\'{E}`: only in braces of its own does BibTeX see a capital letter in it."""


def _names(text: str) -> Iterator[Name]:
    for one in split_name_list(" ".join(text.split())):
        if one and one.casefold() not in ("others", "et al."):
            yield _name(one)


def _name(text: str) -> Name:
    if re.match(r"(?:family|given)(?:-i)?\s*=", text, re.IGNORECASE):
        return _name_in_parts(text)
    try:
        person = Person(_ACCENTED.sub(r"{\g<0>}", text))
    except (InvalidNameString, BibTeXError):
        return read_name(plain(text))
    family = plain(" ".join([*person.prelast_names, *person.last_names]))
    given = plain(" ".join(person.bibtex_first_names))
    suffix = plain(" ".join(person.lineage_names))
    return Name(family or given, ", ".join(part for part in (given, suffix) if part) if family else "")


def _name_in_parts(text: str) -> Name:
    """`family=Oord, given=Aäron, prefix=van den, useprefix=true`, as BibLaTeX has it for names that cannot be told apart."""
    parts = {match[1].casefold(): plain(match[2].strip('{}" ')) for match in _GROUP.finditer(text)}
    family = " ".join(parts[name] for name in ("prefix", "family") if parts.get(name))
    return Name(family, ", ".join(parts[name] for name in ("given", "suffix") if parts.get(name)))

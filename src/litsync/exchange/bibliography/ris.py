"""RIS, in and out.

Decides what each tag says of a paper; the line format is rispy's. A record whose end is missing ends where the next begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rispy import RisParser, RisWriter
from rispy.config import TAG_KEY_MAPPING

from litsync.core.model import Fields, Name, Place, Problem
from litsync.core.values import read_name
from litsync.exchange.bibliography.draft import Draft
from litsync.exchange.found import Found, Reading

_TYPES = {
    "JOUR": "journalArticle", "EJOUR": "journalArticle", "JFULL": "journalArticle", "INPR": "journalArticle",
    "CONF": "conferencePaper", "CPAPER": "conferencePaper", "CHAP": "bookSection", "ECHAP": "bookSection",
    "BOOK": "book", "EBOOK": "book", "EDBOOK": "book", "SER": "book", "THES": "thesis", "RPRT": "report",
    "GOVDOC": "report", "ELEC": "webpage", "WEB": "webpage", "ICOMM": "webpage", "BLOG": "blogPost",
    "UNPB": "manuscript", "MANSCPT": "manuscript", "COMP": "computerProgram", "DATA": "dataset", "AGGR": "dataset",
    "MGZN": "magazineArticle", "NEWS": "newspaperArticle", "PAT": "patent", "VIDEO": "videoRecording",
    "MULTI": "videoRecording", "MPCT": "film", "SOUND": "audioRecording", "SLIDE": "presentation",
    "ENCYC": "encyclopediaArticle", "DICT": "dictionaryEntry", "STAND": "standard", "ART": "artwork", "MAP": "map",
    "CASE": "case", "STAT": "statute", "BILL": "bill", "PCOMM": "letter", "HEAR": "hearing",
}  # fmt: skip
_OUT = {kind: tag for tag, kind in reversed(_TYPES.items())} | {"preprint": "UNPB", "document": "GEN"}
_VENUES = ("C3", "T2", "BT", "JF", "JO", "JA", "J2", "T3")
_SCALARS = {
    "title": ("TI", "T1", "CT"),
    "volume": ("VL",),
    "issue": ("IS", "CP"),
    "publisher": ("PB",),
    "language": ("LA",),
    "abstract": ("AB", "N2"),
    "doi": ("DO",),
}
_OWN = (("SN", "isbn"), ("SN", "issn"), ("CY", "place"), ("ET", "edition"))
"""Where stands what papers have under keys of the reader's own."""
_LISTS = ("AU", "ED", "A1", "A2", "A3", "A4", "KW", "UR", "L1", "L2", "L4", "N1", "M3", "M1", "AN")
_USED = {tag for tags in _SCALARS.values() for tag in tags} | {
    *_VENUES, "TY", "ER", "AU", "A1", "KW", "UR", "PY", "Y1", "DA", "SP", "EP", "ID", "ST", "SN", "CY", "ET", "A2", "ED",
}  # fmt: skip
_TAGS = {tag: tag for tag in (*TAG_KEY_MAPPING, "BT", "CT", "CP", "ED", "L3", "LK", "PP")}
_START = re.compile(r"^\ufeff?TY {1,2}- ?", re.MULTILINE)


def read_ris(text: str, shown: str) -> Reading:
    """Every work of the file; what is no record is a fault, with its line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [match.start() for match in _START.finditer(text)]
    found: list[Found] = []
    faults: list[Problem] = []
    before = text[: starts[0]] if starts else text
    if re.search(r"^[A-Z][A-Z0-9] {1,2}- ", before, re.MULTILINE) or not starts:
        faults.append(
            Problem(Place(shown, 1), "begins with no `TY  - ` line: what stands before the first is left out")
        )
    for start, end in zip(starts, [*starts, len(text)][1:], strict=True):
        place = Place(shown, text.count("\n", 0, start) + 1)
        tags = _tags(text[start:end])
        draft = _draft(tags, place, len(found) + 1)
        work = draft.found(_citekey(tags), tags.keys() - _USED - _ids_only(tags))
        faults += draft.faults
        if draft.titled:
            found.append(work)
    return Reading(tuple(found), tuple(faults))


_ID = re.compile(r"(?:arxiv:\s*\S+|(?:doi:\s*)?10\.\d{4,9}/\S+)", re.IGNORECASE)


def _ids_only(tags: Mapping[str, Any]) -> set[str]:
    """The lists that hold nothing but ids, which were read."""
    return {name for name in _LISTS if tags.get(name) and all(_ID.fullmatch(str(text).strip()) for text in tags[name])}


def _tags(record: str) -> dict[str, Any]:
    """The tags of one record, with `ER` added where it is missing."""
    whole = re.sub(r"^([A-Z][A-Z0-9]) ?-(?= |$)", r"\1  -", record.lstrip("\ufeff"), flags=re.MULTILINE)
    parser = RisParser(mapping=_TAGS, list_tags=list(_LISTS), delimiter_tags_mapping={})
    records = parser.parse(f"{whole}\nER  - \n")
    return records[0] if records else {}


def _draft(tags: Mapping[str, Any], place: Place, number: int) -> Draft:
    draft = Draft(place, f"record {number}")
    for field, names in _SCALARS.items():
        for name in names:
            draft.set(field, str(tags.get(name, "")))
    draft.authors(_name(text) for text in (*tags.get("AU", ()), *tags.get("A1", ())))
    draft.tags(tags.get("KW", ()))
    for url in tags.get("UR", ()):
        draft.set("url", url)
    for text in (*tags.get("M3", ()), *tags.get("N1", ()), *tags.get("AN", ()), *tags.get("M1", ())):
        draft.arxiv_in(text)
        if match := re.search(r"^(?:doi:\s*)?(10\.\d{4,9}/\S+)$", text.strip(), re.IGNORECASE):
            draft.set("doi", match[1])
    for name in ("DA", "PY", "Y1"):
        draft.date(_date(str(tags.get(name, ""))))
    pages = [str(tags[name]) for name in ("SP", "EP") if tags.get(name)]
    draft.set("pages", pages[0] if len(set(pages)) == 1 or "-" in pages[:1] else "-".join(pages))
    _set_type_and_venue(draft, tags)
    draft.own("isbn" if draft.fields.get("type") in ("book", "bookSection") else "issn", str(tags.get("SN", "")))
    draft.own("place", str(tags.get("CY", "")))
    draft.own("edition", str(tags.get("ET", "")))
    draft.own("editors", tuple(read_name(one).display for one in (*tags.get("A2", ()), *tags.get("ED", ()))))
    return draft


def _set_type_and_venue(draft: Draft, tags: Mapping[str, Any]) -> None:
    kind = _TYPES.get(str(tags.get("TY", "")).strip())
    known = draft.fields
    at_arxiv = (
        draft.has("arxiv")
        or "arxiv.org" in str(known.get("url", ""))
        or "arxiv" in str(known.get("doi", "")).casefold()
    )
    published = [str(tags[name]) for name in _VENUES if tags.get(name)]
    if at_arxiv and (
        kind in (None, "manuscript", "webpage") or (published[:1] and published[0].casefold().startswith("arxiv"))
    ):
        kind = "preprint"
        draft.set("venue", "arXiv")
    draft.set("type", kind or ("webpage" if draft.has("url") else "document"))
    for text in published:
        draft.set("venue", text)
    if kind in ("thesis", "report"):
        draft.set("venue", str(tags.get("PB", "")))


def _name(text: str) -> Name:
    """`Family, Given, Suffix`, or a name in one piece."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1:
        return Name(parts[0]) if " " not in parts[0] else read_name(parts[0])
    return Name(parts[0], ", ".join(part for part in parts[1:] if part))


def _date(text: str) -> str:
    """`2021/10/05/` and its shorter forms as a date."""
    return "-".join(part.strip().zfill(2) for part in text.strip().split("/")[:3] if part.strip().isdigit()) or text


def _citekey(tags: Mapping[str, Any]) -> str:
    key = str(tags.get("ID", "")).strip()
    return key if re.search(r"[A-Za-z]", key) else ""


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


class _Writer(RisWriter):  # type: ignore[misc]  # rispy ships no types
    """rispy's writer without the number before each record, which Zotero takes for text."""

    REFERENCE_TYPE_KEY = "ty"

    def set_header(self, count: int) -> str:  # noqa: ARG002 -- rispy's
        """No header."""
        return ""


def write_ris(papers: Iterable[tuple[str, Fields]]) -> str:
    """The papers, each with its citation key, as RIS."""
    records = [{tag.lower(): value for tag, value in _lines(key, fields)} for key, fields in papers]
    writer = _Writer(mapping={tag: tag.lower() for tag in _TAGS}, list_tags=list(_LISTS), delimiter_tags_mapping={})
    return str(writer.formats(records))


def _lines(key: str, fields: Fields) -> Iterator[tuple[str, Any]]:
    kind = str(fields.get("type") or "document")
    yield "TY", _OUT.get(kind, "GEN")
    yield "ID", key
    for field, names in _SCALARS.items():
        if value := fields.get(field):
            yield names[0], str(value)
    authors = fields.get("authors") or ()
    yield "AU", [f"{one.family}, {one.given}" if one.given else one.family for one in authors if isinstance(one, Name)]
    if venue := fields.get("venue"):
        yield {"conferencePaper": "C3", "thesis": "PB", "report": "PB"}.get(kind, "T2"), str(venue)
    if date := str(fields.get("date") or ""):
        yield "PY", date[:4]
        yield "DA", "/".join([*date.split("-"), "", "", ""][:3]) + "/"
    first, _, last = str(fields.get("pages") or "").partition("-")
    yield from ((name, text) for name, text in (("SP", first), ("EP", last)) if text)
    yield "UR", [str(fields["url"])] if fields.get("url") else []
    yield from ((tag, str(fields[own])) for tag, own in _OWN if isinstance(fields.get(own), str))
    editors = [read_name(one) for one in fields.get("editors") or () if isinstance(one, str)]
    yield "A2", [f"{one.family}, {one.given}" if one.given else one.family for one in editors]
    yield "KW", [str(tag) for tag in fields.get("tags") or ()]
    if arxiv := fields.get("arxiv"):
        yield "N1", [f"arXiv:{arxiv}"]

"""CSL-JSON, in and out, and the items of Zotero's own JSON as Better BibTeX and the Zotero API give them.

Decides what each variable says of a paper. A Zotero item is read as the synchronisation reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from litsync.core.model import Fields, Kind, Name, Place, Problem, RecordId
from litsync.core.values import read_name
from litsync.exchange.bibliography.draft import Draft
from litsync.exchange.found import Found, Reading
from litsync.formats.item_schema import item_schema
from litsync.formats.zotero_item import Item, Naming, decode
from litsync.formats.zotero_links import Owned

_TYPES = {
    "article": "preprint", "article-journal": "journalArticle", "article-magazine": "magazineArticle",
    "article-newspaper": "newspaperArticle", "paper-conference": "conferencePaper", "chapter": "bookSection",
    "book": "book", "thesis": "thesis", "report": "report", "webpage": "webpage", "post-weblog": "blogPost",
    "post": "forumPost", "dataset": "dataset", "software": "computerProgram", "motion_picture": "film",
    "video": "videoRecording", "broadcast": "tvBroadcast", "speech": "presentation", "manuscript": "manuscript",
    "patent": "patent", "entry-encyclopedia": "encyclopediaArticle", "entry-dictionary": "dictionaryEntry",
    "graphic": "artwork", "interview": "interview", "legal_case": "case", "legislation": "statute", "bill": "bill",
    "map": "map", "personal_communication": "letter", "song": "audioRecording", "standard": "standard",
    "hearing": "hearing", "review": "journalArticle", "document": "document",
}  # fmt: skip
_OUT = {kind: name for name, kind in reversed(_TYPES.items())}
_SCALARS = {
    "title": "title", "volume": "volume", "issue": "issue", "pages": "page", "language": "language", "doi": "DOI",
    "url": "URL", "abstract": "abstract",
}  # fmt: skip
_PUBLISHER_IS_VENUE = frozenset(
    {"preprint", "thesis", "report", "dataset", "computerProgram", "videoRecording", "film"}
)
_OWN = {
    "ISBN": "isbn", "ISSN": "issn", "collection-title": "series", "edition": "edition", "publisher-place": "place",
    "event-title": "event", "PMID": "pmid", "place": "place", "series": "series",
}  # fmt: skip
"""What no field is for and a new paper keeps, under which name of its own, of CSL and of Zotero."""
_USED = {
    *_OWN,
    *_SCALARS.values(),
    *"id type citation-key container-title event-title publisher author issued keyword note number title-short editor".split(),
}


def read_json(text: str, shown: str) -> Reading:
    """Every work of the file, whichever of the three forms it has. Of a broken file, what comes before the fault."""
    items, faults = _items(text, shown)
    found: list[Found] = []
    for number, (item, place) in enumerate(items, 1):
        data = item.get("data", item)
        if isinstance(data, dict) and isinstance(data.get("itemType"), str):
            try:
                draft, key, left = _zotero_draft(data, place)
            except (KeyError, TypeError, AttributeError):  # its parts are not what an item's parts are
                faults.append(Problem(place, f"entry {number} is left out: it is no sound Zotero item"))
                continue
        elif isinstance(item.get("type"), str):
            draft, key, left = _csl_draft(item, place, number)
        else:
            faults.append(Problem(place, f"entry {number} is left out: it is neither CSL-JSON nor a Zotero item"))
            continue
        if draft is None:
            continue
        work = draft.found(key, left)
        faults += draft.faults
        if draft.titled:
            found.append(work)
    return Reading(tuple(found), tuple(faults))


def _items(text: str, shown: str) -> tuple[list[tuple[dict[str, Any], Place]], list[Problem]]:
    """The objects of the list, each with its line."""
    text = text.removeprefix("\ufeff")
    start = re.match(r"\s*\[", text)
    if start is None:
        return _items_of_object(text, shown)
    found: list[tuple[dict[str, Any], Place]] = []
    at, decoder = start.end(), json.JSONDecoder()
    while (match := re.compile(r"[\s,]*").match(text, at)) and text[match.end() : match.end() + 1] not in ("]", ""):
        place = Place(shown, text.count("\n", 0, match.end()) + 1)
        try:
            item, at = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError) as error:
            return found, [_broken(error, place)]
        found += [(item, place)] if isinstance(item, dict) else []
    return found, []


def _items_of_object(text: str, shown: str) -> tuple[list[tuple[dict[str, Any], Place]], list[Problem]]:
    try:
        root = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [], [_broken(error, Place(shown, 1))]
    rows = root.get("items", [root]) if isinstance(root, dict) else []
    rows = rows.values() if isinstance(rows, dict) else rows
    return [(row, Place(shown)) for row in rows if isinstance(row, dict)], []


def _broken(error: ValueError | RecursionError, place: Place) -> Problem:
    if isinstance(error, json.JSONDecodeError):
        place = Place(place.path, error.lineno, error.colno)
        return Problem(place, f"is not JSON from here on: {error.msg}", suggestion="what stands before it comes in")
    return Problem(place, "is nested too deeply to be read")


# ── CSL ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csl_draft(item: Mapping[str, Any], place: Place, number: int) -> tuple[Draft, str, Iterable[str]]:
    key = str(item.get("citation-key") or item.get("id") or "")
    key = "" if "/" in key or key.isdigit() else key
    draft = Draft(place, key or f"entry {number}")
    for field, name in _SCALARS.items():
        draft.set(field, _text(item.get(name)))
    draft.authors(_csl_name(one) for one in item.get("author") or () if isinstance(one, dict))
    draft.date(_csl_date(item.get("issued")))
    draft.tags(re.split(r"[,;]", _text(item.get("keyword"))))
    draft.arxiv_in(_text(item.get("number")))
    draft.arxiv_in(_text(item.get("note")))
    kind = _TYPES.get(str(item["type"]), "document")
    draft.set("type", kind)
    if kind in _PUBLISHER_IS_VENUE:
        draft.set("venue", _text(item.get("publisher")))
    for name in ("container-title", "event-title"):
        draft.set("venue", _text(item.get(name)))
    if draft.fields.get("venue") != _text(item.get("publisher")):
        draft.set("publisher", _text(item.get("publisher")))
    _set_own(draft, item)
    editors = item.get("editor")
    draft.own("editors", tuple(_csl_name(one).display for one in editors or () if isinstance(one, dict)))
    return draft, key, item.keys() - _USED


def _set_own(draft: Draft, item: Mapping[str, Any]) -> None:
    for name, own in _OWN.items():
        if _text(item.get(name)) != draft.fields.get("venue"):
            draft.own(own, _text(item.get(name)))


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _csl_name(one: Mapping[str, Any]) -> Name:
    if one.get("literal"):
        return Name(_text(one["literal"]))
    particles = [_text(one.get(name)) for name in ("dropping-particle", "non-dropping-particle")]
    family = " ".join(part for part in (*particles, _text(one.get("family"))) if part)
    given = ", ".join(part for part in (_text(one.get("given")), _text(one.get("suffix"))) if part)
    return Name(family, given) if family else read_name(given)


def _csl_date(value: Any) -> str:
    if isinstance(value, dict):
        parts = value.get("date-parts")
        if isinstance(parts, list) and parts and isinstance(parts[0], list):
            return "-".join(str(part).zfill(2) for part in parts[0] if str(part).isdigit())
        value = value.get("raw") or value.get("literal")
    return _text(value)


# ── Zotero items ─────────────────────────────────────────────────────────────────────────────────────────────────


def _zotero_draft(data: Mapping[str, Any], place: Place) -> tuple[Draft | None, str, Iterable[str]]:
    """An item as the synchronisation reads it; attachments and notes by themselves are no papers."""
    kind = data["itemType"]
    schema = item_schema()
    if kind in ("attachment", "note", "annotation") or kind not in schema.types:
        return None, "", ()
    extra = data.get("extra")
    plain = {**data, "extra": "\n".join(map(str, extra)) if isinstance(extra, list) else extra or ""}
    children = [{**one, "itemType": "attachment"} for one in data.get("attachments") or () if isinstance(one, dict)]
    links = [one for one in children if one.get("linkMode") == "linked_url" and one.get("key")]
    record, _ = decode(RecordId(Kind.PAPER, ""), Item(plain, links), Naming(tag_prefix="\0"), Owned(), {})
    key = str(record.fields.get("citekey") or data.get("citekey") or "")
    draft = Draft(place, key or str(data.get("title") or data.get("key") or "an item"))
    for field, value in record.fields.items():
        if field not in ("citekey", "methods", "sections"):
            draft.take(field, value)
    draft.set("title", _text(data.get("title")))
    draft.date(_text(data.get("date")))
    for field in record.unreadable - {"date"}:
        draft.set(field, _text(data.get({"doi": "DOI"}.get(field, field))))
    _set_own(draft, data)
    editors = [one for one in data.get("creators", ()) if one.get("creatorType") == "editor"]
    names = (f"{one.get('firstName') or ''} {one.get('lastName') or one.get('name') or ''}" for one in editors)
    draft.own("editors", tuple(names))
    return draft, key, ("shortTitle",) if data.get("shortTitle") else ()


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def write_csl(papers: Iterable[tuple[str, Fields]]) -> str:
    """The papers, each with its citation key, as CSL-JSON."""
    rows = [dict(_variables(key, fields)) for key, fields in papers]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _variables(key: str, fields: Fields) -> Iterator[tuple[str, Any]]:
    kind = str(fields.get("type") or "document")
    yield "id", key
    yield "citation-key", key
    yield "type", _OUT.get(kind, "document")
    for field, name in _SCALARS.items():
        if value := fields.get(field):
            yield name, str(value)
    authors = [one for one in fields.get("authors") or () if isinstance(one, Name)]
    if authors:
        yield (
            "author",
            [{"family": one.family, "given": one.given} if one.given else {"literal": one.family} for one in authors],
        )
    if date := fields.get("date"):
        yield "issued", {"date-parts": [[int(part) for part in str(date).split("-")]]}
    venue, publisher = fields.get("venue"), fields.get("publisher")
    at_publisher = kind in _PUBLISHER_IS_VENUE
    if venue:
        yield "publisher" if at_publisher else "container-title", str(venue)
    if publisher and not (venue and at_publisher):
        yield "publisher", str(publisher)
    yield from _own_variables(fields)
    if arxiv := fields.get("arxiv"):
        yield "number", f"arXiv:{arxiv}"
    if tags := fields.get("tags"):
        yield "keyword", ", ".join(str(tag) for tag in tags)


def _own_variables(fields: Fields) -> Iterator[tuple[str, Any]]:
    """What papers have under keys of the reader's own."""
    for name, own in _OWN.items():
        if name not in ("place", "series") and isinstance(text := fields.get(own), str):
            yield name, text
    editors = [read_name(one) for one in fields.get("editors") or () if isinstance(one, str)]
    if editors:
        yield (
            "editor",
            [{"family": one.family, "given": one.given} if one.given else {"literal": one.family} for one in editors],
        )

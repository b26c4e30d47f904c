"""BibTeX and BibLaTeX, written: an entry for each paper, the same bytes for the same papers.

Decides which entry type and which fields say what a paper is, for programs of either flavour. BibTeX gets ASCII, BibLaTeX, whose
programs read UTF-8, gets the letters themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from litsync.core.model import Fields, Name
from litsync.core.values import read_name
from litsync.exchange.bibliography.latex import escaped, latex

Encode = Callable[[str], str]
"""Text to LaTeX."""


class Flavour(StrEnum):
    """For whom entries are written."""

    BIBTEX = "bibtex"
    BIBLATEX = "biblatex"


_ENTRY = {
    "journalArticle": "article", "magazineArticle": "article", "newspaperArticle": "article",
    "conferencePaper": "inproceedings", "bookSection": "incollection", "encyclopediaArticle": "incollection",
    "dictionaryEntry": "incollection", "book": "book", "thesis": "phdthesis", "report": "techreport",
    "manuscript": "unpublished",
}  # fmt: skip
_BIBLATEX_ENTRY = _ENTRY | {
    "encyclopediaArticle": "inreference", "dictionaryEntry": "inreference", "thesis": "thesis", "report": "report",
    "preprint": "online", "webpage": "online", "blogPost": "online", "forumPost": "online", "computerProgram": "software",
    "dataset": "dataset", "videoRecording": "video", "film": "movie", "tvBroadcast": "video", "audioRecording": "audio",
    "podcast": "audio", "patent": "patent", "letter": "letter", "artwork": "artwork", "case": "jurisdiction",
    "statute": "legislation", "standard": "standard",
}  # fmt: skip
_VENUE = {
    "article": "journal", "inproceedings": "booktitle", "incollection": "booktitle", "inreference": "booktitle",
    "phdthesis": "school", "techreport": "institution", "thesis": "institution", "report": "institution",
    "online": "organization", "software": "organization", "dataset": "publisher", "video": "publisher",
    "movie": "publisher", "audio": "publisher",
}  # fmt: skip
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LANGUAGES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese",
    "ru": "russian", "ja": "japanese", "zh": "chinese", "ko": "korean",
}  # fmt: skip
_CASED = re.compile(r"[^\W_]*[^\W\d_][^\W_]*[A-Z][^\W_]*|\d+[A-Z][^\W_]*")


def write_bibtex(papers: Iterable[tuple[str, Fields]], flavour: Flavour) -> str:
    """The papers, each with its citation key, one entry each in the order given."""
    return "\n".join(_entry(key, fields, flavour) for key, fields in papers)


def _entry(key: str, fields: Fields, flavour: Flavour) -> str:
    kinds = _BIBLATEX_ENTRY if flavour is Flavour.BIBLATEX else _ENTRY
    kind = kinds.get(str(fields.get("type") or ""), "misc")
    encode = escaped if flavour is Flavour.BIBLATEX else latex
    rows = [f"  {name} = {value}" for name, value in _rows(kind, fields, flavour, encode) if value]
    return f"@{kind}{{{key},\n" + ",\n".join(rows) + "\n}\n"


def _rows(kind: str, fields: Fields, flavour: Flavour, encode: Encode) -> Iterator[tuple[str, str]]:
    def text(name: str) -> str:
        return _braced(encode(str(fields[name]))) if fields.get(name) else ""

    biblatex = flavour is Flavour.BIBLATEX
    yield "title", _braced(_protected(str(fields.get("title") or ""), encode))
    yield (
        "author",
        _braced(" and ".join(_name(one, encode) for one in fields.get("authors") or () if isinstance(one, Name))),
    )
    yield from _date(str(fields.get("date") or ""), flavour)
    venue = _VENUE.get(kind, "howpublished")
    yield ("journaltitle" if biblatex and venue == "journal" else venue), text("venue")
    if kind == "thesis":
        yield "type", "{phdthesis}"
    yield "volume", text("volume")
    yield "number", text("issue")
    yield "pages", text("pages").replace("-", "--")
    yield "publisher", text("publisher") if venue != "publisher" or not fields.get("venue") else ""
    yield from _own(fields, flavour, encode)
    yield "doi", _verbatim(fields, "doi")
    yield from _eprint(fields, flavour)
    yield "url", _verbatim(fields, "url")
    language = str(fields.get("language") or "")
    yield (
        ("langid", _braced(_LANGUAGES[language]))
        if biblatex and language in _LANGUAGES
        else ("language", text("language"))
    )
    yield "abstract", text("abstract")
    yield "keywords", _braced(encode(", ".join(str(tag) for tag in fields.get("tags") or ())))


def _own(fields: Fields, flavour: Flavour, encode: Encode) -> Iterator[tuple[str, str]]:
    """What papers have under keys of the reader's own."""
    biblatex = flavour is Flavour.BIBLATEX
    names = {"place": "location" if biblatex else "address", "event": "eventtitle" if biblatex else ""}
    for own in ("series", "edition", "place", "isbn", "issn", "event", "note"):
        name, text = names.get(own, own), fields.get(own)
        if name and isinstance(text, str):
            yield name, _braced(encode(text))
    editors = [read_name(one) for one in fields.get("editors") or () if isinstance(one, str)]
    yield "editor", _braced(" and ".join(_name(one, encode) for one in editors))


def _braced(text: str) -> str:
    return f"{{{text}}}" if text else ""


def _verbatim(fields: Fields, name: str) -> str:
    """An id or address as it is; braces, which would end the field, in the form that addresses have for them."""
    return _braced(str(fields.get(name) or "").replace("{", "%7B").replace("}", "%7D"))


def _eprint(fields: Fields, flavour: Flavour) -> Iterator[tuple[str, str]]:
    if fields.get("arxiv"):
        yield "eprint", _verbatim(fields, "arxiv")
        yield ("eprinttype" if flavour is Flavour.BIBLATEX else "archiveprefix"), "{arXiv}"


def _date(date: str, flavour: Flavour) -> Iterator[tuple[str, str]]:
    if flavour is Flavour.BIBLATEX:
        yield "date", _braced(date)
        return
    year, *rest = date.split("-")
    yield "year", _braced(year)
    if rest:
        yield "month", _MONTHS[int(rest[0]) - 1]
    if len(rest) > 1:
        yield "day", _braced(rest[1])


def _name(name: Name, encode: Encode) -> str:
    """`Family, Given`, with what follows a comma in the given name (`Jr.`) where BibTeX has it; one piece in braces."""
    family = encode(name.family)
    if not name.given:
        return f"{{{family}}}"
    if re.search(r"\band\b|,", name.family):
        family = f"{{{family}}}"
    given, _, suffix = name.given.partition(", ")
    given = encode(given)
    if re.search(r"\band\b", given):
        given = f"{{{given}}}"
    return f"{family}, {encode(suffix)}, {given}" if suffix else f"{family}, {given}"


def _protected(title: str, encode: Encode) -> str:
    """The title with braces around words whose capitals are their own: styles make the others small."""
    parts: list[str] = []
    for word in re.split(r"([\s:;,.!?()]+)", title):
        cased = any(_CASED.fullmatch(piece) for piece in re.split(r"[\W_]+", word) if piece)
        parts.append(f"{{{encode(word)}}}" if cased else encode(word))
    return "".join(parts)

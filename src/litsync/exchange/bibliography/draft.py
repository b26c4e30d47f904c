"""A paper in the making: values as a bibliography spells them become fields, or faults with their place.

Decides what every bibliographic format has in common: forms of dates, ids and pages, where an arXiv id hides, what is a tag.
Must not know any one format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from litsync.core.fields import TABLE
from litsync.core.identity import ARXIV, marks
from litsync.core.model import Fields, Kind, Name, Place, Problem, Value
from litsync.core.values import Form, Invalid, read_leniently, read_text, tidy, unique
from litsync.exchange.bibliography.latex import without_markup
from litsync.exchange.found import Found

_ROWS = TABLE[Kind.PAPER]
_ARXIV_ID = re.compile(r"\barxiv\s*:\s*(?:abs/)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE)
_CORR = re.compile(r"abs/(\d{4}\.\d{4,5})")
_LANGUAGES = {
    "english": "en", "american": "en", "british": "en", "usenglish": "en", "ukenglish": "en", "ngerman": "de",
    "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt", "russian": "ru",
    "japanese": "ja", "chinese": "zh", "korean": "ko",
}  # fmt: skip


class Draft:
    """What is known of one paper so far. A field that is set stays; what cannot be read becomes a fault."""

    def __init__(self, place: Place, key: str) -> None:
        """Begin with nothing. `key` is what messages call the paper."""
        self._place, self._key = place, key
        self._fields: dict[str, Value] = {}
        self._own: dict[str, str | tuple[str, ...]] = {}
        self.faults: list[Problem] = []

    def has(self, name: str) -> bool:
        """Whether the field has a value."""
        return name in self._fields

    def set(self, name: str, text: str) -> None:
        """Take a text for the field, if it has none yet."""
        if self.has(name) or not tidy(text):
            return
        try:
            value = read_leniently(_ROWS[name].form, _cleaned(name, text))
        except Invalid as error:
            self._tell(f"has a {name} that {error}", text)
            return
        if value:
            self._fields[name] = value

    def take(self, name: str, value: Value) -> None:
        """Take a value that was read already, if the field has none yet."""
        if value is not None:
            self._fields.setdefault(name, value)

    def date(self, text: str) -> None:
        """Take a date as people write it; of a range its beginning, of what cannot be told the year."""
        text = re.split(r"(?<=\d)\s*/\s*(?=\d{4}|\.\.|$)|T\d\d:", tidy(text).strip("[]()~?%"))[0].strip("~?% ")
        if not text or self.has("date"):
            return
        try:
            self._fields["date"] = read_leniently(Form.DATE, text)
        except Invalid:
            year = re.search(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)", text)
            if year is None:
                self._tell("has a date that tells no year", text)
            else:
                self._fields["date"] = year[1]

    def authors(self, names: Iterable[Name]) -> None:
        """Take the authors, in order."""
        found = tuple(Name(tidy(one.family), tidy(one.given)) for one in names if tidy(one.family))
        if found and not self.has("authors"):
            self._fields["authors"] = found

    def tags(self, texts: Iterable[str]) -> None:
        """Add tags."""
        known = self._fields.get("tags")
        found = [str(tag) for tag in known] if isinstance(known, tuple) else []
        for text in texts:
            try:
                tag = read_text(Form.TAG, text)
            except Invalid as error:
                self._tell(f"has a keyword that {error}", text)
                continue
            if tag:
                found.append(tag)
        if found:
            self._fields["tags"] = unique(found)

    def arxiv_in(self, text: str) -> None:
        """Take the arXiv id that stands somewhere in the text, if one does."""
        match = _ARXIV_ID.search(text) or _CORR.search(text)
        if match:
            self.set("arxiv", match[1])

    def own(self, name: str, value: str | tuple[str, ...]) -> None:
        """Keep what no field is for under a name of the reader's own."""
        said = tidy(value) if isinstance(value, str) else tuple(filter(None, map(tidy, value)))
        if said:
            self._own.setdefault(name, said)

    def found(self, citekey: str, left: Iterable[str] = ()) -> Found:
        """The paper as it is now; without a title it gets the fault that says so."""
        if "arxiv" not in self._fields:
            mark = next((one for one in marks(self._fields) if one.scheme == ARXIV), None)
            if mark is not None:
                self.set("arxiv", mark.value)
        if "title" not in self._fields:
            self._tell("is left out: it has no title", self._key)
        return Found(self.fields, self._place, citekey, tuple(sorted(set(left))), own=dict(self._own))

    @property
    def fields(self) -> Fields:
        """The fields that have a value."""
        return dict(self._fields)

    @property
    def titled(self) -> bool:
        """Whether it can become a paper at all."""
        return self.has("title")

    def _tell(self, message: str, text: str) -> None:
        shown = tidy(text) if len(text) < 100 else tidy(text)[:99] + "…"
        self.faults.append(Problem(self._place, f"{self._key} {message}", shown if shown != self._key else ""))


def _cleaned(name: str, text: str) -> str:
    """The text as the field has it, where bibliographies spell it otherwise."""
    text = tidy(text)
    match name:
        case "title" | "venue":
            text = without_markup(text)
        case "pages":
            text = re.sub(r"\s*(?:-{1,3}|[\u2010-\u2015\u2212])\s*", "-", text)
        case "url" | "code":
            text = re.sub(r"^(?=www\.)", "https://", text.replace(" ", "%20"))
        case "arxiv":
            text = re.sub(r"v\d+$", "", re.sub(r"\s*\[[^\]]*\]$", "", text))
        case "doi" if match := re.search(r"10\.\d{4,9}/\S+", text):
            text = match[0]
        case "language":
            text = _LANGUAGES.get(text.casefold(), text)
    return text

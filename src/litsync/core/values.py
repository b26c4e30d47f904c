"""How the value of each kind of field is read, compared and remembered.

Decides when two values mean the same and which text is allowed at all; must not know where a value came from. `Form`
says what a text is (a date, a DOI, ...); `FieldKind` how many of them a field holds and how they merge.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Hashable, Iterable
from enum import StrEnum
from urllib.parse import urlsplit

from litsync.core.model import Link, Name, Value


class FieldKind(StrEnum):
    """How many values a field holds, and how they merge."""

    SCALAR = "scalar"
    SET = "set"
    NAMES = "names"
    LINKS = "links"


class Form(StrEnum):
    """What a text value is."""

    TEXT = "text"
    CITEKEY = "citekey"
    ID = "id"
    TYPE = "type"
    DATE = "date"
    DOI = "doi"
    ARXIV = "arxiv"
    URL = "url"
    NUMBER = "number"
    TAG = "tag"
    COLOUR = "colour"


class Invalid(ValueError):
    """A text that breaks the rules of its form; `suggestion` is what was probably meant (may be empty)."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        """Keep the suggestion apart from the message."""
        super().__init__(message)
        self.suggestion = suggestion


def tidy(text: str) -> str:
    """Make equal what no reader can tell apart: white space folded and cut at the ends, characters composed (NFC)."""
    return " ".join(unicodedata.normalize("NFC", text).split())


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.-](\d{4})")
_TIME_OF_DAY = re.compile(r"(?<=\d{4}-\d\d-\d\d)[T ]\d\d:\d\d\S*")
_NOT_SAID = re.compile(r"(?:-00)+$")
_CITEKEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:.+/-]*")
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_DOI_PREFIX = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_ARXIV = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_FIVE_DIGITS = "1501"
_ARXIV_PREFIX = re.compile(r"(?:https?://(?:export\.)?arxiv\.org/(?:abs|pdf)/|arxiv:\s*)", re.IGNORECASE)


def _date(text: str) -> str:
    match = _ISO_DATE.fullmatch(text)
    if match is None:
        raise Invalid("is not a date: write a year, a month or a day", _guess_date(text))
    if text.endswith("-00"):
        raise Invalid("has a month or day 00", _date(_NOT_SAID.sub("", text)))
    year, month, day = match.groups()
    if int(year) == 0:
        raise Invalid("has no year")
    if month is not None and not 1 <= int(month) <= 12:
        raise Invalid(f"has no month {month}")
    if day is not None and not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        raise Invalid(f"has no day {day} in that month")
    return text


def _guess_date(text: str) -> str:
    """Read a date as people and Zotero write it (`October 2021`, `10/2021`, `2021/10/3`, `Oct 3, 2021`, `2021-10-00`).

    Of a moment (`2021-10-03T12:00:00Z`) the day. Empty if doubtful: nobody can tell which is the month in `3/10/2021`.
    """
    if match := _MONTH_FIRST.fullmatch(text):
        text = f"{match[2]}-{match[1]}"
    text = _TIME_OF_DAY.sub("", text)
    year = re.search(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)", text)
    if year is None:
        return ""
    rest = text[: year.start()] + " " + text[year.end() :]
    named = re.search(r"[a-z]{3,9}", rest.lower())
    numbers = [int(n) for n in re.findall(r"\d+", rest)]
    month = next((i for i, name in enumerate(_MONTHS, 1) if named and name.startswith(named[0])), 0)
    ambiguous = not named and year.start() > 0 and numbers
    parts = ([month] if month else []) + numbers
    if (named and not month) or ambiguous or len(parts) > 2 or not all(0 < n < 32 for n in parts):
        return ""
    try:
        return _date(year[0] + "".join(f"-{n:02d}" for n in parts))
    except Invalid:
        return ""


def _doi(text: str) -> str:
    bare = _DOI_PREFIX.sub("", text, count=1)
    if _DOI.fullmatch(bare) is None:
        raise Invalid("is not a DOI: it starts with `10.`, a number and `/`, and has no spaces")
    if bare != text:
        raise Invalid("is an address: give the DOI alone", bare)
    return text


def _arxiv(text: str) -> str:
    bare = _ARXIV_PREFIX.sub("", text, count=1).removesuffix(".pdf")
    if _ARXIV.fullmatch(bare) is None:
        raise Invalid("is not an arXiv id such as 2103.11078 or hep-th/9901001")
    if bare[:4].isdigit() and bare[:4] >= _FIVE_DIGITS and len(bare.partition("v")[0]) < len("2103.11078"):
        raise Invalid(
            "lacks a digit: since 2015 arXiv ids have five, and a program that takes one for a number drops a zero"
        )
    if bare != text:
        raise Invalid("is an address: give the arXiv id alone", bare)
    return text


def _url(text: str) -> str:
    if re.search(r"\s", text):
        raise Invalid("has a space: a web address has none", text.replace(" ", "%20") if "://" in text else "")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        raise Invalid("is not a web address") from None
    if parts.scheme not in ("http", "https") or not host:
        looks_like_host = not parts.scheme and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text)
        suggestion = f"https://{text}" if looks_like_host else ""
        raise Invalid("is not a web address: it starts with https:// or http://", suggestion)
    return text


def _number(text: str) -> str:
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None:
        raise Invalid("is not a number")
    return text


def _pattern(expression: re.Pattern[str], rule: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if expression.fullmatch(text) is None or len(text) > 200:
            raise Invalid(rule, re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"))
        return text

    return check


def _colour(text: str) -> str:
    """Also without `#`, behind which YAML sees a comment unless there are quotes."""
    if (found := re.fullmatch(r"#?([0-9A-Fa-f]{6})", text)) is None:
        raise Invalid("is not a colour: write red, green and blue as six hexadecimal digits, such as d55e00")
    return f"#{found[1].lower()}"


def _tag(text: str) -> str:
    if len(text) > 255:
        raise Invalid("is longer than the 255 characters a Zotero tag may have")
    return text


_CHECKS: dict[Form, Callable[[str], str]] = {
    Form.TEXT: str,
    Form.TYPE: str,
    Form.CITEKEY: _pattern(_CITEKEY, "is not a citekey: use letters, digits and _ : . + / - only"),
    Form.ID: _pattern(_ID, "is not an id: use lower-case letters, digits and hyphens"),
    Form.DATE: _date,
    Form.DOI: _doi,
    Form.ARXIV: _arxiv,
    Form.URL: _url,
    Form.NUMBER: _number,
    Form.TAG: _tag,
    Form.COLOUR: _colour,
}


def read_text(form: Form, text: str) -> str | None:
    """Return the tidied text, or None if nothing is left of it. Raises Invalid when it breaks the rules of its form."""
    tidied = tidy(text)
    return _CHECKS[form](tidied) if tidied else None


def read_leniently(form: Form, text: str) -> str | None:
    """Like `read_text`, but take what is certainly meant: `October 2021`, a DOI or arXiv id given as an address.

    For text that people did not write for litsync. Raises Invalid when even that fails.
    """
    try:
        return read_text(form, text)
    except Invalid as error:
        if error.suggestion and form in (Form.DATE, Form.DOI, Form.ARXIV):
            return error.suggestion
        raise


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

_PARTICLES = frozenset("van von der den de del della di da dos du la le ten ter zu zur al el bin ibn".split())


def read_name(text: str) -> Name:
    """Split a name as a reader would: `Guo, Yudong`, `Yudong Guo`, `Aaron van den Oord`; one word stays whole."""
    text = tidy(text)
    if "," in text:
        family, _, given = text.partition(",")
        return Name(family.strip(), given.strip())
    words = text.split()
    if len(words) < 2:
        return Name(text)
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return Name(" ".join(words[start:]), " ".join(words[:start]))


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────


def comparison_key(kind: FieldKind, form: Form, value: Value) -> Hashable:
    """Return a key that is equal for two values exactly when they mean the same.

    The order of sets, the splits of names and the case of DOIs do not count.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _text_key(form, value)
    members = tuple(_member_key(form, member) for member in value)
    return frozenset(members) if kind in (FieldKind.SET, FieldKind.LINKS) else members


def _text_key(form: Form, text: str) -> str:
    match form:
        case Form.DOI | Form.ARXIV:
            return text.casefold()
        case Form.NUMBER:
            return text.lstrip("0") or "0"
        case _:
            return tidy(text)


def _member_key(form: Form, member: str | Name | Link) -> Hashable:
    match member:
        case Name():
            return tidy(member.display)
        case Link():
            return (tidy(member.title), member.url)
        case _:
            return _text_key(form, member)


def compatible(form: Form, one: Value, other: Value) -> bool:
    """Whether two values that differ may spell one fact: a less precise date, initials, the case of an id.

    Asked only when replicas meet for the first time.
    """
    if isinstance(one, str) and isinstance(other, str):
        if form is Form.DATE:
            return one.startswith(f"{other}-") or other.startswith(f"{one}-")
        return form in (Form.CITEKEY, Form.ID, Form.ARXIV) and one.casefold() == other.casefold()
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return all(isinstance(a, Name) and isinstance(b, Name) and _initials_agree(a, b) for a, b in pairs)
    return False


def _initials_agree(one: Name, other: Name) -> bool:
    if tidy(one.family).casefold() != tidy(other.family).casefold():
        return False
    a, b = (re.split(r"[\s.]+", tidy(name.given).casefold().strip(". ")) for name in (one, other))
    return all(_abbreviates(x, y) or _abbreviates(y, x) for x, y in zip(a, b, strict=False))


def _abbreviates(short: str, full: str) -> bool:
    return short == full or (len(short) == 1 and full.startswith(short))


def unique(members: Iterable[str]) -> tuple[str, ...] | None:
    """The members once each, in order of first appearance; None when there are none."""
    return tuple(dict.fromkeys(members)) or None

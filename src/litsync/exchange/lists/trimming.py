"""A title without what lists put around it: numbers, venues, dates, short names in brackets, quotes.

Decides what at the ends of a text is no part of the title, and keeps what it said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from litsync.exchange.lists.citation import aside_with_year
from litsync.exchange.lists.labels import role_of_label, strip_symbols
from litsync.exchange.lists.venues import Appearance, read_appearance


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A title without what lists put around it, and what that said."""

    title: str
    appearances: tuple[Appearance, ...] = ()
    number: str = ""
    asides: tuple[str, ...] = field(default=())


_LEADING_NUMBER = re.compile(r"^\s*[(\[]?(\d{1,4})(?:[.)\]、:]|\.\s)\s*(?=\D)")
_LEADING_GROUP = re.compile(
    r"^\s*(?:\[([^\[\]]*)\]|\(([^()]*)\)|【([^【】]*)】|（([^（）]*)）|「([^「」]*)」)\s*[:：.,-]?\s*"
)
_TRAILING_GROUP = re.compile(r"\s*(?:\[([^\[\]]*)\]|\(([^()]*)\)|（([^（）]*)）|【([^【】]*)】)\s*[.,;:]?\s*$")
_LEADING_DATE = re.compile(
    r"^\s*((?:19|20)\d{6}|(?:19|20)\d\d[-./年]\d{1,2}(?:[-./月]\d{1,2}日?|月)?)\s*[:：|,]?\s+(.*)$", re.DOTALL
)
_LEADING_VENUE = re.compile(
    r"^\s*([A-Z][A-Za-z]+[-'’ ]{0,2}(?:\d\d|(?:19|20)\d\d))\s*(?:[:：|,-]\s*|\s+)(?=\S)(.*)$", re.DOTALL
)
_AWARD = re.compile(
    r"^(?:oral|spotlight|poster|highlight|best\s+paper(?:\s+award)?|workshop|findings|long|short)\b[\s:：|,-]*(?=\S)",
    re.IGNORECASE,
)
_TRAILING_VENUE = re.compile(r"^(.*\S)\s*(?:[|,.]|\s[-–—])\s*([^|,]{2,60}?)$", re.DOTALL)
_EDGES = " \t\n,;:：|*_`-–—~"
_QUOTES = ('""', "“”", "''", "‘’", "«»", "『』", "「」", "《》", "``", "[]", "【】")


def trim_title(text: str) -> Trimmed:
    """The title alone. Numbers, venues, dates and short names in brackets around it are taken off; marks at its ends too."""
    trimmed = Trimmed(" ".join(strip_symbols(text).split()).strip(_EDGES))
    for step in (_off_number, _off_front, _off_back):
        trimmed = step(trimmed)
    title = trimmed.title.strip(_EDGES)
    for quotes in _QUOTES:
        opening, closing = quotes[0], quotes[1]
        if (
            len(title) > 2
            and title.startswith(opening)
            and title.rstrip(".,;").endswith(closing)
            and title.count(opening) <= 2
        ):
            title = title.rstrip(".,;")[1:-1].strip(_EDGES)
    trimmed = _off_back(replace(trimmed, title=title))
    return replace(trimmed, title=re.sub(r"(?<!\.)\.$", "", trimmed.title).strip(_EDGES))


def _off_number(trimmed: Trimmed) -> Trimmed:
    match = _LEADING_NUMBER.match(trimmed.title)
    if match and len(trimmed.title) - match.end() > 3:
        return replace(trimmed, title=trimmed.title[match.end() :], number=match[1])
    return trimmed


def _off_front(trimmed: Trimmed) -> Trimmed:
    for _ in range(5):
        text = trimmed.title
        if (match := _LEADING_GROUP.match(text)) and len(text) - match.end() > 3:
            inside = next(group for group in match.groups() if group is not None)
            found = read_appearance(inside)
            if not (found or _is_aside(inside, text[match.end() :])):
                return trimmed
            trimmed = _told(trimmed, text[match.end() :], inside, found)
        elif (match := _LEADING_DATE.match(text)) or (match := _LEADING_VENUE.match(text)):
            found = read_appearance(match[1])
            if not found or len(match[2]) < 8:
                return trimmed
            trimmed = _told(trimmed, _AWARD.sub("", match[2]), match[1], found)
        else:
            return trimmed
    return trimmed


def _is_aside(inside: str, rest: str) -> bool:
    """Whether brackets before a title hold a short name or a mark rather than the title's beginning."""
    return len(inside.split()) <= 5 and len(rest.split()) >= 2


def _off_back(trimmed: Trimmed) -> Trimmed:
    for _ in range(4):
        text = trimmed.title
        if (match := _TRAILING_GROUP.search(text)) and match.start() > 3:
            inside = next(group for group in match.groups() if group is not None)
            found = read_appearance(inside) or with_year(inside)
            label = (
                (len(inside.split()) == 1 and role_of_label(inside) is not None)
                or inside.startswith("@")
                or not inside.strip()
            )
            if not (found or label):
                return trimmed
            trimmed = _told(trimmed, text[: match.start()], inside, found)
        elif (
            (match := _TRAILING_VENUE.match(text))
            and (found := read_appearance(match[2]))
            and _certain(match[2], found)
        ):
            trimmed = _told(trimmed, match[1], match[2], found)
        else:
            return trimmed
    return trimmed


def with_year(text: str) -> Appearance | None:
    """`[Image and Vision Computing 2020]`: a few words and a year in brackets as venue and date."""
    return aside_with_year(text.strip().strip("[]()（）").strip())


def _certain(text: str, found: Appearance) -> bool:
    """Whether the end of a title is a venue beyond doubt: `, CVPR 2021`, not `, Nature`."""
    return bool(found.date) and (bool(found.venue) or re.fullmatch(r"(?:19|20)\d\d", text.strip(" .")) is not None)


def _told(trimmed: Trimmed, title: str, inside: str, found: Appearance | None) -> Trimmed:
    appearances = (*trimmed.appearances, found) if found else trimmed.appearances
    asides = trimmed.asides if found else (*trimmed.asides, inside)
    return replace(trimmed, title=title.strip(_EDGES), appearances=appearances, asides=asides)

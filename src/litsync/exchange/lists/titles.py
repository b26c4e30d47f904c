"""Which text of an entry is its title: a linked, quoted, bold or leading one.

Decides by what a text looks like (length, style, where its link leads) and where it stands. Must not know what stands around
the entry, nor whether it is a work at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from litsync.exchange.addresses import Site
from litsync.exchange.lists.citation import read_citation
from litsync.exchange.lists.labels import role_of_label, says_nothing, strip_symbols
from litsync.exchange.lists.parts import Part
from litsync.exchange.lists.people import is_name, read_authors
from litsync.exchange.lists.runs import Style
from litsync.exchange.lists.trimming import Trimmed, trim_title
from litsync.exchange.lists.venues import read_appearance


class Form(StrEnum):
    """How a title was written."""

    NONE = ""
    LINK = "link"
    BOLD = "bold"
    QUOTED = "quoted"
    ITALIC = "italic"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be the title; `parts` are what it is made of."""

    text: str
    form: Form
    parts: tuple[Part, ...]
    score: float
    trimmed: Trimmed


def candidates(parts: list[Part]) -> Iterable[Candidate]:
    """Every text that may be the title, with a score: the highest above 0 is it."""
    for place, part in enumerate(parts):
        late = sum(1 for before in parts[:place] if before.is_label and before.run.text)
        if part.run.url and part.role is None:
            yield from _linked(part, parts, place, late)
        elif part.is_text:
            if part.run.style & Style.BOLD:
                yield from _styled(part, parts, place, Form.BOLD, late)
            elif part.run.style & Style.ITALIC:
                yield from _styled(part, parts, place, Form.ITALIC, late)
            yield from _quoted(part, late)
    yield from _leading(parts)


def _linked(part: Part, parts: list[Part], place: int, late: int) -> Iterable[Candidate]:
    trimmed = trim_title(part.run.text)
    words = word_count(trimmed.title)
    if not _may_be_title(trimmed.title):
        return
    score = 6.0 if words >= 3 else 3.0
    if part.address is None:
        score -= 2.5
    elif part.address.is_document:
        score += 2
    elif words >= 3 and place:
        score -= 0.8
    elif part.address.is_repository or part.address.site is Site.PERSON:
        score -= 2
    if _is_person(part) and any(_is_person(other) or other.is_label for other in parts if other is not part):
        score -= 3
    wrapped = part.run.text.startswith("[") and part.run.text.endswith("]")
    if place and (wrapped or _in_brackets(parts, place)) and any(word_count(one.run.text) > 1 for one in parts[:place]):
        score -= 5
    if words < 5 and (more := _subtitle(trimmed.title, parts, place)):
        yield Candidate(f"{trimmed.title}: {more[0]}", Form.LINK, (part, more[1]), score + 4, trimmed)
    yield Candidate(trimmed.title, Form.LINK, (part,), score - 3 * min(late, 2), trimmed)


def _is_person(part: Part) -> bool:
    """Whether a link shows a name and leads to no paper."""
    named = bool(part.run.url) and part.role is None and " " in part.run.text.strip() and is_name(part.run.text)
    return named and not (part.address is not None and (part.address.is_document or part.address.is_repository))


def _styled(part: Part, parts: list[Part], place: int, form: Form, late: int) -> Iterable[Candidate]:
    text = part.run.text
    trimmed = trim_title(text)
    if not _may_be_title(trimmed.title) or (
        text.strip().startswith(("(", "[")) and text.strip(" .").endswith((")", "]"))
    ):
        return
    words = word_count(trimmed.title)
    long, short = (5.5, 2.5) if form is Form.BOLD else (3.0, 0.5)
    score = long if words >= (3 if form is Form.BOLD else 4) else short
    if len(read_authors(text)) > 2 or (form is Form.ITALIC and read_citation(text, has_title=True).authors):
        score -= 6
    if _in_brackets(parts, place):
        score -= 4
    if words < 5 and form is Form.BOLD and (more := _subtitle(trimmed.title, parts, place)):
        yield Candidate(f"{trimmed.title}: {more[0]}", form, (part, more[1]), score + 4, trimmed)
    yield Candidate(trimmed.title, form, (part,), score - 3 * min(late, 2), trimmed)


def _in_brackets(parts: list[Part], place: int) -> bool:
    """Whether a text stands alone in square brackets: `[**Mooncake**] ...` is a short name before the title."""
    before = parts[place - 1].run.text if place else ""
    after = parts[place + 1].run.text if place + 1 < len(parts) else ""
    return before.rstrip().endswith("[") and after.lstrip().startswith("]")


_SUBTITLE_END = re.compile(r"\s[|‖]\s|\n|\s[-–—]\s|\s*[\[(]\s*$|\s+\((?=[^()]*(?:19|20)\d\d)")


def _subtitle(name: str, parts: list[Part], place: int) -> tuple[str, Part] | None:
    """`[NEO](...): Saving GPU Memory`: what stands behind a colon after a short name is the rest of its title."""
    after = parts[place + 1] if place + 1 < len(parts) else None
    if after is None or not after.is_text or after.row != parts[place].row or after.run.style & Style.ITALIC:
        return None
    match = re.match(r"\s*\]?\s*[:：]\s*(?=\S)(.*)", after.run.text, re.DOTALL)
    if match is None:
        return None
    text = _SUBTITLE_END.split(match[1])[0]
    text = read_citation(text, has_title=False).title or text
    words = text.split()
    if not 3 <= len(words) <= 25 or not (words[0][0].isupper() or words[0][0].isdigit() or words[0][0] in '"“'):
        return None
    return (
        (trim_title(text).title, after)
        if _in_title_case(words) and text.strip()[-1:] != "。" and name.isascii() == text.isascii()
        else None
    )


def _in_title_case(words: list[str]) -> bool:
    """Whether most of the longer words begin with a capital, as in a title and not in a sentence."""
    long = [word for word in words[1:] if len(word) > 3 and word[0].isalpha()]
    return not long or sum(word[0].isupper() for word in long) * 2 >= len(long)


_QUOTED = re.compile(
    r"(?<!\w)(?:\"(?P<a>[^\n]{6,300}?)\"(?=\s*(?:[,.;:(\[|。，]|$))|“(?P<b>[^“”]{4,300})”(?!\s*\w)|[«『「《](?P<c>[^«»『』「」《》]{4,300})[»』」》])"
)


def _quoted(part: Part, late: int) -> Iterable[Candidate]:
    text = part.run.text
    for match in _QUOTED.finditer(text):
        if part.run.style & Style.BOLD and len(match[0]) < 0.7 * len(text.strip()):
            continue
        trimmed = trim_title(match["a"] or match["b"] or match["c"])
        if _may_be_title(trimmed.title) and (
            word_count(trimmed.title) >= 2 or part.run.text.strip().startswith(match[0])
        ):
            yield Candidate(
                trimmed.title,
                Form.QUOTED,
                (part,),
                7 - 3 * min(late, 2) if word_count(trimmed.title) > 2 else 4,
                trimmed,
            )


def _leading(parts: list[Part]) -> Iterable[Candidate]:
    """The text at the start, up to the first link: the title when nothing else stands out."""
    taken: list[Part] = []
    row = next((part.row for part in parts if part.is_text and not says_nothing(part.run.text)), 0)
    for part in parts:
        if part.run.picture and not part.run.url:
            continue
        if part.row < row and part.is_label:
            continue
        if part.run.url or part.row > row:
            if part.is_label and all(says_nothing(one.run.text) for one in taken):
                taken.clear()
                continue
            break
        taken.append(part)
    text = strip_symbols("".join(part.run.text for part in taken))
    following = next((part for part in parts if part.run.url), None)
    if following is not None and following.run.is_bare and re.search(r"[:：]\s*$", text) and word_count(text) < 3:
        return
    if role_of_label(text) is not None or not text.strip(" []()|,.:") or len(read_authors(text)) > 1:
        return
    if word_count(text) > 25:
        text = _DESCRIBED.split(text.strip(), maxsplit=1)[0]
    trimmed = trim_title(text.lstrip(" ])|,.:-").rstrip(" [("))
    citation = read_citation(trimmed.title, has_title=False)
    shorter = trim_title(citation.title)
    if _may_be_title(shorter.title):
        joined = Trimmed(shorter.title, trimmed.appearances + shorter.appearances, trimmed.number, trimmed.asides)
        yield Candidate(shorter.title, Form.PLAIN, tuple(taken), 4.0 if word_count(shorter.title) >= 3 else 1.5, joined)


_DESCRIBED = re.compile(
    r"\s+[-–—]+\s+|[-–—]\s+(?=[a-z])|\s{2,}|:\s+(?=(?:a|an|the|it|this|we|in)\s)|(?<=\w)\.\s+(?=[A-Z]\w)"
)
"""In a text too long for a title, what stands behind one of these describes the work."""


def _may_be_title(text: str) -> bool:
    return (
        any(char.isalpha() for char in text)
        and len(text) > 1
        and role_of_label(text) is None
        and read_appearance(text) is None
        and not re.match(r"h?ttps?://|www\.", text)
        and not (":" in text[:30] and role_of_label(re.split(r"[:：]", text)[0]) is not None and word_count(text) < 4)
        and not re.fullmatch(
            r"(?:key\s?words?|note|notes|task|tasks|tl;?dr|authors?|venue|year|date|institut\w+|作者单位|作者|单位|摘要|备注)\s*[:：].*",
            text,
            re.IGNORECASE | re.DOTALL,
        )
    )


def word_count(text: str) -> int:
    """How many words a text has; two Chinese or Japanese characters count as one."""
    wide = sum("\u3040" <= char <= "\u9fff" for char in text)
    return len([word for word in text.split() if any(char.isalnum() for char in word)]) + wide // 2

"""The inline content of an element as a flat row of runs: texts and links with their style, and line breaks.

Decides what a reader sees in one line; a badge is a link with a picture, a bare web address is a link to itself, and a link
that broken Markdown left as text is a link again. Must not know what a run means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Flag, auto

from litsync.exchange.lists.tree import Element, Text

NOWHERE = "#"
"""Where a link leads whose address is empty, or whose reference is not defined."""


class Style(Flag):
    """How a run looks."""

    PLAIN = 0
    BOLD = auto()
    ITALIC = auto()
    CODE = auto()
    STRUCK = auto()


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style. A link has a `url`; a picture is a run whose `text` is its alternative text.

    An `anchor` is a run without text: a mark that litsync wrote (`lists.own`).

    A line break is a run that `breaks`: a `hard` one on the page too, another in the file only.
    """

    text: str
    line: int
    url: str = ""
    style: Style = Style.PLAIN
    picture: str = ""
    breaks: bool = False
    hard: bool = False
    anchor: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether the run is a web address shown as itself."""
        shown = self.text.strip().split("://")[-1].removeprefix("www.")
        return (
            bool(self.url)
            and len(shown) > 5
            and self.url.split("://")[-1].removeprefix("www.").startswith(shown.rstrip("/.…")[:40])
        )


_STYLES = {
    "strong": Style.BOLD, "b": Style.BOLD, "em": Style.ITALIC, "i": Style.ITALIC, "cite": Style.ITALIC,
    "code": Style.CODE, "tt": Style.CODE, "s": Style.STRUCK, "del": Style.STRUCK, "strike": Style.STRUCK,
}  # fmt: skip
_APART = frozenset("ul ol dl table pre details".split())
_LINES = frozenset("p div h1 h2 h3 h4 h5 h6 li dt dd tr blockquote center summary".split())

_BARE = re.compile(
    r"\bh?ttps?://[^\s<>\"'`|，。；、）】》\u4e00-\u9fff]+|www\.[\w-]+\.[^\s<>\"'`|，。；、）]+", re.IGNORECASE
)
_BROKEN_LINK = re.compile(
    r"\[(?P<text>[^\[\]\n]+)\]\s?\((?P<url>\s*(?:https?://|www\.)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)[^()\n]{0,80}?\)?(?=[\s\]|,.;)]|$)"
)
_DEAD_REFERENCE = re.compile(r"\[(?P<text>[^\[\]\n]+)\]\s?\[(?P<label>[^\[\]\n]{1,80})\]")


def runs_of(element: Element) -> list[Run]:
    """The runs of an element, in order. Lists, tables and code blocks in it are left out: they are blocks of their own."""
    return list(_mended(_joined(_walk(element, Style.PLAIN, ""))))


def _walk(element: Element, style: Style, url: str) -> Iterator[Run]:
    for child in element.children:
        if isinstance(child, Element) and child.attributes.get("id", "").startswith("@"):
            yield Run("", child.line, anchor=child.attributes["id"])
        if isinstance(child, Text):
            breaks = child.text == "\n"
            yield Run(child.text, child.line, url, style, breaks=breaks and not url)
        elif child.tag == "br":
            yield Run("\n", child.line, breaks=True, hard=True) if not url else Run(" ", child.line, url, style)
        elif child.tag == "img":
            picture = child.attributes.get("src", "")
            yield Run(child.attributes.get("alt", ""), child.line, url, style, picture or "-")
        elif child.tag == "a" and "href" in child.attributes:
            yield _link(child, style)
        elif child.tag not in _APART:
            if child.tag in _LINES:
                yield Run("\n", child.line, breaks=True, hard=True)
            yield from _walk(child, style | _STYLES.get(child.tag, Style.PLAIN), url)
            if child.tag in _LINES:
                yield Run("\n", child.line, breaks=True, hard=True)


def _link(element: Element, style: Style) -> Run:
    url = element.attributes["href"].strip() or NOWHERE
    inside = list(_walk(element, style, url))
    texts = [run for run in inside if not run.picture and run.text.strip()]
    pictures = [run for run in inside if run.picture]
    shown = " ".join("".join(run.text for run in inside if not run.picture).split())
    common = style
    if texts and all(run.style & Style.BOLD for run in texts):
        common |= Style.BOLD
    if texts:
        return Run(shown, element.line, url, common)
    picture = pictures[0] if pictures else None
    return Run(picture.text if picture else "", element.line, url, common, picture.picture if picture else "")


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Neighbouring texts of one style as one run."""
    held: Run | None = None
    for run in runs:
        same = held and not any(one.url or one.picture or one.breaks or one.anchor for one in (run, held))
        if held and same and held.style == run.style:
            held = replace(held, text=held.text + run.text)
            continue
        if held:
            yield held
        held = run
    if held:
        yield held


def _mended(runs: Iterable[Run]) -> Iterator[Run]:
    for run in runs:
        if run.url or run.picture or run.breaks or not ("[" in run.text or "://" in run.text or "www." in run.text):
            yield run
        else:
            yield from _links_in(run)


def _links_in(run: Run) -> Iterator[Run]:
    """The run cut at the links that are only text: broken ones, dead references, bare addresses."""
    start = 0
    for match in _found_links(run.text):
        if match.start() < start:
            continue
        if match.start() > start:
            yield replace(run, text=run.text[start : match.start()])
        groups = match.groupdict()
        if "label" in groups:
            yield replace(run, text=groups["text"], url=NOWHERE)
        elif "text" in groups:
            yield replace(run, text=groups["text"], url=groups["url"].strip())
        else:
            bare = _without_tail(match[0])
            yield replace(run, text=bare, url=bare)
            start = match.start() + len(bare)
            continue
        start = match.end()
    if start < len(run.text):
        yield replace(run, text=run.text[start:])


def _found_links(text: str) -> list[re.Match[str]]:
    found = [*_BROKEN_LINK.finditer(text), *_BARE.finditer(text)]
    if "][" in text or "] [" in text:
        found += [match for match in _DEAD_REFERENCE.finditer(text) if len(match["text"].split()) > 2]
    return sorted(found, key=lambda match: (match.start(), -match.end()))


def _without_tail(url: str) -> str:
    """The address without the punctuation of the sentence that it ends."""
    while url and (
        url[-1] in ".,;:!?*_"
        or (url[-1] in ")]}" and url.count(url[-1]) > url.count({")": "(", "]": "[", "}": "{"}[url[-1]]))
    ):
        url = url[:-1]
    return url


def lines_of(runs: Iterable[Run]) -> list[list[Run]]:
    """The runs cut at line breaks; empty lines are left out. A text that goes on in the next line of the file is not cut."""
    lines: list[list[Run]] = [[]]
    for before, run, after in zip([None, *(runs := list(runs))], runs, [*runs[1:], None], strict=False):
        if run.breaks and not run.hard and _goes_on(before, after):
            lines[-1].append(Run(" ", run.line, style=run.style))
        elif run.breaks:
            lines.append([])
        else:
            lines[-1].append(run)
    return [line for line in lines if any(run.text.strip() or run.url or run.picture or run.anchor for run in line)]


def _goes_on(before: Run | None, after: Run | None) -> bool:
    """Whether a text was only wrapped: it ends within a phrase, and what follows continues it."""
    if (
        before is None
        or after is None
        or before.url
        or after.url
        or before.picture
        or after.picture
        or before.style != after.style
    ):
        return False
    last, first = before.text.rstrip(), after.text.lstrip()
    if not last or not first or last[-1] in ".;:!?|)]，。；：" or not first[0].isalnum():
        return False
    return first[0].islower() or last.split()[-1].islower() or last[-1] in "-–"


def plain_text(runs: Iterable[Run]) -> str:
    """What a reader sees, as one line; pictures are not read."""
    return " ".join("".join(" " if run.breaks else run.text for run in runs if not run.picture).split())

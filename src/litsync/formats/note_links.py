"""The links of a note: where each stands, and the same note with some of them leading elsewhere.

Decides what a link is, as Obsidian does: wikilinks, embeds and Markdown links in the text, and properties that are one
whole link; code holds none. Only the target of a link is ever replaced: what is shown, the heading and the spelling
around it stay. Knows nothing of where a link leads: that is asked.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from litsync.formats.note import edit_note, read_note
from litsync.formats.note_parts import NoteError, split_note

Retarget = Callable[[str], str | None]
"""The new target of a link that says this; None when it shall stay as it is. Neither has a heading or `.md`."""

_WIKI = re.compile(r"\[\[([^\[\]|#\n]+)((?:#[^\[\]|\n]*)?(?:\\?\|[^\[\]\n]*)?)\]\]")
_MARKDOWN = re.compile(r"\]\((?:<([^<>\n#]+)(#[^<>\n]*)?>|((?:[^\s()<>#\\]|\([^\s()<>#]*\))+)(#[^\s()<>]*)?)(?=[\s)])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SUFFIX = ".md"

_FENCE = re.compile(r"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*(`{3,}(?=[^`]*$)|~{3,})")
_ITEM = re.compile(r"\s*(?:[-+*]|\d{1,9}[.)])(?:\s|$)")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)[ \t]*\S")
_TICKS = re.compile(r"(?<!\\)`+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Span:
    """One link's target: `text` stands from `start` to `end`. `encoded`: as in an address, with `%20` for a space."""

    start: int
    end: int
    text: str
    encoded: bool = False


def body_links(text: str) -> Iterator[Span]:
    """The links of a Markdown text that has no properties, in order."""
    code = _code(text)
    starts = [start for start, _ in code]
    found = [*_wikilinks(text), *_markdown_links(text)]
    for span in sorted(found, key=lambda one: one.start):
        at = bisect_right(starts, span.start) - 1
        if at < 0 or code[at][1] <= span.start:
            yield span


def _wikilinks(text: str) -> Iterator[Span]:
    for match in _WIKI.finditer(text):
        raw = match[1].removesuffix("\\") if match[2].startswith("|") else match[1]
        yield Span(match.start(1), match.start(1) + len(raw), raw)


def _markdown_links(text: str) -> Iterator[Span]:
    for match in _MARKDOWN.finditer(text):
        group = 1 if match[1] else 3
        if not _SCHEME.match(match[group]):
            yield Span(match.start(group), match.end(group), match[group], encoded=True)


def retarget_body(text: str, retarget: Retarget) -> str:
    """The text with the targets of its links replaced as `retarget` says."""
    parts: list[str] = []
    done = 0
    for span in body_links(text):
        if (new := _respelled(span, retarget)) is not None:
            parts += (text[done : span.start], new)
            done = span.end
    return "".join((*parts, text[done:])) if parts else text


def _respelled(span: Span, retarget: Retarget) -> str | None:
    """What shall stand in the span; None when nothing changes. White space, `.md` and the encoding stay the link's own."""
    said = unquote(span.text) if span.encoded else span.text
    target = said.strip().removesuffix(_SUFFIX)
    new = retarget(target) if target else None
    if new is None:
        return None
    new = new + _SUFFIX if said.strip().endswith(_SUFFIX) else new
    if span.encoded:
        return quote(new, safe="/~!$&'*+,;=:@-._()") if "(" not in new and ")" not in new else quote(new, safe="/")
    return said.replace(said.strip(), new, 1)


def retarget_note(data: bytes, retarget: Retarget) -> bytes:
    """The note with the targets of its links replaced, in properties and text, and every other byte as it was.

    Raises NoteError when a property cannot be changed without touching anything else, and for text that is not UTF-8.
    """
    head, body = split_note(data)
    new_body = retarget_body(body, retarget)
    if "[[" not in head and "](" not in head:
        return data if new_body == body else (head + new_body).encode()
    return (_retarget_head(head, retarget) + new_body).encode()


def _retarget_head(head: str, retarget: Retarget) -> str:
    """The properties, between their fences, with the links among them replaced."""
    before = read_note(head.encode()).properties
    wanted = {name: _moved(value, retarget) for name, value in before.items()}
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    if not changed:
        return head
    proposed = _WIKI.sub(lambda match: _in_place(match, retarget), head)
    if proposed != head and _reads_as(proposed, wanted):
        return proposed
    return edit_note(head.encode(), changed).decode()


def _in_place(match: re.Match[str], retarget: Retarget) -> str:
    new = _respelled(next(_wikilinks(match[0])), retarget)
    if new is None:
        return match[0]
    if match.start() and match.string[match.start() - 1] == "'":
        new = new.replace("'", "''")
    return f"[[{new}{match[2]}]]"


def _reads_as(head: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return dict(read_note(head.encode()).properties) == dict(wanted)
    except NoteError:
        return False


def _moved(value: Any, retarget: Retarget) -> Any:
    """A property's value with the links in it replaced; only a text that is one whole link is a link."""
    if isinstance(value, tuple):
        return tuple(_moved(member, retarget) for member in value)
    if not isinstance(value, str) or not (_WIKI.fullmatch(value.strip()) or _is_markdown_link(value.strip())):
        return value
    return retarget_body(value, retarget)


def _is_markdown_link(text: str) -> bool:
    opening = _MARKDOWN.search(text)
    return text.startswith("[") and opening is not None and text.endswith(")") and text.find("]") == opening.start()


# ── code ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _code(text: str) -> list[tuple[int, int]]:
    """Where code stands: fenced and indented blocks, and spans between backticks. Each from its start to its end."""
    blocks = list(_blocks(text))
    spans: list[tuple[int, int]] = []
    done = 0
    for start, end in (*blocks, (len(text), len(text))):
        spans += _spans(text, done, start)
        done = end
    return sorted((*blocks, *spans))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Fenced and indented blocks of code. An indented line in a list is text of the list."""
    at, fence, start, may_begin, in_list = 0, "", 0, True, False
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line.rstrip("\r\n"))
        if fence:
            if match and match[1].startswith(fence) and not line.strip(" \t>\r\n").strip(fence[0]):
                yield start, at + len(line)
                fence = ""
        elif match:
            fence, start = match[1], at
        elif _INDENTED.match(line):
            if may_begin and not in_list:
                yield at, at + len(line)
        elif line.strip():
            in_list = _ITEM.match(line) is not None or (in_list and line[0] in " \t")
        # What is indented behind an indented line of code, or behind an empty line, is code too.
        may_begin = not line.strip() or (may_begin and _INDENTED.match(line) is not None)
        at += len(line)
    if fence:
        yield start, len(text)


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Code between backticks, from `start` to `end`: as many close as opened, in the same paragraph."""
    at = start
    while opening := _TICKS.search(text, at, end):
        at = opening.end()
        stop = _PARAGRAPH_END.search(text, at, end)
        closing = re.compile(rf"(?<!`){opening[0]}(?!`)").search(text, at, stop.start() if stop else end)
        if closing:
            yield opening.start(), closing.end()
            at = closing.end()

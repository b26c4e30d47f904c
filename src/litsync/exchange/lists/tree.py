"""A list as one tree, whether its parts are written in Markdown or in HTML; every node knows its line.

Decides how Markdown (CommonMark with tables) and the HTML in it become elements; an HTML table, a `<details>` and a list in
dashes look alike afterwards. Must not know what an element means for a reading list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_BLOCKS = frozenset(
    "address article blockquote center details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p"
    " pre section summary table ul".split()
)
_HIDDEN = frozenset("script style template".split())
# Opening the first closes the second, up to the third.
_CLOSES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol"})),
    "tr": (frozenset({"td", "th", "tr"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "tbody": (frozenset({"td", "th", "tr", "thead", "tbody"}), frozenset({"table"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
}
_MAX_DEPTH = 120
"""Deeper than any list; what stands deeper joins the element that is as deep as this."""

_LINK_SYNTAX = re.compile(r"\]\(\s*<?https?:|\*\*[^*\n]+\*\*")


@dataclass(slots=True)
class Text:
    """A run of text without markup. A soft line break is a text `\\n` of its own."""

    text: str
    line: int


@dataclass(slots=True)
class Element:
    """An element with the name it has in HTML, whichever way it was written."""

    tag: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element | Text] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """The children that are elements."""
        return (child for child in self.children if isinstance(child, Element))

    def find(self, *tags: str) -> Iterator[Element]:
        """Every element below with one of these names, in document order; nothing inside a match is looked at."""
        for child in self.elements():
            if child.tag in tags:
                yield child
            else:
                yield from child.find(*tags)


class _Parser(MarkdownIt):
    """The Markdown parser, which here leaves addresses as they were typed: what may be followed is decided by who follows."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 -- the parser's name
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 -- as above
        return True


def parse_markdown(text: str) -> Element:
    """The tree of a Markdown text. Nothing raises: whatever stands there is at least text."""
    parser = _Parser("commonmark", {"html": True}).enable(["table", "strikethrough"])
    builder = _Builder(parser)
    for token in parser.parse(text):
        builder.block(token)
    return builder.root


@dataclass(slots=True)
class _Open:
    element: Element
    markdown: bool


class _Builder:
    """Puts the tokens of the Markdown parser and the tags of the HTML between them into one tree."""

    def __init__(self, parser: MarkdownIt) -> None:
        self.root = Element("body", 1)
        self._stack = [_Open(self.root, markdown=True)]
        self._parser = parser
        self._html = _Tags(self)
        self._line = 1

    # ── from Markdown ──

    def block(self, token: Token) -> None:
        """Take one token of the block level."""
        if token.map:
            self._line = token.map[0] + 1
        match token.type:
            case "inline":
                self._inline(token.children or [], self._line)
            case "html_block":
                self._html.take(token.content, self._line)
            case "fence" | "code_block":
                self.open("pre", {}, self._line, markdown=True)
                self.text(token.content, self._line)
                self._close_markdown("pre")
            case _ if token.nesting == 1:
                self.open(token.tag, _attributes(token), self._line, markdown=True)
            case _ if token.nesting == -1:
                self._close_markdown(token.tag)
            case "hr":
                self.open("hr", {}, self._line)
            case _:
                pass

    def _inline(self, tokens: list[Token], line: int) -> None:
        for token in tokens:
            match token.type:
                case "text":
                    self.text(token.content, line)
                case "softbreak":
                    line += 1
                    self.text("\n", line)
                case "hardbreak":
                    line += 1
                    self.open("br", {}, line)
                case "code_inline":
                    self.open("code", {}, line, markdown=True)
                    self.text(token.content, line)
                    self._close_markdown("code")
                case "image":
                    self.open("img", {"src": str(token.attrs.get("src", "")), "alt": token.content}, line)
                case "html_inline":
                    self._html.take(token.content, line)
                    line += token.content.count("\n")
                case _ if token.nesting == 1:
                    self.open(token.tag, _attributes(token), line, markdown=True)
                case _ if token.nesting == -1:
                    self._close_markdown(token.tag)

    def _close_markdown(self, tag: str) -> None:
        """Close the element that Markdown opened last under this name, and whatever HTML left open in it."""
        for place in range(len(self._stack) - 1, 0, -1):
            if self._stack[place].markdown:
                if self._stack[place].element.tag == tag:
                    del self._stack[place:]
                return

    # ── from HTML ──

    def open(self, tag: str, attributes: Mapping[str, str], line: int, *, markdown: bool = False) -> None:
        """Open an element; what HTML lets end without saying so is closed first."""
        if tag in _CLOSES and not markdown:
            self._close_implied(*_CLOSES[tag])
        elif tag in _BLOCKS:
            self._close_implied(
                frozenset({"p"}), frozenset({"li", "td", "th", "div", "table", "details", "blockquote"})
            )
        element = Element(tag, line, attributes)
        self._stack[-1].element.children.append(element)
        if tag not in _VOID and (markdown or len(self._stack) < _MAX_DEPTH):
            self._stack.append(_Open(element, markdown))

    def _close_implied(self, closed: frozenset[str], scope: frozenset[str]) -> None:
        for place in range(len(self._stack) - 1, 0, -1):
            entry = self._stack[place]
            if entry.element.tag in scope or entry.markdown:
                return
            if entry.element.tag in closed:
                del self._stack[place:]
                if closed == {"p"}:
                    return
                self._close_implied(closed, scope)
                return

    def close(self, tag: str) -> None:
        """Close the element that HTML opened last under this name; a tag that closes nothing is no matter."""
        for place in range(len(self._stack) - 1, 0, -1):
            entry = self._stack[place]
            if entry.markdown:
                return
            if entry.element.tag == tag:
                del self._stack[place:]
                return

    def text(self, text: str, line: int) -> None:
        """Add text to the element that is open."""
        if self._stack[-1].element.tag not in _HIDDEN:
            self._stack[-1].element.children.append(Text(text, line))

    def text_of_html(self, text: str, line: int) -> None:
        """Add text that stands between tags; Markdown that its author hoped would be read there is read."""
        if _LINK_SYNTAX.search(text):
            for token in self._parser.parseInline(text):
                self._inline(token.children or [], line)
            return
        for number, part in enumerate(text.split("\n")):
            if number:
                self.text("\n", line + number)
            if part:
                self.text(part, line + number)


class _Tags(HTMLParser):
    """The tags and texts of a piece of HTML, told to the builder."""

    def __init__(self, builder: _Builder) -> None:
        super().__init__(convert_charrefs=True)
        self._builder = builder
        self._first = 1

    def take(self, html: str, line: int) -> None:
        """Read a piece of HTML that starts at that line."""
        self._first = line
        self.feed(html)
        self.close()
        self.reset()

    @property
    def _here(self) -> int:
        return self._first + self.getpos()[0] - 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._builder.open(tag, {name: value or "" for name, value in attrs}, self._here)

    def handle_endtag(self, tag: str) -> None:
        self._builder.close(tag)

    def handle_data(self, data: str) -> None:
        self._builder.text_of_html(data, self._here)


def _attributes(token: Token) -> dict[str, str]:
    found = {name: str(value) for name, value in token.attrs.items()}
    if token.type == "list_item_open" and token.info:
        found["number"] = token.info
    return found

"""YAML read as text: every scalar keeps the characters it has and the place where it stands.

Decides what is safe and sound YAML (one document, no duplicate keys, no alias bombs, no deep nesting) and nothing about meaning: `2103.10`, `no` and
`12:30` are texts here, and the field table says what they are. Built on libyaml's events, because its composer recurses (100,000 `[` end the process)
and hands an alias the place of its anchor.

Positions count characters of the text given, from 0; a byte order mark must be cut off before (libyaml's positions are one off behind it).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

MAX_DEPTH = 32
MAX_ALIASES = 1000

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class YamlError(ValueError):
    """The text is not YAML, or YAML that is refused. Line and column count from 1."""

    def __init__(self, message: str, line: int, column: int, suggestion: str = "") -> None:
        """Remember the place as editors count it."""
        super().__init__(message)
        self.message, self.line, self.column, self.suggestion = message, line, column, suggestion


Scalar = ScalarEvent
"""A scalar: `value` is its text, `style` its quotes (None or empty when plain), `start_mark` and `end_mark` where it stands."""


@dataclass(slots=True, eq=False)
class Sequence:
    """A list: its items, whether it is written in flow style (`[a, b]`; an alias counts as such), and where it stands."""

    flow: bool
    start_mark: Any
    end_mark: Any = None
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping: value and key scalar by the key's text. `repeated` holds the later ones of keys that stand twice."""

    flow: bool
    start_mark: Any
    end_mark: Any = None
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)
    repeated: list[Scalar] = field(default_factory=list)


Node = Scalar | Sequence | Mapping


def is_null(node: Node) -> bool:
    """Whether the node says "nothing": an empty plain scalar, `~` or `null`."""
    return isinstance(node, ScalarEvent) and not node.style and node.value in _NULLS


def parse(text: str) -> Node | None:
    """Read one document; None when the text holds none. Raises YamlError with the place of the first fault."""
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(text, error, builder.open_marks()) from None
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode("utf-8", "ignore")
        column = len(before) - before.rfind("\n")
        message = "holds a character that YAML does not allow"
        raise YamlError(message, before.count("\n") + 1, column, "remove the control character") from None
    return builder.root


def _events(text: str) -> Iterator[Any]:
    parser = CParser(text)
    try:
        while not isinstance(event := parser.get_event(), StreamEndEvent):
            yield event
    finally:
        parser.dispose()


def _syntax_error(text: str, error: yaml.MarkedYAMLError, opened: list[Any]) -> YamlError:
    """What is left open is shown where it opens: its end is wherever the text happens to stop making sense."""
    problem = error.problem or "is not YAML"
    if "could not find expected ':'" in problem and error.context_mark is not None:
        # Noticed in the next line only; what lacks its colon stands where the key begins.
        key: Any = error.context_mark
        return YamlError("is a key without its colon", key.line + 1, key.column + 1, _with_colon(text, key))
    if "did not find expected" in problem and (opened_before := _runaway_quote(text, error.problem_mark)) is not None:
        first, last = opened_before.start_mark, opened_before.end_mark
        message = f"is a text in quotes that goes on for {last.line - first.line + 1} lines"
        return YamlError(message, first.line + 1, first.column + 1, "close the quotation mark where the text ends")
    left_open = "unexpected end of stream" in problem or "did not find expected ',' or" in problem
    mark: Any = (left_open and error.context_mark) or error.problem_mark or error.context_mark
    if mark is None:
        return YamlError(problem, 1, 1)
    brackets = [start for start in opened if text[start.index : start.index + 1] in _CLOSING]
    if brackets and not left_open and mark.index >= len(text.rstrip()):
        mark = brackets[-1]
        problem = f"did not find expected ',' or '{_CLOSING[text[mark.index]]}'"
    return YamlError(problem, mark.line + 1, mark.column + 1, _advice(text, problem, mark))


_CLOSING = {"[": "]", "{": "}"}
_OPENERS = frozenset("\"'[{*&!|>%@`-?")
_ADVICE = {
    "mapping values are not allowed": "a text with `: ` in it needs quotes around it",
    "cannot start any token": "a text that starts with @, ` or % needs quotes around it",
}


def _advice(text: str, problem: str, mark: Any) -> str:
    """What to do about the syntax errors that papers' titles provoke."""
    line = text.split("\n")[mark.line] if mark.line <= text.count("\n") else ""
    value = (line.partition(": ")[2] or line.strip().removeprefix("- ")).strip()
    if "tab" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not with tabs"
    if "unexpected end of stream" in problem:
        return "close the quotation mark, or put the text into the other kind of quotes"
    if "did not find expected ',' or" in problem:
        return f"close it with {problem[-2]}, or put quotes around a text that starts with {line[mark.column : mark.column + 1]}"
    known = next((advice for sign, advice in _ADVICE.items() if sign in problem), "")
    if not known and value[:1] in _OPENERS:
        known = f"a text that starts with {value[:1]} needs quotes around all of it"
    return known and known + _quoted_form(line)


def _runaway_quote(text: str, mark: Any) -> Any:
    """The quoted text of several lines right before a fault, if there is one: its closing quote was meant to open another."""
    last: Any = None
    try:
        for event in _events(text):
            last = event if type(event) is ScalarEvent else last
    except yaml.YAMLError:
        if (
            last is not None
            and mark is not None
            and last.style in ("'", '"')
            and last.start_mark.line < last.end_mark.line
        ):
            return last if "\n" not in text[last.end_mark.index : mark.index] else None
    return None


def _with_colon(text: str, mark: Any) -> str:
    word = text[mark.index :].split("\n", 1)[0].strip()
    return (
        f"{word}: ..."
        if word and " " not in word
        else "a key ends with a colon; a text that goes on below its line is indented"
    )


def _quoted_form(line: str) -> str:
    """The line with its value in quotes; for an item of a list, the item."""
    line = line.strip()
    key, colon, value = line.removeprefix("- ").partition(": ")
    if not colon and line.startswith("- "):
        key, value = "", key
    if not value.strip():
        return ""
    escaped = value.strip().replace("\\", "\\\\").replace('"', '\\"')
    return f': {key}: "{escaped}"' if colon else f': - "{escaped}"'


class _Builder:
    """Turns events into nodes without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._stack: list[Sequence | Mapping] = []
        self._keys: list[Scalar | None] = []
        self._anchors: dict[str, tuple[Node, bool]] = {}
        self._open_anchors: list[tuple[str | None, int]] = []
        self._merges: list[tuple[Mapping, Node]] = []
        self._aliases = 0
        self._documents = 0

    def open_marks(self) -> list[Any]:
        """Where the lists and mappings begin that are not closed yet, the innermost last."""
        return [node.start_mark for node in self._stack]

    def take(self, event: Any) -> None:
        """Add one event. The order of the tests is the order of their frequency."""
        kind = type(event)
        if kind is ScalarEvent:
            if event.anchor:
                self._anchors[event.anchor] = (event, False)
            self._add(event)
        elif kind is MappingStartEvent:
            self._open(Mapping(event.flow_style, event.start_mark), event)
        elif kind is SequenceStartEvent:
            self._open(Sequence(event.flow_style, event.start_mark), event)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._close(event)
        elif kind is AliasEvent:
            self._alias(event)
        elif kind is DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise _at("a second document starts here", event.start_mark, "keep one document in the file")

    def _open(self, node: Sequence | Mapping, event: Any) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _at(f"is nested more than {MAX_DEPTH} levels deep", event.start_mark, "a reading list needs four")
        self._add(node)
        self._stack.append(node)
        self._keys.append(None)
        self._open_anchors.append((event.anchor, self._aliases))

    def _close(self, event: Any) -> None:
        node = self._stack.pop()
        node.end_mark = event.end_mark
        if self._keys.pop() is not None:
            raise _at("a key has no value", event.start_mark, "")
        while self._merges and self._merges[-1][0] is node:
            _merge(*self._merges.pop())
        anchor, aliases_before = self._open_anchors.pop()
        if anchor:
            self._anchors[anchor] = (node, self._aliases > aliases_before)

    def _alias(self, event: Any) -> None:
        self._aliases += 1
        node, nested = self._anchors.get(event.anchor, (None, False))
        if node is None:
            raise _at(
                f"*{event.anchor} refers to an anchor that is not there",
                event.start_mark,
                f"put quotes around a text that starts with *, or write &{event.anchor} before the value meant",
            )
        if nested or self._aliases > MAX_ALIASES:
            raise _at(
                "aliases of aliases are refused: they can grow without bound", event.start_mark, "write the value out"
            )
        self._add(_standing_at(event, node))

    def _add(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if type(parent) is Sequence:
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            if type(node) is not ScalarEvent:
                raise _at("a key must be a plain word", node.start_mark, "")
            self._keys[-1] = node
        else:
            self._keys[-1] = None
            if key.value == "<<" and not key.style:
                assert isinstance(parent, Mapping)
                # What it lends is known when it is read to its end, and so is what the mapping has of its own.
                self._merges.append((parent, node))
            else:
                _put(parent, key, node)


def _standing_at(alias: Any, node: Node) -> Node:
    """What an alias says, at the alias's own place: an edit there must not hit the anchor."""
    if type(node) is ScalarEvent:
        return ScalarEvent(None, node.tag, node.implicit, node.value, alias.start_mark, alias.end_mark, node.style)
    assert not isinstance(node, ScalarEvent)
    return replace(node, flow=True, start_mark=alias.start_mark, end_mark=alias.end_mark)


def _put(parent: Any, key: Scalar, node: Node) -> None:
    name = key.value
    if name in parent.keys:
        parent.repeated.append(key)
    else:
        parent.keys[name] = key
        parent.entries[name] = node


def _merge(parent: Mapping, node: Node) -> None:
    """`<<: *defaults` lends the entries of another mapping, of a list of them the first one that has it; own entries win."""
    for source in node.items if isinstance(node, Sequence) else [node]:
        if not isinstance(source, Mapping):
            raise _at("<< must name a mapping", node.start_mark, "")
        for name, value in source.entries.items():
            parent.entries.setdefault(name, value)


def _at(message: str, mark: Any, suggestion: str) -> YamlError:
    return YamlError(message, mark.line + 1, mark.column + 1, suggestion)

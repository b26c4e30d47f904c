"""What an edit of a YAML text may do, judged without litsync's own reading and writing.

Built on PyYAML's composed nodes. An edit is kept when the result says exactly what was intended and no byte outside the
touched node moved: insertions are nothing but insertions, deletions take only the node's own lines and comments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

_TYPED = re.compile(
    r"~||null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Wanted:
    """One edit in plain terms: what becomes of the value at a path.

    `verb` is set, delete, add (a member, or a paper at any place of its list), remove (a member) or swap (a member).
    """

    verb: str
    path: Path
    new: Any = None
    old: Any = None


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def said(text: str) -> list[Any]:
    """The data of all documents: a scalar is its text and whether YAML 1.2 gives it a type. Raises YAMLError."""
    return [_said(node) for node in yaml.compose_all(text.removeprefix("\ufeff"), yaml.CLoader)]


def typed(value: Any) -> Any:
    """A plain value as `said` tells it: a number has a type, a text none."""
    match value:
        case int():
            return str(value), True
        case str():
            return value, False
        case list() | tuple():
            return [typed(one) for one in value]
        case _:
            return {key: typed(one) for key, one in value.items()}


def _said(node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value, not node.style and bool(_TYPED.fullmatch(node.value))
    if isinstance(node, yaml.SequenceNode):
        return [_said(item) for item in node.value]
    own, lent = {}, {}
    for key, value in node.value:
        if key.value == "<<" and not key.style:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                lent = {**_said(source), **lent}
        else:
            own[key.value] = _said(value)
    return {**lent, **own}


def intended(before: Any, wanted: Wanted) -> Any:
    """The data after the edit."""
    if len(wanted.path) > 1:
        step, rest = wanted.path[0], Wanted(wanted.verb, wanted.path[1:], wanted.new, wanted.old)
        copy: Any = dict(before) if isinstance(before, dict) else list(before)
        copy[step] = intended(before[step], rest)
        return copy
    (key,) = wanted.path
    if isinstance(before, list):
        assert wanted.verb == "delete"
        return [one for number, one in enumerate(before) if number != key]
    if wanted.verb == "delete":
        return {name: value for name, value in before.items() if name != key}
    return {**before, key: _intended_value(before.get(key, []), wanted)}


def _intended_value(old: Any, wanted: Wanted) -> Any:
    new = typed(wanted.new) if wanted.new is not None else None
    match wanted.verb:
        case "set":
            return new
        case "add":
            return [*old, new]
        case "remove":
            return [one for one in old if one != _text_of(wanted.old, one)]
        case _:
            return [new if one == _text_of(wanted.old, one) else one for one in old]


def _text_of(text: str, like: Any) -> Any:
    """The text as a member, typed as the one beside it is: a member is named by what is written."""
    return (text, like[1]) if isinstance(like, tuple) else text


def _same(found: Any, expected: Any, wanted: Wanted) -> bool:
    if wanted.verb == "add" and wanted.path == ("papers",):
        found, expected = (
            {**one, "papers": sorted(map(repr, map(_sorted, one["papers"])))} for one in (found, expected)
        )
    return found == expected


def _sorted(paper: Any) -> Any:
    return sorted(paper.items())


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def judge(before: str, after: str, wanted: Wanted) -> str:
    """`kept`, `collateral` (right data, other bytes changed) or `wrong`."""
    try:
        first, *others = said(before)
        found = said(after)
    except yaml.YAMLError:
        return "wrong"
    if len(found) != len(others) + 1 or found[1:] != others or not _same(found[0], intended(first, wanted), wanted):
        return "wrong"
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    if after[:1] != before[:1] and mark:
        return "collateral"
    return "kept" if _bytes_kept(before.removeprefix(mark), after.removeprefix(mark), wanted) else "collateral"


def _bytes_kept(before: str, after: str, wanted: Wanted) -> bool:
    node = _Node(before, wanted.path)
    if node.found and node.is_alias() and wanted.verb != "delete":
        return _is_inside(before, after, node.value_span())
    if wanted.verb == "add" or not node.found:
        return _is_insertion(before, after)
    if wanted.verb in ("delete", "remove"):
        target = node if wanted.verb == "delete" else node.member(wanted.old)
        return _is_deletion(before, after, target.reach())
    target = node if wanted.verb == "set" else node.member(wanted.old)
    return _is_inside(before, after, target.value_span())


def _is_inside(before: str, after: str, span: tuple[int, int]) -> bool:
    start, end = span
    long_enough = len(after) >= start + len(before) - end
    around = long_enough and after.startswith(before[:start]) and after.endswith(before[end:])
    return around and _comments(after) == _comments(before)


def _is_insertion(before: str, after: str) -> bool:
    prefix = _common(before, after)
    return before[prefix:] == "" or after.endswith(before[prefix:])


def _is_deletion(before: str, after: str, reach: tuple[int, int]) -> bool:
    gone = len(before) - len(after)
    start, end = reach
    return any(before[:at] + before[at + gone :] == after for at in range(start, max(end - gone, start - 1) + 1))


def _common(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _comments(text: str) -> Counter[str]:
    """The comments outside of scalars."""
    out, last = [], 0
    for event in yaml.parse(text, yaml.CLoader):
        if isinstance(event, yaml.ScalarEvent):
            start = event.start_mark.index
            if event.style in ("|", ">"):
                start = text.index("\n", start)
            out.append(text[last:start])
            last = max(
                last, len(text[: event.end_mark.index].rstrip()) if event.style in ("|", ">") else event.end_mark.index
            )
    rest = "\0".join([*out, text[last:]])
    return Counter(match[1].rstrip() for match in re.finditer(r"(?:^|[\s\0])(#[^\n\0]*)", rest))


def _children(text: str, sequence: Any) -> list[Any]:
    """The members of a list; for an alias, a node at its own place."""
    places: list[Any] = []
    depth = None
    for event in yaml.parse(text, yaml.CLoader):
        opens = isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent)
        if depth is None:
            if opens and event.start_mark.index == sequence.start_mark.index:
                depth = 0
            continue
        if depth == 0 and not isinstance(event, yaml.SequenceEndEvent):
            places.append(event)
        depth += 1 if opens else -1 if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent) else 0
        if depth < 0:
            break
    return [
        yaml.ScalarNode("", "", place.start_mark, place.end_mark) if isinstance(place, yaml.AliasEvent) else item
        for item, place in zip(sequence.value, places, strict=True)
    ]


class _Node:
    """The node at a path of the first document, and where it stands."""

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.key: Any = None
        self.value: Any = next(iter(yaml.compose_all(text, yaml.CLoader)))
        self.siblings: list[tuple[Any, Any]] = []
        self.parent: Any = None
        for step in path:
            self.parent = self.value
            if isinstance(step, int):
                self.siblings = [(item, item) for item in self.value.value]
                self.key, self.value = self.siblings[step]
            else:
                self.siblings = [pair for pair in self.value.value if pair[0].value != "<<"]
                found = [pair for pair in self.siblings if pair[0].value == step]
                self.key, self.value = found[0] if found else (None, None)
        self.found = self.key is not None

    def member(self, old: Any) -> _Node:
        """The member of the list that says this; an alias stands where it stands, not where its anchor is."""
        number = next(
            n for n, item in enumerate(self.value.value) if isinstance(item, yaml.ScalarNode) and item.value == old
        )
        node = _Node.__new__(_Node)
        node.text, node.parent, node.found = self.text, self.value, True
        node.siblings = [(item, item) for item in _children(self.text, self.value)]
        node.key, node.value = node.siblings[number]
        return node

    def is_alias(self) -> bool:
        """Whether an alias stands at the key, its node elsewhere."""
        return self.key is not self.value and self.value.start_mark.index < self.key.end_mark.index

    def value_span(self) -> tuple[int, int]:
        """From behind the key to the last character of the value; of a member, the member."""
        if self.key is self.value:
            return self._start(), self._content_end()
        start = self.key.end_mark.index
        if self.is_alias():
            return start, start + re.match(r"\s*:\s*\*[^\s,\[\]{}]+", self.text[start:]).end()
        return start, max(self._content_end(), self.text.index(":", start) + 1)

    def reach(self) -> tuple[int, int]:
        """What may go with the node: its lines with the comments that are its own and the blank lines around them."""
        if self.parent.flow_style:
            return self._reach_in_brackets()
        text, start = self.text, self._start()
        end = max(self.value_span()[1], start)
        begin, stop = text.rfind("\n", 0, start) + 1, self._line_end(end)
        column = start - begin
        first = not text[begin:start].strip(" -?")
        if isinstance(self.parent, yaml.SequenceNode):
            dash = text.rfind("-", 0, start)
            begin = text.rfind("\n", 0, dash) + 1
            column, first = dash - begin, True
        lines = text[stop:].splitlines(keepends=True)
        while lines and (not lines[0].strip() or self._is_comment(lines[0], column)):
            stop += len(lines.pop(0))
        if first and not ("-" in text[begin:start] and isinstance(self.parent, yaml.MappingNode)):
            begin = self._above(begin)
        else:
            begin = start
            stop = max(
                stop,
                min((key.start_mark.index for key, _ in self.siblings if key.start_mark.index > end), default=stop),
            )
        return begin, stop

    def _above(self, begin: int) -> int:
        """Where the comments right above begin, and the blank lines above those; without a last line break, the one before."""
        for wanted in (lambda line: line.startswith("#"), lambda line: not line):
            while begin:
                above = self.text.rfind("\n", 0, begin - 1) + 1
                if not wanted(self.text[above:begin].strip()):
                    break
                begin = above
        return begin if self.text.endswith("\n") else len(self.text[:begin].rstrip("\r\n"))

    def _reach_in_brackets(self) -> tuple[int, int]:
        """Up to its neighbours, or the brackets."""
        spans = [(key.start_mark.index, value.end_mark.index) for key, value in self.siblings]
        start = self._start()
        begin = max((end for _, end in spans if end <= start), default=self.parent.start_mark.index + 1)
        stop = min((one for one, _ in spans if one > start), default=self.parent.end_mark.index - 1)
        return begin, stop

    @staticmethod
    def _is_comment(line: str, column: int) -> bool:
        bare = line.lstrip()
        return bare.startswith("#") and len(line) - len(bare) > column

    def _start(self) -> int:
        return self.key.start_mark.index

    def _line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def _content_end(self, node: Any = None) -> int:
        node = node or self.value
        if isinstance(node, yaml.ScalarNode):
            end = node.end_mark.index
            return len(self.text[:end].rstrip()) if node.style in ("|", ">") else end
        if node.flow_style:
            return node.end_mark.index
        parts = [one for pair in node.value for one in (pair if isinstance(pair, tuple) else (pair,))]
        ends = [self._content_end(one) for one in parts if one.start_mark.index >= node.start_mark.index]
        # An alias at the end is no node here: its line is what is left before comments and blank lines.
        last = re.search(r"\*[^\s#]+[ \t]*(#[^\n]*)?\s*\Z", self.text[: node.end_mark.index])
        return max([*ends, *([last.start() + 1] if last else [])], default=node.end_mark.index)


Tool = Callable[[str, Wanted], str]


class Refused(Exception):
    """The tool has no such edit, or declined to make it."""


def tried(tool: Tool, before: str, wanted: Wanted) -> str:
    """How a tool fares: kept, collateral, wrong or refused."""
    try:
        after = tool(before, wanted)
    except Refused:
        return "refused"
    return judge(before, after, wanted)

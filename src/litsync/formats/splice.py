"""The lossless YAML editor: changes the bytes of the values it is asked to change, and no other.

Propose and verify. From the marks of libyaml's events it proposes replacements of one stretch of text, in order of
preference; the first whose result reads back as exactly the intended data is taken, else the edit is refused. The check
carries the correctness, not the proposals. Comments, order, quoting, indentation, blank lines and line ends stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from litsync.formats import yaml_text
from litsync.formats.yaml_dump import double_quoted, dump_text, is_typed
from litsync.formats.yaml_text import Mapping, Node, Scalar, Sequence, YamlError

Texts = str | tuple[str, ...] | None


class CannotSplice(ValueError):
    """No safe minimal edit exists; nothing was changed. `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        """Say what stands in the way, and where."""
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


@dataclass(frozen=True, slots=True)
class Edit:
    """One key of a mapping gets a value: a text, a list of texts, or None to be removed.

    `path` leads to the mapping (keys and list positions; empty: the document itself). `number`: the text is written as a
    number. `members` is given instead of a value to change single members of a list: those to go and those to come.
    """

    key: str
    value: Texts = None
    members: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    path: tuple[str | int, ...] = ()
    number: bool = False


def edit(text: str, wanted: Edit) -> str:
    """The text with one edit made; the very same text when it says so already.

    Raises CannotSplice, or YamlError when the text is not YAML to begin with.
    """
    root = yaml_text.parse(text)
    before = _data(root)
    after = _intended(before, wanted)
    if after == before:
        return text
    parent = _parent(root, wanted)
    _refuse_shared(text, parent, wanted)
    for start, end, replacement in _proposals(_Place(text, parent, wanted)):
        result = text[:start] + replacement + text[end:]
        if _reads_as(result, after):
            return result
    raise CannotSplice(f"`{wanted.key}` cannot be changed without touching its neighbours", _line(parent))


# ── data, for the check ──────────────────────────────────────────────────────────────────────────────────────────


def _data(node: Node | None) -> Any:
    """The data of a node: a scalar is its text and whether it is typed, so that "1" and 1 differ."""
    match node:
        case None:
            return {}
        case Mapping():
            return {key: _data(value) for key, value in node.entries.items()}
        case Sequence():
            return [_data(item) for item in node.items]
        case _:
            return None if yaml_text.is_null(node) else (node.value, not node.style and is_typed(node.value))


def _intended(before: Any, wanted: Edit) -> Any:
    """The data after the edit."""
    if wanted.path:
        first: Any = wanted.path[0]
        rest = Edit(wanted.key, wanted.value, wanted.members, wanted.path[1:], wanted.number)
        copy = dict(before) if isinstance(before, dict) else list(before)
        copy[first] = _intended(before[first], rest)
        return copy
    value = _new_value(before.get(wanted.key), wanted)
    if value is None:
        return {key: old for key, old in before.items() if key != wanted.key}
    return {**before, wanted.key: value}


def _new_value(old: Any, wanted: Edit) -> Any:
    if wanted.members is None:
        if isinstance(wanted.value, tuple):
            return [(text, False) for text in wanted.value]
        return None if wanted.value is None else (wanted.value, wanted.number)
    gone, come = wanted.members
    present = old if isinstance(old, list) else [] if old is None else [old]
    kept = [item for item in present if not (isinstance(item, tuple) and item[0] in gone)]
    have = {item[0] for item in kept if isinstance(item, tuple)}
    after = [*kept, *((text, False) for text in come if text not in have)]
    return old if after == present else after


def _reads_as(text: str, intended: Any) -> bool:
    try:
        return bool(_data(yaml_text.parse(text)) == intended)
    except YamlError:
        return False


# ── where ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _parent(root: Node | None, wanted: Edit) -> Mapping | None:
    node = root
    for step in wanted.path:
        if isinstance(node, Mapping) and isinstance(step, str):
            node = node.entries[step]
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
    if node is None or isinstance(node, Mapping):
        return node
    raise CannotSplice("a mapping is expected here", _line(node))


def _refuse_shared(text: str, parent: Mapping | None, wanted: Edit) -> None:
    """An anchored value is read elsewhere too, and an alias stands elsewhere: neither is changed unseen."""
    if parent is None or (node := parent.entries.get(wanted.key)) is None:
        return
    key = parent.keys.get(wanted.key)
    nodes = [node, *(node.items if isinstance(node, Sequence) else [])]
    if key is None or any(
        text[_start(one) : _start(one) + 1] in ("&", "!") or _start(one) < _end(key) for one in nodes
    ):
        raise CannotSplice(f"`{wanted.key}` is shared through an anchor, or has a tag", _line(node))


def _start(node: Any) -> int:
    return int(node.start_mark.index)


def _end(node: Any) -> int:
    return int(node.end_mark.index)


def _line(node: Any) -> int:
    return 1 if node is None else int(node.start_mark.line) + 1


@dataclass(frozen=True, slots=True)
class _Place:
    """A text, the mapping in it that is edited, and the edit."""

    text: str
    parent: Mapping | None
    wanted: Edit

    @property
    def node(self) -> Node | None:
        """The value that stands there now."""
        return self.parent.entries.get(self.wanted.key) if self.parent else None

    @property
    def newline(self) -> str:
        """How lines end in this text."""
        return "\r\n" if "\r\n" in self.text else "\n"

    @property
    def indent(self) -> str:
        """What stands before the mapping's keys."""
        if self.parent is None or not self.parent.keys:
            return ""
        first: Any = next(iter(self.parent.keys.values()))
        return " " * int(first.start_mark.column)

    def colon(self) -> int:
        """Behind the colon of the key."""
        assert self.parent is not None
        return self.text.index(":", _end(self.parent.keys[self.wanted.key])) + 1

    def content_end(self, node: Node) -> int:
        """Behind the last character of a value: libyaml's marks of blocks run on over blank lines and comments."""
        match node:
            case Sequence() | Mapping() if not node.flow:
                inner = node.items if isinstance(node, Sequence) else list(node.entries.values())
                return max([self.content_end(one) for one in inner], default=_end(node))
            case Scalar() if node.style in ("|", ">"):
                return len(self.text[: _end(node)].rstrip())
            case _:
                return _end(node)

    def line_start(self, index: int) -> int:
        """Where the line of `index` begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Behind the line break of the line of `index`, or the end of the text."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1


Splice = tuple[int, int, str]


def _proposals(place: _Place) -> Iterator[Splice]:
    """Replacements of one stretch of text, the most faithful first."""
    node, wanted = place.node, place.wanted
    value = _texts_after(node, wanted)
    if node is None:
        yield from _insert_key(place, value)
    elif value is None:
        yield from _delete_key(place, node)
    elif wanted.members is not None and isinstance(node, Sequence) and node.items:
        yield from _change_members(place, node, value)
    if node is not None and value is not None:
        yield from _replace_value(place, node, value)


def _texts_after(node: Node | None, wanted: Edit) -> Texts:
    if wanted.members is None:
        return wanted.value
    value = _new_value(None if node is None else _data(node), wanted)
    return tuple(item[0] if isinstance(item, tuple) else "" for item in value)


# ── whole values ─────────────────────────────────────────────────────────────────────────────────────────────────


def _scalar_forms(place: _Place, text: str, style: str | None) -> Iterator[str]:
    if place.wanted.number:
        yield text
        return
    if style == "'":
        yield "'" + text.replace("'", "''") + "'"
    if style == '"':
        yield double_quoted(text)
    yield dump_text(text)
    yield double_quoted(text)


def _block_list(place: _Place, members: tuple[str, ...]) -> str:
    if not members:
        return " []"
    return "".join(f"{place.newline}{place.indent}  - {dump_text(member)}" for member in members)


def _insert_key(place: _Place, value: Texts) -> Iterator[Splice]:
    assert value is not None
    key = dump_text(place.wanted.key)
    forms = (
        [_block_list(place, value)]
        if isinstance(value, tuple)
        else [f" {f}" for f in _scalar_forms(place, value, None)]
    )
    at = _insertion_point(place)
    lead = "" if at == 0 or place.text[at - 1] == "\n" else place.newline
    for form in forms:
        if place.parent is not None and place.parent.flow:
            end = _end(place.parent) - 1
            yield end, end, f"{', ' if place.parent.keys else ''}{key}:{form}"
        else:
            trail = "" if lead and at == len(place.text) else place.newline
            yield at, at, f"{lead}{place.indent}{key}:{form}{trail}"


def _insertion_point(place: _Place) -> int:
    """Behind the line where the mapping's last value ends; behind everything if it is empty."""
    if place.parent is None or not place.parent.entries:
        return len(place.text)
    return place.line_end(max(place.content_end(node) for node in place.parent.entries.values()))


def _delete_key(place: _Place, node: Node) -> Iterator[Splice]:
    assert place.parent is not None
    key = place.parent.keys[place.wanted.key]
    if not place.parent.flow:
        yield place.line_start(_start(key)), place.line_end(max(place.content_end(node), place.colon() - 1)), ""
        return
    start, end = _start(key), max(place.content_end(node), place.colon())
    yield from _without_comma(place.text, start, end)


def _replace_value(place: _Place, node: Node, value: Texts) -> Iterator[Splice]:
    start, end = place.colon(), max(place.content_end(node), place.colon())
    if isinstance(value, tuple):
        if isinstance(node, Sequence) and node.flow:
            yield _start(node), end, "[" + ", ".join(_flow(member) for member in value) + "]"
        yield start, end, _block_list(place, value)
        return
    assert value is not None
    style = node.style if isinstance(node, Scalar) else None
    for form in _scalar_forms(place, value, style):
        if isinstance(node, Scalar) and _start(node) < end:
            yield _start(node), end, form
        yield start, end, f" {form}"


# ── members of lists ─────────────────────────────────────────────────────────────────────────────────────────────


def _change_members(place: _Place, node: Sequence, value: Texts) -> Iterator[Splice]:
    """Cut out and add single members, all of it inside the stretch from the first to the last of them."""
    assert place.wanted.members is not None
    assert isinstance(value, tuple)
    gone, _ = place.wanted.members
    going = [item for item in node.items if isinstance(item, Scalar) and item.value in gone]
    kept = [item for item in node.items if item not in going]
    coming = value[len(kept) :]
    if kept:
        cut = _cut_flow if node.flow else _cut_block
        start = _start(node) if node.flow else place.line_start(_start(node))
        end = _list_end(place, node)
        yield start, end, _without(place, (start, end), going, cut, _additions(place, node, kept[-1], coming))


def _list_end(place: _Place, node: Sequence) -> int:
    return _end(node) if node.flow else place.line_end(place.content_end(node))


Cut = Callable[[_Place, Any], tuple[int, int]]


def _without(place: _Place, span: tuple[int, int], going: list[Any], cut: Cut, addition: Splice) -> str:
    """The text of `span` without the members that go, and with the addition."""
    splices = sorted([*((*cut(place, item), "") for item in going), addition], reverse=True)
    text, offset = place.text[span[0] : span[1]], span[0]
    for start, end, replacement in splices:
        first = max(start - offset, 0)
        text = text[:first] + replacement + text[max(end - offset, first) :]
    return text


def _additions(place: _Place, node: Sequence, last: Node, coming: tuple[str, ...]) -> Splice:
    if node.flow:
        at = place.content_end(last)
        return at, at, "".join(f", {_flow(member)}" for member in coming)
    at = place.line_end(place.content_end(last))
    dash = place.text.rfind("-", 0, _start(last))
    indent = place.text[place.line_start(dash) : dash]
    rows = [f"{indent}- {dump_text(member)}" for member in coming]
    if rows and not place.text[:at].endswith("\n"):
        return at, at, "".join(place.newline + row for row in rows)
    return at, at, "".join(row + place.newline for row in rows)


def _cut_block(place: _Place, item: Any) -> tuple[int, int]:
    dash = place.text.rfind("-", 0, _start(item))
    return place.line_start(dash), place.line_end(place.content_end(item))


def _cut_flow(place: _Place, item: Any) -> tuple[int, int]:
    start, end, _ = next(_without_comma(place.text, _start(item), _end(item)))
    return start, end


def _without_comma(text: str, start: int, end: int) -> Iterator[Splice]:
    """A member of a flow list or mapping goes with the comma behind it, or else with the one before it."""
    after = end + len(text[end:]) - len(text[end:].lstrip())
    if text[after : after + 1] == ",":
        after += 1
        yield start, after + len(text[after:]) - len(text[after:].lstrip(" ")), ""
    before = len(text[:start].rstrip())
    if text[before - 1 : before] == ",":
        yield before - 1, end, ""
    yield start, end, ""


def _flow(member: str) -> str:
    """A member of a flow list: brackets and commas need quotes there."""
    form = dump_text(member)
    return double_quoted(member) if form == member and any(mark in member for mark in ",[]{}") else form

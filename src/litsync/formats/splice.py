"""The lossless YAML editor: changes the bytes of the values it is asked to change, and no other.

Propose and verify. From the marks of libyaml's events it proposes replacements of one stretch of text, in order of
preference; the first whose result reads back as exactly the intended data is taken, else the edit is refused. The check
carries the correctness, not the proposals. Comments, order, quoting, indentation, blank lines and line ends stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from typing import Any

from litsync.formats import yaml_text
from litsync.formats.splice_lists import block_below, changed_list, flow_list, forms, spelled
from litsync.formats.splice_place import Place, Splice, end_of, line_of, start_of
from litsync.formats.yaml_data import data_of, reads_as
from litsync.formats.yaml_dump import dump_text
from litsync.formats.yaml_text import Mapping, Node, Scalar, Sequence

Pairs = MappingType[str, str]
Texts = str | tuple[str | int | Pairs, ...] | None
"""A text, a list or nothing. A member of a list is a text, a small mapping, or the number of a member that is there now."""


_OWN_TAG = re.compile(r"(?:&\S+\s+)?!(?!!)")


class CannotSplice(ValueError):
    """No safe minimal edit exists; nothing was changed. `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        """Say what stands in the way, and where."""
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


@dataclass(frozen=True, slots=True)
class Edit:
    """One key of a mapping gets a value: a text, a list, or None to be removed.

    `path` leads to the mapping (keys and list positions; empty: the document itself). `number`: the text is written as a
    number. `members` is given instead of a value to change single members of a list: those to go and those to come.
    `after` is the key behind which a new key goes; without it, or if it is not there, the new key comes last. `flow`: a
    list that is not there yet stands in brackets.
    """

    key: str
    value: Texts = None
    members: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    path: tuple[str | int, ...] = ()
    number: bool = False
    after: str = ""
    flow: bool = False


def edit(text: str, wanted: Edit, newline: str = "\n") -> str:
    """The text with one edit made; the very same text when it says so already.

    `newline` ends the lines of a text that has none yet. Raises CannotSplice, or YamlError when the text is not YAML to
    begin with.
    """
    root = yaml_text.parse(text)
    parent = _parent(root, wanted)
    before = data_of(root)
    after = _intended(before, wanted)
    if after == before:
        return text
    _refuse_strange(text, parent, wanted)
    for start, end, replacement in _proposals(Place(text, parent, wanted.key, newline), wanted):
        result = text[:start] + replacement + text[end:]
        if reads_as(result, after):
            return result
    raise CannotSplice(_reason(text, parent, wanted), line_of(parent))


# ── data, for the check ──────────────────────────────────────────────────────────────────────────────────────────


def _intended(before: Any, wanted: Edit) -> Any:
    """The data after the edit."""
    if wanted.path:
        first: Any = wanted.path[0]
        copy = dict(before) if isinstance(before, dict) else list(before)
        copy[first] = _intended(before[first], replace(wanted, path=wanted.path[1:]))
        return copy
    old = before.get(wanted.key)
    value = _new_value(old, wanted)
    if wanted.members is not None and value == old:
        return before
    if value is None:
        return {key: one for key, one in before.items() if key != wanted.key}
    return {**before, wanted.key: value}


def _new_value(old: Any, wanted: Edit) -> Any:
    if wanted.members is None:
        if isinstance(wanted.value, tuple):
            return [_new_member(old, one) for one in wanted.value]
        return None if wanted.value is None else (wanted.value, wanted.number)
    gone, come = wanted.members
    present = old if isinstance(old, list) else [] if old in (None, ("", False)) else [old]
    kept = [item for item in present if not (isinstance(item, tuple) and item[0] in gone)]
    have = {item[0] for item in kept if isinstance(item, tuple)}
    after = [*kept, *((text, False) for text in come if text not in have)]
    return old if after == present else after


def _new_member(old: Any, member: str | int | Pairs) -> Any:
    match member:
        case int():
            return old[member]
        case str():
            return member, False
        case _:
            return {key: (text, False) for key, text in member.items()}


# ── where ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _parent(root: Node | None, wanted: Edit) -> Mapping | None:
    node = root
    for step in wanted.path:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)]
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        else:
            raise CannotSplice(f"there is no `{step}`", line_of(node))
    if isinstance(node, Mapping) or (node is None and not wanted.path):
        return node
    raise CannotSplice("a mapping is expected here", line_of(node))


def _refuse_strange(text: str, parent: Mapping | None, wanted: Edit) -> None:
    """A key that stands twice says two things, and what a tag of its author's own means is not known here."""
    if parent is None:
        return
    for key in parent.repeated:
        if wanted.key == key.value:
            raise CannotSplice(f"`{wanted.key}` stands there twice", line_of(key))
    node = parent.entries.get(wanted.key)
    if node is not None and _OWN_TAG.match(text, start_of(node)):
        raise CannotSplice(f"`{wanted.key}` has a tag", line_of(node))


def _reason(text: str, parent: Mapping | None, wanted: Edit) -> str:
    """Why no proposal held: what is lent to other places through an anchor would change there too."""
    node = parent.entries.get(wanted.key) if parent else None
    if node is not None and "&" in text[start_of(node) : end_of(node)]:
        return f"`{wanted.key}` is shared through an anchor"
    return f"`{wanted.key}` cannot be changed without touching its neighbours"


# ── what may be written ──────────────────────────────────────────────────────────────────────────────────────────


def _proposals(place: Place, wanted: Edit) -> Iterator[Splice]:
    """Replacements of one stretch of text, the most faithful first."""
    node, lent = place.node, place.parent.entries.get(place.key) if place.parent else None
    before: Any = None if lent is None else data_of(lent)
    value = _new_value(before, wanted)
    if node is None:
        if value is not None:
            yield from _insert_key(place, wanted, value)
    elif value is None:
        yield from _delete_key(place, node)
    elif isinstance(value, list):
        if isinstance(node, Sequence) and node.items:
            yield from changed_list(place, node, (before, value), in_place=wanted.members is None)
        elif wanted.flow and yaml_text.is_null(node):
            yield place.colon(), max(place.content_end(node), place.colon()), f" {flow_list(value)}"
        yield from _replace_by_list(place, node, value)
    else:
        yield from _replace_by_text(place, node, value)


def _insert_key(place: Place, wanted: Edit, value: Any) -> Iterator[Splice]:
    key, parent = dump_text(place.key), place.parent
    if parent is not None and parent.flow:
        last = max(parent.entries.values(), key=end_of, default=None)
        comma = ", " if parent.keys else ""
        for form in [flow_list(value)] if isinstance(value, list) else _text_forms(value, None, flow=True):
            for at in (end_of(parent) - 1 if last is None else end_of(last), end_of(parent) - 1):
                yield at, at, f"{comma}{key}: {form}"
        return
    for at in _insertion_points(place, wanted.after):
        lead = "" if at == 0 or place.text[at - 1] == "\n" else place.line_break(at)
        trail = "" if lead and at == len(place.text) else place.line_break(at)
        listed = [f" {flow_list(value)}"] if wanted.flow and isinstance(value, list) else []
        for form in [*listed, _rows(place, at, value)] if isinstance(value, list) else _text_forms(value, None):
            yield at, at, f"{lead}{place.indent}{key}:{form if isinstance(value, list) else f' {form}'}{trail}"


def _insertion_points(place: Place, after: str) -> Iterator[int]:
    """Behind the line where the value of the key before ends, or behind the blank lines that belong to that value."""
    parent = place.parent
    if parent is None or not parent.entries:
        yield len(place.text)
        return
    own = {name: parent.entries[name] for name in parent.keys}
    last = own.get(after) or (max(own.values(), key=place.content_end) if own else parent)
    yield place.line_end(place.content_end(last if after in own else parent))
    yield place.line_start(end_of(last))


def _rows(place: Place, at: int, members: list[Any]) -> str:
    if not members:
        return " []"
    return "".join(f"{place.line_break(at)}{place.indent}  - {spelled(member)}" for member in members)


def _text_forms(value: tuple[str, bool], style: str | None, *, flow: bool = False) -> Iterator[str]:
    text, number = value
    if number:
        yield text
    else:
        yield from forms(text, style, flow=flow)


def _delete_key(place: Place, node: Node) -> Iterator[Splice]:
    assert place.parent is not None
    key, end = place.parent.keys[place.key], max(place.content_end(node), place.colon())
    if place.parent.flow:
        yield place.without_comma(start_of(key), end)
        return
    yield place.line_start(start_of(key)), place.line_end(end - 1), ""
    following = [start_of(one) for one in place.parent.keys.values() if start_of(one) > end]
    if following and not place.text[place.line_end(end - 1) : min(following)].strip():
        yield start_of(key), min(following), ""  # the first key of a mapping that is a member of a list


def _replace_by_list(place: Place, node: Node, members: list[Any]) -> Iterator[Splice]:
    start, end = place.colon(), max(place.content_end(node), place.colon())
    if isinstance(node, Sequence) and node.flow:
        yield start_of(node), end, flow_list(members)
    if members and not (isinstance(node, Sequence | Mapping) and not node.flow):
        yield block_below(place, end, members)
    yield start, end, _rows(place, start, members)
    yield start, end, f" {flow_list(members)}"


def _replace_by_text(place: Place, node: Node, value: tuple[str, bool]) -> Iterator[Splice]:
    start, end = place.colon(), max(place.content_end(node), place.colon())
    assert place.parent is not None
    flow = place.parent.flow
    for form in _text_forms(value, node.style if isinstance(node, Scalar) else None, flow=flow):
        if isinstance(node, Scalar) and start_of(node) < end:
            bare = place.behind_properties(node)
            yield bare, end, form + place.header_comment(node)
        yield start, end, f" {form}"

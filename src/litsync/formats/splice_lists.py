"""Proposals for a list that changes: its members are matched, and only those that differ are touched.

Decides which bytes a change of a list could touch and how a member may be written; whether a proposal is right is for
`splice` to check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from litsync.formats.splice_place import Place, Splice, end_of, start_of
from litsync.formats.yaml_dump import double_quoted, dump_text, needs_escape
from litsync.formats.yaml_text import Mapping, Scalar, Sequence


def forms(text: str, style: str | None, *, flow: bool = False) -> Iterator[str]:
    """How a text may be written, the preferred form first: in the quotes that stand there, else bare, else in quotes."""
    if style == "'" and not needs_escape(text):
        yield "'" + text.replace("'", "''") + "'"
    if style == '"':
        yield double_quoted(text)
    if not flow or not (text.startswith(":") or any(mark in text for mark in ",?[]{}")):
        yield dump_text(text)
    yield double_quoted(text)


def spelled(member: Any, style: str | None = None, *, flow: bool = False) -> str:
    """A member as it is written: a number stays one, and nothing is `null`. What a list cannot say fails the check."""
    match member:
        case (str(text), False):
            return next(forms(text, style, flow=flow))
        case (str(text), True):
            return text
        case dict():
            return (
                "{" + ", ".join(f"{dump_text(key)}: {spelled(value, flow=True)}" for key, value in member.items()) + "}"
            )
        case _:
            return "null"


@dataclass(slots=True)
class _Changes:
    """Which members of a list go, what comes behind which of those that stay (-1: before them all), what is rewritten."""

    going: set[int] = field(default_factory=set)
    coming: dict[int, list[Any]] = field(default_factory=dict)
    rewritten: dict[int, Any] = field(default_factory=dict)


def changed_list(
    place: Place, node: Sequence, data: tuple[list[Any], list[Any]], *, in_place: bool
) -> Iterator[Splice]:
    """The list with only the members touched that differ between the data before and after.

    `in_place`: a member with another text is the same member, and what stands beside it stays.
    """
    changes = _matched(node, *data, in_place=in_place)
    stay = [index for index in range(len(node.items)) if index not in changes.going]
    splices = [_cut(place, node, index) for index in changes.going]
    for index, member in changes.rewritten.items():
        item: Any = node.items[index]
        splices.append((start_of(item), end_of(item), spelled(member, item.style, flow=node.flow)))
    if stay or (changes.coming and not node.flow):
        splices += [_added(place, node, stay, at, members) for at, members in changes.coming.items()]
        yield place.joined(splices)


def _matched(node: Sequence, before: list[Any], after: list[Any], *, in_place: bool) -> _Changes:
    changes = _Changes()
    matcher = SequenceMatcher(None, [repr(one) for one in before], [repr(one) for one in after], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        old, new = list(range(i, i_end)), after[j:j_end]
        while tag == "replace" and in_place and old and new and _is_text(node.items[old[0]], new[0]):
            changes.rewritten[old.pop(0)] = new.pop(0)
        if tag != "equal":
            changes.going.update(old)
            if new:
                anchor = next((k for k in range(i_end - len(old) - 1, -1, -1) if k not in changes.going), -1)
                changes.coming.setdefault(anchor, []).extend(new)
    return changes


def _is_text(item: Any, member: Any) -> bool:
    return isinstance(item, Scalar) and item.style in (None, "", "'", '"') and isinstance(member, tuple)


def _cut(place: Place, node: Sequence, index: int) -> Splice:
    item = node.items[index]
    if node.flow:
        return place.without_comma(start_of(item), end_of(item))
    return place.line_start(place.dash(item)), place.line_end(place.content_end(item)), ""


def _added(place: Place, node: Sequence, stay: list[int], anchor: int, members: Iterable[Any]) -> Splice:
    """New members behind the anchor; without one, before the first that stays."""
    if node.flow:
        texts = [spelled(member, flow=True) for member in members]
        if anchor < 0:
            at = start_of(node.items[stay[0]])
            return at, at, "".join(f"{text}, " for text in texts)
        at = place.content_end(node.items[anchor])
        return at, at, "".join(f", {text}" for text in texts)
    beside: Any = node.items[anchor if anchor >= 0 else stay[0] if stay else 0]
    dash = place.dash(beside)
    lead = place.text[place.line_start(dash) : dash]
    apart = isinstance(beside, Mapping) and not beside.flow
    inner = start_of(beside) - dash if apart else 0
    rows = [f"{lead}-{_row(place, member, (lead, inner))}" for member in members]
    at = place.line_start(dash) if anchor < 0 else place.line_end(place.content_end(beside))
    end = place.line_break(at)
    if at == len(place.text) and not place.text.endswith("\n"):
        return at, at, "".join(end + row for row in rows)
    return at, at, "".join(row + end for row in rows)


def _row(place: Place, member: Any, beside: tuple[str, int]) -> str:
    """A member behind its dash; a small mapping in lines if the member beside it is, its keys as far from the dash."""
    lead, inner = beside
    if not inner or not isinstance(member, dict):
        return f" {spelled(member)}"
    lines = [f"{dump_text(key)}: {spelled(value)}" for key, value in member.items()]
    return " " * (inner - 1) + f"{place.line_break(0)}{' ' * (len(lead) + inner)}".join(lines)


def flow_list(members: Iterable[Any]) -> str:
    """The list in brackets."""
    return "[" + ", ".join(spelled(member, flow=True) for member in members) + "]"


def block_below(place: Place, end: int, members: list[Any]) -> Splice:
    """The list as rows below its key, in place of a value that ends at `end`; a comment beside the key stays there."""
    stop = place.line_end(end)
    rest = place.text[end:stop]
    beside = rest.rstrip("\r\n")
    rows = "".join(f"{place.line_break(end)}{place.indent}  - {spelled(member)}" for member in members)
    return place.colon(), stop, (beside if beside.strip() else "") + rows + rest[len(beside) :]

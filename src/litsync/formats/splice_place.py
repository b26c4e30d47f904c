"""Where in a YAML text things stand: the geometry of an edit.

Decides how far a value, a member of a list and a line reach; nothing about what is to be written there. It knows the traps
of libyaml's marks: those of blocks run on over blank lines and comments, and an empty value stands behind its colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from litsync.formats.yaml_text import Mapping, Node, Scalar, Sequence

Splice = tuple[int, int, str]
"""A stretch of the text, from and to, and what replaces it."""


def start_of(node: Any) -> int:
    """Where a node begins."""
    return int(node.start_mark.index)


def end_of(node: Any) -> int:
    """Where libyaml says that a node ends."""
    return int(node.end_mark.index)


def line_of(node: Any) -> int:
    """The line of a node, from 1."""
    return 1 if node is None else int(node.start_mark.line) + 1


_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")
_COMMENT = re.compile(r"[ \t]+#.*")


@dataclass(frozen=True, slots=True)
class Place:
    """A text, the mapping in it that is edited, and the key. `newline` is for a text that has no line break yet."""

    text: str
    parent: Mapping | None
    key: str
    newline: str

    @property
    def node(self) -> Node | None:
        """The value that stands there now; one that `<<` lends stands elsewhere."""
        return self.parent.entries[self.key] if self.parent and self.key in self.parent.keys else None

    @property
    def indent(self) -> str:
        """What stands before the mapping's keys."""
        if self.parent is None or not self.parent.entries:
            return ""
        at = start_of(next(iter(self.parent.keys.values()), self.parent))
        before = self.text[self.line_start(at) : at]
        explicit = before.rstrip().endswith("?")
        return " " * (before.rindex("?") if explicit else len(before))

    def line_break(self, index: int) -> str:
        """How the lines around `index` end: as the one before it does, or else the one after it."""
        found = self.text.rfind("\n", 0, index)
        found = found if found >= 0 else self.text.find("\n", index)
        if found < 0:
            return self.newline
        return "\r\n" if self.text[max(found - 1, 0)] == "\r" else "\n"

    def colon(self) -> int:
        """Behind the colon of the key."""
        assert self.parent is not None
        return self.text.index(":", end_of(self.parent.keys[self.key])) + 1

    def below_key(self, rows: str) -> Splice:
        """Rows below the key in place of a value that says nothing; a comment beside the key stays there."""
        node, colon = self.node, self.colon()
        stop = self.line_end(colon)
        rest = self.text[colon if node is None else max(end_of(node), colon) : stop]
        beside = rest.rstrip("\r\n")
        return colon, stop, f"{beside if beside.strip() else ''}{self.line_break(colon)}{rows}{rest[len(beside) :]}"

    def content_end(self, node: Node) -> int:
        """Behind the last character of a value."""
        match node:
            case Sequence() if not node.flow:
                return max([self.content_end(one) for one in node.items], default=end_of(node))
            case Mapping() if not node.flow:
                own = [self.content_end(node.entries[name]) for name in node.keys]
                return max([*own, *map(end_of, node.keys.values()), self._last_line(node)])
            case Scalar() if node.style in ("|", ">"):
                return len(self.text[: end_of(node)].rstrip())
            case _:
                return end_of(node)

    def _last_line(self, node: Mapping) -> int:
        """Behind the last line of a block mapping that is no comment: `<<` is no entry of it, but stands there."""
        end = end_of(node)
        while end > start_of(node):
            begin = self.line_start(end)
            line = self.text[begin:end].strip()
            if line and not line.startswith("#"):
                return len(self.text[:end].rstrip()) if "<<" in line else 0
            end = begin - 1
        return 0

    def behind_properties(self, node: Scalar) -> int:
        """Where the text of a scalar begins, behind an anchor and a tag."""
        found = _PROPERTIES.match(self.text, start_of(node))
        return found.end() if found and found.end() < end_of(node) else start_of(node)

    def header_comment(self, node: Scalar) -> str:
        """The comment behind the `|` or `>` of a text block, with the blanks before it."""
        if node.style not in ("|", ">"):
            return ""
        header = self.text[start_of(node) : self.line_end(start_of(node))].rstrip()
        found = _COMMENT.search(header)
        return found[0] if found else ""

    def line_start(self, index: int) -> int:
        """Where the line of `index` begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Behind the line break of the line of `index`, or the end of the text."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def dash(self, item: Any) -> int:
        """Where the dash of a member of a block list stands."""
        return self.text.rfind("-", 0, start_of(item))

    def without_comma(self, start: int, end: int) -> Splice:
        """A member of a flow list or mapping goes with the comma behind it, or else with the one before it."""
        behind = self._past_blanks(end)
        if self.text[behind : behind + 1] == ",":
            after = behind + 1
            return start, after + len(self.text[after:]) - len(self.text[after:].lstrip(" ")), ""
        before = len(self.text[:start].rstrip())
        return (before - 1, end, "") if self.text[before - 1 : before] == "," else (start, end, "")

    def _past_blanks(self, index: int) -> int:
        return index + len(self.text[index:]) - len(self.text[index:].lstrip())

    def joined(self, splices: list[Splice]) -> Splice:
        """Several splices that do not overlap as one, over the stretch from the first to the last."""
        ordered = sorted(splices, key=lambda one: one[:2])
        parts, at = [], ordered[0][0]
        for start, end, replacement in ordered:
            parts += [self.text[at:start], replacement]
            at = max(at, end)
        return ordered[0][0], at, "".join(parts)

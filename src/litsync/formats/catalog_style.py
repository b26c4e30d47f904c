"""How new entries of a catalog are spelled: as their neighbours are.

Learns from the mappings that stand nearby in which order keys come, which values are quoted, whether lists stand in
brackets or in rows and how far those are indented, and writes new mappings the same way. Knows texts and lists, no fields
and no meaning; a proposal that does not read as intended is found by the proof of whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from litsync.formats import yaml_text
from litsync.formats.splice_lists import forms
from litsync.formats.splice_place import end_of, start_of
from litsync.formats.yaml_dump import dump_text, is_typed
from litsync.formats.yaml_text import Node, Scalar

Pairs = Mapping[str, str]
Entry = str | tuple[str | Pairs, ...] | Mapping[str, "Entry"]
"""What a key may be given: a text, a list of texts and small mappings, a mapping."""
Entries = Mapping[str, Entry]

_WIDTH = 96
"""The length of lines at which a long list is broken where no neighbour shows how."""
_ALWAYS_QUOTED = frozenset({"arxiv"})
_NUMBERS = frozenset({"date", "number", "volume", "issue", "pages"})


def is_number(key: str, text: str) -> bool:
    """Whether people write this value bare although YAML takes it for a number: a year they do, a title never."""
    return key in _NUMBERS and text[:1].isdigit() and is_typed(text)


@dataclass(frozen=True, slots=True)
class Sample:
    """A mapping that stands nearby, and the text in which it stands."""

    text: str
    node: yaml_text.Mapping


@dataclass(frozen=True, slots=True)
class _Listing:
    """How a list is laid out: in brackets with `pad` inside and `comma` between, or in rows `offset` deeper than the key."""

    flow: bool = True
    pad: str = ""
    comma: str = ", "
    offset: int = 2
    width: int = 0


class Style:
    """The way of writing found in the samples, the nearest of which comes first."""

    def __init__(self, samples: Sequence[Sample], newline: str = "\n") -> None:
        """Nothing is looked at yet; without samples, everything is written the plain way."""
        self._samples, self._newline = samples, newline

    def ordered(self, entries: Entries, usual: Sequence[str]) -> dict[str, Entry]:
        """The entries in the order of the neighbours' keys; one that no neighbour has comes where it `usual`ly does."""
        known: list[str] = []
        for keys in [*(list(sample.node.keys) for sample in self._samples), list(usual)]:
            _merge_order(known, keys)
        rank = {key: place for place, key in enumerate(known)}
        return {key: entries[key] for key in sorted(entries, key=lambda key: rank.get(key, len(rank)))}

    def rows(self, entries: Entries, indent: int, deeper: int = 0) -> str:
        """The entries as lines `key: value` without the last line break, their keys in column `indent`.

        The first line is not indented: it may stand behind a dash. `deeper` is the column of the keys of a mapping in it,
        usually two further.
        """
        blanks = " " * indent
        return f"{self._newline}{blanks}".join(
            f"{dump_text(key)}:{self._block(key, value, indent, deeper or indent + 2)}"
            for key, value in entries.items()
        )

    def flow(self, entries: Entries) -> str:
        """The entries in braces, on one line."""
        inner = ", ".join(f"{dump_text(key)}: {self._inline(key, value)}" for key, value in entries.items())
        return "{" + inner + "}"

    def bare(self, key: str, text: str) -> bool:
        """Whether a text is written without quotes though YAML takes it for a number."""
        return is_number(key, text) and not self._quotes(key)

    def in_parts(self, key: str) -> bool:
        """Whether the members of the nearest list of this key are mappings."""
        found = next((items for items in self._lists(key) if items), None)
        return found is not None and isinstance(found[0], yaml_text.Mapping)

    def members(self, key: str) -> Iterator[str]:
        """The texts in the neighbours' lists of this key."""
        for items in self._lists(key):
            yield from (item.value for item in items if isinstance(item, Scalar))

    # ── values ───────────────────────────────────────────────────────────────────────────────────────────────

    def _block(self, key: str, value: Entry, indent: int, deeper: int) -> str:
        if isinstance(value, str):
            return f" {self._scalar(key, value)}"
        if isinstance(value, Mapping):
            return f"{self._newline}{' ' * deeper}{self.rows(value, deeper)}"
        listing = self._listing(key, mappings=not isinstance(value[0], str))
        if listing.flow:
            return f" {self._wrapped(key, value, listing, indent)}"
        dash = indent + listing.offset
        lead = f"{self._newline}{' ' * dash}- "
        apart = not isinstance(value[0], str) and self._apart(key)
        return "".join(
            lead + (self.rows(member, dash + 2) if apart and not isinstance(member, str) else self._member(key, member))
            for member in value
        )

    def _inline(self, key: str, value: Entry) -> str:
        match value:
            case str():
                return self._scalar(key, value, flow=True)
            case tuple():
                return self._bracketed([self._member(key, member, flow=True) for member in value], self._listing(key))
            case _:
                return self.flow(value)

    def _member(self, key: str, member: str | Pairs, *, flow: bool = False) -> str:
        if isinstance(member, str):
            return next(forms(member, self._quotes(key, in_lists=True), flow=flow))
        return self.flow(member)

    def _scalar(self, key: str, text: str, *, flow: bool = False) -> str:
        if self.bare(key, text):
            return text
        return next(forms(text, self._quotes(key), flow=flow))

    def _wrapped(self, key: str, value: tuple[str | Pairs, ...], listing: _Listing, indent: int) -> str:
        """The list in brackets; broken into lines where the neighbours' lists are, no longer than theirs."""
        parts = [self._member(key, member, flow=True) for member in value]
        whole, start = self._bracketed(parts, listing), indent + len(key) + 2
        if not listing.width or start + len(whole) <= listing.width:
            return whole
        lines, column = [listing.pad + parts[0]], start + 1
        for part in parts[1:]:
            if column + len(lines[-1]) + len(part) + 3 > listing.width:
                lines[-1] += listing.comma.rstrip()
                lines.append(part)
            else:
                lines[-1] += listing.comma + part
        return "[" + f"{self._newline}{' ' * column}".join(lines) + listing.pad + "]"

    @staticmethod
    def _bracketed(parts: Sequence[str], listing: _Listing) -> str:
        return f"[{listing.pad}{listing.comma.join(parts)}{listing.pad}]"

    # ── what the neighbours do ───────────────────────────────────────────────────────────────────────────────

    def _values(self, key: str) -> Iterator[tuple[Sample, Node]]:
        for sample in self._samples:
            if (node := sample.node.entries.get(key)) is not None and key in sample.node.keys:
                yield sample, node

    def _lists(self, key: str) -> Iterator[list[Node]]:
        return (node.items for _, node in self._values(key) if isinstance(node, yaml_text.Sequence))

    def _quotes(self, key: str, *, in_lists: bool = False) -> str | None:
        """The quotes that stand around every neighbour's value; none where one does without."""
        if key in _ALWAYS_QUOTED and not in_lists:
            found = [node.style for _, node in self._values(key) if isinstance(node, Scalar)]
            return next((style for style in found if style in ("'", '"')), '"')
        values = (
            [item for items in self._lists(key) for item in items]
            if in_lists
            else [node for _, node in self._values(key)]
        )
        styles = [node.style for node in values if isinstance(node, Scalar)]
        return styles[0] if styles and all(style in ("'", '"') for style in styles) else None

    def _listing(self, key: str, *, mappings: bool = False) -> _Listing:
        """The layout of the nearest list of this key, else of the nearest list of any; mappings are best read in rows."""
        same = [(sample, key, node) for sample, node in self._values(key)]
        other = [(sample, name, node) for sample in self._samples for name, node in sample.node.entries.items()]
        other = [] if mappings else other
        for sample, name, node in (*same, *other):
            if isinstance(node, yaml_text.Sequence) and node.items and name in sample.node.keys:
                return _layout(sample.text, sample.node.keys[name], node)
        return _Listing(flow=not mappings, width=_WIDTH)

    def _apart(self, key: str) -> bool:
        """Whether small mappings in rows stand on lines of their own, not in braces."""
        found = next((items for items in self._lists(key) if items), None)
        return found is None or (isinstance(found[0], yaml_text.Mapping) and not found[0].flow)


def _layout(text: str, key: Scalar, node: yaml_text.Sequence) -> _Listing:
    start, first = start_of(node), start_of(node.items[0])
    if not node.flow:
        dash = text.rfind("-", 0, first)
        column = dash - (text.rfind("\n", 0, dash) + 1)
        return _Listing(flow=False, offset=max(column - _column(key), 0))
    pad, comma = text[start + 1 : first], ", "
    if len(node.items) > 1:
        comma = text[end_of(node.items[0]) : start_of(node.items[1])]
    source = text[start : end_of(node)]
    longest = 0
    if "\n" in source:
        begin = text.rfind("\n", 0, start) + 1
        longest = max(len(line.rstrip()) for line in text[begin : end_of(node)].split("\n"))
    blank = not pad.strip(" ")
    return _Listing(pad=pad if blank else "", comma=comma if comma.strip(" ") == "," else ", ", width=longest)


def _column(node: Scalar) -> int:
    mark = node.start_mark
    return int(mark.column) if mark is not None else 0


def _merge_order(known: list[str], keys: Sequence[str]) -> None:
    """Put the keys that are not known yet behind the one that they follow."""
    at = 0
    for key in keys:
        if key in known:
            at = known.index(key) + 1
        else:
            known.insert(at, key)
            at += 1

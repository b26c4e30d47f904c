"""The part of a catalog file that is not papers, as one text to edit, and methods and sections added to it.

Decides where a new definition goes: behind the last one, in its style, or under a key of its own. The papers, however
many, are neither read nor touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from litsync.core.model import Fields, Kind, RecordId
from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import cut_papers
from litsync.formats.catalog_edit import CannotEdit, Papers, refusals
from litsync.formats.catalog_entries import ORDER, data_of_entries, entries_of
from litsync.formats.catalog_spelling import Spelling
from litsync.formats.catalog_style import Entry, Sample, Style
from litsync.formats.splice_place import Place, Splice, end_of, start_of
from litsync.formats.yaml_data import data_of, reads_as
from litsync.formats.yaml_dump import dump_text
from litsync.formats.yaml_extent import gap_behind, line_start, own_end, own_start
from litsync.formats.yaml_text import Mapping, Node

PARTS = {Kind.METHOD: "methods", Kind.SECTION: "sections"}
_BEFORE = {"sections": ("methods", "papers"), "methods": ("papers",)}


class Shell:
    """A file's text without its papers, if they stand each alone; else all of it."""

    def __init__(self, data: bytes, papers: Papers) -> None:
        """Read it. Raises YamlError, or CannotEdit when it is no mapping."""
        self._data = data
        self._cut = cut_papers(data) if papers.divisible else None
        self.text = (data if self._cut is None else self._cut.shell).decode()
        self.root = yaml_text.parse(self.text)
        if self.root is not None and not isinstance(self.root, Mapping):
            raise CannotEdit("the file is no mapping")

    def proven(self, splice: Splice, intended: Any) -> bytes | None:
        """The whole file after the splice; None unless it says what is intended and every paper stays."""
        start, end, replacement = splice
        text = self.text[:start] + replacement + self.text[end:]
        if not reads_as(text, intended):
            return None
        if self._cut is None:
            return text.encode()
        cut, at = self._cut, len(self._cut.prologue.decode())
        if start < at < end or start == end == at:
            return None
        gap = len(text) - (len(self.text) - at) if end <= at else at
        papers = self._data[cut.starts[0] : cut.end]
        result = text[:gap].encode() + papers + text[gap:].encode()
        now = cut_papers(result)
        kept = now is not None and now.shell == text.encode() and len(now.starts) == len(cut.starts)
        return result if kept else None


def add_definition(data: bytes, papers: Papers, record: RecordId, fields: Fields, spelling: Spelling) -> bytes:
    """The file with a new method or section, behind the last one; every byte that was there stays.

    `data` comes without a byte order mark. Raises CannotEdit when no safe place was found, or the id is taken.
    """
    with refusals():
        shell = Shell(data, papers)
        part = PARTS[record.kind]
        before = data_of(shell.root)
        defined = before.get(part) or {}
        if record.key in defined:
            raise CannotEdit(f"`{record.key}` is defined already")
        node = shell.root.entries.get(part) if isinstance(shell.root, Mapping) else None
        style = Style(_samples(shell.text, node))
        entry = _entry(record.kind, fields, style, spelling)
        new = data_of_entries({record.key: entry}, style)
        for splice in _places(shell, part, record.key, entry):
            if (result := shell.proven(splice, {**before, part: {**defined, **new}})) is not None:
                return result
    raise CannotEdit(f"no place was found in `{part}` where everything else stays as it is")


def _entry(kind: Kind, fields: Fields, style: Style, spelling: Spelling) -> Entry:
    if kind is Kind.SECTION:
        return str(fields["name"])
    return style.ordered(entries_of(kind, fields, style, spelling), ORDER[kind])


def _samples(text: str, node: Node | None) -> list[Sample]:
    """The neighbours, the last first."""
    if not isinstance(node, Mapping):
        return []
    inner = [one for one in reversed(node.entries.values()) if isinstance(one, Mapping)]
    return [Sample(text, one) for one in (inner or [node])]


def _places(shell: Shell, part: str, key: str, entry: Entry) -> Iterator[Splice]:
    text, root = shell.text, shell.root
    assert root is None or isinstance(root, Mapping)
    node = root.entries.get(part) if root else None
    place = Place(text, root, part, "\n")
    if isinstance(node, Mapping) and node.keys:
        yield from _in_braces(text, node, key, entry) if node.flow else _behind(text, node, key, entry)
    elif place.node is not None:
        yield place.below_key(f"  {Style([], place.line_break(place.colon())).rows({key: entry}, 2)}")
    else:
        yield from _under_a_key_of_its_own(place, part, key, entry)


def _in_braces(text: str, node: Mapping, key: str, entry: Entry) -> Iterator[Splice]:
    style = Style(_samples(text, node))
    last = list(node.entries.values())[-1]
    end = end_of(last)
    form = style.flow({key: entry})[1:-1]
    begin = line_start(text, start := start_of(list(node.keys.values())[-1]))
    if not text[begin:start].strip():
        newline = "\r\n" if "\r\n" in text else "\n"
        yield end, end, f",{newline}{text[begin:start]}{form}"
    yield end, end, f", {form}"


def _behind(text: str, node: Mapping, key: str, entry: Entry) -> Iterator[Splice]:
    """As the last of a block mapping."""
    place = Place(text, node, "", "\n")
    names = list(node.keys)
    column, last = len(place.indent), names[-1]
    newline = place.line_break(start_of(node.keys[last]))
    ends = {
        name: own_end(text, max(place.content_end(node.entries[name]), end_of(node.keys[name])), column)
        for name in names
    }
    gaps = [gap_behind(text, ends[name]) for name in names[:-1]]
    blank = newline * (max(gaps, key=gaps.count) if gaps else 0)
    style = Style(_samples(text, node), newline)
    rows = _definition(text, style, node, (key, entry))
    for at in dict.fromkeys((ends[last], len(text))):
        if at == len(text) and not text.endswith("\n"):
            yield at, at, f"{newline}{blank}{place.indent}{rows}"
        else:
            yield at, at, f"{blank}{place.indent}{rows}{newline}"


def _definition(text: str, style: Style, node: Mapping, pair: tuple[str, Entry]) -> str:
    """The rows of a definition: in braces or in rows, as the last one."""
    (key, entry), column = pair, len(Place(text, node, "", "\n").indent)
    last = list(node.entries.values())[-1]
    if isinstance(entry, str) or not isinstance(last, Mapping):
        return style.rows({key: entry}, column)
    if last.flow:
        return f"{dump_text(key)}: {style.flow(entry)}" if not isinstance(entry, tuple) else ""
    first = start_of(next(iter(last.keys.values()))) if last.keys else 0
    deeper = first - line_start(text, first) if last.keys else column + 2
    return style.rows({key: entry}, column, deeper)


def _under_a_key_of_its_own(place: Place, part: str, key: str, entry: Entry) -> Iterator[Splice]:
    """Before what usually follows, with a blank line if the file has such."""
    text, root = place.text, place.parent
    end = place.line_break(len(text))
    rows = f"{part}:{end}  {Style([], end).rows({key: entry}, 2)}{end}"
    blank = end if "\n\n" in text.replace("\r", "") else ""
    for name in _BEFORE[part]:
        if root is not None and name in root.keys:
            at = own_start(text, start_of(root.keys[name]), 0)
            yield at, at, rows + blank
    lead = "" if not text or text.endswith("\n") else end
    yield len(text), len(text), f"{lead}{blank}{rows}"

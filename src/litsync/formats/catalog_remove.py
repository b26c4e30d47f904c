"""A paper or method taken out of the text of a catalog file, with the comments that are its own.

Decides which lines go: those of the entry, the comments that belong to it (`yaml_extent`) and one side of the blank lines
around it. Every removal is proven, by reading the result again, or refused with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from litsync.core.model import RecordId
from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import Cut, cut_papers
from litsync.formats.catalog_edit import CannotEdit, Papers, refusals
from litsync.formats.catalog_shell import PARTS, Shell
from litsync.formats.splice_place import Place, Splice, end_of, start_of
from litsync.formats.yaml_data import data_of, reads_as
from litsync.formats.yaml_extent import blanks_before, blanks_behind, line_start, own_end, own_start
from litsync.formats.yaml_text import Mapping, Node
from litsync.formats.yaml_text import Sequence as YamlSequence


def remove_paper(data: bytes, papers: Papers, citekey: str, headings: Collection[str] = ()) -> tuple[bytes, Papers]:
    """The file without the paper, and its papers then; every other byte stays.

    `data` comes without a byte order mark. `headings` are the names, case-folded, that make a comment a heading, which
    stays. Raises CannotEdit when the paper cannot go alone.
    """
    if citekey not in papers.citekeys:
        raise CannotEdit("it does not stand in this file")
    number = papers.citekeys.index(citekey)
    left = (*papers.citekeys[:number], *papers.citekeys[number + 1 :])
    with refusals():
        cut = cut_papers(data) if papers.divisible and left else None
        if cut is None:
            text = _without(data.decode(), _Member(("papers",), number), headings)
            return text.encode(), Papers(left, papers.divisible and bool(left))
        return _without_chunk(data, cut, number, headings), Papers(left, divisible=True)


def remove_definition(data: bytes, papers: Papers, record: RecordId, headings: Collection[str] = ()) -> bytes:
    """The file without the definition of a method or section. Raises CannotEdit when it cannot go alone."""
    with refusals():
        shell = Shell(data, papers)
        member = _Member((PARTS[record.kind],), record.key)
        for splice in _removals(shell.text, shell.root, member, headings):
            if (result := shell.proven(splice, _less(data_of(shell.root), member))) is not None:
                return result
    raise CannotEdit("it cannot go without touching its neighbours")


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _without_chunk(data: bytes, cut: Cut, number: int, headings: Collection[str]) -> bytes:
    """Only the chunk and what stands before it, the paper before or the file's head, are read."""
    begin = cut.starts[number - 1] if number else 0
    after = number + 1
    end = cut.starts[after] if after < len(cut.starts) else cut.end
    window = data[begin:end].decode()
    member = _Member((), 1, end < len(data)) if number else _Member(("papers",), 0, end < len(data))
    text = _without(window, member, headings)
    result = data[:begin] + text.encode() + data[end:]
    now = cut.spliced(number - 1, after, result) if number else cut_papers(result)
    if now is None or len(now.starts) != len(cut.starts) - 1 or now.epilogue != cut.epilogue:
        raise CannotEdit("the papers around it would not stay as they are")
    return result


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of the list or mapping to which the path leads; `more`: something follows the text it stands in."""

    path: tuple[str, ...]
    key: int | str
    more: bool = False


def _without(text: str, member: _Member, headings: Collection[str]) -> str:
    root = yaml_text.parse(text)
    intended = _less(data_of(root), member)
    for start, end, replacement in _removals(text, root, member, headings):
        result = text[:start] + replacement + text[end:]
        if reads_as(result, intended):
            return result
    raise CannotEdit("it cannot go without touching its neighbours")


def _less(data: Any, member: _Member) -> Any:
    """The data without the member; a list or mapping that is empty then may as well be nothing."""
    if member.path:
        (name,) = member.path
        return {**data, name: _less(data[name], _Member((), member.key)) or None}
    if isinstance(data, list):
        return [one for number, one in enumerate(data) if number != member.key]
    return {key: value for key, value in data.items() if key != member.key}


def _removals(text: str, root: Node | None, member: _Member, headings: Collection[str]) -> Iterator[Splice]:
    node = root
    for name in member.path:
        node = node.entries.get(name) if isinstance(node, Mapping) else None
    place = Place(text, None, "", "\n")
    match node, member.key:
        case YamlSequence(), int(number) if number < len(node.items):
            item = node.items[number]
            if node.flow:
                yield from _from_brackets(place, start_of(item), end_of(item))
                return
            head = text.rfind("-", 0, start_of(item) + 1)
        case Mapping(), str(name) if name in node.keys:
            item, key = node.entries[name], node.keys[name]
            if node.flow:
                yield from _from_brackets(place, start_of(key), max(end_of(item), end_of(key)))
                return
            head = start_of(key)
        case _:
            raise CannotEdit("it was not found")
    yield from _lines(place, (head, item), headings, more=member.more)


def _from_brackets(place: Place, start: int, end: int) -> Iterator[Splice]:
    """From a list or mapping in brackets; with its line, if it has one for itself."""
    cut_start, cut_end, _ = place.without_comma(start, end)
    begin, stop = line_start(place.text, start), place.line_end(cut_end - 1)
    rest = place.text[cut_end:stop].strip()
    if not place.text[begin:start].strip() and (not rest or rest.startswith("#")) and cut_start == start:
        yield begin, stop, ""
    yield cut_start, cut_end, ""


def _lines(place: Place, found: tuple[int, Node], headings: Collection[str], *, more: bool) -> Iterator[Splice]:
    """The lines of a member. Of blank lines on both sides of it, those on one side go too."""
    (head, item), text = found, place.text
    column = head - line_start(text, head)
    begin = own_start(text, head, column, headings)
    end = own_end(text, max(place.content_end(item), head), column)
    before, behind = blanks_before(text, begin), blanks_behind(text, end)
    last = behind == len(text) and not more
    if last and not text.endswith("\n"):
        yield max(len(text[:before].rstrip("\r\n")), 0), behind, ""
    if last:
        yield before, end, ""
    elif before < begin or text[line_start(text, begin - 1) : begin].rstrip().endswith(":"):
        yield begin, behind, ""
    yield begin, end, ""

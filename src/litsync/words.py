"""How litsync speaks: lines with a style, and the words for places, records, values and problems.

Decides wording only. `cli` knows how a terminal shows styles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from litsync.core.model import CATALOG, VAULT, ZOTERO, Kind, Link, Name, Problem, RecordId, Value

KINDS = {
    Kind.PAPER: ("paper", "papers"),
    Kind.METHOD: ("method", "methods"),
    Kind.SECTION: ("section", "sections"),
    Kind.LIST: ("reading list", "reading lists"),
}
WHERE = {VAULT: "the vault", ZOTERO: "Zotero", CATALOG: "the catalog"}


class Style(StrEnum):
    """What a line is, for the terminal to show."""

    PLAIN = "plain"
    HEAD = "head"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    DIM = "dim"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report."""

    text: str
    style: Style = Style.PLAIN


def some_of(rows: Iterable[str], total: int, most: int) -> Iterator[Line]:
    """The first `most` rows of `total`, and how many more there are."""
    for number, row in enumerate(rows):
        if number == most:
            yield Line(f"  ... and {total - most} more (--verbose shows all)", Style.DIM)
            return
        yield Line(row)


def describe(problem: Problem) -> str:
    """One problem on one line, its place first."""
    text = f" ({problem.text})" if problem.text else ""
    advice = f"; {problem.suggestion}" if problem.suggestion else ""
    return f"{problem.place}: {problem.message}{text}{advice}"


def show(value: Value) -> str:
    """A value for a person: short, quoted, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"“{value if len(value) <= 80 else value[:77] + '...'}”"
    return "[" + ", ".join(_show_member(member) for member in value) + "]"


def _show_member(member: str | Name | Link) -> str:
    match member:
        case Name():
            return member.display
        case Link():
            return f"{member.title} <{member.url}>"
        case _:
            return member


def name_of(record: RecordId) -> str:
    """A record as people call it: the citekey, `method nerf`, `section core`, `the reading list`."""
    if record.kind is Kind.LIST:
        return "the reading list"
    return record.key if record.kind is Kind.PAPER else f"{KINDS[record.kind][0]} {record.key}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 paper`, `2 papers`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

"""Plans and results in words and as JSON.

Decides wording and order only. Words are lines with a style name; `cli` knows how a terminal shows styles. The JSON form is
documented in `docs/json.md` and stable within `schema`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Action,
    Change,
    Kind,
    Link,
    Name,
    Operation,
    Outcome,
    Plan,
    Problem,
    Reason,
    Record,
    RecordId,
    Value,
    Verdict,
    Waiting,
)
from litsync.errors import Exit, LitsyncError
from litsync.formats.plan_json import SCHEMA, plan_to_json, problem_to_json

if TYPE_CHECKING:
    from litsync.formats.catalog_yaml import Catalog
    from litsync.sync import Result

_SHOWN = 12
"""Lines of one kind that a summary shows before it counts the rest; `--verbose` shows all."""
_ALL = 10**9


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


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def error_to_json(error: LitsyncError) -> dict[str, Any]:
    """An error that ended a command."""
    problems = [problem_to_json(problem) for problem in getattr(error, "problems", ())]
    return {"message": error.message, "hint": error.hint, "exit": int(error.exit_code), "problems": problems}


def result_to_json(result: Result, command: str, *, dry_run: bool) -> dict[str, Any]:
    """What a cycle planned and did."""
    return {
        "schema": SCHEMA,
        "command": command,
        "dry_run": dry_run,
        "exit": int(exit_code(result)),
        "plan": plan_to_json(result.plan or Plan()),
        "outcomes": [
            {
                "replica": outcome.operation.replica,
                "action": outcome.operation.action,
                "record": str(outcome.operation.record),
                "verdict": outcome.verdict,
                "reason": outcome.reason,
            }
            for outcome in result.outcomes
        ],
        "unreachable": {name: error_to_json(error) for name, error in sorted(result.unreachable.items())},
    }


def exit_code(result: Result) -> Exit:
    """How the process ends: an unreachable replica says more than a failed record, and that more than a decision due."""
    for error in result.unreachable.values():
        return error.exit_code
    if any(outcome.verdict is Verdict.FAILED for outcome in result.outcomes):
        return Exit.PARTIAL
    plan = result.plan or Plan()
    if plan.holds or plan.conflicts or plan.problems:
        return Exit.PERSON_NEEDED
    return Exit.DONE


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

_KINDS = {
    Kind.PAPER: ("paper", "papers"),
    Kind.METHOD: ("method", "methods"),
    Kind.SECTION: ("section", "sections"),
    Kind.LIST: ("collection", "collections"),
}
_NOUNS = {
    VAULT: {Kind.PAPER: ("paper note", "paper notes"), Kind.METHOD: ("method note", "method notes")},
    ZOTERO: {
        Kind.PAPER: ("item", "items"),
        Kind.SECTION: ("subcollection", "subcollections"),
        Kind.LIST: ("collection", "collections"),
    },
}
_VERBS = {Action.CREATE: "added", Action.UPDATE: "changed", Action.DELETE: "removed"}


def summary(result: Result, places: Mapping[str, str], *, verbose: bool) -> Iterator[Line]:
    """What was done, what was not and why, in as few lines as tell it."""
    most = _ALL if verbose else _SHOWN
    for replica, place in places.items():
        if replica != CATALOG or any(o.operation.replica == CATALOG for o in result.outcomes):
            yield from _done(result, replica, place)
    yield from _failures(result.outcomes, most)
    yield from undecided(result, most)
    if result.scope is None and result.catalog is not None:
        yield from unclassified_lines(result.catalog.records.values(), most)


def _done(result: Result, replica: str, place: str) -> Iterator[Line]:
    if replica in result.unreachable:
        return
    written = [o.operation for o in result.outcomes if o.operation.replica == replica and o.verdict is Verdict.WRITTEN]
    text = counted(written) or "nothing to do"
    yield Line(f"{place}: {text}", Style.GOOD if written else Style.PLAIN)


def counted(operations: Iterable[Operation]) -> str:
    """`33 items added, 2 subcollections added, 1 item changed`."""
    counts = Counter((operation.replica, operation.action, operation.record.kind) for operation in operations)
    return ", ".join(
        f"{plural(count, *_NOUNS.get(replica, {}).get(kind, _KINDS[kind]))} {_VERBS[action]}"
        for (replica, action, kind), count in sorted(counts.items(), key=lambda row: (row[0][1], -row[1]))
    )


def _failures(outcomes: Sequence[Outcome], most: int) -> Iterator[Line]:
    groups = (
        ("could not be written", Style.BAD, [o for o in outcomes if o.verdict is Verdict.FAILED]),
        ("written in part", Style.WARN, [o for o in outcomes if o.verdict is Verdict.WRITTEN and o.reason]),
        (
            "changed meanwhile and left alone; push again",
            Style.WARN,
            [o for o in outcomes if o.verdict is Verdict.STALE],
        ),
    )
    for what, style, found in groups:
        if found:
            yield Line(f"{plural(len(found), 'record')} {what}:", style)
            rows = (f"  {_name(o.operation.record)} in {_WHERE[o.operation.replica]}: {o.reason}" for o in found)
            yield from _some(rows, len(found), most)


_WHERE = {VAULT: "the vault", ZOTERO: "Zotero", CATALOG: "the catalog"}


def undecided(result: Result, most: int) -> Iterator[Line]:
    """Everything the plan does not do and why, and the replicas that could not be asked."""
    for title, style, rows in open_business(result.plan or Plan()):
        if rows:
            yield Line(f"{title} ({len(rows)}):", style)
            yield from _some((f"  {row}" for row in rows), len(rows), most)
    for error in result.unreachable.values():
        yield Line(error.message, Style.BAD)
        if error.hint:
            yield Line(f"  {error.hint}", Style.DIM)


def open_business(plan: Plan) -> tuple[tuple[str, Style, list[str]], ...]:
    """What the plan leaves open, in groups: title, style and one line each; problems, holds and conflicts come first."""
    return (
        ("Problems, left alone until they are mended", Style.BAD, [describe(problem) for problem in plan.problems]),
        (
            "On hold until you decide",
            Style.WARN,
            [f"{_name(row.record)} {row.reason}; {row.hint}" for row in plan.holds],
        ),
        (
            "Conflicts, every value kept where it is",
            Style.WARN,
            [
                f"{_name(row.record)} {row.field}: "
                + ", ".join(f"{_WHERE[r]} {show(v)}" for r, v in row.values.items())
                for row in plan.conflicts
            ],
        ),
        ("Waiting where they are", Style.WARN, _waiting_rows(plan.waiting)),
        (
            "Different since first met, each side keeps its own",
            Style.WARN,
            [
                f"{_name(row.record)} {row.field}: {_WHERE[row.replica]} has {show(row.value)}, the catalog {show(row.target)}"
                for row in plan.differences
            ],
        ),
        (
            "Not in the catalog, left as they are",
            Style.PLAIN,
            [f"{_WHERE[row.replica]}: {row.title or row.where} ({row.where})" for row in plan.strangers],
        ),
    )


def _waiting_rows(waiting: Sequence[Waiting]) -> list[str]:
    return [
        f"{_name(row.record)} {row.field}: {_WHERE[row.replica]} has {show(row.value)}{_because(row)}"
        for row in waiting
    ]


def _because(row: Waiting) -> str:
    match row.reason:
        case Reason.EDITED:
            return f", edited there; the catalog says {show(row.target)}"
        case Reason.BEHIND:
            return f", which is older than {show(row.target)}"
        case Reason.REFUSED:
            return ", which the catalog may not hold: it is taken nowhere"
        case Reason.FIXED if row.field == "name":
            return f"; to call the note {show(row.target)}, rename it in Obsidian, which mends the links to it"
        case Reason.FIXED:
            return f"; litsync does not replace it by {show(row.target)}"


def _some(rows: Iterable[str], total: int, most: int) -> Iterator[Line]:
    for number, row in enumerate(rows):
        if number == most:
            yield Line(f"  ... and {total - most} more (--verbose shows all)", Style.DIM)
            return
        yield Line(row)


def dry_run_lines(result: Result, places: Mapping[str, str]) -> Iterator[Line]:
    """The whole plan: each operation, each field of it with what stands there and what would stand there."""
    plan = result.plan or Plan()
    for replica, place in places.items():
        operations = [operation for operation in plan.operations if operation.replica == replica]
        if replica == CATALOG and not operations:
            continue
        yield Line(f"{place}: {'would have ' + counted(operations) if operations else 'nothing to do'}", Style.HEAD)
        for operation in operations:
            yield from operation_lines(operation)
    yield from undecided(result, _ALL)
    yield Line("Nothing was written (--dry-run).", Style.DIM)


_SIGNS = {Action.CREATE: ("+", Style.ADD), Action.UPDATE: ("~", Style.PLAIN), Action.DELETE: ("-", Style.REMOVE)}


def operation_lines(operation: Operation) -> Iterator[Line]:
    """One operation, field by field: what stands there and what would stand there."""
    sign, style = _SIGNS[operation.action]
    yield Line(f"  {sign} {_name(operation.record)}", style)
    for change in operation.changes:
        yield from _change_lines(change)


def _change_lines(change: Change) -> Iterator[Line]:
    if change.old is not None:
        yield Line(f"      - {change.field}: {show(change.old)}", Style.REMOVE)
    if change.new is not None:
        yield Line(f"      + {change.field}: {show(change.new)}", Style.ADD)


def describe(problem: Problem) -> str:
    """One problem on one line, its place first."""
    text = f" ({problem.text})" if problem.text else ""
    advice = f"; {problem.suggestion}" if problem.suggestion else ""
    return f"{problem.place}: {problem.message}{text}{advice}"


def problem_lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """Problems as a compiler prints them: place and message, the text that stands there, what to do."""
    for problem in problems:
        yield Line(f"{problem.place}: {problem.message}", Style.BAD)
        if problem.text:
            yield Line(f"    {problem.text}")
        if problem.suggestion:
            yield Line(f"    -> {problem.suggestion}", Style.GOOD)


def check_lines(catalog: Catalog) -> Iterator[Line]:
    """What `check` has to say: all problems, or what the catalog holds and what no method classifies."""
    yield from problem_lines(catalog.problems)
    if catalog.problems:
        yield Line(plural(len(catalog.problems), "problem"), Style.BAD)
        return
    counts = Counter(record.kind for record in catalog.records)
    parts = [plural(counts[kind], *_KINDS[kind]) for kind in (Kind.PAPER, Kind.METHOD, Kind.SECTION)]
    yield Line(f"No problems: {', '.join(parts)}.", Style.GOOD)
    yield from _double_lines(catalog.records.values())
    yield from unclassified_lines(catalog.records.values(), _ALL)


def _double_lines(records: Iterable[Record]) -> Iterator[Line]:
    """The works that the catalog has twice, or seems to."""
    from litsync.formats.duplicates import doubles

    found = doubles(records)
    for certain, heading in ((True, "The same work twice"), (False, "Probably the same work twice")):
        rows = [one for one in found if one.certain is certain]
        if rows:
            yield Line(f"{heading} ({len(rows)}):", Style.WARN)
            yield from (Line(f"  {', '.join(one.citekeys)}: {one.reason}") for one in rows)


def unclassified_lines(records: Iterable[Record], most: int) -> Iterator[Line]:
    """The papers that no method classifies, with their numbers in the list."""
    records = list(records)
    papers = {record.id.key: record for record in records if record.id.kind is Kind.PAPER}
    found = _unclassified(records)
    if found:
        yield Line(f"Unclassified, no method and not a source of one ({len(found)}):")
        yield from _some((f"  {_listed(papers[key])}" for key in found), len(found), most)


def _unclassified(records: Iterable[Record]) -> tuple[str, ...]:
    from litsync.formats.catalog_check import unclassified

    return unclassified(records)


def _listed(paper: Record) -> str:
    number, title = paper.fields.get("number"), paper.fields.get("title")
    return f"{number}. {title} ({paper.id.key})" if number else f"{title} ({paper.id.key})"


def check_to_json(catalog: Catalog) -> dict[str, Any]:
    """The report of `check`."""
    from litsync.formats.duplicates import doubles

    counts = Counter(record.kind for record in catalog.records)
    return {
        "schema": SCHEMA,
        "command": "check",
        "problems": [problem_to_json(problem) for problem in catalog.problems],
        "papers": counts[Kind.PAPER],
        "methods": counts[Kind.METHOD],
        "sections": counts[Kind.SECTION],
        "unclassified": list(_unclassified(catalog.records.values())),
        "doubles": [
            {"papers": list(one.citekeys), "certain": one.certain, "reason": one.reason}
            for one in doubles(catalog.records.values())
        ],
    }


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


def _name(record: RecordId) -> str:
    return record.key if record.kind is Kind.PAPER else f"{_KINDS[record.kind][0]} {record.key}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 paper`, `2 papers`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

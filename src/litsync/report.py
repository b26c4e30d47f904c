"""Plans and results in words and as JSON.

Decides wording and order only. Words are lines with a style name; `cli` knows how a terminal shows styles. The JSON form is
documented in `docs/json.md` and stable within `schema`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Action,
    Change,
    Kind,
    Operation,
    Outcome,
    Plan,
    Problem,
    Record,
    Verdict,
)
from litsync.errors import Exit, LitsyncError
from litsync.formats.plan_json import SCHEMA, plan_to_json, problem_to_json
from litsync.open_business import open_lines
from litsync.words import KINDS, WHERE, Line, Style, name_of, plural, show, some_of

if TYPE_CHECKING:
    from litsync.formats.catalog_yaml import Catalog
    from litsync.replicas.base import Beside
    from litsync.sync import Result

_SHOWN = 12
"""Lines of one kind that a summary shows before it counts the rest; `--verbose` shows all."""
_ALL = 10**9


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
        "views": [{"replica": name, "file": one.file, "lines": list(one.lines)} for name, one in result.beside],
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


WITHDRAWN = "what litsync made it for is gone, and nobody had touched it; `litsync undo` brings it back"

# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

_NOUNS = {
    VAULT: {Kind.PAPER: ("paper note", "paper notes"), Kind.METHOD: ("method note", "method notes")},
    ZOTERO: {
        Kind.PAPER: ("item", "items"),
        Kind.SECTION: ("subcollection", "subcollections"),
        Kind.LIST: ("collection", "collections"),
    },
}
_VERBS = {Action.CREATE: "added", Action.UPDATE: "changed", Action.DELETE: "removed"}


def summary(result: Result, places: Mapping[str, str], *, verbose: bool, answer: bool = False) -> Iterator[Line]:
    """What was done, what was not and why, in as few lines as tell it.

    After an `answer` to a question nobody asks for more than what became of it.
    """
    most = _ALL if verbose else _SHOWN
    for replica, place in places.items():
        if replica != CATALOG or any(o.operation.replica == CATALOG for o in result.outcomes):
            yield from _done(result, replica, place)
    yield from _taken_back(result.plan or Plan(), "was taken back")
    yield from _failures(result.outcomes, most)
    yield from undecided(result, most)
    if result.scope is None and result.catalog is not None and not answer:
        yield from unclassified_lines(result.catalog.records.values(), most)


def _done(result: Result, replica: str, place: str) -> Iterator[Line]:
    if replica in result.unreachable:
        return
    written = [o.operation for o in result.outcomes if o.operation.replica == replica and o.verdict is Verdict.WRITTEN]
    made = {one.record for one in written if one.action is Action.CREATE}
    # What was added, and then got an address of what was added elsewhere, was added.
    told = (one for one in written if one.action is not Action.UPDATE or one.record not in made)
    text = counted(told) or "nothing to do"
    yield Line(f"{place}: {text}", Style.GOOD if written else Style.PLAIN)


def _taken_back(plan: Plan, what: str) -> Iterator[Line]:
    """Why something goes that no person removed."""
    for record in plan.withdrawn:
        yield Line(f"{name_of(record)} {what}: {WITHDRAWN}", Style.WARN)


def counted(operations: Iterable[Operation]) -> str:
    """`33 items added, 2 subcollections added, 1 item changed`."""
    # Once, however many cycles of one command wrote it.
    written = {(operation.replica, operation.action, operation.record) for operation in operations}
    counts = Counter((replica, action, record.kind) for replica, action, record in written)
    return ", ".join(
        f"{plural(count, *_NOUNS.get(replica, {}).get(kind, KINDS[kind]))} {_VERBS[action]}"
        for (replica, action, kind), count in sorted(counts.items(), key=lambda row: (row[0][1], -row[1], row[0][2]))
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
            rows = (f"  {name_of(o.operation.record)} in {WHERE[o.operation.replica]}: {o.reason}" for o in found)
            yield from some_of(rows, len(found), most)


def undecided(result: Result, most: int) -> Iterator[Line]:
    """Everything the plan does not do and why, and the replicas that could not be asked."""
    yield from open_lines(result.plan or Plan(), most)
    for error in result.unreachable.values():
        yield Line(error.message, Style.BAD)
        if error.hint:
            yield Line(f"  {error.hint}", Style.DIM)


def dry_run_lines(result: Result, places: Mapping[str, str]) -> Iterator[Line]:
    """The whole plan: each operation, each field of it with what stands there and what would stand there."""
    plan = result.plan or Plan()
    for replica, place in places.items():
        operations = [operation for operation in plan.operations if operation.replica == replica]
        files = [found for name, found in result.beside if name == replica]
        if replica == CATALOG and not operations:
            continue
        parts = [
            text for text in (counted(operations), plural(len(files), "view") + " changed" if files else "") if text
        ]
        yield Line(f"{place}: {'would have ' + ', '.join(parts) if parts else 'nothing to do'}", Style.HEAD)
        for operation in operations:
            yield from operation_lines(operation)
        for found in files:
            yield from _beside_lines(found)
    yield from _taken_back(plan, "would be taken back")
    yield from undecided(result, _ALL)
    yield Line("Nothing was written (--dry-run).", Style.DIM)


def _beside_lines(found: Beside) -> Iterator[Line]:
    yield Line(f"  ~ {found.file}")
    for line in found.lines:
        yield Line(f"      {line[0]} {line[1:]}", Style.ADD if line.startswith("+") else Style.REMOVE)


_SIGNS = {Action.CREATE: ("+", Style.ADD), Action.UPDATE: ("~", Style.PLAIN), Action.DELETE: ("-", Style.REMOVE)}


def operation_lines(operation: Operation) -> Iterator[Line]:
    """One operation, field by field: what stands there and what would stand there."""
    sign, style = _SIGNS[operation.action]
    yield Line(f"  {sign} {name_of(operation.record)}", style)
    for change in operation.changes:
        # Of a record that is made again `old` is what was last known of it: nothing of that stands there now.
        yield from _change_lines(replace(change, old=None) if operation.action is Action.CREATE else change)


def _change_lines(change: Change) -> Iterator[Line]:
    if change.old is not None:
        yield Line(f"      - {change.field}: {show(change.old)}", Style.REMOVE)
    if change.new is not None:
        yield Line(f"      + {change.field}: {show(change.new)}", Style.ADD)


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
    parts = [plural(counts[kind], *KINDS[kind]) for kind in (Kind.PAPER, Kind.METHOD, Kind.SECTION)]
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
        yield from some_of((f"  {_listed(papers[key])}" for key in found), len(found), most)


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

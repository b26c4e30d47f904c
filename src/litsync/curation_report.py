"""What commands that change the catalog did, in words and as JSON. Decides wording and order only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from litsync.core.codec import to_json
from litsync.core.model import Action, Kind, Outcome, Verdict
from litsync.errors import Exit
from litsync.exchange.found import Reading
from litsync.exchange.intake import Intake
from litsync.formats.plan_json import SCHEMA, problem_to_json
from litsync.report import operation_lines
from litsync.words import Line, Style, describe, plural, show

_SHOWN = 12
_ALL = 10**9


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: what was read of which source, what that means, and what became of it (nothing yet with `dry_run`).

    `gone` are the papers that the source named before and does not name any more; `asked` says why nothing was written.
    """

    source: str
    reading: Reading
    intake: Intake
    outcomes: Sequence[Outcome] = ()
    dry_run: bool = False
    gone: Sequence[str] = ()
    asked: str = "--dry-run"

    @property
    def exit(self) -> Exit:
        """A record that was refused, or a fault in the source, is a partial success; a doubt needs a person."""
        failed = any(one.verdict is not Verdict.WRITTEN for one in self.outcomes)
        if failed or self.reading.faults:
            return Exit.PARTIAL
        return Exit.PERSON_NEEDED if self.intake.doubtful else Exit.DONE


def import_lines(done: Imported, *, verbose: bool) -> Iterator[Line]:
    """The import in as few lines as tell it; with `dry_run` every operation, field by field."""
    most = _ALL if verbose or done.dry_run else _SHOWN
    yield Line(f"{done.source}: {_counts(done)}", Style.HEAD)
    if done.dry_run:
        for operation in done.intake.operations:
            yield from operation_lines(operation)
    else:
        new = frozenset(done.intake.added)
        added = [one for one in done.intake.operations if one.record.key in new]
        titles = (str(next(c.new for c in one.changes if c.field == "title")) for one in added)
        rows = [f"+ {one.record.key}: {title}" for one, title in zip(added, titles, strict=True)]
        yield from _listed("", rows, most, Style.ADD)
        changed = [one for one in done.intake.operations if one.action is Action.UPDATE]
        facts = [f"~ {one.record.key}: {', '.join(change.field for change in one.changes)}" for one in changed]
        yield from _listed("", facts, most, Style.PLAIN)
    failed = [one for one in done.outcomes if one.verdict is not Verdict.WRITTEN]
    yield from _listed("Not written", [f"{one.operation.record.key}: {one.reason}" for one in failed], most, Style.BAD)
    yield from _open_lines(done, most)
    if done.dry_run:
        yield Line(f"Nothing was written ({done.asked}).", Style.DIM)


def _open_lines(done: Imported, most: int) -> Iterator[Line]:
    intake = done.intake
    yield from _listed("Faults of the source", [describe(one) for one in done.reading.faults], most, Style.WARN)
    doubtful = [
        f"{one.work.place}: {one.work.fields.get('title')} may be {one.like}: {one.reason}" for one in intake.doubtful
    ]
    yield from _listed(
        "Left out, probably in the catalog already (--doubtful merge, or add)", doubtful, most, Style.WARN
    )
    kept = [
        f"{one.citekey} {one.field}: you have {show(one.here)}, there it is {show(one.there)}" for one in intake.kept
    ]
    yield from _listed("Kept as the catalog has it", kept, most, Style.PLAIN)
    yield from _listed("No longer named there; nothing is removed", list(done.gone), most, Style.PLAIN)
    renamed = [f"{old} is added as {new}: the citekey is taken, or is none" for old, new in intake.renamed.items()]
    yield from _listed("Citekeys", renamed, most, Style.PLAIN)
    doubts = [f"{one.place}: {one.fields.get('title')}: {one.doubt}" for one in done.reading.works if one.doubt]
    yield from _listed("Uncertain", doubts, most, Style.WARN)
    passed = Counter(one.message for one in done.reading.passed)
    if passed and most == _ALL:
        yield from _listed("Left", [describe(one) for one in done.reading.passed], most, Style.PLAIN)
    elif passed:
        yield Line(f"Left ({passed.total()}, --verbose lists them):", Style.DIM)
        yield from (Line(f"  {count} {reason}", Style.DIM) for reason, count in passed.most_common())
    left = Counter(name for work in done.reading.works for name in work.left)
    if left:
        names = ", ".join(f"{name} ({count})" for name, count in left.most_common())
        yield Line(f"The catalog has no field for: {names}", Style.DIM)


def _counts(done: Imported) -> str:
    intake = done.intake
    changed = sum(one.action is Action.UPDATE for one in intake.operations)
    known = sum(bool(key) for key in intake.papers) - len(intake.added)
    parts = [plural(len(intake.added), "new paper")]
    if known:
        parts.append(f"{known:,} in the catalog already" + (f" ({changed:,} with new facts)" if changed else ""))
    if intake.doubtful:
        parts.append(f"{len(intake.doubtful):,} in doubt")
    return f"{plural(len(done.reading.works), 'work')}: {', '.join(parts)}"


def _listed(title: str, rows: Sequence[str], most: int, style: Style) -> Iterator[Line]:
    if rows and title:
        yield Line(f"{title} ({len(rows)}):", style)
    for row in rows[:most]:
        yield Line(f"  {row}", Style.PLAIN if title else style)
    if len(rows) > most:
        yield Line(f"  ... and {len(rows) - most} more (--verbose shows all)", Style.DIM)


def import_to_json(done: Imported) -> dict[str, Any]:
    """The same for machines."""
    intake = done.intake
    return {
        "schema": SCHEMA,
        "command": "import",
        "dry_run": done.dry_run,
        "exit": int(done.exit),
        "source": done.source,
        "works": len(done.reading.works),
        "papers": list(intake.papers),
        "added": list(intake.added),
        "changed": _changed(done),
        "doubtful": [
            {
                "title": to_json(one.work.fields.get("title")),
                "place": str(one.work.place),
                "like": one.like,
                "reason": one.reason,
            }
            for one in intake.doubtful
        ],
        "kept": [
            {"paper": one.citekey, "field": one.field, "here": to_json(one.here), "there": to_json(one.there)}
            for one in intake.kept
        ],
        "gone": list(done.gone),
        "renamed": dict(intake.renamed),
        "entries": [
            {
                "paper": key,
                "title": to_json(work.fields.get("title")),
                "line": work.place.line,
                "also": [one.line for one in work.also],
                "doubt": work.doubt,
            }
            for key, work in zip(intake.papers, done.reading.works, strict=True)
        ],
        "left": [problem_to_json(one) for one in done.reading.passed],
        "problems": [problem_to_json(one) for one in done.reading.faults],
        "refused": _refused(done.outcomes),
    }


def _changed(done: Imported) -> list[dict[str, Any]]:
    updates = [one for one in done.intake.operations if one.action is Action.UPDATE and one.record.kind is Kind.PAPER]
    return [
        {"paper": one.record.key, "field": change.field, "old": to_json(change.old), "new": to_json(change.new)}
        for one in updates
        for change in one.changes
    ]


def _refused(outcomes: Iterable[Outcome]) -> list[dict[str, str]]:
    failed = (one for one in outcomes if one.verdict is not Verdict.WRITTEN)
    return [{"record": str(one.operation.record), "reason": one.reason} for one in failed]

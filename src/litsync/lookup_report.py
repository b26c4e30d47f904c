"""What `add` and `enrich` found and did, in words and as JSON. Decides wording and order only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from litsync.core.codec import to_json
from litsync.core.model import Change, Name, Operation, Outcome, Verdict
from litsync.errors import Exit, ServiceError
from litsync.exchange.found import Found
from litsync.exchange.intake import Intake
from litsync.formats.plan_json import SCHEMA
from litsync.lookup.enrich import Enrichment
from litsync.lookup.find import Answer
from litsync.report import operation_lines
from litsync.words import Line, Style, plural, show


@dataclass(frozen=True, slots=True)
class Added:
    """One run of `add`: an answer for each identifier, what the works that were found mean, and what became of that."""

    answers: Sequence[Answer]
    intake: Intake
    outcomes: Sequence[Outcome] = ()
    dry_run: bool = False

    @property
    def exit(self) -> Exit:
        """A work that nobody knows, or of which there are several, is for a person to name otherwise."""
        if _refused(self.outcomes):
            return Exit.PARTIAL
        unknown = any(one.work is None for one in self.answers)
        return Exit.PERSON_NEEDED if unknown or self.intake.doubtful else Exit.DONE


def add_lines(done: Added) -> Iterator[Line]:
    """What was found, field by field, and what became of it."""
    keys = iter(done.intake.papers)
    written = {one.record.key: one for one in done.intake.operations}
    for answer in done.answers:
        if answer.work is None:
            yield from _not_one(answer)
            continue
        key = next(keys)
        if key in written:
            yield from operation_lines(written.pop(key))
        elif key:
            yield Line(f"  {key} is in the catalog already, and says as much: {answer.identifier}")
    for one in done.intake.doubtful:
        text = f"  {one.work.fields.get('title')} may be {one.like}: {one.reason} (--doubtful merge, or add)"
        yield Line(text, Style.WARN)
    yield from _refusals(done.outcomes)
    if done.dry_run:
        yield Line("Nothing was written (--dry-run).", Style.DIM)
    elif done.intake.added and not _refused(done.outcomes):
        yield Line(f"Added {', '.join(done.intake.added)}.", Style.GOOD)


def _not_one(answer: Answer) -> Iterator[Line]:
    if not answer.candidates:
        yield Line(f"  nobody knows {answer.identifier}", Style.WARN)
        return
    yield Line(f"  several works may be meant by {answer.identifier}; add one by its id:", Style.WARN)
    yield from (Line(f"    {_id(work)}  {_described(work)}") for work in answer.candidates)


def _id(work: Found) -> str:
    return str(work.fields.get("arxiv") or work.fields.get("doi") or work.fields.get("url") or "")


def _described(work: Found) -> str:
    authors = [one for one in work.fields.get("authors") or () if isinstance(one, Name)]
    who = authors[0].family + (" et al." if len(authors) > 1 else "") if authors else ""
    parts = [str(work.fields.get("title")), who, str(work.fields.get("date") or "")[:4]]
    return ", ".join(part for part in parts if part)


def _refused(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.verdict is not Verdict.WRITTEN]


def _refusals(outcomes: Iterable[Outcome]) -> Iterator[Line]:
    for one in _refused(outcomes):
        yield Line(f"  {one.operation.record.key} was not written: {one.reason}", Style.BAD)


def add_to_json(done: Added) -> dict[str, Any]:
    """The same for machines."""
    keys = iter(done.intake.papers)
    return {
        "schema": SCHEMA,
        "command": "add",
        "dry_run": done.dry_run,
        "exit": int(done.exit),
        "answers": [
            {
                "asked": one.identifier,
                "paper": next(keys) if one.work else "",
                "found": _fields(one.work) if one.work else None,
                "candidates": [_fields(work) for work in one.candidates],
            }
            for one in done.answers
        ],
        "added": list(done.intake.added),
        "operations": [_operation(one) for one in done.intake.operations],
        "doubtful": [
            {"title": to_json(o.work.fields.get("title")), "like": o.like, "reason": o.reason}
            for o in done.intake.doubtful
        ],
        "refused": [{"record": str(o.operation.record), "reason": o.reason} for o in _refused(done.outcomes)],
    }


def _fields(work: Found) -> dict[str, Any]:
    return {name: to_json(value) for name, value in work.fields.items()}


def _operation(one: Operation) -> dict[str, Any]:
    return {"action": one.action, "record": str(one.record), "changes": _changes(one.changes)}


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [{"field": one.field, "old": to_json(one.old), "new": to_json(one.new)} for one in changes]


# ── enrich ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Enriched:
    """One run of `enrich`: the plan, what became of it if it was applied, and the services that could not be asked."""

    plan: Enrichment
    outcomes: Sequence[Outcome] = ()
    failures: Sequence[ServiceError] = ()
    applied: bool = False

    @property
    def exit(self) -> Exit:
        """A service that could not be asked counts most: what it knows is not in the plan."""
        if self.failures:
            return Exit.SERVICE
        return Exit.PARTIAL if _refused(self.outcomes) else Exit.DONE


def enrich_lines(done: Enriched) -> Iterator[Line]:
    """The plan, field by field, and what to do about it."""
    count = len(done.plan.operations)
    verb = "Filled in" if done.applied else "Would fill in"
    yield Line(f"{verb} {plural(count, 'paper')}:" if count else "Nothing to fill in.", Style.HEAD)
    for operation in done.plan.operations:
        yield from operation_lines(operation)
    if done.plan.published:
        yield Line(f"Published since, and still preprints in the catalog ({len(done.plan.published)}):", Style.WARN)
    for one in done.plan.published:
        said = ", ".join(f"{change.field} {show(change.new)}" for change in one.changes)
        yield Line(f"  {one.citekey}: {said}")
    yield from _refusals(done.outcomes)
    for error in done.failures:
        yield Line(error.message, Style.BAD)
        yield Line(f"  {error.hint}", Style.DIM)
    if not done.applied and (count or done.plan.published):
        also = " --published takes over where preprints appeared." if done.plan.published else ""
        yield Line(f"Nothing was written: --apply does.{also}", Style.DIM)


def enrich_to_json(done: Enriched) -> dict[str, Any]:
    """The same for machines."""
    return {
        "schema": SCHEMA,
        "command": "enrich",
        "applied": done.applied,
        "exit": int(done.exit),
        "operations": [_operation(one) for one in done.plan.operations],
        "published": [{"paper": one.citekey, "changes": _changes(one.changes)} for one in done.plan.published],
        "refused": [{"record": str(o.operation.record), "reason": o.reason} for o in _refused(done.outcomes)],
        "failures": [{"message": one.message, "hint": one.hint} for one in done.failures],
    }

"""What a plan leaves open, in words: what needs a person first, then what waits, then what is only listed.

Decides wording and order. A row that can be decided begins with the id by which `approve` and `resolve` know it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from litsync.core.model import Hold, Plan, Reason, Waiting
from litsync.core.questions import MEANINGS, Choice
from litsync.words import WHERE, Line, Style, describe, name_of, show, some_of

_HOLDS = "On hold until you decide"
_CONFLICTS = "Conflicts, every value kept where it is"
_DIFFERENCES = "Different since first met, each side keeps its own"
_STRANGERS = "Not in the catalog, left as they are"


def open_business(plan: Plan) -> tuple[tuple[str, Style, list[str]], ...]:
    """What the plan leaves open, in groups: title, style and one line each; problems, holds and conflicts come first."""
    return (
        ("Problems, left alone until they are mended", Style.BAD, [describe(problem) for problem in plan.problems]),
        (
            _HOLDS,
            Style.WARN,
            [_hold_row(row) for row in plan.holds],
        ),
        (
            _CONFLICTS,
            Style.WARN,
            [
                f"{row.id}  {name_of(row.record)} {row.field}: "
                + ", ".join(f"{WHERE[r]} {show(v)}" for r, v in row.values.items())
                for row in plan.conflicts
            ],
        ),
        ("Waiting where they are", Style.WARN, _waiting_rows(plan.waiting)),
        (
            _DIFFERENCES,
            Style.WARN,
            [
                f"{row.id}  {name_of(row.record)} {row.field}: {WHERE[row.replica]} has {show(row.value)}, "
                f"the catalog {show(row.target)}"
                for row in plan.differences
            ],
        ),
        (
            _STRANGERS,
            Style.PLAIN,
            [f"{row.id}  {WHERE[row.replica]}: {row.title or row.where} ({row.where})" for row in plan.strangers],
        ),
    )


def open_lines(plan: Plan, most: int) -> Iterator[Line]:
    """All groups that have rows, `most` of each, and what to do about them."""
    for title, style, rows in open_business(plan):
        if rows:
            yield Line(f"{title} ({len(rows)}):", style)
            yield from some_of((f"  {row}" for row in rows), len(rows), most)
            yield from (Line(f"  {text}", Style.DIM) for text in _what_to_do(title, plan))


def _what_to_do(title: str, plan: Plan) -> Iterator[str]:
    """How a group of questions is answered: said once, below its rows."""
    if title == _HOLDS and (offered := _offered(plan)):
        yield "Decide with `litsync approve ID --choice ANSWER`; without an answer the first one is taken."
        yield from (f"  {choice}: {MEANINGS[choice]}" for choice in offered)
    elif title in (_CONFLICTS, _DIFFERENCES):
        yield "Settle with `litsync resolve ID --take catalog|vault|zotero`, or `--edit`."
    elif title == _STRANGERS and any(not row.foreign and row.id for row in plan.strangers):
        yield "Take one into the catalog with `litsync approve ID`."


def _offered(plan: Plan) -> list[Choice]:
    """The answers that the holds offer, each once."""
    return list(dict.fromkeys(Choice(choice) for hold in plan.holds if hold.id for choice in hold.choices))


def _hold_row(hold: Hold) -> str:
    who = WHERE[hold.replica] if hold.record.key == "list" else name_of(hold.record)
    text = f"{hold.id}  {who} {hold.reason}" if hold.id else f"{who} {hold.reason}"
    answers = " | ".join(hold.choices)
    joined = f"{text}{' ' if text.endswith('?') else '; '}{hold.hint}" if hold.hint else text
    return joined + (f" ({answers})" if answers else "")


def _waiting_rows(waiting: Sequence[Waiting]) -> list[str]:
    return [
        f"{name_of(row.record)} {row.field}: {WHERE[row.replica]} has {show(row.value)}{_because(row)}"
        for row in waiting
    ]


def _because(row: Waiting) -> str:
    match row.reason:
        case Reason.EDITED if row.field == "year":
            return f"; the year is worked out from the date, which says {show(row.target)}: change `date`"
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

"""What is open, what happened and what is taken back, in words and as JSON.

Decides wording and order only. The JSON form is documented in `docs/json.md`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from litsync.core.codec import to_json
from litsync.core.model import Action, Edit, Verdict
from litsync.daemon import DaemonState
from litsync.errors import Exit
from litsync.formats.plan_json import SCHEMA, business_to_json
from litsync.history import Done, Entry, Reverse
from litsync.open_business import open_lines
from litsync.standing import Standing
from litsync.words import WHERE, Line, Style, name_of, plural, show

_ALL = 10**9
_SHOWN = 12
_ORIGINS = {**WHERE, "you": "you"}
_VERBS = {Action.CREATE: "added to", Action.UPDATE: "changed in", Action.DELETE: "removed from"}


def status_lines(found: Standing, *, verbose: bool) -> Iterator[Line]:
    """What is open, or that nothing is, and when something was last done."""
    lines = list(open_lines(found.plan, _ALL if verbose else _SHOWN))
    yield from lines or ([] if found.failed else [Line("Nothing is open.", Style.GOOD)])
    yield from (Line(f"Not reached last time: {text}", Style.BAD) for text in found.unreachable)
    yield from (Line(f"Tried again by the next sync: {_done(one)}", Style.BAD) for one in found.failed)
    if found.last is not None:
        yield Line(f"Last change: cycle {_heading(found.last)}", Style.DIM)


def watch_lines(told: DaemonState) -> Iterator[Line]:
    """Whether `litsync watch` runs, what it did last, and what it waits for."""
    if not told.running:
        yield Line("Not watched: `litsync watch` keeps everything together by itself.", Style.DIM)
        return
    yield Line(f"Watched by process {told.pid} since {_local(told.started)}.", Style.GOOD)
    yield from (Line(f"  {text}", Style.WARN) for text in told.waits)
    yield from (Line(f"  {_local(told.last_change)}  {text}", Style.DIM) for text in told.last_done)


def _local(moment: str) -> str:
    return moment.replace("T", " ")[:16]


def standing_exit(found: Standing, told: DaemonState) -> Exit:
    """Whether a person is needed, for what is open or for what the daemon waits for.

    What is open the state knows, also right after a command has decided it; the daemon tells of it a moment later.
    """
    return Exit.PERSON_NEEDED if told.needs_person and told.waits else found.exit_code


def status_to_json(found: Standing, told: DaemonState) -> dict[str, Any]:
    """What is open, and what the daemon does, for machines."""
    watch = {"running": told.running, "pid": told.pid, "waits": list(told.waits), "last_done": list(told.last_done)}
    return {
        "schema": SCHEMA,
        "command": "status",
        "exit": int(standing_exit(found, told)),
        "watch": watch,
        "open": business_to_json(found.plan),
        "unreachable": list(found.unreachable),
        "last": _entry_to_json(found.last) if found.last else None,
    }


def log_lines(found: Sequence[Entry]) -> Iterator[Line]:
    """The cycles, each with what it took in and what it did."""
    if not found:
        yield Line("Nothing in the journal.")
    for entry in found:
        yield Line(_heading(entry), Style.HEAD)
        for edit in entry.edits:
            yield Line(f"    {_edit(edit)}")
        for text, count in Counter(_done(one) for one in entry.done).items():
            yield Line(f"    {text}{f' ({count} times)' if count > 1 else ''}", Style.DIM)


def _heading(entry: Entry) -> str:
    started = entry.started.replace("T", " ").removesuffix("+00:00")[:16]
    ended = "" if entry.ended else ", interrupted"
    return f"{entry.number}  {started} UTC  {entry.command}{ended}"


def _edit(edit: Edit) -> str:
    origins = " and ".join(_ORIGINS.get(origin, origin) for origin in edit.origins)
    by = f" (by {origins})" if edit.origins == ("you",) else f" (from {origins})" if origins else ""
    return f"{name_of(edit.record)} {edit.field}: {show(edit.old)} -> {show(edit.new)}{by}"


def _done(one: Done) -> str:
    if one.verdict is Verdict.WRITTEN:
        return f"{name_of(one.record)} {_VERBS[one.action]} {WHERE.get(one.replica, one.replica)}"
    return f"{name_of(one.record)} not {_VERBS[one.action]} {WHERE.get(one.replica, one.replica)}: {one.reason}"


def log_to_json(found: Sequence[Entry]) -> dict[str, Any]:
    """The cycles, for machines."""
    return {"schema": SCHEMA, "command": "log", "cycles": [_entry_to_json(entry) for entry in found]}


def _entry_to_json(entry: Entry) -> dict[str, Any]:
    return {
        "cycle": entry.number,
        "started": entry.started,
        "ended": entry.ended,
        "command": entry.command,
        "edits": [
            {
                "record": str(edit.record),
                "field": edit.field,
                "origins": list(edit.origins),
                "old": to_json(edit.old),
                "new": to_json(edit.new),
            }
            for edit in entry.edits
        ],
        "done": [
            {
                "replica": one.replica,
                "action": one.action,
                "record": str(one.record),
                "verdict": one.verdict,
                "reason": one.reason,
            }
            for one in entry.done
        ],
    }


def undo_lines(entry: Entry, found: Reverse) -> Iterator[Line]:
    """What is taken back, and what is not and why."""
    yield Line(f"Taking back {plural(found.count, 'change')} of cycle {_heading(entry)}", Style.HEAD)
    yield from (Line(f"  not taken back: {text}", Style.WARN) for text in found.skipped)

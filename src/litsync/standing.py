"""Where a project stands, as its state has it: what the last cycle left open. No replica is asked, and no lock is taken.

Decides what `litsync status` knows; the words are `report_past`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from litsync.config import Config
from litsync.core.model import Plan, Verdict
from litsync.errors import Exit, UsageError
from litsync.formats.plan_json import business_from_json
from litsync.history import Done, Entry, entries
from litsync.machine import explained, state_folder
from litsync.state import State


@dataclass(frozen=True, slots=True)
class Standing:
    """What is open, the last cycle that did something, and what could not be reached in the last one that looked.

    `failed` is what the last cycle could not write, and the next one tries again.
    """

    plan: Plan
    last: Entry | None
    unreachable: tuple[str, ...] = ()
    failed: tuple[Done, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """Whether a person is needed."""
        needed = self.plan.holds or self.plan.conflicts or self.plan.problems
        return Exit.PERSON_NEEDED if needed else Exit.DONE


@contextmanager
def open_state(config: Config) -> Iterator[State]:
    """The project's state, to read only. Raises UsageError when nothing was synced here yet."""
    folder = state_folder(config)
    if not (path := folder / "state.sqlite").exists():
        raise UsageError("nothing was synced here yet", "`litsync push --dry-run` shows what would be done first")
    with explained(folder):
        state = State.open(path, write=False)
        try:
            yield state
        finally:
            state.close()


def standing(config: Config) -> Standing:
    """Where the project stands. Raises UsageError when nothing was synced here yet."""
    with open_state(config) as state:
        business = state.fact("business")
        last = entries(state, 1)
        plan = business_from_json(business) if business else Plan()
        unreachable = tuple(state.fact("unreachable") or ())
        return Standing(plan, last[0] if last else None, unreachable, tuple(_failed(state, last)))


def _failed(state: State, last: list[Entry]) -> Iterator[Done]:
    unfinished = state.open_records()
    for one in (done for entry in last for done in entry.done if done.verdict is Verdict.FAILED):
        if unfinished is None or one.record in unfinished:
            yield one

"""The sync note: one note per machine, in the vault, in which a person sees what is open and decides it by ticking boxes.

Decides what the note says, and which ticks count: a box stands for exactly the question it shows, by the question's id, and
only in a note that is litsync's own word for word apart from ticks. Nothing in it links anywhere, so that it is no part of
the graph, and it holds no time, so that it changes only when what is open does. More than one deletion is not decided here.
Must not know how cycles run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from litsync.core.model import Conflict, Hold, Plan
from litsync.core.questions import MEANINGS, Choice
from litsync.formats.names import neutral
from litsync.replicas.files import Folder, content_hash
from litsync.words import WHERE, describe, name_of, show

_HEAD = """\
> [!info] What needs you
> litsync writes this note, and takes it away when nothing is open. Tick a box and it is done in a moment; a box counts only
> while exactly what it shows still stands.
"""
_MOST = 40
_SEVERAL = "> To remove more than one, use `litsync approve` on the command line; `litsync status` lists the ids."
_BOX = re.compile(r"^> - \[([ xX])\] .* %% ([a-z]+-[0-9a-f]+) ([a-z]+) %%$", re.MULTILINE)
_TICK = re.compile(r"^> - \[[xX]\] ", re.MULTILINE)
_SEAL = re.compile(r"^%% litsync ([0-9a-f]{32}) %%\n?\Z", re.MULTILINE)


# ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────


def render(plan: Plan) -> str:
    """The note about what the plan leaves open; empty when that needs nobody."""
    deletions = sum(Choice.REMOVE in hold.choices for hold in plan.holds)
    callouts = [
        *(_conflict(row) for row in plan.conflicts),
        *(_hold(row, several=deletions > 1) for row in plan.holds),
        *(f"> [!bug] {neutral(describe(row))}\n" for row in plan.problems),
    ]
    if not callouts:
        return ""
    if (left := len(callouts) - _MOST) > 0:
        callouts[_MOST:] = [f"> [!info] And {left} more: `litsync status` lists all of them.\n"]
    return _sealed("\n".join((_HEAD, *callouts)) + "\n")


def _conflict(row: Conflict) -> str:
    boxes = (_box(f"{WHERE[replica]}: {show(value)}", row.id, replica) for replica, value in row.values.items())
    head = f"> [!warning] {name_of(row.record)}: {row.field}\n> Changed differently in several places; whose value counts?\n"
    return head + "".join(boxes)


def _hold(row: Hold, *, several: bool) -> str:
    whole = row.record.key == "list"
    who = WHERE[row.replica] if whole else name_of(row.record)
    barred = {Choice.REMOVE} if several or whole else set()
    boxes = [_box(MEANINGS[Choice(choice)], row.id, choice) for choice in row.choices if choice not in barred]
    hint = f"> {neutral(row.hint)}\n" if row.hint else ""
    more = f"{_SEVERAL}\n" if barred.intersection(row.choices) else ""
    return f"> [!question] {neutral(f'{who} {row.reason}')}\n{hint}{''.join(boxes)}{more}"


def _box(text: str, question: str, answer: str) -> str:
    return f"> - [ ] {neutral(' '.join(text.split()))} %% {question} {answer} %%\n"


def _sealed(text: str) -> str:
    return f"{text}%% litsync {content_hash(text.encode())} %%\n"


# ── what is ticked ───────────────────────────────────────────────────────────────────────────────────────────────


def _unticked(text: str) -> str:
    return _TICK.sub("> - [ ] ", text)


def is_own(text: str) -> bool:
    """Whether the note is litsync's own, word for word, apart from ticks."""
    unticked = _unticked(text)
    seal = _SEAL.search(unticked)
    return seal is not None and content_hash(unticked[: seal.start()].encode()) == seal[1]


def answers(text: str) -> Mapping[str, str]:
    """What is ticked, by question. Two boxes of one question, two deletions, or words added to the note: nothing of it."""
    if not is_own(text):
        return {}
    ticked = [(question, answer) for tick, question, answer in _BOX.findall(text) if tick != " "]
    questions = [question for question, _ in ticked]
    chosen = {question: answer for question, answer in ticked if questions.count(question) == 1}
    deletions = [question for question, answer in chosen.items() if answer == Choice.REMOVE]
    return {question: answer for question, answer in chosen.items() if len(deletions) <= 1 or question not in deletions}


# ── on the disk ──────────────────────────────────────────────────────────────────────────────────────────────────


class SyncNote:
    """The note of one machine in one vault."""

    def __init__(self, folder: Folder, vault: Path, machine: str) -> None:
        """Nothing is read yet."""
        self._folder, self._vault, self.name = folder, vault, f"litsync ({machine}).md"

    def answers(self) -> Mapping[str, str]:
        """What is ticked now; nothing when there is no note, or it cannot be read."""
        with suppress(OSError, UnicodeDecodeError):
            return answers(self._folder.read(self.name).decode())
        return {}

    def show(self, plan: Plan) -> None:
        """Let the note say what the plan leaves open; it is taken away when that is nothing.

        Written only when it says something else. Words that a person added to it stay, in a note beside it. Raises OSError.
        """
        wanted = render(plan)
        try:
            text = self._folder.read(self.name).decode(errors="replace")
        except FileNotFoundError:
            self._create(wanted)
            return
        if text.strip() and _unticked(text) != wanted:
            self._change(text, wanted)

    def _create(self, wanted: str) -> None:
        if wanted:
            self._folder.create(self.name, wanted.encode())
            self._folder.sync([self.name])

    def _change(self, text: str, wanted: str) -> None:
        if not is_own(text):
            self._keep_words()
            self._create(wanted)
        elif wanted:
            self._folder.replace(self.name, wanted.encode(), text.encode())
            self._folder.release()
        else:
            (self._vault / self.name).unlink()

    def _keep_words(self) -> None:
        stem = self.name.removesuffix(".md")
        for number in _from(2):
            with suppress(FileExistsError):
                self._folder.move(self.name, f"{stem} {number}.md")
                return


def _from(number: int) -> Iterator[int]:
    while True:
        yield number
        number += 1

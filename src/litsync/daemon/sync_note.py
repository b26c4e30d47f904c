"""The sync note: one note per machine, in the vault, in which a person sees what is open and decides it by ticking boxes.

Decides what the note says, and which ticks count: a box stands for exactly the question it shows, by the question's id, and
only in a note that is litsync's own word for word apart from ticks. Nothing in it links anywhere, so that it is no part of
the graph, and it holds no time, so that it changes only when what is open does. More than one deletion is not decided here.
Must not know how cycles run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice

from litsync.core.model import Conflict, Hold, Plan
from litsync.core.questions import MEANINGS, Choice
from litsync.formats.names import neutral
from litsync.replicas.files import Folder, content_hash
from litsync.replicas.one_file import numbered
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
_SEAL = re.compile(r"^%% litsync ([0-9a-f]+) ([0-9a-f]{32}) %%\n?\Z", re.MULTILINE)


# ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────


def render(plan: Plan, machine: str) -> str:
    """The note of the machine with this id about what the plan leaves open; empty when that needs nobody."""
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
    return _sealed("\n".join((_HEAD, *callouts)) + "\n", machine)


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


def _sealed(text: str, machine: str) -> str:
    return f"{text}%% litsync {machine} {_seal(text, machine)} %%\n"


def _seal(text: str, machine: str) -> str:
    return content_hash(f"{machine} {text}".encode())


# ── what is ticked ───────────────────────────────────────────────────────────────────────────────────────────────


def _unticked(text: str) -> str:
    return _TICK.sub("> - [ ] ", text)


def is_own(text: str) -> bool:
    """Whether the note is litsync's own, word for word, apart from ticks."""
    unticked = _unticked(text)
    seal = _SEAL.search(unticked)
    return seal is not None and _seal(unticked[: seal.start()], seal[1]) == seal[2]


def owner_of(text: str) -> str | None:
    """The id of the machine whose sync note it is, also when words were added above the last line; None when it is none."""
    seal = _SEAL.search(text)
    return seal[1] if seal else None


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
    """The note of one machine in one vault. A save at the same moment is never lost: it stands, and is looked at again."""

    def __init__(self, folder: Folder, name: str, machine: str) -> None:
        """`name` is what the machine is called, `machine` its id. Nothing is read yet."""
        self._folder, self._machine = folder, machine
        self._plain, self._distinct = f"litsync ({name}).md", f"litsync ({name} {machine}).md"

    @property
    def name(self) -> str:
        """The note's path: with the machine's id in it where another machine of that name has its note in this vault."""
        if self._read(self._distinct) is not None:
            return self._distinct
        owner = owner_of((self._read(self._plain) or b"").decode(errors="replace"))
        return self._plain if owner in (None, self._machine) else self._distinct

    def answers(self) -> Mapping[str, str]:
        """What is ticked now; nothing when there is no note, or it cannot be read."""
        self._folder.release()
        with suppress(OSError, UnicodeDecodeError):
            return answers(self._folder.read(self.name).decode())
        return {}

    def show(self, plan: Plan) -> None:
        """Let the note say what the plan leaves open; it is taken away when that is nothing.

        Written only when it says something else. Words that a person added to it stay, in a note beside it. Raises OSError.
        """
        # Not before now: an editor may have held what was replaced or taken away last time.
        self._folder.release()
        wanted, name = render(plan, self._machine), self.name
        try:
            data = self._folder.read(name)
        except FileNotFoundError:
            self._create(name, wanted)
            return
        text = data.decode(errors="replace")
        if text.strip() and _unticked(text) != wanted:
            self._change(name, data, wanted)

    def _read(self, name: str) -> bytes | None:
        with suppress(OSError):
            return self._folder.read(name)
        return None

    def _create(self, name: str, wanted: str) -> None:
        if wanted:
            self._folder.create(name, wanted.encode())
            self._folder.sync([name])

    def _change(self, name: str, data: bytes, wanted: str) -> None:
        if not is_own(data.decode(errors="replace")):
            self._folder.move_beside(name, islice(numbered(name), 1, None))
            self._create(name, wanted)
        elif wanted:
            self._folder.replace(name, wanted.encode(), data)
        else:
            self._folder.take_away(name, data)

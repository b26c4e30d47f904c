"""The entries of a BibTeX file as it spells them, whatever is wrong between them.

Decides where reading goes on after a fault: at the next entry that begins a line. The grammar is pybtex's. What fields
mean is for `bibtex`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pybtex.database.input.bibtex import LowLevelParser, SkipEntry, month_names
from pybtex.scanner import Pattern, PrematureEOF, PybtexSyntaxError

from litsync.core.model import Place, Problem

_NOT_WORKS = frozenset({"string", "preamble"})
_NEXT_ENTRY = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+\s*[({]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its type and the names of its fields in lower case, its values as LaTeX, macros replaced."""

    type: str
    key: str
    fields: Mapping[str, str]
    place: Place


def read_entries(text: str, shown: str) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """All entries that can be read, and what is wrong with the rest and with theirs, in file order."""
    parser = _Parser(text, shown)
    entries = tuple(parser.entries())
    return entries, tuple(parser.found_faults)


class _Parser(LowLevelParser):  # type: ignore[misc]  # pybtex ships no types
    """pybtex's parser, which goes on behind a fault instead of giving up or swallowing what follows."""

    AT = Pattern(r"@(?=\s*[A-Za-z]+\s*[({])", "an entry")

    pos: int
    lineno: int

    def __init__(self, text: str, shown: str) -> None:
        super().__init__(text, macros=_Macros(month_names), filename=shown)
        self._shown = shown
        self._broken: PybtexSyntaxError | None = None
        self._line = 0
        self.found_faults: list[Problem] = []

    def entries(self) -> Iterator[Entry]:
        """Every entry that is whole."""
        while self.skip_to([self.AT]):
            self.command_start, self._line = self.pos - 1, self.lineno
            command, broken = self._command()
            if broken is not None:
                self._tell_broken(broken)
                self._go_on_behind(self.command_start)
            elif command is not None and command[0].lower() not in _NOT_WORKS:
                yield self._entry(command[0].lower(), *command[1])

    def handle_error(self, error: PybtexSyntaxError) -> None:
        """Remember the first fault of the entry at hand."""
        self._broken = self._broken or error

    def substitute_macro(self, name: str) -> str:
        """What a `@string` says; the name itself where none is defined, which is mostly what was meant."""
        if name not in self.macros:
            self._tell(self.lineno, f"`{name}` is no @string of this file: taken as text", name)
            return name
        return str(self.macros[name])

    def _command(self) -> tuple[tuple[str, Any] | None, PybtexSyntaxError | None]:
        """The next command, and the first thing that is wrong with it."""
        self._broken = None
        command = None
        try:
            command = self.parse_command()
        except SkipEntry:
            self._skip_comment()
        except PybtexSyntaxError as error:
            self.handle_error(error)
        return command, self._broken

    def _skip_comment(self) -> None:
        """A comment ends with its own brace, as biber has it, whatever stands in it."""
        start, line = self.pos, self.lineno
        try:
            for _ in self.parse_string(string_end=self.RBRACE):
                pass
        except PybtexSyntaxError:
            self.pos, self.lineno = start, line

    def _entry(self, kind: str, key: str, pairs: list[tuple[str, list[str]]]) -> Entry:
        fields: dict[str, str] = {}
        for name, parts in pairs:
            known = fields.setdefault(name.lower(), "".join(parts))
            if known != "".join(parts):
                self._tell(self._line, f"has `{name}` twice: the first counts", key)
        return Entry(kind, key, fields, Place(self._shown, self._line))

    def _tell_broken(self, error: PybtexSyntaxError) -> None:
        what = str(error.args[0]) if error.args else "cannot be read"
        what = (
            "a brace or quotation mark is not closed"
            if isinstance(error, PrematureEOF)
            else f"{what}, line {error.lineno}"
        )
        name = self.current_entry_key or "without a key"
        self._tell(
            self._line, f"is left out: {what}", f"entry {name}", "mend it and import again: the rest is recognised"
        )

    def _go_on_behind(self, start: int) -> None:
        found = _NEXT_ENTRY.search(self.text, start + 1)
        self.pos = found.start() if found else self.end_pos
        self.lineno = self._line + self.text.count("\n", start, self.pos)

    def _tell(self, line: int, message: str, text: str, suggestion: str = "") -> None:
        self.found_faults.append(Problem(Place(self._shown, line), message, text, suggestion))


class _Macros(dict[str, str]):
    """The `@string` macros of one file, found in any case."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__({name.lower(): text for name, text in known.items()})

    def __setitem__(self, name: str, text: str) -> None:
        super().__setitem__(name.lower(), text)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

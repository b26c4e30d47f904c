"""Where a note's properties end and its reader's text begins, by Obsidian's rules. Decides nothing about what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

BOM = "\ufeff"


class NoteError(ValueError):
    """The note's properties cannot be read, or not be changed safely. Line and column count from 1, 0 if not known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        """Remember the place as editors count it."""
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True, slots=True)
class Parts:
    """A note in three: up to the properties, the properties, and from the closing fence on. All of it is the note."""

    before: str
    head: str
    after: str


def decoded(data: bytes) -> str:
    """The note as text. Raises NoteError, with the place, when it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise NoteError("is not UTF-8 text", line, column) from None


def parts_of(text: str) -> Parts | None:
    """None when the note has no properties: its first line, behind a byte order mark, is not a fence, or none closes."""
    start = len(BOM) if text.startswith(BOM) else 0
    opening = re.compile(r"---\r?\n").match(text, start)
    if opening is None:
        return None
    closing = re.compile(r"^---(?=\r?$)", re.MULTILINE).search(text, opening.end())
    if closing is None:
        return None
    return Parts(text[: opening.end()], text[opening.end() : closing.start()], text[closing.start() :])


def split_note(data: bytes) -> tuple[str, str]:
    """The note in two: its properties with both fences (empty when it has none), and the text. Raises NoteError."""
    text = decoded(data)
    if (parts := parts_of(text)) is None:
        return "", text
    return f"{parts.before}{parts.head}{parts.after[:3]}", parts.after[3:]

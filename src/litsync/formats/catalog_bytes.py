"""What is wrong with a catalog file before anyone reads it as YAML.

Decides whether the bytes are text that a person may have meant as a catalog: not empty, UTF-8, of sane size, without control characters and without
the marks of an unfinished merge. One such fault makes every later message noise, so nothing else is reported about the file then.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from litsync.core.model import Place, Problem

MAX_BYTES = 200_000_000

_CONTROLS = bytes(sorted({*range(32), 127} - set(b"\t\n\r")))
_ALL_BUT_CONTROLS = bytes(sorted(set(range(256)) - set(_CONTROLS)))
_MERGE_MARK = re.compile(rb"^(?:<{7} |>{7} |\|{7} |={7}\r?$).*$", re.MULTILINE)
_MERGE_SIGNS = (b"<<<<<<< ", b"=======", b">>>>>>> ")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def without_mark(data: bytes) -> bytes:
    """The bytes behind a UTF-8 byte order mark, which some editors write and which means nothing."""
    return data.removeprefix(codecs.BOM_UTF8)


def inspect(path: str, data: bytes) -> tuple[Problem, ...]:
    """All problems of the first sort that there are; none when the file can be read as YAML text."""
    for look in (_size, _emptiness, _encoding, _controls, _merge_marks):
        if problems := tuple(look(path, data)):
            return problems
    return ()


def place_of(path: str, data: bytes, offset: int) -> Place:
    """Line and column, in characters, of a byte."""
    line_start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[line_start:offset].decode("utf-8", "replace")) + 1
    return Place(path, data.count(b"\n", 0, offset) + 1, column)


def _size(path: str, data: bytes) -> Iterator[Problem]:
    if len(data) > MAX_BYTES:
        yield Problem(
            Place(path),
            f"the file is larger than {MAX_BYTES // 1_000_000} MB",
            suggestion="split the catalog into several files",
        )


def _emptiness(path: str, data: bytes) -> Iterator[Problem]:
    if not data.strip():
        yield Problem(
            Place(path), "the file is empty", suggestion="a catalog starts with `title:` and holds a list `papers:`"
        )


def _encoding(path: str, data: bytes) -> Iterator[Problem]:
    if data.startswith(_UTF_16):
        yield Problem(Place(path, 1, 1), "the file is UTF-16, not UTF-8", suggestion="save it as UTF-8")
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data[data.rfind(b"\n", 0, error.start) + 1 :].split(b"\n", 1)[0]
        shown = line.decode("latin-1").strip()[:80]
        yield Problem(place_of(path, data, error.start), "is not UTF-8 text", shown, "save the file as UTF-8")


def _controls(path: str, data: bytes) -> Iterator[Problem]:
    found = data.translate(None, _ALL_BUT_CONTROLS)
    if found:
        offset = data.index(found[:1])
        name = f"U+{found[0]:04X}"
        yield Problem(
            place_of(path, data, offset),
            f"the control character {name} has no place in a catalog",
            suggestion="delete it",
        )


def _merge_marks(path: str, data: bytes) -> Iterator[Problem]:
    if not any(sign in data for sign in _MERGE_SIGNS):
        return
    for mark in _MERGE_MARK.finditer(data):
        text = mark[0].decode().strip()
        yield Problem(
            place_of(path, data, mark.start()),
            "is the mark of an unfinished merge",
            text,
            "settle the merge and delete the mark",
        )

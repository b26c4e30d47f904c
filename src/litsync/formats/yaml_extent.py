"""Which lines of a YAML text belong to one member of a list or one entry of a mapping, comments included.

Decides whose a comment is. One that stands deeper than the member, right behind it, is the member's; so is a block of
comments directly above it. A comment with a blank line below it speaks of more than one member and stays where it is, and
so does one that is drawn as a heading or names a section.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_RULER = re.compile(r"[-=#*~_─━═]{3,}")


def line_start(text: str, index: int) -> int:
    """Where the line of `index` begins."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Behind the line break of the line of `index`, or the end of the text."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def own_end(text: str, end: int, column: int) -> int:
    """Behind the last line of a member whose content ends at `end` and which begins at `column`."""
    at = last = line_end(text, end)
    while at < len(text):
        stop = line_end(text, at)
        line = text[at:stop]
        if line.strip() and not _is_comment(line, deeper_than=column):
            break
        last = stop if line.strip() else last
        at = stop
    return last


def own_start(text: str, start: int, column: int, headings: Collection[str] = ()) -> int:
    """Where the lines of a member begin that starts in the line at `start`: with the comments directly above it.

    `headings` are the names, case-folded, that make a comment a heading.
    """
    at = line_start(text, start)
    while at > 0:
        above = line_start(text, at - 1)
        line = text[above:at]
        if not _is_comment(line) or _is_comment(line, deeper_than=column) or _is_heading(line, headings):
            break
        at = above
    return at


def blanks_behind(text: str, index: int) -> int:
    """Behind the blank lines that follow `index`, where a line begins."""
    while index < len(text) and not text[index : (stop := line_end(text, index))].strip():
        index = stop
    return index


def blanks_before(text: str, index: int) -> int:
    """Where the blank lines begin that end at `index`, where a line begins."""
    while index > 0 and not text[(above := line_start(text, index - 1)) : index].strip():
        index = above
    return index


def gap_behind(text: str, index: int) -> int:
    """How many blank lines follow `index`, where a line begins."""
    return text[index : blanks_behind(text, index)].count("\n")


def _is_comment(line: str, deeper_than: int = -1) -> bool:
    bare = line.lstrip(" \t")
    return bare.startswith("#") and len(line) - len(bare) > deeper_than


def _is_heading(line: str, headings: Collection[str]) -> bool:
    bare = line.strip()
    return _RULER.search(bare[1:]) is not None or bare.strip("# \t").casefold().rstrip(":.") in headings

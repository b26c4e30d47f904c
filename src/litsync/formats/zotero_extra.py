"""The Extra field of a Zotero item: labelled lines among free text.

Decides which line holds a label and changes only that line. Zotero reads `Label: value` lines of Extra as fields that an
item type lacks; arXiv ids stand there as Zotero's own translators write them, `arXiv:2103.11078 [cs.CV]`.
"""

from __future__ import annotations

import re


def read_line(extra: str, label: str) -> str | None:
    """The value of the first line with that label, in any case; None when there is none."""
    for line in extra.split("\n"):
        if (value := _value(line, label)) is not None:
            return value
    return None


def set_line(extra: str, label: str, value: str | None) -> str:
    """Extra with that line set to `value`, or without it for None. Every other line stays, in its place."""
    lines = extra.split("\n") if extra else []
    place = next((n for n, line in enumerate(lines) if _value(line, label) is not None), None)
    if value is None:
        kept = lines if place is None else lines[:place] + lines[place + 1 :]
    elif place is None:
        kept = [*lines, f"{label}: {value}"]
    else:
        kept = [*lines[:place], f"{label}: {value}", *lines[place + 1 :]]
    return "\n".join(kept)


def read_arxiv(extra: str) -> str | None:
    """The arXiv id of the first `arXiv:` line, without the category behind it."""
    value = read_line(extra, "arXiv")
    return re.sub(r"\s*\[[^\]]*\]$", "", value) if value else None


def _value(line: str, label: str) -> str | None:
    head, colon, value = line.partition(":")
    return value.strip() or None if colon and head.strip().casefold() == label.casefold() else None

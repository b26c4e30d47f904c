"""The sections and methods of a list: names to ids, each id once.

Decides which headings make a section's name and which headings are methods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from anyascii import anyascii

from litsync.core.model import Fields
from litsync.core.values import tidy
from litsync.exchange.lists.blocks import Path
from litsync.exchange.lists.sections import announces_methods

SEPARATOR = " › "
"""Between the headings of a section that stands below another."""


class Sections:
    """Gives every path of headings an id; `by_id` are the names, in the order in which they came."""

    def __init__(self, title: str, marked: Mapping[Path, str] | None = None) -> None:
        """`title` is the list's own heading, which is no section; `marked` are the ids that headings bring along."""
        self._title = title
        self._ids: dict[str, str] = {}
        self._marked = {self._below_title(path): key for path, key in (marked or {}).items()}

    @property
    def by_id(self) -> Mapping[str, str]:
        """The names by id."""
        return {key: name for name, key in self._ids.items()}

    def add(self, path: Path) -> str:
        """The id of a section; empty for what stands under no heading but the title."""
        parts = self._below_title(path)
        methods = next((place for place, part in enumerate(parts) if announces_methods(part)), None)
        parts = parts[: methods + 1] if methods is not None else parts
        if not parts:
            return ""
        name = tidy(SEPARATOR.join(parts))
        if name not in self._ids:
            self._ids[name] = self._marked.get(parts) or _fresh(parts, set(self._ids.values()))
        return self._ids[name]

    def methods_in(self, path: Path) -> Path:
        """The headings that are methods: the one below a heading that announces methods."""
        parts = self._below_title(path)
        announcing = next((place for place, part in enumerate(parts) if announces_methods(part)), len(parts))
        return parts[announcing + 1 : announcing + 2]

    def _below_title(self, path: Path) -> Path:
        rest = path[1:] if path and path[0] == self._title else path
        return tuple(part for part in rest if part)


class Methods:
    """Gives every method an id; names that differ only in case are one method, and all spellings are kept."""

    def __init__(self) -> None:
        self._spellings: dict[str, list[str]] = {}
        self._ids: dict[str, str] = {}

    @property
    def by_id(self) -> Mapping[str, Fields]:
        """Name and other spellings by id, in the order in which they came."""
        return {
            self._ids[folded]: {"name": names[0], **({"aliases": tuple(names[1:])} if names[1:] else {})}
            for folded, names in self._spellings.items()
        }

    def add(self, name: str, marked: str = "") -> str:
        """The id of the method of this name; `marked` is one that it brings along."""
        name = tidy(name)
        folded = name.casefold()
        names = self._spellings.setdefault(folded, [name])
        if name not in names:
            names.append(name)
        if folded not in self._ids:
            self._ids[folded] = marked or _fresh((name,), set(self._ids.values()))
        return self._ids[folded]


def _fresh(parts: Path, taken: set[str]) -> str:
    """An id from the last of the parts, from more of them where that is taken, numbered where all are."""
    for count in range(1, len(parts) + 1):
        key = _slug(" ".join(parts[-count:]))
        if key not in taken:
            return key
    stem, number = _slug(" ".join(parts)), 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).casefold()).strip("-")[:60].strip("-") or "section"

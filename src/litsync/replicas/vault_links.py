"""Which note a wikilink means, and how a link to a note is written: the rules of Obsidian.

Decides by paths alone; knows nothing of what notes hold. Names are compared composed (NFC) and without regard to case,
because that is how Obsidian and half of all file systems compare them.
"""

from __future__ import annotations

import posixpath
from bisect import insort
from collections.abc import Iterable

from litsync.formats.names import name_key

_SUFFIX = ".md"


def stem_of(path: str) -> str:
    """The note's name as Obsidian shows it: `NeRF` for `Methods/NeRF.md`."""
    return path.rpartition("/")[2][: -len(_SUFFIX)]


class Links:
    """The notes of a vault, as targets of links."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Paths are relative to the vault, with `/`, and end in `.md`."""
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        """From now on the note at `path` counts."""
        named = self._by_name.setdefault(name_key(stem_of(path)), [])
        if path not in named:
            insort(named, path)

    def remove(self, path: str) -> None:
        """The note at `path` is there no more."""
        key = name_key(stem_of(path))
        named = self._by_name.get(key, [])
        if path in named:
            named.remove(path)
        if not named:
            self._by_name.pop(key, None)

    def paths(self) -> list[str]:
        """All notes."""
        return [path for named in self._by_name.values() for path in named]

    def has(self, stem: str) -> bool:
        """Whether any note has this name."""
        return name_key(stem) in self._by_name

    def named(self, stem: str) -> list[str]:
        """All notes of this name, in any case and composition of its letters."""
        return list(self._by_name.get(name_key(stem), ()))

    def at(self, path: str) -> str | None:
        """The note that stands at `path`, in whatever case it is written."""
        wanted = _key(path)
        return next((p for p in self._by_name.get(name_key(stem_of(path)), ()) if _key(p) == wanted), None)

    def find(self, target: str, source: str) -> str | None:
        """The note that `[[target]]` in the note at `source` leads to; None if none."""
        target = target.partition("#")[0].strip().removesuffix(_SUFFIX)
        folder = posixpath.dirname(source)
        if target.startswith(("./", "../")):
            return self.at(posixpath.normpath(posixpath.join(folder, target)) + _SUFFIX)
        if target.startswith("/"):
            return self.at(target[1:] + _SUFFIX)
        named = self._by_name.get(name_key(target.rpartition("/")[2]), ()) if target else ()
        if "/" in target:
            end = "/" + _key(target + _SUFFIX)
            named = [path for path in named if ("/" + _key(path)).endswith(end)]
        return min(named, key=lambda path: (not path.startswith(folder + "/"), len(path), path), default=None)

    def text(self, path: str) -> str:
        """What stands between the brackets of a link to the note: its name, or its whole path where others share it."""
        stem = stem_of(path)
        return stem if len(self._by_name.get(name_key(stem), ())) < 2 else path.removesuffix(_SUFFIX)


def _key(path: str) -> str:
    return "/".join(name_key(part) for part in path.split("/"))

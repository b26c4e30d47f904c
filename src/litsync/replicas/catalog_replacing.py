"""Several files of a catalog replaced as one: all of them, or none.

Decides what becomes of a replacement that did not come to its end. Before the first of several files goes, what they all shall
say is written down; whoever opens the project next finishes it, if the other files still say what they said then. Where somebody saves
one of the files in the middle of it, the others go back. Knows bytes only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litsync.replicas.base import Memory
from litsync.replicas.catalog_git import unsettled
from litsync.replicas.catalog_memory import fingerprint
from litsync.replicas.files import Displaced, Folder


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file that holds `before` and shall hold `after`."""

    path: Path
    before: bytes
    after: bytes


def replace_all(rows: Sequence[Replacement], memory: Memory, hidden: str) -> list[Folder] | None:
    """Replace the files; the folders that hold what was displaced, until they are released. None: somebody saved one of them.

    Then every file is as it was, but for what was saved. Raises OSError when a file cannot be written; then, too.
    """
    if len(rows) > 1 and any(row.path.read_bytes() != row.before for row in rows):
        return None
    if len(rows) > 1:
        said = {str(row.path.absolute()): [fingerprint(row.before), row.after.decode()] for row in rows}
        memory.warn(said)
    done: list[tuple[Replacement, Folder]] = []
    try:
        for row in rows:
            if (folder := _put(row.path.resolve(), row.before, row.after, hidden)) is None:
                _take_back(done, hidden)
                memory.warn(None)
                return None
            done.append((row, folder))
    except OSError:
        _take_back(done, hidden)
        memory.warn(None)
        raise
    memory.warn(None)
    return [folder for _, folder in done]


def finish_replacing(paths: Sequence[Path], warning: Mapping[str, Any], hidden: str) -> bool:
    """Finish what an interrupted `replace_all` left, by its warning; whether that is over.

    Nothing is done where no file had been replaced yet, or where somebody has saved one that still has to be: what the files
    say then is for a person. It is not over while git is at work on them.
    """
    if any(unsettled(path) for path in paths):
        return False
    now = {str(path.absolute()): path.read_bytes() for path in paths}
    if not warning.keys() <= now.keys():
        return True  # it is another catalog
    left = {path: before for path, (before, after) in warning.items() if now[path] != after.encode()}
    if len(left) < len(warning) and all(fingerprint(now[path]) == before for path, before in left.items()):
        for path in left:
            _let_go(_put(Path(path).resolve(), now[path], warning[path][1].encode(), hidden))
    return True


def _put(path: Path, before: bytes, after: bytes, hidden: str) -> Folder | None:
    folder = Folder(path.parent, path.parent / hidden, hashed=fingerprint)
    try:
        return folder if isinstance(folder.replace(path.name, after, before), Displaced) else None
    finally:
        folder.clear()


def _take_back(done: Sequence[tuple[Replacement, Folder]], hidden: str) -> None:
    for row, folder in done:
        _let_go(folder)
        _let_go(_put(row.path.resolve(), row.after, row.before, hidden))


def _let_go(folder: Folder | None) -> None:
    if folder is not None:
        folder.release()
        folder.clear()

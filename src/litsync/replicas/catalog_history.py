"""Where git stands with the catalog, and whether that moved in a way in which no person edits.

Decides when bytes that changed in a catalog file are history rather than news: another branch or an old commit was checked
out, or uncommitted changes were put away. Asks git only when one of git's own files has changed, and never writes: no
index is refreshed. Without a repository, or without git on this machine, there is nothing to tell.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from litsync.replicas.catalog_git import git_folder

_PATIENCE = 30.0
_MARKS = ("HEAD", "logs/HEAD", "index")


@dataclass(frozen=True, slots=True)
class Position:
    """Where one repository stands: the commit, and for the catalog files their blobs and whether these are committed or staged.

    `marks` are the stamps of git's own files, `hashes` litsync's fingerprints of the catalog files: while both stand still,
    all of it does.
    """

    head: str
    blobs: tuple[str, ...]
    committed: bool
    staged: bool
    marks: tuple[str, ...]
    hashes: tuple[str, ...] = ()


def positions(hashes: Mapping[Path, str], known: Any = None) -> dict[str, Any]:
    """The position of every repository that holds one of the files, as JSON, by its folder.

    `hashes` are the fingerprints of the files as they are now; `known` is an earlier answer, given back where nothing moved.
    """
    found: dict[str, Any] = {}
    for folder, files in _by_repository(hashes).items():
        before, now = (known or {}).get(str(folder)), [hashes[file] for file in files]
        if before is not None and (before["marks"], before["hashes"]) == (list(_marks(folder)), now):
            found[str(folder)] = before
        elif (position := _position(folder, files)) is not None:
            row = asdict(replace(position, hashes=tuple(now)))
            found[str(folder)] = {
                name: list(value) if isinstance(value, tuple) else value for name, value in row.items()
            }
    return found


def is_history(paths: Sequence[Path], known: Any) -> str | None:
    """Why the files' change since `known` is git's doing and no edit; None when it is one, or when that cannot be told."""
    for folder, files in _by_repository(paths).items():
        before = (known or {}).get(str(folder))
        if before is None or (now := _position(folder, files)) is None:
            continue
        if reason := _moved(folder, files, before, now):
            return reason
    return None


def _moved(folder: Path, files: Sequence[Path], before: Mapping[str, Any], now: Position) -> str | None:
    if (folder / "BISECT_LOG").exists():
        return "a bisect is going on in the catalog's repository"
    if now.head != before["head"] and not _follows(files, before["head"], now.head):
        return (
            f"git has gone to {now.head[:7] or 'a branch without commits'}, which does not follow {before['head'][:7]}"
        )
    # A file set back by hand also ends up as it was committed, but git's index does not move then.
    touched = now.head != before["head"] or now.marks != tuple(before["marks"])
    back = now.committed or now.staged
    if not before["committed"] and back and touched and not _in_a_commit(files, before, now):
        return "changes of the catalog were taken away without a commit (stash, restore or checkout)"
    return None


def _follows(files: Sequence[Path], old: str, new: str) -> bool:
    return not old or _git(files, "merge-base", "--is-ancestor", old, new or "HEAD") is not None


def _in_a_commit(files: Sequence[Path], before: Mapping[str, Any], now: Position) -> bool:
    """Whether the files as they were before are in a commit since then."""
    if now.head == before["head"]:
        return False
    since = f"{before['head']}..{now.head}" if before["head"] else now.head
    told = _git(files, "log", "--raw", "--no-abbrev", "--no-renames", "-m", "--format=", since, "--", *_names(files))
    return told is not None and all(blob in told for blob in before["blobs"] if blob not in now.blobs)


def _position(folder: Path, files: Sequence[Path]) -> Position | None:
    marks = _marks(folder)
    blobs = _git(files, "hash-object", "--", *_names(files))
    if blobs is None:
        return None
    head = _git(files, "rev-parse", "--verify", "--quiet", "HEAD") or ""
    names = _names(files)
    as_staged = _git(files, "diff", "--quiet", "--", *names) is not None
    as_committed = bool(head) and _git(files, "diff", "--quiet", "HEAD", "--", *names) is not None
    return Position(head.strip(), tuple(blobs.split()), as_committed, as_staged, marks)


def _names(files: Sequence[Path]) -> tuple[str, ...]:
    return tuple(str(file.absolute()) for file in files)


def _marks(folder: Path) -> tuple[str, ...]:
    return tuple(_stamp(folder / name) for name in _MARKS)


def _stamp(path: Path) -> str:
    try:
        seen = path.stat()
    except OSError:
        return ""
    return f"{seen.st_mtime_ns} {seen.st_size} {seen.st_ino}"


def _by_repository(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    found: dict[Path, list[Path]] = {}
    for path in paths:
        if (folder := git_folder(path)) is not None:
            found.setdefault(folder, []).append(path)
    return found


def _git(files: Sequence[Path], *arguments: str) -> str | None:
    """What git answers in the folder of the first file; None when it says no, or is not there."""
    command = ["git", "-C", str(files[0].absolute().parent), *arguments]
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        made = subprocess.run(  # noqa: S603 -- git itself, with our own words and the catalog's paths after `--`
            command, env=quiet, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return made.stdout if made.returncode == 0 else None

"""Where git stands with the catalog, and whether that moved in a way in which no person edits.

Decides when bytes that changed in a catalog file are history rather than news: another branch or an old commit was checked
out, or uncommitted changes were put away. Asks git only when one of git's own files has changed, and never writes: no
index is refreshed. Without a repository, or without git on this machine, there is nothing to tell.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from litsync.replicas.catalog_git import git_folder, marks

_PATIENCE = 30.0
_OBJECT = re.compile(r"[0-9a-f]{40,64}")

Texts = Mapping[Path, bytes]
"""The catalog's files, and what they hold."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where one repository stands with given texts of the catalog's files.

    `head` is the commit that is checked out, empty before the first one. `blobs` is how git calls these texts, `committed`
    whether that commit has all of them, `staged` whether the index does. `marks` are the stamps of git's own files, `hashes`
    litsync's fingerprints of the texts: while both stand still, all of it does.
    """

    head: str
    blobs: list[str]
    committed: bool
    staged: bool
    marks: list[str]
    hashes: list[str]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a cycle took in of the catalog: its texts with their fingerprints, and git's marks before it looked."""

    texts: Texts
    hashes: Mapping[Path, str]
    marks: Mapping[str, list[str]]


def positions(taken: TakenIn, known: Any) -> dict[str, Any]:
    """The position of every repository, as JSON, by its folder; `known` is the earlier answer."""
    repositories = _by_repository(taken.texts).items()
    found = {str(folder): _remembered(str(folder), texts, taken, known or {}) for folder, texts in repositories}
    return {folder: position for folder, position in found.items() if position is not None}


def _remembered(folder: str, texts: Texts, taken: TakenIn, known: Mapping[str, Any]) -> Any:
    before, hashes = known.get(folder), [taken.hashes[path] for path in texts]
    seen, now = taken.marks.get(folder, []), marks(texts)[folder]
    position = _position(texts, now, hashes)
    if position is None:
        return None
    if before is not None and now != seen:
        # Git moved while the cycle ran: what it took in belongs to where git was before.
        position = Position(before["head"], position.blobs, committed=False, staged=False, marks=seen, hashes=hashes)
    return asdict(position)


def is_in_git(paths: Sequence[Path], word: str) -> bool:
    """Whether a file has the word as it is committed or staged: then it is a person's, who put it there."""
    for texts in _by_repository(dict.fromkeys(paths, b"")).values():
        if _git(texts, "rev-parse", "--git-dir") is None:
            return True  # there is a repository, and git does not answer
        for name in _names(texts):
            if any(word in (_git(texts, "show", f"{where}:{name}") or "") for where in ("HEAD", "")):
                return True
    return False


def is_history(paths: Sequence[Path], known: Any) -> str | None:
    """Why the files' change since `known` is git's doing and no edit; None when it is one, or when that cannot be told."""
    for folder, texts in _by_repository({path: path.read_bytes() for path in paths}).items():
        before = (known or {}).get(str(folder))
        if before is None:
            continue
        now = _position(texts, marks(texts)[str(folder)], [])
        if now is not None and (reason := _moved(folder, texts, Position(**before), now)):
            return reason
    return None


def _moved(folder: Path, texts: Texts, before: Position, now: Position) -> str | None:
    if (folder / "BISECT_LOG").exists():
        return "a bisect is going on in the catalog's repository"
    if now.head != before.head and not _follows(texts, before.head, now.head):
        return f"git has gone to {now.head[:7] or 'a branch without commits'}, which does not follow {before.head[:7]}"
    # A file set back by hand also ends up as it was committed, but git's index does not move then.
    touched = now.head != before.head or now.marks != before.marks
    back = now.committed or now.staged
    if not before.committed and back and touched and not _in_a_commit(texts, before, now):
        return "changes of the catalog were taken away without a commit (stash, restore or checkout)"
    return None


def _follows(texts: Texts, old: str, new: str) -> bool:
    return not old or _git(texts, "merge-base", "--is-ancestor", old, new or "HEAD") is not None


def _in_a_commit(texts: Texts, before: Position, now: Position) -> bool:
    """Whether the files as they were before are in a commit since then."""
    if now.head == before.head:
        return False
    since = f"{before.head}..{now.head}" if before.head else now.head
    told = _git(texts, "log", "--raw", "--no-abbrev", "--no-renames", "-m", "--format=", since, "--", *_names(texts))
    return told is not None and all(blob in told for blob in before.blobs if blob not in now.blobs)


def _position(texts: Texts, seen: list[str], hashes: list[str]) -> Position | None:
    """Where the repository stands with the texts; None without git."""
    names = _names(texts)
    asked = ["HEAD", *(f"{where}:{name}" for where in ("HEAD", "") for name in names)]
    # All in one call: starting git costs more than what it does.
    told = _git(texts, "cat-file", "--batch-check=%(objectname)", text=os.fsencode("\n".join(asked)))
    if told is None:
        return None
    head, *found = [line if _OBJECT.fullmatch(line) else "" for line in told.splitlines()]
    blobs = [
        (_git(texts, "hash-object", "--stdin", f"--path={name}", text=text) or "").strip()
        for name, text in zip(names, texts.values(), strict=True)
    ]
    committed, staged = found[: len(names)], found[len(names) :]
    return Position(head, blobs, committed == blobs, staged == blobs, seen, hashes)


def _names(texts: Texts) -> list[str]:
    """The files as seen from the folder of the first one, where git is asked."""
    here = next(iter(texts)).absolute().parent
    return [
        f"./{os.path.relpath(path.absolute(), here)}".replace(os.sep, "/").replace("./../", "../") for path in texts
    ]


def _by_repository(texts: Texts) -> dict[Path, dict[Path, bytes]]:
    """The texts by the folder of their repository; files in several folders of one repository are asked about together."""
    found: dict[Path, dict[Path, bytes]] = {}
    for path, text in texts.items():
        if (folder := git_folder(path)) is not None:
            found.setdefault(folder, {})[path] = text
    return found


def _git(texts: Texts, *arguments: str, text: bytes | None = None) -> str | None:
    """What git answers in the folder of the first file; None when it says no, or is not there."""
    command = ["git", "-C", str(next(iter(texts)).absolute().parent), *arguments]
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        made = subprocess.run(  # noqa: S603 -- git itself, with our own words and the names of the catalog's files
            command, env=quiet, capture_output=True, input=text, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return made.stdout.decode("utf-8", "replace") if made.returncode == 0 else None

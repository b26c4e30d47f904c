"""Whether git is in the middle of something in the repository that holds a file.

Decides when a working tree shows bytes that nobody has chosen yet: git is writing, or waits for a person to settle a merge, rebase or pick. Reads a
few names in the repository's own folder and starts no git.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_UNSETTLED = {
    "index.lock": "git is at work",
    "MERGE_HEAD": "a merge is not finished",
    "rebase-merge": "a rebase is not finished",
    "rebase-apply": "a rebase is not finished",
    "CHERRY_PICK_HEAD": "a cherry-pick is not finished",
    "REVERT_HEAD": "a revert is not finished",
}


def unsettled(file: Path) -> tuple[str, Path] | None:
    """What is going on in the repository around the file, and the path that shows it; None when nothing is, or there is no repository.

    Raises OSError when git's folder cannot be looked into.
    """
    folder = git_folder(file)
    if folder is None:
        return None
    return next(((words, folder / name) for name, words in _UNSETTLED.items() if (folder / name).exists()), None)


_MARKS = ("HEAD", "logs/HEAD", "index")


def marks(files: Iterable[Path]) -> dict[str, list[str]]:
    """The stamps of git's own files, by the folder of each repository that holds one of the files.

    While they stand still, so do the commit that is checked out and what is staged.
    """
    folders = {folder for file in files if (folder := git_folder(file)) is not None}
    return {str(folder): [_stamp(folder / name) for name in _MARKS] for folder in folders}


def _stamp(path: Path) -> str:
    try:
        seen = path.stat()
    except OSError:
        return ""
    return f"{seen.st_mtime_ns} {seen.st_size} {seen.st_ino}"


def git_folder(file: Path) -> Path | None:
    """The folder in which git keeps the state of the working tree around the file; None outside of any."""
    with suppress(PermissionError):  # then the file itself cannot be reached: whoever reads it will be told
        for parent in file.absolute().parents:
            mark = parent / ".git"
            if mark.is_dir():
                return mark
            if mark.is_file():
                return _named_in(mark)
    return None


def _named_in(mark: Path) -> Path | None:
    """Worktrees and submodules have a file that names the folder."""
    try:
        text = mark.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    key, _, where = text.strip().partition(":")
    return mark.parent / where.strip() if key == "gitdir" and where.strip() else None

"""The catalog as it was at a commit: for jobs that remember nothing and have git.

Decides that a file which did not exist then was empty. Starts git to read; changes nothing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from litsync.core.model import Record, RecordId
from litsync.errors import CatalogError, UsageError
from litsync.formats.catalog_bytes import without_mark
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog


def records_at(paths: Sequence[Path], revision: str, statuses: Sequence[str]) -> Mapping[RecordId, Record]:
    """The records of the files at `revision`.

    Raises UsageError when there is no git or no such commit, CatalogError when the catalog broke its rules then.
    """
    for folder in {path.resolve().parent for path in paths}:
        _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", revision=revision)
    files = [
        CatalogFile(path.name, data) for path in paths if (data := _bytes_at(path.resolve(), revision)) is not None
    ]
    found = read_catalog(files, statuses)
    if found.problems:
        raise CatalogError(
            f"the catalog at {revision} has problems", "name a commit at which it had none", found.problems
        )
    return found.records


def _bytes_at(path: Path, revision: str) -> bytes | None:
    try:
        return without_mark(_git(path.parent, "show", f"{revision}:./{path.name}", revision=revision))
    except UsageError:
        return None


def _git(folder: Path, *arguments: str, revision: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607 -- the user's own git
    except OSError as error:
        raise UsageError("--base needs git, which could not be started", "install git") from error
    if done.returncode != 0:
        raise UsageError(f"git knows no commit `{revision}` around {folder}", "name a commit, branch or tag")
    return done.stdout

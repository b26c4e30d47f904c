"""Names that file-sync services and file managers give to the second copy of a file they could not merge.

Decides only what a name looks like. It is used to say which of two notes of one paper is probably the copy, never to
act on it: a note may carry such a name rightly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations

from litsync.replicas.vault_links import stem_of

_PATTERNS = (
    ("Syncthing", r"\.sync-conflict-\d{8}-\d{6}-\w+$"),
    ("Obsidian Sync", r" \(Conflicted copy\b[^)]*\)$"),
    ("a file-sync service", r" \([^)]*conflicted copy[^)]*\)$"),
    ("Dropbox", r" \((?:Case|Unicode Encoding|Selective Sync|White Space) Conflict[^)]*\)$"),
    ("a file manager", r"(?: - Copy(?: \(\d+\))?| copy(?: \d+)?| \((?:another )?copy(?: \d+)?\))$"),
    ("ownCloud", r"_conflict-[\d-]+$"),
    ("Google Drive or a download", r" \(\d+\)$"),
    ("iCloud, Obsidian or a file manager", r" \d{1,2}$"),
)


def made_by(stem: str) -> str:
    """Who names copies like this; empty when the name looks like no copy."""
    return next((maker for maker, pattern in _PATTERNS if re.search(pattern, stem)), "")


def made_beside(stem: str, other: str) -> str:
    """Who probably made the note `stem` as a copy of the note `other`; empty when it does not look so."""
    maker = made_by(stem)
    if maker and stem.startswith(other):
        return maker
    return "OneDrive" if re.fullmatch(re.escape(other) + r"-[A-Za-z0-9-]{2,}", stem) else ""


def copy_among(paths: Sequence[str]) -> tuple[str, str]:
    """Which of the notes is probably a copy of another one of them, and who made it; empty texts when none looks so."""
    pairs = ((path, made_beside(stem_of(path), stem_of(other))) for path, other in permutations(paths, 2))
    return next(((path, maker) for path, maker in pairs if maker), ("", ""))

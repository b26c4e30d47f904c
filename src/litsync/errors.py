"""Every error litsync reports to a person, with the exit code of each.

The tree (exit code in brackets):

    LitsyncError [1]
    ├── UsageError [2]        the command line or the configuration asks for something that cannot be
    ├── CatalogError [4]      the catalog breaks its own rules; carries all problems found
    ├── ZoteroError [6]       the library cannot be reached, or refused
    ├── VaultError [7]        the vault is missing, foreign, or cannot be written
    ├── LockedError [8]       another litsync works on this project
    └── ServiceError [9]      arXiv, Crossref or another service cannot be asked, or refused

Exit codes 3 (a person is needed) and 5 (some records failed) are results of a cycle, not errors. Foreign exceptions are mapped to these where they
are met; only `cli` prints them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litsync.core.model import Problem


class Exit(IntEnum):
    """What the process tells the shell when it ends."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    PERSON_NEEDED = 3
    CATALOG = 4
    PARTIAL = 5
    ZOTERO = 6
    VAULT = 7
    LOCKED = 8
    SERVICE = 9


class LitsyncError(Exception):
    """A failure a person can understand: `message` says what and where, `hint` what to do next (may be empty)."""

    exit_code = Exit.INTERNAL

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep both parts apart, so that each way of showing them can arrange them."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LitsyncError):
    """The command line or the configuration asks for something that cannot be."""

    exit_code = Exit.USAGE


class CatalogError(LitsyncError):
    """The catalog breaks its own rules; `problems` holds all of them, in file order."""

    exit_code = Exit.CATALOG

    def __init__(self, message: str, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        """Carry every problem, because a person mends a file in one go."""
        super().__init__(message, hint)
        self.problems = tuple(problems)


class ZoteroError(LitsyncError):
    """The Zotero library cannot be reached, or refused what was asked."""

    exit_code = Exit.ZOTERO


class VaultError(LitsyncError):
    """The vault is missing, belongs to another configuration, or cannot be written."""

    exit_code = Exit.VAULT


class LockedError(LitsyncError):
    """Another litsync process works on this project now."""

    exit_code = Exit.LOCKED


class ServiceError(LitsyncError):
    """A service on the web cannot be asked, or refused; nothing was changed because of it."""

    exit_code = Exit.SERVICE

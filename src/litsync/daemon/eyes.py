"""What lies on the disk now: the stamps of the notes, of the catalog's files and of git's.

Decides what a look consists of, and which files stand still. A vault or a folder that cannot be read is not looked at: its
notes have not disappeared.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG
from time import monotonic
from typing import Any

from litsync.config import Config
from litsync.daemon.settle import Quiet, Settling
from litsync.replicas.catalog_git import git_folder
from litsync.replicas.vault_scan import Listing, Stamp, scan, stamp

_GIT = ("HEAD", "logs/HEAD", "index")
_GAP = 0.15
_MANY = 500
_FRESH = 5.0
"""Seconds for which a walk over the vault may stand for another one."""

_SHARE = 4
"""After a look there is a pause, at least so many times as long as the look."""


class Eyes:
    """Looks at one project. `took` is how long the last look took, in seconds."""

    def __init__(self, config: Config) -> None:
        """The first look: what it sees is believed."""
        watch = config.watch
        quiet = Quiet(watch.quiet, watch.longest, watch.gone)
        self._vault = config.resolve(config.vault)
        self.catalogs = tuple(config.resolve(shown) for shown in config.catalog)
        self._notes_seen: dict[str, Stamp] = {}
        self._listing: Listing | None = None
        self._unlisted: frozenset[str] = frozenset()
        self._came_back = False
        self.took = 0.0
        self._last = float("-inf")
        self._notes = Settling(quiet, self._see_notes())
        self._texts = Settling(quiet, stamps(self.catalogs))
        self._git = Settling(quiet, stamps(self._git_files()))

    def look(self) -> None:
        """Look at everything."""
        started = monotonic()
        self._notes.see(started, self._see_notes())
        self._texts.see(started, stamps(self.catalogs))
        self._git.see(started, stamps(self._git_files()))
        self._last = monotonic()
        self.took = self._last - started

    def look_again(self) -> None:
        """Look only at the files that do not stand still: whether they do now."""
        restless = self._notes.restless()
        if len(restless) > _MANY or not self.vault_is_there:
            self.look()
            return
        now, found = monotonic(), stamps((self._vault / path for path in restless), follow=False)
        again = {path: found.get(str(self._vault / path)) for path in restless}
        if self._listing is not None:
            self._listing.correct(again)
        self._notes.see_again(now, again)
        self._texts.see(now, stamps(self.catalogs))
        self._git.see(now, stamps(self._git_files()))

    def restless(self) -> int:
        """How many notes do not stand still yet."""
        return len(self._notes.restless())

    def arriving(self) -> int:
        """How many notes were saved a moment ago."""
        return self._notes.arriving()

    @property
    def vault_is_there(self) -> bool:
        """Whether the last look found the vault."""
        return "" not in self._unlisted

    def listing(self) -> Listing | None:
        """The last walk over the vault, once: what comes after a cycle's own writing needs another. None when it is too old."""
        listing, self._listing = self._listing, None
        return listing if monotonic() - self._last < _FRESH else None

    def may_look(self) -> float:
        """When the next look may be made: one look follows another after a pause only."""
        return self._last + max(_GAP, _SHARE * self.took)

    def _see_notes(self) -> dict[str, Stamp]:
        listing = scan(self._vault)
        notes: dict[str, Stamp] = dict(listing.notes)
        if listing.unlisted:
            notes |= {path: seen for path, seen in self._notes_seen.items() if listing.hides(path)}
        self._came_back |= not self._unlisted <= listing.unlisted.keys()
        self._unlisted = frozenset(listing.unlisted)
        self._notes_seen, self._listing = notes, listing if self.vault_is_there else None
        return notes

    def _git_files(self) -> list[Path]:
        folders = {folder for path in self.catalogs if (folder := git_folder(path))}
        return [folder / name for folder in folders for name in _GIT]

    # ── what may be believed ─────────────────────────────────────────────────────────────────────────────────────

    def calm(self, path: str, seen: Any) -> bool:
        """Whether the note at `path` stands still with this stamp (None: is gone for good)."""
        return self._notes.calm(path, seen)

    def stands_still(self, path: str) -> bool:
        """Whether the note at `path` stands still, and is on the disk as it was last seen."""
        place = self._vault / path
        return self._notes.calm(path, stamps([place], follow=False).get(str(place)))

    def catalog_is_calm(self) -> bool:
        """Whether the catalog's files stand still, and are on the disk as they were last seen."""
        now = stamps(self.catalogs)
        return all(self._texts.calm(str(path), now.get(str(path))) for path in self.catalogs)

    def accept_catalog(self, files: dict[str, Stamp]) -> None:
        """The catalog's files with these stamps hold litsync's own text."""
        for path, seen in files.items():
            self._texts.accept(path, seen)

    def take_settled(self) -> tuple[bool, bool]:
        """Whether anything has settled since this was last asked, and whether the catalog has."""
        notes, texts, git = (one.take_settled() for one in (self._notes, self._texts, self._git))
        came_back, self._came_back = self._came_back, False
        return notes or texts or git or came_back, texts or git

    def due(self) -> float | None:
        """When the next file will have stood still for long enough."""
        return min(
            (due for one in (self._notes, self._texts, self._git) if (due := one.due()) is not None), default=None
        )


def stamps(paths: Iterable[Path], *, follow: bool = True) -> dict[str, Stamp]:
    """The stamps of those that are files; with `follow`, also of what symbolic links lead to."""
    found: dict[str, Stamp] = {}
    for path in paths:
        try:
            seen = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 -- as the vault's walk does
        except OSError:
            continue
        if S_ISREG(seen.st_mode):
            found[str(path)] = stamp(seen)
    return found

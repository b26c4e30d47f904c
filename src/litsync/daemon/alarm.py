"""What wakes the daemon: a bell that anybody may ring, and the file system's events that ring it.

Decides how events are asked for and what is done when they fail; believes none of them. watchdog loses events in bursts
and its watches die with their folder: after any sign of that, everything is looked at, and the watches are made anew.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

FILES, ZOTERO = "files", "zotero"
_PAIRING = 0.005
"""Seconds in which a file that left and one that came may be the same. watchdog holds back all that follows for as long."""
_ENOUGH = 2.0
"""Seconds after which a thread of watchdog that does not end is left to end by itself."""


class Bell:
    """Rung from any thread, heard by one."""

    def __init__(self) -> None:
        """Nobody has rung."""
        self._rung = threading.Event()
        self._reasons: deque[str] = deque(maxlen=16)

    def ring(self, reason: str) -> None:
        """Wake who waits; `reason` is `files` or `zotero`."""
        if reason not in self._reasons:
            self._reasons.append(reason)
        self._rung.set()

    def rings(self, reason: str) -> bool:
        """Whether it has been rung for that reason, and not been heard yet."""
        return reason in self._reasons

    def wait(self, seconds: float) -> frozenset[str]:
        """Why the bell rang since it was last heard; nothing when it did not within so many seconds."""
        if not self._rung.wait(max(0.0, seconds)):
            return frozenset()
        self._rung.clear()
        heard = frozenset(self._reasons)
        self._reasons.clear()
        return heard


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder to be told of: with all its folders, or only its files of these names."""

    folder: Path
    names: frozenset[str] | None = None

    def concerns(self, event: FileSystemEvent) -> bool:
        """Whether the event may be about something that litsync reads."""
        return any(self._reads(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path)

    def _reads(self, path: str) -> bool:
        inside = os.path.relpath(path, self.folder)
        if self.names is not None:
            return inside in self.names
        return inside == "." or not any(part.startswith(".") for part in Path(inside).parts)


class FileAlarm:
    """Rings the bell when something in the watched folders may have changed. `trouble` says why it cannot, if it cannot."""

    def __init__(self, bell: Bell, watched: Sequence[Watched]) -> None:
        """Nothing is watched before `check`."""
        self._bell, self._watched = bell, watched
        self._observer: Any = None
        self._places: tuple[Any, ...] = ()
        self._complaints = _Complaints(lambda: bell.ring(FILES))
        self.trouble = ""

    def check(self) -> bool:
        """Watch, if it is not so; True when watches were made anew, so that everything must be looked at."""
        places = tuple(_identity(one.folder) for one in self._watched)
        if self._observer is not None and places == self._places and self._is_alive():
            return False
        if places == self._places and (self.trouble or not places):
            return False
        self.close()
        self._places = places
        self._watch()
        return True

    def forgive(self) -> None:
        """Try again at the next check, if watching was refused."""
        if self.trouble:
            self._places = ()

    def _is_alive(self) -> bool:
        return self._observer.is_alive() and all(emitter.is_alive() for emitter in self._observer.emitters)

    def _watch(self) -> None:
        from watchdog.observers import Observer

        _hurry()
        self._complaints.listen()
        observer = Observer()
        try:
            observer.start()
            for one, place in zip(self._watched, self._places, strict=True):
                if place is not None:
                    handler: Any = _Handler(one, self._bell)
                    observer.schedule(handler, str(one.folder), recursive=one.names is None, event_filter=_kinds())
        except OSError as error:
            self.trouble = _in_words(error)
            _end(observer)
        else:
            self.trouble, self._observer = "", observer

    def close(self) -> None:
        """Watch no more."""
        if self._observer is not None:
            _end(self._observer)
            self._observer = None
        self._complaints.leave()


class _Handler:
    """What watchdog calls: it must be quick, or the system's queue overflows."""

    def __init__(self, watched: Watched, bell: Bell) -> None:
        self._watched, self._bell = watched, bell

    def dispatch(self, event: FileSystemEvent) -> None:
        if not self._bell.rings(FILES) and self._watched.concerns(event):
            self._bell.ring(FILES)


class _Complaints(logging.Handler):
    """watchdog tells of lost events in its log only."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 -- whatever it says, a look is due
        self._lost()

    def listen(self) -> None:
        logger = logging.getLogger("watchdog")
        logger.propagate = False
        logger.addHandler(self)

    def leave(self) -> None:
        logging.getLogger("watchdog").removeHandler(self)


def _hurry() -> None:
    """Let a save right after a note was moved out of the vault be heard at once: nobody here asks what was moved where."""
    with suppress(ImportError):  # another system, or another watchdog: then it is heard half a second later
        from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

        InotifyMoveEventGrouper.delay = _PAIRING


def _end(observer: Any) -> None:
    if observer.is_alive():
        observer.stop()
        observer.join(_ENOUGH)


def _kinds() -> list[type[FileSystemEvent]]:
    """Everything that changes a file; looking at one is no event, or every look would call for another."""
    from watchdog import events

    return [
        events.FileCreatedEvent,
        events.FileModifiedEvent,
        events.FileMovedEvent,
        events.FileDeletedEvent,
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.DirDeletedEvent,
    ]


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder it is: another one may stand at its place when a disk comes back."""
    try:
        seen = folder.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _in_words(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        most = _limit("max_user_watches")
        return (
            f"the system's limit of watched folders ({most}) is used up; "
            "raise it with `sudo sysctl fs.inotify.max_user_watches=524288`"
        )
    if error.errno == errno.EMFILE:
        most = _limit("max_user_instances")
        return (
            f"the system's limit of programs that watch folders ({most}) is used up; "
            "raise it with `sudo sysctl fs.inotify.max_user_instances=512`"
        )
    return f"folders cannot be watched: {error.strerror or error}"


def _limit(name: str) -> str:
    try:
        return Path(f"/proc/sys/fs/inotify/{name}").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"

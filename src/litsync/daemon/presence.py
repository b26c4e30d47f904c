"""That a daemon runs on this project, and what others may know of it.

Decides how one daemon is told from two, and what `litsync status` finds. The lock is the system's, which ends it with the
process, however that ends; the file beside it is only a description. Both lie in this machine's state folder: one that was
copied from another machine is not looked at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from litsync.config import Config
from litsync.errors import LitsyncError, LockedError
from litsync.machine import state_folder

_LOCK, _FILE = "watch.lock", "watch.json"


@dataclass(frozen=True, slots=True)
class DaemonState:
    """What a daemon tells of itself.

    `started` and `last_change` are local times for people: of its start, and of the last cycle that did anything, which is
    what `last_done` tells. `waits` are the reasons why something does not go on, and what releases it; `open` is what a person must decide.
    """

    running: bool = False
    pid: int = 0
    started: str = ""
    last_change: str = ""
    last_done: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    needs_person: bool = False


def daemon_state(config: Config) -> DaemonState:
    """What is known of the daemon of this project on this machine: running or not, and what it told last."""
    folder = state_folder(config)
    try:
        told = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        state = _from_json(told)
    except (OSError, ValueError, TypeError, KeyError):
        state = DaemonState()
    running = _is_locked(folder / _LOCK)
    return replace(state, running=True) if running else replace(state, pid=0, waits=(), open=(), needs_person=False)


def _from_json(told: Any) -> DaemonState:
    return DaemonState(
        pid=int(told["pid"]),
        started=str(told["started"]),
        last_change=str(told["last_change"]),
        last_done=tuple(map(str, told["last_done"])),
        waits=tuple(map(str, told["waits"])),
        open=tuple(map(str, told["open"])),
        needs_person=bool(told["needs_person"]),
    )


def _is_locked(path: Path) -> bool:
    from filelock import FileLock, Timeout

    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    lock.release()
    return False


class Presence:
    """The daemon's place in the state folder: held while it runs."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written yet."""
        self._folder = folder
        self._told = DaemonState()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only daemon. Raises LockedError when there is another one."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._folder / _LOCK)
        try:
            lock.acquire(timeout=1)  # somebody may be asking whether a daemon runs
        except Timeout as error:
            raise LockedError(
                "`litsync watch` runs on this project already", "`litsync service status` tells of it"
            ) from error
        except OSError as error:
            raise LitsyncError(f"{self._folder}: {error.strerror}", "litsync keeps its state there") from error
        try:
            yield
        finally:
            lock.release()

    def tell(self, state: DaemonState) -> None:
        """Let others know. Nothing is written when nothing is new; a full disk is no reason to stop."""
        state = replace(state, running=True, pid=os.getpid())
        if state == self._told:
            return
        with suppress(OSError):
            draft = self._folder / f"{_FILE}.new"
            draft.write_text(json.dumps({"schema": 1, **asdict(state)}, ensure_ascii=False), encoding="utf-8")
            draft.replace(self._folder / _FILE)
            self._told = state

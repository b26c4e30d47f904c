"""This machine's folder beside a configuration: where it is, and that one litsync at a time works in it.

Decides where litsync keeps its state. Other machines have folders of their own, so a project folder that is synced between
machines is harmless.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litsync.config import Config
from litsync.errors import LitsyncError, LockedError

LOCK_PATIENCE = 5.0
"""Seconds that a command waits for another one to end."""


def state_folder(config: Config) -> Path:
    """This machine's folder beside the configuration. Other machines have their own, so a synced folder is harmless."""
    parent = config.root / ".litsync"
    machine = machine_id()
    existing = sorted(parent.glob(f"*-{machine}")) if parent.is_dir() else []
    return existing[0] if existing else parent / f"{machine_name()}-{machine}"


def machine_name() -> str:
    """What this machine is called, in letters that any file name can have."""
    import platform

    return re.sub(r"[^a-z0-9]+", "-", platform.node().split(".")[0].lower()).strip("-") or "machine"


def machine_id() -> str:
    """Eight characters that stay the same on this machine, also when its network name changes."""
    source = ""
    for place in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        if place.is_file():
            source = place.read_text(encoding="ascii", errors="replace").strip()
            break
    return hashlib.blake2b((source or _network_id()).encode(), digest_size=4).hexdigest()


def _network_id() -> str:
    import uuid

    return f"{uuid.getnode():x}"


def ready_state_folder(config: Config) -> Path:
    """This machine's folder, made if it is not there. Raises LitsyncError when it cannot be written."""
    folder = state_folder(config)
    _make_state_folder(folder)
    return folder


def _make_state_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# litsync's own notes about this machine\n*\n", encoding="utf-8")
    except OSError as error:
        raise LitsyncError(f"{folder}: {error.strerror}", "litsync keeps its state there; make it writable") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the project's lock; a cycle of `litsync watch` that is on its way is waited for."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=LOCK_PATIENCE)
    except Timeout as error:
        raise LockedError("another litsync is working on this project", "wait for it to end, then try again") from error
    except OSError as error:
        raise LitsyncError(f"{folder}: {error.strerror}", "litsync keeps its state there; make it writable") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def locked(config: Config) -> Iterator[Path]:
    """This machine's state folder, made if need be and closed to every other litsync until the block ends."""
    folder = state_folder(config)
    _make_state_folder(folder)
    with _locked(folder):
        yield folder


DAMAGED = "move it away: the next push looks at everything again and adopts what is there"
"""What to do about a state that cannot be read."""
_DISK = "is the disk full, or the folder read-only? what was written is remembered; push again when it is mended"


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """The state's own troubles in words: a full disk, a locked or damaged file. What was committed stays committed."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        raise LitsyncError(f"{folder / 'state.sqlite'}: {error}", DAMAGED if damaged else _DISK) from error


if sys.platform == "win32":  # pragma: no cover -- the id of a Windows machine
    import winreg

    def machine_id() -> str:
        """Eight characters that stay the same on this machine, also when its network name changes."""
        path = r"SOFTWARE\Microsoft\Cryptography"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            source = str(winreg.QueryValueEx(key, "MachineGuid")[0])
        return hashlib.blake2b(source.encode(), digest_size=4).hexdigest()

"""Where the keys of libraries are kept: in the environment, in the system's keyring, or in a file that only its owner can read.

Decides the order (environment, file, keyring) and the form. A key never stands in a configuration, a log, an address or an error; what is handed out
here hides itself when it is shown. It must not know what a key may do, or ask anybody.

A key belongs to a place: `api.zotero.org` for all libraries there, `api.zotero.org/groups/7` for one of them, which goes first.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litsync.errors import LitsyncError, UsageError

if TYPE_CHECKING:
    from types import ModuleType

VARIABLE = "LITSYNC_ZOTERO_KEY"
SERVICE = "litsync"
"""What the entries in a keyring are called."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key, and where it was found in words. Showing it does not show the key."""

    key: str = field(repr=False)
    source: str


def find_key(place: str, variable: str = VARIABLE) -> Credential | None:
    """The key for a place, or None if nobody has stored one. The environment variable stands for any place.

    Raises UsageError when the file of keys can be read by others, or is damaged.
    """
    if key := os.environ.get(variable, "").strip():
        return Credential(key, f"the environment variable {variable}")
    kept, ring = _read(keys_file()), None
    for name in _names(place):
        if name in kept:
            return Credential(kept[name], str(keys_file()))
        ring = ring or _keyring()
        if ring is not None and (key := ring.get(name)):
            return Credential(key, ring.name)
    return None


def store_key(place: str, key: str, *, in_file: bool = False) -> str:
    """The key for this place is stored, and no older one; returns where, in words.

    In the keyring if the system has one and `litsync[keyring]` is installed, else (or with `in_file`) in the file.
    """
    forget_key(place)
    ring = None if in_file else _keyring()
    if ring is not None and ring.set(place, key):
        return ring.name
    _write(keys_file(), {**_read(keys_file()), place: key})
    return f"{keys_file()}, readable only by you"


def forget_key(place: str) -> list[str]:
    """No key for this place is stored any more; returns where one was, in words. The environment is left alone."""
    found: list[str] = []
    kept = _read(keys_file())
    if kept.pop(place, None) is not None:
        _write(keys_file(), kept)
        found.append(str(keys_file()))
    ring = _keyring()
    if ring is not None and ring.delete(place):
        found.append(ring.name)
    return found


def keys_file() -> Path:
    """The file of keys, beside the user's other settings."""
    import click

    return Path(click.get_app_dir("litsync")) / "keys.json"


def _names(place: str) -> Iterator[str]:
    """The place itself, then the whole of its server."""
    yield place
    server = place.partition("/")[0]
    if server != place:
        yield server


class _Ring:
    """The system's keyring. One that is locked or broken holds nothing and takes nothing."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._failure: type[Exception] = module.errors.KeyringError

    @property
    def name(self) -> str:
        """The keyring in words."""
        return f"the keyring ({self._module.get_keyring().name})"

    def get(self, place: str) -> str:
        """The key of a place; empty if there is none."""
        with suppress(self._failure):
            return self._module.get_password(SERVICE, place) or ""
        return ""

    def set(self, place: str, key: str) -> bool:
        """Whether the key was taken."""
        with suppress(self._failure):
            self._module.set_password(SERVICE, place, key)
            return True
        return False

    def delete(self, place: str) -> bool:
        """Whether there was a key, which is gone now."""
        with suppress(self._failure):
            if self._module.get_password(SERVICE, place):
                self._module.delete_password(SERVICE, place)
                return True
        return False


def _keyring() -> _Ring | None:
    """The system's keyring, or None where there is none."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    return _Ring(keyring) if keyring.get_keyring().priority > 0 else None


def read_private(path: Path) -> Any:
    """The JSON of a file that only its owner may read; None if it is not there.

    Raises UsageError when others may read it, or when it is damaged.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LitsyncError(f"{path}: {error.strerror}") from error
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"{path} holds keys, and others may read it", f"chmod 600 '{path}'")
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path} is damaged", "delete it, and log in again with `litsync login`") from error


def write_private(path: Path, content: object) -> None:
    """The file holds this as JSON, and from its first moment only its owner may read it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise LitsyncError(f"{path}: {error.strerror}", "litsync keeps keys there; make it writable") from error


def _read(path: Path) -> dict[str, str]:
    found = read_private(path)
    if not isinstance(found, Mapping | None) or not all(isinstance(key, str) for key in (found or {}).values()):
        raise UsageError(f"{path} is damaged", "delete it, and log in again with `litsync login`")
    return dict(found or {})


def _write(path: Path, kept: Mapping[str, str]) -> None:
    if kept:
        write_private(path, kept)
    else:
        path.unlink(missing_ok=True)

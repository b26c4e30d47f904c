"""When the Zotero library may have changed.

Decides how often it is asked, and how: a file by its stamps, a server by its stream, with a slow poll as the safety net,
a Zotero desktop by its version.
Believes nobody: what changed is found by the cycle.
"""

from __future__ import annotations

import os
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from litsync.config import API, Config, Target
from litsync.daemon.alarm import ZOTERO, Bell
from litsync.daemon.stream import STREAM, Stream
from litsync.errors import LitsyncError
from litsync.library import open_library

_FILE_EVERY = 1.0
_STREAMED = 10
"""How much less often a library is asked whose stream tells of changes."""
_DESKTOP_EVERY, _DESKTOP_ROUND = 5.0, 60.0


class LibraryWatch(Protocol):
    """One library, asked now and then. `far`: a cycle costs its server requests, though nothing may have changed."""

    far: bool

    @property
    def trouble(self) -> str:
        """Why changes are noticed later than they could be; empty when they are not."""

    def due(self) -> float:
        """When it wants to be asked next."""

    def changed(self) -> bool:
        """Whether a cycle should look. Never raises: a library that cannot be asked has changed when that begins or ends."""

    def close(self) -> None:
        """Watch no more."""


class FileWatch:
    """An embedded library: its file is opened only when its stamps moved, and held open never."""

    trouble, far = "", False

    def __init__(self, path: Path) -> None:
        """What the library is now, is known."""
        self._path = path
        self._stamps = self._look()
        self._version = self._read()
        self._next = monotonic()

    def due(self) -> float:
        """Every second."""
        return self._next

    def changed(self) -> bool:
        """Whether the version moved, or the file came or went."""
        self._next = monotonic() + _FILE_EVERY
        if (stamps := self._look()) == self._stamps:
            return False
        self._stamps, before = stamps, self._version
        self._version = self._read()
        return self._version != before

    def _look(self) -> tuple[object, ...]:
        return tuple(_stamp(f"{self._path}{end}") for end in ("", "-wal"))

    def _read(self) -> tuple[str, int] | None:
        with suppress(LitsyncError, OSError):
            library = open_library(self._path, create=False)
            try:
                return library.lineage, library.version()
            finally:
                library.close()
        return None

    def close(self) -> None:
        """Nothing is open."""


class WebWatch:
    """A library behind an address, told of by its stream; polled slowly, and less slowly while there is no stream."""

    far = True

    def __init__(self, stream: Stream | None, every: float, host: str) -> None:
        """Without a stream it is only polled, every so many seconds. `host` is what its server is called."""
        self._stream, self._every, self._host = stream, every, host
        self._polled = monotonic()

    @property
    def trouble(self) -> str:
        """What is wrong with the stream, and how often the library is asked meanwhile."""
        if self._stream is None or not self._stream.trouble:
            return ""
        return f"{self._host} does not tell of changes: {self._stream.trouble}; it is asked every {self._every:.0f} s"

    def due(self) -> float:
        """The next poll."""
        streamed = self._stream is not None and self._stream.connected
        return self._polled + self._every * (_STREAMED if streamed else 1)

    def changed(self) -> bool:
        """True when a poll is due: the cycle's look asks for the version, which costs one request."""
        if monotonic() < self.due():
            return False
        self._polled = monotonic()
        return True

    def close(self) -> None:
        """Leave the stream."""
        if self._stream:
            self._stream.close()


class DesktopWatch:
    """The Zotero of this machine: its version is asked for by the cheapest list there is.

    Some of what a person does in its window moves no version: so once a minute a cycle looks for itself, as deep as is due.
    """

    trouble, far = "", False

    def __init__(self, address: str) -> None:
        """`address` is that of the library."""
        self._address = f"{address}/collections?limit=1"
        self._direct = build_opener(ProxyHandler({}))
        self._version = self._ask()
        self._next = monotonic()
        self._round = monotonic() + _DESKTOP_ROUND

    def due(self) -> float:
        """Every five seconds."""
        return self._next

    def changed(self) -> bool:
        """Whether the version moved, Zotero was opened or closed, or it is time for a round."""
        now = monotonic()
        self._next = now + _DESKTOP_EVERY
        before, self._version = self._version, self._ask()
        if self._version == before and now < self._round:
            return False
        self._round = now + _DESKTOP_ROUND
        return True

    def _ask(self) -> tuple[str | None, ...] | None:
        with suppress(HTTPException, OSError), self._direct.open(self._address, timeout=_DESKTOP_EVERY) as answer:
            return answer.headers["Zotero-Server-ID"], answer.headers["Last-Modified-Version"]
        return None

    def close(self) -> None:
        """Nothing is open."""


def watch_library(config: Config, bell: Bell, key: str) -> LibraryWatch:
    """The watch that suits the configured library, which is opened with `key`."""
    zotero = config.zotero
    if zotero.target is Target.EMBEDDED:
        return FileWatch(config.resolve(zotero.library))
    if zotero.target is Target.DESKTOP:
        return DesktopWatch(f"{zotero.endpoint}/{zotero.library}")
    host = "zotero.org" if zotero.endpoint == API else urlsplit(zotero.endpoint).netloc
    address = zotero.stream or (STREAM if zotero.endpoint == API else None)
    if address is None:
        return WebWatch(None, config.watch.ask, host)
    stream = Stream(address, f"/{zotero.library}", key, lambda: bell.ring(ZOTERO))
    stream.start()
    return WebWatch(stream, config.watch.ask, host)


def _stamp(path: str) -> object:
    try:
        seen = os.stat(path)  # noqa: PTH116 -- twice a second, for ever
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino

"""The embedded library: a Zotero-compatible library in one SQLite file, for people without a Zotero account.

    lib = open_library(path, create=True)
    lib.version()      # cheap: one SQLite read
    lib.app            # the Zotero Web API v3 as a WSGI application, as `users/1`
    lib.keys[KEY] = Access(write=False)     # from now on a request must bring a key that is known

Decides nothing beyond what its parts decide: `store` (the file), `validation` and `writing` (what a write may do), `query` (what a read selects),
`envelope` (how objects look), `access` (keys and rights), `app` (the HTTP surface), `server` (loopback), `faults` (misbehaving on request). It must
not know the catalog, the vault, or what litsync uses the library for.

Importing this package costs an import of sqlite3 and no more; the application is built at its first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litsync.library.store import Store, open_store

if TYPE_CHECKING:
    from litsync.library.access import Access
    from litsync.library.app import App

__all__ = ["Library", "open_library"]


class Library:
    """One open library. Safe to use from several threads; several processes may have the same file open.

    `keys` are the API keys that requests may bring, with what each may do. They may be changed at any time, and are not kept in the file. While
    there are none, a request needs no key, and any is accepted.
    """

    def __init__(self, store: Store, prefix: str = "users/1") -> None:
        """`prefix` is where a request finds the library: `users/1` or `groups/N`."""
        self.keys: dict[str, Access] = {}
        self._prefix = prefix
        self._store = store
        self._app: App | None = None

    @property
    def lineage(self) -> str:
        """A random id made with the library and kept in its file: the same id means the same library, wherever the file lies."""
        return self._store.lineage

    def version(self) -> int:
        """The library's version now, writes of other processes included."""
        return self._store.version()

    @property
    def app(self) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
        """The library as a WSGI application; the same object at each use."""
        if self._app is None:
            from litsync.library.app import App
            from litsync.library.envelope import Home

            self._app = App(self._store, self.keys, Home(self._prefix))
        return self._app

    def close(self) -> None:
        """Everything answered is on disk (it was before the answer), and the file is released. Closing twice is fine."""
        self._store.close()


def open_library(path: Path | None, *, create: bool, prefix: str = "users/1") -> Library:
    """Open the library file, or a new library in memory for None. With `create` a missing file is made.

    `prefix` is where requests find it; a group's library (`groups/7`) is the same file served under a group's address.

    Raises:
        FileNotFoundError: the file is missing and `create` is False.
        ZoteroError: the file is not a library, is of a newer litsync, or cannot be opened.
    """
    return Library(open_store(path, create=create), prefix)

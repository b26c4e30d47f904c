"""A Zotero library as a replica: its managed collection, and the items in it.

Decides only whether anything must be asked at all: nothing while the library's version stands still, and then nothing of
what a conversation with it takes is imported. The rest is `zotero_session`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litsync.core.model import ZOTERO, Operation, Outcome, Record, RecordId, Snapshot
from litsync.errors import ZoteroError
from litsync.replicas.base import Beside, Memory, Scope, Vocabulary
from litsync.replicas.zotero_remote import Remote, ZoteroSettings

if TYPE_CHECKING:
    from litsync.replicas.zotero_session import Session

__all__ = ["ZoteroReplica", "ZoteroSettings", "remote_of"]


def remote_of(settings: ZoteroSettings, memory: Memory) -> Remote:
    """The library in the way in which it is spoken to."""
    if settings.target != "desktop":
        return Remote(settings)
    from litsync.replicas.zotero_desktop import DesktopRemote

    return DesktopRemote(settings, memory)


class ZoteroReplica:
    """The managed collection of one library.

    Memory's token holds the library's lineage and version, the keys of the collection and its subcollections, and what in
    them is not the catalog's; a paper's handle holds the key and version of its item and what litsync wrote on it.
    """

    def __init__(self, settings: ZoteroSettings, memory: Memory) -> None:
        """Nothing is asked of the library yet."""
        self._settings, self._memory = settings, memory
        self._remote = remote_of(settings, memory)
        self._version = 0
        self._expected: Mapping[RecordId, Record] = {}
        self._session: Session | None = None
        self._observed = False
        self._refusal: ZoteroError | None = None

    @property
    def name(self) -> str:
        """`zotero`."""
        return ZOTERO

    @property
    def place(self) -> str:
        """The library in words."""
        return self._settings.place

    def look(self) -> Scope:
        """The papers whose items changed since the remembered version; None when that cannot be told.

        Raises ZoteroError when the library is another one than before, or an older state of it: what an old state says is
        no edit, and what it lacks is no deletion.
        """
        token, remote = self._memory.token, self._remote
        self._ask_rights(token)
        self._version = remote.version()
        if token and (lineage := remote.lineage()) and token.get("lineage") not in (None, lineage):
            raise ZoteroError(
                f"{self.place} is another library than the one litsync has worked with",
                f"{remote.comes_back}, or start over with this one: `litsync init --new-library`",
            )
        if token and self._version < token["version"]:
            self._version = remote.version()  # one answer may come from a cache
        if token and self._version < token["version"]:
            raise ZoteroError(
                f"{self.place} has gone back to version {self._version}; litsync has seen {token['version']}",
                "was a backup restored? bring the newer library back, or meet this one anew, so that nothing in it is taken "
                "for an edit: `litsync init --new-library`",
            )
        # A subcollection that vanished and is there again: its papers are put into it, whatever else changed.
        if not token or any(section in token["sections"] for section in token.get("lost", ())):
            return None
        changes = remote.changes(token, self._version)
        return frozenset() if changes is None else self._conversation().changed(token, changes)

    def _ask_rights(self, token: Mapping[str, Any] | None) -> None:
        """Ask once what a key may do, not in every cycle: the library itself refuses a key that has lost its rights."""
        settings = self._settings
        if settings.target != "web" or (token and token.get("key") == settings.key_mark):
            return
        from litsync.replicas.zotero_keys import ask_rights, refusal

        rights = ask_rights(settings)
        if rights is None:
            return
        if error := refusal(rights, settings, write=False):
            raise error
        self._refusal = refusal(rights, settings, write=True)

    def _conversation(self) -> Session:
        if self._session is None:
            from litsync.replicas.zotero_session import Session

            self._session = Session(self._settings, self._memory, self._remote, self._version)
        return self._session

    def check_writable(self) -> None:
        """Raises ZoteroError when the key may only read."""
        if self._refusal:
            raise self._refusal

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """What existing items may be recognised by."""
        self._expected = records

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:
        """The collection, its subcollections and the items in them, as far as they are in scope.

        Raises ZoteroError when the managed collection is gone, or cannot be told.
        """
        self._observed = True
        return self._conversation().observe(scope, vocabulary, self._expected)

    def renamed(self, old: RecordId, new: RecordId) -> None:
        """Its subcollection is the new one's."""
        token = self._memory.token
        if token and old.key in token["sections"]:
            sections = {new.key if name == old.key else name: key for name, key in token["sections"].items()}
            self._memory.token = {**token, "sections": sections}

    def untouched(self, record: RecordId) -> bool:
        """Whether litsync made its item, and the item has nothing but what litsync writes on one."""
        return self._observed and self._conversation().untouched(record)

    def adopt(self, where: str, record: RecordId | None) -> None:
        """The item at `where` stands for the record from now on; None: it is left alone for good."""
        self._conversation().adopt(where, record)

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """The collection first, then its subcollections, then the papers in full batches."""
        yield from self._conversation().apply(operations)

    def beside(self) -> Sequence[Beside]:
        """Nothing."""
        return ()

    def committed(self) -> None:
        """Nothing is kept for the case of a crash: the next look recognises what was written."""

    def close(self) -> None:
        """Remember what was seen and written."""
        token = self._memory.token
        if self._observed:
            token = self._conversation().token() or token
        elif token:
            token = {**token, "version": self._version, **self._remote.remembered({}, ())}
        if token and self._settings.target == "web":
            token = {**token, "key": "" if self._refusal else self._settings.key_mark}
        if token != self._memory.token:
            self._memory.token = token

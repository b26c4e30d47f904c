"""What every replica offers the cycle, and what the cycle lends every replica.

A replica answers three questions: what changed (`look`), what is there (`observe`), what became of these operations
(`apply`). It decides nothing about merging. It may remember things between cycles in its `Memory` (keys, versions,
file stamps); losing that memory costs time, never data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from litsync.core.model import Operation, Outcome, Record, RecordId, Snapshot

Scope = frozenset[RecordId] | None
"""The records a look is about; None means all there are."""


Calm = Callable[[str, Any], bool]
"""Whether the file at a path may be believed to have this stamp (None: not to be there), or is still on the move."""


def always_calm(path: str, stamp: Any) -> bool:  # noqa: ARG001 -- a `Calm`
    """What a command run by hand believes: everything, as it is."""
    return True


@dataclass(frozen=True, slots=True)
class Words:
    """A method as people write it: its name, and the other spellings that mean it; `color` if the catalog gives it one."""

    name: str
    also: tuple[str, ...] = ()
    color: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names behind the ids, as the catalog has them now: links, tags and subcollections are written with them.

    `title` is the name of the managed collection, `introduction` says what the list is about. `tags` are all catalog tags: a
    replica that cannot hold one as it is spells it differently and must recognise it again.
    """

    title: str = ""
    methods: Mapping[str, Words] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    papers: Mapping[str, str] = field(default_factory=dict)
    introduction: str = ""

    def method_ids(self) -> Mapping[str, str]:
        """Every spelling of every method, case-folded, to its id. An id wins over a name, a name over an alias."""
        found = {word.casefold(): key for key, words in self.methods.items() for word in words.also}
        found |= {words.name.casefold(): key for key, words in self.methods.items()}
        return found | {key.casefold(): key for key in self.methods}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a memory lies between cycles: what of it is loaded only when it is asked for, and how a warning becomes durable."""

    handle: Callable[[RecordId], Any] = lambda _: None
    handles: Callable[[], dict[RecordId, Any]] = dict
    parts: Callable[[], Mapping[str, bytes]] = dict
    warn: Callable[[Any], None] = lambda _: None


class Memory:
    """What one replica remembers between cycles: one `token` for all of it, one `handle` per record, both JSON, and parts.

    Parts are what there is much of and little changes: bytes by name, of which only those in `changed_parts` are stored
    (None: forgotten). What is set here becomes durable when the cycle commits. `keep` puts the previous bytes of something
    about to be replaced into the journal. Only a `warning` is durable at once: what the next cycle must know should this
    one not end.
    """

    def __init__(self, token: Any = None, warning: Any = None, shelf: Shelf = Shelf()) -> None:
        """Start from what was stored."""
        self.token = self.loaded = token
        self.warning = warning
        self.changed: dict[RecordId, Any] = {}
        self.changed_parts: dict[str, bytes | None] = {}
        self.kept: list[tuple[RecordId, str, bytes]] = []
        self._shelf = shelf

    def warn(self, warning: Any) -> None:
        """Leave a warning to the next cycle, durable at once; None takes it back."""
        if warning != self.warning:
            self._shelf.warn(warning)
            self.warning = warning

    def handle(self, record: RecordId) -> Any:
        """What is remembered of the record; None if nothing."""
        return self.changed[record] if record in self.changed else self._shelf.handle(record)

    def handles(self) -> dict[RecordId, Any]:
        """All that is remembered, by record."""
        merged = self._shelf.handles() | self.changed
        return {record: handle for record, handle in merged.items() if handle is not None}

    def remember(self, record: RecordId, handle: Any) -> None:
        """Remember `handle` for the record; None forgets it."""
        self.changed[record] = handle

    def parts(self) -> dict[str, bytes]:
        """All parts, by name."""
        merged = {**self._shelf.parts(), **self.changed_parts}
        return {name: part for name, part in merged.items() if part is not None}

    def keep(self, record: RecordId, place: str, previous: bytes) -> None:
        """Put the previous bytes of the file at `place` into the journal: all of them, or those that are no more."""
        self.kept.append((record, place, previous))


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that follows the records, with the lines that go from it (`-`) and that come (`+`)."""

    file: str
    lines: tuple[str, ...]


class Replica(Protocol):
    """One place where papers live."""

    @property
    def name(self) -> str:
        """`catalog`, `vault` or `zotero`."""

    @property
    def place(self) -> str:
        """Which catalog, vault or library this is, in words; another place under the same name is a first contact."""

    def look(self) -> Scope:
        """The records that may have changed since the look that memory remembers; None: all of them.

        Cheap: nothing that is unchanged is parsed.

        Raises VaultError or ZoteroError when the place is missing or is not the one that is remembered; nothing has
        been written then.
        """

    def check_writable(self) -> None:
        """Hear, after `look`, that this cycle may write here.

        Raises the reason, if it is known beforehand that nothing may be written.
        """

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """Hear what the catalog says of the records in scope, before `observe`.

        A replica that holds things which do not carry litsync's ids may recognise them by it.
        """

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:
        """What is there now of the records in `scope`."""

    def renamed(self, old: RecordId, new: RecordId) -> None:
        """The section `old` has another id from now on; `memory` knows that, but for its handles, once this returns."""

    def untouched(self, record: RecordId) -> bool:
        """Whether what the last `observe` found of the record is as litsync would make it now, and nothing is added to it.

        True where there is nothing of it. When that cannot be told, it is not.
        """

    def adopt(self, where: str, record: RecordId | None) -> None:
        """The stranger that `observe` found at `where` stands for `record` from now on; None: it is left alone for good."""

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Carry the operations out, in an order that suits the replica, each only if its `old` values still stand.

        Yields one outcome per operation. A failure of one does not stop the others; only a replica that can no longer
        be reached raises.
        """

    def beside(self) -> Sequence[Beside]:
        """What would change here besides records, if the cycle ended now; for people to read."""

    def committed(self) -> None:
        """The outcomes yielded so far are durable: what was kept for the case of a crash may go."""

    def close(self) -> None:
        """End the cycle: `memory.token` now stands for what this cycle has seen and written."""

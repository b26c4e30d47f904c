"""What a cycle works with: the state, the replicas, and what a person or a configuration said.

Decides nothing; `project` builds it, `sync` and `deciding` use it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from litsync.core.model import STATUSES, Fields, Record, RecordId, Snapshot
from litsync.core.policy import Decisions
from litsync.formats.citekeys import DEFAULT_PATTERN
from litsync.replicas.base import Memory, Replica, Vocabulary
from litsync.state import State

if TYPE_CHECKING:
    from litsync.formats.catalog_passage import Passage
    from litsync.sync import Result

Progress = Callable[[str, int, int], None]
"""Called with the replica's name, the operations done and the operations planned there."""


class Catalog(Replica, Protocol):
    """The replica that also knows the names behind the ids.

    `passages` are entries as they stood: of papers that are made in this cycle, where they can come back so.
    """

    passages: Mapping[RecordId, Passage]

    def vocabulary(self) -> Vocabulary:
        """The names as the catalog has them now; the tags at least of what was observed."""

    def is_as_made(self, record: RecordId, said: Fields) -> bool:
        """Whether its entry is as litsync writes one that says this, and nothing is added to it."""

    def unchanged(self) -> bool:
        """Whether the catalog is, byte for byte, what memory stands for."""

    def history(self, known: Any) -> str | None:
        """Why the catalog changed since the position `known` without being edited; None when it was edited, or not at all."""

    def position(self, known: Any) -> Any:
        """Where the catalog's history stands with what this cycle saw of it; `known` was remembered last."""


class Pace(Protocol):
    """When what was seen counts. A command run by hand takes what is there; who runs cycles on and on lets it settle."""

    def counts(self, replica: str, record: Record) -> bool:
        """Whether a record that nothing is remembered of has stood unchanged for long enough."""

    def confirm(self) -> None:
        """Called between the last reading and the first writing. Raises LitsyncError if what was read did not stand still."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a cycle works with.

    `others` are the replicas beside the catalog, in the order in which they are written; `memories` holds, by name, the
    memory each replica was built with. With a `pace`, a replica that is missing does not stop the others. `decisions` are
    what a person said; `base` is what the catalog said at a time that counts as settled; `citekeys` is the pattern of new
    citekeys. `follow` is called when a cycle that may have written has ended; what it cannot do, it tells in the result.
    """

    state: State
    catalog: Catalog
    others: Sequence[Replica]
    memories: Mapping[str, Memory]
    command: str = "push"
    progress: Progress = lambda *_: None
    statuses: tuple[str, ...] = STATUSES
    pace: Pace | None = None
    decisions: Decisions = field(default_factory=Decisions)
    base: Mapping[RecordId, Fields] = field(default_factory=dict)
    citekeys: str = DEFAULT_PATTERN
    follow: Callable[[Result], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Looks:
    """What one look at every replica that could be had saw, and the names behind the ids then."""

    snapshots: Mapping[str, Snapshot]
    words: Vocabulary

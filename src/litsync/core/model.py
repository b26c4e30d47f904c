"""The nouns of litsync, as values.

Decides what a record, a snapshot, a state and a plan *are*; knows nothing of YAML, Zotero, Markdown, files or time.
Every type here is frozen: what one part hands to another cannot change under it.

A *value* is text, a tuple (of texts, names or links), or None. "No value" is always None: an empty text, list or set
does not exist. Sets are tuples too: they keep the order in which a person wrote them, and compare without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

CATALOG = "catalog"
VAULT = "vault"
ZOTERO = "zotero"

STATUSES = ("to-read", "reading", "read")
"""The reading states that a paper may have, unless the configuration names others."""


class Kind(StrEnum):
    """What a record is about."""

    LIST = "list"
    SECTION = "section"
    METHOD = "method"
    PAPER = "paper"


class RecordId(NamedTuple):
    """The identity of a record in every replica: for a paper its citekey, for a method or section its id."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        """Name the record as messages and the state do: `paper:guo2021adnerf`."""
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> RecordId:
        """Read back what `str` wrote."""
        kind, _, key = text.partition(":")
        return cls(Kind(kind), key)


@dataclass(frozen=True, slots=True)
class Name:
    """One author. A name in one piece (an institution, a mononym) has no `given`."""

    family: str
    given: str = ""

    @property
    def display(self) -> str:
        """The name as it is read aloud: given name first."""
        return f"{self.given} {self.family}" if self.given else self.family


@dataclass(frozen=True, slots=True)
class Link:
    """A titled web address."""

    title: str
    url: str


Value = str | tuple[str, ...] | tuple[Name, ...] | tuple[Link, ...] | None
Fields = Mapping[str, Value]

NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands: a path as the user knows it, line and column from 1 (0: not known)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`catalog.yaml:12:5`, the form editors and terminals turn into a link."""
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a replica that a person must mend.

    `text` is what stands there, `suggestion` what to write or do instead; both may be empty. `record` is set when it
    concerns one record only.
    """

    place: Place
    message: str
    text: str = ""
    suggestion: str = ""
    record: RecordId | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What one replica says about one record.

    `fields` holds the fields that have a value. `unreadable` names the fields whose value there breaks the rules of
    its kind: they are unknown, not empty. `stale` names the fields whose value is right but spelled as litsync itself
    spelled it before a name changed; they are written again.
    """

    id: RecordId
    fields: Fields
    unreadable: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stranger:
    """Something in a replica that no catalog entry stands for: a note of an unknown citekey, an item just saved.

    `found` is what it says, if it could stand for a paper; its id is then not its own. `foreign`: it was there before
    litsync came, or a person said that it is to be left alone.
    """

    replica: str
    where: str
    title: str
    record: RecordId | None = None
    found: Record | None = field(default=None, compare=False)
    foreign: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one look at one replica saw, limited to the records that were asked for.

    A record that is neither in `records` nor in `unknown` is absent, and only if `complete`: an incomplete look
    proves no absence. `unwanted` are absent records that are not to be made there, `asked` those that are, even if a
    person once said no. `concepts` are names of methods that
    lead to a note of the reader's own.
    """

    replica: str
    records: Mapping[RecordId, Record]
    unknown: Mapping[RecordId, Problem] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    complete: bool = True
    unwanted: frozenset[RecordId] = frozenset()
    asked: frozenset[RecordId] = frozenset()
    concepts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    """The value last seen in a replica that the target takes into account, and the target revision it accounts for.

    `foreign` are members of a set that were there before litsync came and are not the catalog's: kept, never copied,
    never removed.
    """

    value: Value
    revision: int
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldState:
    """The merged value of a field that all replicas should have, and what each replica has of it.

    A `conflict` maps each disagreeing replica to its value; while it stands, the field is left alone everywhere.
    """

    target: Value
    revision: int
    accounts: Mapping[str, Account]
    conflict: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class RecordState:
    """What is remembered of one record: the state of each field; `homes` are the replicas known to hold it.

    `without` are the replicas that shall not hold it, because a person said so. `gone`: a person said that it shall go
    from everywhere, or litsync takes back what it made itself. `came` is set while the record is wholly litsync's own
    doing: the replica whose note or item it was made for, or `NAMED`, a method that was only named by papers.
    """

    fields: Mapping[str, FieldState]
    homes: frozenset[str]
    without: frozenset[str] = frozenset()
    gone: bool = False
    came: str = ""


NAMED = "named"
"""What a method came from that has no note of a person's: papers named it."""

State = Mapping[RecordId, RecordState]


class Action(StrEnum):
    """What an operation does to its record in its replica."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record: what stands there now and what shall stand there.

    For a set, only the difference between `old` and `new` is applied, so members that litsync did not see stay.
    """

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Operation:
    """One change to one record of one replica. It applies only if each change's `old` value still stands there.

    Of a record that is made again, `old` is what was last known of it there: what comes back from a trash may be edited.
    """

    replica: str
    action: Action
    record: RecordId
    changes: tuple[Change, ...]

    def afresh(self) -> Operation:
        """The same for a record of which nothing is left: nothing of it was there before."""
        return replace(self, changes=tuple(replace(change, old=None) for change in self.changes))


class Reason(StrEnum):
    """Why a change waits."""

    EDITED = "edited"
    BEHIND = "behind"
    FIXED = "fixed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that this command does not carry: `value` stands in `replica` and stays there.

    EDITED: a person changed it there, and this command takes nothing from there. BEHIND: the target is newer, and
    this command does not write there. FIXED: the replica takes such a value once and leaves later changes to the
    person there. REFUSED: the catalog may not hold that value, so it is taken nowhere.
    """

    replica: str
    record: RecordId
    field: str
    value: Value
    target: Value
    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    """A change that needs a person's decision; nothing is done about the record in `replica` until then.

    `id` stands for exactly this question: when what it asks about changes, it is another one. `choices` are the answers
    it may be given, the first being what `approve` means.
    """

    replica: str
    record: RecordId
    reason: str
    hint: str
    id: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field changed to different values in several replicas: frozen everywhere, every value kept."""

    record: RecordId
    field: str
    base: Value
    values: Mapping[str, Value]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that already differed when two replicas first met: each keeps its own until one side changes."""

    record: RecordId
    field: str
    replica: str
    value: Value
    target: Value
    id: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that was taken in: the target of a field moved from `old` to `new`. `origins` say where it was made.

    An origin is the name of a replica, or `you` for what was said on the command line.
    """

    record: RecordId
    field: str
    origins: tuple[str, ...]
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one cycle decided, in a fixed order.

    `edits` are what was taken in. `state` holds the new targets and the changers' accounts; it is made durable before the
    first write. `forgotten` are the records that no replica has any more: what was remembered of them goes. `later` are the
    records that have to be made or removed where this command may not write, and those that one hold about many stands for.
    `withdrawn` are records that litsync made by itself and takes back, as their cause is gone; `loose` are those that lost
    it in this very cycle: the next one tells.
    """

    operations: tuple[Operation, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    holds: tuple[Hold, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    differences: tuple[Difference, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    problems: tuple[Problem, ...] = ()
    edits: tuple[Edit, ...] = ()
    state: State = field(default_factory=dict)
    forgotten: tuple[RecordId, ...] = ()
    later: tuple[RecordId, ...] = ()
    withdrawn: tuple[RecordId, ...] = ()
    loose: tuple[RecordId, ...] = ()


class Verdict(StrEnum):
    """How an operation ended."""

    WRITTEN = "written"
    FAILED = "failed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation.

    `proven` are the fields whose new value was read back or reported by the replica, with the value found. STALE: the
    record had changed since the look, nothing was written, the next look decides. A record may be partly written:
    `proven` then holds what was, `reason` says what was not and why.
    """

    operation: Operation
    verdict: Verdict
    proven: Fields = field(default_factory=dict)
    reason: str = ""

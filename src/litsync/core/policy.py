"""What one cycle may do: its direction, what a person decided, and what counts as settled. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from litsync.core.model import CATALOG, VAULT, ZOTERO, Fields, RecordId, Value

WISHED = "wished"
"""The answer to a conflict or a difference that it is the wish which counts, not the value of a replica."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person has decided, for one cycle.

    `answers`: a choice for the id of a hold, a conflict or a difference; of the latter two it names the replica whose value
    counts, or is `WISHED`. `wishes`: the value that a field shall have everywhere; a conflict about it ends only with an
    answer to what was shown of it. `created`: records that shall be everywhere, with
    what they say if nothing is known of them; `removed`: records that shall go from everywhere. `taken_back`: records that
    shall go if nobody has touched them since their entries were made, with what those said; `left` names for some of these the
    replica whose note or item is a person's own: that one stays, and is left alone.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    wishes: Mapping[tuple[RecordId, str], Value] = field(default_factory=dict)
    created: Mapping[RecordId, Fields] = field(default_factory=dict)
    removed: frozenset[RecordId] = frozenset()
    taken_back: Mapping[RecordId, Fields] = field(default_factory=dict)
    left: Mapping[RecordId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """The direction of a cycle: new values are taken from `sources`, and `sinks` may be written.

    `allowed` names, by field, the values that the catalog may hold, where not every value of the right form will do.
    `first` are the replicas that are met for the first time: what they alone hold was there before litsync came.
    `accepted` are the records that only the vault or Zotero has and that become the catalog's. `base` is what the catalog
    said of a record at some time that counts as settled, for records of which nothing is remembered. `came` says of accepted
    and created records what they came from, where no person was asked; `withdrawn` are those that are taken back.
    """

    sources: frozenset[str]
    sinks: frozenset[str]
    allowed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)
    first: frozenset[str] = frozenset()
    accepted: frozenset[RecordId] = frozenset()
    base: Mapping[RecordId, Fields] = field(default_factory=dict)
    came: Mapping[RecordId, str] = field(default_factory=dict)
    withdrawn: frozenset[RecordId] = frozenset()


PUSH = Policy(sources=frozenset({CATALOG}), sinks=frozenset({VAULT, ZOTERO}))
PULL = Policy(sources=frozenset({VAULT, ZOTERO}), sinks=frozenset({CATALOG}))
SYNC = Policy(sources=frozenset({CATALOG, VAULT, ZOTERO}), sinks=frozenset({CATALOG, VAULT, ZOTERO}))

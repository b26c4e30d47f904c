"""Questions to a person, and what may be answered.

Decides how a question is told from every other: its id is a fingerprint of all that was shown with it, so that an answer
counts only while exactly that still stands. Must not know how questions are shown, or how answers are given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum

from litsync.core.codec import to_json
from litsync.core.model import CATALOG, VAULT, ZOTERO, Conflict, Difference, Fields, Hold, Kind, RecordId, Value


class Choice(StrEnum):
    """What may be answered to a hold."""

    REMOVE = "remove"
    RESTORE = "restore"
    LEAVE = "leave"
    TAKE = "take"
    SAME = "same"
    GO = "go"


MEANINGS: Mapping[Choice, str] = {
    Choice.REMOVE: "remove it everywhere, to the trash",
    Choice.RESTORE: "make it again where it is missing",
    Choice.LEAVE: "leave things as they are, and do not ask again",
    Choice.TAKE: "take it into the catalog",
    Choice.SAME: "it is the one it looks like",
    Choice.GO: "carry out exactly these changes",
}


def fingerprint(kind: str, *parts: object) -> str:
    """A short id for a question: `kind` begins it, and the parts, which must be JSON, tell it from others."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return f"{kind}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


def conflict(record: RecordId, field: str, base: Value, values: Mapping[str, Value]) -> Conflict:
    """The conflict about a field, with the id that stands for exactly these values."""
    shown = {replica: to_json(value) for replica, value in values.items()}
    return Conflict(record, field, base, values, fingerprint("c", str(record), field, shown))


def difference(record: RecordId, field: str, replica: str, value: Value, target: Value) -> Difference:
    """The difference, with the id that stands for exactly these values."""
    name = fingerprint("d", str(record), field, replica, to_json(value), to_json(target))
    return Difference(record, field, replica, value, target, name)


_GONE = {
    CATALOG: "is no longer in the catalog",
    VAULT: "has no note in the vault any more",
    ZOTERO: "is no longer in the Zotero collection",
}
_HINTS = {
    CATALOG: "what it has elsewhere stays until then",
    VAULT: "Obsidian keeps deleted notes in its trash",
    ZOTERO: "look in Zotero's trash",
}
_CHOICES = {
    (CATALOG, Kind.PAPER): (Choice.REMOVE, Choice.RESTORE),
    (CATALOG, Kind.METHOD): (Choice.REMOVE, Choice.RESTORE),
    (VAULT, Kind.PAPER): (Choice.LEAVE, Choice.RESTORE, Choice.REMOVE),
    (ZOTERO, Kind.PAPER): (Choice.REMOVE, Choice.RESTORE, Choice.LEAVE),
}


def vanished(replica: str, record: RecordId, fields: Fields) -> Hold:
    """The question about a record that is gone from a replica; `fields` are the values it should have everywhere."""
    choices = _CHOICES.get((replica, record.kind), (Choice.RESTORE, Choice.LEAVE))
    shown = {name: to_json(value) for name, value in fields.items() if value is not None}
    name = fingerprint("gone", replica, str(record), shown)
    return Hold(replica, record, _GONE.get(replica, f"is gone from {replica}"), _HINTS.get(replica, ""), name, choices)

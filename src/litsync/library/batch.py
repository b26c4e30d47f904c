"""Batches: many objects in one POST, each carried out or refused on its own.

Decides the report, the limits of a batch, and write tokens. All objects of a batch share one SQLite transaction (one sync to disk), each has its own
savepoint and its own version. It must not know what an item or collection is.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic

from litsync.library.preconditions import Terms, check_library
from litsync.library.refusal import Broken, Refused, Unheard
from litsync.library.store import Store, Transaction
from litsync.library.writing import Thing, Written

LARGEST_BATCH = 50
TOKEN_SECONDS = 12 * 3600


@dataclass(slots=True)
class Report(Generic[Thing]):
    """What became of each object, by its index in the array; `broken` is the fault that ended the batch before its end."""

    written: dict[str, Thing] = field(default_factory=dict)
    unchanged: dict[str, str] = field(default_factory=dict)
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: Broken | None = None

    def add(self, index: str, written: Written[Thing]) -> None:
        """The object was carried out."""
        if written.changed:
            self.written[index] = written.thing
        else:
            self.unchanged[index] = written.thing.key

    def refuse(self, index: str, refused: Refused) -> None:
        """The object was refused."""
        self.failed[index] = {"code": refused.status, "message": refused.text} | (
            {"data": refused.data} if refused.data else {}
        )


def entries_of(data: object, nouns: str) -> list[Any]:
    """The objects of a batch."""
    if not isinstance(data, list):
        raise Refused(400, "Uploaded data must be a JSON array")
    if len(data) > LARGEST_BATCH:
        raise Refused(413, f"Cannot add more than {LARGEST_BATCH} {nouns} at a time")
    return data


def run_batch(
    store: Store,
    entries: list[Any],
    terms: Terms,
    write: Callable[[Transaction, object, Terms], Written[Thing]],
    token: str | None,
) -> tuple[Report[Thing], int]:
    """Carry out each object in turn; the report, and the library's version afterwards. What the report says is on disk.

    Raises `Refused` for a stale library version or a used token (nothing is written then) and `Broken` (what came before is written).
    """
    report: Report[Thing] = Report()
    with store.writing() as transaction:
        _check_token(transaction.db, token)
        check_library(terms.header, transaction.version)
        for index, entry in enumerate(entries):
            try:
                with transaction.one_object():
                    report.add(str(index), write(transaction, entry, terms))
            except Refused as refused:
                report.refuse(str(index), refused)
            except Broken as broken:
                report.broken = broken
                break
        if token and not report.broken and str(len(entries) - 1) not in report.failed:
            transaction.db.execute("INSERT OR REPLACE INTO write_tokens VALUES (?, ?)", (token, int(time.time())))
    if report.broken:
        raise report.broken
    return report, transaction.version


def _check_token(db: sqlite3.Connection, token: str | None) -> None:
    """Refuse a token that was used in the last twelve hours."""
    if token is None:
        return
    if not 5 <= len(token) <= 32:
        raise Refused(400, "Write token must be 5-32 characters in length")
    db.execute("DELETE FROM write_tokens WHERE used_at < ?", (int(time.time()) - TOKEN_SECONDS,))
    if db.execute("SELECT 1 FROM write_tokens WHERE token = ?", (token,)).fetchone():
        raise Unheard(412, "Write token already used")

"""A replica that cannot be had now: it answers every look with the reason, and the others go on without it."""
# ruff: noqa: ARG002 -- what every replica is handed

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from litsync.core.model import Operation, Outcome, Record, RecordId, Snapshot
from litsync.errors import LitsyncError
from litsync.replicas.base import Beside, Scope, Vocabulary


class AbsentReplica:
    """Stands in for the replica `name` until it can be had again. Everything but closing it raises `error`."""

    def __init__(self, name: str, place: str, error: LitsyncError) -> None:
        """Nothing is tried."""
        self.name, self.place, self._error = name, place, error

    def _refuse(self) -> NoReturn:
        raise self._error

    def look(self) -> Scope:
        """Raise the reason."""
        self._refuse()

    def check_writable(self) -> None:
        """Nobody gets so far."""

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """Nothing to recognise."""

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:
        """Raise the reason."""
        self._refuse()

    def renamed(self, old: RecordId, new: RecordId) -> None:
        """Nobody asks."""

    def untouched(self, record: RecordId) -> bool:
        """Nothing can be told."""
        return False

    def adopt(self, where: str, record: RecordId | None) -> None:
        """Nothing to adopt."""

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Raise the reason."""
        self._refuse()

    def beside(self) -> Sequence[Beside]:
        """Nothing."""
        return ()

    def committed(self) -> None:
        """Nothing was written."""

    def close(self) -> None:
        """Nothing was seen."""

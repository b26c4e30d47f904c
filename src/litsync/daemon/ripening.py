"""When a new paper, method or section counts: when it has stood unchanged for a while.

Decides by what a record says, not by when its file was saved: what arrives in pieces, as an item saved from a browser does,
starts anew with every piece. Knows no files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from litsync.config import WatchConfig
from litsync.core.model import ZOTERO, Record, RecordId, Value
from litsync.errors import LitsyncError

Said = tuple[tuple[str, Value], ...]


@dataclass(slots=True)
class _Youth:
    """What a new record said, since when, and when it will count."""

    said: Said
    ripe: float


class Restless(LitsyncError):
    """What a cycle read was being saved at that moment: it is read again."""


class Ripening:
    """The new records of a project, as the cycles of one daemon saw them. It is the `Pace` of these cycles."""

    def __init__(self, watch: WatchConfig, is_calm: Callable[[], bool]) -> None:
        """`is_calm` tells whether the catalog stands still."""
        self._watch, self._is_calm = watch, is_calm
        self._young: dict[tuple[str, RecordId], _Youth] = {}
        self._met: set[tuple[str, RecordId]] = set()

    def counts(self, replica: str, record: Record) -> bool:
        """Whether the record has said the same for long enough."""
        key, said, now = (replica, record.id), tuple(sorted(record.fields.items())), monotonic()
        self._met.add(key)
        youth = self._young.get(key)
        if youth is None or youth.said != said:
            wait = self._watch.new_items if replica == ZOTERO else self._watch.new
            youth = self._young[key] = _Youth(said, now + wait)
        return youth.ripe <= now

    def confirm(self) -> None:
        """Raise Restless when the catalog was saved while it was read."""
        if not self._is_calm():
            raise Restless("the catalog was saved while it was read", "it is read again")

    def end_cycle(self) -> None:
        """Forget what the cycle did not meet any more: it is known by now, or gone."""
        self._young = {key: youth for key, youth in self._young.items() if key in self._met}
        self._met.clear()

    def due(self) -> float | None:
        """When the next record will count, if it stays as it is."""
        return min((youth.ripe for youth in self._young.values()), default=None)

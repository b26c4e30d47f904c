"""What the daemon says: each thing once, when it begins, and that it is over, when it ends.

Decides when something is news. Knows no cycle: it is told what stands now, by topic.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from enum import StrEnum

from litsync.daemon.log import say


class Topic(StrEnum):
    """What may stand for a while. The value is what machines read in the log."""

    ZOTERO = "zotero"
    VAULT = "vault"
    CATALOG = "catalog"
    GIT = "git"
    WATCHER = "watcher"
    STATE = "state"
    STREAM = "stream"
    SETTINGS = "settings"
    FAILED = "failed"
    OPEN = "open"


_OVER = {
    Topic.ZOTERO: "Zotero answers again",
    Topic.VAULT: "the vault is there again",
    Topic.CATALOG: "the catalog can be read again",
    Topic.GIT: "the catalog is taken in again",
    Topic.WATCHER: "changes are noticed at once again",
    Topic.STATE: "it works again",
    Topic.SETTINGS: "the configuration can be read again",
    Topic.STREAM: "the library tells of changes again",
    Topic.FAILED: "what could not be written is written",
    Topic.OPEN: "nothing is left for you to decide",
}
_MOST = 12
"""Things of one topic that are said at once; of more, how many they are."""
_WAITS = tuple(topic for topic in Topic if topic is not Topic.OPEN)


class Voice:
    """What stands at the moment, and what of it was said."""

    def __init__(self, attention: Callable[[list[str]], None]) -> None:
        """`attention` is called with what a person has to decide, when something is added to it."""
        self._attention = attention
        self._standing: dict[Topic, dict[str, None]] = {}

    def stands(self, topic: Topic, texts: Iterable[str] = ()) -> None:
        """These things stand now, and no others of this topic: what is new is said, and when nothing is left."""
        before, now = self._standing.get(topic, {}), dict.fromkeys(texts)
        new = [text for text in now if text not in before]
        for text in new[:_MOST]:
            say(text, topic, logging.WARNING)
        if len(new) > _MOST:
            say(f"and {len(new) - _MOST} more: `litsync status` lists them", topic, logging.WARNING)
        if before and not now:
            say(_OVER[topic], topic)
        self._standing[topic] = now
        if new and topic is Topic.OPEN:
            self._attention(new)

    def adds(self, topic: Topic, texts: Iterable[str]) -> None:
        """These things stand now, and what stood before may stand still."""
        self.stands(topic, [*self._standing.get(topic, ()), *texts])

    def waits(self) -> tuple[str, ...]:
        """Everything that does not go on at the moment, and why."""
        return tuple(text for topic in _WAITS for text in self._standing.get(topic, ()))

    def needs_person(self) -> bool:
        """Whether something goes on by a person's doing only."""
        return any(self._standing.get(topic) for topic in (Topic.OPEN, Topic.GIT, Topic.CATALOG))

    def open(self) -> tuple[str, ...]:
        """Everything that a person has to decide."""
        return tuple(self._standing.get(Topic.OPEN, ()))

"""When a Zotero desktop is looked into, and how long it is waited for after a write that it did not answer.

Decides from time alone, on a clock that only goes forward. Knows no requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Standstill:
    """How a desktop is waited for: until its version has stood still for `quiet` seconds, asked for every `poll` seconds.

    After `longest` seconds it is given up for this time. `say` tells the person who waits; `sleep` and `clock` are the
    world's.
    """

    quiet: float = 60.0
    poll: float = 2.0
    longest: float = 900.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    say: Callable[[str], None] = lambda _: None

    def reached(self, version: Callable[[], int]) -> bool:
        """Wait until the version stands still; False when it never did."""
        start = since = self.clock()
        seen = version()
        while (now := self.clock()) - since < self.quiet:
            if now - start > self.longest:
                return False
            self.sleep(self.poll)
            if (found := version()) != seen:
                seen, since = found, self.clock()
        return True


class Depth(IntEnum):
    """How far a look goes."""

    VERSION = 0
    KEYS = 1
    CONTENTS = 2


class Rounds:
    """The rounds in which one desktop is looked into. Who runs cycles on and on keeps them from one cycle to the next.

    Some of what a person does in the window moves no version: so the keys are compared every minute, and everything is
    read at the start and every quarter of an hour.
    """

    def __init__(
        self, keys: float = 60.0, contents: float = 900.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Intervals in seconds."""
        self._keys, self._contents, self._clock = keys, contents, clock
        self._done: dict[Depth, float] = {}

    def due(self) -> Depth:
        """How far the next look must go, if the version stands still."""
        for depth, interval in ((Depth.CONTENTS, self._contents), (Depth.KEYS, self._keys)):
            if depth not in self._done or self._clock() - self._done[depth] >= interval:
                return depth
        return Depth.VERSION

    def made(self, depth: Depth) -> None:
        """A look went so far; a deeper one stands for the others."""
        for one in Depth:
            if one <= depth:
                self._done[one] = self._clock()


@dataclass(frozen=True, slots=True)
class Manners:
    """How a Zotero desktop is dealt with: how it is waited for, and in which rounds it is looked into.

    `timeout` is how long one request may take, in seconds: a batch in a large library whose window is open can take half
    a minute and more.
    """

    standstill: Standstill = field(default_factory=Standstill)
    rounds: Rounds = field(default_factory=Rounds)
    timeout: float = 120.0

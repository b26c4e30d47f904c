"""Whether this process stood still: the machine slept, or somebody stopped it.

Decides from two clocks and from how late it wakes. While a machine sleeps its wall clock goes on, and the steady one stands
on most systems; where that goes on too (Windows), and when the process alone was stopped, it wakes late. A wall clock that
was set looks the same: the price of that is a look at everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable

JUMP = 5.0
"""Seconds that the clocks may go astray, and a turn may begin late, on a busy machine."""


class Clocks:
    """Two clocks, as they stood when they were last read. Both are functions that give seconds."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        """Read them."""
        self._wall, self._steady = wall, steady
        self._seen = (wall(), steady())

    def stood_still(self, until: float) -> float:
        """For how many seconds, since the clocks were last read; 0 when it was no longer than a busy machine may take.

        `until` is when it was to wake, by the steady clock: not before it began to wait.
        """
        before, self._seen = self._seen, (self._wall(), self._steady())
        wall, steady = (now - then for now, then in zip(self._seen, before, strict=True))
        stood = max(self._seen[1] - until, abs(wall - steady))
        return stood if stood > JUMP else 0.0

"""When something that failed is tried again. Decides by how often it has failed; knows nothing of what it is."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

_FIRST, _LAST = 5.0, 300.0


@dataclass(slots=True)
class Retry:
    """When something that failed is tried again: after `first` seconds, then later and later."""

    first: float = _FIRST
    at: float | None = None
    times: int = 0

    def failed(self) -> None:
        """Try later."""
        self.at = monotonic() + min(self.first * 2.0**self.times, _LAST)
        self.times = min(self.times + 1, 20)

    def ended(self) -> None:
        """It works."""
        self.at, self.times = None, 0

    def is_due(self) -> bool:
        """Whether it is to be tried now; then it is taken to be tried."""
        if self.at is None or self.at > monotonic():
            return False
        self.at = None
        return True

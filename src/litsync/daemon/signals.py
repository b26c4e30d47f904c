"""How the daemon is told to end.

Decides that SIGTERM, SIGINT and SIGHUP end it by an exception in the main thread, at any moment: a cycle may be cut short
anywhere, as by a power cut, and files, locks and threads are let go on the way out. Python drops an exception that a
signal raises while objects are cleared away; so it is also remembered that it came. A second signal waits for nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if sys.platform != "win32" else []))


class Ended(BaseException):
    """A signal said that it is over. No KeyboardInterrupt: CPython would remember one, and end by SIGINT after all."""


@contextmanager
def interrupted_by_signals() -> Iterator[Callable[[], bool]]:
    """Inside, each of the signals raises Ended, the first time. Yields what tells whether one came."""
    came: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 -- what a handler is handed
        came.append(number)
        for other in _SIGNALS:
            signal.signal(other, _leave)
        raise Ended

    before, tell = {number: signal.signal(number, interrupt) for number in _SIGNALS}, sys.unraisablehook
    sys.unraisablehook = lambda dropped: None if dropped.exc_type is Ended else tell(dropped)
    try:
        yield lambda: bool(came)
    finally:
        sys.unraisablehook = tell
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 -- as above
    os._exit(128 + number)

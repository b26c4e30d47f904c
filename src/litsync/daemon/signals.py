"""How the daemon is told to end.

Decides that SIGTERM, SIGINT and SIGHUP end it by an exception in the main thread, at any moment: a cycle may be cut short
anywhere, as by a power cut, and files, locks and threads are let go on the way out. A second signal does not wait for that.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if sys.platform != "win32" else []))


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Inside, each of the signals raises KeyboardInterrupt, the first time."""
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 -- what a handler is handed
    for other in _SIGNALS:
        signal.signal(other, _leave)
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 -- as above
    os._exit(128 + number)

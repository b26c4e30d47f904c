"""What the daemon writes down: one line for a person on the terminal, one JSON object for machines in a file.

Decides the form and that no key ever stands in either. The file lies in the state folder, is turned over before it grows
large, and a disk that takes no more lines stops nothing.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

NAME = "watch.log"
_MOST_BYTES, _KEPT = 1_000_000, 3
_HIDDEN = "(hidden)"
_COLOURS = {logging.WARNING: "yellow", logging.ERROR: "red"}

logger = logging.getLogger("litsync.watch")


class Secrets(logging.Filter):
    """Takes every secret out of what is said, by its value."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        """`secrets` must never be shown."""
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide the secrets in the line; every line passes."""
        text = record.getMessage()
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        record.msg, record.args = text, ()
        return True


class _Json(logging.Formatter):
    """One JSON object a line: time, level, event, text."""

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "note"),
            "text": record.getMessage(),
        }
        return json.dumps(row, ensure_ascii=False)


class _Plain(logging.Formatter):
    """What happened, after the time; a journal that notes the time itself gets none."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__("%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s  %(message)s", "%H:%M:%S")
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        colour = _COLOURS.get(record.levelno) if self._coloured else None
        return click.style(text, fg=colour) if colour else text


class _Patient(logging.handlers.RotatingFileHandler):
    """A file that a full disk may leave without a line."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        """A line that cannot be written is let go: the terminal has it."""


def start_log(folder: Path, secrets: tuple[str, ...]) -> None:
    """From here on, `logger` writes to standard output and to the file in `folder`."""
    stop_log()
    logger.setLevel(logging.INFO)
    logger.propagate = False
    terminal = logging.StreamHandler(sys.stdout)
    terminal.setFormatter(_Plain(sys.stdout))
    file = _Patient(folder / NAME, maxBytes=_MOST_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True)
    file.setFormatter(_Json())
    for handler in (terminal, file):
        handler.addFilter(Secrets(secrets))
        logger.addHandler(handler)


def stop_log() -> None:
    """Close the file; nothing is written any more."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def say(text: str, event: str = "note", level: int = logging.INFO) -> None:
    """Write one line; `event` is what machines tell lines apart by."""
    logger.log(level, "%s", text, extra={"event": event})

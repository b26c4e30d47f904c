"""Whether the configuration still says what it said when the daemon began.

Decides that no cycle goes by an old one: with another name for a property, or another beginning of tags, an old
configuration would take what a new one wrote for edits. Must not know what a setting means.
"""

from __future__ import annotations

import time

from litsync.config import Config, load_config
from litsync.daemon.words import explained
from litsync.errors import UsageError

_MOMENT = 0.5
"""Seconds in which an editor writes a small file."""


class Reconfigured(Exception):
    """The configuration says something else now. No error: one daemon ends, so that another one begins with `config`."""

    def __init__(self, config: Config) -> None:
        """`config` is what it says."""
        super().__init__(str(config.path))
        self.config = config


class Settings:
    """The file of the configuration that a daemon works with."""

    def __init__(self, config: Config) -> None:
        """Remember nothing of the file: it may have been saved since it was read."""
        self._config, self._text = config, b""

    def trouble(self) -> list[str]:
        """Why the file cannot be read as it is now; empty if it says what it said. Raises Reconfigured if it says another thing."""
        try:
            text = self._config.path.read_bytes()
            if text == self._text or self._is_what_was():
                self._text = text
                return []
            text = self._settled(text)
            now = load_config(self._config.path)
        except OSError as error:
            return [f"{self._config.path}: {error.strerror}"]
        except UsageError as error:
            return explained(error)
        if now != self._config:
            raise Reconfigured(now)
        self._text = text
        return []

    def _is_what_was(self) -> bool:
        """Whether the file, half written or not, says what it said."""
        try:
            return load_config(self._config.path) == self._config
        except UsageError:
            return False

    def _settled(self, text: bytes) -> bytes:
        """What the file says when its editor had the time to write all of it: half a configuration is one, too."""
        while True:
            time.sleep(_MOMENT)
            if (later := self._config.path.read_bytes()) == text:
                return text
            text = later

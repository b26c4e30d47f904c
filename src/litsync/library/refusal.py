"""How the library says no: one exception with the status, text and data that the client will read.

Decides nothing. A `Refused` inside a batch becomes that object's entry under `failed`; outside one it becomes the response.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any


class Refused(Exception):
    """A request, or one object of it, that the library does not carry out. `current` is the version to tell in `Last-Modified-Version`."""

    def __init__(
        self, status: int, message: str, *, data: Mapping[str, Any] | None = None, current: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.data = data
        self.current = current

    @property
    def text(self) -> str:
        """The message, safe inside HTML, as Zotero sends it."""
        return escape(self.message).replace("&#x27;", "&#039;")


class Unheard(Refused):
    """A refusal made before the API version is known: its response has no Zotero headers."""


class Broken(Exception):
    """Input that stops the whole request with status 500. What earlier objects of the batch did stays done, later ones are not tried."""

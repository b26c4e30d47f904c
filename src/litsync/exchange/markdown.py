"""Text and links from outside as Markdown that shows them as they are, and in which nothing of them acts."""

from __future__ import annotations

import re
from urllib.parse import quote

_ACTS = re.compile(r"[\\`*_{}\[\]<>|~$#&=^%!@]|(?<=[A-Za-z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def inert(text: str) -> str:
    """Text of which Markdown changes nothing: every character that could act stands behind a backslash.

    What turns the reading direction, of this text and of what follows it, is taken out.
    """
    return _ACTS.sub(lambda found: f"\\{found[0]}", _TURNS.sub("", text))


def link(text: str, address: str) -> str:
    """The text as a link; without an address, the text alone."""
    return f"[{inert(text)}](<{quote(address, safe=':/?#@!$&()*+,;=%~._-')}>)" if address else inert(text)

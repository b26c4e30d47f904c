"""A mark at the end of a text that litsync made whole: it tells whether anyone has changed the text since.

Decides only how the mark is written, in a comment of HTML, SVG and Markdown. A text with an unbroken seal may be made again.
"""

from __future__ import annotations

import re
from hashlib import blake2b

_SEAL = re.compile(rb"<!-- litsync ([0-9a-f]{32}) -->\n\Z")


def sealed(text: str) -> str:
    """The text with its seal as last line. The same text has the same seal."""
    return text + seal_of(text)


def seal_of(text: str) -> str:
    """The line that seals the text."""
    return f"<!-- litsync {_hash(text.encode())} -->\n"


def is_untouched(data: bytes) -> bool:
    """Whether a file with these bytes is one that litsync made, byte for byte."""
    found = _SEAL.search(data)
    return found is not None and found[1].decode() == _hash(data[: found.start()])


def without_seal(text: str) -> str:
    """The text without the seal at its end, if it has one."""
    return _SEAL.sub(b"", text.encode()).decode()


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()

"""The bytes of a list as text.

Decides how a file is decoded and what is cut off before it is read as Markdown; a line keeps its number. Must not know
what the text says.
"""

from __future__ import annotations

import codecs
import re

from litsync.errors import UsageError

MAX_BYTES = 64_000_000
"""Larger files are no lists; they are refused before they cost minutes."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_CHINESE_RUN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]{2,}")
_UNSEEN = re.compile(r"[\x00\u200b\u200e\u200f\u2060\ufeff\u00ad]")


def read_source(data: bytes, shown: str) -> str:
    """The text of a list, with `\\n` line ends and as many lines as the file has.

    Lines that are not UTF-8 in a file that otherwise is are read as GB 18030 or Windows-1252, each by itself. Raises
    UsageError for a file that is no text.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(f"{shown}: {len(data)} bytes are too many for a list", f"at most {MAX_BYTES} are read")
    text = _decoded(data)
    if text.count("\x00") > len(text) // 100:
        raise UsageError(f"{shown}: is not a text file", "give a Markdown file, for example README.md")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", _FRONT_MATTER.sub(lambda match: "\n" * match[0].count("\n"), text, count=1))


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        whole = _as_chinese(data)
        return whole if whole is not None else b"\n".join(map(_line_as_utf8, data.split(b"\n"))).decode("utf-8")


def _as_chinese(data: bytes) -> str | None:
    """The text when the whole file is GB 18030: what is not ASCII in it then stands in runs of Chinese characters."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = sum(char > "\x7f" for char in text)
    chinese = sum(len(run) for run in _CHINESE_RUN.findall(text))
    return text if chinese > 0.8 * foreign and not _has_utf8(data) else None


def _has_utf8(data: bytes) -> bool:
    return any(_is_utf8(line) for line in data.split(b"\n") if not line.isascii())


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line_as_utf8(line: bytes) -> bytes:
    return line if _is_utf8(line) else line.decode("cp1252", "replace").encode()

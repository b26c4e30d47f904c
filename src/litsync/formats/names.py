"""Names of notes that every system takes and every link reaches, and text from outside made harmless in a note's body.

Decides spelling only; which names are taken is for the vault to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

MAX_BYTES = 150
"""Room for what sync tools append to a name: file systems take 255 bytes."""

# Breaks links, is reserved on some system, or cannot be seen. `%` is kept: only `%%` breaks links.
_UNSAFE = re.compile(
    r'[#|^\[\]*"\\/<>:?\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]|%%+'
)
_SUFFIX = re.compile(r"\.(md)\s*$", re.IGNORECASE)  # a link to `a.md` leads to the note `a`
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)


def file_stem(text: str) -> str:
    """A file name without its ending, as close to `text` as is safe on Linux, macOS, Windows and Android; never empty."""
    stem = unicodedata.normalize("NFC", text).replace("\u00a0", " ")
    stem = re.sub(r"\s+", " ", _UNSAFE.sub("-", stem))
    stem = _SUFFIX.sub(r"-\1", stem)
    stem = _capped(stem.strip(" .").lstrip(" .~"), MAX_BYTES).rstrip(" .")
    if not stem.strip("-. "):
        return "untitled"
    return f"{stem}_" if _RESERVED.fullmatch(stem) else stem


def _capped(text: str, most: int) -> str:
    """Cut to that many bytes of UTF-8, not inside a character and not before a combining mark or joiner."""
    if len(text.encode()) <= most:
        return text
    cut = text.encode()[:most].decode("utf-8", "ignore")
    follows = text[len(cut) : len(cut) + 1]
    while cut and follows and (unicodedata.combining(follows) or follows in "\u200d\ufe0f"):
        follows, cut = cut[-1], cut[:-1]
    return cut


def unique_stem(stem: str, taken: Callable[[str], bool]) -> str:
    """The stem, or the stem with the first number that is free: `NeRF (2)`."""
    number, found = 1, stem
    while taken(found):
        number += 1
        found = f"{stem} ({number})"
    return found


def name_key(name: str) -> str:
    """What two names share when some file system, or Obsidian, takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


# ── text from outside ────────────────────────────────────────────────────────────────────────────────────────────

_BREAK = "\u2060"
_HOSTILE = re.compile(
    r"""<(?=[%!/?A-Za-z])            # Templater commands, HTML
      | \{(?=[{%])                   # template variables
      | \[(?=\[) | !(?=\[)           # links, embeds
      | \](?=[(\[])                  # Markdown links: what they lead to may be spelled in entities
      | %(?=%)                       # comments
      | `(?=\s*\$?=|\s*[A-Za-z])     # inline queries, code that plugins run
      | ~(?=~~)
      | (?<!\S)\#(?=[^\s\#])        # tags
      | :(?=:)                       # inline fields
      | \$(?==)
      | \b(obsidian|javascript|vbscript|data|file)(?=:\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What acts in a property: commands, template variables, and links. Joiners that the text has already do not hide it.
_ACTS = rf"<(?={_BREAK}*%)|\{{(?={_BREAK}*[{{%])|\[(?={_BREAK}*\[)|\](?={_BREAK}*\()"
_ACTS_IN_PROPERTIES = re.compile(_ACTS)
_NEUTRALISED = re.compile(f"({_ACTS}){_BREAK}".replace("(?=", f"(?={_BREAK}"))


def neutral(text: str) -> str:
    """The text so that nothing in it acts in a note: commands, queries, HTML, embeds, links and comments are broken up.

    A word joiner, which nobody sees, is put behind the first character of each; what turns the reading direction is taken
    out. Text without any of it stays as it is.
    """
    return _HOSTILE.sub(lambda m: m[0] + _BREAK, _TURNS.sub("", text))


def neutral_value(text: str) -> str:
    """Like `neutral`, for the value of a property, where only commands, template variables and links act.

    A property is a line by itself, so what turns the reading direction stays: the value comes back from `plain` as it was.
    """
    return _ACTS_IN_PROPERTIES.sub(lambda m: m[0] + _BREAK, text)


def plain(text: str) -> str:
    """The text that `neutral_value` was given. Joiners that it had itself stay."""
    return _NEUTRALISED.sub(r"\1", text) if _BREAK in text else text

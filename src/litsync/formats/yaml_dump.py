"""Texts written as YAML, the way Obsidian writes them: what it saves next is what stands there already.

Obsidian dumps properties with the `yaml` package for JavaScript: bare where that is safe in YAML 1.2, else in double
quotes (in single ones if the text holds double quotes only), lists as blocks, no line ever folded. A text that only
Python's YAML would misread is quoted too. Knows nothing of notes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(
    r"""^[\n\t ,\[\]{}#&*!|>'"%@`]   # an indicator, or a blank, begins it
      | ^[?-]$ | ^[?-][ \t]          # a key or list mark
      | [\n:][ \t] | [ \t]\n         # a mapping, a line break
      | [\n\t ]\#                    # a comment
      | [\n\t\ :]$                   # a blank or a colon ends it
    """,
    re.VERBOSE,
)
_TYPED = re.compile(
    r"""~ | null | Null | NULL | true | True | TRUE | false | False | FALSE
      | [-+]?\d+ | 0o[0-7]+ | 0x[0-9a-fA-F]+
      | [-+]?(?:\.\d+|\d+\.\d*)(?:[eE][-+]?\d+)? | [-+]?\d+[eE][-+]?\d+
      | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
    """,
    re.VERBOSE,
)
# Characters that end a line for some reader, that no YAML file may hold, or that a reader strips at the ends.
_ESCAPED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_STRIPPED = re.compile(r"^\s|\s$")


def is_typed(text: str) -> bool:
    """Whether a bare scalar of this text is a number, a truth value or nothing in YAML 1.2, and no text."""
    return not text or _TYPED.fullmatch(text) is not None


def needs_escape(text: str) -> bool:
    """Whether the text holds a character that only double quotes can say."""
    return _ESCAPED.search(text) is not None


def dump_text(text: str) -> str:
    """The text as a scalar that reads back as this text."""
    unsafe = _ESCAPED.search(text) or _STRIPPED.search(text)
    if not (unsafe or is_typed(text) or _NEEDS_QUOTES.search(text) or text.startswith(("---", "..."))):
        return text
    if '"' in text and "'" not in text and not unsafe and not is_typed(text):
        return f"'{text}'"
    return double_quoted(text)


def double_quoted(text: str) -> str:
    """The text in double quotes; only what must be is escaped."""
    return _ESCAPED.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f"))


def dump_pairs(pairs: Iterable[tuple[str, str | Iterable[str] | None]], bare: frozenset[str] = frozenset()) -> str:
    """Lines `key: value`, lists as blocks; a None is an empty value. The values of the keys in `bare` are numbers."""
    lines = []
    for key, value in pairs:
        if value is None:
            lines.append(f"{dump_text(key)}:")
        elif isinstance(value, str):
            lines.append(f"{dump_text(key)}: {value if key in bare and value.isdecimal() else dump_text(value)}")
        else:
            members = [f"  - {dump_text(member)}" for member in value]
            lines += [f"{dump_text(key)}:", *members] if members else [f"{dump_text(key)}: []"]
    return "".join(f"{line}\n" for line in lines)

"""What the note of a paper is called: a pattern such as `{authors} ({year}) {title}`, made safe for every system.

Decides which parts a pattern may have and how they read; which names are taken is for the vault to say.

- `{citekey}`, `{title}`, `{year}`, `{date}`, `{venue}` and `{number}` as the catalog has them;
- `{short}`: what stands before the colon of the title, if that is short; else the whole title;
- `{family}`: the first author's family name; `{authors}`: `Guo`, `Guo and Chen`, `Guo et al.`.

A part that the paper does not have leaves nothing behind, not even its brackets.
"""

from __future__ import annotations

import re

from litsync.core.model import Fields, Name
from litsync.formats.names import file_stem

DEFAULT_PATTERN = "{citekey}"

_PARTS = ("citekey", "title", "short", "authors", "family", "year", "date", "venue", "number")
_TELLING = frozenset({"citekey", "title", "short"})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_HOLLOW = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}")
_LOOSE = re.compile(r"^[\s,;:·–—-]+|[\s,;:·–—-]+$")


def read_name_pattern(text: str) -> str:
    """The pattern, if notes can be named by it. Raises ValueError that says what is wrong."""
    found = _PLACEHOLDER.findall(text)
    for part in found:
        if part not in _PARTS:
            raise ValueError(f"has `{{{part}}}`, which is none of {', '.join(f'{{{name}}}' for name in _PARTS)}")
    if not _TELLING & set(found):
        raise ValueError("would give many notes the same name: use {citekey}, {title} or {short}")
    rest = _PLACEHOLDER.sub("", text)
    if "/" in rest or "\\" in rest:
        raise ValueError("has a slash: notes of papers lie in one folder, `vault.papers`")
    return text


def note_stem(pattern: str, citekey: str, fields: Fields) -> str:
    """The name of a paper's note without its ending; never empty, and always the same for the same fields."""
    if pattern == DEFAULT_PATTERN:
        return file_stem(citekey)
    parts = _parts(citekey, fields)
    text = _PLACEHOLDER.sub(lambda match: parts[match[1]], pattern)
    if text != pattern:
        text = _LOOSE.sub("", " ".join(_HOLLOW.sub(" ", text).split()))
    return file_stem(text) if text.strip() else file_stem(citekey)


def _parts(citekey: str, fields: Fields) -> dict[str, str]:
    title = _text(fields, "title")
    authors = fields.get("authors")
    families = [one.family for one in authors if isinstance(one, Name)] if isinstance(authors, tuple) else []
    return {
        "citekey": citekey,
        "title": title.replace(": ", " - "),
        "short": short_title(title).replace(": ", " - "),
        "authors": _listed(families),
        "family": families[0] if families else "",
        "year": _text(fields, "date")[:4],
        "date": _text(fields, "date"),
        "venue": _text(fields, "venue"),
        "number": _text(fields, "number"),
    }


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def short_title(title: str) -> str:
    """What stands before the colon, if that is short: `AD-NeRF`; else the whole title."""
    head, colon, _ = title.partition(": ")
    head = head.strip()
    return head if colon and 0 < len(head) <= 30 and head.count(" ") < 4 else title


def _listed(families: list[str]) -> str:
    """As authors are cited: one, two, or the first of many."""
    if len(families) > 2:
        return f"{families[0]} et al."
    return " and ".join(families)

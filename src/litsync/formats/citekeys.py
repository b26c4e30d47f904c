"""Citekeys for papers that have none: first author, year and first word of the title that says something.

Decides how a citekey is spelled and that it is new; a paper that has one keeps it. Where the paper came from is not known here.

The rule, by default `{family}{year}{word}`, in ASCII letters and digits:

- `{family}`: the first author's family name with its particles, `van den Oord` as `vandenoord`; of a name in one piece (an
  institution) the first word that says something. Without authors it is the title's first such word, and `{word}` the next.
- `{year}`: the year of the date; nothing when there is none.
- `{word}`: the title's first word that is no article, preposition or conjunction; hyphens join, `AD-NeRF` as `adnerf`.
- `{words}`: the first three such words. `{Family}`, `{Word}` and `{Words}` are the same with capitals.

What is taken already (compared without case, as file names are) gets `a`, `b`, ... behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from string import ascii_lowercase

from litsync.core.model import Fields, Name
from litsync.core.values import Form, Invalid, read_text

DEFAULT_PATTERN = "{family}{year}{word}"

_PARTS = ("family", "year", "word", "words", "Family", "Word", "Words")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MARKUP = re.compile(r"</?(?:i|b|em|strong|sub|sup|sc|span)\b[^<>]*>", re.IGNORECASE)
_APART = re.compile(r"[\s/\\:;,|\[\](){}<>\u2013-\u2015\u3000-\u303f\uff08\uff09\uff0c\uff1a\uff1b]+")
# Compiled when it is needed: ranges so wide take milliseconds, and every command would wait for them.
_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{1,4}|[^\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
_GREEK = re.compile(r"(?<![\u0370-\u03ff])[\u0391-\u03c9](?![\u0370-\u03ff])")
_SILENT = frozenset(
    "a an the and or nor but of in on at by to for from with without into onto over under about via per as is are "
    "toward towards through between among against "
    "der die das den dem des ein eine einen einer eines und von vom zu zum zur im am mit über für "
    "le la les l un une des du de et sur dans el los las uno una y del il lo gli i d da di della".split()
)
_LONGEST = 40


def read_pattern(text: str) -> str:
    """The pattern, if citekeys can be made by it. Raises ValueError that says what is wrong."""
    for part in _PLACEHOLDER.findall(text):
        if part not in _PARTS:
            raise ValueError(f"has `{{{part}}}`, which is none of {', '.join(f'{{{name}}}' for name in _PARTS)}")
    example = _PLACEHOLDER.sub("x", text)
    if not any(part.casefold() != "year" for part in _PLACEHOLDER.findall(text)):
        raise ValueError("would give the same citekey to many papers: use {family}, {word} or {words}")
    try:
        read_text(Form.CITEKEY, example)
    except Invalid as error:
        raise ValueError(f"makes `{example}`, which {error}") from None
    return text


class Citekeys:
    """Gives out citekeys, none twice and none that is taken."""

    def __init__(self, taken: Iterable[str] = (), pattern: str = DEFAULT_PATTERN) -> None:
        """`taken` are the citekeys in use; `pattern` is one that `read_pattern` lets pass."""
        self._taken = {key.casefold() for key in taken}
        self._pattern = pattern

    def give(self, fields: Fields) -> str:
        """A new citekey for a paper with these fields: the rule's, with a letter behind it if that one is taken."""
        return self._first_free(spelled(fields, self._pattern))

    def keep(self, wanted: str, fields: Fields) -> str:
        """The citekey that a paper brings along, if it is one and is free; else what the rule gives."""
        try:
            found = read_text(Form.CITEKEY, wanted)
        except Invalid:
            found = None
        if found is None or found.casefold() in self._taken:
            return self.give(fields)
        self._taken.add(found.casefold())
        return found

    def _first_free(self, stem: str) -> str:
        key = next(key for key in _with_letters(stem) if key.casefold() not in self._taken)
        self._taken.add(key.casefold())
        return key


def spelled(fields: Fields, pattern: str = DEFAULT_PATTERN) -> str:
    """What the rule makes of a paper, whether taken or not: always the same for the same fields, and never empty."""
    words = _significant(str(fields.get("title") or ""))
    authors = fields.get("authors")
    first = authors[0] if isinstance(authors, tuple) and authors else None
    family = _family(first) if isinstance(first, Name) else ""
    if not family:
        family, words = (words or [""])[0], words[1:]
    parts = {
        "family": family,
        "year": str(fields.get("date") or "")[:4],
        "word": (words or [""])[0],
        "words": "".join(words[:3]),
    }
    parts |= {"Family": family.capitalize(), "Word": parts["word"].capitalize()}
    parts["Words"] = "".join(word.capitalize() for word in words[:3])
    found = _PLACEHOLDER.sub(lambda match: parts[match[1]], pattern)
    return found.lstrip(":.+/-")[:190] or "untitled"


def _with_letters(stem: str) -> Iterator[str]:
    """The stem, then with a, b, ... z, aa, ab, ... behind it."""
    yield stem
    for number in count():
        letters, rest = "", number
        while rest >= 0:
            letters, rest = ascii_lowercase[rest % 26] + letters, rest // 26 - 1
        yield stem + letters


def _family(name: Name) -> str:
    if name.given:
        return _plain(name.family)
    return next(iter(_significant(name.family)), "")


def _significant(text: str) -> list[str]:
    """The words that say something, plain; all of them if none does."""
    words = [piece for word in _APART.split(_MARKUP.sub("", text)) for piece in re.findall(_UNSPACED, word)]
    plain = [(word, found) for word in words if (found := _plain(word))]
    return [found for word, found in plain if word.casefold() not in _SILENT] or [found for _, found in plain]


def _plain(text: str) -> str:
    """The text in lower-case ASCII letters and digits; a Greek letter by itself is named: `β-VAE` is `betavae`."""
    text = _GREEK.sub(lambda match: unicodedata.name(match[0], "").rpartition(" LETTER ")[2].split(" ")[0], text)
    if not text.isascii():
        # Imported here: its tables cost a millisecond, and most papers need none of them.
        from anyascii import anyascii

        text = anyascii(unicodedata.normalize("NFC", text))
    return re.sub(r"[^a-z0-9]+", "", text.casefold())[:_LONGEST]

"""LaTeX text to plain text, and back.

Decides how the markup that bibliographies use reads without markup; accents, symbols and mathematics are pylatexenc's. Braces,
which only keep the case of letters, go. What comes back from `latex` is what a LaTeX of any age sets.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from litsync.core.values import tidy

_ADDRESS_ESCAPES = re.compile(r"\\([_%&#~$])|\{\\?([_%&#~])\}|\\textasciitilde(?:\{\})?|\{\\textasciitilde\}")
_LINK = re.compile(r"\\href\s*\{[^{}]*\}\s*\{")
_MATHEMATICAL = re.compile("[\U0001d400-\U0001d7ff]+")
_MARKUP = re.compile(r"</?(?:i|b|em|strong|sc|span)\b[^<>]*>|</?(?:sub|sup)>", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def plain(latex: str) -> str:
    """The text as a reader sees it, on one line."""
    if not re.search(r"[\\{}$~`'-]", latex):
        return tidy(latex)
    try:
        text = str(_decoder().latex_to_text(_harmless(latex)))
    except (IndexError, ValueError):  # a command that lacks its argument: the letters are still there
        text = re.sub(r"[{}]", "", latex)
    return tidy(_MATHEMATICAL.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text))


def plain_address(latex: str) -> str:
    """An address, DOI or other id: taken as it stands, without the escapes that some programs write."""
    text = re.sub(r"\\(?:url|path|nolinkurl)\s*\{([^{}]*)\}", r"\1", latex)
    text = _ADDRESS_ESCAPES.sub(lambda match: match[1] or match[2] or "~", text)
    return tidy(text).strip("{}")


def latex(text: str) -> str:
    """The text in ASCII LaTeX."""
    return str(_encoder(ascii_only=True).unicode_to_latex(text))


def escaped(text: str) -> str:
    """The text with just what LaTeX would take for commands escaped, for programs that read UTF-8."""
    return str(_encoder(ascii_only=False).unicode_to_latex(text))


def without_markup(text: str) -> str:
    """A title without the tags for italics and the like that Zotero keeps in titles."""
    return tidy(_MARKUP.sub("", text))


def _harmless(latex: str) -> str:
    """A bare `%` is per cent, since a field is no document; of a link with a text, the text is left."""
    return re.sub(r"(?<!\\)%", r"\\%", _LINK.sub("{", latex))


@cache
def _decoder() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    logging.getLogger("pylatexenc").setLevel(logging.ERROR)  # it warns of commands that lack an argument
    words = get_default_latex_context_db()
    words.add_context_category("bibliographies", prepend=True, macros=[*_macros(MacroTextSpec)])
    return LatexNodes2Text(latex_context=words, math_mode="text", keep_comments=True, strict_latex_spaces=False)


def _macros(spec: Any) -> list[Any]:
    signs = {
        "textless": "<", "textgreater": ">", "textbar": "|", "textasciitilde": "~", "textasciicircum": "^",
        "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}",
        "textunderscore": "_", "textendash": "–", "textemdash": "—", "textquotesingle": "'",
        "textquotedbl": '"', "slash": "/", "allowbreak": "", "relax": "", "-": "", "newblock": "", "enspace": " ", "LaTeX": "LaTeX", "TeX": "TeX",
    }  # fmt: skip
    kept = "url text textup mbox texttt textrm textsf".split()
    return [spec(name, simplify_repl=text) for name, text in signs.items()] + [
        spec(name, simplify_repl="%s") for name in kept
    ]


@cache
def _encoder(*, ascii_only: bool) -> Any:
    from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

    special = {ord(sign): f"\\{sign}" for sign in "#$%&_"}
    special |= {ord("{"): r"\textbraceleft{}", ord("}"): r"\textbraceright{}"}  # BibTeX counts escaped braces too
    special |= {ord("~"): r"\textasciitilde{}", ord("^"): r"\textasciicircum{}", ord("\\"): r"\textbackslash{}"}
    rules: list[Any] = [UnicodeToLatexConversionRule(RULE_DICT, special)]
    if ascii_only:
        rules.append("defaults")
    return UnicodeToLatexEncoder(
        conversion_rules=rules,
        replacement_latex_protection="braces-all" if ascii_only else "none",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )

"""Random hostile edits: texts that YAML reads as something else, put anywhere into tricky catalogs, several in a row."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import yaml
from yaml_cases import CASES
from yaml_judge import Refused, Wanted, judge, said
from yaml_tools import edited

_PIECES = (
    "# ", " #", "#", ": ", ":", " :", "- ", "-", "? ", "'", '"', "''", '\\"', "\\", "\\n", "\n", "\n\n", "\n  ", "\r\n", "\t", " ", "  ",
    "---", "...", "--- ", "&a ", "*a", "*", "!t ", "!!str ", "!", "%YAML", "%", "@", "`", "|", "|-\n  ", ">", "> ", "{", "}", "[", "]",
    "[]", "{}", ",", ", ", "<<", "<<: ", "=", "~", "null", "true", "No", "on", "0", "012", "0x1F", "1e3", ".inf", "1:30", "2021-10-03",
    "\u2028", "\u2029", "\u0085", "\u00a0", "\ufeff", "\u200b", "\x07", "\x7f", "e\u0301", "é", "深", "😀", "id: t", "- id: t", "papers:",
    "a", "b c", "The", "long " * 40, "https://x.y/?a=b&c=[d],e#f", "{family: x}", "<!-- -->", "[[x]]", "$x$", "=======", "<<<<<<< x",
)  # fmt: skip
_TEXT_FIELDS = ("title", "venue", "status", "publisher", "abstract", "doi", "url")
_MAY_GO = frozenset({*_TEXT_FIELDS[1:], "number", "date", "language", "arxiv", "issue", "volume", "pages"})
_SANE = ("Ann", "Émile", "王", "O'Neil", "van", "Smith-Jones", "J.", "Løvås")


@dataclass(frozen=True)
class Edit:
    """One edit that was tried: the text before and after (the same if it was refused), what was wanted, the verdict and why."""

    before: str
    after: str
    wanted: Wanted
    verdict: str
    reason: str = ""


def hostile_edits(seed: int, in_a_row: int = 3) -> list[Edit]:
    """Some edits in a row of one catalog, the same for the same seed."""
    draw = random.Random(seed)
    text = _saved_by(draw, CASES[draw.choice(sorted(CASES))])
    made: list[Edit] = []
    for number in range(in_a_row):
        wanted = _wanted(draw, text, f"{seed}.{number}")
        if wanted is None:
            break
        try:
            after = edited(text, wanted)
        except Refused as error:
            made.append(Edit(text, text, wanted, "refused", str(error)))
            continue
        made.append(Edit(text, after, wanted, judge(text, after, wanted)))
        if made[-1].verdict != "kept":
            break
        text = after
    return made


def count(edits: list[Edit]) -> Counter[str]:
    """How many of each verdict."""
    return Counter(edit.verdict for edit in edits)


def _saved_by(draw: random.Random, text: str) -> str:
    """The text as some editor saves it: with other line ends, a byte order mark, no last line break."""
    if draw.random() < 0.3:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    if draw.random() < 0.2:
        text = text.rstrip("\r\n")
    return "\ufeff" + text.removeprefix("\ufeff") if draw.random() < 0.2 else text


def _text(draw: random.Random, *, unique: str = "") -> str:
    text = "".join(draw.choice(_PIECES) for _ in range(draw.randint(1, 6)))
    return f"{text}{unique}" if unique else text if text.strip() else "x"


def _wanted(draw: random.Random, text: str, unique: str) -> Wanted | None:
    """Something to do with a random record; None when the catalog is none."""
    try:
        root = said(text)[0]
    except yaml.YAMLError:
        return None
    papers = root.get("papers") or []
    if not papers:
        return None
    number = draw.randrange(len(papers))
    paper, path = papers[number], ("papers", number)
    texts = [key for key, value in paper.items() if isinstance(value, tuple) and key in _MAY_GO]
    tags = [tag for tag, _ in paper.get("tags") or []]
    choices = [
        Wanted("set", (*path, draw.choice(_TEXT_FIELDS)), _text(draw)),
        Wanted("set", (*path, "number"), draw.randrange(1000)),
        Wanted("set", (*path, "links"), [{"title": _text(draw), "url": _text(draw)} for _ in range(draw.randint(1, 3))]),
        Wanted("add", (*path, "tags"), _text(draw, unique=unique)),
        Wanted("add", ("papers",), {"id": f"k{unique}", "title": _text(draw), "date": 2020, "tags": [_text(draw, unique=unique), "t"]}),
        Wanted("set", ("methods", f"k{unique}".replace(".", "-")), {"name": _text(draw, unique=unique), "aliases": [_text(draw, unique="a")]}),
        Wanted("set", ("methods", "m", "name"), _text(draw, unique=unique)),
    ]  # fmt: skip
    if texts:
        choices.append(Wanted("delete", (*path, draw.choice(texts))))
    if len(tags) > 1:
        choices.append(Wanted("remove", (*path, "tags"), old=draw.choice(tags)))
    if len(papers) > 1:
        choices.append(Wanted("delete", path))
    if paper.get("authors"):
        old = draw.choice(paper["authors"])
        if isinstance(old, tuple):
            choices.append(Wanted("swap", (*path, "authors"), f"{draw.choice(_SANE)} {draw.choice(_SANE)}", old[0]))
    return draw.choice(choices)

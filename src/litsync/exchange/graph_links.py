"""Where a click in the picture leads: the note in Obsidian, the item in Zotero, the paper and its code on the web.

Decides addresses only. An address that is not of the web is not followed, whatever a catalog says.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from litsync.core.model import Kind, RecordId
from litsync.exchange.classification import Paper, Places


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one paper or method; empty where there is none."""

    note: str = ""
    item: str = ""
    paper: str = ""
    code: str = ""


def paper_links(paper: Paper, places: Places) -> Links:
    """Where the paper is found."""
    record = RecordId(Kind.PAPER, paper.key)
    return Links(
        _note(record, places), places.items.get(record, ""), _of_the_web(paper.address), _of_the_web(paper.code)
    )


def method_links(key: str, places: Places) -> Links:
    """Where the method's note is found."""
    return Links(_note(RecordId(Kind.METHOD, key), places))


def _note(record: RecordId, places: Places) -> str:
    """The address that makes Obsidian open the note, by the name of its vault: it holds on other machines, too."""
    path = places.notes.get(record)
    if path is None:
        return ""
    return f"obsidian://open?vault={quote(places.vault, safe='')}&file={quote(path.removesuffix('.md'), safe='')}"


def _of_the_web(address: str) -> str:
    return address if address.startswith(("https://", "http://")) else ""

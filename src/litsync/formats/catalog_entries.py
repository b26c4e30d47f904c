"""The fields of a record as the keys and values of its entry in a catalog.

Decides which texts a value becomes: a method by id or name, an author in the order of reading or in parts, a link as title
and address. How those are quoted and laid out is for `catalog_style`.
"""

from __future__ import annotations

from typing import Any

from litsync.core.fields import TABLE, carried
from litsync.core.model import CATALOG, Fields, Kind, Link, Name, Value
from litsync.core.values import read_name, tidy
from litsync.formats.catalog_spelling import Spelling
from litsync.formats.catalog_style import Entries, Entry, Style
from litsync.formats.yaml_text import Mapping as YamlMapping
from litsync.formats.yaml_text import Node, Scalar

ORDER = {
    kind: tuple(row.name for row in carried(kind, CATALOG) if not row.derived) for kind in (Kind.PAPER, Kind.METHOD)
}


def entries_of(kind: Kind, fields: Fields, style: Style, spelling: Spelling) -> dict[str, Entry]:
    """The entries that say the fields; what the catalog works out itself, or does not hold, is left out.

    A name that no table has is a key of the reader's own, and comes last.
    """
    own = tuple(name for name in fields if all(name not in rows for rows in TABLE.values()))
    found = {name: _entry(name, fields.get(name), style, spelling) for name in (*ORDER[kind], *own)}
    return {name: entry for name, entry in found.items() if entry}


def data_of_entries(entries: Entries, style: Style) -> dict[str, Any]:
    """The data that the entries shall read as."""
    return {
        key: _data(entry, typed=isinstance(entry, str) and style.bare(key, entry)) for key, entry in entries.items()
    }


def spelled_name(name: Name) -> str | dict[str, str]:
    """An author as what reads back as this name: in the order of reading where that can be told apart, else in parts."""
    for text in (name.display, f"{name.family}, {name.given}" if name.given else ""):
        if text and read_name(text) == name:
            return text
    return name_in_parts(name)


def name_of(item: Node) -> str:
    """The author that an item of `authors` means, as the name is read aloud."""
    if isinstance(item, Scalar):
        return tidy(read_name(item.value).display)
    entries = item.entries if isinstance(item, YamlMapping) else {}
    family, given, whole = (
        one.value if isinstance(one := entries.get(key), Scalar) else "" for key in ("family", "given", "name")
    )
    return tidy(whole or Name(family, given).display)


def _entry(name: str, value: Value, style: Style, spelling: Spelling) -> Entry:
    if value is None or isinstance(value, str):
        return value or ""
    if name in ("methods", "sections"):
        neighbours = list(style.members(name))
        return tuple(spelling.spelled(name, str(key), neighbours) for key in value)
    if style.in_parts(name) and all(isinstance(member, Name) for member in value):
        return tuple(name_in_parts(member) for member in value if isinstance(member, Name))
    links = tuple({"title": member.title, "url": member.url} for member in value if isinstance(member, Link))
    return links or tuple(spelled_name(one) if isinstance(one, Name) else str(one) for one in value)


def name_in_parts(name: Name) -> dict[str, str]:
    """An author as a small mapping."""
    return {"family": name.family, "given": name.given} if name.given else {"name": name.family}


def _data(entry: Entry, *, typed: bool = False) -> Any:
    match entry:
        case str():
            return entry, typed
        case tuple():
            return [_data(member) for member in entry]
        case _:
            return {key: _data(value) for key, value in entry.items()}

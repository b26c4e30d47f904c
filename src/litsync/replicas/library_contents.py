"""Everything in a Zotero library as one value, and as one file: what `library export` writes and `library import` reads.

Decides the form of the file, and what in a file is not one. Files of attachments are not part of it. Makes no writes to a library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litsync.errors import UsageError
from litsync.formats.item_schema import item_schema
from litsync.formats.zotero_links import Data
from litsync.replicas.zotero_remote import Remote

SCHEMA = 1
_MARK = "a Zotero library, exported by litsync"


@dataclass(frozen=True, slots=True)
class Contents:
    """A library: `path` is the address its items are named by in relations (`users/1`). Trashed things are part of it."""

    path: str
    collections: Sequence[Data] = ()
    items: Sequence[Data] = ()
    searches: Sequence[Data] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {"collections": len(self.collections), "items": len(self.items), "searches": len(self.searches)}


def read_contents(remote: Remote, path: str) -> Contents:
    """All that is in a library. Raises ZoteroError when it cannot be read."""
    collections = remote.all_collections()
    return Contents(path, collections, remote.items(), remote.searches(), remote.settings())


def to_json(contents: Contents) -> str:
    """The contents as text: one object a line, so that two exports can be compared."""
    head = {"what": _MARK, "schema": SCHEMA, "item_schema": item_schema().version, "path": contents.path}
    parts = [f'"{name}": {_line(value)}' for name, value in {**head, "settings": contents.settings}.items()]
    for name in ("collections", "items", "searches"):
        rows = sorted(getattr(contents, name), key=lambda row: str(row["key"]))
        parts.append(f'"{name}": [' + ",".join(f"\n  {_line(row)}" for row in rows) + ("\n]" if rows else "]"))
    return "{" + ",\n".join(parts) + "}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def from_json(text: str, name: str) -> Contents:
    """The contents of a file; `name` names it in errors. Raises UsageError when it is none that litsync can read."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"{name}: is not whole JSON ({error})", "name a file that `litsync library export` wrote"
        ) from error
    if not isinstance(data, dict) or data.get("what") != _MARK:
        raise UsageError(f"{name}: is no exported library", "name a file that `litsync library export` wrote")
    if data.get("schema") != SCHEMA:
        raise UsageError(f"{name}: has form {data.get('schema')}, this litsync reads {SCHEMA}", "upgrade litsync")
    collections, items, searches = (_rows(data, part, name) for part in ("collections", "items", "searches"))
    return Contents(str(data.get("path") or "users/1"), collections, items, searches, data.get("settings") or {})


def _rows(data: Mapping[str, Any], part: str, name: str) -> list[Data]:
    """One kind of objects. What they say is for the library to judge that they are brought into; without these words they are none."""
    rows, words = data.get(part), ("key", "itemType" if part == "items" else "name")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and _has(row, words) for row in rows):
        raise UsageError(f"{name}: its {part} are damaged", "export the library again")
    return rows


def _has(row: Mapping[str, Any], words: Sequence[str]) -> bool:
    return all(isinstance(row.get(word), str) for word in words)

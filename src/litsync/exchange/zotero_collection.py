"""A Zotero collection as works: its items, its subcollections as sections, its method tags as methods.

Decides which collection a name means and what of it becomes what. An item is read as the synchronisation reads it, so that the
next push recognises it. Knows nothing of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from litsync.core.model import Kind, Place, RecordId
from litsync.core.values import tidy
from litsync.errors import UsageError
from litsync.exchange.bibliography.draft import Draft
from litsync.exchange.found import Found, Reading
from litsync.formats.ids import Ids
from litsync.formats.item_schema import item_schema
from litsync.formats.zotero_item import Item, Naming, decode
from litsync.formats.zotero_links import Data, Owned

_NOT_WORKS = frozenset({"attachment", "note", "annotation"})
_LEFT = ("ISBN", "ISSN", "series", "place", "edition", "shortTitle", "rights", "callNumber", "archiveLocation")


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection with everything below it: key and name of each, parents first, the collection itself as the first."""

    rows: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What the collection is called."""
        return self.rows[0][1]


def find_collection(wanted: str, collections: Iterable[Data]) -> Collection:
    """The collection meant by a name, a path of names with `/`, or a key. Raises UsageError when it is none, or several."""
    rows = {row["key"]: row for row in collections if not row.get("deleted")}
    folded = tidy(wanted).casefold()
    paths = {key: _path(key, rows) for key in rows}
    found = [
        key for key, path in paths.items() if folded in (key.casefold(), path[-1].casefold(), "/".join(path).casefold())
    ]
    if not found:
        known = ", ".join(sorted("/".join(path) for path in paths.values())[:10])
        raise UsageError(
            f"the library has no collection {wanted}", f"it has {known}" if known else "it has none at all"
        )
    if len(found) > 1:
        several = ", ".join(f"{'/'.join(paths[key])} ({key})" for key in found)
        raise UsageError(f"several collections are called {wanted}: {several}", "name one by its path or its key")
    return Collection(tuple(_below(found[0], rows)))


def _path(key: str, rows: Mapping[str, Data]) -> list[str]:
    names: list[str] = []
    seen: set[str] = set()
    while key in rows and key not in seen:
        seen.add(key)
        names.insert(0, tidy(str(rows[key]["name"])))
        key = rows[key].get("parentCollection") or ""
    return names


def _below(key: str, rows: Mapping[str, Data]) -> Iterator[tuple[str, str]]:
    yield key, tidy(str(rows[key]["name"]))
    for child in sorted(rows.values(), key=lambda row: str(row["name"]).casefold()):
        if child.get("parentCollection") == key and child["key"] != key:
            yield from _below(child["key"], rows)


def read_collection(collection: Collection, objects: Sequence[Data], tag_prefix: str) -> Reading:
    """The works among the `objects`: the items in the collection and below it, with their attachments."""
    unique = {row["key"]: row for row in objects if not row.get("deleted")}
    ids = Ids((), ())
    sections = {ids.method_id(name): (key, name) for key, name in collection.rows[1:]}
    methods = _methods(unique.values(), tag_prefix, Ids((), ()))
    naming = Naming(
        tag_prefix=tag_prefix,
        methods={key: name for name, key in methods.items()},
        spellings={name.casefold(): key for name, key in methods.items()},
        sections={key: one for key, (one, _) in sections.items()},
        collection=collection.rows[0][0],
    )
    children: dict[str, list[Data]] = {}
    for row in unique.values():
        children.setdefault(str(row.get("parentItem") or ""), []).append(row)
    items = [row for row in children.get("", ()) if row["itemType"] not in _NOT_WORKS]
    drafts = [_work(row, children.get(row["key"], ()), naming) for row in items]
    return Reading(
        works=tuple(work for work, draft in drafts if draft.titled),
        faults=tuple(fault for _, draft in drafts for fault in draft.faults),
        title=collection.name,
        sections={key: name for key, (_, name) in sections.items()},
        methods={key: {"name": name} for name, key in methods.items()},
    )


def _methods(rows: Iterable[Data], prefix: str, ids: Ids) -> dict[str, str]:
    """Names and ids of the methods that tags stand for; no prefix, no methods: every tag is one of its own then."""
    tags = (tag["tag"] for row in rows for tag in row.get("tags", ()) if not tag.get("type"))
    names = {tidy(tag.removeprefix(prefix)): None for tag in tags if prefix and tag.startswith(prefix)}
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(name.casefold(), name)
    return {name: ids.method_id(name) for name in spelled.values() if name}


def _work(row: Data, children: Sequence[Data], naming: Naming) -> tuple[Found, Draft]:
    place = Place(f"Zotero item {row['key']}")
    draft = Draft(place, tidy(str(row.get("title") or "")) or str(row["key"]))
    if row["itemType"] not in item_schema().types:
        return draft.found(""), draft
    links = [one for one in children if one["itemType"] == "attachment" and one.get("linkMode") == "linked_url"]
    record, _ = decode(RecordId(Kind.PAPER, ""), Item(row, links), naming, Owned(), {})
    key = str(record.fields.get("citekey") or "")
    for name, value in record.fields.items():
        if name not in ("citekey", "zotero_citekey", "abstract"):
            draft.take(name, value)
    for name in record.unreadable - {"date", "abstract"}:
        draft.set(name, str(row.get({"doi": "DOI"}.get(name, name)) or ""))
    draft.date(str(row.get("date") or ""))
    return draft.found(key, (name for name in _LEFT if row.get(name))), draft

"""What a look at a Zotero library found: which item stands for which paper, and what it says.

Decides how existing items are recognised: by the key litsync remembers or would give, then by citation key, DOI, arXiv id
and address, first as they are written and then by the work that they lead to; never by title. Makes no requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from litsync.core.fields import TABLE
from litsync.core.identity import marks
from litsync.core.model import ZOTERO, Fields, Kind, Place, Problem, Record, RecordId, Stranger
from litsync.core.questions import fingerprint
from litsync.core.values import FieldKind
from litsync.formats.zotero_item import Item, Naming, decode, identifiers, pdf_of, text_of
from litsync.formats.zotero_links import Data, Owned
from litsync.replicas.zotero_remote import derived_key

ITEM = "item "
"""How the place of an item begins, which is named by its key."""
_IN_ITEM = tuple(
    name
    for name, row in TABLE[Kind.PAPER].items()
    if ZOTERO in row.carriers and row.kind in (FieldKind.SCALAR, FieldKind.NAMES) and name not in ("type", "code")
)
"""Fields whose place in an item depends on its type."""
_BY = ("citekey", "doi", "arxiv", "url")


def item_key(citekey: str, attempt: int = 0) -> str:
    """The key litsync gives the item of a paper; a later attempt when an earlier key was taken by another work."""
    return derived_key("paper", citekey, *([str(attempt)] if attempt else []))


@dataclass(slots=True)
class Seen:
    """The objects of one look. `objects` is live data by key, `children` the keys of attachments and notes by parent."""

    objects: dict[str, Data] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    records: dict[RecordId, Record] = field(default_factory=dict)
    unknown: dict[RecordId, Problem] = field(default_factory=dict)
    handles: dict[RecordId, dict[str, Any]] = field(default_factory=dict)

    def add(self, rows: Iterable[Data]) -> None:
        """Take in what a request brought."""
        for row in rows:
            key, parent = row["key"], row.get("parentItem")
            if parent and key not in self.children.setdefault(parent, []):
                self.children[parent].append(key)
            self.objects[key] = row

    def item(self, key: str) -> Item:
        """One live item with its children."""
        return Item(self.objects[key], [self.objects[child] for child in self.children.get(key, ())])

    def pdf(self, key: str) -> dict[str, str]:
        """The key of the item's PDF, for its handle: so it is asked for again, and missed when it is gone."""
        found = pdf_of(self.item(key))
        return {"pdf": found["key"]} if found else {}

    def refused(self) -> Iterator[Problem]:
        """One problem for each value that breaks the rules of its field."""
        for record, found in self.records.items():
            for name in sorted(found.unreadable):
                text = text_of(self.objects[self.handles[record]["key"]], name)
                advice = "correct it in Zotero; until then this field is left alone everywhere"
                message = f"{record.key}: `{name}` has a value it cannot have"
                yield Problem(Place("Zotero"), message, text, advice, record)

    def take(
        self, record: RecordId, key: str, handle: Mapping[str, Any], naming: Naming, expected: Record | None
    ) -> None:
        """The item stands for the record: read it, and note what of it is litsync's."""
        fields = expected.fields if expected else {}
        read, owned = decode(record, self.item(key), naming, Owned.from_json(handle), fields)
        inside = is_inside(self.objects[key], naming)
        if not inside:
            # Adopted from elsewhere in the library: writing any field again brings it into the collection.
            read = replace(read, stale=read.stale | {"title"})
        item_type = self.objects[key]["itemType"]
        lost = _lost(read, fields) if handle.get("type", item_type) != item_type else {}
        self.records[record] = replace(read, fields={**read.fields, **lost}, stale=read.stale | lost.keys())
        created = bool(handle.get("created")) or key == item_key(record.key)
        self.handles[record] = {
            "key": key,
            "version": self.objects[key]["version"],
            "type": handle["type"] if lost else item_type,
            "created": created,
            "inside": inside or bool(handle.get("inside")),
            **self.pdf(key),
            **owned.to_json(),
        }


def _lost(read: Record, expected: Fields) -> Fields:
    """What an item had, and has no more since it became another type: Zotero drops what the new type has no place for.

    Nobody took that away: it counts as there, and is written again where the new type has a place for it, else into Extra.
    """
    gone = (name for name in _IN_ITEM if name not in read.fields and name not in read.unreadable)
    return {name: value for name in gone if (value := expected.get(name)) is not None}


def is_inside(data: Data, naming: Naming) -> bool:
    """Whether an item is in the managed collection or one of its subcollections, and not in the trash."""
    managed = {naming.collection, *naming.sections.values()}
    return not data.get("deleted") and bool(managed.intersection(data.get("collections", ())))


class Candidates:
    """The items of a library by what they may be recognised by."""

    def __init__(self, items: Iterable[Data], taken: Iterable[str]) -> None:
        """`taken` are the keys of items that stand for a paper already."""
        self._by: dict[tuple[str, str], list[str]] = {}
        self._identifiers: dict[str, dict[str, str]] = {}
        self._trashed: set[str] = set()
        self._taken = set(taken)
        for data in items:
            if data["itemType"] in ("attachment", "note", "annotation"):
                continue
            if data.get("deleted"):
                self._trashed.add(data["key"])
            own = self._identifiers[data["key"]] = identifiers(data)
            for named in (*own.items(), *marks(own)):
                self._by.setdefault((named[0], named[1]), []).append(data["key"])

    def find(self, record: RecordId, expected: Record) -> str | Problem | None:
        """The item that stands for a paper; a Problem when a person must say which, or take it out of the trash."""
        wanted = list(_wanted(expected))
        own = self._identifiers.get(item_key(record.key), {})
        mine = [item_key(record.key)] if any(own.get(name) == value for name, value in wanted) else []
        for name, found in (("key", ""), mine), *((name, self._by.get(name, ())) for name in wanted):
            keys = [key for key in dict.fromkeys(found) if key not in self._taken]
            alive = [key for key in keys if key not in self._trashed]
            if len(alive) > 1:
                titles = f"{len(alive)} items have the {_spoken(*name)}"
                return _problem(record, titles, "merge them in Zotero, or remove it from all but one")
            if alive:
                self._taken.add(alive[0])
                return alive[0]
            if keys:
                return _problem(record, "its item is in Zotero's trash", "restore it there, or empty the trash")
        return None


def _wanted(expected: Record) -> Iterable[tuple[str, str]]:
    other = expected.fields.get("zotero_citekey")
    if isinstance(other, str):
        yield "citekey", other
    for name in _BY:
        value = expected.fields.get(name)
        if isinstance(value, str):
            yield name, value if name in ("citekey", "url") else value.casefold()
    # The same work under another spelling: an arXiv id in an address or a DOI, a version, `http:` for `https:`.
    yield from sorted(marks(expected.fields))


def _spoken(name: str, value: str) -> str:
    words = {"citekey": "citation key", "doi": "DOI", "arxiv": "arXiv id", "url": "address"}
    return f"{words.get(name, name)} {value}"


def _problem(record: RecordId, message: str, suggestion: str) -> Problem:
    return Problem(Place("Zotero"), f"{record.key}: {message}", suggestion=suggestion, record=record)


def strangers(items: Iterable[Data], known: Iterable[str], naming: Naming) -> list[tuple[str, str]]:
    """Key and title of the items in the managed collections that stand for no paper of the catalog."""
    taken = set(known)
    found = (data for data in items if data["key"] not in taken and is_inside(data, naming))
    regular = (data for data in found if data["itemType"] not in ("attachment", "note", "annotation"))
    return sorted((data["key"], str(data.get("title") or data["itemType"])) for data in regular)


def as_strangers(
    rows: Iterable[tuple[str, str]], seen: Seen, naming: Naming, foreign: Collection[str]
) -> tuple[Stranger, ...]:
    """The same as the plan lists them, each with what it says if it was looked at."""
    found = []
    for key, title in rows:
        where = f"{ITEM}{key}"
        said = decode(RecordId(Kind.PAPER, ""), seen.item(key), naming, Owned(), {})[0] if key in seen.objects else None
        found.append(Stranger(ZOTERO, where, title, None, said, key in foreign, fingerprint("s", ZOTERO, where)))
    return tuple(found)


def survivor(key: str, objects: Iterable[Data], naming: Naming) -> str | None:
    """The item into which the one with this key was merged in Zotero."""
    end = f"/items/{key}"
    for data in objects:
        replaced = data.get("relations", {}).get("dc:replaces", ()) if isinstance(data.get("relations"), dict) else ()
        uris = [replaced] if isinstance(replaced, str) else replaced
        if any(str(uri).endswith(end) for uri in uris) and is_inside(data, naming):
            return str(data["key"])
    return None

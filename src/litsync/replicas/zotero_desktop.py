"""The library behind the Zotero replica when it is the Zotero 10 desktop, reached by its local API.

Decides how to write safely where the server gives the keys, goes on with a batch after its caller hung up, and tells of
some changes by no version: small batches one after the other, every object read before and after its write, and a create
without an answer is *in doubt*: nothing is created until the library has stood still, then what came through is found
again, and only the rest is sent. What is in doubt is remembered before it is sent, so a killed process doubts too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from litsync.core.values import tidy
from litsync.errors import ZoteroError
from litsync.formats.zotero_item import identifiers
from litsync.formats.zotero_links import Data
from litsync.replicas.base import Memory
from litsync.replicas.desktop_transport import Unanswered, desktop_client, too_old
from litsync.replicas.zotero_pace import Depth
from litsync.replicas.zotero_remote import Changes, New, Remote, Written, ZoteroSettings

_ATTEMPTS = 3
"""How often the rest of a batch is sent that was never answered."""


class DesktopRemote(Remote):
    """The library of one running Zotero. Reads need no key.

    Raises ZoteroError in words when Zotero is closed, its local API is switched off, it is older than 10, or it does not
    know the key.
    """

    most = 10
    keeps_keys = False
    unchanged_moves = False
    comes_back = "open the Zotero profile that it has worked with"

    def __init__(self, settings: ZoteroSettings, memory: Memory) -> None:
        """Nothing is asked yet. `memory` keeps the warning that a create may still be on its way."""
        super().__init__(settings)
        self._memory = memory
        self._contents: dict[str, str] | None = None

    @cached_property
    def _zotero(self) -> Any:
        from pyzotero import zotero

        settings = self._settings
        client = desktop_client(settings.place, settings.manners.timeout)
        number = 0 if settings.library_type == "user" else settings.library_id
        made = zotero.Zotero(number, settings.library_type, local=True, local_api_key=settings.key, client=client)
        made.endpoint = settings.endpoint.rstrip("/")
        return made

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def lineage(self) -> str | None:
        """The Server-ID, once the library was asked for its version: it goes with the database."""
        found: str | None = self._zotero.server_id
        return found

    def version(self) -> int:
        """The library's version now, by the cheapest list there is."""
        with self._asked() as zotero:
            zotero.collections(limit=1)
            answer = zotero.request
            if zotero.server_id is None:
                raise too_old(self._settings.place, answer)
            return int(answer.headers["Last-Modified-Version"])

    def _all(self, read: str, *path: str, **filters: Any) -> list[Data]:
        """The `data` of every object of a list, in one answer: there are no pages that could shift."""
        filters = {name: value for name, value in filters.items() if name not in ("sort", "direction")}
        with self._asked() as zotero:
            return [dict(row["data"]) for row in getattr(zotero, read)(*path, limit=None, **filters)]

    def items_by_key(self, keys: Sequence[str]) -> dict[str, Data]:
        """The items with these keys that exist. Trashed ones answer only when they are asked for one by one."""
        found = super().items_by_key(keys)
        singles = ((key, self._single(key)) for key in keys if key not in found)
        return {key: row for key, row in found.items() if key in keys} | {k: row for k, row in singles if row}

    def _single(self, key: str) -> Data | None:
        from pyzotero.errors import ResourceNotFoundError

        with self._asked() as zotero:
            try:
                return dict(zotero.item(key)["data"])
            except ResourceNotFoundError:
                return None

    def items_in(self, collection: str) -> list[Data]:
        """The items of one collection with their children; none of a collection that is gone.

        The desktop answers with the whole library then: what an item itself says of its collections is believed.
        """
        rows = super().items_in(collection)
        inside = {row["key"] for row in rows if collection in row.get("collections", ())}
        return [row for row in rows if row["key"] in inside or row.get("parentItem") in inside]

    def moved_on(self, seen: Mapping[str, Data]) -> set[str]:
        """The keys of items that have changed: what is done in the list or the tag selector of the window raises no version."""
        live = self.items_by_key(list(seen)) if seen else {}
        return {key for key, row in seen.items() if key not in live or _digest(live[key]) != _digest(row)}

    # ── what changed ─────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, token: Mapping[str, Any], version: int) -> Changes | None:
        """What differs from the contents that `token` remembers; None when nothing does, or it is not time to look.

        There is no log of deletions, and some changes raise no version: so contents are compared.
        """
        rounds, known = self._settings.manners.rounds, token["contents"]
        depth = Depth.CONTENTS if version != token["version"] else rounds.due()
        managed = (token["collection"], *token["sections"].values())
        if depth is Depth.KEYS and self._keys_in(managed) != set(known):
            depth = Depth.CONTENTS
        if depth is not Depth.CONTENTS:
            self._contents = dict(known)
            rounds.made(depth)
            return None
        objects = self._objects_in(managed)
        now = self._contents = {key: _digest(row) for key, row in objects.items()}
        rounds.made(depth)
        changed = {key for key, digest in now.items() if known.get(key) != digest}
        items = [row for key, row in objects.items() if key in changed and "itemType" in row]
        touched = (known.keys() - now.keys()) | {key for key in changed if "itemType" not in objects[key]}
        return Changes(items, frozenset(touched)) if changed or touched else None

    def _objects_in(self, managed: Sequence[str]) -> dict[str, Data]:
        alive = {key: row for key, row in self.collections().items() if key in managed}
        items = [row for key in managed if key in alive for row in self.items_in(key)]
        return alive | {row["key"]: row for row in items}

    def _keys_in(self, managed: Sequence[str]) -> set[str]:
        """The keys of what is in the collections that are there, and of these."""
        alive = self.collections().keys() & set(managed)
        with self._asked() as zotero:
            lists = [zotero.collection_items(key, limit=None, format="versions") for key in sorted(alive)]
        return alive.union(*lists)

    def remembered(self, objects: Mapping[str, Data], managed: Sequence[str]) -> dict[str, Any]:
        """A digest of every managed collection and of everything in them."""
        inside = {key for key, row in objects.items() if _is_inside(row, managed)}
        seen = {
            key: _digest(row)
            for key, row in objects.items()
            if key in managed or key in inside or (row.get("parentItem") in inside and not row.get("deleted"))
        }
        others = {key: digest for key, digest in (self._contents or {}).items() if key not in objects}
        return {"contents": others | seen}

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def write_items(self, objects: Sequence[Data]) -> list[Written]:
        """Create or change items; what became of each, read back after the write."""
        return self._read_back(self._careful(objects, self._post_items, self._find_items))

    def write_collections(self, objects: Sequence[Data]) -> list[Written]:
        """Create or change collections. One of that name in that place is taken for the one that is wanted."""
        there = self._find_collections(objects)
        missing = [sent for sent, found in zip(objects, there, strict=True) if found is None]
        rest = iter(self._careful(missing, self._post_collections, self._find_collections) if missing else ())
        return [next(rest) if found is None else Written(found) for found in there]

    def _careful(self, objects: Sequence[Data], post: _Post, find: _Find) -> list[Written]:
        """Send objects so that nothing is made twice, whatever becomes of the answer."""
        if not any(_is_new(sent) for sent in objects):
            try:
                return post(objects)
            except Unanswered:
                return self._in_doubt(objects, post, find)
        if self._memory.warning == {"server": self.lineage()}:
            return self._in_doubt(objects, post, find)
        self._memory.warn({"server": self.lineage()})
        try:
            answers = post(objects)
        except Unanswered:
            return self._in_doubt(objects, post, find)
        except ZoteroError:
            self._memory.warn(None)
            raise
        self._memory.warn(None)
        return answers

    def _in_doubt(self, objects: Sequence[Data], post: _Post, find: _Find) -> list[Written]:
        """Wait until the library stands still, find what came through, and send only what did not."""
        self.own_version = None
        for _ in range(_ATTEMPTS):
            self._stand_still()
            there = find(objects)
            self._memory.warn(None)
            missing = [sent for sent, found in zip(objects, there, strict=True) if found is None]
            if not missing:
                return [Written(found) for found in there]
            self._memory.warn({"server": self.lineage()})
            try:
                rest = iter(post(missing))
            except Unanswered:
                continue
            self._memory.warn(None)
            return [next(rest) if found is None else Written(found) for found in there]
        raise ZoteroError(
            f"{self._settings.place} does not answer writes", "is a dialog open in Zotero? push again later"
        )

    def _stand_still(self) -> None:
        standstill, place = self._settings.manners.standstill, self._settings.place
        standstill.say(
            f"{place} did not answer a write. Nothing more is sent until it has stood still for {standstill.quiet:.0f} s, "
            "so that nothing is made twice."
        )
        if not standstill.reached(self.version):
            raise ZoteroError(f"{place} is busy, and does not come to rest", "push again when it has finished its work")

    def _post_items(self, objects: Sequence[Data]) -> list[Written]:
        with self._asked() as zotero:
            return self._report(zotero.create_items([_to_send(row) for row in objects]), objects)

    def _post_collections(self, objects: Sequence[Data]) -> list[Written]:
        with self._asked() as zotero:
            return self._report(zotero.create_collections([_to_send(row) for row in objects]), objects)

    def _read_back(self, answers: list[Written]) -> list[Written]:
        """What was written as it stands now; as it was reported, if somebody has changed it since: the next look sees that."""
        live = self.items_by_key([answer.data["key"] for answer in answers if answer.data is not None])
        return [_confirmed(answer, live) for answer in answers]

    # ── finding again ────────────────────────────────────────────────────────────────────────────────────────

    def _find_items(self, objects: Sequence[Data]) -> list[Data | None]:
        """For each object the item that is it: by key if it has one, else what a create made of it."""
        rows = [row for row in self.items() if not row.get("deleted")]
        by_key = {row["key"]: row for row in rows}
        return [_made_of(sent, rows) if _is_new(sent) else _changed_to(sent, by_key) for sent in objects]

    def _find_collections(self, objects: Sequence[Data]) -> list[Data | None]:
        """For each object the collection of its name in its place."""
        rows = self.collections()
        found = {(tidy(row["name"]), row.get("parentCollection") or False): row for row in rows.values()}
        new = (sent if _is_new(sent) else None for sent in objects)
        return [found.get((tidy(sent["name"]), sent["parentCollection"])) if sent else None for sent in new]


_Post = Callable[[Sequence[Data]], list[Written]]
_Find = Callable[[Sequence[Data]], list[Data | None]]


def _is_new(sent: Data) -> bool:
    return isinstance(sent, New)


def _to_send(sent: Data) -> Data:
    """A new object without the key and version that the desktop gives it."""
    return (
        {name: value for name, value in sent.items() if name not in ("key", "version")} if _is_new(sent) else dict(sent)
    )


def _made_of(sent: Data, rows: Iterable[Data]) -> Data | None:
    """What a create made: an attached link by its parent and address, an item by its citation key or what else names it."""
    if "parentItem" in sent:
        same = (
            row for row in rows if row.get("parentItem") == sent["parentItem"] and row.get("url") == sent.get("url")
        )
        return next(same, None)
    wanted = identifiers(sent)
    names = ("citekey",) if "citekey" in wanted else tuple(wanted)
    regular = (row for row in rows if row["itemType"] not in ("attachment", "note", "annotation"))
    found = ((row, identifiers(row)) for row in regular)
    return next((row for row, own in found if any(own.get(name) == wanted[name] for name in names)), None)


def _changed_to(sent: Data, rows: Mapping[str, Data]) -> Data | None:
    """The object, if it has moved on from the version it was changed from: the report of that is lost, its text is there."""
    live = rows.get(sent["key"])
    moved = live is not None and live["version"] != sent["version"]
    return (
        live
        if moved and live is not None and all(_same(live.get(n), v) for n, v in sent.items() if n != "version")
        else None
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(other, list):
        return _unordered(one or []) == _unordered(other)
    return bool(one == other or (not one and not other) or (isinstance(other, str) and tidy(str(one)) == tidy(other)))


def _unordered(rows: Sequence[Any]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def _confirmed(answer: Written, live: Mapping[str, Data]) -> Written:
    found = live.get(answer.data["key"]) if answer.data is not None else None
    same = found is not None and answer.data is not None and found["version"] == answer.data["version"]
    return Written(found) if same else answer


def _is_inside(row: Data, managed: Sequence[str]) -> bool:
    return not row.get("deleted") and any(key in managed for key in row.get("collections", ()))


def _digest(row: Data) -> str:
    """What changes whenever something in an object changes that a person could see; lists of tags have no order."""
    lists = {name: _unordered(value) for name, value in row.items() if name in ("tags", "collections")}
    text = json.dumps({**row, **lists}, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()

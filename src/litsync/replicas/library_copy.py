"""Bringing everything of one Zotero library into another one: by its own keys where the library allows, each thing once.

Decides what is there already (by key, else by what names a work), and that what is there stays as it is: only memberships and tags are added. So an
import that is repeated, or that was interrupted, brings what is missing and nothing twice. It must not know where the contents came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litsync.core.values import tidy
from litsync.formats.zotero_item import identifiers
from litsync.formats.zotero_links import Data
from litsync.replicas.library_contents import Contents
from litsync.replicas.zotero_remote import New, Remote, Written, chunks

_CHILDREN = ("attachment", "note", "annotation")
_ITEM_URI = re.compile(r"http://zotero\.org/(?P<path>(?:users|groups)/\d+)/items/(?P<key>[A-Z0-9]{8})")
_EXISTS = 412
_NAMES = ("citekey", "doi", "arxiv", "url")
_BY_HAND = "searches and settings are not brought into a desktop: make it there"
Tell = Callable[[str, int, int], None]


@dataclass(slots=True)
class Tally:
    """What became of everything: made, there already, there as another item that took memberships and tags, or refused.

    `differing` are the titles of things that are there with the same key and other contents: they were left alone.
    """

    made: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    joined: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As `--json` shows it."""
        refused = [{"title": title, "reason": reason} for title, reason in self.refused]
        return {
            "made": self.made,
            "there": self.there,
            "joined": self.joined,
            "differing": self.differing,
            "refused": refused,
        }

    def count(self, where: dict[str, int], kind: str) -> None:
        """One more of a kind."""
        where[kind] = where.get(kind, 0) + 1


@dataclass(slots=True)
class Copy:
    """One library on its way into another. `path` is the address by which the other one names its items; `tell` hears how far it is."""

    remote: Remote
    contents: Contents
    path: str
    dry_run: bool = False
    tell: Tell = lambda *_: None
    tally: Tally = field(default_factory=Tally)
    keys: dict[str, str] = field(default_factory=dict)
    """Key here to key there."""
    _before: list[Data] | None = None
    """What was there before anything was brought: nothing that is brought hangs below it unknown."""

    def run(self) -> Tally:
        """Bring everything over; what stands above comes before what hangs below it. With `dry_run` nothing is written.

        Raises ZoteroError when the library cannot be reached; what came through by then is found again the next time.
        """
        self._collections()
        top = [row for row in self.contents.items if not row.get("parentItem")]
        below = [row for row in self.contents.items if row.get("parentItem")]
        self._items(top)
        self._items([row for row in below if row["itemType"] != "annotation"])
        self._items([row for row in below if row["itemType"] == "annotation"])
        self._searches()
        self._settings()
        return self.tally

    # ── collections ──────────────────────────────────────────────────────────────────────────────────────────

    def _collections(self) -> None:
        """Parents first, level by level. One of the same name in the same place is the same collection."""
        live = {row["key"]: row for row in self.remote.all_collections()}
        for level in _levels(self.contents.collections):
            places = {(tidy(row["name"]), row.get("parentCollection") or False): key for key, row in live.items()}
            missing = []
            for row in level:
                parent = self.keys.get(row.get("parentCollection") or "", False)
                key = row["key"] if row["key"] in live else places.get((tidy(row["name"]), parent))
                if key is not None:
                    self._is_there("collections", row, live[key], ("name",))
                else:
                    shown = {name: row[name] for name in ("key", "name", "deleted") if row.get(name)}
                    missing.append((row, New({**shown, "parentCollection": parent})))
            for data in self._write("collections", missing, self.remote.write_collections):
                live[data["key"]] = data

    def _is_there(self, kind: str, row: Data, found: Data, compared: Iterable[str]) -> None:
        self.keys[row["key"]] = found["key"]
        self.tally.count(self.tally.there, kind)
        if any((row.get(name) or "") != (found.get(name) or "") for name in compared):
            self.tally.differing.append(_title(row))

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────

    def _items(self, rows: Sequence[Data]) -> None:
        """Those that are not there; those that are take memberships and tags, and all else of them stays."""
        live = self.remote.items_by_key([row["key"] for row in rows]) if self.remote.keeps_keys else {}
        strange = [row for row in rows if row["key"] not in live]
        same = live | (self._recognised(strange) if strange else {})
        missing, joined = [], []
        for row in rows:
            found = same.get(row["key"])
            if found is not None:
                self._is_there("items", row, found, _fields(row) if found["key"] == row["key"] else ())
                joined += [(row, more) for more in self._joined(row, found)]
            elif row.get("parentItem") and row["parentItem"] not in self.keys:
                self.tally.refused.append((_title(row), "what it belongs to is not there"))
            else:
                missing.append(row)
        self._join(joined)
        for _ in self._write("items", [(row, self._sent(row)) for row in missing], self.remote.write_items):
            pass

    def _recognised(self, rows: Sequence[Data]) -> dict[str, Data]:
        """The items there that are these, by citation key, DOI, arXiv id or address; a child by its parent and what it says."""
        if self._before is None:
            self._before = self.remote.items()
        there = self._before
        names: dict[tuple[str, str], Data] = {}
        for live in (row for row in reversed(there) if row["itemType"] not in _CHILDREN and not row.get("deleted")):
            names |= {(name, value): live for name, value in identifiers(live).items() if value}
        says = {_saying(row, row.get("parentItem") or ""): row for row in there}
        found = {row["key"]: self._same(row, names, says) for row in rows}
        return {key: live for key, live in found.items() if live is not None}

    def _same(self, row: Data, names: Mapping[tuple[str, str], Data], says: Mapping[Any, Data]) -> Data | None:
        if row.get("parentItem"):
            return says.get(_saying(row, self.keys.get(row["parentItem"], "-")))
        own = identifiers(row) if row["itemType"] not in _CHILDREN else {}
        named = (names.get((name, own[name])) for name in _NAMES if own.get(name))
        found = next((live for live in named if live is not None), None)
        # Where keys are given by the library, only contents tell whether an import that broke off has brought a thing.
        return found if found is not None or self.remote.keeps_keys else says.get(_saying(row, ""))

    def _joined(self, row: Data, live: Data) -> Iterator[Data]:
        """What the item there takes of this one: memberships and tags that it has not got."""
        if row.get("parentItem") or row.get("deleted") or live.get("deleted"):
            return
        places, tags = list(live.get("collections", ())), list(live.get("tags", ()))
        ours = (self.keys[key] for key in row.get("collections", ()) if key in self.keys)
        new_places = [key for key in ours if key not in places]
        had = {tag["tag"] for tag in tags}
        new_tags = [tag for tag in row.get("tags", ()) if tag["tag"] not in had]
        more: dict[str, Any] = {"collections": places + new_places} if new_places else {}
        more |= {"tags": tags + new_tags} if new_tags else {}
        if more:
            yield {"key": live["key"], "version": live["version"], **more}

    def _join(self, objects: Sequence[tuple[Data, Data]]) -> None:
        """Send what items that are there take, in full batches."""
        for some in chunks(objects, self.remote.most):
            sent = [data for _, data in some]
            answers = [Written(data) for data in sent] if self.dry_run else self.remote.write_items(sent)
            for (row, _), answer in zip(some, answers, strict=True):
                if self._check(row, answer):
                    self.tally.joined.append(_title(row))

    def _sent(self, row: Data) -> Data:
        """The item as it is sent: what is empty is left out, and what it refers to has its keys over there."""
        kept = {name: value for name, value in row.items() if value not in ("", [], {}, None, False)}
        kept["key"] = row["key"]
        if "parentItem" in kept:
            kept["parentItem"] = self.keys[row["parentItem"]]
        if "collections" in kept:
            kept["collections"] = [self.keys[key] for key in row["collections"] if key in self.keys]
        if "relations" in kept:
            kept["relations"] = self._relations(row["relations"])
        return New(kept)

    def _relations(self, relations: Mapping[str, Any]) -> dict[str, Any]:
        """Relations between items of this library are relations over there; where keys are new they cannot be told beforehand."""
        shown = {}
        for name, value in relations.items():
            uris = value if isinstance(value, list) else [value]
            moved = [uri for uri in map(self._moved, uris) if uri]
            if moved:
                shown[name] = moved
        return shown

    def _moved(self, uri: str) -> str:
        found = _ITEM_URI.fullmatch(uri)
        if found is None or found["path"] != self.contents.path:
            return uri
        key = self.keys.get(found["key"], found["key"])
        return f"http://zotero.org/{self.path}/items/{key}" if self.remote.keeps_keys else ""

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────

    def _searches(self) -> None:
        """Saved searches by key, else by name."""
        if not self.remote.keeps_keys:
            self.tally.refused += [(_title(row), _BY_HAND) for row in self.contents.searches]
            return
        there = self.remote.searches() if self.contents.searches else []
        by_key, names = {row["key"] for row in there}, {row["name"] for row in there}
        missing = []
        for row in self.contents.searches:
            if row["key"] in by_key or row["name"] in names:
                self.tally.count(self.tally.there, "searches")
            else:
                said = [{**one, "value": self.keys.get(one["value"], one["value"])} for one in row["conditions"]]
                missing.append((row, {"key": row["key"], "version": 0, "name": row["name"], "conditions": said}))
        for _ in self._write("searches", missing, self.remote.write_searches):
            pass

    def _settings(self) -> None:
        """Settings that the library has not got; tag colours, for one."""
        if not self.remote.keeps_keys:
            self.tally.refused += [(name, _BY_HAND) for name in self.contents.settings]
            return
        there = self.remote.settings() if self.contents.settings else {}
        missing = {name: row["value"] for name, row in self.contents.settings.items() if name not in there}
        if missing:
            self.tally.made["settings"] = len(missing)
            if not self.dry_run:
                self.remote.write_settings(missing)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def _write(
        self, kind: str, objects: Sequence[tuple[Data, Data]], write: Callable[[Sequence[Data]], list[Written]]
    ) -> Iterator[Data]:
        """Send new objects in full batches; yields each as it is over there."""
        done = 0
        for some in chunks(objects, self.remote.most):
            sent = [data for _, data in some]
            answers = [Written(data) for data in sent] if self.dry_run else self._settled(kind, sent, write(sent))
            for (row, _), answer in zip(some, answers, strict=True):
                if self._check(row, answer):
                    assert answer.data is not None
                    self.tally.count(self.tally.made, kind)
                    self.keys[row["key"]] = answer.data["key"]
                    yield answer.data
            done += len(some)
            self.tell(kind, done, len(objects))

    def _settled(self, kind: str, sent: Sequence[Data], answers: Sequence[Written]) -> list[Written]:
        """A new object that is there already was made by the same request, whose answer was lost and which was repeated."""
        doubtful = [data["key"] for data, answer in zip(sent, answers, strict=True) if answer.code == _EXISTS]
        if not doubtful:
            return list(answers)
        if kind == "items":
            live = self.remote.items_by_key(doubtful)
        else:
            rows = self.remote.all_collections() if kind == "collections" else self.remote.searches()
            live = {row["key"]: row for row in rows}
        found = (
            live.get(data["key"]) if answer.code == _EXISTS else None
            for data, answer in zip(sent, answers, strict=True)
        )
        return [Written(made) if made else answer for made, answer in zip(found, answers, strict=True)]

    def _check(self, row: Data, answer: Written) -> bool:
        """Whether it was written; a refusal is kept with its reason."""
        if answer.data is None:
            self.tally.refused.append((_title(row), answer.reason))
        return answer.data is not None


def _levels(collections: Sequence[Data]) -> Iterator[list[Data]]:
    """The collections from the top down; one whose parent is missing stands at the top."""
    keys = {row["key"] for row in collections}
    above: set[str] = set()
    rest = list(collections)
    while rest:
        level = [row for row in rest if (row.get("parentCollection") or "") not in keys - above]
        level = level or rest  # a circle, which no library should have, is opened
        yield level
        above |= {row["key"] for row in level}
        rest = [row for row in rest if row["key"] not in above]


def _saying(row: Data, parent: str) -> tuple[Any, ...]:
    """What a thing says, to tell it from its neighbours where keys do not."""
    creators = tuple(tuple(sorted(one.items())) for one in row.get("creators", ()))
    words = (tidy(str(row.get(name) or "")) for name in ("title", "note", "url", "date"))
    return (row["itemType"], bool(row.get("deleted")), parent, creators, *words)


def _fields(row: Data) -> list[str]:
    """What makes two items with one key the same: their fields, not their lists, dates or versions."""
    apart = ("version", "dateAdded", "dateModified", "tags", "collections", "relations", "parentItem", "deleted")
    return [name for name in row if name not in apart]


def _title(row: Data) -> str:
    """What a thing is listed by."""
    text = row.get("title") or row.get("name") or re.sub(r"<[^>]+>", "", str(row.get("note") or "")) or row["key"]
    return f"{text[:60]}…" if len(text) > 60 else str(text)

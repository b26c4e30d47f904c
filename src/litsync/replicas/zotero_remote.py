"""The library behind the Zotero replica: reads and writes through pyzotero, and what each write's report says.

Decides which calls of pyzotero are safe (`create_items` is the only write whose report can be read), and how a library of
Zotero's own kind is spoken to: keys are the client's, versions tell of every change. `zotero_desktop` speaks otherwise
behind the same methods. Knows the API's objects, not papers. pyzotero is imported when the first request is made: it
takes a quarter of a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from litsync.errors import ZoteroError
from litsync.replicas.parallel import share
from litsync.replicas.zotero_pace import Manners

if TYPE_CHECKING:
    import httpx2

    from litsync.formats.zotero_links import Data
    from litsync.library import Library

PAGE = 100
"""Objects that the server gives in one answer."""
_LOOKS = 4
"""How often a list is read that changes meanwhile."""
_VERSION = "Last-Modified-Version"
_STEADY = {"sort": "dateAdded", "direction": "asc"}
"""The order in which pages do not shift while somebody else writes: what is new comes last."""
_ALPHABET = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class ZoteroSettings:
    """Which library, and how methods are spelled in it.

    `library` for the embedded target; endpoint, type, id and key for the others. `manners` are for the
    desktop.
    """

    target: str = "embedded"
    library: Library | None = None
    endpoint: str = "http://localhost"
    library_type: str = "user"
    library_id: str = "1"
    key: str = field(default="", repr=False)
    tag_prefix: str = "method/"
    manners: Manners = field(default_factory=Manners)

    @property
    def path(self) -> str:
        """The library as it stands in addresses and in the configuration: `users/N` or `groups/N`."""
        return f"{self.library_type}s/{self.library_id}"

    @property
    def address(self) -> str:
        """The library in addresses of the Zotero application; empty for the embedded one, which it does not show."""
        if self.target == "embedded":
            return ""
        return self.path if self.library_type == "group" else "library"

    @property
    def host(self) -> str:
        """The server's name."""
        return self.endpoint.partition("://")[2].split("/")[0]

    @property
    def server(self) -> str:
        """The server in words."""
        return f"Zotero (at {self.host})"

    @property
    def place(self) -> str:
        """The library in words."""
        if self.library is not None:
            return "Zotero (embedded library)"
        if self.target == "desktop":
            return f"Zotero (desktop, {'My Library' if self.library_type == 'user' else f'group {self.library_id}'})"
        return f"Zotero ({self.path} at {self.host})"

    @property
    def key_mark(self) -> str:
        """Tells one key from another without telling the key."""
        return hashlib.blake2b(self.key.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved in a library: the live data of items that changed, and the keys of what is gone and of collections."""

    items: Sequence[Data]
    touched: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one object of a write: its data as the library has it now, or the code and reason of its refusal.

    `whole` is False when the data holds no more than what was sent: the rest is as it was.
    """

    data: Data | None
    code: int = 0
    reason: str = ""
    whole: bool = True


def derived_key(*parts: str) -> str:
    """The key of an object that litsync creates: the same for every co-author and at every attempt."""
    number = int.from_bytes(hashlib.blake2b("\0".join(("litsync", *parts)).encode(), digest_size=8).digest(), "big")
    digits = []
    for _ in range(8):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


_Row = TypeVar("_Row")


def chunks(rows: Iterable[_Row], size: int = 50) -> Iterator[list[_Row]]:
    """The rows in portions."""
    rest = iter(rows)
    while portion := list(islice(rest, size)):
        yield portion


class New(dict[str, Any]):
    """The data of an object that is not there yet; its key is the one it gets where the client may choose.

    A version of 0 does not say so: in a Zotero desktop that was an older one before, all objects begin with it.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        """The data is copied, with the version that means "not there"."""
        super().__init__({**data, "version": 0})


class Remote:
    """One library. Every method raises ZoteroError when the library cannot be reached or refuses.

    What is not there yet is sent as `New`; `keeps_keys`: it gets the key it is sent with. `most` objects go into one
    write. `unchanged_moves`: an object that is sent without effect moves the library's version. `comes_back` says how the
    library that litsync has worked with is found again when another one answers.
    """

    most = 50
    keeps_keys = True
    unchanged_moves = True
    comes_back = "bring the old file back"

    def __init__(self, settings: ZoteroSettings) -> None:
        """Nothing is asked yet."""
        self._settings = settings
        self.own_version: int | None = None

    @cached_property
    def _client(self) -> httpx2.Client:
        from litsync.replicas.transport import embedded_client, server_client

        settings = self._settings
        if settings.library:
            return embedded_client(settings.library, settings.place)
        return server_client(settings.place, settings.endpoint)

    def _reader(self) -> Any:
        """One pyzotero; it remembers its last answer, so every thread needs its own."""
        from pyzotero import zotero

        settings = self._settings
        made = zotero.Zotero(
            settings.library_id, settings.library_type, settings.key or "embedded", client=self._client
        )
        made.endpoint = settings.endpoint.rstrip("/")
        return made

    @cached_property
    def _zotero(self) -> Any:
        return self._reader()

    @cached_property
    def _readers(self) -> list[Any]:
        """As many as may read at a time; a library in this process gains nothing by more than one."""
        from litsync.replicas.transport import READERS

        return [self._zotero] if self._settings.library else [self._reader() for _ in range(READERS)]

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        """pyzotero, with everything that its transport lets through and that is no use to litsync told in words."""
        import httpx2
        from pyzotero.errors import PyZoteroError, ResourceNotFoundError

        try:
            yield self._zotero
        except ResourceNotFoundError as error:
            hint = "is the user's or group's number right, and may the key see it?"
            raise ZoteroError(f"{self._settings.place}: there is no such library, or not for this key", hint) from error
        except (PyZoteroError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            # pyzotero's own texts hold whole addresses and headers; the kind of trouble is enough.
            raise ZoteroError(f"{self._settings.place} gave an answer of no use ({type(error).__name__})") from error
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            hint = "is another server at that address?"
            raise ZoteroError(f"{self._settings.place}: the answer is not Zotero's", hint) from error

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def lineage(self) -> str | None:
        """What tells this library from another one at the same place; None if nothing does."""
        return self._settings.library.lineage if self._settings.library else None

    def version(self) -> int:
        """The library's version now."""
        if self._settings.library is not None:
            return self._settings.library.version()
        with self._asked() as zotero:
            return int(zotero.last_modified_version())

    def _all(self, read: str, *path: str, **filters: Any) -> list[Data]:
        """The `data` of every object of a list, from pages that were all read at one version of the library.

        Between two pages of different versions an object that somebody deletes moves another one out of sight.
        """

        def page(reader: Any, start: int) -> tuple[list[Any], Mapping[str, str]]:
            rows = getattr(reader, read)(*path, limit=PAGE, start=start, **filters)
            return rows, reader.request.headers

        with self._asked():
            for _ in range(_LOOKS):
                rows, headers = page(self._zotero, 0)
                rest = share(self._readers, range(PAGE, int(headers["Total-Results"]), PAGE), page)
                if {told.get(_VERSION) for _, told in rest} <= {headers.get(_VERSION)}:
                    return [dict(row["data"]) for some in (rows, *(more for more, _ in rest)) for row in some]
        raise ZoteroError(f"{self._settings.place} is being changed while it is read", "try again when that is over")

    def items(self, **filters: Any) -> list[Data]:
        """All items that the filters let through, trashed ones and children too."""
        return self._all("items", includeTrashed=1, **_STEADY, **filters)

    def items_by_key(self, keys: Sequence[str]) -> dict[str, Data]:
        """The items with these keys that exist, trashed ones too."""
        found: dict[str, Data] = {}
        for portion in chunks(keys):
            rows = self._all("items", itemKey=",".join(portion), includeTrashed=1)
            found |= {row["key"]: row for row in rows}
        return found

    def children_of(self, key: str) -> list[Data]:
        """The attachments and notes of one item, without what is in the trash."""
        return self._all("children", key)

    def items_in(self, collection: str) -> list[Data]:
        """The items of one collection with their children, without what is in the trash."""
        return self._all("collection_items", collection, **_STEADY)

    def collections(self) -> dict[str, Data]:
        """All collections that are not in the trash."""
        return {row["key"]: row for row in self.all_collections() if not row.get("deleted")}

    def all_collections(self) -> list[Data]:
        """All collections, trashed ones too."""
        return self._all("collections")

    def searches(self) -> list[Data]:
        """All saved searches."""
        return self._all("searches")

    def settings(self) -> Mapping[str, Any]:
        """All settings of the library, by name, with value and version."""
        with self._asked() as zotero:
            return dict(zotero.settings())

    def changes(self, token: Mapping[str, Any], version: int) -> Changes | None:
        """What changed between what `token` remembers and the library's `version`; None when nothing did."""
        since = token["version"]
        if version == since:
            return None
        with self._asked() as zotero:
            erased = dict(zotero.deleted(since=since))
        collections = {row["key"] for row in self._all("collections", since=since)}
        gone = {*erased.get("items", ()), *erased.get("collections", ())}
        return Changes(self.items(since=since), frozenset(collections | gone))

    def remembered(self, objects: Mapping[str, Data], managed: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002 -- versions tell
        """What the next `changes` needs in the token beside the version, when this is what is in the collections."""
        return {}

    def moved_on(self, seen: Mapping[str, Data]) -> set[str]:  # noqa: ARG002 -- versions tell
        """The keys of items that are no longer as they were seen, though their version may be the same."""
        return set()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def write_items(self, objects: Sequence[Data]) -> list[Written]:
        """Create or change up to `most` items; what became of each, in order."""
        with self._asked() as zotero:
            return self._report(zotero.create_items([dict(row) for row in objects]), objects)

    def write_collections(self, objects: Sequence[Data]) -> list[Written]:
        """Create or change up to `most` collections; each must say its parent."""
        with self._asked() as zotero:
            return self._report(zotero.create_collections([dict(row) for row in objects]), objects)

    def write_searches(self, objects: Sequence[Data]) -> list[Written]:
        """Create or change up to `most` saved searches; what became of each, in order."""
        answer = self._post("searches", [dict(row) for row in objects])
        with self._asked():
            return self._report(answer.json(), objects)

    def write_settings(self, values: Mapping[str, Any]) -> None:
        """The library has these values under these names, which it had not before; one that it got meanwhile stays."""
        self._post("settings", {name: {"value": value, "version": 0} for name, value in values.items()})

    def _post(self, what: str, body: object) -> httpx2.Response:
        """Send what pyzotero has no call for."""
        settings = self._settings
        headers = {"Zotero-API-Version": "3", "Zotero-API-Key": settings.key or "embedded"}
        with self._asked():
            address = f"{settings.endpoint.rstrip('/')}/{settings.path}/{what}"
            answer = self._client.post(address, json=body, headers=headers)
            return answer if answer.status_code == 412 else answer.raise_for_status()

    def _report(self, report: Mapping[str, Mapping[str, Any]], objects: Sequence[Data]) -> list[Written]:
        unchanged = len(report.get("unchanged", {})) if self.unchanged_moves else 0
        self._follow_version(len(report.get("successful", {})) + unchanged)
        return [_written(report, str(number), sent) for number, sent in enumerate(objects)]

    def _follow_version(self, moved: int) -> None:
        """Keep the version as long as every step of it is our own; a step of somebody else's makes it unknown."""
        now = self._zotero.request.headers.get(_VERSION, "")
        if self.own_version is not None:
            expected = self.own_version + moved
            self.own_version = expected if now == str(expected) else None


def _written(report: Mapping[str, Mapping[str, Any]], number: str, sent: Data) -> Written:
    if number in report.get("successful", {}):
        return Written(dict(report["successful"][number]["data"]))
    if number in report.get("unchanged", {}):
        return Written(dict(sent), whole=False)
    from html import unescape

    failed = report.get("failed", {}).get(number, {"code": 500, "message": "the library said nothing about it"})
    return Written(None, int(failed.get("code", 0)), unescape(str(failed.get("message", ""))).strip().rstrip("."))

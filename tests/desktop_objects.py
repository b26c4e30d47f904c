"""What the stand-in for the Zotero desktop stores, and how its local API reads and writes it.

The embedded library keeps the objects; everything in which the desktop differs from Zotero's server is decided here.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from desktop_wire import Answer, Asked, Refused

from litsync.formats.item_schema import item_schema
from litsync.library import open_library

Params = Iterable[tuple[str, str]]
KEY = re.compile(r"[23456789A-NP-Z]{8}")
CONTROL = frozenset(
    """key version itemType tags collections relations creators deleted parentItem note linkMode contentType charset
    filename md5 mtime path dateAdded dateModified""".split()
)


class Objects:
    """The items and collections of one database. `delay` is the time each object of a batch takes."""

    url: str

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.delay = folder, 0.0
        self.written: list[tuple[str, list[Any]]] = []
        self._tokens: set[str] = set()
        self._long_tags: dict[str, str] = {}
        self._lock = RLock()
        self._run = 0
        self._open()

    def _open(self) -> None:
        self._library = open_library(self.folder / "zotero.sqlite", create=True)
        transport = httpx2.WSGITransport(app=self._library.app)
        self._inner = httpx2.Client(transport=transport, base_url="http://localhost/users/1/", follow_redirects=True)

    def _shut(self) -> None:
        self._inner.close()
        self._library.close()

    def version(self) -> int:
        """The library's version."""
        return self._library.version()

    def edit(self, key: str, kind: str = "items", **properties: Any) -> None:
        """The owner changes an object."""
        headers = {"If-Unmodified-Since-Version": str(self.version())}
        report = self._inner.post(kind, json=[{"key": key, **properties}], headers=headers).json()
        assert not report["failed"], report

    def erase(self, key: str, kind: str = "items") -> None:
        """The owner erases an object: the version rises, and nothing says which key is gone."""
        version = self._inner.get(f"{kind}/{key}").json()["version"]
        self._inner.delete(f"{kind}/{key}", headers={"If-Unmodified-Since-Version": str(version)})

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _all(self, path: str, params: Params = ()) -> list[dict[str, Any]]:
        """Every envelope of a list of the embedded library."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._inner.get(path, params=[*params, ("limit", "100"), ("start", str(len(found)))])
            if page.status_code != 200:
                raise Refused(page.status_code, page.text)
            found += page.json()
            if len(found) >= int(page.headers["Total-Results"]):
                return found

    def _read(self, asked: Asked, path: list[str]) -> Answer:
        if path[0] in ("deleted", "keys") or path[:2] == ["items", "new"] or len(path) > 5:
            raise Refused(404, "No endpoint found", zotero=False)
        if path == ["settings"]:
            return Answer(200, {}, self._version_header())
        if path == ["searches"]:
            return Answer(200, [], self._version_header())
        if len(path) == 2 and KEY.fullmatch(path[1]):
            return self._read_one(asked, path)
        known = asked.version("If-Modified-Since-Version")
        if known and known >= self.version():
            return Answer(304)
        with self._lock:
            return self._listed(asked, path)

    def _read_one(self, asked: Asked, path: list[str]) -> Answer:
        found = self._one(*path)
        if found is None:
            raise Refused(404, "Not found")
        known = asked.version("If-Modified-Since-Version")
        if known and known >= found["version"]:
            return Answer(304)
        return Answer(200, self._as_shown(found), {"Last-Modified-Version": str(found["version"])})

    def _one(self, kind: str, key: str) -> dict[str, Any] | None:
        found = self._inner.get(f"{kind}/{key}")
        return found.json() if found.status_code == 200 else None

    def _listed(self, asked: Asked, path: list[str]) -> Answer:
        given = asked.params
        if given.get("sort") == "key":
            raise Refused(400, "Invalid 'sort' value 'key'")
        if path == ["tags"] and given.get("since", "0") != "0":
            return self._page(asked, [])
        left_out = {"limit", "start", "format", "key"}
        left_out |= {"since"} if given.get("since") == "0" else set()
        left_out |= {"includeTrashed"} if "itemKey" in given else set()
        params = [(name, value) for name, value in parse_qsl(asked.query) if name not in left_out]
        if path[0] == "collections" and path[2:3] == ["items"] and self._one("collections", path[1]) is None:
            path = path[2:]  # an unknown collection limits nothing
        if path[0] == "collections" and path[2:] == ["tags"]:
            raise Refused(404, "No endpoint found", zotero=False)
        rows = self._all("/".join(path), params)
        if "tags" in path:
            return self._page(asked, rows)
        if path[0] == "collections" and path[2:3] != ["items"]:
            rows = self._without_trashed_branches(rows)
        elif dict(params).get("includeTrashed") not in ("1", "true"):
            trashed = {row["key"] for row in self._all("items/trash")}
            rows = [row for row in rows if row["data"].get("parentItem") not in trashed]
        return self._page(asked, [self._as_shown(row) for row in rows])

    def _without_trashed_branches(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        data = {row["key"]: row["data"] for row in self._all("collections")}

        def hidden(key: str | bool, below: tuple[str, ...] = ()) -> bool:
            if not isinstance(key, str) or key in below:
                return False
            return bool(data[key].get("deleted") or hidden(data[key]["parentCollection"], (*below, key)))

        return [row for row in rows if not hidden(row["key"])]

    def _page(self, asked: Asked, rows: list[dict[str, Any]]) -> Answer:
        """The rows in the form asked for. Without a limit all of them."""
        headers = {**self._version_header(), "Total-Results": str(len(rows))}
        start, limit = int(asked.params.get("start", 0)), int(asked.params.get("limit", 0) or len(rows) or 1)
        if start + limit < len(rows):
            query = "&".join(f"{k}={v}" for k, v in {**asked.params, "start": start + limit, "limit": limit}.items())
            headers["Link"] = f'<{self.url.removesuffix("/api")}{asked.path}?{query}>; rel="next"'
        rows = rows[start : start + limit]
        match asked.params.get("format", "json"):
            case "keys":
                return Answer(200, "".join(f"{row['key']}\n" for row in rows).encode(), headers)
            case "versions":
                return Answer(200, {row["key"]: row["version"] for row in rows}, headers)
        return Answer(200, rows, headers)

    def _version_header(self) -> dict[str, str]:
        return {"Last-Modified-Version": str(self.version())}

    def _as_shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """An object as the desktop shows it: no empty fields, tags in an order of its own."""
        if "data" not in row:
            return row
        data = {name: value for name, value in row["data"].items() if value != ""}
        if "deleted" in data:
            data["deleted"] = True
        if "tags" in data:
            data["tags"] = [
                {**tag, "tag": self._long_tags.get(tag["tag"], tag["tag"])} for tag in reversed(data["tags"])
            ]
        shown = json.dumps({**row, "data": data}).replace("http://localhost/users/1", f"{self.url}/users/0")
        return json.loads(shown.replace("http://zotero.org/users/1/", "http://zotero.org/users/0/"))

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _post(self, asked: Asked, kind: str) -> Answer:
        entries = _json(asked.body)
        if not isinstance(entries, list) or not entries:
            raise Refused(400, "Uploaded data must be a JSON array")
        if len(entries) > 50:
            raise Refused(413, f"Cannot add more than 50 {kind} at a time")
        header = asked.version("If-Unmodified-Since-Version")
        if header is not None and header < self.version():
            return Answer(412, b"Library has been modified since specified version", self._version_header())
        token = asked.headers.get("Zotero-Write-Token")
        if token in self._tokens:
            raise Refused(412, "Write token already used")
        self.written.append((kind, entries))
        report: dict[str, dict[str, Any]] = {"successful": {}, "success": {}, "unchanged": {}, "failed": {}}
        run = self._run
        for number, entry in enumerate(entries):
            time.sleep(self.delay)
            if run != self._run:
                raise Refused(500, zotero=False)
            self._write_one(kind, entry, header, (report, str(number)))
        if token:
            self._tokens.add(token)
        return Answer(200, report, self._version_header())

    def _write_one(self, kind: str, entry: Any, header: int | None, into: tuple[dict[str, Any], str]) -> None:
        report, number = into
        try:
            with self._lock:
                changed, row = self._stored(kind, entry, header)
        except Refused as refused:
            report["failed"][number] = {"code": refused.status, "message": refused.message}
            return
        if not changed:
            report["unchanged"][number] = row["key"]
            return
        report["successful"][number] = self._as_shown(row)
        report["success"][number] = row["key"]

    def _stored(self, kind: str, entry: Any, header: int | None) -> tuple[bool, dict[str, Any]]:
        """Write one object; whether that changed anything, and the object."""
        if not isinstance(entry, dict):
            raise Refused(400, "Invalid value for entry")
        entry = entry.get("data", entry)
        key, current = entry.get("key"), None
        if key is not None:
            current = self._one(kind, key)
            self._check_version(entry, current, header)
        cleaned = self._cleaned(kind, entry, current["data"] if current else {})
        if current is not None:
            if all(_plain(current["data"].get(name, "")) == _plain(value) for name, value in cleaned.items()):
                return False, current
            cleaned["key"] = key
        # The library's version stands for the object's, which the desktop may have begun at 0.
        headers = {"If-Unmodified-Since-Version": str(self.version())}
        answer = self._inner.post(kind, json=[cleaned], headers=headers)
        if answer.status_code != 200:
            raise Refused(answer.status_code, answer.text)
        report = answer.json()
        if report["failed"]:
            code = report["failed"]["0"]["code"]
            raise Refused(400 if code in (409, 413) else code, report["failed"]["0"]["message"])
        if report["unchanged"]:
            return False, self._one(kind, report["unchanged"]["0"]) or {}
        made = report["successful"]["0"]
        if kind == "collections" and cleaned.get("deleted"):
            self._trash_below(made["key"])
        return True, made

    def _check_version(self, entry: dict[str, Any], current: dict[str, Any] | None, header: int | None) -> None:
        version = entry.get("version")
        if version is None and header is None:
            raise Refused(428, "Either If-Unmodified-Since-Version or object version property must be provided")
        if current is None:
            raise Refused(404, "Object doesn't exist") if version else Refused(400, "'primaryData' not loaded")
        if version is not None and version != current["version"]:
            raise Refused(412, f"Object has been modified (expected {version}, found {current['version']})")

    def _trash_below(self, key: str) -> None:
        for row in self._all(f"collections/{key}/collections"):
            self.edit(row["key"], "collections", deleted=True, name=row["data"]["name"], parentCollection=key)
            self._trash_below(row["key"])

    def _cleaned(self, kind: str, entry: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
        """What the desktop makes of what was sent."""
        sent = {name: _tidied(name, value) for name, value in entry.items() if name not in ("key", "version")}
        if kind == "collections":
            sent.setdefault("parentCollection", live.get("parentCollection", False))
            if live:
                sent = {"name": live["name"], "parentCollection": live["parentCollection"], **sent}
            return sent
        if "relations" in sent:
            own = json.dumps(sent["relations"]).replace("http://zotero.org/users/0/", "http://zotero.org/users/1/")
            sent["relations"] = json.loads(own)
        item_type = sent.get("itemType") or live.get("itemType", "")
        for name in ("accessDate", "dateAdded"):
            if name in sent and not re.match(r"\d{4}-\d\d-\d\d|CURRENT|$", str(sent[name])):
                del sent[name]
        self._into_extra(item_type, sent, live)
        if "creators" in sent:
            sent["creators"] = [_creator(item_type, one) for one in sent["creators"]]
        if "tags" in sent:
            sent["tags"] = self._clean_tags(sent["tags"])
        return sent

    def _into_extra(self, item_type: str, sent: dict[str, Any], live: dict[str, Any]) -> None:
        """What no field of the type is named goes into Extra under a label."""
        if not item_type or item_type in ("attachment", "note", "annotation"):
            return
        fields = {row["field"] for row in self._fields(item_type)}
        for name in [name for name in sent if name not in CONTROL and name not in fields]:
            label = re.sub(r"(?<!^)([A-Z])", r" \1", name)
            line = f"{label[0].upper()}{label[1:]}: {sent.pop(name)}"
            sent["extra"] = "\n".join(part for part in (sent.get("extra", live.get("extra", "")), line) if part)

    def _fields(self, item_type: str) -> Any:
        found = self._inner.get("http://localhost/itemTypeFields", params={"itemType": item_type})
        if found.status_code != 200:
            raise Refused(400, f"'{item_type}' is not a valid item type")
        return found.json()

    def _clean_tags(self, tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept: dict[str, dict[str, Any]] = {}
        if not isinstance(tags, list) or not all(isinstance(tag, dict) for tag in tags):
            raise Refused(400, "Tags must be objects")
        for tag in tags:
            text = str(tag.get("tag") or "").strip()
            if not text:
                raise Refused(400, "Tag cannot be empty")
            if len(text) > 255:
                short = f"{text[:200]} {len(text)}"
                self._long_tags[short] = text
                text = short
            kept[text] = {**tag, "tag": text}
        return list(kept.values())

    def _put(self, asked: Asked, kind: str, key: str) -> Answer:
        entry = _json(asked.body)
        with self._lock:
            current = self._one(kind, key)
            if current is None:
                raise Refused(500, zotero=False)
            version, header = entry.get("version"), asked.version("If-Unmodified-Since-Version")
            if version is None and header is None:
                raise Refused(428, "Either If-Unmodified-Since-Version or object version property must be provided")
            if version != current["version"] if version is not None else (header or 0) < current["version"]:
                raise Refused(412, "Object has been modified since specified version")
            try:
                cleaned = self._cleaned(kind, entry, current["data"] if asked.method == "PATCH" else {})
            except Refused:
                raise Refused(500, zotero=False) from None
            if asked.method == "PUT" and kind == "items":
                cleaned = {"deleted": False, "tags": current["data"].get("tags", []), **cleaned} | {
                    name: "" for name in current["data"] if name not in CONTROL and name not in cleaned
                }
            if not all(_plain(current["data"].get(name, "")) == _plain(value) for name, value in cleaned.items()):
                made = self._inner.patch(f"{kind}/{key}", json={**cleaned, "version": current["version"]})
                if made.status_code != 204:
                    raise Refused(500, zotero=False)
            version = (self._one(kind, key) or current)["version"]
        return Answer(204, headers={"Last-Modified-Version": str(version)})

    def _delete(self, asked: Asked, kind: str, key: str) -> Answer:
        current = self._one(kind, key)
        if current is None:
            raise Refused(404, "Not found")
        header = asked.version("If-Unmodified-Since-Version")
        if header is None:
            raise Refused(428, "If-Unmodified-Since-Version not provided")
        if header < current["version"]:
            raise Refused(412, "Object has been modified since specified version")
        self.erase(key, kind)
        return Answer(204, headers=self._version_header())

    def _delete_many(self, asked: Asked, kind: str) -> Answer:
        keys = asked.params.get("itemKey" if kind == "items" else "collectionKey", "").split(",")
        header = asked.version("If-Unmodified-Since-Version")
        if header is None:
            raise Refused(428, "If-Unmodified-Since-Version not provided")
        if len(keys) > 50:
            raise Refused(413, "Cannot delete more than 50 objects at a time")
        if header < self.version():
            raise Refused(412, "Library has been modified since specified version")
        for key in keys:
            if KEY.fullmatch(key) and self._one(kind, key):
                self.erase(key, kind)
        return Answer(204, headers=self._version_header())


# ── what the desktop makes of values ─────────────────────────────────────────────────────────────────────────────


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refused(400, "JSON decode error") from None


def _tidied(name: str, value: Any) -> Any:
    """A number as text, text in NFC and trimmed; on one line but for the fields that have several."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or name == "deleted":
        return value
    text = unicodedata.normalize("NFC", str(value))
    return text if name in ("extra", "abstractNote", "note") else " ".join(text.split("\n")).strip()


def _creator(item_type: str, creator: dict[str, Any]) -> dict[str, Any]:
    names = [str(creator.get(part) or "").strip() for part in ("name", "lastName", "firstName")]
    if not any(names):
        raise Refused(400, "Creator names cannot be empty")
    known = item_schema().creator_types(item_type)
    return {**creator, "creatorType": creator.get("creatorType") if creator.get("creatorType") in known else "author"}


def _plain(value: Any) -> Any:
    """A value in the form that compares: lists of tags and collections have no order."""
    if isinstance(value, list):
        return sorted(json.dumps(one, sort_keys=True) for one in value)
    return bool(value) if value in (0, 1, "") else value

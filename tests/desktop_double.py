"""A stand-in for the Zotero 10 desktop: its local API over real HTTP/1.0, and the window its owner works in.

It behaves as Zotero 10.0.1 was observed to behave wherever a client can notice: the order of its checks, which answers carry its headers, keys that
it alone gives, versions that must be equal, batches that go on after the caller hung up, the whole library for an unknown collection, actions of
the owner that no version tells of. Here: the program, its dialogs, its owner, and who may do what.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import sqlite3
import string
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from desktop_objects import Objects
from desktop_wire import Answer, Asked, Refused, Server

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)
TYPES = ("itemTypes", "itemFields", "itemTypeFields", "itemTypeCreatorTypes", "creatorFields")


@dataclass
class Prompt:
    """One authorisation dialog on the screen."""

    app: str
    clicked: Event = field(default_factory=Event)
    button: str = "deny"


class Desktop(Objects):
    """A running Zotero. `requests` are method and path of all that arrived; `delay` is the time each written object takes.

    `major` below 10 is a Zotero whose local API can be read only. `enabled` is the checkbox in its settings. In `disguise`
    it is another program that has taken the port. With a `group` its number stands for the same library.
    """

    def __init__(self, folder: Path, major: int = 10) -> None:
        super().__init__(folder)
        self.major, self.enabled, self.disguise = major, True, False
        self.group: int | None = None
        self.requests: list[tuple[str, str]] = []
        self.prompts: list[Prompt] = []
        self.server_id = _random(12)
        self._asked_at: list[float] = []
        self._keys: dict[str, bool] = {}
        self._server: Server | None = None
        self._port = 0

    # ── the program ──────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> Desktop:
        """Open Zotero; it listens at the same port as before."""
        self._server = Server(("127.0.0.1", self._port), self._heard)
        self._port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def quit(self) -> None:
        """Close Zotero: nobody listens any more, and a batch that is under way ends where it is."""
        server, self._server = self._server, None
        self._run += 1
        if server is not None:
            server.shutdown()
            server.server_close()

    def close(self) -> None:
        """End for good."""
        self.quit()
        for prompt in self.prompts:
            prompt.clicked.set()
        self._shut()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The address of the local API."""
        return f"http://127.0.0.1:{self._port}/api"

    # ── its owner ────────────────────────────────────────────────────────────────────────────────────────────────

    def grant(self, *, permanent: bool = True) -> str:
        """A key, as the dialog gives it."""
        key = _random(32)
        self._keys[key] = permanent
        return key

    def revoke_keys(self) -> None:
        """Clear the remembered applications in the settings."""
        self._keys.clear()

    def click(self, button: str, seconds: float = 60) -> Prompt:
        """Wait for a dialog and press `always`, `once` or `deny`."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            for prompt in self.prompts:
                if not prompt.clicked.is_set():
                    prompt.button = button
                    prompt.clicked.set()
                    return prompt
            time.sleep(0.02)
        raise AssertionError("no dialog came up")

    def rows(self, kind: str = "items") -> list[dict[str, Any]]:
        """The data of all items or collections, trashed ones too, as the embedded library has them."""
        return [row["data"] for row in self._all(kind, [("includeTrashed", "1")])]

    def papers(self) -> dict[str, dict[str, Any]]:
        """The regular items that have a citation key, by it; asserts that no key is there twice."""
        rows = [row for row in self.rows() if row.get("citationKey")]
        found = {row["citationKey"]: row for row in rows}
        assert len(found) == len(rows), sorted(row["citationKey"] for row in rows)
        return found

    def add(self, kind: str = "items", **properties: Any) -> str:
        """The owner makes an item or a collection; its key."""
        report = self._inner.post(kind, json=[properties]).json()
        assert report["success"], report
        return str(report["success"]["0"])

    def trash_in_the_list(self, key: str) -> None:
        """The owner moves an item to the trash from the list of items: no version rises."""
        self._quietly("UPDATE items SET trashed = 1 WHERE key = ?", key)

    def came_from_an_older_zotero(self) -> None:
        """The upgrade to 10 gives all objects that are there version 0."""
        for table in ("items", "collections"):
            self._quietly(f"UPDATE {table} SET version = 0")

    def rename_tag(self, old: str, new: str) -> None:
        """The owner renames a tag in the tag selector: no version rises."""
        self._quietly("UPDATE tags SET tag = ?, folded = ? WHERE tag = ?", new, new.casefold(), old)

    def _quietly(self, sql: str, *arguments: str) -> None:
        with sqlite3.connect(self.folder / "zotero.sqlite", timeout=30) as db:
            db.execute(sql, arguments)
        db.close()

    def back_up(self) -> None:
        """Keep a copy of the database."""
        with sqlite3.connect(self.folder / "zotero.sqlite") as db, sqlite3.connect(self.folder / "backup") as copy:
            db.backup(copy)
        db.close()
        copy.close()

    def restore(self) -> None:
        """Go back to the copy: the Server-ID stays, versions go back."""
        self._replace(lambda: shutil.copy(self.folder / "backup", self.folder / "zotero.sqlite"))

    def use_new_data_directory(self) -> None:
        """Another profile: another Server-ID, nothing in it, no keys."""
        self._replace(lambda: None)
        self.server_id = _random(12)
        self._keys.clear()

    def _replace(self, put: Any) -> None:
        with self._lock:
            self._shut()
            for path in self.folder.glob("zotero.sqlite*"):
                path.unlink()
            put()
            self._open()

    # ── the order of checks ──────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, asked: Asked) -> Answer | None:
        """What a request gets, unless the program is closed before it is ready."""
        if self.disguise:
            return Answer(200, b"<html>Log in to the network</html>", {"Content-Type": "text/html"})
        run = self._run
        answer = self.answer(asked)
        if answer is None or run != self._run:
            return None
        answer.headers["X-Zotero-Version"] = f"{self.major}.0.1"
        if answer.zotero and answer.status not in (401, 404, 500):
            answer.headers |= {"Zotero-API-Version": "3", "Zotero-Schema-Version": "44"}
            if self.major >= 10:
                answer.headers["Zotero-Server-ID"] = self.server_id
        return answer

    def answer(self, asked: Asked) -> Answer | None:
        """What a request gets; None: the connection just closes."""
        if not LOOPBACK.fullmatch(asked.headers.get("Host", "")):
            return Answer(400, b"Invalid Host header", zotero=False)
        if asked.headers.get("User-Agent", "").startswith("Mozilla/") or "Origin" in asked.headers:
            return None
        if asked.headers.get("Transfer-Encoding"):
            return Answer(400, b"Content-length not provided", zotero=False)
        self.requests.append((asked.method, asked.path))
        try:
            return self._checked(asked)
        except Refused as refused:
            return Answer(refused.status, refused.message.encode(), zotero=refused.zotero)

    def _checked(self, asked: Asked) -> Answer:
        parts = [part for part in asked.path.split("/") if part]
        if not asked.path.startswith("/api/"):
            raise Refused(404, "No endpoint found", zotero=False)
        if not self.enabled:
            raise Refused(403, "Local API is not enabled", zotero=False)
        writes = asked.method not in ("GET", "HEAD")
        if writes and self.major < 10:
            raise Refused(400, "Endpoint does not support method", zotero=False)
        given = asked.headers.get("Zotero-Server-ID")
        if self.major >= 10 and given not in (None, self.server_id):
            raise Refused(412, "Zotero-Server-ID does not match")
        if writes and given is None:
            raise Refused(428, "Zotero-Server-ID not provided")
        if parts[1:] == ["local", "authorize"] and asked.method == "POST":
            return self._authorise(asked)
        if writes:
            self._spend_key(asked)
        return self._routed(asked, parts[1:])

    def _spend_key(self, asked: Asked) -> None:
        bearer = asked.headers.get("Authorization", "").partition("Bearer ")[2]
        key = asked.headers.get("Zotero-API-Key") or bearer or asked.params.get("key", "")
        with self._lock:
            if key not in self._keys:
                raise Refused(401, "Local API key required", zotero=False)
            if not self._keys[key]:
                del self._keys[key]

    def _authorise(self, asked: Asked) -> Answer:
        try:
            app = json.loads(asked.body)["appName"]
        except (ValueError, KeyError, TypeError):
            raise Refused(400, "appName not provided") from None
        now = time.monotonic()
        self._asked_at = [at for at in self._asked_at if now - at < 60]
        if len(self._asked_at) >= 5:
            return Answer(429, b"Too many requests", {"Retry-After": "60"})
        self._asked_at.append(now)
        prompt = Prompt(str(app))
        self.prompts.append(prompt)
        prompt.clicked.wait()
        if prompt.button == "deny":
            return Answer(403, {"denied": True})
        permanent = prompt.button == "always"
        return Answer(200, {"key": self.grant(permanent=permanent), "remember": permanent})

    def _routed(self, asked: Asked, parts: list[str]) -> Answer:  # noqa: C901, PLR0911 -- one line per route
        if not parts:
            return Answer(200, b"Nothing to see here.")
        if len(parts) == 1 and parts[0] in TYPES and asked.method == "GET":
            return Answer(200, self._inner.get(f"http://localhost/{parts[0]}", params=asked.params).json())
        if parts[0] == "groups" and parts[1:2] != [str(self.group)]:
            raise Refused(404, "Group not found")
        if parts[0] not in ("users", "groups") or len(parts) < 3:
            raise Refused(404, "No endpoint found", zotero=False)
        if parts[0] == "users" and parts[1] != "0":
            raise Refused(400, "Only data for the logged-in user is available locally -- use userID 0")
        path = parts[2:]
        match (asked.method, *path):
            case ("GET" | "HEAD", *_):
                return self._read(asked, path)
            case ("POST", "items" | "collections"):
                return self._post(asked, path[0])
            case ("PUT" | "PATCH", "items" | "collections", key):
                return self._put(asked, path[0], key)
            case ("DELETE", "items" | "collections", key):
                return self._delete(asked, path[0], key)
            case ("DELETE", "items" | "collections"):
                return self._delete_many(asked, path[0])
        raise Refused(405, "Method not allowed")


def _random(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))

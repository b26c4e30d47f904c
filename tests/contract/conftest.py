"""The endpoint the contract is stated on: the embedded library over HTTP on loopback, or a live one.

LITSYNC_ZOTERO_URL, LITSYNC_ZOTERO_KEY and LITSYNC_ZOTERO_LIBRARY (`users/N` or `groups/N`) name a live Zotero Web API instead. All that a test
creates lies in a collection of its own, or is remembered, and is deleted when the test ends.

With LITSYNC_ZOTERO_LOCAL=1 the endpoint is a Zotero desktop (without a URL: the one of this machine). A test that a desktop is known to fail says
so with `@pytest.mark.differs_on_desktop("what it does instead")`: it must fail there, so that the list of differences stays true. Where both
behaviours are worth stating, a test asks `zotero.local`. A test of the embedded library alone takes nothing from here.
"""

from __future__ import annotations

import os
import secrets
import warnings
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from litsync.library import open_library
from litsync.library.access import Access
from litsync.library.preconditions import new_key
from litsync.library.server import serving

LOCAL = os.environ.get("LITSYNC_ZOTERO_LOCAL", "") not in ("", "0")
LIVE = os.environ.get("LITSYNC_ZOTERO_URL", "http://127.0.0.1:23119/api" if LOCAL else "")


def pytest_collection_modifyitems(items):
    """On a desktop the documented differences are expected."""
    for item in items:
        if LOCAL and (mark := item.get_closest_marker("differs_on_desktop")):
            item.add_marker(pytest.mark.xfail(reason=mark.args[0], strict=True))


def fresh_key() -> str:
    """A key that no object has."""
    return new_key()


@dataclass
class Endpoint:
    """A running Zotero API and what this test made in it; `local` if it is a desktop's, whose id is `server_id`."""

    root: str
    key: str
    prefix: str
    http: httpx2.Client
    local: bool = False
    server_id: str = ""
    collection: str = ""
    items: set[str] = field(default_factory=set)
    collections: list[str] = field(default_factory=list)

    def call(
        self, method: str, path: str, *, json: Any = None, version: int | None = None, **options: Any
    ) -> httpx2.Response:
        """One request below the library's prefix; `version` goes into If-Unmodified-Since-Version."""
        headers = dict(options.pop("headers", {}))
        if version is not None:
            headers["If-Unmodified-Since-Version"] = str(version)
        body = {} if json is None else {"json": json}
        return self.http.request(method, f"{self.prefix}/{path}", headers=headers, **body, **options)

    def get(self, path: str, **params: Any) -> httpx2.Response:
        """A read."""
        return self.call("GET", path, params=params)

    def version(self) -> int:
        """The library's version."""
        return int(self.get("collections", limit=1).headers["Last-Modified-Version"])

    def post(self, *entries: Any, kind: str = "items", **options: Any) -> dict[str, Any]:
        """A batch, with what it created remembered; its report."""
        response = self.call("POST", kind, json=list(entries), **options)
        assert response.status_code == 200, response.text
        report = response.json()
        made = list(report["success"].values())
        self.items.update(made) if kind == "items" else self.collections.extend(made)
        return report

    def create(self, **properties: Any) -> dict[str, Any]:
        """One new item in this test's collection; its envelope."""
        entry = {"itemType": "journalArticle", "collections": [self.collection]} | properties
        if "parentItem" in entry:
            entry.pop("collections")
        report = self.post(entry)
        assert report["failed"] == {}, report
        return report["successful"]["0"]

    def refusal(self, **properties: Any) -> tuple[int, str]:
        """Status and message of an entry that the library refuses."""
        report = self.post({"itemType": "journalArticle", "collections": [self.collection]} | properties)
        assert report["successful"] == {}, report
        return report["failed"]["0"]["code"], report["failed"]["0"]["message"]

    def data(self, key: str) -> dict[str, Any]:
        """The editable part of an item."""
        return self.get(f"items/{key}").json()["data"]

    def make_collection(self, name: str = "litsync contract", **properties: Any) -> str:
        """The key of a new collection, which is deleted at the end."""
        report = self.post({"name": name} | properties, kind="collections")
        return report["success"]["0"]

    def clean(self) -> None:
        """Delete all that this test made."""
        inside = self.get(f"collections/{self.collection}/items", format="keys", includeTrashed=1).text.split()
        keys = sorted({*self.items, *inside})
        for at in range(0, len(keys), 50):
            self.call("DELETE", "items", params={"itemKey": ",".join(keys[at : at + 50])}, version=self.version())
        for at in range(0, len(self.collections), 50):
            params = {"collectionKey": ",".join(self.collections[at : at + 50])}
            self.call("DELETE", "collections", params=params, version=self.version())


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """The address of a Zotero Web API, its key, and the library's prefix."""
    if LIVE:
        prefix = os.environ.get("LITSYNC_ZOTERO_LIBRARY", "users/0" if LOCAL else "")
        yield LIVE.rstrip("/"), os.environ["LITSYNC_ZOTERO_KEY"], prefix
        return
    library = open_library(tmp_path_factory.mktemp("library") / "library.sqlite", create=True)
    key = secrets.token_hex(12)
    library.keys[key] = Access()
    with serving(library.app) as address:
        yield address, key, "users/1"
    library.close()


@pytest.fixture
def zotero(root):
    """The endpoint with an empty collection to work in."""
    address, key, prefix = root
    headers = {"Zotero-API-Version": "3", "Zotero-API-Key": key}
    with httpx2.Client(base_url=address, headers=headers, timeout=120, trust_env=bool(LIVE) and not LOCAL) as http:
        endpoint = Endpoint(address, key, prefix, http, LOCAL)
        if LOCAL:
            endpoint.server_id = http.get("").headers["Zotero-Server-ID"]
            http.headers["Zotero-Server-ID"] = endpoint.server_id
        endpoint.collection = endpoint.make_collection()
        yield endpoint
        endpoint.clean()


@pytest.fixture
def pyzotero(zotero):
    """Pyzotero on the same endpoint."""
    from pyzotero.zotero import Zotero

    kind, number = zotero.prefix.split("/")
    client = httpx2.Client(follow_redirects=True, timeout=120, trust_env=bool(LIVE) and not LOCAL)
    desktop = {"local": True, "server_id": zotero.server_id, "local_api_key": zotero.key} if LOCAL else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = Zotero(number, kind.removesuffix("s"), zotero.key, client=client, **desktop)
    library.endpoint = zotero.root
    yield library
    client.close()

"""Moving a whole Zotero library: from the embedded one into a real account, as often as one likes, each thing once."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from cli_bench import CONFIG, Library, Project
from desktop_double import Desktop

from litsync.library import open_library
from litsync.library.access import Access
from litsync.library.faults import Faults, Rule, What
from litsync.library.server import serving

MINE = {
    "itemType": "book",
    "title": "Mine",
    "tags": [{"tag": "auto", "type": 1}],
    "dateAdded": "2001-02-03T04:05:06Z",
}
KEY, READER = "GOODKEYGOODKEYGOODKEY", "READERREADERREADER"


class Account:
    """A library behind an address, and the requests that arrived."""

    def __init__(self, folder, rules=()):
        """It is empty."""
        self.path, self.requests = folder / "account.sqlite", []
        self.opened = open_library(self.path, create=True)
        self.opened.keys |= {KEY: Access(), READER: Access(write=False, owner="Bob")}
        self._app = Faults(self.opened.app, rules)

    def __call__(self, environ, start_response):
        """Note the request and answer it."""
        self.requests.append(environ["REQUEST_METHOD"])
        return self._app(environ, start_response)

    def library(self):
        """The library, as another program sees it."""
        return Library(self.path)


@contextmanager
def account(tmp_path, rules=()):
    """A project that was begun with the embedded library, and a copy of it whose library is behind an address."""
    there = Account(tmp_path, rules)
    old = Project.make(tmp_path / "old")
    with serving(there) as url:
        zotero = f"{{target: web, library: users/1, endpoint: '{url}'}}"
        yield old, Project.make(tmp_path / "new", config=CONFIG.replace("{library: library.sqlite}", zotero)), there
    there.opened.close()


def own_things(project):
    """What a person adds to a library that litsync made: nested collections, notes, tags, relations, trash, a search, a colour."""
    project.push()
    with project.library() as library:
        zot = library.zotero
        outer = zot.create_collections([{"name": "Outer"}])["success"]["0"]
        inner = zot.create_collections([{"name": "Inner", "parentCollection": outer}])["success"]["0"]
        deepest = zot.create_collections([{"name": "Deepest", "parentCollection": inner}])["success"]["0"]
        item = library.items()["guo2021adnerf"]
        uri = f"http://zotero.org/users/1/items/{item['key']}"
        made = zot.create_items(
            [
                {**MINE, "collections": [deepest], "relations": {"dc:relation": uri}},
                {"itemType": "note", "note": "<p>thoughts</p>", "parentItem": item["key"]},
                {"itemType": "report", "title": "Thrown away", "deleted": 1},
            ]
        )
        assert made["failed"] == {}
        zot.saved_search("Recent", [{"condition": "title", "operator": "contains", "value": "NeRF"}])
        colours = [{"name": "audio", "color": "#990000"}]
        zot.client.put("/users/1/settings/tagColors", json={"value": colours, "version": 0}).raise_for_status()
        library.change("guo2021adnerf", collections=[*item["collections"], inner])


def contents(path):
    """Everything in an exported file but versions and the time of the last change."""
    data = json.loads(path.read_text())
    for part in ("collections", "items", "searches"):
        data[part] = [{k: v for k, v in row.items() if k not in ("version", "dateModified")} for row in data[part]]
    data["settings"] = {name: row["value"] for name, row in data["settings"].items()}
    return data


def run(project, *arguments, code=0, key=KEY):
    """Run `litsync library` with a key, and expect this end."""
    made = project.run("library", *arguments, LITSYNC_ZOTERO_KEY=key)
    assert made.code == code, made.out + made.err
    return made


def test_everything_arrives_under_its_own_keys_and_a_second_import_writes_nothing(tmp_path):
    """Two exports, of the old library and of the new one, differ in no thing a person could see; a push finds it all."""
    with account(tmp_path) as (old, new, there):
        own_things(old)
        exported = run(old, "export", "backup.json")
        assert "5 collections, 6 items, 1 search" in exported.out
        made = run(new, "import", str(old.folder / "backup.json"))
        assert "5 collections, 6 items, 1 search, 1 setting added" in made.out
        run(new, "export", "again.json")
        assert contents(new.folder / "again.json") == contents(old.folder / "backup.json")
        there.requests.clear()
        again = run(new, "import", str(old.folder / "backup.json"))
        assert "nothing added" in again.out
        assert "5 collections, 6 items, 1 search there already" in again.out
        assert set(there.requests) == {"GET"}
        pushed = new.run("push", LITSYNC_ZOTERO_KEY=KEY)
        assert "Zotero (users/1" in pushed.out
        assert "nothing to do" in pushed.out


def test_the_file_of_the_embedded_library_can_be_imported_as_it_is(tmp_path):
    """No export is needed, and the old file stays as it is."""
    with account(tmp_path) as (old, new, there):
        own_things(old)
        before = (old.folder / "library.sqlite").read_bytes()
        dry = run(new, "import", str(old.folder / "library.sqlite"), "--dry-run")
        assert "6 items, 1 search, 1 setting would be added" in dry.out
        assert set(there.requests) == {"GET"}
        run(new, "import", str(old.folder / "library.sqlite"))
        assert (old.folder / "library.sqlite").read_bytes() == before
        with there.library() as library:
            assert len(library.zotero.items(includeTrashed=1)) == 6


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_an_import_that_broke_off_goes_on_where_it_was(tmp_path, at):
    """Whether the last write came through or not: repeating it brings the rest, and nothing twice."""
    rules = [Rule(What.DROP_AFTER, at=(at,), method="POST"), Rule(What.STATUS, at=(at + 1,), method="POST", status=403)]
    with account(tmp_path, rules) as (old, new, _):
        own_things(old)
        run(old, "export", "backup.json")
        new.run("library", "import", str(old.folder / "backup.json"), LITSYNC_ZOTERO_KEY=KEY)
        run(new, "import", str(old.folder / "backup.json"))
        run(new, "export", "again.json")
        assert contents(new.folder / "again.json") == contents(old.folder / "backup.json")


@pytest.mark.parametrize("at", [1, 4, 6, 7])
def test_an_answer_that_was_lost_makes_nothing_twice_and_is_no_failure(tmp_path, at):
    """Collections, items, searches, settings: what the repeated request finds there was made by the first one."""
    with account(tmp_path, [Rule(What.DROP_AFTER, at=(at,), method="POST")]) as (old, new, _):
        own_things(old)
        run(old, "export", "backup.json")
        made = run(new, "import", str(old.folder / "backup.json"))
        assert "5 collections, 6 items, 1 search, 1 setting added" in made.out
        run(new, "export", "again.json")
        assert contents(new.folder / "again.json") == contents(old.folder / "backup.json")


def test_a_work_that_is_there_under_another_key_is_not_doubled(tmp_path):
    """It keeps its title and fields, takes the memberships and tags, and the notes come to hang on it."""
    with account(tmp_path) as (old, new, there):
        own_things(old)
        with there.library() as library:
            mine = {
                "itemType": "journalArticle",
                "title": "My title",
                "DOI": "10.1109/iccv48922.2021.00573",
                "tags": [{"tag": "own"}],
            }
            key = library.zotero.create_items([mine])["success"]["0"]
        made = run(new, "import", str(old.folder / "library.sqlite"))
        assert "took memberships and tags" in made.out
        with there.library() as library:
            item = library.zotero.item(key)["data"]
            notes = [row["data"]["note"] for row in library.zotero.children(key) if row["data"]["itemType"] == "note"]
            works = [row["data"] for row in library.zotero.top() if row["data"].get("DOI")]
            related = next(row["data"] for row in library.zotero.top() if row["data"]["title"] == "Mine")["relations"]
        assert item["title"] == "My title"
        assert {tag["tag"] for tag in item["tags"]} == {"own", "audio", "method/NeRF"}
        assert len(item["collections"]) == 3
        assert notes == ["<p>thoughts</p>"]
        assert len(works) == 1
        assert related == {"dc:relation": f"http://zotero.org/users/1/items/{key}"}
        version = there.opened.version()
        assert "nothing added" in run(new, "import", str(old.folder / "library.sqlite")).out
        assert there.opened.version() == version


def test_what_was_changed_there_is_left_alone_and_listed(tmp_path):
    """An item with the same key and another title keeps that title."""
    with account(tmp_path) as (old, new, there):
        own_things(old)
        run(new, "import", str(old.folder / "library.sqlite"))
        with there.library() as library:
            library.change("guo2021adnerf", title="Better title")
        made = run(new, "import", str(old.folder / "library.sqlite"))
        assert "AD-NeRF: Audio Driven: other contents there; left alone" in made.out
        with there.library() as library:
            assert library.items()["guo2021adnerf"]["title"] == "Better title"


def test_what_is_refused_is_told_and_the_rest_arrives(tmp_path):
    """A type that the library does not know, a tag of 300 characters: each with its reason; what hangs below them, too."""
    with account(tmp_path) as (old, new, there):
        own_things(old)
        run(old, "export", "backup.json")
        path = old.folder / "backup.json"
        data = json.loads(path.read_text())
        book = next(row for row in data["items"] if row.get("title") == "Mine")
        work = next(row for row in data["items"] if row.get("citationKey") == "guo2021adnerf")
        book["tags"].append({"tag": "x" * 300})
        work["itemType"] = "hologram"
        path.write_text(json.dumps(data))
        made = run(new, "import", str(path), code=5)
        assert "Mine: refused: Tag" in made.out
        assert "hologram" in made.out
        assert "what it belongs to is not there" in made.out
        with there.library() as library:
            assert len(library.zotero.items(includeTrashed=1)) == 3 - 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: My list\n", "not whole JSON"),
        ("[1, 2]", "no exported library"),
        ('{"what": "a Zotero library, exported by litsync", "schema": 99}', "upgrade litsync"),
        ('{"what": "a Zotero library, exported by litsync", "schema": 1, "collections": [], "items": [7]}', "damaged"),
    ],
)
def test_a_file_that_is_none(tmp_path, text, words):
    """It is told what it is not, and nothing is asked of the library."""
    with account(tmp_path) as (_, new, there):
        (tmp_path / "file").write_text(text)
        made = run(new, "import", str(tmp_path / "file"), code=2)
        assert words in made.err
        assert there.requests == []


def test_a_file_that_is_there_is_replaced_only_on_request(tmp_path):
    """And nothing of it is lost before the new one is whole."""
    with account(tmp_path) as (old, _, _):
        own_things(old)
        (old.folder / "backup.json").write_text("precious")
        assert "--force" in run(old, "export", "backup.json", code=2).err
        assert (old.folder / "backup.json").read_text() == "precious"
        run(old, "export", "backup.json", "--force")
        assert len(contents(old.folder / "backup.json")["items"]) == 6


def test_a_key_that_may_only_read_can_export_and_not_import(tmp_path):
    """The refusal comes before anything is sent."""
    with account(tmp_path) as (old, new, there):
        own_things(old)
        made = run(new, "import", str(old.folder / "library.sqlite"), code=6, key=READER)
        assert "may only read users/1" in made.err
        assert set(there.requests) == {"GET"}
        run(new, "export", "all.json", key=READER)


def test_json_for_machines(tmp_path):
    """Counts of an export; of an import what was made, was there, and was refused."""
    with account(tmp_path) as (old, new, _):
        own_things(old)
        exported = run(old, "export", "backup.json", "--json").json
        assert (exported["schema"], exported["items"], exported["collections"]) == (1, 6, 5)
        made = run(new, "import", str(old.folder / "backup.json"), "--json").json
        assert made["made"] == {"collections": 5, "items": 6, "searches": 1, "settings": 1}
        assert (made["there"], made["refused"], made["exit"]) == ({}, [], 0)


def test_a_zotero_desktop_gives_its_own_keys(tmp_path):
    """Everything arrives once, what hangs together hangs together, and repeating it adds nothing."""
    old = Project.make(tmp_path / "old")
    own_things(old)
    desktop = Desktop(tmp_path / "zotero").start()
    try:
        zotero = f"{{target: desktop, endpoint: '{desktop.url}'}}"
        new = Project.make(tmp_path / "new", config=CONFIG.replace("{library: library.sqlite}", zotero))
        made = run(new, "import", str(old.folder / "library.sqlite"), key=desktop.grant(), code=5)
        assert "5 collections, 6 items added" in made.out
        assert "Recent: refused: searches and settings are not brought into a desktop" in made.out
        again = run(new, "import", str(old.folder / "library.sqlite"), key=desktop.grant(), code=5)
        assert "nothing added" in again.out
    finally:
        desktop.close()

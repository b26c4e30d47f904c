"""The first meeting with a library of 300 items and a vault of 100 notes that hold some of the papers already."""

from __future__ import annotations

import json
import re

import pytest
from cli_bench import CONFIG, Library, Project
from obsidian_app import load

from litsync.library import open_library

PAPERS = 60
BY_KEY, BY_DOI, BY_ARXIV, BY_URL, BY_TITLE = range(10), range(10, 20), range(20, 30), range(30, 40), range(40, 45)
NAMED, SAID, OWN = range(5, 25), range(25, 35), range(70)


def entry(n):
    """A paper of the catalog."""
    return f"""\
  - id: first{n}
    type: conferencePaper
    title: On the matter of number {n}
    authors: [Yudong Guo, Émile {n}Zola]
    date: 2021-10
    venue: ICCV {n}
    doi: 10.1000/first.{n}
    arxiv: "2103.11{n:03}"
    url: https://example.org/paper/{n}
    methods: [nerf]
    tags: [ours]
"""


def item(n, where):
    """An item that somebody made: less precise, in other words, with tags, notes and a key of their own."""
    own = {"title": f"On the matter of number {n}", "date": "2021", "itemType": "conferencePaper"}
    people = [("Y.", "Guo"), ("E\u0301mile", f"{n}Zola")]
    own["creators"] = [{"creatorType": "author", "firstName": f, "lastName": la} for f, la in people]
    own |= {"tags": [{"tag": "theirs"}, {"tag": "auto", "type": 1}], "collections": [where], "abstractNote": "Long."}
    if n in BY_KEY:
        return {**own, "citationKey": f"first{n}"}
    if n in BY_DOI:
        return {**own, "citationKey": f"Theirs{n}", "DOI": f"10.1000/FIRST.{n}", "proceedingsTitle": "Their venue"}
    if n in BY_ARXIV:
        return {**own, "extra": f"tldr: short\narXiv: 2103.11{n:03} [cs.CV]"}
    if n in BY_URL:
        return {**own, "url": f"https://example.org/paper/{n}"}
    other = {"creators": [], "tags": [{"tag": f"topic{n % 7}"}], "citationKey": f"other{n}"}
    return own if n in BY_TITLE else {**own, **other, "title": f"Something else, {n}"}


def note(n):
    """A note that somebody wrote about a paper: path and text."""
    head = "status: reading\ntags:\n  - mine\nrating: 5\n"
    if n in SAID:
        return f"Deep/Note {n}.md", f"---\ncitekey: first{n}\n{head}---\nMy thoughts on {n}, see [[Idea {n}]].\n"
    return f"Lit/@first{n}.md", f"---\n{head}---\nMy thoughts on {n}, see [[Idea {n}]].\n"


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A catalog that meets a library and a vault; the vault was joined, nothing else was done."""
    catalog = "title: First\nmethods:\n  nerf: {name: NeRF}\npapers:\n" + "\n".join(map(entry, range(PAPERS)))
    project = Project.make(tmp_path_factory.mktemp("first") / "project", catalog, CONFIG)
    open_library(project.folder / "library.sqlite", create=True).close()
    with project.library() as library:
        where = library.zotero.create_collections([{"name": "Theirs"}])["success"]["0"]
        for start in range(0, 300, 50):
            made = library.zotero.create_items([item(n, where) for n in range(start, start + 50)])
            assert not made["failed"], made["failed"]
        parent = next(row["key"] for row in library.items().values() if row["citationKey"] == "first3")
        library.zotero.create_items([{"itemType": "note", "note": "<p>my words</p>", "parentItem": parent}])
    own = {f"Ideas/Idea {n}.md": f"An idea, {n}. #thought\r\n" for n in OWN}
    for path, text in [*map(note, [*NAMED, *SAID]), *own.items()]:
        file = project.folder / "vault" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    made = project.run("init", "--join-vault", "--yes")
    assert made.code == 0, made.out + made.err
    return project


@pytest.fixture(scope="module")
def met(before, tmp_path_factory):
    """The same after the first sync, and what was said: without doing it, and doing it."""
    project = before.copied(tmp_path_factory.mktemp("met") / "project")
    untouched = project.files()
    planned = project.run("sync", "--dry-run", "--json")
    assert project.files() == untouched
    done = project.run("sync", "--json")
    assert "Traceback" not in planned.err + done.err
    return project, planned.json, done.json


def all_items(project):
    """Every object of the library by its key."""
    with project.library() as library:
        return {row["key"]: row["data"] for row in library.zotero.everything(library.zotero.items(includeTrashed=1))}


def regular(project):
    """The items that are works."""
    return {key: row for key, row in all_items(project).items() if row["itemType"] not in ("note", "attachment")}


def vault(project):
    """The notes by path."""
    root = project.folder / "vault"
    return {path.relative_to(root).as_posix(): path.read_bytes().decode() for path in root.rglob("*.md")}


def test_what_is_shown_first_is_what_then_happens(met):
    """A dry run of the first sync tells every operation, and the sync does those."""
    _, planned, done = met
    operations = planned["plan"]["operations"]
    assert operations
    assert done["plan"]["operations"][: len(operations)] == operations
    assert all(one["action"] != "delete" for one in done["plan"]["operations"])
    assert [one for one in done["outcomes"] if one["verdict"] != "written"] == []


def test_items_are_adopted_and_not_doubled(before, met):
    """By citation key, DOI, arXiv id and address; by title alone none is: those papers get items of their own."""
    project = met[0]
    assert len(regular(project)) == 300 + PAPERS - 40
    with project.library() as library:
        managed = {row["key"] for row in library.zotero.collections() if row["data"]["name"] == "First"}
    inside = [row for row in regular(project).values() if managed & set(row["collections"])]
    assert len(inside) == PAPERS
    assert len([key for key in regular(before) if managed & set(regular(project)[key]["collections"])]) == 40


def test_nothing_of_anybodys_is_lost_in_the_library(before, met):
    """Tags, notes, abstracts, collections, lines of Extra, titles, dates and names as they were typed; no key is replaced."""
    after = all_items(met[0])
    for key, old in all_items(before).items():
        new = after[key]
        assert not new.get("deleted")
        for name in ("title", "abstractNote", "creators", "date", "note", "parentItem", "itemType"):
            assert new.get(name) == old.get(name)
        if old.get("citationKey"):
            assert new["citationKey"] == old["citationKey"]
        assert all(tag in new.get("tags", ()) for tag in old.get("tags", ()))
        assert set(old.get("collections", ())) <= set(new.get("collections", ()))
        assert all(line in new.get("extra", "") for line in old.get("extra", "").splitlines())


def test_items_of_other_works_are_not_touched(before, met):
    """Not even their version."""
    after = all_items(met[0])
    others = {key: row for key, row in all_items(before).items() if str(row.get("title", "")).startswith("Something")}
    assert len(others) == 255
    assert {key: after[key] for key in others} == others


def test_other_citation_keys_are_recorded(met):
    """In the catalog, where a manuscript's key can be looked up."""
    text = (met[0].folder / "catalog.yaml").read_text()
    assert re.findall(r"zotero_citekey: (\S+)", text) == [f"Theirs{n}" for n in BY_DOI]


def test_notes_are_adopted_and_keep_every_word(before, met):
    """Each paper has one note: the one that was there, or a new one; what was written in it stays."""
    old, new = vault(before), vault(met[0])
    for path, text in old.items():
        assert new[path].endswith(text.rpartition("---\n")[2])
    for n in [*NAMED, *SAID]:
        path, _ = note(n)
        said = load(new[path].split("---\n")[1])
        assert (said["citekey"], said["status"], said["rating"]) == (f"first{n}", "reading", 5)
        assert said["title"] == f"On the matter of number {n}"
        assert set(said["tags"]) == {"mine", "ours"}
    keys = re.findall(r"^citekey: (first\d+)$", "\n".join(new.values()), re.MULTILINE)
    assert sorted(keys) == sorted(f"first{n}" for n in range(PAPERS))
    assert {path: new[path] for path in old if path.startswith("Ideas/")} == {
        path: text for path, text in old.items() if path.startswith("Ideas/")
    }


def test_sets_are_united_and_foreign_tags_are_not_copied(met):
    """The reader's tags in notes are everywhere, the tags that were in Zotero stay there alone."""
    project = met[0]
    text = (project.folder / "catalog.yaml").read_text()
    assert text.count("mine") == len([*NAMED, *SAID])
    assert "theirs" not in text.replace("zotero_citekey", "")
    assert "theirs" not in "".join(vault(project).values())


def test_only_what_contradicts_is_a_difference(met):
    """`2021` and `2021-10`, `Y. Guo` and `Yudong Guo`, and two compositions of a name are one fact; another venue is not."""
    rows = met[2]["plan"]["differences"]
    assert {(row["field"], row["replica"]) for row in rows} == {("venue", "zotero")}
    assert len(rows) == len(BY_DOI)
    assert met[2]["plan"]["holds"] == []
    assert met[2]["plan"]["conflicts"] == []


def test_a_second_sync_writes_nothing(met, tmp_path):
    """No byte, no time stamp, no version; and one answer settles a field for all papers."""
    project = met[0].copied(tmp_path / "project")
    project.run("sync")
    files = {name: kept for name, kept in project.files().items() if "library" not in name}
    with project.library() as library:
        version = library.version
    made = project.run("sync")
    assert made.out.count("nothing to do") == 2, made.out
    assert {name: kept for name, kept in project.files().items() if "library" not in name} == files
    with project.library() as library:
        assert library.version == version
    assert project.run("resolve", "--field", "venue", "--take", "catalog").code == 0
    assert "Their venue" not in json.dumps(list(all_items(project).values()))


def test_another_library_is_a_first_contact_too(met, tmp_path):
    """Nothing is deleted anywhere: the papers get items there, or those that are there; the old library stays as it is."""
    project = met[0].copied(tmp_path / "project")
    (project.folder / "litsync.yaml").write_text(CONFIG.replace("library.sqlite", "other.sqlite"))
    open_library(project.folder / "other.sqlite", create=True).close()
    with Library(project.folder / "other.sqlite") as library:
        library.zotero.create_items(
            [{"itemType": "book", "title": "Mine", "DOI": "10.1000/first.7", "citationKey": "Own7"}]
        )
    old = project.files()
    made = project.run("sync")
    assert made.code == 0, made.out + made.err
    with Library(project.folder / "other.sqlite") as library:
        items = library.items()
        assert len(items) == PAPERS
        assert (items["Own7"]["title"], items["Own7"]["itemType"]) == ("Mine", "book")
    new = project.files()
    assert new["library.sqlite"][0] == old["library.sqlite"][0]
    assert [name for name in old if name not in new] == []
    assert sum("status: reading" in text for text in vault(project).values()) == len([*NAMED, *SAID])

"""What people do in Zotero: edits, tags, collections, merged duplicates and new items, and what litsync makes of each."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest
from cli_bench import CATALOG, Project

GUO, GOODFELLOW = "guo2021adnerf", "goodfellow2014generative"
SECTIONS = CATALOG.replace("  core: Core papers\n", "  core: Core papers\n  more: More of them\n")


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """A project that was pushed, to be copied."""
    project = Project.make(tmp_path_factory.mktemp("pushed") / "project", SECTIONS)
    project.push()
    return project


@pytest.fixture
def project(pushed, tmp_path):
    """A project that was pushed."""
    return pushed.copied(tmp_path / "project")


def sync(project, code=0):
    """Run `litsync sync`, and expect this end."""
    made = project.run("sync")
    assert made.code == code, made.out + made.err
    return made.out


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def note(project, key):
    """The text of a paper's note."""
    return project.note(f"Papers/{key}").read_text(encoding="utf-8")


def idle(project):
    """Another cycle writes nothing anywhere."""
    before = {name: kept for name, kept in project.files().items() if "library" not in name}
    with project.library() as library:
        version = library.version
    assert sync(project).count("nothing to do") == 2
    with project.library() as library:
        assert library.version == version
    assert {name: kept for name, kept in project.files().items() if "library" not in name} == before


def collection(library, name):
    """The key of a collection."""
    return next(row["key"] for row in library.zotero.collections() if row["data"]["name"] == name)


def save(library, **item):
    """A new item in the managed collection."""
    report = library.zotero.create_items(
        [{"itemType": "journalArticle", "collections": [collection(library, "My list")], **item}]
    )
    assert report["successful"], report
    return report["successful"]["0"]["data"]


class TestFields:
    """Values."""

    @pytest.mark.parametrize(
        ("property_name", "value", "line"),
        [
            ("title", "A title of Zotero's", 'title: "A title of Zotero\'s"'),
            ("date", "October 3, 2021", "date: 2021-10-03"),
            ("proceedingsTitle", "Proc. of ICCV", "venue: Proc. of ICCV"),
            ("DOI", "https://doi.org/10.1000/XYZ", "doi: 10.1000/XYZ"),
            ("url", "https://example.org/x?a=1", "url: https://example.org/x?a=1"),
            ("pages", "1-9", "pages: 1-9"),
        ],
    )
    def test_an_edited_value_reaches_catalog_and_note(self, project, property_name, value, line):
        """In the form the catalog has for it; the item keeps the form it was typed in, and nothing is written twice."""
        with project.library() as library:
            library.change(GUO, **{property_name: value})
        sync(project)
        assert f"    {line}\n" in catalog(project)
        with project.library() as library:
            assert library.items()[GUO][property_name] == value
        idle(project)

    def test_an_author_comes_and_another_is_corrected(self, project):
        """Editors stay in Zotero; the order is Zotero's."""
        creators = [
            {"creatorType": "author", "firstName": "Keyu", "lastName": "Chen"},
            {"creatorType": "author", "firstName": "Yudong", "lastName": "Guo"},
            {"creatorType": "author", "name": "A Consortium"},
            {"creatorType": "editor", "firstName": "An", "lastName": "Editor"},
        ]
        with project.library() as library:
            library.change(GUO, creators=creators)
        sync(project)
        assert "authors: [Keyu Chen, Yudong Guo, {name: A Consortium}]" in catalog(project) or (
            "Keyu Chen, Yudong Guo" in catalog(project) and "A Consortium" in catalog(project)
        )
        assert "  - Keyu Chen\n  - Yudong Guo\n" in note(project, GUO)
        with project.library() as library:
            assert library.items()[GUO]["creators"] == creators
        idle(project)

    def test_an_emptied_value_is_emptied(self, project):
        """But never a title."""
        with project.library() as library:
            library.change(GUO, proceedingsTitle="", url="")
            library.change(GOODFELLOW, title="")
        said = sync(project)
        assert "venue: ICCV" not in catalog(project)
        assert "    url:" not in catalog(project)
        assert "title: Generative Adversarial Nets" in catalog(project)
        assert "goodfellow2014generative title: Zotero has nothing" in said

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ({"date": "in press"}, "date"),
            ({"DOI": "10.1000/with space"}, "doi"),
            ({"url": "see the library"}, "url"),
        ],
    )
    def test_a_value_that_the_catalog_refuses_stays_in_zotero(self, project, values, told):
        """It is listed, the field is frozen there, nothing is written anywhere on its account, and the rest flows."""
        with project.library() as library:
            library.change(GUO, title="Fixed in Zotero", **values)
        before = catalog(project)
        made = project.run("sync")
        assert f"guo2021adnerf: `{told}` has a value it cannot have" in made.out
        assert catalog(project) == before.replace('"AD-NeRF: Audio Driven"', '"Fixed in Zotero"')
        with project.library() as library:
            item = library.items()[GUO]
        assert {name: item[name] for name in values} == values
        project.run("sync")
        with project.library() as library:
            assert library.items()[GUO]["version"] == item["version"]


class TestTags:
    """Tags by hand."""

    def test_a_tag_renamed_by_hand(self, project):
        """The old one goes and the new one comes, in the catalog and the note."""
        with project.library() as library:
            library.change(GUO, tags=[{"tag": "method/NeRF"}, {"tag": "speech"}])
        sync(project)
        assert "    tags: [speech]\n" in catalog(project)
        assert "tags:\n  - speech\n" in note(project, GUO)
        idle(project)

    def test_automatic_tags_stay_where_they_are(self, project):
        """They are Zotero's own, before and after an edit of the tags."""
        with project.library() as library:
            tags = [*library.items()[GUO]["tags"], {"tag": "Computer Science", "type": 1}]
            library.change(GUO, tags=tags)
        sync(project)
        assert "Computer Science" not in catalog(project)
        project.change_catalog("tags: [audio]", "tags: [audio, speech]")
        sync(project)
        with project.library() as library:
            assert {"tag": "Computer Science", "type": 1} in library.items()[GUO]["tags"]
            assert {"tag": "speech"} in library.items()[GUO]["tags"]

    @pytest.mark.parametrize("tag", ["two words", "2021", "Ünïcode — tag"])
    def test_a_tag_that_obsidian_cannot_hold(self, project, tag):
        """It reaches the catalog as it is, stands in the note in another form, and never comes back changed."""
        with project.library() as library:
            library.change(GUO, tags=[*library.items()[GUO]["tags"], {"tag": tag}])
        sync(project)
        assert tag in catalog(project)
        idle(project)
        project.change_note(f"Papers/{GUO}", "status: to-read", "status: read")
        sync(project)
        assert catalog(project).count(f"tags: [audio, {tag}]") + catalog(project).count(f'tags: [audio, "{tag}"]') == 1
        with project.library() as library:
            assert [row["tag"] for row in library.items()[GUO]["tags"]].count(tag) == 1

    def test_a_method_tag_taken_away(self, project):
        """The paper is of that method no more, everywhere."""
        with project.library() as library:
            library.change(GUO, tags=[{"tag": "audio"}])
        sync(project)
        assert "[[NeRF]]" not in note(project, GUO)
        idle(project)


class TestCollections:
    """Where an item is."""

    def test_moved_to_another_subcollection(self, project):
        """The paper changes its section."""
        with project.library() as library:
            library.change(GUO, collections=[collection(library, "My list"), collection(library, "More of them")])
        sync(project)
        assert "sections: [more]\n    methods: [nerf]" in catalog(project)
        assert "sections:\n  - more\n" in note(project, GUO)
        idle(project)

    def test_taken_out_of_the_collection(self, project):
        """A person is asked; nothing is written, and put back it is as before."""
        with project.library() as library:
            where = library.items()[GUO]["collections"]
            library.change(GUO, collections=[])
        before = {name: kept for name, kept in project.files().items() if "library" not in name}
        assert "guo2021adnerf is no longer in the Zotero collection" in sync(project, 3)
        assert {name: kept for name, kept in project.files().items() if "library" not in name} == before
        with project.library() as library:
            library.change(GUO, collections=where)
        sync(project)
        idle(project)

    def test_a_subcollection_thrown_away(self, project):
        """With it went memberships, which nobody took away: the catalog keeps its sections."""
        before = catalog(project)
        with project.library() as library:
            key = collection(library, "Core papers")
            row = library.zotero.collection(key)
            library.zotero.delete_collection(row)
        project.run("sync")
        assert catalog(project) == before

    def test_a_subcollection_thrown_away_is_made_again_with_its_papers(self, project):
        """However often it is looked at meanwhile; and whoever is taken out of it afterwards stays out."""
        before = catalog(project)
        with project.library() as library:
            key = collection(library, "Core papers")
            papers = sorted(name for name, item in library.items().items() if key in item["collections"])
            library.zotero.delete_collection(library.zotero.collection(key))
        assert papers
        question = re.search(r"gone-\w+", sync(project, 3))[0]
        with project.library() as library:
            library.change(papers[0], language="de")
        sync(project, 3)
        assert catalog(project).replace("    language: de\n", "") == before
        assert project.run("approve", question, "--choice", "restore").code == 0
        sync(project)
        with project.library() as library:
            key = collection(library, "Core papers")
            items = library.items()
            assert sorted(name for name, item in items.items() if key in item["collections"]) == papers
            library.change(papers[0], collections=[one for one in items[papers[0]]["collections"] if one != key])
        sync(project)
        with project.library() as library:
            assert key not in library.items()[papers[0]]["collections"]
        idle(project)


class TestMerging:
    """Duplicates merged in Zotero: the other item goes to the trash, and the survivor remembers it."""

    def merge(self, library, gone, survivor):
        """As Zotero does it."""
        uri = f"http://zotero.org/users/1/items/{gone['key']}"
        version = library.zotero.item(survivor["key"])["version"]
        report = library.zotero.create_items(
            [{"key": survivor["key"], "version": version, "relations": {"dc:replaces": [uri]}}]
        )
        assert report["successful"], report
        version = library.zotero.item(gone["key"])["version"]
        library.zotero.create_items([{"key": gone["key"], "version": version, "deleted": 1}])

    def test_the_paper_follows_to_the_survivor(self, project):
        """Edits of the survivor are edits of the paper; its own tags are a person's; nothing is asked."""
        with project.library() as library:
            old = library.items()[GUO]
            own = {
                name: old[name]
                for name in ("itemType", "title", "creators", "date", "proceedingsTitle", "DOI", "url", "collections")
            }
            survivor = save(library, **own, tags=[*old["tags"], {"tag": "mine"}])
            self.merge(library, old, survivor)
        sync(project)
        before = catalog(project)
        with project.library() as library:
            version = library.zotero.item(survivor["key"])["version"]
            library.zotero.create_items([{"key": survivor["key"], "version": version, "title": "Of the survivor"}])
        sync(project)
        assert catalog(project) == before.replace('"AD-NeRF: Audio Driven"', '"Of the survivor"')
        with project.library() as library:
            assert library.zotero.item(survivor["key"])["data"]["citationKey"] == GUO
        idle(project)

    def test_the_survivor_is_another_paper(self, project):
        """A person is told; nothing is deleted or made again on its account."""
        with project.library() as library:
            items = library.items()
            self.merge(library, items[GUO], items[GOODFELLOW])
        before = {name: kept for name, kept in project.files().items() if "library" not in name}
        for _ in range(2):
            assert "was merged in Zotero into that of goodfellow2014generative" in sync(project, 3)
        assert {name: kept for name, kept in project.files().items() if "library" not in name} == before


class TestNewItems:
    """Items saved into the collection."""

    PAPER: ClassVar = {
        "title": "First Order Motion",
        "creators": [{"creatorType": "author", "firstName": "A.", "lastName": "Siarohin"}],
        "date": "2019",
    }

    @pytest.mark.parametrize(
        ("own", "citekey", "kept"),
        [
            ("siarohinFOMM", "siarohinFOMM", False),
            (GUO, "siarohin2019first", True),
            ("Siarohin 2019, b", "siarohin2019first", True),
            ("GUO2021adnerf", "siarohin2019first", True),
            ("", "siarohin2019first", False),
        ],
        ids=["free", "taken", "no citekey", "taken in another case", "none"],
    )
    def test_its_own_citation_key(self, project, own, citekey, kept):
        """It is the citekey if it can be; else it stays in Zotero, is remembered, and nobody's manuscript breaks."""
        with project.library() as library:
            item = save(library, **self.PAPER, **({"citationKey": own} if own else {}))
        sync(project)
        entry = catalog(project)[catalog(project).index(f"- id: {citekey}\n") :]
        assert ("zotero_citekey" in entry) == kept
        with project.library() as library:
            assert library.zotero.item(item["key"])["data"]["citationKey"] == (own or citekey)
        assert "First Order Motion" in note(project, citekey)
        idle(project)

    def test_a_known_doi_is_a_question(self, project):
        """A second item of a known paper is no second paper by itself."""
        with project.library() as library:
            save(library, **{**self.PAPER, "DOI": "10.1109/iccv48922.2021.00573"})
        before = catalog(project)
        assert "looks like guo2021adnerf" in sync(project, 3)
        assert catalog(project) == before

    def test_what_is_no_work_is_left_alone(self, project):
        """Notes and files that stand alone in the collection are nobody's papers."""
        with project.library() as library:
            where = collection(library, "My list")
            library.zotero.create_items([{"itemType": "note", "note": "<p>x</p>", "collections": [where]}])
        before = catalog(project)
        sync(project)
        assert catalog(project) == before
        idle(project)

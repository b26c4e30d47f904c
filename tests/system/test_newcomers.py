"""What only the vault or Zotero has becomes the catalog's in one command, or a person is asked first."""

from __future__ import annotations

import pytest
from cli_bench import Project


@pytest.fixture
def project(tmp_path):
    """A project that was pushed."""
    made = Project.make(tmp_path / "project")
    made.push()
    return made


def sync(project, code=0):
    """Run `litsync sync`, and expect this end."""
    made = project.run("sync")
    assert made.code == code, made.out + made.err
    return made


def write_note(project, name, text):
    """A person makes a note."""
    project.note(name).write_text(text, encoding="utf-8")


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def at_rest(project):
    """Another cycle finds nothing to do, and no file is touched by it."""
    before = project.files()
    assert sync(project).out.count("nothing to do") == 2
    assert {name: kept for name, kept in project.files().items() if "library" not in name} == {
        name: kept for name, kept in before.items() if "library" not in name
    }


NEW_NOTE = """\
---
citekey:
title: Neural Head Reenactment
authors:
  - Egor Burkov
date: "2020"
methods:
  - "[[GAN]]"
---
My thoughts.
"""


class TestPapers:
    """A paper that the catalog does not have yet."""

    def test_a_note_made_from_the_template_becomes_a_paper_everywhere(self, project):
        """It gets a citekey, an entry in its neighbours' style and an item; the reader's text stays."""
        write_note(project, "Papers/Untitled", NEW_NOTE)
        sync(project)
        note = project.note("Papers/Untitled").read_text()
        with project.library() as library:
            item = library.items()["burkov2020neural"]

        assert "  - id: burkov2020neural\n" in catalog(project)
        assert "citekey: burkov2020neural\n" in note
        assert note.endswith("My thoughts.\n")
        assert item["title"] == "Neural Head Reenactment"
        assert {"tag": "method/GAN"} in item["tags"]
        at_rest(project)

    def test_what_the_catalog_may_not_hold_of_it_stays_in_its_note(self, project):
        """The paper comes all the same; what is wrong is listed, and comes once it is right."""
        wrong = 'date: "2020"\nstatus: done\ntype: papper\nsections:\n  - nowhere\n'
        text = NEW_NOTE.replace('date: "2020"\n', wrong).replace('"[[GAN]]"', '"[[GAN]]"\n  - "[[NeRFs]]"')
        write_note(project, "Papers/Find", text)
        made = sync(project, code=3)
        assert "“done”, which the catalog may not hold" in made.out
        assert "[NeRFs], which the catalog may not hold" in made.out
        assert "title: Neural Head Reenactment" in catalog(project)
        assert "done" not in catalog(project)
        assert "status: done\ntype: papper\n" in project.note("Papers/Find").read_text()
        project.change_note("Papers/Find", "status: done", "status: read")
        sync(project, code=3)

        assert catalog(project).endswith("    methods: [gan]\n    status: read\n")

    def test_a_note_without_a_title_waits(self, project):
        """The template alone is no paper; it is listed until it has a title."""
        write_note(project, "Papers/Untitled", "---\ncitekey:\ntitle:\n---\n")
        before = catalog(project)
        made = sync(project)

        assert catalog(project) == before
        assert "Untitled" in made.out

    def test_an_item_saved_into_the_collection_becomes_a_paper(self, project):
        """With its own citation key, its type, its authors and the section of its subcollection; its abstract stays there."""
        with project.library() as library:
            section = next(row["key"] for row in library.zotero.collections() if row["data"]["parentCollection"])
            library.zotero.create_items(
                [
                    {
                        "itemType": "journalArticle",
                        "title": "First Order Motion Model",
                        "creators": [{"creatorType": "author", "firstName": "Aliaksandr", "lastName": "Siarohin"}],
                        "date": "December 2019",
                        "publicationTitle": "NeurIPS",
                        "citationKey": "siarohin_fomm",
                        "abstractNote": "Long.",
                        "tags": [{"tag": "motion"}, {"tag": "auto", "type": 1}],
                        "collections": [section],
                    }
                ]
            )
        sync(project)
        text = catalog(project)

        assert "  - id: siarohin_fomm\n    type: journalArticle\n    title: First Order Motion Model\n" in text
        assert "date: 2019-12\n" in text
        assert "sections: [core]\n    tags: [motion]" in text
        assert "Long." not in text
        assert "Aliaksandr Siarohin" in project.note("Papers/siarohin_fomm").read_text()
        at_rest(project)

    def test_what_looks_like_a_known_paper_is_a_question(self, project):
        """The preprint of a paper that has an item already is no second paper by itself."""
        with project.library() as library:
            main = library.zotero.collections_top()[0]["key"]
            known = library.items()["guo2021adnerf"]
            library.zotero.create_items(
                [
                    {
                        "itemType": "preprint",
                        "title": known["title"],
                        "creators": known["creators"],
                        "collections": [main],
                    }
                ]
            )
        before = catalog(project)
        made = sync(project, code=3)

        assert catalog(project) == before
        assert "looks like guo2021adnerf, which the catalog has" in made.out
        assert sync(project, code=3).out.count("looks like guo2021adnerf") == 1


class TestMethods:
    """A method that the catalog does not have yet."""

    def test_a_link_to_a_new_method_makes_it_everywhere(self, project):
        """An entry, a note and a tag."""
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', '  - "[[NeRF]]"\n  - "[[Dense flow]]"')
        sync(project)
        with project.library() as library:
            tags = library.items()["guo2021adnerf"]["tags"]

        assert "  dense-flow: {name: Dense flow}\n" in catalog(project)
        assert "methods: [nerf, dense-flow]" in catalog(project)
        assert "method: dense-flow" in project.note("Methods/Dense flow").read_text()
        assert {"tag": "method/Dense flow"} in tags
        at_rest(project)

    def test_an_empty_note_made_by_clicking_the_link_is_filled(self, project):
        """Obsidian makes it where the link leads; it is not doubled."""
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', '  - "[[Dense flow]]"')
        write_note(project, "Dense flow", "")
        sync(project)

        assert "method: dense-flow" in project.note("Dense flow").read_text()
        assert not project.note("Methods/Dense flow").exists()

    @pytest.mark.parametrize("name", ["NeRFs", "GANs"])
    def test_a_name_close_to_a_known_one_is_a_question(self, project, name):
        """A slip of the pen is no new method."""
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', f'  - "[[NeRF]]"\n  - "[[{name}]]"')
        before = catalog(project)
        made = sync(project, code=3)

        assert "did you mean that?" in made.out
        assert catalog(project) == before

    def test_a_name_that_is_the_same_is_an_alias_from_then_on(self, project):
        """It is not asked about again, in a note or in Zotero."""
        with project.library() as library:
            tags = [*library.items()["guo2021adnerf"]["tags"], {"tag": "method/GANs"}]
            library.change("guo2021adnerf", tags=tags)
        held = project.run("sync", "--json").json["plan"]["holds"]
        assert project.run("approve", held[0]["id"]).code == 0

        assert "  gan: {name: GAN, aliases: [GANs]}\n" in catalog(project)
        assert "methods: [nerf, gan]" in catalog(project)
        at_rest(project)

    def test_a_name_that_is_a_note_of_the_readers_is_a_question(self, project):
        """A concept note becomes a method only after asking."""
        write_note(project, "Attention", "What I know about attention.\n")
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', '  - "[[NeRF]]"\n  - "[[Attention]]"')
        before = catalog(project)
        made = sync(project, code=3)

        assert "a note of your own" in made.out
        assert catalog(project) == before
        assert project.note("Attention").read_text() == "What I know about attention.\n"

    def test_such_a_note_is_the_methods_once_it_is_said(self, project):
        """Taken as a method, the reader's note waits to be adopted; then it is the method's, with the reader's text."""
        write_note(project, "Attention", "What I know about attention.\n")
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', '  - "[[NeRF]]"\n  - "[[Attention]]"')
        held = project.run("sync", "--json").json["plan"]["holds"]
        project.run("approve", held[0]["id"], "--choice", "take")
        assert not project.note("Methods/Attention (2)").exists()
        assert "litsync notes adopt attention" in project.run("push").out
        assert project.run("notes", "adopt", "attention").code == 0
        sync(project)
        assert project.note("Attention").read_text() == "---\nmethod: attention\n---\nWhat I know about attention.\n"
        assert "methods: [nerf, attention]" in catalog(project)

    def test_a_tag_renamed_in_zotero_renames_the_method(self, project):
        """On all of its items another tag took its place: in Zotero that is a rename."""
        with project.library() as library:
            for key, item in library.items().items():
                tags = [{"tag": tag["tag"].replace("method/NeRF", "method/Radiance")} for tag in item["tags"]]
                library.change(key, tags=tags)
        sync(project)
        with project.library() as library:
            tags = {tag["tag"] for item in library.items().values() for tag in item["tags"]}

        assert "  nerf: {name: Radiance, aliases: [Radiance fields]}\n" in catalog(project)
        assert "methods: [nerf]" in catalog(project)
        assert "method/Radiance" in tags
        assert "method/NeRF" not in tags

    def test_a_method_tag_added_by_hand_makes_the_method(self, project):
        """On one item beside the others: a new method."""
        with project.library() as library:
            tags = [*library.items()["guo2021adnerf"]["tags"], {"tag": "method/Warping"}]
            library.change("guo2021adnerf", tags=tags)
        sync(project)

        assert "  warping: {name: Warping}\n" in catalog(project)
        assert "[[Warping]]" in project.note("Papers/guo2021adnerf").read_text()
        at_rest(project)


def test_what_was_there_before_litsync_came_is_left_alone(tmp_path):
    """Without its state litsync meets everything anew: what only Zotero or the vault has is listed, not taken."""
    project = Project.make(tmp_path / "project")
    project.push()
    write_note(project, "Papers/mine", "---\ncitekey: mine2020\ntitle: Mine\n---\n")
    with project.library() as library:
        main = library.zotero.collections_top()[0]["key"]
        library.zotero.create_items([{"itemType": "book", "title": "A book of mine", "collections": [main]}])
    import shutil

    shutil.rmtree(project.folder / ".litsync")
    before = catalog(project)
    for _ in range(2):
        made = sync(project)
        assert "A book of mine" in made.out
        assert "Mine" in made.out
    assert catalog(project) == before


def test_a_title_that_the_catalog_has_is_a_question_where_nobody_is_named(project):
    """An item that was saved without authors may be the paper once more: nothing is doubled before a person says so."""
    with project.library() as library:
        key = library.zotero.collections_top()[0]["key"]
        new = {"itemType": "webpage", "title": "AD-NeRF: audio driven", "collections": [key]}
        library.zotero.create_items([new])
    made = sync(project, 3)

    assert "looks like guo2021adnerf, which the catalog has" in made.out
    assert catalog(project).count("- id:") == 2


class TestWhatIsWorkedOut:
    """The year of a paper follows its date, wherever that was said."""

    def test_the_year_in_the_note_follows_a_date_edited_there(self, project):
        """In the same command, and taking the date back takes the year back."""
        note = project.note("Papers/guo2021adnerf")
        before = note.read_text()
        project.change_note("Papers/guo2021adnerf", "date: 2021-10", "date: 2019-10")
        made = sync(project)
        assert "year: 2019\n" in note.read_text()
        assert "Vault (vault): 1 paper note changed" in made.out
        at_rest(project)
        assert project.run("undo").code == 0

        assert note.read_text() == before
        at_rest(project)

    def test_undo_of_an_addition_leaves_the_readers_own_note(self, project):
        """Entry and item go; the note stays with its text, and is not taken for something new again until it is approved."""
        before = catalog(project)
        write_note(project, "Papers/New", NEW_NOTE)
        sync(project)
        text = project.note("Papers/New").read_text()
        project.run("undo")

        assert catalog(project) == before
        assert project.note("Papers/New").read_text() == text
        with project.library() as library:
            assert library.items()["burkov2020neural"]["deleted"]
        made = sync(project)
        assert "Not in the catalog, left as they are (1)" in made.out
        assert catalog(project) == before
        left = project.run("status", "--json").json["open"]["strangers"]
        assert project.run("approve", left[0]["id"]).code == 0
        assert "- id: burkov2020neural" in catalog(project)

    def test_undo_of_an_addition_leaves_the_readers_own_item(self, project):
        """Entry and note go; the item stays in the collection."""
        before = catalog(project)
        with project.library() as library:
            main = library.zotero.collections_top()[0]["key"]
            library.zotero.create_items(
                [{"itemType": "book", "title": "A book", "date": "2020", "collections": [main]}]
            )
        sync(project)
        assert "title: A book" in catalog(project)
        project.run("undo")

        assert catalog(project) == before
        with project.library() as library:
            (item,) = [row["data"] for row in library.zotero.items() if row["data"].get("title") == "A book"]
        assert item["collections"] == [main]
        assert "Not in the catalog, left as they are (1)" in sync(project).out
        assert catalog(project) == before

    def test_undo_of_an_addition_that_was_worked_on_says_so(self, project):
        """An edit since makes it the reader's in every place."""
        write_note(project, "Papers/New", NEW_NOTE)
        sync(project)
        project.change_catalog("    title: Neural Head", "    # must read\n    title: Neural Head")
        made = project.run("undo")

        assert made.code == 3
        assert "burkov2020neural was touched or is named since it was added" in made.out
        assert "# must read" in catalog(project)

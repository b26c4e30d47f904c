"""Every kind of edit that Obsidian makes to the files of a vault: what must flow does, what must be kept is kept byte for byte."""

from __future__ import annotations

import shutil
import unicodedata

import pytest
from cli_bench import CATALOG, Project
from obsidian_app import App

PAPER, OTHER = "Papers/guo2021adnerf", "Papers/goodfellow2014generative"
BODY = """
# Notes

- [ ] read section 3 [due:: 2026-12-01] ==important== %%a comment%%
> [!note] A callout with [[NeRF]] and #idea
![[picture.png]]

A last line without an end"""


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """A project that was pushed, to be copied."""
    project = Project.make(tmp_path_factory.mktemp("pushed") / "project")
    project.push()
    App(project.folder / "vault").write_below(PAPER, BODY)
    project.push()
    return project


@pytest.fixture
def project(pushed, tmp_path):
    """A project that was pushed; the reader has written into the note of one paper."""
    return pushed.copied(tmp_path / "project")


@pytest.fixture
def app(project):
    """Obsidian, with the project's vault open."""
    return App(project.folder / "vault")


def sync(project, code=0):
    """Run `litsync sync`, and expect this end."""
    made = project.run("sync")
    assert made.code == code, made.out + made.err
    return made.out


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def item(project, key="guo2021adnerf"):
    """An item of the library."""
    with project.library() as library:
        return library.items()[key]


def notes(project):
    """Every note with its bytes and time stamp."""
    return {name: kept for name, kept in project.files().items() if name.startswith("vault/")}


def idle(project):
    """Nothing at all is written by another cycle."""
    before = project.files()
    with project.library() as library:
        version = library.version
    assert sync(project).count("nothing to do") == 2
    with project.library() as library:
        assert library.version == version
    assert notes(project) == {name: kept for name, kept in before.items() if name.startswith("vault/")}
    assert catalog(project).encode() == before["catalog.yaml"][0]


class TestProperties:
    """Edits of properties."""

    def test_a_property_changed_in_the_panel(self, project, app):
        """1: the whole block is dumped anew, comments and quotes go; only the changed value flows, the note is not written."""
        app.source(PAPER, "venue: ICCV 2021", "venue: 'ICCV 2021' # where it was")
        app.source(PAPER, "authors:\n  - Yudong Guo\n  - Keyu Chen", "authors: [Yudong Guo, 'Keyu Chen']")
        app.panel(PAPER, venue="ICCV")
        before = notes(project)
        sync(project)

        assert catalog(project) == CATALOG.replace("venue: ICCV 2021", "venue: ICCV")
        assert item(project)["proceedingsTitle"] == "ICCV"
        assert notes(project) == before
        idle(project)

    def test_source_mode_saves_what_is_half_typed(self, project, app):
        """2: a note that is no YAML now changes nothing anywhere, and is told with its place; once whole, it flows."""
        app.source(PAPER, "venue: ICCV 2021", 'venue: "ICCV')
        before, library = notes(project), item(project)
        said = sync(project, 3)
        assert "guo2021adnerf.md:" in said
        assert (catalog(project), notes(project), item(project)) == (CATALOG, before, library)

        app.source(PAPER, 'venue: "ICCV', 'venue: "ICCV"')
        sync(project)
        assert "    venue: ICCV\n" in catalog(project)
        assert app.text(PAPER).endswith(BODY)

    @pytest.mark.parametrize("left", [0, 3, 20, 200])
    def test_a_save_that_is_not_finished(self, project, app, left):
        """The app cuts the file before it writes it: an empty or shortened note is not one whose properties were emptied."""
        whole = app.text(PAPER)
        app.save(PAPER, whole[:left])
        before, library = notes(project), item(project)
        sync(project, 3)
        assert (catalog(project), notes(project), item(project)) == (CATALOG, before, library)

        app.save(PAPER, whole)
        sync(project)
        idle(project)

    def test_tags(self, project, app):
        """3: a tag of the list flows when it comes and when it goes; a tag in the text is prose."""
        app.panel(PAPER, tags=["audio", "#speech"])
        app.write_below(PAPER, "\n#in-the-text")
        sync(project)
        assert "tags: [audio, speech]" in catalog(project)
        assert {"tag": "speech"} in item(project)["tags"]
        app.panel(PAPER, tags=["speech"])
        sync(project)
        assert "tags: [speech]" in catalog(project)
        assert [tag["tag"] for tag in item(project)["tags"]] == ["method/NeRF", "speech"]
        assert app.text(PAPER).endswith(BODY + "\n#in-the-text")
        idle(project)

    def test_a_link_to_a_new_method(self, project, app):
        """4: the method, its note and its tag are made; the link stays as it was typed."""
        app.panel(PAPER, methods=["[[NeRF]]", "[[Dense flow]]"])
        before = app.text(PAPER)
        sync(project)
        assert "methods: [nerf, dense-flow]" in catalog(project)
        assert {"tag": "method/Dense flow"} in item(project)["tags"]
        assert app.properties("Methods/Dense flow")["method"] == "dense-flow"
        assert app.text(PAPER) == before
        idle(project)

    def test_a_link_in_the_text_classifies_nothing(self, project, app):
        """5: it is prose, and stays."""
        app.write_below(OTHER, "Compare [[Dense flow]] and [[GAN]].\n")
        before = notes(project)
        sync(project)
        assert (catalog(project), notes(project)) == (CATALOG, before)

    @pytest.mark.parametrize("emptied", [[], None, ""])
    def test_the_last_link_is_taken_away(self, project, app, emptied):
        """6: whatever the app leaves in its place, the paper has no method any more, and Zotero does not bring it back."""
        app.panel(OTHER, methods=emptied)
        before = app.text(OTHER)
        sync(project)
        assert "methods: [gan, nerf]" not in catalog(project)
        assert item(project, "goodfellow2014generative")["tags"] == []
        assert app.text(OTHER) == before
        idle(project)

    def test_a_property_that_is_taken_away(self, project, app):
        """Like one that was emptied: the value goes everywhere."""
        app.remove(PAPER, "venue", "status")
        sync(project)
        assert catalog(project) == CATALOG.replace("    venue: ICCV 2021\n", "").replace("    status: to-read\n", "")
        assert item(project)["proceedingsTitle"] == ""
        idle(project)

    def test_aliases_are_the_readers(self, project, app):
        """20: one that is added stays, those of litsync that are taken away do not come back."""
        app.panel(PAPER, aliases=["Talking heads"])
        sync(project)
        project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
        sync(project)
        assert app.properties(PAPER)["aliases"] == ["Talking heads"]
        assert app.properties(PAPER)["date"] == "2021-10-11"

    def test_a_property_of_another_type(self, project, app):
        """21: a text where a list belongs, and numbers where texts belong, mean the same; nothing is written."""
        app.panel(PAPER, methods="[[NeRF]]", tags="audio", number="6", year="2021")
        app.source(OTHER, 'arxiv: "1406.2661"', "arxiv: 1406.2661")
        app.panel(OTHER, date=2014, authors="Ian J. Goodfellow")
        before = notes(project)
        sync(project)
        assert (catalog(project), notes(project)) == (CATALOG, before)
        idle(project)

    def test_an_id_that_lost_a_digit_because_it_became_a_number(self, project, app):
        """The arXiv id is told and left alone; the lost digit is lost nowhere else."""
        app.panel(PAPER, arxiv=2103.1107)
        said = sync(project, 3)
        assert "`arxiv` has a value it cannot have" in said
        assert catalog(project) == CATALOG

    def test_several_notes_at_once_in_a_base(self, project, app):
        """24: cells pasted into many rows are one plan."""
        for note in (PAPER, OTHER):
            app.panel(note, status="read", tags=["pasted"])
        sync(project)
        assert catalog(project).count("status: read\n") == 2
        assert catalog(project).count("pasted") == 2
        idle(project)

    def test_a_property_renamed_in_all_notes(self, tmp_path):
        """22: it looks as if the value was emptied in every note, and waits for a person."""
        papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n    venue: V\n" for n in range(12))
        project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}")
        project.push()
        app = App(project.folder / "vault")
        for n in range(12):
            app.source(f"Papers/p{n}", "venue: V", "place: V")
        before, text = notes(project), catalog(project)
        assert "12 of 12 papers at once" in sync(project, 3)
        assert (catalog(project), notes(project)) == (text, before)

    def test_both_sides_changed(self, project, app):
        """28: different values are kept where they are, everything else of the same paper flows."""
        app.panel(PAPER, venue="Mine", date="2021-10-11")
        project.change_catalog("venue: ICCV 2021", "venue: Ours")
        before = app.text(PAPER)
        assert "guo2021adnerf venue: the catalog “Ours”, the vault “Mine”" in sync(project, 3)
        assert app.text(PAPER) == before
        assert "venue: Ours\n" in catalog(project)
        assert "date: 2021-10-11\n" in catalog(project)
        assert item(project)["proceedingsTitle"] == "ICCV 2021"

    def test_a_merge_on_the_phone_doubled_a_key(self, project, app):
        """29: what is no YAML for the app is none for litsync: told with its place, left alone."""
        app.source(PAPER, "venue: ICCV 2021", "venue: ICCV 2021\nvenue: ICCV")
        before = notes(project)
        assert "guo2021adnerf.md:" in sync(project, 3)
        assert (catalog(project), notes(project)) == (CATALOG, before)


class TestNotes:
    """Notes that come, go and move."""

    def test_a_paper_note_is_renamed(self, project, app):
        """7: links follow in the app, and nothing is written; the old name does not come back."""
        app.save("Reading list", "To read: [[guo2021adnerf]] and [[guo2021adnerf|again]].\n")
        app.rename(PAPER, "Papers/AD-NeRF (Guo)")
        before = notes(project)
        sync(project)
        assert (catalog(project), notes(project)) == (CATALOG, before)
        project.change_catalog("venue: ICCV 2021", "venue: ICCV")
        sync(project)
        assert "venue: ICCV\n" in app.text("Papers/AD-NeRF (Guo)")
        assert not app.path(PAPER).exists()

    def test_a_note_is_moved(self, project, app):
        """8: it stays where the reader put it."""
        app.rename(PAPER, "Archive/2021/guo2021adnerf")
        sync(project)
        project.change_catalog("venue: ICCV 2021", "venue: ICCV")
        sync(project)
        assert "venue: ICCV\n" in app.text("Archive/2021/guo2021adnerf")
        assert not app.path(PAPER).exists()

    @pytest.mark.parametrize("to_trash", [True, False])
    def test_a_note_is_deleted_and_restored(self, project, app, to_trash):
        """9, 10: a person is asked, nothing is deleted; when the file is there again, with another inode, all is as before."""
        whole = app.text(PAPER)
        app.delete(PAPER, to_trash=to_trash)
        library = item(project)
        assert "guo2021adnerf has no note in the vault any more" in sync(project, 3)
        assert (catalog(project), item(project)) == (CATALOG, library)
        app.save(PAPER, whole)
        sync(project)
        assert app.text(PAPER) == whole
        idle(project)

    def test_a_missing_link_is_clicked(self, project, app):
        """11: the empty note is no damage, and nobody's; when a paper is linked to it, it becomes the method's."""
        app.save("Dense flow", "")
        before = notes(project)
        sync(project)
        assert (catalog(project), notes(project)) == (CATALOG, before)
        app.panel(PAPER, methods=["[[NeRF]]", "[[Dense flow]]"])
        sync(project)
        assert app.properties("Dense flow")["method"] == "dense-flow"
        assert not app.path("Methods/Dense flow").exists()

    def test_a_new_note_from_the_template(self, project, app):
        """12: empty, then the template, then a title, then its name: one paper, at the moment it has a title."""
        app.save("Papers/Untitled", "")
        sync(project)
        app.save("Papers/Untitled", app.text("Templates/Paper"))
        sync(project)
        assert catalog(project) == CATALOG
        app.panel("Papers/Untitled", title="Neural Head Reenactment", authors=["Egor Burkov"], date="2020")
        app.write_below("Papers/Untitled", "\nMy thoughts")
        app.rename("Papers/Untitled", "Papers/Heads")
        sync(project)
        assert app.properties("Papers/Heads")["citekey"] == "burkov2020neural"
        assert app.text("Papers/Heads").endswith("\nMy thoughts")
        assert catalog(project).count("Neural Head Reenactment") == 1
        assert item(project, "burkov2020neural")["title"] == "Neural Head Reenactment"
        idle(project)

    def test_a_note_is_duplicated(self, project, app):
        """13: two notes of one paper are told; neither is written, no second paper is made; with one of them gone it goes on."""
        shutil.copy(app.path(PAPER), app.path(f"{PAPER} 1"))
        app.panel(f"{PAPER} 1", venue="Changed in the copy")
        before, library = notes(project), item(project)
        said = sync(project, 3)
        assert "guo2021adnerf 1.md" in said
        assert (catalog(project), notes(project), item(project)) == (CATALOG, before, library)
        app.delete(f"{PAPER} 1")
        sync(project)
        assert catalog(project) == CATALOG
        idle(project)

    def test_a_method_note_is_renamed(self, project, app):
        """14: the method, in the catalog and as a tag, has the new name after one command; linking notes are not written."""
        app.rename("Methods/NeRF", "Methods/Radiance")
        before = notes(project)
        sync(project)
        assert catalog(project) == CATALOG.replace("{name: NeRF,", "{name: Radiance,")
        assert {"tag": "method/Radiance"} in item(project)["tags"]
        assert {tag["tag"] for tag in item(project, "goodfellow2014generative")["tags"]} == {
            "method/GAN",
            "method/Radiance",
        }
        changed = {
            name for name, kept in notes(project).items() if kept != before.get(name) and "/Methods/" not in name
        }
        assert not {name for name in changed if name.startswith("vault/Papers/")}
        idle(project)

    def test_two_method_notes_are_merged(self, project, app):
        """15: the papers are of the method that is left; whether the other one goes, a person says."""
        text = app.text("Methods/NeRF")
        app.write_below("Methods/GAN", text.rpartition("---\n")[2])
        for note in (PAPER, OTHER):
            app.source(note, "[[NeRF]]", "[[GAN]]")
        app.delete("Methods/NeRF", to_trash=False)
        merged = app.text("Methods/GAN")
        said = sync(project, 3)
        assert "nerf has no note in the vault any more" in said
        assert "nerf: {name: NeRF" in catalog(project)
        assert "methods: [gan]" in catalog(project)
        assert app.text("Methods/GAN") == merged

    def test_the_text_is_the_readers(self, project, app):
        """16, 19, 23: tasks, inline fields, callouts, embeds, block ids and a missing last line end stay when properties change."""
        app.save(PAPER, app.text(PAPER).replace("A last line", "A paragraph. ^quote-1\r\n\r\n\tA last line\u00a0"))
        text = app.text(PAPER).partition("\n---")[2]
        sync(project)
        project.change_catalog("venue: ICCV 2021", "venue: ICCV")
        project.change_catalog("tags: [audio]", "tags: [audio, speech]")
        sync(project)
        assert "venue: ICCV\n" in app.text(PAPER)
        assert app.text(PAPER).partition("\n---")[2] == text
        idle(project)

    def test_the_view_in_a_method_note_may_go(self, project, app):
        """17, 18: litsync generates nothing twice: what it once wrote below the properties is the reader's."""
        head = app.text("Methods/NeRF").rpartition("---\n")[0]
        app.save("Methods/NeRF", f"{head}---\nMine.\n")
        project.change_catalog("aliases: [Radiance fields]", "aliases: [Radiance fields, Neural radiance fields]")
        sync(project)
        assert "Neural radiance fields" in app.text("Methods/NeRF")
        assert app.text("Methods/NeRF").endswith("---\nMine.\n")

    @pytest.mark.parametrize(
        "copy",
        [
            "guo2021adnerf (Conflicted copy phone 202411281430)",
            "guo2021adnerf.sync-conflict-20241128-143000-ABCDEFG",
            "guo2021adnerf (desk's conflicted copy 2024-11-28)",
            "guo2021adnerf 2",
            "guo2021adnerf (1)",
        ],
        ids=["Obsidian Sync", "Syncthing", "Dropbox", "iCloud", "Google Drive"],
    )
    def test_a_conflict_copy_appears(self, project, app, copy):
        """25: it is told by name, is no second paper, and nothing is deleted or written."""
        app.save(f"Papers/{copy}", app.text(PAPER).replace("venue: ICCV 2021", "venue: From the phone"))
        before, library = notes(project), item(project)
        assert copy in sync(project, 3)
        assert (catalog(project), notes(project), item(project)) == (CATALOG, before, library)

    def test_git_writes_every_file_anew(self, project, app):
        """26: new inodes and time stamps are no edit; merge marks in a note are told."""
        for path in sorted(app.vault.rglob("*.md")):
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
        idle(project)
        app.source(PAPER, "venue: ICCV 2021\n", "<<<<<<< HEAD\nvenue: A\n=======\nvenue: B\n>>>>>>> other\n")
        before = notes(project)
        assert "unfinished merge" in sync(project, 3)
        assert (catalog(project), notes(project)) == (CATALOG, before)

    def test_many_edits_while_nobody_looked(self, project, app):
        """27: moved, renamed and edited, a new note and a deleted one: each is found for what it is."""
        app.rename(PAPER, "Archive/Heads")
        app.panel("Archive/Heads", status="reading")
        app.save("Papers/New", "---\ncitekey:\ntitle: First Order Motion\nauthors:\n  - A. Siarohin\ndate: 2019\n---\n")
        app.delete(OTHER)
        said = sync(project, 3)
        assert "goodfellow2014generative has no note in the vault any more" in said
        assert "status: reading" in catalog(project)
        assert app.properties("Papers/New")["citekey"] == "siarohin2019first"
        assert not app.path(PAPER).exists()

    def test_an_echo_of_a_note_that_was_open(self, project, app):
        """30: the app merges what litsync wrote with what was being typed, and saves that: the text is the reader's."""
        project.change_catalog("venue: ICCV 2021", "venue: ICCV")
        sync(project)
        app.panel(PAPER)
        app.write_below(PAPER, "\ntyped meanwhile")
        idle(project)
        assert app.text(PAPER).endswith("\ntyped meanwhile")

    @pytest.mark.parametrize("name", ["Guo2021AdNeRF", "guo2021adnerf É", "NFD"])
    def test_a_rename_by_case_or_composition(self, project, app, name):
        """31: it is the same note; nothing is made anew."""
        new = unicodedata.normalize("NFD", "guo2021adnerf É") if name == "NFD" else name
        if name == "NFD":
            app.rename(PAPER, "Papers/guo2021adnerf É")
            sync(project)
        app.path(PAPER if name != "NFD" else "Papers/guo2021adnerf É").rename(app.path(f"Papers/{new}"))
        before = notes(project)
        sync(project)
        assert (catalog(project), notes(project)) == (CATALOG, before)
        idle(project)

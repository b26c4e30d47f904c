"""What litsync made by itself goes by itself when its cause does, if nobody touched it; else a person is asked, as ever."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest
from cli_bench import CATALOG, Project
from daemon_bench import CONFIG, Daemon, eventually

SLIP = '  - "[[NeRF]]"\n  - "[[Gausian Splatting]]"'
RIGHT = '  - "[[NeRF]]"\n  - "[[Gaussian Splatting]]"'
METHOD = "Methods/Gausian Splatting"
ITEM = {"itemType": "book", "title": "Saved by mistake", "creators": [{"creatorType": "author", "name": "Consortium"}]}
NOTE = "---\ncitekey:\ntitle: Noted by mistake\nauthors:\n  - Ann Note\n---\n"


@pytest.fixture
def project(pushed, tmp_path):
    """The same, to be changed."""
    return pushed.copied(tmp_path / "project")


def sync(project, code=0):
    """Run `litsync sync`, and expect this end."""
    made = project.run("sync")
    assert made.code == code, made.out + made.err
    return made


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def tags(project):
    """All tags of the library's items."""
    with project.library() as library:
        return {tag["tag"] for item in library.items().values() for tag in item["tags"]}


def title_of_item(project, title):
    """The item of this title, with whether it is in the trash."""
    with project.library() as library:
        rows = [row["data"] for row in library.zotero.everything(library.zotero.items(includeTrashed=1))]
    return next((row for row in rows if row.get("title") == title), None)


def save_item(project):
    """A person saves an item into the collection."""
    with project.library() as library:
        main = library.zotero.collections_top()[0]["key"]
        library.zotero.create_items([{**ITEM, "collections": [main]}])


def remove_item(project):
    """A person throws it away."""
    item = title_of_item(project, "Saved by mistake")
    with project.library() as library:
        library.zotero.create_items([{"key": item["key"], "version": item["version"], "deleted": 1}])


def with_slip(project):
    """A slip of the pen became a method."""
    project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', SLIP)
    sync(project)
    assert "gausian-splatting: {name: Gausian Splatting}" in catalog(project)
    assert project.note(METHOD).exists()
    assert "method/Gausian Splatting" in tags(project)


def years_pass(project, days=2):
    """The journal says that all of it was some days ago."""
    (path,) = project.folder.glob(".litsync/*/state.sqlite")
    with sqlite3.connect(path) as state:
        for column in ("started", "ended"):
            state.execute(
                f"UPDATE cycle SET {column} = strftime('%Y-%m-%dT%H:%M:%S+00:00', {column}, '{-days:+} days')"
            )
    state.close()


def at_rest(project):
    """Another cycle finds nothing to do."""
    assert sync(project).out.count("nothing to do") == 2


class TestMethods:
    """A method that papers named."""

    def test_a_slip_that_is_corrected_leaves_nothing_behind(self, project):
        """Entry, note and tag of the slip go, the right name becomes a method, and the person is told."""
        before = catalog(project)
        with_slip(project)
        project.change_note("Papers/guo2021adnerf", SLIP, RIGHT)
        made = sync(project)

        assert "gausian-splatting was taken back" in made.out
        assert "Gausian" not in catalog(project)
        assert catalog(project) == before.replace(
            "  gan: {name: GAN}\n", "  gan: {name: GAN}\n  gaussian-splatting: {name: Gaussian Splatting}\n"
        ).replace("methods: [nerf]\n", "methods: [nerf, gaussian-splatting]\n")
        assert not project.note(METHOD).exists()
        assert (project.folder / "vault/.trash/Gausian Splatting.md").exists()
        assert tags(project) & {"method/Gausian Splatting", "method/Gaussian Splatting"} == {
            "method/Gaussian Splatting"
        }
        assert project.note("Methods/Gaussian Splatting").exists()
        at_rest(project)

    def test_a_word_that_is_taken_out_again_leaves_the_catalog_as_it_was(self, project):
        """Byte for byte; `undo` brings the method back."""
        before = catalog(project)
        with_slip(project)
        project.change_note("Papers/guo2021adnerf", SLIP, '  - "[[NeRF]]"')
        sync(project)
        assert catalog(project) == before
        at_rest(project)

        assert project.run("undo").code == 0
        assert "gausian-splatting: {name: Gausian Splatting}" in catalog(project)
        assert sync(project).out.count("nothing to do") == 2

    def test_a_dry_run_shows_it_and_push_leaves_it(self, project):
        """Only a command that takes from everywhere and writes everywhere takes back."""
        with_slip(project)
        project.change_note("Papers/guo2021adnerf", SLIP, '  - "[[NeRF]]"')
        assert project.run("pull").code == 0
        project.push()
        assert project.note(METHOD).exists()
        assert "gausian-splatting would be taken back" in project.run("sync", "--dry-run").out
        assert project.note(METHOD).exists()
        sync(project)
        assert not project.note(METHOD).exists()

    @pytest.mark.parametrize(
        "place", ["comment", "alias", "note", "property", "other paper", "parent", "committed", "old"]
    )
    def test_what_somebody_touched_stays(self, project, place):
        """Whatever it was: then the method is somebody's, used or not."""
        with_slip(project)
        match place:
            case "comment":
                project.change_catalog("Gausian Splatting}", "Gausian Splatting}  # look this up")
            case "alias":
                project.change_catalog("{name: Gausian Splatting}", "{name: Gausian Splatting, aliases: [GS]}")
            case "note":
                with project.note(METHOD).open("a", encoding="utf-8") as note:
                    note.write("What I think of it.\n")
            case "property":
                project.change_note(METHOD, "method: gausian-splatting\n", "method: gausian-splatting\nmine: yes\n")
            case "other paper":
                project.change_catalog("methods: [gan, nerf]", "methods: [gan, gausian-splatting]")
            case "parent":
                project.change_catalog("{name: GAN}", "{name: GAN, parent: gausian-splatting}")
            case "committed":
                commit(project)
            case "old":
                years_pass(project)
        project.change_note("Papers/guo2021adnerf", SLIP, '  - "[[NeRF]]"')
        sync(project)

        assert "  gausian-splatting: {name: Gausian Splatting" in catalog(project)
        assert project.note(METHOD).exists()
        at_rest(project)

    def test_a_clock_that_was_put_back_proves_nothing(self, project):
        """What was made at a time that is still to come is not young."""
        with_slip(project)
        years_pass(project, -2)
        project.change_note("Papers/guo2021adnerf", SLIP, '  - "[[NeRF]]"')
        sync(project)

        assert "gausian-splatting" in catalog(project)

    def test_a_method_that_a_person_chose_stays(self, project):
        """Who said that it is a new one meant it."""
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', '  - "[[NeRF]]"\n  - "[[GANs]]"')
        held = project.run("sync", "--json").json["plan"]["holds"]
        assert project.run("approve", held[0]["id"], "--choice", "take").code == 0
        assert "gans: {name: GANs}" in catalog(project)
        sync(project)
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"\n  - "[[GANs]]"', '  - "[[NeRF]]"')
        sync(project)

        assert "gans: {name: GANs}" in catalog(project)

    def test_it_stays_when_what_is_remembered_is_lost(self, project):
        """Nobody knows then who made it."""
        with_slip(project)
        for path in project.folder.glob(".litsync/*/state.sqlite*"):
            path.unlink()
        sync(project)
        project.change_note("Papers/guo2021adnerf", SLIP, '  - "[[NeRF]]"')
        sync(project)

        assert "gausian-splatting" in catalog(project)

    def test_in_watch_it_goes_a_while_later(self, tmp_path):
        """The reader corrects the slip in Obsidian; everything else happens by itself."""
        project = Project.make(tmp_path / "project", CATALOG, CONFIG)
        project.push()
        with Daemon(project):
            project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', SLIP)
            eventually(project.note(METHOD).exists, "the method's note")
            eventually(lambda: "method/Gausian Splatting" in tags(project), "the tag")
            project.change_note("Papers/guo2021adnerf", SLIP, RIGHT)
            eventually(lambda: "gaussian-splatting:" in catalog(project), "the right method")
            eventually(project.note("Methods/Gaussian Splatting").exists, "its note")
            eventually(lambda: "method/Gaussian Splatting" in tags(project), "its tag")

            assert "Gausian" not in catalog(project)
            assert not project.note(METHOD).exists()
            assert "method/Gausian Splatting" not in tags(project)


def commit(project):
    """The person commits the catalog."""
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "-C", str(project.folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "catalog.yaml"], check=True)
    subprocess.run([*git, "commit", "-qm", "All of it"], check=True)


class TestPapers:
    """A paper that came from an item or a note."""

    def test_an_item_saved_by_mistake_takes_its_paper_along(self, project):
        """Entry and note go; the item is where the person put it."""
        before = catalog(project)
        save_item(project)
        sync(project)
        note = next(Path(project.folder / "vault/Papers").glob("consortium*.md"))
        remove_item(project)
        made = sync(project)

        assert "was taken back" in made.out
        assert catalog(project) == before
        assert not note.exists()
        assert (project.folder / "vault/.trash" / note.name).exists()
        at_rest(project)

    def test_a_note_thrown_away_takes_its_paper_along(self, project):
        """Entry and item go, the item to Zotero's trash; a method that only it named goes with it."""
        before = catalog(project)
        project.note("Papers/Untitled").write_text(NOTE.replace("authors:", 'methods:\n  - "[[Warping]]"\nauthors:'))
        sync(project)
        assert "Noted by mistake" in catalog(project)
        assert "Warping" in catalog(project)
        project.note("Papers/Untitled").unlink()
        sync(project)
        sync(project)

        assert catalog(project) == before
        assert title_of_item(project, "Noted by mistake")["deleted"]
        at_rest(project)

    @pytest.mark.parametrize("place", ["catalog", "note", "status", "committed", "old", "two"])
    def test_what_somebody_touched_is_a_question(self, project, place):
        """As it is for every paper whose item is gone."""
        save_item(project)
        sync(project)
        (note,) = Path(project.folder / "vault/Papers").glob("consortium*.md")
        name = f"Papers/{note.stem}"
        match place:
            case "catalog":
                project.change_catalog("title: Saved by mistake", "title: Saved by mistake  # really?")
            case "note":
                with note.open("a", encoding="utf-8") as file:
                    file.write("What I think of it.\n")
            case "status":
                project.change_note(name, "title: Saved by mistake\n", "title: Saved by mistake\nstatus: reading\n")
                sync(project)
            case "committed":
                commit(project)
            case "old":
                years_pass(project)
            case "two":
                project.change_catalog("name: GAN}", f"name: GAN, sources: [{note.stem}]}}")
        remove_item(project)
        made = sync(project, code=3)

        assert "is no longer in the Zotero collection" in made.out
        assert "Saved by mistake" in catalog(project)
        assert note.exists()

    @pytest.mark.parametrize("touch", ["note", "tag", "field"])
    def test_an_item_that_somebody_wrote_on_is_a_question(self, project, touch):
        """A child note, a tag or a field that litsync does not own keeps the paper of a note that is gone."""
        project.note("Papers/Untitled").write_text(NOTE)
        sync(project)
        item = title_of_item(project, "Noted by mistake")
        with project.library() as library:
            match touch:
                case "note":
                    library.zotero.create_items(
                        [{"itemType": "note", "parentItem": item["key"], "note": "Mine", "tags": []}]
                    )
                case "tag":
                    library.change(item["citationKey"], tags=[{"tag": "mine"}])
                case "field":
                    library.change(item["citationKey"], callNumber="QA 76")
        sync(project)
        project.note("Papers/Untitled").unlink()
        made = sync(project, code=3)

        assert "has no note in the vault any more" in made.out
        assert "Noted by mistake" in catalog(project)
        assert not title_of_item(project, "Noted by mistake").get("deleted")

    def test_a_subcollection_thrown_away_is_a_question(self, project):
        """What stood in it alone is not taken for thrown away."""
        with project.library() as library:
            section = next(row for row in library.zotero.collections() if row["data"]["parentCollection"])
            library.zotero.create_items([{**ITEM, "collections": [section["key"]]}])
        sync(project)
        assert "Saved by mistake" in catalog(project)
        with project.library() as library:
            item = next(row for row in library.items().values() if row["title"] == "Saved by mistake")
            library.zotero.create_items([{"key": item["key"], "version": item["version"], "collections": []}])
            section = library.zotero.collection(section["key"])
            library.zotero.delete_collection(section)
        made = sync(project, code=3)

        assert "Saved by mistake" in catalog(project), made.out

    def test_many_at_once_are_questions(self, project):
        """Where more went than a person takes back by hand, something else may have happened."""
        for number in range(6):
            text = NOTE.replace("Noted by mistake", f"Noted {number}").replace("Ann Note", f"Ann Note{number}")
            project.note(f"Papers/Untitled {number}").write_text(text)
        sync(project)
        for number in range(6):
            project.note(f"Papers/Untitled {number}").unlink()
        sync(project, code=3)

        assert catalog(project).count("title: Noted") == 6

"""`litsync status`, `approve`, `resolve`, `log` and `undo`: what needs a person, and what a person's word does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from cli_bench import CATALOG, Project

ENTRY = CATALOG[CATALOG.index("  - id: goodfellow2014generative") :]


@pytest.fixture
def project(tmp_path):
    """A project that was pushed."""
    made = Project.make(tmp_path / "project")
    made.push()
    return made


def run(project, *arguments, code=0, **environment):
    """Run a command, and expect this end."""
    made = project.run(*arguments, **environment)
    assert made.code == code, made.out + made.err
    return made


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def only_id(project, kind):
    """The id of the one question of a kind that `status` lists."""
    found = re.findall(rf"{kind}-[0-9a-f]{{8}}", project.run("status", "--verbose").out)
    assert len(found) == 1, found
    return found[0]


def trash(project):
    """The names of the notes in the vault's trash."""
    return sorted(path.name for path in (project.folder / "vault" / ".trash").glob("*.md"))


class TestStatus:
    """What is open."""

    def test_nothing_is_open_after_a_push(self, project):
        """And the last change is told."""
        made = run(project, "status")

        assert "Nothing is open." in made.out
        assert "push" in made.out

    def test_before_the_first_push_it_says_so(self, tmp_path):
        """There is no state to look at."""
        made = run(Project.make(tmp_path / "new"), "status", code=2)

        assert "nothing was synced here yet" in made.err

    def test_what_is_open_is_listed_without_looking_and_for_machines(self, project):
        """As the last cycle left it, also when nothing can be reached; the exit code says that a person is needed."""
        project.note("Papers/guo2021adnerf").unlink()
        run(project, "sync", code=3)
        project.note("Papers/goodfellow2014generative").unlink()
        made = run(project, "status", code=3)
        told = run(project, "status", "--json", code=3).json

        assert "guo2021adnerf has no note in the vault any more" in made.out
        assert "goodfellow" not in made.out
        assert [hold["choices"] for hold in told["open"]["holds"]] == [["leave", "restore", "remove"]]
        assert told["exit"] == 3

    def test_what_could_not_be_written_is_told_until_it_is(self, project):
        """A template that is broken lets no note be made: it is not as if nothing were open."""
        template = project.folder / "vault/.litsync/templates/paper.md.j2"
        said = template.read_text()
        template.write_text("{{ citekey }")
        project.change_catalog("papers:\n", "papers:\n  - {id: new2020paper, title: A new paper}\n\n")
        run(project, "sync", code=5)
        made = run(project, "status")
        assert "Tried again by the next sync: new2020paper not added to the vault: the template" in made.out
        assert "Nothing is open" not in made.out
        template.write_text(said)
        run(project, "sync")

        assert "Nothing is open." in run(project, "status").out

    def test_a_state_that_is_damaged_is_told_as_that(self, project):
        """By every command, and with what to do about it."""
        file = next((project.folder / ".litsync").glob("*/state.sqlite"))
        data = file.read_bytes()
        file.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
        for command in ("status", "sync"):
            assert "move it away: the next push looks at everything again" in run(project, command, code=1).err
        file.unlink()
        assert run(project, "sync").out.count("nothing to do") == 2


class TestDeleting:
    """A record that is gone from one place."""

    @pytest.mark.parametrize("where", ["catalog", "vault", "zotero"])
    def test_nothing_goes_anywhere_until_a_person_says_so(self, project, where):
        """Sync after sync it is a hold."""
        delete(project, where)
        before = project.files()
        for _ in range(2):
            assert "On hold until you decide (1)" in run(project, "sync", code=3).out
        after = project.files()

        assert {k: v for k, v in after.items() if "library" not in k} == {
            k: v for k, v in before.items() if "library" not in k
        }

    @pytest.mark.parametrize("where", ["catalog", "vault", "zotero"])
    def test_removing_takes_it_to_the_trash_everywhere(self, project, where):
        """The entry goes with its bytes, the note and the item to the trash of the vault and of Zotero."""
        delete(project, where)
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"), "--choice", "remove")
        with project.library() as library:
            item = library.items()["goodfellow2014generative"]

        assert catalog(project) == CATALOG.replace("\n" + ENTRY, "")
        assert not project.note("Papers/goodfellow2014generative").exists()
        assert trash(project) == ([] if where == "vault" else ["goodfellow2014generative.md"])
        assert item["deleted"] == 1
        assert run(project, "sync").out.count("nothing to do") == 2
        assert "Nothing is open." in run(project, "status").out

    def test_a_citekey_changed_by_hand_is_no_deletion(self, project):
        """The paper is there under the new one: `approve` offers no removal, and the advice is to rename."""
        project.change_catalog("id: goodfellow2014generative", "id: goodfellow2014nets")
        made = run(project, "sync", code=3)
        told = run(project, "status", "--json", code=3).json

        assert "litsync rename goodfellow2014generative goodfellow2014nets" in made.out
        assert all(hold["choices"] == [] for hold in told["open"]["holds"])
        assert project.note("Papers/goodfellow2014generative").exists()

    @pytest.mark.parametrize("where", ["catalog", "vault", "zotero"])
    def test_restoring_makes_it_again_where_it_is_missing(self, project, where):
        """With everything the others know of it."""
        delete(project, where)
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"), "--choice", "restore")
        with project.library() as library:
            item = library.items()["goodfellow2014generative"]

        assert "Generative Adversarial Nets" in catalog(project)
        assert "[[GAN]]" in project.note("Papers/goodfellow2014generative").read_text()
        assert not item.get("deleted")
        assert len(item["collections"]) == 2
        assert run(project, "sync").out.count("nothing to do") == 2

    def test_leaving_a_paper_without_a_note_is_remembered(self, project):
        """It is not asked about again; a note that comes back is the paper's."""
        note = project.note("Papers/goodfellow2014generative")
        text = note.read_text()
        delete(project, "vault")
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"))
        project.change_catalog("date: 2014", "date: 2014-06")
        run(project, "sync")
        assert not note.exists()

        note.write_text(text)
        run(project, "sync")
        project.change_catalog("venue: arXiv", "venue: NIPS")
        run(project, "sync")
        assert "venue: NIPS" in note.read_text()

    def test_a_note_in_the_trash_comes_back_with_what_was_written_in_it(self, project):
        """Obsidian moved it there; restoring is putting it back, brought up to date."""
        note = project.note("Papers/goodfellow2014generative")
        note.write_text(note.read_text() + "My thoughts.\n")
        (project.folder / "vault" / ".trash").mkdir()
        note.rename(project.folder / "vault" / ".trash" / note.name)
        project.change_catalog("venue: arXiv", "venue: NIPS")
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"), "--choice", "restore")

        assert note.read_text().endswith("My thoughts.\n")
        assert "venue: NIPS" in note.read_text()
        assert trash(project) == []

    def test_what_was_edited_before_it_was_thrown_away_comes_back_as_an_edit(self, project):
        """Restoring a note and an item overwrites neither's last edit: the next sync brings it to the others."""
        note = project.note("Papers/goodfellow2014generative")
        project.change_note("Papers/goodfellow2014generative", "venue: arXiv", "venue: NIPS")
        (project.folder / "vault" / ".trash").mkdir(exist_ok=True)
        note.rename(project.folder / "vault" / ".trash" / note.name)
        with project.library() as library:
            library.change("guo2021adnerf", title="A title fixed in Zotero", deleted=1)
        run(project, "sync", code=3)
        made = run(project, "approve", "--all", "--choice", "restore")
        run(project, "sync")

        assert "`venue` had been edited before it was thrown away" in made.out
        assert "venue: NIPS" in note.read_text()
        assert "venue: NIPS" in catalog(project)
        assert "A title fixed in Zotero" in catalog(project)
        assert run(project, "sync").out.count("nothing to do") == 2

    def test_an_item_that_carries_something_of_a_persons_is_let_go_not_trashed(self, project):
        """It leaves the collections and loses litsync's tags; the tag, the note and the other collection stay."""
        with project.library() as library:
            item = library.items()["goodfellow2014generative"]
            report = library.zotero.create_collections([{"name": "Mine"}])
            mine = report["successful"]["0"]["key"]
            tags = [*item["tags"], {"tag": "my own"}]
            library.change("goodfellow2014generative", collections=[*item["collections"], mine], tags=tags)
        run(project, "pull")
        text = catalog(project)
        (project.folder / "catalog.yaml").write_text(text[: text.index("\n  - id: goodfellow2014generative")])
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"))
        with project.library() as library:
            item = library.items()["goodfellow2014generative"]

        assert not item.get("deleted")
        assert item["collections"] == [mine]
        assert all(not tag["tag"].startswith("method/") for tag in item["tags"])

    def test_an_edit_after_the_question_was_shown_is_another_question(self, project):
        """What was approved is exactly what was shown; an edit beats a deletion."""
        delete(project, "catalog")
        run(project, "sync", code=3)
        shown = only_id(project, "gone")
        project.change_note("Papers/goodfellow2014generative", "venue: arXiv", "venue: NIPS")
        run(project, "approve", shown, code=3)

        assert project.note("Papers/goodfellow2014generative").exists()
        assert only_id(project, "gone") != shown

    def test_an_emptied_vault_is_one_question(self, tmp_path):
        """Not one for each of its notes; restoring brings all of them back."""
        papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n" for n in range(12))
        project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}")
        project.push()
        for note in (project.folder / "vault" / "Papers").glob("*.md"):
            note.unlink()
        made = run(project, "sync", code=3)
        assert "On hold until you decide (1)" in made.out
        assert "has lost 12 of 12 papers at once" in made.out
        assert run(project, "sync", code=3).out == made.out, "it is asked until it is answered"

        run(project, "approve", only_id(project, "all"), "--choice", "restore")
        assert len(list((project.folder / "vault" / "Papers").glob("*.md"))) == 12


class TestGuards:
    """Changes of nearly everything at once."""

    def test_what_waits_for_approval_is_not_let_through_bit_by_bit(self, tmp_path):
        """It is asked in every cycle until it is answered, though each paper alone would be too little to ask about."""
        papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n    venue: V\n" for n in range(12))
        project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}")
        project.push()
        for n in range(12):
            project.change_note(f"Papers/p{n}", "venue: V", "venue: W")
        shown = run(project, "sync", code=3).out
        assert run(project, "sync", code=3).out == shown
        project.change_note("Papers/p3", "title: Paper number 3", "title: Paper 3")
        assert "12 of 12 papers at once" in run(project, "sync", code=3).out
        assert "title: Paper 3" in catalog(project)
        assert catalog(project).count("venue: V") == 12
        with project.library() as library:
            assert "'W'" not in str(library.items())

    def test_what_would_be_changed_is_shown_as_the_question_says(self, tmp_path):
        """The command that is named shows every change, and answering is not followed by a list of other things."""
        papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n    venue: V\n" for n in range(12))
        project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}")
        project.push()
        text = (project.folder / "catalog.yaml").read_text()
        (project.folder / "catalog.yaml").write_text(text.replace("venue: V", "venue: W"))
        asked = run(project, "sync", code=3).out
        command = re.search(r"`litsync (approve \S+ --dry-run)` shows every one of them", asked)[1]
        shown = run(project, *command.split(), code=3).out
        assert shown.count("- venue: “V”") == shown.count("+ venue: “W”") == 12
        made = run(project, "approve", "--all", "--choice", "go").out

        assert "12 paper notes changed" in made
        assert "Unclassified" not in made

    def test_what_is_made_again_is_shown_as_new(self, project):
        """A dry run of bringing a note back does not show each value as one that goes, too."""
        project.note("Papers/guo2021adnerf").unlink()
        run(project, "sync", code=3)
        shown = run(project, "approve", only_id(project, "gone"), "--choice", "restore", "--dry-run").out

        assert "+ title: “AD-NeRF: Audio Driven”" in shown
        assert "- title" not in shown

    def test_a_property_changed_in_nearly_every_note_waits_for_approval(self, tmp_path):
        """A rename of a property in Obsidian empties it everywhere: nothing is taken before a person has looked."""
        papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n    venue: V\n" for n in range(12))
        project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}")
        project.push()
        before = catalog(project)
        for n in range(12):
            project.change_note(f"Papers/p{n}", "venue: V", "place: V")
        assert "12 of 12 papers at once" in run(project, "sync", code=3).out
        assert catalog(project) == before

        for hold in re.findall(r"g-[0-9a-f]{8}", run(project, "status", code=3).out):
            project.run("approve", hold)
        assert "venue" not in catalog(project)


class TestResolving:
    """Conflicts and differences."""

    @pytest.fixture
    def disputed(self, project):
        """A title that was changed differently in the catalog and in the note."""
        project.change_catalog("title: Generative Adversarial Nets", "title: Nets of the catalog")
        project.change_note(
            "Papers/goodfellow2014generative", "title: Generative Adversarial Nets", "title: Nets of the note"
        )
        run(project, "sync", code=3)
        return project

    @pytest.mark.parametrize(
        ("place", "title"),
        [("catalog", "Nets of the catalog"), ("vault", "Nets of the note"), ("zotero", "Generative Adversarial Nets")],
    )
    def test_taking_a_side_writes_it_everywhere(self, disputed, place, title):
        """And the conflict is over."""
        run(disputed, "resolve", only_id(disputed, "c"), "--take", place)
        with disputed.library() as library:
            item = library.items()["goodfellow2014generative"]

        assert f"title: {title}\n" in catalog(disputed)
        assert f"\ntitle: {title}\n" in disputed.note("Papers/goodfellow2014generative").read_text()
        assert item["title"] == title
        assert run(disputed, "sync").out.count("nothing to do") == 2

    def test_an_editor_may_write_a_value_of_its_own(self, disputed):
        """It is shown all of them, and what is saved counts."""
        script = disputed.folder / "editor.py"
        script.write_text(
            "import pathlib, sys\n"
            "path = pathlib.Path(sys.argv[1])\n"
            "text = path.read_text()\n"
            "assert 'Nets of the note' in text and 'Nets of the catalog' in text\n"
            "path.write_text('title: Nets of both\\n')\n"
        )
        run(disputed, "resolve", only_id(disputed, "c"), "--edit", EDITOR=f"{sys.executable} {script}")

        assert "title: Nets of both\n" in catalog(disputed)
        assert "title: Nets of both" in disputed.note("Papers/goodfellow2014generative").read_text()

    def test_what_is_edited_while_the_editor_is_open_is_not_overwritten(self, disputed):
        """The value was written in view of others: with one of them changed, it is another conflict."""
        shown, note = only_id(disputed, "c"), disputed.note("Papers/goodfellow2014generative")
        script = disputed.folder / "editor.py"
        script.write_text(
            "import pathlib, sys\n"
            "pathlib.Path(sys.argv[1]).write_text('title: Nets of both\\n')\n"
            f"note = pathlib.Path({str(note)!r})\n"
            "note.write_text(note.read_text().replace('Nets of the note', 'Nets, on second thought'))\n"
        )
        run(disputed, "resolve", shown, "--edit", EDITOR=f"{sys.executable} {script}", code=3)

        assert "title: Nets, on second thought\n" in note.read_text()
        assert "title: Nets of the catalog\n" in catalog(disputed)
        assert only_id(disputed, "c") != shown

    def test_an_editor_that_fails_changes_nothing(self, disputed):
        """It is told in words, and the conflict stays."""
        made = run(disputed, "resolve", only_id(disputed, "c"), "--edit", code=2, EDITOR="false")

        assert "the editor could not be used" in made.err
        assert only_id(disputed, "c")

    def test_making_the_values_equal_by_hand_settles_it_too(self, disputed):
        """All three say the same: nothing is left to decide."""
        disputed.change_catalog("Nets of the catalog", "Nets of the note")
        with disputed.library() as library:
            library.change("goodfellow2014generative", title="Nets of the note")

        assert run(disputed, "sync").out.count("nothing to do") == 2

    def test_a_value_that_changed_since_is_another_conflict(self, disputed):
        """The answer was given to what was shown."""
        shown = only_id(disputed, "c")
        disputed.change_note("Papers/goodfellow2014generative", "Nets of the note", "Nets of the note, again")
        run(disputed, "resolve", shown, "--take", "catalog", code=3)

        assert "Nets of the note, again" in disputed.note("Papers/goodfellow2014generative").read_text()
        assert only_id(disputed, "c") != shown

    def test_one_answer_settles_a_field_for_all_papers(self, tmp_path):
        """Differences from the first meeting stay until someone says whose value counts."""
        project = Project.make(tmp_path / "project")
        project.push()
        import shutil

        shutil.rmtree(project.folder / ".litsync")
        for name, venue in (("guo2021adnerf", "ICCV 2021"), ("goodfellow2014generative", "arXiv")):
            project.change_note(f"Papers/{name}", f"venue: {venue}", "venue: Elsewhere")
        run(project, "sync")
        assert len(re.findall(r"d-[0-9a-f]{8}", run(project, "status").out)) == 2
        run(project, "resolve", "--field", "venue", "--take", "catalog")

        assert "venue: ICCV 2021" in project.note("Papers/guo2021adnerf").read_text()
        assert "venue: arXiv" in project.note("Papers/goodfellow2014generative").read_text()
        assert "Nothing is open." in run(project, "status").out


def test_a_year_that_differs_is_settled_by_the_date_alone(project):
    """It is worked out in the catalog, where no other could be written; an answer that says otherwise is told so."""
    project.change_note("Papers/guo2021adnerf", "year: 2021", "year: 2019")
    shutil.rmtree(project.folder / ".litsync")
    run(project, "sync")
    made = run(project, "resolve", "--field", "year", "--take", "vault", code=2)
    assert "worked out in the catalog" in made.err
    run(project, "resolve", "--field", "year", "--take", "catalog")

    assert "year: 2021\n" in project.note("Papers/guo2021adnerf").read_text()
    assert "Nothing is open" in run(project, "status").out


class TestHistory:
    """What happened, and taking it back."""

    def test_the_log_tells_who_changed_what_where(self, project):
        """The edit with both values and where it came from, and what was written."""
        project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        run(project, "sync")
        made = run(project, "log")
        told = run(project, "log", "guo2021adnerf", "--json", "-n", "1").json

        assert "guo2021adnerf status: “to-read” -> “reading” (from the vault)" in made.out
        assert "guo2021adnerf changed in the catalog" in made.out
        assert [edit["origins"] for edit in told["cycles"][0]["edits"]] == [["vault"]]

    def test_undo_takes_the_last_edits_back_everywhere(self, project):
        """As ordinary edits: in the catalog, the note and the item."""
        before = catalog(project)
        with project.library() as library:
            library.change("guo2021adnerf", title="A slip of the pen")
        project.change_note("Papers/guo2021adnerf", '  - "[[NeRF]]"', '  - "[[NeRF]]"\n  - "[[GAN]]"')
        run(project, "sync")
        assert catalog(project) != before
        made = run(project, "undo")
        with project.library() as library:
            item = library.items()["guo2021adnerf"]

        assert "Taking back 2 changes" in made.out
        assert catalog(project) == before
        assert item["title"] == "AD-NeRF: Audio Driven"
        assert "[[GAN]]" not in project.note("Papers/guo2021adnerf").read_text()

    def test_the_first_value_of_a_field_is_taken_back_too(self, project):
        """Where nothing was, nothing is again, and the log tells of both."""
        name = "Papers/goodfellow2014generative"
        before = catalog(project), project.note(name).read_text()
        project.change_note(name, "venue: arXiv\n", "venue: arXiv\nstatus: read\n")
        run(project, "sync")
        assert "status: nothing -> “read” (from the vault)" in run(project, "log").out
        run(project, "undo")

        assert (catalog(project), project.note(name).read_text()) == before

    def test_what_changed_again_since_is_named_and_stays(self, project):
        """The later edit is not overwritten."""
        project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        run(project, "sync")
        cycle = run(project, "log", "--json", "-n", "1").json["cycles"][0]["cycle"]
        project.change_note("Papers/guo2021adnerf", "status: reading", "status: read")
        run(project, "sync")
        made = project.run("undo", str(cycle))

        assert "changed again since" in made.out
        assert "status: read\n" in catalog(project)

    def test_a_field_in_conflict_is_not_taken_back(self, project):
        """An edit that nobody has decided about yet is not overwritten by undoing an older one."""
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        run(project, "sync")
        project.change_note("Papers/guo2021adnerf", "venue: ICCV", "venue: Mine")
        project.change_catalog("venue: ICCV\n", "venue: Ours\n")
        run(project, "sync", code=3)
        made = run(project, "undo", "2", code=3)

        assert "guo2021adnerf venue: is in conflict now" in made.out
        assert "venue: Ours\n" in catalog(project)
        assert "venue: Mine\n" in project.note("Papers/guo2021adnerf").read_text()

    def test_undo_brings_a_removed_paper_back(self, project):
        """Entry, note with its text, and item."""
        note = project.note("Papers/goodfellow2014generative")
        note.write_text(note.read_text() + "My thoughts.\n")
        delete(project, "catalog")
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"))
        assert not note.exists()
        run(project, "undo")
        with project.library() as library:
            item = library.items()["goodfellow2014generative"]

        assert "id: goodfellow2014generative" in catalog(project)
        assert note.read_text().endswith("My thoughts.\n")
        assert not item.get("deleted")
        assert run(project, "sync").out.count("nothing to do") == 2

    OWN = "    # read this first\n    shelf: [top,\n      left]\n    url: https://x.org/#part   # moved\n    sections"

    def removed(self, project):
        """A paper with lines of the reader's own, approved to be removed; the catalog before that."""
        project.change_catalog("    sections: [core]\n    methods: [gan", f"{self.OWN}: [core]\n    methods: [gan")
        project.change_catalog("  - id: goodfellow", "  # the first of all\n  - id: goodfellow")
        run(project, "sync")
        before = catalog(project)
        project.note("Papers/goodfellow2014generative").unlink()
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"), "--choice", "remove")
        assert "goodfellow" not in catalog(project)
        return before

    def test_what_comes_back_is_the_very_text_that_stood_there(self, project):
        """Comments and keys that no field is for too, where they stood, beside what was changed elsewhere since."""
        before = self.removed(project)
        project.change_catalog("title: My list", "title: Our list")
        run(project, "undo")

        assert catalog(project) == before.replace("My list", "Our list")
        assert run(project, "sync").out.count("nothing to do") == 2

    def test_what_cannot_be_put_back_as_it_stood_is_shown(self, project):
        """Its neighbour is another paper now: the paper comes back, and what was the reader's is not lost without a word."""
        self.removed(project)
        end = "  - {id: new2020paper, title: New}\n"
        (project.folder / "catalog.yaml").write_text(catalog(project).rstrip("\n") + "\n" + end, encoding="utf-8")
        made = run(project, "undo")

        assert "- id: goodfellow2014generative" in catalog(project)
        assert "# read this first" not in catalog(project)
        assert "what was yours in the old one: # read this first / shelf: [top, / left] / url:" in made.out

    def test_what_was_taken_back_is_not_taken_back_again(self, project):
        """A paper that is there again is nothing to bring back."""
        delete(project, "catalog")
        run(project, "sync", code=3)
        run(project, "approve", only_id(project, "gone"))
        run(project, "undo")

        assert "can be taken back" in run(project, "undo", code=2).err

    def test_there_may_be_nothing_to_undo(self, project):
        """A first push took nothing in."""
        assert "can be taken back" in run(project, "undo", code=2).err


class TestStrangers:
    """What was there before litsync came can be taken in by name."""

    def test_approving_a_stranger_makes_it_a_paper(self, project):
        """Otherwise it is only listed."""
        import shutil

        with project.library() as library:
            main = library.zotero.collections_top()[0]["key"]
            library.zotero.create_items([{"itemType": "book", "title": "A Book Of Mine", "collections": [main]}])
        shutil.rmtree(project.folder / ".litsync")
        run(project, "sync")
        assert "Book" not in catalog(project)
        run(project, "approve", only_id(project, "s"))

        assert "title: A Book Of Mine" in catalog(project)
        assert "Nothing is open." in run(project, "status").out


def test_a_job_without_a_state_takes_the_past_from_git(project):
    """`--base`: what a commit said is settled, so a later edit on one side is an edit and no difference."""
    import shutil

    for arguments in (["init", "-q", "."], ["add", "catalog.yaml"], ["commit", "-qm", "x"]):
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@y", *arguments]
        subprocess.run(command, cwd=project.folder, check=True, capture_output=True)
    project.change_catalog("venue: arXiv", "venue: NIPS")
    project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
    shutil.rmtree(project.folder / ".litsync")
    run(project, "sync", "--base", "HEAD")

    assert "status: reading" in catalog(project)
    assert "venue: NIPS" in project.note("Papers/goodfellow2014generative").read_text()
    assert "git knows no commit" in run(project, "sync", "--base", "nowhere", code=2).err


def delete(project, where):
    """A person deletes a paper in one place."""
    if where == "catalog":
        project.change_catalog("\n" + ENTRY, "")
    elif where == "vault":
        project.note("Papers/goodfellow2014generative").unlink()
    else:
        with project.library() as library:
            library.change("goodfellow2014generative", deleted=1)

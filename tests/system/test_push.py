"""`litsync push` as its user sees it: what it makes, what it changes, and above all what it leaves alone."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from cli_bench import CATALOG, CONFIG, ROOT, Project
from pyzotero import zotero


@pytest.fixture
def project(tmp_path):
    """A project that was never pushed."""
    return Project.make(tmp_path / "project")


@pytest.fixture
def pushed(project):
    """A project that was pushed once."""
    project.push()
    return project


class TestFirstPush:
    """From nothing to a collection and a vault."""

    def test_everything_is_there_and_says_what_the_catalog_says(self, pushed):
        """The item has each field in its place, the note each property, and the method note is linked."""
        with pushed.library() as library:
            item = library.items()["guo2021adnerf"]
            collections = {row["key"]: row["data"]["name"] for row in library.zotero.collections()}
            links = library.attachments(item["key"])

        assert item["itemType"] == "conferencePaper"
        assert item["proceedingsTitle"] == "ICCV 2021"
        assert item["DOI"] == "10.1109/ICCV48922.2021.00573"
        assert item["extra"] == "arXiv: 2103.11078"
        assert [creator["lastName"] for creator in item["creators"]] == ["Guo", "Chen"]
        assert sorted(tag["tag"] for tag in item["tags"]) == ["audio", "method/NeRF"]
        assert {collections[key] for key in item["collections"]} == {"My list", "Core papers"}
        assert [(link["linkMode"], link["title"], link["url"]) for link in links] == [
            ("linked_url", "Code", "https://github.com/YudongGuo/AD-NeRF")
        ]
        note = pushed.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
        assert note.startswith("---\ncitekey: guo2021adnerf\n")
        assert 'methods:\n  - "[[NeRF]]"\n' in note
        assert 'arxiv: "2103.11078"\n' in note
        assert pushed.note("Methods/NeRF").exists()

    def test_the_summary_is_in_plain_words_and_without_colours(self, project):
        """Counts of what was made, where; nothing but text when it is not a terminal."""
        made = project.push()

        assert "2 method notes added, 2 paper notes added" in made.out
        assert "2 items added" in made.out
        assert "embedded library" in made.out
        assert "\x1b" not in made.out + made.err
        assert made.err == ""

    def test_the_shipped_list(self, tmp_path):
        """`init` and `push` with nothing else: 33 items, 33 notes, 24 method links, papers 1, 5 and 10 named."""
        (tmp_path / "new").mkdir()
        project = Project(tmp_path / "new")
        assert project.run("init", ".").code == 0
        made = project.push()
        notes = [p.read_text(encoding="utf-8") for p in (project.folder / "vault/Papers").iterdir()]
        methods = [p.stem for p in (project.folder / "vault/Methods").iterdir()]

        assert len(notes) == 33
        assert sum(note.count(f'  - "[[{m}]]"\n') for note in notes for m in methods) == 24
        assert "Unclassified, no method and not a source of one (3)" in made.out
        with project.library() as library:
            items = library.items()
            assert len(items) == 33
            assert sum(tag["tag"].startswith("method/") for i in items.values() for tag in i["tags"]) == 24
            assert items["zhihuvae"]["blogTitle"] == "知乎专栏"
            assert items["lee2019flowbased"]["itemType"] == "videoRecording"


class TestNothingToDo:
    """A push with nothing new."""

    def test_a_second_push_writes_nothing_at_all(self, pushed):
        """No byte, no modification time, no library version, no row of state."""
        before = pushed.files()
        state = next(pushed.folder.glob(".litsync/*/state.sqlite"))
        remembered = state.read_bytes()
        made = pushed.push()

        assert made.out.count("nothing to do") == 2
        assert pushed.files() == before
        assert state.read_bytes() == remembered

    def test_an_outside_reformat_of_a_note_is_nothing_to_do(self, pushed):
        """Obsidian dumps the whole frontmatter anew: the same values in another form are the same."""
        path = pushed.note("Papers/guo2021adnerf")
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("title: ", "title:   ")
            .replace('  - "[[NeRF]]"', "- '[[NeRF]]'")
            .replace("  - Yudong Guo\n", '  - "Yudong Guo"\n'),
            encoding="utf-8",
        )
        before = pushed.files()
        made = pushed.push()

        assert "Waiting" not in made.out
        assert pushed.files() == before

    def test_a_dry_run_of_a_first_push_writes_nothing(self, project):
        """Every field is shown, and the folder stays as it was: no vault, no library, no state."""
        before = {str(p) for p in project.folder.rglob("*")}
        made = project.push("--dry-run")

        assert "+ title: “AD-NeRF: Audio Driven”" in made.out
        assert "Nothing was written" in made.out
        assert {str(p) for p in project.folder.rglob("*")} == before

    def test_a_dry_run_shows_old_and_new_and_writes_nothing(self, pushed):
        """Field by field, in both replicas; also the state stays."""
        pushed.change_catalog("venue: ICCV 2021", "venue: ICCV")
        before = pushed.files()
        state = next(pushed.folder.glob(".litsync/*/state.sqlite"))
        remembered = state.read_bytes()
        made = pushed.push("--dry-run")

        assert made.out.count("- venue: “ICCV 2021”") == 2
        assert made.out.count("+ venue: “ICCV”") == 2
        assert pushed.files() == before
        assert state.read_bytes() == remembered


class TestChanges:
    """What a change of the catalog does."""

    def test_a_value_a_tag_and_a_method_come_and_go(self, pushed):
        """The item and the note follow, property by property; the body and unknown properties stay."""
        pushed.change_note("Papers/guo2021adnerf", "---\n# AD", "rating: 5\n---\nMy words.\n# AD")
        pushed.change_catalog("    venue: ICCV 2021\n", "")
        pushed.change_catalog("methods: [nerf]\n    tags: [audio]", "methods: [gan]\n    tags: [video]")
        pushed.push()
        note = pushed.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
        with pushed.library() as library:
            item = library.items()["guo2021adnerf"]

        assert "venue" not in note
        assert 'methods:\n  - "[[GAN]]"\n' in note
        assert "rating: 5\n" in note
        assert "My words.\n# AD" in note
        assert item["proceedingsTitle"] == ""
        assert sorted(tag["tag"] for tag in item["tags"]) == ["method/GAN", "video"]

    def test_a_paper_taken_out_of_the_catalog_is_a_hold(self, pushed):
        """Nothing is deleted; the person is asked, by the exit code too, until it is settled."""
        before = pushed.files()
        start = CATALOG.index("  - id: goodfellow")
        pushed.change_catalog(CATALOG[start:], "")
        for _ in range(2):
            made = pushed.run("push")
            assert made.code == 3
            assert "goodfellow2014generative is no longer in the catalog" in made.out
        assert {k: v for k, v in pushed.files().items() if k != "catalog.yaml"} == {
            k: v for k, v in before.items() if k != "catalog.yaml"
        }
        (pushed.folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
        assert "hold" not in pushed.push().out

    def test_a_paper_deleted_in_all_three_places_is_forgotten(self, pushed):
        """Then nothing is left to decide, and the same paper may come again: its item out of the trash, not a second one."""
        start = CATALOG.index("  - id: goodfellow")
        pushed.change_catalog(CATALOG[start:], "")
        pushed.note("Papers/goodfellow2014generative").unlink()
        with pushed.library() as library:
            key = library.items()["goodfellow2014generative"]["key"]
            library.change("goodfellow2014generative", deleted=1)
        pushed.push()
        (pushed.folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
        pushed.push()
        with pushed.library() as library:
            item = library.items()["goodfellow2014generative"]
            assert (item["key"], item.get("deleted")) == (key, None)
            assert len(library.items()) == 2
        assert pushed.note("Papers/goodfellow2014generative").exists()
        assert "nothing to do" in pushed.push().out

    def test_another_citekey_is_a_hold(self, pushed):
        """No second note, no second item; the old citekey settles it."""
        pushed.change_catalog("id: guo2021adnerf", "id: guo2021other")
        made = pushed.run("push")
        assert made.code == 3
        assert "guo2021other looks like guo2021adnerf under another citekey" in made.out
        assert not pushed.note("Papers/guo2021other").exists()
        with pushed.library() as library:
            assert len(library.items()) == 2
        pushed.change_catalog("id: guo2021other", "id: guo2021adnerf")
        pushed.push()

    def test_a_section_that_left_keeps_its_subcollection_until_a_person_deletes_it(self, pushed):
        """Papers leave it; a deleted subcollection takes nobody out of the list."""
        pushed.change_catalog("sections:\n  core: Core papers\n", "")
        (pushed.folder / "catalog.yaml").write_text(
            (pushed.folder / "catalog.yaml").read_text().replace("    sections: [core]\n", "")
        )
        assert pushed.run("push").code == 3
        with pushed.library() as library:
            found = next(row for row in library.zotero.collections() if row["data"]["name"] == "Core papers")
            assert found["meta"]["numItems"] == 0
            library.zotero.delete_collection(found)
        assert "nothing to do" in pushed.push().out

    def test_a_subcollection_deleted_in_zotero_is_a_hold(self, pushed):
        """Its papers are not taken for moved; one question, not one for each of them."""
        with pushed.library() as library:
            found = next(row for row in library.zotero.collections() if row["data"]["name"] == "Core papers")
            library.zotero.delete_collection(found)
        made = pushed.run("push")

        assert made.code == 3
        assert "section core is no longer in the Zotero collection" in made.out
        assert "sections:" not in made.out

    def test_a_renamed_method_is_respelled_in_zotero_and_left_to_obsidian_in_the_vault(self, pushed):
        """Tags follow at once; renaming a note is Obsidian's to do, because it mends the links, and then all agree."""
        pushed.change_catalog("name: NeRF,", "name: Radiance,")
        made = pushed.push()
        with pushed.library() as library:
            assert [t["tag"] for t in library.items()["guo2021adnerf"]["tags"] if "/" in t["tag"]] == [
                "method/Radiance"
            ]
        assert "rename it in Obsidian" in made.out
        pushed.note("Methods/NeRF").rename(pushed.note("Methods/Radiance"))
        for name in ("guo2021adnerf", "goodfellow2014generative"):
            pushed.change_note(f"Papers/{name}", "[[NeRF]]", "[[Radiance]]")
        assert "Waiting" not in pushed.push().out

    def test_the_title_of_the_list_and_of_a_section_follow(self, pushed):
        """The collections keep their keys and get the new names."""
        pushed.change_catalog("title: My list", "title: Our list")
        pushed.change_catalog("core: Core papers", "core: The core")
        pushed.push()
        with pushed.library() as library:
            names = sorted(row["data"]["name"] for row in library.zotero.collections())

        assert names == ["Our list", "The core"]


class TestEditsElsewhere:
    """An edit made meanwhile in Zotero or in a note is never overwritten."""

    def test_it_waits_and_is_listed_push_after_push(self, pushed):
        """Also when the catalog changes the same field; other fields still flow."""
        pushed.change_note("Papers/guo2021adnerf", "AD-NeRF: Audio Driven", "My title")
        with pushed.library() as library:
            library.change("guo2021adnerf", date="1999")
        pushed.change_catalog('"AD-NeRF: Audio Driven"', '"Another title"')
        pushed.change_catalog("date: 2021-10", "date: 2022")
        for _ in range(2):
            made = pushed.push("--verbose")
            assert "title: the vault has “My title”, edited there; the catalog says “Another title”" in made.out
            assert "date: Zotero has “1999”, edited there; the catalog says “2022”" in made.out
        with pushed.library() as library:
            item = library.items()["guo2021adnerf"]
        assert (item["title"], item["date"]) == ("Another title", "1999")
        note = pushed.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
        assert 'title: "My title"' in note
        assert 'date: "2022"' in note

    def test_a_tag_added_in_zotero_stays_beside_a_tag_from_the_catalog(self, pushed):
        """Sets are changed member by member."""
        with pushed.library() as library:
            item = library.items()["guo2021adnerf"]
            library.change("guo2021adnerf", tags=[*item["tags"], {"tag": "mine"}, {"tag": "auto", "type": 1}])
        pushed.change_catalog("tags: [audio]", "tags: [audio, video]")
        pushed.push()
        with pushed.library() as library:
            tags = {(t["tag"], t.get("type", 0)) for t in library.items()["guo2021adnerf"]["tags"]}

        assert tags == {("audio", 0), ("video", 0), ("mine", 0), ("auto", 1), ("method/NeRF", 0)}

    @pytest.mark.parametrize("where", ["trash", "collection", "note"])
    def test_a_deletion_elsewhere_is_a_hold_and_nothing_is_made_again(self, pushed, where):
        """A trashed item, an item out of the collection, a deleted note: a person decides."""
        if where == "note":
            pushed.note("Papers/guo2021adnerf").unlink()
        else:
            with pushed.library() as library:
                change = {"deleted": 1} if where == "trash" else {"collections": []}
                library.change("guo2021adnerf", **change)
        pushed.change_catalog("date: 2021-10", "date: 2022")
        for _ in range(2):
            made = pushed.run("push")
            assert made.code == 3
            assert "guo2021adnerf" in made.out
        with pushed.library() as library:
            assert len(library.items()) == 2
        assert pushed.note("Papers/guo2021adnerf").exists() == (where != "note")

    def test_an_item_a_person_added_to_the_collection_is_listed_and_left_alone(self, pushed):
        """It is no paper of the catalog, and it stays what it is, push after push."""
        with pushed.library() as library:
            key = next(row["key"] for row in library.zotero.collections_top())
            library.zotero.create_items([{"itemType": "book", "title": "A book of mine", "collections": [key]}])
            version = library.version
        for _ in range(2):
            assert "A book of mine" in pushed.push().out
        with pushed.library() as library:
            assert library.version == version


class TestRecovery:
    """Whatever happens, the next push makes up for it."""

    def test_a_lost_state_adopts_everything_and_creates_nothing(self, pushed):
        """Without `.litsync` all items and notes are recognised; edits that differ are listed, not overwritten."""
        pushed.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: My venue")
        shutil.rmtree(pushed.folder / ".litsync")
        before = pushed.files()
        for _ in range(2):
            made = pushed.push()
            assert "venue: the vault has “My venue”" in made.out
        assert pushed.files() == before

    def test_a_project_that_was_moved_goes_on(self, pushed):
        """Paths are relative: the whole folder may go elsewhere."""
        moved = pushed.folder.parent / "elsewhere"
        pushed.folder.rename(moved)
        made = Project(moved).push()

        assert made.out.count("nothing to do") == 2

    @pytest.mark.parametrize("after", [0.25, 0.35, 0.45, 0.55, 0.7, 0.9, 1.2])
    def test_a_killed_push_is_completed_and_nothing_is_made_twice(self, tmp_path, after):
        """A kill -9 at any moment of a first push of the shipped list; the next one ends with 33 of everything."""
        project = Project(tmp_path / "p")
        project.folder.mkdir()
        project.run("init", ".")
        child = subprocess.Popen(
            [sys.executable, "-m", "litsync", "push", "--quiet"],
            cwd=project.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
        child.wait()
        project.push()
        with project.library() as library:
            rows = [row["data"] for row in library.zotero.everything(library.zotero.items())]
            assert len(library.zotero.collections()) == 3
        regular = [row["citationKey"] for row in rows if row["itemType"] != "attachment"]
        links = [(row["parentItem"], row["url"]) for row in rows if row["itemType"] == "attachment"]

        assert len(regular) == len(set(regular)) == 33
        assert len(links) == len(set(links)) == 18
        assert len(list((project.folder / "vault").glob("Papers/*.md"))) == 33
        assert project.push().out.count("nothing to do") == 2

    def test_a_zotero_that_was_gone_is_made_up_for(self, tmp_path):
        """The vault goes on, the exit code says what happened, and a later push brings what was missed."""
        config = CONFIG.replace(
            "{library: library.sqlite}", "{target: web, library: users/1, endpoint: http://127.0.0.1:9}"
        )
        project = Project.make(tmp_path / "p", config=config)
        made = project.run("push", LITSYNC_ZOTERO_KEY="SECRETKEY")

        assert made.code == 6
        assert "cannot be reached" in made.out + made.err
        assert "SECRETKEY" not in made.out + made.err
        assert project.note("Papers/guo2021adnerf").exists()
        (project.folder / "litsync.yaml").write_text(CONFIG, encoding="utf-8")
        assert "2 items added" in project.push().out


class TestRefusals:
    """What stops a push before any write, with clear words and the documented code."""

    def test_a_catalog_with_problems(self, pushed):
        """All problems are listed, nothing is synced."""
        pushed.change_catalog("date: 2021-10", "date: 2021-13")
        pushed.change_catalog("methods: [gan, nerf]", "methods: [gann]")
        before = pushed.files()
        made = pushed.run("push")

        assert made.code == 4
        assert "catalog.yaml:13:11" in made.err
        assert "gan" in made.err
        assert pushed.files() == before

    @pytest.mark.parametrize("how", ["gone", "marker gone", "foreign", "a file"])
    def test_a_vault_that_is_not_the_one(self, pushed, how):
        """An unplugged disk is not a new vault: nothing is written, in Zotero neither."""
        vault = pushed.folder / "vault"
        pushed.change_catalog("date: 2021-10", "date: 2022")
        if how == "marker gone":
            (vault / ".litsync/vault.json").unlink()
        elif how == "foreign":
            (vault / ".litsync/vault.json").write_text('{"schema": 1, "lineage": "other", "complete": true}')
        else:
            shutil.rmtree(vault)
            if how == "a file":
                vault.write_text("not a folder")
        before = pushed.files()
        made = pushed.run("push")

        assert made.code == 7
        assert made.err.count("\n") >= 2
        assert pushed.files() == before

    def test_a_vault_that_is_gone_can_be_started_over(self, pushed):
        """On request, and only then, a new vault is made."""
        shutil.rmtree(pushed.folder / "vault")
        assert pushed.run("init", "--new-vault").code == 0
        pushed.push()

        assert pushed.note("Papers/guo2021adnerf").exists()

    def test_a_folder_of_somebody_is_not_taken_for_a_vault(self, project):
        """It is joined on request, and every file in it stays as it is."""
        (project.folder / "vault").mkdir()
        mine = project.folder / "vault/Mine.md"
        mine.write_text("my words")
        assert project.run("push").code == 7
        assert project.run("init", "--join-vault", "--yes").code == 0
        project.push()

        assert mine.read_text() == "my words"
        assert project.note("Papers/guo2021adnerf").exists()
        assert {path.name for path in (project.folder / "vault/.obsidian").iterdir()} == {"graph.json", "types.json"}

    def test_a_library_that_is_gone_is_not_made_anew(self, pushed):
        """Only `init --new-library` starts over."""
        (pushed.folder / "library.sqlite").unlink()
        assert pushed.run("push").code == 6
        assert not (pushed.folder / "library.sqlite").exists()
        assert pushed.run("init", "--new-library").code == 0
        assert "2 items added" in pushed.push().out

    def test_a_file_that_is_no_library(self, project):
        """It is refused, and stays what it is."""
        (project.folder / "library.sqlite").write_bytes(b"precious bytes")
        made = project.run("push")

        assert made.code == 6
        assert (project.folder / "library.sqlite").read_bytes() == b"precious bytes"

    def test_a_second_litsync_at_the_same_time(self, pushed):
        """One at a time; the other one says so and touches nothing."""
        from filelock import FileLock

        with FileLock(next(pushed.folder.glob(".litsync/*/lock"))):
            made = pushed.run("push")

        assert made.code == 8
        assert "another litsync" in made.err

    @pytest.mark.parametrize(
        ("config", "words"),
        [
            ("catalog: catalog.yaml\nvualt: vault\n", "did you mean `vault`"),
            ("vault: vault\n", "`catalog` is missing"),
            ("catalog: catalog.yaml\nzotero: {target: cloud}\n", "use embedded, desktop or web"),
            ("catalog: catalog.yaml\nzotero: {target: web, library: 12}\n", "users/NUMBER"),
            ("catalog: [\n", "litsync.yaml:"),
            ("- catalog\n", "holds no settings"),
            ("catalog: nope.yaml\n", "nope.yaml"),
        ],
    )
    def test_a_configuration_that_cannot_be(self, project, config, words):
        """The message names file, line and what to write."""
        (project.folder / "litsync.yaml").write_text(config)
        made = project.run("push")

        assert made.code in (2, 4)
        assert words in made.err

    def test_no_key_for_the_web(self, project):
        """The key comes from the environment, and its absence is said before anything else."""
        (project.folder / "litsync.yaml").write_text(
            "catalog: catalog.yaml\nzotero: {target: web, library: users/12}\n"
        )
        made = project.run("push")

        assert made.code == 2
        assert "LITSYNC_ZOTERO_KEY" in made.err

    def test_a_damaged_state(self, pushed):
        """It is named, with the way out, and left as it is."""
        state = next(pushed.folder.glob(".litsync/*/state.sqlite"))
        state.write_bytes(b"garbage" * 1000)
        made = pushed.run("push")

        assert made.code == 1
        assert "move it away" in made.err
        state.unlink()
        assert pushed.push().out.count("nothing to do") == 2


class TestOneByOne:
    """A problem with one record stops no other."""

    def test_a_broken_note_is_left_alone_and_named(self, pushed):
        """Line and column are told; the other notes and the item are written."""
        pushed.change_note("Papers/guo2021adnerf", "title:", "title: [")
        broken = pushed.note("Papers/guo2021adnerf").read_bytes()
        pushed.change_catalog("date: 2021-10", "date: 2022")
        pushed.change_catalog("date: 2014", "date: 2015")
        made = pushed.run("push")

        assert made.code == 3
        assert "vault/Papers/guo2021adnerf.md:" in made.out
        assert pushed.note("Papers/guo2021adnerf").read_bytes() == broken
        assert 'date: "2015"' in pushed.note("Papers/goodfellow2014generative").read_text()
        with pushed.library() as library:
            assert library.items()["guo2021adnerf"]["date"] == "2022"

    def test_two_tags_that_obsidian_cannot_tell_apart(self, project):
        """One of them is held; the other is named at once, and listed as a difference from then on."""
        project.change_catalog("tags: [audio]", 'tags: [talking head, talking-head, "2021"]')
        made = project.push()
        assert "cannot hold all of its `tags`" in made.out
        assert "tags:\n  - talking-head\n  - 2021-\n" in project.note("Papers/guo2021adnerf").read_text()
        for _ in range(2):
            made = project.push()
            assert "guo2021adnerf tags: the vault has [talking-head, 2021]" in made.out
            assert made.out.count("nothing to do") == 2

    def test_notes_that_cannot_be_written_are_named_and_made_up_for(self, project):
        """A file stands where their folder belongs: Zotero is served, and the next push writes the notes."""
        project.push("--dry-run")
        (project.folder / "vault").mkdir()
        project.run("init", "--join-vault", "--yes")
        (project.folder / "vault/Papers").write_text("a file of mine")
        made = project.run("push")

        assert made.code == 5
        assert "guo2021adnerf in the vault: " in made.out
        assert "2 items added" in made.out
        assert (project.folder / "vault/Papers").read_text() == "a file of mine"
        (project.folder / "vault/Papers").unlink()
        assert "2 paper notes added" in project.push().out

    def test_a_disk_that_fills_up_under_the_state(self, pushed):
        """It is said in words, nothing is half-written, and a later push goes on."""
        pushed.change_catalog("date: 2021-10", "date: 2022")
        code = (
            "import resource, signal, sys\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))\n"
            "from litsync.cli import _run\n"
            "sys.exit(_run(['push']))"
        )
        before = pushed.files()
        made = subprocess.run(
            [sys.executable, "-c", code], cwd=pushed.folder, capture_output=True, text=True, check=False
        )

        assert made.returncode == 1
        assert "is the disk full" in made.stderr
        assert "Traceback" not in made.stderr
        assert pushed.files() == before
        assert "1 item changed" in pushed.push().out

    def test_two_notes_with_one_citekey(self, pushed):
        """Neither is written, both are named."""
        twin = pushed.note("Papers/guo2021adnerf 1")
        shutil.copy(pushed.note("Papers/guo2021adnerf"), twin)
        pushed.change_catalog("date: 2021-10", "date: 2022")
        made = pushed.run("push")

        assert made.code == 3
        assert "guo2021adnerf 1.md" in made.out
        assert "date: 2021-10" in twin.read_text()
        assert "date: 2021-10" in pushed.note("Papers/guo2021adnerf").read_text()

    def test_an_item_that_the_library_refuses_is_named_and_the_others_are_written(self, project):
        """The server's reason is in the summary, and the exit code says that some failed."""
        project.change_catalog("title: Generative Adversarial Nets", f"title: {'x' * 70000}")
        made = project.run("push")

        assert made.code == 5
        assert "goodfellow2014generative in Zotero" in made.out
        with project.library() as library:
            assert list(library.items()) == ["guo2021adnerf"]
        project.change_catalog("x" * 70000, "Generative Adversarial Nets")
        assert "1 item added" in project.push().out


class TestOutput:
    """What is printed, for people and for machines."""

    def test_json_is_one_object_on_standard_output(self, project):
        """Plan and outcomes in the documented form."""
        made = project.push("--json")
        report = made.json

        assert made.err == ""
        assert report["schema"] == 1
        assert report["exit"] == 0
        assert {row["verdict"] for row in report["outcomes"]} == {"written"}
        assert {"replica": "vault", "action": "create", "record": "method:nerf"}.items() <= next(
            row for row in report["plan"]["operations"] if row["record"] == "method:nerf"
        ).items()
        assert project.push("--json").json["plan"]["operations"] == []

    def test_json_of_an_error(self, project):
        """Also a command that could not run answers with one object."""
        (project.folder / "catalog.yaml").write_text("papers: [")
        made = project.run("push", "--json")

        assert made.code == 4
        assert made.json["exit"] == 4
        assert made.json["error"]["problems"][0]["line"] >= 1

    def test_quiet_prints_nothing_when_all_is_well(self, project):
        """And says what is wrong when it is not."""
        made = project.push("--quiet")
        assert made.out + made.err == ""
        project.note("Papers/guo2021adnerf").unlink()
        made = project.run("push", "--quiet")
        assert made.code == 3
        assert "guo2021adnerf" in made.err

    def test_check_and_schema(self, project):
        """`check` is silent about nothing and exits by its result; the schema is JSON."""
        assert project.run("check").code == 0
        assert project.run("check", "--json").json["papers"] == 2
        assert project.run("schema").json["type"] == "object"
        project.change_catalog("date: 2021-10", "date: tomorrow")
        made = project.run("check")
        assert made.code == 4
        assert "catalog.yaml:13:11" in made.out

    def test_help_does_not_import_what_only_commands_need(self):
        """`--help` starts as fast as click: no YAML, no HTTP, no database."""
        code = "import sys, litsync.cli; print([m for m in ('yaml', 'httpx2', 'pyzotero', 'sqlite3', 'rich', 'jinja2') if m in sys.modules])"
        made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert made.stdout.strip() == "[]"

    def test_an_idle_push_imports_no_client(self, pushed):
        """Nothing to do needs neither pyzotero nor httpx2 nor a YAML parser for notes."""
        code = (
            "import sys; sys.argv = ['litsync', 'push']\n"
            "from litsync.cli import _run\n"
            "code = _run(['push'])\n"
            "print(code, [m for m in ('httpx2', 'pyzotero', 'frontmatter', 'rich', 'jinja2') if m in sys.modules])"
        )
        made = subprocess.run(
            [sys.executable, "-c", code], cwd=pushed.folder, capture_output=True, text=True, check=True
        )

        assert made.stdout.strip().splitlines()[-1] == "0 []"


def test_the_journal_keeps_what_was_replaced(pushed):
    """The plan of each push and the previous bytes of each note that it changed are in the state."""
    previous = pushed.note("Papers/guo2021adnerf").read_bytes()
    pushed.change_catalog("date: 2021-10", "date: 2022")
    pushed.push()
    path = next(pushed.folder.glob(".litsync/*/state.sqlite"))
    with sqlite3.connect(path) as state:
        rows = state.execute("SELECT place, bytes FROM previous").fetchall()
        cycles = state.execute("SELECT command, ended IS NOT NULL FROM cycle").fetchall()
    state.close()

    assert rows == [("vault/Papers/guo2021adnerf.md", previous)]
    assert cycles == [("push", 1), ("push", 1)]


def test_the_configuration_is_found_from_below(pushed):
    """A command inside the vault works on the project above it."""
    made = Project(pushed.folder / "vault/Papers").run("push")

    assert made.code == 0


def test_the_example_configuration_is_the_shipped_one():
    """What the quick start runs is what `init` writes."""
    assert (ROOT / "config.example.yaml").is_file()
    assert os.access(ROOT / "vault_template/.obsidian/types.json", os.R_OK)


def test_serve_lets_other_programs_see_the_library(pushed):
    """Address and key are printed, pyzotero reads and writes there, Ctrl-C ends it, and the next push sees the edit."""
    child = subprocess.Popen(
        [sys.executable, "-u", "-m", "litsync", "serve", "--port", "0"],
        cwd=pushed.folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = child.stdout.readline()
        url = next(word.rstrip(".,") for word in line.split() if word.startswith("http://"))
        key = child.stdout.readline().partition("key: ")[2].strip()
        zot = zotero.Zotero("1", "user", key)
        zot.endpoint = url.rstrip("/")
        item = next(row["data"] for row in zot.items() if row["data"].get("citationKey") == "guo2021adnerf")
        zot.create_items([{"key": item["key"], "version": item["version"], "volume": "7"}])
        zot.client.close()
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=20)
        child.stdout.close()

    assert child.returncode == 0
    assert "volume: Zotero has “7”" in pushed.push().out


def test_a_catalog_without_a_title_has_the_name_of_its_file(tmp_path):
    """The collection must be called something; the next push finds it under that name."""
    project = Project.make(tmp_path / "untitled", "papers:\n  - id: a2020b\n    title: T\n")
    project.push()
    assert project.push().out.count("nothing to do") == 2
    with project.library() as library:
        assert [row["data"]["name"] for row in library.zotero.collections()] == ["catalog"]

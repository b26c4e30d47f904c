"""The Zotero desktop as a target, through the real command: what is sent, what is seen, and what goes wrong."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from threading import Timer

import pytest
from cli_bench import CATALOG, Project
from desktop_double import Desktop

from litsync.config import load_config
from litsync.core.model import Verdict
from litsync.core.policy import PUSH
from litsync.daemon.library_watch import DesktopWatch
from litsync.errors import ZoteroError
from litsync.project import open_project
from litsync.replicas.zotero_pace import Depth, Manners, Rounds, Standstill
from litsync.sync import run

GAN, NERF = "goodfellow2014generative", "guo2021adnerf"


class Desk:
    """A project whose Zotero is a desktop of its own, which is open."""

    def __init__(self, folder, catalog=CATALOG):
        """The key is a permanent grant."""
        self.zotero = Desktop(folder / "zotero").start()
        self.key = self.zotero.grant()
        zotero = f"{{target: desktop, endpoint: '{self.zotero.url}'}}"
        self.project = Project.make(
            folder / "project", catalog, f"catalog: catalog.yaml\nvault: vault\nzotero: {zotero}\n"
        )

    def run(self, *arguments, key=None):
        """Run `litsync` with the key."""
        self.zotero.requests.clear()
        return self.project.run(*arguments, LITSYNC_ZOTERO_KEY=self.key if key is None else key)

    def push(self, *arguments):
        """Run `litsync push`, which must succeed."""
        made = self.run("push", *arguments)
        assert made.code == 0, made.out + made.err
        return made

    def asked(self, method):
        """The paths of the requests of one method in the last run."""
        return [path for verb, path in self.zotero.requests if verb == method]


@pytest.fixture
def desk(tmp_path):
    """Nothing was pushed yet."""
    opened = Desk(tmp_path)
    yield opened
    opened.zotero.close()


@pytest.fixture
def pushed(desk):
    """Pushed once."""
    desk.push()
    return desk


@contextmanager
def many(tmp_path, papers):
    """A desk with so many papers, each with a code link."""
    rows = (
        f"  - id: paper{n}\n    type: report\n    title: Paper {n}\n    code: https://github.com/x/{n}\n"
        for n in range(papers)
    )
    desk = Desk(tmp_path, "title: Many\npapers:\n" + "".join(rows))
    try:
        yield desk
    finally:
        desk.zotero.close()


class TestWriting:
    """What a push leaves in Zotero."""

    def test_a_first_push_makes_everything_and_a_second_writes_nothing(self, desk):
        """Keys are the desktop's; the second push only reads."""
        desk.push()
        papers = desk.zotero.papers()
        assert papers.keys() == {GAN, NERF}
        assert {row["name"] for row in desk.zotero.rows("collections")} == {"My list", "Core papers"}
        code = [row for row in desk.zotero.rows() if row["itemType"] == "attachment"]
        assert [(row["parentItem"], row["url"]) for row in code] == [
            (papers[NERF]["key"], "https://github.com/YudongGuo/AD-NeRF")
        ]
        before, version = desk.project.files(), desk.zotero.version()
        assert "nothing to do" in desk.push().out
        assert desk.asked("POST") == []
        assert (desk.project.files(), desk.zotero.version()) == (before, version)

    def test_batches_are_small_and_one_after_the_other(self, tmp_path):
        """25 papers with a link each are batches of at most ten objects, and every one is read back."""
        with many(tmp_path, 25) as desk:
            desk.push()
            assert len(desk.zotero.papers()) == 25
            assert max(len(objects) for _, objects in desk.zotero.written) == 10
            assert "nothing to do" in desk.push().out

    def test_only_what_changed_is_sent(self, pushed):
        """A new title is one object with one property."""
        pushed.zotero.written.clear()
        pushed.project.change_catalog("Audio Driven", "By Ear")
        pushed.push()
        [(kind, [sent])] = pushed.zotero.written
        assert kind == "items"
        assert sent.keys() == {"key", "version", "title"}
        assert pushed.zotero.papers()[NERF]["title"] == "AD-NeRF: By Ear"

    def test_a_field_is_emptied(self, pushed):
        """The desktop leaves empty fields out, and so nothing is sent again."""
        pushed.project.change_catalog("    venue: ICCV 2021\n", "")
        pushed.push()
        assert pushed.zotero.papers()[NERF]["proceedingsTitle"] == ""
        assert "nothing to do" in pushed.push().out

    def test_items_that_were_there_are_adopted(self, desk):
        """By DOI: nothing is doubled, and the owner's collection stays."""
        theirs = desk.zotero.add("collections", name="Theirs")
        key = desk.zotero.add(
            itemType="conferencePaper", title="Mine", DOI="10.1109/iccv48922.2021.00573", collections=[theirs]
        )
        desk.push()
        item = desk.zotero.papers()[NERF]
        assert (item["key"], item["title"]) == (key, "Mine")
        assert theirs in item["collections"]

    def test_items_of_an_upgraded_zotero_are_changed_and_not_doubled(self, desk):
        """All objects have version 0 there, which elsewhere means that there is none."""
        key = desk.zotero.add(itemType="conferencePaper", title="Mine", DOI="10.1109/iccv48922.2021.00573")
        desk.zotero.add("collections", name="My list")
        desk.zotero.came_from_an_older_zotero()
        desk.push()
        assert desk.zotero.papers()[NERF]["key"] == key
        assert len(desk.zotero.rows("collections")) == 2
        desk.project.change_catalog("venue: ICCV 2021", "venue: ICCV")
        desk.push()
        assert desk.zotero.papers()[NERF]["proceedingsTitle"] == "ICCV"

    def test_a_project_without_a_state_changes_nothing(self, pushed):
        """Another machine finds collections by name and items by citation key."""
        version = pushed.zotero.version()
        for path in sorted((pushed.project.folder / ".litsync").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        pushed.push()
        assert pushed.zotero.version() == version


class TestSeeing:
    """What its owner does in the window."""

    def test_an_edit_is_merged(self, pushed):
        """A title changed in Zotero reaches the catalog by `sync`."""
        pushed.zotero.edit(pushed.zotero.papers()[NERF]["key"], title="Changed in Zotero")
        assert pushed.run("sync").code == 0
        assert "Changed in Zotero" in (pushed.project.folder / "catalog.yaml").read_text()

    def test_a_renamed_tag_is_seen_although_no_version_rose(self, pushed):
        """And is not overwritten."""
        pushed.zotero.rename_tag("audio", "sound")
        made = pushed.run("sync")
        assert made.code == 0, made.out
        text = (pushed.project.folder / "catalog.yaml").read_text()
        assert "tags: [sound]" in text
        assert {"tag": "sound"} in pushed.zotero.papers()[NERF]["tags"]

    def test_an_item_trashed_in_the_list_is_a_question(self, pushed):
        """Although no version rose. It is not made again."""
        pushed.zotero.trash_in_the_list(pushed.zotero.papers()[GAN]["key"])
        made = pushed.run("push")
        assert made.code == 3
        assert f"{GAN} is no longer in the Zotero collection" in made.out
        assert len(pushed.zotero.papers()) == 2

    def test_an_erased_item_is_a_question(self, pushed):
        """Nothing in Zotero tells which one is gone."""
        pushed.zotero.erase(pushed.zotero.papers()[GAN]["key"])
        made = pushed.run("push")
        assert made.code == 3
        assert f"{GAN} is no longer in the Zotero collection" in made.out
        assert pushed.zotero.papers().keys() == {NERF}

    def test_an_erased_item_is_made_again_when_a_person_says_so(self, pushed):
        """Once, and the note leads to the new one."""
        pushed.zotero.erase(pushed.zotero.papers()[NERF]["key"])
        question = re.search(r"gone-\w+", pushed.run("push").out).group()
        assert pushed.run("approve", question, "--choice", "restore").code == 0
        item = pushed.zotero.papers()[NERF]["key"]
        assert f"zotero://select/library/items/{item}\n" in pushed.project.note(f"Papers/{NERF}").read_text()
        assert "nothing to do" in pushed.push().out

    def test_a_collection_that_is_gone_touches_nothing(self, pushed):
        """The desktop answers with the whole library for it; none of that is believed."""
        pushed.zotero.add(itemType="book", title="Not of the list")
        main = next(row for row in pushed.zotero.rows("collections") if row["name"] == "My list")
        pushed.zotero.erase(main["key"], "collections")
        version = pushed.zotero.version()
        pushed.project.change_catalog("Audio Driven", "By Ear")
        made = pushed.run("push")
        assert made.code == 6
        assert "the collection that litsync keeps is no longer in the library" in made.out
        assert "Not of the list" not in made.out
        assert pushed.zotero.version() == version

    def test_a_deleted_subcollection_is_a_question(self, pushed):
        """Its papers stay in the collection; nobody took them out of their section."""
        core = next(row for row in pushed.zotero.rows("collections") if row["name"] == "Core papers")
        pushed.zotero.erase(core["key"], "collections")
        made = pushed.run("sync")
        assert made.code == 3, made.out
        assert (pushed.project.folder / "catalog.yaml").read_text() == CATALOG


class TestJustBefore:
    """Somebody works in the window while litsync writes."""

    def test_a_change_that_no_version_tells_is_not_overwritten(self, tmp_path, monkeypatch):
        """A tag renamed between two batches: the items of the second are left alone, and read again."""
        rows = "".join(f"  - {{id: paper{n}, type: report, title: Paper {n}, tags: [old]}}\n" for n in range(30))
        desk = Desk(tmp_path, f"title: Many\npapers:\n{rows}")
        monkeypatch.setenv("LITSYNC_ZOTERO_KEY", desk.key)
        desk.push()
        path = desk.project.folder / "catalog.yaml"
        path.write_text(path.read_text().replace("[old]", "[old, new]", 12))

        def renames(replica, done, planned):
            if replica == "zotero" and done == 1:
                desk.zotero.rename_tag("old", "renamed")

        with open_project(load_config(desk.project.folder / "litsync.yaml"), "push", renames, dry_run=False) as project:
            result = run(project.setup, PUSH)
        stale = {o.operation.record.key for o in result.outcomes if o.verdict is Verdict.STALE}
        tags = {key: {tag["tag"] for tag in row["tags"]} for key, row in desk.zotero.papers().items()}
        desk.zotero.close()
        assert len(stale) == 2
        assert all(tags[key] == {"renamed"} for key in stale)
        assert sum(found == {"renamed", "new"} for found in tags.values()) == 10


class TestWatching:
    """What wakes `litsync watch`."""

    def test_a_version_that_moves_and_a_zotero_that_comes_and_goes(self, desk):
        """Nothing else, until it is time for a round."""
        watch = DesktopWatch(f"{desk.zotero.url}/users/0")
        assert not watch.changed()
        desk.zotero.add(itemType="book", title="T")
        assert [watch.changed(), watch.changed()] == [True, False]
        desk.zotero.quit()
        assert [watch.changed(), watch.changed()] == [True, False]
        desk.zotero.start()
        assert [watch.changed(), watch.changed()] == [True, False]


class TestRounds:
    """How often somebody who runs cycles on and on looks into it."""

    def test_a_minute_for_keys_and_a_quarter_of_an_hour_for_contents(self):
        """At the start everything; then by the clock."""
        now = [0.0]
        rounds = Rounds(clock=lambda: now[0])
        assert rounds.due() is Depth.CONTENTS
        rounds.made(Depth.CONTENTS)
        assert rounds.due() is Depth.VERSION
        now[0] = 60.0
        assert rounds.due() is Depth.KEYS
        rounds.made(Depth.KEYS)
        now[0] = 119.0
        assert rounds.due() is Depth.VERSION
        now[0] = 900.0
        assert rounds.due() is Depth.CONTENTS

    def test_while_nothing_is_due_only_the_version_is_asked_for(self, pushed):
        """The second look of the same rounds is one request; a missing key is noticed when keys are due."""
        now = [0.0]
        manners = Manners(rounds=Rounds(clock=lambda: now[0]))
        config = load_config(pushed.project.folder / "litsync.yaml")

        def look():
            pushed.zotero.requests.clear()
            with open_project(config, "push", lambda *_: None, dry_run=True, manners=manners) as project:
                return run(project.setup, PUSH, dry_run=True)

        look()
        look()
        assert len(pushed.zotero.requests) == 1
        pushed.zotero.trash_in_the_list(pushed.zotero.papers()[GAN]["key"])
        assert look().plan is None
        now[0] = 60.0
        assert [hold.record.key for hold in look().plan.holds] == [GAN]


class TestDoubt:
    """Writes whose answer never came."""

    def push(self, desk, quiet=1.0, timeout=120.0):
        """One push in this process, at other durations than a person's; its result, and what it said while it waited."""
        said = []
        manners = Manners(Standstill(quiet=quiet, poll=0.05, say=said.append), timeout=timeout)
        config = load_config(desk.project.folder / "litsync.yaml")
        with open_project(config, "push", lambda *_: None, dry_run=False, manners=manners) as project:
            return run(project.setup, PUSH), said

    @pytest.fixture
    def slow(self, tmp_path, monkeypatch):
        """A Zotero that takes a quarter of a second for each of 12 papers."""
        with many(tmp_path, 12) as desk:
            desk.push("--dry-run")
            monkeypatch.setenv("LITSYNC_ZOTERO_KEY", desk.key)
            desk.zotero.delay = 0.25
            yield desk

    def test_a_batch_that_outlasts_the_patience_makes_nothing_twice(self, slow):
        """It goes on after the caller gave up; what it made is found again when it stands still."""
        result, said = self.push(slow, timeout=1.0)
        assert not result.unreachable, result.unreachable
        assert said
        assert len(slow.zotero.papers()) == 12
        links = [row["parentItem"] for row in slow.zotero.rows() if row["itemType"] == "attachment"]
        assert len(links) == len(set(links)) == 12
        assert len(slow.zotero.rows("collections")) == 1
        slow.zotero.delay = 0
        assert "nothing to do" in slow.push().out

    def test_a_push_that_was_killed_in_the_middle_is_doubted_by_the_next(self, slow):
        """The batch is still on its way when the next push comes: it waits, and sends only the rest."""
        killed = slow.project.start("push", LITSYNC_ZOTERO_KEY=slow.key)
        give_up = time.monotonic() + 60
        while not any(kind == "items" for kind, _ in slow.zotero.written):
            assert time.monotonic() < give_up
            time.sleep(0.02)
        killed.kill()
        killed.wait()
        result, said = self.push(slow)
        assert said
        assert not result.unreachable
        assert len(slow.zotero.papers()) == 12

    @pytest.mark.parametrize("moment", range(4, 16, 2))
    def test_killed_at_any_moment_the_next_push_makes_nothing_twice(self, slow, moment):
        """Whichever request was on its way: afterwards everything is there, once."""
        slow.zotero.delay = 0.05
        slow.zotero.requests.clear()
        killed = slow.project.start("push", LITSYNC_ZOTERO_KEY=slow.key)
        give_up = time.monotonic() + 60
        while len(slow.zotero.requests) < moment and killed.poll() is None:
            assert time.monotonic() < give_up
            time.sleep(0.002)
        killed.kill()
        killed.wait()
        result, _ = self.push(slow, quiet=0.7)
        assert not result.unreachable, result.unreachable
        links = [row["parentItem"] for row in slow.zotero.rows() if row["itemType"] == "attachment"]
        assert len(slow.zotero.papers()) == len(links) == len(set(links)) == 12
        assert len(slow.zotero.rows("collections")) == 1
        slow.zotero.delay = 0
        assert "nothing to do" in slow.push().out

    def test_zotero_closed_in_the_middle_is_made_up_for(self, slow):
        """What it had done is found again, the rest is made."""
        slow.zotero.delay = 0.1
        Timer(0.8, slow.zotero.quit).start()
        result, _ = self.push(slow)
        assert isinstance(result.unreachable["zotero"], ZoteroError)
        slow.zotero.start()
        slow.zotero.delay = 0
        result, _ = self.push(slow, quiet=0.3)
        assert not result.unreachable
        assert len(slow.zotero.papers()) == 12
        assert "nothing to do" in slow.push().out

    def test_looking_does_not_wait(self, slow):
        """Whatever is in doubt, a dry run answers at once."""
        slow.zotero.delay = 0.1
        Timer(0.8, slow.zotero.quit).start()
        self.push(slow)
        slow.zotero.start()
        assert slow.run("push", "--dry-run").code == 0


class TestTroubles:
    """Clear words, nothing lost, the rest goes on."""

    def trouble(self, desk, code=6, key=None):
        """A push of a changed title: the note has it, and Zotero says why not."""
        desk.project.change_catalog("title: Generative Adversarial Nets", "title: Nets")
        made = desk.run("push", key=key)
        assert made.code == code, made.out + made.err
        return made.out + made.err

    def test_zotero_is_closed(self, pushed):
        """The note is written, and Zotero's part is made up for."""
        pushed.zotero.quit()
        assert "Zotero is not open" in self.trouble(pushed)
        assert "title: Nets" in pushed.project.note(f"Papers/{GAN}").read_text()
        pushed.zotero.start()
        pushed.push()
        assert pushed.zotero.papers()[GAN]["title"] == "Nets"

    def test_the_api_is_switched_off(self, pushed):
        """It says where the switch is."""
        pushed.zotero.enabled = False
        assert "Allow other applications on this computer" in self.trouble(pushed)

    def test_an_older_zotero_is_read_only(self, pushed):
        """The Web API is offered."""
        pushed.zotero.major = 9
        said = self.trouble(pushed)
        assert "9.0.1" in said
        assert "target: web" in said

    def test_a_revoked_key(self, pushed):
        """Nothing is written; logging in is what helps."""
        pushed.zotero.revoke_keys()
        assert "`litsync login --desktop`" in self.trouble(pushed)

    @pytest.mark.parametrize(
        ("happening", "said"),
        [
            (Desktop.revoke_keys, "does not know litsync's key"),
            (Desktop.use_new_data_directory, "another profile was opened"),
        ],
    )
    def test_in_the_middle_of_a_push(self, tmp_path, monkeypatch, happening, said):
        """What was written before is accounted; the rest is told why, and made up for."""
        with many(tmp_path, 25) as desk:
            monkeypatch.setenv("LITSYNC_ZOTERO_KEY", desk.key)

            def happens(replica, done, planned):
                if replica == "zotero" and planned > 20 and done == 5:
                    happening(desk.zotero)

            config = load_config(desk.project.folder / "litsync.yaml")
            with open_project(config, "push", happens, dry_run=False) as project:
                result = run(project.setup, PUSH)
            assert said in str(result.unreachable["zotero"])
            if happening is Desktop.use_new_data_directory:
                assert desk.zotero.version() == 0
                return
            assert 0 < len(desk.zotero.papers()) < 25
            desk.key = desk.zotero.grant()
            desk.push()
            assert len(desk.zotero.papers()) == 25

    def test_no_key_at_all(self, desk):
        """Nothing is begun."""
        made = desk.run("push", key="")
        assert made.code == 2
        assert "litsync login --desktop" in made.err
        assert not (desk.project.folder / "vault").exists()
        assert desk.run("push", "--dry-run", key="").code == 0

    def test_another_profile(self, pushed):
        """Its Server-ID is another: nothing is written there."""
        pushed.zotero.use_new_data_directory()
        assert "another library" in self.trouble(pushed)
        assert pushed.zotero.version() == 0

    def test_something_else_at_the_port(self, pushed):
        """A captive portal or another program."""
        pushed.zotero.disguise = True
        assert "something else" in self.trouble(pushed)

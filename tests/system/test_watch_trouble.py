"""What goes wrong beside a running `litsync watch`: it is told once, the rest goes on, and nothing is lost or deleted."""

from __future__ import annotations

import re
import time

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, FAST, Daemon, catalog, eventually, git, items, note


class TestGit:
    """Switching branches, stashing and merging beside a running daemon."""

    @pytest.fixture
    def project(self, project):
        """Committed, with a branch on which the venue is another one."""
        git(project, "init", "-q", "-b", "main", ".")
        git(project, "add", "catalog.yaml")
        git(project, "commit", "-qm", "first")
        git(project, "checkout", "-q", "-b", "other")
        project.change_catalog("venue: ICCV 2021", "venue: On the branch")
        git(project, "commit", "-qam", "on the branch")
        git(project, "checkout", "-q", "main")
        project.change_catalog("date: 2021-10\n", "date: 2021-11\n")
        git(project, "commit", "-qam", "on main")
        return project

    def test_another_branch_sends_nothing_and_coming_back_goes_on(self, project, daemon):
        """It says why it waits and what releases it; an edit made in Obsidian meanwhile is made up for."""
        before = project.files()
        git(project, "checkout", "-q", "other")
        daemon.says("waits, nothing is sent: git has gone to")
        assert "`litsync sync` takes the catalog as it is now" in daemon.lines()
        project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        time.sleep(1)
        after = project.files()
        texts = [{path: row[0] for path, row in one.items()} for one in (before, after)]
        changed = {path for path, _ in texts[0].items() ^ texts[1].items()}
        changed = {path for path in changed if not path.startswith(".git/") and not path.endswith(("-wal", "-shm"))}
        assert changed == {"catalog.yaml", "vault/Papers/guo2021adnerf.md"}
        assert "venue: On the branch" not in note(project)
        git(project, "checkout", "-q", "main")
        daemon.says("the catalog is taken in again")
        eventually(lambda: "status: reading" in catalog(project), "the edit made meanwhile")
        assert items(project)["guo2021adnerf"]["proceedingsTitle"] == "ICCV 2021"

    def test_a_stash_sends_nothing_and_sync_by_hand_releases_it(self, project, daemon):
        """What a person meant after all is taken when they say so."""
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit in the YAML")
        git(project, "stash")
        daemon.says("taken away without a commit")
        time.sleep(1)
        assert "venue: ICCV\n" in note(project)
        made = project.run("sync")
        assert made.code == 0, made.out
        assert "venue: ICCV 2021" in note(project)
        project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        eventually(lambda: "status: reading" in catalog(project), "edits after that")

    def test_commits_and_pulls_are_edits(self, project, daemon):
        """A commit that follows the last one changes what it changes."""
        git(project, "checkout", "-q", "-b", "follows")
        project.change_catalog("venue: ICCV 2021", "venue: Followed")
        git(project, "commit", "-qam", "follows")
        eventually(lambda: "venue: Followed" in note(project), "the commit in the note")
        assert "waits" not in daemon.lines()

    def test_an_unfinished_merge_waits(self, project, daemon):
        """Nobody has chosen the text yet."""
        git(project, "checkout", "-q", "other")
        daemon.says("waits, nothing is sent")
        project.run("sync")
        project.change_catalog("date: 2021-10\n", "date: 2021-12\n")
        git(project, "commit", "-qam", "clashes")
        git(project, "merge", "main", code=1)
        daemon.says("a merge is not finished")
        git(project, "merge", "--abort")
        project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        eventually(lambda: "status: reading" in catalog(project), "edits after the merge")

    def test_once_waits_too(self, project):
        """In a crontab as well; a person is needed then."""
        assert project.run("sync").code == 0
        git(project, "checkout", "-q", "other")
        made = project.run("watch", "--once")
        assert made.code == 3
        assert "does not follow" in made.err
        assert "venue: On the branch" not in note(project)


def test_a_broken_catalog_is_told_once_and_mended_by_itself(project, daemon):
    """With the place of every fault; nothing that was in it is missed meanwhile."""
    good = catalog(project)
    (project.folder / "catalog.yaml").write_text(good.replace("type: preprint", "type: preprit"), encoding="utf-8")
    daemon.says("catalog.yaml:")
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    time.sleep(3)  # further looks of its own
    assert daemon.lines().count("the catalog has 1 problem") == 1
    assert len(items(project)) == 2
    (project.folder / "catalog.yaml").write_text(good, encoding="utf-8")
    daemon.says("the catalog can be read again")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit made meanwhile")


@pytest.mark.parametrize("mount_point", [False, True], ids=["gone", "an empty mount point"])
def test_a_vault_that_is_away_is_waited_for(project, daemon, mount_point):
    """Catalog and Zotero go on; when the disk is back, notes are brought up to date, and no paper was missed."""
    vault, away = project.folder / "vault", project.folder / "away"
    vault.rename(away)
    if mount_point:
        vault.mkdir()
    told = "vault is empty, and was not" if mount_point else "The vault vault is not there"
    project.change_catalog("venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: items(project)["guo2021adnerf"]["proceedingsTitle"] == "ICCV", "the edit in Zotero")
    daemon.says(told)
    assert not any(vault.rglob("*"))
    time.sleep(2.5)
    assert daemon.lines().count(told) == 1
    if mount_point:
        vault.rmdir()
    away.rename(vault)
    eventually(lambda: "venue: ICCV\n" in note(project), "the edit in the note")
    daemon.says("the vault is there again")
    assert "on hold" not in daemon.lines()
    project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
    eventually(lambda: "status: reading" in catalog(project), "edits after that")


def test_a_library_that_is_away_is_waited_for(project, daemon):
    """Catalog and vault go on."""
    library, away = project.folder / "library.sqlite", project.folder / "away.sqlite"
    library.rename(away)
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit in the YAML")
    daemon.says("the library that litsync has written to is not there")
    away.rename(library)
    eventually(lambda: items(project)["guo2021adnerf"]["proceedingsTitle"] == "ICCV", "the edit in Zotero")
    daemon.says("Zotero answers again")


def test_a_sweep_is_held_as_long_as_it_stands(tmp_path):
    """A field changed in all papers at once reaches nobody before it is approved, however many cycles go by."""
    papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n    venue: V\n" for n in range(12))
    project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}", CONFIG)
    project.push()
    with Daemon(project) as daemon:
        path = project.folder / "catalog.yaml"
        path.write_text(catalog(project).replace("venue: V", "venue: W"), encoding="utf-8")
        daemon.says("the vault would have its `venue` changed in 12 of 12 papers at once")
        project.change_note("Papers/p3", "title: Paper number 3", "title: Paper 3")
        eventually(lambda: "title: Paper 3\n" in catalog(project), "another edit")
        time.sleep(5)  # two looks of its own
        assert "nothing is left for you to decide" not in daemon.lines()
        assert all("venue: V\n" in note(project, f"Papers/p{n}") for n in range(12))
        for hold in re.findall(r"g-[0-9a-f]{8}", project.run("status").out):
            project.run("approve", hold)
        daemon.says("nothing is left for you to decide")
        assert all("venue: W\n" in note(project, f"Papers/p{n}") for n in range(12))


def test_a_sweep_that_arrives_bit_by_bit_is_one_question(tmp_path):
    """As when a sync client brings what another device did to every note: it is looked at when it has all arrived."""
    papers = "".join(f"  - id: p{n}\n    title: Paper number {n}\n    venue: V\n" for n in range(12))
    config = CONFIG.replace("quiet: 0.2, longest: 1,", "quiet: 1.5, longest: 5,")
    project = Project.make(tmp_path / "many", f"title: Many\npapers:\n{papers}", config)
    project.push()
    with Daemon(project) as daemon:
        for n in range(12):
            project.change_note(f"Papers/p{n}", "venue: V", "place: V")
            time.sleep(0.3)
        daemon.says("the catalog would have its `venue` changed in 12 of 12 papers at once")
        assert catalog(project).count("venue: V\n") == 12


def test_a_note_that_is_deleted_is_a_hold_and_nothing_is_deleted(project, daemon):
    """Told once, after a while; put back, it goes on."""
    text = note(project)
    project.note("Papers/guo2021adnerf").unlink()
    daemon.says("guo2021adnerf has no note in the vault any more")
    assert "guo2021adnerf" in items(project)
    assert "id: guo2021adnerf" in catalog(project)
    project.note("Papers/guo2021adnerf").write_text(text.replace("venue: ICCV 2021", "venue: ICCV"), encoding="utf-8")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the note put back")
    assert daemon.lines().count("has no note") == 1
    daemon.says("nothing is left for you to decide")


def test_a_library_behind_an_address(tmp_path, server):
    """Edits made through pyzotero arrive; a server that is away is told of once, and made up for when it is back."""
    library = f"zotero: {{target: web, library: users/1, endpoint: 'http://127.0.0.1:{server.port}'}}\n"
    project = Project.make(tmp_path / "project", config=f"catalog: catalog.yaml\n{library}{FAST}")
    with Daemon(project, LITSYNC_ZOTERO_KEY=server.key) as daemon:
        zotero = server.zotero()
        item = next(row["data"] for row in zotero.items() if row["data"].get("citationKey") == "guo2021adnerf")
        zotero.update_item({"key": item["key"], "version": item["version"], "title": "Fixed elsewhere"})
        eventually(lambda: "Fixed elsewhere" in catalog(project), "the edit from another program")
        server.stop()
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit in the YAML")
        daemon.says("cannot be reached")
        server.start()
        daemon.says("Zotero answers again")
        eventually(lambda: zotero.item(item["key"])["data"]["proceedingsTitle"] == "ICCV", "the edit in Zotero")
        assert daemon.lines().count("cannot be reached") == 1
        zotero.client.close()
    said = daemon.lines() + "".join(path.read_text() for path in project.folder.glob(".litsync/*/watch.log*"))
    assert server.key not in said


class TestSyncNote:
    """What needs a person stands in a note of the vault, and a tick there decides it."""

    @pytest.fixture
    def path(self, project):
        """The sync note of this machine."""
        return lambda: next((project.folder / "vault").glob("litsync (*).md"), None)

    def test_a_tick_resolves_a_conflict(self, project, daemon, path):
        """Both values are shown; the one that is ticked reaches all places, and the note goes away."""
        daemon.stop()
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: Mine")
        project.change_catalog("venue: ICCV 2021", "venue: Ours")
        daemon.start()
        eventually(path, "the sync note")
        shown = eventually(lambda: path().read_text(), "its text")
        assert "“Mine”" in shown
        assert "“Ours”" in shown
        time.sleep(2.5)
        assert path().read_text() == shown
        obsidian_ticks(path(), "the vault: “Mine”")
        eventually(lambda: "venue: Mine\n" in catalog(project), "the ticked value in the YAML")
        eventually(lambda: items(project)["guo2021adnerf"]["proceedingsTitle"] == "Mine", "the ticked value in Zotero")
        eventually(lambda: path() is None, "the note to go")
        daemon.says("nothing is left for you to decide")

    @pytest.mark.usefixtures("daemon")
    def test_a_tick_brings_a_deleted_note_back(self, project, path):
        """The hold has a box for every answer."""
        project.note("Papers/guo2021adnerf").unlink()
        eventually(path, "the sync note")
        obsidian_ticks(path(), "make it again")
        eventually(project.note("Papers/guo2021adnerf").exists, "the note")
        eventually(lambda: path() is None, "the note to go")

    def test_a_person_is_told_on_the_desktop(self, project, tmp_path):
        """Once for each question, if the extra is installed; here a package of that name writes it down."""
        package = tmp_path / "packages" / "desktop_notifier"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "sync.py").write_text(
            "class DesktopNotifierSync:\n"
            "    def __init__(self, app_name): pass\n"
            "    def send(self, title, message):\n"
            f"        open({str(tmp_path / 'told')!r}, 'a').write(f'{{title}}: {{message}}\\n')\n"
        )
        with Daemon(project, PYTHONPATH=str(package.parent)):
            project.note("Papers/guo2021adnerf").unlink()
            eventually((tmp_path / "told").exists, "the word on the desktop")
            time.sleep(2.5)
        told = (tmp_path / "told").read_text()
        assert told.count("litsync needs you") == 1
        assert "guo2021adnerf has no note" in told


def obsidian_ticks(path, words):
    """Tick the box whose line holds the words, and save in place."""
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.split("\n") if words in line)
    path.write_text(text.replace(line, line.replace("- [ ]", "- [x]")), encoding="utf-8")

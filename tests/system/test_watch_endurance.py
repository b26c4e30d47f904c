"""`litsync watch` is killed, stopped, starved and left alone for long: nothing is lost, and it does not grow."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import sys
import time

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, Daemon, catalog, eventually, git, item, note

from litsync.daemon.clocks import JUMP

QUICK = CONFIG.replace("quiet: 0.2", "quiet: 0.05")


@pytest.fixture
def project(tmp_path):
    """A project that was pushed."""
    made = Project.make(tmp_path / "project", config=QUICK)
    made.push()
    return made


def test_killed_at_any_moment(project, pytestconfig):
    """Each place has an edit of its own on the way whenever it is killed; in the end all three have all of them."""
    rng = random.Random(7)
    daemon = Daemon(project)
    said = {"venue": "ICCV 2021", "date": "2021-10"}
    for number in range(pytestconfig.getoption("--kills") // 2):
        project.change_note("Papers/guo2021adnerf", f"venue: {said['venue']}\n", f"venue: Place {number}\n")
        project.change_catalog(f"date: {said['date']}\n", f"date: 2021-10-{number + 10}\n")
        said = {"venue": f"Place {number}", "date": f"2021-10-{number + 10}"}
        daemon.start(wait=False)
        time.sleep(rng.uniform(0.2, 0.8))
        with project.library() as library:
            library.change("guo2021adnerf", title=f"Title {number}")
        time.sleep(rng.uniform(0, 0.6))
        daemon.stop(signal.SIGKILL)
    with daemon:
        lines = [*(f"{field}: {value}\n" for field, value in said.items()), f'title: "Title {number}"\n']
        eventually(lambda: all(line in catalog(project) for line in lines), "all edits in the YAML")
        eventually(lambda: all(line in note(project) for line in lines), "all edits in the note")
        wanted = {"proceedingsTitle": said["venue"], "date": said["date"], "title": f"Title {number}"}
        eventually(lambda: all(item(project)[name] == value for name, value in wanted.items()), "all in Zotero")
        eventually(lambda: not list(project.folder.rglob("*.litsync-tmp")), "no leftovers")
    assert "conflict" not in daemon.lines()
    made = project.run("sync")
    assert (made.code, made.out.count("nothing to do")) == (0, 2)


def test_stopped_while_thousands_of_files_are_made(project, pytestconfig):
    """No event may be needed: what was saved meanwhile is found when it runs again."""
    count = pytestconfig.getoption("--files")
    with Daemon(project) as daemon:
        daemon.send(signal.SIGSTOP)
        folder = project.folder / "vault" / "Other"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.md").write_text(f"[[{number}]]\n", encoding="utf-8")
            if number == count // 2:
                project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        daemon.send(signal.SIGCONT)
        eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit among them")
        eventually(lambda: item(project)["proceedingsTitle"] == "ICCV", "the edit in Zotero")
        shutil.rmtree(folder)
        project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        eventually(lambda: "status: reading" in catalog(project), "the next edit")
    assert "on hold" not in daemon.lines()


def test_stopped_as_if_asleep(project):
    """For longer than a busy machine may take, with an edit in each place: all arrive, no value stands against another."""
    with Daemon(project) as daemon:
        daemon.send(signal.SIGSTOP)
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
        with project.library() as library:
            library.change("guo2021adnerf", title="Fixed in Zotero")
        time.sleep(JUMP + 2)
        daemon.send(signal.SIGCONT)
        lines = ["venue: ICCV\n", "date: 2021-10-11\n", "Fixed in Zotero"]
        eventually(lambda: all(line in catalog(project) for line in lines), "all edits in the YAML")
        eventually(lambda: all(line in note(project) for line in lines), "all edits in the note")
        wanted = {"proceedingsTitle": "ICCV", "date": "2021-10-11", "title": "Fixed in Zotero"}
        eventually(lambda: all(item(project)[name] == value for name, value in wanted.items()), "all in Zotero")
    assert "conflict" not in daemon.lines()
    assert "on hold" not in daemon.lines()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow(project, pytestconfig):
    """Edit after edit, in all three places."""
    count, values = pytestconfig.getoption("--cycles"), ["ICCV 2021"]
    with Daemon(project) as daemon:
        early = 0
        for number in range(count):
            values.append(f"Place {number}")
            project.change_note("Papers/guo2021adnerf", f"venue: {values[-2]}\n", f"venue: {values[-1]}\n")
            eventually(lambda: f"venue: {values[-1]}\n" in catalog(project), "the edit")
            if number == 9:
                early = daemon.memory()
        assert daemon.memory() - early < 4000 + 20 * count, "kB"


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_a_disk_that_is_full(project):
    """It is told of once, nothing is half-written, and the edit is made when there is room again."""
    with Daemon(project) as daemon:
        before = catalog(project)
        limits = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (16, limits[1]))
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        time.sleep(4)  # tried again meanwhile
        assert catalog(project) == before
        assert daemon.process.poll() is None
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, limits)
        eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit")
        eventually(lambda: item(project)["proceedingsTitle"] == "ICCV", "the edit in Zotero")


def test_two_machines_joined_by_git(tmp_path):
    """Two working copies, each with its own vault and library, each with its own daemon: what one commits, the other shows."""
    one = Project.make(tmp_path / "one", config=QUICK)
    git(one, "init", "-q", "-b", "main", ".")
    (one.folder / ".gitignore").write_text("vault/\nlibrary.sqlite*\n", encoding="utf-8")
    git(one, "add", ".")
    git(one, "commit", "-qm", "first")
    git(one, "clone", "-q", str(one.folder), str(tmp_path / "two"))
    two = Project(tmp_path / "two")
    one.push()
    two.push()
    with Daemon(one) as first, Daemon(two) as second:
        one.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        eventually(lambda: "venue: ICCV\n" in catalog(one), "the first machine's edit in its YAML")
        two.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
        eventually(lambda: "status: reading" in catalog(two), "the second machine's edit in its YAML")
        git(one, "commit", "-qam", "from the first")
        git(two, "commit", "-qam", "from the second")
        git(two, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
        eventually(lambda: "venue: ICCV\n" in note(two), "the first machine's edit in the second's vault")
        git(one, "pull", "-q", "--ff-only", str(two.folder), "main")
        eventually(lambda: "status: reading" in note(one), "the second machine's edit in the first's vault")
        eventually(lambda: item(two)["proceedingsTitle"] == item(one)["proceedingsTitle"] == "ICCV", "Zotero")
        for daemon in (first, second):
            assert "conflict" not in daemon.lines()
            assert "waits" not in daemon.lines()
    assert catalog(one) == catalog(two)

"""Permission is lost beside a running `litsync watch`: it is told once, the rest goes on, and it mends itself when it is back."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
from cli_bench import Library, Project
from daemon_bench import FAST, Daemon, eventually, git

CONFIG = "catalog: lists/catalog.yaml\nvault: vault\nzotero: {library: zotero/library.sqlite}\n"
CONFIG += FAST.replace("look: 2", "look: 1")
LOOK = 1  # second
ORDINARY = """
import ctypes, os, sys
if os.geteuid() == 0:  # root without its power over permissions: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    libc = ctypes.CDLL(None)
    for capability in (1, 2):
        libc.prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class OrdinaryDaemon(Daemon):
    """`litsync watch` run by an account that permissions hold for."""

    before = ("-c", ORDINARY)


@pytest.fixture(autouse=True)
def _permissions_hold(tmp_path):
    """Skip where nothing can be made unreadable."""
    if sys.platform == "win32":
        pytest.skip("other permissions")
    (tmp_path / "closed").touch(0)
    reading = [sys.executable, "-c", ORDINARY, "-c", f"open({str(tmp_path / 'closed')!r})"]
    if subprocess.run(reading, check=False, capture_output=True).returncode == 0:
        pytest.skip("permissions do not hold for this account, and it cannot change that")


@pytest.fixture
def project(tmp_path):
    """A project that was pushed; catalog, vault and library each have a folder of their own."""
    made = Project.make(tmp_path / "project", config=CONFIG)
    for name in ("lists", "zotero"):
        (made.folder / name).mkdir()
    (made.folder / "catalog.yaml").rename(made.folder / "lists" / "catalog.yaml")
    made.push()
    return made


@dataclass(frozen=True)
class Places:
    """What the three places say."""

    project: Project

    @property
    def catalog(self):
        """The catalog's file."""
        return self.project.folder / "lists" / "catalog.yaml"

    @property
    def note(self):
        """The paper's note."""
        return self.project.note("Papers/guo2021adnerf")

    def edit(self, place, old, new):
        """Change the catalog or the note in place, as a person does."""
        path = self.catalog if place == "catalog" else self.note
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    @property
    def items(self):
        """The items of the library."""
        with Library(self.project.folder / "zotero" / "library.sqlite") as library:
            return library.items()

    def say(self, place, *lines):
        """Whether one place says all of it."""
        if place == "zotero":
            item = self.items["guo2021adnerf"]
            text = f"venue: {item['proceedingsTitle']}\ndate: {item['date']}\n"
        else:
            text = (self.catalog if place == "catalog" else self.note).read_text("utf-8")
        return all(line in text for line in lines)

    def are_whole(self):
        """Whether the other paper is where it was."""
        return (
            "id: goodfellow2014generative" in self.catalog.read_text("utf-8")
            and self.project.note("Papers/goodfellow2014generative").exists()
            and len(self.items) == 2
        )


@dataclass(frozen=True)
class Case:
    """`path` gets the mode, and something is edited: litsync says `told`, all `reaches` have it; then litsync says `over`."""

    path: str
    mode: int
    told: str
    over: str
    edited: str
    reaches: str

    def __str__(self):
        return f"{self.path} {self.mode:o}"


EDITS = {
    "catalog": ("catalog", "venue: ICCV 2021\n", "venue: ICCV\n"),
    "note": ("note", "date: 2021-10\n", "date: 2021-10-11\n"),
}
DENIED = "permission is denied (give this account the right to read and write there)"
WRITABLE = "its file or its folder may not be written (give this account the right to)"
OPEN = "its file or its folder may not be read and written (give this account the right to)"
WRITTEN, THERE, ANSWERS = "what could not be written is written", "the vault is there again", "Zotero answers again"
LEFT, READ, WORKS = "nothing is left for you", "the catalog can be read again", "it works again"
CASES = [
    Case("vault", 0, f"vault cannot be opened: {DENIED}", THERE, "catalog", "zotero"),
    Case("vault/.litsync", 0, f"vault.json cannot be read: {DENIED}", THERE, "catalog", "zotero"),
    Case("vault/Papers", 0, f"vault/Papers/: cannot be read: {DENIED}", LEFT, "catalog", "zotero"),
    Case("vault/Papers", 0o555, f"could not be written in the vault: {DENIED}", WRITTEN, "both", "catalog zotero"),
    Case("vault/Papers/guo*", 0, f"guo2021adnerf.md: cannot be read: {DENIED}", LEFT, "catalog", "zotero"),
    Case("vault/Papers/guo*", 0o444, f"could not be written in the vault: {DENIED}", WRITTEN, "catalog", "zotero"),
    Case("lists", 0, f"lists/catalog.yaml cannot be read: {DENIED}", READ, "note", ""),
    Case("lists", 0o555, f"could not be written in the catalog: {DENIED}", WRITTEN, "both", "vault zotero"),
    Case("lists/*.yaml", 0, f"lists/catalog.yaml cannot be read: {DENIED}", READ, "note", ""),
    Case("lists/*.yaml", 0o444, f"could not be written in the catalog: {DENIED}", WRITTEN, "note", "vault zotero"),
    Case("zotero", 0, f"zotero/library.sqlite: {DENIED}", ANSWERS, "both", "catalog vault"),
    Case("zotero", 0o555, WRITABLE, ANSWERS, "both", "catalog vault"),
    Case("zotero/*", 0, OPEN, ANSWERS, "both", "catalog vault"),
    Case("zotero/*", 0o444, WRITABLE, ANSWERS, "both", "catalog vault"),
    Case(".litsync/*-*", 0, "litsync keeps its state there; make it writable", WORKS, "both", ""),
    Case(".litsync/*-*", 0o555, "is the disk full, or the folder read-only?", WORKS, "both", ""),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_closed_is_told_once_and_made_up_for_when_it_is_open_again(project, case):
    """Whatever is closed, edits of the rest arrive meanwhile, nothing is deleted, and the others arrive when it is open."""
    places = Places(project)
    edits = {EDITS[name] for name in ("catalog", "note") if case.edited in (name, "both")}
    said = [edit[2] for edit in edits]
    with OrdinaryDaemon(project) as daemon:
        closed = {path: stat.S_IMODE(path.stat().st_mode) for path in project.folder.glob(case.path)}
        assert closed
        for path in closed:
            path.chmod(case.mode)
        try:
            for edit in edits:
                places.edit(*edit)
            daemon.says(case.told)
            for place in case.reaches.split():
                eventually(lambda place=place: places.say(place, *said), f"the edits in the {place}")
            time.sleep(2 * LOOK)
            assert daemon.lines().count(case.told) == 1, daemon.lines()
            assert daemon.process.poll() is None
        finally:
            for path, mode in closed.items():
                path.chmod(mode)
        for place in ("catalog", "vault", "zotero"):
            eventually(lambda place=place: places.say(place, *said), f"the edits in the {place}, {daemon.lines()}")
        daemon.says(case.over)
    assert places.are_whole()
    assert "made a mistake" not in daemon.lines()
    assert "on hold" not in daemon.lines()


def test_what_git_does_cannot_be_seen(project):
    """Then nothing of the catalog is sent, because a merge may be going on; it is told, and goes on when it can be seen."""
    git(project, "init", "-q", "-b", "main", ".")
    git(project, "add", "lists")
    git(project, "commit", "-qm", "first")
    places, folder = Places(project), project.folder / ".git"
    with OrdinaryDaemon(project) as daemon:
        mode = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(0)
        try:
            places.edit(*EDITS["catalog"])
            daemon.says("waits: git's folder cannot be looked into")
            time.sleep(2 * LOOK)
            assert daemon.lines().count("cannot be looked into") == 1, daemon.lines()
            assert places.say("vault", "venue: ICCV 2021\n")
        finally:
            folder.chmod(mode)
        for place in ("vault", "zotero"):
            eventually(lambda place=place: places.say(place, "venue: ICCV\n"), f"the edit in the {place}")
        daemon.says("the catalog is taken in again")

"""`litsync watch`: every edit reaches the other two places by itself, whoever makes it and however it is saved."""

from __future__ import annotations

import signal

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, Daemon, eventually


@pytest.fixture
def project(tmp_path):
    """A project that was pushed."""
    made = Project.make(tmp_path / "project", config=CONFIG)
    made.push()
    return made


@pytest.fixture
def daemon(project):
    """`litsync watch` on it, after its first cycle."""
    with Daemon(project) as running:
        yield running


def catalog(project):
    """The catalog's text now."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def item(project, citekey="guo2021adnerf"):
    """The paper's item now."""
    with project.library() as library:
        return library.items()[citekey]


def note(project, name="Papers/guo2021adnerf"):
    """The paper's note now."""
    return project.note(name).read_text(encoding="utf-8")


def test_an_edit_in_each_place_reaches_the_other_two(project, daemon):
    """Nobody runs a command."""
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the note's edit in the YAML")
    eventually(lambda: item(project)["proceedingsTitle"] == "ICCV", "the note's edit in Zotero")

    project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
    eventually(lambda: "date: 2021-10-11\n" in note(project), "the YAML's edit in the note")
    eventually(lambda: item(project)["date"] == "2021-10-11", "the YAML's edit in Zotero")

    with project.library() as library:
        library.change("guo2021adnerf", title="Fixed in Zotero")
    eventually(lambda: "Fixed in Zotero" in catalog(project), "Zotero's edit in the YAML")
    eventually(lambda: "Fixed in Zotero" in note(project), "Zotero's edit in the note")


def test_ends_cleanly(project, daemon):
    """SIGTERM and Ctrl-C are no failures, and a command can be run at once."""
    assert daemon.stop(signal.SIGTERM) == 0
    assert "stopped" in daemon.lines()
    daemon.start()
    assert daemon.stop(signal.SIGINT) == 0
    assert "nothing to do" in project.push().out

"""A push that is killed at any of its file operations: the next one completes it, and nothing is made twice or lost.

The child process counts what it does to files (Python's audit events, and calls into the system's own library) and kills
itself, with the signal that nothing can catch, at the one it was told.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from cli_bench import Project

CHILD = """
import os, signal, sys
stop, seen = int(sys.argv[1]), 0
def count(event, arguments):
    global seen
    changes = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.truncate", "ctypes.call_function"}
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if event in changes or writes:
        seen += 1
        if seen == stop:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
from litsync.cli import _run
code = _run(["push", "--quiet"])
print(seen)
sys.exit(code)
"""
MINE = "\nWords of mine.\n"


def push_until(project, stop):
    """Push, killed at operation number `stop`; how many operations there were if it came to its end."""
    made = subprocess.run(
        [sys.executable, "-c", CHILD, str(stop)], cwd=project.folder, capture_output=True, text=True, check=False
    )
    if made.returncode == -signal.SIGKILL:
        return None
    assert made.returncode == 0, made.stderr
    return int(made.stdout)


def points(total, most):
    """That many moments, spread over all of them."""
    step = max(1, total // most)
    return range(1, total + 1, step)


def everything(project):
    """What the replicas hold: items by citation key with their links, and notes."""
    with project.library() as library:
        items = library.items()
        rows = [row["data"] for row in library.zotero.everything(library.zotero.items())]
        collections = sorted(row["data"]["name"] for row in library.zotero.collections())
    links = sorted((row["parentItem"], row["url"]) for row in rows if row["itemType"] == "attachment")
    regular = sorted(row["citationKey"] for row in rows if row["itemType"] != "attachment")
    notes = {p.name: p.read_text(encoding="utf-8") for p in (project.folder / "vault").rglob("*.md")}
    return {key: row["title"] for key, row in items.items()}, regular, links, collections, notes


@pytest.fixture
def kills(request):
    """How many moments to try."""
    return request.config.getoption("--kills")


def test_a_first_push(tmp_path, kills):
    """Whenever it dies, one more push ends with exactly what an undisturbed one makes."""
    whole = Project.make(tmp_path / "whole")
    total = push_until(whole, 10**9)
    expected = everything(whole)
    for stop in points(total, kills):
        project = Project.make(tmp_path / f"at{stop}")
        assert push_until(project, stop) is None
        project.push()

        assert everything(project) == expected, stop
        assert project.push().out.count("nothing to do") == 2, stop


def test_a_push_of_changes_to_notes_that_were_written_in(tmp_path, kills):
    """Whenever it dies, the reader's words are there, and the next push completes the changes."""

    def prepared(name):
        project = Project.make(tmp_path / name)
        project.push()
        for note in ("guo2021adnerf", "goodfellow2014generative"):
            path = project.note(f"Papers/{note}")
            path.write_text(path.read_text(encoding="utf-8") + MINE, encoding="utf-8")
        project.change_catalog('"AD-NeRF: Audio Driven"', '"A new title"')
        project.change_catalog("methods: [gan, nerf]", "methods: [gan]\n    tags: [new]")
        return project

    whole = prepared("whole")
    total = push_until(whole, 10**9)
    expected = everything(whole)
    for stop in points(total, kills):
        project = prepared(f"at{stop}")
        assert push_until(project, stop) is None
        for path in (project.folder / "vault/Papers").glob("*.md"):
            assert path.read_text(encoding="utf-8").endswith(MINE), stop
        project.push()

        assert everything(project) == expected, stop
        assert project.push().out.count("nothing to do") == 2, stop

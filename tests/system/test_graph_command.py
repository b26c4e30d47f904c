"""`litsync graph` as its user runs it: what it writes, where its links lead, and what it does not replace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_bench import CONFIG, ROOT, Project


@pytest.fixture
def project(tmp_path):
    """A project that was never pushed."""
    return Project.make(tmp_path / "project")


def page(project, *arguments, **environment):
    """The page that `litsync graph` writes."""
    made = project.run("graph", *arguments, **environment)
    assert made.code == 0, made.err
    return (project.folder / "graph.html").read_text(encoding="utf-8")


def test_a_picture_needs_no_vault_and_no_library(project):
    """Before the first push it is drawn without links to notes, and nothing else is made."""
    before = {path.name for path in project.folder.iterdir()}
    text = page(project)

    assert "AD-NeRF: Audio Driven" in text
    assert 'href="https://arxiv.org/abs/2103.11078"' in text
    assert "obsidian://" not in text
    assert {path.name for path in project.folder.iterdir()} == before | {"graph.html"}


def test_a_dash_means_standard_output(project):
    """As in other commands: no file of that name is made."""
    made = project.run("graph", "-o", "-", "--format", "svg")

    assert made.out.startswith("<svg")
    assert not (project.folder / "-").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_takes_no_more_is_told_as_that(project):
    """It is the disk's fault, not litsync's."""
    with Path("/dev/full").open("w") as full:
        made = subprocess.run(
            [sys.executable, "-m", "litsync", "schema"],
            cwd=project.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert made.returncode == 1
    assert b"No space left on device" in made.stderr
    assert b"mistake" not in made.stderr


def test_links_follow_the_notes(project):
    """A click leads to the note where it is now, also after it was moved."""
    project.push()
    first = page(project)
    shutil.move(project.note("Papers/guo2021adnerf"), project.folder / "vault/AD NeRF.md")
    second = page(project)

    assert "obsidian://open?vault=vault&amp;file=Papers%2Fguo2021adnerf" in first
    assert "obsidian://open?vault=vault&amp;file=AD%20NeRF" in second
    assert "zotero://" not in second


def test_items_are_linked_where_the_application_shows_them(project):
    """With a library of the web, a click leads to the item by its key; no library is asked for that."""
    project.push()
    (project.folder / "litsync.yaml").write_text(
        CONFIG.replace("{library: library.sqlite}", "{target: web, library: groups/7}"), encoding="utf-8"
    )

    assert page(project).count("zotero://select/groups/7/items/") == 2


def test_a_missing_vault_is_told(project):
    """The picture is drawn all the same, and says what it lacks."""
    project.push()
    shutil.move(project.folder / "vault", project.folder / "elsewhere")
    made = project.run("graph")

    assert made.code == 0
    assert "no links to notes" in made.err
    assert not (project.folder / "vault").exists()


def test_only_its_own_untouched_file_is_replaced(project):
    """The picture is made anew when the catalog changed; a file that anyone wrote or changed stays."""
    page(project)
    project.change_catalog("Generative Adversarial Nets", "Another title")
    again = page(project)
    place = project.folder / "graph.html"
    place.write_text(again + "<!-- mine -->\n", encoding="utf-8")
    refused = project.run("graph")
    kept = place.read_text(encoding="utf-8")
    forced = project.run("graph", "--force")

    assert "Another title" in again
    assert refused.code == 2
    assert "graph.html is there already" in refused.err
    assert kept.endswith("<!-- mine -->\n")
    assert forced.code == 0
    assert place.read_text(encoding="utf-8") == again


def test_the_same_catalog_gives_the_same_file(project):
    """Byte for byte, however Python orders its sets; and what is there already is not written again."""
    shutil.copy(ROOT / "catalog/face-video-generation.yaml", project.folder / "catalog.yaml")
    one = page(project, PYTHONHASHSEED="1")
    stamp = (project.folder / "graph.html").stat().st_mtime_ns
    other = page(project, PYTHONHASHSEED="2")

    assert one == other
    assert (project.folder / "graph.html").stat().st_mtime_ns == stamp


def test_the_form_follows_the_name(project):
    """A file that ends in .svg is a still picture; --format has the last word."""
    assert project.run("graph", "-o", "picture.svg").code == 0
    assert project.run("graph", "-o", "other", "--format", "svg").code == 0

    assert (project.folder / "picture.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert (project.folder / "other").read_bytes() == (project.folder / "picture.svg").read_bytes()

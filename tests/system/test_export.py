"""`litsync export` as its user runs it: what it writes, and what it does not replace."""

from __future__ import annotations

import json

import pytest
from cli_bench import Project


@pytest.fixture
def project(tmp_path):
    """A project that was never pushed."""
    return Project.make(tmp_path / "project")


class TestMatrix:
    """The classification as a table."""

    def test_it_is_printed_and_nothing_is_made(self, project):
        """A table on standard output needs no vault, no library, and makes none."""
        before = sorted(project.folder.iterdir())
        made = project.run("export", "matrix")

        assert made.code == 0
        assert "| 6 | [AD-NeRF: Audio Driven](<https://arxiv.org/abs/2103.11078>) | 2021 | ● |  |" in made.out
        assert sorted(project.folder.iterdir()) == before

    def test_a_file_is_not_replaced_unasked(self, project):
        """Somebody's file stays; with --force it is replaced whole; what is there already is not written again."""
        place = project.folder / "matrix.csv"
        place.write_text("mine", encoding="utf-8")
        refused = project.run("export", "matrix", "--format", "csv", "-o", "matrix.csv")
        kept = place.read_text(encoding="utf-8")
        forced = project.run("export", "matrix", "--format", "csv", "-o", "matrix.csv", "--force")
        stamp = place.stat().st_mtime_ns
        again = project.run("export", "matrix", "--format", "csv", "-o", "matrix.csv")

        assert (refused.code, kept) == (2, "mine")
        assert "matrix.csv is there already" in refused.err
        assert forced.code == again.code == 0
        assert place.read_bytes().startswith(b"citekey,number,")
        assert place.stat().st_mtime_ns == stamp
        assert not [path for path in project.folder.iterdir() if path.name.startswith(".matrix")]

    def test_a_folder_that_is_not_there(self, project):
        """It is named, and nothing is made."""
        made = project.run("export", "matrix", "-o", "none/matrix.md")

        assert made.code == 2
        assert "none/matrix.md" in made.err

    def test_a_catalog_with_problems(self, project):
        """Nothing is written of a catalog that `check` refuses."""
        project.change_catalog("methods: [nerf]", "methods: [nrf]")
        made = project.run("export", "matrix", "-o", "matrix.md")

        assert made.code == 4
        assert "nrf" in made.err
        assert not (project.folder / "matrix.md").exists()


class TestCanvas:
    """The classification as cards."""

    def test_it_lies_in_the_vault_and_is_the_readers_from_then_on(self, project):
        """It is made once, from notes that are there; a second time it is refused, with --update it follows the catalog."""
        early = project.run("export", "canvas")
        project.push()
        made = project.run("export", "canvas")
        place = project.folder / "vault/Classification.canvas"
        shown = json.loads(place.read_text(encoding="utf-8"))
        files = {node["file"] for node in shown["nodes"] if node["type"] == "file"}
        shown["nodes"][0]["x"] = -5000
        place.write_text(json.dumps(shown), encoding="utf-8")
        again = project.run("export", "canvas")
        project.change_catalog("methods: [gan, nerf]", "methods: [nerf]")
        updated = project.run("export", "canvas", "--update")
        nodes = json.loads(place.read_text(encoding="utf-8"))["nodes"]

        assert early.code == 2
        assert "no notes yet" in early.err
        assert made.code == updated.code == 0
        assert all((project.folder / "vault" / file).is_file() for file in files)
        assert len(files) == 4
        assert again.code == 2
        assert "--update" in again.err
        assert nodes[0]["x"] == -5000
        assert "litsync:gan/goodfellow2014generative" in {node["id"] for node in shown["nodes"]}
        assert "litsync:gan/goodfellow2014generative" not in {node["id"] for node in nodes}

    def test_a_push_leaves_it_alone(self, project):
        """A canvas is no note, and the vault is clean but for it."""
        project.push()
        before = {path.name for path in (project.folder / "vault").iterdir()}
        project.run("export", "canvas", "--by", "year")
        again = project.push()

        assert "nothing to do" in again.out
        assert {path.name for path in (project.folder / "vault").iterdir()} - before == {"Timeline.canvas"}

    def test_a_broken_canvas_is_left_alone(self, project):
        """Whatever stands there stays, byte for byte."""
        project.push()
        place = project.folder / "vault/Classification.canvas"
        for data in (b"{ broken", b"\xff\xfe"):
            place.write_bytes(data)
            refused = project.run("export", "canvas", "--update")

            assert refused.code == 2
            assert "Classification.canvas" in refused.err
            assert place.read_bytes() == data

    def test_a_missing_vault(self, project):
        """Nothing is made where the vault was."""
        project.push()
        (project.folder / "vault").rename(project.folder / "elsewhere")

        assert project.run("export", "canvas").code == 7
        assert not (project.folder / "vault").exists()

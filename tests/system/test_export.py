"""`litsync export` as its user runs it: what it writes, and what it does not replace."""

from __future__ import annotations

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

"""`litsync undo` takes back what commands wrote into the catalog, too: an import, what a lookup filled in, a rename."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, Project

BIBTEX = """\
@article{goodfellow2014generative, title = {Generative Adversarial Nets}, author = {Ian J. Goodfellow},
  eprint = {1406.2661}, eprinttype = {arxiv}, pages = {1--9}}
@article{mildenhall2020nerf, title = {NeRF: Representing Scenes}, author = {Ben Mildenhall and Matthew Tancik},
  year = {2020}, journal = {ECCV}, issn = {0302-9743}}
@book{goodfellow2016deep, title = {Deep Learning}, author = {Ian Goodfellow and Yoshua Bengio}, year = {2016}}
"""


@pytest.fixture
def project(pushed, tmp_path):
    """The same, after an import."""
    made = pushed.copied(tmp_path / "project")
    (made.folder / "refs.bib").write_text(BIBTEX, encoding="utf-8")
    done = made.run("import", "refs.bib")
    assert done.code == 0, done.out + done.err
    return made


def text(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def run(project, *arguments, code=0):
    """Run a command, and expect this end."""
    made = project.run(*arguments)
    assert made.code == code, made.out + made.err
    return made


def at_rest(project):
    """Another cycle finds nothing to do."""
    assert run(project, "sync").out.count("nothing to do") == 2


class TestAnImport:
    """New papers, and what was filled in."""

    def test_before_anything_followed_the_catalog_is_as_it_was(self, project):
        """Byte for byte: its papers go, also with keys that no field is for, and what it filled in is empty again."""
        assert "mildenhall2020nerf" in text(project)
        assert "pages: 1-9" in text(project).replace('"', "")
        assert "3 changes" in run(project, "undo").out

        assert text(project) == CATALOG
        at_rest(project)

    def test_after_a_push_notes_and_items_go_too(self, project):
        """To the trash, on both sides."""
        project.push()
        assert project.note("Papers/mildenhall2020nerf").exists()
        run(project, "undo")

        assert text(project) == CATALOG
        assert not project.note("Papers/mildenhall2020nerf").exists()
        assert (project.folder / "vault/.trash/mildenhall2020nerf.md").exists()
        with project.library() as library:
            assert library.items()["goodfellow2016deep"]["deleted"]
            assert not library.items()["goodfellow2014generative"].get("pages")
        at_rest(project)

    def test_a_dry_run_writes_nothing(self, project):
        """It shows what would go."""
        before = project.files()
        made = run(project, "undo", "--dry-run")

        assert "- goodfellow2016deep" in made.out
        assert "- pages: “1-9”" in made.out
        assert project.files() == before

    def test_what_somebody_touched_stays_and_is_named(self, project):
        """A word in a note, a comment in an entry, an edit of what was filled in: each keeps what it is about, and no more."""
        project.push()
        with project.note("Papers/mildenhall2020nerf").open("a", encoding="utf-8") as note:
            note.write("Mine.\n")
        project.change_catalog("pages: 1-9", "pages: 1-10")
        run(project, "sync")
        imported = next(one for one in run(project, "log", "--json").json["cycles"] if "import" in one["command"])
        made = run(project, "undo", str(imported["cycle"]), code=3)

        assert "goodfellow2014generative pages: changed again since" in made.out
        assert "mildenhall2020nerf was touched or is named since it was added" in made.out
        assert "pages: 1-10" in text(project)
        assert "- id: mildenhall2020nerf" in text(project)
        assert "goodfellow2016deep" not in text(project)
        assert project.note("Papers/mildenhall2020nerf").read_text().endswith("Mine.\n")
        at_rest(project)

    def test_the_catalog_is_told_of_too(self, project):
        """What was filled in is emptied there, and that is said."""
        project.push()
        made = run(project, "undo")

        assert "Catalog (catalog.yaml): 2 papers removed, 1 paper changed" in made.out

    def test_what_the_catalog_keeps_is_told(self, project):
        """A value that another entry repeats by its anchor cannot go: that is no success."""
        project.push()
        project.change_catalog("pages: 1-9", "pages: &here 1-9")
        with (project.folder / "catalog.yaml").open("a", encoding="utf-8") as file:
            file.write("    volume: *here\n")
        made = project.run("undo")

        assert "goodfellow2014generative in the catalog: the catalog keeps its value" in made.out
        assert "pages: &here 1-9" in text(project)

    def test_importing_again_brings_it_again(self, project):
        """What was taken back is not taken for what a person threw away."""
        before = text(project)
        run(project, "undo")
        run(project, "import", "refs.bib")

        assert text(project) == before

    def test_the_journal_tells_of_it(self, project):
        """As of any cycle."""
        made = run(project, "log")

        assert "import refs.bib" in made.out
        assert "goodfellow2016deep added to the catalog" in made.out


class TestARename:
    """A citekey, and the id of a method."""

    @pytest.mark.parametrize(("old", "new"), [("guo2021adnerf", "guo2021ad"), ("nerf", "radiance")])
    def test_a_rename_is_renamed_back(self, pushed, tmp_path, old, new):
        """Catalog, note and library are as they were."""
        project = pushed.copied(tmp_path / "project")
        before = {name: said for name, (said, _) in project.files().items() if "library" not in name}
        run(project, "rename", old, new)
        assert text(project) != CATALOG
        made = run(project, "undo")

        assert f"{new} is now {old}" in made.out
        assert {name: said for name, (said, _) in project.files().items() if "library" not in name} == before
        at_rest(project)

    def test_one_that_was_renamed_on_stays(self, pushed, tmp_path):
        """The name that it has now is another one; the journal says so."""
        project = pushed.copied(tmp_path / "project")
        run(project, "rename", "guo2021adnerf", "guo2021ad")
        cycle = project.run("log", "--json").json
        number = str(cycle["cycles"][0]["cycle"])
        run(project, "rename", "guo2021ad", "guo2021adn")
        made = run(project, "undo", number)

        assert "is called otherwise now" in made.out
        assert "id: guo2021adn\n" in text(project)

    def test_without_a_vault_it_is_taken_back_as_well(self, tmp_path):
        """Before the first push there is a catalog only."""
        project = Project.make(tmp_path / "project")
        run(project, "rename", "guo2021adnerf", "guo2021ad")
        run(project, "undo")

        assert text(project) == CATALOG

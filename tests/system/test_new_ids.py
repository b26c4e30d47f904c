"""A section or method whose id a person changed in the catalog is the same one: nothing is doubled, nothing is thrown away."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, Project

WITH_PARENT = CATALOG.replace("{name: GAN}", "{name: GAN, parent: nerf}")


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """A project that was pushed."""
    made = Project.make(tmp_path_factory.mktemp("pushed") / "project", WITH_PARENT)
    made.push()
    return made


@pytest.fixture
def project(pushed, tmp_path):
    """The same, to be changed."""
    return pushed.copied(tmp_path / "project")


def text(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def write(project, *pairs):
    """A person replaces words in the catalog, each wherever it stands."""
    said = text(project)
    for old, new in pairs:
        said = said.replace(old, new)
    (project.folder / "catalog.yaml").write_text(said, encoding="utf-8")


def collections(project):
    """The names of the library's collections by key."""
    with project.library() as library:
        return {row["key"]: row["data"]["name"] for row in library.zotero.collections()}


def at_rest(project):
    """Another cycle finds nothing to do, and nothing is open."""
    made = project.run("sync")
    assert (made.code, made.out.count("nothing to do")) == (0, 2), made.out


class TestSections:
    """What is a subcollection in Zotero."""

    def test_the_same_name_is_the_same_section(self, project):
        """Its subcollection stays, with the items in it; the notes say the new id."""
        before = collections(project)
        with project.library() as library:
            items = {key: (row["version"], row["collections"]) for key, row in library.items().items()}
        write(project, ("core: Core", "basics: Core"), ("[core]", "[basics]"))
        made = project.push()

        assert "On hold" not in made.out
        assert collections(project) == before
        with project.library() as library:
            assert {key: (row["version"], row["collections"]) for key, row in library.items().items()} == items
        assert "sections:\n  - basics\n" in project.note("Papers/guo2021adnerf").read_text()
        at_rest(project)

    def test_the_same_papers_are_the_same_section(self, project):
        """With another name, too: then the subcollection is renamed."""
        before = collections(project)
        write(project, ("core: Core papers", "basics: To begin with"), ("[core]", "[basics]"))
        project.push()

        assert collections(project) == {
            key: name.replace("Core papers", "To begin with") for key, name in before.items()
        }
        at_rest(project)

    def test_what_zotero_says_later_is_of_the_new_section(self, project):
        """An item taken out of the subcollection leaves the section."""
        write(project, ("core: Core", "basics: Core"), ("[core]", "[basics]"))
        project.push()
        main = next(key for key, name in collections(project).items() if name == "My list")
        with project.library() as library:
            library.change("guo2021adnerf", collections=[main])
        assert project.run("sync").code == 0

        assert text(project).count("sections: [basics]") == 1
        at_rest(project)

    def test_another_name_and_other_papers_are_another_section(self, project):
        """Then the old one is a question, as anything that is gone."""
        write(
            project,
            ("core: Core papers", "basics: To begin with"),
            ("number: 6\n    sections: [core]\n", "number: 6\n"),
        )
        write(project, ("[core]", "[basics]"))
        made = project.run("push")

        assert made.code == 3
        assert "section core is no longer in the catalog" in made.out
        assert len(collections(project)) == 3


class TestMethods:
    """What is a note in the vault."""

    def test_a_method_with_another_id_is_not_made_twice(self, project):
        """No second note, no question whether the old one shall go: the command that carries it through is named."""
        notes = sorted((project.folder / "vault/Methods").glob("*.md"))
        write(project, ("nerf:", "radiance:"), ("parent: nerf", "parent: radiance"), ("[nerf]", "[radiance]"))
        write(project, ("[gan, nerf]", "[gan, radiance]"))
        made = project.run("push")

        assert made.code == 3
        assert "`litsync rename nerf radiance` carries it through" in made.out
        assert "(remove" not in made.out
        assert sorted((project.folder / "vault/Methods").glob("*.md")) == notes
        assert '"[[NeRF]]"' in project.note("Papers/guo2021adnerf").read_text()

        before = {name: said for name, (said, _) in project.files().items() if name.startswith("vault/Papers")}
        assert project.run("rename", "nerf", "radiance").code == 0
        assert "method: radiance\n" in project.note("Methods/NeRF").read_text()
        at_rest(project)
        assert before == {name: said for name, (said, _) in project.files().items() if name.startswith("vault/Papers")}

    def test_the_command_changes_the_id_everywhere(self, project):
        """The key, the papers and the narrower methods; names, links and tags stay as they are."""
        with project.library() as library:
            version = library.version
        made = project.run("rename", "nerf", "radiance-fields")

        assert made.code == 0, made.out + made.err
        assert text(project) == (
            WITH_PARENT.replace("nerf: {", "radiance-fields: {")
            .replace("parent: nerf", "parent: radiance-fields")
            .replace("methods: [nerf]", "methods: [radiance-fields]")
            .replace("[gan, nerf]", "[gan, radiance-fields]")
        )
        assert "method: radiance-fields\n" in project.note("Methods/NeRF").read_text()
        at_rest(project)
        with project.library() as library:
            assert library.version == version

    def test_edits_after_it_flow_as_before(self, project):
        """A method taken from a note, and a tag given in Zotero, mean the method by its new id."""
        project.run("rename", "nerf", "radiance")
        project.change_note("Papers/goodfellow2014generative", '  - "[[NeRF]]"\n', "")
        with project.library() as library:
            tags = library.items()["guo2021adnerf"]["tags"]
            library.change("guo2021adnerf", tags=[tag for tag in tags if tag["tag"] != "method/NeRF"])
        assert project.run("sync").code == 0

        assert "methods: [gan]\n" in text(project)
        assert "[radiance]" not in text(project)
        at_rest(project)

    def test_what_the_command_refuses(self, project):
        """An id that is taken, and one that there is not, change nothing."""
        before = project.files()
        taken, missing = project.run("rename", "nerf", "gan"), project.run("rename", "nefr", "gan2")

        assert (taken.code, missing.code) == (2, 2)
        assert "the id gan is another method's" in taken.err
        assert "did you mean nerf?" in missing.err
        assert project.files() == before

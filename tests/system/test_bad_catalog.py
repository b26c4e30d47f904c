"""A catalog in the middle of something: nothing is written anywhere, and the words say where it stands."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, Project

LAST = "    sections: [core]\n    methods: [gan, nerf]\n"
BROKEN = {
    "emptied": ("", "is empty; it held 2 papers"),
    "cut off": (CATALOG[: CATALOG.index("number: 6")], "catalog.yaml:19:5: the file ends in the middle; 1 paper"),
    "half a key": (CATALOG.replace(LAST, "    venu\n" + LAST), "catalog.yaml:32:5: is a key without its colon"),
    "half a list": (CATALOG.replace("[audio]", "[audio"), "catalog.yaml:22:11: is not YAML: did not find expected ',' or ']'"),
    "an open quote": (CATALOG.replace('Driven"', "Driven"), "catalog.yaml:11:12: is a text in quotes that goes on for 6 lines"),
    "a tab": (CATALOG.replace("    number: 6", "\tnumber: 6"), "catalog.yaml:19:1: is not YAML"),
    "a merge": (CATALOG.replace(LAST, f"<<<<<<< HEAD\n{LAST}=======\n>>>>>>> x\n"), "catalog.yaml:32:1: is the mark of an unfinished merge"),
    "a key twice": (CATALOG.replace(LAST, LAST + "    venue: Again\n"), "catalog.yaml:34:5: stands twice in a paper"),
    "a citekey twice": (CATALOG + "  - id: guo2021adnerf\n    title: Again\n", "is the id of another paper too, at catalog.yaml:9\n"),
    "two documents": (CATALOG + "---\ntitle: More\n", "catalog.yaml:34:1: is not YAML: a second document starts here"),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project that was pushed, with an edit of a note that is on its way to the catalog."""
    made = Project.make(tmp_path_factory.mktemp("bad") / "project")
    made.push()
    made.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
    return made


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_nothing_is_written_while_the_catalog_is_in_the_middle_of_something(project, text, words):
    """No file changes, the library stays at its version, and the message has line and column; mended, all goes on."""
    path = project.folder / "catalog.yaml"
    with project.library() as library:
        version = library.version
    path.write_text(text, encoding="utf-8")
    before = {name: data for name, data in project.files().items() if "sqlite" not in name}

    made = project.run("sync")

    assert made.code == 4
    assert words in made.err
    assert {name: data for name, data in project.files().items() if "sqlite" not in name} == before
    with project.library() as library:
        assert library.version == version
    path.write_text(CATALOG, encoding="utf-8")


def test_once_mended_the_edit_on_its_way_arrives(project):
    """Whatever stood in between, the catalog is the one that was pushed, and takes the change in."""
    (project.folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")

    made = project.run("sync")

    assert made.code == 0
    assert (project.folder / "catalog.yaml").read_text() == CATALOG.replace("status: to-read", "status: reading")

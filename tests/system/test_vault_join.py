"""A vault that exists already is joined, not reconfigured, and its notes become litsync's only when a person says so."""

from __future__ import annotations

import json
import shutil

import pytest
from cli_bench import CONFIG, ROOT, Project

OWN = {
    "@guo2021adnerf.md": "---\ntags: [mine]\nstatus: read\n---\nMy thoughts on AD-NeRF.\n",
    "Deep/goodfellow.md": "Read it [in Zotero](zotero://select/items/@goodfellow2014generative).\n",
    "Concepts/NeRF.md": "# NeRF\nWhat I know about it, see [[@guo2021adnerf]].\n",
    "Diary.md": "---\r\nx: [1, 2]\r\n---\r\nNothing for litsync.\r\n",
    ".obsidian/types.json": '{\n  "types": {\n    "tags": "tags",\n    "Year": "text",\n    "arxiv": "number"\n  }\n}\n',
    ".obsidian/app.json": '{"alwaysUpdateLinks": false}',
    ".obsidian/graph.json": '{"search": "-tag:#private", "colorGroups": []}',
}


@pytest.fixture
def project(tmp_path):
    """A project whose vault is somebody's own already."""
    project = Project.make(tmp_path / "project", config=CONFIG.replace("vault: vault", "vault: mine"))
    for path, text in OWN.items():
        (project.folder / "mine" / path).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / "mine" / path).write_bytes(text.encode())
    return project


@pytest.fixture
def joined(project):
    """The vault, joined."""
    made = project.run("init", "--join-vault", "--yes")
    assert made.code == 0, made.out + made.err
    return project


def text(project, path: str) -> str:
    """What stands in a file of the vault."""
    return (project.folder / "mine" / path).read_bytes().decode()


def test_a_strange_vault_is_not_pushed_into(project):
    """Before it is joined a push stops, and writes nothing."""
    before = project.files()
    made = project.run("push")
    assert made.code == 7
    assert "--join-vault" in made.err
    assert {path: seen for path, seen in project.files().items() if path != "library.sqlite"} == before


def test_the_plan_comes_first(project):
    """Without a yes everything is told (notes, properties, files, what the first push adds) and nothing is done."""
    before = project.files()
    made = project.run("init", "--join-vault")
    assert made.code == 3
    assert project.files() == before
    for said in (
        "mine: 4 notes",
        "@guo2021adnerf.md → paper guo2021adnerf, by its name",
        "Deep/goodfellow.md → paper goodfellow2014generative, by its link to Zotero",
        "Concepts/NeRF.md → method nerf",
        "Papers.base",
        "citekey: text",
        "`arxiv` has the type number here",
        "The first push adds 1 method note",
        "The filter of your graph stays",
        r"add to it: `-path:/^litsync \(/`",
    ):
        assert said in made.out, said


def test_joining_adds_what_was_said_and_touches_nothing_else(joined):
    """Papers' notes get one property, missing types and tables come; settings, other notes and types stay."""
    assert text(joined, "@guo2021adnerf.md").startswith(
        "---\ntags: [mine]\nstatus: read\ncitekey: guo2021adnerf\n---\nMy"
    )
    assert text(joined, "Deep/goodfellow.md").startswith("---\ncitekey: goodfellow2014generative\n---\nRead it")
    types = json.loads(text(joined, ".obsidian/types.json"))["types"]
    assert (types["Year"], types["arxiv"], types["citekey"]) == ("text", "number", "text")
    assert "year" not in types
    for path in ("Concepts/NeRF.md", "Diary.md", ".obsidian/app.json", ".obsidian/graph.json"):
        assert text(joined, path) == OWN[path]
    assert not (joined.folder / "mine/Home.md").exists()
    assert not (joined.folder / "mine/Papers").exists()


def test_the_first_push_completes_the_notes_and_asks_about_concepts(joined):
    """Adopted notes get the missing properties below the reader's own; a note with a method's name is a question."""
    made = joined.run("push")
    assert made.code == 3
    assert "mine/Concepts/NeRF.md: has the name of the method nerf" in made.out
    assert "litsync notes adopt nerf" in made.out
    note = text(joined, "@guo2021adnerf.md")
    assert note.startswith("---\ntags:") or "tags: [mine" in note
    assert 'arxiv: "2103.11078"' in note
    assert note.endswith("My thoughts on AD-NeRF.\n")
    assert text(joined, "Concepts/NeRF.md") == OWN["Concepts/NeRF.md"]
    assert not list((joined.folder / "mine").glob("Papers/*.md"))
    assert (joined.folder / "mine/Methods/GAN.md").exists()


def test_a_concept_note_becomes_the_methods_when_it_is_said(joined):
    """After `notes adopt nerf` the reader's note is the method's, with their text, and the push is content."""
    joined.run("push")
    made = joined.run("notes", "adopt", "nerf")
    assert made.code == 0, made.err
    assert joined.run("push").code == 0
    note = text(joined, "Concepts/NeRF.md")
    assert note.startswith("---\nmethod: nerf\n")
    assert note.endswith(OWN["Concepts/NeRF.md"])
    assert not (joined.folder / "mine/Methods/NeRF.md").exists()


def test_a_concept_note_stays_the_readers_when_it_is_said(joined):
    """After `note nerf` the method has a note of its own beside the reader's, which stays as it was."""
    joined.run("push")
    made = joined.run("note", "nerf")
    assert made.code == 0, made.out + made.err
    assert text(joined, "Concepts/NeRF.md") == OWN["Concepts/NeRF.md"]
    assert "method: nerf" in text(joined, "Methods/NeRF (2).md")
    before = joined.files()
    assert joined.run("push").code == 0
    assert joined.files() == before


def test_what_could_be_two_things_is_left_alone(project):
    """Two notes for one paper are listed, not chosen from."""
    (project.folder / "mine/guo2021adnerf.md").write_text("a second one")
    made = project.run("init", "--join-vault", "--yes")
    assert "could be several things" in made.out
    assert text(project, "guo2021adnerf.md") == "a second one"
    assert text(project, "@guo2021adnerf.md") == OWN["@guo2021adnerf.md"]
    again = project.run("notes", "adopt", "--json")
    assert [row["record"] for row in again.json["doubtful"]] == ["paper:guo2021adnerf"]


def test_broken_types_are_left_alone_and_told(project):
    """A types.json that cannot be read keeps every byte."""
    (project.folder / "mine/.obsidian/types.json").write_text('{"types": {')
    made = project.run("init", "--join-vault", "--yes")
    assert "types.json cannot be read" in made.out
    assert text(project, ".obsidian/types.json") == '{"types": {'


@pytest.mark.parametrize("graph", ['{"showTags": true, "search": ""}', '{"showTags": true}', None])
def test_an_empty_filter_of_the_graph_leaves_the_sync_note_out(project, graph):
    """It is told first and done with a yes; every other setting of the graph stays, and the shipped graph says the same."""
    path = project.folder / "mine/.obsidian/graph.json"
    path.unlink() if graph is None else path.write_text(graph)
    assert "litsync's sync note is left out" in project.run("init", "--join-vault").out
    assert (path.read_text() if path.exists() else None) == graph
    assert project.run("init", "--join-vault", "--yes").code == 0
    settings = json.loads(text(project, ".obsidian/graph.json"))
    shipped = json.loads((ROOT / "vault_template/.obsidian/graph.json").read_text())
    assert settings.pop("search") in shipped["search"]
    assert settings == ({"showTags": True} if graph else {})
    assert "graph" not in project.run("init", "--join-vault").out


def test_a_broken_graph_is_left_alone(project):
    """Every byte of it stays."""
    (project.folder / "mine/.obsidian/graph.json").write_text('{"search": ')
    assert project.run("init", "--join-vault", "--yes").code == 0
    assert text(project, ".obsidian/graph.json") == '{"search": '


def test_a_note_that_cannot_be_adopted_is_told(project):
    """A note that is no text is not touched; the others are adopted."""
    (project.folder / "mine/@guo2021adnerf.md").write_bytes(b"caf\xe9")
    made = project.run("init", "--join-vault", "--yes")
    assert made.code == 0
    assert (project.folder / "mine/@guo2021adnerf.md").read_bytes() == b"caf\xe9"
    assert "citekey" in text(project, "Deep/goodfellow.md")
    again = project.run("notes", "adopt")
    assert again.code == 5
    assert "@guo2021adnerf.md" in again.err


def test_adopting_is_in_the_journal_and_done_once(joined):
    """A second adoption finds nothing to do and changes no byte."""
    before = joined.files()
    made = joined.run("notes", "adopt", "--dry-run")
    assert "would be adopted" not in made.out
    assert joined.run("notes", "adopt").code == 0
    assert joined.files() == before


def test_an_unknown_key_is_told_with_a_guess(joined):
    """A key that the catalog does not have is a mistake of usage."""
    for command in (("notes", "adopt"), ("notes", "rename"), ("note",)):
        made = joined.run(*command, "guo2021adnert")
        assert made.code == 2
        assert "did you mean guo2021adnerf?" in made.err


def test_a_vault_that_lost_its_mark_is_joined_again(tmp_path):
    """A service that left the hidden folder behind ends nothing: no note is made twice, and no word of one is changed."""
    project = Project.make(tmp_path / "project")
    project.push()
    shutil.rmtree(project.folder / "vault/.litsync")
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: Mine")
    assert "init --join-vault" in project.run("sync").err
    before = project.files()
    made = project.run("init", "--join-vault", "--yes")
    assert "met anew" in made.out
    made = project.run("sync")

    assert made.code == 0, made.out + made.err
    assert "the vault has “Mine”" in made.out
    notes = [name for name in before if name.endswith((".md", ".yaml"))]
    assert {name: project.files()[name] for name in notes} == {name: before[name] for name in notes}

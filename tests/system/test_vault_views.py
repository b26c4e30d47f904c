"""The graph and the classification show every method, and what the reader changed in them stays."""

from __future__ import annotations

import json

import pytest
from cli_bench import CATALOG, CONFIG, Project

from litsync.formats.base_file import load_base
from litsync.formats.colours import NEUTRAL, as_number, method_colours

GRAPH = "vault/.obsidian/graph.json"
MATRIX = "vault/Classification.base"


@pytest.fixture
def project(tmp_path):
    """A project that was pushed once."""
    project = Project.make(tmp_path / "project")
    project.push()
    return project


def groups(project) -> list[tuple[str, int]]:
    """The colour groups of the graph, as query and colour."""
    settings = json.loads((project.folder / GRAPH).read_text(encoding="utf-8"))
    return [(group["query"], group["color"]["rgb"]) for group in settings["colorGroups"]]


def edit_graph(project, change) -> None:
    """Change the graph's settings as Obsidian does."""
    path = project.folder / GRAPH
    settings = json.loads(path.read_text(encoding="utf-8"))
    change(settings)
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")


def columns(project) -> list[str]:
    """The formulas that the classification shows, in order."""
    (view,) = load_base((project.folder / MATRIX).read_text(encoding="utf-8"))["views"]
    return [name for name in view["order"] if name.startswith("formula.")]


def add_method(project, line: str = "  glow: {name: Glow}\n") -> None:
    """A new method in the catalog."""
    project.change_catalog("papers:\n", f"{line}papers:\n")


def test_each_method_has_its_colour_and_papers_have_none(project):
    """A group for each method, in the one colour it has everywhere; papers are neutral, templates are kept out."""
    colours = method_colours({"nerf": None, "gan": None})
    assert groups(project) == [
        ('["method":/^(nerf)$/]', as_number(colours["nerf"])),
        ('["method":/^(gan)$/]', as_number(colours["gan"])),
        ('["citekey"]', as_number(NEUTRAL)),
    ]
    settings = json.loads((project.folder / GRAPH).read_text(encoding="utf-8"))
    assert '-path:"Templates/"' in settings["search"]


def test_a_new_method_gets_a_colour_and_a_column(project):
    """One line in the catalog, one push: the method is in the graph and in the table, and nothing else moved."""
    before = groups(project)
    add_method(project)
    project.push()
    assert [group for group in groups(project) if group in before] == before
    assert '["method":/^(glow)$/]' in dict(groups(project))
    assert columns(project) == ["formula.m_nerf", "formula.m_gan", "formula.m_glow"]
    files = project.files()
    project.push()
    assert project.files() == files


def test_the_catalog_chooses_a_colour(project):
    """`color:` in the catalog is the method's colour in the graph, and can be changed again."""
    for colour in ("123456", "abcdef"):
        text = (project.folder / "catalog.yaml").read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("  gan:"))
        project.change_catalog(line, f"  gan: {{name: GAN, color: {colour}}}")
        project.push()
        assert dict(groups(project))['["method":/^(gan)$/]'] == int(colour, 16)
        assert len(groups(project)) == 3


def test_a_colour_that_the_reader_chose_stays(project):
    """A group that was changed in Obsidian is the reader's from then on, and so are groups of their own."""

    def change(settings):
        settings["colorGroups"][0]["color"]["rgb"] = 0xFEFEFE
        settings["colorGroups"].insert(0, {"query": "tag:#mine", "color": {"a": 1, "rgb": 1}})
        settings["scale"] = 0.123456789

    edit_graph(project, change)
    add_method(project)
    project.push()
    found = dict(groups(project))
    assert found['["method":/^(nerf)$/]'] == 0xFEFEFE
    assert found["tag:#mine"] == 1
    assert '["method":/^(glow)$/]' in found
    assert len(found) == 5
    assert json.loads((project.folder / GRAPH).read_text(encoding="utf-8"))["scale"] == 0.123456789


def test_groups_that_were_all_removed_do_not_come_back(project):
    """Who wants no colours has none."""
    edit_graph(project, lambda settings: settings.update(colorGroups=[]))
    add_method(project)
    project.push()
    assert groups(project) == []


@pytest.mark.parametrize("path", [GRAPH, MATRIX])
def test_a_file_that_was_deleted_does_not_come_back(project, path):
    """What the reader took away stays away."""
    (project.folder / path).unlink()
    add_method(project)
    project.push()
    assert not (project.folder / path).exists()


@pytest.mark.parametrize(
    ("path", "text"),
    [(GRAPH, '{"colorGroups": ['), ("vault/.obsidian/types.json", "[]"), (MATRIX, "views: [\n"), (GRAPH, "\xff\xfe")],
)
def test_a_broken_file_is_left_alone_and_told(project, path, text):
    """Settings that cannot be read keep every byte, and the summary says which and where; all else is done."""
    (project.folder / path).write_bytes(text.encode("latin-1"))
    add_method(project)
    made = project.run("push")
    assert made.code == 3
    assert path in made.out
    assert (project.folder / path).read_bytes() == text.encode("latin-1")
    assert project.note("Methods/Glow").exists()


def test_a_renamed_method_note_keeps_its_column(project):
    """The column's link follows the note, however it was renamed."""
    project.note("Methods/NeRF").rename(project.note("Methods/Radiance fields of mine"))
    assert project.run("sync").code == 0
    text = (project.folder / MATRIX).read_text(encoding="utf-8")
    assert 'link("Radiance fields of mine")' in text
    assert 'link("NeRF")' not in text


def test_two_thousand_methods(tmp_path):
    """A classification of thousands stays a graph with a dozen groups and a table that can be read."""
    many = "".join(f"  m{number}: {{name: Method {number}}}\n" for number in range(2000))
    project = Project.make(tmp_path / "project", CATALOG.replace("papers:\n", f"{many}papers:\n"))
    project.push()
    assert len(groups(project)) == 13
    assert len(columns(project)) == 60
    assert len(list((project.folder / "vault/Methods").glob("*.md"))) == 2002
    before = project.files()
    project.push()
    assert project.files() == before


def test_views_speak_the_readers_names(tmp_path):
    """Graph, tables, types and templates use the names of properties, the folders and the states of the configuration."""
    vault = (
        "vault: {path: vault, papers: Library, properties: {citekey: bibkey, method: way, status: state, year: off}}"
    )
    config = CONFIG.replace("vault: vault", vault) + "statuses: [open, done]\n"
    catalog = CATALOG.replace("status: to-read", "status: open")
    project = Project.make(tmp_path / "project", catalog, config)
    project.push()
    assert [query for query, _ in groups(project)] == ['["way":/^(nerf)$/]', '["way":/^(gan)$/]', '["bibkey"]']
    types = json.loads((project.folder / "vault/.obsidian/types.json").read_text(encoding="utf-8"))["types"]
    assert types["bibkey"] == types["state"] == "text"
    assert not {"citekey", "status", "year"} & types.keys()
    template = (project.folder / "vault/Templates/Paper.md").read_text(encoding="utf-8")
    assert template.startswith("---\nbibkey:\n")
    assert "\nstate: open\n" in template
    base = (project.folder / "vault/Papers.base").read_text(encoding="utf-8")
    assert '!note.state || note.state == "open"' in base
    assert "note.year" not in base
    assert "`Library`" in project.note("Home").read_text(encoding="utf-8")
    before = project.files()
    project.push()
    assert project.files() == before


def test_a_dry_run_shows_what_would_follow(project):
    """The lines of both files that go and come, and then they are what the push writes; a second one shows nothing."""
    add_method(project)
    before = project.files()
    made = project.run("push", "--dry-run")
    told = project.run("push", "--dry-run", "--json").json["views"]

    assert "1 method note added, 2 views changed" in made.out
    assert "  ~ vault/.obsidian/graph.json\n" in made.out
    assert [row["file"] for row in told] == [GRAPH, MATRIX]
    assert project.files() == before
    was = {path: (project.folder / path).read_text(encoding="utf-8").splitlines() for path in (GRAPH, MATRIX)}
    project.push()
    for row in told:
        now = (project.folder / row["file"]).read_text(encoding="utf-8").splitlines()
        come = [line[1:] for line in row["lines"] if line.startswith("+")]
        gone = [line[1:] for line in row["lines"] if line.startswith("-")]
        assert sorted([*was[row["file"]], *come]) == sorted([*now, *gone])
    assert project.run("push", "--dry-run", "--json").json["views"] == []


def test_a_dry_run_leaves_a_broken_view_alone(project):
    """It cannot be read, and so nothing of it would change."""
    (project.folder / GRAPH).write_text("{", encoding="utf-8")
    add_method(project)
    assert [row["file"] for row in project.run("push", "--dry-run", "--json").json["views"]] == [MATRIX]

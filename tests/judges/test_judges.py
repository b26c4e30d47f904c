"""What litsync writes, judged by programs that others wrote: the package Obsidian writes properties with, and readers of vaults.

They are no dependency: `npm install` in this folder, and `pip install -e '.[judges]'`, let these tests run. Where a judge is
known to differ from Obsidian (it knows no backlinks, or only some summaries), it is not asked.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_bench import CATALOG, CONFIG, ROOT, Project

from litsync.core.model import Kind
from litsync.formats.base_file import dump_base, load_base
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog
from litsync.replicas.vault_links import Links
from litsync.replicas.vault_scan import scan

HERE = Path(__file__).parent
SHIPPED = ROOT / "catalog/face-video-generation.yaml"
HOSTILE = """\
  - id: hostile2026
    title: '<% tp.system.x() %> {{date}} `= dv.x` [[Secret]] ![[x]] %%hide <script>: "quoted" # and #tag'
    authors: [{family: "O'Neil, the \\"Great\\"", given: "- Ann"}, {name: "yes"}, {name: "1e3"}, "Émile ]] Zola"]
    date: 2020-08-21
    venue: "12:30"
    doi: 10.1000/0012
    arxiv: "1706.03760"
    tags: ["2021", "two words", "yes", "a/b", "#x"]
    methods: [nerf]
"""


def has_yaml() -> bool:
    """Whether node and the package are there."""
    if not shutil.which("node"):
        return False
    found = subprocess.run(["node", "-e", "require('yaml')"], cwd=HERE, capture_output=True, check=False)
    return found.returncode == 0


def tool(name: str) -> str | None:
    """A judge's command, beside this Python or on the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


needs_yaml = pytest.mark.skipif(not has_yaml(), reason="needs node and `npm install` in tests/judges")
needs_hvk = pytest.mark.skipif(not tool("hvk"), reason="needs `pip install headless-vault-kit`")
needs_graph = pytest.mark.skipif(not tool("vaultgraph"), reason="needs `pip install amagi-vaultgraph`")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The project of the shipped reading list, pushed."""
    project = Project.make(tmp_path_factory.mktemp("judged"), SHIPPED.read_text(encoding="utf-8"), CONFIG)
    project.push()
    return project


@needs_yaml
@pytest.mark.parametrize(
    "catalog", [SHIPPED.read_text(encoding="utf-8"), CATALOG + HOSTILE], ids=["shipped", "hostile"]
)
def test_obsidian_saving_every_note_changes_nothing(tmp_path, catalog):
    """When Obsidian writes the properties of all notes anew, no byte changes, and nothing is written or changed anywhere."""
    project = Project.make(tmp_path / "project", catalog, CONFIG)
    project.push()
    notes = [path for folder in ("Papers", "Methods") for path in (project.folder / "vault" / folder).glob("*.md")]
    before = project.files()
    subprocess.run(["node", "redump.cjs"], cwd=HERE, input="\n".join(map(str, notes)), encoding="utf-8", check=True)
    assert {path: data for path, (data, _) in project.files().items()} == {p: data for p, (data, _) in before.items()}
    after = project.files()
    for command in ("push", "sync"):
        made = project.run(command)
        assert made.code == 0, made.out
        assert project.files() == after


@needs_yaml
def test_notes_written_by_hand_survive_obsidian(tmp_path):
    """Comments, quotes and flow lists go when Obsidian writes a note; litsync sees no change in it."""
    project = Project.make(tmp_path / "project")
    project.push()
    note = project.note("Papers/guo2021adnerf")
    text = note.read_text(encoding="utf-8")
    text = text.replace('methods:\n  - "[[NeRF]]"\n', "methods: ['[[NeRF]]']  # mine\n").replace(
        "venue: ICCV 2021", "'venue':   'ICCV 2021'"
    )
    note.write_text(
        text.replace("status: to-read", "status: to-read\nmine: ~\nlong: >-\n  folded\n  text\nn: 0x1F"),
        encoding="utf-8",
    )
    assert project.run("sync").code == 0
    subprocess.run(["node", "redump.cjs"], cwd=HERE, input=str(note), encoding="utf-8", check=True)
    assert 'methods:\n  - "[[NeRF]]"\n' in note.read_text(encoding="utf-8")
    before = project.files()
    made = project.run("sync")
    assert made.code == 0, made.out
    assert project.files() == before


@needs_graph
def test_the_graph_is_the_classification(shipped, tmp_path):
    """Another reader of vaults finds the catalog's classification in the links of the notes: no link less, and no other."""
    out = tmp_path / "graph.json"
    command = [tool("vaultgraph"), str(shipped.folder / "vault"), "--no-html", "--json", str(out), "-q"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    graph = json.loads(out.read_text(encoding="utf-8"))
    paths = {node["id"]: node["path"] for node in graph["graph"]["nodes"]}
    found = {frozenset((paths[link["source"]], paths[link["target"]])) for link in graph["graph"]["links"]}
    assert graph["report"]["stats"]["dangling"] == 0
    records = read_catalog([CatalogFile("c", SHIPPED.read_bytes())]).records.values()
    names = {one.id.key: f"Methods/{one.fields['name']}" for one in records if one.id.kind is Kind.METHOD}
    wanted = set()
    for one in records:
        if one.id.kind is Kind.PAPER:
            wanted |= {frozenset((f"Papers/{one.id.key}", names[key])) for key in one.fields.get("methods", ())}
        if one.id.kind is Kind.METHOD:
            wanted |= {frozenset((names[one.id.key], f"Papers/{key}")) for key in one.fields.get("sources", ())}
    assert found == wanted
    assert len(wanted) == 24 + 16


NOTES = (
    "Methods/NeRF.md", "Methods/Dense flow.md", "Deep/Errand/Dense flow.md", "Deep/Own.md", "Papers/v1.0.md", "Caf\u00e9.md",
)  # fmt: skip
LINKS = (
    "NeRF", "nerf", "NeRF.md", "NeRF#Papers", "Methods/NeRF", "v1.0", "caf\u00e9", "Dense flow", "Errand/Dense flow",
    "errand/dense FLOW", "./Own", "../Methods/NeRF", "/Methods/NeRF", "Missing", "Methods/Missing",
)  # fmt: skip
OTHERWISE = {("Deep/Own.md", "Dense flow")}
"""Obsidian prefers a note anywhere under the folder of the one that links; the judge only one in that very folder."""


@needs_hvk
def test_links_lead_where_another_reader_takes_them(tmp_path):
    """Links in the text of notes, in every form, resolve to the same notes for both."""
    vault = tmp_path / "vault"
    for path in NOTES:
        (vault / path).parent.mkdir(parents=True, exist_ok=True)
        (vault / path).write_text("".join(f"[[{link}]]\n\n" for link in LINKS), encoding="utf-8")
    (vault / ".obsidian").mkdir()
    base = [tool("hvk"), "--vault", str(vault), "--index", str(tmp_path / "index"), "--json"]
    subprocess.run([*base, "scan"], check=True, capture_output=True, timeout=120)
    links = Links(sorted(scan(vault).notes))
    for source in NOTES:
        answer = subprocess.run(
            [*base, "links", source], check=True, capture_output=True, encoding="utf-8", timeout=120
        )
        theirs = {row["target_raw"] + (row["subpath"] or ""): row["resolved"] for row in json.loads(answer.stdout)}
        ours = {link: links.find(link, source) for link in LINKS if (source, link) not in OTHERWISE}
        assert {link: theirs.get(link) for link in ours} == ours, source


VIEWS = [
    ("Papers.base", "All papers", 33), ("Papers.base", "By year", 33), ("Papers.base", "By section", 33),
    ("Papers.base", "Reading board", 33), ("Papers.base", "To read", 33), ("Methods.base", "By broader method", 9),
    ("Classification.base", "Classification", 33),
]  # fmt: skip


@needs_hvk
@pytest.mark.parametrize(("base", "view", "rows"), VIEWS)
def test_the_tables_run(shipped, tmp_path, base, view, rows):
    """Every view that needs no backlinks runs on the notes, with the rows it should have."""
    vault = tmp_path / "vault"
    shutil.copytree(shipped.folder / "vault", vault)
    _without_what_hvk_lacks(vault / base)
    command = [tool("hvk"), "--vault", str(vault), "--index", str(tmp_path / "index"), "--json"]
    subprocess.run([*command, "scan"], check=True, capture_output=True, timeout=120)
    answer = subprocess.run(
        [*command, "base", base, "--view", view], capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert str(rows) in answer.stdout or len(json.loads(answer.stdout).get("rows", [])) == rows


def _without_what_hvk_lacks(path: Path) -> None:
    data = load_base(path.read_text(encoding="utf-8"))
    data.pop("summaries", None)
    data["formulas"] = {name: text for name, text in data.get("formulas", {}).items() if "backlinks" not in text}
    for view in data["views"]:
        view.pop("summaries", None)
        view["order"] = [name for name in view["order"] if name != "formula.papers"]
    path.write_text(dump_base(data), encoding="utf-8")

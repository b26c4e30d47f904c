"""A reading list and its README: rendered, edited by others, taken back. The command as its user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from litsync.cli import cli
from litsync.core.fields import TABLE
from litsync.core.values import comparison_key
from litsync.errors import Exit, LitsyncError
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog

CATALOG = """\
title: "Reading: a [list] of *everything*"
sections:
  base: Base models
  face: Faces › In 3D
methods:
  nerf:
    name: NeRF
    sources: [mildenhall2020nerf]
  warp: {name: "Dense *flow* | warp"}
papers:
  # the reader's comment
  - id: mildenhall2020nerf
    title: "NeRF: Representing Scenes"
    authors: [Ben Mildenhall, {name: "Pixels, Inc."}]
    date: 2020-08
    arxiv: "2003.08934"
    url: https://arxiv.org/abs/2003.08934
    sections: [base]
  - id: guo2021adnerf
    title: "AD-NeRF: [CVPR 2021] `code` & <b>bold</b> *stars* _under_ 12. | pipes :star: 🦜 (ICCV 2021)"
    authors: [Yudong Guo, Keyu Chen]
    date: 2021-10-03
    venue: "2021 IEEE/CVF International Conference (ICCV), Part 3 *"
    doi: 10.1109/ICCV48922.2021.00573
    arxiv: "2103.11078"
    url: https://example.org/a_(b)?x=1&y=2|3
    code: https://github.com/YudongGuo/AD-NeRF
    links:
      - {title: "Project [page]", url: "https://yudongguo.github.io/ADNeRF/"}
    number: 6
    sections: [face]
    methods: [nerf, warp]
    status: reading
  - id: nobody
    title: No link, no author, no venue
    number: 7
    sections: [face, base]
    methods: [warp]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a catalog, as a user has it, in the present folder."""
    (tmp_path / "litsync.yaml").write_text("catalog: list.yaml\nvault: vault\n")
    (tmp_path / "list.yaml").write_text(CATALOG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(path, form):
    """What a list in that form says of each record: sets without order, derived and hidden fields left out."""
    hidden = {"status", "citekey", "method", "year", "aliases", "type", *({"number"} if form != "numbered" else ())}
    catalog = read_catalog([CatalogFile(path.name, path.read_bytes())])
    records = catalog.records.values() if isinstance(catalog.records, dict) else catalog.records
    return {
        str(record.id): {
            name: comparison_key(row.kind, row.form, value)
            for name, value in record.fields.items()
            if name not in hidden and (row := TABLE[record.id.kind].get(name))
        }
        for record in records
    }


def run(*arguments, code=Exit.DONE):
    """Run litsync; its output."""
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    if isinstance(done.exception, LitsyncError):
        assert done.exception.exit_code == code, done.exception.message
        return done.exception.message
    if done.exception:
        raise done.exception
    assert done.return_value == code, done.output
    return done.output


@pytest.mark.parametrize("form", ["numbered", "bullets", "table"])
def test_importing_what_was_rendered_gives_the_catalog_back(project, form):
    """Titles full of markup, names with commas, addresses with brackets: every field that the list shows comes back."""
    run("render", "README.md", "--form", form)

    plan = json.loads(run("import", "README.md", "--update", "--json"))
    assert (plan["added"], plan["changed"], plan["gone"], plan["left"]) == ([], [], [], [])

    run("import", "README.md", "-o", "back.yaml")
    run("check", "back.yaml")
    (project / "litsync.yaml").write_text("catalog: back.yaml\nvault: vault\n")
    again = json.loads(run("import", "README.md", "--update", "--json"))
    assert (again["added"], again["changed"]) == ([], [])
    assert shown(project / "back.yaml", form) == shown(project / "list.yaml", form)


def test_only_what_stands_between_the_marks_is_replaced(project):
    """A README with Windows line ends and text of its own keeps every byte of it; rendering again writes nothing."""
    before, after = (
        "# My list\r\n\r\nIntro *here*.\r\n<!-- litsync:begin -->",
        "<!-- litsync:end -->\r\n\r\n## License \r\nMIT",
    )
    readme = project / "README.md"
    readme.write_bytes(f"{before}\r\n \r\n{after}".encode())
    run("render", "README.md")
    made = readme.read_bytes().decode()

    assert made.startswith(before)
    assert made.endswith(after)
    assert "AD-NeRF" in made
    assert "\n" not in made.replace("\r\n", "")
    stamp = readme.stat().st_mtime_ns
    run("render", "README.md")
    assert readme.stat().st_mtime_ns == stamp


def test_what_others_wrote_between_the_marks_is_not_written_over(project):
    """An entry of a pull request, a mended word, a list that was there before: until it is taken in, or not wanted."""
    readme = project / "README.md"
    run("render", "README.md")
    made = readme.read_text()
    (project / "list.yaml").write_text(CATALOG.replace("2020-08", "2020-09"))
    run("render", "README.md")
    assert readme.read_text() != made
    theirs = readme.read_text().replace("<!-- litsync:end -->", "- A paper that I like\n\n<!-- litsync:end -->")
    readme.write_text(theirs)
    assert "was changed since litsync wrote it" in run("render", "README.md", code=Exit.USAGE)
    assert readme.read_text() == theirs
    run("render", "README.md", "--force")
    assert "that I like" not in readme.read_text()
    run("render", "README.md", "--check")
    run("import", "README.md", "--update")


def test_what_the_catalog_says_too_may_be_written_again(project):
    """A change that was taken into the catalog, and blanks that an editor took away, are nothing to keep."""
    readme = project / "README.md"
    run("render", "README.md")
    readme.write_text("\n".join(line.rstrip() for line in readme.read_text().split("\n")))
    run("render", "README.md")
    readme.write_text(readme.read_text().replace("2020-08", "2020-09"))
    (project / "list.yaml").write_text(CATALOG.replace("2020-08", "2020-09"))
    run("render", "README.md", "--check")
    run("render", "README.md")


def test_check_tells_a_stale_readme_and_writes_nothing(project):
    """For continuous integration: 3 when the README is not what the catalog says, 0 when it is."""
    run("render", "README.md", "--check", code=Exit.PERSON_NEEDED)
    assert not (project / "README.md").exists()
    run("render", "README.md")
    run("render", "README.md", "--check")
    (project / "list.yaml").write_text(CATALOG.replace("2020-08", "2020-09"))
    run("render", "README.md", "--check", code=Exit.PERSON_NEEDED)


def test_a_readme_without_marks_is_not_touched(project):
    """Nothing says where the list belongs, so nothing is written."""
    (project / "README.md").write_text("# Mine\n")

    assert "litsync:begin" in run("render", "README.md", code=Exit.USAGE)
    assert (project / "README.md").read_text() == "# Mine\n"


def test_a_template_of_ones_own_is_used_and_a_wrong_one_named(project):
    """Templates are Jinja in a sandbox."""
    (project / "own.j2").write_text("{% for paper in papers %}* {{ paper.citekey }}\n{% endfor %}")
    assert "* nobody" in run("render", "--template", "own.j2")
    (project / "own.j2").write_text("{% for %}")
    assert "line 1" in run("render", "--template", "own.j2", code=Exit.USAGE)
    (project / "own.j2").write_text("{{ ''.__class__.__mro__ }}")
    assert "template" in run("render", "--template", "own.j2", code=Exit.USAGE)


def edit(readme, old, new):
    """A contributor's edit."""
    text = readme.read_text()
    assert old in text
    readme.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("base", ["state", "git"])
def test_a_contributors_edit_is_a_plan_first_and_then_touches_only_its_bytes(project, base):
    """A fixed link and a new paper in the README; the reader's own change meanwhile stays."""
    run("render", "README.md", "--form", "bullets")
    options = []
    if base == "git":
        for words in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", *words], check=True, cwd=project)
        for path in project.rglob("imports/*.json"):
            path.unlink()
        options = ["--base", "HEAD"]
    edit(project / "README.md", "https://github.com/YudongGuo/AD-NeRF", "https://github.com/new/place")
    edit(
        project / "README.md",
        "## Methods",
        "- [A New Paper about Faces](https://arxiv.org/abs/2201.07786) [[code](https://github.com/a/b)]\n\n## Methods",
    )
    (project / "list.yaml").write_text(CATALOG.replace("status: reading", "status: read"))
    before = (project / "list.yaml").read_text()

    plan = json.loads(run("import", "README.md", "--update", "--json", *options))
    assert [(one["paper"], one["field"], one["new"]) for one in plan["changed"]] == [
        ("guo2021adnerf", "code", "https://github.com/new/place")
    ]
    assert len(plan["added"]) == 1
    assert (project / "list.yaml").read_text() == before

    run("import", "README.md", "--update", "--apply", *options)
    after = (project / "list.yaml").read_text()
    lines = [line for line in after.splitlines() if line not in before.splitlines()]
    assert "    code: https://github.com/new/place" in lines
    assert any("A New Paper about Faces" in line for line in lines)
    assert "# the reader's comment" in after
    assert "status: read" in after
    assert set(before.splitlines()) - set(after.splitlines()) == {"    code: https://github.com/YudongGuo/AD-NeRF"}
    run("check")


def test_a_list_kept_by_hand_is_updated_by_title_when_its_link_changes(project: Path):
    """Nothing marks its entries: a work is the one that had its title before, even with another link and other authors."""
    (project / "LIST.md").write_text("# L\n- [Marsh and Sedge in Spring](https://arxiv.org/abs/2001.00001)\n")
    run("import", "LIST.md")
    text = (project / "list.yaml").read_text()
    edit(
        project / "list.yaml",
        "title: Marsh and Sedge in Spring",
        "title: Marsh and Sedge in Spring\n    authors: [Ada Marsh]",
    )
    edit(project / "LIST.md", "2001.00001", "2001.00009")

    plan = json.loads(run("import", "LIST.md", "--update", "--json"))
    assert "2001.00001" in text
    assert plan["added"] == []
    assert {one["field"]: one["new"] for one in plan["changed"]} == {
        "url": "https://arxiv.org/abs/2001.00009",
        "arxiv": "2001.00009",
    }

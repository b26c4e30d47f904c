"""`litsync pull` and `litsync sync`: edits made in any of the three places reach the other two, and none is lost."""

from __future__ import annotations

import subprocess

import pytest
from cli_bench import CATALOG, Project


@pytest.fixture
def project(tmp_path):
    """A project that was pushed, its catalog in git."""
    made = Project.make(tmp_path / "project")
    made.push()
    git(made, "init", "-q", ".")
    git(made, "add", "catalog.yaml")
    git(made, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x")
    return made


def git(project, *arguments):
    """Run git in the project."""
    return subprocess.run(["git", *arguments], cwd=project.folder, capture_output=True, text=True, check=True).stdout


def changed_lines(project):
    """The lines of the catalog that git shows as changed."""
    lines = git(project, "diff", "-U0", "catalog.yaml").splitlines()
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def sync(project, code=0, command="sync"):
    """Run a command, and expect this end."""
    made = project.run(command)
    assert made.code == code, made.out + made.err
    return made


def test_a_status_changed_in_obsidian_is_one_line_of_the_catalog(project):
    """`git diff` shows that line and no other."""
    project.change_note("Papers/guo2021adnerf", "status: to-read", "status: reading")
    made = sync(project)

    assert "Catalog (catalog.yaml): 1 paper changed" in made.out
    assert changed_lines(project) == ["-    status: to-read", "+    status: reading"]
    assert "nothing to do" in sync(project).out


def test_disjoint_edits_in_three_places_all_arrive(project):
    """One cycle, and all three say the same."""
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    project.change_catalog("pages", "pages") if "pages" in CATALOG else None
    project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
    with project.library() as library:
        library.change("guo2021adnerf", title="A title fixed in Zotero")
    sync(project)
    catalog = (project.folder / "catalog.yaml").read_text()
    note = project.note("Papers/guo2021adnerf").read_text()
    with project.library() as library:
        item = library.items()["guo2021adnerf"]

    for text in (catalog, note):
        assert "A title fixed in Zotero" in text
        assert "venue: ICCV\n" in text
        assert "date: 2021-10-11\n" in text
    assert (item["title"], item["proceedingsTitle"], item["date"]) == ("A title fixed in Zotero", "ICCV", "2021-10-11")
    assert sync(project).out.count("nothing to do") == 2


def test_sets_merge_member_by_member(project):
    """A method added in Obsidian, one taken away in Zotero, a tag from the catalog: all of it, everywhere."""
    project.change_note(
        "Papers/goodfellow2014generative", '  - "[[NeRF]]"\n', '  - "[[NeRF]]"\ntags:\n  - from-obsidian\n'
    )
    project.change_catalog(
        "    sections: [core]\n    methods: [gan, nerf]",
        "    sections: [core]\n    methods: [gan, nerf]\n    tags: [from-catalog]",
    )
    with project.library() as library:
        library.change("goodfellow2014generative", tags=[{"tag": "method/GAN"}, {"tag": "from-zotero"}])
    sync(project)
    sync(project)
    with project.library() as library:
        tags = {tag["tag"] for tag in library.items()["goodfellow2014generative"]["tags"]}
    note = project.note("Papers/goodfellow2014generative").read_text()

    assert tags == {"method/GAN", "from-zotero", "from-catalog", "from-obsidian"}
    assert "[[NeRF]]" not in note
    assert all(f"  - {tag}\n" in note for tag in ("from-zotero", "from-catalog", "from-obsidian"))


def test_a_tag_with_a_space_from_zotero_reaches_the_note_as_obsidian_spells_it(project):
    """Nothing of it is left open, and the catalog says it as Zotero does."""
    with project.library() as library:
        tags = [*library.items()["guo2021adnerf"]["tags"], {"tag": "deep learning"}]
        library.change("guo2021adnerf", tags=tags)
    made = sync(project)

    assert "in part" not in made.out
    assert "tags: [audio, deep learning]\n" in (project.folder / "catalog.yaml").read_text()
    assert "  - deep-learning\n" in project.note("Papers/guo2021adnerf").read_text()
    assert sync(project).out.count("nothing to do") == 2


def test_different_changes_to_one_field_are_a_conflict_that_freezes_that_field_only(project):
    """Every value stays, other fields flow, push keeps its hands off too, and making them equal ends it."""
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: Mine")
    project.change_catalog("venue: ICCV 2021", "venue: Ours")
    project.change_catalog("date: 2021-10\n", "date: 2021-11\n")
    for command in ("sync", "push", "sync"):
        made = sync(project, 3, command)
        assert "guo2021adnerf venue: the catalog “Ours”, the vault “Mine”, Zotero “ICCV 2021”" in made.out
    assert "venue: Mine" in project.note("Papers/guo2021adnerf").read_text()
    assert "date: 2021-11" in project.note("Papers/guo2021adnerf").read_text()
    project.change_catalog("venue: Ours", "venue: Mine")
    with project.library() as library:
        library.change("guo2021adnerf", proceedingsTitle="Mine")
    assert "Conflicts" not in sync(project).out


def test_pull_writes_the_catalog_only(project):
    """What Zotero lacks waits there; a later push brings it."""
    project.change_note("Papers/guo2021adnerf", "status: to-read\n", "")
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    with project.library() as library:
        version = library.version
    sync(project, command="pull")
    with project.library() as library:
        assert library.version == version
    assert changed_lines(project) == ["-    venue: ICCV 2021", "+    venue: ICCV", "-    status: to-read"]
    project.push()
    with project.library() as library:
        assert library.items()["guo2021adnerf"]["proceedingsTitle"] == "ICCV"


def test_what_a_pull_may_not_make_is_made_by_the_next_push(project):
    """A paper that is new in the catalog has no note and no item after a pull; it is not forgotten."""
    project.change_catalog("papers:\n", "papers:\n  - {id: new2020paper, title: A new paper}\n\n")
    sync(project, command="pull")
    assert not project.note("Papers/new2020paper").exists()
    project.push()
    with project.library() as library:
        assert library.items()["new2020paper"]["title"] == "A new paper"
    assert project.note("Papers/new2020paper").exists()


def test_a_method_renamed_in_obsidian_is_renamed_everywhere_at_once(project):
    """One command: the catalog's name, and the tags of all its items."""
    project.note("Methods/NeRF").rename(project.note("Methods/Radiance"))
    for name in ("guo2021adnerf", "goodfellow2014generative"):
        project.change_note(f"Papers/{name}", "[[NeRF]]", "[[Radiance]]")
    sync(project)
    with project.library() as library:
        tags = [tag["tag"] for item in library.items().values() for tag in item["tags"] if "GAN" not in tag["tag"]]

    assert changed_lines(project) == [
        "-  nerf: {name: NeRF, aliases: [Radiance fields]}",
        "+  nerf: {name: Radiance, aliases: [Radiance fields]}",
    ]
    assert sorted(tags) == ["audio", "method/Radiance", "method/Radiance"]
    assert sync(project).out.count("nothing to do") == 2


@pytest.mark.parametrize(
    ("old", "new", "listed"),
    [
        ("status: to-read", "status: done", "status: the vault has “done”"),
        ('  - "[[NeRF]]"', '  - "[[NeRF]]"\n  - "[[NeRFs]]"', "methods: the vault has [NeRFs]"),
        ("date: 2021-10", "date: in press", "`date` has a value it cannot have"),
        ('title: "AD-NeRF: Audio Driven"', "title:", "title: the vault has nothing"),
        ("doi: 10.1109/ICCV48922.2021.00573", "doi: 10.1109/ICCV 2021", "`doi` has a value it cannot have"),
        ("  - audio\n", f"  - audio\n  - {'x' * 300}\n", "`tags` has a value it cannot have"),
        ("tags:\n  - audio\n", "tags: audio, video\n", "`tags` has a value it cannot have"),
        ('  - "[[NeRF]]"', '  - "[[NeRF]], [[GAN]]"', "`methods` has a value it cannot have"),
        ('methods:\n  - "[[NeRF]]"', "methods: NeRF, GAN", "`methods` has a value it cannot have"),
    ],
    ids=[
        "a state that is none",
        "a method that may be a slip",
        "a date that is none",
        "no title",
        "a DOI with a blank",
        "a tag too long for Zotero",
        "tags in one text",
        "links in one text",
        "methods in one text",
    ],
)
def test_a_value_the_catalog_may_not_hold_is_taken_nowhere(project, old, new, listed):
    """It stays where it is and is listed; nothing is written into another place; the rest flows."""
    project.change_note("Papers/guo2021adnerf", old, new)
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    with project.library() as library:
        before = library.items()["guo2021adnerf"]
    made = project.run("sync")
    with project.library() as library:
        after = library.items()["guo2021adnerf"]

    assert listed in made.out
    assert changed_lines(project) == ["-    venue: ICCV 2021", "+    venue: ICCV"]
    assert after["proceedingsTitle"] == "ICCV"
    assert (after["tags"], after["date"], after["title"]) == (before["tags"], before["date"], before["title"])
    assert new in project.note("Papers/guo2021adnerf").read_text()


def test_an_abstract_stays_in_zotero_unless_the_catalog_has_one(project):
    """Nobody's catalog fills up with abstracts; one that is there is kept up to date."""
    with project.library() as library:
        for key in ("guo2021adnerf", "goodfellow2014generative"):
            library.change(key, abstractNote="From Zotero.")
    made = sync(project)
    assert changed_lines(project) == []
    assert "abstract" not in made.out
    project.change_catalog("    status: to-read", "    status: to-read\n    abstract: Ours.")
    made = project.run("sync")
    assert "abstract: Zotero has “From Zotero.”" in made.out or "abstract" in made.out
    with project.library() as library:
        assert library.items()["guo2021adnerf"]["abstractNote"] == "From Zotero."


def test_a_change_that_would_touch_another_value_is_told_and_not_made(project):
    """A change that cannot be made safely is told, with its line, and the other changes are made."""
    project.change_catalog("venue: ICCV 2021", "venue: &v ICCV 2021\n    publisher: *v")
    project.push()
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    project.change_note("Papers/goodfellow2014generative", "venue: arXiv", "venue: NIPS")
    made = project.run("sync")

    assert made.code == 5
    assert "guo2021adnerf in the catalog: the catalog keeps its value" in made.out
    assert "venue: &v ICCV 2021" in (project.folder / "catalog.yaml").read_text()
    assert "venue: NIPS" in (project.folder / "catalog.yaml").read_text()


def test_a_byte_order_mark_and_crlf_stay(tmp_path):
    """The file's own bytes are not litsync's to change."""
    project = Project.make(tmp_path / "p")
    path = project.folder / "catalog.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + CATALOG.replace("\n", "\r\n").encode())
    project.push()
    before = path.read_bytes()
    project.change_note("Papers/guo2021adnerf", "status: to-read", "status: read")
    sync(project)

    assert path.read_bytes() == before.replace(b"status: to-read", b"status: read")
    assert [p.name for p in project.folder.iterdir() if "tmp" in p.name] == []


def test_two_catalog_files(tmp_path):
    """The change goes into the file that has the paper."""
    config = "catalog: [catalog.yaml, more.yaml]\nvault: vault\nzotero: {library: library.sqlite}\n"
    project = Project.make(tmp_path / "p", config=config)
    more = project.folder / "more.yaml"
    more.write_text("papers:\n- {id: more2020x, type: book, title: More, methods: [NeRF]} # flow\n")
    project.push()
    before = (project.folder / "catalog.yaml").read_bytes()
    project.change_note("Papers/more2020x", "title: More", "title: More or less")
    sync(project)

    assert more.read_text() == "papers:\n- {id: more2020x, type: book, title: More or less, methods: [NeRF]} # flow\n"
    assert (project.folder / "catalog.yaml").read_bytes() == before


def test_a_dry_run_of_a_sync_writes_nothing(project):
    """Also not into the catalog."""
    project.change_note("Papers/guo2021adnerf", "status: to-read", "status: read")
    before = project.files()
    made = project.run("sync", "--dry-run")

    assert "+ status: “read”" in made.out
    assert project.files() == before

"""`litsync rename`: a citekey changes in the catalog, the vault, Zotero and the memory of litsync, in one go."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, CONFIG, Project

WITH_SOURCE = CATALOG.replace("{name: GAN}", "{name: GAN, sources: [goodfellow2014generative, guo2021adnerf]}")
OLD, NEW = "goodfellow2014generative", "goodfellow2014gan"


@pytest.fixture
def project(tmp_path):
    """A project that was pushed, and a note of the reader's with links."""
    made = Project.make(tmp_path / "project", catalog=WITH_SOURCE, config=f"{CONFIG}bibliography: refs.bib\n")
    made.push()
    note = made.folder / "vault" / "Reading.md"
    note.write_text(f"See [[{OLD}]], [[{OLD}#Results|it]] and ![[Papers/{OLD}]]; `{OLD}` stays.\n", encoding="utf-8")
    made.push()
    return made


def text(project, name):
    """One file of the project."""
    return (project.folder / name).read_text(encoding="utf-8")


def test_everything_follows_in_one_command(project):
    """Afterwards there is nothing left to do anywhere, and no other byte of the catalog changed."""
    with project.library() as library:
        item = library.items()[OLD]["key"]
    made = project.run("rename", OLD, NEW)

    assert made.code == 0, made.out + made.err
    assert text(project, "catalog.yaml") == WITH_SOURCE.replace(OLD, NEW)
    assert not project.note(f"Papers/{OLD}").exists()
    assert project.note(f"Papers/{NEW}").read_text().startswith(f"---\ncitekey: {NEW}\n")
    assert text(project, "vault/Reading.md") == f"See [[{NEW}]], [[{NEW}#Results|it]] and ![[{NEW}]]; `{OLD}` stays.\n"
    assert f'  - "[[{NEW}]]"\n  - "[[guo2021adnerf]]"\n' in project.note("Methods/GAN").read_text()
    with project.library() as library:
        assert library.items()[NEW]["key"] == item
        assert OLD not in library.items()
    assert f"@misc{{{NEW},\n" in text(project, "refs.bib")
    before = project.files()
    for command in ("push", "sync"):
        after = project.run(command)
        assert after.code == 0
        assert after.out.count("nothing to do") == 2
    assert project.files() == before


def test_what_is_said_of_it_goes_on_as_before(project):
    """An edit after the rename flows as any other: nothing of the past was forgotten."""
    project.run("rename", OLD, NEW)
    project.change_note(f"Papers/{NEW}", "venue: arXiv", "venue: NeurIPS")
    made = project.run("sync")

    assert made.code == 0
    assert "    venue: NeurIPS\n" in text(project, "catalog.yaml")


def test_a_dry_run_tells_what_would_change(project):
    """And writes nothing."""
    before = project.files()
    made = project.run("rename", OLD, NEW, "--dry-run")

    assert made.out.splitlines() == [
        f"{OLD} would become {NEW}",
        "  in the catalog (catalog.yaml), and as a source of gan",
        f"  in its note Papers/{OLD}.md, which is called Papers/{NEW}.md then",
        "  in Zotero, as the citation key of its item",
        "Nothing was written (--dry-run).",
    ]
    assert project.files() == before
    assert project.run("rename", OLD, NEW, "-n", "--json").json["renamed"] == [
        {"old": f"Papers/{OLD}.md", "new": f"Papers/{NEW}.md"}
    ]


def test_a_citation_key_that_litsync_did_not_give_stays(tmp_path):
    """Manuscripts cite by it: the catalog remembers it beside the new citekey."""
    project = Project.make(tmp_path / "p")
    project.push()
    with project.library() as library:
        library.change("guo2021adnerf", citationKey="guoMine")
    project.run("sync")
    made = project.run("rename", "guo2021adnerf", "guo2021ad")

    assert "Zotero keeps the citation key guoMine" in made.out
    with project.library() as library:
        assert "guoMine" in library.items()
    assert "zotero_citekey: guoMine\n" in text(project, "catalog.yaml")
    assert project.run("sync").out.count("nothing to do") == 2


def test_an_id_changed_by_hand_is_carried_through(project):
    """A sync asks; the same command as ever makes the rest follow. So it does after a rename that was interrupted."""
    path = project.folder / "catalog.yaml"
    path.write_text(WITH_SOURCE.replace(OLD, NEW), encoding="utf-8")
    asked = project.run("sync")
    assert asked.code == 3
    assert f"looks like {OLD} under another citekey" in asked.out
    assert "`litsync rename" in asked.out

    made = project.run("rename", OLD, NEW)
    assert made.code == 0, made.out + made.err
    assert project.note(f"Papers/{NEW}").exists()
    assert not project.note(f"Papers/{OLD}").exists()
    with project.library() as library:
        assert sorted(library.items()) == [NEW, "guo2021adnerf"]
    assert project.run("sync").out.count("nothing to do") == 2


def test_a_note_that_its_reader_named_keeps_its_name(project):
    """Only its property changes, and links to it need not."""
    note = project.note(f"Papers/{OLD}")
    note.rename(note.with_name("Goodfellow.md"))
    project.run("sync")
    project.run("rename", OLD, NEW)

    assert f"citekey: {NEW}\n" in project.note("Papers/Goodfellow").read_text()
    assert not project.note(f"Papers/{NEW}").exists()
    assert project.run("sync").code == 0


def test_before_the_first_push_only_the_catalog_changes(tmp_path):
    """There is no note and no item yet."""
    project = Project.make(tmp_path / "p", catalog=WITH_SOURCE)
    assert project.run("rename", OLD, NEW).code == 0

    assert text(project, "catalog.yaml") == WITH_SOURCE.replace(OLD, NEW)
    assert not (project.folder / "vault").exists()
    project.push()


def test_only_the_case_may_differ(project):
    """It is the same paper's key, spelled otherwise."""
    assert project.run("rename", OLD, OLD.upper()).code == 0
    assert project.note(f"Papers/{OLD.upper()}").read_text().startswith(f"---\ncitekey: {OLD.upper()}\n")
    assert project.run("sync").out.count("nothing to do") == 2


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((OLD, "guo2021adnerf"), "the citekey guo2021adnerf is another paper's"),
        ((OLD, "GUO2021adnerf"), "the citekey guo2021adnerf is another paper's"),
        ((OLD, "not a key"), "`not a key` is not a citekey"),
        ((OLD, OLD), "has that citekey already"),
        (("goodfellow2014generativ", NEW), f"did you mean {OLD}?"),
    ],
)
def test_what_cannot_be_is_refused(project, names, said):
    """In words, and nothing is written."""
    before = project.files()
    made = project.run("rename", *names)

    assert made.code == 2
    assert said in made.err
    assert project.files() == before


def test_nothing_is_written_when_something_is_not_ready(project):
    """A note that cannot be read, a note that has the new name, a library that is gone."""
    taken = project.folder / "vault" / "Papers" / f"{NEW}.md"
    taken.write_text("mine", encoding="utf-8")
    before = project.files()
    made = project.run("rename", OLD, NEW)
    assert made.code == 7
    assert f"Papers/{NEW}.md is a note already" in made.err
    assert project.files() == before

    taken.unlink()
    project.change_note(f"Papers/{OLD}", "title:", "title: [")
    before = project.files()
    assert project.run("rename", OLD, NEW).code == 7
    assert project.files() == before

    project.change_note(f"Papers/{OLD}", "title: [", "title:")
    (project.folder / "library.sqlite").rename(project.folder / "elsewhere.sqlite")
    before = project.files()
    assert project.run("rename", OLD, NEW).code == 6
    assert project.files() == before


def test_imports_are_remembered_under_the_new_citekey(project):
    """What a bibliography says again is not news."""
    entry = f"@misc{{{OLD}, title={{Generative Adversarial Nets}}, eprint={{1406.2661}}, archiveprefix={{arXiv}}, year=2014}}"
    (project.folder / "new.bib").write_text(entry)
    project.run("import", "new.bib")
    project.run("rename", OLD, NEW)
    made = project.run("import", "new.bib")

    assert "0 new papers, 1 in the catalog already\n" in made.out

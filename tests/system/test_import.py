"""`litsync import`, `litsync export` and the bibliography that is kept current, as their users run them."""

from __future__ import annotations

import json

import pytest
from cli_bench import CONFIG, Project

BIB = r"""
@inproceedings{guo2021, title={AD-NeRF: Audio Driven}, author={Guo, Yudong}, eprint={2103.11078}, archiveprefix={arXiv},
  booktitle={Another Name}, pages={5764--5774}, keywords={audio, head}, year={2021}}
@article{broken, title={x {y}, }
@article{ye2023, title={GeneFace: {3D} Faces}, author={Ye, Zhenhui}, journal={arXiv preprint arXiv:2301.13430},
  year={2023}, isbn={978-1}, editor={Li, Ann and Xu, Bo}, urldate={2024}}
@misc{again, title={Generative adversarial nets}, author={Goodfellow, Ian}, year={2020}}
"""


@pytest.fixture
def project(tmp_path):
    """A project with a catalog of two papers."""
    return Project.make(tmp_path / "project")


@pytest.fixture
def bib(project):
    """The project, with a bibliography beside it."""
    (project.folder / "new.bib").write_text(BIB, encoding="utf-8")
    return project


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def test_works_come_into_the_catalog(bib):
    """A known work is filled in and keeps what the reader wrote; a new one is added; a doubt and an error are named."""
    before = catalog(bib)
    made = bib.run("import", "new.bib", "--section", "core")

    assert made.code == 5
    assert "new.bib: 3 works: 1 new paper, 1 in the catalog already (1 with new facts), 1 in doubt" in made.out
    assert "new.bib:4: is left out: '}' expected, line 5 (entry broken)" in made.out
    assert (
        "new.bib:7: Generative adversarial nets may be goodfellow2014generative: the same title and first author"
        in made.out
    )
    assert "guo2021adnerf venue: you have “ICCV 2021”, there it is “Another Name”" in made.out
    assert "The catalog has no field for: urldate (1)" in made.out
    after = catalog(bib)
    assert "    pages: 5764-5774\n" in after
    assert "    tags: [audio, head]\n" in after
    assert after.endswith(
        """
  - id: ye2023
    type: preprint
    title: "GeneFace: 3D Faces"
    authors: [Zhenhui Ye]
    date: 2023
    venue: arXiv
    arxiv: "2301.13430"
    url: https://arxiv.org/abs/2301.13430
    sections: [core]
    isbn: 978-1
    editors: [Ann Li, Bo Xu]
"""
    )
    assert [line for line in before.splitlines() if line not in after.splitlines()] == ["    tags: [audio]"]
    assert bib.run("check").code == 0
    out = bib.run("export", "bibtex").out
    assert "  isbn = {978-1},\n" in out
    assert "  editor = {Li, Ann and Xu, Bo},\n" in out


def test_importing_again_brings_only_what_is_new(bib):
    """What the reader changed or took out meanwhile stays so; a fact that changed in the source comes in."""
    bib.run("import", "new.bib")
    bib.change_catalog("tags: [audio, head]", "tags: [audio]")
    bib.change_catalog("GeneFace: 3D Faces", "GeneFace, my way")
    before = catalog(bib)
    bib.run("import", "new.bib")
    assert catalog(bib) == before

    changed = BIB.replace("year={2023}", "year={2023}, month=jan").replace("{3D} Faces", "{3D} Talking Faces")
    (bib.folder / "new.bib").write_text(changed, encoding="utf-8")
    made = bib.run("import", "new.bib")

    assert catalog(bib) == before.replace("date: 2023\n", "date: 2023-01\n")
    assert "ye2023 title: you have “GeneFace, my way”, there it is “GeneFace: 3D Talking Faces”" in made.out


def test_a_dry_run_writes_nothing(bib):
    """It shows every field of every operation."""
    before = bib.files()
    made = bib.run("import", "new.bib", "--dry-run")

    assert bib.files() == before
    assert not (bib.folder / ".litsync").exists()
    assert "  + ye2023\n" in made.out
    assert "      + pages: “5764-5774”\n" in made.out
    assert "Nothing was written" in made.out


def test_a_doubt_is_settled_by_an_option(bib):
    """`--doubtful merge` takes the work for the paper; `--doubtful add` for another one."""
    bib.run("import", "new.bib", "--doubtful", "add")

    assert "  - id: again\n" in catalog(bib)
    assert "Probably the same work twice" in bib.run("check").out


def test_a_new_catalog(bib):
    """`-o` writes a catalog that `check` accepts, and never into a file that is there."""
    assert bib.run("import", "new.bib", "-o", "mine.yaml").code == 5
    assert bib.run("check", "mine.yaml").out.startswith("No problems: 3 papers")

    (bib.folder / "mine.yaml").write_text("mine")
    assert bib.run("import", "new.bib", "-o", "mine.yaml").code == 2
    assert (bib.folder / "mine.yaml").read_text() == "mine"


def test_from_standard_input_as_json(project):
    """The form is told by what stands there; the report is one object."""
    csl = '[{"id": "x", "type": "article-journal", "title": "On X", "author": [{"family": "Doe"}], "issued": {"raw": "2020"}}]'
    made = project.run("import", "-", "--json", stdin=csl)

    assert made.code == 0
    said = made.json
    assert said | {
        "schema": 1, "command": "import", "dry_run": False, "exit": 0, "source": "-", "works": 1, "papers": ["x"],
        "added": ["x"], "changed": [], "doubtful": [], "kept": [], "renamed": {}, "problems": [], "refused": [],
    } == said  # fmt: skip
    assert "  - id: x\n" in catalog(project)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import"], "import what?"),
        (["import", "none.bib"], "none.bib: No such file or directory"),
        (["import", "litsync.yaml"], "litsync.yaml: is in no form that litsync reads"),
        (["import", "new.bib", "--section", "nowhere"], "the catalog has no section `nowhere`"),
    ],
)
def test_what_cannot_be_imported_is_refused(bib, arguments, said):
    """In words, and before anything is written."""
    before = catalog(bib)
    made = bib.run(*arguments)

    assert made.code == 2
    assert said in made.err
    assert catalog(bib) == before


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["bibtex", "biblatex", "csl-json", "ris"])
def test_what_is_exported_is_recognised_when_it_is_imported(project, form):
    """Nothing is doubled, nothing is new."""
    ending = {"csl-json": "json", "ris": "ris"}.get(form, "bib")
    assert project.run("export", form, "-o", f"out.{ending}").code == 0
    before = catalog(project)
    made = project.run("import", f"out.{ending}")

    assert made.code == 0, made.out
    assert "2 works: 0 new papers, 2 in the catalog already\n" in made.out
    assert catalog(project) == before


def refs(project):
    """The kept bibliography: its bytes and its time."""
    path = project.folder / "refs.bib"
    return path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino


def test_push_keeps_a_bibliography_current(tmp_path):
    """It follows the catalog, is not written when nothing changed, and comes back when it is gone."""
    project = Project.make(tmp_path / "p", config=f"{CONFIG}bibliography: refs.bib\n")
    project.push()
    first = refs(project)
    assert b"@misc{goodfellow2014generative,\n  title = {Generative Adversarial Nets},\n" in first[0]
    project.push()
    assert refs(project) == first

    project.change_catalog("Generative Adversarial Nets", "Generative Nets")
    project.push()
    assert (
        refs(project)[0].splitlines()[1:] == first[0].replace(b"Generative Adversarial", b"Generative").splitlines()[1:]
    )

    (project.folder / "refs.bib").unlink()
    project.push()
    assert b"{Generative Nets}" in refs(project)[0]


@pytest.mark.parametrize("command", ["sync", "push"])
def test_the_bibliography_has_the_citation_keys_of_zotero(tmp_path, command):
    """A manuscript cites by them; where Zotero has another one, that counts, also before the catalog knows it."""
    project = Project.make(tmp_path / "p", config=f"{CONFIG}bibliography: {{file: refs.bib, format: biblatex}}\n")
    project.push()
    with project.library() as library:
        library.change("guo2021adnerf", citationKey="guoAudioDriven2021")
    project.run(command)
    exported = project.run("export", "biblatex").out

    assert b"@inproceedings{guoAudioDriven2021,\n" in refs(project)[0]
    assert b"guo2021adnerf" not in refs(project)[0]
    assert "@inproceedings{guoAudioDriven2021,\n" in exported


@pytest.mark.parametrize("edited", [False, True])
def test_a_bibliography_of_somebody_else_is_never_replaced(tmp_path, edited):
    """Neither a file that litsync did not write nor one that was edited since; everything else is pushed, and it is said."""
    project = Project.make(tmp_path / "p", config=f"{CONFIG}bibliography: refs.bib\n")
    if edited:
        project.push()
    with (project.folder / "refs.bib").open("a") as file:
        file.write("@book{mine, title={Mine}}\n")
    before = refs(project)
    project.change_catalog("status: to-read", "status: reading")
    for _ in range(2):
        made = project.run("push")
        assert made.code == 2
        assert "refs.bib is left alone: it was not written by litsync, or was edited since" in made.out

    assert refs(project) == before
    assert "status: reading" in project.note("Papers/guo2021adnerf").read_text()


def test_a_dry_run_leaves_the_bibliography_alone(tmp_path):
    """Nothing at all is written."""
    project = Project.make(tmp_path / "p", config=f"{CONFIG}bibliography: refs.bib\n")
    project.run("push", "--dry-run")

    assert not (project.folder / "refs.bib").exists()


def test_an_author_in_one_piece_is_written_as_one(project):
    """An institution is neither split nor given a stray comma."""
    (project.folder / "new.bib").write_text("@misc{team, title={Teams}, author={{The OpenAI Team} and Li, Ann}}\n")
    assert project.run("import", "new.bib").code == 0

    assert "    authors: [{name: The OpenAI Team}, Ann Li]\n" in catalog(project)
    assert "  author = {{The OpenAI Team} and Li, Ann}\n" in project.run("export", "biblatex").out


def test_zotero_json_is_read(project):
    """What Better BibTeX's JSON export holds comes in under its citation keys."""
    items = {"items": [{"itemType": "book", "title": "A Book", "citationKey": "doe2020", "date": "2020"}]}
    (project.folder / "library.json").write_text(json.dumps(items))

    assert project.run("import", "library.json").code == 0
    assert "  - id: doe2020\n    type: book\n    title: A Book\n    date: 2020\n" in catalog(project)


# ── from Zotero ──────────────────────────────────────────────────────────────────────────────────────────────────


def collected(project):
    """A library with a collection that a person made: a subcollection, items, a link, tags, a note, something in the trash."""
    with open_library(project.folder / "library.sqlite", create=True) as library:
        zot = library.zotero
        top = zot.create_collections([{"name": "To read"}])["successful"]["0"]["key"]
        below = zot.create_collections([{"name": "Face video", "parentCollection": top}])["successful"]["0"]["key"]
        rows = [
            {"itemType": "conferencePaper", "title": "Faces", "creators": [{"creatorType": "author", "firstName": "Ann", "lastName": "Li"}],
             "date": "October 2021", "proceedingsTitle": "ICCV", "DOI": "10.1000/x", "abstractNote": "Long.", "ISBN": "1",
             "tags": [{"tag": "method/NeRF"}, {"tag": "good"}], "collections": [below]},
            {"itemType": "preprint", "title": "Heads", "archiveID": "arXiv:2104.00001", "repository": "arXiv",
             "citationKey": "xu2020", "collections": [top]},
            {"itemType": "book", "title": "Elsewhere"},
        ]  # fmt: skip
        made = zot.create_items(rows)["successful"]
        zot.create_items([{"itemType": "attachment", "linkMode": "linked_url", "title": "Code", "url": "https://github.com/a/b",
                           "parentItem": made["0"]["key"]}, {"itemType": "note", "note": "mine", "parentItem": made["1"]["key"]}])  # fmt: skip
        return library.version


def open_library(path, *, create):
    """The library in a file, new if need be, as a person's Zotero sees it."""
    from cli_bench import Library

    from litsync.library import open_library as open_file

    open_file(path, create=create).close()
    return Library(path)


def test_a_collection_becomes_a_catalog(project):
    """Subcollections are its sections, method tags its methods; what the next push does then is adopt the items."""
    collected(project)
    made = project.run("import", "--from-zotero", "to read", "-o", "mine.yaml")

    assert made.code == 0, made.out + made.err
    assert "2 works: 2 new papers" in made.out
    assert (project.folder / "mine.yaml").read_text() == (
        "title: To read\n\nsections:\n  face-video: Face video\n\nmethods:\n  nerf:\n    name: NeRF\n\npapers:\n"
        '  - id: xu2020\n    type: preprint\n    title: Heads\n    venue: arXiv\n    arxiv: "2104.00001"\n'
        "    url: https://arxiv.org/abs/2104.00001\n\n"
        "  - id: li2021faces\n    type: conferencePaper\n    title: Faces\n    authors: [Ann Li]\n    date: 2021-10\n"
        "    venue: ICCV\n    doi: 10.1000/x\n    url: https://doi.org/10.1000/x\n    code: https://github.com/a/b\n"
        "    sections: [face-video]\n    methods: [nerf]\n    tags: [good]\n"
    )
    (project.folder / "litsync.yaml").write_text(CONFIG.replace("catalog.yaml", "mine.yaml"))
    pushed = project.push()
    with project.library() as library:
        titles = sorted(row["data"]["title"] for row in library.zotero.top())
    assert titles == ["Elsewhere", "Faces", "Heads"]
    assert "items added" not in pushed.out


def test_a_collection_comes_into_a_catalog_that_is_there(project):
    """Sections and methods that it lacks are made; nothing in the library changes."""
    version = collected(project)
    assert project.run("import", "--from-zotero", "To read").code == 0

    text = catalog(project)
    assert "sections:\n  core: Core papers\n  face-video: Face video\n" in text
    assert "    sections: [face-video]\n    methods: [nerf]\n" in text
    with project.library() as library:
        assert library.version == version


def test_a_collection_that_is_none_is_refused(project):
    """With those that there are."""
    collected(project)
    made = project.run("import", "--from-zotero", "Nothing")

    assert made.code == 2
    assert "the library has no collection Nothing" in made.err
    assert "it has To read, To read/Face video" in made.err

"""Normalisation never writes: what differs in form only is equal, wherever it stands."""

from __future__ import annotations

import unicodedata

import pytest
from cli_bench import Project
from obsidian_app import App

CATALOG = """\
title: Forms
sections:
  core: Core papers
  more: More papers
methods:
  nerf: {name: NeRF, aliases: [Radiance fields]}
  reseau: {name: Réseau}
papers:
  - id: forms2021x
    type: conferencePaper
    title: "Études of forms: a title"
    authors: [Yudong Guo, Aaron van den Oord, {name: OpenAI}]
    date: 2021-10
    venue: Proc. É
    doi: 10.1000/AbC-1
    arxiv: "2103.11078"
    url: https://example.org/a
    number: 6
    sections: [core, more]
    methods: [nerf, reseau]
    tags: [audio, spéech, two words]
    status: to-read
"""
REFORMATTED = """\
title:    'Forms'

sections: {core: Core papers, more: "More papers"}
methods:
    nerf:
        name: "NeRF"
        aliases:
            - Radiance fields
    reseau: {name: Re\u0301seau}
papers:
- number: "6" # its number
  status: "to-read"
  id: 'forms2021x'
  tags:
  - two words
  - spe\u0301ech
  - audio
  methods: [Réseau, Radiance fields]
  sections: [more, core]
  url: "https://example.org/a"
  arxiv: '2103.11078'
  doi: 10.1000/aBc-1
  venue: >-
    Proc.
    E\u0301
  date: "2021-10"
  authors:
  - {family: Guo, given: Yudong}
  - {given: Aaron van den, family: Oord}
  - OpenAI
  title: |-
    E\u0301tudes of forms: a title
  type: conferencePaper
"""


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """A project that was pushed, to be copied."""
    made = Project.make(tmp_path_factory.mktemp("pushed") / "project", CATALOG)
    made.push()
    return made


@pytest.fixture
def project(pushed, tmp_path):
    """A project that was pushed."""
    return pushed.copied(tmp_path / "project")


def reformat_catalog(project):
    """Another program, or another taste."""
    (project.folder / "catalog.yaml").write_text(REFORMATTED, encoding="utf-8")


def reformat_notes(project):
    """Everything that can be written in another way is."""
    app = App(project.folder / "vault")
    note = "Papers/forms2021x"
    app.panel(
        note,
        title="  E\u0301tudes of  forms: a title",
        authors=["Guo, Yudong", "Oord, Aaron van den", "OpenAI"],
        date="October 2021",
        venue="Proc. E\u0301",
        doi="https://doi.org/10.1000/ABC-1",
        arxiv="https://arxiv.org/abs/2103.11078",
        number=6,
        sections=["more", "core"],
        methods=["[[Réseau|net]]", "[NeRF](../Methods/NeRF.md)"],
        tags=["#two-words", unicodedata.normalize("NFD", "spéech"), "audio"],
    )
    text = app.text(note)
    app.save(note, text.replace("status: to-read", "status:   'to-read'   # soon").replace("\n", "\r\n"))


def reformat_items(project):
    """As another client of the library writes it."""
    with project.library() as library:
        item = library.items()["forms2021x"]
        library.change(
            "forms2021x",
            title="E\u0301tudes of forms: a title ",
            date="October 2021",
            DOI="https://doi.org/10.1000/abc-1",
            proceedingsTitle="Proc. E\u0301",
            tags=list(reversed(item["tags"])),
            collections=list(reversed(item["collections"])),
            creators=[
                {"creatorType": "author", "name": "Yudong Guo"},
                {"creatorType": "author", "firstName": "Aaron", "lastName": "van den Oord"},
                {"creatorType": "author", "name": "OpenAI"},
            ],
        )


EVERYTHING = (reformat_catalog, reformat_notes, reformat_items)


@pytest.mark.parametrize(
    ("command", "changes"),
    [*(("sync", [one]) for one in EVERYTHING), *((command, EVERYTHING) for command in ("sync", "push", "pull"))],
    ids=["catalog", "notes", "items", "everything", "everything, push", "everything, pull"],
)
def test_after_a_reformat_nothing_is_written_anywhere(project, changes, command):
    """No byte, no time stamp, no version, and nothing is open."""
    for change in changes:
        change(project)
    before = {name: kept for name, kept in project.files().items() if "library" not in name}
    with project.library() as library:
        version = library.version
    for _ in range(2):
        made = project.run(command)
        assert made.code == 0, made.out + made.err
        assert "nothing to do" in made.out
        assert "aiting" not in made.out, made.out
        assert "changed" not in made.out, made.out
    with project.library() as library:
        assert library.version == version
    assert {name: kept for name, kept in project.files().items() if "library" not in name} == before


def test_an_edit_after_a_reformat_is_that_edit_only(project):
    """One changed value is written into each place, in the form that stands there now."""
    for change in EVERYTHING:
        change(project)
    project.run("sync")
    project.change_note("Papers/forms2021x", "Proc. E\u0301", "Proc. F")
    note = project.note("Papers/forms2021x").read_bytes()
    assert project.run("sync").code == 0
    assert (project.folder / "catalog.yaml").read_text() == REFORMATTED.replace(
        "venue: >-\n    Proc.\n    E\u0301\n", "venue: Proc. F\n"
    )
    assert project.note("Papers/forms2021x").read_bytes() == note
    with project.library() as library:
        item = library.items()["forms2021x"]
    assert (item["proceedingsTitle"], item["date"]) == ("Proc. F", "October 2021")

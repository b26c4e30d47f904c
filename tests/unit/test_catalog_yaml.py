"""Reading a catalog: what each field becomes, and that cutting a file into papers changes nothing but the time it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.model import Kind, Link, Name, Record, RecordId
from litsync.formats.catalog_check import unclassified
from litsync.formats.catalog_chunks import Known, cut_papers
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import Catalog, read_catalog

SHELL = """\
title: A novice in face video generation
sections:
  base-models: Base generative models
  face-video: Face video generation
methods:
  nerf:
    name: NeRF
    aliases: [NeRF++, Neural radiance fields]
    sources: [mildenhall2020nerf]
  dense-flow: {name: Dense flow warp, parent: NERF}
papers:
"""


def read(text: str | bytes) -> Catalog:
    """Read one file called catalog.yaml."""
    data = text.encode() if isinstance(text, str) else text
    return read_catalog([CatalogFile("catalog.yaml", data)])


def paper(catalog: Catalog, citekey: str) -> Record:
    """The record of one paper; the catalog must have no problems."""
    assert catalog.problems == ()
    return catalog.records[RecordId(Kind.PAPER, citekey)]


FULL = (
    SHELL
    + """\
  - id: guo2021adnerf
    type: conferencePaper
    title: "AD-NeRF: Audio Driven
      Neural Radiance Fields"
    authors: [Yudong Guo, "Bao, Hujun", {family: van den Oord, given: Aaron}, {name: Google Research}, Aristotle]
    date: 2021-10
    venue: ICCV 2021
    pages: 5784--5794
    doi: 10.1109/ICCV48922.2021.00573
    arxiv: 2103.11078
    url: https://arxiv.org/abs/2103.11078
    code: https://github.com/YudongGuo/AD-NeRF
    links:
      - {title: Project page, url: https://yudongguo.github.io/ADNeRF/}
    number: 6
    sections: [Face Video Generation]
    methods: [neural radiance FIELDS, dense-flow, NeRF]
    tags: [audio-driven, 2021, no]
    status: to-read
    abstract: |
      We talk.
      A lot.
    rating: {mine: 5}
  - id: mildenhall2020nerf
    title: NeRF
    doi: ~
    authors:
    tags: []
    venue: ""
"""
)


def test_every_field_of_a_paper_is_read() -> None:
    """A paper with all fields becomes the values that the field table promises, and unknown keys are the user's own."""
    record = paper(read(FULL), "guo2021adnerf")
    assert record.fields == {
        "citekey": "guo2021adnerf",
        "type": "conferencePaper",
        "title": "AD-NeRF: Audio Driven Neural Radiance Fields",
        "authors": (
            Name("Guo", "Yudong"),
            Name("Bao", "Hujun"),
            Name("van den Oord", "Aaron"),
            Name("Google Research"),
            Name("Aristotle"),
        ),
        "date": "2021-10",
        "year": "2021",
        "venue": "ICCV 2021",
        "pages": "5784--5794",
        "doi": "10.1109/ICCV48922.2021.00573",
        "arxiv": "2103.11078",
        "url": "https://arxiv.org/abs/2103.11078",
        "code": "https://github.com/YudongGuo/AD-NeRF",
        "links": (Link("Project page", "https://yudongguo.github.io/ADNeRF/"),),
        "number": "6",
        "sections": ("face-video",),
        "methods": ("nerf", "dense-flow"),
        "tags": ("audio-driven", "2021", "no"),
        "status": "to-read",
        "abstract": "We talk. A lot.",
    }


def test_empty_values_are_no_values() -> None:
    """`~`, an empty list, an empty text and nothing at all leave the field away."""
    assert paper(read(FULL), "mildenhall2020nerf").fields == {"citekey": "mildenhall2020nerf", "title": "NeRF"}


def test_the_shell_becomes_list_sections_and_methods() -> None:
    """The title, the sections and the methods are records of their own; a parent may be named by any spelling."""
    records = read(FULL).records
    assert records[RecordId(Kind.LIST, "list")].fields == {"title": "A novice in face video generation"}
    assert records[RecordId(Kind.SECTION, "face-video")].fields == {"name": "Face video generation"}
    assert records[RecordId(Kind.METHOD, "nerf")].fields == {
        "method": "nerf",
        "name": "NeRF",
        "aliases": ("NeRF++", "Neural radiance fields"),
        "sources": ("mildenhall2020nerf",),
    }
    dense_flow = records[RecordId(Kind.METHOD, "dense-flow")].fields
    assert dense_flow == {"method": "dense-flow", "name": "Dense flow warp", "parent": "nerf"}


@pytest.mark.parametrize(
    "title", ["2103.10", "no", "12:30", "1_000", "0123", "1e3", "2020-10-05", "1984", "0x1F", "yes"]
)
def test_titles_that_look_like_something_else_stay_texts(title: str) -> None:
    """A title is the text that stands there, even where other readers see a number, a date, a time or a truth value."""
    assert paper(read(f"papers:\n  - id: a\n    title: {title}\n"), "a").fields["title"] == title


@pytest.mark.parametrize("number", ["0123", "7", "2021"])
def test_ids_and_numbers_keep_their_digits(number: str) -> None:
    """An unquoted arXiv id keeps its last zero and a number its first."""
    record = paper(read(f"papers:\n- id: a\n  title: x\n  arxiv: 2103.11070\n  number: {number}\n"), "a")
    assert (record.fields["arxiv"], record.fields["number"]) == ("2103.11070", number)


def test_several_files_are_one_catalog() -> None:
    """Methods defined in one file classify papers of another."""
    catalog = read_catalog(
        [
            CatalogFile("a.yaml", SHELL.encode()),
            CatalogFile("b.yaml", b"papers:\n- id: mildenhall2020nerf\n  title: N\n  methods: [nerf]\n"),
        ]
    )
    assert paper(catalog, "mildenhall2020nerf").fields["methods"] == ("nerf",)
    assert catalog.citekeys == {"a.yaml": (), "b.yaml": ("mildenhall2020nerf",)}


def test_papers_without_a_method_are_unclassified_unless_they_explain_one() -> None:
    """A paper with a method or one that is a source of a method is classified; the others are listed in order."""
    catalog = read(FULL + "  - {id: z, title: Z}\n  - {id: b, title: B}\n")
    assert unclassified(catalog.records.values()) == ("z", "b")


def test_papers_that_are_known_are_not_read() -> None:
    """A citekey that is known stands for its paper: its bytes are not parsed, its id still counts."""
    text = (SHELL + "  - id: mildenhall2020nerf\n    title: [this would be wrong]\n  - id: b\n    title: B\n").encode()
    catalog = read_catalog([CatalogFile("c.yaml", text, Known(("mildenhall2020nerf", ""), frozenset({1})))])
    assert catalog.problems == ()
    assert catalog.citekeys["c.yaml"] == ("mildenhall2020nerf", "b")
    assert {record.key for record in catalog.records if record.kind is Kind.PAPER} == {"b"}


# ── cutting ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "layout",
    [
        "papers:\n- id: a\n  title: A\n- id: b\n  title: B\n",
        "papers:\n  - id: a\n    title: A\n  - id: b\n    title: B",
        "papers: # the list\n\n      # a comment\n      - id: a\n        title: A\n\n      -   id: b\n          title: B\n",
        "papers:\n  -\n    id: a\n    title: A\n  - # second\n    id: b\n    title: B\n",
        "papers:\r\n  - id: a\r\n    title: A\r\n  - id: b\r\n    title: B\r\n",
        "papers:\n  - {id: a, title: A}\n  - {id: b,\n     title: B}\nnotes:\n  - one\n  - two\ntitle: T\n",
        (
            "title: |\n  papers:\n  - id: decoy\npapers:\n  - id: a\n    title: A\n    abstract: |\n      - id: decoy\n"
            "  # - id: decoy\n  - id: b\n    title: B\n"
        ),
    ],
)
def test_block_lists_are_cut(layout: str) -> None:
    """Papers of a block list are read one by one in every layout, with what follows the list and what only looks like a paper."""
    catalog = read(layout)
    assert catalog.divisible == {"catalog.yaml"}
    assert catalog.citekeys["catalog.yaml"] == ("a", "b")
    assert (paper(catalog, "a").fields["title"], paper(catalog, "b").fields["title"]) == ("A", "B")


@pytest.mark.parametrize(
    "layout",
    [
        "papers: [{id: a, title: A}, {id: b, title: B}]\n",
        "base: &base {title: A}\npapers:\n  - {id: a, <<: *base}\n  - id: b\n    title: B\n",
        "papers:\n  - id: a\n    title: &t A\n    venue: &v B\n  - id: b\n    title: *v\n",
        '{"papers": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]}',
        'papers:\n  - id: a\n    title: A\n    abstract: "open\n  - id: decoy"\n  - id: b\n    title: B\n',
        '"papers":\n  - id: a\n    title: A\n  - id: b\n    title: B\n',
        "--- # start\ntitle: T\n...\n",
        'note: "\npapers:\n  - decoy\n"\npapers:\n  - id: a\n    title: A\n  - id: b\n    title: B\n',
    ],
)
def test_what_cannot_be_cut_is_read_in_one_go(layout: str) -> None:
    """Flow lists, anchors used across papers and texts with decoys are read as a whole, with the same result."""
    catalog = read(layout)
    assert catalog.divisible == frozenset()
    assert catalog.problems == ()
    keys = catalog.citekeys["catalog.yaml"]
    assert keys in ((), ("a", "b"))
    assert all(paper(catalog, key).fields["title"] == key.upper() for key in keys)


def test_chunks_and_shell_are_all_of_the_file() -> None:
    """No byte of a file is lost or doubled by cutting it."""
    data = (FULL + "more: x\n").encode()
    cut = cut_papers(data)
    assert cut is not None
    assert cut.prologue + b"".join(map(cut.chunk, range(len(cut.starts)))) + cut.epilogue == data
    assert cut.epilogue == b"more: x\n"


WORDS = st.sampled_from(
    [
        "NeRF",
        "no",
        "12:30",
        "it's",
        "Über",
        'say "x"',
        "a: b",
        "# one",
        "- two",
        "2103.10",
        "面部",
        "x" * 90,
        "~",
        "[a]",
        "{b}",
    ]
)
TITLES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
METHODS = st.lists(st.sampled_from(["nerf", "NeRF", "neural radiance fields", "dense-flow", "unknown"]), max_size=3)
PAPERS = st.fixed_dictionaries(
    {"title": TITLES},
    optional={
        "authors": st.lists(st.sampled_from(["Ann Lee", "Guo, Yudong", "Plato"]), max_size=3),
        "date": st.sampled_from(["2021", "2021-10", "2021-13", "October 2021"]),
        "tags": st.lists(WORDS, max_size=3),
        "methods": METHODS,
        "doi": st.sampled_from(["10.1109/x", "https://doi.org/10.1109/x"]),
        "titel": TITLES,
        "own": TITLES,
    },
)
LAYOUTS = st.fixed_dictionaries(
    {"indent": st.integers(0, 5), "end": st.sampled_from(["\n", "\r\n"]), "flow": st.booleans(), "after": st.booleans()}
)


def _render(papers: list[dict[str, Any]], layout: dict[str, Any], links: tuple[str, str]) -> bytes:
    """A catalog in one of many layouts. `links` are the values of a key of the user's own in the first and the last paper."""
    pad = " " * layout["indent"]
    lines = SHELL.splitlines()
    for number, fields in enumerate(papers):
        lines += [f"{pad}# - id: comment{number}", "", f"{pad}- id: key{number % 7}"]
        for key, value in fields.items():
            if isinstance(value, list) and not layout["flow"]:
                lines += [f"{pad}  {key}:", *(f"{pad}    - {json.dumps(item, ensure_ascii=False)}" for item in value)]
            else:
                lines.append(f"{pad}  {key}: {json.dumps(value, ensure_ascii=False)}")
        if number in (0, len(papers) - 1):
            lines.append(f"{pad}  link{number > 0:d}: {links[number > 0]}")
    lines += ["own:", f"{pad} - after", f"{pad} - the list", "method: near miss"] if layout["after"] else []
    text: str = layout["end"].join([*lines, ""])
    return text.encode()


@given(st.lists(PAPERS, min_size=2, max_size=9), LAYOUTS)
def test_cutting_changes_neither_values_nor_problems(papers: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    """A file read paper by paper and the same file read in one go (an alias across papers forces it) say the same, at the same places."""
    cut = read(_render(papers, layout, ("&shared x", "other  ")))
    whole = read(_render(papers, layout, ("&shared x", "*shared")))
    assert cut.divisible
    assert not whole.divisible
    assert (cut.records, cut.problems, cut.citekeys) == (whole.records, whole.problems, whole.citekeys)


@given(st.lists(PAPERS, min_size=1, max_size=5), LAYOUTS)
def test_titles_come_back_as_they_were_written(papers: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    """Whatever a title holds, its record holds it too."""
    catalog = read(_render(papers, layout, ("x", "y")))
    for number, fields in enumerate(papers):
        record = catalog.records[RecordId(Kind.PAPER, f"key{number}")]
        assert record.fields["title"] == " ".join(fields["title"].split())


# ── the shipped catalog ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

SHIPPED = Path(__file__).parents[2] / "catalog/face-video-generation.yaml"


def test_the_shipped_catalog_is_sound() -> None:
    """What litsync ships passes its own check and is read paper by paper."""
    catalog = read(SHIPPED.read_bytes())
    assert catalog.problems == ()
    assert catalog.divisible


def test_what_the_shipped_catalog_does_not_classify() -> None:
    """In the list on face video generation, papers 1, 5 and 10 have no method and explain none."""
    records = read(SHIPPED.read_bytes()).records
    left = unclassified(records.values())
    assert [records[RecordId(Kind.PAPER, citekey)].fields.get("number") for citekey in left] == ["1", "5", "10"]

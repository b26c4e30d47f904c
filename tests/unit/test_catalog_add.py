"""Papers, methods and sections that come into a catalog's text and go from it: in the style of their neighbours, and nothing else moves."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.model import Kind, Link, Name, RecordId
from litsync.formats.catalog_add import NewPaper, add_paper
from litsync.formats.catalog_edit import CannotEdit, Papers
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_remove import remove_definition, remove_paper
from litsync.formats.catalog_shell import add_definition
from litsync.formats.catalog_spelling import spelling_of
from litsync.formats.catalog_yaml import read_catalog

HEAD = """\
title: A list
sections: {core: Core papers, more: More}
methods:
  nerf: {name: NeRF, aliases: [Radiance fields]}
  gan: {name: GAN}
"""
BLOCK = """\
papers:
  # one of my first
  - id: a
    title: 'One: two'   # why
    authors: [Yudong Guo, Keyu Chen]
    date: 2021-10
    sections: [core]
    methods: [NeRF]
    # to read again

  # --- more ---

  # about b
  - id: b
    title: Another
    sections:
      - More

# the end
"""
NEW = NewPaper(
    "new2020",
    {
        "citekey": "new2020",
        "year": "2020",
        "title": "It: again",
        "type": "book",
        "authors": (Name("Guo", "Yudong"), Name("OpenAI")),
        "date": "2020",
        "arxiv": "2001.00001",
        "sections": ("core",),
        "methods": ("nerf",),
        "links": (Link("A, b", "https://x.y/?a=b"),),
    },
)


def read(data):
    """The catalog that the bytes are, its papers and its spellings."""
    catalog = read_catalog([CatalogFile("c.yaml", data)])
    assert not catalog.problems
    papers = Papers(catalog.citekeys["c.yaml"], "c.yaml" in catalog.divisible)
    return catalog, papers, spelling_of(catalog.records)


def added(text, paper=NEW):
    """The text with the paper in it; it is proven that the catalog says all that it said, and the paper."""
    data = text.encode()
    before, papers, spelling = read(data)
    result, now = add_paper(data, papers, paper, spelling)
    after, there, _ = read(result)
    wanted = {name: value for name, value in paper.fields.items() if value is not None}
    assert there == now
    assert dict(after.records.pop(RecordId(Kind.PAPER, paper.citekey)).fields) == wanted
    assert after.records == before.records
    return result.decode()


def between(text, new):
    """What was added to the text, and where: the lines around it."""
    start = next(i for i in range(len(new)) if new[: i + 1] != text[: i + 1])
    length = len(new) - len(text)
    assert new[:start] + new[start + length :] == text
    return new[start : start + length]


def test_a_paper_goes_behind_the_last_of_its_section_in_the_style_of_its_neighbours():
    """Order of keys, quotes, lists, spelling of methods, comments and blank lines: as the paper above it."""
    new = added(HEAD + BLOCK)

    assert "    # to read again\n\n  - id: new2020\n" in new
    assert between(HEAD + BLOCK, new).strip() == (
        "- id: new2020\n"
        "    type: book\n"
        '    title: "It: again"\n'
        "    authors: [Yudong Guo, OpenAI]\n"
        "    date: 2020\n"
        '    arxiv: "2001.00001"\n'
        "    links:\n      - title: A, b\n        url: https://x.y/?a=b\n"
        "    sections: [core]\n"
        "    methods: [NeRF]"
    )


SMALL = NewPaper("n", {"citekey": "n", "title": "N", "tags": ("x", "y")})
A, B = "  - id: a\n    title: A\n", "  - id: b\n    title: B\n"
N = "  - id: n\n    title: N\n    tags: [x, y]\n"
PLACES = [
    ("an empty list", "papers: []  # none\n", f"papers:  # none\n{N}"),
    ("nothing", "papers:\n", f"papers:\n{N}"),
    ("no key", "", f"papers:\n{N}"),
    ("no blank lines", f"papers:\n{A}{B}", f"papers:\n{A}{B}{N}"),
    ("two blank lines", f"papers:\n{A}\n\n{B}", f"papers:\n{A}\n\n{B}\n\n{N}"),
    ("no final newline", f"papers:\n{A}\n{B}"[:-1], f"papers:\n{A}\n{B}\n{N}"[:-1]),
    ("a list without indent", "papers:\n- id: a\n  title: A\n  tags:\n  - t\n", "+\n- id: n\n  title: N\n  tags:\n  - x\n  - y\n"),
    ("rows far in", f"papers:\n{A}    tags:\n        - 't'\n", "+\n  - id: n\n    title: N\n    tags:\n        - 'x'\n        - 'y'\n"),
    ("wide dashes", "papers:\n  -   id: a\n      title: A\n", "+\n  -   id: n\n      title: N\n      tags: [x, y]\n"),
    ("a dash alone", "papers:\n  -\n    id: a\n    title: A\n", "+\n  -\n    id: n\n    title: N\n    tags: [x, y]\n"),
    ("papers in braces", "papers:\n  - {id: a, title: A}  # a\n", "+  - {id: n, title: N, tags: [x, y]}\n"),
    ("in brackets", "papers: [{id: a, title: A}]\n", "papers: [{id: a, title: A}, {id: n, title: N, tags: [x, y]}]\n"),
    ("brackets over lines", "papers: [\n  {id: a, title: A}\n]\n", "papers: [\n  {id: a, title: A},\n  {id: n, title: N, tags: [x, y]}\n]\n"),
    ("a last comma", "papers: [\n  {id: a, title: A}, # a\n]\n", "papers: [\n  {id: a, title: A}, # a\n  {id: n, title: N, tags: [x, y]},\n]\n"),
    ("keys behind the papers", f"papers:\n{A}\n# mine\nmine: 1\n", f"papers:\n{A}\n{N}\n# mine\nmine: 1\n"),
    ("a text block at the end", "papers:\n  - id: a\n    title: |\n      A\n", f"+\n{N}"),
    ("title first", "papers:\n  - title: A\n    tags: [ 'a' , 'b' ]\n    id: a\n", "+\n  - title: N\n    tags: [ 'x' , 'y' ]\n    id: n\n"),
    ("only what it borrows", "mine: &m {id: a, title: A}\npapers:\n  - <<: *m  # a\n", "+\n  - id: n\n    title: N\n    tags: [x, y]\n"),
    ("an anchor", f"papers:\n  - &a\n    id: a\n    title: &t A\n{B}    venue: *t\n", f"+{N}"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_paper_finds_its_place(before, after, newline):
    """Whatever the list of papers looks like, the paper fits in, and no other byte changes. A `+` stands for the text before."""
    after = before + after[1:] if after.startswith("+") else after
    before, after = (f"title: T\n{part}".replace("\n", newline) for part in (before, after))

    assert added(before, SMALL) == after


@pytest.mark.parametrize(
    ("neighbour", "written"),
    [
        ("authors: [{family: A, given: B}]", "authors: [{family: Guo, given: Yudong}, {name: OpenAI}]"),
        ("authors:\n      - A B", "authors:\n      - Yudong Guo\n      - OpenAI"),
        ("methods: [gan]", "methods: [nerf]"),
        ("methods: [Radiance fields]", "methods: [NeRF]"),
        ('date: "2021"', 'date: "2020"'),
        ("arxiv: '1'", "arxiv: '2001.00001'"),
        ("title: 'T'", "title: 'It: again'"),
        (
            "links:\n      - title: L\n        url: https://l",
            "links:\n      - title: A, b\n        url: https://x.y/?a=b",
        ),
    ],
)
def test_values_are_spelled_as_neighbours_spell_them(neighbour, written):
    """Names in parts or whole, methods by id or name, numbers and texts in the quotes used there."""
    paper = "papers:\n  - id: a\n" + ("" if "title: '" in neighbour else "    title: A\n") + f"    {neighbour}\n"

    assert f"    {written}\n" in added((HEAD + paper).replace("'1'", "'1706.03762'"))


def test_a_long_list_is_broken_where_those_of_its_neighbours_are():
    """In brackets over several lines, no longer than theirs."""
    text = f"{HEAD}papers:\n  - id: a\n    title: A\n    authors: [Aaaa Bbbb, Cccc Dddd,\n              Eeee Ffff]\n"
    names = tuple(Name(f"Family{n}", "Given") for n in range(4))

    new = added(text, NewPaper("n", {"citekey": "n", "title": "N", "authors": names}))

    assert "    authors: [Given Family0,\n              Given Family1,\n              Given Family2,\n" in new


def test_a_taken_citekey_is_refused():
    """No second paper of the same id."""
    _, papers, spelling = read((HEAD + BLOCK).encode())
    with pytest.raises(CannotEdit):
        add_paper((HEAD + BLOCK).encode(), papers, NewPaper("a", {"title": "A"}), spelling)


def test_papers_can_be_added_one_after_the_other():
    """Each call gives what the next one needs, from an empty catalog on."""
    data, papers = b"title: T\npapers: []\n", Papers((), divisible=False)
    spelling = spelling_of({})
    for number in range(5):
        data, papers = add_paper(data, papers, NewPaper(f"k{number}", {"title": f"T {number}"}), spelling)

    assert papers == Papers(("k0", "k1", "k2", "k3", "k4"), divisible=True)
    assert [paper["id"] for paper in yaml.safe_load(data)["papers"]] == list(papers.citekeys)
    assert data.count(b"\n\n  - id") == 4


REMOVALS = [
    ("its own comments go", BLOCK, "a", "papers:\n" + BLOCK[BLOCK.index("  # --- more"):]),
    ("a heading stays", BLOCK, "b", BLOCK.replace("  # about b\n  - id: b\n    title: Another\n    sections:\n      - More\n\n", "")),
    ("the only one", f"papers:\n{A}", "a", "papers:\n"),
    ("no final newline", f"papers:\n{A}\n{B}"[:-1], "b", f"papers:\n{A}"[:-1]),
    ("in brackets", "papers: [{id: a, title: A}, {id: b, title: B}]\n", "b", "papers: [{id: a, title: A}]\n"),
    ("brackets over lines", "papers: [\n  {id: a, title: A},  # a\n  {id: b, title: B}\n]\n", "a", "papers: [\n  {id: b, title: B}\n]\n"),
    ("a section's name above", f"papers:\n{A}\n  # Core papers\n{B}\n{N}", "b", f"papers:\n{A}\n  # Core papers\n\n{N}"),
    ("comments of the one below", f"papers:\n{A}  # about b\n{B}", "a", f"papers:\n  # about b\n{B}"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "key", "after"), [row[1:] for row in REMOVALS], ids=[row[0] for row in REMOVALS])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("divisible", [True, False], ids=["cut", "whole"])
def test_a_paper_goes_with_what_is_its_own(before, key, after, newline, divisible):
    """Its lines, the comments that belong to it and one side of the blank lines; nothing of its neighbours."""
    data, expected = ((HEAD + part).replace("\n", newline).encode() for part in (before, after))
    catalog, papers, spelling = read(data)
    papers = Papers(papers.citekeys, papers.divisible and divisible)

    result, now = remove_paper(data, papers, key, spelling.headings())

    assert result.decode() == expected.decode()
    assert now.citekeys == tuple(one for one in papers.citekeys if one != key)
    kept = {record: said for record, said in catalog.records.items() if record.key != key}
    assert read(result)[0].records == kept


def test_a_paper_that_others_borrow_from_is_not_removed():
    """Its anchor is used below: the reason is told."""
    data = f"papers:\n  - id: a\n    title: &t A\n{B}    venue: *t\n".encode()
    with pytest.raises(CannotEdit):
        remove_paper(data, Papers(("a", "b"), divisible=False), "a")


METHOD, SECTION = RecordId(Kind.METHOD, "flow"), RecordId(Kind.SECTION, "surveys")
FIELDS = {"name": "Flow: dense", "aliases": ("Warp, dense", "X"), "parent": "gan"}
WORDS = '{name: "Flow: dense", aliases: ["Warp, dense", X], parent: gan}'
ROWS = "  flow:\n    name: 'Flow: dense'\n    aliases:\n      - 'Warp, dense'\n      - 'X'\n    parent: gan\n"
DEFINED = [
    ("in braces", "methods:\n  gan: {name: GAN}\n", f"methods:\n  gan: {{name: GAN}}\n  flow: {WORDS}\n"),
    ("in rows", "methods:\n  gan:\n    name: 'GAN'   # it\n\n  nerf:\n    name: 'NeRF'\n    aliases:\n      - 'R'\n", f"+\n{ROWS}"),
    ("all in braces", "methods: {gan: {name: GAN}}\n", f"methods: {{gan: {{name: GAN}}, flow: {WORDS}}}\n"),
    ("far in", "methods:\n      gan:\n          name: 'GAN'\n",
     "+      flow:\n          name: 'Flow: dense'\n          aliases: [\"Warp, dense\", X]\n          parent: gan\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in DEFINED], ids=[row[0] for row in DEFINED])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("rest", [f"\n# list\npapers:\n{A}\n{B}", "\npapers: []\n", ""], ids=["cut", "empty", "last"])
def test_a_method_comes_behind_the_last_one(before, after, newline, rest):
    """In its style; the papers, however many, are not touched, and it can go again. A `+` stands for the text before."""
    after = before + after[1:] if after.startswith("+") else after
    data, expected = (f"title: T\n{part}{rest}".replace("\n", newline).encode() for part in (before, after))
    _, papers, spelling = read(data)

    result = add_definition(data, papers, METHOD, FIELDS, spelling)

    assert result.decode() == expected.decode()
    assert dict(read(result)[0].records[METHOD].fields) == {"method": METHOD.key, **FIELDS}
    assert remove_definition(result, papers, METHOD) == data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "title: T\n\nmethods: {}\n\npapers:\n",
            "title: T\n\nsections:\n  surveys: All, that\n\nmethods: {}\n\npapers:\n",
        ),
        ("title: T\npapers:\n", "title: T\nsections:\n  surveys: All, that\npapers:\n"),
        ("title: T\nsections:  # mine\n", "title: T\nsections:  # mine\n  surveys: All, that\n"),
        ("sections: {}\n", "sections:\n  surveys: All, that\n"),
        ("sections: {core: Core}\n", 'sections: {core: Core, surveys: "All, that"}\n'),
        ("sections:\n  core: 'Core'\n", "sections:\n  core: 'Core'\n  surveys: All, that\n"),
        ("title: T", "title: T\nsections:\n  surveys: All, that\n"),
    ],
)
def test_a_section_comes_behind_the_last_one_or_under_a_key_of_its_own(before, after):
    """Where no section is yet, the key stands before methods and papers."""
    data = (before + (A if before.endswith("papers:\n") else "")).encode()
    expected = after + (A if before.endswith("papers:\n") else "")
    _, papers, spelling = read(data)

    assert add_definition(data, papers, SECTION, {"name": "All, that"}, spelling).decode() == expected


texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: " ".join(text.split()) == text
)


@given(st.sampled_from([row[1] for row in PLACES] + [BLOCK]), texts, st.lists(texts, max_size=3, unique=True), texts)
def test_any_paper_comes_in_and_goes_again(places, title, tags, link):
    """Hostile texts too: the paper reads back, every other byte stays, and taking it out gives the text before."""
    before = (HEAD + places).encode()
    _, papers, spelling = read(before)
    fields = {"title": title, "tags": tuple(tags), "links": (Link(link, "https://a.b/c"),), "methods": ("gan",)}

    data, now = add_paper(before, papers, NewPaper("k", fields), spelling)
    said = yaml.load(data, yaml.BaseLoader)["papers"][now.citekeys.index("k")]

    assert (said["title"], said.get("tags", []), said["links"][0]["title"]) == (title, tags, link)
    if papers.citekeys:
        assert remove_paper(data, now, "k")[0] == before

"""Changes brought home into a catalog's text: the intended data, and no other byte."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.model import Change, Kind, Link, Name, RecordId
from litsync.formats.catalog_edit import CannotEdit, Papers, edit_record

TEXT = """\
# my list
title: "A list"   # why
sections: {core: Core papers}
methods:
  nerf: {name: NeRF, aliases: [Radiance fields]}
  gan:
    name: GAN      # the classic
papers:
  # first
  - id: a
    title: 'One: two'
    authors: [Yudong Guo, "Chen, Keyu"]  # both
    date: 2021-10
    methods: [NeRF]          # by name
    tags:
      - audio   # keep
      - video
    arxiv: "2103.11078"
    status: to-read

  # second
  -   id: b
      title: >-
        A folded
        title
      year_read: 2020   # my own key
"""
A, B = RecordId(Kind.PAPER, "a"), RecordId(Kind.PAPER, "b")
PAPERS = Papers(("a", "b"), divisible=True)


def meaning(field, text):
    """What a spelling means in this catalog."""
    return (
        {"nerf": "nerf", "radiance fields": "nerf", "gan": "gan"}.get(text.casefold(), text)
        if field == "methods"
        else text
    )


def changed(record, *changes, text=TEXT, papers=PAPERS):
    """The text after the changes."""
    return edit_record(text.encode(), papers, record, changes, meaning).decode()


G, C = Name("Guo", "Yudong"), Name("Chen", "Keyu")
NERF, GAN = RecordId(Kind.METHOD, "nerf"), RecordId(Kind.METHOD, "gan")
TABLE = [
    ("a status is one line", A, Change("status", "to-read", "reading"), "status: to-read", "status: reading"),
    ("a title keeps its quotes", A, Change("title", "One: two", "Three: four"), "'One: two'", "'Three: four'"),
    ("a folded title", B, Change("title", "x", "Plain"), ">-\n        A folded\n        title\n", "Plain\n"),
    ("a year is written bare", A, Change("date", "2021-10", "2022"), "date: 2021-10", "date: 2022"),
    ("an id stays a text", A, Change("arxiv", "2103.11078", "2103.1107"), '"2103.11078"', '"2103.1107"'),
    ("a method goes by the name it has here", A, Change("methods", ("nerf",), ("gan",)), "[NeRF]", "[gan]"),
    ("a method comes as its id", A, Change("methods", ("nerf",), ("nerf", "gan")), "[NeRF]", "[NeRF, gan]"),
    ("a tag goes with its line", A, Change("tags", ("audio", "video"), ("video",)), "      - audio   # keep\n", ""),
    ("a tag comes last", A, Change("tags", ("audio", "video"), ("audio", "video", "x y")), "- video\n", "- video\n      - x y\n"),
    ("an author stays as written", A, Change("authors", None, (C, G)), '[Yudong Guo, "Chen, Keyu"]', '["Chen, Keyu", Yudong Guo]'),
    ("a new value comes where it usually stands", B, Change("doi", None, "10.1/x"), "        title\n", "        title\n      doi: 10.1/x\n"),
    ("a new list stands as the lists beside it", A, Change("sections", None, ("core",)), '078"\n', '078"\n    sections: [core]\n'),
    ("a value goes with its line", A, Change("date", "2021-10", None), "    date: 2021-10\n", ""),
    ("a method's name", RecordId(Kind.METHOD, "gan"), Change("name", "GAN", "GANs"), "name: GAN ", "name: GANs "),
    ("an alias in flow", NERF, Change("aliases", ("Radiance fields",), ("Radiance fields", "X")), "[Radiance fields]", "[Radiance fields, X]"),
    ("a section's name", RecordId(Kind.SECTION, "core"), Change("name", "Core papers", "The core"), "Core papers", "The core"),
    ("the list's title", RecordId(Kind.LIST, "list"), Change("title", "A list", "Our list"), '"A list"', '"Our list"'),
]  # fmt: skip


@pytest.mark.parametrize(("record", "change", "old", "new"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("divisible", [True, False], ids=["in its chunk", "in the whole file"])
def test_only_the_bytes_of_the_value_change(record, change, old, new, newline, divisible):
    """Comments, order, quotes, styles, indentation, line ends and the author's own keys stay."""
    text, old, new = (part.replace("\n", newline) for part in (TEXT, old, new))
    assert text.count(old) == 1

    assert changed(record, change, text=text, papers=Papers(("a", "b"), divisible)) == text.replace(old, new)


@pytest.mark.parametrize(
    "name", [Name("Loy", "Chen Change"), Name("van Lee", "A"), Name("Smith Jones", "A"), Name("OpenAI")]
)
def test_a_new_author_reads_back_as_the_same_name(name):
    """In the order of reading where that can be told apart, else family name first."""
    from litsync.core.values import read_name

    text = changed(A, Change("authors", None, (name,)))
    (written,) = yaml.load(text, yaml.BaseLoader)["papers"][0]["authors"]

    assert read_name(written) == name


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (
            TEXT.replace("date: 2021-10", "venue: *s\n    status: &s to-read").replace("\n    status: to-read", ""),
            Change("status", None, "b"),
        ),
        (TEXT.replace("status: to-read", "status: !s to-read"), Change("status", "to-read", "read")),
    ],
    ids=["an anchor", "a tag"],
)
def test_what_cannot_be_done_safely_is_refused(text, change):
    """The reason is told, and nothing is changed."""
    with pytest.raises(CannotEdit):
        changed(A, change, text=text)


LINKS = [
    ("the first", "", ((), ("A: b", "https://a")), '    links:\n      - {title: "A: b", url: https://a}\n'),
    ("in brackets", "[{title: A, url: https://a}]", (("A", "https://a"), ("B, c", "https://b")),
     '[{title: A, url: https://a}, {title: "B, c", url: https://b}]'),
    ("a title", "[{title: A, url: https://a, mine: 1}]", (("B", "https://a"),), "[{title: B, url: https://a, mine: 1}]"),
    ("an address", "\n      - title: A  # it\n        url: https://a\n", (("A", "https://b"),), "\n      - title: A  # it\n        url: https://b\n"),
    ("in rows", "\n      - title: A  # it\n        mine: 1\n        url: https://a\n", (("B", "https://b"), ("A", "https://a")),
     "\n      - title: B\n        url: https://b\n      - title: A  # it\n        mine: 1\n        url: https://a\n"),
    ("one goes", "\n      - {title: A, url: https://a}\n      - {title: B, url: https://b}  # b\n", (("B", "https://b"),),
     "\n      - {title: B, url: https://b}  # b\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "links", "after"), [row[1:] for row in LINKS], ids=[row[0] for row in LINKS])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_links_come_go_and_change_one_by_one(before, links, after, newline):
    """A link that stays keeps its bytes, its comments and its author's own keys; one whose title or address changed is the same link."""
    new = tuple(Link(*link) for link in links if link)
    place = '    arxiv: "2103.11078"\n'
    text = TEXT.replace(
        place, f"{place}    links: {before}".rstrip(" ") + ("\n" if before[-1:] == "]" else "") if before else place
    )
    expected = text.replace(before, after) if before else text.replace(place, place + after)
    text, expected = (part.replace("\n", newline) for part in (text, expected))

    assert changed(A, Change("links", None, new), text=text) == expected


texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)


@given(st.sampled_from(["title", "venue", "status", "doi"]), texts, st.sampled_from([A, B]))
def test_any_text_comes_home_and_nothing_else_moves(field, text, record):
    """Hostile texts too: the value is read back, and every other value of every paper is what it was."""
    before = yaml.load(TEXT, yaml.BaseLoader)
    after = yaml.load(changed(record, Change(field, "old", text)), yaml.BaseLoader)
    before["papers"][0 if record is A else 1][field] = text

    assert after == before


def test_several_new_values_stand_in_their_usual_order():
    """As a person would have written them, whatever order they arrive in; and a removed one is no landmark."""
    changes = (
        Change("venue", None, "ICCV"),
        Change("date", "2021-10", None),
        Change("doi", None, "10.1/x"),
        Change("url", None, "https://a.b/c"),
    )

    text = changed(A, *changes)

    assert "# both\n    venue: ICCV\n    doi: 10.1/x\n    methods:" in text
    assert '    arxiv: "2103.11078"\n    url: https://a.b/c\n    status:' in text

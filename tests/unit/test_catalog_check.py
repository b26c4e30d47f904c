"""What a catalog may not be: every problem is found in one reading, in file order, with what to write instead."""

from __future__ import annotations

import time

import pytest

from litsync.core.model import Place, Problem, RecordId
from litsync.formats.catalog_bytes import MAX_BYTES, inspect, without_mark
from litsync.formats.catalog_chunks import Known
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog

GOOD = "methods:\n  nerf: {name: NeRF, aliases: [Radiance]}\nsections: {one: First}\npapers:\n"


def problems(text: str | bytes) -> tuple[Problem, ...]:
    """The problems of one file called c.yaml."""
    data = text.encode() if isinstance(text, str) else text
    return read_catalog([CatalogFile("c.yaml", data)]).problems


def only(text: str | bytes) -> Problem:
    """The one problem there is."""
    (problem,) = problems(text)
    return problem


BAD = """\
titel: x
title: T
title: U
sections:
  s1: One
  S2: Two
  s3:
methods:
  nerf: {name: NeRF, aliases: Radiance}
  gan: {name: nerf, parent: vae, sources: [nobody, a2]}
  a: {name: A, parent: b}
  b: {name: B, parent: a, surces: [x]}
  c: C
papers:
  - id: a1
    title: X
    author: Foo
    authors: Foo Bar
    date: October 2021
    doi: https://doi.org/10.1109/x
    arxiv: arXiv:2103.11078
    url: example.org/a
    type: conferencepaper
    status: To-Read
    methods: [nerv, zzz]
    sections: [one, five]
    title: Y
    links: [https://x.org, {title: a, url: b}, {title: x}]
    tags: {a: b}
    year: 2021
    number: six
  - id: A1
    title: [a]
    authors: [{first: x}, {family: A, given: B}]
  - id: bad key
    title: x
  - title: no id
  - just text
  -
  - id: a2
    title: 2001: A Space Odyssey
  - id: a3
    title: "open
    date: 2020
  - id: a4
"""

FOUND = [
    (1, 1, "titel", "is not a key of a catalog", "title"),
    (3, 1, "title", "stands twice", "keep one"),
    (6, 3, "S2", "is not an id", "s2"),
    (7, 3, "s3", "without a name", "s3: "),
    (9, 31, "Radiance", "where a list belongs", "[Radiance]"),
    (10, 15, "nerf", "already means the method `nerf`", "only one"),
    (10, 29, "vae", "is not a method", ""),
    (10, 44, "nobody", "is not the id of a paper", ""),
    (12, 24, "a", "its own ancestor: a → b → a", "remove"),
    (12, 27, "surces", "is not a key of a method", "sources"),
    (13, 3, "c", "names it", "c: {name: C}"),
    (17, 5, "author", "is not a key of a paper", "authors"),
    (18, 14, "Foo Bar", "where a list belongs", "[Foo Bar]"),
    (19, 11, "October 2021", "is not a date", "2021-10"),
    (20, 10, "https://doi.org/10.1109/x", "give the DOI alone", "10.1109/x"),
    (21, 12, "arXiv:2103.11078", "give the arXiv id alone", "2103.11078"),
    (22, 10, "example.org/a", "is not a web address", "https://example.org/a"),
    (23, 11, "conferencepaper", "is not an item type", "conferencePaper"),
    (24, 13, "To-Read", "reading states to-read, reading, read", "to-read"),
    (25, 15, "nerv", "is not a method", "nerf"),
    (25, 21, "zzz", "is not a method", "define it under `methods:`"),
    (26, 21, "five", "is not a section", "define it under `sections:`"),
    (27, 5, "title", "stands twice in a paper", "keep one"),
    (28, 13, "https://x.org", "a link has a title and an address", 'url: "https://x.org"'),
    (28, 44, "b", "is not a web address", ""),
    (28, 48, "{title: x}", "without `url`", "url: https://"),
    (29, 11, "{a: b}", "is a mapping where a list belongs", "- "),
    (30, 5, "year", "is not a key of a paper", "date"),
    (31, 13, "six", "is not a number", ""),
    (32, 9, "A1", "differs only in case from the id `a1` at c.yaml:15:9", "its own id"),
    (33, 12, "[a]", "is a list where one text belongs", "a, or"),
    (34, 15, "{first: x}", "neither `family` nor `name`", "family"),
    (35, 9, "bad key", "is not a citekey", "bad-key"),
    (37, 5, "", "has no `id`", "id: "),
    (38, 5, "just text", "is not a paper", "- id:"),
    (39, 4, "", "is empty", "- id:"),
    (41, 16, "title: 2001: A Space Odyssey", "mapping values are not allowed", 'title: "2001: A Space Odyssey"'),
    (43, 12, 'title: "open', "end of stream", "close the quotation mark"),
    (45, 5, "", "has no `title`", "title: "),
]


def test_all_problems_are_reported_at_once_in_file_order() -> None:
    """A catalog with one of each fault gets one problem for each, where it stands, with the text and what to write instead."""
    found = problems(BAD)
    places = [(problem.place.line, problem.place.column) for problem in found]
    assert places == [(line, column) for line, column, *_ in FOUND]
    for problem, (_, _, text, message, suggestion) in zip(found, FOUND, strict=True):
        assert problem.text == text
        assert message in problem.message
        assert suggestion in problem.suggestion


def test_line_ends_do_not_move_problems() -> None:
    """The same faults in a file with Windows line ends stand at the same lines and columns."""
    assert [problem.place for problem in problems(BAD.replace("\n", "\r\n"))] == [
        problem.place for problem in problems(BAD)
    ]


def test_a_problem_names_its_paper() -> None:
    """A fault inside a paper carries the paper's identity, so that a report can group by it."""
    assert only("papers:\n- id: a\n  title: A\n  date: x\n").record == RecordId.parse("paper:a")


@pytest.mark.parametrize(
    "key",
    [
        "note",
        "notes",
        "keywords",
        "my-field",
        "rating",
        "pdf",
        "zotero_citekey",
        "zotero_key",
        "url2",
        "updated",
        "published",
    ],
)
def test_own_keys_are_left_alone(key: str) -> None:
    """Keys that are not litsync's are nobody's business."""
    assert problems(f"papers:\n- id: a\n  title: A\n  {key}: x\n") == ()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("Title", "title"),
        ("method", "methods"),
        ("tag", "tags"),
        ("DOI", "doi"),
        ("abstact", "abstract"),
        ("citekey", "id"),
        ("link", "links"),
    ],
)
def test_near_misses_are_pointed_out(key: str, meant: str) -> None:
    """A key that is nearly one of litsync's is a slip, with the right one beside it."""
    problem = only(f"papers:\n- id: a\n  title: A\n  {key}: x\n")
    assert (problem.text, problem.suggestion) == (key, meant)


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("2001: A Space Odyssey", 'title: "2001: A Space Odyssey"'),
        ("[Re] Foo", 'title: "[Re] Foo"'),
        ("[Foo]", '"[Foo]"'),
        ("!Foo bar", '"!Foo bar"'),
        ("*Foo* bar", "quotes"),
        ("@foo", 'title: "@foo"'),
        ('"Quoted" and more', 'title: "\\"Quoted\\" and more"'),
        ("'Tis the season", "close the quotation mark"),
        ("{x: y} z", 'title: "{x: y} z"'),
    ],
)
def test_titles_that_yaml_takes_for_something_else(written: str, suggestion: str) -> None:
    """A title that needs quotes and has none is reported at its line, with the quoted form; its neighbours are not blamed."""
    problem = only(f"papers:\n  - id: a\n    title: A\n  - id: b\n    title: {written}\n  - id: c\n    title: C\n")
    assert problem.place.line == 5
    assert suggestion in problem.suggestion


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", "c.yaml", "empty"),
        (b" \n\n", "c.yaml", "empty"),
        (b"# only a comment\n", "c.yaml", "nothing but comments"),
        (b"- a\n- b\n", "c.yaml:1:1", "a list, not a mapping"),
        (b"hello", "c.yaml:1:1", "one text, not a mapping"),
        ("papers:\n- id: a\n  title: É Café\n".encode("latin-1"), "c.yaml:3:10", "not UTF-8"),
        ("papers:\n- id: a\n  title: é ".encode() + b"\xff\n", "c.yaml:3:12", "not UTF-8"),
        ("papers:\n".encode("utf-16"), "c.yaml:1:1", "UTF-16"),
        (b"papers:\n- id: a\x00\n", "c.yaml:2:8", "control character U+0000"),
        (b"papers:\n- id: a\n  title: \x1b[0m\n", "c.yaml:3:10", "control character U+001B"),
        ("papers:\n- id: a\n  title: \x9f\n".encode(), "c.yaml:3:10", "YAML does not allow"),
        (b"papers: {a: b}\n", "c.yaml:1:9", "not a list"),
        (b"papers:\n  a: {title: x}\n", "c.yaml:2:3", "not a list"),
        (b"papers: text\n", "c.yaml:1:9", "not a list"),
        (b"methods: [a]\n", "c.yaml:1:10", "no mapping"),
        (b"sections: text\n", "c.yaml:1:11", "no mapping"),
        (b"a: 1\n---\nb: 2\n", "c.yaml:2:1", "second document"),
        (b"title: [a]\n", "c.yaml:1:8", "is a list where one text belongs"),
    ],
)
def test_files_that_are_no_catalog(data: bytes, place: str, message: str) -> None:
    """What is no catalog at all is told in one sentence, at the first place that shows it."""
    problem = only(data)
    assert str(problem.place) == place
    assert message in problem.message
    assert problem.suggestion or "second" not in message


def test_merge_marks_are_all_that_is_said() -> None:
    """A file in the middle of a merge is not blamed for anything else."""
    text = GOOD + "<<<<<<< HEAD\n  - id: a\n    title: [\n=======\n  - id: a\n>>>>>>> theirs\n"
    assert [(problem.place.line, problem.text) for problem in problems(text)] == [
        (5, "<<<<<<< HEAD"),
        (8, "======="),
        (10, ">>>>>>> theirs"),
    ]


def test_lines_of_equal_signs_inside_texts_are_no_merge_marks() -> None:
    """Only a mark at the start of a line is one."""
    assert problems("papers:\n- id: a\n  title: A\n  abstract: |\n    =======\n    <<<<<<< \n") == ()


def test_a_byte_order_mark_means_nothing() -> None:
    """A file that an editor saved with a byte order mark reads like one without."""
    assert problems(without_mark("\ufefftitle: T\npapers:\n- id: a\n  title: A\n".encode())) == ()


def test_oversize_is_refused_before_anything_is_read() -> None:
    """Beyond the limit nothing is decoded or parsed."""
    start = time.process_time()
    (problem,) = inspect("c.yaml", bytes(MAX_BYTES + 1))
    assert "larger than 200 MB" in problem.message
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        GOOD + "  - id: a\n    title: " + "[" * 100_000 + "\n",
        GOOD + "".join("  " * depth + "- a:\n" for depth in range(1, 1000)),
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n" + GOOD + "  - id: a\n    title: *c\n",
        GOOD + "  - id: a\n    title: A\n    own: &u [x]\n    b: &v [*u, *u]\n    c: [*v, *v]\n",
        "papers:\n" + "- " * 50_000,
    ],
    ids=["brackets", "brackets in a title", "indentation", "alias bomb", "alias bomb in a paper", "dashes"],
)
def test_hostile_catalogs_are_refused_quickly(text: str) -> None:
    """Text made to exhaust a reader gets a problem, within a second."""
    start = time.process_time()
    assert problems(text)
    assert time.process_time() - start < 1


# ── records among each other ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_citekey_in_two_files() -> None:
    """Ids are unique in the whole catalog; the message names the other place."""
    one, two = (CatalogFile(name, b"papers:\n- id: same\n  title: A\n") for name in ("a.yaml", "b.yaml"))
    (problem,) = read_catalog([one, two]).problems
    assert problem.place == Place("b.yaml", 2, 7)
    assert "a.yaml:2:7" in problem.message


def test_a_new_paper_may_not_take_a_known_id() -> None:
    """A paper that is not read again still owns its id: the newcomer is blamed, wherever it stands."""
    data = (GOOD + "  - id: new\n    title: A\n  - id: new\n    title: B\n").encode()
    (problem,) = read_catalog([CatalogFile("c.yaml", data, Known(("", "new"), frozenset({0})))]).problems
    assert problem.place == Place("c.yaml", 5, 9)
    assert "c.yaml:7" in problem.message


def test_the_same_doi_twice_is_no_problem() -> None:
    """A preprint and its publication may share identifiers; whether they are one work is for a person."""
    assert problems("papers:\n- {id: a, title: A, doi: 10.1/x}\n") != ()
    assert problems("papers:\n- {id: a, title: A, doi: 10.1234/x}\n- {id: b, title: B, doi: 10.1234/x}\n") == ()


@pytest.mark.parametrize("second", ["radiance: {name: X}", "x: {name: RADIANCE}", "x: {name: X, aliases: [nerf]}"])
def test_a_spelling_means_one_method(second: str) -> None:
    """An id, name or alias of one method may not mean another, in any case."""
    text = f"methods:\n  nerf: {{name: NeRF, aliases: [Radiance]}}\n  {second}\n"
    assert "already means the method" in only(text).message


def test_a_method_defined_in_two_files() -> None:
    """Two definitions of one method are a problem of the second."""
    files = [CatalogFile(name, b"methods:\n  nerf: {name: NeRF}\n") for name in ("a.yaml", "b.yaml")]
    (problem,) = read_catalog(files).problems
    assert (problem.place.path, problem.text) == ("b.yaml", "nerf")


def test_one_catalog_has_one_title() -> None:
    """Files of one catalog may repeat its title, not contradict it."""
    same = [CatalogFile("a.yaml", b"title: T\n"), CatalogFile("b.yaml", b"title: T\n")]
    other = [*same, CatalogFile("c.yaml", b"title: U\n")]
    assert read_catalog(same).problems == ()
    (problem,) = read_catalog(other).problems
    assert (str(problem.place), problem.text) == ("c.yaml:1:8", "U")


def test_a_method_may_not_be_its_own_parent() -> None:
    """The shortest circle is found too."""
    assert "its own ancestor: a → a" in only("methods:\n  a: {name: A, parent: a}\n").message


def test_sources_in_broken_papers_are_not_missed() -> None:
    """A source whose paper cannot be read right now is not reported as missing: the paper's own fault is enough."""
    text = "methods:\n  nerf: {name: NeRF, sources: [a]}\npapers:\n  - id: a\n    title: x: y\n"
    assert only(text).place.line == 5


def test_own_reading_states() -> None:
    """The states are the user's: what is configured is allowed, nothing else."""
    data = b"papers:\n- {id: a, title: A, status: skimmed}\n- {id: b, title: B, status: read}\n"
    (problem,) = read_catalog([CatalogFile("c.yaml", data)], ("skimmed", "done")).problems
    assert (problem.text, problem.place.line) == ("read", 3)


def test_unbroken_parts_of_a_broken_file_are_checked() -> None:
    """A fault in the methods does not hide one in a paper, and unknown methods are not blamed while no method can be read."""
    found = problems("methods:\n  nerf: [\npapers:\n  - id: a\n    title: A\n    methods: [nerf]\n    date: x\n")
    assert [problem.place.line for problem in found] == [2, 7]

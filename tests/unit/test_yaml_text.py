"""YAML read as text: nothing is interpreted, every place is right, and what is hostile is refused quickly."""

from __future__ import annotations

import time

import pytest

from litsync.formats.yaml_text import MAX_ALIASES, Mapping, Scalar, Sequence, YamlError, is_null, parse

TRICKY = [
    "2103.10",
    "no",
    "12:30",
    "1_000",
    "0123",
    "1e3",
    "~",
    "2020-10-05",
    "0x1F",
    ".5",
    "yes",
    "on",
    "=",
    "1.",
    "+1",
    "null",
    "Infinity",
]


@pytest.mark.parametrize("written", TRICKY)
def test_plain_scalars_keep_their_characters(written: str) -> None:
    """Whatever another YAML reader would make of a plain scalar, its text is what stands in the file."""
    node = parse(f"key: {written}\n")
    assert isinstance(node, Mapping)
    value = node.entries["key"]
    assert isinstance(value, Scalar)
    assert value.value == written


@pytest.mark.parametrize(
    ("written", "null"),
    [("", True), ("~", True), ("null", True), ("NULL", True), ('""', False), ("'~'", False), ("nil", False)],
)
def test_only_unquoted_nulls_are_null(written: str, null: bool) -> None:
    """Nothing is an empty value, `~` or `null`; in quotes these are texts."""
    node = parse(f"key: {written}\n")
    assert isinstance(node, Mapping)
    assert is_null(node.entries["key"]) is null


def test_later_duplicates_are_kept_apart() -> None:
    """A key that stands twice keeps its first value, and the second place is known."""
    node = parse("a: 1\nb: 2\na: 3\n")
    assert isinstance(node, Mapping)
    first = node.entries["a"]
    assert isinstance(first, Scalar)
    assert first.value == "1"
    assert [key.start_mark.line for key in node.repeated if key.start_mark] == [2]


def test_aliases_stand_for_what_they_name() -> None:
    """An alias gives what is anchored, at its own place, and `<<` lends entries without replacing the mapping's own."""
    node = parse("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\nsame: *b\n")
    assert isinstance(node, Mapping)
    own = node.entries["own"]
    assert isinstance(own, Mapping)
    assert {key: value.value for key, value in own.entries.items() if isinstance(value, Scalar)} == {"y": "3", "x": "1"}
    same, base = node.entries["same"], node.entries["base"]
    assert isinstance(same, Mapping)
    assert isinstance(base, Mapping)
    assert same.entries is base.entries
    assert same.start_mark.line == 2


def test_nothing_is_none() -> None:
    """A text without a document is no node at all."""
    assert parse("# only a comment\n") is None


def test_positions_are_those_of_the_text() -> None:
    """Marks count characters, not bytes, also behind letters of several bytes."""
    node = parse("übung: 'é'\nliste: [α, β]\n")
    assert isinstance(node, Mapping)
    items = node.entries["liste"]
    assert isinstance(items, Sequence)
    assert items.flow
    marks = [item.start_mark for item in items.items]
    assert [mark.index for mark in marks if mark] == [19, 22]


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "suggestion"),
    [
        (
            "a: 1\ntitle: 2001: A Space Odyssey\n",
            2,
            12,
            "mapping values are not allowed",
            'title: "2001: A Space Odyssey"',
        ),
        ('title: "Quoted" and more\n', 1, 17, "expected key", 'title: "\\"Quoted\\" and more"'),
        ("- [Re] Foo\n", 1, 8, "did not find expected '-' indicator", '- "[Re] Foo"'),
        ("title: [Re] Foo\nb: 1\n", 1, 13, "expected key", 'title: "[Re] Foo"'),
        ("a: 1\ntitl\nb: 2\n", 2, 1, "a key without its colon", "titl: ..."),
        ("a: 1\nsome text\nb: 2\n", 2, 1, "a key without its colon", "a key ends with a colon"),
        ('a: 1\ntitle: "Open\nb: 2\nc: "3"\n', 2, 8, "in quotes that goes on for 3 lines", "close the quotation mark"),
        ("title: 'Open\nb: 2\nc: '3'\n", 1, 8, "in quotes that goes on for 3 lines", "close the quotation mark"),
        ("title: @foo\n", 1, 8, "cannot start any token", 'title: "@foo"'),
        ("title: - x\n", 1, 8, "block sequence entries", 'title: "- x"'),
        ("a: 1\ntitle: 'Tis the season\nb: 2\n", 2, 8, "end of stream", "close the quotation mark"),
        ("a: [x, y\nb: 2\n", 1, 4, "did not find expected ',' or ']'", "close it with ]"),
        ("a: 1\nb: [x,\n", 2, 4, "did not find expected ',' or ']'", "close it with ]"),
        ("a:\n\tb: 1\n", 2, 1, "cannot start any token", "indent with spaces"),
        ("a: *nowhere\n", 1, 4, "*nowhere refers to an anchor", "quotes"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document", "one document"),
        ("a: 1\n? [x]\n: 2\n", 2, 3, "plain word", ""),
        ("é: ü\né: \x9f\n", 2, 4, "a character that YAML does not allow", "control character"),
    ],
)
def test_errors_say_where_and_what_to_write(text: str, line: int, column: int, message: str, suggestion: str) -> None:
    """A syntax error names the place a person must change and, where a title provoked it, the quoted form."""
    with pytest.raises(YamlError) as caught:
        parse(text)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert message in error.message
    assert suggestion in error.suggestion


def _bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "".join("  " * depth + "a:\n" for depth in range(2000)), _bomb()],
    ids=["brackets", "braces", "dashes", "indentation", "aliases"],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    """Nesting without end and aliases of aliases end in an error, not in a crash or a long wait."""
    start = time.process_time()
    with pytest.raises(YamlError):
        parse(text)
    assert time.process_time() - start < 1


def test_many_aliases_are_refused() -> None:
    """No catalog needs a thousand aliases."""
    with pytest.raises(YamlError, match="aliases"):
        parse("a: &a x\nb: [" + ", ".join(["*a"] * (MAX_ALIASES + 1)) + "]\n")

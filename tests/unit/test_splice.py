"""The lossless editor: the intended data, and no other byte."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from litsync.formats import yaml_text
from litsync.formats.splice import CannotSplice, Edit, edit
from litsync.formats.yaml_dump import dump_pairs

NOTE = """\
# mine
title: "Old: one"  # why
venue: 'It''s'
methods:   # classes
  - "[[NeRF]]" # first

  - '[[GAN]]'
tags: [a,   b, "c d"]
empty:
other: |
  decoy:
    - title: no
note: >-
  folded
  text

end: 1
"""
TABLE = [
    ("a text keeps its quotes", Edit("title", "New: two"), 'title: "Old: one"  # why', 'title: "New: two"  # why'),
    ("single quotes stay", Edit("venue", "That's"), "venue: 'It''s'", "venue: 'That''s'"),
    ("a plain text is written bare", Edit("end", "later"), "end: 1\n", "end: later\n"),
    ("a number stays a number", Edit("end", "2", number=True), "end: 1\n", "end: 2\n"),
    ("a text of digits is quoted", Edit("end", "2"), "end: 1\n", 'end: "2"\n'),
    ("an empty value is filled", Edit("empty", "x"), "empty:\n", "empty: x\n"),
    ("a key goes with its line", Edit("empty", None), "empty:\n", ""),
    (
        "a member goes with its line",
        Edit("methods", members=(("[[NeRF]]",), ())),
        '  - "[[NeRF]]" # first\n',
        "",
    ),
    (
        "a member comes behind the last",
        Edit("methods", members=((), ("[[T]]",))),
        "  - '[[GAN]]'\n",
        "  - '[[GAN]]'\n  - \"[[T]]\"\n",
    ),
    ("a flow list stays one", Edit("tags", members=((), ("e",))), '"c d"]', '"c d", e]'),
    ("a flow member goes with its comma", Edit("tags", members=(("b",), ())), "[a,   b, ", "[a,   "),
    ("the last flow member takes the comma before it", Edit("tags", members=(("c d",), ())), ', "c d"]', "]"),
    ("a literal block becomes a text", Edit("other", "x"), "other: |\n  decoy:\n    - title: no\n", "other: x\n"),
    ("blank lines behind a folded text stay", Edit("note", "x"), "note: >-\n  folded\n  text\n", "note: x\n"),
    ("a list replaces a text", Edit("end", ("a", "b")), "end: 1\n", "end:\n  - a\n  - b\n"),
    ("a whole flow list is replaced in flow", Edit("tags", ("x", "y, z")), '[a,   b, "c d"]', '[x,   "y, z"]'),
    (
        "a list keeps what stands beside its members",
        Edit("methods", ("[[New]]", "[[GAN]]")),
        '"[[NeRF]]" # first',
        '"[[New]]" # first',
    ),
    (
        "a member comes in between",
        Edit("methods", ("[[NeRF]]", "[[T]]", "[[GAN]]")),
        '"[[NeRF]]" # first\n',
        '"[[NeRF]]" # first\n  - "[[T]]"\n',
    ),
    (
        "a member comes first",
        Edit("methods", ("x", "[[NeRF]]", "[[GAN]]")),
        "  # classes\n",
        "  # classes\n  - x\n",
    ),
    (
        "another member takes the place, not the comment, of one that goes",
        Edit("methods", members=(("[[NeRF]]", "[[GAN]]"), ("x",))),
        "  - \"[[NeRF]]\" # first\n\n  - '[[GAN]]'\n",
        "  - x\n\n",
    ),
    ("a flow member comes first", Edit("tags", ("x", "a", "b", "c d")), "[a,", "[x, a,"),
    (
        "a question in a flow list is one for every reader",
        Edit("tags", members=((), ("0?",))),
        '"c d"]',
        '"c d", "0?"]',
    ),
    ("a flow list is emptied", Edit("tags", members=(("a", "b", "c d"), ())), '[a,   b, "c d"]', "[]"),
    (
        "a comment stays beside its key",
        Edit("title", ("a", "b")),
        'title: "Old: one"  # why\n',
        "title:  # why\n  - a\n  - b\n",
    ),
    ("a new key comes behind the one named", Edit("x", "1", after="title"), "# why\n", '# why\nx: "1"\n'),
    (
        "a new key comes behind a whole list",
        Edit("x", ("y",), after="methods"),
        "'[[GAN]]'\n",
        "'[[GAN]]'\nx:\n  - y\n",
    ),
    ("a new key comes last", Edit("year", "2021", number=True), "end: 1\n", "end: 1\nyear: 2021\n"),
    ("a new list comes last", Edit("authors", ("A B",)), "end: 1\n", "end: 1\nauthors:\n  - A B\n"),
]


@pytest.mark.parametrize(("wanted", "old", "new"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_only_the_bytes_of_the_value_change(wanted, old, new, newline):
    """The result is the text with that one stretch replaced, whatever the line ends are."""
    text, old, new = (part.replace("\n", newline) for part in (NOTE, old, new))
    assert text.count(old) == 1

    assert edit(text, wanted) == text.replace(old, new)


@pytest.mark.parametrize(
    "wanted",
    [
        Edit("title", "Old: one"),
        Edit("tags", members=((), ("a",))),
        Edit("tags", members=(("zz",), ())),
        Edit("nope", None),
    ],
)
def test_what_says_so_already_is_not_touched(wanted):
    """An edit without effect gives back the very text."""
    assert edit(NOTE, wanted) is NOTE


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: &x old\nb: *x\n", Edit("a", "new")),
        ("a: &x [old]\nb: *x\n", Edit("a", members=((), ("new",)))),
        ("a: !mine old\n", Edit("a", "new")),
        ("base: &b {k: 1}\nrest:\n  <<: *b\n", Edit("k", None, path=("rest",))),
        ("a: 1\na: 2\n", Edit("a", "3")),
        ("a: 1\n", Edit("x", "y", path=("a",))),
        ("a: 1\n", Edit("x", "y", path=("b", 3))),
        ("just text\n", Edit("a", "b")),
    ],
    ids=[
        "an anchor",
        "an anchored list",
        "a tag",
        "a merged key",
        "a key twice",
        "no mapping",
        "no such path",
        "a text",
    ],
)
def test_what_is_shared_is_refused(text, wanted):
    """A value that something else reads, too, is not changed unseen."""
    with pytest.raises(CannotSplice):
        edit(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted", "after"),
    [
        ("a: &x old\nb: *x  # c\n", Edit("b", "new"), "a: &x old\nb: new  # c\n"),
        ("a: &x old\nb: *x\n", Edit("b", None), "a: &x old\n"),
        ("a: &x old\nb: 1\n", Edit("a", "new"), "a: &x new\nb: 1\n"),
        ("a: !!str old\n", Edit("a", "new"), "a: !!str new\n"),
        ("a: &x [1]\nb: *x\n", Edit("b", members=((), ("2",))), 'a: &x [1]\nb: [1, "2"]\n'),
        ("a: &x o\nb: [*x , p]\n", Edit("b", members=(("o",), ())), "a: &x o\nb: [p]\n"),
        (
            "base: &b {k: 1}\nrest:\n  <<: *b\n",
            Edit("k", "v", path=("rest",)),
            "base: &b {k: 1}\nrest:\n  <<: *b\n  k: v\n",
        ),
    ],
    ids=[
        "an alias",
        "an alias goes",
        "an anchor nobody uses",
        "a tag of YAML's",
        "a lent list",
        "a lent member",
        "a lent key",
    ],
)
def test_what_is_borrowed_is_written_out_at_its_own_place(text, wanted, after):
    """The value that lends stays as it is: an alias is replaced where it stands, a merged key gets its own value."""
    assert edit(text, wanted) == after


def test_a_file_without_a_last_line_break_keeps_none():
    """A new key brings its own line break, and none after it."""
    assert edit("title: x", Edit("year", "2021", number=True)) == "title: x\nyear: 2021"


def test_nested_mappings_and_flow_mappings():
    """A path leads into lists and mappings; a flow mapping stays one."""
    text = "papers:\n  - id: a\n    more: {x: 1, y: 2}\n  - id: b # keep\n"

    assert edit(text, Edit("title", "T", path=("papers", 0))) == text.replace("y: 2}\n", "y: 2}\n    title: T\n")
    assert edit(text, Edit("id", None, path=("papers", 0))) == text.replace("id: a\n    more", "more")
    assert edit(text, Edit("l", ("p", "q"), path=("papers", 0, "more"))) == text.replace("2}", "2, l: [p, q]}")
    assert edit(text, Edit("x", None, path=("papers", 0, "more"))) == text.replace("x: 1, ", "")
    assert edit(text, Edit("z", "3", path=("papers", 0, "more"), number=True)) == text.replace("2}", "2, z: 3}")


words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=15)
keys = st.sampled_from(["a", "b", "list", "c"])
heads = st.dictionaries(keys, st.one_of(words, st.lists(words, max_size=4, unique=True)), min_size=1)
edits = st.builds(
    lambda key, value: Edit(key, tuple(value) if isinstance(value, list) else value),
    keys,
    st.one_of(words, st.none(), st.lists(words, max_size=3, unique=True)),
)


def data(text):
    """The data of a text, without litsync's own idea of it."""
    root = yaml_text.parse(text)
    if root is None:
        return {}
    values = root.entries.items()
    return {k: [i.value for i in v.items] if isinstance(v, yaml_text.Sequence) else v.value for k, v in values}


@given(heads, edits)
def test_any_edit_gives_the_intended_data_and_keeps_the_other_lines(head, wanted):
    """Hostile texts anywhere: the edited key is what was asked for, every other key and every comment is as before."""
    text = "# top\n" + dump_pairs((k, v if isinstance(v, str) else list(v)) for k, v in head.items()) + "# end\n"
    after = edit(text, wanted)
    expected = {k: v for k, v in data(text).items() if k != wanted.key}
    if wanted.value is not None:
        expected[wanted.key] = list(wanted.value) if isinstance(wanted.value, tuple) else wanted.value

    assert data(after) == expected
    assert after.startswith("# top\n")
    assert "# end\n" in after


@given(st.lists(words, min_size=1, max_size=5, unique=True), st.data())
def test_members_come_and_go_alone(members, draw):
    """Of a list only the named members change, in order, and its other lines stay."""
    gone = draw.draw(st.lists(st.sampled_from(members), unique=True, max_size=2))
    come = draw.draw(st.lists(words, unique=True, max_size=2))
    text = dump_pairs([("list", members), ("z", "end")])
    after = edit(text, Edit("list", members=(tuple(gone), tuple(come))))
    kept = [m for m in members if m not in gone]

    assert data(after)["list"] == kept + [m for m in come if m not in kept]
    assert after.endswith("z: end\n")


ENTRIES = [
    "{}: plain # c\n", "{}: 'it''s'\n", '{}: "dq" # why: x\n', "{}: two\n  lines # c\n",
    "{}: |\n  literal\n  - x\n", "{}: >-\n  folded\n",
    "{}: 12\n", "{}:\n", "{}: ~ # c\n", "{}: []\n", "{}: [a, 'b c'] # c\n", "{}: [\n  a, # one\n  b\n]\n", "{}:\n  - a\n  - b # c\n",
    "{}: # c\n- a\n\n# mid\n- 'b'\n", "{}:\n  -\n    a\n  - b\n", "{}:\n  - [[a]]\n  - b\n", "{}: {{x: 1}}\n", "{}:\n  x: # c\n    - 2\n",
    "'{}': q\n",
]  # fmt: skip
BETWEEN = ["", "", "# a comment\n", "\n"]


@given(
    st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(ENTRIES)), min_size=1, max_size=4),
    st.integers(0, 3),
    edits,
    st.sampled_from(["\n", "\r\n"]),
)
def test_hand_written_neighbours_are_not_touched(entries, at, wanted, newline):
    """However an entry is written, a change of it stays inside it; another reader of YAML finds what was asked for."""
    at = min(at, len(entries) - 1)
    parts = [between + entry.format(f"key{i}") for i, (between, entry) in enumerate(entries)]
    before, between, after = "".join(parts[:at]), entries[at][0], "".join(parts[at + 1 :])
    before, between, after = (part.replace("\n", newline) for part in (before, between, after))
    text = "".join(parts).replace("\n", newline)
    changed = edit(text, Edit(f"key{at}", wanted.value))
    expected = yaml.load(text, yaml.CBaseLoader)
    expected.pop(f"key{at}")
    if wanted.value is not None:
        expected[f"key{at}"] = list(wanted.value) if isinstance(wanted.value, tuple) else wanted.value

    assert changed.startswith(before + between)
    assert changed.endswith(after)
    assert (yaml.load(changed, yaml.CBaseLoader) or {}) == expected
    assert newline == "\n" or "\n" not in changed.replace("\r\n", "")

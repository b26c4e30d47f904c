"""Names that every system takes, and text from outside that does nothing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.formats.names import file_stem, name_key, neutral, neutral_value, plain, unique_stem


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("NeRF", "NeRF"),
        ("a/b", "a-b"),
        ("C:\\x", "C--x"),
        ("#1", "-1"),
        ("con", "con_"),
        ("NUL.txt", "NUL.txt_"),
        ("..", "untitled"),
        ("", "untitled"),
        (".hidden", "hidden"),
        ("~ 0", "0"),
        ("ends. ", "ends"),
        ("a[[b]]|c^d", "a--b---c-d"),
        ("50 % off", "50 % off"),
        ("%%x%%", "-x-"),
        ("e\u0301", "é"),
        ("3D\u00a0Morphable", "3D Morphable"),
        ("变分", "变分"),
        ("narrow\u202fblank", "narrow blank"),
        ("half \ud83d of a pair", "half - of a pair"),
    ],
)
def test_stems(text, stem):
    """As close to the text as every system allows."""
    assert file_stem(text) == stem


@given(st.text(max_size=400))
def test_every_stem_is_a_name_everywhere(text):
    """Never empty, never too long, nothing reserved, and always the same for the same text."""
    stem = file_stem(text)

    assert 0 < len(stem.encode()) <= 152
    assert not re.search(r'[\\/:*?"<>|#^\[\]\x00-\x1f]', stem)
    assert not stem.startswith((".", " ", "~"))
    assert stem == stem.rstrip(" .")
    assert unicodedata.is_normalized("NFC", stem)
    assert file_stem(stem) in (stem, f"{stem}_")


def test_a_name_that_is_taken_gets_the_first_free_number():
    """Compared as the least careful file system compares."""
    taken = {name_key("nerf"), name_key("NeRF (2)")}

    assert unique_stem("NeRF", lambda stem: name_key(stem) in taken) == "NeRF (3)"
    assert name_key("Stra\u00dfe") == name_key("STRASSE")
    assert name_key("e\u0301") == name_key("É")


@pytest.mark.parametrize(
    "hostile",
    [
        "<% tp.file %>",
        "{{date}}",
        "![[x]]",
        "[[x]]",
        "%% x %%",
        "<script>x</script>",
        "`= this.x`",
        "`$= dv`",
        "javascript:x",
        "[x](&#106;avascript:y)",
    ],
)
def test_hostile_text_does_nothing(hostile):
    """Commands, variables, links, comments, HTML and queries are broken up, and a reader sees the text as it was."""
    made = neutral(f"A {hostile} title")

    assert hostile not in made
    assert made.replace("\u2060", "") == f"A {hostile} title"


@pytest.mark.parametrize(
    "title",
    ["AD-NeRF: Audio, 50 % faster", "a < b and c > d", "Glow: 1×1 (2018) [v2]", "R&D; C++", "Big Data: a survey"],
)
def test_ordinary_titles_stay_as_they_are(title):
    """Nothing is put into text that could not act."""
    assert neutral(title) == title
    assert neutral_value(title) == title


def test_text_in_a_body_cannot_turn_the_reading_direction():
    """Characters that reorder what a reader sees are taken out; the marks that Hebrew and Arabic need stay."""
    assert neutral("a\u202eb") == "ab"
    assert neutral("\u200fעברית") == "\u200fעברית"


@given(st.one_of(st.text(max_size=60), st.text(alphabet="<%[]{(a\u2060\u202e", max_size=12)))
def test_a_value_does_nothing_and_comes_back_as_it_was(text):
    """No command, variable or link is left in a property, and what is read from it is every character of the value."""
    made = neutral_value(text)

    assert not re.search(r"<%|\{[{%]|\[\[|\]\(", made)
    assert plain(made) == text

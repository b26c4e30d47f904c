"""Notes are named as the pattern says, safely, and never after something a paper does not have."""

from __future__ import annotations

import pytest

from litsync.core.model import Name
from litsync.formats.note_names import note_stem, read_name_pattern

GUO = {
    "title": "AD-NeRF: Audio Driven Neural Radiance Fields",
    "authors": (Name("Guo", "Yudong"), Name("Chen", "Keyu"), Name("Liang", "Sen")),
    "date": "2021-10",
    "venue": "ICCV 2021",
    "number": "6",
}


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{citekey}", "guo2021adnerf"),
        ("@{citekey}", "@guo2021adnerf"),
        ("{title}", "AD-NeRF - Audio Driven Neural Radiance Fields"),
        ("{authors} ({year}) {short}", "Guo et al. (2021) AD-NeRF"),
        ("{family}{year}, {short}", "Guo2021, AD-NeRF"),
        ("{number} {short} [{venue}]", "6 AD-NeRF -ICCV 2021-"),
    ],
)
def test_a_pattern_names_a_note(pattern: str, name: str) -> None:
    """Each part stands where the pattern has it, made safe for links and file systems."""
    assert note_stem(read_name_pattern(pattern), "guo2021adnerf", GUO) == name


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"title": "Only"}, "Only"),
        ({"title": "Only", "date": "2020"}, "(2020) Only"),
        ({"title": "Only", "authors": (Name("Guo", "Y"), Name("Xu", "B"))}, "Guo and Xu Only"),
        ({}, "key2020"),
        ({"title": "..."}, "untitled"),
        ({"title": "con", "authors": ()}, "con_"),
    ],
)
def test_what_a_paper_does_not_have_leaves_nothing(fields: dict, name: str) -> None:
    """No empty brackets, no loose dashes; without anything to say the citekey names the note."""
    assert note_stem("{authors} ({year}) {title}", "key2020", fields) == name


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("{year}", "same name"), ("{titel}", "none of"), ("{title}/{year}", "slash"), ("notes", "same name")],
)
def test_a_pattern_that_cannot_name_notes_is_refused(pattern: str, reason: str) -> None:
    """A misspelt part, a slash, and a pattern that gives all notes one name are told."""
    with pytest.raises(ValueError, match=reason):
        read_name_pattern(pattern)

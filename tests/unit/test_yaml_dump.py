"""Texts written as YAML stand as Obsidian itself would write them, and read back as themselves everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from litsync.formats import yaml_text
from litsync.formats.yaml_dump import dump_pairs, dump_text

# What the `yaml` package for JavaScript, version 2.7.0, writes with Obsidian's options.
OBSIDIAN = [tuple(row) for row in json.loads((Path(__file__).parents[1] / "data/obsidian_dump.json").read_text())]
# Obsidian writes these in a form that Python's YAML cannot read, or that is read as something else.
SAFER = {"---", "--- a", "...", "\u2028", "a\x85b", "\ufeff", "\x07"}


@pytest.mark.parametrize(("text", "dumped"), [row for row in OBSIDIAN if row[0] not in SAFER])
def test_obsidian_would_write_it_so(text, dumped):
    """Its next save of the note changes nothing."""
    assert dump_text(text) == dumped


@given(st.text(max_size=40))
def test_every_text_reads_back_as_itself(text):
    """Whatever the text is, a reader of YAML 1.2 finds it again, alone and in a list."""
    clean = "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF)
    node = yaml_text.parse(f"k: {dump_text(clean)}\nl:\n  - {dump_text(clean)}\n")

    assert node.entries["k"].value == clean
    assert node.entries["l"].items[0].value == clean
    assert not yaml_text.is_null(node.entries["k"])


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Z", "S"]), min_size=1, max_size=20))
def test_python_reads_a_quoted_text_as_text(text):
    """What is put in quotes is text for PyYAML, too."""
    dumped = dump_text(text)
    if dumped.startswith(('"', "'")):
        assert yaml.safe_load(f"k: {dumped}") == {"k": text}


def test_lists_are_blocks_and_numbers_are_bare():
    """A property list has one member per line; a year is a number."""
    pairs = [("methods", ["[[NeRF]]"]), ("year", "2021"), ("arxiv", "2103.11078"), ("none", None), ("tags", [])]

    assert dump_pairs(pairs, bare=frozenset({"year"})) == (
        'methods:\n  - "[[NeRF]]"\nyear: 2021\narxiv: "2103.11078"\nnone:\ntags: []\n'
    )

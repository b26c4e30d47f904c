"""The documentation says what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from litsync import __version__
from litsync.cli import cli
from litsync.core.fields import TABLE
from litsync.core.model import CATALOG, VAULT, ZOTERO, Kind
from litsync.errors import Exit

ROOT = Path(__file__).parents[2]
HEADINGS = {Kind.PAPER: "Papers", Kind.METHOD: "Methods", Kind.SECTION: "Sections", Kind.LIST: "The list"}


def rows_of(heading):
    """The rows of the table under a heading of docs/fields.md."""
    text = (ROOT / "docs/fields.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| field")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("kind", list(Kind))
def test_the_field_page_is_the_field_table(kind):
    """Every field stands there in order, with its meaning, and a dash exactly where a replica does not hold it."""
    shown = {
        name: (meaning, {r for r, cell in zip((CATALOG, VAULT, ZOTERO), cells, strict=True) if cell != "-"})
        for name, meaning, *cells in rows_of(HEADINGS[kind])
    }
    table = {
        row.name: (row.meaning, set(row.carriers) - ({CATALOG} if row.name == "year" else set()))
        for row in TABLE[kind].values()
    }
    extra = {"name": {ZOTERO} if kind is Kind.METHOD else set()}  # in tags, not as a field
    table = {name: (meaning, held | extra.get(name, set())) for name, (meaning, held) in table.items()}

    assert list(shown) == list(table)
    assert shown == table


def test_every_command_is_in_the_readme():
    """A command that nobody reads about does not exist."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in cli.commands if f"`litsync {name}" not in readme] == []


def test_every_option_of_push_has_help_and_every_exit_code_is_listed():
    """The help of `push` explains itself."""
    push = cli.commands["push"]
    with click.Context(push) as context:
        text = push.get_help(context)

    assert all(getattr(option, "help", None) for option in push.params)
    assert all(re.search(rf"\b{int(code)}  ", text) for code in Exit if code is not Exit.INTERNAL)


def test_the_version_is_one():
    """The package and its metadata agree."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == __version__

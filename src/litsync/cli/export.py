"""The group `export`: the catalog as files for other programs. The catalog is read, nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from litsync.cli.terminal import CODES, read_config, with_config, write_text
from litsync.errors import Exit

_Command = Callable[..., Any]


def with_output(command: _Command) -> _Command:
    """The options of a command that writes one text: to standard output, or into a file that it does not replace unasked."""
    output = click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write into this file. [default: stdout]",
    )
    force = click.option("--force", "-f", is_flag=True, help="Replace the file if it is there.")
    return output(force(command))


@click.group()
def export() -> None:
    """The catalog as a file for other programs.

    \b
    Examples:
      litsync export matrix                          papers and methods as a Markdown table
      litsync export matrix --format csv -o list.csv
    """


@export.command(epilog=CODES)
@click.option(
    "--format", "form", type=click.Choice(["md", "csv", "html"]), default="md", show_default=True, help="What to write."
)
@with_output
@with_config
def matrix(form: str, output: Path | None, config_path: Path | None, *, force: bool) -> int:
    """The classification as a table of papers and methods.

    Every paper has a row and every method a column, also those without a mark.

    \b
    Examples:
      litsync export matrix
      litsync export matrix --format html -o matrix.html
    """
    from litsync.exchange.classification import classification
    from litsync.exchange.matrix import MatrixFormat
    from litsync.exchange.matrix import matrix as table
    from litsync.project import catalog_records

    found = classification(catalog_records(read_config(config_path)).values())
    write_text(table(found, MatrixFormat(form)), output, replace=force)
    return Exit.DONE

"""The group `export`: the catalog as files for other programs. The catalog is read, nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from litsync.cli.terminal import CODES, read_config, standing, with_config, write_text
from litsync.errors import Exit, UsageError

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
      litsync export canvas                          cards in Obsidian, grouped by method
      litsync export bibtex -o refs.bib              for LaTeX, with the citation keys that Zotero has
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


@export.command(epilog=CODES)
@click.option("--by", type=click.Choice(["method", "year"]), help="What the cards are grouped by.  [default: method]")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="The file.  [default: in the vault]"
)
@click.option("--update", is_flag=True, help="Bring the canvas that is there up to date; its arrangement stays.")
@with_config
def canvas(by: str | None, output: Path | None, config_path: Path | None, *, update: bool) -> int:
    """The classification as a canvas of Obsidian.

    A group of note cards for each method or each year. Without FILE it becomes `Classification.canvas` or `Timeline.canvas`
    in the vault. A canvas is yours once it is made: only --update writes to it again, and then every card stays where you
    put it.

    \b
    Examples:
      litsync export canvas
      litsync export canvas --by year
      litsync export canvas --update
    """
    from litsync.exchange.canvas import CanvasBy, NotACanvas, canvas_text, up_to_date
    from litsync.exchange.canvas import canvas as new_canvas
    from litsync.exchange.classification import classification
    from litsync.places import find_places
    from litsync.project import catalog_records

    config = read_config(config_path)
    found, places = classification(catalog_records(config).values()), find_places(config)
    if not places.notes:
        raise UsageError(f"the vault {config.vault} has no notes yet", "make them with `litsync push`")
    wanted = CanvasBy(by) if by else None
    path = output or config.resolve(config.vault) / ("Timeline.canvas" if by == "year" else "Classification.canvas")
    old = standing(path) if update else None
    try:
        text = (
            canvas_text(new_canvas(found, places, wanted or CanvasBy.METHOD))
            if old is None
            else up_to_date(old.decode("utf-8"), found, places, wanted)
        )
    except (NotACanvas, UnicodeDecodeError) as error:
        reason = error if isinstance(error, NotACanvas) else "is not UTF-8 text"
        raise UsageError(f"{path} {reason}", "name another file with --output") from error
    hint = "bring it up to date with --update, or name another file with --output"
    write_text(text, path, expected=old, hint=hint)
    return Exit.DONE


_BIBLIOGRAPHIES = {
    "bibtex": "BibTeX, in ASCII, for LaTeX of any age.",
    "biblatex": "BibLaTeX, in UTF-8, for biber.",
    "csl-json": "CSL-JSON, for pandoc and citation processors.",
    "ris": "RIS, for EndNote and most reference managers.",
}


def _bibliography(form: str, what: str) -> click.Command:
    """The command that writes the catalog as a bibliography of this form."""

    @with_output
    @with_config
    def command(output: Path | None, config_path: Path | None, *, force: bool) -> int:
        from litsync.bibliography import papers_of, rendered, with_own_keys
        from litsync.curation import known_citekeys
        from litsync.project import catalog_records

        config = read_config(config_path)
        files = [config.resolve(shown) for shown in config.catalog]
        papers = with_own_keys(papers_of(catalog_records(config)), files)
        text = rendered(papers, form, known_citekeys(config))
        write_text(text, output, replace=force)
        return Exit.DONE

    command.__doc__ = f"""{what}

    The papers of the catalog in the order of their citation keys, which are those that Zotero has where they differ.

    \b
    Example:
      litsync export {form} -o FILE
    """
    return click.command(form, epilog=CODES)(command)


for _form, _what in _BIBLIOGRAPHIES.items():
    export.add_command(_bibliography(_form, _what))

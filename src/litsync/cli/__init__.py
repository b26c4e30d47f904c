"""The command line: options in, one call, words or JSON out.

Decides with which code the process ends, and that no traceback reaches a user. Each family of commands has a module here;
everything heavy is imported inside the command that needs it, so that `--help` starts as fast as click does.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

import click

from litsync import __version__
from litsync.cli import (
    catalog,
    cycle,
    decide,
    exchange,
    export,
    graph,
    library,
    listing,
    lookup,
    notes,
    project,
    renaming,
    watch,
)
from litsync.cli.terminal import CODES, print_json, print_lines
from litsync.errors import CatalogError, Exit, LitsyncError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk, or where the output goes, takes no more."""

FAMILIES = {
    "Every day": (cycle.sync, cycle.push, cycle.pull, catalog.check),
    "To decide, and to look back": (decide.status, decide.approve, decide.resolve, decide.log, decide.undo),
    "By itself": (watch.watch, watch.service),
    "The reading list": (exchange.import_, listing.render, lookup.add, lookup.enrich, renaming.rename),
    "To look at, and for other programs": (graph.graph, export.export),
    "Notes": (cycle.note, notes.notes, notes.template),
    "Zotero": (library.login, library.logout, library.serve, library.library),
    "The project": (project.init, catalog.schema),
}
"""Every command, in the order in which the help lists them."""


class _Families(click.Group):
    """A group whose help lists the commands by family."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's
        """Write one section for each family."""
        width = max(len(command.name or "") for command in self.commands.values())
        for family, commands in FAMILIES.items():
            with formatter.section(family):
                rows = [(str(one.name), one.get_short_help_str(formatter.width - width - 6)) for one in commands]
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """All commands, in the order of the families."""
        return [str(one.name) for commands in FAMILIES.values() for one in commands]


@click.group(
    cls=_Families, epilog=CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "--version", "-V", message="litsync %(version)s")
def cli() -> None:
    """One reading list in git, Zotero and Obsidian: merged field by field, nothing lost.

    \b
    Examples:
      litsync init papers          a new project in the folder `papers`
      litsync check                what is wrong with the catalog, if anything
      litsync push --dry-run       what a push would change, and nothing else
      litsync push                 catalog to Zotero collection and Obsidian notes
      litsync sync                 edits made in any of the three places to the other two
      litsync watch                the same by itself, until Ctrl-C
      litsync serve                let other Zotero clients see the embedded library
    """


for _command in (one for commands in FAMILIES.values() for one in commands):
    cli.add_command(_command)


def main() -> NoReturn:
    """Run the command line and end the process with a documented code. No traceback reaches the user."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        code = cli.main(args=arguments, prog_name="litsync", standalone_mode=False)
        return int(code) if isinstance(code, int) else Exit.DONE
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except click.Abort:
        click.echo("\nInterrupted. What was written is remembered; the next push goes on from there.", err=True)
        return 130
    except LitsyncError as error:
        _show_error(error, as_json=as_json)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:  # noqa: BLE001 -- the last net: whatever was not foreseen is told, not thrown at the user
        return _internal(error)


def _internal(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in _FULL:
        where = f"{error.filename}: " if error.filename else ""
        click.secho(f"{where}{error.strerror}: what was to be written is not written whole", fg="red", err=True)
        return Exit.INTERNAL
    click.secho(f"litsync made a mistake: {type(error).__name__}: {error}", fg="red", err=True)
    if os.environ.get("LITSYNC_DEBUG"):
        import traceback

        traceback.print_exception(error)
    else:
        click.echo("Nothing is half-written. Run again with LITSYNC_DEBUG=1 for the details of a report.", err=True)
    return Exit.INTERNAL


def _show_error(error: LitsyncError, *, as_json: bool) -> None:
    from litsync.formats.plan_json import SCHEMA
    from litsync.report import error_to_json, problem_lines

    if as_json:
        print_json({"schema": SCHEMA, "exit": int(error.exit_code), "error": error_to_json(error)})
        return
    click.secho(error.message, fg="red", err=True)
    if isinstance(error, CatalogError):
        print_lines(problem_lines(error.problems), err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)

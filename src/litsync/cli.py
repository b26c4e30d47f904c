"""The command line: options in, one call, words or JSON out.

Decides how results look on a terminal and with which code the process ends. Everything heavy is imported inside the
command that needs it, so that `--help` starts as fast as click does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from litsync import __version__
from litsync.errors import CatalogError, Exit, LitsyncError, UsageError

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.core.model import Policy
    from litsync.report import Line

_CODES = """\b
Exit codes:
  0  done (changes that wait are listed, and are no failure)
  2  wrong usage or configuration      6  Zotero unreachable, or it refused
  3  a person has to decide something  7  the vault is missing or not writable
  4  the catalog has problems          8  another litsync is at work
  5  some records could not be written
"""
_CONFIG = click.option(
    "--config",
    "-c",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; without it, litsync.yaml is looked for here and in the folders above.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")


@click.group(epilog=_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
      litsync serve                let other Zotero clients see the embedded library
    """


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
        _print_json({"schema": SCHEMA, "exit": int(error.exit_code), "error": error_to_json(error)})
        return
    click.secho(error.message, fg="red", err=True)
    if isinstance(error, CatalogError):
        _print(problem_lines(error.problems), err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


def _print_json(report: object, indent: int | None = None) -> None:
    import json

    click.echo(json.dumps(report, ensure_ascii=False, indent=indent))


def _print(lines: Iterable[Line], *, err: bool = False) -> None:
    styles: dict[str, dict[str, Any]] = {
        "head": {"bold": True},
        "good": {"fg": "green"},
        "warn": {"fg": "yellow"},
        "bad": {"fg": "red"},
        "dim": {"dim": True},
        "add": {"fg": "green"},
        "remove": {"fg": "red"},
    }
    for line in lines:
        click.secho(line.text, err=err, **styles.get(line.style, {}))


def _config(path: Path | None) -> Config:
    from litsync.config import find_config, load_config

    return load_config(path or find_config(Path.cwd()))


# ── push ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _cycle_command(function: Callable[..., int]) -> click.Command:
    """A command that runs one cycle: `push`, `pull` and `sync` differ only in their direction."""
    options = (
        _CONFIG,
        click.option(
            "--dry-run", "-n", is_flag=True, help="Show what would change, field by field, and write nothing."
        ),
        _JSON,
        click.option("--quiet", "-q", is_flag=True, help="Print only what went wrong."),
        click.option("--verbose", "-v", is_flag=True, help="Leave nothing out of the summary."),
    )
    for option in reversed(options):
        function = option(function)
    return cli.command(epilog=_CODES)(function)


@_cycle_command
def push(**options: Any) -> int:
    """Catalog to Zotero collection and Obsidian notes.

    New values are taken from the catalog only. An edit made meanwhile in Zotero or in a note is never overwritten: it
    waits, and is listed. A second push with nothing new writes nothing.

    \b
    Examples:
      litsync push
      litsync push --dry-run --config config.example.yaml
      litsync push --json | jq .plan.waiting
    """
    from litsync.core.model import PUSH

    return _cycle("push", PUSH, **options)


@_cycle_command
def pull(**options: Any) -> int:
    """Edits in Zotero and in notes to the catalog.

    Of a catalog file only the bytes of the changed values change. What was changed differently in two places is a
    conflict: every value stays where it is, and is listed. Papers that only Zotero or the vault has are listed, not taken.

    \b
    Examples:
      litsync pull --dry-run
      litsync pull && git diff
    """
    from litsync.core.model import PULL

    return _cycle("pull", PULL, **options)


@_cycle_command
def sync(**options: Any) -> int:
    """Push and pull in one: every edit reaches the other two places.

    Edits merge field by field, lists of methods, tags and sections member by member. What was changed differently in two
    places is a conflict: every value stays where it is until you make them equal.

    \b
    Examples:
      litsync sync --dry-run
      litsync sync
    """
    from litsync.core.model import SYNC

    return _cycle("sync", SYNC, **options)


def _cycle(  # noqa: PLR0913 -- the options of three commands, as click hands them over
    command: str,
    policy: Policy,
    *,
    config_path: Path | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    import gc

    from litsync.project import open_project
    from litsync.report import dry_run_lines, exit_code, result_to_json, summary, undecided
    from litsync.sync import run

    # One short run keeps nearly all it makes until its end: collecting garbage would cost a tenth and free little.
    gc.disable()
    config = _config(config_path)
    with _progress(shown=not (as_json or quiet)) as progress:
        with open_project(config, command, progress, dry_run=dry_run) as project:
            result = run(project.setup, policy, dry_run=dry_run)
        if result.renamed():
            with open_project(config, command, progress, dry_run=dry_run) as project:
                result = result.followed_by(run(project.setup, policy))
    code = exit_code(result)
    if as_json:
        _print_json(result_to_json(result, command, dry_run=dry_run))
    elif dry_run:
        _print(dry_run_lines(result, project.places))
    elif quiet:
        _print(undecided(result, 10**9) if code else (), err=True)
    else:
        _print(summary(result, project.places, verbose=verbose))
    return code


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for long work, on a terminal only."""
    if not shown or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def update(replica: str, done: int, total: int) -> None:
            if replica not in tasks:
                tasks[replica] = bars.add_task(replica.capitalize(), total=total)
            bars.update(tasks[replica], completed=done)

        yield update


# ── check, schema ────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command(epilog=_CODES)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@_CONFIG
@_JSON
def check(files: tuple[Path, ...], config_path: Path | None, *, as_json: bool) -> int:
    """Every problem of the catalog at once.

    Each with file, line, column, the text that stands there, and what to write.

    Without FILES the catalog of the configuration is checked.

    \b
    Examples:
      litsync check
      litsync check catalog/face-video-generation.yaml
    """
    from litsync.config import Config
    from litsync.replicas.catalog import check_catalog
    from litsync.report import check_lines, check_to_json

    config = Config(path=Path.cwd() / "-", catalog=tuple(map(str, files))) if files else _config(config_path)
    found = check_catalog([config.resolve(shown) for shown in config.catalog], config.root, config.statuses)
    if as_json:
        _print_json(check_to_json(found))
    else:
        _print(check_lines(found))
    return Exit.CATALOG if found.problems else Exit.DONE


@cli.command()
def schema() -> int:
    """Print the JSON Schema of a catalog.

    \b
    Example, for editors with a YAML language server:
      litsync schema > catalog.schema.json
      and in the first line of the catalog: # yaml-language-server: $schema=catalog.schema.json
    """
    from litsync.formats.catalog_schema import catalog_schema

    _print_json(catalog_schema(), indent=2)
    return Exit.DONE


# ── init, serve ──────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--join-vault", is_flag=True, help="Let litsync work in the vault folder that exists already.")
@click.option("--new-vault", is_flag=True, help="Forget the vault; the next push makes a new one.")
@click.option("--new-library", is_flag=True, help="Forget the Zotero library; the next push meets it anew.")
@_CONFIG
def init(folder: Path, config_path: Path | None, *, join_vault: bool, new_vault: bool, new_library: bool) -> int:
    """Make a new project in FOLDER, ready to push.

    It gets a configuration and the shipped reading list.

    With one of the options, start over with one part of the project that is configured in FOLDER. No file of a vault or a
    library is ever touched by that.

    \b
    Examples:
      litsync init papers
      litsync init --new-vault
    """
    from litsync.config import FILE_NAME, load_config
    from litsync.core.model import VAULT, ZOTERO
    from litsync.project import forget_replica, new_project
    from litsync.project import join_vault as join

    if not (join_vault or new_vault or new_library):
        for path in new_project(folder):
            click.echo(f"wrote {path}")
        click.secho(f"Next: {'' if folder == Path() else f'cd {folder} && '}litsync push", fg="green")
        return Exit.DONE
    config = load_config(config_path or folder / FILE_NAME)
    if join_vault:
        join(config)
        click.echo(
            f"{config.vault} is joined: every file there stays as it is. `litsync push --dry-run` shows what would come."
        )
    for asked, replica, what in ((new_vault, VAULT, "vault"), (new_library, ZOTERO, "Zotero library")):
        if asked:
            forget_replica(config, replica)
            click.echo(
                f"The {what} is forgotten, nothing in it was touched. The next push meets it for the first time."
            )
    return Exit.DONE


@cli.command()
@_CONFIG
@click.option("--port", "-p", type=click.IntRange(0, 65535), default=23120, show_default=True, help="0: any free port.")
def serve(config_path: Path | None, port: int) -> int:
    """Serve the embedded library on 127.0.0.1.

    Other Zotero clients can read and write it there, until Ctrl-C.

    \b
    Example, with pyzotero:
      zot = zotero.Zotero(1, "user", KEY); zot.endpoint = "http://127.0.0.1:23120"
    """
    from litsync.config import Target
    from litsync.project import serve_library

    config = _config(config_path)
    if config.zotero.target is not Target.EMBEDDED:
        raise UsageError("only the embedded library can be served", "set `zotero.target: embedded`")
    serve_library(config, port, click.echo)
    return Exit.DONE

"""What all commands share: options, the configuration, lines and JSON on a terminal.

Decides how results look. Must stay light: every command's module imports it, and `--help` starts as fast as click does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litsync.errors import UsageError

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.replicas.zotero_pace import Manners
    from litsync.words import Line

CODES = """\b
Exit codes:
  0  done (changes that wait are listed, and are no failure)
  2  wrong usage or configuration      6  Zotero unreachable, or it refused
  3  a person has to decide something  7  the vault is missing or not writable
  4  the catalog has problems          8  another litsync is at work
  5  some records were not written      9  a service on the web cannot be asked
"""
with_config = click.option(
    "--config",
    "-c",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; without it, litsync.yaml is looked for here and in the folders above.",
)
with_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
with_dry_run = click.option(
    "--dry-run", "-n", is_flag=True, help="Show what would change, field by field, and write nothing."
)


def print_json(report: object, indent: int | None = None) -> None:
    """Print one JSON object on standard output."""
    import json

    click.echo(json.dumps(report, ensure_ascii=False, indent=indent))


def print_lines(lines: Iterable[Line], *, err: bool = False) -> None:
    """Print the lines of a report, in colours where a terminal shows them."""
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


def standing(path: Path) -> bytes | None:
    """What the file at `path` holds; None when there is none. Raises UsageError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name another file with --output") from error


_REPLACE = "name another file with --output, or replace it with --force"


def write_text(
    text: str, path: Path | None, *, replace: bool = False, expected: bytes | None = None, hint: str = _REPLACE
) -> None:
    """Put `text` into the file at `path`, whole or not at all, and say so; without a path, print it.

    A file that is there is replaced only if `replace`, or if it holds `expected`; whoever saves it meanwhile keeps their
    text, and one that holds the text already is not touched. Raises UsageError; `hint` says what to do about a file that is
    in the way.
    """
    if path is None:
        click.echo(text, nl=False)
        return
    there = standing(path)
    try:
        if there is not None and there != text.encode() and not replace and there != expected:
            raise UsageError(f"{path} is there already", hint)
        made = there != text.encode()
        if made:
            _put(text.encode(), path.resolve(), there)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file in a folder that can be written") from error
    click.echo(f"{'wrote' if made else 'nothing new for'} {path}", err=True)


def _put(data: bytes, path: Path, there: bytes | None) -> None:
    """The file holds `data` instead of `there` (None: instead of nothing). Raises OSError."""
    from litsync.replicas.files import Changed, Folder

    folder = Folder(path.parent, path.parent / ".litsync-tmp")
    try:
        if there is None:
            folder.create(path.name, data)
        elif isinstance(folder.replace(path.name, data, there), Changed):
            raise UsageError(f"{path} was changed at this moment, and is left as it is", "try again")
    finally:
        folder.release()
        folder.clear()


def read_config(path: Path | None) -> Config:
    """The configuration at `path`, or the nearest one. Raises UsageError."""
    from litsync.config import find_config, load_config

    return load_config(path or find_config(Path.cwd()))


@contextmanager
def progress_bars(*, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
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


def telling_of_waits() -> Manners:
    """How a command deals with a Zotero desktop: whoever waits for it is told why."""
    from litsync.replicas.zotero_pace import Manners, Standstill

    return Manners(Standstill(say=lambda text: click.secho(text, fg="yellow", err=True)))

"""The commands about Zotero libraries: `login` and `logout`, `serve` for the embedded one, `library` to export and import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import (
    print_json,
    print_lines,
    progress_bars,
    read_config,
    with_config,
    with_dry_run,
    with_json,
)
from litsync.errors import Exit, UsageError

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.login import Login
    from litsync.replicas.library_copy import Tally
    from litsync.words import Line

SCHEMA = 1
_SHOWN = 10

_with_desktop = click.option("--desktop", is_flag=True, help="The Zotero on this machine, instead of zotero.org.")


@click.command()
@with_config
@_with_desktop
@click.option("--file", "in_file", is_flag=True, help="Keep the key in a private file, even if there is a keyring.")
def login(config_path: Path | None, *, desktop: bool, in_file: bool) -> int:
    """Give litsync a key to your library at zotero.org, or to the Zotero on this machine.

    The key is asked for without being shown, or read from standard input. litsync tells whose it is and what it may do, and
    keeps it in the system's keyring (with `litsync[keyring]` installed), else in a file that only you can read. In a project
    the key is for its library; elsewhere it is for all of zotero.org. The variable LITSYNC_ZOTERO_KEY goes before both.

    With --desktop, Zotero 10 asks you in a dialog of its own whether litsync may write: no account is needed, and nothing is
    typed.

    \b
    Examples:
      litsync login
      litsync login --desktop
      pass zotero/key | litsync login
    """
    from litsync.login import log_in

    config = _config_if_any(config_path)
    if desktop or _is_desktop(config):
        return _login_to_desktop(config, in_file=in_file)
    made = log_in(config, _asked_for_key(), in_file=in_file)
    _tell(made, config)
    return Exit.DONE


def _is_desktop(config: Config | None) -> bool:
    from litsync.config import Target

    return config is not None and config.zotero.target is Target.DESKTOP


def _login_to_desktop(config: Config | None, *, in_file: bool) -> int:
    from litsync.login import desktop_of, keep_grant
    from litsync.replicas.zotero_grant import PATIENCE, ask_for_grant, find_desktop

    settings = desktop_of(config)
    found = find_desktop(settings)
    click.echo(
        "Zotero is open. It asks you now, in a dialog of its own, whether litsync may write to your library:\n"
        f"  choose “Always Allow”. (Waiting, {PATIENCE / 60:.0f} minutes at most.)",
        err=True,
    )
    kept = keep_grant(settings, ask_for_grant(found).key, in_file=in_file)
    click.secho("Zotero allows litsync to write, until you take that back in its settings.", fg="green")
    click.echo(f"The key is kept in {kept}.")
    if not _is_desktop(config):
        click.echo("To use this library in a project, write in litsync.yaml:\n  zotero: {target: desktop}")
    return Exit.DONE


def _config_if_any(path: Path | None) -> Config | None:
    """The configuration, where there is one: a key can be given before there is a project."""
    from litsync.config import find_config

    if path is None:
        try:
            path = find_config(Path.cwd())
        except UsageError:
            return None
    return read_config(path)


def _asked_for_key() -> str:
    from litsync.replicas.zotero_keys import NEW_KEY

    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    click.echo(f"Make a key at\n  {NEW_KEY}\nand paste it here; it is not shown.", err=True)
    return str(click.prompt("Key", hide_input=True, err=True)).strip()


def _tell(made: Login, config: Config | None) -> None:
    rights = made.rights
    click.secho(f"This is the key of {rights.owner} (users/{rights.user}).", fg="green")
    for line in rights.lines():
        click.echo(f"  {line}")
    click.echo(f"It is kept in {made.kept}, for {made.library or 'all libraries at zotero.org'}.")
    if made.reads_only:
        click.secho("With it `pull` works; `push` and `sync` will not write to Zotero.", fg="yellow")
    if not made.library and config is not None:
        click.echo(
            f"This project uses the {config.zotero.target} library. To use this one, write in {config.path.name}:"
        )
        click.echo(f"  zotero: {{target: web, library: users/{rights.user}}}")


@click.command()
@with_config
@_with_desktop
def logout(config_path: Path | None, *, desktop: bool) -> int:
    """Forget the key that `login` stored.

    The key itself stays valid until you delete it at https://www.zotero.org/settings/keys, or in the settings of the Zotero
    on this machine.
    """
    from litsync.login import log_out

    config = _config_if_any(config_path)
    found = log_out(config, desktop=desktop or _is_desktop(config))
    click.echo(f"Removed from {' and '.join(found)}." if found else "No key was stored here.")
    return Exit.DONE


@click.command()
@with_config
@click.option("--port", "-p", type=click.IntRange(0, 65535), default=23120, show_default=True, help="0: any free port.")
@click.option(
    "--faults",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Misbehave as the rules in this JSON file say, to test a client.",
)
def serve(config_path: Path | None, port: int, faults: Path | None) -> int:
    """Serve the embedded library on 127.0.0.1.

    Other Zotero clients can read and write it there with the keys that are shown, until Ctrl-C. The keys stay the same.

    \b
    Example, with pyzotero:
      zot = zotero.Zotero(1, "user", KEY); zot.endpoint = "http://127.0.0.1:23120"
    """
    from litsync.config import Target
    from litsync.libraries import serve_library

    config = read_config(config_path)
    if config.zotero.target is not Target.EMBEDDED:
        raise UsageError("only the embedded library can be served", "set `zotero.target: embedded`")
    serve_library(config, port, click.echo, faults)
    return Exit.DONE


@click.group()
def library() -> None:
    """Export the Zotero library, or import one into it.

    What was begun in the embedded library can go on in a real account: log in, name the new library in the configuration,
    and import the file of the old one.

    \b
    Example:
      litsync login                          then set `zotero: {target: web, library: users/N}`
      litsync library import library.sqlite
    """


@library.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_config
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@with_json
def export_to(file: Path, config_path: Path | None, *, force: bool, as_json: bool) -> int:
    """Write everything in the project's Zotero library into FILE.

    Collections, items, notes, links, saved searches and settings, as JSON; the files of attachments are not part of it.
    """
    from litsync.libraries import export_library

    counts = export_library(read_config(config_path), file, replace=force).counts()
    if as_json:
        print_json({"schema": SCHEMA, "command": "library export", "file": str(file), **counts})
    else:
        click.echo(f"{file}: {', '.join(f'{count} {_one(what, count)}' for what, count in counts.items())}.")
    return Exit.DONE


@library.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@with_config
@with_dry_run
@with_json
def import_from(file: Path, config_path: Path | None, *, dry_run: bool, as_json: bool) -> int:
    """Bring everything in FILE into the project's Zotero library.

    FILE is an export, or the file of an embedded library. What is there already is recognised, by key or by what names a
    work, and stays as it is; only memberships and tags are added to it. So an import can be repeated, and goes on where it
    was interrupted. Keys are kept, except by a Zotero desktop, which gives its own.

    \b
    Examples:
      litsync library import library.sqlite --dry-run
      litsync library import backup.json
    """
    from litsync.libraries import import_library

    with progress_bars(shown=not as_json) as progress:
        place, tally = import_library(read_config(config_path), file, dry_run=dry_run, tell=progress)
    code = Exit.PARTIAL if tally.refused else Exit.DONE
    if as_json:
        print_json(
            {"schema": SCHEMA, "command": "library import", "dry_run": dry_run, "exit": int(code), **tally.to_json()}
        )
    else:
        print_lines(_imported(place, tally, dry_run=dry_run))
    return code


def _imported(place: str, tally: Tally, *, dry_run: bool) -> Iterator[Line]:
    """What an import did, or would do."""
    from litsync.words import Line, Style

    done = ", ".join(f"{count} {_one(what, count)}" for what, count in tally.made.items()) or "nothing"
    yield Line(f"{place}: {done} {'would be added' if dry_run else 'added'}", Style.HEAD)
    there = ", ".join(f"{count} {_one(what, count)}" for what, count in tally.there.items())
    if there:
        yield Line(f"  {there} there already")
    for titles, what in (
        (tally.joined, "took memberships and tags"),
        (tally.differing, "other contents there; left alone"),
    ):
        for title in titles[:_SHOWN]:
            yield Line(f"  {title}: {what}")
        if len(titles) > _SHOWN:
            yield Line(f"  ... and {len(titles) - _SHOWN} more: {what}", Style.DIM)
    for title, reason in tally.refused:
        yield Line(f"  {title}: refused: {reason}", Style.BAD)


def _one(what: str, count: int) -> str:
    """The plural, or the one thing."""
    return what if count != 1 else {"searches": "search"}.get(what, what.removesuffix("s"))

"""The command that sets a project up: `init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import with_config
from litsync.errors import Exit

if TYPE_CHECKING:
    from litsync.config import Config


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--join-vault", is_flag=True, help="Let litsync work in the vault folder that exists already.")
@click.option("--yes", "-y", is_flag=True, help="Join the vault without asking once the plan was shown.")
@click.option("--new-vault", is_flag=True, help="Forget the vault; the next push makes a new one.")
@click.option("--new-library", is_flag=True, help="Forget the Zotero library; the next push meets it anew.")
@with_config
def init(  # noqa: PLR0913 -- options, as click hands them over
    folder: Path, config_path: Path | None, *, join_vault: bool, yes: bool, new_vault: bool, new_library: bool
) -> int:
    """Make a new project in FOLDER, ready to push.

    It gets a configuration and the shipped reading list.

    With --join-vault the vault that is configured in FOLDER and exists already is joined: what would be added is shown
    first; every note and setting of it stays as it is, but for the notes that become those of papers.

    With one of the other options, start over with one part of the project. No file of a vault or a library is ever touched
    by that.

    \b
    Examples:
      litsync init papers
      litsync init --join-vault
    """
    from litsync.config import FILE_NAME, load_config
    from litsync.core.model import VAULT, ZOTERO
    from litsync.project import forget_replica, new_project

    if not (join_vault or new_vault or new_library):
        for path in new_project(folder):
            click.echo(f"wrote {path}")
        click.secho(f"Next: {'' if folder == Path() else f'cd {folder} && '}litsync push", fg="green")
        return Exit.DONE
    config = load_config(config_path or folder / FILE_NAME)
    if join_vault and not _join(config, yes=yes):
        return Exit.PERSON_NEEDED
    for asked, replica, what in ((new_vault, VAULT, "vault"), (new_library, ZOTERO, "Zotero library")):
        if asked:
            forget_replica(config, replica)
            click.echo(
                f"The {what} is forgotten, nothing in it was touched. The next push meets it for the first time."
            )
    return Exit.DONE


def _join(config: Config, *, yes: bool) -> bool:
    """Show what joining the vault would do, and do it if the person agrees."""
    import sys

    from litsync.cli.notes import show_join
    from litsync.notes.joining import join_vault

    show_join(join_vault(config, dry_run=True), config.vault)
    if not yes and not (sys.stdin.isatty() and click.confirm("Join it?")):
        click.echo("Nothing was done. Join it with `litsync init --join-vault --yes`.")
        return False
    join_vault(config, dry_run=False)
    click.secho(f"{config.vault} is joined. `litsync push --dry-run` shows what comes next.", fg="green")
    return True

"""The command that sets a project up: `init`."""

from __future__ import annotations

from pathlib import Path

import click

from litsync.cli.terminal import with_config
from litsync.errors import Exit


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--join-vault", is_flag=True, help="Let litsync work in the vault folder that exists already.")
@click.option("--new-vault", is_flag=True, help="Forget the vault; the next push makes a new one.")
@click.option("--new-library", is_flag=True, help="Forget the Zotero library; the next push meets it anew.")
@with_config
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

"""The commands that keep a project together by themselves: `watch`, and `service` around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import CODES, print_lines, read_config, with_config
from litsync.errors import Exit

if TYPE_CHECKING:
    from litsync.config import Config


@click.command(epilog=CODES)
@with_config
@click.option("--once", is_flag=True, help="Run one cycle and end, for cron and CI.")
@click.option(
    "--poll", is_flag=True, help="Look every few seconds instead of being told by the system (network drives)."
)
def watch(config_path: Path | None, *, once: bool, poll: bool) -> int:
    """Every edit reaches the other two places by itself, until Ctrl-C.

    A note counts when it has stood still for two seconds; a new paper, method or section when it has stood unchanged for
    half a minute. While git is in the middle of something, or has gone to another commit, nothing is sent. What cannot be
    reached is told of once and made up for when it is back.

    \b
    Examples:
      litsync watch
      litsync watch --poll                 the vault is on a network drive
      */5 * * * * litsync watch --once     in a crontab
    """
    from litsync.daemon import watch as keep_watching

    config = read_config(config_path)
    if once:
        return _once(config)
    keep_watching(config, poll=poll)
    return Exit.DONE


def _once(config: Config) -> int:
    from litsync.core.model import SYNC
    from litsync.daemon.words import HELD
    from litsync.project import open_project
    from litsync.report import exit_code, summary
    from litsync.sync import run

    with open_project(config, "watch", lambda *_: None, dry_run=False) as project:
        if why := project.history():
            click.echo(HELD.format(why), err=True)
            return Exit.PERSON_NEEDED
        result = run(project.setup, SYNC)
    print_lines(summary(result, project.places, verbose=False))
    return exit_code(result)

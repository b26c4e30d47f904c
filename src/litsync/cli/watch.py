"""The commands that keep a project together by themselves: `watch`, and `service` around it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import CODES, print_lines, read_config, telling_of_waits, with_config
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
    from litsync.core.policy import SYNC
    from litsync.daemon.words import HELD
    from litsync.project import open_project
    from litsync.report import exit_code, summary
    from litsync.sync import run

    opening = partial(open_project, config, "watch", lambda *_: None, dry_run=False, manners=telling_of_waits())
    with opening() as project:
        if why := project.history():
            click.echo(HELD.format(why), err=True)
            return Exit.PERSON_NEEDED
        result = run(project.setup, SYNC)
    if result.goes_on():
        with opening() as project:
            result = result.followed_by(run(project.setup, SYNC))
    print_lines(summary(result, project.places, verbose=False))
    return exit_code(result)


@click.group(epilog=CODES)
def service() -> None:
    """`litsync watch` as a background service.

    A systemd user unit on Linux, a launchd agent on macOS, a scheduled task on Windows. It starts when you log in, and again
    after a crash: not at once, and not for ever.

    \b
    Examples:
      litsync service install
      litsync service status
      litsync service uninstall
    """


@service.command()
@with_config
@click.option("--show", is_flag=True, help="Print what the system would be told, and do nothing.")
def install(config_path: Path | None, *, show: bool) -> int:
    """Start watching now and at every login."""
    from litsync.daemon.service import install as set_up
    from litsync.daemon.service import this_service

    found = this_service(read_config(config_path).path)
    if show:
        text = found.text()
        click.echo(text.decode("utf-16" if text[:2] == b"\xff\xfe" else "utf-8"))
        return Exit.DONE
    set_up(found)
    click.secho(f"The service is installed and runs ({found.file}).", fg="green")
    if found.advice:
        click.echo(found.advice)
    return Exit.DONE


@service.command()
@with_config
def uninstall(config_path: Path | None) -> int:
    """Stop watching, also at the next login."""
    from litsync.daemon.service import this_service
    from litsync.daemon.service import uninstall as take_away

    gone = take_away(this_service(_place_of(config_path)))
    click.echo("The service is gone." if gone else "There is no service for this project.")
    return Exit.DONE


@service.command()
@with_config
def start(config_path: Path | None) -> int:
    """Start the installed service now."""
    return _control(config_path, "start")


@service.command()
@with_config
def stop(config_path: Path | None) -> int:
    """Stop it until the next login."""
    return _control(config_path, "stop")


def _place_of(config_path: Path | None) -> Path:
    """Where the configuration is, whatever it says: a service can be stopped also when it is wrong."""
    from litsync.config import find_config

    return config_path or find_config(Path.cwd())


def _control(config_path: Path | None, verb: str) -> int:
    from litsync.daemon.service import control, this_service

    path = read_config(config_path).path if verb == "start" else _place_of(config_path)
    control(this_service(path), verb)
    click.echo("Started." if verb == "start" else "Stopped.")
    return Exit.DONE


@service.command()
@with_config
def status(config_path: Path | None) -> int:
    """Whether it is installed and runs, what waits, and what you have to decide."""
    from litsync.daemon import daemon_state
    from litsync.daemon.service import is_installed, this_service
    from litsync.report_past import watch_lines
    from litsync.words import Line, Style

    config = read_config(config_path)
    found, told = this_service(config.path), daemon_state(config)
    click.echo(f"Installed: {found.file if is_installed(found) else 'no'}")
    print_lines(watch_lines(told))
    print_lines(Line(f"  {text}", Style.WARN) for text in told.open)
    return Exit.PERSON_NEEDED if told.needs_person else Exit.DONE

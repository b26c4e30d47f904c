"""The commands that run one cycle: `push`, `pull` and `sync` differ only in their direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litsync.cli.terminal import (
    CODES,
    print_json,
    print_lines,
    progress_bars,
    read_config,
    telling_of_waits,
    with_config,
    with_dry_run,
    with_json,
)

_MOST_CYCLES = 4
"""How often one command looks again when somebody writes at the same moment; what is still open then is listed."""

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.core.policy import Policy
    from litsync.project import Said
    from litsync.sync import Result


def _cycle_command(function: Callable[..., int]) -> click.Command:
    """A command that runs one cycle, with the options of all of them."""
    options = (
        with_config,
        with_dry_run,
        with_json,
        click.option("--quiet", "-q", is_flag=True, help="Print only what went wrong."),
        click.option("--verbose", "-v", is_flag=True, help="Leave nothing out of the summary."),
        click.option(
            "--base",
            metavar="GITREV",
            help="Take the catalog at this commit for what was settled where nothing is remembered (for jobs without a state).",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return click.command(epilog=CODES)(function)


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
    from litsync.core.policy import PUSH

    return _cycle("push", PUSH, **options)


@_cycle_command
def pull(**options: Any) -> int:
    """Edits in Zotero and in notes to the catalog.

    Of a catalog file only the bytes of the changed values change. What was changed differently in two places is a
    conflict: every value stays where it is, and is listed. A paper or method that is new there becomes an entry.

    \b
    Examples:
      litsync pull --dry-run
      litsync pull && git diff
    """
    from litsync.core.policy import PULL

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
    from litsync.core.policy import SYNC

    return _cycle("sync", SYNC, **options)


@_cycle_command
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
def note(keys: tuple[str, ...], **options: Any) -> int:
    """A push that also makes the notes of these papers or methods.

    For papers that get none by themselves (`vault.notes: started` or `none`), and to have a note beside one of your own
    that has the same name. A note that is there stays as it is.

    \b
    Examples:
      litsync note guo2021adnerf
      litsync note nerf gan
    """
    from litsync.core.policy import PUSH

    return _cycle("note", PUSH, keys=keys, **options)


def _with_asked(config: Config, keys: tuple[str, ...]) -> Config:
    """The configuration, by which these papers and methods get a note in any case. Raises UsageError for unknown ones."""
    if not keys:
        return config
    from litsync.notes.desk import known_records

    return replace(config, notes=replace(config.notes, asked=known_records(config, keys)))


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a command that runs cycles."""

    config_path: Path | None
    dry_run: bool = False
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    keys: tuple[str, ...] = ()


def _cycle(command: str, policy: Policy, *, base: str | None = None, **options: Any) -> int:
    _leave_garbage()
    from litsync.core.policy import Decisions
    from litsync.project import Said, catalog_at

    asked = Asked(**options)
    config = _with_asked(read_config(asked.config_path), asked.keys)
    decisions = Decisions(created={record: {} for record in config.notes.asked}) if asked.keys else Decisions()
    return run_and_tell(command, policy, asked, Said(decisions, catalog_at(config, base) if base else {}))


def _leave_garbage() -> None:
    """One short run keeps nearly all it makes, and imports, until its end: collecting would cost a tenth and free little."""
    import gc

    gc.disable()


def run_and_tell(command: str, policy: Policy, asked: Asked, said: Said, before: Result | None = None) -> int:
    """Run the cycles of one command and tell what they did, and what was done `before`; returns the exit code."""
    _leave_garbage()
    from litsync.core.policy import Decisions
    from litsync.report import dry_run_lines, exit_code, result_to_json, summary, undecided

    result, places = run_cycles(command, policy, asked, said)
    result = before.followed_by(result) if before is not None else result
    code = exit_code(result)
    if asked.as_json:
        print_json(result_to_json(result, command, dry_run=asked.dry_run))
    elif asked.dry_run:
        print_lines(dry_run_lines(result, places))
    elif asked.quiet:
        print_lines(undecided(result, 10**9) if code else (), err=True)
    else:
        print_lines(summary(result, places, verbose=asked.verbose, answer=said.decisions != Decisions()))
    return code


def run_cycles(command: str, policy: Policy, asked: Asked, said: Said) -> tuple[Result, Mapping[str, str]]:
    """Run one cycle, another one when it has more to do, a few when somebody writes at the same moment.

    What they did, and what each replica is called.
    """
    from litsync.core.policy import Decisions
    from litsync.project import Said, open_project
    from litsync.sync import run

    config = _with_asked(read_config(asked.config_path), asked.keys)
    manners = telling_of_waits()
    with progress_bars(shown=not (asked.as_json or asked.quiet)) as progress:
        with open_project(config, command, progress, dry_run=asked.dry_run, said=said, manners=manners) as project:
            last = result = run(project.setup, policy, dry_run=asked.dry_run)
        # What could not be taken back is told at the end, whatever another cycle has to do.
        still = Said(Decisions(taken_back=said.decisions.taken_back))
        follows = True
        for _ in range(_MOST_CYCLES - 1):
            if not (last.overtaken() or (follows and last.goes_on())):
                break
            # Once more when something was taken back: a name that was close to it can mean something new then.
            follows = bool(last.plan and last.plan.loose) or last.took_back()
            with open_project(config, command, progress, dry_run=asked.dry_run, said=still, manners=manners) as project:
                last = run(project.setup, policy)
                result = result.followed_by(last)
    return result, project.places

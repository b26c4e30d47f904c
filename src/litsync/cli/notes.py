"""The groups `notes` and `template`: what is done to the notes of the vault only when a person asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litsync.cli.terminal import CODES, print_json, read_config, with_config, with_dry_run, with_json
from litsync.errors import Exit

if TYPE_CHECKING:
    from litsync.core.model import Problem
    from litsync.notes.adopting import AdoptReport
    from litsync.notes.joining import JoinPlan
    from litsync.notes.renaming import RenameReport
    from litsync.replicas.vault_adopt import Candidate

SCHEMA = 1


@click.group()
def notes() -> None:
    """Give notes other names, or make notes of your own those of papers and methods.

    \b
    Examples:
      litsync notes rename --dry-run     which notes would get another name
      litsync notes adopt                your notes `@key` become the notes of their papers
    """


@notes.command(epilog=CODES)
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@with_config
@with_dry_run
@with_json
def rename(keys: tuple[str, ...], config_path: Path | None, *, dry_run: bool, as_json: bool) -> int:
    """Name notes as `vault.note_name` and the catalog have it.

    Notes of papers get the name of the pattern, notes of methods that of the method. Every link to them, in notes and
    canvases, follows, as when Obsidian renames. Without KEY all notes are renamed that litsync named, and that are called
    otherwise by now; notes that you named are listed, and renamed by their KEY.

    \b
    Examples:
      litsync notes rename --dry-run
      litsync notes rename guo2021adnerf nerf
    """
    from litsync.notes.renaming import rename as rename_all

    report = rename_all(read_config(config_path), keys, dry_run=dry_run)
    if as_json:
        print_json(_rename_json(report, dry_run=dry_run))
    else:
        _show_renames(report)
    return Exit.PARTIAL if report.done and report.done.problems else Exit.DONE


def _show_renames(report: RenameReport) -> None:
    from litsync.replicas.vault_rename import moves_in_words

    done = report.done
    if not report.moves:
        click.echo("Every other note has its name." if report.by_hand else "Every note has its name.")
        _show_named_by_hand(report)
        return
    head = "would be renamed" if done is None else "renamed"
    moves = report.moves if done is None else done.moved
    click.secho(f"{_count(len(moves), 'note')} {head}:", bold=True)
    for line in moves_in_words(moves):
        click.echo(f"  {line}")
    if done is not None:
        click.echo(f"Links rewritten in {_count(len(set(done.relinked)), 'file')}.")
        _show_problems(done.problems)
    _show_named_by_hand(report)


def _show_named_by_hand(report: RenameReport) -> None:
    from litsync.replicas.vault_rename import moves_in_words

    if report.by_hand:
        click.secho(f"{_count(len(report.by_hand), 'note')} named by you, left alone:", bold=True)
        lines = moves_in_words([move for _, move in report.by_hand])
        for (record, _), line in zip(report.by_hand, lines, strict=True):
            click.echo(f"  {line}   (litsync notes rename {record.key})")


@notes.command(epilog=CODES)
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@with_config
@with_dry_run
@with_json
def adopt(keys: tuple[str, ...], config_path: Path | None, *, dry_run: bool, as_json: bool) -> int:
    """Make notes of your own those of papers and methods.

    A note is found by its name (`@key` or `key`; a method's by its name or an alias) or by its link to the Zotero item. It
    gets the property `citekey` or `method`, and nothing else of it is touched. Without KEY the notes of all papers are
    adopted; those of methods only by name. What could be two things is listed and left alone.

    \b
    Examples:
      litsync notes adopt --dry-run
      litsync notes adopt nerf
    """
    from litsync.notes.adopting import adopt_notes

    report = adopt_notes(read_config(config_path), keys, dry_run=dry_run)
    if as_json:
        print_json(_adopt_json(report, dry_run=dry_run))
    else:
        _show_adoption(report, dry_run=dry_run)
    return Exit.PARTIAL if report.problems else Exit.DONE


def _show_adoption(report: AdoptReport, *, dry_run: bool) -> None:
    if dry_run:
        _show_candidates("would be adopted", report.papers)
    else:
        _show_candidates("adopted", report.adopted)
    done = {one.record for one in report.adopted}
    rest = [one for one in report.methods if one.record not in done]
    _show_candidates("of your own with the name of a method, adopted only by `litsync notes adopt ID`", rest)
    _show_candidates(
        "that could be several things, left alone; name the one with KEY once it is clear", report.doubtful
    )
    _show_problems(report.problems)
    if not (report.papers or report.methods or report.doubtful):
        click.echo("No note of the vault is to be adopted.")


def _show_candidates(head: str, found: Iterable[Candidate]) -> None:
    rows = list(found)
    if rows:
        click.secho(f"{_count(len(rows), 'note')} {head}:", bold=True)
    for one in rows:
        click.echo(f"  {', '.join(one.paths)} → {one.record.kind} {one.record.key}, {one.why}")


def show_join(plan: JoinPlan, vault: str) -> None:
    """What joining a vault would do, in words."""
    from litsync.replicas.vault_views import WITHOUT_SYNC_NOTE

    click.secho(
        f"{vault}: {_count(plan.notes, 'note')}, {plan.known} of them with a citekey or method already", bold=True
    )
    _show_candidates("adopted for papers, by one property", plan.adopt.papers)
    _show_candidates(
        "of your own with the name of a method, left alone until `litsync notes adopt ID`", plan.adopt.methods
    )
    _show_candidates("that could be several things, left alone", plan.adopt.doubtful)
    if plan.files:
        click.echo(f"Added: {', '.join(plan.files)}")
    if plan.types_broken:
        click.secho(f".obsidian/types.json cannot be read and is left alone: {plan.types_broken}", fg="yellow")
    elif plan.types:
        types = ", ".join(f"{name}: {kind}" for name, kind in plan.types.items())
        click.echo(f"Types added to .obsidian/types.json, those there stay: {types}")
    for name, kind in plan.wrong_types.items():
        click.secho(
            f"`{name}` has the type {kind} here, which spoils ids: give it the type text in Obsidian", fg="yellow"
        )
    if plan.graph.after is not None:
        click.echo(
            f"In the graph litsync's sync note is left out: its filter, empty so far, says `{WITHOUT_SYNC_NOTE}`"
        )
    elif plan.graph.is_own:
        click.secho(
            "The filter of your graph stays. So that litsync's sync note is left out there, add to it:"
            f" `{WITHOUT_SYNC_NOTE}`",
            fg="yellow",
        )
    if plan.anew:
        click.secho(
            "litsync has worked with a vault of another mark: this one is met anew. Where it differs from the catalog both"
            " stay as they are, and the differences are listed.",
            fg="yellow",
        )
    new = ", ".join(_count(count, f"{kind} note") for kind, count in sorted(plan.new.items()))
    click.echo(f"The first push adds {new or 'no note'}. All else stays as it is.")


@click.group()
def template() -> None:
    """The templates of new notes.

    \b
    Example:
      litsync template check
    """


@template.command(epilog=CODES)
@click.argument("key", required=False)
@with_config
@with_json
def check(key: str | None, config_path: Path | None, *, as_json: bool) -> int:
    """Try the templates of new notes with every paper and method.

    What does not render, and names that mean nothing, are told. With KEY the text of that note is shown.

    \b
    Examples:
      litsync template check
      litsync template check guo2021adnerf
    """
    from litsync.notes.templates import check_templates

    report = check_templates(read_config(config_path), key)
    if as_json:
        files = [{"kind": k, "file": place, "tried": report.tried.get(k, 0)} for k, place in report.places.items()]
        print_json({"schema": SCHEMA, "files": files, "faults": list(report.faults), "text": report.sample})
    else:
        for kind, place in report.places.items():
            click.echo(f"{place}: tried with {_count(report.tried.get(kind, 0), kind)}", err=bool(report.sample))
        for fault in report.faults:
            click.secho(fault, fg="red", err=True)
        click.echo(report.sample, nl=False)
    return Exit.USAGE if report.faults else Exit.DONE


def _count(number: int, what: str) -> str:
    return f"{number} {what if number == 1 else f'{what}s'}"


def _show_problems(problems: Iterable[Problem]) -> None:
    from litsync.words import describe

    for problem in problems:
        click.secho(describe(problem), fg="red", err=True)


def _rename_json(report: RenameReport, *, dry_run: bool) -> dict[str, Any]:
    from litsync.formats.plan_json import problem_to_json

    done = report.done
    return {
        "schema": SCHEMA,
        "dry_run": dry_run,
        "due": [{"old": move.old, "new": move.new} for move in report.moves],
        "renamed": [{"old": move.old, "new": move.new} for move in (done.moved if done else ())],
        "relinked": sorted(set(done.relinked)) if done else [],
        "by_hand": [{"record": str(one), "old": move.old, "new": move.new} for one, move in report.by_hand],
        "problems": [problem_to_json(problem) for problem in (done.problems if done else ())],
    }


def _adopt_json(report: AdoptReport, *, dry_run: bool) -> dict[str, Any]:
    from litsync.formats.plan_json import problem_to_json

    def rows(found: Iterable[Candidate]) -> list[dict[str, Any]]:
        return [{"record": str(one.record), "notes": list(one.paths), "why": one.why} for one in found]

    return {
        "schema": SCHEMA,
        "dry_run": dry_run,
        "papers": rows(report.papers),
        "methods": rows(report.methods),
        "doubtful": rows(report.doubtful),
        "adopted": rows(report.adopted),
        "problems": [problem_to_json(problem) for problem in report.problems],
    }

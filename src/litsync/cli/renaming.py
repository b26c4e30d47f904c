"""The command `rename`: a paper gets another citekey, or a method another id, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litsync.cli.terminal import CODES, print_json, print_lines, read_config, with_config, with_dry_run, with_json
from litsync.errors import Exit

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.renaming import Report
    from litsync.words import Line


@click.command(epilog=CODES)
@click.argument("old")
@click.argument("new")
@with_config
@with_dry_run
@with_json
def rename(old: str, new: str, *, config_path: Path | None, dry_run: bool, as_json: bool) -> int:
    """Give the paper OLD the citekey NEW, or the method OLD the id NEW.

    A paper: in the catalog and wherever a method names it as a source; in its note, whose file is renamed too if it is called by the
    citekey, with every link to it; in Zotero, if litsync gave the item its citation key; and in what litsync remembers. A
    method: in the catalog, where papers and narrower methods name it by its id, and in its note; its name stays. Nothing is
    written before all of them were found ready. A rename that was interrupted is finished by the same command again.

    \b
    Examples:
      litsync rename guo2021adnerf guo2021ad --dry-run
      litsync rename guo2021adnerf guo2021ad
      litsync rename nerf radiance-fields
    """
    return rename_and_tell(read_config(config_path), old, new, dry_run=dry_run, as_json=as_json)


def rename_and_tell(config: Config, old: str, new: str, *, dry_run: bool, as_json: bool) -> int:
    """Carry the rename out, and say what it did; returns the exit code."""
    from litsync.renaming import rename_record

    report = rename_record(config, old, new, dry_run=dry_run)
    if as_json:
        print_json(_to_json(report, dry_run=dry_run))
    else:
        print_lines(_lines(report, dry_run=dry_run))
    return _exit(report)


def _exit(report: Report) -> Exit:
    return Exit.PARTIAL if report.problems else Exit.DONE


def _lines(report: Report, *, dry_run: bool) -> Iterator[Line]:
    from litsync.core.model import Kind
    from litsync.words import Line, Style, describe, plural

    yield Line(f"{report.old} {'would become' if dry_run else 'is now'} {report.new}", Style.HEAD)
    if report.files:
        where = "as a source of" if report.kind is Kind.PAPER else "in"
        named = f", and {where} {', '.join(report.methods)}" if report.methods else ""
        yield Line(f"  in the catalog ({', '.join(report.files)}){named}")
    for note in report.notes:
        move = next((one for one in report.moves if one.old == note), None)
        yield Line(f"  in its note {note}{f', which is called {move.new} then' if move else ''}")
    if report.done and report.done.relinked:
        yield Line(f"  in the links of {plural(len(set(report.done.relinked)), 'file')}")
    if report.item_key:
        yield Line("  in Zotero, as the citation key of its item")
    if report.kept_key:
        yield Line(f"  Zotero keeps the citation key {report.kept_key}, which litsync did not give it", Style.DIM)
    for problem in report.problems:
        yield Line(f"  {describe(problem)}", Style.BAD)
    if dry_run:
        yield Line("Nothing was written (--dry-run).", Style.DIM)


def _to_json(report: Report, *, dry_run: bool) -> dict[str, Any]:
    from litsync.formats.plan_json import SCHEMA, problem_to_json

    return {
        "schema": SCHEMA,
        "command": "rename",
        "dry_run": dry_run,
        "exit": int(_exit(report)),
        "old": report.old,
        "new": report.new,
        "files": list(report.files),
        "methods": list(report.methods),
        "notes": list(report.notes),
        "renamed": [{"old": one.old, "new": one.new} for one in report.moves],
        "relinked": sorted(set(report.done.relinked)) if report.done else [],
        "citation_key": report.item_key or None,
        "kept_citation_key": report.kept_key or None,
        "problems": [problem_to_json(one) for one in report.problems],
    }

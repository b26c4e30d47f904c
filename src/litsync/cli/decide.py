"""The commands by which a person decides and looks back: `status`, `approve`, `resolve`, `log` and `undo`.

An answer is given to an id, which stands for exactly what was shown; carrying it out is a cycle like any other.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.cycle import Asked, run_and_tell
from litsync.cli.terminal import CODES, print_json, print_lines, read_config, with_config, with_dry_run, with_json
from litsync.errors import Exit, UsageError

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.core.model import Conflict, Difference, Outcome, Plan, RecordId, Value
    from litsync.history import Entry, Reverse


@click.command(epilog=CODES)
@with_config
@with_json
@click.option("--verbose", "-v", is_flag=True, help="Leave nothing out.")
def status(config_path: Path | None, *, as_json: bool, verbose: bool) -> int:
    """What is open, as the last cycle left it: holds, conflicts, differences, what waits.

    Asks no replica and works beside a running `litsync watch`. Ends with 3 when a person has to decide something.

    \b
    Examples:
      litsync status
      litsync status --json | jq .open.holds
    """
    from litsync.daemon import daemon_state
    from litsync.report_past import standing_exit, status_lines, status_to_json, watch_lines
    from litsync.standing import standing

    config = read_config(config_path)
    found, told = standing(config), daemon_state(config)
    if as_json:
        print_json(status_to_json(found, told))
    else:
        print_lines(status_lines(found, verbose=verbose))
        print_lines(watch_lines(told))
    return standing_exit(found, told)


@click.command(epilog=CODES)
@click.argument("ids", nargs=-1)
@with_config
@click.option("--choice", metavar="ANSWER", help="Another answer than the first one that the hold offers.")
@click.option("--all", "everything", is_flag=True, help="All holds that offer the answer of --choice.")
@with_dry_run
@with_json
def approve(  # noqa: PLR0913 -- one parameter for each option
    ids: tuple[str, ...],
    config_path: Path | None,
    choice: str | None,
    *,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Answer holds, and carry out exactly what was shown.

    IDS stand at the beginning of each line that `litsync status` lists under "On hold", or "Not in the catalog" (approving
    such a one takes it in). When what was asked about has changed since, nothing is done about it.

    \b
    Examples:
      litsync approve gone-1a2b3c4d
      litsync approve gone-1a2b3c4d --choice restore
      litsync approve --all --choice restore --dry-run
    """
    from litsync.core.policy import SYNC, Decisions
    from litsync.project import Said

    answers = _answers(_open_plan(config_path), ids, choice, everything=everything)
    said = Said(Decisions(answers=answers))
    return run_and_tell("approve", SYNC, Asked(config_path, dry_run=dry_run, as_json=as_json), said)


def _answers(plan: Plan, ids: tuple[str, ...], choice: str | None, *, everything: bool) -> dict[str, str]:
    offered = {hold.id: hold.choices for hold in plan.holds if hold.id}
    offered |= {one.id: ("take", "leave") for one in plan.strangers if one.id and one.id not in offered}
    if everything and choice is None:
        raise UsageError("--all needs the answer: --choice ANSWER", "`litsync status` lists what each hold offers")
    if everything:
        ids = tuple(hold.id for hold in plan.holds if choice in hold.choices)
    if not ids:
        raise UsageError("name what is approved", "`litsync status` lists the holds, each with its id")
    _known(ids, offered)
    for name in ids:
        if choice is not None and choice not in offered[name]:
            raise UsageError(f"{name} offers {' or '.join(offered[name])}, not {choice}")
    return {name: choice or offered[name][0] for name in ids}


def _known(ids: tuple[str, ...], offered: Container[str]) -> None:
    for name in ids:
        if name not in offered:
            raise UsageError(
                f"nothing open has the id {name}", "`litsync status` lists what is; run `litsync sync` to look again"
            )


@click.command(epilog=CODES)
@click.argument("ids", nargs=-1)
@with_config
@click.option("--take", metavar="PLACE", type=click.Choice(["catalog", "vault", "zotero"]), help="Whose value counts.")
@click.option("--edit", is_flag=True, help="Write the value in your editor; one ID.")
@click.option("--field", metavar="FIELD", help="All conflicts and differences of this field.")
@click.option("--all", "everything", is_flag=True, help="All conflicts and differences.")
@with_dry_run
@with_json
def resolve(  # noqa: PLR0913 -- one parameter for each option
    ids: tuple[str, ...],
    config_path: Path | None,
    take: str | None,
    field: str | None,
    *,
    edit: bool,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Settle conflicts and differences: one value counts, and is written everywhere.

    IDS stand at the beginning of each line that `litsync status` lists. Making the values equal by hand settles them too.

    \b
    Examples:
      litsync resolve c-1a2b3c4d --take vault
      litsync resolve c-1a2b3c4d --edit
      litsync resolve --field venue --take catalog
    """
    from litsync.core.policy import SYNC, WISHED, Decisions
    from litsync.project import Said

    found = _disputes(_open_plan(config_path), ids, field, everything=everything)
    found = _decidable(found, take, everything=everything)
    if edit and len(found) == 1 and take is None:
        said = Said(Decisions(answers={found[0].id: WISHED}, wishes=_edited(found[0])))
    elif take is not None and not edit:
        said = Said(Decisions(answers={one.id: take for one in found}))
    else:
        raise UsageError("say whose value counts: --take catalog, vault or zotero", "or --edit, for one ID")
    return run_and_tell("resolve", SYNC, Asked(config_path, dry_run=dry_run, as_json=as_json), said)


def _disputes(plan: Plan, ids: tuple[str, ...], field: str | None, *, everything: bool) -> list[Conflict | Difference]:
    open_ones: dict[str, Conflict | Difference] = {one.id: one for one in plan.conflicts}
    open_ones |= {one.id: one for one in plan.differences}
    _known(ids, open_ones)
    found = [open_ones[name] for name in ids]
    found += [one for one in open_ones.values() if one not in found and (everything or one.field == field)]
    if not found:
        raise UsageError(
            "there is nothing to settle" + (f" about {field}" if field else ""), "`litsync status` lists what is open"
        )
    return found


def _decidable(
    found: list[Conflict | Difference], take: str | None, *, everything: bool
) -> list[Conflict | Difference]:
    """What this answer can settle: of a value that is worked out in one place, only that place's counts.

    Raises UsageError when others were asked for by name, or nothing is left.
    """
    from litsync.core.fields import TABLE

    made_in = [TABLE[one.record.kind][one.field].derived_by for one in found]
    kept = [one for one, place in zip(found, made_in, strict=True) if place in ("", take)]
    if kept and (everything or len(kept) == len(found)):
        return kept
    name, place = next((one.field, place) for one, place in zip(found, made_in, strict=True) if place not in ("", take))
    raise UsageError(f"`{name}` is worked out in the {place}, and can only be taken from there", f"`--take {place}`")


def _edited(one: Conflict | Difference) -> dict[tuple[RecordId, str], Value]:
    """The value as the person writes it in an editor that is shown all of them."""
    from litsync.core.model import CATALOG, Conflict
    from litsync.formats.value_text import read_value, value_text

    values = one.values if isinstance(one, Conflict) else {CATALOG: one.target, one.replica: one.value}
    try:
        text = click.edit(value_text(one.record, one.field, values), extension=".yaml")
    except click.ClickException as error:
        raise UsageError(f"the editor could not be used: {error.message}", "set EDITOR to one that works") from error
    if text is None:
        raise UsageError("nothing was saved in the editor", "the conflict stays as it is")
    return {(one.record, one.field): read_value(one.record, one.field, text)}


@click.command()
@click.argument("record", required=False, default="")
@with_config
@with_json
@click.option("--number", "-n", "most", type=click.IntRange(1), default=10, show_default=True, help="How many cycles.")
def log(record: str, config_path: Path | None, most: int, *, as_json: bool) -> int:
    """Who changed what where: the last cycles, the newest first. RECORD (a citekey or id) limits it.

    \b
    Examples:
      litsync log
      litsync log guo2021adnerf
    """
    from litsync.history import entries
    from litsync.report_past import log_lines, log_to_json
    from litsync.standing import open_state

    with open_state(read_config(config_path)) as state:
        found = entries(state, most, record)
    if as_json:
        print_json(log_to_json(found))
    else:
        print_lines(log_lines(found))
    return Exit.DONE


@click.command(epilog=CODES)
@click.argument("cycle", type=int, required=False)
@with_config
@with_dry_run
@with_json
def undo(cycle: int | None, config_path: Path | None, *, dry_run: bool, as_json: bool) -> int:
    """Take back what a cycle took in or removed, or an `import`, `add`, `enrich` or `rename`; without CYCLE the last one.

    The previous values become ordinary edits: what was edited since stays, and is named. Papers that a command added go from
    everywhere, if nobody has touched them since.

    \b
    Examples:
      litsync undo --dry-run
      litsync undo 12
    """
    from functools import partial

    from litsync.core.model import Plan
    from litsync.core.policy import SYNC
    from litsync.history import reverse
    from litsync.project import Said, catalog_records
    from litsync.report_past import undo_lines
    from litsync.standing import open_state
    from litsync.sync import Result

    config = read_config(config_path)
    with open_state(config) as state:
        entry, found = reverse(state, cycle, partial(catalog_records, config))
    print_lines(undo_lines(entry, found), err=as_json)
    if found.rename is not None:
        from litsync.cli.renaming import rename_and_tell

        return rename_and_tell(config, *found.rename, dry_run=dry_run, as_json=as_json)
    emptied = Result(Plan(operations=found.rewrites), outcomes=[] if dry_run else _unwrite(config, entry, found))
    asked = Asked(config_path, dry_run=dry_run, as_json=as_json)
    return run_and_tell("undo", SYNC, asked, Said(found.decisions, passages=found.passages), emptied)


def _unwrite(config: Config, entry: Entry, found: Reverse) -> list[Outcome]:
    """Empty in the catalog what a command filled in, and forget that its source said so: it may be imported again."""
    if not found.rewrites and not found.decisions.taken_back:
        return []
    from litsync.core.model import Verdict
    from litsync.curation import forget_said, open_catalog

    command, _, source = entry.command.partition(" ")
    if command == "import":
        added: dict[str, list[str] | None] = {record.key: None for record in found.decisions.taken_back}
        filled: dict[str, list[str]] = {}
        for one in found.rewrites:
            filled.setdefault(one.record.key, []).extend(change.field for change in one.changes)
        forget_said(config, source, {**filled, **added})
    with open_catalog(config, "undo", dry_run=False) as catalog:
        done = catalog.write(found.rewrites)
    # Nobody tries again what somebody's save came in between of: it is told as not done.
    return [one if one.verdict is Verdict.WRITTEN else replace(one, verdict=Verdict.FAILED) for one in done]


def _open_plan(config_path: Path | None) -> Plan:
    from litsync.standing import standing

    return standing(read_config(config_path)).plan

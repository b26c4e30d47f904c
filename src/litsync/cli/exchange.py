"""The command `import`: works that stand elsewhere come into the catalog."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import (
    CODES,
    print_json,
    print_lines,
    read_config,
    with_config,
    with_dry_run,
    with_json,
    write_text,
)
from litsync.errors import UsageError

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.curation_report import Imported
    from litsync.exchange.found import Reading
    from litsync.exchange.intake import Wishes


_FROM_ZOTERO = "Zotero collection "
"""How a source that is a collection is called."""


@click.command("import", epilog=CODES)
@click.argument("source", metavar="FILE", required=False)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write a new catalog into this file (-: standard output) instead of adding to yours.",
)
@click.option("--from-zotero", "collection", metavar="COLLECTION", help="Take what a collection of your library holds.")
@click.option(
    "--section", "sections", multiple=True, metavar="ID", help="Put new papers into this section; may be repeated."
)
@click.option(
    "--doubtful",
    type=click.Choice(["leave", "merge", "add"]),
    default="leave",
    show_default=True,
    help="What becomes of works that probably are papers of the catalog.",
)
@click.option("--update", is_flag=True, help="Show what a source that is known says now; --apply takes it.")
@click.option("--apply", "apply_", is_flag=True, help="Carry the plan of --update out.")
@click.option("--base", metavar="REV", help="With --update: compare with the file as it is in this git revision.")
@click.option("--no-abstracts", is_flag=True, help="Leave abstracts out.")
@click.option("--verbose", "-v", is_flag=True, help="Leave nothing out of the summary.")
@with_config
@with_dry_run
@with_json
def import_(  # noqa: PLR0913 -- the options of the command, as click hands them over
    source: str | None,
    *,
    output: Path | None,
    collection: str | None,
    sections: tuple[str, ...],
    doubtful: str,
    config_path: Path | None,
    update: bool,
    apply_: bool,
    base: str | None,
    no_abstracts: bool,
    verbose: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Take works into the catalog, from a reading list in Markdown, BibTeX, BibLaTeX, CSL-JSON, Zotero or Better BibTeX JSON, or RIS.

    A work that is there already, by DOI, arXiv id, address or citekey, is filled in where the catalog says nothing; your values
    stay, and what differs is listed. Importing the same file again brings what is new in it. With --from-zotero, the works are
    those of a collection of the configured library, by name, path or key: subcollections become sections, tags that stand for
    methods become methods, and nothing in the library changes.

    \b
    Examples:
      litsync import refs.bib --dry-run
      litsync import refs.bib --section face-video
      litsync import library.json -o catalog.yaml       a new catalog
      litsync import README.md -o catalog.yaml          a catalog from an "awesome list"
      litsync import README.md --update --base main     what a contributor changed in the list, as a plan
      litsync import --from-zotero "To read" -o catalog.yaml
      curl -LH 'Accept: application/x-bibtex' https://doi.org/10.1145/3528223.3530127 | litsync import -
    """  # fmt: skip
    from litsync.exchange.intake import Doubt, Wishes

    if (apply_ or base) and not update:
        raise UsageError("--apply and --base go with --update", "write: litsync import FILE --update")
    source, reading = _read(source, collection, config_path)
    without = frozenset({"abstract"} if no_abstracts else ())
    wishes = Wishes(doubt=Doubt(doubtful), sections=sections, without=without)
    if output is not None:
        done = _new_catalog(source, reading, wishes, output, dry_run=dry_run)
    else:
        renewal = _Renewal(update=update, base=base)
        dry_run = dry_run or (update and not apply_)
        done = _into_catalog(read_config(config_path), source, reading, wishes, renewal, dry_run=dry_run)
    _tell(done, as_json=as_json, verbose=verbose, err=str(output) == "-")
    return done.exit


def _read(source: str | None, collection: str | None, config_path: Path | None) -> tuple[str, Reading]:
    """What the source is called from now on, and what was read of it. Raises UsageError unless just one is named."""
    if collection is not None and source is None:
        from litsync.curation import read_zotero

        return f"{_FROM_ZOTERO}{collection}", read_zotero(read_config(config_path), collection)
    if source is None or collection is not None:
        raise UsageError("import what?", "name a file, - for standard input, or a collection with --from-zotero")
    from litsync.exchange.readers import read_works

    return source, read_works(_bytes_of(source), "standard input" if source == "-" else source)


def _tell(done: Imported, *, as_json: bool, verbose: bool, err: bool) -> None:
    from litsync.curation_report import import_lines, import_to_json

    if as_json:
        print_json(import_to_json(done))
    else:
        print_lines(import_lines(done, verbose=verbose), err=err)


def _bytes_of(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{source}: {error.strerror}", "name a file that can be read, or - for standard input"
        ) from error


@dataclass(frozen=True, slots=True)
class _Renewal:
    """Whether the source is one that the catalog was made from, or rendered to, and the revision to compare it with."""

    update: bool = False
    base: str | None = None

    @property
    def asked(self) -> str:
        """Why nothing is written, if nothing is."""
        return "it is a plan: --apply takes it" if self.update else "--dry-run"


def _into_catalog(  # noqa: PLR0913 -- one call, from the command
    config: Config, source: str, reading: Reading, wishes: Wishes, renewal: _Renewal, *, dry_run: bool
) -> Imported:
    from litsync.curation import named_as_before, open_catalog, remember_said, said_before, said_in, source_name
    from litsync.curation_report import Imported
    from litsync.exchange.intake import plan_intake

    wishes = replace(wishes, pattern=config.citekeys)
    named = source == "-" or source.startswith(_FROM_ZOTERO)
    name = source if named else source_name(config, Path(source))
    with open_catalog(config, f"import {name}", dry_run=dry_run) as catalog:
        wishes = replace(wishes, sections=catalog.ids_of("sections", wishes.sections))
        said = said_before(config, name)
        if renewal.base is not None:
            said = said_in(_at_revision(source, renewal.base), catalog.records)
        if renewal.update:
            reading = named_as_before(reading, said)
        intake = plan_intake(reading, catalog.records, said, wishes)
        gone = [key for key in said if key not in set(intake.papers)] if renewal.update else []
        outcomes = () if dry_run else catalog.write(intake.operations)
        if not dry_run and source != "-":
            refused = {one.operation.record.key for one in outcomes if one.verdict != "written"}
            says = zip(intake.papers, (work.fields for work in reading.works), strict=True)
            remember_said(config, name, ((key, fields) for key, fields in says if key not in refused))
    return Imported(source, reading, intake, outcomes, dry_run=dry_run, gone=gone, asked=renewal.asked)


def _at_revision(source: str, revision: str) -> Reading:
    """What the file said in that revision. Raises UsageError when git does not have it there."""
    import subprocess

    from litsync.exchange.readers import read_works

    path = Path(source).resolve()
    command = ["git", "-C", str(path.parent), "show", f"{revision}:./{path.name}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- fixed words, no shell
    except OSError as error:
        raise UsageError("git cannot be started", "--base needs git") from error
    if done.returncode:
        raise UsageError(f"git has no {path.name} in {revision}: {done.stderr.decode(errors='replace').strip()}")
    return read_works(done.stdout, source)


def _refuse_faulty(data: bytes, output: Path) -> None:
    """Nothing is written that `litsync check` would refuse."""
    from litsync.errors import CatalogError
    from litsync.formats.catalog_parts import CatalogFile
    from litsync.formats.catalog_yaml import read_catalog

    if problems := read_catalog([CatalogFile(str(output), data)]).problems:
        raise CatalogError(f"{output}: the new catalog would have problems, and was not written", "", problems)


def _new_catalog(source: str, reading: Reading, wishes: Wishes, output: Path, *, dry_run: bool) -> Imported:
    from litsync.curation_report import Imported
    from litsync.exchange.intake import new_records, plan_intake
    from litsync.formats.catalog_render import render_catalog

    intake = plan_intake(reading, {}, wishes=replace(wishes, sections=()))
    data = render_catalog(new_records(reading, intake))
    _refuse_faulty(data, output)
    text = data.decode()
    if not dry_run:
        write_text(text, None if str(output) == "-" else output, replace=False)
    return Imported(source, reading, intake, dry_run=dry_run)

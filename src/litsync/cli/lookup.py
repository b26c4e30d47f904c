"""The commands that ask services on the web: `add` and `enrich`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import (
    CODES,
    print_json,
    print_lines,
    progress_bars,
    read_config,
    with_config,
    with_dry_run,
    with_json,
)
from litsync.errors import UsageError

if TYPE_CHECKING:
    from litsync.config import Config
    from litsync.core.model import Fields
    from litsync.lookup.find import Answer, Finder
    from litsync.lookup_report import Added, Enriched

with_fresh = click.option("--fresh", is_flag=True, help="Ask again what was asked within the last week.")


@contextmanager
def _finder(config: Config, *, fresh: bool) -> Iterator[Finder]:
    from litsync.lookup.find import Finder
    from litsync.lookup.services import Services
    from litsync.lookup.web import Manners, Web, answers_folder

    with Web(Manners(contact=config.lookup.contact, cache=answers_folder(), fresh=fresh)) as web:
        yield Finder(web, Services.at(config.lookup.addresses))


@click.command(epilog=CODES)
@click.argument("identifiers", metavar="ID...", nargs=-1, required=True)
@click.option("--section", "sections", multiple=True, metavar="ID", help="Put it into this section; may be repeated.")
@click.option("--method", "methods", multiple=True, metavar="NAME", help="Classify it by this method; may be repeated.")
@click.option("--abstract", is_flag=True, help="Take the abstract too.")
@click.option(
    "--doubtful",
    type=click.Choice(["leave", "merge", "add"]),
    default="leave",
    show_default=True,
    help="What becomes of a work that probably is a paper of the catalog.",
)
@with_fresh
@with_config
@with_dry_run
@with_json
def add(  # noqa: PLR0913 -- the options of the command, as click hands them over
    identifiers: tuple[str, ...],
    sections: tuple[str, ...],
    methods: tuple[str, ...],
    doubtful: str,
    config_path: Path | None,
    *,
    abstract: bool,
    fresh: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Look works up and add them to the catalog.

    ID is an arXiv id or address, a DOI, an address at OpenReview or the ACL Anthology, or a title. What was found is shown and
    added in the style of the catalog, with a citekey like its neighbours'. A title adds a work only if exactly that title is
    found, once; else the works it may mean are listed. A work that the catalog has is filled in, never doubled.

    \b
    Examples:
      litsync add 2103.11078 --section face-video --method NeRF
      litsync add https://openreview.net/forum?id=HkpbnH9lx --dry-run
      litsync add "Denoising Diffusion Probabilistic Models"
    """
    from litsync.lookup_report import add_lines, add_to_json

    config = read_config(config_path)
    with _finder(config, fresh=fresh) as finder:
        answers = [_answer(finder, one) for one in identifiers]
    without = frozenset() if abstract else frozenset({"abstract"})
    done = _add(config, answers, (sections, methods), (doubtful, without), dry_run=dry_run)
    if as_json:
        print_json(add_to_json(done))
    else:
        print_lines(add_lines(done))
    return done.exit


def _answer(finder: Finder, identifier: str) -> Answer:
    try:
        return finder.find(identifier)
    except ValueError as error:
        raise UsageError(f"{identifier} {error}", "or give the work's title") from error


def _add(
    config: Config,
    answers: list[Answer],
    into: tuple[tuple[str, ...], tuple[str, ...]],
    how: tuple[str, frozenset[str]],
    *,
    dry_run: bool,
) -> Added:
    from litsync.curation import open_catalog
    from litsync.exchange.found import Reading
    from litsync.exchange.intake import Doubt, Wishes, plan_intake
    from litsync.lookup_report import Added

    with open_catalog(config, "add", dry_run=dry_run) as catalog:
        wishes = Wishes(
            pattern=config.citekeys,
            doubt=Doubt(how[0]),
            sections=catalog.ids_of("sections", into[0]),
            methods=catalog.ids_of("methods", into[1]),
            without=how[1],
        )
        reading = Reading(tuple(one.work for one in answers if one.work is not None))
        intake = plan_intake(reading, catalog.records, wishes=wishes)
        outcomes = () if dry_run else catalog.write(intake.operations)
    return Added(answers, intake, outcomes, dry_run=dry_run)


@click.command(epilog=CODES)
@click.argument("citekeys", metavar="[CITEKEY]...", nargs=-1)
@click.option(
    "--apply", is_flag=True, help="Write it into the catalog; without, the plan is shown and nothing is written."
)
@click.option("--published", is_flag=True, help="Turn preprints into their published versions: type, venue, date, DOI.")
@click.option("--abstracts", is_flag=True, help="Fill in abstracts too.")
@with_fresh
@with_config
@with_json
def enrich(  # noqa: PLR0913 -- the options of the command, as click hands them over
    citekeys: tuple[str, ...],
    config_path: Path | None,
    *,
    apply: bool,
    published: bool,
    abstracts: bool,
    fresh: bool,
    as_json: bool,
) -> int:
    """Fill in what the catalog lacks, from arXiv and Crossref.

    Authors, date, venue, DOI, arXiv id, address, pages and the like, of the papers named or of all. Nothing that the catalog says
    is replaced. Preprints that were published since are listed; only --published takes their new type, venue, date and DOI over.
    The plan is shown first: --apply writes it, asking nothing again that was asked for the plan.

    \b
    Examples:
      litsync enrich
      litsync enrich guo2021adnerf --published
      litsync enrich --apply && git diff
    """
    from litsync.lookup_report import enrich_lines, enrich_to_json

    config = read_config(config_path)
    with progress_bars(shown=not as_json) as progress:
        done = _enrich(config, citekeys, _Wanted(apply, published, abstracts, fresh), progress)
    if as_json:
        print_json(enrich_to_json(done))
    else:
        print_lines(enrich_lines(done))
    return done.exit


@dataclass(frozen=True, slots=True)
class _Wanted:
    apply: bool
    published: bool
    abstracts: bool
    fresh: bool


def _enrich(
    config: Config, citekeys: tuple[str, ...], wanted: _Wanted, progress: Callable[[str, int, int], None]
) -> Enriched:
    from litsync.bibliography import papers_of
    from litsync.curation import open_catalog
    from litsync.lookup.enrich import DETAILS, GAPS, gather, plan_enrichment
    from litsync.lookup_report import Enriched
    from litsync.project import catalog_records

    gaps = (*GAPS, *DETAILS, *(("abstract",) if wanted.abstracts else ()))
    papers = _chosen(dict(papers_of(catalog_records(config))), citekeys)
    with _finder(config, fresh=wanted.fresh) as finder:
        found = gather(papers, finder, gaps, lambda done, total: progress("papers", done, total))
    with open_catalog(config, "enrich", dry_run=not wanted.apply) as catalog:
        now = _chosen(dict(papers_of(catalog.records)), tuple(papers))
        plan = plan_enrichment(now, found.facts, gaps, take_published=wanted.published)
        outcomes = catalog.write(plan.operations) if wanted.apply else ()
    return Enriched(plan, outcomes, tuple(found.failures.values()), wanted.apply)


def _chosen(papers: dict[str, Fields], citekeys: tuple[str, ...]) -> dict[str, Fields]:
    unknown = [key for key in citekeys if key not in papers]
    if unknown:
        raise UsageError(f"the catalog has no paper {', '.join(unknown)}", "`litsync check` tells what it has")
    return {key: papers[key] for key in citekeys} if citekeys else papers

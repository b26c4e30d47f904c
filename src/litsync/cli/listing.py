"""The command `render`: the catalog as a reading list in a README."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from litsync.cli.terminal import CODES, read_config, standing, with_config, write_text
from litsync.errors import Exit, UsageError

if TYPE_CHECKING:
    from litsync.config import Config


@click.command(epilog=CODES)
@click.argument("readme", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--form",
    type=click.Choice(["numbered", "bullets", "table"]),
    default="numbered",
    show_default=True,
    help="How the list looks; `numbered` is the form of the shipped list.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A Jinja template of your own instead.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 if FILE is not what would be written.")
@click.option("--force", "-f", is_flag=True, help="Write over what others changed between the marks.")
@with_config
def render(  # noqa: PLR0913 -- the options of the command, as click hands them over
    readme: Path | None, form: str, template: Path | None, config_path: Path | None, *, check: bool, force: bool
) -> int:
    """Write the catalog as a reading list in Markdown.

    Without FILE it is printed. A FILE that is there keeps every byte outside the lines <!-- litsync:begin --> and
    <!-- litsync:end -->; one that is not there is made. Each entry is marked with its citekey, so `litsync import FILE
    --update` takes what others change in it back into the catalog. A list that was changed between the marks is not written
    over without --force.

    \b
    Examples:
      litsync render
      litsync render README.md --form bullets
      litsync render README.md --check                  for continuous integration
    """
    from litsync.exchange.lists.render import is_edited, says

    config = read_config(config_path)
    part, title = _part(config, form, template)
    if readme is None:
        click.echo(part, nl=False)
        return Exit.DONE
    there = standing(readme)
    text = _whole(there, part, title, readme)
    if check:
        if there is not None and says(there.decode(), part):
            return Exit.DONE
        click.secho(f"{readme} is not what the catalog says", fg="red", err=True)
        click.echo(f"  litsync render {readme}", err=True)
        return Exit.PERSON_NEEDED
    if there is not None and not force and is_edited(there.decode(), part):
        raise UsageError(
            f"{readme}: what stands between the marks was changed since litsync wrote it, or is not litsync's",
            f"`litsync import {readme} --update` shows what is new in it, for the catalog; --force writes over it",
        )
    write_text(text, readme, expected=there)
    _remember(config, readme, text)
    return Exit.DONE


def _part(config: Config, form: str, template: Path | None) -> tuple[str, str]:
    from litsync.core.model import Kind
    from litsync.curation import open_catalog
    from litsync.exchange.lists.render import render_list, template_of

    with open_catalog(config, "list", dry_run=True) as catalog:
        records = catalog.records
    text = template.read_text(encoding="utf-8") if template is not None else template_of(form)
    title = next((str(one.fields.get("title") or "") for key, one in records.items() if key.kind is Kind.LIST), "")
    return render_list(records, text), title


def _whole(there: bytes | None, part: str, title: str, readme: Path) -> str:
    from litsync.exchange.lists.render import new_readme, put_between

    if there is None:
        return new_readme(title, part)
    try:
        return put_between(there.decode(), part)
    except UnicodeDecodeError:
        raise UsageError(f"{readme}: is not UTF-8", "save it as UTF-8") from None
    except UsageError as error:
        raise UsageError(f"{readme}: {error.message}", error.hint) from None


def _remember(config: Config, readme: Path, text: str) -> None:
    """What the file says now is what an edit of it is compared with."""
    from litsync.curation import remember_said, source_name
    from litsync.exchange.readers import read_works

    works = read_works(text.encode(), readme.name).works
    remember_said(config, source_name(config, readme), ((work.paper, work.fields) for work in works if work.paper))

"""The command `graph`: the classification as a picture. Catalog and vault are read, nothing of them is changed."""

from __future__ import annotations

from pathlib import Path

import click

from litsync.cli.terminal import CODES, read_config, standing, with_config, write_text
from litsync.errors import Exit, VaultError


@click.command(epilog=CODES)
@click.option(
    "--format", "form", type=click.Choice(["html", "svg"]), help="What to write.  [default: as FILE ends, else html]"
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file, or - for standard output.  [default: graph.html]",
)
@click.option("--open", "show", is_flag=True, help="Open the file when it is written.")
@click.option("--force", "-f", is_flag=True, help="Replace the file even if it is not as litsync made it.")
@with_config
def graph(form: str | None, output: Path | None, config_path: Path | None, *, show: bool, force: bool) -> int:
    """The classification as a picture to look around in.

    One HTML file with papers and methods: pan, zoom, search, filter, and a click leads to note, Zotero item and paper. It
    loads nothing from the network, so it can be sent to others. As SVG it is a still picture, for a page or a slide.

    \b
    Examples:
      litsync graph --open
      litsync graph -o docs/graph.svg
    """
    from litsync.exchange.classification import Places, classification
    from litsync.exchange.graph_html import graph_html
    from litsync.exchange.graph_layout import lay_out
    from litsync.exchange.graph_svg import graph_svg
    from litsync.exchange.seal import is_untouched
    from litsync.places import find_places
    from litsync.project import catalog_records

    config = read_config(config_path)
    form = form or ("svg" if output and output.suffix.lower() == ".svg" else "html")
    output = output or Path(f"graph.{form}")
    found = classification(catalog_records(config).values())
    try:
        places = find_places(config)
    except VaultError as error:
        places = Places()
        click.secho(f"{error.message} The picture has no links to notes.", fg="yellow", err=True)
    if str(output) == "-":
        click.echo({"svg": graph_svg, "html": graph_html}[form](found, lay_out(found), places), nl=False)
        return Exit.DONE
    there = standing(output)
    own = there if there is not None and is_untouched(there) else None
    draw = graph_svg if form == "svg" else graph_html
    write_text(draw(found, lay_out(found), places), output, replace=force, expected=own)
    if show and click.launch(str(output.resolve())):
        click.secho(f"No browser could be started here: open {output} in one.", fg="yellow", err=True)
    return Exit.DONE

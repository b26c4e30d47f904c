"""The commands about the catalog alone: `check` and `schema`."""

from __future__ import annotations

from pathlib import Path

import click

from litsync.cli.terminal import CODES, print_json, print_lines, read_config, with_config, with_json
from litsync.errors import Exit


@click.command(epilog=CODES)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@with_config
@with_json
def check(files: tuple[Path, ...], config_path: Path | None, *, as_json: bool) -> int:
    """Every problem of the catalog at once.

    Each with file, line, column, the text that stands there, and what to write.

    Without FILES the catalog of the configuration is checked.

    \b
    Examples:
      litsync check
      litsync check catalog/face-video-generation.yaml
    """
    from litsync.config import Config
    from litsync.replicas.catalog import check_catalog
    from litsync.report import check_lines, check_to_json

    config = Config(path=Path.cwd() / "-", catalog=tuple(map(str, files))) if files else read_config(config_path)
    found = check_catalog([config.resolve(shown) for shown in config.catalog], config.root, config.statuses)
    if as_json:
        print_json(check_to_json(found))
    else:
        print_lines(check_lines(found))
    return Exit.CATALOG if found.problems else Exit.DONE


@click.command()
def schema() -> int:
    """Print the JSON Schema of a catalog.

    \b
    Example, for editors with a YAML language server:
      litsync schema > catalog.schema.json
      and in the first line of the catalog: # yaml-language-server: $schema=catalog.schema.json
    """
    from litsync.formats.catalog_schema import catalog_schema

    print_json(catalog_schema(), indent=2)
    return Exit.DONE

"""What is done with a whole library, apart from cycles: it is served, exported, or another one is brought into it.

Decides where what a command names is found, and that a key may do what is asked before it is begun. It must not print.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from litsync.config import Config, Target
from litsync.errors import UsageError
from litsync.machine import locked, ready_state_folder
from litsync.project import open_embedded
from litsync.replicas.base import Memory

if TYPE_CHECKING:
    from litsync.library.access import Access
    from litsync.replicas.library_contents import Contents
    from litsync.replicas.library_copy import Tally, Tell
    from litsync.replicas.zotero_remote import Remote, ZoteroSettings


def serve_library(config: Config, port: int, say: Callable[[str], None], faults: Path | None = None) -> None:
    """Serve the embedded library on 127.0.0.1 until it is interrupted; `say` is told the address and the keys.

    `faults` is a file of rules by which answers go wrong. Raises UsageError when it cannot be read.
    """
    from litsync.library.faults import read_script
    from litsync.library.server import serve

    try:
        rules = read_script(faults.read_text(encoding="utf-8")) if faults else ()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{faults}: {error}", "docs/faults.md shows what a rule looks like") from error
    library = open_embedded(config, Memory(), create=False)
    try:
        library.keys |= _serving_keys(config)
        serve(library, port, say, rules)
    finally:
        library.close()


def _serving_keys(config: Config) -> dict[str, Access]:
    """The keys that clients of the served library bring: one that may write, one that may read. They stay the same, and only you can read them."""
    from litsync.credentials import read_private, write_private
    from litsync.library.access import Access

    folder = ready_state_folder(config)
    kept = read_private(folder / "serve-keys.json")
    if not isinstance(kept, dict) or not {"write", "read"} <= kept.keys():
        kept = {"write": secrets.token_hex(12), "read": secrets.token_hex(12)}
        write_private(folder / "serve-keys.json", kept)
    return {kept["write"]: Access(), kept["read"]: Access(write=False)}


# ── export and import ────────────────────────────────────────────────────────────────────────────────────────────


def export_library(config: Config, file: Path, *, replace: bool) -> Contents:
    """The file holds everything of the configured library. Raises UsageError when it is there already, unless it is to be replaced."""
    from litsync.replicas.library_contents import read_contents, to_json

    if file.exists() and not replace:
        raise UsageError(f"{file} is there already", "name another file, or replace it with `--force`")
    zotero = config.zotero
    if zotero.target is Target.EMBEDDED and not config.resolve(zotero.library).exists():
        raise UsageError(f"{zotero.library}: there is no library yet", "the first `litsync push` makes it")
    with _reached(config, create=False) as (settings, remote):
        contents = read_contents(remote, settings.path)
    draft = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        draft.write_text(to_json(contents), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", "name a file in a folder that can be written") from error
    finally:
        draft.unlink(missing_ok=True)
    return contents


def import_library(config: Config, file: Path, *, dry_run: bool, tell: Tell) -> tuple[str, Tally]:
    """Everything in the file, which is an export or an embedded library, is in the configured library; its name, and what became of each thing.

    Raises UsageError for a file that is neither, and ZoteroError, before anything is sent, when the key may not write.
    """
    from litsync.replicas.library_copy import Copy

    contents = _contents_of(file)
    with nullcontext() if dry_run else locked(config), _reached(config, create=not dry_run) as (settings, remote):
        _check_rights(settings)
        return settings.place, Copy(remote, contents, settings.path, dry_run=dry_run, tell=tell).run()


def _contents_of(file: Path) -> Contents:
    from litsync.library import open_library
    from litsync.replicas.library_contents import from_json, read_contents
    from litsync.replicas.zotero_remote import Remote, ZoteroSettings

    try:
        with file.open("rb") as opened:
            is_database = opened.read(16) == b"SQLite format 3\0"
        if not is_database:
            return from_json(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}", "name a file that `litsync library export` wrote") from error
    library = open_library(file, create=False)
    try:
        return read_contents(Remote(ZoteroSettings(library=library)), "users/1")
    finally:
        library.close()


@contextmanager
def _reached(config: Config, *, create: bool) -> Iterator[tuple[ZoteroSettings, Remote]]:
    """The configured library, ready to be read and written."""
    from litsync.login import desktop_settings, stored_key, web_settings
    from litsync.replicas.zotero import remote_of
    from litsync.replicas.zotero_remote import ZoteroSettings

    match config.zotero.target:
        case Target.EMBEDDED:
            library = open_embedded(config, Memory(), create=create)
            try:
                settings = ZoteroSettings(library=library)
                yield settings, remote_of(settings, Memory())
            finally:
                library.close()
        case Target.DESKTOP:
            settings = desktop_settings(config, needs_key=True)
            yield settings, remote_of(settings, Memory())
        case Target.WEB:
            settings = web_settings(config, stored_key(config))
            yield settings, remote_of(settings, Memory())


def _check_rights(settings: ZoteroSettings) -> None:
    from litsync.replicas.zotero_keys import ask_rights, refusal

    rights = ask_rights(settings) if settings.target == "web" else None
    if rights and (error := refusal(rights, settings, write=True)):
        raise error

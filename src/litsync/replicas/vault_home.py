"""Which folder is the vault, whether it is the one that is remembered, and how a new one is made.

Decides everything about the vault's marker (`.litsync/vault.json`, a random lineage id) and its first files; knows
nothing of notes. A vault is made only where none was ever known: an unplugged disk is not a new vault.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from litsync.core.model import Record, RecordId
from litsync.errors import VaultError
from litsync.formats.note_names import DEFAULT_PATTERN
from litsync.formats.property_names import PropertyNames
from litsync.replicas import system_calls
from litsync.replicas.base import Calm, always_calm
from litsync.replicas.files import Changed, Folder, Swap
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_files import Words, first_files
from litsync.replicas.vault_rows import Residence
from litsync.replicas.vault_scan import Listing

OWN = ".litsync"
"""The vault's folder that is litsync's: marker, templates, temporaries."""

_MARKER = f"{OWN}/vault.json"
_SCHEMA = 1
_NOT_CONTENT = frozenset({".DS_Store", "desktop.ini", ".gitkeep", ".git", ".gitignore", ".stfolder", ".stignore", OWN})
_START_OVER = (
    "Bring the vault back, correct `vault` in litsync.yaml, or start a new one with `litsync init --new-vault`."
)
_JOIN_AGAIN = (
    "Bring the right one back, or correct `vault` in litsync.yaml. If it is the right one (not every service that copies"
    " folders takes hidden ones along), `litsync init --join-vault` meets it anew: nothing in it is taken for an edit."
)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """Where the vault is and how it is written.

    `shown` is the path as the user wrote it. `template` is the folder a new vault is copied from. `papers` and
    `methods` are the folders of new notes, `name` is the pattern of a paper note's name, `names` what properties are
    called, `bodies` a folder with templates for the texts of new notes that come before the vault's own, `unread` the
    reading state of a paper that nobody has begun. Notes are made of the papers that `wants` says yes to, and of those
    `asked` for. `item_link` is the address by which Zotero shows a record's item, for new notes; `address` the vault's
    name in addresses that open notes in Obsidian, empty where nobody wants them. Without `create` (a dry run) nothing is
    ever written. A note that is not `calm` is left as it was last known. Who runs cycles on and on lends the `listing` of a
    walk over the vault that has just been made, and the `residence` of what is remembered of it.
    """

    path: Path
    shown: str
    template: Path
    papers: str = "Papers"
    methods: str = "Methods"
    create: bool = True
    calm: Calm = always_calm
    listing: Callable[[], Listing | None] = lambda: None
    residence: Residence = field(default_factory=Residence)
    name: str = DEFAULT_PATTERN
    names: PropertyNames = field(default_factory=PropertyNames)
    bodies: Path | None = None
    unread: str = "to-read"
    wants: Callable[[Record], bool] = lambda _: True
    asked: frozenset[RecordId] = frozenset()
    item_link: Callable[[RecordId], str | None] = lambda _: None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """What makes a folder a vault of litsync's. Not `complete`: the first files are still being written."""

    lineage: str
    complete: bool
    schema: int = _SCHEMA


def open_folder(settings: VaultSettings, swap: Swap = system_calls.swap) -> Folder:
    """The vault as a folder to read and write; its temporaries are this machine's own, as a vault may be synced."""
    machine = re.sub(r"[^A-Za-z0-9-]+", "-", platform.node()) or "machine"
    return Folder(settings.path, settings.path / OWN / "tmp" / machine, swap)


def find(settings: VaultSettings, known: str | None) -> Marker | None:
    """The vault's marker; None when there is no vault yet and one may be made.

    `known` is the remembered lineage. Raises VaultError when the folder is not what it should be.
    """
    if not _is_folder(settings):
        if known is not None:
            raise _gone(settings)
        return None
    marker = _read_marker(settings)
    if marker is None and known is not None and _is_vacant(settings):
        raise VaultError(f"{settings.shown} is empty, and was not: is its disk plugged in?", _START_OVER)
    if marker is None and known is not None:
        raise VaultError(f"{settings.shown} has lost its mark ({_MARKER}): is it another folder now?", _JOIN_AGAIN)
    if marker is None and not _is_vacant(settings):
        raise VaultError(
            f"{settings.shown} is not empty and is no litsync vault.",
            "Use its notes with `litsync init --join-vault`, or choose an empty folder.",
        )
    if marker is not None and known not in (None, marker.lineage):
        raise VaultError(f"{settings.shown} is another vault than the one litsync knows.", _JOIN_AGAIN)
    return marker


def lineage_of(settings: VaultSettings) -> str:
    """The lineage in the folder's marker; empty when it has none."""
    marker = _read_marker(settings)
    return marker.lineage if marker else ""


def join(settings: VaultSettings) -> str:
    """Make an existing folder a vault of litsync's by writing its marker, and nothing else. Returns its lineage."""
    if not _is_folder(settings):
        raise VaultError(f"{settings.shown} is not there.", "Correct `vault` in litsync.yaml.")
    marker = _read_marker(settings)
    if marker is None:
        marker = Marker(os.urandom(16).hex(), complete=True)
        with _explained(settings):
            _create(open_folder(settings), marker)
    return marker.lineage


def make(settings: VaultSettings, folder: Folder, begun: Marker | None, words: Words) -> Marker:
    """A vault with all first files is there, durably. `begun` is the marker of one whose making was interrupted.

    The marker comes first, not `complete`, so that an interrupted start is recognised and finished by the next one; no
    file that stands there already is replaced.
    """
    if not (parent := settings.path.absolute().parent).is_dir():
        raise VaultError(
            f"The folder {parent}, where the vault is to be, is not there.",
            "Make it, or correct `vault` in litsync.yaml.",
        )
    with _explained(settings):
        marker = begun
        if marker is None:
            settings.path.mkdir(exist_ok=True)
            marker = Marker(os.urandom(16).hex(), complete=False)
            _create(folder, marker)
        written = list(_copy(settings, folder, words))
        folder.sync(written)
        return _complete(folder, marker)


def _create(folder: Folder, marker: Marker) -> None:
    folder.create(_MARKER, _encode(marker))
    folder.sync([_MARKER])


def _complete(folder: Folder, marker: Marker) -> Marker:
    complete = Marker(marker.lineage, complete=True)
    if isinstance(folder.replace(_MARKER, _encode(complete), folder.read(_MARKER)), Changed):
        raise FileNotFoundError(2, "changed while the vault was made", _MARKER)
    folder.release()
    return complete


def words_of(settings: VaultSettings, title: str, introduction: str) -> Words:
    """What the first files of this vault call things."""
    return Words(title, introduction, settings.papers, settings.methods, settings.unread)


def _copy(settings: VaultSettings, folder: Folder, words: Words) -> Iterator[str]:
    """Write what is not there yet; yields the paths written."""
    for path, data in first_files(settings.template, settings.names, words):
        if path != _MARKER and not os.path.lexists(folder.locate(path)):
            folder.create(path, data)
            yield path


def _encode(marker: Marker) -> bytes:
    return (json.dumps(asdict(marker), indent=2, sort_keys=True) + "\n").encode()


def _is_folder(settings: VaultSettings) -> bool:
    try:
        os.scandir(settings.path).close()
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise VaultError(f"{settings.shown} is a file, not a folder.", "Correct `vault` in litsync.yaml.") from None
    except OSError as error:
        raise VaultError(f"{settings.shown} cannot be opened: {in_words(error)}.") from error
    return True


def _gone(settings: VaultSettings) -> VaultError:
    away = next((folder for folder in reversed(settings.path.absolute().parents) if not folder.exists()), None)
    cause = f"{away} is not there either: is its disk plugged in?" if away else "was it moved, renamed or deleted?"
    return VaultError(f"The vault {settings.shown} is not there: {cause}", _START_OVER)


def _is_vacant(settings: VaultSettings) -> bool:
    with os.scandir(settings.path) as entries:
        return all(entry.name in _NOT_CONTENT for entry in entries)


def _read_marker(settings: VaultSettings) -> Marker | None:
    try:
        data: Any = json.loads((settings.path / _MARKER).read_bytes())
        lineage, schema = str(data["lineage"]), int(data["schema"])
        complete = data.get("complete", True) is True
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise VaultError(f"{settings.shown}/{_MARKER} cannot be read: {in_words(error)}.") from error
    except (ValueError, TypeError, KeyError, AttributeError):
        raise VaultError(
            f"{settings.shown}/{_MARKER} is damaged.",
            "Restore it from a backup, or delete it and join the vault again.",
        ) from None
    if schema != _SCHEMA:
        raise VaultError(f"{settings.shown} belongs to a newer litsync.", "Update litsync on this machine.")
    return Marker(lineage, complete)


@contextmanager
def _explained(settings: VaultSettings) -> Iterator[None]:
    """Turns what the system says while a vault is made into a VaultError."""
    try:
        yield
    except OSError as error:
        raise VaultError(f"The vault {settings.shown} cannot be made: {in_words(error)}.") from error

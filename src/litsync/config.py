"""The configuration file: what it may say, and where its paths lead.

Decides which settings exist and what is wrong with a file, all of it at once; builds nothing. Paths are relative to the
file. Unknown keys are refused, because a misspelt setting that does nothing is worse than an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from litsync.core.model import STATUSES, RecordId
from litsync.errors import UsageError
from litsync.formats import yaml_text
from litsync.formats.citekeys import DEFAULT_PATTERN
from litsync.formats.note_names import DEFAULT_PATTERN as NAME_PATTERN
from litsync.formats.yaml_text import YamlError

FILE_NAME = "litsync.yaml"
API = "https://api.zotero.org"
LOCAL_API = "http://127.0.0.1:23119/api"
"""Where a Zotero desktop listens."""


class Target(StrEnum):
    """Which Zotero library is meant."""

    EMBEDDED = "embedded"
    DESKTOP = "desktop"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class ZoteroConfig:
    """The `zotero` part.

    `library` is a file for the embedded target, `users/N` or `groups/N` for the web; for the desktop `users/0`, its own
    library, or `groups/N`. With `open_in_obsidian` each item gets a link that opens its note; never in a group's library,
    whose other members have other vaults.
    """

    target: Target = Target.EMBEDDED
    library: str = "library.sqlite"
    collection: str | None = None
    tag_prefix: str = "method/"
    endpoint: str = API
    open_in_obsidian: bool = False
    stream: str | None = None


class Wanted(StrEnum):
    """Which papers get a note: all, those whose reading has started, or only those that are asked for."""

    ALL = "all"
    STARTED = "started"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class NotesConfig:
    """The `vault` part, besides the path: where new notes go, which there are, and how they are named and written.

    `papers` and `methods` are folders of the vault. `properties` names the properties of notes, `off` for none.
    `templates` is a folder with the texts of new notes, if it is not the vault's own. `asked` is no setting: the records
    that `litsync note` makes a note of.
    """

    papers: str = "Papers"
    methods: str = "Methods"
    wanted: Wanted = Wanted.ALL
    name: str = NAME_PATTERN
    properties: Mapping[str, str] = field(default_factory=dict)
    templates: str | None = None
    asked: frozenset[RecordId] = frozenset()


@dataclass(frozen=True, slots=True)
class WatchConfig:
    """The `watch` part: how long `litsync watch` lets things settle, in seconds.

    A saved file counts after `quiet`, or after `longest` if it is saved on and on; one that is gone after `gone`. A new
    paper, method or section counts when it has stood unchanged for `new`, one that came from Zotero for `new_items`. At
    least every `look` all files are looked at; a library behind an address is asked every `ask`, and ten times less often
    while its stream tells of changes.
    """

    quiet: float = 2.0
    longest: float = 15.0
    gone: float = 60.0
    new: float = 30.0
    new_items: float = 120.0
    look: float = 60.0
    ask: float = 60.0


SERVICES = ("arxiv", "crossref", "doi", "openreview", "openreview_1", "acl")
"""The services that `add` and `enrich` ask."""


@dataclass(frozen=True, slots=True)
class LookupConfig:
    """How services on the web are asked: the mail address they may write to, and where they are if at a mirror."""

    contact: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BibliographyConfig:
    """The bibliography that every cycle keeps current: the file, and `bibtex` or `biblatex`."""

    file: str
    format: str = "bibtex"


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration: `path` is the file it was read from; relative paths in it start at its folder."""

    path: Path
    catalog: tuple[str, ...]
    vault: str = "vault"
    notes: NotesConfig = field(default_factory=NotesConfig)
    zotero: ZoteroConfig = field(default_factory=ZoteroConfig)
    statuses: tuple[str, ...] = STATUSES
    citekeys: str = DEFAULT_PATTERN
    watch: WatchConfig = field(default_factory=WatchConfig)
    bibliography: BibliographyConfig | None = None
    lookup: LookupConfig = field(default_factory=LookupConfig)

    @property
    def root(self) -> Path:
        """The folder of the configuration file."""
        return self.path.parent

    def resolve(self, shown: str) -> Path:
        """The place on disk of a path given in the configuration."""
        return self.root / Path(shown).expanduser()


def find_config(start: Path) -> Path:
    """The nearest `litsync.yaml` in `start` or above it. Raises UsageError when there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise UsageError(
        f"no {FILE_NAME} here or in any folder above",
        "name one with --config, or make a new project with `litsync init DIR`",
    )


def load_config(path: Path) -> Config:
    """Read a configuration. Raises UsageError that names every fault with its line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        root = yaml_text.parse(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name the configuration with --config") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text", "save it as UTF-8") from error
    except YamlError as error:
        raise UsageError(f"{path}:{error.line}:{error.column}: {error.message}", error.suggestion) from error
    if not isinstance(root, yaml_text.Mapping):
        raise UsageError(f"{path}: holds no settings", "it needs at least `catalog: FILE` and `vault: FOLDER`")
    from litsync.config_reader import Reader

    return Reader(path).config(root)

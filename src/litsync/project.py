"""From a configuration to a working set: the state, opened, and the replicas. The one place that builds them.

Everything below is handed values; nothing below looks them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litsync.bibliography import keep_current
from litsync.config import FILE_NAME, Config, Target, Wanted
from litsync.core.model import CATALOG, VAULT, ZOTERO, Fields, Record, RecordId
from litsync.core.policy import Decisions
from litsync.errors import LitsyncError, UsageError, ZoteroError
from litsync.formats.note_names import DEFAULT_PATTERN as NAME_PATTERN
from litsync.formats.property_names import property_names
from litsync.machine import explained, locked, state_folder
from litsync.replicas.absent import AbsentReplica
from litsync.replicas.base import Calm, Memory, Vocabulary
from litsync.replicas.zotero_pace import Manners
from litsync.setup import Pace, Progress, Setup
from litsync.state import State

if TYPE_CHECKING:
    from litsync.formats.catalog_passage import Passage
    from litsync.library import Library
    from litsync.replicas.vault import VaultSettings
    from litsync.replicas.vault_rows import Residence
    from litsync.replicas.vault_scan import Listing
    from litsync.replicas.zotero import ZoteroReplica, ZoteroSettings


def shipped(name: str) -> Path:
    """A file or folder that comes with litsync: the example configuration, the catalog, the vault template."""
    inside = Path(__file__).parent / "shipped" / name
    return inside if inside.exists() else Path(__file__).parents[2] / name


# ── a cycle's setup ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Project:
    """A configuration that is ready to be pushed: the setup of a cycle, and what each replica is called in words."""

    setup: Setup
    places: dict[str, str]

    def history(self) -> str | None:
        """Why the catalog changed without being edited (git went elsewhere); None when it was edited, or not at all."""
        return self.setup.catalog.history(self.setup.state.fact("git"))


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said for one cycle: decisions, and what the catalog said at a time that counts as settled.

    `passages` are the texts of entries that are to come back as they stood.
    """

    decisions: Decisions = field(default_factory=Decisions)
    base: Mapping[RecordId, Fields] = field(default_factory=dict)
    passages: Mapping[RecordId, Passage] = field(default_factory=dict)


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class Watching:
    """What `litsync watch` adds to a cycle.

    `pace` says when new things count, `calm` which notes stand still; `listing` is a walk over the vault that has just been
    made, `residence` keeps what is remembered of its notes. With `without_zotero` the library is not asked, for that
    reason; one that cannot be opened does not stop the rest.
    """

    pace: Pace
    calm: Calm
    listing: Callable[[], Listing | None]
    residence: Residence
    without_zotero: LitsyncError | None = None


@contextmanager
def open_project(  # noqa: PLR0913 -- the last three are said by name, where they are wanted otherwise
    config: Config,
    command: str,
    progress: Progress,
    *,
    dry_run: bool,
    watching: Watching | None = None,
    manners: Manners | None = None,
    said: Said = NOTHING_SAID,
) -> Iterator[Project]:
    """Lock the project, open its state and build its replicas; with `dry_run` nothing is written, not even a lock.

    The journal calls the cycle by its `command`. `said` is what a person decided. Whoever runs cycles on and on hands in the
    same `manners` each time.
    """
    with ExitStack() as stack:
        state = stack.enter_context(open_state(config, dry_run=dry_run))
        opening = _Opening(stack, config, watching, manners or Manners(), dry_run=dry_run)
        project = _build(opening, state)
        project.setup.catalog.passages = said.passages
        setup = replace(project.setup, command=command, progress=progress, follow=keep_current(config, state))
        yield replace(project, setup=replace(setup, decisions=said.decisions, base=said.base))


@contextmanager
def open_state(config: Config, *, dry_run: bool) -> Iterator[State]:
    """Lock the project and open its state; with `dry_run` nothing is written, not even a lock."""
    folder = state_folder(config)
    with ExitStack() as stack:
        if not dry_run:
            stack.enter_context(locked(config))
        stack.enter_context(explained(folder))
        state = State.open(folder / "state.sqlite", write=not dry_run)
        stack.callback(state.close)
        _notice_changed_settings(state, config)
        if not dry_run and (warning := (memory := state.memory(CATALOG)).warning):
            _finish_catalog(config, memory, warning)
        yield state


def _finish_catalog(config: Config, memory: Memory, warning: Mapping[str, Any]) -> None:
    """Several catalog files were about to be replaced as one when litsync was interrupted: that is finished first."""
    from litsync.errors import CatalogError
    from litsync.replicas.catalog import TEMPORARY
    from litsync.replicas.catalog_replacing import finish_replacing
    from litsync.replicas.trouble import in_words

    try:
        if finish_replacing([config.resolve(shown) for shown in config.catalog], warning, TEMPORARY):
            memory.warn(None)
    except OSError as error:
        advice = "make it readable and writable: a change of several files of the catalog is to be finished"
        raise CatalogError(f"the catalog: {in_words(error)}", advice) from error


def _notice_changed_settings(state: State, config: Config) -> None:
    """A changed setting can change how every record is written: then everything is looked at. A new target is met anew."""
    target = [config.zotero.target, config.zotero.endpoint, config.zotero.library]
    if state.fact("target") not in (None, target):
        state.forget(ZOTERO)
    state.set_fact("target", target)
    _meet_notes_anew(state, config)
    zotero = config.zotero
    settings: list[object] = [list(config.catalog), zotero.tag_prefix, zotero.collection, list(config.statuses)]
    settings += [zotero.open_in_obsidian, config.notes.wanted]
    if state.fact("settings") not in (None, settings):
        state.reopen()
    state.set_fact("settings", settings)
    named_by = note_patterns(state)
    if config.notes.name not in named_by:
        state.set_fact("note patterns", [*named_by, config.notes.name])


def note_patterns(state: State) -> list[str]:
    """The patterns by which notes of papers have been named here."""
    return list(state.fact("note patterns") or [NAME_PATTERN])


def _meet_notes_anew(state: State, config: Config) -> None:
    """Properties with other names than before are not emptied ones: the same vault is met as if for the first time."""
    called = property_names(config.notes.properties).to_json()
    if (state.fact("properties") or {}) != called:
        lineage = (state.fact("token vault") or {}).get("lineage")
        state.forget(VAULT)
        state.set_fact("token vault", {"lineage": lineage} if lineage else None)
        state.reopen()
        state.set_fact("properties", called or None)


def vault_settings(config: Config, *, create: bool) -> VaultSettings:
    """The vault as the configuration has it."""
    from litsync.replicas.vault import VaultSettings

    notes = config.notes
    return VaultSettings(
        path=config.resolve(config.vault),
        shown=config.vault,
        template=shipped("vault_template"),
        papers=notes.papers,
        methods=notes.methods,
        create=create,
        name=notes.name,
        names=property_names(notes.properties),
        bodies=config.resolve(notes.templates) if notes.templates else None,
        unread=config.statuses[0],
        wants=partial(_is_wanted, notes.wanted, config.statuses[0]),
        asked=notes.asked,
        address=config.resolve(config.vault).name if config.zotero.open_in_obsidian else "",
    )


def item_link(config: Config, memory: Memory, record: RecordId) -> str | None:
    """The address by which the Zotero application shows the record's item; it does not show the embedded library."""
    handle = None if config.zotero.target is Target.EMBEDDED else memory.handle(record)
    if not handle or not handle.get("key"):
        return None
    library = config.zotero.library if config.zotero.library.startswith("groups/") else "library"
    return f"zotero://select/{library}/items/{handle['key']}"


def _is_wanted(wanted: Wanted, unread: str, paper: Record) -> bool:
    status = paper.fields.get("status")
    return wanted is Wanted.ALL or (wanted is Wanted.STARTED and status not in (None, unread))


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a project is opened with; `stack` closes at its end what was opened."""

    stack: ExitStack
    config: Config
    watching: Watching | None
    manners: Manners
    _: KW_ONLY
    dry_run: bool


def _build(opening: _Opening, state: State) -> Project:
    from litsync.replicas.catalog import CatalogReplica
    from litsync.replicas.vault import VaultReplica

    config, watching = opening.config, opening.watching
    memories = {name: state.memory(name) for name in (CATALOG, VAULT, ZOTERO)}
    paths = [config.resolve(shown) for shown in config.catalog]
    catalog = CatalogReplica(paths, config.root, memories[CATALOG], config.statuses, title=config.zotero.collection)
    notes = replace(
        vault_settings(config, create=not opening.dry_run), item_link=partial(item_link, config, memories[ZOTERO])
    )
    if watching:
        notes = replace(notes, calm=watching.calm, listing=watching.listing, residence=watching.residence)
    vault = VaultReplica(notes, memories[VAULT])
    zotero = _zotero(opening, memories[ZOTERO])
    pace = watching.pace if watching else None
    setup = Setup(
        state, catalog, (zotero, vault), memories, statuses=config.statuses, citekeys=config.citekeys, pace=pace
    )
    return Project(
        setup, {CATALOG: f"Catalog ({catalog.place})", VAULT: f"Vault ({config.vault})", ZOTERO: zotero.place}
    )


def _zotero(opening: _Opening, memory: Memory) -> ZoteroReplica | AbsentReplica:
    from litsync.replicas.zotero import ZoteroReplica

    watching = opening.watching
    if watching and watching.without_zotero:
        return AbsentReplica(ZOTERO, "Zotero", watching.without_zotero)
    try:
        return ZoteroReplica(_zotero_settings(opening, memory), memory)
    except ZoteroError as error:
        if watching is None:
            raise
        return AbsentReplica(ZOTERO, "Zotero", error)


@contextmanager
def library_settings(config: Config, known: Memory | None = None) -> Iterator[ZoteroSettings]:
    """The configured library; to be read, or, if it is `known`, to be written."""
    with ExitStack() as stack:
        opening = _Opening(stack, config, None, Manners(), dry_run=known is None)
        yield _zotero_settings(opening, known or Memory())


def _zotero_settings(opening: _Opening, memory: Memory) -> ZoteroSettings:
    from litsync.replicas.zotero import ZoteroSettings

    zotero = opening.config.zotero
    if zotero.target is Target.EMBEDDED:
        library = open_embedded(opening.config, memory, create=not opening.dry_run)
        opening.stack.callback(library.close)
        return ZoteroSettings(target="embedded", library=library, tag_prefix=zotero.tag_prefix)
    if zotero.target is Target.DESKTOP:
        from litsync.login import desktop_settings

        return replace(desktop_settings(opening.config, needs_key=not opening.dry_run), manners=opening.manners)
    from litsync.login import stored_key, web_settings

    return web_settings(opening.config, stored_key(opening.config))


def zotero_key(config: Config) -> str:
    """The key of the configured library; empty for one that takes none. Raises UsageError when it is missing."""
    from litsync.login import stored_key

    return stored_key(config) if config.zotero.target is Target.WEB else ""


def open_embedded(config: Config, memory: Memory, *, create: bool) -> Library:
    """Open the embedded library, making the file only if this project never had one.

    Raises ZoteroError when the file that litsync has worked with is gone, or is not a library.
    """
    from litsync.library import open_library
    from litsync.replicas.trouble import in_words

    path = config.resolve(config.zotero.library)
    try:
        there = path.exists()
    except OSError as error:
        raise ZoteroError(f"{config.zotero.library}: {in_words(error)}") from error
    if not there and memory.token is not None:
        raise ZoteroError(
            f"{config.zotero.library}: the library that litsync has written to is not there",
            "bring the file back (is a disk missing?), or start over with `litsync init --new-library`",
        )
    if not there and not create:
        return open_library(None, create=True)
    try:
        return open_library(path, create=create)
    except OSError as error:
        raise ZoteroError(
            f"{config.zotero.library}: {in_words(error)}", "name another file in `zotero.library`"
        ) from error


# ── reading alone ────────────────────────────────────────────────────────────────────────────────────────────────


def catalog_at(config: Config, revision: str) -> Mapping[RecordId, Fields]:
    """What the catalog said at a commit. Raises UsageError when git does not know it, CatalogError when it was broken."""
    from litsync.replicas.catalog_past import records_at

    paths = [config.resolve(shown) for shown in config.catalog]
    records = records_at(paths, revision, config.statuses)
    return {record: found.fields for record, found in records.items()}


def catalog_records(config: Config) -> Mapping[RecordId, Record]:
    """Everything the catalog says, in file order. Raises CatalogError when it has problems or git is at work on it."""
    from litsync.replicas.catalog import CatalogReplica

    paths = [config.resolve(shown) for shown in config.catalog]
    return CatalogReplica(paths, config.root, Memory(), config.statuses).observe(None, Vocabulary()).records


# ── a new project, and starting over ────────────────────────────────────────────────────────────────────────────────────────────────


def new_project(folder: Path) -> list[Path]:
    """Make a project with the shipped reading list in `folder`; returns the files written.

    Raises UsageError, before anything is written, when one of them is there already.
    """
    sources = {
        folder / FILE_NAME: shipped("config.example.yaml"),
        folder / "catalog" / "face-video-generation.yaml": shipped("catalog") / "face-video-generation.yaml",
    }
    for path in sources:
        if path.exists():
            raise UsageError(f"{path} is there already", "name an empty folder, or work with the project that is there")
    try:
        for path, source in sources.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(source.read_bytes())
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}", "name a folder that can be written") from error
    return list(sources)


def forget_replica(config: Config, replica: str) -> None:
    """Make the next push meet `replica` for the first time. No file of the vault or library is touched."""
    with locked(config) as folder:
        state = State.open(folder / "state.sqlite")
        try:
            state.forget(replica)
            state.reopen()
        finally:
            state.close()

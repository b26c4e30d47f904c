"""A paper gets another citekey, or a method another id, everywhere: catalog, notes, links, Zotero, and what is remembered.

Decides the order (what is seen first changes first, what is remembered last), so that a rename that was interrupted is finished
by the same command again; and that nothing is written before catalog, vault and library were all found ready. A citation key in
Zotero that litsync did not give stays: manuscripts cite by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from litsync.bibliography import keep_current, rename_citekey
from litsync.config import Config
from litsync.core.model import CATALOG, VAULT, ZOTERO, Edit, Kind, Plan, Problem, Record, RecordId, Value
from litsync.core.renamed_ids import carried_id
from litsync.core.values import Form, Invalid, read_text
from litsync.curation import rename_said
from litsync.errors import UsageError, VaultError, ZoteroError
from litsync.formats.names import name_key
from litsync.formats.note import edit_note, link_target, read_note, wikilink
from litsync.formats.note_names import note_stem
from litsync.formats.note_parts import NoteError
from litsync.formats.plan_json import plan_to_json
from litsync.history import RENAME
from litsync.notes.desk import Desk, desk_of, journalled
from litsync.project import catalog_records, library_settings, open_state
from litsync.replicas.base import Memory
from litsync.replicas.catalog import TEMPORARY
from litsync.replicas.catalog_rename import RenamedCatalog, renamed_catalog
from litsync.replicas.files import Displaced
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_links import stem_of
from litsync.replicas.vault_rename import Move, Premises, Renamed, rename_notes
from litsync.replicas.zotero import remote_of
from litsync.replicas.zotero_remote import Remote
from litsync.state import State, now
from litsync.sync import Result


@dataclass(slots=True)
class Report:
    """What a rename does, or did: the catalog's files, the records that name what is renamed, its note, its citation key.

    `item_key` is the citation key that the item gets; `kept_key` the one of its own that it keeps. `done` is what became of
    notes and links; None when nothing was written.
    """

    old: str
    new: str
    kind: Kind
    files: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    item_key: str = ""
    kept_key: str = ""
    done: Renamed | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be done."""
        return tuple(self.done.problems) if self.done else ()


def rename_record(config: Config, old: str, new: str, *, dry_run: bool) -> Report:
    """Give the paper or method `old` the id `new` everywhere; with `dry_run`, find out what that would change.

    Raises UsageError when there is no such thing or the id is taken, and whatever keeps a replica from being written,
    in general before anything is.
    """
    with ExitStack() as stack:
        state = stack.enter_context(open_state(config, dry_run=dry_run))
        kind = _kind_of(old, new, catalog_records(config), state)
        renaming = _Renaming(config, state, old, new, stack, kind)
        report = renaming.prepare()
        if not dry_run:
            renaming.carry_out(report)
        return report


_CALLED = {Kind.PAPER: ("citekey", Form.CITEKEY), Kind.METHOD: ("id", Form.ID)}


def _kind_of(old: str, new: str, records: Mapping[RecordId, Record], state: State) -> Kind:
    """Whether a paper or a method is meant: the catalog has it, or has it under the new id and the old one is remembered."""
    for kind in _CALLED:
        if RecordId(kind, old) in records:
            return kind
    for kind in _CALLED:
        before = RecordId(kind, old)
        known = bool(state.records(frozenset({before}))) or state.memory(ZOTERO).handle(before) is not None
        if known and RecordId(kind, new) in records:
            return kind
    from difflib import get_close_matches

    ids = [one.key for one in records if one.kind in _CALLED]
    close = get_close_matches(old, ids, 1)
    raise UsageError(f"the catalog has no paper and no method {old}", f"did you mean {close[0]}?" if close else "")


@dataclass(slots=True)
class _Renaming:
    """One rename on its way."""

    config: Config
    state: State
    old: str
    new: str
    stack: ExitStack
    kind: Kind
    catalog: RenamedCatalog | None = None
    desk: Desk | None = None
    item: dict[str, Any] = field(default_factory=dict)
    remote: Remote | None = None

    @property
    def before(self) -> RecordId:
        """The record under its old id."""
        return RecordId(self.kind, self.old)

    @property
    def after(self) -> RecordId:
        """The record under its new id."""
        return RecordId(self.kind, self.new)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────

    def prepare(self) -> Report:
        """Everything that will be written, looked at and found ready."""
        report = Report(self.old, self.new, self.kind)
        self._check_names()
        paths = [(shown, self.config.resolve(shown)) for shown in self.config.catalog]
        self.catalog = renamed_catalog(paths, self.config.statuses, self.before, self.after)
        report.files, report.methods = tuple(self.catalog.files), self.catalog.methods
        self._find_notes(report)
        if self.kind is Kind.PAPER:
            self._find_item(report)
        return report

    def _check_names(self) -> None:
        word, form = _CALLED[self.kind]
        try:
            if read_text(form, self.new) != self.new:
                raise UsageError(f"`{self.new}` is not {'a' if word == 'citekey' else 'an'} {word}")
        except Invalid as error:
            raise UsageError(
                f"`{self.new}` {error}", f"for example {error.suggestion}" if error.suggestion else ""
            ) from error
        ids = [one.key for one in catalog_records(self.config) if one.kind is self.kind]
        if self.old == self.new:
            raise UsageError(f"{self.old} has that {word} already")
        taken = next((key for key in ids if key.casefold() == self.new.casefold() and key != self.old), None)
        if taken and self.old in ids:
            raise UsageError(
                f"the {word} {taken} is another {self.kind}'s", f"{word}s are never reused: choose one that is free"
            )

    def _find_notes(self, report: Report) -> None:
        if not (self.state.memory(VAULT).token or {}).get("lineage"):
            return  # no vault yet: there is nothing to rename in it
        self.desk = desk = desk_of(self.config, self.state, write=True)
        paths = [*desk.index.paths(self.before), *desk.index.paths(self.after)]
        for path in paths:
            if trouble := desk.index.trouble(path):
                raise VaultError(f"{trouble.place}: {trouble.message}", "mend that first; nothing was changed")
        report.notes = tuple(paths)
        if self.kind is Kind.METHOD:
            return  # its note is called by its name
        fields = {**self._fields(desk), "citekey": self.new}
        stem = note_stem(desk.settings.name, self.new, fields)
        former = note_stem(desk.settings.name, self.old, fields)
        for path in paths:
            if name_key(stem_of(path)) == name_key(former) and stem != former:
                report.moves = (Move(path, f"{path[: -len(former) - 3]}{stem}.md"),)
        if report.moves and desk.index.links.at(report.moves[0].new) not in (None, report.moves[0].old):
            raise VaultError(
                f"{report.moves[0].new} is a note already",
                "give one of the two another name first; nothing was changed",
            )

    def _fields(self, desk: Desk) -> Mapping[str, Value]:
        record = desk.records.get(self.before) or desk.records.get(self.after)
        return record.fields if record else {}

    def _find_item(self, report: Report) -> None:
        memory = self.state.memory(ZOTERO)
        handle = memory.handle(self.before) or memory.handle(self.after)
        if handle is None:
            return
        settings = self.stack.enter_context(library_settings(self.config, memory))
        self.remote = remote_of(settings, Memory())
        self.item = dict(self.remote.items_by_key([handle["key"]]).get(handle["key"]) or {})
        has = str(self.item.get("citationKey") or "")
        if has == self.old and handle.get("created"):
            report.item_key = self.new
        elif has and has != self.new:
            report.kept_key = has

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def carry_out(self, report: Report) -> None:
        """Catalog, notes, item, memory, in this order."""
        assert self.catalog is not None
        self.catalog.write(TEMPORARY, self.state.memory(CATALOG))
        report.done = self._change_notes(report) if self.desk else self._without_notes()
        if report.item_key and self.remote:
            self._change_item(self.remote)
        memories = {ZOTERO: self._tags_renamed()} if self.kind is Kind.METHOD else {}
        states = carried_id(self.state.records(None), self.before, self.after)
        self.state.rename(self.before, self.after, states, memories)
        self.state.reopen()
        if self.kind is Kind.PAPER:
            rename_citekey(self.state, self.old, self.new)
            rename_said(self.config, self.old, self.new)
        keep_current(self.config, self.state)(Result(scope=None))

    def _change_notes(self, report: Report) -> Renamed:
        desk = self.desk
        assert desk is not None

        def keep(path: str, data: bytes) -> None:
            desk.memory.keep(desk.index.record_at(path) or self.after, f"{desk.settings.shown}/{path}", data)

        own = {"citekey" if self.kind is Kind.PAPER else "method": self.new}
        with journalled(self._command(), desk, self.state, self._plan()) as done:
            done.extend([self.after] if report.notes else [])
            for path in report.notes:
                self._rewrite(desk, path, lambda data: edit_note(data, own, names=desk.index.names))
            if self.kind is Kind.PAPER:
                self._change_loose_sources(desk)
            premises = Premises(desk.folder, desk.settings.path, desk.settings.shown, desk.index.links, keep)
            return rename_notes(premises, report.moves)

    def _command(self) -> str:
        return f"{RENAME} {self.old} {self.new}"

    def _plan(self) -> Plan:
        """What the journal tells of it."""
        name = "citekey" if self.kind is Kind.PAPER else "method"
        return Plan(edits=(Edit(self.after, name, ("you",), self.old, self.new),))

    def _without_notes(self) -> Renamed:
        """There is no vault; the journal has it all the same."""
        number = self.state.begin(self._command(), now(), plan_to_json(self._plan()), {})
        self.state.finish(number, now(), {}, {}, None)
        return Renamed()

    def _change_loose_sources(self, desk: Desk) -> None:
        """Notes of methods that name the paper where no note is called so: such a link leads to it by its citekey only."""
        for record in [one for one in desk.index.records() if one.kind is Kind.METHOD]:
            for path in desk.index.paths(record):
                if not desk.index.trouble(path):
                    self._rewrite(desk, path, partial(self._with_sources, desk, path))

    def _with_sources(self, desk: Desk, path: str, data: bytes) -> bytes:
        said = read_note(data, desk.index.names).properties.get("sources")
        texts = (said,) if isinstance(said, str) else tuple(said or ())
        gone = tuple(text for text in texts if self._means_it(desk, path, str(text)))
        if not gone:
            return data
        return edit_note(data, {}, members={"sources": (gone, (wikilink(self.new),))}, names=desk.index.names)

    def _means_it(self, desk: Desk, path: str, text: str) -> bool:
        target = link_target(text) or text
        return name_key(target) == name_key(self.old) and desk.index.links.find(target, path) is None

    def _rewrite(self, desk: Desk, path: str, change: Callable[[bytes], bytes]) -> None:
        """Change one note, and nothing of it that the change does not touch."""
        place = f"{desk.settings.shown}/{path}"
        try:
            data = desk.folder.read(path)
            text = change(data)
            if text == data:
                return
            desk.memory.keep(self.before, place, data)
            if not isinstance(desk.folder.replace(path, text, data), Displaced):
                raise VaultError(f"{place} was saved by someone at the same moment", "run the same command again")
            desk.folder.release()
        except (OSError, NoteError) as error:
            reason = in_words(error) if isinstance(error, OSError) else str(error)
            raise VaultError(f"{place}: {reason}", "mend that, and run the same command again") from error

    def _change_item(self, remote: Remote) -> None:
        sent = {"key": self.item["key"], "version": self.item["version"], "citationKey": self.new}
        for one in remote.write_items([sent]):
            if one.data is None:
                raise ZoteroError(f"Zotero refused the citation key: {one.reason}", "run the same command again")

    def _tags_renamed(self) -> Memory:
        """The tags that litsync wrote for the method on items are those of its new id."""
        memory = self.state.memory(ZOTERO)
        for record, handle in memory.handles().items():
            tags = handle.get("methods", {})
            if self.old in tags:
                renamed = {self.new if key == self.old else key: tag for key, tag in tags.items()}
                memory.remember(record, {**handle, "methods": renamed})
        return memory

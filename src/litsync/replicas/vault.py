"""The vault as a replica: notes in, records out; operations in, notes out.

Decides which notes are looked at and what is reported of them. Must not know how notes are spelled (`formats.note`),
how files are replaced (`files`), or what happens to a difference once it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litsync.core.model import (
    VAULT,
    Action,
    Kind,
    Operation,
    Outcome,
    Place,
    Problem,
    Record,
    RecordId,
    Snapshot,
    Stranger,
    Verdict,
)
from litsync.core.questions import fingerprint
from litsync.replicas import system_calls
from litsync.replicas.base import Beside, Memory, Scope, Vocabulary
from litsync.replicas.files import Displaced, Leftover, Swap
from litsync.replicas.vault_copies import copy_among
from litsync.replicas.vault_home import Marker, VaultSettings, find, join, make, open_folder, words_of
from litsync.replicas.vault_index import Index
from litsync.replicas.vault_links import stem_of
from litsync.replicas.vault_rows import remembered_rows

if TYPE_CHECKING:  # both load YAML, which a look at unchanged notes does without
    from litsync.replicas.vault_meaning import Meaning
    from litsync.replicas.vault_views import Views, ViewsState

__all__ = ["VaultReplica", "VaultSettings", "join"]


class VaultReplica:
    """An Obsidian vault: one note per paper and per method, properties synced, the text below left to the reader."""

    name = VAULT

    def __init__(self, settings: VaultSettings, memory: Memory, swap: Swap = system_calls.swap) -> None:
        """Touch nothing; `memory` holds what earlier cycles left. `swap` is how two files are exchanged."""
        self._settings, self._memory = settings, memory
        token = memory.token or {}
        self._known: str | None = token.get("lineage")
        self._folder = open_folder(settings, swap)
        self._rows = remembered_rows(memory, settings.residence)
        self._index = Index(settings, self._folder, self._rows, token)
        self._views: dict[str, Any] = token.get("views", {})
        self._marker: Marker | None = None
        self._vocabulary = Vocabulary()
        self._expected: Mapping[RecordId, Record] = {}
        self._rescued: list[Path] = []
        self._problems: list[Problem] = []

    @property
    def place(self) -> str:
        """The vault's path as the user wrote it."""
        return self._settings.shown

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> Scope:
        """The records whose notes changed since the remembered look; None: all, or none is remembered.

        Raises VaultError when the vault is missing, foreign or no vault; nothing has been written then.
        """
        self._marker = find(self._settings, self._known)
        if self._marker is None:
            return None
        scope = self._index.refresh(self._settings.listing())
        if self._settings.create and self._rescue():
            self._index.refresh()
            scope = None
        self._adopt_again()
        return scope | self._settings.asked if self._known is not None and scope is not None else None

    def check_writable(self) -> None:
        """What cannot be written is known when it is tried."""

    def notes(self) -> Mapping[RecordId, str]:
        """The path of the note of each record that has exactly one, as of the last look."""
        paths = {record: self._index.paths(record) for record in self._index.records()}
        return {record: found[0] for record, found in paths.items() if len(found) == 1}

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """Hear what papers there are: which get a note may depend on what the catalog says of them."""
        self._expected = records

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:
        """The records of the notes as they are now. Two notes of one record, or one that cannot be trusted: unknown."""
        self._vocabulary = vocabulary
        asked = self._asked(scope)
        found = self._observe_all(asked) if asked else []
        return Snapshot(
            VAULT,
            records={one.id: one for one in found if isinstance(one, Record)},
            unknown={
                **{one.record: one for one in found if isinstance(one, Problem) and one.record is not None},
                **self._questions(),
            },
            problems=(*self._problems, *self._blind_spots(), *self._unreadable(found), *self._broken_views()),
            strangers=tuple(self._nameless()),
            complete=not self._index.unlisted,
            unwanted=frozenset(self._unwanted()),
            asked=self._settings.asked,
            concepts=self._concepts(found),
        )

    def adopt(self, where: str, record: RecordId | None) -> None:
        """The note without an identity at `where` stands for the record; None: it is left alone for good."""
        self._index.adopt(where, record)
        if record is not None:
            self._memory.remember(record, {"note": where})

    def _adopt_again(self) -> None:
        """Notes whose record is known, and whose id was not written because the cycle did not get so far."""
        for record, handle in self._memory.handles().items():
            if self._index.is_nameless(handle["note"]) and not self._index.paths(record):
                self._index.adopt(handle["note"], record)

    def _let_go_of_named(self) -> None:
        for record, handle in self._memory.handles().items():
            if not self._index.is_nameless(handle["note"]):
                self._memory.remember(record, None)

    def _nameless(self) -> Iterator[Stranger]:
        """Notes made from a template for a paper or method that has no id yet."""
        from litsync.formats.note import asked_for
        from litsync.replicas.vault_meaning import Meaning

        meaning = Meaning(self._index, self._vocabulary)
        for path, left in self._index.nameless():
            note = self._index.read(path).note
            kind = asked_for(note.properties) if note is not None else None
            if note is not None and kind is not None:
                found = meaning.decode(RecordId(kind, ""), note, path)
                title = found.fields.get("title") or stem_of(path)
                yield Stranger(VAULT, path, str(title), None, found, left, fingerprint("s", VAULT, path))

    def _concepts(self, found: Iterable[Record | Problem]) -> frozenset[str]:
        """The names of methods in notes that lead to a note with a text of the reader's own."""
        named = {
            str(name)
            for one in found
            if isinstance(one, Record) and one.id.kind is Kind.PAPER
            for name in one.fields.get("methods") or ()
        }
        paths = {name: self._index.links.find(name, "") for name in named - self._vocabulary.methods.keys()}
        return frozenset(
            name
            for name, path in paths.items()
            if path and not self._index.record_at(path) and not self._index.is_blank(path)
        )

    def _unwanted(self) -> Iterator[RecordId]:
        """The papers that get no note unless someone asks for it."""
        for record, found in self._expected.items():
            if record.kind is Kind.PAPER and record not in self._settings.asked and not self._settings.wants(found):
                yield record

    def _asked(self, scope: Scope) -> Sequence[RecordId]:
        if scope is None:
            return self._index.records()
        return [record for record in scope if self._index.paths(record)]

    def _observe_all(self, records: Iterable[RecordId]) -> list[Record | Problem]:
        from litsync.replicas.vault_meaning import Meaning

        meaning = Meaning(self._index, self._vocabulary)
        return [self._observe(record, meaning) for record in records]

    def _observe(self, record: RecordId, meaning: Meaning) -> Record | Problem:
        paths = self._index.paths(record)
        if len(paths) > 1:
            return self._doubled(record, paths)
        judged = self._index.read(paths[0])
        if judged.trouble is None and judged.record == record and judged.note is not None:
            return self._addressed(meaning.decode(record, judged.note, paths[0]))
        return judged.trouble or Problem(self._where(paths[0]), "was changed at this moment", record=record)

    def _addressed(self, found: Record) -> Record:
        """The record with what opens its note, where that is wanted."""
        if not self._settings.address or found.id.kind is not Kind.PAPER:
            return found
        return replace(found, fields={**found.fields, "obsidian": self._address(found.id)})

    def _address(self, record: RecordId) -> str:
        path = self._index.paths(record)[0].removesuffix(".md")
        return f"obsidian://open?vault={quote(self._settings.address, safe='')}&file={quote(path, safe='')}"

    def _doubled(self, record: RecordId, paths: Sequence[str]) -> Problem:
        """Two notes say they are the same record: which of them counts is for a person to say."""
        what = self._settings.names.of("citekey" if record.kind is Kind.PAPER else "method")
        copy, maker = copy_among(paths)
        advice = (
            f"{copy} looks like a copy made by {maker}: take over what you need from it, then delete it"
            if copy
            else f"keep one, and delete the other or its `{what}` property"
        )
        message = f"several notes have the {what} {record.key}: {', '.join(paths)}"
        return Problem(self._where(paths[0]), message, suggestion=advice, record=record)

    def _blind_spots(self) -> list[Problem]:
        rows, advice = self._index.unlisted.items(), "its notes are left as they are until then"
        return [Problem(self._where(folder), f"cannot be read: {why}", suggestion=advice) for folder, why in rows]

    def _unreadable(self, found: Iterable[Record | Problem]) -> Iterator[Problem]:
        """One problem for each property whose value breaks the rules of its field."""
        for record in found:
            if isinstance(record, Record) and record.unreadable:
                path = self._index.paths(record.id)[0]
                note = self._index.read(path).note
                for name in sorted(record.unreadable):
                    if (called := self._settings.names.of(name)) is None:
                        continue
                    text = note.properties.get(name) if note else None
                    advice = "correct it in the note; until then this property is left alone everywhere"
                    shown = text if isinstance(text, str) else ", ".join(text) if isinstance(text, tuple) else ""
                    yield Problem(self._where(path), f"`{called}` has a value it cannot have", shown, advice, record.id)

    def _questions(self) -> dict[RecordId, Problem]:
        """The records without a note of which a note of somebody's own may be one: whether it is, a person says."""
        from litsync.replicas.vault_adopt import Candidates

        candidates = Candidates(self._index, self._vocabulary)
        unwanted = {*self._unwanted(), *self._settings.asked}
        asked = (candidates.named(record) for record in self._expected if record not in unwanted)
        return {one.record: self._question(one.record, one.paths) for one in asked if one is not None}

    def _question(self, record: RecordId, paths: Sequence[str]) -> Problem:
        also = f" (and {', '.join(paths[1:])})" if len(paths) > 1 else ""
        message = f"{also} has the name of the {record.kind} {record.key}".strip()
        advice = (
            f"`litsync notes adopt {record.key}` makes it its note, `litsync note {record.key}` makes another beside it"
        )
        return Problem(self._where(paths[0]), message, suggestion=advice, record=record)

    def _broken_views(self) -> list[Problem]:
        if self._marker is None:
            return []
        return self._shown_views().troubles()

    def _where(self, path: str) -> Place:
        return Place(f"{self._settings.shown}/{path}")

    # ── after a run that did not end ─────────────────────────────────────────────────────────────────────────────

    def _rescue(self) -> bool:
        """Bring back text of people that a crash left among the temporaries. True when a note was put back in place."""
        self._problems = []
        return sum(self._take_in(leftover) for leftover in self._folder.leftovers()) > 0

    def _take_in(self, leftover: Leftover) -> bool:
        path = self._index.holding(leftover.ours) if leftover.later else None
        if path is not None and self._put_back(path, leftover):
            return True
        record = self._index.judge("", leftover.data, None).record
        if record is None and not leftover.later:
            # Exactly the text that was to be replaced, and no note: a marker or an empty file of litsync's own.
            leftover.path.unlink(missing_ok=True)
            return False
        if record is None:
            advice = "it was saved while litsync was interrupted: take over what you need, then delete it"
            self._problems.append(
                Problem(Place(str(leftover.path)), "is a text that belongs to no note", suggestion=advice)
            )
            return False
        place = next(iter(self._index.paths(record)), str(record))
        self._memory.keep(record, f"{self._settings.shown}/{place}", leftover.data)
        self._rescued.append(leftover.path)
        return False

    def _put_back(self, path: str, leftover: Leftover) -> bool:
        put = self._folder.replace(path, leftover.data, self._folder.read(path))
        if isinstance(put, Displaced):
            leftover.path.unlink()
            self._folder.release()
        return isinstance(put, Displaced)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Write the notes; a vault that is to be new is made first. Raises VaultError when the vault is gone."""
        if self._marker is None or not self._marker.complete:
            words = words_of(self._settings, self._vocabulary.title, self._vocabulary.introduction)
            self._marker = make(self._settings, self._folder, self._marker, words)
            self._index.refresh()
        yield from self._carry_out(operations, self._marker.lineage)

    def renamed(self, old: RecordId, new: RecordId) -> None:
        """Nothing is remembered of sections here."""

    def untouched(self, record: RecordId) -> bool:
        """Whether its note holds just what a new one would: nothing of a reader's in its properties, and its text as made."""
        from litsync.replicas.vault_bodies import bodies_of
        from litsync.replicas.vault_made import is_as_made
        from litsync.replicas.vault_meaning import Meaning

        paths = self._index.paths(record)
        if len(paths) != 1 or self._index.trouble(paths[0]):
            return not paths
        meaning = Meaning(self._index, self._vocabulary)
        bodies = bodies_of(self._settings, self._folder, meaning)
        known = self._expected[record].fields if record in self._expected else {}
        try:
            return is_as_made(meaning, bodies, record, (paths[0], self._folder.read(paths[0])), known)
        except OSError:
            return False

    def _carry_out(self, operations: Sequence[Operation], lineage: str) -> Iterator[Outcome]:
        from litsync.replicas.vault_bodies import bodies_of
        from litsync.replicas.vault_meaning import Meaning
        from litsync.replicas.vault_trash import Trash
        from litsync.replicas.vault_writer import Writing, carry_out

        # A tag that comes from Zotero now is the catalog's by the time the note is read again: its spelling here means it.
        come = (change.new for one in operations for change in one.changes if change.field == "tags")
        tags = self._vocabulary.tags.union(*(map(str, value) for value in come if isinstance(value, tuple)))
        meaning = Meaning(self._index, replace(self._vocabulary, tags=tags))
        writing = Writing(
            self._settings,
            self._folder,
            self._index,
            meaning,
            bodies_of(self._settings, self._folder, meaning),
            self._memory,
            Trash(self._folder, self._settings.path, self._settings.names),
            confirm=lambda: find(self._settings, lineage),
            known=self._expected,
        )
        for outcome in carry_out(writing, operations):
            made = outcome.verdict is Verdict.WRITTEN and outcome.operation.action is Action.CREATE
            record = outcome.operation.record
            if made and self._settings.address and record.kind is Kind.PAPER:
                yield replace(outcome, proven={**outcome.proven, "obsidian": self._address(record)})
            else:
                yield outcome

    def committed(self) -> None:
        """Let go of replaced notes; one that an editor still wrote to returns to its place."""
        self._folder.release()
        for path in self._rescued:
            path.unlink(missing_ok=True)
        self._rescued = []

    def close(self) -> None:
        """Remember the notes as this cycle saw and wrote them; nothing is remembered anew when nothing changed."""
        lineage = self._marker.lineage if self._marker else None
        self._let_go_of_named()
        if lineage is not None and self._settings.create:
            self._update_views()
        known = self._index.close()
        if lineage is not None and (self._index.changed or self._memory.token is None):
            self._memory.changed_parts |= self._rows.take_changes()
            self._memory.token = {"lineage": lineage, "views": self._views, "serial": self._rows.serial, **known}
            self._index.changed = False
            self._known = lineage
        if lineage is not None:
            self._settings.residence.take_back(self._rows)

    def _update_views(self) -> None:
        """The colours of the graph and the columns of the classification are those of the methods there are now."""
        if (due := self._due_views()) is not None:
            self._views = self._shown_views().update(due)
            self._folder.release()
            self._index.changed = True

    def _due_views(self) -> ViewsState | None:
        if not self._vocabulary.methods:
            return None
        from litsync.replicas.vault_meaning import Meaning
        from litsync.replicas.vault_views import ViewsState

        link = Meaning(self._index, self._vocabulary).link
        links = {key: link(Kind.METHOD, key) for key in self._vocabulary.methods}
        state = ViewsState.of(self._vocabulary, links, self._views)
        return state if state.is_due else None

    def beside(self) -> Sequence[Beside]:
        """The files that show all methods, where a method came, went, or got another name or colour."""
        due = self._due_views() if self._marker is not None else None
        return self._shown_views().preview(due) if due is not None else ()

    def _shown_views(self) -> Views:
        from litsync.replicas.vault_views import Views

        return Views(self._folder, self._settings.shown, self._settings.names)

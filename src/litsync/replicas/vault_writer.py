"""Operations carried out on notes: new notes, and properties changed in place.

Decides how an operation becomes bytes and in which order bytes become durable; the file work is in `files`, the form of
a note in `formats.note`. A note is only replaced if it still holds what the operation was planned for, and only what
reads back as intended counts as written.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TypeVar

from litsync.core.fields import TABLE
from litsync.core.merge import members, still_fitting
from litsync.core.model import Action, Change, Fields, Kind, Operation, Outcome, Record, RecordId, Verdict
from litsync.core.values import FieldKind, unique
from litsync.formats.names import file_stem, unique_stem
from litsync.formats.note_names import note_stem
from litsync.formats.note_parts import NoteError
from litsync.replicas.base import Memory
from litsync.replicas.files import Displaced, Draft, Folder
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_adopt import own_notes
from litsync.replicas.vault_bodies import Bodies, BodyError
from litsync.replicas.vault_home import VaultSettings
from litsync.replicas.vault_index import Index
from litsync.replicas.vault_judge import Judged
from litsync.replicas.vault_links import stem_of
from litsync.replicas.vault_meaning import Meaning
from litsync.replicas.vault_trash import Trash

_BATCH = 500
"""Operations between two flushes: their outcomes are reported when their files are durable."""

_LOST = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENXIO, errno.EIO})
"""Errors after which the vault itself may be gone."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What writing needs. `confirm` raises VaultError when the vault is gone; `known` is what the catalog says of records."""

    settings: VaultSettings
    folder: Folder
    index: Index
    meaning: Meaning
    bodies: Bodies
    memory: Memory
    trash: Trash
    confirm: Callable[[], object]
    known: Mapping[RecordId, Record]


@dataclass(frozen=True, slots=True)
class _Pending:
    """An operation whose new text lies beside its note, not yet in its place; `done` is its outcome once it is."""

    path: str
    draft: Draft
    done: Outcome


def carry_out(vault: Writing, operations: Sequence[Operation]) -> Iterator[Outcome]:
    """Write new notes, methods first so that links find them, then changes. Yields each batch when it is durable.

    Raises VaultError when the vault is gone.
    """
    operations = [_held(vault, operation) for operation in operations]
    new = [operation for operation in operations if operation.action is Action.CREATE]
    new.sort(key=lambda operation: operation.record.kind is not Kind.METHOD)
    paths = {operation.record: _place(vault, operation) for operation in new}
    for batch in _batches(new):
        outcomes = [_guarded(vault, one, partial(_create, vault, one, paths[one.record])) for one in batch]
        yield from _durable(vault, outcomes)
    for batch in _batches([operation for operation in operations if operation.action is Action.UPDATE]):
        yield from _durable(vault, _update(vault, batch))
    for operation in operations:
        if operation.action is Action.DELETE:
            yield _guarded(vault, operation, partial(_throw_away, vault, operation))


def _held(vault: Writing, operation: Operation) -> Operation:
    """The operation without the fields that notes do not have here."""
    off = vault.meaning.off(operation.record.kind)
    return replace(operation, changes=tuple(c for c in operation.changes if c.field not in off)) if off else operation


def _batches(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    rest = iter(operations)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _durable(vault: Writing, outcomes: list[Outcome]) -> list[Outcome]:
    written = [outcome.operation.record for outcome in outcomes if outcome.verdict is Verdict.WRITTEN]
    try:
        vault.folder.sync([path for record in written for path in vault.index.paths(record)])
    except OSError as error:
        return [_failed(vault, outcome.operation, error) for outcome in outcomes]
    return outcomes


# ── new notes ────────────────────────────────────────────────────────────────────────────────────────────────────


def _place(vault: Writing, operation: Operation) -> str | None:
    """Where the new note goes: the empty note of its name that Obsidian makes for a link, else a name no note has.

    None when the reader has a note of their own with the name of the method: whether it is the method's, they say.
    """
    record, settings = operation.record, vault.settings
    stem = _stem(vault, operation)
    if own_notes(vault.index, stem) and record.kind is Kind.METHOD and record not in settings.asked:
        return None
    folder = settings.methods if record.kind is Kind.METHOD else settings.papers
    path = vault.index.links.find(stem, "")
    if path is None or stem_of(path) != stem or not vault.index.is_blank(path):
        path = f"{folder}/{unique_stem(stem, vault.index.links.has)}.md".lstrip("/")
        vault.index.plan(path)
    vault.meaning.plan(record, path)
    return path


def _stem(vault: Writing, operation: Operation) -> str:
    """The name that the new note has when nothing stands in the way."""
    fields = {change.field: change.new for change in operation.changes}
    if operation.record.kind is Kind.PAPER:
        return note_stem(vault.settings.name, operation.record.key, fields)
    name = fields.get("name")
    return file_stem(name) if isinstance(name, str) else vault.meaning.stem(operation.record)


def _create(vault: Writing, operation: Operation, path: str | None) -> Outcome:
    """Make the note. An empty one that stands at its place already is filled."""
    if vault.index.paths(operation.record):
        raise _Stop(Verdict.STALE, "a note for it appeared meanwhile")
    if path is None:
        key = operation.record.key
        raise _Stop(Verdict.STALE, f"a note of your own has its name; `litsync notes adopt {key}` makes it its note")
    thrown = vault.trash.find(operation.record)
    if thrown is not None:
        return _bring_back(vault, operation, path, thrown)
    operation = operation.afresh()
    whole = _with_item(vault, operation)
    data, proven, wrong = _proven(vault, whole, path, partial(_compose, vault, operation.record))
    if vault.index.is_blank(path):
        put = vault.folder.replace(path, data, b"")
        if not isinstance(put, Displaced):
            raise FileExistsError(errno.EEXIST, "", path)
        seen = put.seen
    else:
        seen = vault.folder.create(path, data)
    vault.index.wrote(path, operation.record, data, seen)
    return Outcome(operation, Verdict.WRITTEN, proven, wrong)


def _compose(vault: Writing, record: RecordId, changes: Sequence[Change]) -> bytes:
    """The whole text of a new note."""
    fields = {change.field: change.new for change in changes if change.new is not None}
    known = vault.known[record].fields if record in vault.known else {}
    return vault.meaning.compose(record, fields, vault.bodies.render(record, {**known, **fields}))


def _with_item(vault: Writing, operation: Operation) -> Operation:
    """The creation, with the address of an item that was made in Zotero in this very cycle."""
    item = vault.settings.item_link(operation.record) if operation.record.kind is Kind.PAPER else None
    named = any(change.field == "zotero" for change in operation.changes)
    if item is None or named or vault.settings.names.is_off("zotero"):
        return operation
    return replace(operation, changes=(*operation.changes, Change("zotero", None, item)))


def _bring_back(vault: Writing, operation: Operation, path: str, thrown: str) -> Outcome:
    """The note that lies in the trash stands in its place again, with the reader's text, and says what it should."""
    old = vault.folder.read(thrown)
    said = _read_back(vault, operation.record, path, old)
    changes, edited = still_fitting(operation.record, operation.changes, said)
    operation = replace(operation, changes=changes)
    build = partial(vault.meaning.edit, operation.record, old, path=path)
    data, proven, wrong = _proven(vault, operation, path, build)
    vault.memory.keep(operation.record, f"{vault.settings.shown}/{thrown}", old)
    seen = vault.folder.create(path, data)
    vault.trash.take_out(thrown, old)
    vault.index.wrote(path, operation.record, data, seen)
    return Outcome(operation, Verdict.WRITTEN, proven, "; ".join(filter(None, (edited, wrong))))


def _throw_away(vault: Writing, operation: Operation) -> Outcome:
    """Move the note into the vault's trash, if it still says what was known when its removal was decided."""
    paths = vault.index.paths(operation.record)
    if len(paths) != 1:
        raise _Stop(Verdict.STALE, "it has several notes" if paths else "its note is gone")
    data = vault.folder.read(paths[0])
    _check(vault, operation, paths[0], vault.index.judge(paths[0], data, str(operation.record)))
    vault.memory.keep(operation.record, f"{vault.settings.shown}/{paths[0]}", data)
    vault.trash.throw(paths[0])
    vault.index.removed(paths[0])
    return Outcome(operation, Verdict.WRITTEN)


# ── changed notes ────────────────────────────────────────────────────────────────────────────────────────────────


def _update(vault: Writing, batch: Sequence[Operation]) -> list[Outcome]:
    prepared = [_guarded(vault, operation, partial(_prepare, vault, operation)) for operation in batch]
    pending = [one for one in prepared if isinstance(one, _Pending)]
    try:
        vault.folder.flush([one.draft for one in pending])
    except OSError as error:
        vault.folder.discard([one.draft for one in pending])
        return [_failed(vault, one.done.operation, error) if isinstance(one, _Pending) else one for one in prepared]
    return [
        _guarded(vault, one.done.operation, partial(_put, vault, one)) if isinstance(one, _Pending) else one
        for one in prepared
    ]


def _prepare(vault: Writing, operation: Operation) -> _Pending | Outcome:
    """Write the note's new text beside it, if the note still is what the operation was planned for."""
    paths = vault.index.paths(operation.record)
    if len(paths) != 1:
        raise _Stop(Verdict.STALE, "it has several notes" if paths else "its note is gone")
    if (trouble := vault.index.trouble(path := paths[0])) is not None:
        raise _Stop(Verdict.STALE, f"its note {trouble.message}")
    data = vault.folder.read(path)
    _check(vault, operation, path, vault.index.judge(path, data, str(operation.record)))
    build = partial(vault.meaning.edit, operation.record, data, path=path)
    text, proven, wrong = _proven(vault, operation, path, build)
    done = Outcome(operation, Verdict.WRITTEN if proven else Verdict.FAILED, proven, wrong)
    if text == data:
        return done
    draft = vault.folder.draft(path, text, data)
    vault.memory.keep(operation.record, f"{vault.settings.shown}/{path}", data)
    return _Pending(path, draft, done)


def _check(vault: Writing, operation: Operation, path: str, judged: Judged) -> None:
    """Stop when the operation no longer fits the note. Of a set only the difference is applied: it always fits."""
    if judged.trouble is not None:
        raise _Stop(Verdict.STALE, f"its note {judged.trouble.message}")
    if judged.record != operation.record or judged.note is None:
        raise _Stop(Verdict.STALE, "its note now stands for another record")
    rows, now = TABLE[operation.record.kind], vault.meaning.decode(operation.record, judged.note, path)
    for change in operation.changes:
        row = rows[change.field]
        if change.field in now.unreadable:
            raise _Stop(Verdict.STALE, f"its `{change.field}` cannot be read")
        if row.kind is not FieldKind.SET and not row.same(now.fields.get(change.field), change.old):
            raise _Stop(Verdict.STALE, f"its `{change.field}` was changed meanwhile")


def _put(vault: Writing, one: _Pending) -> Outcome:
    put = vault.folder.put(one.draft)
    if not isinstance(put, Displaced):
        raise _Stop(Verdict.STALE, "its note was saved by someone at the same moment")
    vault.index.wrote(one.path, one.done.operation.record, one.draft.data, put.seen)
    return one.done


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Stop(Exception):
    """The operation ends here, with this verdict and reason."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict, self.reason = verdict, reason


_Result = TypeVar("_Result")


def _guarded(vault: Writing, operation: Operation, step: Callable[[], _Result]) -> _Result | Outcome:
    """What the step returns, or how the operation ended in it. Raises VaultError when the vault itself is gone."""
    try:
        return step()
    except _Stop as stop:
        return Outcome(operation, stop.verdict, reason=stop.reason)
    except FileExistsError:
        return Outcome(operation, Verdict.STALE, reason="a note of that name appeared meanwhile")
    except OSError as error:
        return _failed(vault, operation, error)
    except (BodyError, NoteError) as error:
        return Outcome(operation, Verdict.FAILED, reason=str(error))


def _failed(vault: Writing, operation: Operation, error: OSError) -> Outcome:
    if error.errno in _LOST:
        vault.confirm()
    return Outcome(operation, Verdict.FAILED, reason=in_words(error))


def _proven(
    vault: Writing, operation: Operation, path: str, build: Callable[[Sequence[Change]], bytes]
) -> tuple[bytes, Fields, str]:
    """The note's new text, the changed fields as they read back from it, and what was left out because it would not."""
    changes = operation.changes
    found = _read_back(vault, operation.record, path, data := build(changes))
    if not (lost := [change for change in changes if not _arrived(operation.record, change, found)]):
        return data, {change.field: found.get(change.field) for change in changes}, ""
    fitting = (_fitting(operation.record, change, found) if change in lost else change for change in changes)
    changes = tuple(change for change in fitting if change is not None)
    found = _read_back(vault, operation.record, path, data := build(changes))
    reason = "a note cannot hold all of its " + ", ".join(f"`{change.field}`" for change in lost)
    return data, {c.field: found.get(c.field) for c in changes if _arrived(operation.record, c, found)}, reason


def _fitting(record: RecordId, change: Change, found: Fields) -> Change | None:
    """What of a change would read back: of a set the members that did; of anything else nothing."""
    row = TABLE[record.kind][change.field]
    if row.kind is not FieldKind.SET:
        return None
    has = members(row, found.get(change.field)).keys() | members(row, change.old).keys()
    kept = unique(text for key, text in members(row, change.new).items() if key in has)
    return Change(change.field, change.old, kept)


def _read_back(vault: Writing, record: RecordId, path: str, data: bytes) -> Fields:
    judged = vault.index.judge(path, data, None)
    if judged.note is None or judged.record != record:
        raise _Stop(Verdict.FAILED, "the note would not read back as it was meant")
    return vault.meaning.decode(record, judged.note, path).fields


def _arrived(record: RecordId, change: Change, fields: Fields) -> bool:
    """Whether the field has its new value; of a set, what was added, and nothing that was removed."""
    row, found = TABLE[record.kind][change.field], fields.get(change.field)
    if row.kind is not FieldKind.SET:
        return row.same(found, change.new)
    had, wanted, has = (members(row, value).keys() for value in (change.old, change.new, found))
    return wanted - had <= has and not (had - wanted) & has

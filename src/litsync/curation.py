"""Changes of the catalog that a person asks for by a command: works imported, added, filled in.

Decides that the catalog is written as a cycle writes it (touching only what changes, never into what `check` refuses) and
what is remembered of a source, so that importing it again brings just what is new. Vault and Zotero follow with the next cycle.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from litsync.bibliography import zotero_citekeys
from litsync.config import Config
from litsync.core.codec import from_json, to_json
from litsync.core.identity import title_key
from litsync.core.model import CATALOG, Fields, Kind, Operation, Outcome, Plan, Record, RecordId
from litsync.errors import UsageError
from litsync.exchange.found import Found, Reading
from litsync.exchange.recognise import Papers
from litsync.formats.catalog_spelling import spelling_of
from litsync.formats.plan_json import plan_to_json
from litsync.machine import state_folder
from litsync.project import library_settings, open_state
from litsync.replicas.base import Memory, Shelf, Vocabulary
from litsync.replicas.catalog import CatalogReplica
from litsync.state import State, now

_SAID = "imports"
"""The folder, in this machine's, that keeps what each source said."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """The catalog as it was read, ready to be changed once."""

    records: Mapping[RecordId, Record]
    place: str
    _replica: CatalogReplica
    _memory: Memory
    _journal: tuple[State, str] | None

    def ids_of(self, field: str, words: Iterable[str]) -> tuple[str, ...]:
        """The sections or methods that are meant by these ids, names or aliases. Raises UsageError for one that is none."""
        spelling = spelling_of(self.records)
        kind = Kind.SECTION if field == "sections" else Kind.METHOD
        known = [one.key for one in self.records if one.kind is kind]
        found = [spelling.meaning(field, word) for word in words]
        for word, key in zip(words, found, strict=True):
            if key not in known:
                raise UsageError(f"the catalog has no {kind} `{word}`", f"it has {', '.join(known) or 'none'}")
        return tuple(found)

    def write(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Carry the operations out; every file is replaced once or not at all, and each operation has its outcome.

        The journal has what was there before, so that it can be taken back.
        """
        if not operations or self._journal is None:
            return []
        state, command = self._journal
        number = state.begin(command, now(), plan_to_json(Plan(tuple(operations))), {})
        try:
            outcomes = list(self._replica.apply(operations))
            state.settle(number, self._memory, outcomes, {})
        finally:
            self._replica.committed()
        state.finish(number, now(), {}, {}, state.open_records())
        return outcomes


@contextmanager
def open_catalog(config: Config, command: str, *, dry_run: bool) -> Iterator[Workbench]:
    """Read the catalog, closed to every other litsync; with `dry_run` nothing is written, not even a lock.

    The journal calls what is written by the `command`.

    Raises CatalogError when it has problems, or git is at work on it.
    """
    with ExitStack() as stack:
        journal = None if dry_run else (stack.enter_context(open_state(config, dry_run=False)), command)
        paths = [config.resolve(shown) for shown in config.catalog]
        memory = Memory(shelf=Shelf(warn=journal[0].memory(CATALOG).warn)) if journal else Memory()
        replica = CatalogReplica(paths, config.root, memory, config.statuses)
        replica.look()
        yield Workbench(replica.observe(None, Vocabulary()).records, replica.place, replica, memory, journal)


def read_zotero(config: Config, wanted: str) -> Reading:
    """What the configured library's collection of this name, path or key holds. Nothing in the library changes."""
    from litsync.exchange.zotero_collection import find_collection, read_collection
    from litsync.replicas.zotero import remote_of

    with library_settings(config) as settings:
        remote = remote_of(settings, Memory())
        collection = find_collection(wanted, remote.all_collections())
        objects = [row for key, _ in collection.rows for row in remote.items_in(key)]
    return read_collection(collection, objects, config.zotero.tag_prefix)


def known_citekeys(config: Config) -> Mapping[str, str]:
    """The other citation keys that Zotero was last seen to have and the catalog does not know yet, by citekey."""
    path = state_folder(config) / "state.sqlite"
    if not path.exists():
        return {}
    state = State.open(path, write=False)
    try:
        return zotero_citekeys(state)
    finally:
        state.close()


# ── what sources said ────────────────────────────────────────────────────────────────────────────────────────────


def said_in(reading: Reading, records: Mapping[RecordId, Record]) -> dict[str, Fields]:
    """What an earlier version of a source said of each paper of the catalog that it certainly named."""
    papers = Papers({one.key: record.fields for one, record in records.items() if one.kind is Kind.PAPER})
    said: dict[str, Fields] = {}
    for work in reading.works:
        like = papers.like(work.fields, work.citekey)
        known = RecordId(Kind.PAPER, work.paper) in records
        key = work.paper if known else like.citekey if like is not None else ""
        if key:
            said.setdefault(key, work.fields)
    return said


def named_as_before(reading: Reading, said: Mapping[str, Fields]) -> Reading:
    """The reading in which a work that has the title of just one work of before is that one's paper, whatever its link is now."""
    titles: dict[str, list[str]] = {}
    for key, fields in said.items():
        titles.setdefault(title_key(str(fields.get("title") or "")), []).append(key)
    now = Counter(title_key(str(work.fields.get("title") or "")) for work in reading.works)

    def known(work: Found) -> str:
        title = title_key(str(work.fields.get("title") or ""))
        keys = titles.get(title, [])
        return keys[0] if len(keys) == 1 and now[title] == 1 and title else ""

    return replace(
        reading, works=tuple(work if work.paper else replace(work, paper=known(work)) for work in reading.works)
    )


def said_before(config: Config, source: str) -> dict[str, Fields]:
    """What the source said of each paper when it was last imported here; empty when that is not known."""
    try:
        rows = json.loads(_memory_of(config, source).read_text(encoding="utf-8"))["papers"]
        return {key: {name: from_json(value) for name, value in row.items()} for key, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def remember_said(config: Config, source: str, papers: Iterable[tuple[str, Fields]]) -> None:
    """Remember what the source says now, by the citekeys of the papers; what it said of others stays remembered."""
    known = {**said_before(config, source), **dict(papers)}
    rows = {key: {name: to_json(value) for name, value in row.items()} for key, row in known.items() if key}
    _put(_memory_of(config, source), {"source": source, "papers": rows})


def forget_said(config: Config, source: str, said: Mapping[str, Collection[str] | None]) -> None:
    """What the source said of these fields of papers, by citekey, is not known any more; None: of all of a paper's."""
    known = said_before(config, source)
    for key, names in said.items():
        if names is None:
            known.pop(key, None)
        elif key in known:
            known[key] = {name: value for name, value in known[key].items() if name not in names}
    if known:
        rows = {key: {name: to_json(value) for name, value in row.items()} for key, row in known.items()}
        _put(_memory_of(config, source), {"source": source, "papers": rows})


def rename_said(config: Config, old: str, new: str) -> None:
    """What sources said of a paper is what they said of it under its new citekey."""
    for path in (state_folder(config) / _SAID).glob("*.json"):
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            if old in known["papers"]:
                known["papers"][new] = known["papers"].pop(old)
                _put(path, known)
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _put(path: Path, known: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_suffix(".tmp")
    made.write_text(json.dumps(known, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    made.replace(path)


def _memory_of(config: Config, source: str) -> Path:
    name = hashlib.blake2b(source.encode(), digest_size=8).hexdigest()
    return state_folder(config) / _SAID / f"{name}.json"


def source_name(config: Config, path: Path) -> str:
    """What a source is remembered by: its path from the project, so that the folder may move as a whole."""
    try:
        return path.resolve().relative_to(config.root.resolve()).as_posix()
    except ValueError:
        return path.resolve().as_posix()

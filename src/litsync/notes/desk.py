"""The vault and the catalog side by side, for a command that works on notes outside the cycle.

Decides what such a command looks at, and that what it replaces is in the journal. The cycle (`sync`) knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from litsync.config import Config
from litsync.core.model import VAULT, ZOTERO, Action, Kind, Operation, Outcome, Plan, Record, RecordId, Verdict
from litsync.errors import UsageError
from litsync.formats.plan_json import plan_to_json
from litsync.project import catalog_records, open_state, vault_settings
from litsync.replicas.base import Memory, Vocabulary
from litsync.replicas.catalog_vocabulary import vocabulary_of
from litsync.replicas.files import Folder
from litsync.replicas.vault_adopt import item_keys
from litsync.replicas.vault_home import VaultSettings, find, open_folder
from litsync.replicas.vault_index import Index
from litsync.replicas.vault_rows import remembered_rows
from litsync.state import State, now

_NOTHING = Plan()


@dataclass(frozen=True, slots=True)
class Desk:
    """The vault and the catalog side by side, as they are now."""

    settings: VaultSettings
    records: Mapping[RecordId, Record]
    words: Vocabulary
    folder: Folder
    index: Index
    memory: Memory
    items: Mapping[str, RecordId]
    known: str | None = None

    def record(self, key: str) -> RecordId:
        """The paper or method that is meant by a citekey or id. Raises UsageError."""
        for kind in (Kind.PAPER, Kind.METHOD):
            if (found := RecordId(kind, key)) in self.records:
                return found
        return _no_such(key, self.records)


def _no_such(key: str, records: Mapping[RecordId, Record]) -> RecordId:
    from difflib import get_close_matches

    keys = [record.key for record in records if record.kind in (Kind.PAPER, Kind.METHOD)]
    close = get_close_matches(key, keys, 1)
    hint = f"did you mean {close[0]}?" if close else "name a citekey, or the id of a method"
    raise UsageError(f"the catalog has no paper and no method {key}", hint)


def known_records(config: Config, keys: Sequence[str]) -> frozenset[RecordId]:
    """The papers and methods with these keys. Raises UsageError for one that is not in the catalog."""
    records = catalog_records(config)
    wanted = {key: [RecordId(kind, key) for kind in (Kind.PAPER, Kind.METHOD)] for key in keys}
    found = {key: next((one for one in both if one in records), None) for key, both in wanted.items()}
    return frozenset(record or _no_such(key, records) for key, record in found.items())


@contextmanager
def open_desk(config: Config, *, dry_run: bool, joining: bool = False) -> Iterator[tuple[Desk, State]]:
    """Open catalog, state and vault; the vault must be there, and be the one that is known."""
    with open_state(config, dry_run=dry_run) as state:
        yield _desk(config, catalog_records(config), state, write=not dry_run, joining=joining), state


def desk_of(config: Config, state: State, *, write: bool) -> Desk:
    """The desk, for a command that has opened the state already."""
    return _desk(config, catalog_records(config), state, write=write)


def _desk(
    config: Config, records: Mapping[RecordId, Record], state: State, *, write: bool, joining: bool = False
) -> Desk:
    settings, memory = vault_settings(config, create=write), state.memory(VAULT)
    token = memory.token or {}
    if not joining and find(settings, token.get("lineage")) is None:
        raise UsageError(f"there is no vault at {settings.shown} yet", "`litsync push` makes it")
    folder = open_folder(settings)
    index = Index(settings, folder, remembered_rows(memory, settings.residence), token)
    index.refresh()
    items = item_keys(state.memory(ZOTERO).handles())
    return Desk(settings, records, vocabulary_of(records), folder, index, memory, items, token.get("lineage"))


@contextmanager
def journalled(command: str, desk: Desk, state: State, plan: Plan = _NOTHING) -> Iterator[list[RecordId]]:
    """What is replaced meanwhile is in the journal under the command's name, and everything is looked at afterwards.

    Yields a list: the records in it at the end are those whose notes were changed.
    """
    number = state.begin(command, now(), plan_to_json(plan), {})
    done: list[RecordId] = []
    try:
        yield done
    finally:
        changed = (Operation(VAULT, Action.UPDATE, record, ()) for record in done)
        state.settle(number, desk.memory, [Outcome(operation, Verdict.WRITTEN) for operation in changed], {})
        state.finish(number, now(), {}, {}, None)

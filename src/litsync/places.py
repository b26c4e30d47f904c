"""Where the records of the catalog are found: the notes of the vault and the items of the library, as values.

Decides nothing and writes nothing. It looks at the vault and at what is remembered; no library is asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from litsync.config import Config
from litsync.core.model import VAULT, ZOTERO, RecordId
from litsync.exchange.classification import Places
from litsync.machine import state_folder
from litsync.project import item_link, vault_settings
from litsync.state import State


def find_places(config: Config) -> Places:
    """The notes as they are named now, and the items as remembered; empty before the first push.

    Raises VaultError when the vault that litsync works with is not there, or is another one.
    """
    from litsync.replicas.vault import VaultReplica

    state = State.open(state_folder(config) / "state.sqlite", write=False)
    try:
        settings = vault_settings(config, create=False)
        vault = VaultReplica(settings, state.memory(VAULT))
        vault.look()
        return Places(settings.path.resolve().name, vault.notes(), _items(config, state))
    finally:
        state.close()


def _items(config: Config, state: State) -> Mapping[RecordId, str]:
    """The addresses by which the Zotero application shows the items; it does not show the embedded library."""
    memory = state.memory(ZOTERO)
    links = {record: item_link(config, memory, record) for record in memory.handles()}
    return {record: link for record, link in links.items() if link}

"""A vault on disk with what is remembered of it, and the operations that the tests of the vault carry out on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litsync.core.model import VAULT, Action, Change, Kind, Name, Operation, Outcome, RecordId, Snapshot, Value, Verdict
from litsync.replicas.base import Memory, Scope, Shelf, Vocabulary, Words
from litsync.replicas.vault import VaultReplica, VaultSettings

TEMPLATE = Path(__file__).resolve().parents[2] / "vault_template"

GUO = RecordId(Kind.PAPER, "guo2021adnerf")
MILDENHALL = RecordId(Kind.PAPER, "mildenhall2020nerf")
NERF = RecordId(Kind.METHOD, "nerf")
FLOW = RecordId(Kind.METHOD, "dense-flow")

VOCABULARY = Vocabulary(
    title="Face video",
    methods={
        "nerf": Words("NeRF", ("Neural radiance fields",)),
        "dense-flow": Words("Dense flow warp"),
    },
    tags=frozenset({"audio-driven", "talking head", "2021", "new one"}),
    papers={"guo2021adnerf": "AD-NeRF", "mildenhall2020nerf": "NeRF"},
)

GUO_FIELDS: dict[str, Value] = {
    "type": "conferencePaper",
    "title": "AD-NeRF: Audio Driven Neural Radiance Fields",
    "authors": (Name("Guo", "Yudong"), Name("Chen", "Keyu")),
    "date": "2021-10",
    "year": "2021",
    "arxiv": "2103.11078",
    "code": "https://github.com/YudongGuo/AD-NeRF",
    "methods": ("nerf",),
    "tags": ("audio-driven", "talking head", "2021"),
    "status": "to-read",
}
NERF_FIELDS: dict[str, Value] = {
    "name": "NeRF",
    "aliases": ("Neural radiance fields",),
    "sources": ("mildenhall2020nerf",),
}
MILDENHALL_FIELDS: dict[str, Value] = {
    "type": "preprint",
    "title": "NeRF: Scenes as Fields",
    "date": "2020",
    "year": "2020",
}


def create(record: RecordId, fields: dict[str, Value]) -> Operation:
    """The operation that makes the record's note."""
    changes = tuple(Change(name, None, value) for name, value in fields.items())
    return Operation(VAULT, Action.CREATE, record, changes)


def update(record: RecordId, **changes: tuple[Value, Value]) -> Operation:
    """The operation that changes fields of the record's note, each from an old to a new value."""
    return Operation(VAULT, Action.UPDATE, record, tuple(Change(name, *pair) for name, pair in changes.items()))


ALL = (create(GUO, GUO_FIELDS), create(MILDENHALL, MILDENHALL_FIELDS), create(NERF, NERF_FIELDS))


@dataclass
class Bench:
    """A vault and what is remembered of it from cycle to cycle, as the state would."""

    path: Path
    token: Any = None
    parts: dict[str, bytes] = field(default_factory=dict)
    settings: VaultSettings = field(init=False)
    kept: list[tuple[RecordId, str, bytes]] = field(default_factory=list)
    scope: Scope = None
    snapshot: Snapshot = field(default_factory=lambda: Snapshot(VAULT, {}))

    def __post_init__(self) -> None:
        self.settings = VaultSettings(self.path, "vault", TEMPLATE)

    def open(self) -> VaultReplica:
        """A replica that starts from what is remembered."""
        self.memory = self.remembered()
        return VaultReplica(self.settings, self.memory)

    def remembered(self) -> Memory:
        """What the last cycle left, as another process would load it."""
        return Memory(json.loads(json.dumps(self.token)), shelf=Shelf(parts=lambda: dict(self.parts)))

    def cycle(self, *operations: Operation, everything: bool = False) -> list[Outcome]:
        """One cycle: look, observe, write, commit. What was seen is in `scope` and `snapshot`."""
        replica = self.open()
        self.scope = replica.look()
        self.snapshot = replica.observe(None if everything else self.scope, VOCABULARY)
        outcomes = list(replica.apply(operations)) if operations else []
        replica.close()
        replica.committed()
        self.token = json.loads(json.dumps(self.memory.token))
        changed = {**self.parts, **self.memory.changed_parts}
        self.parts = {name: part for name, part in changed.items() if part is not None}
        self.kept += self.memory.kept
        return outcomes

    def full(self) -> Snapshot:
        """Everything there is now."""
        self.cycle(everything=True)
        return self.snapshot

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the vault with its bytes and its time stamp."""
        found = (path for path in sorted(self.path.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.path)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    def note(self, path: str = "Papers/guo2021adnerf.md") -> Path:
        """The note at a path inside the vault."""
        return self.path / path


def verdicts(outcomes: Sequence[Outcome]) -> list[Verdict]:
    """How the operations ended."""
    return [outcome.verdict for outcome in outcomes]

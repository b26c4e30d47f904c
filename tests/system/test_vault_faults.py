"""Saves at the same moment and crashes at any moment lose no text; looks stay cheap."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from vault_bench import GUO, MILDENHALL_FIELDS, VOCABULARY, Bench, create, update, verdicts

from litsync.core.model import Kind, RecordId, Verdict
from litsync.replicas import system_calls
from litsync.replicas.files import Folder
from litsync.replicas.vault import VaultReplica

# ── at the same moment, and after a crash ────────────────────────────────────────────────────────────────────────────


def saving_swap(note: Path, text: bytes) -> Any:
    """A swap before which a person saves the note."""

    def swap(one: str, other: str) -> bool:
        if note.read_bytes() != text and Path(other) == note:
            note.write_bytes(text)
        return system_calls.swap(one, other)

    return swap


def test_a_save_between_reading_and_replacing_wins(vault: Bench) -> None:
    """The text a person saved while litsync was writing stands; the operation is stale."""
    replica = vault.open()
    replica.observe(replica.look(), VOCABULARY)
    theirs = vault.note().read_bytes() + b"typed in the last millisecond"
    replica = VaultReplica(vault.settings, vault.remembered(), swap=saving_swap(vault.note(), theirs))
    replica.observe(replica.look(), VOCABULARY)
    outcomes = list(replica.apply([update(GUO, status=("to-read", "read"))]))
    assert verdicts(outcomes) == [Verdict.STALE]
    assert vault.note().read_bytes() == theirs


def test_after_a_crash_a_displaced_save_returns_to_its_place(vault: Bench) -> None:
    """A save that was displaced when litsync died is put back by the next look, and nothing is left over."""
    hidden = next((vault.path / ".litsync/tmp").iterdir())
    crashed = Folder(vault.path, hidden)
    old = vault.note().read_bytes()
    draft = crashed.draft("Papers/guo2021adnerf.md", old.replace(b"to-read", b"read"), old)
    theirs = old + b"saved in between"
    vault.note().write_bytes(theirs)
    system_calls.swap(draft.temporary, draft.target)
    vault.cycle()
    assert vault.note().read_bytes() == theirs
    assert list(hidden.iterdir()) == []


def test_after_a_crash_the_replaced_text_goes_to_the_journal(vault: Bench) -> None:
    """The previous text of a note replaced right before a crash is kept with its record; own drafts are dropped."""
    hidden = next((vault.path / ".litsync/tmp").iterdir())
    crashed = Folder(vault.path, hidden)
    old = vault.note().read_bytes()
    crashed.put(crashed.draft("Papers/guo2021adnerf.md", old.replace(b"to-read", b"read"), old))
    crashed.draft("Methods/NeRF.md", b"never put in place", b"x")
    vault.cycle()
    assert [(record, data) for record, _, data in vault.kept] == [(GUO, old)]
    assert list(hidden.iterdir()) == []
    assert vault.snapshot.records[GUO].fields["status"] == "read"


class Crash(BaseException):
    """The process dies here: nothing that follows is carried out."""


@pytest.mark.parametrize("survived", [0, 1, 2, 3])
@pytest.mark.parametrize("exchanged", [0, 1], ids=["before", "after"])
def test_a_crash_at_any_exchange_leaves_whole_notes_and_keeps_every_text(
    vault: Bench, survived: int, exchanged: int
) -> None:
    """Wherever litsync dies while changing notes, each note is whole, old texts are kept, and the next run goes on."""
    papers = {RecordId(Kind.PAPER, f"k{i}"): vault.note(f"Papers/k{i}.md") for i in range(4)}
    vault.cycle(*(create(record, MILDENHALL_FIELDS | {"status": "to-read"}) for record in papers))
    old = {record: note.read_bytes() for record, note in papers.items()}
    operations = [update(record, status=("to-read", "read")) for record in papers]
    swaps: list[str] = []

    def dying(one: str, other: str) -> bool:
        if len(swaps) == survived and not exchanged:
            raise Crash
        swaps.append(other)
        done = system_calls.swap(one, other)
        if len(swaps) > survived:
            raise Crash
        return done

    replica = VaultReplica(vault.settings, vault.remembered(), swap=dying)
    replica.observe(replica.look(), VOCABULARY)
    with pytest.raises(Crash):
        list(replica.apply(operations))
    changed = {record for record, note in papers.items() if note.read_bytes() != old[record]}
    assert len(changed) == survived + exchanged
    vault.kept.clear()
    vault.cycle()
    assert vault.scope == frozenset(changed)
    assert {record: data for record, _, data in vault.kept} == {record: old[record] for record in changed}
    left = [operation for operation in operations if operation.record not in changed]
    assert verdicts(vault.cycle(*left)) == [Verdict.WRITTEN] * len(left)
    assert all(vault.full().records[record].fields["status"] == "read" for record in papers)
    assert list(next((vault.path / ".litsync/tmp").iterdir()).iterdir()) == []


# ── cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_look_at_many_unchanged_notes_opens_none(bench: Bench) -> None:
    """A look at a thousand unchanged notes costs a small part of reading them."""
    papers = [RecordId(Kind.PAPER, f"k{i}") for i in range(1000)]
    bench.cycle(*(create(record, {**MILDENHALL_FIELDS, "number": str(i)}) for i, record in enumerate(papers)))
    replica = bench.open()
    start = time.process_time()
    assert replica.look() is not None
    looked = time.process_time() - start
    start = time.process_time()
    assert len(replica.observe(None, VOCABULARY).records) == 1000
    assert looked < (time.process_time() - start) / 4

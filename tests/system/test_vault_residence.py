"""What stays in memory from cycle to cycle is never believed against what is stored or lies on the disk."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from vault_bench import ALL, GUO, VOCABULARY, Bench, update, verdicts

from litsync.core.model import Verdict
from litsync.replicas.vault_rows import Residence
from litsync.replicas.vault_scan import scan


@pytest.fixture
def vault(tmp_path: Path) -> Bench:
    """A vault whose rows stay in memory."""
    bench = Bench(tmp_path / "vault")
    bench.cycle(*ALL)
    bench.settings = replace(bench.settings, residence=Residence())
    bench.cycle()
    return bench


def cold(vault: Bench) -> Bench:
    """The same vault, seen by a process that has only what is stored."""
    other = Bench(vault.path, vault.token, dict(vault.parts))
    other.settings = replace(vault.settings, residence=Residence())
    return other


@pytest.mark.parametrize("seed", range(12))
def test_a_long_running_process_sees_what_a_new_one_sees(vault: Bench, seed: int) -> None:
    """Whatever happens to the notes between the cycles: the same records are concerned, with the same values."""
    chance = random.Random(seed)
    for _ in range(12):
        for _ in range(chance.randrange(3)):
            disturb(vault.path, chance)
        other = cold(vault)
        vault.cycle()
        other.cycle()
        assert (vault.scope, vault.snapshot) == (other.scope, other.snapshot)
        assert vault.parts.keys() == other.parts.keys()
        assert vault.full() == cold(vault).full()


def disturb(root: Path, chance: random.Random) -> None:
    """One thing that people do to notes."""
    notes = sorted(path for path in root.rglob("*.md") if ".litsync" not in path.parts)
    note = chance.choice(notes)
    match chance.randrange(7):
        case 0:
            note.write_text(note.read_text(encoding="utf-8") + "a word\n", encoding="utf-8")
        case 1:
            note.rename(note.with_name(f"{chance.choice('ABCD')}{note.name}"))
        case 2:
            copy = note.with_name(f"{note.stem} 1.md")
            copy.write_bytes(note.read_bytes())
        case 3 if len(notes) > 3:
            note.unlink()
        case 4:
            note.write_text("no properties any more\n", encoding="utf-8")
        case 5:
            (root / f"Own {chance.randrange(3)}.md").write_text("---\nmethod: nerf\n---\n", encoding="utf-8")
        case _:
            note.write_text("---\ncitekey: guo2021adnerf\ntitle: T\n---\n", encoding="utf-8")


def test_a_cycle_that_broke_off_leaves_nothing_in_memory(vault: Bench) -> None:
    """What it had read and not stored is read again."""
    vault.note().write_text(
        vault.note().read_text(encoding="utf-8").replace("AD-NeRF:", "Edited:", 1), encoding="utf-8"
    )
    broken = vault.open()
    assert broken.look() == {GUO}
    vault.cycle()
    assert vault.scope == {GUO}


def test_a_walk_that_is_old_makes_nobody_overwrite_a_save(vault: Bench) -> None:
    """What was saved after the walk stays: words beside the write, a value against it; the next look sees both."""
    walk = scan(vault.path)
    vault.settings = replace(vault.settings, listing=lambda: walk)
    theirs = vault.note().read_text(encoding="utf-8").replace("status: to-read", "status: reading") + "One more.\n"
    replica = vault.open()
    replica.observe(replica.look(), VOCABULARY)
    vault.note().write_text(theirs, encoding="utf-8")
    assert verdicts(replica.apply([update(GUO, status=("to-read", "read"))])) == [Verdict.STALE]
    replica.close()
    assert vault.note().read_text(encoding="utf-8") == theirs
    vault.settings = replace(vault.settings, listing=lambda: None)
    vault.cycle()
    assert vault.scope == {GUO}


def test_a_note_that_went_after_the_walk_is_not_made_again(vault: Bench) -> None:
    """The write fails, and the next look finds it gone."""
    walk = scan(vault.path)
    vault.settings = replace(vault.settings, listing=lambda: walk)
    vault.note().unlink()
    replica = vault.open()
    replica.observe(replica.look(), VOCABULARY)
    assert verdicts(replica.apply([update(GUO, status=("to-read", "read"))])) != [Verdict.WRITTEN]
    assert not vault.note().exists()

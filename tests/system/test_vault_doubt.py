"""What the vault cannot be sure of is unknown or refused, and left alone."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from vault_bench import ALL, FLOW, GUO, MILDENHALL, MILDENHALL_FIELDS, NERF, VOCABULARY, Bench, create, update, verdicts

from litsync.core.model import Kind, Name, RecordId, Verdict
from litsync.errors import VaultError
from litsync.replicas.vault import join

# ── notes that cannot be trusted ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda _: "", "empty"),
        (lambda text: text.replace("status: to-read", "status: [to-read"), ""),
        (lambda text: text.replace("status: to-read", "status: a\nstatus: b"), ""),
        (lambda text: text[: text.index("authors")], "citekey"),
        (lambda text: text.replace("citekey: guo2021adnerf\n", ""), "citekey"),
        (lambda text: text + "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", "merge"),
    ],
    ids=["empty", "broken", "doubled key", "half written", "no identity", "merge marks"],
)
def test_a_damaged_note_is_unknown_and_never_touched(vault: Bench, damage: Any, words: str) -> None:
    """A note that does not make sense is unknown, cycle after cycle, is left as it is, and names its problem."""
    vault.note().write_text(damage(vault.note().read_text()))
    before = vault.files()
    for _ in range(2):
        outcomes = vault.cycle(update(GUO, status=("to-read", "read")))
        assert verdicts(outcomes) == [Verdict.STALE]
        assert vault.files() == before
        assert vault.scope is not None
        assert GUO in vault.scope
        problem = vault.snapshot.unknown[GUO]
        assert problem.place.path == "vault/Papers/guo2021adnerf.md"
        assert words in problem.message
    vault.token = None
    assert (GUO in vault.full().unknown) == (words not in ("empty", "citekey"))


def test_broken_yaml_names_line_and_column(vault: Bench) -> None:
    """The problem of a note that does not parse leads to the place in the file."""
    vault.note().write_text("---\ncitekey: guo2021adnerf\nstatus: [a\n---\n")
    vault.cycle()
    problem = vault.snapshot.unknown[GUO]
    assert problem.place.line in (3, 4)
    assert problem.place.column >= 1


def test_a_mended_note_is_known_again(vault: Bench) -> None:
    """Once its text is sound again, the record is back."""
    good = vault.note().read_bytes()
    vault.note().write_bytes(b"")
    vault.cycle()
    vault.note().write_bytes(good)
    vault.cycle()
    assert vault.snapshot.records[GUO].fields["status"] == "to-read"


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("guo2021adnerf.sync-conflict-20261124-101500-ABCDEFG.md", "Syncthing"),
        ("guo2021adnerf (Conflicted copy laptop 202611241015).md", "Obsidian Sync"),
        ("guo2021adnerf (Ann's conflicted copy 2026-11-24).md", "file-sync service"),
        ("guo2021adnerf (Case Conflict).md", "Dropbox"),
        ("guo2021adnerf - Copy (2).md", "a file manager"),
        ("guo2021adnerf copy.md", "a file manager"),
        ("guo2021adnerf-LAPTOP.md", "OneDrive"),
        ("guo2021adnerf 1.md", "file manager"),
    ],
)
def test_two_notes_of_one_paper_make_it_unknown(vault: Bench, name: str, maker: str) -> None:
    """A second note with the same citekey is reported with both paths and its likely maker; neither is written."""
    vault.note(f"Papers/{name}").write_bytes(vault.note().read_bytes())
    before = vault.files()
    outcomes = vault.cycle(update(GUO, status=("to-read", "read")))
    assert verdicts(outcomes) == [Verdict.STALE]
    problem = vault.snapshot.unknown[GUO]
    assert "Papers/guo2021adnerf.md" in problem.message
    assert name in problem.message
    assert maker in problem.suggestion
    assert name in problem.suggestion
    assert vault.files() == before
    vault.note(f"Papers/{name}").unlink()
    vault.cycle()
    assert GUO in vault.snapshot.records


def test_a_note_that_lost_its_identity_to_another_is_let_go(vault: Bench) -> None:
    """When the citekey was moved to another note, that one is the record and the old one is only the reader's."""
    vault.note("Papers/Better name.md").write_bytes(vault.note().read_bytes())
    vault.note().write_text("my thoughts")
    for _ in range(2):
        vault.cycle(everything=True)
        assert vault.snapshot.records[GUO].fields["status"] == "to-read"
    assert vault.note().read_text() == "my thoughts"


def test_notes_of_the_readers_own_are_none_of_litsyncs_business(vault: Bench) -> None:
    """Notes without an identity are never reported, whatever they hold."""
    vault.note("Own.md").write_text("---\nbroken: [\n---\nabout a method")
    vault.note("Other.md").write_bytes(b"\xff\xfe not text, but a citekey")
    vault.note("Templates/Mine.md").parent.mkdir(exist_ok=True)
    vault.note("Templates/Mine.md").write_text("---\ncitekey: guo2021adnerf\n---\n")
    vault.note(".hidden.md").write_text("---\ncitekey: guo2021adnerf\n---\n")
    snapshot = vault.full()
    assert set(snapshot.records) == {GUO, MILDENHALL, NERF}
    assert not snapshot.problems
    assert not snapshot.unknown
    vault.cycle()
    assert vault.scope == frozenset()


def test_a_note_replaced_by_a_link_is_not_followed(vault: Bench, tmp_path: Path) -> None:
    """A symbolic link in a note's place makes the record unknown; what it leads to is neither read nor written."""
    outside = tmp_path / "outside.md"
    vault.note().rename(outside)
    vault.note().symlink_to(outside)
    before = outside.read_bytes()
    assert verdicts(vault.cycle(update(GUO, status=("to-read", "read")))) == [Verdict.STALE]
    assert "symbolic link" in vault.snapshot.unknown[GUO].message
    assert outside.read_bytes() == before


def test_a_note_moved_to_icloud_only_is_unknown(vault: Bench) -> None:
    """An evicted note leaves a hidden stub; that is no deletion."""
    vault.note().unlink()
    vault.note("Papers/.guo2021adnerf.md.icloud").write_bytes(b"stub")
    vault.cycle()
    assert "iCloud" in vault.snapshot.unknown[GUO].message


# ── vaults that are not what they should be ──────────────────────────────────────────────────────────────────────────


def refused(bench: Bench) -> VaultError:
    """The error that a look at the vault raises; nothing may have been written then."""
    before = bench.files() if bench.path.is_dir() else bench.path.exists()
    with pytest.raises(VaultError) as caught:
        bench.cycle(*ALL)
    assert (bench.files() if bench.path.is_dir() else bench.path.exists()) == before
    return caught.value


def test_a_missing_vault_is_not_a_new_one(vault: Bench) -> None:
    """A vault that was there before and is gone stops the command and is not made anew."""
    vault.path.rename(vault.path.with_name("moved"))
    error = refused(vault)
    assert "not there" in error.message
    assert "--new-vault" in error.hint
    assert not vault.path.exists()


def test_a_vault_on_an_unplugged_disk_is_said_so(vault: Bench) -> None:
    """When the folder above the vault is gone too, the message names it."""
    vault.settings = replace(vault.settings, path=vault.path.parent / "disk" / "vault")
    vault.path = vault.settings.path
    assert "plugged in" in refused(vault).message


def test_an_empty_mount_point_is_not_a_new_vault(vault: Bench) -> None:
    """Where a disk was mounted that is not there now, nothing is written."""
    vault.path.rename(vault.path.with_name("moved"))
    vault.path.mkdir()
    assert "plugged in" in refused(vault).message
    assert list(vault.path.iterdir()) == []


def test_a_vault_without_its_marker_is_refused(vault: Bench) -> None:
    """A folder that lost its mark may be another one."""
    vault.note(".litsync/vault.json").unlink()
    assert "lost its mark" in refused(vault).message


def test_another_vault_in_its_place_is_refused(vault: Bench) -> None:
    """A vault with a foreign lineage is never written."""
    vault.note(".litsync/vault.json").write_text('{"schema": 1, "lineage": "other", "complete": true}')
    assert "another vault" in refused(vault).message


def test_a_damaged_marker_is_refused(vault: Bench) -> None:
    """A marker that cannot be read stops the command."""
    vault.note(".litsync/vault.json").write_text("{")
    assert "damaged" in refused(vault).message


def test_a_file_in_place_of_the_vault_is_refused(bench: Bench) -> None:
    """A path that leads to a file is a mistake in the configuration."""
    bench.path.write_text("I am a file")
    assert "is a file" in refused(bench).message
    assert bench.path.read_text() == "I am a file"


def test_a_folder_with_other_notes_is_refused_until_joined(bench: Bench) -> None:
    """An unmarked folder that is not empty is left alone; joining writes the marker and nothing else."""
    bench.path.mkdir()
    (bench.path / "Diary.md").write_text("mine")
    error = refused(bench)
    assert "is no litsync vault" in error.message
    assert "--join-vault" in error.hint
    lineage = join(bench.settings)
    assert set(bench.files()) == {"Diary.md", ".litsync/vault.json"}
    assert join(bench.settings) == lineage
    assert verdicts(bench.cycle(*ALL)) == [Verdict.WRITTEN] * 3
    assert (bench.path / "Diary.md").read_text() == "mine"
    assert not (bench.path / "Home.md").exists()


def test_a_lost_state_adopts_the_marked_vault(vault: Bench) -> None:
    """Without any memory the vault's notes are found again by identity, and nothing is written."""
    vault.token = None
    before = vault.files()
    assert set(vault.full().records) == {GUO, MILDENHALL, NERF}
    assert vault.files() == before
    assert vault.token["lineage"] == json.loads(vault.note(".litsync/vault.json").read_text())["lineage"]


def test_a_file_where_a_folder_belongs_fails_those_notes_only(vault: Bench) -> None:
    """When `Methods` is a file, new methods fail with the reason in words and the papers are written."""
    other = RecordId(Kind.PAPER, "new2026paper")
    for path in vault.note("Methods").iterdir():
        path.unlink()
    vault.note("Methods").rmdir()
    vault.note("Methods").write_text("")
    outcomes = vault.cycle(create(FLOW, {"name": "Dense flow warp"}), create(other, MILDENHALL_FIELDS))
    found = {outcome.operation.record: outcome for outcome in outcomes}
    assert found[FLOW].verdict is Verdict.FAILED
    assert found[FLOW].reason == "a file stands where a folder is needed"
    assert found[other].verdict is Verdict.WRITTEN


def test_a_vault_that_vanishes_while_it_is_written_stops_everything(vault: Bench) -> None:
    """When the disk goes in the middle of writing, the command stops and makes no folder in the disk's place."""
    replica = vault.open()
    replica.observe(replica.look(), VOCABULARY)
    vault.path.rename(vault.path.with_name("unplugged"))
    with pytest.raises(VaultError):
        list(replica.apply([create(FLOW, {"name": "Dense flow warp"})]))
    with pytest.raises(VaultError):
        list(replica.apply([update(GUO, status=("to-read", "read"))]))
    assert not vault.path.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs limits on the size of files")
def test_a_note_that_does_not_fit_fails_alone_and_leaves_no_trace(vault: Bench) -> None:
    """A note the system has no room for fails with the reason in words; smaller ones are written."""
    import resource

    big, small = RecordId(Kind.PAPER, "big2026x"), RecordId(Kind.PAPER, "small2026x")
    replica = vault.open()
    replica.observe(replica.look(), VOCABULARY)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        outcomes = list(replica.apply([create(big, {"title": "x" * 9000}), create(small, MILDENHALL_FIELDS)]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert verdicts(outcomes) == [Verdict.FAILED, Verdict.WRITTEN]
    assert outcomes[0].reason == "the file would be larger than this system allows"
    assert not vault.note("Papers/big2026x.md").exists()
    assert list(next((vault.path / ".litsync/tmp").iterdir()).iterdir()) == []


@pytest.mark.skipif(os.mkdir not in os.supports_dir_fd, reason="needs folders deeper than a path can say")
def test_a_folder_that_cannot_be_read_makes_the_look_incomplete(vault: Bench) -> None:
    """While a folder cannot be listed nothing counts as absent, and the folder is named with the reason."""
    descriptor = os.open(vault.path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("x" * 200, dir_fd=descriptor)
        deeper = os.open("x" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(descriptor)
    snapshot = vault.full()
    assert not snapshot.complete
    assert set(snapshot.records) == {GUO, MILDENHALL, NERF}
    assert "name is too long" in snapshot.problems[0].message


def test_a_template_changed_by_its_reader_is_used_and_a_broken_one_is_named(vault: Bench) -> None:
    """New notes follow the vault's own template; a broken template fails new notes with its line, nothing else."""
    template = vault.note(".litsync/templates/paper.md.j2")
    template.write_text("*{{ title }}* by {{ authors | join(', ') }}\n")
    fields = {**MILDENHALL_FIELDS, "authors": (Name("Tancik", "Matthew"),)}
    vault.cycle(create(RecordId(Kind.PAPER, "a2026x"), fields))
    assert vault.note("Papers/a2026x.md").read_text().endswith("---\n*NeRF: Scenes as Fields* by Matthew Tancik\n")
    template.write_text("fine\n{% if %}\n")
    outcomes = vault.cycle(create(RecordId(Kind.PAPER, "b2026x"), fields), create(FLOW, {"name": "Dense flow warp"}))
    found = {outcome.operation.record: outcome for outcome in outcomes}
    assert found[FLOW].verdict is Verdict.WRITTEN
    broken = found[RecordId(Kind.PAPER, "b2026x")]
    assert broken.verdict is Verdict.FAILED
    assert "paper.md.j2, line 2," in broken.reason


@pytest.mark.parametrize("attack", ["{{ ''.__class__.__mro__ }}", "{{ self._TemplateReference__context.clear() }}"])
def test_a_template_cannot_reach_out_of_its_sandbox(vault: Bench, attack: str) -> None:
    """A template from a shared vault runs in a sandbox: what it must not touch fails the note."""
    vault.note(".litsync/templates/paper.md.j2").write_text(attack)
    outcomes = vault.cycle(create(RecordId(Kind.PAPER, "a2026x"), MILDENHALL_FIELDS))
    assert verdicts(outcomes) == [Verdict.FAILED]

"""Whatever methods and papers are called, they get notes of their own, and text from outside stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from vault_bench import FLOW, GUO, GUO_FIELDS, MILDENHALL_FIELDS, Bench, create, update, verdicts

from litsync.core.model import Kind, RecordId, Verdict
from litsync.replicas.base import Vocabulary, Words


@pytest.mark.parametrize(
    "name",
    ["con", "a/b", "..", "Home", "Method", "🦊 emoji", "x" * 300, "a#b|c^d", "é" * 200, ".hidden", "C:\\x", "%%"],
)
def test_a_method_of_any_name_gets_a_note_that_reads_back(bench: Bench, name: str) -> None:
    """Whatever the method is called, its note lies in `Methods`, links lead to it, and its name comes back."""
    words = Vocabulary(methods={"odd": Words(name)}, papers={"guo2021adnerf": "x"})
    odd = RecordId(Kind.METHOD, "odd")
    for _ in range(2):
        replica = bench.open()
        snapshot = replica.observe(replica.look(), words)
        operations = [create(odd, {"name": name}), create(GUO, {**GUO_FIELDS, "methods": ("odd",)})]
        outcomes = list(replica.apply([op for op in operations if op.record not in snapshot.records]))
        assert all(outcome.verdict is Verdict.WRITTEN for outcome in outcomes), outcomes
        replica.close()
        bench.token = None
    assert snapshot.records[odd].fields["name"] == name
    assert snapshot.records[GUO].fields["methods"] == ("odd",)
    assert [path.parent.name for path in bench.path.rglob("Methods/**/*.md")] == ["Methods"]
    assert not list(bench.path.parent.glob("*.md"))


def test_methods_whose_names_clash_get_notes_of_their_own(bench: Bench) -> None:
    """Two methods equal but for case get two notes with different names, and each keeps its papers and its name."""
    words = Vocabulary(methods={"gan": Words("GAN"), "gan-2": Words("gan")})
    one, other = RecordId(Kind.METHOD, "gan"), RecordId(Kind.METHOD, "gan-2")
    papers = [RecordId(Kind.PAPER, "a2020x"), RecordId(Kind.PAPER, "b2020x")]
    operations = [
        create(one, {"name": "GAN"}),
        create(other, {"name": "gan"}),
        create(papers[0], {**MILDENHALL_FIELDS, "methods": ("gan",)}),
        create(papers[1], {**MILDENHALL_FIELDS, "methods": ("gan-2",)}),
    ]
    replica = bench.open()
    replica.observe(replica.look(), words)
    assert verdicts(list(replica.apply(operations))) == [Verdict.WRITTEN] * 4
    stems = {path.stem.casefold() for path in (bench.path / "Methods").iterdir()}
    assert len(stems) == 2
    replica = bench.open()
    found = replica.observe(replica.look(), words).records
    assert found[papers[0]].fields["methods"] == ("gan",)
    assert found[papers[1]].fields["methods"] == ("gan-2",)
    assert (found[one].fields["name"], found[other].fields["name"]) == ("GAN", "gan")


def test_a_users_note_of_the_same_name_is_not_taken(vault: Bench) -> None:
    """A note of the user's with a method's name is left alone; the method gets one of another name only when asked for."""
    vault.note("Ideas").mkdir()
    vault.note("Ideas/dense FLOW warp.md").write_text("my idea")
    assert verdicts(vault.cycle(create(FLOW, {"name": "Dense flow warp"}))) == [Verdict.STALE]
    vault.settings = replace(vault.settings, asked=frozenset({FLOW}))
    assert verdicts(vault.cycle(create(FLOW, {"name": "Dense flow warp"}))) == [Verdict.WRITTEN]
    assert vault.note("Ideas/dense FLOW warp.md").read_text() == "my idea"
    record = vault.full().records[FLOW]
    assert record.fields["name"] == "Dense flow warp"
    assert verdicts(vault.cycle(update(GUO, methods=(("nerf",), ("nerf", "dense-flow"))))) == [Verdict.WRITTEN]
    assert vault.full().records[GUO].fields["methods"] == ("nerf", "dense-flow")


@pytest.mark.parametrize("folder", ["Methods", "Inbox"])
def test_an_empty_note_made_by_clicking_a_link_becomes_the_method_note(vault: Bench, folder: str) -> None:
    """The empty file that Obsidian makes for a link to a missing note is filled where it lies, not avoided."""
    vault.note(folder).mkdir(exist_ok=True)
    vault.note(f"{folder}/Dense flow warp.md").write_bytes(b"")
    assert verdicts(vault.cycle(create(FLOW, {"name": "Dense flow warp"}))) == [Verdict.WRITTEN]
    assert "method: dense-flow" in vault.note(f"{folder}/Dense flow warp.md").read_text()


def test_text_from_outside_cannot_become_a_command(vault: Bench) -> None:
    """Template commands, queries and HTML in a title are harmless in the body of the note."""
    hostile = RecordId(Kind.PAPER, "evil2026x")
    title = "<% tp.system.x() %> `= dv.x` <script>alert(1)</script> ![[Secret]] {{date}} %%hide"
    fields = {**MILDENHALL_FIELDS, "title": title, "url": "https://x.org/>)![[Secret]]<%25x"}
    assert verdicts(vault.cycle(create(hostile, fields))) == [Verdict.WRITTEN]
    body = vault.note("Papers/evil2026x.md").read_text().split("\n---\n", 1)[1]
    for danger in ("<%", "`=", "<script", "![[", "{{", "%%"):
        assert danger not in body
    assert vault.full().records[hostile].fields["title"] == title

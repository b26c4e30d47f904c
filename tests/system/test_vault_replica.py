"""The vault as a replica, on real files: what it reports, what it writes, and above all what it leaves alone."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from litsync.core.fields import carried
from litsync.core.model import (
    VAULT,
    Action,
    Change,
    Kind,
    Name,
    Operation,
    Outcome,
    RecordId,
    Snapshot,
    Value,
    Verdict,
)
from litsync.core.values import FieldKind, Form
from litsync.errors import VaultError
from litsync.replicas import system_calls
from litsync.replicas.base import Memory, Scope, Vocabulary, Words
from litsync.replicas.files import Folder
from litsync.replicas.vault import VaultReplica, VaultSettings, join

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
    settings: VaultSettings = field(init=False)
    kept: list[tuple[RecordId, str, bytes]] = field(default_factory=list)
    scope: Scope = None
    snapshot: Snapshot = field(default_factory=lambda: Snapshot(VAULT, {}))

    def __post_init__(self) -> None:
        self.settings = VaultSettings(self.path, "vault", TEMPLATE)

    def open(self) -> VaultReplica:
        """A replica that starts from what is remembered."""
        self.memory = Memory(json.loads(json.dumps(self.token)))
        return VaultReplica(self.settings, self.memory)

    def cycle(self, *operations: Operation, everything: bool = False) -> list[Outcome]:
        """One cycle: look, observe, write, commit. What was seen is in `scope` and `snapshot`."""
        replica = self.open()
        self.scope = replica.look()
        self.snapshot = replica.observe(None if everything else self.scope, VOCABULARY)
        outcomes = list(replica.apply(operations)) if operations else []
        replica.close()
        replica.committed()
        self.token = json.loads(json.dumps(self.memory.token))
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


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A vault that does not exist yet."""
    return Bench(tmp_path / "vault")


@pytest.fixture
def vault(bench: Bench) -> Bench:
    """A vault with two papers and a method."""
    bench.cycle(*ALL)
    return bench


def verdicts(outcomes: Sequence[Outcome]) -> list[Verdict]:
    """How the operations ended."""
    return [outcome.verdict for outcome in outcomes]


# ── a new vault ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_first_push_makes_a_vault_that_reads_back(bench: Bench) -> None:
    """The vault holds the template, a note for every record, and says of each exactly what was written."""
    outcomes = bench.cycle(*ALL)
    assert verdicts(outcomes) == [Verdict.WRITTEN] * 3
    assert json.loads((bench.path / ".litsync/vault.json").read_text())["complete"] is True
    assert (bench.path / "Papers.base").is_file()
    assert (bench.path / ".obsidian/types.json").is_file()
    records = bench.full().records
    assert set(records) == {GUO, MILDENHALL, NERF}
    for record, fields in ((GUO, GUO_FIELDS), (MILDENHALL, MILDENHALL_FIELDS), (NERF, NERF_FIELDS)):
        for name, value in fields.items():
            assert records[record].fields.get(name) == value, name
    by_record = {outcome.operation.record: outcome for outcome in outcomes}
    assert by_record[GUO].proven["methods"] == ("nerf",)


def test_notes_look_as_obsidian_users_expect(vault: Bench) -> None:
    """A paper links to its method by name, one link per list item, and a method note shows its papers."""
    paper = vault.note().read_text()
    assert paper.startswith("---\ncitekey: guo2021adnerf\n")
    assert 'methods:\n  - "[[NeRF]]"\n' in paper
    assert 'arxiv: "2103.11078"\n' in paper
    assert "[Code](<https://github.com/YudongGuo/AD-NeRF>)" in paper
    method = vault.note("Methods/NeRF.md").read_text()
    assert 'sources:\n  - "[[mildenhall2020nerf]]"\n' in method
    assert "![[Papers.base#Method]]" in method


def test_looking_without_writing_makes_nothing(bench: Bench) -> None:
    """A look at a vault that does not exist yet reports an empty one and makes no folder."""
    assert bench.full().records == {}
    assert bench.snapshot.complete
    assert not bench.path.exists()
    assert bench.token is None


def test_a_vault_whose_making_was_interrupted_is_finished(bench: Bench) -> None:
    """A marker written before a crash is recognised by the next push, which adds the missing files."""
    (bench.path / ".litsync").mkdir(parents=True)
    (bench.path / ".litsync/vault.json").write_text('{"schema": 1, "lineage": "abc", "complete": false}')
    (bench.path / "Home.md").write_text("mine")
    assert verdicts(bench.cycle(*ALL)) == [Verdict.WRITTEN] * 3
    assert json.loads((bench.path / ".litsync/vault.json").read_text()) == {
        "schema": 1,
        "lineage": "abc",
        "complete": True,
    }
    assert (bench.path / "Papers.base").is_file()
    assert (bench.path / "Home.md").read_text() == "mine"


# ── nothing to do ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_cycle_sees_nothing_and_writes_nothing(vault: Bench) -> None:
    """After a push the next look finds no change, and no byte, no time stamp and no remembered row changes."""
    before, token = vault.files(), vault.token
    vault.cycle()
    assert vault.scope == frozenset()
    assert vault.files() == before
    assert vault.token == token


def test_an_update_to_what_is_there_already_writes_nothing(vault: Bench) -> None:
    """An operation whose values the note already has counts as written and leaves the file as it is."""
    before = vault.files()
    outcomes = vault.cycle(update(GUO, title=(GUO_FIELDS["title"], GUO_FIELDS["title"])))
    assert verdicts(outcomes) == [Verdict.WRITTEN]
    assert vault.files() == before


# ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edited_property_is_seen_and_only_that_note_is_looked_at(vault: Bench) -> None:
    """A property changed in Obsidian puts that record, and no other, in the scope of the next look."""
    note = vault.note()
    note.write_text(note.read_text().replace("status: to-read", "status: read"))
    vault.cycle()
    assert vault.scope == frozenset({GUO})
    assert vault.snapshot.records[GUO].fields["status"] == "read"


def test_a_save_of_the_same_length_right_after_a_look_is_seen(vault: Bench) -> None:
    """A change that leaves size and time stamp as they were is found all the same."""
    note = vault.note()
    stamp = note.stat()
    note.write_bytes(note.read_bytes().replace(b"2021-10", b"2021-11"))
    os.utime(note, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    vault.cycle()
    assert vault.snapshot.records[GUO].fields["date"] == "2021-11"


def test_a_moved_and_renamed_note_keeps_its_identity(vault: Bench) -> None:
    """A paper note found under another name in another folder is the same record, and is written there."""
    vault.note("Reading").mkdir()
    vault.note().rename(vault.note("Reading/AD-NeRF talk.md"))
    vault.cycle()
    assert vault.scope == frozenset({GUO})
    assert vault.snapshot.records[GUO].fields["title"] == GUO_FIELDS["title"]
    assert verdicts(vault.cycle(update(GUO, status=("to-read", "read")))) == [Verdict.WRITTEN]
    assert "status: read" in vault.note("Reading/AD-NeRF talk.md").read_text()
    assert not vault.note().exists()


def test_a_renamed_method_note_renames_the_method_and_papers_still_find_it(vault: Bench) -> None:
    """Renaming a method note changes the method's name; papers linked to it by either name keep their method."""
    vault.note("Methods/NeRF.md").rename(vault.note("Methods/Radiance fields.md"))
    note = vault.note()
    note.write_text(note.read_text().replace("[[NeRF]]", "[[Radiance fields]]"))
    snapshot = vault.full()
    assert snapshot.records[NERF].fields["name"] == "Radiance fields"
    assert snapshot.records[GUO].fields["methods"] == ("nerf",)


def test_links_to_a_former_name_keep_their_meaning(vault: Bench) -> None:
    """A method note renamed twice outside Obsidian is still meant by links that say a name it had."""
    note = vault.note()
    for old, new in (("NeRF", "Fields"), ("Fields", "Radiance fields")):
        vault.note(f"Methods/{old}.md").rename(vault.note(f"Methods/{new}.md"))
        if new == "Fields":
            note.write_text(note.read_text().replace("[[NeRF]]", "[[Fields]]"))
        vault.cycle()
    assert vault.full().records[GUO].fields["methods"] == ("nerf",)


def test_a_source_that_leads_to_no_paper_is_left_to_a_person(vault: Bench) -> None:
    """A method's source that no paper answers to freezes `sources`: it is never taken for a removal."""
    note = vault.note("Methods/NeRF.md")
    note.write_text(note.read_text().replace("[[mildenhall2020nerf]]", "[[some talk]]"))
    vault.cycle()
    assert vault.snapshot.records[NERF].unreadable == {"sources"}


def test_a_method_note_that_comes_or_goes_makes_every_link_worth_a_look(vault: Bench) -> None:
    """When a method note appears or vanishes, links elsewhere may mean something else: everything is looked at."""
    vault.note("Methods/Dense flow warp.md").write_text("---\nmethod: dense-flow\n---\n")
    vault.cycle()
    assert vault.scope is None
    vault.cycle()
    assert vault.scope == frozenset()


def test_a_deleted_note_is_absent(vault: Bench) -> None:
    """A note that was deleted, or moved to Obsidian's trash, is in the scope and neither found nor unknown."""
    vault.note(".trash").mkdir()
    vault.note().rename(vault.note(".trash/guo2021adnerf.md"))
    vault.cycle()
    assert vault.scope == frozenset({GUO})
    assert vault.snapshot.complete
    assert GUO not in vault.snapshot.records
    assert GUO not in vault.snapshot.unknown


def test_links_are_read_as_obsidian_reads_them(vault: Bench) -> None:
    """Case, aliases behind a bar, headings, folders and Markdown links all lead to the method."""
    note = vault.note()
    forms = ("[[nerf]]", "[[NeRF|radiance]]", "[[NeRF#Papers]]", "[[Methods/NeRF]]", "[[Neural radiance fields]]")
    for form in forms:
        text = note.read_text()
        start = text.index("methods:\n  - ")
        end = text.index("\n", start + 12)
        note.write_text(f'{text[:start]}methods:\n  - "{form}"{text[end:]}')
        vault.cycle()
        assert vault.snapshot.records[GUO].fields["methods"] == ("nerf",), form


# ── changing properties ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_changed_property_leaves_every_other_byte(vault: Bench, mark: bytes, end: bytes) -> None:
    """Comments, unknown properties, line ends, a byte order mark and the body survive an edit byte for byte."""
    lines = [
        b"---",
        b"citekey: guo2021adnerf  # chosen once",
        b"rating: [5, 'good']",
        b"status: to-read",
        b"methods: ['[[NeRF]]']   # flow",
        b"---",
        b"# Mine",
        b"",
        b"  trailing blanks  ",
        b"status: to-read is not a property here",
    ]
    vault.note().write_bytes(mark + end.join(lines))
    outcomes = vault.cycle(update(GUO, status=("to-read", "read")))
    assert verdicts(outcomes) == [Verdict.WRITTEN]
    assert outcomes[0].proven == {"status": "read"}
    lines[3] = b"status: read"
    assert vault.note().read_bytes() in (mark + end.join(lines), end.join(lines))


def test_the_replaced_text_goes_to_the_journal(vault: Bench) -> None:
    """Before a note is replaced, its previous bytes are kept with the record and the note's path."""
    before = vault.note().read_bytes()
    vault.cycle(update(GUO, status=("to-read", "read")))
    assert vault.kept == [(GUO, "vault/Papers/guo2021adnerf.md", before)]


def test_a_set_is_changed_member_by_member(vault: Bench) -> None:
    """Members that litsync did not see stay when others are added and removed."""
    note = vault.note()
    note.write_text(note.read_text().replace("  - audio-driven\n", "  - audio-driven\n  - mine\n"))
    tags = GUO_FIELDS["tags"]
    outcomes = vault.cycle(update(GUO, tags=(tags, ("audio-driven", "2021", "new one"))))
    assert verdicts(outcomes) == [Verdict.WRITTEN]
    assert "tags:\n  - audio-driven\n  - mine\n  - 2021-\n  - new-one\n" in note.read_text()


@pytest.mark.parametrize(
    "written",
    ['  - "[[NeRF]]"', '  - "[[nerf|radiance]]"', "  - [[NeRF]]", ' "[[Methods/NeRF]]"', " ['[[NeRF]]']"],
)
def test_a_member_goes_however_the_note_spells_it(vault: Bench, written: str) -> None:
    """A method is taken out of a paper whether its link has another text, a folder, no quotes or stands alone."""
    note = vault.note()
    lead = "\n" if written.startswith("  -") else ""
    note.write_text(note.read_text().replace('methods:\n  - "[[NeRF]]"', f"methods:{lead}{written}"))
    outcomes = vault.cycle(update(GUO, methods=(("nerf",), ("dense-flow",))))
    assert verdicts(outcomes) == [Verdict.WRITTEN]
    assert outcomes[0].proven == {"methods": ("dense-flow",)}
    assert "nerf|" not in note.read_text()


def test_a_link_to_a_method_that_nobody_knows_is_reported_by_name(vault: Bench) -> None:
    """A link to a note that does not exist counts as a method of that name, and stays when other members change."""
    note = vault.note()
    note.write_text(note.read_text().replace('  - "[[NeRF]]"\n', '  - "[[NeRF]]"\n  - "[[My own idea]]"\n'))
    outcomes = vault.cycle(update(GUO, methods=(("nerf",), ("dense-flow",))))
    assert vault.snapshot.records[GUO].fields["methods"] == ("nerf", "My own idea")
    assert verdicts(outcomes) == [Verdict.WRITTEN]
    assert 'methods:\n  - "[[My own idea]]"\n  - "[[Dense flow warp]]"\n' in note.read_text()


def test_a_value_that_breaks_its_rules_freezes_only_its_property(vault: Bench) -> None:
    """A date that is none is reported with its text and left alone, and other properties still flow."""
    note = vault.note()
    note.write_text(note.read_text().replace("date: 2021-10", "date: some day"))
    other = update(GUO, date=("2021-10", "2021-11"))
    outcomes = vault.cycle(update(GUO, status=("to-read", "read")), other)
    assert vault.snapshot.records[GUO].unreadable == {"date"}
    problem = vault.snapshot.problems[0]
    assert (problem.place.path, problem.text, problem.record) == ("vault/Papers/guo2021adnerf.md", "some day", GUO)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.WRITTEN, Verdict.STALE]
    assert "date: some day" in note.read_text()


def test_an_operation_planned_for_another_value_is_stale(vault: Bench) -> None:
    """A property that is no longer what the operation expects is left as it is."""
    before = vault.files()
    outcomes = vault.cycle(update(GUO, status=("reading", "read")))
    assert verdicts(outcomes) == [Verdict.STALE]
    assert "status" in outcomes[0].reason
    assert vault.files() == before


def test_a_note_saved_after_the_look_is_still_changed_when_its_values_stand(vault: Bench) -> None:
    """Typing in the body between look and write does not stop the change of a property, nor get lost."""
    replica = vault.open()
    replica.observe(replica.look(), VOCABULARY)
    with vault.note().open("a") as body:
        body.write("typed meanwhile\n")
    outcomes = list(replica.apply([update(GUO, status=("to-read", "read"))]))
    assert verdicts(outcomes) == [Verdict.WRITTEN]
    text = vault.note().read_text()
    assert text.endswith("typed meanwhile\n")
    assert "status: read" in text


def test_tags_that_obsidian_cannot_hold_come_back_as_they_were(vault: Bench) -> None:
    """Tags with blanks or of digits only are written in a form Obsidian accepts and read as the catalog has them."""
    text = vault.note().read_text()
    assert "talking head" not in text
    assert "talking-head" in text
    assert vault.full().records[GUO].fields["tags"] == ("audio-driven", "talking head", "2021")


# ── notes that cannot be trusted ─────────────────────────────────────────────────────────────────────────────────


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


# ── vaults that are not what they should be ──────────────────────────────────────────────────────────────────────


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


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["con", "a/b", "..", "🦊 emoji", "x" * 300, "a#b|c^d", "é" * 200, ".hidden", "C:\\x", "%%"]
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
    """A new method whose name a note of the user's has gets another file name, and the user's note is untouched."""
    vault.note("Ideas").mkdir()
    vault.note("Ideas/dense FLOW warp.md").write_text("my idea")
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


# ── at the same moment, and after a crash ────────────────────────────────────────────────────────────────────────


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
    replica = VaultReplica(vault.settings, Memory(vault.token), swap=saving_swap(vault.note(), theirs))
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

    replica = VaultReplica(vault.settings, Memory(vault.token), swap=dying)
    replica.observe(replica.look(), VOCABULARY)
    with pytest.raises(Crash):
        list(replica.apply(operations))
    changed = {record for record, note in papers.items() if note.read_bytes() != old[record]}
    assert len(changed) == survived + exchanged
    vault.kept.clear()
    vault.cycle()
    assert vault.scope == changed
    assert {record: data for record, _, data in vault.kept} == {record: old[record] for record in changed}
    left = [operation for operation in operations if operation.record not in changed]
    assert verdicts(vault.cycle(*left)) == [Verdict.WRITTEN] * len(left)
    assert all(vault.full().records[record].fields["status"] == "read" for record in papers)
    assert list(next((vault.path / ".litsync/tmp").iterdir()).iterdir()) == []


# ── cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── the template ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_property_has_a_type_and_identifiers_are_text() -> None:
    """Obsidian is told the type of every property litsync writes, so that it never takes an identifier for a number."""
    types = json.loads((TEMPLATE / ".obsidian/types.json").read_text())["types"]
    fields = [field for kind in (Kind.PAPER, Kind.METHOD) for field in carried(kind, VAULT) if field.name != "name"]
    for row in fields:
        match row.kind, row.form:
            case FieldKind.SET | FieldKind.NAMES, _:
                assert types[row.name] in ("multitext", "tags", "aliases"), row.name
            case _, Form.NUMBER:
                assert types[row.name] == "number", row.name
            case _:
                assert types[row.name] == "text", row.name
    assert types["citekey"] == types["method"] == "text"


def test_the_shipped_views_exist_and_use_known_properties() -> None:
    """The base parses, has every view that notes embed, and shows only properties that notes have."""
    base = yaml.safe_load((TEMPLATE / "Papers.base").read_text())
    views = {view["name"]: view for view in base["views"]}
    embedded = re.compile(r"!\[\[Papers\.base#([^\]]+)\]\]")
    texts = [path.read_text() for path in TEMPLATE.rglob("*.md*")] + [
        path.read_text() for path in (TEMPLATE / ".litsync").rglob("*.j2")
    ]
    assert {name for text in texts for name in embedded.findall(text)} <= set(views)
    known = {row.name for row in carried(Kind.PAPER, VAULT)} | {"file.name"}
    assert {prop for view in views.values() for prop in view["order"]} <= known
    assert next(iter(views)) == "All papers"


def test_the_vault_ships_no_community_plugin() -> None:
    """Opening the vault asks nobody to trust foreign code, and all settings are sound JSON."""
    settings = list((TEMPLATE / ".obsidian").glob("*.json"))
    assert {path.name for path in settings} >= {"app.json", "appearance.json", "core-plugins.json", "graph.json"}
    assert all(json.loads(path.read_text()) for path in settings)
    assert not (TEMPLATE / ".obsidian/plugins").exists()

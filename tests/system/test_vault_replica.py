"""The vault as a replica, on real files: what it reports, and what it writes."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from vault_bench import (
    ALL,
    GUO,
    GUO_FIELDS,
    MILDENHALL,
    MILDENHALL_FIELDS,
    NERF,
    NERF_FIELDS,
    VOCABULARY,
    Bench,
    update,
    verdicts,
)

from litsync.core.model import Verdict
from litsync.errors import VaultError

# ── a new vault ──────────────────────────────────────────────────────────────────────────────────────────────────────


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


def test_a_vault_in_a_folder_that_is_not_there_is_not_made(bench: Bench) -> None:
    """The folders above a vault are never made: they may be a disk that is not plugged in."""
    bench.settings = replace(bench.settings, path=bench.path / "deeper" / "vault")
    with pytest.raises(VaultError, match="is not there"):
        bench.cycle(*ALL)
    assert not bench.path.exists()


# ── nothing to do ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── changing properties ──────────────────────────────────────────────────────────────────────────────────────────────


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

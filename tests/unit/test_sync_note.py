"""The sync note: what it shows, and which ticks in it count."""

from __future__ import annotations

import re

import pytest

from litsync.core import questions
from litsync.core.model import Hold, Kind, Place, Plan, Problem, RecordId
from litsync.core.questions import Choice
from litsync.daemon.sync_note import SyncNote, answers, is_own, render
from litsync.replicas.files import Folder

GUO, GAN = RecordId(Kind.PAPER, "guo2021adnerf"), RecordId(Kind.PAPER, "goodfellow2014generative")
CONFLICT = questions.conflict(GUO, "venue", "ICCV 2021", {"catalog": "Ours", "vault": "Mine"})
PROBLEM = Problem(Place("vault/Papers/x.md", 3), "is empty")


def gone(record):
    """The question about a note that was deleted."""
    return questions.vanished("vault", record, {})


def tick(text, *words):
    """Tick the boxes whose line holds one of the words, as Obsidian does."""
    lines = [
        line.replace("- [ ]", "- [x]") if "- [ ]" in line and any(word in line for word in words) else line
        for line in text.split("\n")
    ]
    return "\n".join(lines)


def test_nothing_open_is_no_note():
    """Nothing to say, nothing to write."""
    assert render(Plan()) == ""


def test_a_conflict_shows_every_value_with_a_box():
    """A tick is the answer to exactly this question."""
    text = render(Plan(conflicts=(CONFLICT,)))
    assert "> [!warning] guo2021adnerf: venue" in text
    assert "> - [ ] the catalog: “Ours”" in text
    assert answers(text) == {}
    assert answers(tick(text, "“Mine”")) == {CONFLICT.id: "vault"}


def test_it_links_nowhere_and_holds_no_time():
    """It is no part of the graph, whatever the values say, and equal openness is an equal note."""
    row = questions.conflict(GUO, "title", None, {"catalog": "[[NeRF]] ![[x]] <% tp %> %% a", "vault": "b\n> - [x] c"})
    plan = Plan(conflicts=(row,), problems=(PROBLEM,))
    text = render(plan)
    assert not re.search(r"\[\[|<%|\d\d:\d\d", text)
    assert text == render(plan)
    assert answers(text) == {}
    assert answers(tick(text, "the vault")) == {row.id: "vault"}


def test_two_boxes_of_one_question_are_no_answer():
    """What was meant cannot be told."""
    text = tick(render(Plan(conflicts=(CONFLICT,))), "“Mine”", "“Ours”")
    assert answers(text) == {}


def test_one_deletion_has_a_box_and_several_have_none():
    """More than one is approved on the command line."""
    one = render(Plan(holds=(gone(GUO),)))
    assert answers(tick(one, "remove it everywhere")) == {gone(GUO).id: Choice.REMOVE}
    two = render(Plan(holds=(gone(GUO), gone(GAN))))
    assert "remove it everywhere" not in two
    assert "litsync approve" in two
    assert answers(tick(two, "make it again")) == {gone(GUO).id: "restore", gone(GAN).id: "restore"}


def test_everything_at_once_is_never_removed_by_a_box():
    """A vault that lost nearly all its papers offers no such box, even as the only question."""
    whole = Hold(
        "vault", RecordId(Kind.LIST, "list"), "has lost 30 of 33 papers at once", "", "all-1", ("restore", "remove")
    )
    text = render(Plan(holds=(whole,)))
    assert answers(tick(text, "make it again")) == {"all-1": "restore"}
    assert "remove it everywhere" not in text


@pytest.mark.parametrize(
    "change", [("“Mine”", "“Yours”"), ("c-", "c-0"), ("\n%% litsync", "\nmy own words\n%% litsync")]
)
def test_ticks_in_a_note_that_was_changed_do_not_count(change):
    """Nor does a box count whose words were changed."""
    text = tick(render(Plan(conflicts=(CONFLICT,))), "the vault").replace(*change)
    assert not is_own(text)
    assert answers(text) == {}


def test_many_questions_are_cut():
    """The rest is counted."""
    holds = tuple(gone(RecordId(Kind.PAPER, f"p{number}")) for number in range(60))
    text = render(Plan(holds=holds))
    assert text.count("[!question]") == 40
    assert "And 20 more" in text


@pytest.fixture
def note(tmp_path):
    """The note of a machine in an empty vault."""
    return SyncNote(Folder(tmp_path, tmp_path / ".litsync"), tmp_path, "laptop")


def test_it_is_written_only_when_something_changes(note, tmp_path):
    """Made when something is open, left alone while that stands, gone with it."""
    path = tmp_path / "litsync (laptop).md"
    note.show(Plan())
    assert not path.exists()
    note.show(Plan(conflicts=(CONFLICT,)))
    before = path.stat().st_mtime_ns
    note.show(Plan(conflicts=(CONFLICT,)))
    path.write_text(tick(path.read_text(), "the vault"))
    ticked = path.stat().st_mtime_ns
    note.show(Plan(conflicts=(CONFLICT,)))
    assert (before != ticked, path.stat().st_mtime_ns) == (True, ticked)
    assert note.answers() == {CONFLICT.id: "vault"}
    note.show(Plan(problems=(PROBLEM,)))
    assert "is empty" in path.read_text()
    note.show(Plan())
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != ".litsync"] == []


def test_words_added_to_it_are_kept(note, tmp_path):
    """Not one sentence of a person is lost: they move into a note beside it."""
    path = tmp_path / "litsync (laptop).md"
    note.show(Plan(conflicts=(CONFLICT,)))
    path.write_text(path.read_text() + "\nI must ask Anna about this.\n")
    note.show(Plan(problems=(PROBLEM,)))
    assert "Anna" in (tmp_path / "litsync (laptop) 2.md").read_text()
    assert is_own(path.read_text())


def test_an_empty_file_is_being_saved(note, tmp_path):
    """It is left alone."""
    path = tmp_path / "litsync (laptop).md"
    path.write_text("")
    note.show(Plan(conflicts=(CONFLICT,)))
    assert path.read_text() == ""

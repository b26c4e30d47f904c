"""The sync note: what it shows, and which ticks in it count."""

from __future__ import annotations

import re

import pytest

from litsync.core import questions
from litsync.core.model import Hold, Kind, Place, Plan, Problem, RecordId
from litsync.core.questions import Choice
from litsync.daemon.sync_note import SyncNote, answers, is_own
from litsync.daemon.sync_note import render as rendered
from litsync.replicas import system_calls
from litsync.replicas.files import Folder

GUO, GAN = RecordId(Kind.PAPER, "guo2021adnerf"), RecordId(Kind.PAPER, "goodfellow2014generative")
CONFLICT = questions.conflict(GUO, "venue", "ICCV 2021", {"catalog": "Ours", "vault": "Mine"})
PROBLEM = Problem(Place("vault/Papers/x.md", 3), "is empty")


def render(plan):
    """The note of some machine."""
    return rendered(plan, "1a2b3c4d")


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


class Person:
    """Saves at exactly the moment at which litsync renames a file: `words` hold what, before the first, the second move."""

    def __init__(self, path):
        self.path, self.words = path, []

    def move(self, source, target):
        """How litsync renames, with the person in front of it."""
        if self.words and (word := self.words.pop(0)) is not None:
            self.path.write_text(word)
        system_calls.move_new(source, target)

    def swap(self, one, other):
        """How litsync exchanges two files, with the person in front of it."""
        if self.words and (word := self.words.pop(0)) is not None:
            self.path.write_text(word)
        return system_calls.swap(one, other)


@pytest.fixture
def person(tmp_path):
    """Somebody who has the note open."""
    return Person(tmp_path / "litsync (laptop).md")


@pytest.fixture
def note(tmp_path, person):
    """The note of a machine in an empty vault."""
    return SyncNote(Folder(tmp_path, tmp_path / ".litsync", person.swap, move=person.move), "laptop", "1a2b3c4d")


def texts(tmp_path):
    """Every note of the vault."""
    return {path.name: path.read_text() for path in tmp_path.glob("*.md")}


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


OPEN = Plan(conflicts=(CONFLICT,))


def test_a_save_just_before_it_is_taken_away_stays(note, person, tmp_path):
    """It stands in its place, word for word; the next look keeps it beside."""
    note.show(OPEN)
    person.words = ["I must ask Anna"]
    note.show(Plan())
    assert texts(tmp_path) == {"litsync (laptop).md": "I must ask Anna"}
    note.show(Plan())
    assert texts(tmp_path) == {"litsync (laptop) 2.md": "I must ask Anna"}


def test_two_saves_while_it_is_taken_away_both_stay(note, person, tmp_path):
    """The later one in its place, the earlier one beside it."""
    note.show(OPEN)
    person.words = ["I must ask Anna", "and Bob"]
    note.show(Plan())
    assert texts(tmp_path) == {"litsync (laptop).md": "and Bob", "litsync (laptop) 2.md": "I must ask Anna"}
    assert list((tmp_path / ".litsync").iterdir()) == []


@pytest.mark.parametrize("late", ["at the next look", "at the next question"])
def test_an_editor_that_held_it_open_loses_nothing(note, tmp_path, late):
    """What it writes into the file that was taken away comes back."""
    note.show(OPEN)
    with (tmp_path / "litsync (laptop).md").open("a") as editor:
        note.show(Plan())
        assert texts(tmp_path) == {}
        editor.write("I must ask Anna")
    note.answers() if late == "at the next question" else note.show(Plan())
    assert "Anna" in "".join(texts(tmp_path).values())


def test_a_save_just_before_it_is_changed_stays(note, person, tmp_path):
    """And before words in it are put aside, too: whatever stands there then is kept."""
    note.show(OPEN)
    person.words = ["I must ask Anna"]
    note.show(Plan(problems=(PROBLEM,)))
    assert texts(tmp_path) == {"litsync (laptop).md": "I must ask Anna"}
    person.words = ["I must ask Anna and Bob"]
    note.show(OPEN)
    assert texts(tmp_path)["litsync (laptop) 2.md"] == "I must ask Anna and Bob"
    assert is_own(texts(tmp_path)["litsync (laptop).md"])


def test_a_note_that_appears_just_before_it_is_made_stays(note, person, tmp_path):
    """A new note replaces none."""
    person.words = ["I must ask Anna"]
    with pytest.raises(FileExistsError):
        note.show(OPEN)
    assert texts(tmp_path) == {"litsync (laptop).md": "I must ask Anna"}


def test_two_machines_of_one_name_have_two_notes(note, tmp_path):
    """In a vault that is synced between them, neither writes, takes away or answers the other's."""
    other = SyncNote(Folder(tmp_path, tmp_path / ".litsync"), "laptop", "99999999")
    note.show(OPEN)
    other.show(Plan())
    assert list(texts(tmp_path)) == ["litsync (laptop).md"]
    other.show(Plan(problems=(PROBLEM,)))
    before = texts(tmp_path)
    assert sorted(before) == ["litsync (laptop 99999999).md", "litsync (laptop).md"]
    (tmp_path / "litsync (laptop).md").write_text(tick(before["litsync (laptop).md"], "the vault"))
    assert (note.answers(), other.answers()) == ({CONFLICT.id: "vault"}, {})
    note.show(Plan())
    other.show(Plan(problems=(PROBLEM,)))
    assert texts(tmp_path) == {"litsync (laptop 99999999).md": before["litsync (laptop 99999999).md"]}
    other.show(Plan())
    assert texts(tmp_path) == {}

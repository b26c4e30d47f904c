"""What is remembered comes back, is durable when it should be, and is not written twice."""

from __future__ import annotations

import sqlite3

import pytest

from litsync.core.model import (
    VAULT,
    Account,
    Action,
    Change,
    FieldState,
    Kind,
    Name,
    Operation,
    Outcome,
    RecordId,
    RecordState,
    Verdict,
)
from litsync.errors import LitsyncError
from litsync.state import State

PAPER = RecordId(Kind.PAPER, "a2020b")
OTHER = RecordId(Kind.PAPER, "c2021d")
KNOWN = RecordState(
    {
        "title": FieldState("T", 2, {"catalog": Account("T", 2), VAULT: Account("old", 1)}),
        "tags": FieldState(("a",), 1, {"zotero": Account(("a",), 1, ("theirs",))}),
        "authors": FieldState((Name("Guo", "Y"),), 1, {}, {"vault": (Name("Guo", "X"),), "catalog": None}),
    },
    frozenset({"catalog", VAULT}),
)


@pytest.fixture
def path(tmp_path):
    """Where a state file is to be."""
    return tmp_path / "state.sqlite"


def outcome():
    """A written operation on the vault."""
    operation = Operation(VAULT, Action.UPDATE, PAPER, (Change("title", "a", "b"),))
    return Outcome(operation, Verdict.WRITTEN, {"title": "b"})


def test_a_planned_cycle_is_durable_before_it_is_carried_out(path):
    """Another process sees targets, plan and open records as soon as the cycle has begun."""
    state = State.open(path)
    number = state.begin("push", "now", {"operations": []}, {PAPER: KNOWN})
    other = State.open(path)

    assert other.records(None) == {PAPER: KNOWN}
    assert other.records(frozenset({OTHER})) == {}
    assert other.open_records() == {PAPER}
    assert other.plan_of(number) == {"operations": []}
    assert other.cycles() == [(number, "now", "push", None)]


def test_outcomes_accounts_handles_and_previous_bytes_come_together(path):
    """What was written and what stood there before are in one transaction."""
    state = State.open(path)
    number = state.begin("push", "now", {}, {PAPER: KNOWN})
    memory = state.memory(VAULT)
    memory.remember(PAPER, {"key": "K"})
    memory.keep(PAPER, "vault/a.md", b"previous")
    settled = RecordState({}, frozenset({"catalog"}))
    state.settle(number, memory, [outcome()], {PAPER: settled})
    other = State.open(path)

    assert other.records(None)[PAPER] == settled
    assert other.memory(VAULT).handle(PAPER) == {"key": "K"}
    assert other.memory(VAULT).handles() == {PAPER: {"key": "K"}}
    assert other.previous_bytes(number) == [("paper:a2020b", "vault/a.md", b"previous")]


def test_a_cycle_ends_with_tokens_facts_and_what_stays_open(path):
    """And with the time at which it ended."""
    state = State.open(path)
    number = state.begin("push", "now", {}, {PAPER: KNOWN, OTHER: KNOWN})
    memory = state.memory(VAULT)
    memory.token = {"notes": {}}
    memory.remember(OTHER, {"x": 1})
    state.finish(number, "later", {"tags": ["a"]}, {VAULT: memory}, frozenset({OTHER}))
    other = State.open(path)

    assert other.memory(VAULT).token == {"notes": {}}
    assert other.memory(VAULT).handle(OTHER) == {"x": 1}
    assert other.fact("tags") == ["a"]
    assert other.open_records() == {OTHER}
    assert other.cycles()[0][3] == "later"


def test_of_many_parts_only_those_that_changed_are_written(path):
    """The others stand as they were; a forgotten replica has none."""
    state = State.open(path)
    memory = state.memory(VAULT)
    memory.changed_parts |= {f"{number}.md": b"row" for number in range(1000)}
    state.finish(None, "now", {}, {VAULT: memory}, frozenset())
    before, memory = state._db.total_changes, state.memory(VAULT)
    memory.changed_parts |= {"1.md": b"other", "2.md": None}
    state.finish(None, "later", {}, {VAULT: memory}, frozenset())

    assert state._db.total_changes - before == 2
    parts = State.open(path).memory(VAULT).parts()
    assert len(parts) == 999
    assert (parts["1.md"], parts["3.md"]) == (b"other", b"row")
    state.forget(VAULT)
    assert State.open(path).memory(VAULT).parts() == {}


def test_the_state_of_an_older_litsync_is_taken_over(path):
    """Accounts, handles and the journal stand; there are no parts yet."""
    state = State.open(path)
    number = state.begin("push", "now", {}, {PAPER: KNOWN})
    memory = state.memory(VAULT)
    memory.token = {"lineage": "l", "notes": {"a.md": [1, 2, 3, 4, "h", "paper:a2020b"]}}
    memory.remember(PAPER, {"x": 1})
    state.finish(number, "later", {}, {VAULT: memory}, frozenset())
    state._db.executescript("DROP TABLE part; PRAGMA user_version = 1;")
    state.close()
    newer = State.open(path)

    assert newer.records(None)[PAPER] == KNOWN
    assert newer.memory(VAULT).handle(PAPER) == {"x": 1}
    assert newer.memory(VAULT).parts() == {}
    assert newer.cycles() == [(number, "now", "push", "later")]


def test_an_idle_cycle_writes_no_row(path):
    """Equal facts, tokens and open records leave the file as it is."""
    state = State.open(path)
    memory = state.memory(VAULT)
    memory.token = {"n": 1}
    state.finish(None, "later", {"tags": []}, {VAULT: memory}, frozenset())
    again = State.open(path)
    before = again._db.total_changes
    again.finish(None, "later", {"tags": []}, {VAULT: again.memory(VAULT)}, frozenset())

    assert again._db.total_changes == before


def test_a_forgotten_replica_leaves_no_account(path):
    """The next cycle meets it for the first time; the others are remembered."""
    state = State.open(path)
    number = state.begin("push", "now", {}, {PAPER: KNOWN})
    memory = state.memory(VAULT)
    memory.token = {"n": 1}
    memory.remember(PAPER, {"x": 1})
    state.finish(number, "later", {}, {VAULT: memory}, frozenset())
    state.forget(VAULT)
    known = State.open(path).records(None)[PAPER]

    assert known.homes == {"catalog"}
    assert VAULT not in known.fields["title"].accounts
    assert known.fields["title"].accounts["catalog"] == Account("T", 2)
    assert state.memory(VAULT).token is None
    assert state.memory(VAULT).handles() == {}


def test_everything_can_be_opened_again(path):
    """None stands for all records."""
    state = State.open(path)
    state.reopen()

    assert State.open(path).open_records() is None


def test_without_writing_the_file_stays_as_it_is(path):
    """A dry run works on a copy; a file that is not there is not made."""
    copy = State.open(path, write=False)
    copy.set_fact("x", 1)
    assert not path.exists()
    state = State.open(path)
    state.set_fact("x", 2)
    state.close()
    before = path.read_bytes()
    copy = State.open(path, write=False)
    assert copy.fact("x") == 2
    copy.forget(VAULT)
    copy.set_fact("x", 3)
    copy.close()

    assert path.read_bytes() == before


@pytest.mark.parametrize("how", ["garbage", "of another program", "newer"])
def test_a_file_that_is_no_state_is_refused_and_kept(path, how):
    """The message says what to do."""
    if how == "garbage":
        path.write_bytes(b"garbage" * 1000)
    else:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE mine (x)")
            other.execute(f"PRAGMA user_version = {99 if how == 'newer' else 0}")
        other.close()
    before = path.read_bytes()
    with pytest.raises(LitsyncError) as caught:
        State.open(path)

    assert "move" in caught.value.hint
    assert path.read_bytes() == before


def test_what_an_interrupted_cycle_had_planned_is_known(path):
    """Without the operations whose end was told, and nothing of a cycle that came to its end."""
    state = State.open(path)
    rows = [
        {
            "replica": replica,
            "action": "create",
            "record": str(PAPER),
            "changes": [{"field": "title", "old": None, "new": "b"}],
        }
        for replica in (VAULT, "zotero")
    ]
    whole = state.begin("push", "now", {"operations": rows}, {PAPER: KNOWN})
    state.finish(whole, "later", {}, {}, frozenset())
    cut = state.begin("push", "now", {"operations": rows}, {PAPER: KNOWN})
    state.settle(cut, state.memory(VAULT), [outcome()], {PAPER: KNOWN})

    assert State.open(path).doubtful() == [("zotero", PAPER, {"title": "b"})]

"""What a replica works out by itself, the address of an item or a note: told to the others, never merged, never fought over."""

from __future__ import annotations

import pytest

from litsync.core.account import account
from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Account,
    Action,
    Change,
    FieldState,
    Kind,
    Operation,
    Outcome,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    Verdict,
)
from litsync.core.plan import plan
from litsync.core.policy import PULL, PUSH, Policy

PAPER = RecordId(Kind.PAPER, "guo2021adnerf")
ALL = frozenset({CATALOG, VAULT, ZOTERO})
SYNC = Policy(ALL, ALL)
OURS, NEW, THEIRS = (f"zotero://select/{place}" for place in ("library/items/A", "library/items/B", "groups/7/items/C"))


def looks(note, item, **more):
    """The three replicas of one paper: what its note and its item say of the item's address."""
    rows = {CATALOG: {}, VAULT: {"zotero": note}, ZOTERO: {"zotero": item, **more}}
    return [
        Snapshot(r, {PAPER: Record(PAPER, {k: v for k, v in fields.items() if v is not None})})
        for r, fields in rows.items()
    ]


def known(target, revision=1, **accounts):
    """A paper of which the address is remembered, as told and as accounted in the note."""
    held = {ZOTERO: Account(target, revision), VAULT: Account(target, revision)}
    held |= {replica: Account(*parts) for replica, parts in accounts.items()}
    return {PAPER: RecordState({"zotero": FieldState(target, revision, held)}, ALL)}


def written(decided):
    """The changes that a plan makes, by replica."""
    return {
        operation.replica: [(change.old, change.new) for change in operation.changes]
        for operation in decided.operations
    }


@pytest.mark.parametrize("policy", [PUSH, SYNC])
def test_a_note_without_it_gets_it_whatever_the_direction(policy):
    """It is no edit in Zotero: `push` brings it too."""
    unknown = {PAPER: RecordState({}, ALL)}
    assert written(plan(unknown, looks(None, OURS), policy)) == {VAULT: [(None, OURS)]}


def test_nothing_is_said_of_it_where_notes_are_not_written():
    """`pull` neither writes nor lists it."""
    decided = plan({PAPER: RecordState({}, ALL)}, looks(None, OURS), PULL)
    assert (decided.operations, decided.waiting) == ((), ())


@pytest.mark.parametrize("state", [{PAPER: RecordState({}, ALL)}, known(OURS)], ids=["at first sight", "later"])
def test_another_value_stays_and_is_no_matter(state):
    """Neither written, nor waiting, nor a difference, nor a conflict; nor when the address moves."""
    decided = plan(state, looks(THEIRS, OURS), SYNC)
    assert (decided.operations, decided.waiting, decided.differences, decided.conflicts) == ((), (), (), ())
    moved = plan(decided.state, looks(THEIRS, NEW), SYNC)
    assert (moved.operations, moved.waiting, moved.conflicts) == ((), (), ())
    assert plan(moved.state, looks(THEIRS, NEW), SYNC).state == moved.state


def test_its_own_follows():
    """An item with another key: the link that litsync wrote leads there."""
    assert written(plan(known(OURS), looks(OURS, NEW), PUSH)) == {VAULT: [(OURS, NEW)]}


def test_a_library_met_anew_is_no_conflict():
    """Nothing is remembered of Zotero, and it says something else: it is simply told."""
    state = {PAPER: RecordState({"zotero": FieldState(OURS, 3, {VAULT: Account(OURS, 3)})}, ALL)}
    decided = plan(state, looks(OURS, NEW), PUSH)
    assert decided.conflicts == ()
    assert written(decided) == {VAULT: [(OURS, NEW)]}


def test_a_library_without_addresses_takes_nothing_away():
    """The embedded library says nothing, and is told nothing."""
    state = {PAPER: RecordState({"zotero": FieldState(OURS, 3, {VAULT: Account(OURS, 3)})}, ALL)}
    assert plan(state, looks(OURS, None), SYNC).operations == ()


def test_what_it_no_longer_says_is_taken_back():
    """A PDF that is gone."""
    assert written(plan(known(OURS), looks(OURS, None), PUSH)) == {VAULT: [(OURS, None)]}


def test_a_creation_is_never_told_its_own_address():
    """An item that is made again has an address that only Zotero knows."""
    state = {
        PAPER: RecordState({"zotero": FieldState(OURS, 1, {VAULT: Account(OURS, 1)})}, frozenset({CATALOG, VAULT}))
    }
    seen = [*looks(OURS, None)[:2], Snapshot(ZOTERO, {})]
    [made] = plan(state, seen, PUSH).operations
    assert (made.replica, made.action, made.changes) == (ZOTERO, Action.CREATE, ())


def test_what_a_new_record_tells_is_accounted_at_once():
    """The item's address, and then the note that was made with it: nothing is left to do."""
    state = RecordState({}, frozenset({CATALOG}))
    made = Operation(ZOTERO, Action.CREATE, PAPER, (Change("title", None, "T"),))
    fields = {"title": FieldState("T", 1, {CATALOG: Account("T", 1)})}
    state = account(RecordState(fields, state.homes), Outcome(made, Verdict.WRITTEN, {"title": "T", "zotero": OURS}))
    note = Operation(VAULT, Action.CREATE, PAPER, (Change("title", None, "T"),))
    state = account(state, Outcome(note, Verdict.WRITTEN, {"title": "T", "zotero": OURS}))
    assert state.fields["zotero"] == FieldState(OURS, 1, {ZOTERO: Account(OURS, 1), VAULT: Account(OURS, 1)})

"""The planner as tables: what is remembered and seen, and what is decided."""

from __future__ import annotations

from dataclasses import replace

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
    Name,
    Operation,
    Outcome,
    Place,
    Problem,
    Reason,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    Stranger,
    Verdict,
)
from litsync.core.plan import plan
from litsync.core.policy import PUSH, Policy

PAPER = RecordId(Kind.PAPER, "guo2021adnerf")
NERF = RecordId(Kind.METHOD, "nerf")
ALL = frozenset({CATALOG, VAULT, ZOTERO})
SYNC = Policy(ALL, ALL)


def look(replica, record=PAPER, **fields):
    """A complete snapshot of a replica that holds one record."""
    return Snapshot(replica, {record: Record(record, fields)})


def nothing(replica):
    """A complete snapshot of a replica that holds no record."""
    return Snapshot(replica, {})


def known(name, target, revision=1, homes=ALL, **accounts):
    """A record of which one field is remembered; a replica not named is accounted at the target."""
    plain = {replica: Account(target, revision) for replica in homes}
    held = {r: Account(*pair) for r, pair in accounts.items()}
    return {PAPER: RecordState({name: FieldState(target, revision, {**plain, **held})}, homes)}


def carry_out(state, snapshots, policy=PUSH):
    """Run a plan on replicas that do everything asked; return the next state and looks."""
    decided = plan(state, snapshots, policy)
    held = {s.replica: {r: dict(found.fields) for r, found in s.records.items()} for s in snapshots}
    states = {**state, **decided.state}
    for operation in decided.operations:
        fields = held[operation.replica].setdefault(operation.record, {})
        fields |= {change.field: change.new for change in operation.changes}
        proven = {change.field: change.new for change in operation.changes}
        states[operation.record] = account(states[operation.record], Outcome(operation, Verdict.WRITTEN, proven))
    looks = [
        Snapshot(
            r,
            {
                record: Record(record, {k: v for k, v in fields.items() if v is not None})
                for record, fields in rows.items()
            },
        )
        for r, rows in held.items()
    ]
    return states, looks, decided


class TestCreating:
    """A record that only the catalog has."""

    def test_it_is_created_with_every_field_the_replica_carries(self):
        """The note gets the number, the item does not; the item gets the volume, the note does not."""
        decided = plan({}, [look(CATALOG, title="T", number="6", volume="40"), nothing(VAULT), nothing(ZOTERO)], PUSH)

        assert decided.operations == (
            Operation(VAULT, Action.CREATE, PAPER, (Change("title", None, "T"), Change("number", None, "6"))),
            Operation(ZOTERO, Action.CREATE, PAPER, (Change("title", None, "T"), Change("volume", None, "40"))),
        )

    def test_a_replica_that_was_not_seen_whole_gets_nothing_new(self):
        """An incomplete look proves no absence, so a record may be there already."""
        cut = Snapshot(VAULT, {}, complete=False)

        assert plan({}, [look(CATALOG, title="T"), cut], PUSH).operations == ()

    def test_a_record_that_cannot_be_read_there_is_not_created_again(self):
        """A note that does not parse stands for its paper."""
        broken = Snapshot(VAULT, {}, unknown={PAPER: Problem(Place("Papers/x.md", 3), "is no YAML")})

        assert plan({}, [look(CATALOG, title="T"), broken], PUSH).operations == ()

    def test_methods_have_no_zotero_form(self):
        """A method becomes a note, never an item."""
        decided = plan({}, [look(CATALOG, NERF, name="NeRF"), nothing(VAULT), nothing(ZOTERO)], PUSH)

        assert [operation.replica for operation in decided.operations] == [VAULT]


class TestChanging:
    """A field that changed somewhere since the replicas agreed."""

    def test_a_change_of_the_catalog_goes_to_both_others(self):
        """The new title is written where the old one still stands."""
        looks = [look(CATALOG, title="new"), look(VAULT, title="old"), look(ZOTERO, title="old")]
        decided = plan(known("title", "old"), looks, PUSH)

        assert {operation.replica for operation in decided.operations} == {VAULT, ZOTERO}
        assert decided.operations[0].changes == (Change("title", "old", "new"),)

    def test_an_edit_elsewhere_is_never_overwritten_by_push(self):
        """The note's own title stays and is listed, though the catalog has a newer one."""
        looks = [look(CATALOG, title="new"), look(VAULT, title="mine"), look(ZOTERO, title="old")]
        decided = plan(known("title", "old"), looks, PUSH)

        assert [operation.replica for operation in decided.operations] == [ZOTERO]
        assert [(row.replica, row.value, row.reason) for row in decided.waiting] == [(VAULT, "mine", Reason.EDITED)]

    def test_values_that_mean_the_same_are_no_change(self):
        """A DOI in capitals, another split of a name and a reordered tag list leave nothing to do."""
        catalog = look(CATALOG, doi="10.1/ab", authors=(Name("Loy", "Chen Change"),), tags=("a", "b"))
        zotero = look(ZOTERO, doi="10.1/AB", authors=(Name("Change Loy", "Chen"),), tags=("b", "a"))
        decided = plan({}, [catalog, zotero], PUSH)

        assert (decided.operations, decided.differences, decided.waiting) == ((), (), ())

    def test_a_value_removed_from_the_catalog_is_removed_elsewhere(self):
        """The emptied field is emptied in the note and the item."""
        looks = [look(CATALOG, title="T"), look(VAULT, title="T", venue="V"), look(ZOTERO, title="T", venue="V")]
        decided = plan(known("venue", "V"), looks, PUSH)

        assert [op.changes for op in decided.operations] == [(Change("venue", "V", None),)] * 2

    def test_members_of_a_set_come_beside_a_persons_own(self):
        """A tag added in the catalog reaches a note whose tags were edited; the edit there stays and waits."""
        looks = [look(CATALOG, tags=("a", "new")), look(VAULT, tags=("a", "mine"))]
        decided = plan(known("tags", ("a",)), looks, PUSH)

        assert decided.operations[0].changes == (Change("tags", ("a", "mine"), ("a", "mine", "new")),)
        assert [row.value for row in decided.waiting] == [("a", "mine")]

        states, after, _ = carry_out(known("tags", ("a",)), looks)
        taken = plan(states, after, SYNC)
        assert taken.state[PAPER].fields["tags"].target == ("a", "new", "mine")

    def test_a_type_is_left_to_the_person_in_zotero(self):
        """Zotero drops fields when a type changes, so litsync does not change it."""
        looks = [
            look(CATALOG, type="preprint"),
            look(ZOTERO, type="conferencePaper"),
            look(VAULT, type="conferencePaper"),
        ]
        decided = plan(known("type", "conferencePaper"), looks, PUSH)

        assert [op.replica for op in decided.operations] == [VAULT]
        assert [(row.replica, row.reason) for row in decided.waiting] == [(ZOTERO, Reason.FIXED)]

    def test_a_field_that_cannot_be_read_somewhere_is_left_alone_there(self):
        """An unreadable date in a note is neither overwritten nor taken for an emptied one."""
        note = Snapshot(VAULT, {PAPER: Record(PAPER, {}, unreadable=frozenset({"date"}))})
        decided = plan(known("date", "2020"), [look(CATALOG, date="2021"), note], SYNC)

        assert decided.operations == ()
        assert decided.state[PAPER].fields["date"].target == "2021"

    def test_a_stale_spelling_is_written_again(self):
        """A tag as litsync spelled it before the method's name changed is respelled, though the value is the same."""
        item = Snapshot(ZOTERO, {PAPER: Record(PAPER, {"methods": ("nerf",)}, stale=frozenset({"methods"}))})
        decided = plan(known("methods", ("nerf",)), [look(CATALOG, methods=("nerf",)), item], PUSH)

        assert decided.operations[0].changes == (Change("methods", ("nerf",), ("nerf",)),)


class TestVanishing:
    """A record that was in a replica and is there no more."""

    @pytest.mark.parametrize("gone", [CATALOG, VAULT, ZOTERO])
    def test_it_is_a_hold_and_nothing_is_deleted_or_made_again(self, gone):
        """Wherever a paper vanishes, a person decides; the other replicas keep it."""
        looks = [nothing(r) if r == gone else look(r, title="T") for r in sorted(ALL)]
        decided = plan(known("title", "T"), looks, PUSH)

        assert [(hold.replica, hold.record) for hold in decided.holds] == [(gone, PAPER)]
        assert decided.operations == ()

    def test_what_is_gone_everywhere_is_forgotten(self):
        """Once a person has deleted it in all three places there is nothing left to decide."""
        decided = plan(known("title", "T"), [nothing(r) for r in sorted(ALL)], PUSH)

        assert (decided.holds, decided.operations, decided.state) == ((), (), {})
        assert decided.forgotten == (PAPER,)

    def test_what_is_gone_where_one_could_look_is_not_forgotten(self):
        """A Zotero that cannot be reached may still have it."""
        decided = plan(known("title", "T"), [nothing(CATALOG), nothing(VAULT)], PUSH)

        assert decided.forgotten == ()
        assert len(decided.holds) == 2

    def test_another_citekey_for_the_same_work_is_a_hold_not_a_second_paper(self):
        """The old one left the catalog as the new one came with the same DOI: nothing is made twice."""
        renamed = RecordId(Kind.PAPER, "guo2021other")
        looks = [look(CATALOG, renamed, title="T", doi="10.1/x"), look(VAULT, doi="10.1/x"), look(ZOTERO, doi="10.1/x")]
        decided = plan(known("doi", "10.1/x"), looks, PUSH)

        assert decided.operations == ()
        assert {hold.record for hold in decided.holds} == {PAPER, renamed}
        assert "guo2021adnerf under another citekey" in next(h.reason for h in decided.holds if h.record == renamed)

    def test_what_the_catalog_never_had_is_a_stranger(self):
        """A note of an unknown citekey is listed and left alone."""
        decided = plan({}, [nothing(CATALOG), look(VAULT, title="Mine")], PUSH)

        assert [replace(one, id="") for one in decided.strangers] == [Stranger(VAULT, str(PAPER), "Mine", PAPER)]
        assert decided.operations == ()
        assert decided.state == {}


class TestFirstContact:
    """Replicas that hold the record before litsync knows it."""

    def test_empty_sides_are_filled_and_other_values_are_differences(self):
        """A venue that is missing comes; a title that differs stays on both sides and is listed."""
        looks = [look(CATALOG, title="Ours", venue="V"), look(ZOTERO, title="Theirs")]
        decided = plan({}, looks, PUSH)

        assert decided.operations[0].changes == (Change("venue", None, "V"),)
        assert [(row.field, row.value, row.target) for row in decided.differences] == [("title", "Theirs", "Ours")]

    def test_a_difference_is_listed_until_one_side_changes_and_then_ends(self):
        """Nothing is written for it, push after push; the next change of the catalog settles it."""
        looks = [look(CATALOG, title="Ours"), look(ZOTERO, title="Theirs")]
        states, looks, _ = carry_out({}, looks)
        again = plan(states, looks, PUSH)
        assert (again.operations, len(again.differences)) == ((), 1)

        changed = plan(states, [look(CATALOG, title="Both"), look(ZOTERO, title="Theirs")], PUSH)
        assert changed.operations[0].changes == (Change("title", "Theirs", "Both"),)

    @pytest.mark.parametrize(
        ("field", "ours", "theirs"),
        [
            ("date", "2021-10", "2021"),
            ("date", "2021", "2021-10-05"),
            ("authors", (Name("Guo", "Yudong"),), (Name("Guo", "Y."),)),
        ],
    )
    def test_compatible_values_are_equal(self, field, ours, theirs):
        """A less precise date and initials are neither written over nor listed."""
        decided = plan({}, [look(CATALOG, **{field: ours}), look(ZOTERO, **{field: theirs})], PUSH)

        assert (decided.operations, decided.differences) == ((), ())

    def test_tags_found_in_zotero_are_foreign_for_good(self):
        """They stay there, are never copied, and do not look like an edit later; tags added later do."""
        looks = [look(CATALOG, tags=("ours",)), look(ZOTERO, tags=("theirs",))]
        decided = plan({}, looks, PUSH)
        assert decided.operations[0].changes == (Change("tags", None, ("ours",)),)

        states = {
            PAPER: account(
                decided.state[PAPER], Outcome(decided.operations[0], Verdict.WRITTEN, {"tags": ("ours", "theirs")})
            )
        }
        after = [look(CATALOG, tags=("ours",)), look(ZOTERO, tags=("theirs", "ours"))]
        assert plan(states, after, SYNC).operations == ()

        later = plan(states, [look(CATALOG, tags=("ours",)), look(ZOTERO, tags=("theirs", "ours", "later"))], SYNC)
        assert later.operations == (
            Operation(CATALOG, Action.UPDATE, PAPER, (Change("tags", ("ours",), ("ours", "later")),)),
        )

    def test_a_citation_key_is_written_only_where_there_is_none(self):
        """Manuscripts refer to the key that is there; it is kept."""
        empty = plan({}, [look(CATALOG, citekey="a2020b", title="T"), look(ZOTERO, title="T")], PUSH)
        other = plan({}, [look(CATALOG, citekey="a2020b", title="T"), look(ZOTERO, title="T", citekey="mine")], PUSH)

        assert empty.operations[0].changes == (Change("citekey", None, "a2020b"),)
        assert other.operations == ()


class TestTraces:
    """Histories that lose an edit, or never end, without targets and accounted values per replica."""

    def test_a_revert_after_a_crash_is_seen(self):
        """One shared base would push the catalog's value over the revert: here the note's revert is the newest change."""
        start = known("title", "A")
        edited = [look(CATALOG, title="A"), look(VAULT, title="B"), look(ZOTERO, title="A")]
        decided = plan(start, edited, SYNC)
        catalog_write = next(op for op in decided.operations if op.replica == CATALOG)
        state = {PAPER: account(decided.state[PAPER], Outcome(catalog_write, Verdict.WRITTEN, {"title": "B"}))}
        # The process ends before Zotero is written; the reader sets the note back to A.
        reverted = [look(CATALOG, title="B"), look(VAULT, title="A"), look(ZOTERO, title="A")]
        after = plan(state, reverted, SYNC)

        assert after.state[PAPER].fields["title"].target == "A"
        assert [(op.replica, op.changes[0].new) for op in after.operations] == [(CATALOG, "A")]

    def test_a_write_that_failed_is_made_up_for_though_nothing_changed_since(self):
        """A base per replica without a target would call both sides unchanged for ever."""
        looks = [look(CATALOG, title="new"), look(ZOTERO, title="old")]
        decided = plan(known("title", "old"), looks, PUSH)
        failed = account(decided.state[PAPER], Outcome(decided.operations[0], Verdict.FAILED, reason="closed"))
        again = plan({PAPER: failed}, looks, PUSH)

        assert again.operations == decided.operations

    def test_a_replica_that_was_away_does_not_undo_what_happened_meanwhile(self):
        """Behind and edited is a conflict, not a newer value."""
        away = known("title", "new", revision=2, zotero=("old", 1))
        decided = plan(away, [look(CATALOG, title="new"), look(ZOTERO, title="edited offline")], SYNC)

        assert decided.operations == ()
        assert decided.conflicts[0].values == {CATALOG: "new", ZOTERO: "edited offline", VAULT: "new"}

    def test_a_conflict_freezes_its_field_only_and_ends_when_all_are_equal(self):
        """The venue still flows; once a person has made the titles equal, nothing is left."""
        start = known("title", "T")
        looks = [look(CATALOG, title="one"), look(VAULT, title="two"), look(ZOTERO, title="T")]
        frozen = plan(start, looks, SYNC)
        assert frozen.operations == ()
        assert len(frozen.conflicts) == 1

        flowing = [look(CATALOG, title="one", venue="V"), look(VAULT, title="two"), look(ZOTERO, title="T")]
        assert {op.changes for op in plan(frozen.state, flowing, SYNC).operations} == {(Change("venue", None, "V"),)}

        equal = [look(r, title="one") for r in sorted(ALL)]
        ended = plan(frozen.state, equal, SYNC)
        assert (ended.conflicts, ended.operations) == ((), ())
        assert plan(ended.state, equal, SYNC).state == ended.state

    def test_what_a_direction_does_not_carry_moves_nothing(self):
        """After a push beside a waiting edit, a later sync still knows both changes for what they are."""
        looks = [look(CATALOG, title="ours"), look(VAULT, title="mine"), look(ZOTERO, title="T")]
        states, looks, decided = carry_out(known("title", "T"), looks, PUSH)
        assert [row.replica for row in decided.waiting] == [VAULT]

        synced = plan(states, looks, SYNC)
        assert synced.conflicts[0].values == {CATALOG: "ours", VAULT: "mine", ZOTERO: "ours"}


def test_a_partly_written_record_is_accounted_for_what_was_proven():
    """The item came through and its attachment did not: only the attachment is planned again."""
    looks = [look(CATALOG, title="T", code="https://x.org"), nothing(ZOTERO)]
    decided = plan({}, looks, PUSH)
    outcome = Outcome(decided.operations[0], Verdict.FAILED, {"title": "T"}, "attachment refused")
    states = {PAPER: account(decided.state[PAPER], outcome)}
    again = plan(states, [looks[0], look(ZOTERO, title="T")], PUSH)

    assert again.operations[0].action is Action.UPDATE
    assert again.operations[0].changes == (Change("code", None, "https://x.org"),)


def test_a_value_that_arrives_changed_is_not_sent_again():
    """A server that shortens a title is not fought with: the difference is listed, and nothing is written."""
    looks = [look(CATALOG, title="T\u200b"), nothing(ZOTERO)]
    decided = plan({}, looks, PUSH)
    states = {PAPER: account(decided.state[PAPER], Outcome(decided.operations[0], Verdict.WRITTEN, {"title": "T"}))}
    again = plan(states, [looks[0], look(ZOTERO, title="T")], PUSH)

    assert again.operations == ()
    assert len(again.differences) == 1


def test_an_idle_plan_remembers_the_very_state_it_was_given():
    """Nothing changed, so nothing has to be stored."""
    looks = [look(r, title="T", tags=("a",)) for r in sorted(ALL)]
    states, looks, _ = carry_out({}, looks, SYNC)
    idle = plan(states, looks, SYNC)

    assert idle.state == states
    assert replace(idle, state={}) == replace(plan({}, [], SYNC), state={})

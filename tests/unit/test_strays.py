"""Which records litsync may take back: those that it made by itself, whose cause is gone, and that nobody has touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from litsync.core.model import (
    CATALOG,
    NAMED,
    VAULT,
    ZOTERO,
    Account,
    Action,
    Change,
    Edit,
    FieldState,
    Kind,
    Operation,
    Place,
    Plan,
    Problem,
    Record,
    RecordId,
    RecordState,
    Snapshot,
)
from litsync.core.plan import plan
from litsync.core.policy import PUSH, Decisions, Policy
from litsync.core.withdrawal import MOST, loosened, strays

ALL = frozenset({CATALOG, VAULT, ZOTERO})
BOTH = frozenset({CATALOG, VAULT})
SYNC = Policy(ALL, ALL)
SLIP = RecordId(Kind.METHOD, "gausian")
PAPER = RecordId(Kind.PAPER, "ann2020noted")


def state_of(came, homes, **targets):
    """A record that every home has as it is remembered."""
    fields = {name: FieldState(value, 1, {r: Account(value, 1) for r in homes}) for name, value in targets.items()}
    return RecordState(fields, homes, came=came)


def looks(**records):
    """A complete look at each place; a place that is not named has nothing."""
    found = {replica: records.get(replica, {}) for replica in sorted(ALL)}
    return {
        replica: Snapshot(replica, {r: Record(r, said) for r, said in some.items()}) for replica, some in found.items()
    }


def method(**said):
    """The slip as both its places have it."""
    return looks(catalog={SLIP: {"name": "Gausian", **said}}, vault={SLIP: {"name": "Gausian"}})


KNOWN = {SLIP: state_of(NAMED, BOTH, name="Gausian")}
SAVED = {PAPER: state_of(ZOTERO, ALL, title="T")}


def test_a_method_that_nothing_names_any_more():
    """Its two places say what litsync wrote there."""
    assert strays(KNOWN, KNOWN, method(), SYNC).lost == {SLIP}


def test_a_paper_whose_item_is_gone():
    """Catalog and vault have it as litsync made it."""
    seen = looks(catalog={PAPER: {"title": "T"}}, vault={PAPER: {"title": "T"}})
    assert strays(SAVED, SAVED, seen, SYNC).lost == {PAPER}


def test_a_subcollection_that_is_gone_may_have_taken_its_items_along():
    """Then nobody threw away just this one; a method that nothing names has nothing to do with it."""
    section = RecordId(Kind.SECTION, "core")
    known = {**SAVED, **KNOWN, section: state_of("", frozenset({CATALOG, ZOTERO}), name="Core")}
    said = {PAPER: {"title": "T"}, SLIP: {"name": "Gausian"}}
    seen = looks(catalog={**said, section: {"name": "Core"}}, vault=said)

    assert strays(known, known, seen, SYNC).lost == {SLIP}


def test_a_record_of_a_persons_is_none():
    """A method of the catalog that nothing uses is a method all the same."""
    theirs = {SLIP: replace(KNOWN[SLIP], came="")}
    assert strays(theirs, theirs, method(), SYNC).lost == frozenset()


@pytest.mark.parametrize(
    "seen",
    [
        method(aliases=("GS",)),
        {**method(), VAULT: replace(method()[VAULT], complete=False)},
        {**method(), VAULT: Snapshot(VAULT, {}, unknown={SLIP: Problem(Place("x.md"), "is no YAML")})},
        {name: look for name, look in method().items() if name != VAULT},
        {**method(), CATALOG: Snapshot(CATALOG, {})},
        looks(
            catalog={SLIP: {"name": "Gausian"}, PAPER: {"title": "T", "methods": ("gausian",)}},
            vault={SLIP: {"name": "Gausian"}},
        ),
    ],
    ids=["edited", "cut", "unreadable", "not looked at", "gone already", "used"],
)
def test_what_is_not_certainly_untouched_stays(seen):
    """An edit, a doubt or a use anywhere is enough."""
    assert strays(KNOWN, KNOWN, seen, SYNC).lost == frozenset()


def test_a_method_that_an_item_still_has_is_looked_at_again():
    """Its tag was not taken away yet: Zotero may not have been there."""
    account = {CATALOG: Account(None, 2), ZOTERO: Account(("gausian",), 1)}
    user = RecordState({"methods": FieldState(None, 2, account)}, ALL)
    found = strays(KNOWN, {**KNOWN, PAPER: user}, method(), SYNC)

    assert (found.lost, found.later) == (frozenset(), {SLIP})


@pytest.mark.parametrize("policy", [PUSH, replace(SYNC, decisions=Decisions(answers={"gone-1": "restore"}))])
def test_it_waits_for_a_cycle_that_may_do_it(policy):
    """`push` takes nothing back, nor does a cycle in which a person decides something."""
    found = strays(KNOWN, KNOWN, method(), policy)
    assert (found.lost, found.later) == (frozenset(), {SLIP})


def test_many_at_once_are_none():
    """So many slips nobody makes."""
    names = [RecordId(Kind.METHOD, f"m{number}") for number in range(MOST + 1)]
    known = {one: state_of(NAMED, BOTH, name=one.key) for one in names}
    said = {one: {"name": one.key} for one in names}
    assert strays(known, known, looks(catalog=said, vault=said), SYNC).lost == frozenset()


def test_what_a_plan_lets_go_of():
    """Methods that an edit takes from a paper, and those of a paper that leaves the catalog."""
    edit = Edit(PAPER, "methods", (VAULT,), ("nerf", "gausian"), ("nerf",))
    removal = Operation(CATALOG, Action.DELETE, PAPER, (Change("methods", ("warping",), None),))
    found = loosened(Plan(operations=(removal,), edits=(edit,)))

    assert {record.key for record in found} == {"gausian", "warping"}


def test_an_edit_from_elsewhere_makes_it_a_persons():
    """Who wrote a status into the note wants the paper, whatever becomes of the item; the item's own edits are its cause's."""
    before = {PAPER: state_of(ZOTERO, ALL, title="T")}
    for replica, expected in ((VAULT, ""), (ZOTERO, ZOTERO)):
        said = {name: {PAPER: {"title": "New" if name == replica else "T"}} for name in ALL}
        assert plan(before, looks(**said).values(), SYNC).state[PAPER].came == expected


def test_what_was_interrupted_is_not_gone_on_with():
    """A person may have brought it back since: it stays, nobody's but theirs; where it is missing, they are asked."""
    begun = {SLIP: replace(KNOWN[SLIP], gone=True)}
    back = plan(begun, method().values(), SYNC)
    assert back.operations == ()
    assert (back.state[SLIP].gone, back.state[SLIP].came) == (False, "")

    halfway = plan(begun, looks(vault={SLIP: {"name": "Gausian"}}).values(), SYNC)
    assert halfway.operations == ()
    assert [(hold.replica, hold.record) for hold in halfway.holds] == [(CATALOG, SLIP)]

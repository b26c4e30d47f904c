"""What is too much at once: changes that lose something nearly everywhere, and papers gone nearly everywhere."""

from __future__ import annotations

import pytest

from litsync.core.guards import fold, guard
from litsync.core.model import VAULT, ZOTERO, Action, Change, Hold, Kind, Operation, Plan, RecordId
from litsync.core.questions import Choice, vanished

PAPERS = [RecordId(Kind.PAPER, f"p{n}") for n in range(20)]


def swept(field, old, new, many=12):
    """A plan that changes a field of many papers."""
    changes = (Change(field, old, new),)
    return Plan(operations=tuple(Operation(ZOTERO, Action.UPDATE, one, changes) for one in PAPERS[:many]))


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [("venue", "ICCV", None), ("venue", "ICCV", "CVPR"), ("tags", ("a", "b"), ("b", "c"))],
    ids=["emptied", "another", "a member goes"],
)
def test_what_loses_something_in_most_papers_waits(field, old, new):
    """Until exactly that is approved."""
    made = guard(swept(field, old, new), 20, {})
    assert made.operations == ()
    assert [hold.reason for hold in made.holds] == [f"would have its `{field}` changed in 12 of 20 papers at once"]
    assert set(made.later) == set(PAPERS[:12]), "all are planned again next time"

    approved = guard(swept(field, old, new), 20, {made.holds[0].id: Choice.GO})
    assert approved == swept(field, old, new)
    another = guard(swept(field, old, new, 13), 20, {made.holds[0].id: Choice.GO})
    assert another.operations == ()


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("venue", None, "ICCV"),
        ("tags", ("a",), ("a", "b")),
        ("title", "The same", "The same"),
        ("doi", "10.1000/X", "10.1000/x"),
    ],
    ids=["filled", "a set grows", "spelled again", "the same in another case"],
)
def test_what_loses_nothing_goes_through(field, old, new):
    """As when a library and a catalog meet for the first time."""
    assert guard(swept(field, old, new), 20, {}) == swept(field, old, new)


def test_a_few_changes_and_a_small_part_go_through():
    """Nine of nine papers, and ten of twenty."""
    assert guard(swept("venue", "A", "B", 9), 9, {}) == swept("venue", "A", "B", 9)
    assert guard(swept("venue", "A", "B", 10), 20, {}) == swept("venue", "A", "B", 10)


def test_most_papers_gone_are_one_question():
    """It stands for all of them, and for none that is asked about otherwise."""
    holds = tuple(vanished(VAULT, one, {"title": one.key}) for one in PAPERS[:11])
    other = Hold(ZOTERO, PAPERS[15], "is in doubt", "", "s-1", (Choice.TAKE,))
    folded, stands_for = fold(Plan(holds=(*holds, other)), 20)
    assert [hold.reason for hold in folded.holds] == ["is in doubt", "has lost 11 of 20 papers at once"]
    assert set(folded.later) == set(PAPERS[:11]), "all are planned again next time"
    assert stands_for == {folded.holds[1].id: tuple(hold.id for hold in holds)}

    few = Plan(holds=holds[:10])
    assert fold(few, 20) == (few, {})

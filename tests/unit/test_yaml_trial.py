"""The laws of editing YAML, counted: on tricky catalogs and with hostile texts, not one byte is damaged."""

from __future__ import annotations

from collections import Counter

import pytest
from yaml_cases import CASES
from yaml_judge import Wanted, judge
from yaml_random import count, hostile_edits
from yaml_tools import EDITS, at, litsync
from yaml_trial import Tried, table, trial


@pytest.fixture(scope="module")
def made():
    """Every edit on every case."""
    return trial(litsync)


def test_tricky_catalogs_keep_every_other_byte(made):
    """At least 97 % of the edits are made; none damages anything, the rest is refused."""
    counts = Counter(one.verdict for one in made)

    assert counts["collateral"] == counts["wrong"] == 0
    assert counts["kept"] >= 0.97 * len(made)
    assert len(CASES) >= 60
    assert len(EDITS) == 12


def test_only_what_cannot_be_done_is_refused(made):
    """Values and papers that others borrow through an anchor, what a merge key would bring back, a second document."""
    assert {one.case for one in made if one.verdict == "refused"} == {
        "values that others borrow",
        "a paper that others borrow from",
        "a merge brings a value back",
        "two documents",
    }


def test_hostile_edits_damage_nothing(request):
    """Texts that YAML takes for something else, several in a row, in whatever way the file was saved."""
    counts: Counter[str] = Counter()
    seed = 0
    while sum(counts.values()) < request.config.getoption("--edits"):
        made = hostile_edits(seed)
        counts += count(made)
        assert not [edit for edit in made if edit.verdict in ("wrong", "collateral")], f"seed {seed}"
        seed += 1

    assert counts["kept"] >= 0.9 * sum(counts.values())


@pytest.mark.parametrize(
    ("damage", "verdict"),
    [
        (lambda text: text, "kept"),
        (lambda text: text.replace("  m: {name: Method}", "  m: { name: Method}"), "collateral"),
        (lambda text: text.replace("methods:", "\nmethods:"), "collateral"),
        (lambda text: text.replace("title: A list", "title: A list  # mine"), "collateral"),
        (lambda text: text.replace("\n", "\r\n"), "collateral"),
        (lambda text: text.replace("title: A list", "title: 'A list'"), "collateral"),
        (lambda text: text.replace("tags: [x]", "tags: ['x']"), "collateral"),
        (lambda text: text.replace("name: Other", "name: [Other]"), "wrong"),
        (lambda text: text.replace("Last", "last"), "wrong"),
        (lambda text: text + "  - [", "wrong"),
    ],
)
@pytest.mark.parametrize("edit", ["set a text", "add a key", "delete a member", "delete a paper", "add a paper"])
def test_the_judge_sees_damage(damage, verdict, edit):
    """A good edit with one more byte moved is not kept; if the data differ, it is wrong."""
    before = CASES["plain"]
    wanted = at(before, EDITS[edit])
    after = litsync(before, wanted)

    assert judge(before, damage(after), wanted) == verdict


def test_the_judge_sees_lost_comments():
    """A deletion may take the comments of its own lines and no others."""
    before = "papers:\n  - id: t   # t\n    venue: V   # v\n    # below\n    status: s\n"
    wanted = Wanted("delete", ("papers", 0, "venue"))

    assert judge(before, before.replace("    venue: V   # v\n", ""), wanted) == "kept"
    assert judge(before, before.replace("   # t\n    venue: V   # v\n", "\n"), wanted) == "collateral"


def test_the_table_names_what_was_not_kept():
    """Its lines are for people: counts per edit and tool, then every edit that the first tool did not keep."""
    made = [Tried("plain", "set a text", "kept"), Tried("CRLF", "set a text", "refused")]
    lines = list(table({"litsync": made, "other": made[:1]}))

    assert "litsync: 1 kept, 0 collateral, 0 wrong, 1 refused of 2 (50.0% kept)" in lines
    assert lines[-1] == "  litsync refused: CRLF, set a text"

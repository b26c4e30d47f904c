"""The laws of reconciling, for any papers and any edits: they hold for the pure planner, whatever the replicas are.

A bench carries plans out on three replicas in memory that do everything they are asked to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from litsync.core.account import account
from litsync.core.fields import TABLE
from litsync.core.merge import members
from litsync.core.model import (
    CATALOG,
    VAULT,
    ZOTERO,
    Action,
    Kind,
    Outcome,
    Plan,
    Record,
    RecordId,
    RecordState,
    Snapshot,
    Value,
    Verdict,
)
from litsync.core.plan import plan
from litsync.core.policy import SYNC, WISHED, Decisions
from litsync.core.questions import Choice
from litsync.core.values import FieldKind, unique

PLACES = (CATALOG, VAULT, ZOTERO)
ROWS = TABLE[Kind.PAPER]
KEYS = [RecordId(Kind.PAPER, key) for key in ("ann2020a", "bob2021b", "cy2022c")]
TEXTS = {
    "title": st.sampled_from(["On A", "On B", "On C", "On D"]),
    "venue": st.sampled_from(["CVPR", "ICCV", "NIPS"]),
    "date": st.sampled_from(["2019", "2020-05", "2021-10-11"]),
    "doi": st.sampled_from(["10.1000/a", "10.1000/b"]),
}
MEMBERS = st.lists(st.sampled_from("pqrstu"), unique=True, max_size=4).map(unique)
SETS = {"tags": MEMBERS, "methods": MEMBERS, "sections": MEMBERS}


def paper(record: RecordId) -> st.SearchStrategy[dict[str, Value]]:
    """What all places say of a paper."""
    optional = {**{name: texts for name, texts in TEXTS.items() if name != "title"}, **SETS}
    said = st.fixed_dictionaries({"citekey": st.just(record.key), "title": TEXTS["title"]}, optional=optional)
    return said.map(lambda fields: {name: value for name, value in fields.items() if value is not None})


PAPERS = st.fixed_dictionaries({KEYS[0]: paper(KEYS[0])}, optional={key: paper(key) for key in KEYS[1:]})
EDITS = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(KEYS), st.sampled_from([*TEXTS, *SETS]), st.data()), max_size=7
)


@dataclass
class Bench:
    """Three replicas and what is remembered of them."""

    held: dict[str, dict[RecordId, dict[str, Value]]]
    state: dict[RecordId, RecordState] = field(default_factory=dict)

    @classmethod
    def of(cls, papers: dict[RecordId, dict[str, Value]]) -> Bench:
        """All three say the same of the papers, and it is known."""
        held = {
            place: {
                record: {name: value for name, value in said.items() if place in ROWS[name].carriers}
                for record, said in papers.items()
            }
            for place in PLACES
        }
        bench = cls(held)
        bench.sync()
        return bench

    def looks(self) -> list[Snapshot]:
        """What there is."""
        return [
            Snapshot(
                place,
                {
                    record: Record(record, {name: value for name, value in said.items() if value is not None})
                    for record, said in held.items()
                },
            )
            for place, held in self.held.items()
        ]

    def plan(self, **decisions: object) -> Plan:
        """What is decided now."""
        policy = replace(SYNC, decisions=Decisions(**decisions))  # type: ignore[arg-type]
        return plan(self.state, self.looks(), policy)

    def sync(self, **decisions: object) -> Plan:
        """Decide, and carry it out."""
        made = self.plan(**decisions)
        self.state |= made.state
        for operation in made.operations:
            held, record = self.held[operation.replica], operation.record
            if operation.action is Action.DELETE:
                del held[record]
                self.state[record] = account(self.state[record], Outcome(operation, Verdict.WRITTEN))
                continue
            new = {change.field: change.new for change in operation.changes}
            held.setdefault(record, {"citekey": record.key}).update(new)
            self.state[record] = account(self.state[record], Outcome(operation, Verdict.WRITTEN, new))
        ended = [record for record, known in self.state.items() if known.gone and not known.homes]
        for record in (*made.forgotten, *ended):
            self.state.pop(record, None)
        return made

    def edit(self, place: str, record: RecordId, name: str, value: Value) -> bool:
        """A person writes a value, where there is such a paper."""
        if record not in self.held[place] or place not in ROWS[name].carriers:
            return False
        self.held[place][record][name] = value
        return True

    def values(self, record: RecordId, name: str) -> list[Value]:
        """What each place says."""
        return [self.held[p][record].get(name) for p in PLACES if p in ROWS[name].carriers]


def drawn(edits, bench: Bench) -> list[tuple[str, RecordId, str, Value]]:
    """The edits with values, made; those that no paper takes are left out."""
    made = []
    for place, record, name, data in edits:
        value = data.draw({**TEXTS, **SETS}[name], label=f"{place} {record.key} {name}")
        if bench.edit(place, record, name, value):
            made.append((place, record, name, value))
    return made


@given(PAPERS)
def test_equal_replicas_give_an_empty_plan(papers):
    """Also when nothing is remembered: what says the same is left alone, and nothing is asked."""
    bench = Bench.of(papers)
    bench.state = {}
    made = bench.plan()
    assert replace(made, state={}) == Plan()

    bench.sync()
    again = bench.plan()
    assert replace(again, state={}) == Plan()
    assert again.state == bench.state


@given(PAPERS, EDITS)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(papers, edits):
    """Whatever was edited where: one cycle does all that can be done, and the next changes not even what is remembered."""
    bench = Bench.of(papers)
    drawn(edits, bench)
    bench.sync()
    again = bench.plan()

    assert again.operations == ()
    assert again.edits == ()
    assert again.state == bench.state


@given(PAPERS, EDITS, st.randoms(use_true_random=False))
def test_the_plan_is_free_of_order(papers, edits, shuffler):
    """Places, records, fields and memories in another order give the same plan."""
    bench = Bench.of(papers)
    drawn(edits, bench)
    made = bench.plan()
    looks = []
    for look in bench.looks():
        rows = [(key, replace(one, fields=shuffled(one.fields, shuffler))) for key, one in look.records.items()]
        shuffler.shuffle(rows)
        looks.append(replace(look, records=dict(rows)))
    shuffler.shuffle(looks)

    assert plan(shuffled(bench.state, shuffler), looks, SYNC) == made


def shuffled(mapping, shuffler):
    """The same in another order."""
    rows = list(mapping.items())
    shuffler.shuffle(rows)
    return dict(rows)


@given(PAPERS, EDITS)
def test_no_edit_vanishes(papers, edits):
    """A value that someone wrote stays where it was written; if it is nowhere else, it is in a conflict."""
    bench = Bench.of(papers)
    last = {(place, record, name): value for place, record, name, value in drawn(edits, bench)}
    made = bench.sync()
    disputed = {(one.record, one.field) for one in made.conflicts}
    for (place, record, name), value in last.items():
        row = ROWS[name]
        if row.kind is FieldKind.SET or row.same(value, papers[record].get(name)):
            continue
        found = bench.values(record, name)
        assert row.same(bench.held[place][record].get(name), value)
        assert (record, name) in disputed or all(row.same(one, value) for one in found)


@given(PAPERS, EDITS)
def test_disjoint_edits_commute(papers, edits):
    """Edits of different fields arrive everywhere, whether one cycle takes them or each its own, in whatever order."""
    together = Bench.of(papers)
    once = {}
    for place, record, name, value in drawn(edits, Bench.of(papers)):
        once.setdefault((record, name), (place, value))
    benches = [together, Bench.of(papers), Bench.of(papers)]
    rows = [(place, record, name, value) for (record, name), (place, value) in once.items()]
    for bench, order in zip(benches, (rows, rows, rows[::-1]), strict=True):
        for row in order:
            bench.edit(*row)
            if bench is not together:
                bench.sync()
        bench.sync()

    for place, record, name, value in rows:
        for bench in benches:
            assert all(ROWS[name].same(found, value) for found in bench.values(record, name)), (place, record, name)


@given(PAPERS, st.sampled_from([*SETS]), st.fixed_dictionaries(dict.fromkeys(PLACES, MEMBERS)))
def test_sets_obey_add_and_remove(papers, name, said):
    """What anyone added is everywhere; what anyone removed, and nobody added, is nowhere; the rest stays."""
    record, row = KEYS[0], ROWS[name]
    bench = Bench.of(papers)
    base = set(papers[record].get(name) or ())
    for place, value in said.items():
        bench.edit(place, record, name, value)
    bench.sync()
    there = [set(value or ()) for value in said.values()]
    added = set().union(*(one - base for one in there))
    removed = set().union(*(base - one for one in there))

    for value in bench.values(record, name):
        assert set(members(row, value).values()) == (base | added) - removed
    assert bench.plan().operations == ()


@given(PAPERS, st.sampled_from([*TEXTS]), st.data())
def test_resolving_ends_the_conflict(papers, name, data):
    """By whose value counts, by a value of its own, or by making the values equal: all places say it, and nothing is open."""
    record, row = KEYS[0], ROWS[name]
    bench = Bench.of(papers)
    for place in PLACES:
        bench.edit(place, record, name, data.draw(TEXTS[name], label=place))
    conflicts = bench.sync().conflicts
    if not conflicts:
        return
    values = conflicts[0].values
    match data.draw(st.sampled_from(["answer", "wish", "by hand"])):
        case "answer":
            chosen = data.draw(st.sampled_from(sorted(values)))
            wanted = values[chosen]
            made = bench.sync(answers={conflicts[0].id: chosen})
        case "wish":
            wanted = data.draw(TEXTS[name])
            # Not said in view of exactly these values, it is no answer.
            assert bench.sync(wishes={(record, name): wanted}).conflicts == conflicts
            made = bench.sync(wishes={(record, name): wanted}, answers={conflicts[0].id: WISHED})
        case _:
            wanted = data.draw(TEXTS[name])
            for place in PLACES:
                bench.edit(place, record, name, wanted)
            made = bench.sync()

    assert made.conflicts == ()
    assert all(row.same(value, wanted) for value in bench.values(record, name))
    assert bench.plan().operations == ()


@given(PAPERS, st.sampled_from(PLACES))
def test_an_approved_removal_removes_everywhere(papers, place):
    """Nothing goes before; afterwards nothing is there, and nothing is remembered."""
    record = KEYS[0]
    bench = Bench.of(papers)
    del bench.held[place][record]
    made = bench.sync()
    assert [hold.record for hold in made.holds] == [record]
    assert made.operations == ()

    bench.sync(answers={made.holds[0].id: Choice.REMOVE})
    assert all(record not in held for held in bench.held.values())
    bench.sync()
    assert record not in bench.state
    assert bench.plan().operations == ()


@given(PAPERS, st.sampled_from(PLACES), st.sampled_from([*TEXTS, *SETS]), st.data())
def test_an_edit_in_between_beats_a_removal(papers, place, name, data):
    """An answer to a question from before the edit removes nothing."""
    record, row = KEYS[0], ROWS[name]
    bench = Bench.of(papers)
    del bench.held[place][record]
    hold = bench.sync().holds[0]
    elsewhere = next(one for one in PLACES if one != place)
    before = bench.held[elsewhere][record].get(name)
    value = data.draw({**TEXTS, **SETS}[name].filter(lambda v: not row.same(v, before)))
    bench.edit(elsewhere, record, name, value)
    made = bench.sync(answers={hold.id: Choice.REMOVE})

    assert not any(operation.action is Action.DELETE for operation in made.operations)
    assert row.same(bench.held[elsewhere][record].get(name), value)
    assert bench.plan().holds[0].id != hold.id


@given(PAPERS, st.sampled_from(PLACES))
def test_restoring_makes_it_again_as_it_was(papers, place):
    """With everything that it should say, and as if it had never been gone."""
    record = KEYS[0]
    bench = Bench.of(papers)
    whole = {name: value for name, value in bench.held[place].pop(record).items() if value is not None}
    hold = bench.sync().holds[0]
    bench.sync(answers={hold.id: Choice.RESTORE})
    said = {name: value for name, value in bench.held[place][record].items() if value is not None}

    assert {n: v for n, v in said.items() if not ROWS[n].derived} == {
        n: v for n, v in whole.items() if not ROWS[n].derived
    }
    assert bench.plan().operations == ()
    assert bench.plan().holds == ()


@given(PAPERS, EDITS)
def test_taking_edits_back_restores_what_was(papers, edits):
    """The previous values of what a cycle took in, as wishes, bring every field back to what it was."""
    bench = Bench.of(papers)
    drawn(edits, bench)
    made = bench.sync()
    targets = {
        (record, name): known.target for record, state in bench.state.items() for name, known in state.fields.items()
    }
    free = [one for one in made.edits if (one.record, one.field) not in {(c.record, c.field) for c in made.conflicts}]
    for one in free:
        assert ROWS[one.field].same(targets[one.record, one.field], one.new)
    bench.sync(wishes={(one.record, one.field): one.old for one in free})

    for one in free:
        if not ROWS[one.field].required:
            assert all(ROWS[one.field].same(value, one.old) for value in bench.values(one.record, one.field))
    assert bench.plan().operations == ()

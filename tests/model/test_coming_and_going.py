"""Random histories in which papers come and go: made, doubled, deleted, brought back, approved and undone, with power cuts.

The oracle knows which work each entry, note and item stands for, who condemned it, and from which edits each title descends.
What litsync may never do is asserted where it would do it (`three_places`): delete what nobody condemned, write where the
command may not, call a work by the title of another.
"""

from __future__ import annotations

import random

import pytest
from imaginary_world import World
from three_places import PLACES

from litsync.core.fields import TABLE
from litsync.core.model import VAULT, ZOTERO, Kind
from litsync.core.policy import PULL, PUSH, SYNC, Decisions, Policy
from litsync.core.questions import Choice
from litsync.errors import UsageError
from litsync.history import reverse

ACTIONS = {"rewrite": 5, "begin": 4, "throw": 2, "restore": 1, "copy": 0.3, "answer": 3, "undo": 1, "cycle": 7}


def answered(world: World) -> Decisions:
    """What a person says to some of what the last cycle left open."""
    made, rng = world.plan(), world.rng
    answers = {one.id: rng.choice(["take", "leave"]) for one in made.strangers if rng.random() < 0.3}
    for hold in made.holds:
        if hold.choices and rng.random() < 0.5:
            answers[hold.id] = choice = rng.choice(hold.choices)
            if choice == Choice.REMOVE:
                world.condemn(hold.record)
    for one in made.conflicts:
        if rng.random() < 0.5:
            answers[one.id] = rng.choice(sorted(one.values))
            world.seen_by_person |= set(one.values.values())
    for name, answer in answers.items():
        if answer == Choice.TAKE:  # the person says that it is another work
            world.touched_works |= world.asked_about(name)
    world.log.append(f"answers {answers}")
    return Decisions(answers=answers)


def taken_back(world: World) -> Decisions | None:
    """What takes the last cycle back."""
    try:
        entry, found = reverse(world.state, None)
    except UsageError:
        return None
    world.seen_by_person |= {edit.new for edit in entry.edits if edit.field == "title"}
    world.seen_by_person |= {value for (_, name), value in found.decisions.wishes.items() if name == "title"}
    things = [thing for shelf in world.shelves.values() for thing in shelf.things.values()]
    # Its entry goes, and the thing that it came from is left alone: the person wanted that.
    world.touched_works |= {thing.work for thing in things if thing.record in found.decisions.taken_back}
    world.log.append(f"undo {found.decisions}")
    return found.decisions


def something(world: World) -> None:
    """A person or litsync does something."""
    place = world.rng.choice(PLACES)
    match world.rng.choices([*ACTIONS], [*ACTIONS.values()])[0]:
        case "rewrite":
            world.rewrite(place)
        case "begin":
            world.begin(place)
        case "throw":
            world.throw(place)
        case "restore":
            world.restore(place)
        case "copy":
            world.copy_a_note()
        case "answer":
            bad_luck(world)
            play(world, SYNC, answered(world))
        case "undo":
            if said := taken_back(world):
                play(world, SYNC, said)
        case _:
            bad_luck(world)
            play(world, world.rng.choice([PUSH, PULL, SYNC, SYNC]))


def bad_luck(world: World) -> None:
    """The power may go, a place may not answer, the person may save at the same moment."""
    world.steps_left = world.rng.choice([None, None, None, world.rng.randrange(12)])
    world.away = world.rng.choice([None, None, None, None, VAULT, ZOTERO])
    world.meddling = world.rng.choice([0.0, 0.0, 0.3])


def play(world: World, policy: Policy, decisions: Decisions | None = None) -> None:
    """One cycle."""
    world.log.append(f"cycle {sorted(policy.sources)} away {world.away} power {world.steps_left}")
    result = world.cycle(policy, decisions)
    world.away = None
    if result is not None and result.plan is not None:
        world.log += [f"   {row}" for row in (*result.plan.operations, *result.plan.holds, *result.plan.conflicts)]


def history(seed: int, steps: int = 16) -> World:
    """One history, until everything has come to rest."""
    world = World(random.Random(seed))
    for _ in range(world.rng.randrange(4)):
        world.begin(world.rng.choice(PLACES))
    for _ in range(steps):
        something(world)
    world.throw_copies()
    for _ in range(7):
        play(world, SYNC)
    return world


@pytest.fixture(scope="module")
def worlds(request):
    """Random histories that have come to rest, by their number."""
    found = {seed: history(seed) for seed in range(request.config.getoption("--histories") // 10)}
    yield found
    for world in found.values():
        world.state.close()


def journalled(world: World) -> set[str]:
    """What the journal has: values that differed at a first meeting, and what came out of a trash and was replaced."""
    plans = (world.state.plan_of(number) for number, *_ in world.state.cycles())
    rows = (row for plan in plans for row in plan["differences"] if row["field"] == "title")
    replaced = (row[2].decode() for number, *_ in world.state.cycles() for row in world.state.previous_bytes(number))
    return {*(row[name] for row in rows for name in ("value", "target")), *replaced}


def lost_edits(world: World) -> frozenset[int]:
    """The title edits that no title descends from which is still somewhere, or was shown to the person who decided."""
    kept = world.titles() | world.seen_by_person | journalled(world)
    alive = frozenset().union(*(world.ancestors.get(title, frozenset()) for title in kept))
    return frozenset().union(*world.ancestors.values()) - alive


def miscounted(world: World) -> dict[int, object]:
    """The works that nobody deleted, and nobody is asked about, and that do not stand exactly once in each place."""
    made = world.plan()
    asked = {hold.record for hold in made.holds} | {problem.record for problem in made.problems}
    excused = set(world.touched_works)
    excused |= set().union(*(world.asked_about(one.id) for one in (*made.strangers, *made.holds)))
    excused |= {t.work for s in world.shelves.values() for t in s.things.values() if t.record in asked}
    there = {work: world.where(work) for work in range(1, world.works + 1) if work not in excused}
    return {work: found for work, found in there.items() if any(len(rows) != 1 for rows in found.values())}


def unlike(world: World) -> list[object]:
    """What stands in two places in different words, though nothing is open about it."""
    made, found = world.plan(), []
    open_ones = {(one.record, one.field) for one in (*made.conflicts, *made.differences, *made.waiting)}
    for record, known in world.state.records(None).items():
        for name, row in TABLE[record.kind].items():
            state = known.fields.get(name)
            if record.kind is not Kind.PAPER or row.derived or state is None or (record, name) in open_ones:
                continue
            said = world.says(record, row, state)
            if any(not row.same(value, state.target) for value in said.values()):
                found.append((record, name, said, state.target))
    return found


def test_no_edit_vanishes(worlds):
    """Every title anyone wrote is in a place, in its trash, in the journal, or was seen by the person who decided against it."""
    assert {seed: lost for seed, world in worlds.items() if (lost := lost_edits(world))} == {}


def test_papers_stand_once_in_each_place(worlds):
    """None is lost on its way, none is doubled: neither by a crash, nor because two people began the same one."""
    assert {seed: wrong for seed, world in worlds.items() if (wrong := miscounted(world))} == {}


def test_everything_comes_to_rest_in_the_same_words(worlds):
    """In the end nothing is left to do, and what is not open says the same everywhere."""
    assert {seed: made for seed, world in worlds.items() if (made := world.plan().operations)} == {}
    assert {seed: wrong for seed, world in worlds.items() if (wrong := unlike(world))} == {}


def test_what_never_met_twice_never_differs(worlds):
    """Without twins, things from a trash and power cuts every edit arrives, or is in conflict: nothing is a difference."""
    calm = {seed: world.plan().differences for seed, world in worlds.items() if not world.met_twice}
    assert {seed: found for seed, found in calm.items() if found} == {}
    assert calm

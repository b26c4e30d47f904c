"""What an edit on its way to the catalog costs, each figure beside a floor or a peer measured in the same run.

Usage: python benchmarks/edits.py [papers ...]     (default: 1000 10000 100000)

In one resident process, as `litsync watch` is: a value changed in a note until the catalog is durable on disk, one
paper's edit alone (parse, splice, verify), and a hand edit of the catalog until it is known which paper it was. Floors and
peers: writing the same bytes with fsync and rename, PyYAML's C loader, one round trip of ruamel.yaml (up to 10,000 papers).
Wall and CPU time, medians of seven; trust the ratios, those of CPU where other work shares the machine.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from generate import catalog

from litsync.core.model import CATALOG, Action, Change, Kind, Operation, RecordId, Verdict
from litsync.formats.catalog_chunks import cut_papers
from litsync.formats.catalog_edit import Papers, edit_record
from litsync.formats.note import read_note
from litsync.replicas.base import Memory, Shelf, Vocabulary
from litsync.replicas.catalog import CatalogReplica

RUNS = 7
_PEER_LIMIT = 10_000
_NOTE = b'---\ncitekey: x\ntitle: "T"\nvenue: %d\n---\n'


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and CPU seconds."""

    wall: float
    cpu: float


class Watch:
    """Measures from its making."""

    def __init__(self) -> None:
        """Start."""
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def cost(self) -> Cost:
        """What it took until now."""
        return Cost(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def in_turn(*acts: Callable[[int], Cost | None]) -> list[Cost]:
    """The median cost of each, run in turn: what else the machine does weighs on all alike.

    An act that measures itself returns its cost.
    """
    found: list[list[Cost]] = [[] for _ in acts]
    for number in range(RUNS):
        for act, costs in zip(acts, found, strict=True):
            watch = Watch()
            costs.append(act(number) or watch.cost())
    return [Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs)) for costs in found]


def show(what: str, cost: Cost, ratios: str = "") -> None:
    """Print one row."""
    print(f"  {what:<44} {cost.wall * 1000:10.2f} ms wall {cost.cpu * 1000:10.2f} ms CPU   {ratios}", flush=True)


def as_in_a_new_process() -> None:
    """The texts that were cut last are remembered: two others take their place."""
    for papers in (1, 2):
        cut_papers(catalog(papers).encode())


@dataclass(slots=True)
class Bench:
    """One catalog of some size in a folder of its own."""

    folder: Path
    papers: int
    memory: Memory

    @property
    def path(self) -> Path:
        """The catalog."""
        return self.folder / "catalog.yaml"

    def replica(self) -> CatalogReplica:
        """As every cycle of a resident process makes it."""
        return CatalogReplica([self.path], self.folder, self.memory)

    def learn(self) -> list[str]:
        """The first cycle, and the citekeys."""
        replica = self.replica()
        replica.observe(replica.look(), Vocabulary())
        replica.close()
        parts = self.memory.parts()
        self.memory = Memory(self.memory.token, shelf=Shelf(parts=lambda: parts))
        return parts["citekeys catalog.yaml"].decode().split("\n")

    def bare_write(self, _: int) -> None:
        """The floor: the same bytes, durably."""
        data = self.path.read_bytes()
        with (self.folder / "floor.tmp").open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        (self.folder / "floor.tmp").rename(self.folder / "floor.yaml")
        handle = os.open(self.folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    def note_to_catalog(self, citekey: str, number: int) -> Cost:
        """A note is read, and its value is durable in the catalog; what comes after that is not counted."""
        note = self.folder / "note.md"
        note.write_bytes(_NOTE % number)
        record, watch = RecordId(Kind.PAPER, citekey), Watch()
        wanted = str(read_note(note.read_bytes()).properties["venue"])
        replica = self.replica()
        assert replica.look() == frozenset()
        old = replica.observe(frozenset({record}), Vocabulary()).records[record].fields.get("venue")
        operation = Operation(CATALOG, Action.UPDATE, record, (Change("venue", old, f"Venue {wanted} {number}"),))
        outcomes = replica.apply([operation])
        assert next(outcomes).verdict is Verdict.WRITTEN
        cost = watch.cost()
        assert not list(outcomes)
        replica.committed()
        replica.close()
        return cost

    def hand_edit(self, number: int) -> Cost:
        """One line is changed by hand; which paper that was is known."""
        text = self.path.read_bytes()
        at = text.index(b"venue: ", len(text) * (number + 1) // (RUNS + 2)) + 7
        self.path.write_bytes(text[:at] + b"Hand " + text[at:])
        as_in_a_new_process()
        watch = Watch()
        replica = self.replica()
        changed = replica.look()
        cost = watch.cost()
        assert changed is not None
        assert len(changed) == 1
        replica.observe(changed, Vocabulary())
        replica.close()
        return cost

    def quiet_look(self, _: int) -> Cost:
        """Nothing has changed, and nothing is known in this process yet."""
        as_in_a_new_process()
        watch = Watch()
        assert self.replica().look() == frozenset()
        return watch.cost()


def record_edit(data: bytes, citekeys: list[str]) -> Cost:
    """One paper's edit alone: its chunk is parsed, spliced and verified."""
    papers = Papers(tuple(citekeys), divisible=True)
    record = RecordId(Kind.PAPER, citekeys[len(citekeys) // 2])
    cut = cut_papers(data)
    assert cut is not None
    chunk = cut.chunk(len(citekeys) // 2)
    alone = Papers((record.key,), divisible=False)
    text = b"papers:\n" + chunk

    def edited(number: int) -> None:
        edit_record(text, alone, record, [Change("venue", None, f"V {number}")], lambda _, word: word)

    assert edit_record(data, papers, record, [Change("venue", None, "V")], lambda _, word: word) != data
    return in_turn(edited)[0]


def bench(papers: int) -> Cost:
    """Measure one size; the cost of one paper's edit."""
    with tempfile.TemporaryDirectory() as name:
        one = Bench(Path(name), papers, Memory())
        one.path.write_text(catalog(papers), encoding="utf-8")
        data = one.path.read_bytes()
        print(f"\n{papers:,} papers, {len(data) / 1e6:.1f} MB")
        citekeys = one.learn()
        edit = record_edit(data, citekeys)
        floor, loop = in_turn(
            one.bare_write, lambda n: one.note_to_catalog(citekeys[len(citekeys) * (n + 1) // (RUNS + 2)], n)
        )
        show("floor: write the same bytes, fsync, rename", floor)
        show("one paper's edit: parse, splice, verify", edit)
        show(
            "note read -> catalog durable",
            loop,
            f"{loop.wall / floor.wall:.2f} x the floor, {loop.cpu / floor.cpu:.2f} x in CPU",
        )
        hand, quiet = in_turn(one.hand_edit)[0], in_turn(one.quiet_look)[0]
        if papers <= _PEER_LIMIT:
            peers(data, loop, hand)
        show("hand edit noticed, and which paper it was", hand)
        show("a look at an unchanged catalog", quiet)
    return edit


def peers(data: bytes, loop: Cost, hand: Cost) -> None:
    """What others take for the same catalog, once each."""
    from ruamel.yaml import YAML

    watch = Watch()
    yaml.load(data, yaml.CSafeLoader)
    load = watch.cost()
    show("peer: PyYAML's C loader", load, f"{load.cpu / hand.cpu:.0f} x the CPU of noticing a hand edit")
    watch, round_trip = Watch(), YAML()
    round_trip.dump(round_trip.load(data), io.BytesIO())
    trip = watch.cost()
    show("peer: ruamel.yaml, load and dump", trip, f"{trip.cpu / loop.cpu:,.0f} x the CPU from note to catalog")


def main() -> None:
    """Measure the sizes asked for."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians of {RUNS} runs")
    sizes = [int(argument) for argument in sys.argv[1:]] or [1000, 10_000, 100_000]
    edits = [bench(papers) for papers in sizes]
    if len(edits) > 1:
        print(f"\none paper's edit at {sizes[-1]:,} papers: {edits[-1].cpu / edits[0].cpu:.2f} x that at {sizes[0]:,}")


if __name__ == "__main__":
    main()

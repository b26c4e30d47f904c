"""What a push costs, each figure beside a floor measured in the same run.

Usage: python benchmarks/push.py [papers ...]     (default: 1000 10000)

Every command runs as its own process; wall and CPU seconds and peak memory are the operating system's. Floors: a bare
interpreter, PyYAML's C loader on the same catalog, creating and renaming the same note bytes, and a bare loop of
pyzotero's `create_items` into the same kind of library. Ratios are what to compare between machines.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from generate import catalog

RUNS = 5
_CONFIG = "catalog: catalog.yaml\nvault: vault\nzotero: {library: library.sqlite}\n"
_LOAD = "import yaml; yaml.load(open('catalog.yaml', 'rb').read(), yaml.CSafeLoader)"
_NOTES = """
import os, pathlib, sys
out = pathlib.Path(sys.argv[1]); out.mkdir()
for path in sorted(pathlib.Path('vault').rglob('*.md')):
    data = path.read_bytes()
    temporary = out / f'.{path.name}'
    temporary.write_bytes(data)
    os.rename(temporary, out / path.name)
os.sync()
"""
_PYZOTERO = """
import pathlib, sys, yaml
import httpx2
from pyzotero import zotero
from litsync.library import open_library
library = open_library(pathlib.Path(sys.argv[1]), create=True)
client = httpx2.Client(transport=httpx2.WSGITransport(app=library.app), base_url='http://localhost')
zot = zotero.Zotero('1', 'user', 'key', client=client)
zot.endpoint = 'http://localhost'
papers = yaml.load(open('catalog.yaml', 'rb').read(), yaml.CSafeLoader)['papers']
items = [{'itemType': p['type'], 'title': p['title'], 'date': str(p['date']), 'DOI': p['doi'], 'url': p['url'],
          'creators': [{'creatorType': 'author', 'name': n} for n in p['authors']],
          'tags': [{'tag': t} for t in p['tags'] + p['methods']], 'citationKey': p['id']} for p in papers]
items += [{'itemType': 'attachment', 'linkMode': 'linked_url', 'title': 'Code', 'url': p['code']} for p in papers if 'code' in p]
for start in range(0, len(items), 50):
    zot.create_items(items[start:start + 50])
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost: wall and CPU seconds, peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def measure(folder: Path, *command: str) -> Cost:
    """Run one command in `folder`, as a whole process."""
    # A program as installed has its bytecode beside it; measuring without would measure the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = process.stderr.read().decode() if process.stderr else ""
        raise SystemExit(f"{' '.join(command)[:80]} ended with {process.returncode}: {message}")
    if process.stderr:
        process.stderr.close()
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        *(statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "cpu", "memory")),
    )


def show(what: str, cost: Cost, floor: str = "", base: Cost | None = None) -> None:
    """Print one row."""
    ratio = f"{cost.cpu / base.cpu:6.2f} x the CPU of {floor}" if base else ""
    print(f"  {what:<42} {cost.wall:7.2f} s wall {cost.cpu:7.2f} s CPU {cost.memory:6.0f} MB  {ratio}", flush=True)


def litsync(*arguments: str) -> tuple[str, ...]:
    """The installed command, run with this interpreter."""
    return (sys.executable, "-m", "litsync", *arguments)


def bench(papers: int) -> None:
    """Measure one size."""
    print(f"\n{papers:,} papers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = catalog(papers)
        (folder / "catalog.yaml").write_text(text, encoding="utf-8")
        (folder / "litsync.yaml").write_text(_CONFIG, encoding="utf-8")
        runs = RUNS if papers <= 1000 else 3
        bare = median([measure(folder, sys.executable, "-c", "") for _ in range(RUNS)])
        load = median([measure(folder, sys.executable, "-c", _LOAD) for _ in range(runs)])
        show("floor: a bare interpreter", bare)
        show("floor: PyYAML's C loader on the catalog", load)
        first = _first(folder)
        notes = median([measure(folder, sys.executable, "-c", _NOTES, f"n{n}") for n in range(runs)])
        loop = measure(folder, sys.executable, "-c", _PYZOTERO, "peer.sqlite")
        show("floor: create and rename the same notes", notes)
        show("floor: a bare pyzotero loop, same items", loop)
        show("first push", first, "the pyzotero loop and the notes", Cost(0, loop.cpu + notes.cpu, 0))
        show("notes alone, catalog to vault", measure(folder, sys.executable, "-c", _NOTES_ONLY), "these notes", notes)
        _second(folder, runs, bare, load)
        _changed(folder, text, runs, load)
        check = median([measure(folder, *litsync("check")) for _ in range(runs)])
        show("check", check, "the C loader", load)


_NOTES_ONLY = """
import pathlib, sys
from litsync.core.policy import PUSH
from litsync.project import shipped
from litsync.replicas.catalog import CatalogReplica
from litsync.replicas.vault import VaultReplica, VaultSettings
from litsync.state import State
from litsync.setup import Setup
from litsync.sync import run
state = State.open(pathlib.Path('notes.sqlite'))
memories = {name: state.memory(name) for name in ('catalog', 'vault')}
catalog = CatalogReplica([pathlib.Path('catalog.yaml')], pathlib.Path(), memories['catalog'])
settings = VaultSettings(path=pathlib.Path('notes'), shown='notes', template=shipped('vault_template'))
import gc; gc.disable()
run(Setup(state, catalog, [VaultReplica(settings, memories['vault'])], memories), PUSH)
"""
_COUNT = """
import json, pathlib, sys
from litsync.replicas import zotero_remote
sys.argv = ['litsync']
from litsync.cli import _run
from litsync.replicas import transport
made = []
original = transport.PatientTransport.__init__
def noted(self, *arguments, **options):
    original(self, *arguments, **options)
    made.append(self)
transport.PatientTransport.__init__ = noted
_run(['push', '--quiet'])
print(json.dumps(dict(made[0].counts) if made else {}))
"""


def _first(folder: Path) -> Cost:
    """A first push, its requests and files counted on the way."""
    first = measure(folder, *litsync("push", "--quiet"))
    for name in ("vault", ".litsync"):
        shutil.rmtree(folder / name)
    for path in folder.glob("library.sqlite*"):
        path.unlink()
    counted = subprocess.run((sys.executable, "-c", _COUNT), cwd=folder, capture_output=True, text=True, check=True)
    files = sum(1 for path in (folder / "vault").rglob("*.md"))
    objects = json.loads(counted.stdout)
    print(f"  first push: requests {objects}, notes written {files}")
    return first


def _second(folder: Path, runs: int, bare: Cost, load: Cost) -> None:
    measure(folder, *litsync("push", "--quiet"))
    second = median([measure(folder, *litsync("push", "--quiet")) for _ in range(runs)])
    show("second push, nothing to do", second, "the C loader", load)
    show("", second, "a bare interpreter", bare)


def _changed(folder: Path, text: str, runs: int, load: Cost) -> None:
    costs = []
    for number in range(runs):
        (folder / "catalog.yaml").write_text(
            text.replace("Proceedings of", f"Proceedings {number} of", 1), encoding="utf-8"
        )
        costs.append(measure(folder, *litsync("push", "--quiet")))
    show("push of one changed paper", median(costs), "the C loader", load)


def main() -> None:
    """Measure the sizes asked for."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians of up to {RUNS} runs")
    here = Path.cwd()
    help_costs = median([measure(here, *litsync("--help")) for _ in range(RUNS)])
    click_costs = median([measure(here, sys.executable, "-c", "import click") for _ in range(RUNS)])
    show("litsync --help", help_costs, "import click", click_costs)
    for papers in [int(argument) for argument in sys.argv[1:]] or [1000, 10000]:
        bench(papers)


if __name__ == "__main__":
    main()

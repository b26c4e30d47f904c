"""What `litsync watch` costs: latency of an edit, idle CPU and memory, bursts, and what a bare watcher loses meanwhile.

Usage: python benchmarks/watch.py [papers ...]. A real daemon in a process of its own watches a generated project; latencies
are beyond the quiet time. The burst is saved flat out by another process, once more while the watching one stands still.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generate import catalog
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

from litsync.config import Config, WatchConfig
from litsync.daemon.alarm import Bell, FileAlarm, Watched
from litsync.daemon.eyes import Eyes
from litsync.library import open_library

QUIET = 0.5
EDITS = 7
IDLE = 20.0
BURST = 5000
_CONFIG = (
    f"catalog: catalog.yaml\nvault: vault\nzotero: {{library: library.sqlite}}\nwatch: {{quiet: {QUIET}, new: 1}}\n"
)
_TICK = os.sysconf("SC_CLK_TCK")


def until(holds: Callable[[], Any], deadline: float = 600.0) -> float:
    """Seconds until `holds()`."""
    started = time.perf_counter()
    while not holds():
        if time.perf_counter() - started > deadline:
            raise SystemExit("waited too long")
        time.sleep(0.002)
    return time.perf_counter() - started


def cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory(pid: int) -> float:
    """Resident memory in MB."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


def bench(papers: int) -> None:
    """Measure one size."""
    print(f"\n{papers:,} papers, as many notes", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "catalog.yaml").write_text(catalog(papers), encoding="utf-8")
        (folder / "litsync.yaml").write_text(_CONFIG, encoding="utf-8")
        litsync = (sys.executable, "-m", "litsync")
        subprocess.run((*litsync, "push", "--quiet"), cwd=folder, check=True)
        started = time.perf_counter()
        daemon = subprocess.Popen((*litsync, "watch"), cwd=folder, stdout=subprocess.DEVNULL)
        try:
            until(lambda: _told(folder, daemon.pid))
            print(f"  time to first cycle                    {time.perf_counter() - started:8.2f} s")
            time.sleep(5)
            _latency(folder)
            _idle(daemon.pid, folder)
            if papers >= 2 * BURST:
                _burst_through(folder)
        finally:
            daemon.terminate()
            daemon.wait(60)


def _told(folder: Path, pid: int) -> bool:
    for path in folder.glob(".litsync/*/watch.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        return bool(told["pid"] == pid and told["last_change"])
    return False


def _latency(folder: Path) -> None:
    path, library = folder / "catalog.yaml", open_library(folder / "library.sqlite", create=False)
    yaml, zotero, floor = [], [], []
    for number, note in enumerate(sorted((folder / "vault" / "Papers").glob("*.md"))[:EDITS]):
        text, before, version = note.read_text(encoding="utf-8"), path.stat().st_mtime_ns, library.version()
        started = time.perf_counter()
        note.write_text(text.replace("venue: ", f"venue: Edit {number} of ", 1), encoding="utf-8")
        until(lambda before=before: path.stat().st_mtime_ns != before)
        yaml.append(time.perf_counter() - started - QUIET)
        until(lambda version=version: library.version() != version)
        zotero.append(time.perf_counter() - started - QUIET)
        floor.append(_write_durably(path))
        time.sleep(2 * QUIET + 1)
    library.close()
    for what, rows in (("YAML", yaml), ("embedded library", zotero), ("floor: the same bytes, fsync, rename", floor)):
        print(f"  {what:<38} {1000 * statistics.median(rows):8.0f} ms  (max {1000 * max(rows):.0f})", flush=True)


def _write_durably(path: Path) -> float:
    data, draft = path.read_bytes(), path.with_name("copy")
    started = time.perf_counter()
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(draft.with_name("copied"))
    return time.perf_counter() - started


def _idle(pid: int, folder: Path) -> None:
    time.sleep(5)
    before = cpu(pid)
    time.sleep(IDLE)
    used, size = cpu(pid) - before, (folder / "catalog.yaml").stat().st_size / 2**20
    print(f"  idle                                   {100 * used / IDLE:8.2f} % of a core")
    print(f"  memory                                 {memory(pid):8.0f} MB  (catalog {size:.1f} MB)", flush=True)


def _burst_through(folder: Path) -> None:
    """A property changed in thousands of notes at once, until all of it is in the YAML."""
    marked, started = 0, time.perf_counter()
    for note in sorted((folder / "vault" / "Papers").glob("*.md"))[-BURST + 100 :]:
        text = note.read_text(encoding="utf-8")
        marked += "\nvenue: " in text
        note.write_text(text.replace("\nvenue: ", "\nvenue: Burst of ", 1), encoding="utf-8")
    saved = time.perf_counter() - started
    path = folder / "catalog.yaml"
    until(lambda: path.read_bytes().count(b"venue: Burst of ") == marked or time.sleep(0.2))
    print(
        f"  {marked} notes edited flat out in {saved:.1f} s, all in the YAML after {time.perf_counter() - started:.1f} s"
    )


# ── a burst, seen by litsync's eyes and by a bare watcher ────────────────────────────────────────────────────────

_SAVE = """
import os, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob('*.md')):
    draft = path.with_name('.draft')
    draft.write_text('saved again\\n')
    os.rename(draft, path)
"""


class _Bare(FileSystemEventHandler):
    """What a handler hears by itself."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    def on_any_event(self, event: Any) -> None:
        self.heard |= {os.fsdecode(path) for path in (event.src_path, event.dest_path) if path}


def burst(*, stopped: bool) -> None:
    """5,000 saves by another process: how many each side misses, and how long after the last one ours has seen all."""
    with tempfile.TemporaryDirectory() as name:
        vault = Path(name) / "vault"
        for number in range(BURST):
            path = vault / f"{number // 100}" / f"{number}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("text\n", encoding="utf-8")
        child = subprocess.Popen(
            (sys.executable, __file__, "--eyes", str(vault)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        if stopped:
            child.send_signal(signal.SIGSTOP)
        subprocess.run((sys.executable, "-c", _SAVE, str(vault)), check=True)
        ended = time.time()
        child.send_signal(signal.SIGCONT)
        found, missed, bare = child.communicate(input=f"{ended}\n", timeout=120)[0].split()
        what = "while the watching process stood still" if stopped else "flat out"
        print(
            f"  {BURST} saves {what}: missed {missed}, all found {float(found):.2f} s after the last; "
            f"a bare handler misses {int(bare) / BURST:.0%}",
            flush=True,
        )


def eyes(vault: Path) -> None:
    """Look when the bell rings, as the daemon does, beside a bare handler on the same folder; report on standard output."""
    config = Config(vault.parent / "litsync.yaml", ("catalog.yaml",), watch=WatchConfig(quiet=3600, longest=3600))
    bell, bare = Bell(), _Bare()
    alarm, looking, seen_at = FileAlarm(bell, [Watched(vault)]), Eyes(config), [time.time()]
    alarm.check()
    observer = Observer()
    observer.schedule(bare, str(vault), recursive=True)
    observer.start()

    def look() -> None:
        before = 0
        while True:
            bell.wait(60.0)
            time.sleep(max(0.0, looking.may_look() - time.monotonic()))
            looking.look()
            if looking.restless() != before:
                before, seen_at[0] = looking.restless(), time.time()

    threading.Thread(target=look, daemon=True).start()
    print("ready", flush=True)
    ended = float(sys.stdin.readline())
    time.sleep(4.0)
    notes = {str(path) for path in vault.rglob("*.md")}
    print(max(0.0, seen_at[0] - ended), BURST - looking.restless(), len(notes - bare.heard), flush=True)
    os._exit(0)


# ── a save right after a note left the vault ─────────────────────────────────────────────────────────────────────────


def leaving(*, stock: bool) -> None:
    """How long after a save it is heard of, when another note was moved out right before; on standard output, in seconds."""
    heard = threading.Event()

    class Ours(Bell):
        def ring(self, reason: str) -> None:  # noqa: ARG002 -- whatever it is, it wakes
            heard.set()

    class Stock(FileSystemEventHandler):
        def on_any_event(self, event: Any) -> None:
            if "kept.md" in os.fsdecode(event.src_path):
                heard.set()

    with tempfile.TemporaryDirectory() as name:
        vault, rows = Path(name) / "vault", []
        vault.mkdir()
        observer, alarm = Observer(), FileAlarm(Ours(), [Watched(vault)])
        if stock:
            observer.schedule(Stock(), str(vault), recursive=True)
            observer.start()
        else:
            alarm.check()
        for number in range(EDITS):
            (vault / "leaves.md").write_text("text\n", encoding="utf-8")
            time.sleep(1.5)
            (vault / "leaves.md").rename(Path(name) / f"gone {number}.md")
            heard.clear()
            started = time.perf_counter()
            (vault / "kept.md").write_text(f"{number}\n", encoding="utf-8")
            heard.wait(10)
            rows.append(time.perf_counter() - started)
        print(statistics.median(rows), flush=True)
        alarm.close()
        observer.stop()
    sys.exit()


def leave() -> None:
    """Both, each in a process of its own."""
    found = [
        float(subprocess.run((sys.executable, __file__, who), capture_output=True, text=True, check=True).stdout)
        for who in ("--leaving", "--leaving-stock")
    ]
    print(
        f"  a save right after a note left the vault is heard after {1000 * found[0]:.1f} ms (stock {1000 * found[1]:.0f})"
    )


def main() -> None:
    """Measure the sizes asked for."""
    match sys.argv[1:2]:
        case ["--eyes"]:
            eyes(Path(sys.argv[2]))
        case ["--leaving" | "--leaving-stock" as who]:
            leaving(stock=who == "--leaving-stock")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; quiet time {QUIET} s, not counted")
    for stopped in (False, True):
        burst(stopped=stopped)
    leave()
    for papers in [int(argument) for argument in sys.argv[1:]] or [100, 10000]:
        bench(papers)


if __name__ == "__main__":
    main()

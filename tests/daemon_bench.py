"""A real `litsync watch` in a process of its own, beside a project that a person edits."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from cli_bench import Project

FAST = "watch: {quiet: 0.2, longest: 1, gone: 1, new: 0.3, new_items: 0.5, look: 2, ask: 1}\n"
CONFIG = "catalog: catalog.yaml\nvault: vault\nzotero: {library: library.sqlite}\n" + FAST
DEADLINE = 60.0


def eventually(holds, what="it", deadline=DEADLINE):
    """Wait until `holds()` is true, and return what it gave; slow machines are given time."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come to be within {deadline} s")


def catalog(project):
    """The catalog's text now."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


def note(project, name="Papers/guo2021adnerf"):
    """The paper's note now."""
    return project.note(name).read_text(encoding="utf-8")


def items(project):
    """All items now, by citation key."""
    with project.library() as library:
        return library.items()


def item(project, citekey="guo2021adnerf"):
    """The paper's item now."""
    return items(project)[citekey]


def git(project, *arguments, code=0):
    """Run git in the project."""
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@y", *arguments]
    made = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert made.returncode == code, made.stderr
    return made.stdout


class Daemon:
    """`litsync watch` on a project. What it prints is in `lines`, what it logs in `log`."""

    before: tuple[str, ...] = ()
    """What Python is told to run first."""

    def __init__(self, project: Project, *arguments: str, **environment: str) -> None:
        self.project, self._arguments = project, arguments
        self._environment = environment
        self.output = project.folder.with_name(f"{project.folder.name}.out")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self):
        """Start, and wait until the first cycle is over."""
        self.start()
        return self

    def start(self, *, wait=True) -> None:
        """Start the process."""
        environment = {**os.environ, "LITSYNC_ZOTERO_KEY": "", "NO_COLOR": "1", **self._environment}
        with self.output.open("ab") as stream:
            command = [sys.executable, *self.before, "-m", "litsync", "watch", *self._arguments]
            self.process = subprocess.Popen(
                command, cwd=self.project.folder, env=environment, stdout=stream, stderr=subprocess.STDOUT
            )
        if wait:
            eventually(self.told, "the daemon's first cycle")

    def told(self):
        """What the daemon tells of itself, once it has run a cycle in this process."""
        assert self.process.poll() is None, self.lines()
        try:
            told = json.loads(next(self.project.folder.glob(".litsync/*/watch.json")).read_text())
        except (StopIteration, ValueError):
            return None
        return told if told["pid"] == self.process.pid and (told["last_change"] or told["waits"]) else None

    def __exit__(self, *_: object) -> None:
        """Stop, if it runs; nothing that it printed may be a traceback."""
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.stop()
        assert "Traceback" not in self.lines(), self.lines()

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        self.send(number)
        return self.process.wait(DEADLINE)

    def lines(self) -> str:
        """Everything printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def says(self, text: str, deadline=DEADLINE):
        """Wait until it has said this."""
        return eventually(lambda: text in self.lines(), f"{text!r} in {self.lines()!r}", deadline)

    def log(self) -> list[dict]:
        """The lines of its log for machines."""
        paths = sorted(self.project.folder.glob(".litsync/*/watch.log*"), reverse=True)
        return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]

    def memory(self) -> int:
        """Its resident memory in kB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0])


class LibraryServer:
    """The embedded library, served on loopback by a process of its own."""

    def __init__(self, folder):
        self.folder, self.port, self.key, self.process = folder, 0, "", None

    def start(self):
        """Serve; the same port again after the first time."""
        command = [sys.executable, "-u", "-m", "litsync", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True)
        shown = ""
        while "zot.endpoint" not in shown and (line := self.process.stdout.readline()):
            shown += line
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", shown)[1])
        self.key = re.search(r"key: (\w+)", shown)[1]

    def stop(self):
        """Serve no more."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()

    def zotero(self):
        """pyzotero, as another program uses it."""
        from pyzotero import zotero

        made = zotero.Zotero("1", "user", self.key)
        made.endpoint = f"http://127.0.0.1:{self.port}"
        return made

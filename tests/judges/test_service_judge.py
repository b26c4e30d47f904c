"""`litsync service`, judged by the real thing: a systemd of a user, started for this test, runs the unit and starts it again.

It needs root and systemd, which need not be what this machine was booted with: the manager gets a name space, a runtime folder
and control groups of its own, and touches no unit of anybody's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, catalog, eventually

SYSTEMD = shutil.which("systemd", path="/usr/lib/systemd:/lib/systemd")
BEGIN = """
set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
for tree in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    if [ -w $tree/cgroup.procs ]; then
        mkdir $tree/$2
        echo $$ > $tree/$2/cgroup.procs || true
    fi
done
exec $1 --user
"""


class UserManager:
    """A systemd for the units of one user, who has a home of their own. `environment` is what leads to it."""

    def __init__(self, home: Path) -> None:
        self.group = home.name
        self.units = home / "config" / "systemd" / "user"
        (home / "run").mkdir(0o700)
        places = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_RUNTIME_DIR": home / "run"}
        self.environment = {name: str(path) for name, path in places.items()}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self):
        """Begin, and wait until it runs; False when it cannot run here."""
        command = ["unshare", "--mount", "sh", "-c", BEGIN, "begin", SYSTEMD, self.group]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env={**os.environ, **self.environment}, **quiet)
        return eventually(
            lambda: self.process.poll() is not None or self.asked("is-active", "default.target") == "active"
        )

    def asked(self, *words):
        """What it answers."""
        command = ["systemctl", "--user", *words]
        made = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=60, check=False
        )
        return made.stdout.strip()

    def told(self, unit, name):
        """One property of a unit."""
        return self.asked("show", "--value", "--property", name, unit)

    def end(self):
        """Stop it with all it runs, and leave no control group."""
        if self.process.poll() is None:
            self.asked("exit")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            self.process.kill()
        self.process.wait(30)
        for top in (*Path("/sys/fs/cgroup").glob(f"*/{self.group}"), Path("/sys/fs/cgroup", self.group)):
            for folder, _, _ in os.walk(top, topdown=False):
                with suppress(OSError):
                    Path(folder).rmdir()


@pytest.fixture
def manager():
    """A manager of its own."""
    if SYSTEMD is None or not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and systemd")
    home = Path(tempfile.mkdtemp(prefix="litsync-"))  # a socket's path must be short
    made = UserManager(home)
    try:
        made.start()
        if made.process.poll() is not None:
            pytest.skip("a systemd of a user cannot run here")
        yield made
    finally:
        made.end()
        shutil.rmtree(home)


@pytest.fixture
def project(tmp_path):
    """A project that was pushed."""
    made = Project.make(tmp_path / "papers & more", config=CONFIG)
    made.push()
    return made


def test_from_installing_to_uninstalling(manager, project):
    """The service runs at once, is started again after it was killed but not in a storm, and leaves nothing in the end."""

    def service(verb):
        made = project.run("service", verb, **manager.environment)
        assert made.code == 0, made.out + made.err
        return made.out

    def watched():
        return project.run("status", "--json").json["watch"]["running"]

    service("install")
    (unit,) = (path.name for path in manager.units.glob("*.service"))
    eventually(lambda: manager.told(unit, "SubState") == "running", "the service")
    eventually(watched, "the daemon's first cycle")
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the note's edit in the YAML")
    assert "WantedBy=default.target" in manager.asked("cat", unit)
    assert manager.asked("is-enabled", unit) == "enabled"

    version = int(manager.asked("--version").split()[1])
    assert manager.told(unit, "RestartUSec") == ("5s" if version >= 254 else "1min")
    hurry = manager.units / f"{unit}.d" / "hurry.conf"  # as its user may, so that this test does not take an hour
    hurry.parent.mkdir()
    hurry.write_text("[Service]\nRestartSec=200ms\nRestartSteps=0\n")
    manager.asked("daemon-reload")
    before = manager.told(unit, "MainPID")
    os.kill(int(before), signal.SIGKILL)
    eventually(lambda: manager.told(unit, "MainPID") not in ("0", before), "another daemon")
    project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
    eventually(lambda: "date: 2021-10-11\n" in project.note("Papers/guo2021adnerf").read_text(), "an edit after that")

    service("stop")
    assert manager.told(unit, "ActiveState") == "inactive", "a stop is no failure, and ends it"
    assert not watched()
    service("start")
    eventually(watched, "the daemon")

    killed = set()

    def gives_up():
        if (running := int(manager.told(unit, "MainPID"))) > 0:
            with suppress(ProcessLookupError):
                os.kill(running, signal.SIGKILL)
                killed.add(running)
        return manager.told(unit, "ActiveState") == "failed"

    eventually(gives_up, "the end of it")
    assert 8 <= len(killed) <= 11, "ten starts within an hour"
    service("start")
    eventually(watched, "the daemon, when a person says so")

    service("uninstall")
    assert manager.told(unit, "LoadState") == "not-found"
    assert not list(manager.units.rglob("*.service"))
    assert not watched()


def test_a_wrong_configuration_is_not_started_again(manager, project):
    """Nothing that starting again would mend."""
    assert project.run("service", "install", **manager.environment).code == 0
    (unit,) = (path.name for path in manager.units.glob("*.service"))
    eventually(lambda: project.run("status", "--json").json["watch"]["running"], "the daemon")
    (project.folder / "litsync.yaml").write_text(CONFIG.replace("vault:", "vualt:"))
    assert project.run("service", "start", **manager.environment).code == 2
    manager.asked("restart", unit)
    eventually(lambda: manager.told(unit, "ActiveState") == "failed", "the end of it")
    assert (manager.told(unit, "Result"), manager.told(unit, "NRestarts")) == ("exit-code", "0")
    assert manager.told(unit, "ExecMainStatus") == "2"
    made = project.run("service", "uninstall", **manager.environment)
    assert (made.code, manager.told(unit, "LoadState")) == (0, "not-found"), "also while it is wrong"

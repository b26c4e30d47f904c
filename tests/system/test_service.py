"""`litsync service`: what each system is told is what its own checker accepts, and the right commands are run."""

from __future__ import annotations

import io
import os
import plistlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from cli_bench import Project

from litsync.daemon.service import Job, Launchd, Systemd, TaskScheduler

DATA = Path(__file__).parents[1] / "data"


def awkward(tmp_path):
    """A configuration in a folder whose name means something to every one of the formats."""
    folder = tmp_path / 'my "papers" & 100% $HOME <x>'
    folder.mkdir()
    return Job(folder / "litsync.yaml", sys.executable, tmp_path)


@pytest.mark.parametrize("version", [0, 252, 256])
def test_a_unit_is_accepted_by_systemd(tmp_path, version):
    """By `systemd-analyze verify`, without a complaint, whatever the folder is called."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    unit = Systemd(awkward(tmp_path), version)
    path = tmp_path / unit.file.name
    path.write_bytes(unit.text())
    made = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    about_it = [line for line in made.stderr.splitlines() if unit.job.name in line]
    known_later = [line for line in about_it if "RestartSteps" in line or "RestartMaxDelaySec" in line]
    assert (made.returncode, about_it) == (0, known_later if version >= 254 else [])


def test_a_unit_is_started_later_and_later(tmp_path):
    """Where systemd can; elsewhere once a minute; never for ever, and not at all for a wrong configuration."""
    job = Job(tmp_path / "litsync.yaml", sys.executable, tmp_path)
    new, old = (Systemd(job, version).text().decode() for version in (256, 0))
    assert "RestartSteps=6" in new
    assert "RestartSec=60" in old
    for text in (new, old):
        assert "StartLimitBurst=10" in text
        assert "RestartPreventExitStatus=2 8" in text


def test_an_agent_is_a_property_list(tmp_path):
    """Its words survive, and it is not started in a storm."""
    agent = Launchd(awkward(tmp_path), 501)
    read = plistlib.loads(agent.text())
    assert read["ProgramArguments"] == list(agent.job.command)
    assert read["KeepAlive"] == {"SuccessfulExit": False}
    assert read["ThrottleInterval"] >= 60
    assert agent.file == tmp_path / "Library/LaunchAgents" / f"{read['Label']}.plist"
    if shutil.which("plutil"):
        (tmp_path / "x.plist").write_bytes(agent.text())
        subprocess.run(["plutil", "-lint", str(tmp_path / "x.plist")], check=True, timeout=60)


def test_a_task_is_valid(tmp_path):
    """By the task format's schema; its command line means what was meant."""
    job = awkward(tmp_path)
    task = TaskScheduler(job, "MACHINE\\anna & bob")
    schema = xmlschema.XMLSchema(DATA / "task_scheduler.xsd")
    text = task.text().decode("utf-16")
    schema.validate(io.StringIO(text.replace('encoding="UTF-16"', 'encoding="UTF-8"')))
    tree = ET.fromstring(task.text())
    spaces = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert tree.findtext(".//t:Arguments", namespaces=spaces) == subprocess.list2cmdline(job.command[1:])
    assert tree.findtext(".//t:ExecutionTimeLimit", namespaces=spaces) == "PT0S"
    assert PureWindowsPath(task.file.name).suffix == ".xml"


def test_two_projects_have_two_services(tmp_path):
    """Also when their folders have the same name."""
    names = {Job(tmp_path / where / "papers" / "litsync.yaml", "python", tmp_path).name for where in ("a", "b")}
    assert len(names) == 2
    assert all(name.startswith("litsync-papers-") for name in names)


@pytest.mark.skipif(sys.platform != "linux", reason="the service manager of this system is another one")
class TestCommands:
    """The commands, with a `systemctl` that writes down what it is asked."""

    @pytest.fixture
    def run(self, tmp_path):
        """Run `litsync service ...` in a project; `asked()` is what `systemctl` was asked."""
        project = Project.make(tmp_path / "papers")
        program = tmp_path / "bin" / "systemctl"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n[ "$1" = --version ] && echo "systemd 256 (256.1)"\n'
            f"[ ! -e {tmp_path}/fails ] || {{ echo 'no bus here' >&2; exit 1; }}\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        environment = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
        environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
        self.units = tmp_path / "config/systemd/user"
        self.tmp_path = tmp_path
        return lambda *words: project.run("service", *words, **environment)

    def asked(self):
        """What `systemctl` was asked, without its version."""
        lines = (self.tmp_path / "asked").read_text().splitlines()
        (self.tmp_path / "asked").write_text("")
        return [line.removeprefix("--user ") for line in lines if line != "--version"]

    def test_from_installing_to_uninstalling(self, run):
        """Each verb asks for what it says, and nothing is left in the end."""
        made = run("install")
        assert made.code == 0, made.err
        (unit,) = self.units.iterdir()
        assert self.asked() == ["daemon-reload", f"enable --now {unit.name}"]
        assert "RestartSteps" in unit.read_text()
        assert run("stop").code == 0
        assert self.asked() == [f"stop {unit.name}"]
        assert run("start").code == 0
        assert self.asked() == [f"reset-failed {unit.name}", f"start {unit.name}"]
        assert str(unit) in run("status").out
        assert run("uninstall").code == 0
        assert self.asked() == [f"disable --now {unit.name}", "daemon-reload"]
        assert list(self.units.iterdir()) == []
        assert "There is no service" in run("uninstall").out

    def test_what_fails_leaves_nothing(self, run):
        """The system's own words are told."""
        (self.tmp_path / "fails").touch()
        made = run("install")
        assert made.code == 1
        assert "no bus here" in made.err
        assert list(self.units.iterdir()) == []

    def test_starting_what_is_not_there(self, run):
        """It says how to install it."""
        made = run("start")
        assert made.code == 2
        assert "litsync service install" in made.err

    def test_show_writes_nothing(self, run):
        """The text, and no more."""
        assert "ExecStart=" in run("install", "--show").out
        assert not self.units.exists()

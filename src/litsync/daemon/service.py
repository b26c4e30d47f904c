"""`litsync watch` as a service of the user's session: what each system is told, and by which commands.

Decides the text of a systemd user unit, a launchd agent and a Windows task, where each lies, and how often a daemon that
failed is started again: soon at first, then later, and never in a storm. What has to wait is waited for by the daemon
itself; only a crash ends it. Knows nothing of what the daemon does.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

from litsync.errors import LitsyncError, UsageError

Command = tuple[str, ...]
_PATIENCE = 60.0
_STEPS_SINCE = 254
"""The version of systemd that can start a failed service later and later."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to run: `python -m litsync watch` with one configuration. `home` is the user's."""

    config: Path
    python: str
    home: Path

    @property
    def name(self) -> str:
        """A name that tells the user's projects apart: the folder's, and a few characters of its path."""
        folder = self.config.parent
        words = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "project"
        return f"litsync-{words[:40]}-{hashlib.blake2b(str(self.config).encode(), digest_size=3).hexdigest()}"

    @property
    def command(self) -> tuple[str, ...]:
        """The daemon's command line."""
        return (self.python, "-m", "litsync", "watch", "--config", str(self.config))


class Service(Protocol):
    """A service manager. Each list of commands is run in order; what is in `forgiven` may fail."""

    @property
    def file(self) -> Path:
        """Where the description lies."""

    def text(self) -> bytes:
        """The description."""

    def commands(self, verb: str) -> Sequence[Command]:
        """What carries out `install`, `start`, `stop`, `status` or `uninstall`, after the file was written or before it goes."""

    @property
    def advice(self) -> str:
        """What a person may want to know after installing."""


# ── Linux ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Systemd:
    """A user unit. `version` is systemd's."""

    job: Job
    version: int = 0

    @property
    def file(self) -> Path:
        """In the folder of the user's own units."""
        config = Path(os.environ.get("XDG_CONFIG_HOME") or self.job.home / ".config")
        return config / "systemd" / "user" / f"{self.job.name}.service"

    def text(self) -> bytes:
        """The unit. Wrong usage and another daemon are not mended by starting again."""
        steps = (
            "RestartSec=5\nRestartSteps=6\nRestartMaxDelaySec=600" if self.version >= _STEPS_SINCE else "RestartSec=60"
        )
        unit = f"""\
[Unit]
Description=litsync keeps {_plain(self.job.config.parent)} together
StartLimitIntervalSec=3600
StartLimitBurst=10

[Service]
Type=exec
ExecStart={" ".join(map(_quoted, self.job.command))}
WorkingDirectory={_plain(self.job.config.parent)}
Restart=on-failure
{steps}
RestartPreventExitStatus=2 8
TimeoutStopSec=60
Nice=5

[Install]
WantedBy=default.target
"""
        return unit.encode()

    def commands(self, verb: str) -> Sequence[Command]:
        """By `systemctl --user`."""
        name, run = self.file.name, ("systemctl", "--user")
        match verb:
            case "install":
                return ((*run, "daemon-reload"), (*run, "enable", "--now", name))
            case "uninstall":
                return ((*run, "disable", "--now", name),)
            case "forget":
                return ((*run, "daemon-reload"),)
            case "start":
                return ((*run, "reset-failed", name), (*run, "start", name))
            case "status":
                return ((*run, "is-active", name),)
            case _:
                return ((*run, verb, name),)

    @property
    def advice(self) -> str:
        """Units of a user end with the last session."""
        return "It runs while you are logged in; `loginctl enable-linger` keeps it running."


def _plain(text: object) -> str:
    """A text for a unit: `%` begins a specifier there."""
    if "\n" in (words := str(text)):
        raise UsageError(f"{words!r}: a service cannot be made for a folder with a line break in its name")
    return words.replace("%", "%%")


def _quoted(word: str) -> str:
    escaped = _plain(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


# ── macOS ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Launchd:
    """A launch agent of the user `uid`."""

    job: Job
    uid: int

    @property
    def label(self) -> str:
        """What launchd calls it."""
        return f"org.litsync.{self.job.name}"

    @property
    def file(self) -> Path:
        """Among the user's own agents."""
        return self.job.home / "Library" / "LaunchAgents" / f"{self.label}.plist"

    def text(self) -> bytes:
        """The property list: started at login, again after a failure, at most once a minute."""
        agent = {
            "Label": self.label,
            "ProgramArguments": list(self.job.command),
            "WorkingDirectory": str(self.job.config.parent),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 60,
            "ProcessType": "Background",
            "ExitTimeOut": 60,
        }
        return plistlib.dumps(agent)

    def commands(self, verb: str) -> Sequence[Command]:
        """By `launchctl`, in the user's session."""
        domain = f"gui/{self.uid}"
        match verb:
            case "install":
                return (("plutil", "-lint", str(self.file)), ("launchctl", "bootstrap", domain, str(self.file)))
            case "uninstall":
                return (("launchctl", "bootout", f"{domain}/{self.label}"),)
            case "start":
                return (("launchctl", "kickstart", f"{domain}/{self.label}"),)
            case "stop":
                return (("launchctl", "kill", "SIGTERM", f"{domain}/{self.label}"),)
            case "status":
                return (("launchctl", "print", f"{domain}/{self.label}"),)
            case _:
                return ()

    @property
    def advice(self) -> str:
        """What macOS asks for."""
        return "If the vault is in Documents, Desktop or iCloud, macOS asks once whether Python may read it."


# ── Windows ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TaskScheduler:
    """A task at the user's logon."""

    job: Job
    user: str

    @property
    def file(self) -> Path:
        """Beside the user's other application data; the scheduler keeps a copy of its own."""
        return self.job.home / "AppData" / "Local" / "litsync" / f"{self.job.name}.xml"

    def text(self) -> bytes:
        """The task: one at a time, on batteries too, for as long as it takes, started again after a failure."""
        _, *arguments = self.job.command
        user = escape(self.user)
        task = f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{escape(f"litsync keeps {self.job.config.parent} together")}</Description>
    <URI>\\{self.job.name}</URI>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RestartOnFailure>
      <Interval>PT5M</Interval>
      <Count>12</Count>
    </RestartOnFailure>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(self.job.python)}</Command>
      <Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments>
      <WorkingDirectory>{escape(str(self.job.config.parent))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""
        return task.replace("\n", "\r\n").encode("utf-16")

    def commands(self, verb: str) -> Sequence[Command]:
        """By `schtasks`."""
        named = ("/TN", self.job.name)
        match verb:
            case "install":
                create = ("schtasks", "/Create", *named, "/XML", str(self.file), "/F")
                return (create, ("schtasks", "/Run", *named))
            case "uninstall":
                return (("schtasks", "/End", *named), ("schtasks", "/Delete", *named, "/F"))
            case "start":
                return (("schtasks", "/Run", *named),)
            case "stop":
                return (("schtasks", "/End", *named),)
            case "status":
                return (("schtasks", "/Query", *named),)
            case _:
                return ()

    @property
    def advice(self) -> str:
        """Nothing to add."""
        return ""


# ── this machine ─────────────────────────────────────────────────────────────────────────────────────────────────


def this_service(config: Path) -> Service:
    """The service of this machine's system for one configuration."""
    if sys.platform == "win32":
        python = Path(sys.executable).with_name("pythonw.exe")
        job = Job(config.absolute(), str(python if python.exists() else sys.executable), Path.home())
        return TaskScheduler(job, f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}")
    job = Job(config.absolute(), sys.executable, Path.home())
    return Launchd(job, os.getuid()) if sys.platform == "darwin" else Systemd(job, _systemd_version())


def _systemd_version() -> int:
    try:
        told = _run(("systemctl", "--version"))
    except LitsyncError:
        return 0
    found = re.match(r"systemd (\d+)", told)
    return int(found[1]) if found else 0


def install(service: Service) -> None:
    """The service is described, starts with the session, and runs now. Raises LitsyncError, and leaves nothing, when it cannot."""
    before = service.file.read_bytes() if service.file.exists() else None
    try:
        service.file.parent.mkdir(parents=True, exist_ok=True)
        service.file.write_bytes(service.text())
    except OSError as error:
        raise LitsyncError(f"{service.file}: {error.strerror}") from error
    try:
        for command in service.commands("install"):
            _run(command)
    except LitsyncError:
        if before is None:
            service.file.unlink()
        raise


def uninstall(service: Service) -> bool:
    """The service is stopped and gone; False when there was none."""
    if not service.file.exists():
        return False
    for command in service.commands("uninstall"):
        _try(command)
    service.file.unlink()
    for command in service.commands("forget"):
        _try(command)
    return True


def control(service: Service, verb: str) -> None:
    """`start` or `stop` the installed service. Raises UsageError when it is not installed."""
    if not service.file.exists():
        raise UsageError("the service is not installed for this project", "`litsync service install` does that")
    *before, last = service.commands(verb)
    for command in before:
        _try(command)
    _run(last)


def is_installed(service: Service) -> bool:
    """Whether the service is described to the system."""
    return service.file.exists()


def _try(command: Command) -> None:
    try:
        _run(command)
    except LitsyncError:
        return  # it was not running, or not known: that is what was wanted


def _run(command: Command) -> str:
    """What the command says. Raises LitsyncError with its own words when it fails."""
    try:
        made = subprocess.run(  # noqa: S603 -- the system's own service manager, with names made above
            command, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
        )
    except OSError as error:
        hint = "without it, start `litsync watch` with your session by other means"
        raise LitsyncError(f"{command[0]} is not there ({error.strerror})", hint) from error
    except subprocess.TimeoutExpired as error:
        raise LitsyncError(f"`{' '.join(command)}` does not end") from error
    if made.returncode:
        said = (made.stderr or made.stdout).strip()
        raise LitsyncError(f"`{' '.join(command)}` failed: {said}", "`litsync watch` runs in a terminal as well")
    return made.stdout

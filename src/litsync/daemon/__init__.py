"""`litsync watch`: when a cycle runs, and what a person hears of it.

    watch(config)             # cycles whenever something changed, until it is told to stop
    daemon_state(config)      # what the daemon of this project tells of itself

Decides only when: what is done is the cycle of `litsync.sync`, opened anew each time as `litsync sync` opens it, so that
nothing is known here that a crash could lose. Events, from wherever, are alarm clocks; what happened is found by looking.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from litsync.daemon.presence import DaemonState, daemon_state

if TYPE_CHECKING:
    from litsync.config import Config

__all__ = ["DaemonState", "daemon_state", "watch"]


def watch(config: Config, *, poll: bool = False) -> None:
    """Keep the project together until SIGTERM or Ctrl-C, which end it cleanly at any moment.

    Raises LockedError when another daemon runs on the project, and UsageError for what no waiting can mend.
    """
    from litsync.daemon.alarm import Bell
    from litsync.daemon.library_watch import watch_library
    from litsync.daemon.log import say, start_log, stop_log
    from litsync.daemon.loop import Daemon, Parts
    from litsync.daemon.notice import notify
    from litsync.daemon.presence import Presence
    from litsync.daemon.settings import Reconfigured
    from litsync.daemon.signals import Ended, interrupted_by_signals
    from litsync.daemon.sync_note import SyncNote
    from litsync.daemon.voice import Voice
    from litsync.machine import machine_id, ready_state_folder
    from litsync.project import vault_settings, zotero_key
    from litsync.replicas.vault_home import open_folder

    folder, key = ready_state_folder(config), zotero_key(config)
    presence = Presence(folder)
    with presence.held(), interrupted_by_signals() as ended:
        start_log(folder, (key,))
        say(f"watching {config.path} (Ctrl-C ends it)", "started")
        machine = machine_id()
        name = folder.name.removesuffix(f"-{machine}")  # as the machine was called at first: its note keeps its name

        def daemon() -> Daemon:
            note = SyncNote(open_folder(vault_settings(config, create=True)), name, machine)
            bell = Bell()
            parts = Parts(bell, watch_library(config, bell, zotero_key(config)), presence, Voice(notify), note, poll)
            return Daemon(config, parts)

        with suppress(Ended):
            while not ended():
                try:
                    daemon().run(ended)
                except Reconfigured as moved:
                    config = moved.config
                    say(f"{config.path.name} was changed: what it says now counts", "configured")
        say("stopped; what was written is remembered", "stopped")
        stop_log()

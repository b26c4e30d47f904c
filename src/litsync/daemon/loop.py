"""The daemon's turn: listen, look, and run a cycle when something has settled.

Decides the order of things and when to try again. What wakes it is in `alarm`, `library_watch` and `eyes`, what may be
believed in `settle` and `ripening`, what is said in `voice`; what a cycle does is `litsync.sync`.
"""

from __future__ import annotations

import gc
import importlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

from litsync.config import Config
from litsync.core.model import CATALOG, VAULT, ZOTERO, Plan, Verdict
from litsync.core.policy import SYNC, Decisions
from litsync.daemon.alarm import FILES, Bell, FileAlarm, Watched
from litsync.daemon.alarm import ZOTERO as LIBRARY
from litsync.daemon.clocks import Clocks
from litsync.daemon.eyes import Eyes, stamps
from litsync.daemon.library_watch import LibraryWatch
from litsync.daemon.log import say
from litsync.daemon.presence import DaemonState, Presence
from litsync.daemon.retry import Retry
from litsync.daemon.ripening import Restless, Ripening
from litsync.daemon.settings import Settings
from litsync.daemon.sync_note import SyncNote
from litsync.daemon.voice import Topic, Voice
from litsync.daemon.words import HELD, done, explained, failed, for_a_person, taken_back, to_decide
from litsync.errors import CatalogError, LitsyncError, LockedError
from litsync.formats.catalog_chunks import forget_cuts
from litsync.machine import state_folder
from litsync.project import Project, Said, Watching, open_project
from litsync.replicas.catalog_git import unsettled
from litsync.replicas.system_calls import give_memory_back
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_rows import Residence
from litsync.replicas.vault_scan import Stamp
from litsync.replicas.zotero_pace import Manners, Standstill
from litsync.sync import Result, run

_ASLEEP = 60.0
"""Seconds for which a machine stands still before it is worth a word."""
_SOON = 1.0
_SILENT_GIT = 3.0
"""Seconds that git may be at work before it is told of: a commit is over before anybody reads of it."""
_FLOOD, _LONGEST_FLOOD = 3, 60.0
"""Notes that are on the way at once when it is no person who saves them, and for how many seconds they are waited for."""
_NEEDED = (
    *(
        "litsync.deciding",
        "litsync.core.account",
        "litsync.replicas.catalog_writer",
        "litsync.replicas.catalog_history",
    ),
    *("litsync.replicas.vault_writer", "litsync.replicas.vault_meaning", "litsync.replicas.vault_bodies"),
    *("litsync.replicas.vault_views", "frontmatter"),
    *("litsync.replicas.zotero_session", "litsync.replicas.transport", "litsync.library.app", "pyzotero.zotero"),
)
_POLL, _POLL_SHARE = 2.0, 50
_LOOK_SHARE = 1000


@dataclass(frozen=True, slots=True)
class Parts:
    """What a daemon is made of, beside its own eyes. With `poll` no events are asked for."""

    bell: Bell
    library: LibraryWatch
    presence: Presence
    voice: Voice
    note: SyncNote
    poll: bool = False


class Daemon:
    """Keeps one project together until it is interrupted."""

    def __init__(self, config: Config, parts: Parts) -> None:
        """Look for the first time."""
        self._config, self._parts, self._voice = config, parts, parts.voice
        self._alarm = FileAlarm(parts.bell, () if parts.poll else _watched(config))
        self._alarm.check()
        self._eyes = Eyes(config)
        self._ripening = Ripening(config.watch, self._eyes.catalog_is_calm)
        self._residence = Residence()
        self._retry, self._zotero_retry, self._overtaken = Retry(), Retry(), Retry(_SOON)
        self._zotero_error: LitsyncError | None = None
        standstill = Standstill(say=lambda text: self._voice.stands(Topic.ZOTERO, [text]))
        self._manners = Manners(standstill)
        self._settings = Settings(config)
        self._asked = self._catalog_moved = True
        self._blocked = False
        self._git_since: float | None = None
        self._flood_since: float | None = None
        self._next_look = self._next_full = monotonic()
        self._clocks = Clocks()
        self._state = DaemonState(started=_now())
        self._state_files = tuple(state_folder(config) / name for name in ("state.sqlite", "state.sqlite-wal"))
        self._state_seen: dict[str, Stamp] = {}

    def run(self, ended: Callable[[], bool]) -> None:
        """Turn after turn, until `ended` says so or an exception does, at any moment."""
        with ExitStack() as stack:
            stack.callback(self._parts.library.close)
            stack.callback(self._alarm.close)
            self.turn()
            _warm_up()
            while not ended():
                self.turn()

    def turn(self) -> None:
        """Wait until something may have happened; look; run a cycle if one is due."""
        until = max(self._until(), monotonic())  # what became due during a long cycle is not late because of a sleep
        heard = self._parts.bell.wait(until - monotonic())
        stood = self._clocks.stood_still(until)
        if stood:
            self._wake_up(stood)
        self._notice(heard, slept=stood > 0)
        self._blocked = self._asked and not self._may_run()
        if self._asked and not self._blocked and self._heeds():
            self._cycle()
        self._tell()

    def _heeds(self) -> bool:
        """Whether the configuration is as it was. Raises Reconfigured when it says something else."""
        trouble = self._settings.trouble()
        self._voice.stands(Topic.SETTINGS, trouble)
        if trouble:
            self._asked = False
            self._retry.failed()
        return not trouble

    # ── noticing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _until(self) -> float:
        """When the next turn must begin, if nobody rings."""
        if self._asked:
            return min(self._eyes.due() or float("inf"), monotonic() + _SOON) if self._blocked else monotonic()
        return min(
            moment for moment in (*self._appointments(), self._next_look, self._eyes.due()) if moment is not None
        )

    def _appointments(self) -> tuple[float | None, ...]:
        return (
            self._parts.library.due(),
            self._ripening.due(),
            self._retry.at,
            self._zotero_retry.at,
            self._overtaken.at,
        )

    def _wake_up(self, stood: float) -> None:
        """What failed before is tried at once: the network that was gone then may be another one now."""
        if stood > _ASLEEP:
            say(f"stood still for {stood / 60:.0f} min, as when the machine sleeps: everything is looked at", "woke")
        self._retry.ended()
        self._zotero_retry.ended()
        self._zotero_error = None

    def _notice(self, heard: frozenset[str], *, slept: bool) -> None:
        """Look if it is time to, and find out whether a cycle is due."""
        now = monotonic()
        if slept or now >= self._next_full:
            # What is far tells by itself, or is asked when that is due; a command by hand may have decided something.
            self._asked |= slept or not self._parts.library.far or stamps(self._state_files) != self._state_seen
            self._next_full = now + max(self._config.watch.look, _LOOK_SHARE * self._eyes.took)
            self._alarm.forgive()
            self._next_look = now
        if self._asked or FILES in heard or now >= self._next_look:
            self._look()
        elif (self._eyes.due() or now + 1) <= now:
            self._eyes.look_again()
        settled, catalog = self._eyes.take_settled()
        self._catalog_moved |= catalog
        self._asked |= (
            settled | self._retry.is_due() | self._overtaken.is_due() | ((self._ripening.due() or now + 1) <= now)
        )
        if LIBRARY in heard or self._library_changed() or self._zotero_retry.is_due():
            self._zotero_error, self._asked = None, True

    def _library_changed(self) -> bool:
        return self._parts.library.due() <= monotonic() and self._parts.library.changed()

    def _look(self) -> None:
        if (pause := self._eyes.may_look() - monotonic()) > 0:
            time.sleep(pause)
        self._asked |= self._alarm.check()
        self._eyes.look()
        blind = self._parts.poll or self._alarm.trouble or not self._eyes.vault_is_there
        every = max(_POLL, _POLL_SHARE * self._eyes.took) if blind else float("inf")
        self._next_look = min(self._next_full, monotonic() + every)
        why = f"{self._alarm.trouble}; until then everything is looked at every {every:.0f} s"
        self._voice.stands(Topic.WATCHER, [why] if self._alarm.trouble else ())

    # ── a cycle ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _may_run(self) -> bool:
        """Whether the catalog stands still, for its editor and for git."""
        busy = next((found for path in self._eyes.catalogs if (found := _git_at_work(path))), None)
        if busy is None:
            self._git_since = None
            return self._eyes.catalog_is_calm() and not self._is_flooded()
        self._git_since = self._git_since or monotonic()
        if monotonic() - self._git_since > _SILENT_GIT:
            self._voice.stands(Topic.GIT, [f"waits: {busy}"])
        return False

    def _is_flooded(self) -> bool:
        """Whether notes are saved one after the other, as when a device sends all of them: they are taken as one.

        Else what is too much at once for one cycle would go through in many.
        """
        if self._eyes.arriving() < _FLOOD:
            self._flood_since = None
            return False
        self._flood_since = self._flood_since or monotonic()
        return monotonic() - self._flood_since < _LONGEST_FLOOD

    def _cycle(self) -> None:
        """Run one cycle, whatever becomes of it; what could not be done is tried again by itself."""
        self._asked = False
        try:
            result = self._run()
        except Restless:
            self._parts.bell.ring(FILES)
            self._asked = True
        except LockedError:
            self._retry.at = monotonic() + _SOON
        except CatalogError as error:
            self._distrust(error)
        except LitsyncError as error:
            self._troubled(explained(error))
        except (OSError, sqlite3.Error) as error:
            self._troubled([f"the disk does not do what is asked: {error}"])
        except Exception as error:  # noqa: BLE001 -- a mistake in one cycle must not end the daemon, nor be hidden
            self._troubled([f"litsync made a mistake: {type(error).__name__}: {error}"])
        else:
            if result is not None:
                self._account(result)
            everything = result is not None and result.scope is None
            del result
            self._let_go(everything=everything)
        self._state_seen = stamps(self._state_files)

    def _let_go(self, *, everything: bool) -> None:
        """Give back what a cycle took: this process stays for days."""
        forget_cuts(len(self._config.catalog))
        if everything:
            gc.collect()
        give_memory_back()

    def _distrust(self, error: CatalogError) -> None:
        """A catalog that does not stand still has no faults yet."""
        if self._eyes.catalog_is_calm():
            self._voice.stands(Topic.CATALOG, explained(error))
        else:
            self._parts.bell.ring(FILES)
            self._asked = True

    def _troubled(self, texts: list[str]) -> None:
        self._voice.stands(Topic.STATE, texts)
        self._retry.failed()

    def _run(self) -> Result | None:
        eyes = self._eyes
        watching = Watching(self._ripening, eyes.calm, eyes.listing, self._residence, self._zotero_error)
        said = Said(Decisions(answers=self._parts.note.answers()))
        opening = partial(open_project, watching=watching, manners=self._manners, said=said)
        with opening(self._config, "watch", lambda *_: None, dry_run=False) as project:
            if self._catalog_moved and (why := project.history()):
                self._voice.stands(Topic.GIT, [HELD.format(why)])
                return None
            result = run(project.setup, SYNC)
            self._accept_own_text(project, result)
            self._show(result)
        self._catalog_moved = False
        self._ripening.end_cycle()
        return result

    def _accept_own_text(self, project: Project, result: Result) -> None:
        """What litsync wrote into the catalog keeps nobody waiting."""
        if any(one.operation.replica == CATALOG and one.verdict is Verdict.WRITTEN for one in result.outcomes):
            seen = stamps(self._eyes.catalogs)
            if project.setup.catalog.unchanged():
                self._eyes.accept_catalog(seen)

    def _show(self, result: Result) -> None:
        """Bring the sync note up to date, while nobody is writing in it and all that may be open was looked at."""
        if not result.unreachable and self._eyes.stands_still(self._parts.note.name):
            with suppress(OSError):
                self._parts.note.show(for_a_person(result.plan or Plan()))

    def _account(self, result: Result) -> None:
        """Say what was done and what was not, and when to try again."""
        for topic in (Topic.GIT, Topic.CATALOG, Topic.STATE):
            self._voice.stands(topic)
        lines = [*done(result.outcomes), *taken_back(result.plan or Plan())]
        for line in lines:
            say(line, "written")
        if lines or not self._state.last_change:
            self._state = replace(self._state, last_change=_now(), last_done=tuple(lines))
        self._account_for_replicas(result)
        self._voice.stands(Topic.FAILED, failed(result.outcomes))
        open_now = to_decide(for_a_person(result.plan or Plan()))
        (self._voice.adds if result.unreachable else self._voice.stands)(Topic.OPEN, open_now)
        self._schedule(result)

    def _account_for_replicas(self, result: Result) -> None:
        for name, topic in ((ZOTERO, Topic.ZOTERO), (VAULT, Topic.VAULT)):
            error = result.unreachable.get(name)
            self._voice.stands(topic, explained(error) if error else ())
        error = result.unreachable.get(ZOTERO)
        if error is None:
            self._zotero_retry.ended()
        elif error is not self._zotero_error:
            self._zotero_retry.failed()
        self._zotero_error = error

    def _schedule(self, result: Result) -> None:
        verdicts = {outcome.verdict for outcome in result.outcomes}
        if Verdict.FAILED in verdicts or VAULT in result.unreachable:
            self._retry.failed()
        else:
            self._retry.ended()
        if Verdict.STALE in verdicts:
            self._overtaken.failed()
        else:
            self._overtaken.ended()
        if result.goes_on():
            self._retry.at = monotonic()

    def _tell(self) -> None:
        trouble = self._parts.library.trouble
        self._voice.stands(Topic.STREAM, [trouble] if trouble else ())
        voice, state = self._voice, self._state
        self._state = replace(state, waits=voice.waits(), open=voice.open(), needs_person=voice.needs_person())
        self._parts.presence.tell(self._state)


def _git_at_work(path: Path) -> str | None:
    """Why the catalog at `path` is git's at this moment, or may be."""
    try:
        found = unsettled(path)
    except OSError as error:
        return f"git's folder cannot be looked into: {error.filename}: {in_words(error)}"
    return f"{found[0]} in the catalog's repository (its sign is {found[1]})" if found else None


def _warm_up() -> None:
    """Import what a cycle with something to do takes: the first edit does not wait for it, and it is collected no more."""
    for name in _NEEDED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _watched(config: Config) -> tuple[Watched, ...]:
    """The vault with all its folders, and the catalog's files in theirs."""
    folders: dict[Path, set[str]] = {}
    for shown in config.catalog:
        path = config.resolve(shown).absolute()
        folders.setdefault(path.parent, set()).add(path.name)
    catalogs = (Watched(folder, frozenset(names)) for folder, names in folders.items())
    return (Watched(config.resolve(config.vault).absolute()), *catalogs)


def _now() -> str:
    """The wall clock, for people who read the state of the daemon; nothing is decided by it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")

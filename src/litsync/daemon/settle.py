"""Which files stand still, so that what they hold may be believed.

Decides from looks and the time between them, never from events. Obsidian saves what is half typed, editors empty a file
before they fill it, sync clients remove a file before they bring it again: a change counts when its file has stood still
for a while, and a disappearance when it has lasted. Pure: time is handed in, in seconds of any clock that only goes
forward; files are names and stamps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from litsync.replicas.vault_scan import Stamp, identity_of


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long, in seconds, a file must stand still.

    A change counts after `quiet`, or after `longest` if the file never stands still; a disappearance after `gone`.
    """

    quiet: float = 2.0
    longest: float = 15.0
    gone: float = 60.0


@dataclass(slots=True)
class _Move:
    """A file that is not believed yet: when it was first and last seen to change, and how long it must stand still."""

    first: float
    last: float
    needs: float
    longest: float

    def ends(self) -> float:
        return min(self.last + self.needs, self.first + self.longest)


class Settling:
    """The files of one place, as of the last look."""

    def __init__(self, quiet: Quiet, seen: Mapping[str, Stamp]) -> None:
        """All files of the first look are believed."""
        self._quiet = quiet
        self._seen = dict(seen)
        self._moves: dict[str, _Move] = {}
        self._settled = False

    def see(self, now: float, seen: Mapping[str, Stamp]) -> None:
        """Take in a look at everything. A file that only changed its name has not disappeared."""
        before = self._seen
        came = {path: stamp for path, stamp in seen.items() if before.get(path) != stamp}
        self._change(now, came, before.keys() - seen.keys())

    def see_again(self, now: float, some: Mapping[str, Stamp | None]) -> None:
        """Take in a look at some files only; None stands for one that is not there."""
        there = {path: stamp for path, stamp in some.items() if stamp is not None}
        came = {path: stamp for path, stamp in there.items() if self._seen.get(path) != stamp}
        self._change(now, came, self._seen.keys() & (some.keys() - there.keys()))

    def _change(self, now: float, came: Mapping[str, Stamp], gone: Collection[str]) -> None:
        arrived = {identity_of(stamp) for stamp in came.values()}
        for path, stamp in came.items():
            self._moved(path, now, self._quiet.quiet, self._quiet.longest)
            self._seen[path] = stamp
        for path in gone:
            renamed = identity_of(self._seen.pop(path)) in arrived
            self._moved(path, now, self._quiet.quiet if renamed else self._quiet.gone, float("inf"))
        self._end(now)

    def _moved(self, path: str, now: float, needs: float, longest: float) -> None:
        move = self._moves.get(path)
        first = move.first if move and move.longest == longest else now
        self._moves[path] = _Move(first, now, needs, longest)

    def _end(self, now: float) -> None:
        ended = [path for path, move in self._moves.items() if move.ends() <= now]
        for path in ended:
            del self._moves[path]
        self._settled = self._settled or bool(ended)

    def accept(self, path: str, stamp: Stamp) -> None:
        """The file with this stamp holds nothing new, being litsync's own text: nothing has to settle."""
        self._moves.pop(path, None)
        self._seen[path] = stamp

    def calm(self, path: str, stamp: Stamp | None) -> bool:
        """Whether the file is believed to have this stamp (None: not to be there)."""
        return path not in self._moves and self._seen.get(path) == stamp

    def take_settled(self) -> bool:
        """Whether anything has settled since this was last asked."""
        settled, self._settled = self._settled, False
        return settled

    def due(self) -> float | None:
        """When the next file will have stood still long enough, if nothing touches it."""
        return min((move.ends() for move in self._moves.values()), default=None)

    def arriving(self) -> int:
        """How many files were saved a moment ago. Those that are gone are not counted."""
        return sum(move.longest < float("inf") for move in self._moves.values())

    def restless(self) -> Collection[str]:
        """The files that are not believed yet."""
        return self._moves.keys()

"""Files written with care: a new file never replaces one, and a replaced file is first proven to be what was expected.

Decides how bytes reach a folder that other programs write to at the same moment; knows nothing of notes or catalogs. A
replacement is written beside, under a hidden folder of the same file system, then *exchanged* with the file, and what
came out is compared with what was expected: if someone saved in between, their text goes back. What came out is kept
until `release`, because an editor may still hold it open. The name of a temporary says what it stands for
(`<ours>-<expected>-<random>`, both hashes), so that the next start can tell litsync's text from a person's.
"""
# paths are texts here: thousands are handled at a time, and the system calls want texts
# ruff: noqa: PTH103, PTH104, PTH105, PTH106, PTH112, PTH120, PTH208

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from litsync.replicas import system_calls
from litsync.replicas.one_file import (
    content,
    content_or_none,
    dress,
    drop,
    is_exactly,
    is_one_file,
    numbered,
    stamp_of,
    write_new,
)

Swap = Callable[[str, str], bool]
"""Exchanges what stands under two paths; False where that is not possible."""

Move = Callable[[str, str], None]
"""Gives what stands under the first path the second, which nothing has yet; raises FileExistsError when something has."""

_PART = ".part"
_NEW = "new"
_ONE_BY_ONE = 16
"""Up to so many files are flushed one by one; above, one flush of the file system is cheaper."""


def content_hash(data: bytes) -> str:
    """The hash by which files are told apart: 32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Draft:
    """New text for a file, written beside it and not yet in its place: `data` shall replace exactly `expected`."""

    target: str
    temporary: str
    data: bytes
    expected: bytes
    seen: os.stat_result


@dataclass(frozen=True, slots=True)
class Displaced:
    """The file now holds the new text and has the stamp `seen`; the one it replaced is kept at `kept` until `release`."""

    kept: Path
    seen: os.stat_result


@dataclass(frozen=True, slots=True)
class Changed:
    """The file did not hold what was expected: someone's text stands there, untouched, or nothing does."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Text of a person found among the temporaries of a run that did not end.

    `ours` is the hash of the text that was put in its place. `later`: it is not the text that was to be replaced either,
    but a save that came in between, and belongs back in its place.
    """

    path: Path
    data: bytes
    ours: str
    later: bool


@dataclass(frozen=True, slots=True)
class _Aside:
    """A file that was taken away: it stood at `target`, held exactly `expected`, and is kept at `temporary`."""

    target: str
    temporary: str
    expected: bytes


class Folder:
    """The folder `root`, written with temporaries in `hidden` (on the same file system). Paths are relative, with `/`."""

    def __init__(
        self,
        root: Path,
        hidden: Path,
        swap: Swap = system_calls.swap,
        hashed: Callable[[bytes], str] = content_hash,
        move: Move = system_calls.move_new,
    ) -> None:
        """Touch nothing; `hidden` is made when the first temporary needs it.

        `swap` is how two files are exchanged and `move` how one is renamed; `hashed` tells texts apart: letters and digits
        that are no other text's.
        """
        self._hashed, self._move = hashed, move
        self._root, self._hidden = str(root), str(hidden)
        self._swap = swap
        self._inside: set[str] = set()
        self._made: set[str] = set()
        self._displaced: list[Draft] = []
        self._aside: list[_Aside] = []

    def locate(self, path: str) -> str:
        """The full path. Raises OSError (ELOOP) when a symbolic link leads out of the folder."""
        parent, _, _ = path.rpartition("/")
        if parent not in self._inside:
            if path.startswith("/") or ".." in path.split("/"):
                raise OSError(errno.EINVAL, "leads out of the folder", path)
            root = os.path.realpath(self._root)
            real = os.path.realpath(f"{root}/{parent}")
            if os.path.commonpath((root, real)) != root:
                raise OSError(errno.ELOOP, "leads out of the folder", path)
            self._inside.add(parent)
        return f"{self._root}/{path}"

    def read(self, path: str) -> bytes:
        """The file's bytes; a symbolic link is not followed. Raises OSError."""
        return content(self.locate(path))

    def create(self, path: str, data: bytes) -> os.stat_result:
        """A new file holds `data`, whole, under a name that nothing had; returns its stamp. Durable after `sync`.

        Raises FileExistsError when something has the name, else OSError.
        """
        target = self.locate(path)
        self._make(os.path.dirname(target))
        temporary = self._temporary(content_hash(data), _NEW)
        write_new(temporary, data, 0o666)
        before = os.lstat(temporary)
        try:
            self._move(temporary, target)
        except OSError:
            drop(temporary)
            raise
        return stamp_of(target, before)

    def move(self, path: str, new: str) -> None:
        """Durably give the file the name `new`, which no other file has, also if only the case of letters differs.

        Raises FileExistsError when another file has the name, else OSError.
        """
        source, target = self.locate(path), self.locate(new)
        self._make(os.path.dirname(target))
        try:
            self._move(source, target)
        except FileExistsError:
            if not is_one_file(source, target):
                raise
            os.rename(source, target)  # one file under two spellings, on a disk that takes them for one
        for folder in {os.path.dirname(source), os.path.dirname(target)}:
            system_calls.flush_file(folder)

    def move_beside(self, path: str, names: Iterable[str]) -> None:
        """Durably give the file the first of the names that nothing has. Raises OSError."""
        for name in names:
            with suppress(FileExistsError):
                self.move(path, name)
                return

    def take_away(self, path: str, expected: bytes) -> bool:
        """Durably take the file away, if it holds exactly `expected`; whoever saves meanwhile keeps their text.

        False when it is not what was expected: what stood there stands there again or, where somebody saved once more at
        that moment, beside it under a number. Raises OSError.
        """
        target, hashed = self.locate(path), self._hashed(expected)
        temporary = self._temporary(hashed, hashed)
        try:
            self._move(target, temporary)
        except FileNotFoundError:
            return False
        aside = _Aside(target, temporary, expected)
        if content_or_none(temporary) != expected:
            self._give_back(aside)
            return False
        self._aside.append(aside)
        system_calls.flush_file(os.path.dirname(target))
        return True

    def _give_back(self, aside: _Aside) -> None:
        for name in numbered(aside.target):
            with suppress(FileExistsError):
                self._move(aside.temporary, name)
                return

    def replace(self, path: str, data: bytes, expected: bytes) -> Displaced | Changed:
        """Durably put `data` where exactly `expected` stands; whoever saves meanwhile keeps their text. Raises OSError."""
        draft = self.draft(path, data, expected)
        system_calls.flush_file(draft.temporary)
        outcome = self.put(draft)
        system_calls.flush_file(os.path.dirname(draft.target))
        return outcome

    def draft(self, path: str, data: bytes, expected: bytes) -> Draft:
        """Write the new text beside the file, with the file's mode and extended attributes. Raises OSError.

        A file that may not be written is not replaced either, though its folder would allow it: somebody meant it so.
        """
        target = self.locate(path)
        before = os.lstat(target)
        if stat.S_ISLNK(before.st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        if not os.access(target, os.W_OK):
            os.close(os.open(target, os.O_WRONLY))  # tells why: this account, this file, or the whole disk
        temporary = self._temporary(self._hashed(data), self._hashed(expected))
        # Only a whole draft gets the name under which a person's text may stand after the exchange.
        write_new(temporary + _PART, data, 0o600)
        os.replace(temporary + _PART, temporary)
        try:
            dress(temporary, target, before)
        except OSError:
            drop(temporary)
            raise
        return Draft(target, temporary, data, expected, os.lstat(temporary))

    def put(self, draft: Draft) -> Displaced | Changed:
        """Exchange the draft with its file; if the file was not what was expected, exchange them back. Raises OSError."""
        try:
            if not self._swap(draft.temporary, draft.target):
                return self._put_by_link(draft)
        except FileNotFoundError:
            drop(draft.temporary)
            return Changed()
        except OSError:
            drop(draft.temporary)
            raise
        if not is_exactly(draft.temporary, draft.expected):
            return self._take_back(draft)
        self._displaced.append(draft)
        return Displaced(Path(draft.temporary), stamp_of(draft.target, draft.seen))

    def _take_back(self, draft: Draft) -> Changed:
        """Exchange until what comes out is what was last put in: then the last save of the other writer stands in place."""
        placed: bytes | None = draft.data
        found = content_or_none(draft.temporary)
        while True:
            self._swap(draft.temporary, draft.target)
            came_out = content_or_none(draft.temporary)
            if came_out == placed:
                break
            placed, found = found, came_out
        if came_out == draft.data:
            drop(draft.temporary)
        return Changed()

    def _put_by_link(self, draft: Draft) -> Displaced | Changed:
        """Where files cannot be exchanged: keep the old file under a second name, replace, and look at what was kept."""
        kept = self._temporary(self._hashed(draft.data), self._hashed(draft.expected))
        try:
            system_calls.second_name(draft.target, kept)
        except FileNotFoundError:
            drop(draft.temporary)
            return Changed()
        except OSError:  # no hard links on this file system
            write_new(kept, content(draft.target), 0o600)
        if not (is_exactly(kept, draft.expected) and is_exactly(draft.target, draft.expected)):
            drop(kept)
            drop(draft.temporary)
            return Changed()
        os.replace(draft.temporary, draft.target)
        self._displaced.append(replace(draft, temporary=kept))
        return Displaced(Path(kept), stamp_of(draft.target, draft.seen))

    def sync(self, paths: Collection[str]) -> None:
        """The files at `paths`, their names and all else written here survive a power cut. Raises OSError."""
        if not paths or (len(paths) > _ONE_BY_ONE and system_calls.flush_file_system(self._root)):
            return
        targets = [self.locate(path) for path in paths]
        for target in (*targets, *{os.path.dirname(target) for target in targets}):
            system_calls.flush_file(target)

    def flush(self, drafts: Collection[Draft]) -> None:
        """The drafts survive a power cut, so that no torn one is exchanged with a whole file. Raises OSError."""
        if len(drafts) > _ONE_BY_ONE and system_calls.flush_file_system(self._root):
            return
        for draft in drafts:
            system_calls.flush_file(draft.temporary)

    def discard(self, drafts: Iterable[Draft]) -> None:
        """Drop drafts that will not be put in place."""
        for draft in drafts:
            drop(draft.temporary)

    def release(self) -> None:
        """Let go of the files that were replaced or taken away.

        One that an editor went on writing goes back to its place if nobody saved there since; else one that was taken away
        goes beside it, and one that was replaced stays among the temporaries, where `leftovers` finds it.
        """
        taken, self._aside = self._aside, []
        for aside in taken:
            found = content_or_none(aside.temporary)
            if found == aside.expected:
                drop(aside.temporary)
            elif found is not None:
                with suppress(OSError):
                    self._give_back(aside)
        displaced, self._displaced = self._displaced, []
        for draft in displaced:
            found = draft.expected if is_exactly(draft.temporary, draft.expected) else content_or_none(draft.temporary)
            if found == draft.expected:
                drop(draft.temporary)
            elif found is not None:
                self._bring_back(draft, found)

    def _bring_back(self, draft: Draft, late: bytes) -> None:
        with suppress(OSError):
            path = os.path.relpath(draft.target, self._root).replace(os.sep, "/")
            if isinstance(self.replace(path, late, draft.data), Displaced):
                drop(self._displaced.pop().temporary)
                drop(draft.temporary)

    def clear(self) -> None:
        """The folder of temporaries goes, if nothing is left in it."""
        with suppress(OSError):
            os.rmdir(self._hidden)
        self._made.discard(self._hidden)

    def leftovers(self) -> list[Leftover]:
        """What a run that did not end left behind: litsync's own text is removed, a person's is returned."""
        try:
            names = sorted(os.listdir(self._hidden))
        except OSError:
            return []
        return [found for name in names if (found := self._leftover(name)) is not None]

    def _leftover(self, name: str) -> Leftover | None:
        ours, _, rest = name.partition("-")
        expected, _, _ = rest.partition("-")
        path = f"{self._hidden}/{name}"
        data = content_or_none(path)
        if data is None or not expected:
            return None
        if name.endswith(_PART):
            drop(path)
            return None
        found = self._hashed(data)
        if expected == _NEW or found == ours:
            drop(path)
            return None
        return Leftover(Path(path), data, ours, later=found != expected)

    def _temporary(self, ours: str, expected: str) -> str:
        self._make(self._hidden)
        return f"{self._hidden}/{ours}-{expected}-{os.urandom(4).hex()}"

    def _make(self, folder: str) -> None:
        """Make a folder inside the root, never the root: where that is gone, its disk may be unplugged."""
        if folder in self._made:
            return
        if not os.path.isdir(self._root):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self._root)
        try:
            os.makedirs(folder, exist_ok=True)
        except FileExistsError as error:  # a file stands there: not to be taken for the file that was to be made
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from error
        self._made.add(folder)

"""What lies in the vault: every note's path and stamp, by one walk over its folders, without opening a file.

Decides which files are notes that litsync may read. Folders and files whose names start with a dot are no part of a
vault; notes in `Templates` and notes behind symbolic links only count as names that links may lead to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct

from litsync.replicas.trouble import in_words

_TEMPLATES = "Templates"
_OFFLOADED = 0x40000000  # macOS, SF_DATALESS: the text is in the cloud, and reading it would fetch it

Stamp = bytes
"""What tells a saved file from the file before: nanoseconds of `mtime` and `ctime`, size, inode. Packed, as there are many."""

_PACKED = Struct("<qqqQ")
_CTIME, _INODE = slice(8, 16), slice(24, 32)
STAMP_SIZE = _PACKED.size
_INODES = 0 if sys.platform == "win32" else 2**64 - 1  # a walk over a folder of Windows is not told of inodes


def stamp(seen: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return _PACKED.pack(seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino & _INODES)


def ctime_of(stamp: Stamp) -> int:
    """When the file was last touched in any way, in nanoseconds."""
    return int.from_bytes(stamp[_CTIME], "little", signed=True)


def size_of(stamp: Stamp) -> int:
    """The size of the file."""
    return int(_PACKED.unpack(stamp)[2])


def smudged(stamp: Stamp) -> Stamp:
    """A stamp that no file has, though it is this one's apart from its `ctime`."""
    return stamp[: _CTIME.start] + bytes(8) + stamp[_CTIME.stop :]


def identity_of(stamp: Stamp) -> bytes:
    """What stays of a stamp when the file is renamed: its inode, or all of it where there are none."""
    inode = stamp[_INODE]
    return inode if any(inode) else stamp


@dataclass(slots=True)
class Listing:
    """One walk over the vault.

    `notes` are the notes litsync may read, `newest` is the latest `ctime` among them; `offloaded` are those that are in the
    cloud only; `names` all others. `unlisted` are folders that could not be read to the end, with the reason.
    """

    notes: dict[str, Stamp] = field(default_factory=dict)
    newest: int = 0
    offloaded: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    unlisted: dict[str, str] = field(default_factory=dict)

    def correct(self, again: Mapping[str, Stamp | None]) -> None:
        """Take in what some notes look like now; None: they are not there."""
        for path, seen in again.items():
            if seen is None:
                self.notes.pop(path, None)
            else:
                self.notes[path] = seen
                self.newest = max(self.newest, ctime_of(seen))

    def hides(self, path: str) -> str | None:
        """Why it is not known whether anything stands at `path`; None when it is known."""
        return next((why for folder, why in self.unlisted.items() if path.startswith(folder)), None)


def scan(root: Path) -> Listing:
    """Walk over the whole vault. What cannot be read is in `unlisted`; nothing is raised."""
    listing = Listing()
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            folders += _list(root, folder, listing)
        except OSError as error:
            listing.unlisted[folder] = in_words(error)
    return listing


def _list(root: Path, folder: str, listing: Listing) -> list[str]:
    """Take one folder's notes into the listing; returns its folders. Paths of folders end in `/`, the root is empty."""
    found = []
    readable = not folder.startswith(f"{_TEMPLATES}/")
    with os.scandir(f"{root}/{folder}") as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            if entry.is_dir(follow_symlinks=False):
                found.append(f"{folder}{name}/")
            if not name.endswith(".md"):
                continue
            path = folder + name
            if readable and entry.is_file(follow_symlinks=False) and _is_text(name):
                seen = entry.stat(follow_symlinks=False)
                listing.notes[path] = stamp(seen)
                listing.newest = max(listing.newest, seen.st_ctime_ns)
                if sys.platform == "darwin" and seen.st_flags & _OFFLOADED:
                    listing.offloaded.add(path)
            else:
                listing.names.append(path)
    return found


def canvases(root: Path) -> Iterator[str]:
    """The paths of the vault's canvases. A folder that cannot be read has none."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for name in sorted(files):
            if name.endswith(".canvas") and name[0] != "." and _is_text(name):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _is_text(name: str) -> bool:
    """Whether the name is text at all: Obsidian knows no other names."""
    return name.isascii() or not any("\udc80" <= char <= "\udcff" for char in name)

"""One file: its name, its bytes, its stamp, and what it has besides.

Decides how one file is read, written anew and given another's mode; knows nothing of who else writes at that moment.
"""
# paths are texts here: thousands are handled at a time, and the system calls want texts
# ruff: noqa: PTH101, PTH108, PTH122, PTH123, PTH208

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import count
from unicodedata import normalize

_PIECE = 1 << 18
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_WRITE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def numbered(path: str) -> Iterator[str]:
    """The path, and then the same with 2, 3 and so on behind its stem."""
    stem, ending = os.path.splitext(path)
    yield path
    for number in count(2):
        yield f"{stem} {number}{ending}"


def stamp_of(path: str, written: os.stat_result) -> os.stat_result:
    """The file's stamp if it still is the one `written`; else the latter, which will show that someone saved since."""
    seen = os.lstat(path)
    same = (seen.st_ino, seen.st_mtime_ns, seen.st_size) == (written.st_ino, written.st_mtime_ns, written.st_size)
    return seen if same else written


def content(path: str) -> bytes:
    """The file's bytes; a symbolic link is not followed. Raises OSError."""
    with _opened(path) as file:
        return file.read()


def content_or_none(path: str) -> bytes | None:
    """The file's bytes; None when it cannot be read."""
    try:
        return content(path)
    except OSError:
        return None


def is_exactly(path: str, expected: bytes) -> bool:
    """Whether a file stands there that can be read and holds exactly `expected`."""
    try:
        with _opened(path) as file:
            return holds(file, expected)
    except OSError:
        return False


def holds(file: BufferedReader, expected: bytes) -> bool:
    """Whether the rest of the file is exactly `expected`. Raises OSError.

    Compared piece by piece, in memory that stays near the processor: of a large file, a sixth of what reading it costs.
    """
    piece, wanted, at = bytearray(min(_PIECE, len(expected) + 1)), memoryview(expected), 0
    while count := file.readinto(piece):
        if (piece if count == len(piece) else piece[:count]) != wanted[at : at + count]:
            return False
        at += count
    return at == len(expected)


def _opened(path: str) -> BufferedReader:
    file = open(os.open(path, _READ), "rb")  # noqa: SIM115 -- for the caller to close
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)


def is_one_file(path: str, other: str) -> bool:
    """Whether two spellings of one name, on a disk that takes them for one: nothing is called exactly `other` there."""
    (folder, name), (where, spelled) = os.path.split(path), os.path.split(other)
    one, two = (normalize("NFC", text).casefold() for text in (name, spelled))
    return folder == where and one == two and spelled not in os.listdir(folder)


def write_new(path: str, data: bytes, mode: int) -> None:
    """A file of that name, which nothing had, holds the bytes; nothing stands there after an OSError."""
    try:
        with open(os.open(path, _WRITE, mode), "wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
    except OSError:
        drop(path)
        raise


def drop(path: str) -> None:
    """The file is gone, if that is possible."""
    with suppress(OSError):
        os.unlink(path)


def _attributes(path: str) -> list[str]:
    """The names of the file's extended attributes; none where files have none."""
    with suppress(OSError):
        return os.listxattr(path, follow_symlinks=False)
    return []


def dress(temporary: str, target: str, before: os.stat_result) -> None:
    """Give the new file what the old one has besides its text: mode, owner, extended attributes, time of birth."""
    if before.st_uid != os.lstat(temporary).st_uid:
        with suppress(OSError):
            os.chown(temporary, before.st_uid, before.st_gid)
    if stat.S_IMODE(before.st_mode) != stat.S_IMODE(os.lstat(temporary).st_mode):
        with suppress(PermissionError):  # some file systems have one mode for all
            os.chmod(temporary, stat.S_IMODE(before.st_mode))
    if sys.platform == "linux":
        for name in _attributes(target):
            with suppress(OSError):  # some belong to the system alone
                os.setxattr(temporary, name, os.getxattr(target, name, follow_symlinks=False), follow_symlinks=False)
    elif sys.platform == "darwin":
        born, now = int(before.st_birthtime * 1e9), os.lstat(temporary).st_mtime_ns
        os.utime(temporary, ns=(now, born))  # a time of change before the time of birth moves the latter there
        os.utime(temporary, ns=(now, now))

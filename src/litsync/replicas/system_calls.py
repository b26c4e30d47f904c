"""What Python's `os` does not offer, or not everywhere: exchange two files, rename without replacing, make durable.

Decides which call of which system does it, and says so when there is none; knows nothing of what the files hold.
"""
# paths are texts here: the system calls want texts
# ruff: noqa: PTH104, PTH105, PTH108, PTH112

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache

_LINUX_NOREPLACE, _LINUX_EXCHANGE, _AT_FDCWD = 1, 2, -100
_MACOS_SWAP, _MACOS_EXCLUSIVE = 2, 4
_NO_SECOND_NAME = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV})


def swap(one: str, other: str) -> bool:
    """Exchange what stands under the two names, in one step. False: not possible here, nothing was done. Raises OSError."""
    return _rename(one, other, _LINUX_EXCHANGE, _MACOS_SWAP)


def move_new(source: str, target: str) -> None:
    """Give `source` the name `target`, which nothing has yet. Raises FileExistsError when something has it."""
    if _rename(source, target, _LINUX_NOREPLACE, _MACOS_EXCLUSIVE):
        return
    if sys.platform == "win32":
        os.rename(source, target)  # refuses to replace on this system
        return
    try:
        second_name(source, target)
    except OSError as error:
        if error.errno not in _NO_SECOND_NAME:
            raise
        # No file can have two names here (exFAT, FAT): an empty file claims the name, and only that one is replaced.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(source, target)
        return
    os.unlink(source)


def second_name(path: str, name: str) -> None:
    """Give the file a second name, which nothing has yet. Raises OSError where a file cannot have two."""
    if os.link in os.supports_follow_symlinks:
        os.link(path, name, follow_symlinks=False)
    else:
        os.link(path, name)


def flush_file_system(folder: str) -> bool:
    """Make everything written to the file system of `folder` durable; False where one call cannot. Raises OSError."""
    call = getattr(_library(), "syncfs", None)
    if call is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if call(descriptor) != 0:
            raise _failure(folder)
    finally:
        os.close(descriptor)
    return True


def flush_file(path: str) -> None:
    """Make one file, or the names in one folder, durable. Raises OSError."""
    if sys.platform == "win32" and os.path.isdir(path):
        return  # names there become durable with their files
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY | os.O_CLOEXEC)
    try:
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # plain fsync stops at the drive's cache there
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_memory_back() -> None:
    """Return to the system what this process has freed, where the C library keeps it unless it is asked."""
    if (trim := getattr(_library(), "malloc_trim", None)) is not None:
        trim(0)


def _rename(one: str, other: str, linux: int, macos: int) -> bool:
    library = _library()
    if (call := getattr(library, "renameat2", None)) is not None:
        failed = call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), linux)
    elif (call := getattr(library, "renamex_np", None)) is not None:
        failed = call(os.fsencode(one), os.fsencode(other), macos)
    else:
        return False
    if failed and ctypes.get_errno() in _UNSUPPORTED:
        return False
    if failed:
        raise _failure(other)
    return True


def _failure(path: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), path)


@cache
def _library() -> ctypes.CDLL | None:
    return None if sys.platform == "win32" else ctypes.CDLL(None, use_errno=True)

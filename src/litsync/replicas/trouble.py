"""Why an operation on files failed, as a person says it. Decides wording only."""

from __future__ import annotations

import errno

_DENIED = "permission is denied (give this account the right to read and write there)"
_WORDS = {
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk reports an error",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EISDIR: "a folder stands where a file is needed",
    errno.ELOOP: "a symbolic link stands there, and litsync does not follow links",
    errno.ENAMETOOLONG: "the name is too long for this file system",
    errno.ENOENT: "it is not there any more",
    errno.EEXIST: "a file of that name appeared meanwhile",
    errno.ESTALE: "the network folder was disconnected",
}


def in_words(error: OSError) -> str:
    """Why a file operation failed, as a person says it."""
    return _WORDS.get(error.errno or 0, error.strerror or str(error))

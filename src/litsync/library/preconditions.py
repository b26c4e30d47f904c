"""Versions and keys of writes: which object an entry means, and whether the client has seen its newest version.

Decides the status for every combination of key, `version` property and `If-Unmodified-Since-Version`, as Zotero's server was observed to. It must not
know what else is in the entry.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from litsync.library.refusal import Refused
from litsync.library.validation import JSON, is_key

ALPHABET = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
NEITHER = "Either If-Unmodified-Since-Version or 'version' property must be provided for"


@dataclass(frozen=True, slots=True)
class Terms:
    """How an entry came: in a batch (`url_key` None) or for one object, as a partial update (PATCH, POST) or not (PUT).

    `header` is If-Unmodified-Since-Version: in a batch the library's, already checked; else the object's. `now` is the time of the request,
    `home` the address the library is served under, by which a client names its items.
    """

    now: str
    header: int | None = None
    url_key: str | None = None
    partial: bool = True
    home: str = "users/1"


def new_key() -> str:
    """A random key; the caller need not look whether it is taken (33**8 are possible)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def key_of(entry: JSON, terms: Terms, noun: str) -> str | None:
    """The key the entry means, None for a new object whose key is left to the library."""
    key = entry.get("key")
    if key is not None and not is_key(key):
        raise Refused(400, f"'{key}' is not a valid {noun} key")
    if terms.url_key is None:
        return key
    if key is not None and key != terms.url_key:
        raise Refused(409, f"'key' property in JSON does not match {noun} key of request")
    return terms.url_key


def check_version(entry: JSON, key: str | None, current: int | None, terms: Terms, noun: str) -> None:
    """Refuse the entry if its version, or the lack of one, does not allow it; `current` is the stored version, None for a missing object."""
    version = _version_property(entry)
    if terms.url_key is not None:
        _check_single(version, current, terms, noun)
    elif key is None:
        if version is not None:
            raise Refused(400, "'version' is valid only with 'key' property")
    elif version is None:
        if terms.header is None:
            raise Refused(428, f"{NEITHER} 'key'-based writes")
    elif current is None:
        if version > 0:
            raise Refused(404, f"{noun.capitalize()} doesn't exist (expected version {version}; use 0 instead)")
    else:
        _check_stale(version, current, noun)


def _check_single(version: int | None, current: int | None, terms: Terms, noun: str) -> None:
    """The same for a request about one object, where the header is the object's version too."""
    if version is not None and terms.header is not None and version != terms.header:
        raise Refused(
            400,
            f"If-Unmodified-Since-Version value ({terms.header}) does not match JSON version property value ({version})",
        )
    expected = terms.header if version is None else version
    if current is not None:
        if expected is None:
            raise Refused(428, f"{NEITHER} single-{noun} writes")
        _check_stale(expected, current, noun)
    elif expected is None:
        if terms.partial:
            raise Refused(404, f"{noun.capitalize()} does not exist")
    elif expected > 0:
        raise Refused(412, f"{noun.capitalize()} doesn't exist (expected version {expected}; use 0 instead)")


def _check_stale(expected: int, current: int, noun: str) -> None:
    if expected < current:
        message = (
            f"{noun.capitalize()} has been modified since specified version (expected {expected}, found {current})"
        )
        raise Refused(412, message, current=current)


def check_library(header: int | None, current: int) -> None:
    """Refuse a request about several objects whose client has not seen the library's newest version."""
    if header is not None and header < current:
        message = f"Library has been modified since specified version (expected {header}, found {current})"
        raise Refused(412, message, current=current)


def check_setting(entry: JSON, header: int | None, current: int | None, *, required: bool) -> None:
    """Refuse the write of a setting whose client has not seen its newest value; with `required` also one that tells no version."""
    version = _version_property(entry)
    expected = header if version is None else version
    if expected is None:
        if required:
            raise Refused(428, f"{NEITHER} single-setting writes")
    elif current is None:
        if expected > 0:
            raise Refused(412, f"Setting doesn't exist (expected version {expected}; use 0 instead)")
    else:
        _check_stale(expected, current, "setting")


def check_delete(header: int | None, current: int | None, noun: str) -> None:
    """Refuse the deletion of one object without its newest version; a missing object is refused unless version 0 says that it is missing."""
    if header is None:
        raise Refused(428, "If-Unmodified-Since-Version not provided")
    if current is not None:
        _check_stale(header, current, noun)
    elif header > 0:
        raise Refused(412, f"{noun.capitalize()} doesn't exist (expected version {header})")


def _version_property(entry: JSON) -> int | None:
    """The entry's `version` as a number."""
    version: Any = entry.get("version")
    if version is None:
        return None
    if isinstance(version, str) and version.isascii() and version.isdigit():
        return int(version)
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise Refused(400, "'version' must be an integer")
    return version

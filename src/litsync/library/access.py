"""Who may do what: API keys, and the rights each has.

Decides how a request shows its key and what is said to one that shows none, a wrong one, or one that may not. It must not know objects or tables.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litsync.library.envelope import Home
from litsync.library.refusal import Refused, Unheard
from litsync.library.request import Request


@dataclass(frozen=True, slots=True)
class Access:
    """What a key may do in the library; `owner` is the name of whom it belongs to."""

    read: bool = True
    write: bool = True
    owner: str = "litsync"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the key shown, and what it may do."""

    key: str
    access: Access

    def check(self, home: Home, *, write: bool, single_group: bool) -> None:
        """Refuse what the key does not allow. A group that may not be seen is one that does not exist."""
        if not self.access.read:
            raise Refused(404, "Group not found") if home.is_group and single_group else Refused(403, "Forbidden")
        if write and not self.access.write:
            raise Refused(403, "Write access denied")

    def about(self, home: Home) -> dict[str, Any]:
        """The key as its owner sees it."""
        read, write = self.access.read, self.access.read and self.access.write
        user = {"library": read, "files": False, "notes": read, "write": write}
        group = {str(home.number): {"library": True, "write": write}} if read else {}
        granted: dict[str, Any] = {"groups": group} if home.is_group else {"user": user}
        who = {"userID": 1, "username": self.access.owner, "displayName": self.access.owner}
        return {"key": self.key, **who, "access": granted}


def caller(request: Request, keys: Mapping[str, Access]) -> Caller:
    """Who asks. Without keys no key is needed and everything is allowed.

    Raises `Refused` for a request that shows no key, two different ones, or one that is not known.
    """
    bearer = (request.header("Authorization") or "").partition("Bearer ")[2]
    shown = request.header("Zotero-API-Key") or bearer
    asked = request.param("key")
    if shown and asked and shown != asked:
        raise Refused(400, "Zotero-API-Key header and 'key' parameter differ")
    given = shown or asked or ""
    known = dict(keys)  # a key may be taken away by another thread at any moment
    if not known:
        return Caller("embedded", Access())
    if not given:
        raise Refused(403, "Forbidden")
    for key, access in known.items():
        if hmac.compare_digest(given.encode(), key.encode()):
            return Caller(key, access)
    raise Unheard(403, "Invalid key")

"""What an API key may do: asked of the server that gave it out.

Decides how rights are read, and how a lack of them is said. It must not know where keys are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litsync.errors import ZoteroError
from litsync.replicas.zotero_remote import ZoteroSettings

NEW_KEY = "https://www.zotero.org/settings/keys/new?name=litsync&library_access=1&notes_access=1&write_access=1&all_groups=write"
"""The page that makes a key, with everything litsync needs ticked."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Whose a key is, and what it may do in which library: `libraries` maps `users/N`, `groups/N` or `groups/all` to whether it may write."""

    owner: str
    user: int
    libraries: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Rights:
        """The rights as `/keys/current` tells them."""
        user, access = int(answer["userID"]), answer.get("access") or {}
        own = access.get("user") or {}
        libraries = {f"users/{user}": bool(own.get("write"))} if own.get("library") else {}
        for group, granted in (access.get("groups") or {}).items():
            if granted.get("library"):
                libraries[f"groups/{group}"] = bool(granted.get("write"))
        return cls(str(answer.get("displayName") or answer.get("username") or user), user, libraries)

    def may_write(self, library: str) -> bool | None:
        """Whether it may write to a library; None if it may not even read it."""
        if library in self.libraries:
            return self.libraries[library]
        return self.libraries.get("groups/all") if library.startswith("groups/") else None

    def lines(self) -> list[str]:
        """What it may do, for people."""
        spoken = {True: "read and write", False: "read only"}
        return [f"{_spoken(name)}: {spoken[write]}" for name, write in self.libraries.items()]

    def lack(self, library: str, *, write: bool) -> str:
        """Why the key will not do; empty if it will."""
        allowed = self.may_write(library)
        if allowed is None:
            return f"the key of {self.owner} may not see {library}"
        return f"the key of {self.owner} may only read {library}" if write and not allowed else ""


def _spoken(library: str) -> str:
    return "all groups" if library == "groups/all" else library


def ask_rights(settings: ZoteroSettings) -> Rights | None:
    """What the key of these settings may do; None where the server does not tell.

    Raises ZoteroError when the server cannot be reached, does not know the key, or is not Zotero's.
    """
    from litsync.replicas.transport import server_client

    with server_client(settings.server, settings.endpoint) as client:
        answer = client.get(f"{settings.endpoint.rstrip('/')}/keys/current", headers={"Zotero-API-Key": settings.key})
    if answer.status_code == 404:
        return None
    try:
        return Rights.from_json(answer.json())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "is another server at that address?"
        raise ZoteroError(f"{settings.server}: the answer is not Zotero's", hint) from error


def refusal(rights: Rights, settings: ZoteroSettings, *, write: bool) -> ZoteroError | None:
    """The error for a key that will not do, or None."""
    lack = rights.lack(settings.path, write=write)
    if not lack:
        return None
    hint = f"make one that may at {NEW_KEY}, then `litsync login`"
    if settings.path.startswith("users/") and settings.path != f"users/{rights.user}":
        hint = f"its own library is users/{rights.user}: set `zotero: library:` to that, or log in with another key"
    return ZoteroError(f"{settings.place}: {lack}", hint)

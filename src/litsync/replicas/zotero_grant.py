"""The permission that a Zotero desktop gives to write: asked for in a dialog, which its owner answers.

Decides how long the owner is waited for, and whether what was given lasts. It must not know where keys are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from litsync.errors import ZoteroError
from litsync.replicas.base import Memory
from litsync.replicas.desktop_transport import closed
from litsync.replicas.zotero_desktop import DesktopRemote
from litsync.replicas.zotero_remote import ZoteroSettings

if TYPE_CHECKING:
    import httpx2

NAME = "litsync"
"""What Zotero calls the program in its dialog."""
PATIENCE = 600.0
"""Seconds in which the owner may find the dialog."""
_ALWAYS = "run `litsync login --desktop` again and choose “Always Allow”"


@dataclass(frozen=True, slots=True)
class Found:
    """A Zotero that is open and can be asked, with the id of its database."""

    server: str
    settings: ZoteroSettings


@dataclass(frozen=True, slots=True)
class Grant:
    """A key that lasts. Showing it does not show the key."""

    key: str = field(repr=False)


def find_desktop(settings: ZoteroSettings) -> Found:
    """The Zotero of this machine. Raises ZoteroError when it is closed, switched off for programs, or too old to be written."""
    remote = DesktopRemote(settings, Memory())
    remote.version()
    return Found(remote.lineage() or "", settings)


def ask_for_grant(found: Found, patience: float = PATIENCE) -> Grant:
    """Let Zotero ask its owner, and wait for the answer, `patience` seconds at most.

    Raises ZoteroError when it was denied, when nobody answered, or when what was given is spent by one write.
    """
    import httpx2

    transport = httpx2.HTTPTransport()  # no proxy of the environment is between
    headers = {"Zotero-Server-ID": found.server, "Zotero-API-Version": "3"}
    with httpx2.Client(transport=transport, timeout=httpx2.Timeout(patience, connect=5.0), headers=headers) as client:
        answer = _asked(client, found.settings)
        if not answer["remember"] or not _lasts(client, found.settings, answer["key"]):
            raise ZoteroError("the permission is for one write only, and litsync writes again and again", _ALWAYS)
        return Grant(str(answer["key"]))


def _asked(client: httpx2.Client, settings: ZoteroSettings) -> Any:
    import httpx2

    place = settings.place
    try:
        response = client.post(f"{settings.endpoint}/local/authorize", json={"appName": NAME})
    except httpx2.ConnectError as error:
        raise closed(place) from error
    except httpx2.TimeoutException as error:
        hint = "close the dialog that is still open in Zotero, then try again"
        raise ZoteroError(f"{place}: nobody has answered its dialog", hint) from error
    except httpx2.TransportError as error:
        raise ZoteroError(f"{place} broke off", "was it closed? start it, and try again") from error
    match response.status_code:
        case 200:
            return response.json()
        case 403:
            raise ZoteroError(f"{place}: the permission was denied", f"if that was a slip, {_ALWAYS}")
        case 429:
            pause = response.headers.get("Retry-After", "60")
            raise ZoteroError(f"{place} has asked too often within a minute", f"try again in {pause} seconds")
        case status:
            raise ZoteroError(f"{place} refused to ask for a permission: {status}", "please report this")


def _lasts(client: httpx2.Client, settings: ZoteroSettings, key: str) -> bool:
    """Whether the key outlives a write: a batch of nothing spends a key that was given once, and writes nothing."""
    url = f"{settings.endpoint}/{settings.path}/items"
    tries = [client.post(url, json=[], headers={"Zotero-API-Key": key}) for _ in range(2)]
    return all(one.status_code != 401 for one in tries)

"""How requests reach a Zotero desktop: one httpx2 transport under pyzotero that knows what its refusals mean.

Decides what is worth another try: a read is, a write never, because what it makes gets its key there, and a batch goes on
after its caller hung up. Says in words that Zotero is closed, its API is switched off, it is too old, or knows no key.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import httpx2

from litsync.errors import ZoteroError

_LATER = "what is not written yet stays planned, and is made up for at the next push"
SWITCH_ON = (
    "in Zotero: Settings, Advanced, “Allow other applications on this computer to communicate with Zotero”; "
    "then `litsync login --desktop`"
)


class Unanswered(ZoteroError):
    """A write got no answer that says what became of it: it may have happened, and may still be happening."""


class DesktopTransport(httpx2.BaseTransport):
    """Sends requests one by one. Raises ZoteroError for every answer that is of no use to a caller but 404."""

    def __init__(self, inner: httpx2.BaseTransport, place: str, sleep: Callable[[float], None] = time.sleep) -> None:
        """`place` names the library in messages."""
        self._inner, self._place, self._sleep = inner, place, sleep

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request: a read again if it gets no answer, a write once."""
        # The token refuses the repetition of a batch only when the batch is done: it protects nothing.
        request.headers.pop("Zotero-Write-Token", None)
        if request.method != "GET":
            return self._usable(self._written(request))
        for pause in (1.0, 2.0, 0.0):
            response = self._read(request)
            if response is not None:
                return self._usable(response)
            self._sleep(pause)
        raise ZoteroError(f"{self._place} does not answer", f"is a dialog open in Zotero? {_LATER}")

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _read(self, request: httpx2.Request) -> httpx2.Response | None:
        """The answer, if it is whole: without a length, one that was cut off ends like any other."""
        try:
            response = self._send(request)
        except httpx2.TransportError:
            return None
        return response if _is_whole(response) else None

    def _written(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = self._send(request)
        except httpx2.TransportError as error:
            raise Unanswered(
                f"{self._place} does not answer a write", f"is a dialog open in Zotero? {_LATER}"
            ) from error
        if response.status_code >= 500 or not _is_whole(response):
            raise Unanswered(f"{self._place} broke off a write ({response.status_code})", _LATER)
        return response

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx2.ConnectError as error:
            raise closed(self._place) from error
        return response

    def _usable(self, response: httpx2.Response) -> httpx2.Response:
        """The response, if it is Zotero's and says something. Raises ZoteroError, in words, for all others."""
        status, place = response.status_code, self._place
        if status == 401:
            raise ZoteroError(f"{place} does not know litsync's key", "`litsync login --desktop` asks for a new one")
        if status == 403 and "not enabled" in response.text:
            raise ZoteroError(f"{place}: its local API is switched off", SWITCH_ON)
        if status == 412:
            raise ZoteroError(f"{place}: another profile was opened in the middle of it", _LATER)
        if "Zotero-API-Version" not in response.headers and status != 404:
            raise ZoteroError(f"{place}: something else answers at its port", "close that program, and start Zotero")
        if status not in (200, 404):
            said = f" ({response.text.strip()[:200]})" if _kind(response).startswith("text/plain") else ""
            raise ZoteroError(f"{place} refused a request: {status}{said}", "please report this")
        return response


def closed(place: str) -> ZoteroError:
    """Nobody listens where Zotero would."""
    return ZoteroError(f"{place}: Zotero is not open", f"start it and push again; {_LATER}")


def too_old(place: str, response: httpx2.Response) -> ZoteroError:
    """A Zotero whose library can be read by other programs, but not written."""
    version = response.headers.get("X-Zotero-Version", "7 to 9").split("-")[0]
    return ZoteroError(
        f"{place}: this Zotero ({version}) lets other programs read, but not write",
        "update to Zotero 10, or work with your library at zotero.org: "
        "`zotero: {target: web, library: users/NUMBER}` and `litsync login`",
    )


def _kind(response: httpx2.Response) -> str:
    return response.headers.get("Content-Type", "")


def _is_whole(response: httpx2.Response) -> bool:
    if response.status_code != 200 or not _kind(response).startswith("application/json"):
        return True
    try:
        json.loads(response.content)
    except ValueError:
        return False
    return True


def desktop_client(place: str, timeout: float) -> httpx2.Client:
    """A client for a Zotero on this machine, `timeout` in seconds for a request. No proxy of the environment is between."""
    transport = DesktopTransport(httpx2.HTTPTransport(), place)
    return httpx2.Client(
        transport=transport, timeout=httpx2.Timeout(timeout, connect=min(5.0, timeout)), follow_redirects=False
    )

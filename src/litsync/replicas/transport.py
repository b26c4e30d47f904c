"""How requests reach a Zotero library: one httpx2 transport under pyzotero that waits, tries again, and says what failed.

Decides what is worth another try and when to give up; every answer that is no use to a caller becomes a ZoteroError here,
and no key ever stands in one. Knows nothing of items. Repeating a write is safe because everything litsync creates
carries its key and version 0, and everything it changes carries a version.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from litsync.errors import ZoteroError

if TYPE_CHECKING:
    from litsync.library import Library

_CONTENT = "application/json"
_WORTH_ANOTHER_TRY = frozenset({429, 500, 502, 503, 504})
_FOR_THE_CALLER = frozenset({200, 201, 204, 304, 404, 412})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried: at most `tries` times and `budget` seconds in all. `sleep` and `clock` are the world's."""

    tries: int = 5
    budget: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.5, 1.0))  # noqa: S311 -- spreads retries, hides nothing


class PatientTransport(httpx2.BaseTransport):
    """Sends requests one by one. `counts` holds the requests sent, by method.

    Raises ZoteroError for everything but an answer that the caller can use: 2xx with sound JSON, 304, 404 and 412.
    """

    def __init__(self, inner: httpx2.BaseTransport, place: str, patience: Patience | None = None) -> None:
        """`place` names the library in messages."""
        self.counts: Counter[str] = Counter()
        self._inner, self._place = inner, place
        self._patience = patience or Patience()
        self._not_before = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, as often as it takes and patience allows."""
        # The token would turn the repetition of a write whose answer was lost into a refusal of all its objects.
        request.headers.pop("Zotero-Write-Token", None)
        give_up = self._patience.clock() + self._patience.budget
        for attempt in range(1, self._patience.tries + 1):
            self._wait_until(self._not_before)
            outcome = self._send(request)
            if isinstance(outcome, httpx2.Response) and outcome.status_code not in _WORTH_ANOTHER_TRY:
                return self._usable(outcome)
            pause = self._pause(outcome, attempt)
            if attempt >= self._tries(outcome) or self._patience.clock() + pause > give_up:
                raise self._exhausted(outcome)
            self._patience.sleep(pause)
        raise AssertionError("unreachable")  # pragma: no cover

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _send(self, request: httpx2.Request) -> httpx2.Response | httpx2.TransportError:
        self.counts[request.method] += 1
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx2.TransportError as error:
            return error
        if backoff := _seconds(response, "Backoff"):
            self._not_before = self._patience.clock() + backoff
        return response

    def _wait_until(self, moment: float) -> None:
        if (pause := moment - self._patience.clock()) > 0:
            self._patience.sleep(min(pause, self._patience.budget))

    def _tries(self, outcome: httpx2.Response | httpx2.TransportError) -> int:
        """Nobody listening is not a trouble that passes in seconds: a person is told soon."""
        return min(2, self._patience.tries) if isinstance(outcome, httpx2.ConnectError) else self._patience.tries

    def _pause(self, outcome: httpx2.Response | httpx2.TransportError, attempt: int) -> float:
        asked = _seconds(outcome, "Retry-After") if isinstance(outcome, httpx2.Response) else 0.0
        return asked or min(2.0**attempt, 30.0) * self._patience.jitter()

    def _usable(self, response: httpx2.Response) -> httpx2.Response:
        if response.status_code not in _FOR_THE_CALLER:
            raise self._refused(response)
        if response.status_code == 200 and response.content and not _is_sound(response):
            raise ZoteroError(
                f"{self._place} answered with something that is not Zotero's",
                "is a login page of the network in between, or another server at that address?",
            )
        return response

    def _refused(self, response: httpx2.Response) -> ZoteroError:
        words = response.text.strip()[:200] if "html" not in response.text[:50].lower() else ""
        said = f" ({words})" if words else ""
        match response.status_code:
            case 401 | 403:
                return self._denied(words)
            case 413:
                return ZoteroError(f"{self._place} found a request too large{said}", "please report this")
            case status:
                return ZoteroError(f"{self._place} refused a request: {status}{said}", "please report this")

    def _denied(self, words: str) -> ZoteroError:
        keys = "https://www.zotero.org/settings/keys"
        if "write access" in words.lower():
            message = f"{self._place} refused the key: it may not write there"
            return ZoteroError(message, f"give it write access at {keys}, or log in with another: `litsync login`")
        if "invalid key" in words.lower():
            message = f"{self._place} refused the key: it does not know it"
            return ZoteroError(message, f"was it deleted? make a new one at {keys}, then `litsync login`")
        message = f"{self._place} refused the key: it may not see that library"
        return ZoteroError(message, f"look at what it may do at {keys}, or log in with another: `litsync login`")

    def _exhausted(self, outcome: httpx2.Response | httpx2.TransportError) -> ZoteroError:
        later = "what is not written yet stays planned: push again later"
        match outcome:
            case httpx2.Response(status_code=429):
                return ZoteroError(f"{self._place} asks for fewer requests", later)
            case httpx2.Response():
                return ZoteroError(f"{self._place} has trouble: it answered {outcome.status_code}", later)
            case httpx2.TimeoutException():
                return ZoteroError(f"{self._place} does not answer in time", later)
            case _:
                return ZoteroError(
                    f"{self._place} cannot be reached", f"is the network up, and the address right? {later}"
                )


def _seconds(response: httpx2.Response, header: str) -> float:
    try:
        return max(0.0, float(response.headers.get(header, "0")))
    except ValueError:
        return 0.0


def _is_sound(response: httpx2.Response) -> bool:
    """Whether the answer is whole JSON from something that speaks Zotero's API."""
    if not response.headers.get("Content-Type", "").startswith((_CONTENT, "text/plain")):
        return False
    if response.headers["Content-Type"].startswith("text/plain"):
        return "Last-Modified-Version" in response.headers
    try:
        json.loads(response.content)
    except ValueError:
        return False
    return True


def embedded_client(library: Library, place: str) -> httpx2.Client:
    """A client for a library in this process: no sockets, no waiting."""
    inner = httpx2.WSGITransport(app=library.app)
    transport = PatientTransport(inner, place, Patience(tries=1))
    return httpx2.Client(transport=transport, base_url="http://localhost", follow_redirects=True)


def server_client(place: str, patience: Patience | None = None) -> httpx2.Client:
    """A client for a library behind an address."""
    transport = PatientTransport(httpx2.HTTPTransport(), place, patience)
    return httpx2.Client(transport=transport, timeout=httpx2.Timeout(20.0, read=90.0), follow_redirects=True)

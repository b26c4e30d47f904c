"""How requests reach a Zotero library: one httpx2 transport under pyzotero that waits, tries again, and says what failed.

Decides what is worth another try, when to give up, and how much goes on at a time; every answer that is no use to a caller becomes a ZoteroError
here, and no key ever stands in one. Knows nothing of items. Repeating a write is safe because everything litsync creates carries its key and
version 0, and everything it changes carries a version.

All waiting is done here, by the monotonic clock: pyzotero, which would sleep without bounds, never sees that the library asked for it.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2

from litsync.errors import ZoteroError

if TYPE_CHECKING:
    from litsync.library import Library

READERS = 4
"""Requests that may be under way at a time, as Zotero asks of its clients."""
_CONTENT = "application/json"
_WORTH_ANOTHER_TRY = frozenset({409, 429, 500, 502, 503, 504})
"""409 for a whole request is a library that is locked for a moment."""
_FOR_THE_CALLER = frozenset({200, 201, 204, 304, 404, 412})
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WAITING = ("Backoff", "Retry-After")
_LOCKED_OUT = "too many authentication failures"
Outcome = httpx2.Response | httpx2.TransportError
_UNKNOWN_FOR = 600.0
"""Seconds for which a key that a server does not know is not shown to it again: it locks out who goes on asking."""
_unknown: dict[tuple[str, int], float] = {}
"""When such a key may be tried again, by server and key. It outlives a client: who runs cycles on and on makes many."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried: at most `tries` times and `budget` seconds in all. `sleep` and `clock` are the world's."""

    tries: int = 5
    budget: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.5, 1.0))  # noqa: S311 -- spreads retries, hides nothing


class PatientTransport(httpx2.BaseTransport):
    """Sends requests: reads at most four at a time, writes one after the other. `counts` holds the requests sent, by method.

    Safe to use from several threads. Raises ZoteroError for everything but an answer that the caller can use: 2xx with sound JSON, 304, 404 and 412.
    """

    def __init__(self, inner: httpx2.BaseTransport, place: str, patience: Patience | None = None) -> None:
        """`place` names the library in messages."""
        self.counts: Counter[str] = Counter()
        self._inner, self._place = inner, place
        self._patience = patience or Patience()
        self._not_before = 0.0
        self._state = threading.Lock()
        self._reading, self._writing = threading.Semaphore(READERS), threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, as often as it takes and patience allows."""
        # The token would turn the repetition of a write whose answer was lost into a refusal of all its objects.
        request.headers.pop("Zotero-Write-Token", None)
        with self._turn(request.method):
            return self._insist(request)

    def _turn(self, method: str) -> AbstractContextManager[object]:
        return self._reading if method in ("GET", "HEAD") else self._writing

    def _insist(self, request: httpx2.Request) -> httpx2.Response:
        patience = self._patience
        shown = _shown_key(request)
        if shown in _unknown and patience.clock() < _unknown[shown]:
            raise self._denied("Invalid key")
        give_up = patience.clock() + patience.budget
        for attempt in range(1, patience.tries + 1):
            self._wait_until(self._not_before)
            outcome = self._send(request)
            if not self._is_passing(outcome):
                if shown and isinstance(outcome, httpx2.Response) and _is_unknown(outcome):
                    _unknown[shown] = patience.clock() + _UNKNOWN_FOR
                return self._usable(outcome)
            pause = self._pause(outcome, attempt)
            if attempt >= self._tries(outcome) or patience.clock() + pause > give_up:
                raise self._exhausted(outcome)
            patience.sleep(pause)
        raise AssertionError("unreachable")  # pragma: no cover

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _send(self, request: httpx2.Request) -> Outcome:
        with self._state:
            self.counts[request.method] += 1
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx2.TransportError as error:
            return error
        asked = max(_seconds(response, name) for name in _WAITING)
        if asked and response.status_code not in _WORTH_ANOTHER_TRY:
            self._delay(asked)
        elif backoff := _seconds(response, "Backoff"):
            self._delay(backoff)
        return response

    def _delay(self, seconds: float) -> None:
        """Whatever comes next waits so long."""
        with self._state:
            self._not_before = max(self._not_before, self._patience.clock() + seconds)

    def _wait_until(self, moment: float) -> None:
        pause = moment - self._patience.clock()
        if pause > self._patience.budget:
            raise ZoteroError(
                f"{self._place} asks to be left alone for {_spoken(pause)}",
                "what is not written yet stays planned: push again later",
            )
        if pause > 0:
            self._patience.sleep(pause)

    def _is_passing(self, outcome: Outcome) -> bool:
        """Whether it is trouble that may have passed at the next try."""
        if not isinstance(outcome, httpx2.Response):
            return True
        locked_out = outcome.status_code == 429 and _LOCKED_OUT in outcome.text.lower()
        return outcome.status_code in _WORTH_ANOTHER_TRY and not locked_out

    def _tries(self, outcome: Outcome) -> int:
        """Nobody listening is not a trouble that passes in seconds: a person is told soon."""
        return min(2, self._patience.tries) if isinstance(outcome, httpx2.ConnectError) else self._patience.tries

    def _pause(self, outcome: Outcome, attempt: int) -> float:
        asked = _seconds(outcome, "Retry-After") if isinstance(outcome, httpx2.Response) else 0.0
        return asked or min(2.0**attempt, 30.0) * self._patience.jitter()

    def _usable(self, outcome: Outcome) -> httpx2.Response:
        assert isinstance(outcome, httpx2.Response)
        if outcome.status_code not in _FOR_THE_CALLER:
            raise self._refused(outcome)
        if outcome.status_code == 200 and outcome.content and not _is_sound(outcome):
            raise ZoteroError(
                f"{self._place} answered with something that is not Zotero's",
                "is a login page of the network in between, or another server at that address?",
            )
        for name in _WAITING:
            outcome.headers.pop(name, None)
        return outcome

    def _refused(self, response: httpx2.Response) -> ZoteroError:
        said = _words_of(response)
        match response.status_code:
            case 401 | 403:
                return self._denied(said)
            case 429:
                message = (
                    f"{self._place} has locked this machine out for some minutes: too many wrong keys came from it"
                )
                return ZoteroError(message, "wait five minutes, then `litsync login` with a key that is valid")
            case 413:
                return ZoteroError(f"{self._place} found a request too large{said}", "please report this")
            case status if 300 <= status < 400:
                message = f"{self._place} sends elsewhere: {response.headers.get('Location', '')[:100]}"
                return ZoteroError(message, "is a login page of the network in between? else mend `zotero: endpoint:`")
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
                words = _words_of(outcome)
                return ZoteroError(f"{self._place} has trouble: it answered {outcome.status_code}{words}", later)
            case httpx2.TimeoutException():
                return ZoteroError(f"{self._place} does not answer in time", later)
            case _:
                return ZoteroError(
                    f"{self._place} cannot be reached", f"is the network up, and the address right? {later}"
                )


def _words_of(response: httpx2.Response) -> str:
    """What a server says besides the number, in brackets; nothing of a web page."""
    words = response.text.strip()[:200] if "html" not in response.text[:50].lower() else ""
    return f" ({words})" if words else ""


def _shown_key(request: httpx2.Request) -> tuple[str, int] | None:
    """To whom which key is shown, without holding the key."""
    key = request.headers.get("Zotero-API-Key") or request.headers.get("Authorization")
    return (request.url.netloc.decode(), hash(key)) if key else None


def _is_unknown(response: httpx2.Response) -> bool:
    return response.status_code == 403 and "invalid key" in response.text.lower()


def _seconds(response: httpx2.Response, header: str) -> float:
    """How long a header asks to wait: a number of seconds, or until a date, which is read by the server's own clock."""
    text = response.headers.get(header, "0")
    try:
        return max(0.0, float(text))
    except ValueError:
        return _until(text, response.headers.get("Date", ""))


def _until(date: str, now: str) -> float:
    """The seconds from one HTTP date to another (without it: from this machine's now); 0 for what is no date."""
    try:
        then = parsedate_to_datetime(date)
        start = parsedate_to_datetime(now).timestamp() if now else time.time()
    except ValueError:
        return 0.0
    return max(0.0, then.replace(tzinfo=then.tzinfo or UTC).timestamp() - start)


def _spoken(seconds: float) -> str:
    """A length of time for people."""
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


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


def server_client(place: str, address: str, patience: Patience | None = None) -> httpx2.Client:
    """A client for a library behind an address, through the proxy that the environment or the system names for it."""
    transport = PatientTransport(httpx2.HTTPTransport(proxy=_proxy(address)), place, patience)
    return httpx2.Client(transport=transport, timeout=httpx2.Timeout(20.0, read=90.0))


def _proxy(address: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass

    url = httpx2.URL(address)
    return None if proxy_bypass(url.host) or url.host in _LOOPBACK else getproxies().get(url.scheme)

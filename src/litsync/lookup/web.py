"""Asking a service on the web: politely, and never more than was meant.

Decides which hosts may be asked at all, also by a redirect; how often, how long and how much; and what is remembered, so that
nothing is asked twice. Knows no service's language. Everything that goes wrong becomes a ServiceError that names the service.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2

from litsync import __version__
from litsync.errors import ServiceError

MAX_BYTES = 8_000_000
"""More than any answer has that litsync asks for."""
MAX_SECONDS = 60.0
"""For one answer, with everything it takes."""
_REDIRECTS = 4
_TRIES = 3
_BUSY = frozenset({429, 500, 502, 503, 504})
_WEEK = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Service:
    """A service: what messages call it, where it is, the seconds between two questions, and further hosts it leads to."""

    name: str
    address: str
    pause: float = 0.2
    hosts: frozenset[str] = frozenset()

    def allows(self, url: str) -> bool:
        """Whether this address may be asked: the service's own server, or over https one of its hosts."""
        here, there = urlsplit(self.address), urlsplit(url)
        if there.username or there.password:
            return False
        if (here.scheme, here.netloc) == (there.scheme, there.netloc):
            return True
        return there.scheme == "https" and there.hostname in self.hosts and there.port in (None, 443)


@dataclass(frozen=True, slots=True)
class Manners:
    """How a client behaves: whom services may write to, where answers are kept, and the world's clock and sleep."""

    contact: str = ""
    cache: Path | None = None
    fresh: bool = False
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = field(default=time.time)


def answers_folder() -> Path:
    """Where this machine's user keeps what can be had again."""
    places = [os.environ.get(name) for name in ("XDG_CACHE_HOME", "LOCALAPPDATA")]
    return Path(next(filter(None, places), Path.home() / ".cache")) / "litsync" / "answers"


class Unavailable(ServiceError):
    """A service that answers nobody now, or not us: whatever else it is asked, it will not answer."""


class Web:
    """A client for as long as a command runs. Use it in a `with`."""

    def __init__(self, manners: Manners) -> None:
        """Nothing is asked yet."""
        self._manners = manners
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(20.0, connect=10.0), follow_redirects=False, headers={"User-Agent": self._agent}
        )
        self._not_before: dict[str, float] = {}
        self._away: dict[str, Unavailable] = {}

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def contact(self) -> str:
        """The address that services may write to; empty if none was given."""
        return self._manners.contact

    @property
    def _agent(self) -> str:
        mail = f" (mailto:{self._manners.contact})" if self._manners.contact else ""
        return f"litsync/{__version__}{mail}"

    def get(
        self, service: Service, path: str, query: Mapping[str, str] | None = None, accept: str = "*/*"
    ) -> str | None:
        """The service's answer; None when it knows of no such thing. Raises ServiceError.

        A service that turned out to be unavailable is not asked again.
        """
        url = service.address.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        kept = self._kept(url, accept)
        if kept is not None:
            return kept["text"]  # type: ignore[no-any-return]  # written by `_keep`
        if service.name in self._away:
            raise self._away[service.name]
        try:
            with _in_words(service):
                text = self._insist(service, url, accept)
        except Unavailable as error:
            self._away[service.name] = error
            raise
        self._keep(url, accept, text)
        return text

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────

    def _insist(self, service: Service, url: str, accept: str) -> str | None:
        for attempt in range(1, _TRIES + 1):
            status, text, wait = self._follow(service, url, accept)
            if status == 200:
                return text
            if status in (404, 410):
                return None
            if status not in _BUSY or attempt == _TRIES or wait > MAX_SECONDS:
                raise _refused(service, status, wait)
            self._manners.sleep(wait or 2.0**attempt)
        raise AssertionError("unreachable")  # pragma: no cover

    def _follow(self, service: Service, url: str, accept: str) -> tuple[int, str, float]:
        """Ask, going where the service leads as long as that is one of its own hosts."""
        for _ in range(_REDIRECTS + 1):
            self._take_turn(service)
            answer = self._ask(service, url, accept)
            if not answer.is_redirect:
                return answer.status_code, answer.text, _seconds(answer)
            target = urljoin(url, answer.headers.get("Location", ""))
            if not service.allows(target):
                raise ServiceError(
                    f"{service.name} leads to {urlsplit(target).hostname or target}, which is not asked",
                    "nothing was taken; look at the work's page yourself",
                )
            url = target
        raise ServiceError(f"{service.name} leads from one address to the next without an end")

    def _take_turn(self, service: Service) -> None:
        now = self._manners.clock()
        pause = self._not_before.get(service.name, now) - now
        if pause > 0:
            self._manners.sleep(pause)
        self._not_before[service.name] = max(now, self._manners.clock()) + service.pause

    def _ask(self, service: Service, url: str, accept: str) -> httpx2.Response:
        """One answer, no longer and no larger than an answer can be."""
        until = self._manners.clock() + MAX_SECONDS
        with self._client.stream("GET", url, headers={"Accept": accept}) as answer:
            parts: list[bytes] = []
            size = 0
            for part in answer.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    raise ServiceError(f"{service.name} sends more than {MAX_BYTES // 1_000_000} MB: not taken")
                if self._manners.clock() > until:
                    raise ServiceError(f"{service.name} takes more than {MAX_SECONDS:.0f} seconds", "try again later")
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in _ENCODED}
            return httpx2.Response(answer.status_code, headers=headers, content=b"".join(parts), request=answer.request)

    # ── remembering ──────────────────────────────────────────────────────────────────────────────────────────

    def _place(self, url: str, accept: str) -> Path | None:
        if self._manners.cache is None:
            return None
        return self._manners.cache / f"{hashlib.blake2b(f'{accept} {url}'.encode(), digest_size=16).hexdigest()}.json"

    def _kept(self, url: str, accept: str) -> dict[str, Any] | None:
        """An answer of the last week."""
        path = self._place(url, accept)
        if path is None or self._manners.fresh:
            return None
        try:
            kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return kept if kept["url"] == url and 0 <= self._manners.now() - kept["at"] < _WEEK else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _keep(self, url: str, accept: str, text: str | None) -> None:
        """Remember an answer; where that cannot be, it is asked for again."""
        path = self._place(url, accept)
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_suffix(".tmp")
            made.write_text(json.dumps({"url": url, "at": self._manners.now(), "text": text}), encoding="utf-8")
            made.replace(path)
        except OSError:
            return


_ENCODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers that describe the bytes on the way, not those that arrived."""


@contextmanager
def _in_words(service: Service) -> Iterator[None]:
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        host = urlsplit(service.address).hostname
        raise Unavailable(
            f"{service.name} cannot be reached at {host}: is this machine offline?",
            "nothing was changed; what was asked within the last week is remembered and needs no network",
        ) from error
    except httpx2.TimeoutException as error:
        raise Unavailable(f"{service.name} does not answer in time", "nothing was changed; try again later") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ServiceError(
            f"{service.name}: {str(error) or type(error).__name__}", "nothing was changed; try again"
        ) from error


def _refused(service: Service, status: int, wait: float) -> ServiceError:
    if status in _BUSY:
        when = f"in {wait:.0f} seconds" if wait else "later"
        return Unavailable(f"{service.name} is busy ({status})", f"nothing was changed; try again {when}")
    kind = Unavailable if status in (401, 403) else ServiceError
    return kind(f"{service.name} refused the question ({status})", "nothing was changed")


def _seconds(answer: httpx2.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0

"""A library that misbehaves on request: slow, refusing, cut off, half done.

Decides which requests go wrong and how; a script of rules says it, in order of precedence. It wraps any WSGI application and must not know what that
application does.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
Answer = tuple[str, list[tuple[str, str]], bytes]


class Dropped(Exception):
    """The connection is to be closed without a response. In-process it reaches the client as this exception."""


class What(StrEnum):
    """How a request goes wrong."""

    STATUS = "status"  # answered with `status`, `headers` and `body` instead of being carried out
    ADD = "add"  # carried out; `headers` are added to its response (`Backoff: 5`)
    DROP_BEFORE = "drop-before"  # not carried out, no response
    DROP_AFTER = "drop-after"  # carried out, no response
    TRUNCATE = "truncate"  # carried out, half of the response's body
    DELAY = "delay"  # carried out after `seconds`
    LATE = "late"  # carried out at once, answered after `seconds`: a client with less patience never hears of it
    STALE = (
        "stale"  # carried out; every version in the response is `objects` lower, as from a cache or a restored backup
    )
    HALF = "half"  # the first `objects` of a batch are carried out, then 500


@dataclass(frozen=True, slots=True)
class Rule:
    """What goes wrong, and when: `at` lists numbers (from 1) among the requests that fit `method` and `path`, a pattern; empty: all of them."""

    what: What
    at: tuple[int, ...] = ()
    method: str = ""
    path: str = ""
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    objects: int = 0

    def covers(self, environ: Mapping[str, Any]) -> bool:
        """Whether the request is of the kind this rule is about."""
        fits = not self.method or self.method == environ["REQUEST_METHOD"]
        return fits and re.search(self.path, environ.get("PATH_INFO", "")) is not None


def read_script(text: str) -> tuple[Rule, ...]:
    """The rules of a JSON array of objects with the properties of `Rule`. A wrong one is a ValueError or TypeError."""
    return tuple(
        Rule(**{**rule, "what": What(rule["what"]), "at": tuple(rule.get("at", ()))}) for rule in json.loads(text)
    )


class Faults:
    """An application whose requests go wrong as the script says; of several rules that are due the first one acts."""

    def __init__(self, app: App, script: Sequence[Rule]) -> None:
        self._app = app
        self._script = script
        self._seen = [0] * len(script)
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request, well or badly."""
        rule = self._due(environ)
        if rule is None:
            return self._app(environ, start_response)
        match rule.what:
            case What.STATUS:
                return _answer(rule, start_response)
            case What.HALF:
                self._run(_first_objects(environ, rule.objects))
                return _answer(rule, start_response)
            case What.DROP_BEFORE:
                raise Dropped(environ["PATH_INFO"])
            case What.DELAY:
                time.sleep(rule.seconds)
        return _send(_spoiled(rule, self._run(environ)), start_response)

    def _due(self, environ: Mapping[str, Any]) -> Rule | None:
        """The rule that acts on this request, which every rule that covers it counts."""
        due = None
        with self._lock:
            for place, rule in enumerate(self._script):
                if rule.covers(environ):
                    self._seen[place] += 1
                    if due is None and (not rule.at or self._seen[place] in rule.at):
                        due = rule
        return due

    def _run(self, environ: dict[str, Any]) -> Answer:
        """Carry the request out; its status, headers and body."""
        told: list[Any] = []
        body = b"".join(self._app(environ, lambda status, headers, *_: told.extend((status, headers))))
        return told[0], told[1], body


def _spoiled(rule: Rule, answer: Answer) -> Answer:
    """The response as the client gets it, if it gets one."""
    status, headers, body = answer
    match rule.what:
        case What.DROP_AFTER:
            raise Dropped(rule.path)
        case What.LATE:
            time.sleep(rule.seconds)
        case What.ADD:
            return status, [*headers, *rule.headers.items()], body
        case What.TRUNCATE:
            return status, headers, body[: len(body) // 2]
        case What.STALE:
            return _older(answer, rule.objects)
    return answer


def _send(answer: Answer, start_response: Any) -> Iterable[bytes]:
    """The response with the length it has now."""
    status, headers, body = answer
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    sized = [("Content-Length", str(len(body)))] if len(kept) < len(headers) else []
    start_response(status, [*kept, *sized])
    return [body]


def _older(answer: Answer, by: int) -> Answer:
    """The response as it was so many versions ago, as far as versions tell."""
    status, headers, body = answer
    header = "Last-Modified-Version"
    headers = [(name, str(max(0, int(value) - by)) if name == header else value) for name, value in headers]
    older = re.sub(rb'("version":)(\d+)', lambda found: found[1] + str(max(0, int(found[2]) - by)).encode(), body)
    return status, headers, older


def _answer(rule: Rule, start_response: Any) -> Iterable[bytes]:
    """The response a rule prescribes."""
    body = rule.body.encode()
    headers = {"Content-Type": "text/html; charset=UTF-8", "Content-Length": str(len(body)), **rule.headers}
    start_response(f"{rule.status} {HTTPStatus(rule.status).phrase}", list(headers.items()))
    return [body]


def _first_objects(environ: dict[str, Any], count: int) -> dict[str, Any]:
    """The same request with the first objects of its array only."""
    sent = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"[]")
    body = json.dumps(sent[:count]).encode()
    return {**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}

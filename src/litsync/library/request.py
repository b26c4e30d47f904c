"""A request as the library reads it, and a response as it writes it: the WSGI environment with names.

Decides how parameters, headers and bodies are read, and which are refused as malformed. It must not know routes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode

from litsync.library.refusal import Refused

LARGEST_BODY = 64 * 2**20
NUMBER = re.compile(r"[0-9]{1,15}")
PAGE, LARGEST_PAGE = 25, 100


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `parts` is the path cut at slashes; `base` is the URL of the application's root, without a slash at its end."""

    method: str
    parts: tuple[str, ...]
    params: Mapping[str, list[str]]
    environ: Mapping[str, Any]
    base: str

    def header(self, name: str) -> str | None:
        """A request header, or None."""
        value = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return None if value is None else str(value)

    def header_version(self, name: str) -> int | None:
        """A header that holds a version."""
        value = self.header(name)
        return None if value is None else _number(value, name)

    def param(self, name: str) -> str | None:
        """The last value of a query parameter, or None."""
        values = self.params.get(name)
        return values[-1] if values else None

    def number(self, name: str) -> int | None:
        """A query parameter that holds a number, or None."""
        value = self.param(name)
        return None if value in (None, "") else _number(str(value), name)

    def since(self) -> int | None:
        """Only objects with a greater version are asked for."""
        since = self.number("since")
        return self.number("newer") if since is None else since

    def page(self) -> tuple[int, int]:
        """How many objects, from which on. Asking by key asks for the largest page."""
        by_key = any(name in self.params for name in ("itemKey", "collectionKey", "searchKey"))
        limit = self.number("limit") or (LARGEST_PAGE if by_key else PAGE)
        return min(limit, LARGEST_PAGE), self.number("start") or 0

    def url(self, **changed: str | int) -> str:
        """This request's address with these parameters changed."""
        params = {**self.params, **{name: [str(value)] for name, value in changed.items()}}
        params.pop("key", None)
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        return f"{self.base}/{'/'.join(self.parts)}{query}"

    def body(self) -> Any:
        """The JSON that was sent."""
        raw = read_body(self.environ)
        if not raw.strip():
            raise Refused(400, "No data was provided")
        try:
            data = json.loads(raw, parse_constant=_no_constant)
            if b"\\u" in raw:
                json.dumps(data, ensure_ascii=False).encode()  # half of a surrogate pair cannot be stored
        except (ValueError, RecursionError) as error:
            raise Refused(400, "JSON decode error: uploaded data is not valid JSON") from error
        return data


def read_body(environ: Mapping[str, Any]) -> bytes:
    """All of the request's body."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not NUMBER.fullmatch(length):
        raise Refused(400, "Invalid Content-Length")
    if int(length) > LARGEST_BODY:
        raise Refused(413, "Uploaded data is too large")
    raw = bytes(environ["wsgi.input"].read(int(length)))
    if len(raw) < int(length):
        raise Refused(400, "Uploaded data ends early")
    return raw


def _number(value: str, name: str) -> int:
    """A version or count as a number."""
    if not NUMBER.fullmatch(value.strip()):
        raise Refused(400, f"Invalid value for '{name}' ({value})")
    return int(value)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def read_request(environ: Mapping[str, Any]) -> Request:
    """The request of a WSGI environment."""
    text = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        params = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise Refused(400, "Too many parameters") from error
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
    base = f"{environ.get('wsgi.url_scheme', 'http')}://{host}{environ.get('SCRIPT_NAME', '')}"
    parts = tuple(part for part in text.split("/") if part)
    return Request(str(environ["REQUEST_METHOD"]), parts, params, environ, base.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Response:
    """One response. `version` goes into `Last-Modified-Version`."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, start_response: Callable[..., Any], *, with_body: bool) -> Iterable[bytes]:
        """Hand the response to a WSGI server."""
        headers = dict(self.headers)
        if self.version is not None:
            headers["Last-Modified-Version"] = str(self.version)
        if self.status not in (204, 304):
            headers |= {"Content-Type": self.kind, "Content-Length": str(len(self.body))}
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", list(headers.items()))
        return [self.body] if with_body else []


def as_json(value: object, version: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """A response of JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body=body, version=version, headers=headers or {})

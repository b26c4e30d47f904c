"""How the stand-in for the Zotero desktop is reached: HTTP/1.0 on loopback, without a length, one request per connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """What goes back. `zotero` tells whether it carries Zotero's headers."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    zotero: bool = True


class Refused(Exception):
    """A request, or one object of it, is refused."""

    def __init__(self, status: int, message: str = "", *, zotero: bool = True) -> None:
        super().__init__(message)
        self.status, self.message, self.zotero = status, message, zotero


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    query: str
    headers: Any
    body: bytes

    def version(self, name: str) -> int | None:
        """A header that holds a version."""
        value = self.headers.get(name)
        return None if value is None else int(value)


class Server(ThreadingHTTPServer):
    """HTTP/1.0 on loopback. `answer` says what goes back; None closes the connection without a word."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], answer: Callable[[Asked], Answer | None]) -> None:
        super().__init__(address, _Handler)
        self.answer = answer

    def server_bind(self) -> None:
        """Bind without asking the resolver for the machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no error of the program."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def _respond(self) -> None:
        url = urlsplit(self.path)
        params = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.answer(Asked(self.command, url.path, params, url.query, self.headers, body))  # type: ignore[attr-defined]
        if answer is not None:
            with suppress(OSError):
                self._send(answer)

    def _send(self, answer: Answer) -> None:
        plain = isinstance(answer.body, bytes)
        body = answer.body if plain else json.dumps(answer.body, ensure_ascii=False).encode()
        self.send_response_only(answer.status, "" if answer.status in (401, 405, 413, 428, 429) else None)
        if "Content-Type" not in answer.headers:
            self.send_header("Content-Type", "text/plain" if plain else "application/json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 -- the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
        """Say nothing."""

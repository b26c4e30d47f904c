"""The library on loopback, for Zotero clients of the same machine.

Decides who may knock: only 127.0.0.1 is bound, only loopback host names are answered (a page that rebinds its own name to 127.0.0.1 gets nothing),
and requests that a browser marks with an `Origin` are refused; there are no CORS headers. It must not know what the library answers.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import socketserver
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from typing import IO, Any, cast
from wsgiref.headers import Headers
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from litsync.errors import ZoteroError
from litsync.library import Library
from litsync.library.access import Access
from litsync.library.faults import Dropped, Faults, Rule

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
GOODBYE_SECONDS = 2.0  # how long a client may go on sending after its answer


def serve(library: Library, port: int, say: Callable[[str], None], faults: Sequence[Rule] = ()) -> None:
    """Answer requests on 127.0.0.1 until interrupted or terminated; `say` is told the address and how to connect. Port 0 takes a free one.

    With `faults` the answers go wrong as these rules say. Raises ZoteroError when the port cannot be had.
    """
    try:
        server = LoopbackServer(Faults(library.app, faults) if faults else library.app, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ZoteroError(f"port {port} cannot be used: {reason}", "choose another with `--port`") from error
    with server, suppress(KeyboardInterrupt), _ended_by_signals():
        say(_how_to_connect(f"http://127.0.0.1:{server.server_port}", library.keys))
        server.serve_forever()


def _how_to_connect(address: str, keys: Mapping[str, Access]) -> str:
    """The address, the keys, and the lines that connect pyzotero to it."""
    shown = [f"  key: {key}{'' if access.write else ' (may read only)'}" for key, access in keys.items()]
    first = next(iter(keys), "any")
    return "\n".join(
        (
            f"Serving the library at {address} (users/1) until interrupted.",
            *shown,
            "To connect with pyzotero:",
            f'  zot = zotero.Zotero(1, "user", "{first}")',
            f'  zot.endpoint = "{address}"',
        )
    )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does. Only the main thread may say so; elsewhere signals stay as they are."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def serving(app: App, port: int = 0) -> Iterator[str]:
    """The application answers at the URL given, from a thread of its own, until the block ends; port 0 takes a free one."""
    with LoopbackServer(app, port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class LoopbackServer(socketserver.ThreadingMixIn, WSGIServer):
    """A WSGI server on 127.0.0.1 with one thread per connection."""

    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = os.name != "nt"  # Windows would let a second server take the port

    def __init__(self, app: App, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.set_app(guarded(app))

    def server_bind(self) -> None:
        """Bind without asking the resolver for the machine's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the server."""


def guarded(app: App) -> App:
    """The application, but only for requests to a loopback name that no web page makes."""

    def guard(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not LOOPBACK.fullmatch(environ.get("HTTP_HOST", "")):
            return _refuse(start_response, b"This library answers only at 127.0.0.1, localhost and [::1]")
        if "HTTP_ORIGIN" in environ:
            return _refuse(start_response, b"This library does not answer web pages")
        return app(environ, start_response)

    return guard


def _refuse(start_response: Any, text: bytes) -> Iterable[bytes]:
    start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]


class _Handler(WSGIRequestHandler):
    """One request, one response, then the connection closes. Silent."""

    timeout = 60  # a client that says nothing does not keep a thread for ever

    def handle(self) -> None:
        """Read the request and let the application answer."""
        self.raw_requestline = self.rfile.readline(65_537)
        if len(self.raw_requestline) > 65_536:
            self.send_error(414)
        elif self.raw_requestline and self.parse_request():
            _Answer.of(self).run(self.server.get_app())  # type: ignore[attr-defined] # it is a LoopbackServer
            self._hear_out()

    def _hear_out(self) -> None:
        """The client has its answer even if nobody read its body: closing over unread data would reset the connection."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(GOODBYE_SECONDS)
            while self.rfile.read1(65_536):
                pass

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the name is the base class's
        """Say nothing: standard error belongs to the command that serves."""


class _Answer(ServerHandler):
    """The response to one request; the connection just closes when the application dropped it."""

    http_version = "1.1"
    headers: Headers
    request_handler: WSGIRequestHandler  # the base class logs through it

    @classmethod
    def of(cls, handler: _Handler) -> _Answer:
        """An answer to what the handler has read."""
        environ = {**handler.get_environ(), "HTTP_CONNECTION": "close"}
        answer = cls(handler.rfile, cast("IO[bytes]", handler.wfile), handler.get_stderr(), environ, multithread=True)
        answer.request_handler = handler
        return answer

    def cleanup_headers(self) -> None:
        """Tell the client that the connection closes."""
        super().cleanup_headers()
        self.headers["Connection"] = "close"

    def handle_error(self) -> None:
        """Say nothing at all if the application dropped the connection; anything else is answered with 500 by the base class."""
        if not isinstance(sys.exception(), Dropped):
            super().handle_error()

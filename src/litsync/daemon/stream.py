"""Zotero's stream: a WebSocket that says when a library has changed.

Decides how the connection is kept: asked for again with growing pauses, subscribed by a message (a key in an address would
stand in logs), and after every new connection the library counts as changed, because nobody told of what happened
meanwhile. Nothing that is said here is believed beyond "look".
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from typing import Any

STREAM = "wss://stream.zotero.org"
_FIRST, _MOST = 5.0, 600.0
_OPENING = 20.0
_LARGEST = 1_000_000


class Stream(threading.Thread):
    """One subscription to the changes of one library. `connected` while it stands; `trouble` says why it does not."""

    def __init__(self, address: str, topic: str, key: str, changed: Callable[[], None]) -> None:
        """`topic` is `/users/N` or `/groups/N`; `changed` is called from this thread."""
        super().__init__(name="litsync stream", daemon=True)
        self._address, self._topic, self._key, self._changed = address, topic, key, changed
        self._ended = threading.Event()
        self._socket: Any = None
        self._pause = _FIRST
        self._failures = 0
        self.connected = False
        self.trouble = ""

    def run(self) -> None:
        """Keep the subscription until `close`."""
        while not self._ended.is_set():
            try:
                self._talk()
            except Exception as error:  # noqa: BLE001 -- whatever a network does, the slow poll goes on
                self._failures += 1
                if self._failures > 1:  # a connection that is renewed at once is nobody's business
                    self.trouble = f"its stream cannot be reached ({type(error).__name__})"
            self.connected = False
            if self._ended.wait(self._pause * random.uniform(0.75, 1.25)):  # noqa: S311 -- spreads the load, hides nothing
                return
            self._pause = min(self._pause * 2, _MOST)

    def _talk(self) -> None:
        from websockets.sync.client import connect

        with connect(self._address, open_timeout=_OPENING, max_size=_LARGEST) as socket:
            self._socket = socket
            for message in socket:
                self._hear(json.loads(message))

    def _hear(self, message: Any) -> None:
        match message:
            case {"event": "connected", **rest}:
                retry = rest.get("retry")
                self._pause = max(0.1, retry / 1000) if isinstance(retry, int | float) else _FIRST
                self._subscribe()
            case {"event": "subscriptionsCreated", "subscriptions": [_, *_]}:
                self.connected, self.trouble, self._failures = True, "", 0
                self._changed()
            case {"event": "subscriptionsCreated"}:
                self.trouble = "the key may not listen to this library"
            case {"event": "topicUpdated", "topic": topic} if topic == self._topic:
                self._changed()
            case {"event": "topicRemoved" | "topicDeleted", "topic": topic} if topic == self._topic:
                self.connected, self.trouble = False, "the key may not listen to this library any more"
            case _:
                pass

    def _subscribe(self) -> None:
        subscription = {"apiKey": self._key, "topics": [self._topic]}
        self._socket.send(json.dumps({"action": "createSubscriptions", "subscriptions": [subscription]}))

    def close(self) -> None:
        """Leave, and wait for the thread to end."""
        self._ended.set()
        if self._socket is not None:
            self._socket.close()
        if self.is_alive():
            self.join(_OPENING)

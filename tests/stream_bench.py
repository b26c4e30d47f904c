"""A stream on loopback that tells of changes of Zotero libraries."""

from __future__ import annotations

import json
import threading

from websockets.sync.server import serve


class StreamServer:
    """Speaks as stream.zotero.org does. `subscribed` are the messages of clients; `refuses` names no library."""

    def __init__(self, port=0):
        self.subscribed, self.sockets, self.paths, self.refuses = [], [], [], False
        self._server = serve(self._talk, "127.0.0.1", port)
        self.port = self._server.socket.getsockname()[1]
        self.address = f"ws://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _talk(self, socket):
        self.paths.append(socket.request.path)
        self.sockets.append(socket)
        socket.send(json.dumps({"event": "connected", "retry": 100}))
        for message in socket:
            self.subscribed.append(json.loads(message))
            topics = self.subscribed[-1]["subscriptions"][0]["topics"]
            granted = [] if self.refuses else [{"apiKey": "...", "topics": topics}]
            socket.send(json.dumps({"event": "subscriptionsCreated", "subscriptions": granted, "errors": []}))

    def tell(self, **message):
        """Send an event to everybody."""
        for socket in self.sockets:
            socket.send(json.dumps(message))

    def hang_up(self):
        """Close every connection."""
        sockets, self.sockets = self.sockets, []
        for socket in sockets:
            socket.close()

    def end(self):
        """Serve no more."""
        self._server.shutdown()
        self._thread.join(10)

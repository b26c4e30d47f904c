"""Zotero's stream: a library that changes is looked at when it says so, over a real WebSocket on loopback."""

from __future__ import annotations

import pytest
from daemon_bench import eventually
from stream_bench import StreamServer

from litsync.daemon.stream import Stream


@pytest.fixture
def server():
    """A stream on loopback."""
    made = StreamServer()
    yield made
    made.end()


@pytest.fixture
def stream(server):
    """A subscription to one library; `changes` counts how often it is said to have changed."""
    changes = []
    made = Stream(server.address, "/users/7", "SECRET", lambda: changes.append(1))
    made.changes = changes
    made.start()
    eventually(lambda: made.connected and changes, "the subscription")
    yield made
    made.close()
    assert not made.is_alive()


def test_it_subscribes_by_a_message(server, stream):
    """The key stands in no address, and having subscribed is a reason to look: nobody told of what came before."""
    asked = [{"action": "createSubscriptions", "subscriptions": [{"apiKey": "SECRET", "topics": ["/users/7"]}]}]
    assert server.subscribed == asked
    assert server.paths == ["/"]
    assert len(stream.changes) == 1


def test_a_change_is_told_at_once_and_others_are_not_ours(server, stream):
    """Only the library's own topic rings."""
    server.tell(event="topicUpdated", topic="/users/8", version=3)
    server.tell(event="somethingNew", topic="/users/7")
    server.tell(event="topicUpdated", topic="/users/7", version=3)
    eventually(lambda: len(stream.changes) == 2, "the change")


def test_a_lost_connection_is_renewed_and_is_a_reason_to_look(server, stream):
    """What happened in between is not missed."""
    server.hang_up()
    eventually(lambda: len(stream.changes) == 2, "the new subscription")
    assert stream.connected
    assert stream.trouble == ""
    server.tell(event="topicUpdated", topic="/users/7", version=4)
    eventually(lambda: len(stream.changes) == 3, "the change")


def test_nonsense_is_survived(server, stream):
    """The connection is made anew."""
    for socket in server.sockets:
        socket.send("not JSON")
    server.sockets.clear()
    eventually(lambda: len(stream.changes) == 2, "the new subscription")


def test_a_key_that_may_not_listen(server):
    """It is said, and the poll goes on."""
    server.refuses = True
    stream = Stream(server.address, "/users/7", "SECRET", lambda: None)
    stream.start()
    eventually(lambda: "may not listen" in stream.trouble, "the trouble")
    assert not stream.connected
    stream.close()


def test_nobody_there(server):
    """It is tried again, told of in words, and can be ended at any moment."""
    server.end()
    stream = Stream(server.address, "/users/7", "SECRET", lambda: None)
    stream._pause = 0.05
    stream.start()
    eventually(lambda: "cannot be reached" in stream.trouble, "the trouble")
    assert "SECRET" not in stream.trouble
    stream.close()
    assert not stream.is_alive()

"""A running `litsync watch` and a library behind an address: its stream makes edits arrive at once, and a poll does without."""

from __future__ import annotations

import re
import time

import pytest
from cli_bench import Project
from daemon_bench import Daemon, catalog, eventually, note
from stream_bench import StreamServer

SETTLING = "watch: {quiet: 0.2, longest: 1, gone: 1, new: 0.3, new_items: 0.5, look: 2, ask: ASK}\n"
NEVER, OFTEN = 3600, 1
"""Seconds between two polls."""


@pytest.fixture
def stream():
    """A stream on loopback."""
    made = StreamServer()
    yield made
    made.end()


@pytest.fixture
def watched(tmp_path, server, stream):
    """Start the daemon on a project whose library and stream are those servers, polling every so many seconds."""

    def start(ask):
        where = f"endpoint: 'http://127.0.0.1:{server.port}', stream: '{stream.address}'"
        config = f"catalog: catalog.yaml\nzotero: {{target: web, library: users/1, {where}}}\n"
        project = Project.make(tmp_path / "project", config=config + SETTLING.replace("ASK", str(ask)))
        return Daemon(project, LITSYNC_ZOTERO_KEY=server.key)

    return start


@pytest.fixture
def zotero(server):
    """pyzotero, as another program uses it."""
    made = server.zotero()
    yield made
    made.client.close()


def edit(zotero, title):
    """Change the paper's title, as another program does."""
    item = next(row["data"] for row in zotero.items() if row["data"].get("citationKey") == "guo2021adnerf")
    zotero.update_item({"key": item["key"], "version": item["version"], "title": title})


def arrives(project, title):
    """The title reaches the YAML and the note."""
    eventually(lambda: title in catalog(project), f"{title} in the YAML")
    eventually(lambda: title in note(project), f"{title} in the note")


def test_what_the_stream_tells_is_looked_at(watched, stream, zotero):
    """Nobody polls here: without a word the edit is not seen, with it the edit is everywhere."""
    with watched(NEVER) as daemon:
        eventually(lambda: stream.subscribed, "the subscription")
        topics = stream.subscribed[0]["subscriptions"][0]["topics"]
        time.sleep(2)  # the look for which a subscription is a reason
        edit(zotero, "Fixed elsewhere")
        time.sleep(3)  # further looks of its own, at files
        assert "Fixed elsewhere" not in catalog(daemon.project)
        stream.tell(event="topicUpdated", topic=topics[0], version=zotero.last_modified_version())
        arrives(daemon.project, "Fixed elsewhere")
        assert topics == ["/users/1"]
        daemon.project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        eventually(lambda: "venue: ICCV\n" in catalog(daemon.project), "the edit in the YAML")
        eventually(lambda: "ICCV" in [row["data"].get("proceedingsTitle") for row in zotero.items()], "it in Zotero")


def test_what_happened_while_the_stream_was_away_is_made_up_for(watched, stream, zotero):
    """A stream that is back is a reason to look; a short absence is nobody's business."""
    with watched(NEVER) as daemon:
        eventually(lambda: stream.subscribed, "the subscription")
        stream.end()
        edit(zotero, "Fixed meanwhile")
        daemon.says("does not tell of changes")
        again = StreamServer(stream.port)
        try:
            arrives(daemon.project, "Fixed meanwhile")
            daemon.says("tells of changes again")
            edit(zotero, "Fixed after that")
            again.tell(event="topicUpdated", topic="/users/1", version=99)
            arrives(daemon.project, "Fixed after that")
        finally:
            again.end()
        assert daemon.lines().count("does not tell of changes") == 1


@pytest.mark.parametrize("why", ["the key may not listen to this library", "its stream cannot be reached"])
def test_without_a_stream_the_library_is_polled(watched, stream, zotero, why):
    """It is told once, with how often it is asked instead, and edits arrive all the same."""
    stream.refuses = True
    if "reached" in why:
        stream.end()
    with watched(OFTEN) as daemon:
        daemon.says(f"does not tell of changes: {why}")
        for number in range(2):
            edit(zotero, f"Fixed {number}")
            arrives(daemon.project, f"Fixed {number}")
        assert daemon.lines().count("does not tell of changes") == 1
        assert "it is asked every 1 s" in daemon.lines()
    assert "Zotero answers again" not in daemon.lines()


def test_what_is_decided_by_hand_is_seen_though_nothing_else_moved(watched, server):
    """No file of anybody's, and nothing in the library: the sync note goes all the same."""
    with watched(NEVER) as daemon:
        project = daemon.project
        project.note("Papers/guo2021adnerf").unlink()
        said = daemon.says("guo2021adnerf has no note") and daemon.lines()
        question = re.search(r"on hold: (\S+) ", said)[1]
        eventually(lambda: list((project.folder / "vault").glob("litsync (*).md")), "the sync note")
        time.sleep(2)  # the looks for which it is a reason itself
        made = project.run("approve", question, "--choice", "leave", LITSYNC_ZOTERO_KEY=server.key)
        assert made.code == 0, made.err
        daemon.says("nothing is left for you to decide")
        eventually(lambda: not list((project.folder / "vault").glob("litsync (*).md")), "the note to go")

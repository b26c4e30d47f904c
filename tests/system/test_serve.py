"""`litsync serve`, as its user runs it: a process that other clients talk to, and that may be killed at any moment."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest
from cli_bench import Project

from litsync.library import open_library


@pytest.fixture
def project(tmp_path):
    """A project that was pushed once."""
    project = Project.make(tmp_path / "project")
    project.push()
    return project


class Served:
    """A running `litsync serve`: its process, address and keys."""

    def __init__(self, project, *arguments):
        """It has told its address."""
        command = [sys.executable, "-m", "litsync", "serve", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=project.folder,
            env=project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines = [self.process.stdout.readline() for _ in range(6)]
        self.shown = "".join(lines)
        self.address = re.search(r"http://127\.0\.0\.1:\d+", self.shown)[0]
        self.keys = re.findall(r"key: (\w+)", self.shown)

    def client(self, key):
        """A client with this key."""
        headers = {"Zotero-API-Key": key}
        return httpx2.Client(base_url=f"{self.address}/users/1", headers=headers, timeout=60, trust_env=False)

    def end(self, how=signal.SIGTERM):
        """End it."""
        self.process.send_signal(how)
        self.process.communicate(timeout=60)


@contextmanager
def serving(project, *arguments):
    """A server that is ended in the end."""
    served = Served(project, *arguments)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.end()


def test_two_keys_one_of_which_may_only_read(project):
    """Both are shown; without one nothing is answered; they are the same next time."""
    with serving(project) as served:
        write, read = served.keys
        assert "(may read only)" in served.shown
        with served.client(read) as reader, served.client(write) as writer, served.client("") as stranger:
            assert len(reader.get("/items/top").json()) == 2
            assert reader.post("/items", json=[{"itemType": "book"}]).status_code == 403
            assert writer.post("/items", json=[{"itemType": "book"}]).json()["failed"] == {}
            assert stranger.get("/items").status_code == 403
            rights = {key: served.client(key).get(f"{served.address}/keys/current").json() for key in served.keys}
        assert [rights[key]["access"]["user"]["write"] for key in (write, read)] == [True, False]
    with serving(project) as again:
        assert again.keys == [write, read]
    if os.name != "nt":
        (kept,) = project.folder.glob(".litsync/*/serve-keys.json")
        assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("moment", [0.05, 0.2, 0.5])
def test_a_killed_server_has_kept_all_that_it_answered(project, moment):
    """Four clients write while it is killed: every answered object is there, whole, and litsync goes on with the library."""
    answered: list[str] = []

    def write(key):
        with served.client(key) as client:
            try:
                for number in range(1000):
                    book = {"itemType": "book", "title": f"B{number}", "tags": [{"tag": "a"}, {"tag": "b"}]}
                    answered.extend(client.post("/items", json=[book] * 10).json()["success"].values())
            except httpx2.TransportError:
                pass

    with serving(project) as served:
        writers = [threading.Thread(target=write, args=[served.keys[0]]) for _ in range(4)]
        for writer in writers:
            writer.start()
        while not answered:
            time.sleep(0.01)
        time.sleep(moment)
        served.end(signal.SIGKILL)
        for writer in writers:
            writer.join()
    library = open_library(project.folder / "library.sqlite", create=False)
    with httpx2.Client(transport=httpx2.WSGITransport(app=library.app), base_url="http://localhost/users/1") as client:
        kept = set(client.get("/items?format=keys").text.split())
        assert set(answered) <= kept
        found = [
            row
            for start in range(0, len(answered), 50)
            for row in client.get("/items", params={"itemKey": ",".join(answered[start : start + 50])}).json()
        ]
        assert all(len(row["data"]["tags"]) == 2 for row in found)
    library.close()
    assert "nothing to do" in project.push().out


def test_reads_go_on_while_another_client_writes(project):
    """One client posts large batches, three read pages: every answer is one moment of the library."""
    with serving(project) as served:
        stop = threading.Event()

        def write():
            with served.client(served.keys[0]) as client:
                while not stop.is_set():
                    report = client.post("/items", json=[{"itemType": "book", "tags": [{"tag": "x"}]}] * 50).json()
                    assert len(report["success"]) == 50

        writer = threading.Thread(target=write)
        writer.start()
        try:
            with served.client(served.keys[1]) as client:
                for _ in range(30):
                    page = client.get("/items", params={"sort": "dateAdded", "limit": 1})
                    total = int(page.headers["Total-Results"])
                    versions = client.get("/items?format=versions")
                    assert max(versions.json().values()) <= int(versions.headers["Last-Modified-Version"])
                    assert len(versions.json()) >= total
                    assert (total - 3) % 50 == 0  # a batch is seen whole or not at all
        finally:
            stop.set()
            writer.join()


def test_misbehaviour_on_request(project, tmp_path):
    """Rules in a file; a file that holds none is refused with the place that explains them."""
    rules = tmp_path / "rules.json"
    rules.write_text('[{"what": "status", "at": [1], "status": 503, "headers": {"Retry-After": "2"}}]')
    with serving(project, "--faults", str(rules)) as served, served.client(served.keys[0]) as client:
        assert [client.get("/items").status_code for _ in range(2)] == [503, 200]
    rules.write_text('[{"what": "nonsense"}]')
    made = project.run("serve", "--faults", str(rules))
    assert made.code == 2
    assert "docs/faults.md" in made.err

"""Logging in to a library on the web, and keys of different rights: what is told, what is kept where, what is refused when."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cli_bench import CONFIG, Library, Project

from litsync.library import open_library
from litsync.library.access import Access
from litsync.library.server import serving

GOOD, READER, BLIND = "GOODKEYGOODKEYGOODKEY", "READERREADERREADER", "BLINDBLINDBLINDBLIND"


class Office:
    """A server with one library and keys of different rights."""

    def __init__(self, folder, prefix):
        """Nobody has pushed to it yet."""
        self.path, self.meddle, self.opened = folder / "served.sqlite", None, None
        self.requests = []
        self.move(prefix)

    def move(self, prefix):
        """From now on the library has this address and no other."""
        if self.opened:
            self.opened.close()
        self.opened = open_library(self.path, create=True, prefix=prefix)
        self.opened.keys |= {
            GOOD: Access(owner="Ada"),
            READER: Access(write=False, owner="Bob"),
            BLIND: Access(read=False, owner="Eve"),
        }

    def __call__(self, environ, start_response):
        """Note the request, let the test interfere, and answer."""
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        if self.meddle:
            self.meddle(environ)
        return self.opened.app(environ, start_response)


@contextmanager
def office(tmp_path, prefix="users/1"):
    """A project whose library is behind an address that wants keys."""
    there = Office(tmp_path, prefix)
    with serving(there) as url:
        config = CONFIG.replace("{library: library.sqlite}", f"{{target: web, library: {prefix}, endpoint: '{url}'}}")
        yield Project.make(tmp_path / "p", config=config), there
    there.opened.close()


def key_files(project):
    """The files of keys that litsync made, with their contents."""
    home = project.folder.parent / "p.home"
    return {path: path.read_text() for path in home.rglob("*") if path.is_file()}


def leaks(project, made, key):
    """Where a key can be read that it should not be."""
    shown = {"out": made.out, "err": made.err}
    folder = {str(p): p.read_bytes().decode("latin-1") for p in project.folder.rglob("*") if p.is_file()}
    return [where for where, text in {**shown, **folder}.items() if key in text]


def test_a_login_tells_whose_key_it_is_and_a_push_uses_it(tmp_path):
    """The key is read from standard input, stays out of the project and of all output, and lies where only its owner reads."""
    with office(tmp_path) as (project, there):
        made = project.run("login", stdin=f"{GOOD}\n")
        assert made.code == 0, made.err
        assert "Ada" in made.out
        assert "users/1: read and write" in made.out
        pushed = project.run("push")
        assert pushed.code == 0, pushed.out
        assert leaks(project, made, GOOD) == leaks(project, pushed, GOOD) == []
        assert not [request for request in there.requests if GOOD in request]
        (path,) = key_files(project)
        assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
        with Library(there.path) as library:
            assert len(library.items()) == 2


def test_without_a_key_the_command_says_what_to_do(tmp_path):
    """Nothing is asked of the server."""
    with office(tmp_path) as (project, there):
        made = project.run("push")
        assert made.code == 2
        assert "litsync login" in made.err
        assert there.requests == []


@pytest.mark.parametrize(
    "address", ["http://api.zotero.org", "http://127.0.0.1.example.org", "HTTP://example.org:80/x"]
)
def test_a_key_does_not_travel_unprotected(tmp_path, address):
    """An address without encryption is refused, but for this machine itself."""
    config = CONFIG.replace("{library: library.sqlite}", f"{{target: web, library: users/1, endpoint: '{address}'}}")
    made = Project.make(tmp_path / "p", config=config).run("login", stdin=GOOD)
    assert made.code == 2
    assert "unprotected" in made.err or "https" in made.err


def test_after_logging_out_no_key_is_left(tmp_path):
    """The file is gone, and a second logout says that there is nothing."""
    with office(tmp_path) as (project, _):
        project.run("login", stdin=GOOD)
        assert "Removed from" in project.run("logout").out
        assert key_files(project) == {}
        assert "No key" in project.run("logout").out
        assert project.run("push").code == 2


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ("WRONGWRONGWRONG", 6, "does not know it"),
        (BLIND, 6, "may not see users/1"),
        ("two words", 2, "not a key"),
        ("", 2, "not a key"),
    ],
    ids=["unknown", "no access", "no key", "nothing"],
)
def test_a_key_that_will_not_do_is_not_kept(tmp_path, key, code, words):
    """The reason is told, the key is not, and nothing is stored."""
    with office(tmp_path) as (project, _):
        made = project.run("login", stdin=key)
        assert (made.code, words in made.err) == (code, True), made.err
        assert key_files(project) == {}
        assert not key or leaks(project, made, key) == []


def test_a_key_that_may_only_read_is_refused_before_anything_is_sent(tmp_path):
    """Login warns, push and its dry run say why; a pull works."""
    with office(tmp_path) as (project, there):
        project.run("push", LITSYNC_ZOTERO_KEY=GOOD)
        with Library(there.path) as library:
            library.change("guo2021adnerf", date="2023")
            version = library.version
        assert "only read" not in project.run("login", stdin=GOOD).out
        assert "`pull` works" in project.run("login", stdin=READER).out
        there.requests.clear()
        project.change_catalog("ICCV 2021", "Another venue")
        for arguments in (("push", "--dry-run"), ("push",), ("sync",)):
            made = project.run(*arguments)
            assert made.code == 6, made.out
            assert "the key of Bob may only read users/1" in made.out
        assert not [request for request in there.requests if not request.startswith("GET")]
        pulled = project.run("pull")
        assert pulled.code == 0, pulled.out
        assert "date: 2023" in (project.folder / "catalog.yaml").read_text()
        with Library(there.path) as library:
            assert library.version == version


def test_a_key_revoked_in_mid_run_stops_at_once_and_nothing_is_lost(tmp_path):
    """After the first refusal no other request is sent; with a new key the next push goes on from there."""
    with office(tmp_path) as (project, there):

        def revoke(environ):
            if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/items"):
                there.opened.keys.pop(GOOD, None)

        there.meddle = revoke
        made = project.run("push", LITSYNC_ZOTERO_KEY=GOOD)
        assert made.code == 6
        assert "does not know it" in made.out
        assert len([request for request in there.requests if "/items" in request and request.startswith("POST")]) == 1
        assert project.note("Papers/guo2021adnerf").exists()
        there.meddle = None
        there.opened.keys["NEWNEWNEW"] = Access()
        assert "2 items added" in project.run("push", LITSYNC_ZOTERO_KEY="NEWNEWNEW").out


def test_rights_that_were_taken_away_are_told_when_a_write_is_refused(tmp_path):
    """The rights of a known key are not asked again in every push; the server's refusal says it."""
    with office(tmp_path) as (project, there):
        project.run("push", LITSYNC_ZOTERO_KEY=GOOD)
        there.opened.keys[GOOD] = Access(write=False, owner="Ada")
        project.change_catalog("date: 2021-10", "date: 2022")
        made = project.run("push", LITSYNC_ZOTERO_KEY=GOOD)
        assert made.code == 6
        assert "may not write there" in made.out
        there.opened.keys[GOOD] = Access(owner="Ada")
        assert "1 item changed" in project.run("push", LITSYNC_ZOTERO_KEY=GOOD).out


class TestGroups:
    """A library that several people share."""

    def test_a_group_library_is_pushed_to(self, tmp_path):
        """The items land in the group; a second push changes nothing."""
        with office(tmp_path, "groups/7") as (project, there):
            made = project.run("login", stdin=GOOD)
            assert "groups/7: read and write" in made.out
            assert "Zotero (groups/7 at" in project.push().out
            assert "nothing to do" in project.push().out
            with Library(there.path) as library:
                assert len(library.items()) == 2

    def test_a_key_without_the_group(self, tmp_path):
        """Refused before anything is sent, with the reason; the vault is written."""
        with office(tmp_path, "groups/7") as (project, _):
            made = project.run("push", LITSYNC_ZOTERO_KEY=BLIND)
            assert made.code == 6
            assert "the key of Eve may not see groups/7" in made.out
            assert project.note("Papers/guo2021adnerf").exists()

    def test_a_group_that_vanished(self, tmp_path):
        """It is told in words, nothing in the vault is touched, and nothing is made elsewhere."""
        with office(tmp_path, "groups/7") as (project, there):
            project.run("push", LITSYNC_ZOTERO_KEY=GOOD)
            before = project.files()
            config = project.folder / "litsync.yaml"
            there.move("groups/8")
            made = project.run("push", LITSYNC_ZOTERO_KEY=GOOD)
            assert made.code == 6
            assert "groups/7" in made.out
            assert "no such library" in made.out
            assert {**project.files(), str(config.name): None} == {**before, str(config.name): None}


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_on_a_terminal_the_key_is_asked_for_and_not_shown(tmp_path):
    """The page that makes a key is named, and what is typed does not appear."""
    import pty

    with office(tmp_path) as (project, _):
        terminal, side = pty.openpty()
        command = [sys.executable, "-m", "litsync", "login"]
        child = subprocess.Popen(
            command, cwd=project.folder, env=project.environment, stdin=side, stdout=side, stderr=side, close_fds=True
        )
        os.close(side)
        shown = b""
        while b"Key:" not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, f"{GOOD}\n".encode())
        while b"kept in" not in shown:
            shown += os.read(terminal, 4096)
        assert child.wait(60) == 0
        os.close(terminal)
        assert b"zotero.org/settings/keys/new" in shown
        assert GOOD.encode() not in shown
        assert json.loads(next(iter(key_files(project).values()))).popitem()[1] == GOOD

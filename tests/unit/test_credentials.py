"""Where keys are kept, in real processes with a real keyring and real files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from litsync.credentials import Credential

PLACE = "api.zotero.org/groups/7"
KEY = "KEYKEYKEYKEYKEYKEYKEYKEY"
TESTS = Path(__file__).parents[1]


class Home:
    """A home folder in which code is run that keeps keys."""

    def __init__(self, folder):
        """Nothing is there yet."""
        self.folder = folder
        self.ring = folder / "ring.json"
        self.environment = {
            "HOME": str(folder),
            "APPDATA": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def with_keyring(self):
        """This home, with a keyring."""
        pytest.importorskip("keyring")
        paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        self.environment |= {
            "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
            "FILE_KEYRING": str(self.ring),
            "PYTHONPATH": paths,
        }
        return self

    def run(self, code, **more):
        """Run an expression of litsync.credentials; what it printed, or its error."""
        environment = {**os.environ, "LITSYNC_ZOTERO_KEY": "", **self.environment, **more}
        source = (
            "from litsync.credentials import *\nfrom litsync.errors import LitsyncError\n"
            f"try: print({code})\nexcept LitsyncError as e: print('refused:', e, e.hint)"
        )
        made = subprocess.run(
            [sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        return made.stdout.strip()

    @property
    def file(self):
        """The file of keys."""
        return Path(self.run("keys_file()"))


@pytest.fixture
def home(tmp_path):
    """A fresh home."""
    return Home(tmp_path)


def test_without_a_keyring_a_private_file_keeps_the_key(home):
    """Only its owner may read it; it is found by later processes, and forgetting leaves no file behind."""
    assert "readable only by you" in home.run(f"store_key({PLACE!r}, {KEY!r})")
    if os.name != "nt":
        assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    assert home.run(f"find_key({PLACE!r}).key") == KEY
    assert str(home.file) in home.run(f"forget_key({PLACE!r})")
    assert not home.file.exists()
    assert home.run(f"find_key({PLACE!r})") == "None"
    assert [path.name for path in home.file.parent.iterdir()] == []


def test_a_keyring_is_preferred_and_no_file_is_made(home):
    """The key lies in the keyring, under litsync's name, and can be forgotten there."""
    home.with_keyring()
    assert home.run(f"store_key({PLACE!r}, {KEY!r})") == "the keyring (file keyring of the tests)"
    assert json.loads(home.ring.read_text()) == {f"litsync:{PLACE}": KEY}
    assert not home.file.exists()
    assert home.run(f"find_key({PLACE!r}).key") == KEY
    assert "keyring" in home.run(f"forget_key({PLACE!r})")
    assert home.run(f"find_key({PLACE!r})") == "None"


def test_a_locked_keyring_does_not_stop_anybody(home):
    """The key goes into the file then."""
    home.with_keyring()
    home.ring.mkdir()
    assert "readable only by you" in home.run(f"store_key({PLACE!r}, {KEY!r})")
    assert home.run(f"find_key({PLACE!r}).key") == KEY


def test_a_newer_key_replaces_the_older_wherever_it_lay(home):
    """After a login into the file no stale key stays in the keyring."""
    home.with_keyring()
    home.run(f"store_key({PLACE!r}, 'OLD')")
    home.run(f"store_key({PLACE!r}, {KEY!r}, in_file=True)")
    assert json.loads(home.ring.read_text()) == {}
    assert home.run(f"find_key({PLACE!r}).key") == KEY


def test_the_environment_goes_first_and_the_library_before_its_server(home):
    """A job's variable beats what is stored; a key of one library beats the one for all of its server."""
    home.run("store_key('api.zotero.org', 'ALL')")
    home.run(f"store_key({PLACE!r}, {KEY!r})")
    assert home.run(f"find_key({PLACE!r}).key") == KEY
    assert home.run("find_key('api.zotero.org/users/3').key") == "ALL"
    assert home.run("find_key('elsewhere.org/users/3')") == "None"
    assert home.run(f"find_key({PLACE!r}).key", LITSYNC_ZOTERO_KEY=" JOB ") == "JOB"


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_a_file_that_others_may_read_is_refused(home):
    """It is not used, and the command that mends it is told; no key is."""
    home.run(f"store_key({PLACE!r}, {KEY!r})")
    home.file.chmod(0o644)
    said = home.run(f"find_key({PLACE!r})")
    assert said.startswith("refused:")
    assert "chmod 600" in said
    assert KEY not in said


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}'])
def test_a_damaged_file_is_told(home, text):
    """And not silently replaced."""
    home.run(f"store_key({PLACE!r}, {KEY!r})")
    home.file.write_text(text)
    assert "damaged" in home.run(f"find_key({PLACE!r})")
    assert "damaged" in home.run(f"store_key({PLACE!r}, 'NEW')")
    assert home.file.read_text() == text


def test_a_credential_hides_its_key():
    """Neither its text nor its representation shows it."""
    credential = Credential(KEY, "the keyring")
    assert KEY not in f"{credential} {credential!r}"

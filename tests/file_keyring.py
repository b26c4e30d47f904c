"""A keyring in a file, for `PYTHON_KEYRING_BACKEND=file_keyring.FileKeyring`: the real `keyring` package with a store that a test can look into."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring import errors
from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Keeps everything in the file that FILE_KEYRING names; a folder in its place is a locked keyring."""

    priority = 1
    name = "file keyring of the tests"

    @property
    def _path(self):
        return Path(os.environ["FILE_KEYRING"])

    def _read(self):
        if self._path.is_dir():
            raise errors.KeyringLocked
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def get_password(self, service, username):
        """The password, or None."""
        return self._read().get(f"{service}:{username}")

    def set_password(self, service, username, password):
        """Keep the password."""
        self._path.write_text(json.dumps({**self._read(), f"{service}:{username}": password}))

    def delete_password(self, service, username):
        """Drop the password."""
        kept = self._read()
        if kept.pop(f"{service}:{username}", None) is None:
            raise errors.PasswordDeleteError
        self._path.write_text(json.dumps(kept))

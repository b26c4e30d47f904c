"""A project in a folder, worked with as its user does: the real command in real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pyzotero import zotero

from litsync.library import open_library

ROOT = Path(__file__).parents[1]
CATALOG = """\
# A list of my own
title: My list
sections:
  core: Core papers
methods:
  nerf: {name: NeRF, aliases: [Radiance fields]}
  gan: {name: GAN}
papers:
  - id: guo2021adnerf
    type: conferencePaper
    title: "AD-NeRF: Audio Driven"
    authors: [Yudong Guo, Keyu Chen]
    date: 2021-10
    venue: ICCV 2021
    doi: 10.1109/ICCV48922.2021.00573
    arxiv: "2103.11078"
    url: https://arxiv.org/abs/2103.11078
    code: https://github.com/YudongGuo/AD-NeRF
    number: 6
    sections: [core]
    methods: [nerf]
    tags: [audio]
    status: to-read

  - id: goodfellow2014generative
    type: preprint
    title: Generative Adversarial Nets
    authors: [Ian J. Goodfellow]
    date: 2014
    venue: arXiv
    arxiv: "1406.2661"
    sections: [core]
    methods: [gan, nerf]
"""
CONFIG = "catalog: catalog.yaml\nvault: vault\nzotero: {library: library.sqlite}\n"


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """Standard output as the one JSON object it holds."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Project:
    """A project folder with a small catalog."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, catalog: str = CATALOG, config: str = CONFIG):
        """Write catalog and configuration."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "catalog.yaml").write_text(catalog, encoding="utf-8")
        (folder / "litsync.yaml").write_text(config, encoding="utf-8")
        return cls(folder)

    def copied(self, folder: Path) -> Project:
        """The same project, everything that was done to it included, somewhere else."""
        shutil.copytree(self.folder, folder)
        return Project(folder)

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds around it: no key of this machine's user, and a place for keys of its own."""
        home = str(self.folder.parent / f"{self.folder.name}.home")
        own = {"XDG_CONFIG_HOME": home, "APPDATA": home, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        return {**os.environ, "LITSYNC_ZOTERO_KEY": "", **own}

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Run:
        """Run `litsync` here."""
        made = subprocess.run(
            [sys.executable, "-m", "litsync", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "Traceback" not in made.stderr, made.stderr
        return Run(made.returncode, made.stdout, made.stderr)

    def start(self, *arguments: str, output: bool = False, **environment: str) -> subprocess.Popen[bytes]:
        """Start `litsync` here, and go on; what it prints is lost without `output`."""
        where = subprocess.PIPE if output else subprocess.DEVNULL
        return subprocess.Popen(
            [sys.executable, "-m", "litsync", *arguments],
            cwd=self.folder,
            env={**os.environ, "LITSYNC_ZOTERO_KEY": "", **environment},
            stdout=where,
            stderr=where,
        )

    def push(self, *arguments: str, **environment: str) -> Run:
        """Run `litsync push`, which must succeed."""
        made = self.run("push", *arguments, **environment)
        assert made.code == 0, made.out + made.err
        return made

    def change_catalog(self, old: str, new: str) -> None:
        """Edit the catalog as a person does."""
        path = self.folder / "catalog.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def note(self, name: str) -> Path:
        """One note of the vault."""
        return self.folder / "vault" / f"{name}.md"

    def change_note(self, name: str, old: str, new: str) -> None:
        """Edit a note as a person does."""
        text = self.note(name).read_text(encoding="utf-8")
        assert old in text
        self.note(name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the project outside litsync's own state: bytes and modification time."""
        found = (p for p in sorted(self.folder.rglob("*")) if p.is_file())
        ours = (p for p in found if ".litsync" not in p.relative_to(self.folder).parts[:1])
        return {str(p.relative_to(self.folder)): (p.read_bytes(), p.stat().st_mtime_ns) for p in ours}

    def library(self) -> Library:
        """The embedded library, as another program sees it."""
        return Library(self.folder / "library.sqlite")


class Library:
    """The project's library through pyzotero, for a person's edits and for looking."""

    def __init__(self, path: Path) -> None:
        """Open the library beside litsync."""
        self._library = open_library(path, create=False)
        client = httpx2.Client(
            transport=httpx2.WSGITransport(app=self._library.app),
            base_url="http://localhost",
            follow_redirects=True,
        )
        self.zotero = zotero.Zotero("1", "user", "key", client=client)
        self.zotero.endpoint = "http://localhost"

    def __enter__(self):
        """Use it in a `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the file."""
        self.zotero.client.close()
        self._library.close()

    @property
    def version(self) -> int:
        """The library's version."""
        return self._library.version()

    def items(self):
        """The regular items by citation key."""
        rows = [row["data"] for row in self.zotero.everything(self.zotero.items(includeTrashed=1))]
        return {row["citationKey"]: row for row in rows if row.get("citationKey")}

    def attachments(self, key: str):
        """The attached links of an item that are not in the trash."""
        rows = [row["data"] for row in self.zotero.everything(self.zotero.items())]
        return [row for row in rows if row.get("parentItem") == key]

    def change(self, citekey: str, **properties: object) -> None:
        """Change an item as a person does; when somebody else wrote it at the same moment, once more."""
        for _ in range(20):
            item = self.items()[citekey]
            report = self.zotero.create_items([{"key": item["key"], "version": item["version"], **properties}])
            if report["failed"].get("0", {}).get("code") != 412:
                break
        assert report["successful"], report

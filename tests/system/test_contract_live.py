"""The contract, unchanged, on a live endpoint: `litsync serve` in another process, as a stranger's server would be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cli_bench import Project

from litsync.library import open_library

ROOT = Path(__file__).parents[2]


def test_the_contract_holds_on_a_live_endpoint_and_cleans_up(tmp_path):
    """It is named by address, key and library alone; what was in the library before is there afterwards, and nothing else."""
    project = Project.make(tmp_path / "project")
    project.push()
    before = _rows(project)
    command = [sys.executable, "-m", "litsync", "serve", "--port", "0"]
    served = subprocess.Popen(command, cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, text=True)
    try:
        shown = "".join(served.stdout.readline() for _ in range(6))
        environment = {
            **os.environ,
            "LITSYNC_ZOTERO_URL": re.search(r"http://127\.0\.0\.1:\d+", shown)[0],
            "LITSYNC_ZOTERO_KEY": re.search(r"key: (\w+)", shown)[1],
            "LITSYNC_ZOTERO_LIBRARY": "users/1",
        }
        made = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "tests/contract"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    finally:
        served.terminate()
        served.communicate(timeout=60)
    assert made.returncode == 0, made.stdout[-4000:]
    assert "skipped" not in made.stdout.splitlines()[-1]
    assert "xfailed" not in made.stdout.splitlines()[-1]
    assert _rows(project) == before
    assert "nothing to do" in project.push().out


def _rows(project):
    """Everything in the project's library: items, collections, searches, settings and tags."""
    library = open_library(project.folder / "library.sqlite", create=False)
    with library._store.reading() as db:
        tables = ("items", "collections", "memberships", "tags", "relations", "searches", "settings")
        found = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    library.close()
    return found

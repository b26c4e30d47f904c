"""Vaults, and a project with a daemon beside it, for the tests of the system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, Daemon, LibraryServer
from vault_bench import ALL, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A vault that does not exist yet."""
    return Bench(tmp_path / "vault")


@pytest.fixture
def vault(bench: Bench) -> Bench:
    """A vault with two papers and a method."""
    bench.cycle(*ALL)
    return bench


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was pushed, to be copied."""
    made = Project.make(tmp_path_factory.mktemp("pushed") / "project")
    made.push()
    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that was pushed."""
    made = Project.make(tmp_path / "project", config=CONFIG)
    made.push()
    return made


@pytest.fixture
def daemon(project: Project) -> Iterator[Daemon]:
    """`litsync watch` on it, after its first cycle."""
    with Daemon(project) as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LibraryServer]:
    """A library in another process, empty."""
    library = Project.make(tmp_path / "library", catalog="title: Other\npapers: []\n")
    library.push()
    made = LibraryServer(library.folder)
    made.start()
    yield made
    made.stop()

"""Vaults, and a project with a daemon beside it, for the tests of the system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, Daemon
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

"""Vaults for the tests of the system."""

from __future__ import annotations

from pathlib import Path

import pytest
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

"""What litsync writes into a vault is what was looked at and found good: each kind of file beside its golden copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_bench import CONFIG, ROOT, Project

GOLDEN = Path(__file__).parents[1] / "golden" / "vault"
FILES = sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    """The vault of the shipped reading list."""
    catalog = (ROOT / "catalog/face-video-generation.yaml").read_text(encoding="utf-8")
    project = Project.make(tmp_path_factory.mktemp("golden"), catalog, CONFIG)
    project.push()
    return project.folder / "vault"


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_its_golden_copy(vault, name):
    """Byte for byte; a change of form is made on purpose, here too."""
    assert (vault / name).read_text(encoding="utf-8") == (GOLDEN / name).read_text(encoding="utf-8")


def test_nothing_else_is_in_the_vault(vault):
    """Besides notes of papers and methods, and the vault's identity, there is nothing without a golden copy or a source."""
    shipped = {path.relative_to(ROOT / "vault_template").as_posix() for path in (ROOT / "vault_template").rglob("*")}
    found = {path.relative_to(vault).as_posix() for path in vault.rglob("*") if path.is_file()}
    notes = {name for name in found if name.startswith(("Papers/", "Methods/"))}
    assert found - notes - shipped == {".litsync/vault.json"}
    assert len(notes) == 33 + 9

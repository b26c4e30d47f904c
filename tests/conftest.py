"""Options of the test run: heavier budgets are asked for by number."""

from __future__ import annotations

import os

import pytest
from classifications import GOLDEN
from hypothesis import settings


def pytest_addoption(parser):
    """Budgets: the defaults keep the suite short; CI asks for more."""
    parser.addoption("--histories", type=int, default=2000, help="random histories of the reconciling model")
    parser.addoption("--kills", type=int, default=12, help="moments at which a push is killed, per test")
    parser.addoption("--golden", action="store_true", help="write the golden files anew, to be looked at")
    parser.addoption("--edits", type=int, default=1000, help="random hostile edits of tricky catalogs")
    parser.addoption("--cycles", type=int, default=30, help="edits that a daemon takes while its memory is watched")
    parser.addoption("--files", type=int, default=20000, help="files made while a daemon stands still")
    parser.addoption("--examples", type=int, default=0, help="Hypothesis examples per property (0: its default)")


def pytest_configure(config):
    """Apply the Hypothesis budget; in CI the examples are the same in every run."""
    config.addinivalue_line("markers", "differs_on_desktop(instead): a Zotero desktop is known to behave otherwise")
    examples = config.getoption("--examples")
    profile = settings(max_examples=examples or 100, derandomize="CI" in os.environ, deadline=None)
    settings.register_profile("litsync", profile)
    settings.load_profile("litsync")


@pytest.fixture
def golden(request):
    """Compares a text with a golden file that a person has looked at; with --golden the file becomes the text."""

    def check(text: str, name: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden"):
            path.write_bytes(text.encode())
        assert text == path.read_bytes().decode()

    return check

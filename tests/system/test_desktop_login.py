"""`litsync login --desktop`: Zotero asks its owner, and what was given is kept if it lasts."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, Project
from desktop_double import Desktop


@pytest.fixture
def zotero(tmp_path):
    """A Zotero that is open."""
    with Desktop(tmp_path / "zotero") as desktop:
        yield desktop


@pytest.fixture
def project(tmp_path, zotero):
    """A project whose library is that Zotero's; its user has a home of their own."""
    config = f"catalog: catalog.yaml\nvault: vault\nzotero: {{target: desktop, endpoint: '{zotero.url}'}}\n"
    return Project.make(tmp_path / "project", CATALOG, config)


@pytest.fixture
def home(tmp_path):
    """Where keys are kept: no keyring, a home of its own."""
    return {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def log_in(project, home, zotero, button):
    """Log in, and press a button when the dialog comes up."""
    started = project.start("login", "--desktop", output=True, **home)
    prompt = zotero.click(button)
    assert prompt.app == "litsync"
    out, err = started.communicate(timeout=60)
    return started.returncode, out.decode(), err.decode()


def test_always_allow_and_push(project, home, zotero):
    """The key is kept, is in no output, and pushes; after logging out nothing is pushed."""
    code, out, err = log_in(project, home, zotero, "always")
    assert code == 0, err
    assert "Always Allow" in err
    assert "is kept in" in out
    assert not any(key in out + err for key in zotero._keys)
    made = project.run("push", **home)
    assert made.code == 0, made.out + made.err
    assert len(zotero.papers()) == 2
    assert "Removed from" in project.run("logout", **home).out
    assert project.run("push", **home).code == 2


@pytest.mark.parametrize(("button", "said"), [("once", "choose “Always Allow”"), ("deny", "the permission was denied")])
def test_what_does_not_last_is_not_kept(project, home, zotero, button, said):
    """It says what to choose; nothing was written to the library."""
    code, _, err = log_in(project, home, zotero, button)
    assert code == 6
    assert said in err
    assert project.run("push", **home).code == 2
    assert zotero.version() == 0


def test_a_zotero_that_cannot_be_asked(project, home, zotero):
    """Too old, switched off, or closed: it says so at once, and what to do."""
    zotero.major = 9
    assert "target: web" in project.run("login", "--desktop", **home).err
    zotero.major, zotero.enabled = 10, False
    assert "Settings, Advanced" in project.run("login", "--desktop", **home).err
    zotero.quit()
    made = project.run("login", "--desktop", **home)
    assert made.code == 6
    assert "Zotero is not open" in made.err


def test_too_many_dialogs(project, home, zotero):
    """After five within a minute Zotero asks no more; it says how long to wait."""
    for _ in range(5):
        log_in(project, home, zotero, "deny")
    made = project.run("login", "--desktop", **home)
    assert made.code == 6
    assert "try again in 60 seconds" in made.err

"""Several files are replaced as one, whatever happens in between."""

from __future__ import annotations

import pytest

from litsync.replicas.base import Memory, Shelf
from litsync.replicas.catalog_replacing import Replacement, finish_replacing, replace_all

HIDDEN = ".hidden"


class Cut(BaseException):
    """The power goes."""


class Warnings:
    """What the next start would find; with `cut_at`, the power goes at that change of it."""

    def __init__(self, cut_at=0):
        self.now, self.said, self.left = None, [], cut_at

    def warn(self, warning):
        """Durable at once."""
        self.left -= 1
        if self.left == 0 and warning is None:
            raise Cut
        self.now = warning
        self.said.append(warning)

    def memory(self):
        """A memory that keeps its warning here."""
        return Memory(shelf=Shelf(warn=self.warn))


@pytest.fixture
def rows(tmp_path):
    """Two files to be replaced."""
    found = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.yaml"
        path.write_bytes(f"old {name}\n".encode())
        found.append(Replacement(path, path.read_bytes(), f"new {name}\n".encode()))
    return found


def texts(rows):
    """What the files say."""
    return [row.path.read_bytes().decode().strip() for row in rows]


def replace(rows, warnings):
    """Replace them all; whether that was done."""
    folders = replace_all(rows, warnings.memory(), HIDDEN)
    for folder in folders or ():
        folder.release()
        folder.clear()
    return folders is not None


def test_all_are_replaced_and_nothing_stays_behind(rows):
    """While they are, it is written down what they shall say."""
    warnings = Warnings()

    assert replace(rows, warnings)
    assert texts(rows) == ["new a", "new b"]
    assert warnings.said[0] is not None
    assert warnings.now is None
    assert not (rows[0].path.parent / HIDDEN).exists()


def test_one_file_needs_no_warning(rows):
    """It is replaced in one step."""
    warnings = Warnings()

    assert replace(rows[:1], warnings)
    assert warnings.said == []


@pytest.mark.parametrize("saved", [0, 1])
def test_a_file_that_was_saved_before_keeps_all_as_they_are(rows, saved):
    """Whichever it is."""
    rows[saved].path.write_bytes(b"mine\n")
    warnings = Warnings()

    assert not replace(rows, warnings)
    assert texts(rows) == ["mine" if number == saved else f"old {name}" for number, name in enumerate("ab")]
    assert warnings.now is None


def test_a_file_that_cannot_be_written_takes_the_others_back(rows):
    """The error is the caller's; the first file says again what it said."""
    broken = [rows[0], Replacement(rows[1].path.parent / "gone" / "b.yaml", b"old b\n", b"new b\n")]
    broken[1].path.parent.mkdir()
    broken[1].path.write_bytes(b"old b\n")
    broken[1].path.parent.joinpath(HIDDEN).write_bytes(b"a file where the folder of temporaries is to be")
    with pytest.raises(OSError, match=r"exists|directory"):
        replace(broken, Warnings())

    assert texts(broken) == ["old a", "old b"]


def interrupted(rows, done):
    """The warning that a crash leaves when so many files were replaced."""
    warnings = Warnings(cut_at=2)
    with pytest.raises(Cut):
        replace(rows, warnings)
    for row in rows[done:]:
        row.path.write_bytes(row.before)
    return warnings.now


def test_an_interrupted_one_is_finished(rows):
    """The first file was replaced; the other one follows."""
    warning = interrupted(rows, 1)

    assert finish_replacing([row.path for row in rows], warning, HIDDEN)
    assert texts(rows) == ["new a", "new b"]


def test_one_that_had_not_begun_is_forgotten(rows):
    """The files are as they were, and stay so."""
    warning = interrupted(rows, 0)

    assert finish_replacing([row.path for row in rows], warning, HIDDEN)
    assert texts(rows) == ["old a", "old b"]


def test_what_somebody_saved_since_stays(rows):
    """The file that was still to be replaced is somebody's text now; one that had been is finished around."""
    warning = interrupted(rows, 1)
    rows[1].path.write_bytes(b"mine\n")
    assert finish_replacing([row.path for row in rows], warning, HIDDEN)
    assert texts(rows) == ["new a", "mine"]


def test_while_git_is_at_work_nothing_is_done(rows):
    """It is finished when git is."""
    warning = interrupted(rows, 1)
    (rows[0].path.parent / ".git").mkdir()
    (rows[0].path.parent / ".git/index.lock").touch()

    assert not finish_replacing([row.path for row in rows], warning, HIDDEN)
    assert texts(rows) == ["new a", "old b"]


def test_another_catalog_is_left_alone(rows):
    """The configuration names other files now."""
    warning = interrupted(rows, 1)
    assert finish_replacing([rows[1].path], warning, HIDDEN)
    assert texts(rows) == ["new a", "old b"]

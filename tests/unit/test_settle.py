"""When a changed file is believed: after a quiet time, never later than a cap, and a disappearance much later."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from litsync.daemon.settle import Quiet, Settling
from litsync.replicas import vault_scan

QUIET = Quiet(quiet=2, longest=15, gone=60)


def stamp(time, inode):
    """A file's stamp as the vault's walk makes it."""
    return vault_scan.stamp(SimpleNamespace(st_mtime_ns=time, st_ctime_ns=time, st_size=100, st_ino=inode))


@pytest.fixture
def files():
    """Two notes, both believed."""
    return Settling(QUIET, {"a.md": stamp(1, 1), "b.md": stamp(1, 2)})


def test_a_saved_file_counts_when_it_has_stood_still(files):
    """Not a moment earlier, and it is told once."""
    saved = {"a.md": stamp(2, 1), "b.md": stamp(1, 2)}
    files.see(10.0, saved)
    assert not files.calm("a.md", stamp(2, 1))
    assert files.calm("b.md", stamp(1, 2))
    assert files.due() == 12.0
    files.see(11.9, saved)
    assert not files.take_settled()
    files.see(12.0, saved)
    assert files.calm("a.md", stamp(2, 1))
    assert (files.take_settled(), files.take_settled()) == (True, False)
    assert files.due() is None


def test_each_save_starts_the_quiet_time_again_up_to_a_cap(files):
    """Constant typing is believed every fifteen seconds."""
    for second in range(40):
        files.see(float(second), {"a.md": stamp(100 + second, 1), "b.md": stamp(1, 2)})
        believed = files.calm("a.md", stamp(100 + second, 1))
        assert believed == (second in (15, 31))


def test_a_file_that_is_being_saved_does_not_keep_others_waiting(files):
    """Another file settles by its own clock."""
    for tenth in range(30):
        b = stamp(2, 2) if tenth >= 5 else stamp(1, 2)
        files.see(tenth / 10, {"a.md": stamp(100 + tenth, 1), "b.md": b})
    assert files.calm("b.md", stamp(2, 2))
    assert not files.calm("a.md", stamp(129, 1))


def test_a_disappearance_has_to_last(files):
    """A sync client that removes before it brings again loses nothing: what counts is the new text, once it stands still."""
    files.see(0.0, {"b.md": stamp(1, 2)})
    files.see(59.0, {"b.md": stamp(1, 2)})
    assert not files.calm("a.md", None)
    back = {"a.md": stamp(5, 9), "b.md": stamp(1, 2)}
    files.see(59.5, back)
    assert not files.calm("a.md", stamp(5, 9))
    files.see(61.5, back)
    assert files.calm("a.md", stamp(5, 9))


def test_a_file_that_stays_away_is_gone(files):
    """After a minute it is believed, and told."""
    files.see(0.0, {"b.md": stamp(1, 2)})
    assert files.due() == 60.0
    files.see(60.0, {"b.md": stamp(1, 2)})
    assert files.calm("a.md", None)
    assert files.take_settled()


def test_a_renamed_file_has_not_disappeared(files):
    """Its old name goes and its new name comes after the same quiet time."""
    renamed = {"c.md": stamp(1, 1), "b.md": stamp(1, 2)}
    files.see(0.0, renamed)
    assert not files.calm("a.md", None)
    assert not files.calm("c.md", stamp(1, 1))
    files.see(2.0, renamed)
    assert files.calm("a.md", None)
    assert files.calm("c.md", stamp(1, 1))


def test_a_change_that_no_look_has_seen_yet_is_not_believed(files):
    """What is on the disk now is asked for by its stamp."""
    assert not files.calm("a.md", stamp(2, 1))
    assert not files.calm("new.md", stamp(2, 7))
    assert not files.calm("a.md", None)


def test_own_text_needs_no_settling(files):
    """A file that litsync wrote keeps nobody waiting."""
    written = {"a.md": stamp(2, 8), "b.md": stamp(1, 2)}
    files.see(0.0, written)
    files.accept("a.md", stamp(2, 8))
    assert files.calm("a.md", stamp(2, 8))
    assert files.due() is None


def test_how_many_are_on_the_way(files):
    """Saved a moment ago, by whatever name; what is gone is not on the way."""
    assert files.arriving() == 0
    files.see(10.0, {"a.md": stamp(2, 1), "new.md": stamp(2, 3)})
    assert files.arriving() == 2
    assert set(files.restless()) == {"a.md", "b.md", "new.md"}
    files.see(12.0, {"a.md": stamp(2, 1), "new.md": stamp(2, 3)})
    assert files.arriving() == 0

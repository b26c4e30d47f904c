"""What is remembered of notes comes back as it was, and stays true however it changes."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from litsync.replicas.vault_rows import Residence, Row, Rows
from litsync.replicas.vault_scan import ctime_of, size_of, stamp

_SECOND = 1_000_000_000


def seen(ctime: int, size: int = 100, inode: int = 7) -> bytes:
    """The stamp of a file as the walk over the vault makes it."""
    return stamp(SimpleNamespace(st_mtime_ns=ctime, st_ctime_ns=ctime, st_size=size, st_ino=inode))


def asked(rows: Rows) -> tuple[object, ...]:
    """Everything that rows answer."""
    links = rows.links(["Templates/A.md"])
    return (
        dict(rows),
        {record: rows.of(record) for record in rows.records()},
        sorted(links.paths()),
        {name: links.named(name) for name in "ABCDEFGH"},
    )


@pytest.mark.parametrize("seed", range(60))
def test_rows_that_changed_answer_as_if_they_were_loaded_anew(seed):
    """Whatever notes come, go, move and change their record: nothing of an earlier answer is left."""
    chance, rows, stored = random.Random(seed), Rows("", {}), {}
    for _ in range(60):
        path = f"{chance.choice(['', 'x/', 'y/z/'])}{chance.choice('ABCDEFGH')}.md"
        if path in rows and chance.random() < 0.4:
            rows.drop(path)
        else:
            record = chance.choice(["paper:a", "paper:\u00e9", "method:m", None])
            rows.put(path, Row(seen(chance.randrange(10**18)), chance.choice(["", "ab" * 16]), record))
        if chance.random() < 0.2:
            asked(rows)
        if chance.random() < 0.3:
            for name, part in rows.take_changes().items():
                stored.pop(name, None) if part is None else stored.update({name: part})
            assert asked(Rows("", stored)) == asked(rows)


def test_links_follow_the_names_that_are_no_notes():
    """A template that goes is no target any more, unless a note stands there now."""
    rows = Rows("", {})
    rows.put("A.md", Row(seen(5), "", None))
    assert rows.links(["T/A.md", "T/B.md"]).named("A") == ["A.md", "T/A.md"]
    rows.put("T/B.md", Row(seen(5), "", None))
    assert rows.links([]).paths() == ["A.md", "T/B.md"]


def test_a_stamp_that_may_hide_a_second_save_is_no_files():
    """Neither right after the save nor on a file system that counts whole seconds; later it is believed."""
    fine, coarse = 1000 * _SECOND + 1_234_567, 1000 * _SECOND
    assert Row(seen(fine), "", None).settled(fine + 1_000_000).stamp != seen(fine)
    assert Row(seen(fine), "", None).settled(fine + _SECOND).stamp == seen(fine)
    assert Row(seen(coarse), "", None).settled(coarse + _SECOND).stamp != seen(coarse)
    assert Row(seen(coarse), "", None).settled(coarse + 4 * _SECOND).stamp == seen(coarse)


def test_a_smudged_stamp_says_nothing_new():
    """What is read again for its smudged stamp and is the same needs not be stored again."""
    row = Row(seen(5_000_000), "ab" * 16, "paper:a")
    smudged = row.settled(5_000_001)
    assert smudged.stamp != row.stamp
    assert not smudged.differs(row)
    assert row.differs(row._replace(hash="cd" * 16))
    assert row.differs(row._replace(stamp=seen(6_000_000)))
    assert row.differs(None)


@pytest.mark.parametrize("number", [0, -5, 2**62])
def test_a_stamp_keeps_what_it_was_made_of(number):
    """Also of files from before 1970."""
    assert ctime_of(seen(number)) == number
    assert size_of(seen(number, size=12)) == 12


def test_an_inode_of_any_size_fits():
    """Some file systems count them with more than 64 bits."""
    assert seen(1, inode=2**64 - 1) != seen(1, inode=2**64 - 2)
    assert len(seen(1, inode=2**100 + 1)) == len(seen(1))


def test_rows_are_lent_to_one_cycle_at_a_time_and_only_as_they_were_stored():
    """A cycle that gave nothing back leaves nothing; what somebody else has stored meanwhile is loaded."""
    residence, rows = Residence(), Rows("one", {})
    residence.take_back(rows)
    assert residence.lend("one") is rows
    assert residence.lend("one") is None
    residence.take_back(rows)
    assert residence.lend("two") is None
    assert residence.lend("one") is None

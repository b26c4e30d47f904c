"""A sleep is told from waiting, working and a busy machine by two clocks."""

from __future__ import annotations

import pytest

from litsync.daemon.clocks import Clocks

START = (1_700_000_000.0, 500.0)


@pytest.mark.parametrize(
    ("wall", "steady", "until", "stood"),
    [
        pytest.param(60, 60, 60, 0, id="waited as long as it meant to"),
        pytest.param(1, 1, 60, 0, id="woken by a bell"),
        pytest.param(64, 64, 60, 0, id="a busy machine"),
        pytest.param(40, 40, 40, 0, id="a long cycle, and then no wait"),
        pytest.param(40, 40, 39, 0, id="a long cycle, and then a short one"),
        pytest.param(62, 60, 60, 0, id="a clock that is put right"),
        pytest.param(3660, 60, 60, 3600, id="slept, on Linux and macOS"),
        pytest.param(3600, 0.5, 60, 3599.5, id="slept, and was woken by a bell"),
        pytest.param(3660, 3660, 60, 3600, id="slept, on Windows"),
        pytest.param(30, 30, 1, 29, id="stopped and continued"),
        pytest.param(-3540, 60, 60, 3600, id="the clock was set back"),
    ],
)
def test_what_stood_still(wall, steady, until, stood):
    """Both clocks went on by so many seconds, and it was to wake at `until`; all from the last reading."""
    now = [*START]
    clocks = Clocks(lambda: now[0], lambda: now[1])
    now[:] = [START[0] + wall, START[1] + steady]
    assert clocks.stood_still(START[1] + until) == pytest.approx(stood)
    assert clocks.stood_still(now[1]) == 0, "told once"

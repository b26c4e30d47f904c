"""A few jobs at a time: order, errors, and nobody waits for what was left behind."""

from __future__ import annotations

import threading
import time

import pytest

from litsync.replicas.parallel import share


def test_results_come_in_the_order_of_the_jobs():
    """Although later jobs end earlier."""

    def work(_, job):
        time.sleep(0.02 * (5 - job))
        return job

    assert share("abc", range(6), work) == list(range(6))


def test_every_worker_has_one_job_at_a_time():
    """No two jobs meet at one worker, and all workers are used."""
    busy, used, lock = set(), set(), threading.Lock()

    def work(worker, _):
        with lock:
            assert worker not in busy
            busy.add(worker)
        time.sleep(0.01)
        with lock:
            busy.remove(worker)
            used.add(worker)

    share("abcd", range(40), work)
    assert used == set("abcd")


def test_the_first_error_ends_it_at_once():
    """It is raised while another job still hangs, and no further job begins."""
    release, begun = threading.Event(), []

    def work(_, job):
        begun.append(job)
        if job == 0:
            release.wait(30)
        raise LookupError(job)

    started = time.monotonic()
    with pytest.raises(LookupError):
        share("ab", range(50), work)
    assert time.monotonic() - started < 20
    release.set()
    assert len(begun) <= 3


@pytest.mark.parametrize("jobs", [[], [1]])
def test_few_jobs_need_no_threads(jobs):
    """They are done where they are asked for."""
    here = threading.get_ident()
    assert share("ab", jobs, lambda *_: threading.get_ident()) == [here] * len(jobs)

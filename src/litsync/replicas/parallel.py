"""A few jobs at a time, in threads that nobody has to wait for.

Decides that the first error, or Ctrl-C, ends the whole: threads are daemons, and what they still do is left behind. It must not know what a job is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

_Worker = TypeVar("_Worker")
_Job = TypeVar("_Job")
_Made = TypeVar("_Made")
_GLANCE = 0.2
"""Seconds after which a waiting main thread looks up: on Windows Ctrl-C does not wake it."""


def share(workers: Sequence[_Worker], jobs: Sequence[_Job], work: Callable[[_Worker, _Job], _Made]) -> list[_Made]:
    """What `work` makes of each job, in their order; every worker has one job at a time. Raises what the first failing job raised."""
    if len(workers) == 1 or len(jobs) < 2:
        return [work(workers[0], job) for job in jobs]
    board = _Board(jobs, work)
    for worker in workers[: len(jobs)]:
        threading.Thread(target=board.labour, args=(worker,), daemon=True).start()
    try:
        return board.collect()
    finally:
        board.closed = True


class _Board(Generic[_Worker, _Job, _Made]):
    """The jobs to be done, and what became of those that are."""

    def __init__(self, jobs: Sequence[_Job], work: Callable[[_Worker, _Job], _Made]) -> None:
        self.closed = False
        self._count, self._work = len(jobs), work
        self._todo = iter(enumerate(jobs))
        self._turn = threading.Lock()
        self._made: queue.SimpleQueue[tuple[int, _Made]] = queue.SimpleQueue()
        self._failed: BaseException | None = None

    def labour(self, worker: _Worker) -> None:
        """Do jobs until there are none."""
        try:
            while (found := self._next()) is not None:
                number, job = found
                self._made.put((number, self._work(worker, job)))
        except BaseException as error:  # noqa: BLE001 -- it is raised where the results are waited for
            self._failed = error

    def _next(self) -> tuple[int, _Job] | None:
        with self._turn:
            return None if self.closed else next(self._todo, None)

    def collect(self) -> list[_Made]:
        """All results in the order of their jobs."""
        found: dict[int, _Made] = {}
        while len(found) < self._count:
            if self._failed is not None:
                raise self._failed
            with suppress(queue.Empty):
                number, made = self._made.get(timeout=_GLANCE)
                found[number] = made
        return [found[number] for number in range(self._count)]

"""Tasks on worker processes, or on whatever joblib's current backend runs: their results, and how far they are.

It knows functions and how much work each call is. What they do is not its affair.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from joblib import Parallel, delayed
from joblib.externals.loky import process_executor

from vndiacritic.errors import TrainingStopped
from vndiacritic.parallel import closed, killed_workers_told, out_of_reach_of_interrupts

__all__ = ["Job", "Progress", "run"]

Progress = Callable[[str, int, int], None]
"""Told the name of a step, how much of it is done, and how much there is, in units that take about the same time."""

Job = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
"""What `joblib.delayed` makes of a call."""

# Threads of one worker, as a dask worker may have, take turns: what holds BLAS to one thread, for the last bits of its
# sums, holds for a whole process, and ends with the first of them.
_TURNS = threading.Lock()


def run(jobs: Iterable[Job], work: Sequence[int], step: str, n_jobs: int, progress: Progress) -> list[Any]:
    """Run jobs on workers.

    Parameters
    ----------
    jobs : iterable of calls that `joblib.delayed` made
        Read a few ahead.
    work : sequence of int
        How much work each job is.
    step : str
        What progress is told of.
    n_jobs : int
        Worker processes, as joblib counts them.
    progress : callable

    Returns
    -------
    list
        The results, in the order of the jobs.

    Raises
    ------
    TrainingStopped
        A worker was killed.
    """
    results: list[Any] = [None] * len(work)
    done, total = 0, sum(work)
    progress(step, done, total)
    numbered = (delayed(_numbered)(number, job) for number, job in enumerate(jobs))
    with killed_workers_told(TrainingStopped):
        with out_of_reach_of_interrupts(n_jobs):
            finished = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(numbered)
        with closed(finished):
            for number, result in finished:
                results[number] = result
                done += work[number]
                progress(step, done, total)
    return results


def _numbered(number: int, job: Job) -> tuple[int, Any]:
    # joblib takes the pages of the corpus that a worker has mapped for a leak, and would start it anew every few tasks;
    # that made coding ten times as slow where psutil is installed.
    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize
    function, arguments, options = job
    with _TURNS:
        return number, function(*arguments, **options)

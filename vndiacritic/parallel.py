"""Restoring on several processes, or on whatever joblib's current backend runs.

This module knows how parts of a text, mostly lines, are dealt out: in tasks of whole parts, in order, a bounded number
read ahead, and to workers only where there is enough to do. It does not know how a part is restored; a restorer is
handed in, and workers get what its ``__reduce__`` names. joblib and multiprocessing are imported once workers are
needed, since that takes 0.2 s.
"""

from __future__ import annotations

import atexit
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, Protocol

from vndiacritic.errors import VndiacriticError

__all__ = [
    "Explains",
    "Restores",
    "closed",
    "explain_parallel",
    "killed_workers_told",
    "out_of_reach_of_interrupts",
    "restore_parallel",
]

_ALONE = 1 << 20  # characters restored before workers start: a second's work, twice what it takes until they restore
_TASK = 1 << 18  # characters; a fifth of a second's work, against some milliseconds to send and fetch it
_SMALLER = 8  # times, where syllables are told of: ten times the memory of the text, in this process too
_AHEAD = 4  # tasks for each worker that are read and not yet handed out, done or not


class Restores(Protocol):
    """What is asked of a restorer."""

    @property
    def restore_parts(self) -> Callable[..., Iterator[str]]:
        """A method that restores strings lazily and in order, each by itself."""
        ...

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """A function, and small arguments, that give the same restorer in another process."""
        ...


class Explains(Protocol):
    """What is asked of a restorer that tells of its choices."""

    @property
    def explain_parts(self) -> Callable[..., Iterator[list[Any]]]:
        """A method that restores strings lazily and in order, and tells of each how."""
        ...

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """As of `Restores`."""
        ...


def restore_parallel(
    restorer: Restores, parts: Iterable[str], n_jobs: int, options: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Restore parts on several workers; the result is that of `restorer.restore_parts`, in the same order.

    The first million characters are restored in this process: workers would not have started by then. Parts are
    read in the thread that asks for results, a bounded number ahead, and none is cut.

    Parameters
    ----------
    restorer : Restorer
        Its model is opened by path in each worker, so the pages of the file are shared.
    parts : iterable of str
        Read lazily; it may be endless.
    n_jobs : int
        Workers as joblib counts them: -1 is one for each core. Inside ``joblib.parallel_config`` its backend is
        used, and a cluster's size is its own.
    options : mapping of str to object
        More arguments of `restorer.restore_parts`.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    ModelError
        A worker does not find the model at its path, or finds another one.
    VndiacriticError
        A worker was killed.
    """
    return _in_parallel(_Work(restorer, "restore_parts", options or {}), iter(parts), n_jobs)


def explain_parallel(
    restorer: Explains, parts: Iterable[str], n_jobs: int, options: Mapping[str, Any] | None = None
) -> Iterator[list[Any]]:
    """Explain parts on several workers, as `restore_parallel` restores them; the tasks are smaller."""
    return _in_parallel(_Work(restorer, "explain_parts", options or {}, _SMALLER), iter(parts), n_jobs)


class _Work(NamedTuple):
    """What is to be done with parts."""

    restorer: Any
    method: str
    options: Mapping[str, Any]
    smaller: int = 1

    def on(self, parts: Iterable[str]) -> Iterator[Any]:
        """The results of parts, lazily."""
        results: Iterator[Any] = getattr(self.restorer, self.method)(parts, **self.options)
        return results


def _in_parallel(work: _Work, parts: Iterator[str], n_jobs: int) -> Iterator[Any]:
    if n_jobs == 0:
        raise ValueError("n_jobs is 0: give a number of workers, or -1 for one on each core")
    yield from work.on(_up_to(_ALONE // work.smaller, parts))
    if (first := next(parts, None)) is not None:
        yield from _on_workers(work, chain([first], parts), n_jobs)


def _up_to(size: int, parts: Iterator[str]) -> Iterator[str]:
    """Parts until they have so many characters."""
    while size > 0 and (part := next(parts, None)) is not None:
        yield part
        size -= len(part)


def _on_workers(work: _Work, parts: Iterator[str], n_jobs: int) -> Iterator[Any]:
    import joblib

    workers = joblib.effective_n_jobs(n_jobs)
    if workers == 1:
        yield from work.on(parts)
        return
    load, arguments = work.restorer.__reduce__()
    done = joblib.delayed(partial(_done, load, arguments, work.method, work.options))
    feed = _Feed(parts, _AHEAD * workers, _TASK // work.smaller)
    with joblib.Parallel(n_jobs, return_as="generator", batch_size=1, pre_dispatch=2 * workers) as parallel:
        while feed.fill():
            with out_of_reach_of_interrupts(n_jobs):
                restored = parallel(done(task) for task in feed.take())
            with closed(restored) as results, killed_workers_told():
                for texts in results:
                    feed.done()
                    feed.fill()  # before the caller has its parts, so that no worker waits for the caller
                    yield from texts


@contextmanager
def killed_workers_told(error: type[VndiacriticError] = VndiacriticError) -> Iterator[None]:
    """Tell in a sentence that a worker was killed; joblib's own error has many lines."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool as broken:
        reason = "a worker process was killed, most likely for lack of memory: use fewer processes"
        raise error(reason) from broken


def _done(
    load: Callable[..., Any], arguments: tuple[Any, ...], method: str, options: Mapping[str, Any], parts: list[str]
) -> list[Any]:
    """What a worker does; loading is part of it, because an error in unpickling would break the pool."""
    return list(_Work(load(*arguments), method, options).on(parts))


class _Feed:
    """Tasks between the caller's thread, which reads them, and joblib's threads, which send them.

    joblib reads on whenever a task is done, from a thread of its own and whether or not results are wanted yet. Here
    it finds what the caller's thread has read so far; when that is used up its call ends, and the next one goes on.
    That happens only where the caller is slower than the workers. An input that may be read in one thread only, or
    that fails half-way, is thus read as if there were no workers.
    """

    def __init__(self, parts: Iterator[str], most: int, size: int) -> None:
        self._tasks = _tasks(parts, size)
        self._most = most
        self._waiting: deque[list[str]] = deque()
        self._under_way = 0  # read and not done

    def fill(self) -> bool:
        """Read as far ahead as is allowed; whether any task waits."""
        while self._under_way < self._most and (task := next(self._tasks, None)) is not None:
            self._waiting.append(task)
            self._under_way += 1
        return bool(self._waiting)

    def take(self) -> Iterator[list[str]]:
        """The tasks that wait, also those that come meanwhile."""
        while self._waiting:
            yield self._waiting.popleft()

    def done(self) -> None:
        """One task's result has arrived."""
        self._under_way -= 1


def _tasks(parts: Iterable[str], most: int) -> Iterator[list[str]]:
    """Parts in tasks of so many characters, or a little more; a longer part is a task."""
    task: list[str] = []
    size = 0
    for part in parts:
        task.append(part)
        size += len(part) + 1  # empty lines are work too
        if size >= most:
            yield task
            task, size = [], 0
    if task:
        yield task


@contextmanager
def out_of_reach_of_interrupts(n_jobs: int) -> Iterator[None]:
    """Start workers that Ctrl-C does not reach, in the block: whoever started them hears it, and stops them.

    Ctrl-C goes to all processes of a terminal. A worker that it met while importing would print a traceback. Processes
    inherit which signals are blocked; in this one the signal waits for the end of the block.
    """
    if n_jobs == 1 or not hasattr(signal, "pthread_sigmask"):  # the latter: Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # joblib starts it too, which would end the blocking
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def closed(results: Any) -> Iterator[Iterator[list[str]]]:
    """Let joblib stop its workers where the caller stops early, without a warning that it did.

    A caller who stops with the program, holding the iterator, is closed before modules are taken apart.
    """

    def close() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.close()

    atexit.register(close)
    try:
        yield results
    finally:
        atexit.unregister(close)
        if not sys.is_finalizing():
            close()

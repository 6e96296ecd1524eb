"""Restoring on several processes, or on whatever joblib's current backend runs.

This module knows how parts of a text, mostly lines, are dealt out: in tasks of whole parts, in order, a bounded number
read ahead, and to workers only where there is enough to do. It does not know how a part is restored; a restorer is
handed in, and workers get what its ``__reduce__`` names. joblib is imported once workers are needed, since that takes
0.2 s.
"""

from __future__ import annotations

import atexit
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, Protocol

__all__ = ["Restores", "restore_parallel"]

_ALONE = 1 << 20  # characters restored before workers start: a second's work, twice what it takes until they restore
_TASK = 1 << 18  # characters; a fifth of a second's work, against some milliseconds to send and fetch it
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
    """
    if n_jobs == 0:
        raise ValueError("n_jobs is 0: give a number of workers, or -1 for one on each core")
    parts, options = iter(parts), options or {}
    yield from restorer.restore_parts(_up_to(_ALONE, parts), **options)
    if (first := next(parts, None)) is not None:
        yield from _on_workers(restorer, chain([first], parts), n_jobs, options)


def _up_to(size: int, parts: Iterator[str]) -> Iterator[str]:
    """Parts until they have so many characters."""
    while size > 0 and (part := next(parts, None)) is not None:
        yield part
        size -= len(part)


def _on_workers(restorer: Restores, parts: Iterator[str], n_jobs: int, options: Mapping[str, Any]) -> Iterator[str]:
    import joblib

    workers = joblib.effective_n_jobs(n_jobs)
    if workers == 1:
        yield from restorer.restore_parts(parts, **options)
        return
    load, arguments = restorer.__reduce__()
    restored = joblib.delayed(_restored)
    feed = _Feed(parts, _AHEAD * workers)
    with joblib.Parallel(n_jobs, return_as="generator", batch_size=1, pre_dispatch=2 * workers) as parallel:
        while feed.fill():
            with _closed(parallel(restored(load, arguments, task, options) for task in feed.take())) as results:
                for texts in results:
                    feed.done()
                    feed.fill()  # before the caller has its parts, so that no worker waits for the caller
                    yield from texts


def _restored(
    load: Callable[..., Restores], arguments: tuple[Any, ...], parts: list[str], options: Mapping[str, Any]
) -> list[str]:
    """What a worker does; loading is part of it, because an error in unpickling would break the pool."""
    return list(load(*arguments).restore_parts(parts, **options))


class _Feed:
    """Tasks between the caller's thread, which reads them, and joblib's threads, which send them.

    joblib reads on whenever a task is done, from a thread of its own and whether or not results are wanted yet. Here
    it finds what the caller's thread has read so far; when that is used up its call ends, and the next one goes on.
    That happens only where the caller is slower than the workers. An input that may be read in one thread only, or
    that fails half-way, is thus read as if there were no workers.
    """

    def __init__(self, parts: Iterator[str], most: int) -> None:
        self._tasks = _tasks(parts)
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


def _tasks(parts: Iterable[str]) -> Iterator[list[str]]:
    """Parts in tasks of bounded size; a longer part is a task."""
    task: list[str] = []
    size = 0
    for part in parts:
        task.append(part)
        size += len(part) + 1  # empty lines are work too
        if size >= _TASK:
            yield task
            task, size = [], 0
    if task:
        yield task


@contextmanager
def _closed(results: Any) -> Iterator[Iterator[list[str]]]:
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

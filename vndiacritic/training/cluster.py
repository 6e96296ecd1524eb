"""A dask cluster for the tasks of a training: joblib's backend of that name, and a watch on what it would wait for.

joblib waits for ever where dask gives a task up, since its workers died four times, or where no worker is left. The
watch ends such a training with a sentence; what it learned is in the work folder.
"""

from __future__ import annotations

import _thread
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import joblib

from vndiacritic.errors import TrainingStopped

__all__ = ["cluster"]

_LOOKS = 1.0  # seconds between two looks at the cluster
_ANSWER = 15.0  # seconds that the scheduler may take to answer
_FIRST_WORKER = 60.0  # seconds until there must be one
_GONE = "the scheduler of the cluster is gone: start it again, and its workers"
_DESERTED = 300.0  # seconds without any worker: a cluster that grows as needed may take minutes


@contextmanager
def cluster(address: str, shared: Path) -> Iterator[None]:
    """Run joblib's tasks on a dask cluster inside this block.

    Parameters
    ----------
    address : str
        Of the scheduler: ``tcp://HOST:8786``.
    shared : Path
        A folder that all workers must see at the same path.

    Raises
    ------
    TrainingStopped
        There is no scheduler, or no worker; a worker does not see the folder, or has another version of this package;
        or the cluster gave a task up.
    """
    with _quiet(), _client(address) as client:
        _check(client, address, shared)
        watch = _Watch(client)
        try:
            with watch, joblib.parallel_config(backend="dask"):
                yield
        except KeyboardInterrupt as exc:
            if watch.reason:
                raise TrainingStopped(watch.reason) from exc
            raise
        except CancelledError as exc:
            raise TrainingStopped(_GONE) from exc


@contextmanager
def _quiet() -> Iterator[None]:
    """Let dask log nothing, least of all tracebacks of what is told in a sentence."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as exc:
        raise TrainingStopped("a dask cluster needs: pip install 'vndiacritic[dask]'") from exc
    try:
        client = cast(Any, Client)(address, timeout=_ANSWER)
    except (OSError, ValueError) as exc:
        reason = f"no dask scheduler answers at {address} ({exc}): start one with: dask scheduler"
        raise TrainingStopped(reason) from exc
    with client:
        yield client


def _check(client: Any, address: str, shared: Path) -> None:
    """Refuse a cluster that could not do the work."""
    from vndiacritic import __version__

    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER)
    except TimeoutError as exc:
        reason = f"the cluster at {address} has no worker: start some with: dask worker {address} --nthreads 1"
        raise TrainingStopped(reason) from exc
    shared.mkdir(parents=True, exist_ok=True)
    probe = shared / f".{secrets.token_hex(8)}.tmp"
    try:
        probe.touch()
        found = client.run(_seen, str(probe))
    except ImportError as exc:
        raise TrainingStopped(f"a worker of the cluster lacks a package ({exc}): install vndiacritic there") from exc
    finally:
        probe.unlink(missing_ok=True)
    for worker, (version, sees) in found.items():
        if version != __version__:
            raise TrainingStopped(f"the worker {worker} has vndiacritic {version}, not {__version__}: install the same")
        if not sees:
            raise TrainingStopped(f"the worker {worker} does not see {shared}: name a folder that all machines share")


def _seen(path: str) -> tuple[str, bool]:
    """What a worker is: the version it has, and whether it sees a file."""
    from vndiacritic import __version__

    return __version__, Path(path).exists()


class _Watch:
    """Looks at a cluster now and then, and interrupts the main thread where waiting is in vain.

    Attributes
    ----------
    reason : str
        Why; empty for an interrupt that came from elsewhere.
    """

    def __init__(self, client: Any) -> None:
        self.reason = ""
        self._client = client
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._peopled = time.monotonic()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_LOOKS):
            self.reason = self._given_up() or self._deserted()
            if self.reason:
                _thread.interrupt_main()
                return

    def _given_up(self) -> str:
        """What is said of a task that the cluster gave up."""
        for future in list(self._client.futures.values()):
            if future.status == "error":
                return f"the cluster gave a task up ({future.exception!s:.300}): its workers may lack memory"
        return ""

    def _deserted(self) -> str:
        try:
            peopled = bool(self._client.nthreads())
        except (OSError, RuntimeError, TimeoutError):  # while the scheduler does not answer
            peopled = False
        if self._client.status == "closed":
            return _GONE
        if peopled:
            self._peopled = time.monotonic()
        elif time.monotonic() - self._peopled > _DESERTED:
            return f"the cluster has had no worker for {_DESERTED / 60:.0f} minutes: start some"
        return ""

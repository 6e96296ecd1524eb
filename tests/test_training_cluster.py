"""Training on a dask cluster: the same bytes, whoever dies, and a sentence where waiting would be in vain."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import posix
from joblib import delayed

from vndiacritic.errors import TrainingStopped
from vndiacritic.training import cluster as clusters
from vndiacritic.training.cluster import cluster
from vndiacritic.training.recipe import train
from vndiacritic.training.tasks import run


@pytest.fixture
def local() -> Iterator[Any]:
    """Two worker processes of one thread each; a task whose worker died is given up at once."""
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("dask.distributed")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as local,
    ):
        yield local


@posix
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(sample: list[str], tmp_path: Path) -> None:
    distributed = pytest.importorskip("dask.distributed")
    (tmp_path / "a.txt").write_text("\n".join(sample[:20]), encoding="utf-8")
    train([tmp_path / "a.txt"], tmp_path / "alone")
    killed: list[int] = []

    def kill(step: str, done: int, total: int) -> None:
        if step == "learning stage 1" and 2 * done >= total and not killed:
            killed.append(next(iter(both.workers.values())).process.pid)
            os.kill(killed[0], signal.SIGKILL)

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as both,
        cluster(both.scheduler_address, tmp_path / "work"),
    ):
        train([tmp_path / "a.txt"], tmp_path / "together", work=tmp_path / "work", progress=kill)
    assert killed
    assert (tmp_path / "together").read_bytes() == (tmp_path / "alone").read_bytes()


def die(*_: object) -> None:
    os._exit(9)


def test_a_task_that_is_given_up_ends_a_training(local: Any, tmp_path: Path) -> None:
    with pytest.raises(TrainingStopped, match="the cluster gave a task up"), cluster(local.scheduler_address, tmp_path):
        run((delayed(die)(number) for number in range(2)), [1, 1], "learning", 1, lambda *_: None)


class Deserted:
    """The client of a cluster whose workers have left."""

    def __init__(self, status: str) -> None:
        self.status, self.futures = status, dict[str, object]()

    def nthreads(self) -> dict[str, int]:
        if self.status == "closed":
            raise OSError("no answer")
        return {}


@pytest.mark.parametrize(("status", "reason"), [("running", "has had no worker"), ("closed", "scheduler .* is gone")])
def test_waiting_in_vain_is_interrupted(monkeypatch: pytest.MonkeyPatch, status: str, reason: str) -> None:
    monkeypatch.setattr(clusters, "_DESERTED", 0.05)
    monkeypatch.setattr(clusters, "_LOOKS", 0.02)
    watch = clusters._Watch(Deserted(status))
    with pytest.raises(KeyboardInterrupt), watch:
        time.sleep(5)
    assert re.search(reason, watch.reason)


def test_an_interrupt_stays_one(local: Any, tmp_path: Path) -> None:
    def interrupt(_: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    jobs = (delayed(abs)(number) for number in range(9))
    with pytest.raises(KeyboardInterrupt), cluster(local.scheduler_address, tmp_path):
        run(jobs, [1] * 9, "learning", 1, interrupt)


def test_workers_must_see_the_folder(local: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "touch", lambda self: None)  # as if the folder were another machine's
    with pytest.raises(TrainingStopped, match=r"the worker tcp://.* does not see .*: name a folder that all machines"):
        enter(local.scheduler_address, tmp_path)


def enter(address: str, folder: Path) -> None:
    with cluster(address, folder):
        pass


def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dask.distributed")
    monkeypatch.setattr(clusters, "_ANSWER", 0.2)
    with pytest.raises(TrainingStopped, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9 .*: start one with"):
        enter("tcp://127.0.0.1:9", tmp_path)


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(TrainingStopped, match=r"a dask cluster needs: pip install 'vndiacritic\[dask\]'"):
        enter("tcp://127.0.0.1:8786", tmp_path)

"""Restoring on workers: the same lines in the same order, few of them read ahead, and no worker for little work."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Any

import joblib
import pytest

from vndiacritic import cutting, parallel
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import ModelError
from vndiacritic.parallel import restore_parallel
from vndiacritic.restorer import Restorer

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
posix = pytest.mark.skipif(os.name != "posix", reason="signals")


class Upper:
    """A restorer that workers have at once, and whose work shows."""

    def restore_parts(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if "fail" in line:
                raise ArithmeticError(line)
            yield line.upper()

    def __reduce__(self) -> tuple[type[Upper], tuple[()]]:
        return Upper, ()


@pytest.fixture
def bare(sample: list[str]) -> list[str]:
    """The sample without diacritics, with line ends and lines of several kinds."""
    return [strip_diacritics(line) + "\n" for line in sample] + ["", "\n", "mot\nhai\r\n", "khong co gi o cuoi"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers at once, and tasks of a line or two."""
    monkeypatch.setattr(parallel, "_ALONE", 0)
    monkeypatch.setattr(parallel, "_TASK", 100)


# ---- the same lines


@pytest.mark.parametrize(("alone", "task"), [(0, 50), (3000, 500), (1 << 20, 1 << 18)])
@pytest.mark.parametrize(("backend", "n_jobs"), [("loky", 2), ("threading", 3), ("loky", 1), ("loky", -1)])
def test_workers_and_tasks_do_not_matter(
    tiny: Restorer, bare: list[str], monkeypatch: pytest.MonkeyPatch, alone: int, task: int, backend: str, n_jobs: int
) -> None:
    expected = tiny.predict(bare)
    monkeypatch.setattr(parallel, "_ALONE", alone)
    monkeypatch.setattr(parallel, "_TASK", task)
    with joblib.parallel_config(backend=backend):
        assert tiny.predict(bare, n_jobs=n_jobs) == expected
        assert list(tiny.restore_lines(iter(bare), n_jobs)) == expected
        assert list(restore_parallel(tiny, bare, n_jobs)) == expected


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_the_parts_of_an_endless_line_go_to_workers_too(
    tiny: Restorer, bare: list[str], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """Workers cut nothing: those of loky do not know of the size that is set here."""
    monkeypatch.setattr(cutting, "_LONGEST", 12)
    line = "".join(bare).replace("\n", " ")
    expected = tiny.restore(line)
    with joblib.parallel_config(backend=backend):
        assert "".join(tiny.restore_pieces([line[:100], line[100:]], n_jobs=2)) == expected
        assert tiny.predict([line, "", line], n_jobs=2) == [expected, "", expected]


@pytest.mark.usefixtures("small")
def test_workers_keep_the_least_confidence(tiny: Restorer, bare: list[str]) -> None:
    options: dict[str, Any] = {"min_confidence": 0.8, "mark": "?"}
    expected = tiny.predict(bare, **options)
    assert any("?" in line for line in expected)
    for n_jobs in (1, 2):
        assert tiny.predict(bare, n_jobs, **options) == expected


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_tell_of_syllables(
    tiny: Restorer, bare: list[str], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setattr(parallel, "_ALONE", 0)
    monkeypatch.setattr(parallel, "_TASK", 2000)  # an eighth of it for what is told of
    options: dict[str, Any] = {"min_confidence": 0.8, "mark": "?"}
    expected = list(tiny.explain_lines(bare, 2, **options))
    assert any(explained.choices for explained in expected)
    with joblib.parallel_config(backend=backend):
        assert list(tiny.explain_lines(iter(bare), 2, 2, **options)) == expected


@pytest.mark.usefixtures("small")
def test_workers_keep_the_tone_style(tiny_model: Path) -> None:
    restorer = Restorer.load(tiny_model, tone_style="new")
    lines = ["toi thay nguoi ta khoe va hoa nha"] * 20
    assert restorer.predict(lines, n_jobs=2) == restorer.predict(lines)


@pytest.mark.usefixtures("small")
def test_order_is_kept_where_the_first_task_is_the_slowest() -> None:
    class Late(Upper):
        def restore_parts(self, lines: Iterable[str]) -> Iterator[str]:
            for line in lines:
                time.sleep(0.2 if line.startswith("0 ") else 0)
                yield line

        def __reduce__(self) -> tuple[type[Late], tuple[()]]:
            return Late, ()

    lines = [f"{i} {'x' * 100}" for i in range(40)]
    with joblib.parallel_config(backend="threading"):
        assert list(restore_parallel(Late(), lines, 3)) == lines


def test_no_line_and_no_worker() -> None:
    assert list(restore_parallel(Upper(), [], 2)) == []
    with pytest.raises(ValueError, match="n_jobs is 0: give"):
        list(restore_parallel(Upper(), [], 0))


# ---- laziness


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("pause", [0, 0.005])
def test_an_endless_input_is_read_a_bounded_number_ahead(pause: float) -> None:
    read, threads = 0, set()

    def endless() -> Iterator[str]:
        nonlocal read
        for i in count():
            read = i + 1
            threads.add(threading.get_ident())
            yield f"{i} {'x' * 100}"

    restored: Any = restore_parallel(Upper(), endless(), 2)
    with joblib.parallel_config(backend="threading"), closing(restored):
        for handed_out, line in enumerate(islice(restored, 100), 1):
            assert line.startswith(f"{handed_out - 1} ")
            time.sleep(pause)
            assert read <= handed_out + 2 * parallel._AHEAD
    assert threads == {threading.get_ident()}  # an input such as a database's cursor may be read in one thread only


def test_before_workers_start_lines_come_as_without_them() -> None:
    lines = iter(["mot", "hai"])
    restored = restore_parallel(Upper(), lines, 2)
    assert next(restored) == "MOT"
    assert next(lines) == "hai"


# ---- errors


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_what_a_worker_raises_comes_out(backend: str) -> None:
    lines = [f"{i} {'x' * 100}" for i in range(20)]
    with joblib.parallel_config(backend=backend), pytest.raises(ArithmeticError, match="fail here"):
        list(restore_parallel(Upper(), [*lines, "fail here", *lines], 2))


@pytest.mark.usefixtures("small")
def test_what_the_input_raises_comes_out() -> None:
    def broken() -> Iterator[str]:
        yield from ("x" * 100 for _ in range(30))
        raise OSError("disk gone")

    with joblib.parallel_config(backend="threading"), pytest.raises(OSError, match="disk gone"):
        list(restore_parallel(Upper(), broken(), 2))


@pytest.mark.usefixtures("small")
def test_a_worker_refuses_another_model_at_the_path(tiny_model: Path, shipped_model: Restorer, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    shutil.copy(tiny_model, path)
    restorer = Restorer.load(path)
    (tmp_path / "new").symlink_to(shipped_model.path)
    (tmp_path / "new").replace(path)
    with pytest.raises(ModelError, match="is not the model that was loaded: load it again"):
        restorer.predict(["troi dep"] * 50, n_jobs=2)
    path.unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        restorer.predict(["troi dep"] * 50, n_jobs=2)


# ---- processes


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that end with the test, however it ends."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def python(code: str, *args: str | Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, args)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_little_work_does_not_even_import_joblib(tiny_model: Path) -> None:
    process = python(
        "import sys; from vndiacritic.restorer import Restorer\n"
        "lines = Restorer.load(sys.argv[1]).predict(['troi dep'] * 1000, n_jobs=2)\n"
        "print(len(lines), 'joblib' in sys.modules)",
        tiny_model,
    )
    assert process.communicate() == ("1000 False\n", "")


ENDLESS = r"""
import itertools, sys
from vndiacritic import parallel
from vndiacritic.restorer import Restorer
parallel._ALONE, parallel._TASK = 0, 2000
restored = Restorer.load(sys.argv[1]).restore_lines(itertools.repeat("troi dep qua"), 2)
try:
    for number, line in enumerate(restored):
        if number == 10_000:
            print("begun", flush=True)
            if sys.stdin.readline() == "break\n":
                break
except KeyboardInterrupt:
    sys.exit("interrupted")
"""


def workers_of(pid: int) -> list[int]:
    """The worker processes that a process has started."""
    stats = [file.read_text().rpartition(")")[::2] for file in Path("/proc").glob("[0-9]*/stat")]
    children = [int(start.split()[0]) for start, rest in stats if int(rest.split()[1]) == pid]
    return [child for child in children if "popen_loky" in Path(f"/proc/{child}/cmdline").read_text()]


def wait_until_they_work(workers: list[int], model: Path) -> None:
    """Until they have the model: one that a terminal's Ctrl-C meets while it imports says so with a traceback."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if all(str(model) in Path(f"/proc/{worker}/maps").read_text() for worker in workers):
            break
    time.sleep(0.5)  # joblib logs an error where it is closed while it sends a task: let them do all they have


def is_running(pid: int) -> bool:
    """Whether there is a process, and not only its exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@posix
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for processes")
@pytest.mark.parametrize(("way", "said", "code"), [("Ctrl-C", "interrupted\n", 1), ("break", "", 0)])
def test_workers_end_with_who_asked_for_them(
    started: list[subprocess.Popen[str]], tiny_model: Path, way: str, said: str, code: int
) -> None:
    process = python(ENDLESS, tiny_model, start_new_session=True)
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    workers = workers_of(process.pid)
    assert len(workers) == 2
    wait_until_they_work(workers, tiny_model)
    if way == "Ctrl-C":
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: workers too
    _, errors = process.communicate("break\n" if way == "break" else "go on\n", timeout=20)
    assert (process.returncode, errors) == (code, said)
    assert not any(map(is_running, workers))


@posix
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_with_its_workers(
    started: list[subprocess.Popen[str]], tiny_model: Path, tmp_path: Path, number: int
) -> None:
    source, target = tmp_path / "bare.txt", tmp_path / "restored.txt"
    source.write_text("troi dep qua di thoi\n" * 3_000_000, encoding="utf-8")
    code = "from vndiacritic import parallel; parallel._ALONE = 0\nfrom vndiacritic.cli import main; main()"
    process = python(code, "restore", "-j", "2", "-m", tiny_model, source, "-o", target, start_new_session=True)
    started.append(process)
    while len(workers := workers_of(process.pid)) < 2 and process.poll() is None:
        time.sleep(0.02)
    wait_until_they_work(workers, tiny_model)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == ((130, "\nvndiacritic: interrupted\n"), (143, ""))[number == signal.SIGTERM]
    assert workers
    assert not any(map(is_running, workers))
    assert list(tmp_path.iterdir()) == [source]


# ---- a cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes of one thread each."""
    distributed = pytest.importorskip("dask.distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as cluster:
        yield cluster


def on_cluster(cluster: Any, restorer: Restorer, lines: Iterable[str]) -> Iterator[str]:
    client = pytest.importorskip("dask.distributed").Client(cluster)
    with client, joblib.parallel_config(backend="dask"):
        yield from restorer.restore_lines(lines, n_jobs=-1)


@pytest.mark.usefixtures("small")
def test_a_cluster_gives_the_same_lines(cluster: Any, tiny: Restorer, bare: list[str]) -> None:
    assert list(on_cluster(cluster, tiny, bare)) == tiny.predict(bare)


@posix
@pytest.mark.usefixtures("small")
def test_a_killed_worker_changes_nothing(cluster: Any, tiny: Restorer, bare: list[str]) -> None:
    expected = tiny.predict(bare * 2)
    restored = []
    for number, line in enumerate(on_cluster(cluster, tiny, bare * 2)):
        restored.append(line)
        if number == len(bare):
            victim = next(iter(cluster.workers.values()))
            os.kill(victim.process.pid, signal.SIGKILL)
    assert restored == expected


# ---- the worked example


def test_the_document_shows_the_example() -> None:
    shown = re.findall(r"```python\n(.*?)```", (DOCS / "scaling.md").read_text(encoding="utf-8"), re.DOTALL)
    assert (DOCS / "examples" / "restore_folder.py").read_text(encoding="utf-8") in shown


@pytest.fixture
def folder(tmp_path: Path, bare: list[str]) -> Path:
    """Files without diacritics; only sub/b.txt has more lines than `bare`."""
    source = tmp_path / "bare"
    (source / "sub").mkdir(parents=True)
    for name, lines in (("a.txt", bare), ("sub/b.txt", bare * 2), ("sub/c.txt", ["cuoi\r\n", "cung"])):
        (source / name).write_text("".join(lines), encoding="utf-8", newline="")
    return source


def at_line(number: int, act: Callable[[], None]) -> Callable[..., Iterator[str]]:
    """`Restorer.restore_lines` in which something happens when it has restored so many lines."""
    restore_lines = Restorer.restore_lines

    def restored(self: Restorer, lines: Iterable[str], n_jobs: int = 1, **options: Any) -> Iterator[str]:
        for i, line in enumerate(restore_lines(self, lines, n_jobs, **options)):
            if i == number:
                act()
            yield line

    return restored


@posix
@pytest.mark.usefixtures("small")
def test_the_example_goes_on_after_an_interruption_and_a_killed_worker(
    cluster: Any, folder: Path, bare: list[str], tiny: Restorer, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored, scheduler = folder.with_name("restored"), cluster.scheduler_address
    arguments = [str(part) for part in ("restore_folder.py", folder, restored, scheduler, "--model", tiny_model)]
    monkeypatch.setattr(sys, "argv", arguments)

    def interrupt() -> None:
        raise KeyboardInterrupt

    def run(act: Callable[[], None]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Restorer, "restore_lines", at_line(len(bare) + 50, act))
            runpy.run_path(str(DOCS / "examples" / "restore_folder.py"), run_name="__main__")

    with pytest.raises(KeyboardInterrupt):
        run(interrupt)
    assert [path.name for path in restored.rglob("*.txt")] == ["a.txt"]
    before = (restored / "a.txt").stat()

    run(lambda: os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL))
    after = (restored / "a.txt").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)  # not done again
    for source in folder.rglob("*.txt"):
        target = restored / source.relative_to(folder)
        assert target.read_bytes() == tiny.restore(source.read_bytes().decode()).encode()
    assert len(list(restored.rglob("*.*"))) == 3

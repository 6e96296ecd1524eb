"""Faults while files are rewritten: full disks, missing permissions, other programs, signals, killed workers.

After each, every file is whole, as it was or as it should become, and the run can be repeated.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import BARE, GOLD, ROOT, FakeRestorer, call, command, environment, posix, run

from vndiacritic import shipped
from vndiacritic.errors import ChangedError, VndiacriticError
from vndiacritic.files import open_output

MODEL = ROOT / "tests" / "data" / "models" / "format1.safetensors"
HARNESS = ROOT / "tests" / "killing.py"
ROUNDS = int(os.environ.get("VNDIACRITIC_ROUNDS", "5"))  # of two runs at once
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or mounts")
root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root mounts, and becomes another user")


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


_IMPORTS = """
import os, sys
from pathlib import Path
from killing import *
from vndiacritic.cli import main
from vndiacritic.restorer import Restorer
"""


def forked(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    """Run some code that uses tests/killing.py in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", f"{_IMPORTS}{code}", *map(str, args)],
        env=environment() | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


# ---- signals


def seen_after(number: str, times: int, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HARNESS, MODEL, folder, "--signal", number, "--kills", str(times)],
        env=environment() | {"OPENBLAS_NUM_THREADS": "1"}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@posix
def test_runs_that_are_killed_leave_whole_files_and_can_be_repeated(tmp_path: Path) -> None:
    """50 times; the moments are other ones on every machine."""
    seen = seen_after("SIGKILL", 50, tmp_path)
    assert (seen["broken"], seen["not repeatable"]) == (0, 0)
    assert seen["ended"] > 10


@posix
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_runs_that_are_told_to_end_also_leave_nothing_behind(number: str, code: int, tmp_path: Path) -> None:
    seen = seen_after(number, 10, tmp_path)
    assert (seen["broken"], seen["not repeatable"], seen["left behind"], seen["tracebacks"]) == (0, 0, 0, 0)
    assert set(seen["codes"]) <= {0, code}


def children_of(pid: int) -> dict[int, str]:
    """The processes that a process has started, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if entry.name.isdecimal() and parent == pid:
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError, IndexError):  # it has ended, or is no process
            continue
    return found


def with_workers(here: Path, act: Callable[[subprocess.Popen[bytes], int], None]) -> tuple[int, str]:
    """Run on two processes, and do something once a worker is there; the exit code, and what was said."""
    line = b"hom nay toi di an com o nha ban, con ban di dau the?\n"
    (here / "big.txt").write_bytes(line * 60_000)
    args = command("restore", "-m", str(MODEL), "-j", "2", "big.txt", "-o", "out.txt")
    with subprocess.Popen(args, stderr=subprocess.PIPE, env=environment(), start_new_session=True) as process:
        try:
            worker = None
            while worker is None and process.poll() is None:
                time.sleep(0.005)
                worker = next((pid for pid, called in children_of(process.pid).items() if "popen_loky" in called), None)
            assert worker is not None
            act(process, worker)
            said = process.communicate(timeout=60)[1].decode()
        finally:
            process.kill()
    return process.returncode, said


@linux
@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_an_interrupt_while_workers_start_is_one_word(here: Path, pause: float) -> None:
    """A worker that hears of it while it imports would print a traceback."""

    def interrupt(process: subprocess.Popen[bytes], _: int) -> None:
        time.sleep(pause)
        os.killpg(process.pid, signal.SIGINT)

    assert with_workers(here, interrupt) == (130, "\nvndiacritic: interrupted\n")
    assert os.listdir() == ["big.txt"]


@linux
def test_a_killed_worker_is_one_sentence_and_leaves_nothing(here: Path) -> None:
    code, said = with_workers(here, lambda _, worker: os.kill(worker, signal.SIGKILL))
    assert code == 1
    assert said.startswith("vndiacritic: a worker process was killed, most likely for lack of memory: use")
    assert said.count("\n") == 1
    assert os.listdir() == ["big.txt"]


@posix
def test_two_runs_over_one_folder_at_once(tmp_path: Path) -> None:
    code = """
model, work, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
restorer = Restorer.load(model)
contents = fresh_folder(work / "notes", restorer)
args = ["restore", "-m", model, "-r", "-i", "--backup", str(work / "notes")]
for round in range(rounds):
    fresh_folder(work / "notes", restorer)
    for backup in (work / "notes").glob("*.bak*"):
        backup.unlink()
    runs = [forked(args, work / "said") for _ in range(2)]
    assert [os.waitpid(run, 0)[1] for run in runs] == [0, 0], (work / "said").read_text()
    found = {path.name: path.read_bytes() for path in (work / "notes").iterdir()}
    expected = {name: after for name, (_, after) in contents.items()}
    expected |= {f"{name}.bak": before for name, (before, _) in contents.items()}
    assert found == expected, sorted(found)
print("whole")
"""
    done = forked(code, MODEL, tmp_path, ROUNDS)
    assert (done.stdout, done.stderr) == ("whole\n", "")


# ---- other programs


class Meddling(FakeRestorer):
    """While it restores, another program does something, so many times."""

    def __init__(self, act: Callable[[], object], times: int) -> None:
        self.act, self.times = act, times

    def restore_lines(self, lines: Iterable[str], n_jobs: int = 1, **options: Any) -> Iterator[str]:
        for line in super().restore_lines(lines, n_jobs, **options):
            if self.times > 0:
                self.times -= 1
                self.act()
            yield line

    restore_parts = restore_lines


def meddle(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], times: int = 1) -> None:
    monkeypatch.setattr(shipped, "load_model", lambda *_, **__: Meddling(act, times))


def append(path: Path) -> None:
    with path.open("a") as stream:
        stream.write("Toi.\n")


def test_what_was_written_meanwhile_is_not_lost(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("a.txt")
    path.write_text(BARE)
    meddle(monkeypatch, lambda: append(path))
    done = run("restore", "-i", "a.txt")
    assert (done.exit_code, done.stderr) == (0, "")
    assert path.read_text() == f"{GOLD}Tôi.\n"
    assert os.listdir() == ["a.txt"]


def test_a_file_that_is_written_again_and_again_stays(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("a.txt")
    path.write_text(BARE)
    meddle(monkeypatch, lambda: append(path), times=100)
    done = run("restore", "-i", "--backup", "a.txt")
    assert done.exit_code == 1
    assert done.stderr.endswith(
        "a.txt was changed or removed by another program while it was read: it stays as it is now\n"
    )
    assert path.read_text().startswith(f"{BARE}Toi.\n")
    assert os.listdir() == ["a.txt"]


def test_a_file_that_was_replaced_meanwhile_is_read_anew(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("a.txt")
    path.write_text(BARE)

    def replace() -> None:
        Path("new").write_text("cho.\n")
        Path("new").replace(path)

    meddle(monkeypatch, replace)
    assert run("restore", "-i", "a.txt").exit_code == 0
    assert path.read_text() == "chợ.\n"


def test_a_file_that_vanishes_does_not_come_back(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt"):
        Path(name).write_text(BARE)
    meddle(monkeypatch, Path("a.txt").unlink)
    done = run("restore", "-i", "a.txt", "b.txt")
    assert done.exit_code == 1
    assert "cannot read a.txt: No such file" in done.stderr
    assert files_in(here) == {"b.txt": GOLD.encode()}


def test_a_file_that_vanishes_before_its_turn_does_not_stop_the_rest(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        Path(name).write_text(BARE)
    meddle(monkeypatch, Path("b.txt").unlink)
    done = run("restore", "-r", "-i", ".")
    assert done.exit_code == 1
    assert "b.txt" in done.stderr
    assert files_in(here) == {"a.txt": GOLD.encode(), "c.txt": GOLD.encode()}


def test_a_folder_that_vanishes_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("notes").mkdir()
    path = Path("notes/a.txt")
    path.write_text(BARE)

    def remove() -> None:
        for inside in Path("notes").iterdir():  # the half-written file too
            inside.unlink()
        Path("notes").rmdir()

    meddle(monkeypatch, remove)
    done = run("restore", "-i", str(path))
    assert done.exit_code == 1
    assert done.stderr.startswith("vndiacritic: cannot ")


def test_a_file_that_shrinks_while_it_is_read_is_read_to_its_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("a.txt")
    path.write_text(BARE * 50_000)
    meddle(monkeypatch, lambda: os.truncate(path, 0))
    done = run("restore", "a.txt", "-o", "out.txt")
    assert done.exit_code == 0
    assert set(Path("out.txt").read_text().splitlines()) <= {*GOLD.splitlines(), "", *BARE.splitlines()} | {
        line[:n] for line in GOLD.splitlines() for n in range(len(line))
    }


def replace_meanwhile(path: Path) -> None:
    with open_output(str(path), read=path.stat()) as output:
        output.write("new")
        path.write_text("other")


def test_only_what_was_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ChangedError, match=r"a\.txt was changed or removed"):
        replace_meanwhile(path)
    assert files_in(tmp_path) == {"a.txt": b"other"}
    assert issubclass(ChangedError, VndiacriticError)


@posix
def test_a_file_that_another_run_is_about_to_replace_is_waited_for(tmp_path: Path) -> None:
    """Both have looked and found what they read; without the lock, the later one would back up what the other wrote."""
    import fcntl

    path = tmp_path / "a.txt"
    path.write_text("old")
    ended: list[BaseException | None] = []

    def rewrite() -> None:
        try:
            with open_output(str(path), backup=True, read=path.stat()) as output:
                output.write("ours")
            ended.append(None)
        except ChangedError as exc:
            ended.append(exc)

    with path.open() as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        ours = threading.Thread(target=rewrite)
        ours.start()
        ours.join(0.2)
        assert (ended, path.read_text()) == ([], "old")
        (tmp_path / "new").write_text("theirs")
        (tmp_path / "new").replace(path)
    ours.join()
    assert [type(end) for end in ended] == [ChangedError]
    assert files_in(tmp_path) == {"a.txt": b"theirs"}


# ---- disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("cannot mount here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@linux
@root
@pytest.mark.parametrize("target", [["-i"], ["-i", "--backup"], ["-o", "out.txt"], ["-o", "out/"]])
def test_a_full_disk_leaves_files_as_they_were(
    small_disk: Path, target: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small_disk)
    monkeypatch.setattr(shipped, "load_model", lambda *_, **__: FakeRestorer())
    Path("a.txt").write_text(BARE * 2000)
    Path("b.txt").write_text(BARE)
    Path("out").mkdir()
    before = files_in_tree(small_disk)
    done = run("restore", "a.txt", "b.txt", *target)
    assert done.exit_code == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    after = files_in_tree(small_disk)
    assert after.pop("b.txt") in (BARE.encode(), GOLD.encode())
    assert after.pop("out/b.txt", GOLD.encode()) == GOLD.encode()
    before.pop("b.txt")
    after.pop("b.txt.bak", None)
    assert after == before


def files_in_tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@posix
@pytest.mark.parametrize("target", [["-i"], ["-o", "out.txt"]])
def test_a_limit_on_the_size_of_files_is_an_error_like_others(here: Path, target: list[str]) -> None:
    Path("a.txt").write_bytes(b"hom nay toi di an com\n" * 1000)
    before = files_in(here)
    done = subprocess.run(
        command("restore", "-m", str(MODEL), "a.txt", *target), env=environment(), capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode() in {
        f"vndiacritic: cannot write {name}: File too large\n" for name in ("a.txt", "out.txt")
    }
    assert files_in(here) == before


@linux
@root
def test_a_model_and_a_report_on_a_full_disk(small_disk: Path, here: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(60 * 1024))
    page = here / "page.txt"
    page.write_text("Một trang.\nXem thêm\n" * 400)
    done = call("clean", str(page), "-o", str(here / "out.txt"), "--format", "jsonl", "--report", str(small_disk / "r"))
    assert b"Traceback" not in done.stderr
    sample = ROOT / "corpus" / "sample" / "chat.txt"
    done = call("train", str(sample), "-o", str(small_disk / "m"), "--max-size", "1")
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert os.listdir(small_disk) == ["filler"] or sorted(os.listdir(small_disk)) == ["filler", "r"]


# ---- permissions


@posix
def test_permission_that_is_missing_is_named_and_the_rest_is_done(tmp_path: Path) -> None:
    """As another user where the tests run as root, whom no mode stops."""
    code = """
model, work = sys.argv[1], Path(sys.argv[2])
restorer = Restorer.load(model)
contents = fresh_folder(work / "notes", restorer)
names = sorted(contents)
user = 65534 if os.geteuid() == 0 else None
(work / "first").write_text("hom nay")
main(["restore", "-m", model, "-i", str(work / "first")], standalone_mode=False)  # imports what that user may not read
for path in [work, *work.parents]:
    if user and path.stat().st_uid == 0 and path != Path("/"):
        path.chmod(path.stat().st_mode | 0o755)
if user:
    for path in (work / "notes", *(work / "notes").iterdir()):
        os.chown(path, user, user)
(work / "said").touch(0o666)
(work / "said").chmod(0o666)
(work / "model").write_bytes(Path(model).read_bytes())
args = ["restore", "-m", str(work / "model"), "-r", "-i", str(work / "notes")]
(work / "notes" / names[0]).chmod(0o000)
(work / "notes" / names[1]).chmod(0o444)
code = os.waitstatus_to_exitcode(os.waitpid(forked(args, work / "said", user), 0)[1])
said = (work / "said").read_text().splitlines()
assert code == 1, (code, said)
assert said[0].startswith("vndiacritic: cannot read ") and said[0].endswith("Permission denied"), said
assert said[1].startswith("vndiacritic: cannot write ") and said[1].endswith("Permission denied"), said
for at, name in enumerate(names):
    assert (work / "notes" / name).read_bytes() == contents[name][at > 1], name
for name in names:
    (work / "notes" / name).chmod(0o644)
fresh_folder(work / "notes", restorer)
(work / "notes").chmod(0o555)
code = os.waitstatus_to_exitcode(os.waitpid(forked(args, work / "said", user), 0)[1])
(work / "notes").chmod(0o755)
assert code == 1
assert "Traceback" not in (work / "said").read_text()
assert all((work / "notes" / name).read_bytes() == contents[name][0] for name in names)
print("kept")
"""
    done = forked(code, MODEL, tmp_path)
    assert (done.stdout, done.stderr) == ("kept\n", "")


# ---- closed pipes


@posix
@pytest.mark.parametrize(
    "args", [["restore", "-m", str(MODEL)], ["strip"], ["clean"], ["restore", "-m", str(MODEL), "-j", "2"]]
)
def test_a_reader_that_leaves_ends_the_run_without_a_word(here: Path, args: list[str]) -> None:
    Path("a.txt").write_bytes(b"hom nay toi di an com o nha ban\n" * (4000 if args == ["clean"] else 50_000))
    with subprocess.Popen(
        command(*args, "a.txt"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


@posix
def test_a_pipe_that_ends_half_way_is_restored_as_far_as_it_came(here: Path) -> None:
    """The writer of a pipe is killed: what came is text, and its last line has no end."""
    reader, writer = os.pipe()
    with subprocess.Popen(
        command("restore", "-m", str(MODEL)), stdin=reader, stdout=subprocess.PIPE, env=environment()
    ) as process:
        os.close(reader)
        os.write(writer, b"hom nay\nhom na")
        os.close(writer)
        assert process.stdout is not None
        assert process.stdout.read().decode() == "hôm này\nhôm na"
    assert process.returncode == 0

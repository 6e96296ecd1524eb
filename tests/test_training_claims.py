"""Work folders: whose they are, what of a stopped training they keep, and standard input, which is kept in them."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import command, environment, posix
from joblib import delayed

from vndiacritic.corpus import Entry
from vndiacritic.errors import CorpusError, TrainingStopped
from vndiacritic.training.claims import claim, entries_of, work_folder
from vndiacritic.training.recipe import train
from vndiacritic.training.storage import written_whole
from vndiacritic.training.tasks import run

MINE = {"version": "1", "settings": {"seed": 0, "max_size_mb": 64}, "sources": [["a.txt", 3]], "base": None}


def said(reason: str, use: Callable[[], object]) -> None:
    with pytest.raises(CorpusError, match=reason):
        use()


def enter(folder: Path, resume: bool = False) -> None:
    with work_folder(folder, folder, resume):
        pass


# ---- whose it is


def test_a_folder_is_claimed_once(tmp_path: Path) -> None:
    claim(tmp_path, MINE)
    claim(tmp_path, MINE)
    other = MINE | {"settings": {"seed": 1, "max_size_mb": 64}, "base": "x"}
    said(r"another training's results \(other seed, base\)", lambda: claim(tmp_path, other))
    claim(tmp_path, MINE | {"settings": {"seed": 0, "max_size_mb": 8}}, free=["max_size_mb"])


def test_what_an_older_version_did_not_note_is_not_compared(tmp_path: Path) -> None:
    claim(tmp_path, MINE)
    claim(tmp_path, MINE | {"weights": {}, "settings": {**MINE["settings"], "filters": None}})  # type: ignore[dict-item]
    said("other weights", lambda: claim(tmp_path, MINE | {"weights": {"a.txt": 2}}))


def test_what_killed_writers_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "rows1").mkdir()
    for name in ("rows1/3.8f2a.tmp.npz", "symbols.17.tmp.txt", "rows1/3.npz"):
        (tmp_path / name).write_bytes(b"half")
    claim(tmp_path, MINE)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["3.npz", "training.json"]


def test_resuming_needs_a_training(tmp_path: Path) -> None:
    said("holds no training to go on from: leave --resume out", lambda: enter(tmp_path / "new", resume=True))
    claim(tmp_path, MINE)
    enter(tmp_path, resume=True)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    said(r"a\.txt cannot be the work folder \(File exists\)", lambda: enter(tmp_path / "a.txt"))


@posix
def test_two_trainings_do_not_share_a_folder(tmp_path: Path) -> None:
    with work_folder(tmp_path, tmp_path):
        said("another training works in", lambda: enter(tmp_path))
    enter(tmp_path)


# ---- what stops a training


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "rows1/3.npz")
    reason = r"cannot go on in .*: .*: .*, and give the same command again"
    with pytest.raises(TrainingStopped, match=reason), work_folder(tmp_path, tmp_path):
        raise full


@posix
@pytest.mark.parametrize(
    ("size", "said"), [(2500, "cannot go on in"), (4000, "cannot go on in"), (20_000, "cannot be written")]
)
def test_a_file_that_cannot_grow_stops_a_training_and_loses_nothing(
    sample: list[str], tmp_path: Path, size: int, said: str
) -> None:
    """Writing fails where a file gets larger than the system allows, as on a full disk."""
    (tmp_path / "a.txt").write_text("\n".join(sample[:40]), encoding="utf-8")
    train([tmp_path / "a.txt"], tmp_path / "expected")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        "from vndiacritic.__main__ import main; main()"
    )
    options = ["train", "--no-filter", str(tmp_path / "a.txt"), "-o", str(tmp_path / "model"), "--work"]
    options.append(str(tmp_path / "work"))
    arguments = [sys.executable, "-c", code, *options]
    stopped = subprocess.run(arguments, env=environment(), capture_output=True, check=False)
    assert stopped.returncode == 1
    *_, reason, kept = stopped.stderr.decode().splitlines()
    assert said in reason
    assert "work; the same command goes on from it" in kept
    train([tmp_path / "a.txt"], tmp_path / "model", work=tmp_path / "work", resume=True)
    assert (tmp_path / "model").read_bytes() == (tmp_path / "expected").read_bytes()


def die(*args: object) -> None:
    os._exit(9)


def test_a_worker_that_is_killed_is_one_sentence() -> None:
    jobs = (delayed(die)(i) for i in range(4))
    with pytest.raises(TrainingStopped, match="a worker process was killed, most likely for lack of memory"):
        run(jobs, [1] * 4, "learning", 2, lambda *args: None)


def test_results_come_in_the_order_of_the_jobs() -> None:
    told: list[tuple[str, int, int]] = []
    jobs = (delayed(pow)(2, i) for i in range(5))
    assert run(jobs, range(1, 6), "counting", 1, lambda *at: told.append(at)) == [1, 2, 4, 8, 16]
    assert told == [("counting", done, 15) for done in (0, 1, 3, 6, 10, 15)]


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(KeyError), written_whole(tmp_path / "a.npz") as temporary:
        temporary.write_text({"half": "of it"}[temporary.write_bytes(b"half") * "x"])
    assert os.listdir(tmp_path) == []
    with written_whole(tmp_path / "a.npz") as temporary:
        np.savez(temporary, x=1)
    assert os.listdir(tmp_path) == ["a.npz"]


# ---- killed for good


def moment(folder: Path, pattern: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a training has written some file."""
    until = time.monotonic() + 60
    while not any(folder.glob(pattern)):
        assert process.poll() is None, "the training ended before its moment came"
        assert time.monotonic() < until
        time.sleep(0.01)


@posix
@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        ("shard*.npz", signal.SIGKILL),
        ("rows1/*.npz", signal.SIGKILL),
        ("rows2/*.npz", signal.SIGINT),
        ("64MB/codes1/*.npz", signal.SIGKILL),
        ("64MB/codes2/*.npz", signal.SIGINT),
    ],
)
def test_a_killed_training_is_resumed_to_the_same_bytes(
    tiny_model: Path, tmp_path: Path, pattern: str, how: signal.Signals
) -> None:
    """The parent and its workers are a group of processes, as at a terminal."""
    corpus, work = Path(__file__).parent.parent / "corpus" / "sample", tmp_path / "work"
    arguments = ["train", "--no-filter", str(corpus), "-o", str(tmp_path / "model"), "--work", str(work), "-j", "2"]
    with subprocess.Popen(
        command(*arguments), env=environment(), stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        moment(work, pattern, process)
        os.killpg(process.pid, how)
        stderr = process.communicate()[1].decode()
    assert process.returncode == (130 if how is signal.SIGINT else -how)
    assert "Traceback" not in stderr
    if how is signal.SIGINT:
        assert stderr.splitlines()[-1].endswith("work; the same command goes on from it")
    train([corpus], tmp_path / "model", work=work, resume=True)
    assert (tmp_path / "model").read_bytes() == tiny_model.read_bytes()


# ---- standard input


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Give standard input some bytes."""

    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def test_standard_input_is_kept(tmp_path: Path, given: Callable[[bytes], None]) -> None:
    given("Trời đẹp\n".encode())
    entries = entries_of(["a.txt", Entry("-", weight=2)], tmp_path)
    assert [(entry.name, entry.weight) for entry in entries] == [("", 1), ("standard input", 2)]
    assert Path(entries[1].path).read_text(encoding="utf-8") == "Trời đẹp\n"
    assert Path(entries[1].path).parent == tmp_path


@pytest.mark.parametrize("again", [b"", b"one\ntwo\n"])
def test_standard_input_may_be_given_again_or_left_out(
    tmp_path: Path, given: Callable[[bytes], None], again: bytes
) -> None:
    given(b"one\ntwo\n")
    first = entries_of(["-"], tmp_path)
    given(again)
    assert entries_of(["-"], tmp_path) == first
    assert Path(first[0].path).read_bytes() == b"one\ntwo\n"


def test_another_standard_input_is_refused(tmp_path: Path, given: Callable[[bytes], None]) -> None:
    given(b"one\n")
    entries_of(["-"], tmp_path)
    given(b"two\n")
    said("standard input is another text than this training began with", lambda: entries_of(["-"], tmp_path))
    assert len(os.listdir(tmp_path)) == 1


def test_standard_input_is_named_once(tmp_path: Path) -> None:
    said("standard input is named twice", lambda: entries_of(["-", "-"], tmp_path))


def test_a_model_of_standard_input_is_that_of_a_file(
    sample: list[str], tmp_path: Path, given: Callable[[bytes], None]
) -> None:
    data = "\n".join(sample[:30]).encode()
    (tmp_path / "a.txt").write_bytes(data)
    given(data)
    note: dict[str, Any] = {}
    train(["-"], tmp_path / "one", work=tmp_path / "work", progress=lambda *at: note.update({at[0]: at}))
    train([tmp_path / "a.txt"], tmp_path / "two")
    assert (tmp_path / "one").stat().st_size == (tmp_path / "two").stat().st_size
    assert json.loads((tmp_path / "work" / "training.json").read_text())["sources"][0][1] == len(data)

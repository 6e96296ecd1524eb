"""Bad input from one end to the other: the command line in a process of its own, with a real model.

What each part does with it alone is shown in the tests of the part.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.cli import main
from vndiacritic.modelfile import open_model, write_model

ROOT = Path(__file__).resolve().parent.parent
BARE, GOLD = b"di hoc ve\n", "đi học về\n".encode()


def call(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "vndiacritic", *args],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, input=stdin, capture_output=True, check=False,
    )  # fmt: skip


def run(*args: str) -> Result:
    """The same in this process, for what need not start another."""
    return CliRunner().invoke(main, args, catch_exceptions=False)


def assert_one_sentence(done: subprocess.CompletedProcess[bytes], *parts: str) -> None:
    """It failed with one line on standard error that says all of this, and nothing else."""
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b"")
    assert re.fullmatch(r"vndiacritic: [^\n]+\n", said), said
    for part in parts:
        assert part in said


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> Path:
    """The current folder, with a model in it."""
    shutil.copy(tiny_model, tmp_path / "m")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sound_file_is_restored(here: Path) -> None:
    Path("a.txt").write_bytes(BARE)
    done = call("restore", "-m", "m", "a.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, GOLD, b"")


def test_an_empty_file_stays_empty(here: Path) -> None:
    Path("empty.txt").touch()
    for args in (["empty.txt"], []):
        done = call("restore", "-m", "m", *args)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert call("restore", "-m", "m", "-i", "empty.txt").returncode == 0
    assert call("restore", "-m", "m", "empty.txt", "-o", "out.txt").returncode == 0
    assert Path("empty.txt").read_bytes() == Path("out.txt").read_bytes() == b""


@pytest.mark.skipif(os.name != "posix", reason="measures the memory of a process")
def test_a_file_of_one_long_line_takes_bounded_memory(here: Path) -> None:
    """Two megabytes here; ``python -m benchmarks.memory`` shows it on more."""
    line = b"con duong ve nha, troi mua to qua; " * 60_000
    Path("line.txt").write_bytes(line)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = call("restore", "-m", "m", "line.txt", "-o", "out.txt")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stderr) == (0, b"")
    restored = Path("out.txt").read_text(encoding="utf-8")
    assert strip_diacritics(restored).encode() == line
    assert restored.startswith("con đường về nhà, trời mưa ")
    assert after.ru_utime - before.ru_utime < 10
    if sys.platform == "linux":  # elsewhere in other units
        assert after.ru_maxrss < 500_000  # kB; the largest child of all, so the training of this session counts


@pytest.mark.parametrize("bad", [b"di hoc\n\xff\n", b"di hoc\n" * 3 + b"x\xc3", b"\xff\xfed\0i\0", b"d\x80"])
def test_bytes_that_are_not_utf_8_are_named_and_nothing_is_written(here: Path, bad: bytes) -> None:
    Path("bad.txt").write_bytes(bad)
    Path("old.txt").write_bytes(b"old")
    at = next(i for i in range(len(bad)) if bad[i] >= 0x80)
    where = [f"byte 0x{bad[at]:02x} in line {bad[:at].count(10) + 1} at byte offset {at}", "iconv"]
    assert_one_sentence(call("restore", "-m", "m", "bad.txt"), "bad.txt is not UTF-8 text", *where)
    assert_one_sentence(call("restore", "-m", "m", stdin=bad), "standard input is not UTF-8 text", *where)
    for target in (["-i"], ["-o", "old.txt"], ["-o", "new.txt"]):
        assert run("restore", "-m", "m", "bad.txt", *target).exit_code == 1
    assert Path("bad.txt").read_bytes() == bad
    assert Path("old.txt").read_bytes() == b"old"
    assert sorted(os.listdir()) == ["bad.txt", "m", "old.txt"]


def test_the_other_files_are_still_done(here: Path) -> None:
    Path("a.txt").write_bytes(BARE)
    Path("bad.txt").write_bytes(b"\xff")
    Path("folder").mkdir()
    Path("b.txt").write_bytes(BARE)
    done = call("restore", "-m", "m", "a.txt", "missing.txt", "bad.txt", "folder", "b.txt")
    assert (done.returncode, done.stdout) == (1, GOLD + GOLD)
    said = done.stderr.decode().splitlines()
    assert [line.split()[1:4] for line in said[:3]] == [
        ["cannot", "read", "missing.txt:"],
        ["bad.txt", "is", "not"],
        ["cannot", "read", "folder:"],
    ]
    assert said[3:] == ["vndiacritic: 3 of 5 files failed"]


def damaged_model(kind: str, model: bytes) -> bytes:
    """A model file that cannot be used, made of one that can."""
    match kind:
        case "truncated":
            return model[:-1000]
        case "truncated in its header":
            return model[:100]
        case "empty":
            return b""
        case "text":
            return "đây không phải là mô hình\n".encode()
        case "newer":
            return model.replace(rb"\"format_version\": 1", rb"\"format_version\": 3", 1)
        case _:
            return model.replace(rb"\"seed\": 0", rb"\"seed\": 1", 1)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("truncated", "is cut short"),
        ("truncated in its header", "is cut short"),
        ("empty", "is empty"),
        ("text", "is not a vndiacritic model"),
        ("newer", "was written by a newer vndiacritic (format 3; this one reads up to 2): upgrade vndiacritic"),
        ("changed in its header", "does not match its SHA-256"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_sentence(here: Path, kind: str, reason: str) -> None:
    sound = Path("m").read_bytes()
    bad = damaged_model(kind, sound)
    assert bad != sound
    Path("bad").write_bytes(bad)
    Path("a.txt").write_bytes(BARE)
    Path("old.txt").write_bytes(b"old")
    assert_one_sentence(call("restore", "-m", "bad", "a.txt"), "bad ", reason)
    for target in (["-i"], ["-o", "old.txt"], ["-o", "new.txt"]):
        assert run("restore", "-m", "bad", "a.txt", *target).exit_code == 1
    assert Path("a.txt").read_bytes() == BARE
    assert Path("old.txt").read_bytes() == b"old"
    assert sorted(os.listdir()) == ["a.txt", "bad", "m", "old.txt"]


def test_a_model_of_something_else_is_one_sentence(here: Path) -> None:
    write_model("other", {"weights": np.zeros(3)}, {})
    assert_one_sentence(call("restore", "-m", "other", stdin=BARE), "other is not a model that restores", "no array")
    sound = open_model("m")
    arrays = dict(sound.arrays) | {"row": np.asarray(sound.arrays["row"]) + 10**6}
    write_model("wild", arrays, sound.metadata)
    assert_one_sentence(call("restore", "-m", "wild", stdin=BARE), "wild is not a model that restores", "point beyond")


def test_a_missing_model_is_one_sentence(here: Path) -> None:
    assert_one_sentence(call("restore", "-m", "absent", stdin=BARE), "there is no model 'absent'")


def test_training_says_what_is_wrong(here: Path) -> None:
    Path("bare.txt").write_bytes(BARE * 10)
    Path("bad.txt").write_bytes(b"a\xff")
    Path("work").mkdir()
    Path("work/mine.txt").touch()
    sample = str(ROOT / "corpus" / "sample" / "chat.txt")
    before = sorted(os.listdir())
    for args, reason in (
        ((sample, "--max-size", "0.01"), "the smallest model of this corpus takes"),
        ((sample, "--work", "work"), "work holds files that no training left there"),
        (("bare.txt",), "no diacritics in the corpus"),
        (("bad.txt",), "bad.txt is not UTF-8 text: byte 0xff in line 1 at byte offset 1"),
    ):
        done = run("train", *args, "-o", "new")
        assert (done.exit_code, done.stdout) == (1, "")
        assert reason in done.stderr.splitlines()[-1]
        assert sorted(os.listdir()) == before


def test_training_on_the_sample_gives_a_model_that_restores(here: Path) -> None:
    chat = str(ROOT / "corpus" / "sample" / "chat.txt")
    done = call("train", chat, "-o", "mine", "--seed", "5", "--max-size", "2", "--heldout", chat)
    said = done.stderr.decode()
    assert done.returncode == 0, said
    assert "vndiacritic: learning stage 1: done in " in said
    assert "wrote mine (0." in said.splitlines()[-1]
    assert b"syllable" in done.stdout
    assert call("restore", "-m", "mine", stdin=b"toi nay di an khong\n").stdout.decode() == "tối nay đi ăn không\n"
    assert call("model", "verify", "mine").returncode == 0

"""The command line: what it prints, what it writes, and how it ends.

Most tests use ``restore`` with a fake model in this process; those about signals, pipes and permissions run
``strip``, which needs no model, in a process of their own.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, ClassVar

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vndiacritic
from vndiacritic import shipped
from vndiacritic.cli import main
from vndiacritic.errors import ModelError
from vndiacritic.modelfile import write_model
from vndiacritic.training import recipe

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="signals, modes and pipes")
GOLD = "Tôi đi chợ.\nTrời đẹp.\n"
BARE = "Toi di cho.\nTroi dep.\n"


class FakeRestorer:
    """Knows a few words, whatever stands around them, and reads three lines ahead."""

    jobs: ClassVar[list[int]] = []  # what was asked for, of all of them
    WORDS = (("Toi", "Tôi"), (" di ", " đi "), ("cho.", "chợ."), ("Troi", "Trời"), ("dep", "đẹp"))

    def restore(self, text: str) -> str:
        for bare, form in self.WORDS:
            text = text.replace(bare, form)
        return text

    def restore_lines(self, lines: Iterable[str], n_jobs: int = 1) -> Iterator[str]:
        self.jobs.append(n_jobs)
        lines = iter(lines)
        while batch := list(islice(lines, 3)):
            yield from map(self.restore, batch)

    def predict(self, lines: list[str]) -> list[str]:
        return list(map(self.restore, lines))

    def is_ambiguous(self, bare: str) -> bool:
        return bare == "cho"


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Hand out the fake restorer for any model; the list tells which were asked for."""
    asked: list[tuple[object, ...]] = []

    def load_model(name: object = None, *, tone_style: str = "old") -> FakeRestorer:
        asked.append((name, tone_style))
        return FakeRestorer()

    monkeypatch.setattr(shipped, "load_model", load_model)
    return asked


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, args, input=stdin, catch_exceptions=False)


def command(*args: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "vndiacritic", *args]


def call(
    *args: str, stdin: bytes = b"", stdout: IO[bytes] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        command(*args), input=stdin, stdout=stdout, stderr=subprocess.PIPE, env=environment(), check=False
    )


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


# ---- text through


def test_standard_input_is_restored() -> None:
    for args in (("restore",), ("restore", "-")):
        result = run(*args, stdin=BARE.encode())
        assert (result.exit_code, result.stdout, result.stderr) == (0, GOLD, "")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Troi dep",
        b"\xef\xbb\xbfTroi dep\r\nTroi\rdep\n\n\r\n",
        b"Troi\xe2\x80\xa8dep\x0bTroi\x0cdep\x00\n",
    ],
)
def test_everything_but_diacritics_stays_byte_for_byte(here: Path, data: bytes) -> None:
    Path("in.txt").write_bytes(data)
    expected = data.replace(b"Troi", "Trời".encode()).replace(b"dep", "đẹp".encode())
    assert run("restore", stdin=data).stdout_bytes == expected
    assert run("restore", "in.txt").stdout_bytes == expected
    assert run("restore", "in.txt", "-o", "out.txt").exit_code == 0
    assert Path("out.txt").read_bytes() == expected
    assert run("restore", "-i", "in.txt").exit_code == 0
    assert Path("in.txt").read_bytes() == expected


@given(st.text(st.sampled_from("ae \n\r\u2028\x0b\ufeff🙂\u0323đ"), max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_without_known_words_comes_back(text: str) -> None:
    assert run("restore", stdin=text.encode()).stdout_bytes == text.encode()


def test_several_files_are_written_one_after_the_other(here: Path) -> None:
    Path("a.txt").write_text("Troi")
    Path("b.txt").write_text(" dep\n")
    assert run("restore", "a.txt", "b.txt").stdout == "Trời đẹp\n"
    assert run("restore", "a.txt", "-", stdin=b" dep\n").stdout == "Trời đẹp\n"
    assert run("restore", "a.txt", "b.txt", "-o", "both.txt").exit_code == 0
    assert Path("both.txt").read_text() == "Trời đẹp\n"


def test_a_file_may_be_its_own_output(here: Path) -> None:
    Path("a.txt").write_text(BARE)
    assert run("restore", "a.txt", "-o", "a.txt").exit_code == 0
    assert Path("a.txt").read_text() == GOLD


def test_a_long_line_passes(here: Path) -> None:
    Path("long.txt").write_text("Troi dep " * 300_000)
    assert run("restore", "long.txt", "-o", "out.txt").exit_code == 0
    assert Path("out.txt").read_text() == "Trời đẹp " * 300_000


def test_strip_is_the_way_back(here: Path) -> None:
    Path("a.txt").write_text(GOLD)
    assert run("strip", "a.txt").stdout == BARE
    assert run("strip", "-i", "a.txt").exit_code == 0
    assert Path("a.txt").read_text() == BARE


def test_model_and_tone_style_are_handed_on(loaded: list[tuple[object, ...]]) -> None:
    run("restore")
    run("restore", "-m", "mine", "--tone-style", "new")
    assert loaded == [(None, "old"), ("mine", "new")]


# ---- other faces


def test_json_lines() -> None:
    result = run("restore", "--format", "jsonl", stdin=b"\xef\xbb\xbfTroi dep\r\nxa")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": "standard input", "line": 1, "text": "Troi dep", "output": "Trời đẹp"},
        {"file": "standard input", "line": 2, "text": "xa", "output": "xa"},
    ]
    assert "Trời" in result.stdout


def test_check_names_what_would_change(here: Path) -> None:
    Path("bare.txt").write_text(BARE)
    Path("gold.txt").write_text(GOLD)
    result = run("restore", "--check", "gold.txt", "bare.txt")
    assert (result.exit_code, result.stdout) == (1, "bare.txt\n")
    result = run("restore", "--check", "gold.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("bare.txt").read_text() == BARE


def test_diff_shows_what_would_change(here: Path) -> None:
    Path("bare.txt").write_text("x\n" + BARE)
    expected = "--- bare.txt\n+++ bare.txt\n@@ -1,3 +1,3 @@\n x\n" + "".join(
        sign + line for sign, text in (("-", BARE), ("+", GOLD)) for line in text.splitlines(keepends=True)
    )
    for args, code in ((("--diff",), 0), (("--diff", "--check"), 1)):
        result = run("restore", *args, "bare.txt")
        assert (result.exit_code, result.stdout) == (code, expected)


# ---- in place


def test_in_place_leaves_unchanged_files_alone(here: Path) -> None:
    Path("bare.txt").write_text(BARE)
    Path("gold.txt").write_text(GOLD)
    before = os.stat("gold.txt")
    result = run("restore", "-i", "bare.txt", "gold.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "vndiacritic: 1 of 2 files changed\n"
    assert Path("bare.txt").read_text() == GOLD
    after = os.stat("gold.txt")
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(os.listdir()) == ["bare.txt", "gold.txt"]


@posix
def test_in_place_keeps_modes_and_links(here: Path) -> None:
    Path("bare.txt").write_text(BARE)
    Path("bare.txt").chmod(0o604)
    Path("link.txt").symlink_to("bare.txt")
    assert run("restore", "-i", "link.txt").exit_code == 0
    assert Path("link.txt").is_symlink()
    assert Path("bare.txt").read_text() == GOLD
    assert stat.S_IMODE(os.stat("bare.txt").st_mode) == 0o604


@posix
def test_only_files_are_rewritten_in_place(here: Path) -> None:
    os.mkfifo("pipe")
    result = run("restore", "-i", "pipe", ".")
    assert result.exit_code == 1
    assert "pipe is not a file" in result.stderr
    assert ". is not a file" in result.stderr
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


# ---- what goes wrong


@pytest.mark.parametrize("target", [[], ["-o", "out.txt"], ["-i"]])
def test_the_other_files_are_still_done(here: Path, target: list[str]) -> None:
    Path("good.txt").write_text(BARE)
    Path("bad.txt").write_bytes(b"Troi dep\n" * 9 + b"Troi \xff\n")
    result = run("restore", *target, "absent.txt", "bad.txt", "good.txt")
    assert result.exit_code == 1
    *sentences, summary = result.stderr.splitlines()
    assert sentences[0] == "vndiacritic: cannot read absent.txt: No such file or directory"
    assert sentences[1].startswith("vndiacritic: bad.txt is not UTF-8 text: byte 0xff in line 10 at byte offset 86")
    assert summary == "vndiacritic: 2 of 3 files failed"
    done = {"-o": "out.txt", "-i": "good.txt"}.get(target[0]) if target else None
    assert (Path(done).read_text() if done else result.stdout) == GOLD
    assert Path("bad.txt").read_bytes() == b"Troi dep\n" * 9 + b"Troi \xff\n"


def test_nothing_is_written_of_a_file_that_is_not_utf_8(here: Path) -> None:
    bad = b"Troi dep\n" * 1000 + b"\xff\n"
    Path("bad.txt").write_bytes(bad)
    Path("old.txt").write_text("old")
    assert run("restore", "bad.txt").stdout == ""
    assert run("restore", stdin=bad).stdout == ""
    assert run("restore", "--format", "jsonl", "bad.txt").stdout == ""
    assert run("restore", "bad.txt", "-o", "new.txt").exit_code == 1
    assert run("restore", "bad.txt", "-o", "old.txt").exit_code == 1
    assert run("restore", "-i", "bad.txt").exit_code == 1
    assert Path("old.txt").read_text() == "old"
    assert sorted(os.listdir()) == ["bad.txt", "old.txt"]


def test_standard_input_is_named_in_messages() -> None:
    result = run("restore", stdin=b"\xff")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("vndiacritic: standard input is not UTF-8 text: byte 0xff in line 1")


def test_an_output_that_cannot_be_written_is_named(here: Path) -> None:
    result = run("restore", "-o", "absent/out.txt", stdin=BARE.encode())
    assert result.exit_code == 1
    assert result.stderr == "vndiacritic: cannot write absent/out.txt: No such file or directory\n"


def test_a_model_that_cannot_be_loaded_is_one_sentence(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: object, **options: object) -> FakeRestorer:
        raise ModelError(f"{name} is damaged: copy it again")

    monkeypatch.setattr(shipped, "load_model", refuse)
    Path("a.txt").write_text(BARE)
    result = run("restore", "-m", "my.safetensors", "-i", "a.txt")
    assert (result.exit_code, result.stderr) == (1, "vndiacritic: my.safetensors is damaged: copy it again\n")
    assert Path("a.txt").read_text() == BARE


@pytest.mark.parametrize(
    "args",
    [
        ["-i"],
        ["-i", "-"],
        ["-i", "a.txt", "-o", "b.txt"],
        ["-i", "--check", "a.txt"],
        ["--diff", "-o", "b.txt", "a.txt"],
        ["--check", "--format", "jsonl"],
        ["-i", "--format", "jsonl", "a.txt"],
        ["--format", "xml"],
        ["--tone-style", "as-is"],
        ["--no-such-option"],
    ],
)
def test_contradictions_are_wrong_usage(args: list[str]) -> None:
    result = run("restore", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr
    assert "Error: " in result.stderr


# ---- processes: pipes, signals, permissions


def test_processes_pipe(here: Path) -> None:
    data = ("\ufeff" + GOLD).encode() * 20_000
    result = call("strip", stdin=data)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == ("\ufeff" + BARE).encode() * 20_000


@posix
def test_a_reader_that_leaves_ends_the_run_silently(here: Path) -> None:
    Path("long.txt").write_text(GOLD * 50_000)
    with subprocess.Popen(
        command("strip", "long.txt"), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == BARE.splitlines(keepends=True)[0].encode()
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""


@posix
def test_help_may_lose_its_reader_too() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        for args in (("--help",), ("restore", "--help"), ("strip",)):
            result = call(*args, stdout=gone, stdin=b"x\n")
            assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence() -> None:
    with open("/dev/full", "wb") as full:
        result = call("strip", stdout=full, stdin=b"x\n")
    assert result.returncode == 1
    assert result.stderr == b"vndiacritic: cannot write standard output: No space left on device\n"


@posix
def test_closed_standard_streams_are_one_sentence() -> None:
    for closing, sentence in (
        ("<&-", b"cannot read standard input"),
        (">&-", b"cannot write standard output"),
    ):
        shell = " ".join([*command("strip"), closing])
        result = subprocess.run(shell, shell=True, env=environment(), capture_output=True, check=False)
        assert result.returncode == 1
        assert result.stderr.startswith(b"vndiacritic: " + sentence)
        assert result.stderr.count(b"\n") == 1


@posix
@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, b"\nvndiacritic: interrupted\n"), (signal.SIGTERM, 143, b"")],
)
def test_an_interrupted_run_leaves_no_trace(here: Path, number: int, code: int, said: bytes) -> None:
    Path("out.txt").write_text("old")
    with subprocess.Popen(
        command("strip", "-o", "out.txt"), env=environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 30
        while len(os.listdir()) == 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(os.listdir()) == 2
        process.send_signal(number)
        assert process.wait(30) == code
        assert process.stderr is not None
        assert process.stderr.read() == said
        assert process.stdin is not None
        process.stdin.close()
    assert os.listdir() == ["out.txt"]
    assert Path("out.txt").read_text() == "old"


@posix
def test_line_buffered_answers_each_line(here: Path) -> None:
    with subprocess.Popen(
        command("strip", "--line-buffered"), env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in ("Một\n", "Hai bà\n"):
            process.stdin.write(line.encode())
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer == {"Một\n": b"Mot\n", "Hai bà\n": b"Hai ba\n"}[line]
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture
def open_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder that everybody may enter; pytest's own ones are private."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        monkeypatch.chdir(name)
        yield Path(name)


def call_as_nobody(*args: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line without root's powers, since nothing is forbidden to root.

    They are given up after a first run has imported everything: the interpreter itself may lie where only
    root can read.
    """
    code = (
        "import difflib, os\nfrom vndiacritic.cli import main\n"  # click wants difflib for short options
        "main(['strip', os.devnull], standalone_mode=False)\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\nmain()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *args], env=environment(), input=b"", capture_output=True, check=False
    )


@posix
def test_what_is_forbidden_is_named(open_folder: Path) -> None:
    Path("secret.txt").write_text(GOLD)
    Path("secret.txt").chmod(0)
    Path("open.txt").write_text(GOLD)
    result = call_as_nobody("strip", "secret.txt", "open.txt")
    assert (result.returncode, result.stdout.decode()) == (1, BARE)
    assert b"cannot read secret.txt: Permission denied" in result.stderr
    open_folder.chmod(0o555)
    for args in (["-o", "new.txt", "open.txt"], ["-i", "open.txt"]):
        result = call_as_nobody("strip", *args)
        assert (result.returncode, result.stdout) == (1, b"")
        assert result.stderr == f"vndiacritic: cannot write {args[1]}: Permission denied\n".encode()
    open_folder.chmod(0o755)


@posix
def test_a_write_protected_file_is_not_rewritten(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    Path("kept.txt").write_text(GOLD)
    Path("kept.txt").chmod(0o444)
    result = call_as_nobody("strip", "-i", "kept.txt")
    assert result.returncode == 1
    assert result.stderr == b"vndiacritic: cannot write kept.txt: Permission denied\n"
    assert Path("kept.txt").read_text() == GOLD
    assert os.listdir() == ["kept.txt"]


# ---- what is imported


def imported(*args: str) -> set[str]:
    """Top-level packages that a run has imported at its end."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr))\n"
        "from vndiacritic.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], env=environment(), input=b"Toi", capture_output=True, check=True
    )
    return set(done.stderr.decode().split())


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["restore", "--help"], ["train", "--help"], ["strip"]])
def test_what_needs_no_numbers_imports_no_numpy(args: list[str]) -> None:
    assert imported(*args).isdisjoint({"numpy", "sklearn", "scipy", "joblib"})


def test_restore_imports_no_scikit_learn() -> None:
    pytest.importorskip("vndiacritic.restorer")
    try:
        shipped.find_model()
    except ModelError:
        pytest.skip("no default model here")
    assert imported("restore").isdisjoint({"sklearn", "scipy"})


# ---- help


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_help_has_examples(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    examples = result.stdout.partition("  Examples:\n")[2]
    assert examples.startswith("    ")
    assert "vndiacritic" in examples.splitlines()[0]
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout == f"vndiacritic {vndiacritic.__version__}\n"


# ---- train


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stand in for training: write a file, note the call."""
    calls: list[dict[str, object]] = []

    def train(paths: Iterable[str], output: str, **options: Any) -> None:
        options.pop("progress")("reading", 1, 2)
        calls.append({"paths": tuple(paths), "output": output, **options})
        if options["settings"].seed == 13:
            raise KeyboardInterrupt
        Path(output).write_bytes(b"model")

    monkeypatch.setattr(recipe, "train", train)
    return calls


def test_training_is_called_with_what_was_given(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    options = ("--max-size", "1.5", "-j", "2", "--seed", "7", "--work", "half")
    result = run("train", "a.txt", "-o", "my.safetensors", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "vndiacritic: reading ...\nvndiacritic: wrote my.safetensors (0.0 MB)\n"
    settings = recipe.Settings(max_size_mb=1.5, seed=7)
    assert trained == [
        {"paths": ("a.txt",), "output": "my.safetensors", "settings": settings, "work": "half", "n_jobs": 2}
    ]


def test_training_has_defaults(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    assert run("train", "a.txt", "-o", "my.safetensors").exit_code == 0
    assert trained[0]["settings"] == recipe.Settings(max_size_mb=64, seed=0)
    assert (trained[0]["work"], trained[0]["n_jobs"]) == (None, 1)


@pytest.mark.parametrize(("work", "kept"), [([], "nothing is kept; with --work"), (["--work", "half"], "kept in half")])
def test_who_interrupts_a_training_is_told_what_is_kept(
    here: Path, trained: list[dict[str, object]], work: list[str], kept: str
) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", "-o", "my.safetensors", "--seed", "13", *work)
    assert (result.exit_code, result.stdout) == (130, "")
    assert kept in result.stderr.splitlines()[-1]
    assert not Path("my.safetensors").exists()


def test_a_new_model_is_evaluated_on_held_out_text(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", "-o", "my.safetensors", "--heldout", "a.txt")
    assert result.exit_code == 0
    assert "100.0" in result.stdout


def test_an_output_that_exists_needs_force(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    Path("my.safetensors").write_bytes(b"old")
    result = run("train", "a.txt", "-o", "my.safetensors")
    assert result.exit_code == 1
    assert "exists" in result.stderr
    assert "--force" in result.stderr
    assert trained == []
    assert run("train", "a.txt", "-o", "my.safetensors", "--force").exit_code == 0
    assert len(trained) == 1


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["absent.txt", "-o", "m"], "cannot read absent.txt"),
        (["a.txt", "-o", "absent/m"], "there is no folder"),
        (["a.txt", "-o", ".", "--force"], "is not a file"),
        (["a.txt", "-o", "m", "--heldout", "absent.txt"], "cannot read absent.txt"),
    ],
)
def test_what_training_lacks_is_told_first(
    here: Path, trained: list[dict[str, object]], args: list[str], reason: str
) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", *args)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert trained == []


# ---- evaluate


def test_evaluation_in_text_and_json(here: Path) -> None:
    Path("gold.txt").write_text("\ufeff" + GOLD + "Nhà xa.\n", encoding="utf-8")
    text = run("evaluate", "gold.txt")
    assert (text.exit_code, text.stderr) == (0, "")
    assert "gold.txt" in text.stdout
    report = json.loads(run("evaluate", "gold.txt", "--format", "json").stdout)
    (result,) = report["results"]
    assert (result["set"], result["model"], result["tokens"]) == ("gold.txt", "default", 7)
    assert result["syllable"] == 85.714
    assert result["ambiguous"] == 1


def test_sets_and_models_are_told_apart(here: Path, loaded: list[tuple[object, ...]]) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "gold.txt").write_text(GOLD)
    Path("talk.txt").write_text(GOLD)
    args = ["a/gold.txt", "b/gold.txt", "talk.txt", "-m", "one", "-m", "two", "--format", "json"]
    report = json.loads(run("evaluate", *args).stdout)
    assert [(result["set"], result["model"]) for result in report["results"]] == [
        (gold, model) for gold in ("a/gold.txt", "b/gold.txt", "talk.txt") for model in ("one", "two")
    ]
    assert loaded == [("one", "old"), ("two", "old")]


def test_a_figure_below_the_floor_fails(here: Path) -> None:
    Path("good.txt").write_text(GOLD)
    Path("poor.txt").write_text("Nhà xa.\n")
    assert run("evaluate", "good.txt", "--fail-under", "100").exit_code == 0
    result = run("evaluate", "good.txt", "poor.txt", "--fail-under", "97.5")
    assert result.exit_code == 1
    assert result.stderr == "vndiacritic: default on poor.txt: syllable 50.000 is below 97.5\n"


def test_gold_that_cannot_be_read_fails(here: Path) -> None:
    Path("bad.txt").write_bytes(b"\xff")
    for name, reason in (("absent.txt", "cannot read"), ("bad.txt", "not UTF-8")):
        result = run("evaluate", name)
        assert (result.exit_code, result.stdout) == (1, "")
        assert reason in result.stderr


# ---- model


@pytest.fixture
def model(here: Path) -> Path:
    path = here / "my.safetensors"
    write_model(path, {"weights": np.zeros((3, 2), np.int8)}, {"licence": "của tôi", "corpora": [{"lines": 3}]})
    return path


def test_info_tells_what_is_in_a_model(model: Path) -> None:
    text = run("model", "info", str(model)).stdout
    assert "licence: của tôi\n" in text
    assert "shape: [3, 2]\n" in text
    described = json.loads(run("model", "info", str(model), "--format", "json").stdout)
    assert described["metadata"]["corpora"] == [{"lines": 3}]


def test_verify_finds_damage(model: Path) -> None:
    result = run("model", "verify", str(model))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sound" in result.stdout
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    result = run("model", "verify", str(model))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"vndiacritic: {model} is damaged")


@pytest.mark.parametrize("args", [["info"], ["verify"]])
def test_a_missing_model_is_named(here: Path, args: list[str]) -> None:
    result = run("model", *args, "absent.safetensors")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no model 'absent.safetensors'" in result.stderr


# ---- the package's names and models


@pytest.mark.parametrize("name", ["ModelError", "strip_diacritics", "load_model", "restore", "__version__"])
def test_public_names_come_when_asked_for(name: str) -> None:
    assert name in vndiacritic.__all__
    assert name in dir(vndiacritic)
    assert getattr(vndiacritic, name) is not None


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'guess'"):
        _ = vndiacritic.guess


def test_the_package_imports_nothing_heavy() -> None:
    code = "import vndiacritic, sys; dir(vndiacritic); print('numpy' in sys.modules, 'click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=True)
    assert done.stdout == b"False False\n"


def test_restoring_uses_the_default_model(loaded: list[tuple[object, ...]]) -> None:
    assert vndiacritic.restore("Troi dep\r\n") == "Trời đẹp\r\n"
    assert loaded == [(None, "old")]


@pytest.fixture
def shelf(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two shipped models."""
    folder = here / "shelf"
    folder.mkdir()
    for name in ("default.safetensors", "small.safetensors", "default.md"):
        (folder / name).write_bytes(b"model")
    monkeypatch.setattr(shipped, "models_folder", lambda: folder)
    return folder


def test_models_are_found_by_name_and_path(shelf: Path) -> None:
    Path("small").write_bytes(b"a file of that name")
    Path("mine.safetensors").write_bytes(b"mine")
    assert shipped.find_model() == shelf / "default.safetensors"
    assert shipped.find_model("small") == shelf / "small.safetensors"
    assert shipped.find_model("./small") == Path("small")
    assert shipped.find_model(Path("mine.safetensors")) == Path("mine.safetensors")
    with pytest.raises(ModelError, match=r"no model 'big': .*: default, small\)"):
        shipped.find_model("big")


def test_the_models_of_a_checkout_lie_beside_the_package() -> None:
    if (ROOT / "pyproject.toml").is_file():
        assert shipped.models_folder() == ROOT / "models"


# ---- several processes


def test_jobs_are_handed_to_the_restorer(here: Path) -> None:
    FakeRestorer.jobs.clear()
    assert run("restore", "-j", "2", stdin=BARE.encode()).stdout == GOLD
    assert run("restore", stdin=BARE.encode()).stdout == GOLD
    assert FakeRestorer.jobs == [2, 1]
    assert run("restore", "-j", "0").exit_code == 2

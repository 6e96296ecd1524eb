"""The command line as a program: pipes, signals, permissions, imports and help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from commandline import BARE, GOLD, call, command, environment, posix, run

import vndiacritic
from vndiacritic import shipped
from vndiacritic.cli import main
from vndiacritic.errors import ModelError

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
        result = subprocess.run(shell, shell=True, env=environment(), capture_output=True, check=False)  # noqa: S602 (closes streams)
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
        os.chmod(name, 0o755)  # noqa: S103 (see above)
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


# ---- first tries


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["restor"], "Error: there is no command 'restor': did you mean restore?"),
        (["help"], "Error: there is no command 'help': there are restore, clean, strip, "),
        (["hom nay troi dep"], "Error: there is no command 'hom nay troi dep': there are "),
    ],
)
def test_a_command_that_is_none_is_told(args: list[str], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.stderr


def test_text_in_the_place_of_a_file_is_told(here: Path) -> None:
    for text, shown in (("hom nay troi dep", "hom nay troi dep"), ("hom nay " * 99, "hom nay " * 5 + "...")):
        result = run("strip", text)
        assert (result.exit_code, result.stderr) == (
            1,
            f"vndiacritic: there is no file {shown!r}: FILE is the name of a file; text itself is handed over by a "
            "pipe: echo '...' | vndiacritic strip\n",
        )
    Path("a b.txt").write_text("Trời\n", encoding="utf-8")
    assert run("strip", "a b.txt").stdout == "Troi\n"


# ---- help


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
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

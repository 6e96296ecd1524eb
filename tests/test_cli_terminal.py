"""What a terminal is shown: colours, progress, completions. Pipes get none of it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import BARE, GOLD, ROOT, command, environment, posix

from vndiacritic.cli.terminal import Watched, coloured_diff
from vndiacritic.progress import Meter


def test_a_diff_has_the_colours_of_git() -> None:
    diff = ["--- f\n+++ f\n", "@@ -1,2 +1,2 @@\n", " a\n", "--- b\n", "+++ đ\n\\ No newline at end of file\n"]
    assert "".join(coloured_diff(diff)) == (
        "\x1b[1m--- f\x1b[m\n\x1b[1m+++ f\x1b[m\n\x1b[36m@@ -1,2 +1,2 @@\x1b[m\n a\n"
        "\x1b[31m--- b\x1b[m\n\x1b[32m+++ đ\x1b[m\n\\ No newline at end of file\n"
    )


def on_terminal(*args: str, **variables: str) -> str:
    """What a run writes on a terminal that is both its standard output and its standard error."""
    master, slave = os.openpty()
    with subprocess.Popen(
        command(*args), stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
        env=environment() | {"TERM": "xterm", "NO_COLOR": ""} | variables,
    ) as process:  # fmt: skip
        os.close(slave)
        written = b""
        while piece := _read(master):
            written += piece
        assert process.wait(30) == 0
    os.close(master)
    return written.decode().replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 1 << 16)
    except OSError:  # how Linux says that the other side is closed
        return b""


@posix
def test_colours_are_for_terminals_that_want_them(here: Path) -> None:
    Path("a.txt").write_text(GOLD, encoding="utf-8")
    assert "\x1b[31m-Tôi đi chợ.\x1b[m\n" in on_terminal("strip", "--diff", "a.txt")
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_terminal("strip", "--diff", "a.txt", **variables)
    assert on_terminal("strip", "a.txt") == BARE


@posix
def test_who_sits_at_a_terminal_is_told_what_to_do(here: Path) -> None:
    master, slave = os.openpty()
    with subprocess.Popen(
        command("strip"), stdin=slave, stdout=subprocess.PIPE, stderr=slave, env=environment()
    ) as process:
        os.close(slave)
        assert process.stdout is not None
        told = os.read(master, 1000).decode()
        os.write(master, "Trời\n".encode())
        assert process.stdout.readline() == b"Troi\n"
        os.write(master, b"\x04")
        assert process.wait(30) == 0
    os.close(master)
    assert told == "vndiacritic: reading what is typed here; Ctrl-D at the start of a line ends it\r\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def watched(seconds_a_look: float) -> str:
    """What is shown of two files of 600 lines each, looked at at 0, 256 and 512 lines."""
    terminal, now = Terminal(), 0.0

    def clock() -> float:
        nonlocal now
        now += seconds_a_look
        return now

    with Meter(terminal, "> ", quiet=2.0, clock=clock) as meter:
        watching = Watched(meter, "2 files", 2400)
        for _ in range(2):
            stream = io.BytesIO(b"a\n" * 600)
            assert list(watching.lines(stream, (line.decode() for line in stream))) == ["a\n"] * 600
            watching.clear()
        meter("2 files", 2400, 2400)
    return terminal.getvalue()


def test_long_work_tells_how_far_it_is() -> None:
    shown = watched(1.5).split("\r\x1b[K")
    assert shown[1].startswith("> 2 files: 42%")
    assert shown[-1].startswith("> 2 files: done in ")
    assert "" in shown[1:-1]  # cleared for a message


def test_short_work_says_nothing() -> None:
    assert watched(0.1) == ""


@posix
@pytest.mark.parametrize(("shell", "start"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "function")])
def test_each_shell_is_told_how_to_complete(shell: str, start: str) -> None:
    if shell == "bash" and not shutil.which("bash"):
        pytest.skip("click asks bash for its version")
    code = "from vndiacritic.cli import main; main(prog_name='vndiacritic')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment() | {"_VNDIACRITIC_COMPLETE": f"{shell}_source"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert start in done.stdout
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert f"_VNDIACRITIC_COMPLETE={shell}_source vndiacritic" in page


@posix
@pytest.mark.parametrize(
    ("words", "expected"),
    [("vndiacritic st", "strip"), ("vndiacritic restore --min", "--min-confidence"), ("vndiacritic model v", "verify")],
)
def test_the_shell_completes(words: str, expected: str) -> None:
    variables = {
        "_VNDIACRITIC_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    code = "from vndiacritic.cli import main; main(prog_name='vndiacritic')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment() | variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [f"plain,{expected}"]

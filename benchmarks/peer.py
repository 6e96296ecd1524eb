"""pyvi, the peer on PyPI, in an environment of its own.

Knows how to install it and how to have it restore lines. Does not know what is measured. pyvi never enters the
environment of the caller: it needs scikit-learn and loads pickles.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

__all__ = ["FILTER", "LATENCY", "Peer", "pyvi"]

# Standard input to standard output, as `vndiacritic restore` does. pyvi 0.1.1 raises KeyError where its tagger
# gives a letter a key sequence that its table lacks ('ỌWJ'): such a line comes out as it went in.
FILTER = """
import sys
from pyvi import ViUtils
for line in sys.stdin.buffer:
    text = line.decode().rstrip("\\n")
    try:
        text = ViUtils.add_accents(text)
    except KeyError:
        pass
    sys.stdout.buffer.write(text.encode() + b"\\n")
"""

# Milliseconds a line, one line a call, after a first one that loads the model.
LATENCY = """
import json, sys, time
from pyvi import ViUtils
ViUtils.add_accents("mot")
times = []
for line in sys.stdin.buffer.read().decode().splitlines():
    start = time.perf_counter()
    try:
        ViUtils.add_accents(line)
    except KeyError:
        pass
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps(times))
"""


class Peer(NamedTuple):
    """An installed peer."""

    name: str
    version: str
    python: Path

    def command(self, script: str) -> list[str]:
        """The command line that runs one of this module's scripts."""
        return [str(self.python), "-W", "ignore", "-c", script]

    def restore(self, lines: list[str]) -> list[str]:
        """Have lines without line feeds restored; pyvi may change their case."""
        done = self._run(FILTER, "".join(f"{line}\n" for line in lines))
        return done.split("\n")[:-1]

    def latencies(self, lines: list[str]) -> list[float]:
        """Milliseconds that each line takes by itself."""
        return [float(time) for time in json.loads(self._run(LATENCY, "".join(f"{line}\n" for line in lines)))]

    def _run(self, script: str, text: str) -> str:
        done = subprocess.run(self.command(script), input=text.encode(), capture_output=True, check=True)
        return done.stdout.decode()


@contextmanager
def pyvi(folder: Path | None = None) -> Iterator[Peer | str]:
    """Install pyvi, or give a sentence on why it cannot be had.

    Parameters
    ----------
    folder : Path, optional
        Where its environment is kept for the next time; by default it is scratch and is removed.
    """
    if folder is not None:
        yield _installed(folder)
        return
    with tempfile.TemporaryDirectory(prefix="vndiacritic-peer-") as scratch:
        yield _installed(Path(scratch))


def _installed(folder: Path) -> Peer | str:
    """The peer in this folder, installed if it is not there yet."""
    python = folder / "bin" / "python"
    ask = [str(python), "-c", "from importlib.metadata import version; print(version('pyvi'))"]
    for command in [*([] if _answers(ask) else _commands(folder, python)), ask]:
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            return f"pyvi cannot be had from PyPI ({reason}): only vndiacritic is measured"
    return Peer("pyvi", done.stdout.strip(), python)


def _commands(folder: Path, python: Path) -> list[list[str]]:
    """What installs pyvi."""
    return [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pyvi"],
    ]


def _answers(command: list[str]) -> bool:
    """Whether a command can be run and succeeds."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False

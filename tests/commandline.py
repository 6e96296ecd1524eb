"""Running the command line in tests: in this process with a fake model, or in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, ClassVar

import pytest
from click.testing import CliRunner, Result

from vndiacritic.cli import main
from vndiacritic.explain import Choice, Explained

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="signals, modes and pipes")
GOLD = "Tôi đi chợ.\nTrời đẹp.\n"
BARE = "Toi di cho.\nTroi dep.\n"


class FakeRestorer:
    """Knows a few words, whatever stands around them, and reads three lines ahead."""

    jobs: ClassVar[list[int]] = []  # what was asked for, of all of them
    options: ClassVar[list[dict[str, Any]]] = []
    WORDS = (("Toi", "Tôi"), (" di ", " đi "), ("cho.", "chợ."), ("Troi", "Trời"), ("dep", "đẹp"))

    tone_style = "old"

    def with_tone_style(self, tone_style: str) -> FakeRestorer:
        styled = FakeRestorer()
        styled.tone_style = tone_style
        return styled

    def restore(self, text: str, **_: Any) -> str:
        text = text.replace("hoa ", "hoà " if self.tone_style == "new" else "hòa ")
        for bare, form in self.WORDS:
            text = text.replace(bare, form)
        return text

    def restore_lines(self, lines: Iterable[str], n_jobs: int = 1, **options: Any) -> Iterator[str]:
        self.jobs.append(n_jobs)
        self.options.append(options)
        lines = iter(lines)
        while batch := list(islice(lines, 3)):
            yield from map(self.restore, batch)

    restore_parts = restore_lines

    def explain_lines(self, lines: Iterable[str], k: int, n_jobs: int = 1, **_: Any) -> Iterator[Explained]:
        """Knows of "cho" that it could be "chợ", and leaves it."""
        self.jobs.append(n_jobs)
        for line in lines:
            at = line.find("cho")
            yield Explained(line, (Choice(at, at + 3, "cho", 0.8, (("chợ", 0.8),)),))

    def predict(self, lines: list[str]) -> list[str]:
        return list(map(self.restore, lines))

    def is_ambiguous(self, bare: str) -> bool:
        return bare == "cho"


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

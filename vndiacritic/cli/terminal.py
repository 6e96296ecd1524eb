"""What only a terminal is shown: colours, and how far a long work is.

NO_COLOR (https://no-color.org) and TERM=dumb turn colours off. Pipes and files get neither.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from vndiacritic.cli.language import telling
from vndiacritic.files import display_name
from vndiacritic.progress import Meter

__all__ = ["Watched", "coloured_diff", "takes_colours", "watching"]

_QUIET = 2.0  # seconds; what takes no longer is not worth a line
_LOOKS = 256  # lines between two looks at how far a file is
_LONG = 10_000  # characters of a line that is worth a look by itself

_BOLD, _CYAN, _RED, _GREEN, _PLAIN = "\x1b[1m", "\x1b[36m", "\x1b[31m", "\x1b[32m", "\x1b[m"
_COLOURS = (("---", _BOLD), ("+++", _BOLD), ("@@", _CYAN), ("-", _RED), ("+", _GREEN))


def takes_colours(stream: BinaryIO) -> bool:
    """Whether a stream is a terminal whose user wants colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured_diff(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of a unified diff, a line or two each, in the colours that git gives them."""
    header = True  # a removed line may begin with "--" too
    for piece in pieces:
        for line in piece.splitlines(keepends=True) if header else [piece]:
            marks = _COLOURS if header else _COLOURS[2:]
            colour = next((colour for mark, colour in marks if line.startswith(mark)), "")
            text, end, rest = line.partition("\n")
            yield f"{colour}{text}{_PLAIN}{end}{rest}" if colour else line
        header = False


class Watched:
    """Lines of files on their way, counted where somebody looks.

    Parameters
    ----------
    meter : Meter or None
    step : str
        What the work is called.
    total : int
        Bytes of all files.
    """

    def __init__(self, meter: Meter | None, step: str = "", total: int = 0) -> None:
        self._meter, self._step, self._total = meter, step, total
        self._done = 0

    def lines(self, stream: BinaryIO, lines: Iterable[str]) -> Iterable[str]:
        """Pass the lines of a file on."""
        return lines if self._meter is None else self._counted(self._meter, stream, lines)

    def _counted(self, meter: Meter, stream: BinaryIO, lines: Iterable[str]) -> Iterator[str]:
        for number, line in enumerate(lines):
            if number % _LOOKS == 0 or len(line) > _LONG:
                meter(self._step, min(self._done + stream.tell(), self._total - 1), self._total)
            yield line
        self._done += stream.tell()

    def clear(self) -> None:
        """Make room for a message."""
        if self._meter is not None:
            self._meter.clear()


@contextmanager
def watching(paths: Sequence[str], text_elsewhere: bool) -> Iterator[Watched]:
    """Tell on standard error how far files are, where that is a terminal on which no text appears."""
    shown = sys.stderr is not None and sys.stderr.isatty() and (text_elsewhere or not _prints_to_terminal())
    endless = "-" in paths or any(os.path.exists(path) and not os.path.isfile(path) for path in paths)
    if not shown or endless:
        yield Watched(None)
        return
    step = display_name(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
    total = sum(os.path.getsize(path) for path in paths if os.path.isfile(path))
    with Meter(telling(sys.stderr), "vndiacritic: ", quiet=_QUIET) as meter:
        yield Watched(meter, step, total)
        meter(step, total, total)


def _prints_to_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()

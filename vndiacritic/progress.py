"""How far a long work is, on standard error: one line that changes on a terminal, a few lines in a log.

It knows names of steps and counts. What is counted, and how, is the business of who does the work.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

__all__ = ["Meter", "duration"]

_REDRAWN = 0.2  # seconds between two looks of a terminal's line
_LOGGED = 30.0  # seconds, at least, between two lines of a log about one step
_TENTHS = 10
_SEEN = 60.0  # seconds that the speed is measured over: what an earlier run had done flies by, and must not count
_TRUSTED = 3.0  # seconds before a first guess at the time left


class Meter:
    """Tells how far each step is, and how long it will still take at the speed of the last minute.

    Call it with the name of a step, how much of it is done, and how much there is. A step begins when it is first
    named, and ends when all of it is done or another begins. Use it in a ``with`` statement, so that a terminal's line
    is ended whatever happens.

    Parameters
    ----------
    stream : text file
        Where to write; what a terminal gets is told by its ``isatty``.
    prefix : str
        What every line begins with.
    quiet : float
        Seconds before a step is told; one that ends sooner never is.
    clock : callable, optional
        Gives the time in seconds.
    """

    def __init__(
        self, stream: TextIO, prefix: str = "", *, quiet: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._prefix, self._quiet, self._clock = stream, prefix, quiet, clock
        self._terminal = stream.isatty()
        self._step: str | None = None
        self._began = self._shown = 0.0
        self._tenth = 0
        self._told = False  # whether anything was said of the step
        self._seen: deque[tuple[float, int]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._step is not None and self._terminal and self._told:
            self._stream.write("\n")
            self._stream.flush()

    def clear(self) -> None:
        """Empty a terminal's line, for a message that is to be written there; the next look draws it anew."""
        if self._step is not None and self._terminal and self._told:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take note that so much of a step is done, and tell it if it is time to."""
        now = self._clock()
        if step != self._step:
            self._end(now)
            self._begin(step, now)
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - _SEEN:
            self._seen.popleft()
        if done >= total:
            self._end(now)
        elif self._is_due(now, done, total):
            self._shown, self._tenth = now, done * _TENTHS // total
            self._write(f"{step}: {100 * done // total}%{self._left(done, total)}")

    def _begin(self, step: str, now: float) -> None:
        self._step, self._began, self._shown, self._tenth = step, now, now, 0
        self._told = False
        self._seen.clear()
        if not self._quiet:
            self._write(f"{step} ...")

    def _end(self, now: float) -> None:
        if self._step is not None and now - self._began >= self._quiet:
            self._write(f"{self._step}: done in {duration(now - self._began)}", last=True)
        self._step = None

    def _is_due(self, now: float, done: int, total: int) -> bool:
        if now - self._began < self._quiet:
            return False
        if self._terminal:
            return now - self._shown >= _REDRAWN
        return now - self._shown >= _LOGGED and done * _TENTHS // total > self._tenth

    def _left(self, done: int, total: int) -> str:
        """The time left, once it can be guessed."""
        (then, before), (now, _) = self._seen[0], self._seen[-1]
        if now - then < _TRUSTED or done == before:
            return ""
        return f", {duration((total - done) * (now - then) / (done - before))} left"

    def _write(self, text: str, last: bool = False) -> None:
        self._told = True
        line = f"{self._prefix}{text}"
        self._stream.write(f"\r\x1b[K{line}" + "\n" * last if self._terminal else f"{line}\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds in the words of a person who waits.

    Examples
    --------
    >>> duration(0.31), duration(42), duration(700), duration(7500)
    ('0.3 s', '42 s', '12 min', '2 h 5 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"

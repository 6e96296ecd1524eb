"""What a long work says of itself, on a terminal and in a log."""

from __future__ import annotations

import io

import pytest

from vndiacritic.progress import Meter, duration


class Stream(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def told(terminal: bool, reports: list[tuple[float, str, int, int]]) -> str:
    """What is written of reports, each after so many seconds."""
    stream, clock = Stream(terminal), Clock()
    with Meter(stream, "> ", clock=clock) as meter:
        for seconds, step, done, total in reports:
            clock.now += seconds
            meter(step, done, total)
    return stream.getvalue()


def test_a_log_has_a_line_for_the_start_and_the_end_of_a_short_step() -> None:
    reports = [(0.0, "reading", 0, 4), (1.0, "reading", 2, 4), (1.0, "reading", 4, 4), (1.0, "learning", 1, 1)]
    assert (
        told(False, reports) == "> reading ...\n> reading: done in 2.0 s\n> learning ...\n> learning: done in 0.0 s\n"
    )


def test_a_log_has_a_line_for_some_tenths_of_a_long_step() -> None:
    lines = told(False, [(0.0, "learning", 0, 1000)] + [(1.0, "learning", done, 1000) for done in range(1, 1001)])
    assert lines.splitlines()[:4] == [
        "> learning ...",
        "> learning: 10%, 15 min left",
        "> learning: 20%, 13 min left",
        "> learning: 30%, 12 min left",
    ]
    assert len(lines.splitlines()) == 11
    assert "\r" not in lines


def test_a_terminal_has_one_line_a_step() -> None:
    reports = [(0.0, "learning", 0, 100)] + [(1.0, "learning", done, 100) for done in range(1, 101)]
    text = told(True, reports)
    assert text.count("\n") == 1
    assert text.endswith("\r\x1b[K> learning: done in 2 min\n")
    assert "\r\x1b[K> learning: 50%, 50 s left" in text


def test_a_terminal_is_not_written_to_all_the_time() -> None:
    reports = [(0.001, "learning", done, 10_000) for done in range(10_000)]
    assert told(True, reports).count("\r") < 60


def test_a_terminal_line_is_ended_when_work_is_broken_off() -> None:
    assert told(True, [(0.0, "learning", 0, 100), (1.0, "learning", 1, 100)]).endswith("\n")
    assert told(False, [(0.0, "learning", 0, 100)]) == "> learning ...\n"


def test_what_was_done_before_does_not_make_the_guess_rosy() -> None:
    """A training that goes on flies through its first half, and then takes a second for each per cent."""
    reports = [(0.0, "learning", 0, 100), (0.1, "learning", 50, 100)]
    reports += [(1.0, "learning", done, 100) for done in range(51, 91)] + [(25.0, "learning", 91, 100)]
    text = told(True, reports)
    assert text.rpartition("91%, ")[2].partition(" left")[0] == "15 s"


def test_no_guess_without_ground() -> None:
    assert "left" not in told(True, [(0.0, "learning", 0, 100), (2.0, "learning", 1, 100)])
    assert "left" not in told(True, [(0.0, "learning", 0, 100), (50.0, "learning", 0, 100)])


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0.0 s"), (89.4, "89 s"), (91, "2 min"), (5300, "88 min"), (5460, "1 h 31 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words

"""Runs restored with a least confidence: what is not sure enough stays as it is, and is looked at once more.

A syllable that stays open is decided by its neighbours, which have become what is written there by now; so it is
decided again until a round writes nothing more. A second run over the result would do just that, so it changes
nothing; and marks are only ever added, so it ends. This module knows batches and confidences, and neither models nor
files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.decode import Choices
from vndiacritic.reading import Read
from vndiacritic.runs import Run

__all__ = ["Round", "rounds_of"]


class Round(NamedTuple):
    """One look at runs of a batch.

    Attributes
    ----------
    numbers : array of int, shape (n_runs,)
        Their places in the batch.
    read : Read
        The runs before the round.
    choices : Choices
    odds : array of float, shape (n, n_columns)
        Probability of each candidate, for each choice.
    sure : array of bool, shape (n,)
        Which choices were written.
    """

    numbers: NDArray[np.intp]
    read: Read
    choices: Choices
    odds: NDArray[np.float64]
    sure: NDArray[np.bool_]

    @property
    def tokens(self) -> NDArray[np.intp]:
        """The decided tokens, by their number among those that were read."""
        return np.searchsorted(self.read.place, self.choices.at)

    def run_of(self, token: NDArray[np.intp]) -> NDArray[np.intp]:
        """The places in the batch of the runs that tokens stand in."""
        return self.numbers[self.read.run[token]]

    def part_of(self, token: NDArray[np.intp]) -> NDArray[np.intp]:
        """The places of tokens among the parts of their runs."""
        run = self.read.run[token]
        return 2 * (token - np.searchsorted(self.read.run, run)) + 1


def rounds_of(
    runs: Sequence[Run],
    below: float,
    decide: Callable[[Sequence[Run]], tuple[Read, Choices, NDArray[np.float64]]],
    write: Callable[[Sequence[Run], Read, NDArray[np.intp], NDArray[np.intp]], None],
) -> Iterator[Round]:
    """Restore runs, round after round, until nothing that is written changes what is open.

    Parameters
    ----------
    runs : sequence of Run
        They are written into.
    below : float
        Choices of less confidence are not written.
    decide : callable
        Reads runs and gives what was read, the choices, and the probabilities of their candidates.
    write : callable
        Writes candidates at places of a batch, and what has but one form.
    """
    numbers = np.arange(len(runs))
    while len(numbers):
        now = [runs[number] for number in numbers.tolist()]
        before = [run.parts.copy() for run in now]
        read, choices, odds = decide(now)
        sure = odds[np.arange(len(odds)), choices.candidate] >= below
        write(now, read, choices.at[sure], choices.candidate[sure])
        this = Round(numbers, read, choices, odds, sure)
        yield this
        left = np.unique(read.run[this.tokens[~sure]]).tolist()
        numbers = numbers[[run for run in left if now[run].parts != before[run]]]

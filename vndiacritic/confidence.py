"""From a decoder's scores to the probability that a choice is right.

The calibration is one factor on the scores, fitted on held-out lines when the model was trained (temperature scaling;
Guo et al., On Calibration of Modern Neural Networks, ICML 2017). This module knows scores, and no text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["probabilities"]

_DECIMALS = 6  # what exp() gives beyond them differs from one processor to another


def probabilities(scores: ArrayLike, calibration: float) -> NDArray[np.float64]:
    """Probability of each candidate.

    Parameters
    ----------
    scores : array of float, shape (n, n_columns)
        Log-odds of the candidates, up to a constant in each row; far below zero where there is no candidate.
    calibration : float
        Scales the scores so that a probability of 0.9 is right in 90 of 100 cases.

    Returns
    -------
    array of float64, shape (n, n_columns)
        A row depends on its scores alone: not on the other rows, nor on how many columns are empty, so that a
        threshold decides the same in every batch.
    """
    scores = np.asarray(scores, np.float64)
    best = scores.max(axis=1, keepdims=True, initial=-1e9)
    odds: NDArray[np.float64] = np.exp((scores - best) * calibration)
    total = np.zeros(len(odds))
    for column in odds.T:  # sum() adds in an order that the number of columns decides
        total += column
    odds /= total[:, None]
    return odds.round(_DECIMALS)

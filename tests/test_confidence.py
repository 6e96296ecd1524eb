"""Probabilities add up, follow the calibration, and are the same in any batch."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.confidence import probabilities

SCORES = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40)
NOTHING = -1e4


@given(SCORES)
def test_they_add_up_and_follow_the_scores(scores: list[float]) -> None:
    (odds,) = probabilities([scores], 0.8)
    assert abs(odds.sum() - 1) < 1e-4
    assert odds[np.argmax(scores)] == odds.max()


@given(SCORES, st.integers(0, 40), st.integers(0, 3))
def test_a_row_does_not_depend_on_the_batch(scores: list[float], empty: int, before: int) -> None:
    (alone,) = probabilities([scores], 1.1)
    wide = np.full((before + 1, len(scores) + empty), NOTHING)
    wide[:, : len(scores)] = scores
    assert (probabilities(wide, 1.1)[-1] == [*alone, *[0.0] * empty]).all()


def test_calibration_sharpens_or_flattens() -> None:
    flat, sharp = probabilities([[2.0, 0.0]], 0.5), probabilities([[2.0, 0.0]], 2.0)
    assert flat[0, 0] < sharp[0, 0]
    assert probabilities(np.empty((0, 0)), 1.0).shape == (0, 0)

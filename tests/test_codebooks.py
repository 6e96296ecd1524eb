"""Codebooks: a code stands for rows that mean the same where it matters."""

from __future__ import annotations

import numpy as np

from vndiacritic.training.codebooks import cluster, codebook_size, information


def test_few_distinct_rows_have_codes_of_their_own() -> None:
    rng = np.random.default_rng(0)
    distinct = np.array([[0, 4], [4, 0], [-3, 3]], np.float32)
    rows = distinct[rng.integers(0, 3, 5000)]
    book, code = cluster(rows, np.ones_like(rows), rng)
    assert len(book) == codebook_size(np.array(5000))
    assert np.abs(book[code] - rows).max() < 1e-3


def test_no_more_codes_than_rows() -> None:
    rows = np.arange(20, dtype=np.float32).reshape(10, 2)
    book, code = cluster(rows, np.ones_like(rows), np.random.default_rng(0))
    assert (book[code] == rows).all()
    book, code = cluster(rows[:0], rows[:0], np.random.default_rng(0))
    assert book.shape == (0, 2)
    assert code.shape == (0,)


def test_weights_that_no_token_asks_for_have_no_say() -> None:
    """Rows that differ in the third weight alone, which is worth nothing, are told apart by the others only."""
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 1, (4000, 3)).astype(np.float32)
    rows[:, 2] *= 50
    importance = np.tile(np.array([1, 1, 0], np.float32), (4000, 1))

    def error(of: np.ndarray) -> float:
        book, code = cluster(rows, of, np.random.default_rng(1))
        return float(np.square((book[code] - rows)[:, :2]).mean())

    assert error(importance) < error(np.ones_like(importance)) / 3


def test_rows_that_matter_are_kept_among_very_many() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 1, (60_000, 2)).astype(np.float32)
    importance = np.ones_like(rows)
    rows[777], importance[777] = (7, -7), 1e6
    book, code = cluster(rows, importance, rng)
    assert np.abs(book[code[777]] - rows[777]).max() < 0.1


def test_information_is_what_the_tokens_leave_open() -> None:
    columns = np.array([[1, 2], [1, 0]], np.int32)
    weights = np.array([[0, 0], [1, -1], [3, 0]], np.float32)
    p = [1 / (1 + np.exp(-score)) for score in (5.0, 2.0)]  # the first candidate's, of each token
    found = information(columns, np.zeros((1, 2), np.float32), weights)
    open_ = [share * (1 - share) for share in p]
    assert np.allclose(found[1], sum(open_), atol=1e-6)
    assert np.allclose(found[2], open_[0], atol=1e-6)

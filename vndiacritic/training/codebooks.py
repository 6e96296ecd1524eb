"""Codebooks: a few vectors of weights that stand for many rows.

k-means by Lloyd's algorithm (1982), but in the measure that counts: how much the log-loss rises when a weight becomes
another. To the second order that is the squared change times the weight's *information* (the diagonal of Fisher's
matrix), which differs from candidate to candidate; scikit-learn's KMeans knows one importance a row, and leaves half
as much again of the loss (docs/design.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from vndiacritic.training.softmax import Columns, Floats

__all__ = ["cluster", "codebook_size", "information"]

_CODES, _CODES_AT_LEAST, _ROWS_PER_CODE = 256, 48, 32
_ROWS_CLUSTERED, _ROUNDS = 20_000, 15
_ROWS_AT_ONCE = 1 << 13
_PRIOR = 1e-3  # of the mean information: what no token tells apart stays where the others are


def codebook_size(n_rows: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """How many codes rows get; a few rows have one each."""
    n_codes = np.minimum(n_rows // _ROWS_PER_CODE + _CODES_AT_LEAST, _CODES)
    at_most_one_each: NDArray[np.integer[Any]] = np.minimum(n_codes, n_rows)
    return at_most_one_each


def information(columns: Columns, offset: NDArray[np.floating], weights: Floats) -> Floats:
    """How much each weight matters: the sum of p (1 - p) over the tokens that have its row.

    Parameters
    ----------
    columns, offset, weights
        As `vndiacritic.training.softmax.fit` takes them.

    Returns
    -------
    array of float32, shape (n_columns, n_classes)
    """
    n_tokens, n_features = columns.shape
    ends = np.arange(0, columns.size + 1, n_features)
    present = sparse.csr_matrix((np.ones(columns.size, np.float32), columns.ravel(), ends), (n_tokens, len(weights)))
    share = np.asarray(present @ weights) + offset
    share -= share.max(axis=1, keepdims=True)
    np.exp(share, out=share)
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray(present.T @ (share * (1 - share)).astype(np.float32))


def cluster(rows: Floats, importance: Floats, rng: np.random.Generator) -> tuple[Floats, NDArray[np.uint8]]:
    """A codebook for rows, and the code of each.

    Parameters
    ----------
    rows : array of float32, shape (n_rows, n_classes)
    importance : array of float32, shape (n_rows, n_classes)
        See `information`.
    rng : Generator

    Returns
    -------
    codebook : array of float32, shape (codebook_size(n_rows), n_classes)
    code : array of uint8, shape (n_rows,)
    """
    n_codes = int(codebook_size(np.array(len(rows))))
    if n_codes == len(rows):
        return rows, np.arange(n_codes, dtype=np.uint8)
    importance = importance + _PRIOR * importance.mean() + np.float32(1e-9)
    sample, share = _sample(rows, importance, rng)
    seen, weight = rows[sample], importance[sample] * share[:, None]
    book = seen[rng.choice(len(seen), n_codes, replace=False)]
    for _ in range(_ROUNDS):
        members = sparse.csr_matrix(
            (np.ones(len(seen), np.float32), (_nearest(seen, weight, book), np.arange(len(seen)))),
            (n_codes, len(seen)),
        )
        total = np.asarray(members @ weight)
        # A code that nothing is nearest to stays where it is.
        book = np.where(total > 0, np.asarray(members @ (weight * seen)) / np.maximum(total, 1e-12), book)
    return book, _nearest(rows, importance, book).astype(np.uint8)


def _sample(rows: Floats, importance: Floats, rng: np.random.Generator) -> tuple[NDArray[np.intp], Floats]:
    """Rows to find a codebook by, and how many each stands for: all that matter most, some of the others."""
    if len(rows) <= _ROWS_CLUSTERED:
        return np.arange(len(rows)), np.ones(len(rows), np.float32)
    half = _ROWS_CLUSTERED // 2
    order = np.argsort(-(importance * np.square(rows)).sum(axis=1), kind="stable")
    others = rng.choice(order[half:], half, replace=False)
    share = np.repeat(np.array([1, (len(rows) - half) / half], np.float32), half)
    return np.concatenate([order[:half], others]), share


def _nearest(rows: Floats, importance: Floats, book: Floats) -> NDArray[np.intp]:
    """The code of each row that changes the loss least."""
    nearest = np.empty(len(rows), np.intp)
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        piece = slice(first, first + _ROWS_AT_ONCE)
        weighted = importance[piece] * rows[piece]
        nearest[piece] = (importance[piece] @ np.square(book).T - 2 * weighted @ book.T).argmin(axis=1)
    return nearest

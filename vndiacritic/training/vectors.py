"""Vectors of frequent forms from what stands beside them: similar forms, similar vectors.

Counts of the forms to the left and to the right, as positive pointwise mutual information, reduced by a truncated
singular value decomposition (Levy and Goldberg 2014; context counts smoothed as by Levy, Goldberg and Dagan 2015).
The network starts from these; from random vectors it learns a fifth as much from the same text (docs/design.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from vndiacritic.training.softmax import Floats

_CONTEXTS = 2000  # forms that count as neighbours
_BESIDE = (-1, 1)
_TOKENS_AT_ONCE = 1 << 23
_SMOOTHING = 0.75


def form_vectors(tokens: NDArray[np.int32], slot: NDArray[np.int32], size: int, seed: int) -> Floats:
    """Vectors of unit length.

    Parameters
    ----------
    tokens : array of int32, shape (n,)
        The forms of a text, in order.
    slot : array of int32, shape (n_symbols,)
        Which row a form gets, the most frequent the first; -1 for a form without one.
    size : int
        Length of a vector; more than there is to tell of few forms is filled with zeros.
    seed : int

    Returns
    -------
    array of float32, shape (n_forms, size)
    """
    n_forms = int(slot.max(initial=-1)) + 1
    information = sparse.hstack([_information(_beside(tokens, slot, n_forms, offset)) for offset in _BESIDE]).tocsr()
    n_told = min(size, *(n - 1 for n in information.shape))
    vectors = np.zeros((n_forms, size), np.float32)
    if n_told < 1:
        return vectors
    with threadpool_limits(1):  # threads would change the sums' last bits
        left, strength, _ = randomized_svd(information, n_told, n_iter=4, random_state=seed)
    vectors[:, :n_told] = left * np.sqrt(strength)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    return vectors


def _beside(tokens: NDArray[np.int32], slot: NDArray[np.int32], n_forms: int, offset: int) -> sparse.csr_matrix:
    """How often each form has each frequent form at an offset; shape (n_forms, n_contexts)."""
    n_contexts = min(_CONTEXTS, n_forms)
    counts = sparse.csr_matrix((n_forms, n_contexts), dtype=np.float64)
    for forms, others in _pairs(tokens, slot, offset):
        known = (forms >= 0) & (others >= 0) & (others < n_contexts)
        pair, count = np.unique(forms[known].astype(np.int64) * n_contexts + others[known], return_counts=True)
        counts += sparse.csr_matrix((count.astype(np.float64), np.divmod(pair, n_contexts)), counts.shape)
    return counts


def _pairs(
    tokens: NDArray[np.int32], slot: NDArray[np.int32], offset: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """The forms of a text and those at an offset of one, a piece at a time."""
    for first in range(0, len(tokens) - 1, _TOKENS_AT_ONCE):
        piece = slot[tokens[first : first + _TOKENS_AT_ONCE + 1]]
        yield (piece[:-1], piece[1:]) if offset > 0 else (piece[1:], piece[:-1])


def _information(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of counted pairs."""
    entries = counts.tocoo()
    rows, columns = (np.asarray(counts.sum(axis=axis), np.float64).ravel() for axis in (1, 0))
    columns = columns**_SMOOTHING
    columns /= max(columns.sum(), 1)
    together = np.log(entries.data / (rows[entries.row] * columns[entries.col]))
    kept = together > 0
    return sparse.csr_matrix((together[kept], (entries.row[kept], entries.col[kept])), counts.shape, dtype=np.float32)

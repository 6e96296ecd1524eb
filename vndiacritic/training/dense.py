"""The dense part: what the forms five to each side of a doubtful syllable say together.

Every frequent form has a short vector for each place around a syllable; the vectors that stand there are summed, what
is below zero is cut off, and the product with a vector of each candidate is added to the candidate's score. It is
trained on what both stages said of tokens they had not learned yet, on the tokens they left in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import DENSE_OFFSETS, DOUBT
from vndiacritic.training.index import Progress
from vndiacritic.training.softmax import Floats
from vndiacritic.training.workspace import Workspace, written_whole

_FORMS = 4096
_SIZE = 32
_BYTES_A_FORM = len(DENSE_OFFSETS) * _SIZE
_TOKENS_AT_MOST = 24_000_000
_BEST = 8  # candidates of a token that are looked at
_SETTLED_SHARE = 0.03  # of the tokens without doubt are looked at too, so that they stay so
_RATE, _START, _BATCH = 0.05, 0.01, 512
_ERROR = 0.02


class Dense(NamedTuple):
    """The vectors, and the forms that have one.

    Attributes
    ----------
    forms : array of int32, shape (n_forms,)
        Symbol numbers.
    inputs : array of float32, shape (len(DENSE_OFFSETS), n_forms + 1, size)
        A vector for each place and form; row 0, for all other forms, is zero.
    outputs : array of float32, shape (n_candidates, size)
        A vector for each candidate of all experts in a row.
    """

    forms: NDArray[np.int32]
    inputs: Floats
    outputs: Floats


def no_dense(space: Workspace) -> Dense:
    """A dense part of no forms: the smallest."""
    n_candidates = sum(len(space.candidates(bare)) for bare in space.experts())
    inputs = np.zeros((len(DENSE_OFFSETS), 1, _SIZE), np.float32)
    return Dense(np.zeros(0, np.int32), inputs, np.zeros((n_candidates, _SIZE), np.float32))


class _Doubtful(NamedTuple):
    """Tokens to train on."""

    position: NDArray[np.int32]
    candidate: NDArray[np.int32]  # shape (n, _BEST): places in `Dense.outputs`
    score: NDArray[np.float16]  # of each
    label: NDArray[np.uint8]  # which of them is right


def fit_dense(space: Workspace, seed: int, max_bytes: float, progress: Progress) -> Dense:
    """Train the dense part, unless it is done; the fewer bytes there are, the fewer forms have vectors."""
    path = space.folder / "dense.npz"
    if not path.exists():
        dense = _fit(space, seed, max_bytes, progress)
        with written_whole(path) as temporary:
            np.savez(temporary, **dense._asdict())
    with np.load(path) as saved:
        return Dense(**{name: saved[name] for name in Dense._fields})


def _fit(space: Workspace, seed: int, max_bytes: float, progress: Progress) -> Dense:
    """Train the dense part in one pass over the doubtful tokens."""
    experts = space.experts()
    rng = np.random.default_rng((seed, 99))
    tokens = _collect(space, experts, rng)
    counts = np.load(space.folder / "form_counts.npy")
    n_forms = min(_FORMS, int(max_bytes / _BYTES_A_FORM), len(counts))
    forms = np.argsort(-counts, kind="stable")[:n_forms].astype(np.int32)
    slot = np.zeros(len(counts), np.int32)
    slot[forms] = np.arange(1, len(forms) + 1)
    n_candidates = sum(len(space.candidates(bare)) for bare in experts)
    shape = (len(DENSE_OFFSETS), len(forms) + 1, _SIZE)
    inputs = rng.normal(0, 0.1, shape).astype(np.float32)
    inputs[:, 0] = 0
    dense = Dense(forms, inputs, np.zeros((n_candidates, _SIZE), np.float32))
    learner = _Learner(dense)
    order = rng.permutation(len(tokens.position))
    for at in range(0, len(order), _BATCH):
        batch = order[at : at + _BATCH]
        around = np.stack([slot[space.predicted[tokens.position[batch] + offset]] for offset in DENSE_OFFSETS], axis=1)
        learner.learn(around, _take(tokens, batch))
        if at % (_BATCH * 1000) == 0:
            progress("dense part", at, len(order))
    progress("dense part", len(order), len(order))
    return dense


def _take(tokens: _Doubtful, which: NDArray[np.intp]) -> _Doubtful:
    return _Doubtful(tokens.position[which], tokens.candidate[which], tokens.score[which], tokens.label[which])


class _Learner:
    """AdaGrad with one step size a row."""

    def __init__(self, dense: Dense) -> None:
        self._inputs = dense.inputs.reshape(-1, _SIZE)  # a view
        self._outputs = dense.outputs
        self._first = np.arange(len(DENSE_OFFSETS)) * dense.inputs.shape[1]
        self._input_squares = np.full(len(self._inputs), _START, np.float32)
        self._output_squares = np.full(len(self._outputs), _START, np.float32)

    def learn(self, around: NDArray[np.int32], tokens: _Doubtful) -> None:
        rows = around + self._first
        sums = self._inputs[rows].sum(axis=1)
        hidden = np.maximum(sums, 0)
        outputs = self._outputs[tokens.candidate]
        scores = tokens.score.astype(np.float32) + np.matmul(outputs, hidden[:, :, None])[:, :, 0]
        error = np.exp(scores - scores.max(axis=1, keepdims=True))
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(len(error)), tokens.label] -= 1
        inner = np.matmul(error[:, None, :], outputs)[:, 0] * (sums > 0)

        token, which = np.nonzero(np.abs(error) > _ERROR)
        _step(
            self._outputs,
            self._output_squares,
            tokens.candidate[token, which],
            error[token, which, None] * hidden[token],
        )
        token, which = np.nonzero(around)
        _step(self._inputs, self._input_squares, rows[token, which], inner[token])


def _step(weights: Floats, squares: Floats, rows: NDArray[np.integer[Any]], gradient: Floats) -> None:
    """Move rows against their gradients."""
    np.add.at(squares, rows, np.square(gradient).mean(axis=1))
    np.subtract.at(weights, rows, _RATE * gradient / np.sqrt(squares[rows])[:, None])


def _collect(space: Workspace, experts: Sequence[str], rng: np.random.Generator) -> _Doubtful:
    """The tokens in doubt, some of the others, and their best candidates."""
    share = min(1.0, _TOKENS_AT_MOST / max(1, space.n_tokens * 0.3))
    found = []
    first = 0
    for bare in experts:
        tokens = space.tokens(bare)
        with np.load(space.file("scores2", bare)) as saved:
            scores: NDArray[np.float16] = saved["scores"]
        n = scores.shape[1]
        chance = np.where(_in_doubt(scores, tokens.labels), share, share * _SETTLED_SHARE)
        at = np.flatnonzero(rng.random(len(scores)) < chance)
        found.append(_best_of(scores[at], tokens.labels[at], tokens.positions[at], first))
        first += n
    return _Doubtful(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))


def _in_doubt(scores: NDArray[np.float16], labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the best candidate is not clearly ahead of the next, or wrong."""
    top = np.partition(scores, -2, axis=1)[:, -2:]
    doubt: NDArray[np.bool_] = (top[:, 1] - top[:, 0] < DOUBT) | (scores.argmax(axis=1) != labels)
    return doubt


def _best_of(
    scores: NDArray[np.float16], labels: NDArray[np.intp], positions: NDArray[np.int32], first: int
) -> _Doubtful:
    """Keep the best candidates and the right one of each token."""
    n, n_classes = scores.shape
    if n_classes < _BEST:
        scores = np.pad(scores, ((0, 0), (0, _BEST - n_classes)), constant_values=-1e4)
    rank = scores.astype(np.float32)
    rank[np.arange(n), labels] = np.inf
    which = np.argsort(-rank, axis=1, kind="stable")[:, :_BEST]
    kept = np.take_along_axis(scores, which, axis=1)
    candidate = (first + np.minimum(which, n_classes - 1)).astype(np.int32)
    return _Doubtful(positions, candidate, kept, np.zeros(n, np.uint8))

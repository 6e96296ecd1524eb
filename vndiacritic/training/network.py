"""The network's weights: learned on what both stages leave in doubt.

It is trained on what the stages said of tokens they had not learned yet, by Adam (Kingma and Ba 2015) in mini-batches;
`vndiacritic.network` says what it computes, `vndiacritic.training.vectors` what it starts from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from vndiacritic.decode import lead
from vndiacritic.features import DOUBT, NETWORK_CASES, Case
from vndiacritic.network import LARGEST_BIAS, LARGEST_VECTOR, LARGEST_WEIGHT, input_rows, n_inputs, places_around
from vndiacritic.training.softmax import Floats
from vndiacritic.training.storage import written_whole
from vndiacritic.training.vectors import form_vectors
from vndiacritic.training.workspace import Workspace

_FORMS = 16_384
_FEWEST_FORMS = 1024  # a network of fewer is not worth its bytes
_FEWEST_TOKENS = 100_000  # and of fewer doubtful tokens it learns nothing
_REACH = 16  # forms on either side that it reads
_SIZE, _HIDDEN, _READ = 64, 256, 128
_INPUTS = n_inputs(_REACH)
_TOKENS_AT_MOST = 24_000_000
_BEST = 8  # candidates of a token that are looked at
_PASSES, _BATCH, _RATE, _WARM_UP, _LAST_RATE = 2, 1024, 1e-3, 200, 0.02
_SCALED_ON = 20_000  # tokens that tell how large the numbers get that are passed on


class Weights(NamedTuple):
    """The network in int8, as `vndiacritic.network.Network` takes it, but for the order of its forms.

    Attributes
    ----------
    forms : array of int32, shape (n_forms,)
        Symbol numbers; none for a model without a network.
    """

    forms: NDArray[np.int32]
    vectors: NDArray[np.int8]
    weights1: NDArray[np.int8]
    bias1: NDArray[np.int32]
    weights2: NDArray[np.int8]
    bias2: NDArray[np.int32]
    outputs: NDArray[np.int8]
    scales: NDArray[np.float64]  # pass1, pass2, step


def n_forms_within(space: Workspace, max_bytes: float) -> int:
    """How many forms a network of so many bytes can know; 0 where it is not worth it."""
    n_candidates = sum(len(space.candidates(bare)) for bare in space.experts())
    fixed = _INPUTS * _SIZE * _HIDDEN + _HIDDEN * _READ + n_candidates * _READ + len(space.experts()) * _SIZE
    n_forms = int(min(_FORMS, (max_bytes - fixed) / (_SIZE + 8), len(space.form_counts)))
    return n_forms if n_forms >= _FEWEST_FORMS else 0


def no_weights(space: Workspace, n_forms: int = 0) -> Weights:
    """A network of zeros: without forms, the smallest, which says nothing."""
    n_candidates = sum(len(space.candidates(bare)) for bare in space.experts())
    n_vectors = 1 + n_forms + len(space.experts()) + len(Case) * len(NETWORK_CASES)
    size, hidden, read = (_SIZE, _HIDDEN, _READ) if n_forms else (1, 1, 1)
    return Weights(
        np.zeros(n_forms, np.int32),
        np.zeros((n_vectors, size), np.int8),
        np.zeros((_INPUTS * size, hidden), np.int8),
        np.zeros(hidden, np.int32),
        np.zeros((hidden, read), np.int8),
        np.zeros(read, np.int32),
        np.zeros((n_candidates, read), np.int8),
        np.ones(3),
    )


def fit_network(space: Workspace, n_forms: int, seed: int) -> None:
    """Train a network that knows so many forms, and write it down, unless it is done."""
    path = space.folder / "network.npz"
    if path.exists():
        return
    with threadpool_limits(1):  # threads would change the sums' last bits
        weights = _fit(space, n_forms, np.random.default_rng((seed, 99)))
    with written_whole(path) as temporary:
        np.savez(temporary, **weights._asdict())


def load_weights(space: Workspace) -> Weights:
    """What `fit_network` wrote."""
    with np.load(space.folder / "network.npz") as saved:
        return Weights(**{name: saved[name] for name in Weights._fields})


def _fit(space: Workspace, n_forms: int, rng: np.random.Generator) -> Weights:
    """Train the network on the doubtful tokens."""
    experts = space.experts()
    tokens = _collect(space, experts, rng) if n_forms else None
    if tokens is None or len(tokens.position) < _FEWEST_TOKENS:
        return no_weights(space)
    counts = space.form_counts
    forms = np.argsort(-counts, kind="stable")[:n_forms].astype(np.int32)
    slot = np.full(len(counts), -1, np.int32)
    slot[forms] = np.arange(len(forms))
    n_candidates = sum(len(space.candidates(bare)) for bare in experts)
    layers = _begin(
        form_vectors(space.stream.form, slot, _SIZE, int(rng.integers(2**31))), len(experts), n_candidates, rng
    )
    learner = _Learner(layers)
    read_rows = _Rows(space, slot + 1, len(forms), len(experts))
    order = np.concatenate([rng.permutation(len(tokens.position)) for _ in range(_PASSES)])
    n_steps = -(-len(order) // _BATCH)
    for step in range(n_steps):
        batch = tokens.take(order[step * _BATCH : (step + 1) * _BATCH])
        rate = _RATE * min(1, (step + 1) / _WARM_UP) * max(_LAST_RATE, 1 - step / n_steps)
        learner.learn(read_rows(batch), batch, rate)
    sample = tokens.take(order[:_SCALED_ON])
    return _in_steps(forms, layers, read_rows(sample))


class _Doubtful(NamedTuple):
    """Tokens to train on; of each, the right candidate comes first."""

    position: NDArray[np.int32]
    entry: NDArray[np.int32]
    candidate: NDArray[np.int32]  # shape (n, _BEST): counted over all experts
    score: NDArray[np.float16]  # of each

    def take(self, which: NDArray[np.intp]) -> _Doubtful:
        """Some of the tokens."""
        return _Doubtful(self.position[which], self.entry[which], self.candidate[which], self.score[which])


def _collect(space: Workspace, experts: Sequence[str], rng: np.random.Generator) -> _Doubtful:
    """The tokens in doubt and their best candidates."""
    found: list[_Doubtful] = []
    first = 0
    for entry, bare in enumerate(experts):
        tokens = space.tokens(bare)
        with np.load(space.file("scores2", bare)) as saved:
            scores: NDArray[np.float16] = saved["scores"]
        at = np.flatnonzero(lead(scores) < DOUBT)  # those that it is asked about, and no others
        candidate, score = _best_of(scores[at], tokens.labels[at])
        found.append(_Doubtful(tokens.positions[at], np.full(len(at), entry, np.int32), first + candidate, score))
        first += scores.shape[1]
    everything = _Doubtful(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))
    if len(everything.position) <= _TOKENS_AT_MOST:
        return everything
    return everything.take(np.sort(rng.choice(len(everything.position), _TOKENS_AT_MOST, replace=False)))


def _best_of(scores: NDArray[np.float16], labels: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.float16]]:
    """The right candidate of each token and the best others, and their scores."""
    n, n_classes = scores.shape
    if n_classes < _BEST:
        scores = np.pad(scores, ((0, 0), (0, _BEST - n_classes)), constant_values=-1e4)
    rank = scores.astype(np.float32)
    rank[np.arange(n), labels] = np.inf
    which = np.argsort(-rank, axis=1, kind="stable")[:, :_BEST]
    return np.minimum(which, n_classes - 1).astype(np.int32), np.take_along_axis(scores, which, axis=1)


class _Rows:
    """Which vectors stand for tokens of the training text."""

    def __init__(self, space: Workspace, slot: NDArray[np.int32], n_forms: int, n_experts: int) -> None:
        self._forms, self._cases, self._slot = space.predicted, space.stream.case, slot
        self._edges = np.flatnonzero(np.asarray(space.stream.bare) == 0).astype(np.int32)
        self._sizes = n_forms, n_experts

    def __call__(self, tokens: _Doubtful) -> NDArray[np.intp]:
        form = places_around(tokens.position, self._edges, _REACH)
        case = tokens.position[:, None] + np.array(NETWORK_CASES)
        return input_rows(self._slot[self._forms[form]], tokens.entry, self._cases[case], *self._sizes)


# ---- learning

_Layers = dict[str, Floats]


def _begin(vectors: Floats, n_experts: int, n_candidates: int, rng: np.random.Generator) -> _Layers:
    """The weights that learning starts from: layers as by He et al. (2015), outputs close to nothing."""
    n_others = n_experts + len(Case) * len(NETWORK_CASES)
    n_inputs = _INPUTS * _SIZE

    def normal(deviation: float, *shape: int) -> Floats:
        return rng.normal(0, deviation, shape).astype(np.float32)

    return {
        "vectors": np.concatenate([np.zeros((1, _SIZE), np.float32), 0.8 * vectors, normal(0.1, n_others, _SIZE)]),
        "weights1": normal((2 / n_inputs) ** 0.5, n_inputs, _HIDDEN),
        "bias1": np.zeros(_HIDDEN, np.float32),
        "weights2": normal((2 / _HIDDEN) ** 0.5, _HIDDEN, _READ),
        "bias2": np.zeros(_READ, np.float32),
        "outputs": normal(0.02, n_candidates, _READ),
    }


def _forward(layers: _Layers, rows: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """What goes into the first layer, and what comes out of both."""
    values = layers["vectors"][rows].reshape(len(rows), -1)
    hidden = np.maximum(values @ layers["weights1"] + layers["bias1"], 0)
    return values, hidden, np.maximum(hidden @ layers["weights2"] + layers["bias2"], 0)


class _Learner:
    """Adam over all weights, which it moves in place."""

    def __init__(self, layers: _Layers) -> None:
        self._layers = layers
        self._means = {name: np.zeros_like(weights) for name, weights in layers.items()}
        self._squares = {name: np.zeros_like(weights) for name, weights in layers.items()}
        self._steps = 0

    def learn(self, rows: NDArray[np.intp], tokens: _Doubtful, rate: float) -> None:
        """Move the weights against the gradient of some tokens' log-loss."""
        self._steps += 1
        for name, gradient in _gradients(self._layers, rows, tokens).items():
            mean, square = self._means[name], self._squares[name]
            mean *= 0.9
            mean += 0.1 * gradient
            square *= 0.999
            square += 0.001 * np.square(gradient)
            unbiased = np.sqrt(square * np.float32(1 / (1 - 0.999**self._steps)))
            unbiased += 1e-8
            self._layers[name] -= np.float32(rate / (1 - 0.9**self._steps)) * mean / unbiased
        self._layers["vectors"][0] = 0


def _gradients(layers: _Layers, rows: NDArray[np.intp], tokens: _Doubtful) -> _Layers:
    values, hidden, read = _forward(layers, rows)
    outputs = layers["outputs"][tokens.candidate]
    scores = tokens.score.astype(np.float32) + np.matmul(outputs, read[:, :, None])[:, :, 0]
    error = np.exp(scores - scores.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    error[:, 0] -= 1
    to_read = np.matmul(error[:, None], outputs)[:, 0] * (read > 0)
    to_hidden = (to_read @ layers["weights2"].T) * (hidden > 0)
    to_values = (to_hidden @ layers["weights1"].T).reshape(-1, _SIZE)
    n, n_best = error.shape
    token = np.repeat(np.arange(n), n_best)
    return {
        "vectors": _summed(
            rows.ravel(), np.arange(rows.size), np.ones(rows.size, np.float32), len(layers["vectors"]), to_values
        ),
        "weights1": values.T @ to_hidden,
        "bias1": to_hidden.sum(axis=0),
        "weights2": hidden.T @ to_read,
        "bias2": to_read.sum(axis=0),
        "outputs": _summed(tokens.candidate.ravel(), token, error.ravel(), len(layers["outputs"]), read),
    }


def _summed(
    to: NDArray[np.integer[Any]], of: NDArray[np.intp], weight: Floats, n_rows: int, gradient: Floats
) -> Floats:
    """Rows of a gradient, weighted, added up where they belong."""
    return np.asarray(sparse.csr_matrix((weight, (to, of)), (n_rows, len(gradient))) @ gradient)


# ---- in whole numbers


def _in_steps(forms: NDArray[np.int32], layers: _Layers, rows: NDArray[np.intp]) -> Weights:
    """Round a network to int8; the tokens tell how large the numbers get that are passed on."""
    largest = {"vectors": LARGEST_VECTOR} | dict.fromkeys(("weights1", "weights2", "outputs"), LARGEST_WEIGHT)
    step = {name: float(np.abs(layers[name]).max()) / steps for name, steps in largest.items()}
    _, hidden, read = _forward(layers, rows)
    of_hidden, of_read = (float(np.quantile(values, 0.9999)) / LARGEST_WEIGHT for values in (hidden, read))
    of_sum1, of_sum2 = step["vectors"] * step["weights1"], of_hidden * step["weights2"]
    rounded = {name: np.rint(layers[name] / step[name]).astype(np.int8) for name in step}
    return Weights(
        forms,
        rounded["vectors"],
        rounded["weights1"],
        _rounded_bias(layers["bias1"] / of_sum1),
        rounded["weights2"],
        _rounded_bias(layers["bias2"] / of_sum2),
        rounded["outputs"],
        np.array([of_sum1 / of_hidden, of_sum2 / of_read, of_read * step["outputs"]]),
    )


def _rounded_bias(bias: Floats) -> NDArray[np.int32]:
    return np.clip(np.rint(bias), -LARGEST_BIAS, LARGEST_BIAS).astype(np.int32)

"""The network: exact in whole numbers, the same alone and in a batch, learned from what is in doubt."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vndiacritic.features import NETWORK_CASES, Case, symbol_hash
from vndiacritic.network import (
    LARGEST_VECTOR,
    LARGEST_WEIGHT,
    Network,
    input_rows,
    n_inputs,
    network_misfits,
    places_around,
)
from vndiacritic.training import network as training
from vndiacritic.training.assemble import assemble
from vndiacritic.training.vectors import form_vectors
from vndiacritic.training.workspace import Workspace

Arrays = dict[str, NDArray[Any]]

N_FORMS, N_EXPERTS, N_CANDIDATES, SIZE, HIDDEN, READ = 50, 7, 30, 64, 40, 16
REACH = 5
N_INPUTS = n_inputs(REACH)
PARAMS = {"pass1": 0.001, "pass2": 0.002, "step": 0.01}
FORMS = np.array([symbol_hash(f"form{i}") for i in range(2 * N_FORMS)], np.uint64)  # the second half is unknown


def int8(rng: np.random.Generator, largest: int, *shape: int) -> NDArray[np.int8]:
    return rng.integers(-largest, largest, shape, endpoint=True).astype(np.int8)


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    """A network of random weights as large as they may be."""
    rng = np.random.default_rng(0)
    n_vectors = 1 + N_FORMS + N_EXPERTS + len(Case) * len(NETWORK_CASES)
    vectors = int8(rng, LARGEST_VECTOR, n_vectors, SIZE)
    vectors[0] = 0
    return {
        "network_forms": np.sort(FORMS[:N_FORMS]),
        "network_vectors": vectors,
        "network_weights1": int8(rng, LARGEST_WEIGHT, N_INPUTS * SIZE, HIDDEN),
        "network_bias1": rng.integers(-1000, 1000, HIDDEN).astype(np.int32),
        "network_weights2": int8(rng, LARGEST_WEIGHT, HIDDEN, READ),
        "network_bias2": rng.integers(-1000, 1000, READ).astype(np.int32),
        "network_outputs": int8(rng, LARGEST_WEIGHT, N_CANDIDATES, READ),
    }


class Text:
    """Lines of random forms and cases with boundaries around them, and the tokens to look at."""

    def __init__(self, n: int = 300) -> None:
        rng = np.random.default_rng(1)
        self.form = rng.choice(FORMS, n + 2)
        self.case = rng.integers(0, len(Case), len(self.form)).astype(np.uint8)
        self.edges = np.unique([0, *rng.integers(1, n, n // 15), n + 1])
        self.at = np.setdiff1d(np.arange(n + 2), self.edges)
        self.entry = rng.integers(0, N_EXPERTS, len(self.at)).astype(np.int32)

    def read(self, network: Network, which: slice = slice(None)) -> NDArray[np.int32]:
        return network.read(self.form, self.case, self.at[which], self.entry[which], self.edges)


def test_nothing_but_the_edge_is_beyond_the_edge_of_a_line() -> None:
    edges = np.array([0, 1, 5, 9])
    assert places_around(np.array([2, 4, 6]), edges, 3).tolist() == [
        [1, 1, 1, 3, 4, 5],
        [1, 2, 3, 5, 5, 5],
        [5, 5, 5, 7, 8, 9],
    ]


def test_the_sums_are_those_of_whole_numbers(arrays: Arrays) -> None:
    text, forms = Text(), arrays["network_forms"].tolist()
    around = text.form[places_around(text.at, text.edges, REACH)]
    known = np.array([[forms.index(form) + 1 if form in forms else 0 for form in row] for row in around.tolist()])
    cases = text.case[text.at[:, None] + np.array(NETWORK_CASES)]
    rows = input_rows(known, text.entry, cases, N_FORMS, N_EXPERTS)
    values = arrays["network_vectors"][rows].reshape(len(rows), -1).astype(np.int64)
    for layer in ("1", "2"):
        sums = values @ arrays[f"network_weights{layer}"].astype(np.int64) + arrays[f"network_bias{layer}"]
        values = np.clip(np.rint(sums.astype(np.float32) * np.float32(PARAMS[f"pass{layer}"])), 0, 127).astype(np.int64)
    assert (text.read(Network(arrays, PARAMS)) == values).all()
    assert len(np.unique(values)) > 20


def test_a_token_is_read_alike_alone_and_among_others(arrays: Arrays) -> None:
    text, network = Text(3000), Network(arrays, PARAMS)
    together = text.read(network)
    for i in (0, 7, 1023, 1024, len(together) - 1):
        assert (text.read(network, slice(i, i + 1)) == together[i]).all()


def test_scores_are_products_in_steps(arrays: Arrays) -> None:
    read = Text(5).read(network := Network(arrays, PARAMS))
    candidates = np.array([[0, 3], [1, 4], [29, 30], [5, 5], [2, 28]])  # 30 is beyond the last, and pads a row
    scores = network.scores(read, candidates)
    assert scores.shape == (5, 2)
    expected = read[1].astype(int) @ arrays["network_outputs"][4].astype(int)
    assert scores[1, 1] == pytest.approx(0.01 * expected, abs=1e-4)
    assert scores[3, 0] == scores[3, 1]


def test_without_forms_there_is_no_network(arrays: Arrays) -> None:
    assert Network(arrays, PARAMS)
    vectors = np.delete(arrays["network_vectors"], slice(1, N_FORMS + 1), axis=0)
    assert not Network(arrays | {"network_forms": FORMS[:0], "network_vectors": vectors}, PARAMS)


@pytest.mark.parametrize("name", ["vectors", "weights1", "weights2", "bias1", "bias2", "outputs"])
def test_arrays_that_do_not_fit_are_seen(arrays: Arrays, name: str) -> None:
    assert not network_misfits(arrays, N_EXPERTS)
    array = arrays[f"network_{name}"]
    assert network_misfits(arrays | {f"network_{name}": array[..., :-1]}, N_EXPERTS)
    assert network_misfits(arrays, N_EXPERTS + 1)


def test_sums_that_float32_cannot_hold_are_seen(arrays: Arrays) -> None:
    hidden = 1100  # times 127 times 127 is more than 2^24
    large: Arrays = {
        "network_weights1": np.zeros((N_INPUTS * SIZE, hidden), np.int8),
        "network_bias1": np.zeros(hidden, np.int32),
        "network_weights2": np.full((hidden, READ), LARGEST_WEIGHT, np.int8),
    }
    assert network_misfits(arrays | large, N_EXPERTS)
    assert not network_misfits(arrays | large | {"network_weights2": np.ones((hidden, READ), np.int8)}, N_EXPERTS)


# ---- training


@pytest.fixture
def space(tiny_work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A finished training of a small corpus, with no network yet, where the smallest network is worth it."""
    folder = tmp_path / "work"
    shutil.copytree(tiny_work, folder)
    (folder / "64MB" / "network.npz").unlink()
    monkeypatch.setattr(training, "_FEWEST_TOKENS", 1)
    monkeypatch.setattr(training, "_FEWEST_FORMS", 1)
    return Workspace(folder).of_size(64)


def test_a_trained_network_fits_a_model(space: Workspace) -> None:
    training.fit_network(space, 100, seed=0)
    weights = training.load_weights(space)
    assert len(weights.forms) == 100
    arrays = {f"network_{name}": array for name, array in weights._asdict().items()}
    assert not network_misfits(arrays, len(space.experts()))
    assert (weights.vectors[0] == 0).all()
    assert np.abs(weights.outputs).max() == LARGEST_WEIGHT
    assert (weights.scales > 0).all()


def test_restoring_reads_what_training_read(space: Workspace) -> None:
    """Training numbers forms by frequency, the model by hash; both must look up the same vectors."""
    training.fit_network(space, 100, seed=0)
    weights = training.load_weights(space)
    model = assemble(space, weights)
    at = space.tokens("la").positions.astype(np.intp)
    entry = np.full(len(at), space.experts().index("la"), np.int32)
    forms = space.hashes[space.predicted]
    edges = np.flatnonzero(np.asarray(space.stream.bare) == 0)
    read = Network(model.arrays, model.params["network"]).read(forms, space.stream.case, at, entry, edges)

    slot = np.zeros(len(space.stream.symbols), np.int32)
    slot[weights.forms] = np.arange(1, 101)
    read_rows = training._Rows(space, slot, 100, len(space.experts()))
    none = np.zeros((len(at), 1))
    rows = read_rows(training._Doubtful(at.astype(np.int32), entry, none.astype(np.int32), none.astype(np.float16)))
    values = weights.vectors[rows].reshape(len(rows), -1).astype(np.int64)
    for matrix, bias, scale in zip(
        (weights.weights1, weights.weights2), (weights.bias1, weights.bias2), weights.scales, strict=False
    ):
        sums = (values @ matrix.astype(np.int64) + bias).astype(np.float32) * np.float32(scale)
        values = np.clip(np.rint(sums), 0, 127).astype(np.int64)
    assert len(at) > 20
    assert (read == values).all()
    assert len(np.unique(values)) > 5


def test_the_same_seed_gives_the_same_network(space: Workspace) -> None:
    found = []
    for seed in (0, 0, 1):
        training.fit_network(space, 100, seed)
        found.append(training.load_weights(space))
        (space.folder / "network.npz").unlink()
    first, second, third = (weights.vectors.tobytes() for weights in found)
    assert first == second != third


def test_where_little_is_in_doubt_there_is_no_network(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_FEWEST_TOKENS", 10**6)
    training.fit_network(space, 100, seed=0)
    assert len(training.load_weights(space).forms) == 0


def test_the_fewer_bytes_the_fewer_forms(space: Workspace) -> None:
    counts = [training.n_forms_within(space, size) for size in (1e3, 5e5, 1e6, 1e9)]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] > 100


def test_the_network_learns_what_the_scores_do_not_say() -> None:
    """The form farthest before decides between two candidates that the stages hold to be equal."""
    rng = np.random.default_rng(0)
    n = 40_000
    label = rng.integers(0, 2, n).astype(np.int32)
    layers = training._begin(rng.normal(0, 0.1, (3, 64)).astype(np.float32), 1, 2, rng)
    learner = training._Learner(layers)
    form = np.full((n, 2 * training._REACH), 3)
    form[:, 0] = label + 1
    rows = input_rows(form, np.zeros(n, np.int32), np.zeros((n, len(NETWORK_CASES)), np.uint8), 3, 1)
    candidate = np.stack([label, 1 - label], axis=1)
    score = np.zeros((n, 2), np.float16)
    tokens = training._Doubtful(np.arange(n, dtype=np.int32), np.zeros(n, np.int32), candidate, score)
    for first in range(0, n, 200):
        batch = np.arange(first, first + 200)
        learner.learn(rows[batch], tokens.take(batch), 1e-3)
    _, _, read = training._forward(layers, rows[:100])
    scores = np.matmul(layers["outputs"][candidate[:100]], read[:, :, None])[:, :, 0]
    assert (scores[:, 0] > scores[:, 1] + 1).all()


def test_forms_among_the_same_words_have_similar_vectors() -> None:
    rng = np.random.default_rng(0)
    pairs = np.stack([rng.integers(0, 2, 5000), rng.integers(4, 6, 5000)], axis=1)  # 0 and 1 before 4 and 5,
    others = np.stack([rng.integers(2, 4, 5000), rng.integers(6, 8, 5000)], axis=1)  # 2 and 3 before 6 and 7
    boundary = np.full((5000, 2), 8)
    tokens = np.concatenate([pairs, boundary, others, boundary], axis=1).ravel().astype(np.int32)
    vectors = form_vectors(tokens, np.array([*range(8), -1], np.int32), 4, seed=0)
    assert vectors.shape == (8, 4)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > 0.9 > abs(likeness[0, 2])
    assert likeness[6, 7] > 0.9 > abs(likeness[5, 6])

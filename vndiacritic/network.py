"""A small feed-forward network over the forms around a doubtful syllable, in whole numbers.

What stands around a syllable is looked up as vectors, which two layers turn into one short vector; its product with the
vector of each candidate is added to the candidate's score. Similar forms have similar vectors, so the network knows
something of word sequences that no feature has seen.

All weights are int8, vectors from -63 to 63, and what a layer passes on is a whole number from 0 to 127. The matrix
products run in float32, where sums of whole numbers below 2^24 are exact in any order: the result is the same for every
batch, thread count and BLAS. This module knows hashes and arrays, not language; `vndiacritic.features` tells what it
looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import NETWORK_CASES, Case, Hashes

__all__ = [
    "LARGEST_BIAS",
    "LARGEST_VECTOR",
    "LARGEST_WEIGHT",
    "Network",
    "edges_around",
    "input_rows",
    "n_inputs",
    "network_misfits",
    "places_around",
]

LARGEST_VECTOR, LARGEST_WEIGHT, LARGEST_BIAS = 63, 127, 1 << 20
_FARTHEST = 64  # forms on either side: more would be no model of ours
_EXACT = 1 << 24  # whole numbers below it, and sums of them, are exact in float32

_TOKENS_AT_ONCE = 1024  # their vectors fit the cache


Places = NDArray[np.intp]


def n_inputs(reach: int) -> int:
    """How many vectors stand for a token in a network that reads so many forms on either side."""
    return 2 * reach + 1 + len(NETWORK_CASES)


def edges_around(at: NDArray[np.integer[Any]], edges: NDArray[np.integer[Any]]) -> tuple[Places, Places]:
    """The boundaries before and behind tokens.

    Parameters
    ----------
    at : array of int, shape (n_tokens,)
        Places of tokens in a text.
    edges : array of int, shape (n_edges,)
        Places of all boundaries, in order; one comes before the first token, one behind the last.
    """
    behind = np.searchsorted(edges, at)
    return edges[behind - 1].astype(np.intp), edges[behind].astype(np.intp)


def places_around(at: NDArray[np.integer[Any]], edges: NDArray[np.integer[Any]], reach: int) -> Places:
    """The places whose forms are read, in order; beyond the edge of a line there is nothing but that edge.

    Returns
    -------
    array of int, shape (n_tokens, 2 * reach)
    """
    first, last = edges_around(at, edges)
    offsets = np.concatenate([np.arange(-reach, 0), np.arange(1, reach + 1)])
    places: Places = np.clip(at[:, None] + offsets, first[:, None], last[:, None])
    return places


def input_rows(
    form: NDArray[np.integer[Any]],
    entry: NDArray[np.int32],
    case: NDArray[np.uint8],
    n_forms: int,
    n_experts: int,
) -> NDArray[np.intp]:
    """Which vectors stand for tokens and what is around them.

    The vectors are those of a form without one (zero), of the known forms, of the experts, and of each case at each of
    the places of `NETWORK_CASES`.

    Parameters
    ----------
    form : array of int, shape (n_tokens, 2 * reach)
        The known form at each of `places_around`, counted from 1; 0 for any other.
    entry : array of int, shape (n_tokens,)
        Each token's expert.
    case : array of uint8, shape (n_tokens, len(NETWORK_CASES))
    n_forms, n_experts : int

    Returns
    -------
    array of int, shape (n_tokens, n_inputs(reach))
    """
    first_entry = 1 + n_forms
    first_case = first_entry + n_experts + len(Case) * np.arange(len(NETWORK_CASES))
    return np.concatenate([form, first_entry + entry[:, None], first_case + case], axis=1).astype(np.intp, copy=False)


class Network:
    """The network of a model.

    Parameters
    ----------
    arrays : mapping of str to array
        ``network_forms``: hashes of the forms that have a vector, sorted; where there are none, there is no network.
        ``network_vectors``: see `input_rows`; int8, shape (n_vectors, size). ``network_weights1`` and
        ``network_weights2``: int8, a column for each number passed on; ``network_bias1`` and ``network_bias2``: int32.
        ``network_outputs``: a vector for each candidate of all experts in a row; int8. The first layer's rows tell how
        far it reaches.
    params : mapping
        ``pass1`` and ``pass2`` (what a layer's sums are multiplied with) and ``step`` (what a product is worth).
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, float]) -> None:
        self._forms: Hashes = np.ascontiguousarray(arrays["network_forms"])
        self._vectors: NDArray[np.int8] = np.ascontiguousarray(arrays["network_vectors"])
        self._n_experts = len(self._vectors) - 1 - len(self._forms) - len(Case) * len(NETWORK_CASES)
        self._layers = [
            (
                arrays[f"network_weights{i}"].astype(np.float32),
                arrays[f"network_bias{i}"].astype(np.float32),
                np.float32(params[f"pass{i}"]),
            )
            for i in (1, 2)
        ]
        self.reach = _reach(arrays)  #: how many forms it reads on either side
        self._outputs: NDArray[np.int8] = np.ascontiguousarray(arrays["network_outputs"])
        self._step = np.float32(params["step"])

    def __bool__(self) -> bool:
        return len(self._forms) > 0

    def read(
        self, form: Hashes, case: NDArray[np.uint8], at: Places, entry: NDArray[np.int32], edges: Places
    ) -> NDArray[np.int32]:
        """What the network makes of the places around tokens.

        Parameters
        ----------
        form, case : array, shape (n,)
            Form hashes and cases of a whole batch.
        at, entry : array of int, shape (n_tokens,)
            Places in the batch, and the experts there.
        edges : array of int
            Places of the boundaries; see `edges_around`.

        Returns
        -------
        array of int32, shape (n_tokens, size)
        """
        known = self._known(form)[places_around(at, edges, self.reach)]
        cases = case[at[:, None] + np.array(NETWORK_CASES)]
        rows = input_rows(known, entry, cases, len(self._forms), self._n_experts)
        parts = (self._pass(rows[first : first + _TOKENS_AT_ONCE]) for first in range(0, len(rows), _TOKENS_AT_ONCE))
        return np.concatenate(list(parts))

    def scores(self, read: NDArray[np.int32], candidates: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """What to add to the scores of candidates; both shapes are (n_tokens, ...)."""
        outputs = self._outputs.take(candidates, axis=0, mode="clip").astype(np.int32)
        products: NDArray[np.float32] = np.einsum("tcs,ts->tc", outputs, read) * self._step
        return products

    def _known(self, form: Hashes) -> NDArray[np.intp]:
        place = np.minimum(np.searchsorted(self._forms, form), len(self._forms) - 1)
        return np.where(self._forms[place] == form, place + 1, 0)

    def _pass(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        values = self._vectors.take(rows, axis=0).reshape(len(rows), -1).astype(np.float32)
        for weights, bias, scale in self._layers:
            values = values @ weights
            values += bias
            values *= scale
            np.clip(np.rint(values, out=values), 0, 127, out=values)
        return values.astype(np.int32)


def _reach(arrays: Mapping[str, NDArray[Any]]) -> int:
    """How far the first layer reaches on either side."""
    size: int = max(1, arrays["network_vectors"].shape[1])
    return (len(arrays["network_weights1"]) // size - n_inputs(0)) // 2


def network_misfits(arrays: Mapping[str, NDArray[Any]], n_experts: int) -> bool:
    """Whether a network's arrays do not fit each other, or could exceed what float32 adds exactly."""
    vectors, outputs = arrays["network_vectors"], arrays["network_outputs"]
    weights, bias = ([arrays[f"network_{kind}{i}"] for i in (1, 2)] for kind in ("weights", "bias"))
    if any(array.ndim != 2 for array in (vectors, outputs, *weights)):
        return True
    reach = _reach(arrays)
    shapes = [
        (reach, min(max(reach, 0), _FARTHEST)),
        (len(vectors), 1 + arrays["network_forms"].size + n_experts + len(Case) * len(NETWORK_CASES)),
        (len(weights[0]), n_inputs(reach) * vectors.shape[1]),
        (len(weights[1]), weights[0].shape[1]),
        (outputs.shape[1], weights[1].shape[1]),
        (bias[0].shape, weights[0].shape[1:]),
        (bias[1].shape, weights[1].shape[1:]),
    ]
    return (
        any(a != b for a, b in shapes)
        or _largest(vectors) > LARGEST_VECTOR
        or any(
            int(np.abs(of_layer, dtype=np.int32).sum(axis=0).max(initial=0)) * given + _largest(added) >= _EXACT
            for of_layer, given, added in zip(weights, (LARGEST_VECTOR, LARGEST_WEIGHT), bias, strict=True)
        )
    )


def _largest(values: NDArray[Any]) -> int:
    return max(int(values.max(initial=0)), -int(values.min(initial=0)))

"""From tokens to choices: the two stages over a batch of lines, as array arithmetic.

Stage 1 scores every candidate of every ambiguous syllable by the bare text around it. Stage 2 adds what the forms say
that stage 1 predicted there, and a network has a second look at what is still in doubt. A syllable that stays bare
is read once more when its neighbours are settled, until nothing changes; so restoring restored text changes nothing.
This module reads a model's arrays and knows no strings, files or threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.errors import ModelError
from vndiacritic.features import DOUBT, NETWORK_OFFSETS, TEMPLATES, WIDE, Hashes, context1, context2
from vndiacritic.network import Network, network_misfits
from vndiacritic.rowtable import RowTable

__all__ = ["Batch", "Choices", "Decoder"]

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

_IMPOSSIBLE = np.float32(-1e4)


class Batch(NamedTuple):
    """Tokens of some lines, with `vndiacritic.features.REACH` boundaries before, between and after them.

    Attributes
    ----------
    bare : array of uint64, shape (n,)
        Hash of each token's bare symbol.
    form : array of uint64, shape (n,)
        Hash of the token's form where it is settled, of the bare symbol elsewhere.
    case : array of uint8, shape (n,)
    entry : array of int32, shape (n,)
        Which expert decides the token; -1 where nothing is to be decided.
    allowed : mapping of int to array of bool
        For partly marked tokens, by their place in the batch: which candidates complete them.
    """

    bare: Hashes
    form: Hashes
    case: NDArray[np.uint8]
    entry: Ints
    allowed: Mapping[int, NDArray[np.bool_]]


class Choices(NamedTuple):
    """What was decided.

    Attributes
    ----------
    at : array of int, shape (n,)
        Places of the decided tokens in the batch.
    candidate : array of int, shape (n,)
        The candidate chosen for each.
    scores : array of float32, shape (n, n_columns)
        Log-odds of the candidates, up to a constant in each row; far below zero beyond a token's last candidate.
    """

    at: NDArray[np.intp]
    candidate: NDArray[np.intp]
    scores: Floats


class _Width(NamedTuple):
    """Experts of up to so many candidates: their codebooks and priors, padded to that width."""

    books: NDArray[np.int8]  # shape (n_codes, width); row 0 is zero
    priors: NDArray[np.float16]  # shape (n_experts, width)


class Decoder:
    """A model's arrays, ready to score.

    Parameters
    ----------
    arrays : mapping of str to array
        The row tables: ``narrow``, ``wide`` and ``wide_extra``. Of each expert: ``salts``, ``width`` (padded), ``row``
        (in the priors of that width) and ``starts`` (shape (n_experts, 7): where its codebooks begin, three a stage,
        and where the last one ends). Of each width: ``books{width}`` and ``priors{width}``. The candidates of all
        experts in a row: ``form_starts``, ``form_hashes``, and ``bare_form`` (which one of an expert is the bare
        syllable, -1 for none). And those of `vndiacritic.network.Network`.
    params : mapping
        ``narrow``, ``wide`` (the row tables' geometry), ``widths``, ``scale`` (code steps to the unit),
        ``temperature`` (weight of stage 1 in the sum) and ``network``.

    Raises
    ------
    ModelError
        Something is missing, or does not fit the rest.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> None:
        for wrong in _misfits(arrays, params):
            raise ModelError(f"{wrong}: fetch the model again, or train it anew")
        self._narrow = RowTable.from_arrays(arrays["narrow"], None, params["narrow"])
        self._wide = RowTable.from_arrays(arrays["wide"], arrays["wide_extra"], params["wide"])
        self._salts: Hashes = np.ascontiguousarray(arrays["salts"])
        self._width_of: NDArray[np.uint16] = np.ascontiguousarray(arrays["width"])
        self._row_of: Ints = np.ascontiguousarray(arrays["row"])
        self._starts: Ints = np.ascontiguousarray(arrays["starts"])
        self._form_starts: Ints = np.ascontiguousarray(arrays["form_starts"])
        self._form_hashes: Hashes = np.ascontiguousarray(arrays["form_hashes"])
        self._bare_form: Ints = np.ascontiguousarray(arrays["bare_form"])
        self._widths = {w: _Width(arrays[f"books{w}"], arrays[f"priors{w}"]) for w in params["widths"]}
        self._step = np.float32(1 / params["scale"])
        self._temperature = np.float32(params["temperature"])
        self._network = Network(arrays, params["network"])

    def decide(self, batch: Batch) -> Choices:
        """Choose a candidate for every token that is to be decided."""
        at = np.flatnonzero(batch.entry >= 0)
        entry = batch.entry[at]
        stage1 = self._priors(entry)
        self._restrict(stage1, at, batch.allowed)
        self._add(stage1, 1, context1(lambda i: batch.bare[at + i], lambda i: batch.case[at + i]), entry)
        form = batch.form.copy()
        form[at] = self._form_hash(entry, stage1.argmax(axis=1))
        stage1 *= self._temperature
        scores = stage1.copy()
        self._add_forms(scores, form, batch.case, at, entry)
        choice = scores.argmax(axis=1)
        self._settle(form, batch.case, at, entry, stage1, scores, choice)
        return Choices(at, choice, scores)

    def _settle(
        self,
        form: Hashes,
        case: NDArray[np.uint8],
        at: NDArray[np.intp],
        entry: Ints,
        stage1: Floats,
        scores: Floats,
        choice: NDArray[np.intp],
    ) -> None:
        """Decide bare tokens again while the forms around them are not those they were decided by.

        This is what a second run over the restored text would do, where all that has marks by then is settled. Marks
        are only ever added, so it ends.
        """
        while True:
            bare = choice == self._bare_form[entry]
            settled = form.copy()
            settled[at] = np.where(bare, form[at], self._form_hash(entry, choice))
            moved = settled != form
            near = np.logical_or.reduce([moved[at + offset] for offset in NETWORK_OFFSETS])
            again = np.flatnonzero(bare & near)
            form = settled
            if not len(again):
                return
            fresh = stage1[again]
            self._add_forms(fresh, form, case, at[again], entry[again])
            scores[again], choice[again] = fresh, fresh.argmax(axis=1)

    def _form_hash(self, entry: Ints, candidate: NDArray[np.intp]) -> Hashes:
        hashes: Hashes = self._form_hashes[self._form_starts[entry] + candidate]
        return hashes

    def _priors(self, entry: Ints) -> Floats:
        """Each token's candidates by frequency alone, as wide as the widest expert needs."""
        width = self._width_of[entry]
        scores = np.full((len(entry), int(width.max(initial=1))), _IMPOSSIBLE)
        for value, table in self._widths.items():
            tokens = np.flatnonzero(width == value)
            if len(tokens):
                scores[tokens, :value] = table.priors[self._row_of[entry[tokens]]]
        return scores

    @staticmethod
    def _restrict(scores: Floats, at: NDArray[np.intp], allowed: Mapping[int, NDArray[np.bool_]]) -> None:
        """Rule out the candidates that contradict a token's own marks."""
        for place, mask in allowed.items():
            row = scores[np.searchsorted(at, place)]
            row[: len(mask)][~mask] += _IMPOSSIBLE

    def _add(self, scores: Floats, stage: int, keys: Hashes, entry: Ints) -> None:
        """Add the weights of a stage's features to the scores; `keys` has a row a template, and is used up."""
        keys += self._salts[entry]
        codes = self._codes(keys, WIDE[TEMPLATES[stage]], self._starts[entry, 3 * stage - 3 : 3 * stage + 1].T)
        width = self._width_of[entry]
        for value, table in self._widths.items():
            tokens = np.flatnonzero(width == value)
            if len(tokens):
                # take() is six times as fast as indexing; 31 codes of int8 fit 16 bits
                sums = table.books.take(codes[:, tokens], axis=0).sum(axis=0, dtype=np.int16)
                scores[tokens, :value] += sums * self._step

    def _add_forms(
        self, scores: Floats, form: Hashes, case: NDArray[np.uint8], at: NDArray[np.intp], entry: Ints
    ) -> None:
        """Add what the forms around the tokens say: stage 2, then the network where two candidates are close."""
        self._add(scores, 2, context2(lambda offset: form[at + offset]), entry)
        doubtful = np.flatnonzero(_lead(scores) < DOUBT)
        if not (self._network and len(doubtful)):
            return
        read = self._network.read(form, case, at[doubtful], entry[doubtful])
        width = self._width_of[entry[doubtful]]
        for value in self._widths:
            tokens = np.flatnonzero(width == value)
            if len(tokens):
                rows = doubtful[tokens]
                candidates = self._form_starts[entry[rows], None] + np.arange(value)
                scores[rows, :value] += self._network.scores(read[tokens], candidates)

    def _codes(self, keys: Hashes, wide: NDArray[np.bool_], starts: Ints) -> Ints:
        """The codebook rows of features: one a narrow template, two a wide one, 0 (no weights) if it is unknown.

        One unknown feature in 256 is taken for a known one; where its code is beyond the codebook, it shows.
        """
        found, narrow = self._narrow.lookup(keys[~wide])
        found_wide, first, second = self._wide.lookup_both(keys[wide])
        sizes = np.diff(starts, axis=0)
        found &= narrow < sizes[0]
        found_wide &= (first < sizes[1]) & (second < sizes[2])
        return np.concatenate(
            [
                (narrow + starts[0]) * found,
                (first + starts[1]) * found_wide,
                (second + starts[2]) * found_wide,
            ]
        )


_TYPES = {
    "u1": "wide_extra",
    "u2": "narrow wide width",
    "u8": "salts form_hashes network_forms",
    "i1": "network_vectors network_weights1 network_weights2 network_outputs",
    "i4": "row starts form_starts bare_form network_bias1 network_bias2",
}


def _misfits(arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a model: what is missing first, then what points beyond its arrays."""
    for name in ("scale", "temperature"):
        if not isinstance(params.get(name), (int, float)) or not params[name] > 0:
            yield f"it has no parameter {name!r} above 0"
    for name, kind in (("narrow", dict), ("wide", dict), ("widths", list), ("network", dict)):
        if not isinstance(params.get(name), kind):
            yield f"it has no parameter {name!r}"
    for name in ("pass1", "pass2", "step"):
        if not isinstance(params["network"].get(name), (int, float)):
            yield f"its network has no parameter {name!r}"
    types = {name: np.dtype(code) for code, names in _TYPES.items() for name in names.split()}
    for width in params["widths"]:
        types |= {f"books{width}": np.dtype("i1"), f"priors{width}": np.dtype("f2")}
    for name, dtype in types.items():
        if name not in arrays:
            yield f"it has no array {name!r}"
        if arrays[name].dtype != dtype:
            yield f"its array {name!r} is of {arrays[name].dtype}, not {dtype}"
    if not _shapes_fit(arrays, params["widths"]):
        yield "its arrays have shapes that do not fit each other"
    if not _places_fit(arrays, params["widths"]):
        yield "its arrays point beyond each other"


def _shapes_fit(arrays: Mapping[str, NDArray[Any]], widths: list[int]) -> bool:
    n, n_bare, n_forms = arrays["salts"].size, arrays["bare_form"].size, arrays["form_hashes"].size
    expected = {
        "salts": (n,), "width": (n,), "row": (n,), "starts": (n, 7), "bare_form": (n_bare,),
        "form_starts": (n_bare + 1,), "form_hashes": (n_forms,), "network_forms": (arrays["network_forms"].size,),
    }  # fmt: skip
    for width in widths:
        expected |= {name: (*arrays[name].shape[:1], width) for name in (f"books{width}", f"priors{width}")}
    fit = all(arrays[name].shape == shape for name, shape in expected.items())
    return fit and n <= n_bare and not network_misfits(arrays, n)


def _places_fit(arrays: Mapping[str, NDArray[Any]], widths: list[int]) -> bool:
    n, starts, width = len(arrays["salts"]), arrays["starts"], arrays["width"]
    form_starts, n_books, n_priors = arrays["form_starts"], np.zeros(n, int), np.zeros(n, int)
    counts = np.diff(form_starts)
    for value in widths:
        n_books[width == value], n_priors[width == value] = len(arrays[f"books{value}"]), len(arrays[f"priors{value}"])
    return bool(
        form_starts[0] == 0
        and form_starts[-1] == len(arrays["form_hashes"])
        and form_starts[n] <= len(arrays["network_outputs"])
        and (counts > 0).all()
        and (counts[:n] <= width).all()
        and (arrays["bare_form"] >= -1).all()
        and (arrays["bare_form"] < counts).all()
        and (arrays["row"] >= 0).all()
        and (arrays["row"] < n_priors).all()
        and (starts[:, 0] >= 0).all()
        and (np.diff(starts) >= 0).all()
        and (starts[:, -1] <= n_books).all()
    )


def _lead(scores: Floats) -> Floats:
    """How far the best candidate of each token is ahead of the next."""
    if scores.shape[1] < 2:
        return np.full(len(scores), -_IMPOSSIBLE)
    top = np.partition(scores, -2, axis=1)[:, -2:]
    lead: Floats = top[:, 1] - top[:, 0]
    return lead

"""From tokens to choices: the two stages over a batch of lines, as array arithmetic.

Stage 1 scores every candidate of every ambiguous syllable by the bare text around it. Stage 2 adds what the forms say
that stage 1 predicted there, and a network has a second look at what is still in doubt. A syllable that stays bare
is read once more when its neighbours are settled, until nothing changes; so restoring restored text changes nothing.
A model that was adapted has further layers of rows, whose weights add to those of the first.
This module reads a model's arrays and knows no strings, files or threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.bounds import layer_arrays, misfits
from vndiacritic.errors import ModelError
from vndiacritic.features import BOUNDARY, DOUBT, REACH, TEMPLATES, WIDE, Hashes, context1, context2, symbol_hash
from vndiacritic.network import Network, edges_around
from vndiacritic.rowtable import RowTable

__all__ = ["Batch", "Choices", "Decoder", "lead"]

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

_IMPOSSIBLE = np.float32(-1e4)
_EDGE = np.uint64(symbol_hash(BOUNDARY))


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


class _Tokens(NamedTuple):
    """Tokens to decide, by their places in a batch, and what they need to know of it beside the forms."""

    at: NDArray[np.intp]
    entry: Ints
    case: NDArray[np.uint8]  # of the whole batch
    edges: NDArray[np.intp]  # the places of its boundaries

    def take(self, which: NDArray[np.intp]) -> _Tokens:
        """Some of the tokens."""
        return self._replace(at=self.at[which], entry=self.entry[which])

    def within(self, reach: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The first and the last place that is so near to each token, within its line."""
        before, behind = edges_around(self.at, self.edges)
        return np.maximum(self.at - reach, before), np.minimum(self.at + reach, behind)


class _Width(NamedTuple):
    """Experts of up to so many candidates: their codebooks and priors, padded to that width."""

    books: NDArray[np.int8]  # shape (n_codes, width); row 0 is zero
    priors: NDArray[np.float16]  # shape (n_experts, width)


class _Layer(NamedTuple):
    """The rows of one training: the tables that give their codes, and whose codebooks those are."""

    narrow: RowTable
    wide: RowTable
    starts: Ints

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any], layer: int) -> _Layer:
        """A layer of a model; the first one's parameters are the model's own."""
        of_layer = params["layers"][layer - 1] if layer else params
        narrow, wide, extra, starts = (arrays[name] for name in layer_arrays(layer).values())
        return cls(
            RowTable.from_arrays(narrow, None, of_layer["narrow"]),
            RowTable.from_arrays(wide, extra, of_layer["wide"]),
            np.ascontiguousarray(starts),
        )

    def codes(self, stage: int, keys: Hashes, entry: Ints) -> Ints:
        """The codebook rows of features: one a narrow template, two a wide one, 0 (no weights) if it is unknown.

        One unknown feature in 256 is taken for a known one; where its code is beyond the codebook, it shows.
        """
        wide, starts = WIDE[TEMPLATES[stage]], self.starts[entry, 3 * stage - 3 : 3 * stage + 1].T
        found, narrow = self.narrow.lookup(keys[~wide])
        found_wide, first, second = self.wide.lookup_both(keys[wide])
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


class Decoder:
    """A model's arrays, ready to score.

    Parameters
    ----------
    arrays : mapping of str to array
        The row tables: ``narrow``, ``wide`` and ``wide_extra``. Of each expert: ``salts``, ``width`` (padded), ``row``
        (in the priors of that width) and ``starts`` (shape (n_experts, 7): where its codebooks begin, three a stage,
        and where the last one ends). Of each width: ``books{width}`` and ``priors{width}``. The candidates of all
        experts in a row: ``form_starts``, ``form_hashes``, and ``bare_form`` (which one of an expert is the bare
        syllable, -1 for none). And those of `vndiacritic.network.Network`. Of each further layer: those of
        `vndiacritic.bounds.layer_arrays`.
    params : mapping
        ``narrow``, ``wide`` (the row tables' geometry), ``widths``, ``scale`` (code steps to the unit),
        ``temperature`` (weight of stage 1 in the sum) and ``network``; ``layers``, a list, if there are further ones:
        ``narrow`` and ``wide`` of each.

    Raises
    ------
    ModelError
        Something is missing, or does not fit the rest.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> None:
        for wrong in misfits(arrays, params):
            raise ModelError(f"{wrong}: fetch the model again, or train it anew")
        self._layers = [_Layer.of(arrays, params, layer) for layer in range(1 + len(params.get("layers", [])))]
        self._salts: Hashes = np.ascontiguousarray(arrays["salts"])
        self._width_of: NDArray[np.uint16] = np.ascontiguousarray(arrays["width"])
        self._row_of: Ints = np.ascontiguousarray(arrays["row"])
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
        scores, tokens = stage1.copy(), _Tokens(at, entry, batch.case, np.flatnonzero(batch.bare == _EDGE))
        self._add_forms(scores, form, tokens)
        choice = scores.argmax(axis=1)
        self._settle(form, tokens, stage1, scores, choice)
        return Choices(at, choice, scores)

    def scores(self, stage: int, keys: Hashes, entry: Ints) -> Floats:
        """What one stage says of tokens, for a training that adds to it.

        Parameters
        ----------
        stage : int
            1 or 2; the scores of stage 1 begin with the priors.
        keys : array of uint64, shape (n_templates, n)
            The tokens' context, without the experts' salt; used up.
        entry : array of int32, shape (n,)

        Returns
        -------
        array of float32, shape (n, n_columns)
            As `Choices.scores`, but for the temperature.
        """
        scores = self._priors(entry)
        if stage != 1:
            scores[:] = 0
        self._add(scores, stage, keys, entry)
        return scores

    def _settle(self, form: Hashes, tokens: _Tokens, stage1: Floats, scores: Floats, choice: NDArray[np.intp]) -> None:
        """Decide bare tokens again while the forms around them are not those they were decided by.

        This is what a second run over the restored text would do, where all that has marks by then is settled. Marks
        are only ever added, so it ends.
        """
        first, last = tokens.within(max(REACH, self._network.reach))
        while True:
            bare = choice == self._bare_form[tokens.entry]
            settled = form.copy()
            settled[tokens.at] = np.where(bare, form[tokens.at], self._form_hash(tokens.entry, choice))
            moved = np.concatenate([[0], np.cumsum(settled != form)])
            again = np.flatnonzero(bare & (moved[last + 1] > moved[first]))
            form = settled
            if not len(again):
                return
            fresh = stage1[again]
            self._add_forms(fresh, form, tokens.take(again))
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
        codes = self._codes(stage, keys, entry)
        width = self._width_of[entry]
        for value, table in self._widths.items():
            tokens = np.flatnonzero(width == value)
            if len(tokens):
                # take() is six times as fast as indexing; for the 16 bits see bounds.MOST_LAYERS
                sums = table.books.take(codes[:, tokens], axis=0).sum(axis=0, dtype=np.int16)
                scores[tokens, :value] += sums * self._step

    def _codes(self, stage: int, keys: Hashes, entry: Ints) -> Ints:
        """The codebook rows of all layers; see `_Layer.codes`."""
        codes = [layer.codes(stage, keys, entry) for layer in self._layers]
        return codes[0] if len(codes) == 1 else np.concatenate(codes)

    def _add_forms(self, scores: Floats, form: Hashes, tokens: _Tokens) -> None:
        """Add what the forms around the tokens say: stage 2, then the network where two candidates are close."""
        self._add(scores, 2, context2(lambda offset: form[tokens.at + offset]), tokens.entry)
        doubtful = np.flatnonzero(lead(scores) < DOUBT)
        if not (self._network and len(doubtful)):
            return
        at, entry = tokens.at[doubtful], tokens.entry[doubtful]
        read = self._network.read(form, tokens.case, at, entry, tokens.edges)
        width = self._width_of[entry]
        for value in self._widths:
            which = np.flatnonzero(width == value)
            if len(which):
                candidates = self._form_starts[entry[which], None] + np.arange(value)
                scores[doubtful[which], :value] += self._network.scores(read[which], candidates)


def lead(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """How far the best candidate of each token is ahead of the next; shape (n,)."""
    if scores.shape[1] < 2:
        return np.full(len(scores), -_IMPOSSIBLE)
    top = np.partition(scores, -2, axis=1)[:, -2:]
    ahead: NDArray[np.floating] = top[:, 1] - top[:, 0]
    return ahead

"""What a model is worth on the lines held out from its corpus, and how far its confidence can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.decode import Batch, Decoder
from vndiacritic.features import REACH
from vndiacritic.training.workspace import Workspace

_BLOCK = 1 << 15
FEWEST = 1000  # tokens; fewer say nothing about confidence
_CANDIDATES = np.geomspace(0.3, 1.5, 60)
_NETWORK_WEIGHTS = (0.85, 0.7, 0.55, 0.4)  # beside 1


class HeldOut(NamedTuple):
    """Figures on the held-out lines.

    Attributes
    ----------
    tokens : int
        Ambiguous syllables.
    right : int
        Those restored exactly.
    calibration : float
        The factor on the scores at which the log-loss is least (temperature scaling, Guo et al. 2017).
    loss : float
        The log-loss there, of the syllables whose form is a candidate, in nats each.
    """

    tokens: int
    right: int
    calibration: float
    loss: float = 0.0


def measure(space: Workspace, decoder: Decoder) -> HeldOut:
    """Decide the held-out lines and compare."""
    losses, n_tokens, n_right, n_known = np.zeros(len(_CANDIDATES)), 0, 0, 0
    for scores, label, choice in _decided(space, decoder):
        n_tokens += len(label)
        n_right += int((choice == label).sum())
        known = label >= 0
        n_known += int(known.sum())
        scores = scores[known] - scores[known].max(axis=1, keepdims=True)
        gold = scores[np.arange(len(scores)), label[known]]
        for i, factor in enumerate(_CANDIDATES):
            losses[i] += np.log(np.exp(scores * factor).sum(axis=1)).sum() - factor * gold.sum()
    calibration = float(_CANDIDATES[losses.argmin()]) if n_tokens >= FEWEST else 1.0
    return HeldOut(n_tokens, n_right, round(calibration, 3), round(float(losses.min()) / max(n_known, 1), 5))


def weigh_network(space: Workspace, arrays: Mapping[str, NDArray[Any]], params: dict[str, Any]) -> HeldOut:
    """Scale what the network says so that most of the held-out lines come out right; gives the figures then.

    It learned from scores of rows that had seen a part of the text, and passed over its tokens twice: it may be too
    sure of itself.
    """
    step = params["network"]["step"]
    best, weight = measure(space, Decoder(arrays, params)), 1.0
    for candidate in _NETWORK_WEIGHTS if len(arrays["network_forms"]) and best.tokens >= FEWEST else ():
        params["network"]["step"] = step * candidate
        held = measure(space, Decoder(arrays, params))
        if held.right > best.right:
            best, weight = held, candidate
    params["network"]["step"] = step * weight
    return best


def _decided(
    space: Workspace, decoder: Decoder
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]]:
    """Scores, gold label (-1 where it is no candidate) and choice of the held-out tokens, block by block."""
    held = space.held
    entry_of = np.full(len(held.symbols), -1, np.int32)
    form_of = np.arange(len(held.symbols), dtype=np.int32)
    for syllable, forms in space.lexicon.forms.items():
        if syllable in space.numbers:
            form_of[space.numbers[syllable]] = space.numbers[forms[0]]
    experts = space.experts()
    for i, syllable in enumerate(experts):
        entry_of[space.numbers[syllable]] = i
    for first, last in _blocks(held.bare):
        bare, form = held.bare[first:last], held.form[first:last]
        batch = Batch(space.hashes[bare], space.hashes[form_of[bare]], held.case[first:last], entry_of[bare], {})
        choices = decoder.decide(batch)
        label = np.full(len(choices.at), -1, np.intp)
        entries, gold = batch.entry[choices.at], form[choices.at]
        for entry in np.unique(entries):
            rows = np.flatnonzero(entries == entry)
            matches = gold[rows, None] == space.candidates(experts[entry])
            label[rows] = np.where(matches.any(axis=1), matches.argmax(axis=1), -1)
        yield choices.scores, label, choices.candidate


def _blocks(bare: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Pieces of a stream that begin and end with a full boundary."""
    edge = np.asarray(bare) == 0
    starts = np.flatnonzero(edge[:-1] & ~edge[1:]) - REACH + 1  # where the boundary before each line begins
    first = 0
    for start in starts:
        if start - first >= _BLOCK:
            yield first, int(start) + REACH
            first = int(start)
    if first < len(bare) and len(starts):
        yield first, len(bare)

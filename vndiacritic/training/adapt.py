"""Adapting a model to a new corpus, without the corpus it was trained on.

The model stays as it is, but for room for new forms (`vndiacritic.training.widen`). What it says of the new corpus is
what a further layer of rows adds to: these are learned by the experts as always, from what the model gets wrong there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vndiacritic.bounds import MOST_LAYERS, layer_arrays
from vndiacritic.decode import Decoder
from vndiacritic.errors import ModelError
from vndiacritic.lexicon import Lexicon
from vndiacritic.modelfile import ModelFile, open_model, write_model
from vndiacritic.training.assemble import Model, load_codes, row_tables
from vndiacritic.training.calibrate import FEWEST, HeldOut, measure
from vndiacritic.training.experts import BINS_PER_UNIT, STAGES, Codes
from vndiacritic.training.softmax import Floats
from vndiacritic.training.widen import NO_CANDIDATE, experts_of, joined, lexicon_of, widened
from vndiacritic.training.workspace import Positions, Workspace

_BASE = "base.safetensors"
_TOKENS_AT_ONCE = 1 << 16
HELD_SHARE = 0.02  # of the lines: a small corpus must tell how much its layer may weigh
LEAST_STRENGTH = BINS_PER_UNIT // 4  # of a row: the weaker bring nothing
_WEIGHTS = (0.5, 0.6, 0.7, 0.8)  # of a layer; more is hardly better on the lines held out, and worse elsewhere
_KEPT = 0.85  # of what a layer sets right there (docs/adaptation.md)
_UNMEASURED = 0.6  # the weight where the lines are too few to tell
_FEWEST = 5  # occurrences of a form that the model, which has seen more text, does not know


class AdaptedWorkspace(Workspace):
    """A workspace with a model that is to be added to: its lexicon and its experts, and more."""

    @cached_property
    def base(self) -> ModelFile:
        """The model, with room for the forms of the corpus."""
        return open_model(self.home / _BASE)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Candidates: those of the model, then what the corpus adds."""
        return lexicon_of(self.base.arrays)

    @cached_property
    def _decoder(self) -> Decoder:
        return Decoder(self.base.arrays, self.base.metadata["params"])

    @cached_property
    def _entries(self) -> dict[str, int]:
        return {bare: i for i, bare in enumerate(experts_of(self.base.arrays))}

    def experts(self) -> list[str]:
        """The ambiguous syllables in the model's order, those that the corpus lacks too."""
        return list(self._entries)

    def candidates(self, bare: str) -> NDArray[np.int32]:
        """Symbol numbers of the forms of a syllable; -1 for one that the model rules out, such as a form's double."""
        numbers = super().candidates(bare)
        arrays, entry = self.base.arrays, self._entries[bare]
        prior = arrays[f"priors{arrays['width'][entry]}"][arrays["row"][entry]]
        numbers[prior[: len(numbers)] <= NO_CANDIDATE] = -1
        return numbers

    def given(self, stage: int, bare: str, positions: Positions) -> Floats:
        """What the model says of tokens in a stage."""
        n = len(self.candidates(bare))
        scores = np.empty((len(positions), n), np.float32)
        for first in range(0, len(positions), _TOKENS_AT_ONCE):
            some = positions[first : first + _TOKENS_AT_ONCE]
            entry = np.full(len(some), self._entries[bare], np.int32)
            scores[first : first + len(some)] = self._decoder.scores(stage, self.context(stage, some), entry)[:, :n]
        return scores


def join(space: Workspace, model: ModelFile, min_count: int | None) -> AdaptedWorkspace:
    """Give an indexed corpus a model to add to, unless it has it."""
    joint = AdaptedWorkspace(space.folder)
    if not (space.folder / _BASE).exists():
        symbols = space.stream.symbols
        numbers = np.flatnonzero(counted := np.bincount(space.stream.form, minlength=len(symbols)))
        counts = {symbols[i]: int(counted[i]) for i in numbers if symbols[i].isalpha()}
        lexicon = joined(lexicon_of(model.arrays), counts, min_count or _FEWEST)
        _add_symbols(space.folder / "symbols.txt", symbols, lexicon)
        wider = widened(model, lexicon, counts)
        write_model(space.folder / _BASE, wider.arrays, {"params": wider.params})
    return joint


def _add_symbols(path: Path, symbols: Sequence[str], lexicon: Lexicon) -> None:
    """Number what the corpus lacks after what it has."""
    wanted = [symbol for bare, forms in lexicon.forms.items() for symbol in (bare, *forms)]
    everything = dict.fromkeys([*symbols, *wanted])
    beside = path.with_suffix(".tmp")
    beside.write_text("\n".join(everything), encoding="utf-8", errors="surrogatepass")
    beside.replace(path)


def load_base(path: str | os.PathLike[str]) -> ModelFile:
    """Open a model that is to be adapted, and refuse one that cannot be."""
    model = open_model(path)
    try:
        Decoder(model.arrays, params := model.metadata.get("params", {}))
    except ModelError as error:
        raise ModelError(f"{os.fspath(path)} is not a model that restores ({error})") from error
    if len(params.get("layers", [])) + 1 >= MOST_LAYERS:
        what = f"{os.fspath(path)} was adapted {MOST_LAYERS - 1} times already"
        raise ModelError(f"{what}: adapt an earlier model to all the new text together")
    return model


def layer_size(space: Workspace) -> int:
    """Bytes of a layer beside its rows and codebooks: where the codebooks begin."""
    return 7 * 4 * len(space.experts())


def weigh_layer(space: AdaptedWorkspace) -> tuple[Model, HeldOut, float]:
    """The model with what was learned, the figures on the lines held out, and the weight that was chosen there.

    The corpus is one kind of text, and the model is for others too, of which there is nothing to measure on. The less a
    layer weighs, the less it changes elsewhere; so it gets the least weight that keeps most of what it brings.
    """
    layer = Layer(space)
    before = measure(space, Decoder(space.base.arrays, space.base.metadata["params"]))
    if before.tokens < FEWEST:
        model = layer.added(_UNMEASURED)
        return model, measure(space, Decoder(model.arrays, model.params)), _UNMEASURED
    models = [layer.added(weight) for weight in _WEIGHTS]
    held = [measure(space, Decoder(model.arrays, model.params)) for model in models]
    enough = before.right + _KEPT * (max(of_weight.right for of_weight in held) - before.right)
    chosen = next(i for i, of_weight in enumerate(held) if of_weight.right >= enough)
    return models[chosen], held[chosen], _WEIGHTS[chosen]


class Layer:
    """What was learned, to be added to the model."""

    def __init__(self, space: AdaptedWorkspace) -> None:
        self._base = space.base
        self._codes = [[load_codes(space, bare, stage) for stage in STAGES] for bare in space.experts()]
        self._tables, self._params = row_tables([code for pair in self._codes for code in pair])

    def added(self, weight: float) -> Model:
        """The model with this layer, its weights times a factor."""
        arrays, params = dict(self._base.arrays), dict(self._base.metadata["params"])
        layers = params.get("layers", [])
        names = layer_arrays(len(layers) + 1)
        arrays |= {names[name]: array for name, array in self._tables.items()}
        books, arrays[names["starts"]] = self._books(weight)
        for width, more in books.items():
            arrays[f"books{width}"] = np.concatenate([arrays[f"books{width}"], *more])
        return Model(arrays, {**params, "layers": [*layers, self._params]})

    def _books(self, weight: float) -> tuple[dict[int, list[NDArray[np.int8]]], NDArray[np.int32]]:
        used = {width: len(self._base.arrays[f"books{width}"]) for width in self._base.metadata["params"]["widths"]}
        books: dict[int, list[NDArray[np.int8]]] = {width: [] for width in used}
        starts = np.zeros((len(self._codes), 7), np.int32)
        for i, pair in enumerate(self._codes):
            width = int(self._base.arrays["width"][i])
            pieces = [_scaled(book, weight, width) for code in pair for book in _books_of(code)]
            books[width] += pieces
            starts[i] = used[width] + np.cumsum([0, *map(len, pieces)])
            used[width] = int(starts[i, -1])
        return books, starts


def _books_of(codes: Codes) -> tuple[NDArray[np.int8], ...]:
    return codes.narrow_book, codes.wide_book, codes.wide_book2


def _scaled(book: NDArray[np.int8], weight: float, width: int) -> NDArray[np.int8]:
    steps = np.rint(book * np.float32(weight)).astype(np.int8)
    return np.pad(steps, ((0, 0), (0, width - book.shape[1])))

"""A model made wide enough for the forms of another corpus, that otherwise restores as it did.

New forms become further candidates of their syllables, new syllables further experts: without rows, with no more than a
prior. This module knows a model's arrays and a lexicon; it knows no corpus, and learns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.bounds import layer_arrays
from vndiacritic.errors import ModelError
from vndiacritic.features import NETWORK_CASES, Case
from vndiacritic.lexicon import Lexicon
from vndiacritic.modelfile import ModelFile, unpack_strings
from vndiacritic.training.assemble import Model, lexicon_arrays, width_of
from vndiacritic.training.experts import SCALE, TEMPERATURE

NO_CANDIDATE = -1e4  # the prior of what can never be chosen


def lexicon_of(arrays: Mapping[str, NDArray[Any]]) -> Lexicon:
    """The candidates of a model, in its order: the experts' syllables first."""
    syllables, forms = (unpack_strings(arrays[name]) for name in ("syllables", "forms"))
    starts = arrays["form_starts"].tolist()
    return Lexicon({bare: tuple(forms[starts[i] : starts[i + 1]]) for i, bare in enumerate(syllables)})


def experts_of(arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """The syllables that a model has an expert for, in its order."""
    return unpack_strings(arrays["syllables"])[: len(arrays["salts"])]


def joined(base: Lexicon, counts: Mapping[str, int], min_count: int) -> Lexicon:
    """The candidates of a model, in its order, and after them the forms that a corpus adds.

    Parameters
    ----------
    base : Lexicon
    counts : mapping of str to int
        How often the corpus has each form.
    min_count : int
        Fewest occurrences of a form that is added.
    """
    known = {form for forms in base.forms.values() for form in forms}
    counted = dict.fromkeys(known, min_count)  # so that none of them is lost
    counted |= {form: max(n, counted.get(form, 0)) for form, n in counts.items()}
    forms = dict(base.forms)
    for bare, found in Lexicon.from_counts(counted.items(), min_count=min_count).forms.items():
        forms[bare] = (*base.forms.get(bare, ()), *(form for form in found if form not in known))
    return Lexicon({bare: of_bare for bare, of_bare in forms.items() if of_bare != (bare,)})


def widened(model: ModelFile, lexicon: Lexicon, counts: Mapping[str, int]) -> Model:
    """A model with the candidates of a lexicon that holds its own.

    Parameters
    ----------
    model : ModelFile
    lexicon : Lexicon
        Of `joined`.
    counts : mapping of str to int
        How often each form was seen that is added: its prior.

    Raises
    ------
    ModelError
        The model's weights are measured in other units than those that a training adds.
    """
    params = model.metadata["params"]
    if (params["scale"], params["temperature"]) != (SCALE, TEMPERATURE):
        raise ModelError(f"{model.path} has weights of another scale: adapt a model of this version of vndiacritic")
    before = experts_of(model.arrays)
    counted = {bare: np.array([counts.get(form, 0) for form in lexicon.forms[bare]]) for bare in lexicon.ambiguous()}
    fresh = sorted(set(counted) - set(before), key=lambda bare: (-counted[bare].sum(), bare))
    experts = before + fresh
    arrays = {name: array for name, array in model.arrays.items() if not name.startswith(("books", "priors"))}
    arrays |= lexicon_arrays(lexicon, experts)
    layers = [layer_arrays(layer)["starts"] for layer in range(1 + len(params.get("layers", [])))]
    arrays |= _code_arrays(model.arrays, layers, [counted[bare] for bare in experts])
    arrays |= _network_arrays(model.arrays, arrays["form_starts"], len(experts))
    widths = sorted({int(width) for width in arrays["width"]})
    return Model(arrays, {**params, "widths": widths})


class _Expert(NamedTuple):
    """What a model has of an expert."""

    width: int
    prior: NDArray[np.floating[Any]]  # of its candidates
    books: list[NDArray[np.int8]]  # of each layer
    places: list[NDArray[np.int32]]  # where the codebooks of each kind begin in these, and where the last one ends

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], layers: Sequence[str], number: int) -> _Expert:
        """An expert of a model; one beyond those it has is empty."""
        if number >= len(arrays["width"]):
            return cls(0, np.zeros(0), [np.zeros((0, 0), np.int8)] * len(layers), [np.zeros(7, np.int32)] * len(layers))
        width, n_forms = int(arrays["width"][number]), int(np.diff(arrays["form_starts"][number : number + 2])[0])
        starts = [arrays[name][number] for name in layers]
        return cls(
            width,
            arrays[f"priors{width}"][arrays["row"][number], :n_forms],
            [arrays[f"books{width}"][of_layer[0] : of_layer[-1]] for of_layer in starts],
            [of_layer - of_layer[0] for of_layer in starts],
        )


class _Shelf:
    """Codebooks and priors of one width as they are put together."""

    def __init__(self, width: int) -> None:
        self.width, self.used = width, 1
        self.books = [np.zeros((1, width), np.int8)]
        self.priors: list[NDArray[np.float16]] = []

    def put_books(self, books: NDArray[np.int8]) -> int:
        """Add codebooks, padded; tells where they begin."""
        at = self.used
        self.books.append(np.pad(books, ((0, 0), (0, self.width - books.shape[1]))))
        self.used += len(books)
        return at

    def put_prior(self, prior: NDArray[np.floating[Any]]) -> int:
        """Add an expert's prior, padded; tells which it is."""
        padded = np.full(self.width, NO_CANDIDATE, np.float16)
        padded[: len(prior)] = prior
        self.priors.append(padded)
        return len(self.priors) - 1

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As a model names them."""
        return {f"books{self.width}": np.concatenate(self.books), f"priors{self.width}": np.stack(self.priors)}


def _code_arrays(
    arrays: Mapping[str, NDArray[Any]], layers: Sequence[str], counts: Sequence[NDArray[np.intp]]
) -> dict[str, NDArray[Any]]:
    """Codebooks and priors of all layers, where each expert has room for all of its candidates.

    The prior of a new candidate is its share beside the commonest form of its syllable, as those of a model are.
    """
    starts = np.zeros((len(layers), len(counts), 7), np.int32)
    shelves: dict[int, _Shelf] = {}
    widths, rows = [], []
    for number, seen in enumerate(counts):
        expert = _Expert.of(arrays, layers, number)
        width = max(expert.width, width_of(len(seen)))
        shelf = shelves.setdefault(width, _Shelf(width))
        share = np.log(seen + 0.5) - np.log(seen.max() + 0.5)
        widths.append(width)
        rows.append(shelf.put_prior(np.concatenate([expert.prior, share[len(expert.prior) :]])))
        for layer, (books, places) in enumerate(zip(expert.books, expert.places, strict=True)):
            starts[layer, number] = places + shelf.put_books(books)
    found: dict[str, NDArray[Any]] = {"width": np.array(widths, np.uint16), "row": np.array(rows, np.int32)}
    found |= dict(zip(layers, starts, strict=True))
    for shelf in shelves.values():
        found |= shelf.arrays()
    return found


def _network_arrays(
    arrays: Mapping[str, NDArray[Any]], form_starts: NDArray[np.int32], n_experts: int
) -> dict[str, NDArray[Any]]:
    """The network: of a new expert it knows nothing, for a new candidate it says nothing."""
    vectors, outputs, before = arrays["network_vectors"], arrays["network_outputs"], arrays["form_starts"]
    n_before = len(arrays["salts"])
    first_case = len(vectors) - len(Case) * len(NETWORK_CASES)
    fresh = np.zeros((n_experts - n_before, vectors.shape[1]), np.int8)
    wider = np.zeros((int(form_starts[n_experts]), outputs.shape[1]), np.int8)
    old = np.arange(before[n_before])
    expert = np.searchsorted(before[1 : n_before + 1], old, side="right")
    wider[form_starts[expert] + old - before[expert]] = outputs[old]
    return {
        "network_vectors": np.concatenate([vectors[:first_case], fresh, vectors[first_case:]]),
        "network_outputs": wider,
    }

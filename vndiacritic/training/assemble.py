"""From the experts' codes to the arrays of a model file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import expert_salt, symbol_hash
from vndiacritic.lexicon import Lexicon
from vndiacritic.modelfile import pack_strings
from vndiacritic.rowtable import RowTable
from vndiacritic.training.codebooks import codebook_size
from vndiacritic.training.experts import SCALE, STAGES, TEMPERATURE, Codes, log_prior
from vndiacritic.training.network import Weights
from vndiacritic.training.workspace import Workspace

_HEADER = 1 << 15  # bytes, for the arrays' table and the metadata
_WIDTHS = (4, 8, 16, 32, 64, 128, 256)


class Model(NamedTuple):
    """What `vndiacritic.modelfile.write_model` and `vndiacritic.decode.Decoder` take."""

    arrays: dict[str, NDArray[Any]]
    params: dict[str, Any]


def assemble(space: Workspace, network: Weights) -> Model:
    """Join the codes of all experts, the network and the lexicon into one model."""
    experts = space.experts()
    candidates = [space.lexicon.forms[bare] for bare in experts]
    arrays = lexicon_arrays(space.lexicon, experts)
    codes = {bare: [load_codes(space, bare, stage) for stage in STAGES] for bare in experts}
    arrays |= _code_arrays(space, experts, codes)
    tables, params = row_tables([code for pair in codes.values() for code in pair])
    arrays |= tables | _network_arrays(space, network)
    params |= {
        "widths": sorted({width_of(len(forms)) for forms in candidates}),
        "scale": SCALE,
        "temperature": TEMPERATURE,
        "network": dict(zip(("pass1", "pass2", "step"), network.scales.tolist(), strict=True)),
    }
    return Model(arrays, params)


def with_words(model: Model, phrases: Sequence[str]) -> Model:
    """A model that knows a list of words, which is written as it is listed."""
    return model._replace(arrays=model.arrays | {"words": pack_strings(phrases)}) if phrases else model


def fixed_size(space: Workspace, network: Weights) -> int:
    """Bytes of a model beside its rows and codebooks: the lexicon, the network, and room for the header."""
    arrays = lexicon_arrays(space.lexicon, space.experts()) | _network_arrays(space, network)
    per_expert = 2 + 4 + 7 * 4 + 2 * 2 * max(len(space.candidates(bare)) for bare in space.experts())
    return sum(array.nbytes for array in arrays.values()) + per_expert * len(space.experts()) + _HEADER


def size_by_strength(histograms: NDArray[np.integer[Any]], n_candidates: Sequence[int]) -> NDArray[np.float64]:
    """Bytes of rows and codebooks if all rows from some strength on are kept.

    Parameters
    ----------
    histograms : array of int, shape (n_stages, n_experts, 2, n_bins)
        Of `vndiacritic.training.experts.learn`: how many narrow and wide rows have each strength.
    n_candidates : sequence of int, length n_experts

    Returns
    -------
    array of float64, shape (n_bins,)
    """
    rows, books = np.zeros((2, histograms.shape[-1]), np.int64), np.zeros(histograms.shape[-1], np.int64)
    for of_expert, n in zip(histograms.swapaxes(0, 1), n_candidates, strict=True):  # all at once would take a gigabyte
        kept = np.cumsum(of_expert[..., ::-1], axis=-1, dtype=np.int64)[..., ::-1]
        narrow, wide = codebook_size(kept[:, 0]), codebook_size(kept[:, 1])
        rows += kept.sum(axis=0)
        books += (narrow + 2 * wide).sum(axis=0) * width_of(n)
    slots = np.array([[RowTable.n_slots(int(n)) for n in row] for row in rows])
    size: NDArray[np.float64] = books + slots[0] * 2.0 + slots[1] * 3.0
    return size


def lexicon_arrays(lexicon: Lexicon, experts: list[str]) -> dict[str, NDArray[Any]]:
    """Bare syllables and forms: the experts' first, then the syllables of one form."""
    single = sorted(bare for bare, forms in lexicon.forms.items() if len(forms) == 1 and forms[0] != bare)
    forms = [lexicon.forms[bare] for bare in experts + single]
    counts = [len(of_bare) for of_bare in forms]
    flat = [form for of_bare in forms for form in of_bare]
    return {
        "syllables": pack_strings(experts + single),
        "forms": pack_strings(flat),
        "form_starts": np.cumsum([0, *counts]).astype(np.int32),
        "form_hashes": np.array([symbol_hash(form) for form in flat], np.uint64),
        "bare_form": np.array(
            [
                of_bare.index(bare) if bare in of_bare else -1
                for bare, of_bare in zip(experts + single, forms, strict=True)
            ],
            np.int32,
        ),
        "salts": np.array([expert_salt(bare) for bare in experts], np.uint64),
    }


def load_codes(space: Workspace, bare: str, stage: int) -> Codes:
    """What `vndiacritic.training.experts.compress` wrote."""
    with np.load(space.file(f"codes{stage}", bare)) as saved:
        return Codes(**{name: saved[name] for name in Codes._fields})


def width_of(n_candidates: int) -> int:
    """The width that the vectors of so many candidates are padded to."""
    return next(width for width in _WIDTHS if width >= n_candidates)


def _code_arrays(space: Workspace, experts: list[str], codes: dict[str, list[Codes]]) -> dict[str, NDArray[Any]]:
    """Codebooks and priors, joined with others of their width, and where each expert's are."""
    books = {width: [np.zeros((1, width), np.int8)] for width in _WIDTHS}
    priors: dict[int, list[NDArray[np.float16]]] = {width: [] for width in _WIDTHS}
    used = dict.fromkeys(_WIDTHS, 1)
    starts, rows, widths = [], [], []
    for bare in experts:
        n = len(space.lexicon.forms[bare])
        width = width_of(n)
        widths.append(width)
        rows.append(len(priors[width]))
        prior = np.full(width, -1e4, np.float16)
        prior[:n] = log_prior(space.tokens(bare).labels, n)[0]
        priors[width].append(prior)
        of_expert = []
        for stage in codes[bare]:
            for book in (stage.narrow_book, stage.wide_book, stage.wide_book2):
                of_expert.append(used[width])
                books[width].append(np.pad(book, ((0, 0), (0, width - n))))
                used[width] += len(book)
        starts.append([*of_expert, used[width]])
    arrays: dict[str, NDArray[Any]] = {
        "width": np.array(widths, np.uint16),
        "row": np.array(rows, np.int32),
        "starts": np.array(starts, np.int32),
    }
    for width in set(widths):
        arrays[f"books{width}"] = np.concatenate(books[width])
        arrays[f"priors{width}"] = np.stack(priors[width])
    return arrays


def _network_arrays(space: Workspace, network: Weights) -> dict[str, NDArray[Any]]:
    """The network, its forms found by hash."""
    hashes = space.hashes[network.forms]
    order = np.argsort(hashes)
    vectors = network.vectors.copy()
    vectors[1 : len(order) + 1] = network.vectors[order + 1]
    layers = ("weights1", "bias1", "weights2", "bias2", "outputs")
    return {
        "network_forms": hashes[order],
        "network_vectors": vectors,
        **{f"network_{name}": getattr(network, name) for name in layers},
    }


def row_tables(codes: list[Codes]) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The rows of all experts and both stages, found by their keys."""
    keys = np.concatenate([c.keys for c in codes])
    wide = np.concatenate([c.wide for c in codes])
    first = np.concatenate([c.first for c in codes])
    second = np.concatenate([c.second for c in codes])
    narrow_table = RowTable.build(keys[~wide], first[~wide])
    wide_table = RowTable.build(keys[wide], first[wide], second[wide])
    arrays = {"narrow": narrow_table.slots, "wide": wide_table.slots, "wide_extra": np.asarray(wide_table.extra)}
    return arrays, {"narrow": narrow_table.params, "wide": wide_table.params}

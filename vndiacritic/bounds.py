"""What a model's arrays and numbers must be like, so that whoever decides by them cannot be led astray.

A model file may come from anywhere. `misfits` is asked whenever one is loaded, and looks at what is small;
`padding_misfits` reads the codebooks, and is asked when a file is verified. This module knows names, shapes and ranges,
and no meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import TEMPLATES, WIDE
from vndiacritic.network import LARGEST_WEIGHT, network_misfits

__all__ = ["MOST_LAYERS", "layer_arrays", "misfits", "padding_misfits"]

MOST_LAYERS = 8
"""Of rows: so many times the codes of a token, which are of int8, are added up in 16 bits."""

_CODES = sum(1 + int(wide) for wide in WIDE[: TEMPLATES[2].stop])  # of a token in a layer
_RULED_OUT = -1e4  # the prior of what is no candidate

_TYPES = {
    "u1": "wide_extra",
    "u2": "narrow wide width",
    "u8": "salts form_hashes network_forms",
    "i1": "network_vectors network_weights1 network_weights2 network_outputs",
    "i4": "row starts form_starts bare_form network_bias1 network_bias2",
}

Arrays = Mapping[str, NDArray[Any]]


def layer_arrays(layer: int) -> dict[str, str]:
    """The names of a layer's arrays in a model; those of the first have no number."""
    suffix = f"_layer{layer}" if layer else ""
    return {name: name + suffix for name in ("narrow", "wide", "wide_extra", "starts")}


def misfits(arrays: Arrays, params: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with a model: what is missing first, then what points beyond its arrays.

    Whoever asks should stop at the first answer: the later ones build on what was found before.
    """
    yield from _wrong_params(params)
    yield from _wrong_types(arrays, params)
    starts = [arrays[layer_arrays(layer)["starts"]] for layer in range(_n_layers(params))]
    if not _shapes_fit(arrays, params["widths"], starts):
        yield "its arrays have shapes that do not fit each other"
    if not _places_fit(arrays, params["widths"], starts):
        yield "its arrays point beyond each other"
    if not _scores_fit(arrays, params):
        yield "its scores could grow beyond what tells candidates from others"


def padding_misfits(arrays: Arrays, params: Mapping[str, Any]) -> Iterator[str]:
    """Say whether codebooks of a model without `misfits` have weights where their expert has no candidate."""
    n = len(arrays["salts"])
    counts = np.diff(arrays["form_starts"])[:n]
    for width in params["widths"]:
        books, of_width = arrays[f"books{width}"], arrays["width"] == width
        reach = np.append(width - (books[:, ::-1] != 0).argmax(axis=1), 0)  # one more than the last weight's place
        reach[:-1][~books.any(axis=1)] = 0
        for layer in range(_n_layers(params)):
            ranges = arrays[layer_arrays(layer)["starts"]][of_width][:, [0, -1]]
            used = ranges[:, 0] < ranges[:, 1]
            if not used.any():
                continue
            furthest = np.maximum.reduceat(reach, ranges[used].ravel())[::2]
            if (furthest > counts[of_width][used]).any() or reach[0]:
                yield f"its array 'books{width}' has weights beyond the candidates"
                return


def _n_layers(params: Mapping[str, Any]) -> int:
    return 1 + len(params.get("layers", []))


def _wrong_params(params: Any) -> Iterator[str]:
    if not isinstance(params, Mapping):
        yield "it has no parameters"
    for name in ("scale", "temperature"):
        if not _is_number(params.get(name)) or not params[name] > 0:
            yield f"it has no parameter {name!r} above 0"
    calibration = params.get("calibration", 1)
    if not _is_number(calibration) or not calibration > 0.01:  # with less, what is ruled out would have a chance
        yield "its parameter 'calibration' is no number above 0.01"
    for name, kind in (("narrow", dict), ("wide", dict), ("widths", list), ("network", dict)):
        if not isinstance(params.get(name), kind):
            yield f"it has no parameter {name!r}"
    if any(type(width) is not int or width < 1 for width in params["widths"]):
        yield "its parameter 'widths' has something else than counts"
    if not _are_layers(params.get("layers", [])):
        yield f"its parameter 'layers' does not describe up to {MOST_LAYERS - 1} layers"
    for name in ("pass1", "pass2", "step"):
        if not _is_number(params["network"].get(name)):
            yield f"its network has no parameter {name!r}"


def _is_number(value: Any) -> bool:
    """Whether float32 holds it."""
    return isinstance(value, (int, float)) and abs(value) < 1e30  # False for NaN too; an int may be beyond all floats


def _are_layers(layers: Any) -> bool:
    """Whether a parameter tells where the rows of further layers are; row tables check their own numbers."""
    return (
        isinstance(layers, list)
        and len(layers) < MOST_LAYERS
        and all(isinstance(layer, dict) for layer in layers)
        and all(isinstance(layer.get(name), dict) for layer in layers for name in ("narrow", "wide"))
    )


def _wrong_types(arrays: Arrays, params: Mapping[str, Any]) -> Iterator[str]:
    types = {name: np.dtype(code) for code, names in _TYPES.items() for name in names.split()}
    for layer in range(1, _n_layers(params)):
        types |= {name: types[first] for first, name in layer_arrays(layer).items()}
    for width in params["widths"]:
        types |= {f"books{width}": np.dtype("i1"), f"priors{width}": np.dtype("f2")}
    for name, dtype in types.items():
        if name not in arrays:
            yield f"it has no array {name!r}"
        if arrays[name].dtype != dtype:
            yield f"its array {name!r} is of {arrays[name].dtype}, not {dtype}"


def _shapes_fit(arrays: Arrays, widths: list[int], starts: Sequence[NDArray[Any]]) -> bool:
    n, n_bare, n_forms = arrays["salts"].size, arrays["bare_form"].size, arrays["form_hashes"].size
    expected = {
        "salts": (n,), "width": (n,), "row": (n,), "bare_form": (n_bare,),
        "form_starts": (n_bare + 1,), "form_hashes": (n_forms,), "network_forms": (arrays["network_forms"].size,),
    }  # fmt: skip
    for width in widths:
        expected |= {name: (*arrays[name].shape[:1], width) for name in (f"books{width}", f"priors{width}")}
    fit = all(arrays[name].shape == shape for name, shape in expected.items())
    fit = fit and all(of_layer.shape == (n, 7) for of_layer in starts)
    return fit and n <= n_bare and not network_misfits(arrays, n)


def _places_fit(arrays: Arrays, widths: list[int], starts: Sequence[NDArray[Any]]) -> bool:
    n, width = len(arrays["salts"]), arrays["width"]
    form_starts, n_books, n_priors = arrays["form_starts"], np.zeros(n, int), np.zeros(n, int)
    counts = np.diff(form_starts.astype(np.int64))  # in 32 bits a forger's differences wrap around
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
        and all(_starts_fit(of_layer, n_books) for of_layer in starts)
    )


def _starts_fit(starts: NDArray[Any], n_books: NDArray[np.intp]) -> bool:
    """Whether the codebooks of a layer follow each other and end where there are any."""
    steps = np.diff(starts.astype(np.int64))
    return bool((starts[:, 0] >= 0).all() and (steps >= 0).all() and (starts[:, -1] <= n_books).all())


def _scores_fit(arrays: Arrays, params: Mapping[str, Any]) -> bool:
    """Whether no sum of weights can bring a place without candidate, ruled out by its prior, before all others."""
    codes = 127 / params["scale"] * _CODES * _n_layers(params)
    outputs = np.abs(arrays["network_outputs"], dtype=np.int32).sum(axis=1).max(initial=0)
    network = abs(params["network"]["step"]) * LARGEST_WEIGHT * float(outputs)
    network *= bool(arrays["network_forms"].size)
    counts, best = np.diff(arrays["form_starts"])[: len(arrays["salts"])], 0.0
    for width in params["widths"]:
        of_width = arrays["width"] == width
        priors = arrays[f"priors{width}"][arrays["row"][of_width]].astype(np.float64)
        beyond = np.arange(width) >= counts[of_width, None]
        if not np.isfinite(priors).all() or (priors[beyond] > _RULED_OUT).any():
            return False
        best = min(best, priors.max(axis=1).min(initial=0))
    return bool(codes * max(1, params["temperature"]) + 2 * network - best < -_RULED_OUT / 2)

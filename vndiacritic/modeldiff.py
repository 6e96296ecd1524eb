"""How two models differ: what they were made from, how large they are, which forms they know, what they restore.

Knows the metadata and the lexicon of model files, and asks two restorers for the same text. Finds no model by name, and
lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vndiacritic.modelfile import ModelFile, unpack_strings

if TYPE_CHECKING:
    from vndiacritic.restorer import Restorer

__all__ = ["compare_models", "compare_restored"]

_SHOWN = 20
_OF_DATA = ("corpus", "parent")
_OF_FIGURES = ("figures", "evaluations")
_NOT_COMPARED = ("params",)  # what it says to the decoder tells a reader nothing


def compare_models(first: ModelFile, second: ModelFile) -> dict[str, Any]:
    """What two model files say of themselves, where they differ; plain values that JSON can hold.

    Returns
    -------
    dict
        ``settings``, ``data``, ``sizes`` and ``figures``: a list of the first model's value and the second's for each
        name, None where a model has none. ``forms``: how many each model has, how many the second gained and lost,
        and some of these.
    """
    cards = [dict(_leaves(model.metadata)) for model in (first, second)]
    found: dict[str, Any] = {"settings": {}, "data": {}, "sizes": _sizes(first, second), "figures": {}}
    for name, pair in _differing(*cards).items():
        found[_section(name)][name] = pair
    return {**found, "forms": _forms(first, second)}


def compare_restored(first: Restorer, second: Restorer, lines: Sequence[str]) -> dict[str, Any]:
    """What two models make of the same text, without the diacritics that it has.

    Returns
    -------
    dict
        ``syllables``: of the text. ``differing``: restored in two ways. ``most_frequent``: what the first model writes,
        what the second does, how often, and one place as the first has it; sorted by how often.
    """
    from vndiacritic.evaluation import Column, compare, strip_gold

    bare = [strip_gold(line) for line in lines]
    compared = compare(first.predict(bare), second.predict(bare))
    tokens, same = (compared.stats.total(column) for column in (Column.TOKENS, Column.STRICT))
    shown = [[c.gold, c.predicted, c.times, c.example] for c in compared.most_confused(_SHOWN)]
    return {"syllables": tokens, "differing": tokens - same, "most_frequent": shown}


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values by their path; lists are values."""
    for name, value in values.items():
        if prefix + name in _NOT_COMPARED:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif name in ("sources", "evaluations") and isinstance(value, list):
            yield from _named(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _named(items: Sequence[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Files and sets by their names, each by what tells one of a name from another."""
    for item in items:
        if isinstance(item, Mapping):
            name = item.get("name", item.get("set", "?"))
            yield f"{prefix}{name}", item.get("sha256", item.get("syllable"))


def _differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, list[Any]]:
    names = dict.fromkeys([*first, *second])
    pairs = {name: [first.get(name), second.get(name)] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _section(name: str) -> str:
    top = name.partition(".")[0]
    return "data" if top in _OF_DATA else "figures" if top in _OF_FIGURES else "settings"


def _sizes(first: ModelFile, second: ModelFile) -> dict[str, list[Any]]:
    """Bytes of the files and of their arrays."""
    sizes = [
        {"file": model.file_size} | {name: array.nbytes for name, array in sorted(model.arrays.items())}
        for model in (first, second)
    ]
    return _differing(*sizes)


def _forms(first: ModelFile, second: ModelFile) -> dict[str, Any]:
    packed = [model.arrays.get("forms") for model in (first, second)]
    known = [dict.fromkeys([] if forms is None else unpack_strings(forms)) for forms in packed]
    gained = [form for form in known[1] if form not in known[0]]
    lost = [form for form in known[0] if form not in known[1]]
    return {
        "known": [len(forms) for forms in known],
        "gained": len(gained),
        "lost": len(lost),
        "some_gained": gained[:_SHOWN],
        "some_lost": lost[:_SHOWN],
    }

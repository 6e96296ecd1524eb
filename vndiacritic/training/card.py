"""The model card: what a training writes into its model about where that comes from.

Data with their hashes, settings, versions, figures with what they were measured on, what the user states, and the card
of the model that was adapted. Same corpus and settings, same card: it holds no date, no machine and no folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import PurePath
from platform import python_version
from typing import Any

from vndiacritic.corpus import Corpus, Source
from vndiacritic.modelfile import ModelFile

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "joblib")
_NAMED_AT_MOST = 400  # sources; a header holds a megabyte, and a folder may hold a crawl
_KEPT_OF_A_PARENT = ("version", "licence", "notes", "settings", "corpus", "figures", "parent")


@dataclass(frozen=True)
class Statement:
    """What the user says of a model.

    Attributes
    ----------
    licence : str
        Under which it may be used.
    notes : sequence of str
        What else who gets it should know: where the data come from, what they may be used for.
    """

    licence: str = ""
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """What was said."""
        return {name: value for name, value in (("licence", self.licence), ("notes", list(self.notes))) if value}


def card_of(
    corpus: Corpus,
    settings: Mapping[str, Any],
    figures: Mapping[str, Any],
    statement: Statement,
    parent: ModelFile | None = None,
) -> dict[str, Any]:
    """The card of a new model.

    Parameters
    ----------
    corpus : Corpus
    settings : mapping
    figures : mapping
        What was counted and measured in training.
    statement : Statement
    parent : ModelFile, optional
        The model that was adapted.
    """
    from vndiacritic import __version__

    data = _data(corpus.sources)
    signature = f"vndiacritic-held|share:{settings['held_share']}|seed:{settings['seed']}|sha256:{data['sha256'][:8]}"
    card = {
        "version": __version__,
        "versions": {"python": python_version()} | {name: version(name) for name in _LIBRARIES},
        "normalisation": "NFC, lower case, tone in its older place",
        "settings": dict(settings),
        "corpus": data,
        "figures": {**figures, "signature": f"{signature}|version:{__version__}"},
        **statement.as_dict(),
    }
    return card if parent is None else {**card, "parent": _of_parent(parent)}


def _of_parent(parent: ModelFile) -> dict[str, Any]:
    """Which file was adapted, and its own card in short."""
    kept = {name: parent.metadata[name] for name in _KEPT_OF_A_PARENT if name in parent.metadata}
    if isinstance(corpus := kept.get("corpus"), dict):
        kept["corpus"] = {name: value for name, value in corpus.items() if name != "sources"}
    return {"payload_sha256": parent.payload_sha256, **kept}


def _data(sources: Sequence[Source]) -> dict[str, Any]:
    """Files with their hashes, and one over those of all, in order."""
    digests = [_digest(source.path) for source in sources]
    named = [
        {"name": PurePath(source.path).name, "bytes": source.size, "sha256": digest.hex()}
        for source, digest in zip(sources, digests, strict=True)
    ]
    together = _joined(digests)
    data = {"files": len(sources), "bytes": sum(source.size for source in sources), "sha256": together.hex()}
    return {**data, "sources": named} if len(named) <= _NAMED_AT_MOST else data


def _digest(path: str) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _joined(digests: Iterable[bytes]) -> bytes:
    joined = hashlib.sha256()
    for digest in digests:
        joined.update(digest)
    return joined.digest()

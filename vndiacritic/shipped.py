"""Models by name: where the shipped ones lie, which is the default, and the functions that use it unasked.

This module knows folders and names. What is in a model file is modelfile's affair, what to do with it
restorer's; both are imported only when a model is wanted, since they need numpy.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vndiacritic.errors import ModelError

if TYPE_CHECKING:
    from vndiacritic.explain import Choice
    from vndiacritic.placement import TonePlacement
    from vndiacritic.restorer import Restorer
    from vndiacritic.words import WordList

__all__ = ["find_model", "load_model", "models_folder", "restore", "restore_and_explain"]

DEFAULT = "default"
SUFFIX = ".safetensors"


def models_folder() -> Path:
    """The folder of shipped models: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    beside = package.parent
    # Beside an installed package lies all of site-packages, and a models folder there is somebody else's.
    if not (package / "models").is_dir() and (beside / "pyproject.toml").is_file():
        return beside / "models"
    return package / "models"


def find_model(name_or_path: str | os.PathLike[str] | None = None) -> Path:
    """The file of a model.

    Parameters
    ----------
    name_or_path
        A bare word such as ``default`` is the name of a shipped model, if there is one of that name;
        everything else is a path (``./default`` is always one). None is the default model.

    Raises
    ------
    ModelError
        If there is no such model; the message lists the shipped ones.
    """
    wanted = DEFAULT if name_or_path is None else os.fspath(name_or_path)
    shipped = models_folder() / f"{wanted}{SUFFIX}"
    if os.path.basename(wanted) == wanted and shipped.is_file():
        return shipped
    if name_or_path is not None and os.path.exists(wanted):
        return Path(wanted)
    names = ", ".join(sorted(path.stem for path in models_folder().glob(f"*{SUFFIX}"))) or "none"
    raise ModelError(
        f"there is no model {wanted!r}: give the path of a model file or the name of a shipped model "
        f"(in {models_folder()}: {names})"
    )


def load_model(
    name_or_path: str | os.PathLike[str] | None = None,
    *,
    tone_style: TonePlacement = "old",
    words: str | os.PathLike[str] | Iterable[str] | WordList | None = None,
) -> Restorer:
    """Load a model by name or path; the default model is loaded once and shared by all threads.

    Parameters
    ----------
    name_or_path
        As in `find_model`.
    tone_style
        Where restored syllables carry the tone: "old" writes hòa and thúy, "new" hoà and thuý, "as-is" what most of
        the text's own such syllables have, and the old one where none tells: see `Restorer.load`.
    words
        Names and other phrases to be written as they are listed: see `vndiacritic.words.word_list`.

    Returns
    -------
    Restorer

    Raises
    ------
    ModelError
        If there is no such model, or its file is damaged, foreign or of a newer format.
    """
    if name_or_path is None and words is None:
        return _default_model(tone_style)
    from vndiacritic.restorer import Restorer

    return Restorer.load(find_model(name_or_path), tone_style=tone_style, words=words)


@cache
def _default_model(tone_style: TonePlacement) -> Restorer:
    """Two threads that come first together may both load it: they map the same pages, and one is dropped."""
    from vndiacritic.restorer import Restorer

    return Restorer.load(find_model(), tone_style=tone_style)


def restore(text: str, *, min_confidence: float = 0.0, tone_style: TonePlacement = "old") -> str:
    """Restore the diacritics of a text with the default model.

    Parameters
    ----------
    text
        Any number of lines; line ends and everything but diacritics stay as they are.
    min_confidence
        Between 0 and 1. A syllable of which the model is less sure stays as it is.
    tone_style
        As for `load_model`.

    Raises
    ------
    ModelError
        If the default model cannot be loaded.
    """
    return load_model(tone_style=tone_style).restore(text, min_confidence=min_confidence)


def restore_and_explain(
    text: str, k: int = 3, *, min_confidence: float = 0.0, tone_style: TonePlacement = "old"
) -> tuple[str, list[Choice]]:
    """Restore a text with the default model and tell what else each ambiguous syllable could be.

    Parameters
    ----------
    text
        Any number of lines.
    k
        Forms to tell for each syllable, the most probable first.
    min_confidence, tone_style
        As for `restore`.

    Returns
    -------
    (str, list of Choice)
        The restored text, and one choice for each ambiguous syllable in the order of the text.
    """
    explained = load_model(tone_style=tone_style).restore_and_explain(text, k, min_confidence=min_confidence)
    return explained.text, list(explained.choices)

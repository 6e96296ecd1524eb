"""A model and a word list as the options name them.

Knows what is said of an odd list; models are shipped's affair, lists that of words.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from vndiacritic.cli.exits import say
from vndiacritic.errors import DataWarning

if TYPE_CHECKING:
    from vndiacritic.placement import TonePlacement
    from vndiacritic.restorer import Restorer
    from vndiacritic.words import WordList

__all__ = ["load_restorer", "read_word_list"]


def load_restorer(model: str | None, tone_style: TonePlacement = "old", words: str | None = None) -> Restorer:
    """Load a model, and a word list for it if one is named."""
    from vndiacritic.shipped import load_model

    if words is None:
        return load_model(model, tone_style=tone_style)
    return load_model(model, tone_style=tone_style, words=read_word_list(words))


def read_word_list(path: str) -> WordList:
    """Read a word list; what is odd in it is said, and does not stop the run."""
    from vndiacritic.words import word_list

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        listed = word_list(path)
    for warning in caught:
        say(str(warning.message))
    return listed

"""Forms written over the tokens of a text, letter by letter.

This module knows case, tone placement and normal forms. Which form a token gets is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from vndiacritic.alphabet import ToneStyle, completion, compose, has_marks, overlay, place_tone
from vndiacritic.features import token_type
from vndiacritic.reading import Read
from vndiacritic.runs import Run
from vndiacritic.words import Listed

__all__ = ["Forms", "write_forms", "written"]

# How the forms of a run are written: where their tone goes, and whether they are decomposed.
_MANNERS: tuple[tuple[ToneStyle, bool], ...] = (("old", False), ("old", True), ("new", False), ("new", True))


class Forms:
    """What may be written, by number: the model's forms, then those of a user's list, each in its own tone style.

    Parameters
    ----------
    own : sequence of str
        Lower-case, with the tone in its older place.
    listed : sequence of Listed
    """

    def __init__(self, own: Sequence[str], listed: Sequence[Listed]) -> None:
        self._own, self._listed = own, listed

    def __len__(self) -> int:
        return len(self._own) + len(self._listed)

    def written(self, word: str, number: int, style: ToneStyle, decomposed: bool) -> str:
        """A form over a word of the text; the model's forms have their tone where the style wants it."""
        if number < len(self._own):
            return written(word, self._own[number], style, decomposed)
        return written(word, *self._listed[number - len(self._own)], decomposed)


def write_forms(runs: Sequence[Run], read: Read, form: NDArray[np.int32], forms: Forms) -> None:
    """Write forms over the tokens of runs, in their own lists of parts.

    Parameters
    ----------
    runs : sequence of Run
    read : Read
        The same runs, read.
    form : array of int32, shape (n_tokens,)
        The number of the form that each token gets, -1 for none.
    forms : Forms
    """
    manner = np.array([_MANNERS.index((run.style, run.decomposed)) for run in runs], np.intp)
    texts = _texts(read, form, forms, manner)
    for run in runs:
        run.parts[1::2] = islice(texts, len(run.parts) // 2)


def _texts(read: Read, form: NDArray[np.int32], forms: Forms, manner: NDArray[np.intp]) -> Iterator[str]:
    """All tokens of a batch, with the forms they got; each distinct pair is written once in each manner."""
    texts, n_words, n_forms = read.words.copy(), len(read.words), len(forms)
    changed = np.flatnonzero(form >= 0)
    pairs = read.word[changed] * n_forms + form[changed]
    pairs += manner[read.run[changed]] * (n_words * n_forms)
    distinct, which = np.unique(pairs, return_inverse=True)
    for pair in distinct.tolist():
        how, rest = divmod(pair, n_words * n_forms)
        word, number = divmod(rest, n_forms)
        texts.append(forms.written(texts[word], number, *_MANNERS[how]))
    text = read.word.copy()
    text[changed] = n_words + which
    return map(texts.__getitem__, text.tolist())


@lru_cache(maxsize=1 << 16)
def written(word: str, form: str, style: ToneStyle, decomposed: bool) -> str:
    """A form written over a word of the text; a word that has the marks already stays the very same string."""
    if not has_marks(word):
        return overlay(word, place_tone(form, style), decomposed=decomposed)
    if token_type(word).form == form:
        return word
    completed = completion(compose(word), form, style)
    return overlay(word, completed, decomposed=decomposed) if completed else word

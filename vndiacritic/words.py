"""A user's own words: names, products, places, each written as it is listed wherever its bare words stand in a row.

Knows phrases and which words of a text they fit. How they are written into a text, and what else is decided there, is
not its affair. A list is a text file with a word or phrase a line; lines that begin with "#" are remarks.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from vndiacritic.alphabet import ToneStyle, completes, compose, has_marks, parse_syllable, place_tone
from vndiacritic.errors import DataWarning, WordListError
from vndiacritic.features import token_type
from vndiacritic.files import BOM, display_name, open_input, read_lines
from vndiacritic.tokens import Kind, kind_of, split_tokens

__all__ = ["Listed", "WordList", "joined_lists", "word_list"]


class Listed(NamedTuple):
    """A form as it is listed: lower-case with the tone in its older place, and where the list has it."""

    form: str
    style: ToneStyle


@dataclass(frozen=True)
class WordList:
    """Phrases; make one with `word_list`.

    Attributes
    ----------
    phrases : tuple of str
        Lower-case and composed, with a space between words; in the order of the list, without doubles.
    """

    phrases: tuple[str, ...]

    def __reduce__(self) -> tuple[type[WordList], tuple[tuple[str, ...]]]:
        return WordList, (self.phrases,)  # workers get it with every task: without what is made of it here

    @cached_property
    def forms(self) -> tuple[Listed, ...]:
        """The distinct forms; a form is known by its number among them."""
        return tuple(map(_form, self._numbers))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        words = dict.fromkeys(word for phrase in self.phrases for word in phrase.split(" "))
        return {word: number for number, word in enumerate(words)}

    @cached_property
    def _by_bare(self) -> dict[tuple[str, ...], list[tuple[int, ...]]]:
        """The phrases of the same bare words, as numbers of forms, the first listed first."""
        found: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
        for phrase in self.phrases:
            found.setdefault(_bare(phrase), []).append(tuple(self._numbers[word] for word in phrase.split(" ")))
        return found

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """How many words the phrases have that begin with a bare word, the longest first."""
        found: dict[str, set[int]] = {}
        for bare in self._by_bare:
            found.setdefault(bare[0], set()).add(len(bare))
        return {first: sorted(lengths, reverse=True) for first, lengths in found.items()}

    @cached_property
    def reach(self) -> int:
        """Words of the longest phrase."""
        return max(map(len, self._by_bare), default=0)

    def begins(self, token: str) -> bool:
        """Whether a token is, but for its marks, the first word of a phrase."""
        return token_type(token).bare in self._lengths

    def longest(self, tokens: Sequence[str]) -> tuple[int, ...]:
        """The numbers of the forms of the longest phrase that the first of these tokens may be.

        Marks that a token has are kept: a phrase that contradicts them does not fit, nor one that would add marks to a
        complete syllable. Of phrases that fit alike, the first listed is taken.
        """
        bare = tuple(token_type(token).bare for token in tokens)
        for length in self._lengths.get(bare[0], ()):
            for numbers in self._by_bare.get(bare[:length], ()):
                if all(_fits(token, self.forms[number].form) for token, number in zip(tokens, numbers, strict=False)):
                    return numbers
        return ()


def word_list(words: str | os.PathLike[str] | Iterable[str]) -> WordList:
    """A word list from a file, or from phrases.

    Parameters
    ----------
    words : path-like or iterable of str
        A string is the path of a file; phrases come in a list.

    Raises
    ------
    WordListError
        A line is not made of words of letters, with spaces or hyphens between them.
    EncodingError
        The file is not UTF-8.
    VndiacriticError
        The file cannot be read.

    Warns
    -----
    DataWarning
        Of phrases that differ in their diacritics only, the first is taken.

    Examples
    --------
    >>> word_list(["Hà Nội", "Nguyễn-Hoà"]).phrases
    ('hà nội', 'nguyễn hoà')
    """
    if isinstance(words, (str, os.PathLike)):
        return _read(os.fspath(words))
    return _listed(enumerate(words, 1), "word list")


def joined_lists(first: WordList, phrases: Iterable[str]) -> WordList:
    """A list with phrases after its own; of those that fit alike, the list's own are taken.

    Raises
    ------
    WordListError
        A phrase is not as a `WordList` has it.
    """
    phrases = list(phrases)
    for number, phrase in enumerate(phrases, 1):
        if _phrase(phrase, f"phrase {number}") != phrase:
            raise WordListError(f"phrase {number}: {phrase!r} is not composed and in lower case")
    return WordList(tuple(dict.fromkeys([*first.phrases, *phrases])))


def _read(path: str) -> WordList:
    with open_input(path) as stream:
        lines = enumerate(read_lines(stream, display_name(path)), 1)
        return _listed(((n, line.removeprefix(BOM)) for n, line in lines), display_name(path))


def _listed(lines: Iterable[tuple[int, str]], name: str) -> WordList:
    phrases: dict[str, int] = {}
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        phrase = _phrase(text, f"{name}, line {number}")
        if phrase in phrases:
            continue
        phrases[phrase] = number
        before, other = first.setdefault(_bare(phrase), (number, text))
        if before != number:
            warnings.warn(
                f"{name}: {other!r} in line {before} and {text!r} in line {number} are the same without diacritics; "
                "the first is taken",
                DataWarning,
                stacklevel=4,
            )
    return WordList(tuple(phrases))


def _phrase(text: str, where: str) -> str:
    tokens = split_tokens(compose(text))[1::2]
    if not tokens or any(kind_of(token) is not Kind.WORD for token in tokens):
        raise WordListError(f"{where}: {text!r} is not made of words; list words of letters, with spaces between them")
    return " ".join(tokens).lower()


def _form(word: str) -> Listed:
    form = token_type(word).form
    return Listed(form, "new" if word != form and word == place_tone(form, "new") else "old")


def _bare(phrase: str) -> tuple[str, ...]:
    return tuple(token_type(word).bare for word in phrase.split(" "))


def _fits(token: str, form: str) -> bool:
    """Whether a token may become a form of the same bare word."""
    if not has_marks(token):
        return True
    has = token_type(token).form
    return has == form or (parse_syllable(has) is None and completes(has, form))

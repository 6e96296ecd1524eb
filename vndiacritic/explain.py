"""How the syllables of a text were decided, told to people and programs.

Knows rounds of restoring, places in the text, forms and probabilities. How a syllable is decided is not its affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from vndiacritic.reading import Candidates
from vndiacritic.rounds import Round
from vndiacritic.runs import Run
from vndiacritic.writing import written

__all__ = ["Choice", "Explained", "ExplainedRun", "explain_runs", "joined"]


class Choice(NamedTuple):
    """One decided syllable.

    Attributes
    ----------
    start, end : int
        Its place in the text that was given, in characters.
    text : str
        What is written there.
    confidence : float
        Estimated probability that the best of the alternatives is right. That one is written, unless more
        confidence was asked for.
    alternatives : tuple of (str, float)
        The most probable forms, the best first, with their probabilities.
    """

    start: int
    end: int
    text: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]


class Explained(NamedTuple):
    """A text, restored, and how.

    Attributes
    ----------
    text : str
        The restored text.
    choices : tuple of Choice
        One for each ambiguous syllable, in the order of the text.
    """

    text: str
    choices: tuple[Choice, ...]


def explain_runs(
    runs: Sequence[Run], rounds: Iterable[Round], candidates: Candidates, k: int
) -> list[dict[int, Choice]]:
    """The choices in each run by the token's place among its parts; start and end count from the run's beginning.

    Parameters
    ----------
    runs : sequence of Run
        Not yet restored; the rounds write into them.
    rounds : iterable of Round
        A later round says more of a syllable that was left open in an earlier one.
    candidates : Candidates
    k : int
        How many forms to tell for each syllable.
    """
    edges = [np.cumsum([0, *map(len, run.parts)]).tolist() for run in runs]
    explained: list[dict[int, Choice]] = [{} for _ in runs]
    for now in rounds:
        for number, part, entry, word, best, ranked in _decided(now, k):
            forms, run = candidates.forms_of(entry), runs[number]
            told = tuple((written(word, forms[j], run.style, run.decomposed), odds) for j, odds in ranked)
            start, end = edges[number][part : part + 2]
            explained[number][part] = Choice(start, end, runs[number].parts[part], best, told)
    return explained


def _decided(now: Round, k: int) -> Iterator[tuple[int, int, int, str, float, list[tuple[int, float]]]]:
    """Of each decided token: its run and place there, its expert, the word, the best odds, and candidates with theirs.

    Candidates that are ruled out, or do not exist, have no odds.
    """
    token = now.tokens
    order = np.argsort(-now.odds, axis=1, kind="stable")[:, :k]
    odds = np.take_along_axis(now.odds, order, axis=1).tolist()
    ranked = ([(j, p) for j, p in zip(*row, strict=True) if p > 0] for row in zip(order.tolist(), odds, strict=True))
    words = (now.read.words[word] for word in now.read.word[token].tolist())
    numbers, parts = now.run_of(token).tolist(), now.part_of(token).tolist()
    entries, best = now.read.batch.entry[now.choices.at].tolist(), now.odds.max(axis=1, initial=0).tolist()
    return zip(numbers, parts, entries, words, best, ranked, strict=True)


class ExplainedRun(NamedTuple):
    """A restored run, its length as it was given, and its choices, which count from its beginning."""

    run: Run
    length: int
    choices: Sequence[Choice]


def joined(runs: Iterable[ExplainedRun]) -> Explained:
    """A text from its runs."""
    texts: list[str] = []
    choices: list[Choice] = []
    start = 0
    for run, length, of_run in runs:
        texts += run.parts
        choices += (choice._replace(start=choice.start + start, end=choice.end + start) for choice in of_run)
        start += length
    return Explained("".join(texts), tuple(choices))

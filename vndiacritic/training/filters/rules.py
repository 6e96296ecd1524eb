"""What makes a line a bad teacher, line by line: the rules, in the order in which they are asked.

Copies of a line are found across a corpus, which is `duplicates`' affair.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from vndiacritic.alphabet import has_marks, parse_syllable
from vndiacritic.cleaning.legacy_text import legacy_edits
from vndiacritic.cleaning.marks import misplaced_edits
from vndiacritic.cleaning.mojibake import left_over, mojibake_edits
from vndiacritic.cleaning.plausibility import has_odd_characters

__all__ = ["DUPLICATE", "KEPT", "NO_FILTERS", "REASONS", "Filters", "Judge"]

REASONS = ("kept", "garbage", "foreign", "unaccented", "mojibake", "misplaced", "duplicate")
"""What becomes of a line: a verdict is a place in this list."""

KEPT, DUPLICATE = REASONS.index("kept"), REASONS.index("duplicate")

_FREE = 3  # words: if there are so few, all may be bare ("anh em ta") or foreign ("Windows Media Player")
# Share of syllables among the words of a line without marks that is Vietnamese; some of its words ("benh", "duoc") are
# none without their marks. 5% of stripped lines of the corpora have fewer, 1% of English lines as many.
_UNACCENTED = 0.5
_REMEMBERED = 1 << 20  # tokens; whatever is frequent is among them
_WORD = re.compile(r"[^\W\d_]+")
_LOST = re.compile("[\ufffd\x80-\x9f]+")  # what stands for a character that was lost, or is none in any text


@dataclass(frozen=True)
class Filters:
    """Which lines are left out; a share of 0 switches a rule off.

    Attributes
    ----------
    letters : float
        Least share of letters among the characters of a line that are no spaces. Below it a line is garbage: a row of
        numbers, a rule, code.
    syllables : float
        Least share of words that could be Vietnamese syllables, three words aside. Below it a line is foreign.
    marked : float
        Least share of words with marks, three words aside. Below it a line is unaccented: in good text two words of
        three have marks.
    damaged : float
        Largest share of words that were misread (mojibake), and of those with a mark in the wrong place ("nghịêm").
    duplicates : bool
        Whether a line that was met before is left out, whatever its case and spaces.
    """

    letters: float = 0.4
    syllables: float = 0.4
    marked: float = 0.3
    damaged: float = 0.05
    duplicates: bool = True


NO_FILTERS = Filters(letters=0, syllables=0, marked=0, damaged=0, duplicates=False)
"""Keeps every line."""


class _Count(NamedTuple):
    """What is counted of a line, or of a token of it."""

    words: int
    syllables: int
    marked: int
    letters: int
    characters: int  # without spaces


class _Tokens(dict[str, _Count]):
    """Counts of what stands between two spaces."""

    def __missing__(self, token: str) -> _Count:
        if len(self) >= _REMEMBERED:
            self.clear()
        words = _WORD.findall(token)
        syllables = sum(1 for word in words if parse_syllable(word))
        marked = sum(map(has_marks, words))
        self[token] = count = _Count(len(words), syllables, marked, sum(map(len, words)), len(token))
        return count


class Judge:
    """Tells of lines what is wrong with them; it remembers tokens, but no lines.

    Parameters
    ----------
    filters : Filters
    """

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self._tokens = _Tokens()

    def verdicts(self, lines: Sequence[str]) -> list[int]:
        """A place in `REASONS` for each line.

        Parameters
        ----------
        lines : sequence of str
            Some hundred lines in a row: those around a misread one help to tell that it was.
        """
        counts = [self._count(line) for line in lines]
        verdicts = [REASONS.index(self._verdict(count)) for count in counts]
        if self._filters.damaged:
            for reason, find in (("mojibake", _misread), ("misplaced", _misplaced)):
                of_reason = REASONS.index(reason)
                kept = [at for at, verdict in enumerate(verdicts) if verdict == KEPT]
                for number, found in _by_line(find, [lines[at] for at in kept]).items():
                    if found > self._filters.damaged * counts[kept[number]].words:
                        verdicts[kept[number]] = of_reason
        return verdicts

    def _count(self, line: str) -> _Count:
        words = syllables = marked = letters = characters = 0
        tokens = self._tokens
        for token in line.split():
            a, b, c, d, e = tokens[token]
            words += a
            syllables += b
            marked += c
            letters += d
            characters += e
        return _Count(words, syllables, marked, letters, characters)

    def _verdict(self, count: _Count) -> str:
        """What counting says of a line."""
        filters, words = self._filters, count.words - _FREE
        if filters.letters and (not count.words or count.letters < filters.letters * count.characters):
            return "garbage"
        if count.syllables < filters.syllables * words:
            return "foreign"
        if count.marked < filters.marked * words:
            return "foreign" if count.syllables < _UNACCENTED * count.words else "unaccented"
        return "kept"


# ---- what damages words


def _by_line(find: Callable[[str], Iterator[int]], lines: Sequence[str]) -> Counter[int]:
    """How many places are found in each line that has any."""
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    return Counter(bisect_right(starts, place) - 1 for place in find("\n".join(lines)))


def _misread(text: str) -> Iterator[int]:
    """Where a word was misread: in another encoding, or with a loss."""
    if not has_odd_characters(text):
        return
    yield from (edit.start for edit in mojibake_edits(text))
    yield from (edit.start for edit in legacy_edits(text))
    yield from (start for start, _ in left_over(text))
    yield from (match.start() for match in _LOST.finditer(text))


def _misplaced(text: str) -> Iterator[int]:
    """Where a word has a tone on the wrong letter."""
    return (edit.start for edit in misplaced_edits(text))

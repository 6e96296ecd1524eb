"""How well a text got its diacritics back, measured against accented gold.

Knows the metrics, their statistics line by line, and what can be drawn from those: pooled figures,
confidence intervals, a test between models, error classes, confusions. Does not know how
text is restored (restorers are functions handed in), where gold lies, or how a report looks.

Over the alphabetic tokens of the gold, maximal runs of letters:

syllable
    share restored exactly: case-sensitive, NFC, the placement of the tone mark folded (hòa = hoà),
    since corpora differ in it
strict
    the same without folding
sentence
    share of the lines with a token in which every token is right (folded)
broken
    lines in which anything but diacritics changed, plus the lines missing or in excess

A line with another number of tokens than its gold counts as all wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from vndiacritic.alphabet import SHAPES, TONES, fold_tone, normalize, strip_diacritics
from vndiacritic.reports import Confusion, Figures, Report, Result, signature

__all__ = [
    "VARIANTS",
    "Column",
    "Comparison",
    "Confusion",
    "Figures",
    "LineStats",
    "Report",
    "Result",
    "capitals",
    "compare",
    "evaluate",
    "lower_without_punctuation",
    "paired_test",
    "pool",
    "signature",
    "slug",
    "split_lines",
    "strip_gold",
    "summarise",
]

SEED = 12345  # sacrebleu's, so that nobody asks how it was chosen
RESAMPLES = 1000  # Koehn (2004) draws as many; the ends of a 95% interval then move by a hundredth of a point
TRIALS = 10_000  # sacrebleu's number for approximate randomisation
CONTEXT = 3  # tokens on either side of a wrong one in its example: seven in all
DRAWN_AT_ONCE = 1 << 21  # line numbers held in memory while resampling: 16 MB

TOKEN = re.compile(r"[^\W\d_]+")
WORD = re.compile(r"[^\W_]+")
TONE_MARKS = "".join(TONES.values())
TWO_TONED = str.maketrans("\u1e4c\u1e4d\u1e78\u1e79", "OoUu")  # tilde and acute: the only such letters in NFC
LOOSE_MARK = re.compile("[" + "".join((*TONES.values(), *SHAPES.values())) + "]")

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Column(IntEnum):
    """What is counted in each line: the columns of `LineStats.counts`."""

    LINES = 0  # 1; 0 in a predicted line that no gold line answers to
    COUNTED = 1  # 1 if the gold has a token
    TOKENS = 2
    FOLDED = 3  # right, tone placement folded
    STRICT = 4  # right, letter for letter
    LINE_RIGHT = 5  # 1 if there are tokens and all are right (folded)
    BROKEN = 6
    TONE = 7  # wrong: only the tone differs
    SHAPE = 8  # wrong: only shapes differ (circumflex, breve, horn, the stroke of đ)
    BOTH = 9  # wrong: tone and shapes differ
    LETTERS = 10  # wrong: bare letters or their case differ, so the line is broken too
    MISALIGNED = 11  # wrong: tokens of a line predicted with another number of tokens
    AMBIGUOUS = 12
    AMBIGUOUS_RIGHT = 13
    BASELINE = 14  # right in the unaccented copy (folded)


@dataclass(frozen=True)
class LineStats:
    """Counts, a row a line; sums of rows are the counts of the lines together.

    Attributes
    ----------
    counts : ndarray of int64, shape (lines, len(Column))
        Columns as in `Column`. Predicted lines in excess of the gold have rows of their own.
    """

    counts: IntArray

    def __len__(self) -> int:
        return len(self.counts)

    def total(self, column: Column) -> int:
        """Sum of a column over all lines."""
        return int(self.counts[:, column].sum())

    def where(self, column: Column) -> IntArray:
        """The rows with a positive count in this column."""
        return self.counts[self.counts[:, column] > 0]


@dataclass(frozen=True)
class Comparison:
    """One model's text against one gold: statistics of each line and the wrong tokens.

    Attributes
    ----------
    stats : LineStats
    confusions : Counter of (gold, predicted)
        How often each wrong token took the place of each right one, in lines with as many tokens as
        their gold.
    examples : dict of (gold, predicted) to str
        The gold text around the first of them, three tokens on either side.
    """

    stats: LineStats
    confusions: Counter[tuple[str, str]]
    examples: dict[tuple[str, str], str]

    def most_confused(self, n: int = 20) -> tuple[Confusion, ...]:
        """The n most frequent confusions; ties go in the order of the words."""
        ranked = sorted(self.confusions.items(), key=lambda item: (-item[1], item[0]))[:n]
        return tuple(Confusion(*pair, count, self.examples[pair]) for pair, count in ranked)


def split_lines(text: str) -> list[str]:
    r"""Lines of a file's text as the metric counts them: only a line feed ends one.

    Examples
    --------
    >>> split_lines("một\r\nhai\u2028ba\n")  # str.splitlines would find three
    ['một', 'hai\u2028ba']
    """
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [_normalise(line) for line in lines]


def strip_gold(line: str) -> str:
    """The unaccented copy of a gold line: what a restorer is given, and what it must leave as it is.

    `strip_diacritics`, except where marks are damage rather than spelling, which is then as the reference
    scorer has it: a mark that NFC cannot join to its letter stays (a second U+0301 after "hòa": text in
    which it comes or goes is broken), and the four letters with two tones (U+1E4D) lose both.
    """
    line = _normalise(line).translate(TWO_TONED)
    if LOOSE_MARK.search(line) is None:
        return strip_diacritics(line)
    return "".join(map(strip_diacritics, line))


def compare(
    gold: Sequence[str],
    predicted: Sequence[str],
    *,
    is_ambiguous: Callable[[str], bool] | None = None,
) -> Comparison:
    """Measure predicted lines against gold lines.

    Parameters
    ----------
    gold, predicted : sequence of str
        Lines in the same order, with or without their ends, in any normal form. A missing predicted
        line counts as empty; every line missing or in excess adds one to `broken`.
    is_ambiguous : callable, optional
        Tells for a bare key (a token without diacritics, lower-cased) whether it has several candidate
        forms. Without it no token is counted as ambiguous.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError
        If gold or predicted is a single string rather than lines.

    Examples
    --------
    >>> summarise(compare(["Nhà tôi ở xa."], ["Nhà tôi ơ xa."]), resamples=0).syllable
    75.0
    """
    for name, lines in (("gold", gold), ("predicted", predicted)):
        if isinstance(lines, str):
            raise TypeError(f"{name} is one string; pass a list of lines, e.g. split_lines({name})")
    tally = _Tally(is_ambiguous)
    rows = [tally.row(g, p) for g, p in zip_longest(gold, predicted)]
    counts = np.array(rows, dtype=np.int64).reshape(-1, len(Column))
    return Comparison(LineStats(counts), tally.confusions, tally.examples)


class _Tally:
    """Counts line after line and collects the confusions on the way."""

    def __init__(self, is_ambiguous: Callable[[str], bool] | None) -> None:
        self.confusions: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], str] = {}
        self._is_ambiguous = is_ambiguous
        self._known: dict[str, bool] = {}

    def row(self, gold: str | None, predicted: str | None) -> list[int]:
        """The counts of one line; either side is None where its file has ended."""
        row = [0] * len(Column)
        if gold is None:
            row[Column.BROKEN] = 1
            return row
        line, other = _normalise(gold), _normalise(predicted or "")
        bare = strip_gold(line)
        tokens = TOKEN.findall(line)
        row[Column.LINES] = 1
        row[Column.COUNTED] = int(bool(tokens))
        row[Column.TOKENS] = len(tokens)
        row[Column.BROKEN] = int(line != other and bare != strip_gold(other)) + (predicted is None)
        row[Column.BASELINE] = _count_right(tokens, TOKEN.findall(_normalise(bare)))
        ambiguous = [self._has_choice(token) for token in tokens]
        row[Column.AMBIGUOUS] = sum(ambiguous)
        self._count_tokens(row, line, tokens, TOKEN.findall(other), ambiguous)
        return row

    def _count_tokens(
        self, row: list[int], line: str, gold: list[str], predicted: list[str], ambiguous: list[bool]
    ) -> None:
        """Fill in what depends on the predicted tokens."""
        if len(gold) != len(predicted):
            row[Column.MISALIGNED] = len(gold)
            return
        for at, (g, p) in enumerate(zip(gold, predicted, strict=True)):
            row[Column.STRICT] += g == p
            kind = _error_class(g, p)
            if kind is None:
                row[Column.FOLDED] += 1
                row[Column.AMBIGUOUS_RIGHT] += ambiguous[at]
                continue
            row[kind] += 1
            self.confusions[g, p] += 1
            if (g, p) not in self.examples:
                self.examples[g, p] = _around(line, at)
        row[Column.LINE_RIGHT] = int(bool(gold) and row[Column.FOLDED] == len(gold))

    def _has_choice(self, token: str) -> bool:
        """Ask the predicate once for each token: it may look into a file."""
        if self._is_ambiguous is None:
            return False
        if token not in self._known:
            self._known[token] = bool(self._is_ambiguous(strip_diacritics(token).lower()))
        return self._known[token]


def _normalise(line: str) -> str:
    """A line without its end, NFC."""
    return normalize("NFC", line.rstrip("\r\n"))


def _count_right(gold: list[str], predicted: list[str]) -> int:
    """How many tokens are right (folded); none if there are more or fewer of them than in the gold."""
    if len(gold) != len(predicted):
        return 0
    return sum(g == p or fold_tone(g) == fold_tone(p) for g, p in zip(gold, predicted, strict=True))


def _error_class(gold: str, predicted: str) -> Column | None:
    """Which kind of wrong a predicted token is; None if it is right (tone placement folded)."""
    if gold == predicted:
        return None
    folded, other = fold_tone(gold), fold_tone(predicted)
    if folded == other:
        return None
    if strip_gold(gold) != strip_gold(predicted):
        return Column.LETTERS
    shapes, other_shapes = folded.rstrip(TONE_MARKS), other.rstrip(TONE_MARKS)
    if shapes == other_shapes:
        return Column.TONE
    same_tone = folded[len(shapes) :] == other[len(other_shapes) :]
    return Column.SHAPE if same_tone else Column.BOTH


def _around(line: str, at: int) -> str:
    """The text from three tokens before token number `at` to three after it, on one line."""
    spans = [match.span() for match in TOKEN.finditer(line)]
    start = spans[max(at - CONTEXT, 0)][0]
    end = spans[min(at + CONTEXT, len(spans) - 1)][1]
    return " ".join(line[start:end].split())


def pool(comparisons: Iterable[Comparison]) -> Comparison:
    """Several comparisons as one, as if their lines had stood in one file.

    Parameters
    ----------
    comparisons : iterable of Comparison
        Of one model on several sets, or on the pieces of a set; their order decides only which
        examples are kept.
    """
    parts = list(comparisons)
    confusions: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for part in parts:
        confusions.update(part.confusions)
        examples = part.examples | examples
    nothing = np.empty((0, len(Column)), dtype=np.int64)
    counts = np.concatenate([nothing, *(part.stats.counts for part in parts)])
    return Comparison(LineStats(counts), confusions, examples)


def summarise(comparison: Comparison, *, resamples: int = RESAMPLES, seed: int = SEED) -> Figures:
    """The figures of a comparison, with 95% confidence intervals.

    Parameters
    ----------
    comparison : Comparison
    resamples : int
        Bootstrap resamples behind the intervals; 0 for none.
    seed : int
        Of the resampling: the same seed gives the same intervals.

    Notes
    -----
    The intervals are percentile bootstrap intervals (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, chapter 13). Lines are drawn, not tokens, since errors within a line depend on each
    other; Koehn (Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004) does
    the same. Lines without a token are left out: they weigh nothing.
    """
    stats = comparison.stats
    total = stats.total
    tokens, counted = total(Column.TOKENS), total(Column.COUNTED)
    ambiguous = total(Column.AMBIGUOUS)
    return Figures(
        lines=total(Column.LINES),
        lines_with_tokens=counted,
        tokens=tokens,
        syllable=_percent(total(Column.FOLDED), tokens),
        strict=_percent(total(Column.STRICT), tokens),
        sentence=_percent(total(Column.LINE_RIGHT), counted),
        broken=total(Column.BROKEN),
        baseline=_percent(total(Column.BASELINE), tokens),
        ambiguous=ambiguous,
        ambiguous_accuracy=_percent(total(Column.AMBIGUOUS_RIGHT), ambiguous) if ambiguous else None,
        tone_errors=total(Column.TONE),
        shape_errors=total(Column.SHAPE),
        both_errors=total(Column.BOTH),
        letter_errors=total(Column.LETTERS),
        misaligned=total(Column.MISALIGNED),
        intervals=_intervals(stats.where(Column.COUNTED), resamples, seed),
    )


def _percent(part: int, whole: int) -> float:
    """A share in percent, computed in the reference's order so that rounding agrees; 0 of nothing is 0."""
    return 100 * part / max(whole, 1)


def _intervals(rows: IntArray, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """95% intervals of the three shares, in percent; none without lines or resamples."""
    if not len(rows) or not resamples:
        return {}
    sums = _resampled_sums(rows, resamples, seed)
    shares = {
        "syllable": (Column.FOLDED, Column.TOKENS),
        "strict": (Column.STRICT, Column.TOKENS),
        "sentence": (Column.LINE_RIGHT, Column.COUNTED),
    }
    intervals = {}
    for name, (part, whole) in shares.items():
        low, high = np.percentile(100 * sums[:, part] / sums[:, whole], [2.5, 97.5])
        intervals[name] = (float(low), float(high))
    return intervals


def _resampled_sums(rows: IntArray, resamples: int, seed: int) -> FloatArray:
    """Column sums of `resamples` draws of len(rows) rows with replacement, shape (resamples, columns).

    A draw is how often each row comes up in it, and the sums are one matrix product: exact, since
    counts are far below 2**53.
    """
    rng = np.random.default_rng(seed)
    n = len(rows)
    values = rows.astype(np.float64)
    at_once = max(1, DRAWN_AT_ONCE // n)
    sums = []
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        drawn = rng.integers(0, n, size=(size, n))
        drawn += np.arange(size)[:, None] * n
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        sums.append(times.astype(np.float64) @ values)
    return np.concatenate(sums)


def paired_test(a: Comparison, b: Comparison, *, trials: int = TRIALS, seed: int = SEED) -> float:
    """How probable a difference in `syllable` as large as this one is between models that do not differ.

    Parameters
    ----------
    a, b : Comparison
        Two models on the same gold lines in the same order.
    trials : int
        Random relabellings.
    seed : int

    Returns
    -------
    float
        Two-sided p-value, between 1 / (trials + 1) and 1.

    Raises
    ------
    ValueError
        If the two were not measured on the same gold.

    Notes
    -----
    Paired approximate randomisation over lines (Noreen, Computer-Intensive Methods for Testing
    Hypotheses, 1989; Riezler and Maxwell, On Some Pitfalls in Automatic Evaluation and Significance
    Testing for MT, 2005): if the models do not differ, the two results of a line may be swapped, which
    turns the sign of the line's difference. Of the m lines that differ by v tokens, a binomial number
    keeps its sign, so one draw a trial for each v stands for m coins.
    """
    ours, theirs = a.stats.where(Column.LINES), b.stats.where(Column.LINES)
    if not np.array_equal(ours[:, Column.TOKENS], theirs[:, Column.TOKENS]):
        raise ValueError(
            "the two comparisons are of different gold: "
            f"{len(ours)} lines, {ours[:, Column.TOKENS].sum()} tokens, and "
            f"{len(theirs)} lines, {theirs[:, Column.TOKENS].sum()} tokens; compare both with the same lines"
        )
    differences = ours[:, Column.FOLDED] - theirs[:, Column.FOLDED]
    sizes, lines = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    rng = np.random.default_rng(seed)
    kept = rng.binomial(lines, 0.5, size=(trials, len(sizes)))
    shuffled = (2 * kept - lines) @ sizes
    as_large = np.count_nonzero(np.abs(shuffled) >= abs(int(differences.sum())))
    return (as_large + 1) / (trials + 1)


def evaluate(
    restorers: Mapping[str, Callable[[list[str]], list[str]]],
    golds: Mapping[str, list[str]],
    *,
    is_ambiguous: Callable[[str], bool] | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    most_confused: int = 20,
    version: str | None = None,
) -> Report:
    """Strip gold sets, have them restored, and measure what comes back.

    Parameters
    ----------
    restorers : mapping of str to callable
        Models by name; each takes a list of unaccented lines and returns as many restored ones. The
        others are tested against the first.
    golds : mapping of str to list of str
        Accented lines by the name of their set.
    is_ambiguous : callable, optional
        As in `compare`.
    resamples, seed : int
        As in `summarise`; the seed serves the tests too.
    most_confused : int
        Confusions to report for each model.
    version : str, optional
        For the signatures; by default that of the installed package.

    Returns
    -------
    Report
    """
    golds = {name: [_normalise(line) for line in gold] for name, gold in golds.items()}
    compared: dict[str, list[Comparison]] = {}
    for model, restore in restorers.items():
        compared[model] = []
        for gold in golds.values():
            restored = restore([strip_gold(line) for line in gold])
            compared[model].append(compare(gold, restored, is_ambiguous=is_ambiguous))

    def judge(name: str, gold: list[str], comparisons: list[Comparison]) -> list[Result]:
        """A result for each model on one gold, the later ones tested against the first."""
        return [
            Result(
                set=name,
                model=model,
                figures=summarise(comparison, resamples=resamples, seed=seed),
                signature=signature(name, gold, model, version=version),
                p_value=paired_test(comparisons[0], comparison, seed=seed) if i else None,
            )
            for i, (model, comparison) in enumerate(zip(restorers, comparisons, strict=True))
        ]

    results: list[Result] = []
    for i, (name, gold) in enumerate(golds.items()):
        results += judge(name, gold, [of_model[i] for of_model in compared.values()])
    together = {model: pool(comparisons) for model, comparisons in compared.items()}
    whole = [line for gold in golds.values() for line in gold]
    return Report(
        results=tuple(results),
        pooled=tuple(judge("pooled", whole, list(together.values()))),
        confusions={model: found.most_confused(most_confused) for model, found in together.items()},
        resamples=resamples,
        seed=seed,
    )


def lower_without_punctuation(line: str) -> str:
    """A gold line as typed in haste: its runs of letters and digits, lower-cased, a space between them.

    Examples
    --------
    >>> lower_without_punctuation('Mẹ bảo: "Mua 2 kg cam, 1/2 kg chanh!"')
    'mẹ bảo mua 2 kg cam 1 2 kg chanh'
    """
    return " ".join(_words(line))


def capitals(line: str) -> str:
    """A gold line in capitals: `str.upper` and nothing else.

    Examples
    --------
    >>> capitals("Đường về, 5 km")
    'ĐƯỜNG VỀ, 5 KM'
    """
    return normalize("NFC", _normalise(line).upper())


def slug(line: str) -> str:
    """A gold line as in an address: its first ten runs of letters and digits, lower-cased, joined by "-".

    Examples
    --------
    >>> slug("Bão số 3 vào bờ; nhiều nơi mưa to, gió giật mạnh.")
    'bão-số-3-vào-bờ-nhiều-nơi-mưa-to-gió'
    """
    return "-".join(_words(line)[:10])


# Harder versions of a gold set, line by line; a report names such a set "flores200_dev:slug".
VARIANTS: Mapping[str, Callable[[str], str]] = {
    "lower": lower_without_punctuation,
    "capitals": capitals,
    "slug": slug,
}


def _words(line: str) -> list[str]:
    """Maximal runs of letters and digits of a line, lower-cased, NFC."""
    return [normalize("NFC", word.lower()) for word in WORD.findall(_normalise(line))]

"""The figures of an evaluation as plain data, as JSON and as aligned text.

Knows how figures are named, rounded, signed and laid out in columns. Does not know how they are
measured: no texts are compared and no arrays are touched here, that is evaluation's part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import NamedTuple

__all__ = [
    "Confusion",
    "Figures",
    "Report",
    "Result",
    "signature",
]

Interval = tuple[float, float]


class Confusion(NamedTuple):
    """A wrong token: what the gold has, what was predicted, how often, and one place where it happened."""

    gold: str
    predicted: str
    times: int
    example: str


@dataclass(frozen=True)
class Figures:
    """What one model scored on one set; percentages are unrounded until `as_dict`.

    Attributes
    ----------
    lines : int
        Gold lines.
    lines_with_tokens : int
        Gold lines with at least one alphabetic token; `sentence` is a share of these.
    tokens : int
        Alphabetic tokens of the gold; every other percentage is a share of these.
    syllable, strict, sentence : float
        Percentages, defined in `vndiacritic.evaluation`.
    broken : int
        Lines in which anything but diacritics changed, plus the difference in the number of lines.
    baseline : float
        `syllable` of the unaccented copy.
    ambiguous : int
        Tokens whose bare key has several candidate forms; 0 where nobody said which keys have.
    ambiguous_accuracy : float or None
        Percentage of these restored; None where there are none.
    tone_errors, shape_errors, both_errors, letter_errors, misaligned : int
        Every token that `syllable` counts as wrong is in exactly one of these.
    intervals : mapping of str to (float, float)
        95% confidence intervals of `syllable`, `strict` and `sentence`, in percent; empty where
        none could be or were to be drawn.
    """

    lines: int
    lines_with_tokens: int
    tokens: int
    syllable: float
    strict: float
    sentence: float
    broken: int
    baseline: float
    ambiguous: int
    ambiguous_accuracy: float | None
    tone_errors: int
    shape_errors: int
    both_errors: int
    letter_errors: int
    misaligned: int
    intervals: Mapping[str, Interval]

    @property
    def errors(self) -> int:
        """Wrong tokens, of all classes."""
        parts = (self.tone_errors, self.shape_errors, self.both_errors, self.letter_errors, self.misaligned)
        return sum(parts)

    def as_dict(self) -> dict[str, object]:
        """The figures rounded as the reference scorer rounds them: three places, `sentence` two."""
        accuracy = self.ambiguous_accuracy
        return {
            "lines": self.lines,
            "lines_with_tokens": self.lines_with_tokens,
            "tokens": self.tokens,
            "syllable": round(self.syllable, 3),
            "strict": round(self.strict, 3),
            "sentence": round(self.sentence, 2),
            "broken": self.broken,
            "baseline": round(self.baseline, 3),
            "ambiguous": self.ambiguous,
            "ambiguous_accuracy": None if accuracy is None else round(accuracy, 3),
            "tone_errors": self.tone_errors,
            "shape_errors": self.shape_errors,
            "both_errors": self.both_errors,
            "letter_errors": self.letter_errors,
            "misaligned": self.misaligned,
            "intervals": {k: [round(low, 3), round(high, 3)] for k, (low, high) in self.intervals.items()},
        }


@dataclass(frozen=True)
class Result:
    """One model on one set (or on all sets pooled).

    `p_value` is that of the difference in `syllable` from the first model on the same set, None for
    the first model itself. It is not corrected for the number of comparisons in the report.
    """

    set: str
    model: str
    figures: Figures
    signature: str
    p_value: float | None = None

    def as_dict(self) -> dict[str, object]:
        """A flat object: names, figures, signature."""
        head: dict[str, object] = {"set": self.set, "model": self.model}
        return head | self.figures.as_dict() | {"p_value": self.p_value, "signature": self.signature}


@dataclass(frozen=True)
class Report:
    """Several models on several sets.

    Attributes
    ----------
    results : tuple of Result
        Set by set, the models in the order given.
    pooled : tuple of Result
        One for each model, over the lines of all sets.
    confusions : mapping of str to tuple of Confusion
        For each model its most frequent wrong tokens over all sets, most frequent first.
    resamples, seed : int
        How the confidence intervals were drawn.
    """

    results: tuple[Result, ...]
    pooled: tuple[Result, ...]
    confusions: Mapping[str, tuple[Confusion, ...]]
    resamples: int
    seed: int

    def to_json(self) -> dict[str, object]:
        """The report as an object of `json.dumps`able values."""
        return {
            "resamples": self.resamples,
            "seed": self.seed,
            "results": [result.as_dict() for result in self.results],
            "pooled": [result.as_dict() for result in self.pooled],
            "confusions": {
                model: [confusion._asdict() for confusion in confusions]
                for model, confusions in self.confusions.items()
            },
        }

    def to_text(self) -> str:
        """The report for a terminal: accuracies, errors, confusions, signatures."""
        parts = [_accuracies(self), _errors(self.pooled)]
        parts += [_confusions(model, found) for model, found in self.confusions.items() if found]
        parts.append([result.signature for result in _shown(self)])
        return "\n\n".join("\n".join(part) for part in parts) + "\n"


def signature(set_name: str, gold: Sequence[str], model: str, *, version: str | None = None) -> str:
    """The line that says what a figure was measured on and with, after sacrebleu's (Post 2018).

    Parameters
    ----------
    set_name : str
        Name of the gold set.
    gold : sequence of str
        Its lines, without their ends, NFC.
    model : str
        What restored it.
    version : str, optional
        Version of the scorer; by default that of the installed package.

    Returns
    -------
    str
        Fields joined by "|". `sha256` is the first eight hexadecimal digits of the SHA-256 of the
        lines in UTF-8, each followed by a line feed. A "|" in a name becomes "_".

    Examples
    --------
    >>> signature("mine", ["Trời đã sáng."], "default", version="1.0")  # doctest: +ELLIPSIS
    'vndiacritic-eval|metric:syllable|case:mixed|tone:folded|norm:nfc|set:mine|lines:1|sha256:...'
    """
    digest = hashlib.sha256()
    for line in gold:
        digest.update(line.encode() + b"\n")
    fields = {
        "metric": "syllable",
        "case": "mixed",
        "tone": "folded",
        "norm": "nfc",
        "set": set_name,
        "lines": str(len(gold)),
        "sha256": digest.hexdigest()[:8],
        "model": model,
        "version": _package_version() if version is None else version,
    }
    cells = [f"{name}:{value.replace('|', '_')}" for name, value in fields.items()]
    return "|".join(["vndiacritic-eval", *cells])


def _package_version() -> str:
    """Version of the installed distribution; a bare checkout on the path has none."""
    try:
        return installed_version("vndiacritic")
    except PackageNotFoundError:
        return "unknown"


def _shown(report: Report) -> tuple[Result, ...]:
    """The results worth a row: pooling a single set would print it twice."""
    sets = {result.set for result in report.results}
    return report.results + (report.pooled if len(sets) > 1 else ())


def _accuracies(report: Report) -> list[str]:
    """One row a set, one block of columns a model, side by side."""
    shown = _shown(report)
    models = list(dict.fromkeys(result.model for result in shown))
    if not models:
        return ["nothing was evaluated"]
    left = [result for result in shown if result.model == models[0]]
    blocks = [_block("", SET_COLUMNS, left)]
    for model in models:
        columns = dict(MODEL_COLUMNS)
        if model == models[0]:
            del columns["p"]
        blocks.append(_block(model, columns, [result for result in shown if result.model == model]))
    return ["  |  ".join(cells).rstrip() for cells in zip(*blocks, strict=True)]


def _errors(pooled: Sequence[Result]) -> list[str]:
    """One row a model: its wrong tokens by class."""
    return [line.rstrip() for line in _block("", ERROR_COLUMNS, pooled)[1:]]


def _confusions(model: str, found: Sequence[Confusion]) -> list[str]:
    """The confusions of one model, under its name."""
    rows = [(str(times), gold, "->", predicted, example) for gold, predicted, times, example in found]
    table = _align([("", "", "", "", ""), *rows], left=range(1, 5))[1:]
    return [f"most frequent confusions of {model}, gold -> predicted", *(row.rstrip() for row in table)]


def _block(title: str, columns: Mapping[str, Callable[[Result], str]], results: Sequence[Result]) -> list[str]:
    """Title, head and rows, all of one width; only the names on the left are flush left."""
    rows = [tuple(columns), *(tuple(cell(result) for cell in columns.values()) for result in results)]
    names = [i for i, name in enumerate(columns) if name in ("set", "model")]
    table = _align(rows, left=names)
    width = max(len(title), len(table[0]))
    return [line.ljust(width) for line in [title, *table]]


def _align(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> list[str]:
    """Rows of cells as lines in which every column has one width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _interval(result: Result) -> str:
    """The confidence interval of `syllable`, or a dash."""
    found = result.figures.intervals.get("syllable")
    return "-" if found is None else f"{found[0]:.2f}-{found[1]:.2f}"


def _probability(result: Result) -> str:
    """The p-value, or a dash."""
    return "-" if result.p_value is None else f"{result.p_value:.4f}"


def _ambiguous(result: Result) -> str:
    """Accuracy on ambiguous tokens, or a dash."""
    accuracy = result.figures.ambiguous_accuracy
    return "-" if accuracy is None else f"{accuracy:.3f}"


# Heads of columns, each with the cell below it.
SET_COLUMNS: Mapping[str, Callable[[Result], str]] = {
    "set": lambda r: r.set,
    "lines": lambda r: str(r.figures.lines),
    "tokens": lambda r: str(r.figures.tokens),
    "unaccented": lambda r: f"{r.figures.baseline:.3f}",
}
MODEL_COLUMNS: Mapping[str, Callable[[Result], str]] = {
    "syllable": lambda r: f"{r.figures.syllable:.3f}",
    "95% interval": _interval,
    "strict": lambda r: f"{r.figures.strict:.3f}",
    "sentence": lambda r: f"{r.figures.sentence:.2f}",
    "ambiguous": _ambiguous,
    "broken": lambda r: str(r.figures.broken),
    "p": _probability,
}
ERROR_COLUMNS: Mapping[str, Callable[[Result], str]] = {
    "model": lambda r: r.model,
    "wrong tokens": lambda r: str(r.figures.errors),
    "tone": lambda r: str(r.figures.tone_errors),
    "shape": lambda r: str(r.figures.shape_errors),
    "both": lambda r: str(r.figures.both_errors),
    "letters": lambda r: str(r.figures.letter_errors),
    "misaligned": lambda r: str(r.figures.misaligned),
}

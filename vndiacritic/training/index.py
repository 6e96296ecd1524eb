"""Lines as arrays: symbols, forms and cases of every token.

Lines are varied on the way, so that the model meets what users write: some lose their capitals, some their
punctuation, some become short runs of words, and paragraphs are cut into their sentences. Which line is varied how
depends on the seed and the line's place alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import BOUNDARY, REACH, Case, TokenType, caseless, token_type
from vndiacritic.tokens import Kind, split_tokens

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

ARRAYS = ("bare", "form", "case")
"""Of a stream; on disk, each is a file."""


@dataclass(frozen=True)
class Variation:
    """Shares of lines that are varied, and how."""

    lower: float = 0.08
    unpunctuated: float = 0.06
    both: float = 0.07  # lower case without punctuation; half of these cut into runs of words
    cut: float = 0.5  # paragraphs cut into their sentences
    run_length: tuple[int, int] = (6, 17)


AS_WRITTEN = Variation(lower=0, unpunctuated=0, both=0, cut=0)


@dataclass
class TokenStream:
    """Tokens in order, with `REACH` boundary symbols between lines.

    Attributes
    ----------
    bare, form : array of int32, shape (n,)
        Indices into `symbols`: the token without and with its marks.
    case : array of uint8, shape (n,)
    symbols : list of str
    n_unaccented : int
        Lines that are not in it, since they would teach that words stay bare.
    """

    bare: Ints
    form: Ints
    case: NDArray[np.uint8]
    symbols: list[str]
    n_unaccented: int = 0


class _Types(dict[str, int]):
    """Numbers the distinct tokens of a shard as they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[TokenType] = []
        self.single: list[bool] = []

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self.entries)
        self.entries.append(token_type(token))
        self.single.append(len(self.entries[-1].bare) == 1)
        return number


def index_lines(lines: Iterable[str], variation: Variation, seed: Sequence[int]) -> TokenStream:
    """Turn lines into a token stream, some of them varied."""
    types, flat, lengths, n_unaccented = _Types(), array("i"), array("i"), 0
    for line in lines:
        tokens = split_tokens(line)[1::2]
        if tokens and _teaches(tokens):
            flat.extend([types[token] for token in tokens])
            lengths.append(len(tokens))
        else:
            n_unaccented += bool(tokens)
    ids = np.frombuffer(flat, dtype=np.int32) if flat else np.zeros(0, np.int32)
    stream = _vary(ids, np.array(lengths, dtype=np.int64), types, variation, np.random.default_rng(seed))
    return replace(stream, n_unaccented=n_unaccented)


def _teaches(tokens: list[str]) -> bool:
    """Whether a line has enough marks for its length: an unaccented line would teach that words stay bare."""
    if len(tokens) < 6:
        return True
    return sum(not token.isascii() for token in tokens) * 12 >= len(tokens)


class _Plan(NamedTuple):
    """What happens to each line; arrays of shape (n_lines,)."""

    lower: Bools  # loses its capitals
    unpunctuated: Bools
    chopped: Bools  # cut into runs of words
    cut: Bools  # cut into its sentences
    run: NDArray[np.int64]  # words in a run


def _draw(variation: Variation, n_lines: int, rng: np.random.Generator) -> _Plan:
    draw, run = rng.random(n_lines), rng.integers(*variation.run_length, n_lines, endpoint=True)
    edges = np.cumsum([variation.lower, variation.unpunctuated, variation.both / 2, variation.both / 2])
    return _Plan(
        lower=(draw < edges[0]) | (draw >= edges[1]) & (draw < edges[3]),
        unpunctuated=(draw >= edges[0]) & (draw < edges[3]),
        chopped=(draw >= edges[2]) & (draw < edges[3]),
        cut=rng.random(n_lines) < variation.cut,
        run=run,
    )


def _vary(
    ids: Ints, lengths: NDArray[np.int64], types: _Types, variation: Variation, rng: np.random.Generator
) -> TokenStream:
    """Vary lines as a plan says that is drawn for each."""
    if not len(ids):
        return _lay_out(ids, np.zeros(0, np.uint8), np.zeros(0, bool), types)
    kinds = np.array([t.kind for t in types.entries], dtype=np.uint8)
    cases = np.array([t.case for t in types.entries], dtype=np.uint8)
    plan = _draw(variation, len(lengths), rng)
    line = np.repeat(np.arange(len(lengths)), lengths)
    # On the full line, before the punctuation goes that ends its sentences.
    sentence = _sentences(cases[ids], plan.cut[line])
    keep = ~(plan.unpunctuated[line] & (kinds[ids] == Kind.PUNCTUATION))
    ids, line, sentence = ids[keep], line[keep], sentence[keep]
    new = _begins(line, sentence, plan)
    return _lay_out(ids, _without_case(cases[ids], np.array(types.single)[ids], new, plan.lower[line]), new, types)


def _sentences(case: NDArray[np.uint8], cut: Bools) -> NDArray[np.int64]:
    """Number the sentences of tokens, where they are to be cut: one ends at a stop before a capital."""
    ends = np.zeros(len(case), dtype=bool)
    ends[1:] = cut[:-1] & (case[:-1] == Case.STOP) & (case[1:] == Case.TITLE)
    return np.cumsum(ends)


def _begins(line: NDArray[np.intp], sentence: NDArray[np.int64], plan: _Plan) -> Bools:
    """Which tokens begin a line of the stream: a line, a sentence, or a run of words."""
    place = np.arange(len(line)) - np.searchsorted(line, np.arange(len(plan.run)))[line]
    chunk = np.where(plan.chopped[line], place // plan.run[line], 0)
    new = np.ones(len(line), dtype=bool)
    new[1:] = (line[1:] != line[:-1]) | (sentence[1:] != sentence[:-1]) | (chunk[1:] != chunk[:-1])
    return new


def _without_case(case: NDArray[np.uint8], single: Bools, new: Bools, lower: Bools) -> NDArray[np.uint8]:
    """The cases of words, without those of lines that have none or lose theirs."""
    if len(case):
        lower = lower | caseless(case, single, np.flatnonzero(new))[np.cumsum(new) - 1]
    case[(case < Case.NONE) & lower] = Case.NONE
    return case


def _lay_out(ids: Ints, case: NDArray[np.uint8], new: Bools, types: _Types) -> TokenStream:
    """Place tokens with boundaries between the segments."""
    symbols: dict[str, int] = {BOUNDARY: 0}
    bare_of = np.array([symbols.setdefault(t.bare, len(symbols)) for t in types.entries], dtype=np.int32)
    form_of = np.array([symbols.setdefault(t.form, len(symbols)) for t in types.entries], dtype=np.int32)
    place = np.arange(len(ids)) + REACH * np.cumsum(new)
    size = len(ids) + REACH * (int(new.sum()) + 1)
    bare, form = np.zeros(size, np.int32), np.zeros(size, np.int32)
    cases = np.full(size, Case.STOP, np.uint8)
    if len(ids):
        bare[place], form[place], cases[place] = bare_of[ids], form_of[ids], case
    return TokenStream(bare, form, cases, list(symbols))


def load_index(folder: Path, part: str) -> TokenStream:
    """Map one part ("train" or "held") of an index that `vndiacritic.training.indexing` built."""
    bare, form, case = (np.load(folder / f"{part}.{name}.npy", mmap_mode="r") for name in ARRAYS)
    text = (folder / "symbols.txt").read_text(encoding="utf-8", errors="surrogatepass")
    return TokenStream(bare, form, case, text.split("\n"))

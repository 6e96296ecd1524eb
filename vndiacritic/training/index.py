"""A corpus as arrays: symbols, forms and cases of every token, on disk, made once and read many times.

Lines are varied on the way, so that the model meets what users write: some lose their capitals, some their
punctuation, some become short runs of words, and paragraphs are cut into their sentences. Which line is varied how
depends on the seed and the line's place alone.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from vndiacritic.features import BOUNDARY, REACH, Case, TokenType, caseless, token_type
from vndiacritic.tokens import Kind, split_tokens

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Variation:
    """Shares of lines that are varied, and how."""

    lower: float = 0.08
    unpunctuated: float = 0.06
    both: float = 0.07  # lower case without punctuation; half of these cut into runs of words
    cut: float = 0.5  # paragraphs cut into their sentences
    run_length: tuple[int, int] = (6, 17)


@dataclass
class TokenStream:
    """Tokens in order, with `REACH` boundary symbols between lines.

    Attributes
    ----------
    bare, form : array of int32, shape (n,)
        Indices into `symbols`: the token without and with its marks.
    case : array of uint8, shape (n,)
    symbols : list of str
    """

    bare: Ints
    form: Ints
    case: NDArray[np.uint8]
    symbols: list[str]


class _Types(dict[str, int]):
    """Numbers the distinct tokens of a shard as they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[TokenType] = []
        self.single: list[bool] = []

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self.entries)
        self.entries.append(token_type(token))
        self.single.append(len(token) == 1)
        return number


def index_lines(lines: Iterable[str], variation: Variation, seed: Sequence[int]) -> TokenStream:
    """Turn lines into a token stream, some of them varied."""
    types, flat, lengths = _Types(), array("i"), array("i")
    for line in lines:
        tokens = split_tokens(line)[1::2]
        if tokens and _teaches(tokens):
            flat.extend([types[token] for token in tokens])
            lengths.append(len(tokens))
    ids = np.frombuffer(flat, dtype=np.int32) if flat else np.zeros(0, np.int32)
    return _vary(ids, np.array(lengths, dtype=np.int64), types, variation, np.random.default_rng(seed))


def _teaches(tokens: list[str]) -> bool:
    """Whether a line has enough marks for its length: an unaccented line would teach that words stay bare."""
    if len(tokens) < 6:
        return True
    return sum(not token.isascii() for token in tokens) * 12 >= len(tokens)


def _vary(
    ids: Ints, lengths: NDArray[np.int64], types: _Types, variation: Variation, rng: np.random.Generator
) -> TokenStream:
    kinds = np.array([t.kind for t in types.entries], dtype=np.uint8)
    cases = np.array([t.case for t in types.entries], dtype=np.uint8)
    single = np.array(types.single, dtype=bool)
    stop = cases == Case.STOP

    n_lines = len(lengths)
    draw, run = rng.random(n_lines), rng.integers(*variation.run_length, n_lines, endpoint=True)
    edges = np.cumsum([variation.lower, variation.unpunctuated, variation.both / 2, variation.both / 2])
    lower = (draw < edges[0]) | (draw >= edges[1]) & (draw < edges[3])
    bare_of_marks = (draw >= edges[0]) & (draw < edges[3])
    chopped = (draw >= edges[2]) & (draw < edges[3])
    cut = rng.random(n_lines) < variation.cut

    line = np.repeat(np.arange(n_lines), lengths)
    keep = ~(bare_of_marks[line] & (kinds[ids] == Kind.PUNCTUATION))
    # A sentence ends at a stop before a capital; the test runs on the full line, before punctuation goes.
    ends = np.zeros(len(ids), dtype=bool)
    ends[:-1] = cut[line[:-1]] & stop[ids[:-1]] & (cases[ids[1:]] == Case.TITLE)
    sentence = np.cumsum(np.concatenate([[0], ends[:-1]])) if len(ids) else np.zeros(0, np.int64)
    ids, line, sentence = ids[keep], line[keep], sentence[keep]
    first_of_line = np.searchsorted(line, np.arange(n_lines))
    chunk = np.where(chopped[line], (np.arange(len(ids)) - first_of_line[line]) // run[line], 0)
    new = np.ones(len(ids), dtype=bool)
    new[1:] = (line[1:] != line[:-1]) | (sentence[1:] != sentence[:-1]) | (chunk[1:] != chunk[:-1])

    case = cases[ids]
    word_like = case < Case.NONE
    starts = np.flatnonzero(new)
    segment = np.cumsum(new) - 1
    plain = lower[line] | (caseless(case, single[ids], starts)[segment] if len(ids) else np.zeros(0, bool))
    case[word_like & plain] = Case.NONE
    return _lay_out(ids, case, new, types)


def _lay_out(ids: Ints, case: NDArray[np.uint8], new: NDArray[np.bool_], types: _Types) -> TokenStream:
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


def build_index(
    shards: Sequence[tuple[str, int, int]], folder: Path, variation: Variation, seed: int, n_jobs: int
) -> None:
    """Index shards (path, first byte, last byte) in parallel into one folder of arrays.

    Writes ``bare.npy``, ``form.npy``, ``case.npy`` and ``symbols.json``; symbols are numbered by falling frequency.
    """
    jobs = (delayed(_index_shard)(shard, folder, variation, seed, i) for i, shard in enumerate(shards))
    local_symbols: list[list[str]] = Parallel(n_jobs=n_jobs)(jobs)
    numbers: dict[str, int] = {BOUNDARY: 0}
    maps = [
        np.array([numbers.setdefault(s, len(numbers)) for s in symbols], dtype=np.int32)
        for symbols in local_symbols
    ]
    counts = np.zeros(len(numbers), np.int64)
    sizes = []
    for i, to_global in enumerate(maps):
        with np.load(folder / f"shard{i}.npz") as shard:
            counts += np.bincount(to_global[shard["bare"]], minlength=len(numbers))
            counts += np.bincount(to_global[shard["form"]], minlength=len(numbers))
            sizes.append(len(shard["bare"]))
    counts[0] = np.iinfo(np.int64).max
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    _merge(folder, maps, rank, sizes)
    names = list(numbers)
    (folder / "symbols.json").write_text(json.dumps([names[i] for i in order]), encoding="utf-8")


def _merge(folder: Path, maps: list[Ints], rank: Ints, sizes: list[int]) -> None:
    total = sum(sizes)
    merged = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", dtype=dtype, shape=(total,))
        for name, dtype in (("bare", np.int32), ("form", np.int32), ("case", np.uint8))
    }
    at = 0
    for i, to_global in enumerate(maps):
        path = folder / f"shard{i}.npz"
        with np.load(path) as shard:
            where = slice(at, at + sizes[i])
            for name in ("bare", "form"):
                merged[name][where] = rank[to_global[shard[name]]]
            merged["case"][where] = shard["case"]
        path.unlink()
        at += sizes[i]


def _index_shard(
    shard: tuple[str, int, int], folder: Path, variation: Variation, seed: int, number: int
) -> list[str]:
    stream = index_lines(_shard_lines(*shard), variation, (seed, number))
    np.savez(folder / f"shard{number}.npz", bare=stream.bare, form=stream.form, case=stream.case)
    return stream.symbols


def _shard_lines(path: str, start: int, stop: int) -> Iterator[str]:
    with open(path, "rb") as file:
        file.seek(start)
        while file.tell() < stop and (line := file.readline()):
            yield line.decode("utf-8", "replace")

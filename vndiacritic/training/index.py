"""A corpus as arrays: symbols, forms and cases of every token, on disk, made once and read many times.

A share of the lines is held out and kept as a second stream, unvaried.

Lines are varied on the way, so that the model meets what users write: some lose their capitals, some their
punctuation, some become short runs of words, and paragraphs are cut into their sentences. Which line is varied how
depends on the seed and the line's place alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from vndiacritic.corpus import Corpus, Source, held_out
from vndiacritic.errors import CorpusError
from vndiacritic.features import BOUNDARY, REACH, Case, TokenType, caseless, token_type
from vndiacritic.tokens import Kind, split_tokens

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]
"""Told the name of a step, how much of it is done, and how much there is."""

PARTS = ("train", "held")
_ARRAYS = ("bare", "form", "case")
_SHARD_BYTES = 16 << 20


@dataclass(frozen=True)
class Variation:
    """Shares of lines that are varied, and how."""

    lower: float = 0.08
    unpunctuated: float = 0.06
    both: float = 0.07  # lower case without punctuation; half of these cut into runs of words
    cut: float = 0.5  # paragraphs cut into their sentences
    run_length: tuple[int, int] = (6, 17)


_AS_WRITTEN = Variation(lower=0, unpunctuated=0, both=0, cut=0)


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
        self.single.append(len(self.entries[-1].bare) == 1)
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


def shards_of(corpus: Corpus) -> list[Shard]:
    """Cut a corpus into pieces that are read independently; a packed file is one piece."""
    shards = []
    for source in corpus.sources:
        step = source.size if source.packed else _SHARD_BYTES
        shards += [Shard(source, start, start + step) for start in range(0, max(source.size, 1), step or 1)]
    return shards


@dataclass(frozen=True)
class Shard:
    """The lines of a file that begin from byte `start` up to `stop`."""

    source: Source
    start: int
    stop: int

    def lines(self) -> Iterator[str]:
        """The lines, decoded strictly."""
        if self.source.packed:
            yield from (line for _, line in Corpus([self.source.path]).lines())
            return
        with open(self.source.path, "rb") as file:
            if self.start:
                file.seek(self.start - 1)
                file.readline()  # the line that the shard before finishes
            while (at := file.tell()) < self.stop and (raw := file.readline()):
                yield self._decode(raw, at)

    def _decode(self, raw: bytes, at: int) -> str:
        try:
            return raw.decode("utf-8").lstrip("\ufeff")
        except UnicodeDecodeError as exc:
            where = f"{self.source.name}, byte {at + exc.start}"
            raise CorpusError(f"{where}: not UTF-8 text; convert the file or leave it out") from exc


def build_index(
    corpus: Corpus,
    folder: Path,
    variation: Variation,
    *,
    seed: int,
    held_share: float,
    n_jobs: int,
    progress: Progress,
) -> None:
    """Index a corpus into a folder: ``train.*.npy``, ``held.*.npy`` and ``symbols.txt``.

    Symbols are numbered by falling frequency, whatever the number of workers.

    Raises
    ------
    CorpusError
        A file is unreadable or not UTF-8, or there is no line to learn from.
    """
    shards = shards_of(corpus)
    work = (delayed(_index_shard)(shard, folder, variation, (seed, i), held_share) for i, shard in enumerate(shards))
    local_symbols = []
    for i, symbols in enumerate(Parallel(n_jobs=n_jobs, return_as="generator")(work)):
        local_symbols.append(symbols)
        progress("reading", i + 1, len(shards))
    numbers: dict[str, int] = {BOUNDARY: 0}
    maps = [np.array([numbers.setdefault(s, len(numbers)) for s in names], np.int32) for names in local_symbols]
    rank = _rank_by_frequency(folder, maps, len(numbers))
    for part in PARTS:
        _merge(folder, part, maps, rank)
    for i in range(len(shards)):
        (folder / f"shard{i}.npz").unlink()
    names = list(numbers)
    ordered = [""] * len(names)
    for i, place in enumerate(rank):
        ordered[place] = names[i]
    # The last file, and in one step: where it is, the index is whole.
    (folder / "symbols.tmp").write_text("\n".join(ordered), encoding="utf-8", errors="surrogatepass")
    (folder / "symbols.tmp").replace(folder / "symbols.txt")


def load_index(folder: Path, part: str) -> TokenStream:
    """Map one part ("train" or "held") of an index."""
    bare, form, case = (np.load(folder / f"{part}.{name}.npy", mmap_mode="r") for name in _ARRAYS)
    text = (folder / "symbols.txt").read_text(encoding="utf-8", errors="surrogatepass")
    return TokenStream(bare, form, case, text.split("\n"))


def _index_shard(
    shard: Shard, folder: Path, variation: Variation, seed: tuple[int, int], held_share: float
) -> list[str]:
    """Index one shard to disk; both parts share one numbering of symbols, which is returned."""
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for line in shard.lines():
        parts["held" if held_out(line, held_share, seed[0]) else "train"].append(line)
    train = index_lines(parts["train"], variation, seed)
    held = index_lines(parts["held"], _AS_WRITTEN, seed)
    numbers = {symbol: i for i, symbol in enumerate(train.symbols)}
    to_shared = np.array([numbers.setdefault(s, len(numbers)) for s in held.symbols], np.int32)
    arrays = {f"train.{name}": getattr(train, name) for name in _ARRAYS}
    arrays |= {"held.bare": to_shared[held.bare], "held.form": to_shared[held.form], "held.case": held.case}
    np.savez(folder / f"shard{seed[1]}.npz", **arrays)
    return list(numbers)


def _rank_by_frequency(folder: Path, maps: list[Ints], n_symbols: int) -> Ints:
    """The place of each symbol by falling frequency; the boundary is first."""
    counts = np.zeros(n_symbols, np.int64)
    for i, to_global in enumerate(maps):
        with np.load(folder / f"shard{i}.npz") as shard:
            for name in ("train.bare", "train.form"):
                counts += np.bincount(to_global[shard[name]], minlength=n_symbols)
    counts[0] = np.iinfo(np.int64).max
    rank = np.empty(n_symbols, np.int32)
    rank[np.argsort(-counts, kind="stable")] = np.arange(n_symbols, dtype=np.int32)
    return rank


def _merge(folder: Path, part: str, maps: list[Ints], rank: Ints) -> None:
    """Join the shards' arrays of one part, renumbered."""
    lengths = []
    for i in range(len(maps)):
        with np.load(folder / f"shard{i}.npz") as shard:
            lengths.append(len(shard[f"{part}.case"]))
    for name in _ARRAYS:
        dtype = np.uint8 if name == "case" else np.int32
        path = folder / f"{part}.{name}.npy"
        merged = np.lib.format.open_memmap(path, "w+", dtype=dtype, shape=(sum(lengths),))
        at = 0
        for i, (to_global, length) in enumerate(zip(maps, lengths, strict=True)):
            with np.load(folder / f"shard{i}.npz") as shard:
                values = shard[f"{part}.{name}"]
            merged[at : at + length] = values if name == "case" else rank[to_global[values]]
            at += length
        merged.flush()

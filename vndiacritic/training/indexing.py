"""A corpus indexed on disk: made once, shard by shard, and mapped by all that learn from it.

A share of the lines is held out and kept as a second stream, unvaried. What is held in memory is one piece of text for
each worker, and the distinct symbols of the corpus.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed

from vndiacritic.corpus import Corpus, Shard, drawn, held_out
from vndiacritic.errors import CorpusError
from vndiacritic.features import BOUNDARY
from vndiacritic.training.filters import verdicts_of
from vndiacritic.training.filters.rules import KEPT
from vndiacritic.training.index import ARRAYS, AS_WRITTEN, Ints, TokenStream, Variation, index_lines
from vndiacritic.training.storage import written_whole
from vndiacritic.training.tasks import Progress, run

__all__ = ["SHARD_BYTES", "Reading", "build_index"]

PARTS = ("train", "held")
SHARD_BYTES = 16 << 20
_MOST_TOKENS = 2**31 - 1  # places of tokens are numbers of 32 bits: some 10 GB of text
_PIECE = 24 << 20  # characters of a packed file that are indexed at once; no shard of a plain one has so many


@dataclass(frozen=True)
class Reading:
    """How the lines of a corpus become its index.

    Attributes
    ----------
    variation : Variation
    seed : int
        The same seed draws, holds out and varies the same lines.
    held_share : float
        Part of the lines that is held out.
    filtered : bool
        Whether only lines that `filters.sift` kept are taken.
    """

    variation: Variation
    seed: int
    held_share: float
    filtered: bool


def build_index(corpus: Corpus, folder: Path, reading: Reading, *, n_jobs: int, progress: Progress) -> None:
    """Index a corpus into a folder, unless it is there: ``train.*.npy``, ``held.*.npy``, ``symbols.txt``.

    Symbols are numbered by falling frequency, whatever the number of workers. ``index.json`` says how many lines were
    read, and how many were left out since they hold too few marks for their length.

    Raises
    ------
    CorpusError
        A file is unreadable or not UTF-8, or there is more text than one index holds.
    TrainingStopped
        A worker was killed.
    """
    if (folder / "symbols.txt").exists():
        return
    shards = corpus.shards(SHARD_BYTES)
    jobs = (delayed(_index_shard)(shard, folder, number, reading) for number, shard in enumerate(shards))
    run(jobs, [shard.work + 1 for shard in shards], "reading", n_jobs, progress)
    notes = [json.loads(_note(folder, number).read_text()) for number in range(len(shards))]
    pieces = [_piece(folder, number, piece) for number, note in enumerate(notes) for piece in range(note["pieces"])]
    symbols = _join(folder, pieces)
    counts = {count: sum(note[count] for note in notes) for count in ("lines", "unaccented")}
    (folder / "index.json").write_text(json.dumps(counts))
    # The last file, and in one step: where it is, the index is whole.
    with written_whole(folder / "symbols.txt") as temporary:
        temporary.write_text("\n".join(symbols), encoding="utf-8", errors="surrogatepass")
    for path in [*pieces, *(_note(folder, number) for number in range(len(shards)))]:
        path.unlink()


def _note(folder: Path, number: int) -> Path:
    return folder / f"shard{number}.json"


def _piece(folder: Path, number: int, piece: int) -> Path:
    return folder / f"shard{number}.{piece}.npz"


# ---- one shard


def _index_shard(shard: Shard, folder: Path, number: int, reading: Reading) -> None:
    """Index one shard to disk, in pieces; the note is the last file."""
    note = {"pieces": 0, "lines": 0, "unaccented": 0}
    if _note(folder, number).exists():
        return
    for lines in _pieces(_lines_to_learn(shard, folder, reading)):
        seed = (reading.seed, number, note["pieces"]) if note["pieces"] else (reading.seed, number)
        stream = _index_piece(lines, _piece(folder, number, note["pieces"]), shard.turn == 0, reading, seed)
        note["pieces"] += 1
        note["lines"] += len(lines) * (shard.turn == 0)
        note["unaccented"] += stream.n_unaccented * (shard.turn == 0)
    with written_whole(_note(folder, number)) as temporary:
        temporary.write_text(json.dumps(note))


def _lines_to_learn(shard: Shard, folder: Path, reading: Reading) -> Iterator[str]:
    """The lines of a shard that pass the filters, and are drawn this turn."""
    lines = shard.lines()
    if reading.filtered:
        lines = (line for line, verdict in zip(lines, verdicts_of(shard, folder), strict=True) if verdict == KEPT)
    return lines if shard.share == 1 else (line for line in lines if drawn(line, shard.share, reading.seed))


def _pieces(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines in pieces of bounded size, at least one piece."""
    piece: list[str] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= _PIECE:
            yield piece
            piece, size = [], 0
    yield piece


def _index_piece(
    lines: Iterable[str], path: Path, first_turn: bool, reading: Reading, seed: Sequence[int]
) -> TokenStream:
    """Index some lines to disk; both parts share one numbering of symbols. A heavy line is held out once."""
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for line in lines:
        parts["held" if held_out(line, reading.held_share, reading.seed) else "train"].append(line)
    train = index_lines(parts["train"], reading.variation, seed)
    held = index_lines(parts["held"] if first_turn else [], AS_WRITTEN, seed)
    numbers = {symbol: i for i, symbol in enumerate(train.symbols)}
    to_shared = np.array([numbers.setdefault(s, len(numbers)) for s in held.symbols], np.int32)
    arrays = {f"train.{name}": getattr(train, name) for name in ARRAYS}
    arrays |= {"held.bare": to_shared[held.bare], "held.form": to_shared[held.form], "held.case": held.case}
    arrays["symbols"] = np.frombuffer("\n".join(numbers).encode("utf-8", "surrogatepass"), np.uint8)
    with written_whole(path) as temporary:
        np.savez(temporary, **arrays)
    return train


# ---- all shards


def _join(folder: Path, pieces: Sequence[Path]) -> list[str]:
    """Join the pieces' arrays, and give all symbols by falling frequency."""
    numbers: dict[str, int] = {BOUNDARY: 0}
    maps = []
    for path in pieces:
        with np.load(path) as piece:
            names = piece["symbols"].tobytes().decode("utf-8", "surrogatepass").split("\n")
        maps.append(np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int32))
    rank = _rank_by_frequency(pieces, maps, len(numbers))
    for part in PARTS:
        _merge(folder, part, pieces, [rank[to_global] for to_global in maps])
    ordered = [""] * len(numbers)
    for name, place in zip(numbers, rank.tolist(), strict=True):
        ordered[place] = name
    return ordered


def _rank_by_frequency(pieces: Sequence[Path], maps: Sequence[Ints], n_symbols: int) -> Ints:
    """The place of each symbol by falling frequency; the boundary is first."""
    counts = np.zeros(n_symbols, np.int64)
    for path, to_global in zip(pieces, maps, strict=True):
        with np.load(path) as piece:
            for name in ("train.bare", "train.form"):
                counts += np.bincount(to_global[piece[name]], minlength=n_symbols)
    counts[0] = np.iinfo(np.int64).max
    rank = np.empty(n_symbols, np.int32)
    rank[np.argsort(-counts, kind="stable")] = np.arange(n_symbols, dtype=np.int32)
    return rank


def _merge(folder: Path, part: str, pieces: Sequence[Path], maps: Sequence[Ints]) -> None:
    """Join the pieces' arrays of one part, renumbered.

    They are written, not mapped: on a full disk writing fails with an error, and a mapped page kills the process.
    """
    for name in ARRAYS:
        shape = (sum(len(values) for values in _values(pieces, f"{part}.case")),)
        if shape[0] > _MOST_TOKENS:
            what = f"the corpus has {shape[0]} words and signs, more than the {_MOST_TOKENS} that one training can take"
            raise CorpusError(f"{what}: draw a part of it with --weight CORPUS=0.5 or less")
        with (folder / f"{part}.{name}.npy").open("wb") as file:
            header: dict[str, Any] = {"shape": shape, "fortran_order": False}
            header["descr"] = np.lib.format.dtype_to_descr(np.dtype(np.uint8 if name == "case" else np.int32))
            np.lib.format.write_array_header_1_0(file, header)
            for values, to_rank in zip(_values(pieces, f"{part}.{name}"), maps, strict=True):
                file.write((values if name == "case" else to_rank[values]).tobytes())


def _values(pieces: Sequence[Path], name: str) -> Iterator[Any]:
    """An array of each piece."""
    for path in pieces:
        with np.load(path) as piece:
            yield piece[name]

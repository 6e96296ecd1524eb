"""What the workers of a training share: the indexed corpus, grouped by bare syllable, as files in a folder.

Workers map the same pages; nothing large is sent between processes. Each expert writes files of its own, whole
or not at all, so that a training that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import Hashes, context1, context2, symbol_hash
from vndiacritic.lexicon import Lexicon
from vndiacritic.training.index import TokenStream, load_index

Positions = NDArray[np.int32]

_TOKENS_PER_COUNT = 200_000  # below a million tokens, a form seen fewer than five times may be all there is


@dataclass(frozen=True)
class Tokens:
    """The training tokens of one bare syllable: where they stand, and which candidate each is."""

    positions: Positions
    labels: NDArray[np.intp]


class Workspace:
    """The folder of one training."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[Path, int], Workspace], tuple[Path, int]]:
        return _opened, (self.folder, self._made)  # a worker maps the files itself, once for all its tasks

    @cached_property
    def stream(self) -> TokenStream:
        """The indexed training text."""
        return load_index(self.folder, "train")

    @cached_property
    def held(self) -> TokenStream:
        """The lines that were held out."""
        return load_index(self.folder, "held")

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each symbol."""
        return {symbol: i for i, symbol in enumerate(self.stream.symbols)}

    @cached_property
    def lexicon(self) -> Lexicon:
        """Candidates, counted over the training text."""
        symbols = self.stream.symbols
        counts = np.load(self.folder / "form_counts.npy")
        words = (i for i in np.flatnonzero(counts) if symbols[i].isalpha())
        min_count = int(np.load(self.folder / "min_count.npy"))
        return Lexicon.from_counts(((symbols[i], int(counts[i])) for i in words), min_count=min_count)

    @cached_property
    def hashes(self) -> Hashes:
        """Hash of each symbol."""
        hashes: Hashes = np.load(self.folder / "hashes.npy", mmap_mode="r")
        return hashes

    @cached_property
    def predicted(self) -> NDArray[np.int32]:
        """What stage 1 made of each token before it learned it; each expert writes its own tokens."""
        predicted: NDArray[np.int32] = np.load(self.folder / "predicted.npy", mmap_mode="r+")
        return predicted

    @cached_property
    def _grouped(self) -> tuple[Positions, NDArray[np.int64]]:
        return np.load(self.folder / "order.npy", mmap_mode="r"), np.load(self.folder / "starts.npy")

    @property
    def ready(self) -> bool:
        """Whether `prepare` was done."""
        return (self.folder / "starts.npy").exists()

    @property
    def _made(self) -> int:
        """When `prepare` was done: workers outlive a training, and must not take one's folder for another's."""
        return (self.folder / "starts.npy").stat().st_mtime_ns

    @property
    def n_tokens(self) -> int:
        """Training tokens, without the boundaries."""
        return int(np.count_nonzero(self.stream.bare))

    def prepare(self, min_count: int | None = None) -> None:
        """Count forms, hash symbols and group the tokens by bare syllable."""
        stream, n_symbols = self.stream, len(self.stream.symbols)
        if min_count is None:
            min_count = max(1, min(5, self.n_tokens // _TOKENS_PER_COUNT))
        np.save(self.folder / "min_count.npy", min_count)
        np.save(self.folder / "form_counts.npy", np.bincount(stream.form, minlength=n_symbols))
        np.save(self.folder / "hashes.npy", np.array([symbol_hash(s) for s in stream.symbols], np.uint64))
        first_form = np.arange(n_symbols, dtype=np.int32)
        ambiguous = np.zeros(n_symbols, bool)
        for bare, forms in self.lexicon.forms.items():
            if bare in self.numbers:
                first_form[self.numbers[bare]] = self.numbers[forms[0]]
                ambiguous[self.numbers[bare]] = len(forms) > 1
        np.save(self.folder / "predicted.npy", first_form[stream.bare])
        at = np.flatnonzero(ambiguous[stream.bare]).astype(np.int32)
        # Sixteen bits are enough to tell the syllables apart, and make numpy's stable sort a radix sort.
        number = (np.cumsum(ambiguous) - 1).astype(np.uint16)
        order = np.argsort(number[stream.bare[at]], kind="stable")
        np.save(self.folder / "order.npy", at[order])
        counts = np.bincount(stream.bare, minlength=n_symbols) * ambiguous
        with written_whole(self.folder / "starts.npy") as temporary:  # the last file: where it is, all are whole
            np.save(temporary, np.concatenate([[0], np.cumsum(counts)]))

    def experts(self) -> list[str]:
        """The ambiguous bare syllables, the most frequent first."""
        _, starts = self._grouped
        size = {
            bare: starts[n + 1] - starts[n]
            for bare in self.lexicon.ambiguous()
            if (n := self.numbers.get(bare)) is not None
        }
        return sorted((bare for bare, n in size.items() if n), key=lambda bare: (-size[bare], bare))

    def n_tokens_of(self, bare: str) -> int:
        """Training tokens of a bare syllable."""
        _, starts = self._grouped
        return int(np.diff(starts[self.numbers[bare] : self.numbers[bare] + 2])[0])

    def candidates(self, bare: str) -> NDArray[np.int32]:
        """Symbol numbers of the forms of a bare syllable."""
        return np.array([self.numbers[form] for form in self.lexicon.forms[bare]], np.int32)

    def tokens(self, bare: str) -> Tokens:
        """The training tokens of a bare syllable, without those whose form is too rare to be a candidate."""
        order, starts = self._grouped
        number = self.numbers[bare]
        positions = np.array(order[starts[number] : starts[number + 1]])
        candidates = self.candidates(bare)
        by_number = np.argsort(candidates)
        forms = self.stream.form[positions]
        found = np.minimum(np.searchsorted(candidates[by_number], forms), len(candidates) - 1)
        labels = by_number[found]
        known = candidates[labels] == forms
        return Tokens(positions[known], labels[known])

    def context(self, stage: int, positions: Positions) -> Hashes:
        """Hashes of a stage's features at some positions, a row a template; without the expert's salt."""
        if stage == 1:
            stream = self.stream
            return context1(lambda at: self.hashes[stream.bare[positions + at]], lambda at: stream.case[positions + at])
        return context2(lambda at: self.hashes[self.predicted[positions + at]])

    def file(self, kind: str, bare: str) -> Path:
        """Where an expert keeps something."""
        return self.folder / kind / f"{self.numbers[bare]}.npz"


@lru_cache(maxsize=1)
def _opened(folder: Path, made: int = 0) -> Workspace:
    return Workspace(folder)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside a file, which takes its place when all went well."""
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

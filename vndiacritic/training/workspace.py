"""What the workers of a training share: the indexed corpus, grouped by bare syllable, as files in a folder.

Workers map the same pages; nothing large is sent between processes. Each expert writes files of its own, whole
or not at all, so that a training that was interrupted goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import Hashes, context1, context2, symbol_hash
from vndiacritic.lexicon import Lexicon
from vndiacritic.training.index import TokenStream, load_index
from vndiacritic.training.storage import written_whole

__all__ = ["Positions", "Tokens", "Workspace"]

Positions = NDArray[np.int32]

_TOKENS_PER_COUNT = 200_000  # below a million tokens, a form seen fewer than five times may be all there is


@dataclass(frozen=True)
class Tokens:
    """The training tokens of one bare syllable: where they stand, and which candidate each is."""

    positions: Positions
    labels: NDArray[np.intp]


_OF_ALL_SIZES = ("scores1", "scores2", "rows1", "rows2")  # what experts keep
_OF_A_SIZE = ("codes1", "codes2")


class Workspace:
    """The folder of one training.

    Attributes
    ----------
    home : Path
        Where everything is that models of all sizes share.
    folder : Path
        Where the rest is; of a workspace that `of_size` did not make, the same.
    """

    def __init__(self, folder: Path, home: Path | None = None) -> None:
        self.folder, self.home = folder, home or folder

    def __reduce__(self) -> tuple[Callable[..., Workspace], tuple[type[Workspace], Path, Path, int]]:
        # A worker maps the files itself, once for all its tasks.
        return _opened, (type(self), self.folder, self.home, self._made)

    def of_size(self, megabytes: float) -> Self:
        """The same workspace with a folder of its own for what depends on the size of the model."""
        folder = self.home / f"{megabytes:g}MB"
        for place in (*(self.home / kind for kind in _OF_ALL_SIZES), *(folder / kind for kind in _OF_A_SIZE)):
            place.mkdir(parents=True, exist_ok=True)
        return type(self)(folder, self.home)

    @cached_property
    def stream(self) -> TokenStream:
        """The indexed training text."""
        return load_index(self.home, "train")

    @cached_property
    def held(self) -> TokenStream:
        """The lines that were held out."""
        return load_index(self.home, "held")

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each symbol."""
        return {symbol: i for i, symbol in enumerate(self.stream.symbols)}

    @cached_property
    def lexicon(self) -> Lexicon:
        """Candidates, counted over the training text."""
        symbols = self.stream.symbols
        counts = self.form_counts
        words = (i for i in np.flatnonzero(counts) if symbols[i].isalpha())
        min_count = int(np.load(self.home / "min_count.npy"))
        return Lexicon.from_counts(((symbols[i], int(counts[i])) for i in words), min_count=min_count)

    @property
    def form_counts(self) -> NDArray[np.int64]:
        """How often each symbol is a form in the training text."""
        counts: NDArray[np.int64] = np.load(self.home / "form_counts.npy")
        return counts

    @cached_property
    def hashes(self) -> Hashes:
        """Hash of each symbol."""
        hashes: Hashes = np.load(self.home / "hashes.npy", mmap_mode="r")
        return hashes

    @cached_property
    def predicted(self) -> NDArray[np.int32]:
        """What stage 1 made of each token before it learned it; each expert writes its own tokens."""
        predicted: NDArray[np.int32] = np.load(self.home / "predicted.npy", mmap_mode="r+")
        return predicted

    @cached_property
    def _grouped(self) -> tuple[Positions, NDArray[np.int64]]:
        return np.load(self.home / "order.npy", mmap_mode="r"), np.load(self.home / "starts.npy")

    @property
    def ready(self) -> bool:
        """Whether `prepare` was done."""
        return (self.home / "starts.npy").exists()

    @property
    def _made(self) -> int:
        """When `prepare` was done: workers outlive a training, and must not take one's folder for another's."""
        return (self.home / "starts.npy").stat().st_mtime_ns

    @property
    def n_tokens(self) -> int:
        """Training tokens, without the boundaries."""
        return int(np.count_nonzero(self.stream.bare))

    def prepare(self, min_count: int | None = None) -> None:
        """Count forms, hash symbols and group the tokens by bare syllable."""
        stream, n_symbols = self.stream, len(self.stream.symbols)
        if min_count is None:
            min_count = max(1, min(5, self.n_tokens // _TOKENS_PER_COUNT))
        np.save(self.home / "min_count.npy", min_count)
        np.save(self.home / "form_counts.npy", np.bincount(stream.form, minlength=n_symbols))
        np.save(self.home / "hashes.npy", np.array([symbol_hash(s) for s in stream.symbols], np.uint64))
        first_form = np.arange(n_symbols, dtype=np.int32)
        ambiguous = np.zeros(n_symbols, bool)
        for bare, forms in self.lexicon.forms.items():
            if bare in self.numbers:
                first_form[self.numbers[bare]] = self.numbers[forms[0]]
                ambiguous[self.numbers[bare]] = len(forms) > 1
        np.save(self.home / "predicted.npy", first_form[stream.bare])
        at = np.flatnonzero(ambiguous[stream.bare]).astype(np.int32)
        # Sixteen bits are enough to tell the syllables apart, and make numpy's stable sort a radix sort.
        number = (np.cumsum(ambiguous) - 1).astype(np.uint16)
        order = np.argsort(number[stream.bare[at]], kind="stable")
        np.save(self.home / "order.npy", at[order])
        counts = np.bincount(stream.bare, minlength=n_symbols) * ambiguous
        with written_whole(self.home / "starts.npy") as temporary:  # the last file: where it is, all are whole
            np.save(temporary, np.concatenate([[0], np.cumsum(counts)]))

    def seen(self) -> Iterator[str]:
        """The distinct forms of the training text."""
        symbols = self.stream.symbols
        return (symbols[number] for number in np.flatnonzero(self.form_counts))

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

    def given(self, stage: int, bare: str, positions: Positions) -> NDArray[np.float32] | None:
        """What an older model says of tokens in a stage, if there is one to be added to; shape (n, n_candidates)."""
        return None

    def file(self, kind: str, bare: str) -> Path:
        """Where an expert keeps something."""
        return (self.folder if kind in _OF_A_SIZE else self.home) / kind / f"{self.numbers[bare]}.npz"


@lru_cache(maxsize=1)
def _opened(kind: type[Workspace], folder: Path, home: Path, made: int = 0) -> Workspace:
    return kind(folder, home)

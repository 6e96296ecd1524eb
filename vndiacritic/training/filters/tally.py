"""How much of a corpus was kept, and why the rest was not: figures for each file, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vndiacritic.training.filters.rules import KEPT, REASONS

__all__ = ["Tally"]

_MOST_ROWS = 40  # files in a table; of more, those that lost most


class Tally:
    """Counts of lines and of their characters by source and reason.

    Attributes
    ----------
    counts : dict of str to array of int64, shape (n_reasons, 2)
        By the name of the source: lines and characters of each of `REASONS`.
    """

    def __init__(self, counts: Mapping[str, NDArray[np.int64]] | None = None) -> None:
        self.counts: dict[str, NDArray[np.int64]] = dict(counts or {})

    def add(self, source: str, reasons: NDArray[np.uint8], sizes: NDArray[np.uint32]) -> None:
        """Count some lines of a source."""
        counts = self.counts.setdefault(source, np.zeros((len(REASONS), 2), np.int64))
        counts[:, 0] += np.bincount(reasons, minlength=len(REASONS))
        counts[:, 1] += np.bincount(reasons, sizes, minlength=len(REASONS)).astype(np.int64)

    @property
    def total(self) -> NDArray[np.int64]:
        """The counts of all sources together."""
        return sum(self.counts.values(), np.zeros((len(REASONS), 2), np.int64))

    @property
    def n_lines(self) -> int:
        """Lines of all sources, kept or not."""
        return int(self.total[:, 0].sum())

    @property
    def n_kept(self) -> int:
        """Lines that were kept."""
        return int(self.total[KEPT, 0])

    @property
    def left_out(self) -> dict[str, int]:
        """Lines that were not, by their reason."""
        return _left_out(self.total)

    def sentence(self) -> str:
        """The whole in a line."""
        why = ", ".join(f"{reason} {count:,}" for reason, count in self.left_out.items())
        if not why:
            return f"{self.n_kept:,} of {self.n_lines:,} lines are kept"
        return f"{self.n_kept:,} of {self.n_lines:,} lines are kept (left out: {why})"

    def to_json(self) -> dict[str, Any]:
        """Plain values: lines, characters, and lines left out by reason, of all and of each source."""
        return {
            **_plain(self.total),
            "sources": [{"name": name, **_plain(counts)} for name, counts in self.counts.items()],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Tally:
        """What `to_json` gave."""
        return cls({source["name"]: _counts(source) for source in values["sources"]})

    def to_text(self) -> str:
        """A table with a row for each source, and one for all."""
        found = self.counts.items()
        shown = sorted(found, key=lambda item: item[1][KEPT, 0] - item[1][:, 0].sum())[:_MOST_ROWS]
        rows = [(name, counts) for name, counts in found if any(name == other for other, _ in shown)]
        if len(rows) < len(self.counts):
            rows.append((f"{len(self.counts) - len(rows)} others", self.total - sum(counts for _, counts in rows)))
        cells = [_cells(name, counts) for name, counts in [*rows, ("all", self.total)]]
        widths = [max(map(len, column)) for column in zip(_HEAD, *cells, strict=True)]
        lines = (_aligned(row, widths) for row in [_HEAD, *cells])
        return "".join(f"{line}\n" for line in lines)


_HEAD = ("source", "lines", "kept", "of the text", "left out")


def _left_out(counts: NDArray[np.int64]) -> dict[str, int]:
    return {REASONS[at]: int(counts[at, 0]) for at in range(len(REASONS)) if at != KEPT and counts[at, 0]}


def _plain(counts: NDArray[np.int64]) -> dict[str, Any]:
    by_reason = {reason: counts[at].tolist() for at, reason in enumerate(REASONS) if counts[at, 0]}
    lines, characters = counts.sum(axis=0).tolist()
    return {"lines": lines, "characters": characters, "by_reason": by_reason}


def _counts(values: Mapping[str, Any]) -> NDArray[np.int64]:
    return np.array([values["by_reason"].get(reason, [0, 0]) for reason in REASONS], np.int64)


def _cells(name: str, counts: NDArray[np.int64]) -> tuple[str, ...]:
    lines, characters = counts.sum(axis=0).tolist()
    kept = (f"{100 * counts[KEPT, at] / total:.2f} %" if total else "" for at, total in enumerate((lines, characters)))
    return name, f"{lines:,}", *kept, ", ".join(f"{reason} {count:,}" for reason, count in _left_out(counts).items())


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    name, *numbers, reasons = (cell for cell in row)
    middle = "  ".join(cell.rjust(width) for cell, width in zip(numbers, widths[1:-1], strict=True))
    return f"{name.ljust(widths[0])}  {middle}  {reasons}".rstrip()

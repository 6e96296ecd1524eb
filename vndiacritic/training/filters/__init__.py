"""Filters of a corpus: which lines would teach errors, and how many of them there are.

This package knows lines and reasons. It does not know what is learned from the lines that are kept.
"""

from __future__ import annotations

from vndiacritic.training.filters.rules import NO_FILTERS, REASONS, Filters
from vndiacritic.training.filters.sifting import sift, verdicts_of
from vndiacritic.training.filters.tally import Tally

__all__ = ["NO_FILTERS", "REASONS", "Filters", "Tally", "sift", "verdicts_of"]

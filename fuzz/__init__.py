"""Coverage-guided fuzzing: a module for each target, with the inputs it starts from and what must hold of any input.

``python -m fuzz --seconds 60`` runs them all; it needs the extra [fuzz]. Without it, tests/test_fuzz.py sends the
inputs that once broke something through the same checks.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

__all__ = ["TARGETS", "Target", "load_target"]

TARGETS = (
    "model_reader",
    "cleaner_file",
    "tokeniser",
    "restoring",
    "word_list",
    "legacy",
    "repairing",
    "cleaning",
    "page_source",
    "markdown",
    "subtitles",
    "html",
    "tables",
    "jsonl",
    "catalogues",
    "docx",
)
"""What is fuzzed, by the name of its module."""


class Target(Protocol):
    """A module of this package that is fuzzed.

    Attributes
    ----------
    SEEDS
        Inputs to start from.
    LONGEST
        Bytes of the longest input to try.
    """

    SEEDS: tuple[bytes, ...]
    LONGEST: int

    def check(self, data: bytes) -> None:
        """Raise something if an input breaks what is promised."""


def load_target(name: str) -> Target:
    """Import a target by name."""
    target: Target = import_module(f"{__name__}.{name}")
    return target

"""Exceptions and warnings: each message says what is wrong, where, and what to do about it."""

from __future__ import annotations

__all__ = [
    "ChangedError",
    "CorpusError",
    "DataWarning",
    "EncodingError",
    "FormatError",
    "ModelError",
    "RecipeError",
    "TrainingStopped",
    "VndiacriticError",
    "WordListError",
]


class VndiacriticError(Exception):
    """Base of every error that this package raises on purpose."""


class ModelError(VndiacriticError, ValueError):
    """A model file is missing, damaged, foreign or of a format this version cannot read."""


class EncodingError(VndiacriticError, ValueError):
    """Bytes that are not UTF-8 text; the message names file, line and byte offset."""


class ChangedError(VndiacriticError):
    """A file was changed or removed by another program between its reading and its replacement; it stays so."""


class FormatError(VndiacriticError, ValueError):
    """A document that is not what its format says, or has no such field; the message names the line."""


class CorpusError(VndiacriticError, ValueError):
    """A corpus cannot be trained on: empty, unreadable, or without diacritics."""


class RecipeError(VndiacriticError, ValueError):
    """A recipe for a training cannot be read, or says what nothing understands; the message names the key."""


class TrainingStopped(VndiacriticError):
    """A training cannot go on for lack of memory, disk or workers; its work folder keeps what it learned so far."""


class WordListError(VndiacriticError, ValueError):
    """A list of words has something else in it; the message names the line."""


class DataWarning(UserWarning):
    """Data is usable but probably not what was meant; the message says why."""

"""Values out of a fuzzer's bytes: numbers, choices, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Taken"]

T = TypeVar("T")


class Taken:
    """Bytes that are used up from the front; where there are no more, zeros come."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def number(self, size: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.some(size).ljust(size, b"\0"), "little")

    def some(self, size: int) -> bytes:
        """The next bytes, at most so many."""
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def one_of(self, choices: Sequence[T]) -> T:
        """One of some values."""
        return choices[self.number(1 if len(choices) <= 256 else 2) % len(choices)]

    def rest(self) -> bytes:
        """All that is left."""
        return self.some(len(self._data))

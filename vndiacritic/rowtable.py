"""A static map from 64-bit keys to one or two bytes, without the keys.

A binary fuse filter. Every key has three slots of 16 bits, in three neighbouring segments of one array; the
slots are filled such that the exclusive or of a key's three gives its fingerprint (8 bits) and its code (8
bits). A key that was never put in finds the fingerprint it should have once in 256 times by accident.
It knows hashes and bytes, and not what they stand for, nor how they come to lie in a file.

T. M. Graf and D. Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", ACM JEA 27 (2022); for
codes in place of membership, B. Chazelle et al., "The Bloomier Filter", SODA 2004.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vndiacritic.errors import ModelError

__all__ = ["RowTable"]

Keys = NDArray[np.uint64]
Places = NDArray[np.int64]  # shape (3, n): a row for each third of the array, see `_Geometry.thirds`
Prints = NDArray[np.uint16]
_Round = tuple[NDArray[np.uint32], NDArray[np.uint32]]  # keys by their index, and the slot that each one owns

# The increment and the multipliers of splitmix64 (Steele, Lea and Flood 2014).
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX2: Final = np.uint64(0x94D049BB133111EB)

_LONGEST_SEGMENT: Final = 1 << 18  # the paper's; `_Geometry.place` has no more bits than that to spare
_AGAIN: Final = "fetch the model again, or train it anew"
_MAX_SEEDS: Final = 100  # a seed fails rarely; a hundred in a row do not
_BLOCK: Final = 1 << 14  # keys; scratch of 400 kB stays in cache, and 4,096 cost 5 ns a key more
_ONE: Final = 1 << 40  # a slot's tally is _ONE for each key in it, plus the sum of their indices


@dataclass(frozen=True)
class _Geometry:
    """Where keys go: all that is needed to read a table beside its arrays."""

    seed: int
    segment_length: int
    segment_count: int  # of segments where a first place may lie; there are two more

    @classmethod
    def for_size(cls, size: int, seed: int) -> _Geometry:
        """Use the paper's lengths: 1.125 slots a key from a million keys on, more below."""
        size = max(size, 2)
        length = 1 << int(math.log(size) / math.log(3.33) + 2.25)
        slots = size * max(1.125, 0.875 + 0.25 * math.log(1_000_000) / math.log(size))
        length = min(length, _LONGEST_SEGMENT)
        return cls(seed, length, max(1, math.ceil(slots / length) - 2))

    def __post_init__(self) -> None:
        """Raise ModelError for what `for_size` cannot have made."""
        numbers = (self.seed, self.segment_length, self.segment_count)
        if any(type(number) is not int or not 0 <= number < 2**32 for number in numbers):
            raise ModelError(f"the row table's numbers {numbers} are not counts: {_AGAIN}")
        length = self.segment_length
        if self.segment_count < 1 or length.bit_count() != 1 or length > _LONGEST_SEGMENT:
            raise ModelError(f"the row table's segments {numbers} are impossible: {_AGAIN}")

    @property
    def n_slots(self) -> int:
        return (self.segment_count + 2) * self.segment_length

    def place(self, keys: Keys, places: Keys, prints: Prints) -> Places:
        """Write the places of keys into `places`, 16 bits to tell them by into `prints`; return the places.

        The first may lie anywhere in the first third. The two others are it with some low bits turned over:
        within the same segment, but of their own thirds.
        """
        first, second, third = places
        length = np.uint64(self.segment_length - 1)
        # Keys are sums of hashes: a shift before each product undoes what a + d and b + d have in common.
        np.add(keys, np.uint64((self.seed + 1) * _GOLDEN % 2**64), out=third)
        np.right_shift(third, np.uint64(32), out=first)
        third ^= first
        third *= _MIX1
        np.right_shift(third, np.uint64(29), out=first)
        np.copyto(prints, first, casting="unsafe")  # from before the last product, so apart from the places
        third ^= first
        third *= _MIX2
        np.right_shift(third, np.uint64(32), out=first)
        first *= np.uint64(self.segment_count * self.segment_length)
        first >>= np.uint64(32)
        np.right_shift(third, np.uint64(20), out=second)
        second &= length
        second ^= first
        third >>= np.uint64(2)
        third &= length
        third ^= first
        return places.view(np.int64)

    def locate(self, keys: Keys) -> tuple[Places, Prints]:
        """Return what `place` writes."""
        prints = np.empty(len(keys), dtype=np.uint16)
        return self.place(keys, np.empty((3, len(keys)), dtype=np.uint64), prints), prints

    def thirds(self, array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return three overlapping views, each a segment on: the arrays that a key's places point into."""
        length = self.segment_length
        return array[: -2 * length], array[length:-length], array[2 * length :]


class RowTable:
    """A static map from 64-bit keys to a code of 8 bits, and maybe a second one.

    Make it with `build`, or from stored arrays with `from_arrays`. It takes 2.25 bytes a key (3.38 with a
    second code) from a million keys on, and more for fewer: 2.6 at 10,000.

    Attributes
    ----------
    slots : array of uint16, shape (n_slots,)
    extra : array of uint8, shape (n_slots,), or None
        Not the second codes themselves: what they are computed from.
    """

    def __init__(self, slots: Prints, extra: NDArray[np.uint8] | None, geometry: _Geometry) -> None:
        arrays: list[tuple[NDArray[Any], type[Any]]] = [(slots, np.uint16)]
        arrays += [] if extra is None else [(extra, np.uint8)]
        for array, dtype in arrays:
            if array.dtype != dtype or array.shape != (geometry.n_slots,):
                has, needs = f"{array.dtype} of shape {array.shape}", f"{geometry.n_slots} {dtype.__name__}"
                raise ModelError(f"the row table has {has}, needs {needs}: {_AGAIN}")
        # Plain arrays: slicing and taking from a np.memmap costs microseconds more.
        self.slots = np.ascontiguousarray(slots)
        self.extra = None if extra is None else np.ascontiguousarray(extra)
        self._geometry = geometry

    @property
    def params(self) -> dict[str, int]:
        """What `from_arrays` needs beside the arrays: seed, segment_length, segment_count."""
        return asdict(self._geometry)

    @staticmethod
    def n_slots(size: int) -> int:
        """Slots of a table for so many keys."""
        return _Geometry.for_size(size, 0).n_slots

    @classmethod
    def from_arrays(cls, slots: Prints, extra: NDArray[np.uint8] | None, params: Mapping[str, int]) -> RowTable:
        """Return the table of which these are `slots`, `extra` and `params`; the arrays may be read-only.

        Raises
        ------
        ModelError
            If they do not fit each other.
        """
        names = set(_Geometry.__dataclass_fields__)
        if set(params) != names:
            raise ModelError(f"the row table needs {sorted(names)}, has {sorted(params)}: {_AGAIN}")
        return cls(slots, extra, _Geometry(**params))

    @classmethod
    def build(cls, keys: Keys, codes: NDArray[np.uint8], extra: NDArray[np.uint8] | None = None) -> RowTable:
        """Return the table that gives each key its code; the same input always gives the same table.

        Takes some 0.4 microseconds a key, and 32 bytes a key beyond the arguments.

        Parameters
        ----------
        keys : array of uint64, shape (n_keys,)
            All different.
        codes, extra : arrays of uint8, shape (n_keys,)

        Raises
        ------
        ValueError
            If a key stands twice or the arrays do not fit each other.
        """
        columns = [codes] if extra is None else [codes, extra]
        if keys.dtype != np.uint64 or keys.ndim != 1:
            raise ValueError(f"keys must be one row of uint64, not {keys.dtype} of shape {keys.shape}")
        if any(column.dtype != np.uint8 or column.shape != keys.shape for column in columns):
            raise ValueError(f"codes must be uint8 and as many as the keys, {len(keys)}")
        _refuse_duplicates(keys)
        for seed in range(_MAX_SEEDS):
            geometry = _Geometry.for_size(len(keys), seed)
            if (rounds := _peel(geometry, keys)) is not None:
                return cls(*_fill(geometry, rounds, keys, codes, extra), geometry)
        raise ValueError(f"no seed below {_MAX_SEEDS} tells the {len(keys)} keys apart: choose other keys")

    def lookup(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
        """Return which keys were put in, and their codes; both have the shape of `keys`.

        A key that was never put in counts as found once in 256 times. A code means nothing where not found.
        """
        found, codes = np.empty(keys.shape, dtype=np.bool_), np.empty(keys.shape, dtype=np.uint8)
        for _ in self._blocks(keys, found, codes):
            pass
        return found, codes

    def lookup_both(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.uint8]]:
        """Return what `lookup` does, and the second codes, which are 0 where not found.

        Raises
        ------
        ValueError
            If the table was built without second codes.
        """
        if self.extra is None:
            raise ValueError("this row table has no second codes: call lookup, or build it with extra")
        found, codes = np.empty(keys.shape, dtype=np.bool_), np.empty(keys.shape, dtype=np.uint8)
        extra, thirds = np.zeros(keys.shape, dtype=np.uint8), self._geometry.thirds(self.extra)
        flat_found, flat_extra = found.reshape(-1), extra.reshape(-1)
        for part, places in self._blocks(keys, found, codes):
            # Each read is a cache miss: with half of the keys found, leaving out the others saves 8 of 25 ns.
            where = np.flatnonzero(flat_found[part])
            flat_extra[part][where] = _gather(thirds, places.take(where, axis=1, mode="wrap"))
        return found, codes, extra

    def _blocks(self, keys: Keys, found: NDArray[np.bool_], codes: NDArray[np.uint8]) -> Iterator[tuple[slice, Places]]:
        """Look keys up block by block, in flat order; tell each block and its places."""
        flat, found, codes = np.ascontiguousarray(keys).reshape(-1), found.reshape(-1), codes.reshape(-1)
        block, thirds = min(_BLOCK, len(flat)), self._geometry.thirds(self.slots)
        scratch, prints = np.empty((3, block), dtype=np.uint64), np.empty(block, dtype=np.uint16)
        for start in range(0, len(flat), _BLOCK):
            part = slice(start, min(start + _BLOCK, len(flat)))
            count = part.stop - start
            values = prints[:count]
            places = self._geometry.place(flat[part], scratch[:, :count], values)
            values ^= _gather(thirds, places)
            np.less(values, 256, out=found[part])  # the fingerprint, in the upper byte, has cancelled out
            np.copyto(codes[part], values, casting="unsafe")  # the lower byte
            yield part, places


def _gather(thirds: tuple[NDArray[Any], ...], places: Places) -> NDArray[Any]:
    """Return the exclusive or of each key's three slots."""
    # No place is out of range; "wrap" is the fastest way to have that checked (7 ns, 10 with "raise").
    total: NDArray[Any] = thirds[0].take(places[0], mode="wrap")
    for third, place in zip(thirds[1:], places[1:], strict=True):
        total ^= third.take(place, mode="wrap")
    return total


def _refuse_duplicates(keys: Keys) -> None:
    ordered = np.sort(keys)
    if twice := np.count_nonzero(ordered[1:] == ordered[:-1]):
        raise ValueError(f"{twice} of {len(keys)} keys are there already: give each key once")


def _tally(geometry: _Geometry, keys: Keys) -> Keys:
    """Count the keys in every slot and add up their indices, in one number a slot."""
    tallies = np.zeros(geometry.n_slots, dtype=np.uint64)
    for start in range(0, len(keys), _BLOCK):
        part = keys[start : start + _BLOCK]
        entries = np.arange(_ONE + start, _ONE + start + len(part), dtype=np.uint64)
        for third, place in zip(geometry.thirds(tallies), geometry.locate(part)[0], strict=True):
            np.add.at(third, place, entries)
    return tallies


def _peel(geometry: _Geometry, keys: Keys) -> list[_Round] | None:
    """Give each key a slot of its own in rounds, or return None if this seed cannot.

    A slot with one key left belongs to that key. Keys that own a slot are taken out together, which leaves
    other slots with one key. Only slots they were in have changed, so a round costs what it takes out.
    """
    tallies = _tally(geometry, keys)
    thirds = geometry.thirds(tallies)
    finder = np.empty(len(keys), dtype=np.uint32)
    slots = np.flatnonzero(tallies >> np.uint64(40) == 1)
    rounds: list[_Round] = []
    while len(slots):
        # Of a slot with one key, the sum of the indices is that key's.
        owners = (tallies[slots] & np.uint64(_ONE - 1)).astype(np.int64)
        # A key may own two slots, and a slot be listed twice: of a key's mentions, the last written counts.
        mentions = np.arange(len(owners), dtype=np.uint32)
        finder[owners] = mentions
        only = finder[owners] == mentions
        owners, slots = owners[only], slots[only]
        rounds.append((owners.astype(np.uint32), slots.astype(np.uint32)))
        places = geometry.locate(keys[owners])[0]
        for third, place in zip(thirds, places, strict=True):
            np.subtract.at(third, place, owners.view(np.uint64) + np.uint64(_ONE))
        touched = (places + geometry.segment_length * np.arange(3)[:, None]).reshape(-1)
        slots = touched[tallies[touched] >> np.uint64(40) == 1]
    return rounds if sum(len(owners) for owners, _ in rounds) == len(keys) else None


def _fill(
    geometry: _Geometry,
    rounds: list[_Round],
    keys: Keys,
    codes: NDArray[np.uint8],
    extra: NDArray[np.uint8] | None,
) -> tuple[Prints, NDArray[np.uint8] | None]:
    """Write each key's own slot, the last round first, such that its three give what they should.

    When a key was taken out it was alone in its own slot. So no key of the same or of a later round has that
    slot: writing it spoils none of those written before, and a round can be written at once. The key's two
    other slots are final: they belong to later rounds, or to no key, and then stay 0. Its own is still 0, so
    all three can be read alike.
    """
    slots = np.zeros(geometry.n_slots, dtype=np.uint16)
    second = None if extra is None else np.zeros(geometry.n_slots, dtype=np.uint8)
    for owners, own in reversed(rounds):
        places, prints = geometry.locate(keys[owners])
        slots[own] = prints ^ codes[owners] ^ _gather(geometry.thirds(slots), places)
        if extra is not None and second is not None:
            second[own] = extra[owners] ^ _gather(geometry.thirds(second), places)
    return slots, second

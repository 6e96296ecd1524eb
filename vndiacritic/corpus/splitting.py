"""Splits and samples that depend on a text alone: the same on every machine, in any order, for every copy of a line."""

from __future__ import annotations

import hashlib
import unicodedata

__all__ = ["drawn", "held_out"]


def held_out(text: str, share: float, seed: int = 0) -> bool:
    """Whether a line or document belongs to the held-out part.

    The answer depends on the text alone, so it is the same on every machine, in any order and for every
    copy of a line; a larger share holds out what a smaller one did, and more. Spaces and normal form do not
    matter.

    Parameters
    ----------
    text
        A line or a whole document.
    share
        Part to hold out, from 0 to 1.
    seed
        Another seed gives another, independent split.

    Examples
    --------
    >>> lines = [f"Trang {number} của quyển sổ tay" for number in range(1000)]
    >>> sum(held_out(line, 0.1) for line in lines)
    92
    """
    return _is_below(text, share, seed, b"")


def drawn(text: str, share: float, seed: int = 0) -> bool:
    """Whether a line is in a sample of a corpus: as `held_out`, and independent of it.

    Examples
    --------
    >>> lines = [f"Trang {number} của quyển sổ tay" for number in range(1000)]
    >>> sum(drawn(line, 0.1) for line in lines), sum(drawn(line, 0.1) and held_out(line, 0.1) for line in lines)
    (113, 15)
    """
    return _is_below(text, share, seed, b"weight")


def _is_below(text: str, share: float, seed: int, purpose: bytes) -> bool:
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, not {share!r}")
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    key = seed.to_bytes(8, "big", signed=True)
    digest = hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8, key=key, person=purpose)
    return int.from_bytes(digest.digest(), "big") < share * 2**64

"""Which placement of tones a text follows: hòa and thúy, or hoà and thuý.

Knows the syllables that the two orthographies write in two ways, and counts them. How a syllable is written is
alphabet's affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, get_args

from vndiacritic.alphabet import ToneStyle, normalize, parse_syllable, place_tone

__all__ = ["PLACEMENTS", "TonePlacement", "placement_of"]

TonePlacement = Literal["old", "new", "as-is"]
"""Where restored syllables carry the tone; "as-is" is where the text's own syllables carry it."""

PLACEMENTS: tuple[TonePlacement, ...] = get_args(TonePlacement)

# Words that may be such syllables: a short onset and an open oa, oe or uy with a tone on either vowel. A longer run of
# letters is no syllable, and bounded repeats keep the search linear.
_OPEN = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{0,3}?(?:[òóỏõọ][ae]|o[àáảãạèéẻẽẹ]|[ùúủũụ]y|u[ỳýỷỹỵ])(?![^\W\d_])", re.IGNORECASE
)
# In decomposed text the letter and its tone are two characters.
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


def placement_of(texts: Iterable[str]) -> ToneStyle | None:
    """Tell where most syllables of a text carry their tone that could carry it elsewhere.

    Parameters
    ----------
    texts : iterable of str
        A text, or its lines; composed or decomposed.

    Returns
    -------
    {"old", "new"} or None
        None where no syllable tells, or as many tell the one as the other.

    Examples
    --------
    >>> placement_of(["Hoà thuý, hòa"]), placement_of(["khỏe"]), placement_of(["quý, hoàn, hoa"])
    ('new', 'old', None)
    """
    surplus = 0
    for text in texts:
        surplus += _surplus(text)
    return "new" if surplus > 0 else "old" if surplus < 0 else None


def _surplus(text: str) -> int:
    """How many more syllables of a text are written in the new way than in the old one."""
    if text.isascii():
        return 0
    if _TONES.search(text):
        text = normalize("NFC", text)
    surplus = 0
    for match in _OPEN.finditer(text):
        old, new = place_tone(match[0], "old"), place_tone(match[0], "new")
        if old != new and parse_syllable(match[0]) is not None:
            surplus += (match[0] == new) - (match[0] == old)
    return surplus

"""Words that a lost boundary glued together, and words and lines that a page's width cut in two.

Knows which syllables there are; not which lines of a document belong together beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vndiacritic.alphabet import has_marks
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.plausibility import LATIN, VIETNAMESE_ONLY, commonness, is_common, unusual_words

__all__ = ["glue_edits", "hyphen_edits", "wrap_edits"]

# ---- glued words

_LOWER = "a-z" + "".join(filter(str.islower, VIETNAMESE_ONLY + LATIN))
_UPPER = "A-Z" + "".join(filter(str.isupper, VIETNAMESE_ONLY + LATIN))
_SEAM = re.compile(f"(?<=[{_LOWER}])(?=[{_UPPER}])")


def glue_edits(text: str) -> Iterator[Edit]:
    """The edits that part two marked syllables ("luậtTrở"), and drop a line's second half if it repeats the first."""
    glued = [word for word in unusual_words(text).marked if _SEAM.search(word)]
    if not glued:
        return
    for at, line in lines_with(re.compile("|".join(sorted(glued))), text):
        middle = len(line) // 2
        if line[:middle] == line[middle:] and " " in line[:middle].strip() and _SEAM.match(line, middle):
            yield Edit(at + middle, at + len(line), "", "the same text again")
        else:
            yield from (Edit(at + seam, at + seam, " ", "words glued together") for seam in _seams(line))


def _seams(text: str) -> Iterator[int]:
    """The places where a marked syllable in small letters ends and one with a capital begins."""
    for match in _SEAM.finditer(text):
        left, right = _TAIL.search(text[max(0, match.start() - 9) : match.start()]), _HEAD.match(text, match.start())
        if left and right and all(is_common(part, 6) and has_marks(part) for part in (left[0], right[0])):
            yield match.start()


_TAIL = re.compile(f"[{_UPPER}]?[{_LOWER}]+$")
_HEAD = re.compile(f"[{_UPPER}][{_LOWER}]*")


# ---- words cut by a hyphen at the end of a line

_CUT = re.compile("[-\u2010\u00ad][ \t]?\r?\n[ \t]*")
_BEFORE_CUT = re.compile("(?<![^\\W\\d_])[^\\W\\d_]{1,6}$")
_AFTER_CUT = re.compile("[^\\W\\d_]{1,6}(?![^\\W\\d_])")


def hyphen_edits(text: str) -> Iterator[Edit]:
    """The edits that join a syllable cut at the end of a line ("tri-", "ển")."""
    for match in _CUT.finditer(text):
        head = _BEFORE_CUT.search(text[max(0, match.start() - 8) : match.start()])
        tail = _AFTER_CUT.match(text, match.end())
        if head and tail and _is_one_syllable(head[0], tail[0]):
            yield Edit(match.start(), match.end(), "", "hyphenated at the end of a line")


def _is_one_syllable(head: str, tail: str) -> bool:
    joined = head + tail
    return tail.islower() and is_common(joined) and commonness(tail) < commonness(joined) + 2


# ---- lines cut for width or by links

_WRAP = re.compile(f"(?<=[{_LOWER}0-9,])[ \t]*\n[ \t]*(?=[{_LOWER}])")


def wrap_edits(text: str) -> Iterator[Edit]:
    """The edits that join a line to the one before where a sentence goes on in lower case."""
    for match in _WRAP.finditer(text):
        yield Edit(match.start(), match.end(), " ", "line cut inside a sentence")

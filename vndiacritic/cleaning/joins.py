"""Words that a lost boundary glued together, and words and lines that a page's width cut in two.

Knows which syllables there are; not which lines of a document belong together beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from vndiacritic.alphabet import has_marks
from vndiacritic.cleaning.edits import Edit
from vndiacritic.cleaning.plausibility import (
    LATIN,
    VIETNAMESE_ONLY,
    commonness,
    is_common,
    lines_with_words,
    unusual_words,
)

__all__ = ["certain_glue_edits", "hyphen_edits", "seam_edits", "wrap_edits"]

# ---- glued words

_LOWER = "a-z" + "".join(filter(str.islower, VIETNAMESE_ONLY + LATIN))
_UPPER = "A-Z" + "".join(filter(str.isupper, VIETNAMESE_ONLY + LATIN))
_SEAM = re.compile(f"(?<=[{_LOWER}])(?=[{_UPPER}])")


def certain_glue_edits(text: str) -> Iterator[Edit]:
    """The edits that drop a line's second half if it repeats the first, and part a dateline from what follows."""
    for at, line in _glued_lines(text):
        middle = len(line) // 2
        if line[:middle] == line[middle:] and " " in line[:middle].strip() and _SEAM.match(line, middle):
            yield Edit(at + middle, at + len(line), "", "the same text again")
        elif (dateline := _DATELINE.match(line)) and _parts(line, dateline.end(), need=any):
            seam = at + dateline.end()
            yield Edit(seam, seam, " ", "dateline glued to what follows")


def seam_edits(text: str) -> Iterator[Edit]:
    """The edits that part two marked syllables ("luậtTrở")."""
    for at, line in _glued_lines(text):
        if _CODE.search(line):
            continue
        for token in _TOKEN.finditer(line):
            # What has a sign is a tag, a name of a user, an address or a path.
            for seam in () if _TAGGED.search(token[0]) else _SEAM.finditer(line, *token.span()):
                parts = _parts(line, seam.start())
                # "ChợTốt" is a name that was made so.
                if parts and parts[0].islower():
                    yield Edit(at + seam.start(), at + seam.start(), " ", "words glued together")


def _glued_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with a word in which a capital follows a small letter."""
    return lines_with_words({word for word in unusual_words(text).marked if _SEAM.search(word)}, text)


def _parts(line: str, seam: int, need: Callable[[Iterable[bool]], bool] = all) -> tuple[str, str] | None:
    """The syllables before and behind a place, if both are ones that are written, and all or any of them have marks."""
    left, right = _TAIL.search(line[max(0, seam - 9) : seam]), _HEAD.match(line, seam)
    if left is None or right is None:
        return None
    parts = left[0], right[0]
    return parts if all(is_common(part, 6) for part in parts) and need(map(has_marks, parts)) else None


_TOKEN = re.compile("[^ ]+")
_TAGGED = re.compile(r"[#@/\\]|\.[a-z]")
_CODE = re.compile(r"[={}<>_\\]|;\s*$|[^\W\d_]\([a-z_]*[,)]")
_TAIL = re.compile(f"[{_UPPER}]?[{_LOWER}]+$")
_HEAD = re.compile(f"[{_UPPER}][{_LOWER}]*")
# Two to four words with capitals, as places are named, and prose: "Hà NộiSáng nay". Cells of tables have names only.
_DATELINE = re.compile(f"(?:[{_UPPER}][{_LOWER}]+ ){{1,3}}[{_UPPER}][{_LOWER}]+(?=[{_UPPER}].* [{_LOWER}])")


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

"""Characters that are not seen: zero-width ones, soft hyphens, control codes, unusual spaces and line ends.

Knows where they carry meaning: joiners in emoji and in other scripts, direction marks beside Arabic and Hebrew,
no-break spaces before French punctuation.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence

from vndiacritic.alphabet import has_marks, parse_syllable
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.plausibility import VIETNAMESE_ONLY, is_common

__all__ = ["HIDDEN", "LINE_ENDS", "SPACES", "invisible_edits", "line_end_edits", "space_edits"]

HIDDEN = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]+")
_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Scripts and signs in which joiners are part of the spelling: Arabic to Khmer, Mongolian, emoji.
_JOINS = re.compile(
    "[\u0590-\u0fff\u1000-\u109f\u1780-\u18af\u2190-\u2bff\ufe00-\ufe0f\ufb1d-\ufdff\ufe70-\ufefc\U0001f000-\U0001faff]"
)


def invisible_edits(text: str) -> Iterator[Edit]:
    """The edits that remove characters without a look; one that parts two syllables becomes a space."""
    arabic = [(at, at + len(line)) for at, line in lines_with(_RIGHT_TO_LEFT, text)] if HIDDEN.search(text) else []
    for match in HIDDEN.finditer(text):
        start, end = match.span()
        if code := _TERMINAL.match(text, start):
            yield Edit(start, code.end(), "", "terminal control sequence")
        elif not _means_something(text, match, arabic):
            yield Edit(start, end, _between(text, match), _name(match[0][0]))


def _means_something(text: str, match: re.Match[str], arabic: Sequence[tuple[int, int]]) -> bool:
    if _DIRECTION.search(match[0]):
        # What stands between signs came there beside Arabic that is gone; it is seen nowhere and parts no word.
        beside = _words_beside(text, match)
        if _DIRECTION.fullmatch(match[0]) and not (all(beside) or any(map(has_marks, beside))):
            return True
        line = bisect(arabic, (match.start(), len(text))) - 1
        return line >= 0 and match.start() <= arabic[line][1]
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    return _JOINS.match(before) is not None or _JOINS.match(after) is not None


_LETTERS_BEFORE = re.compile(r"[^\W\d_]{1,12}$")
_LETTERS_AFTER = re.compile(r"[^\W\d_]{1,12}")


def _words_beside(text: str, match: re.Match[str]) -> tuple[str, str]:
    """The letters that touch what is not seen, on both sides."""
    before = _LETTERS_BEFORE.search(text[max(0, match.start() - 12) : match.start()])
    after = _LETTERS_AFTER.match(text, match.end())
    return before[0] if before else "", after[0] if after else ""


def _between(text: str, match: re.Match[str]) -> str:
    """A space where a zero-width space is all that parts two words, else nothing."""
    if "\u200b" not in match[0]:
        return ""
    before, after = _words_beside(text, match)
    if not before or not after or parse_syllable(before + after):
        return ""
    return " " if is_common(before) and is_common(after) else ""


def _name(char: str) -> str:
    if char < " " or char == "\x7f":
        return f"control code {ord(char):#04x}"
    return {"\u00ad": "soft hyphen", "\ufeff": "byte order mark"}.get(char, f"invisible U+{ord(char):04X}")


# ---- spaces

SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_VIETNAMESE = re.compile(f"[{VIETNAMESE_ONLY}]")
_FRENCH = re.compile(r"[!?:;»%€]")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")


def space_edits(text: str) -> Iterator[Edit]:
    """The edits that make plain spaces of others, in Vietnamese text; French and CJK typography stays."""
    if not SPACES.search(text):
        return
    vietnamese = _VIETNAMESE.search(text) is not None
    for at, line in lines_with(SPACES, text):
        ours = _VIETNAMESE.search(line) is not None
        for match in SPACES.finditer(line):
            start, end = match.span()
            before, after = line[max(0, start - 1) : start], line[end : end + 1]
            french = before == "«" or (after != "" and _FRENCH.match(after) is not None)
            wide = match[0] == "\u3000" and (_WIDE.match(before) or _WIDE.match(after))
            digits = before.isdigit() and after.isdigit()
            if wide or (not ours and (french or digits or not (vietnamese or line.isascii()))):
                continue
            yield Edit(at + start, at + end, " ", f"space U+{ord(match[0]):04X}")


# ---- line ends

LINE_ENDS = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")


def line_end_edits(text: str) -> Iterator[Edit]:
    r"""The edits that make ``\n`` of every way to end a line."""
    for match in LINE_ENDS.finditer(text):
        yield Edit(match.start(), match.end(), "\n", f"line end {match[0]!r}")

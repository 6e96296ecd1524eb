"""A lossless tokeniser: tokens and the gaps between them always join back to the text.

A token is a word (a run of letters), a number, a run of punctuation, or a protected span that must stay as it is:
URL, e-mail address, #tag, @name, file name or path, inline code, markup. A hyphen or underscore between two
letters belongs to the gap, so that the halves of "Noi-Hai" are neighbours. This module knows the shape of
text, not its language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from typing import NamedTuple

__all__ = ["Kind", "kind_of", "split_tokens"]


class Kind(IntEnum):
    """What a token is, as the context of its neighbours."""

    WORD = 0
    NUMBER = 1
    PUNCTUATION = 2
    PROTECTED = 3


# Repeats are possessive (++), so that time and memory stay linear: no pattern needs to go back into its text.
# Numbers keep their inner marks ("1.782,82", "28/10/2021", "11:04"); a hyphen or slash between words does not glue.
_NUMBER = r"\d+(?:[.,:/]\d+)*"
# What is neither a letter, a space, common punctuation nor an emoji, and so may be a combining mark.
_COMBINED = re.compile(
    r"[^\w\s\x00-\u02ff\u2000-\u20cf\u2100-\u2bff\u3000-\u3029\ud800-\uf8ff\ufe00-\ufe1f\ufe30-\uffef"
    r"\U0001f000-\U0010ffff]"
)
_MARKS_LIE_IN = range(0x300, 0x1E94B)  # as of Unicode 14 to 17
_MOST_MARKS = 30  # to a letter, as in Unicode's stream-safe text (UAX 15, section 13)

# File names are known by their ending; bare domains by theirs, in lower case, so that "hôm nay.Vn" is prose.
_EXTENSIONS = (
    "avi|bat|bmp|c|cfg|conf|cpp|css|csv|docx?|exe|gif|gz|html?|ini|ipynb|jpe?g|js|json|log|md|mkv|mov|mp3|mp4|odt|"
    "pdf|php|png|pptx?|py|rar|sh|sql|srt|svg|tar|toml|tsv|ts|txt|vtt|wav|webp|xlsx?|xml|ya?ml|zip"
)
_DOMAINS = "com|edu|gov|info|io|net|org|vn"
_PROTECTED = r"""
    `[^`\n]++`                                              # inline code
  | </?[A-Za-z][^<>\n]{0,2000}+>                            # markup
  | &(?:[A-Za-z]{2,10}|\#\d{2,6}|\#x[0-9A-Fa-f]{2,6});      # character references
  | (?<![\w@.])(?:https?|ftp|file)://[^\s<>"]++             # URL
  | (?<![\w@.])www\.[^\s<>"]++
  | (?<![\w.+-])[\w.+-]{1,64}+@[\w-]++(?:\.[\w-]++)++       # e-mail address
  | (?<![\w&/])\#[\w]++                                     # #tag
  | (?<![\w&/])@[\w]++(?:\.[\w]++)*+                        # @name, @first.last
  | (?<![\w/\\])[A-Za-z]:\\[^\s<>"|?*]*+                    # C:\path
  | (?<!\S)(?:~|\.\.?)?/[\w.@+-]++(?:/[\w.@+-]*+)++         # /usr/bin, ~/a/b
  | (?<!\S)(?:~|\.\.?)/(?=\.{0,2}[\w])[\w.@+-]++            # ~/a, ./a, but not the "./." that ends an article
  | (?<![\w./-])[\w-]++(?:[./][\w-]++)*?\.(?:EXTENSIONS)\b(?![.\w/-])  # a file's name
  | (?<![\w@.-])[a-z0-9-]++(?:\.[a-z0-9-]++)*?\.(?:DOMAINS)(?:\.[a-z]{2})?\b(?:/[^\s<>"]*+)?(?![\w-])  # a bare domain
"""
# Without one of these a text has no protected span, and the costly pattern need not run.
_HINT = re.compile(rf"[`<&#@~\\]|://|\.(?:{_EXTENSIONS}|{_DOMAINS})\b|/[\w.@+-]+/|\./\.{{0,2}}\w|www\.")


class _Patterns(NamedTuple):
    token: re.Pattern[str]
    protected: re.Pattern[str]


@cache
def _patterns(combined: bool) -> _Patterns:
    r"""The patterns for texts that may have combining marks, which belong to the letter before them, or simpler ones.

    Without marks both find the same tokens, so what a text is split into does not depend on what stands far away.
    """
    marks = _marks() if combined else ""
    # No possessive groups here: before Python 3.11.5 they match wrongly (gh-106052), and Debian 12 has 3.11.2.
    word = rf"(?:[^\W\d_][{marks}]{{0,{_MOST_MARKS}}})+" if combined else r"[^\W\d_]+"
    punctuation = rf"(?:(?!(?<=[\w{marks}])[-_](?=\w))(?:[^\w\s]|_))+"
    protected = _PROTECTED.replace(r"[\w", rf"[\w{marks}").replace("EXTENSIONS", _EXTENSIONS)
    return _Patterns(
        re.compile(rf"({word}|{_NUMBER}|{punctuation})"),
        re.compile(protected.replace("DOMAINS", _DOMAINS), re.VERBOSE),
    )


def _marks() -> str:
    """All combining marks, as they stand in a pattern's class; re has no name for them."""
    marks = [code for code in _MARKS_LIE_IN if unicodedata.combining(chr(code))]
    starts = [code for code in marks if not unicodedata.combining(chr(code - 1))]
    ends = [code for code in marks if not unicodedata.combining(chr(code + 1))]
    return "".join(rf"\U{start:08x}-\U{end:08x}" for start, end in zip(starts, ends, strict=True))


def split_tokens(text: str) -> list[str]:
    """Split a text into gaps and tokens, in turn.

    Parameters
    ----------
    text : str
        Any text, of any normal form.

    Returns
    -------
    list of str
        An odd number of parts that join to ``text``: gaps (often a space, often empty) at the even places, tokens
        at the odd ones.

    Examples
    --------
    >>> split_tokens("Noi-Hai, 5 km")
    ['', 'Noi', '-', 'Hai', '', ',', ' ', '5', ' ', 'km', '']
    """
    combined = _is_combined(text)
    pattern = _patterns(combined).token
    if not combined and not _HINT.search(text):
        return pattern.split(text)
    parts = [""]
    for number, stretch in enumerate(_stretches(text, combined)):
        # What is split begins and ends with a gap; the two gaps that meet become one.
        first, *more = ("", stretch, "") if number % 2 else pattern.split(stretch)
        parts[-1] += first
        parts += more
    return parts


def _is_combined(text: str) -> bool:
    return not text.isascii() and _COMBINED.search(text) is not None


def _stretches(text: str, combined: bool) -> Iterator[str]:
    """Plain text and protected spans, in turn."""
    end = 0
    if combined or _HINT.search(text):
        for match in _patterns(combined).protected.finditer(text):
            yield text[end : match.start()]
            yield match[0]
            end = match.end()
    yield text[end:]


def kind_of(token: str) -> Kind:
    """Tell what a token of `split_tokens` is."""
    first = token[0]
    if first.isalpha():
        return Kind.WORD if _is_word(token) else Kind.PROTECTED
    if first.isdecimal():
        return Kind.NUMBER if re.fullmatch(_NUMBER, token) else Kind.PROTECTED
    return Kind.PROTECTED if any(char.isalnum() for char in token) else Kind.PUNCTUATION


def _is_word(token: str) -> bool:
    return token.isalpha() or all(char.isalpha() or unicodedata.combining(char) for char in token)

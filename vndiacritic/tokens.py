"""A lossless tokeniser: tokens and the gaps between them always join back to the text.

A token is a word (a run of letters), a number, a run of punctuation, or a protected span that must stay as it is:
URL, e-mail address, #tag, @name, file name or path, inline code, markup. A hyphen or underscore between two
letters belongs to the gap, so that the halves of "Noi-Hai" are neighbours. This module knows the shape of
text, not its language.
"""

from __future__ import annotations

import re
from enum import IntEnum

__all__ = ["Kind", "kind_of", "split_tokens"]


class Kind(IntEnum):
    """What a token is, as the context of its neighbours."""

    WORD = 0
    NUMBER = 1
    PUNCTUATION = 2
    PROTECTED = 3


# Numbers keep their inner marks ("1.782,82", "28/10/2021", "11:04"); a hyphen or slash between words does not glue.
_NUMBER = r"\d+(?:[.,:/]\d+)*"
_PUNCTUATION = r"(?:(?!(?<=\w)[-_](?=\w))(?:[^\w\s]|_))+"
_PLAIN = re.compile(rf"([^\W\d_]+|{_NUMBER}|{_PUNCTUATION})")
# Decomposed text: a combining mark belongs to the letter before it.
_DECOMPOSED = re.compile(
    rf"((?:[^\W\d_][\u0300-\u036f]*)+|{_NUMBER}|(?:(?![\u0300-\u036f]){_PUNCTUATION})|[\u0300-\u036f]+)"
)
_COMBINING = re.compile(r"[\u0300-\u036f]")

# File names are known by their ending; bare domains by theirs, in lower case, so that "hôm nay.Vn" is prose.
_EXTENSIONS = (
    "avi|bat|bmp|c|cfg|conf|cpp|css|csv|docx?|exe|gif|gz|html?|ini|ipynb|jpe?g|js|json|log|md|mkv|mov|mp3|mp4|odt|"
    "pdf|php|png|pptx?|py|rar|sh|sql|srt|svg|tar|toml|tsv|ts|txt|vtt|wav|webp|xlsx?|xml|ya?ml|zip"
)
_DOMAINS = "com|edu|gov|info|io|net|org|vn"
# Each alternative consumes its text without backtracking into it (possessive), so that time stays linear.
_PROTECTED = re.compile(
    rf"""
    `[^`\n]++`                                              # inline code
  | </?[A-Za-z][^<>\n]{{0,2000}}+>                          # markup
  | &(?:[A-Za-z]{{2,10}}|\#\d{{2,6}}|\#x[0-9A-Fa-f]{{2,6}});  # character references
  | (?<![\w@.])(?:https?|ftp|file)://[^\s<>"]++              # URL
  | (?<![\w@.])www\.[^\s<>"]++
  | (?<![\w.+-])[\w.+-]{{1,64}}+@[\w-]++(?:\.[\w-]++)++      # e-mail address
  | (?<![\w&/])[\#@]\w++                                    # #tag, @name
  | (?<![\w/\\])[A-Za-z]:\\[^\s<>"|?*]*+                     # C:\path
  | (?<!\S)(?:~|\.\.?)?/[\w.@+-]++(?:/[\w.@+-]*+)++          # /usr/bin, ~/a/b
  | (?<!\S)(?:~|\.\.?)/[\w.@+-]++                           # ~/a, ./a
  | (?<![\w./-])[\w-]++(?:[./][\w-]++)*?\.(?:{_EXTENSIONS})\b(?![.\w/-])   # a file's name
  | (?<![\w@.-])[a-z0-9-]++(?:\.[a-z0-9-]++)*?\.(?:{_DOMAINS})\b(?:/[^\s<>"]*+)?(?![\w-])  # a domain without scheme
    """,
    re.VERBOSE,
)
# Without one of these a text has no protected span, and the costly pattern need not run.
_HINT = re.compile(r"[`<&#@~\\]|://|\.[A-Za-z]|/[\w.@+-]+/")


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
    pattern = _DECOMPOSED if not text.isascii() and _COMBINING.search(text) else _PLAIN
    if not _HINT.search(text):
        return pattern.split(text)
    parts: list[str] = [""]
    end = 0
    for match in _PROTECTED.finditer(text):
        _extend(parts, pattern.split(text[end : match.start()]))
        parts += (match[0], "")
        end = match.end()
    _extend(parts, pattern.split(text[end:]))
    return parts


def _extend(parts: list[str], more: list[str]) -> None:
    """Append parts to parts; both begin and end with a gap, and the two that meet become one."""
    parts[-1] += more[0]
    parts += more[1:]


def kind_of(token: str) -> Kind:
    """Tell what a token of `split_tokens` is."""
    first = token[0]
    if first.isalpha():
        return Kind.WORD if _is_word(token) else Kind.PROTECTED
    if first.isdecimal():
        return Kind.NUMBER if re.fullmatch(_NUMBER, token) else Kind.PROTECTED
    return Kind.PROTECTED if any(char.isalnum() for char in token) else Kind.PUNCTUATION


def _is_word(token: str) -> bool:
    return token.isalpha() or _COMBINING.sub("", token).isalpha()

r"""Translations for gettext: .po catalogues.

The translations (msgstr) are text; a translation that goes over several strings is one. What is translated (msgid),
contexts, comments, obsolete entries and the header stay, and so do placeholders (%s, %(name)s, {name}) and escapes. An
access key in a word (L_uu, L&uu) does not cut it. This module knows the format by its lines; see
https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from vndiacritic.errors import FormatError
from vndiacritic.formats.segments import Piece, Segment, cut

__all__ = ["SEGMENTS"]

_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_KEYWORD = re.compile(r"[ \t]*(msgctxt|msgid|msgid_plural|msgstr(?:\[\d{1,3}\])?)(?=[ \t\"])")
_STRING = re.compile(r'[ \t]*"((?:[^"\\\r\n]|\\.)*)"[ \t\r]*\Z')
_SPECIAL = re.compile(
    r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]+|.)"  # an escape
    r"|%(?:\([^()\s]*\))?[-+#0]*\d*(?:\.\d+)?(?:hh|h|ll|l|q|j|z|t|L)?[A-Za-z%]"  # %s, %(name)s, %5.2f
    r"|%[^\W\d_]"  # without its mark, %đ would be one
    r"|\{[^{}\s]*\}"
    r"|&[A-Za-z]{2,8};"
    r"|(?<![A-Za-z0-9])[&_](?=[^\W\d_])|(?<=[^\W\d_])[&_](?=[^\W\d_])"  # an access key
)
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}
_CHARSET = re.compile(r"charset=([\w.:-]+)")


def _segments(source: str, _: Sequence[str]) -> list[Segment]:
    translations: list[list[Piece]] = []
    keyword, msgid = "", ""
    for number, start, line in _lines(source):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        named = _KEYWORD.match(line)
        string = _STRING.match(line, named.end() if named else 0)
        if string is None or not (named or keyword):
            raise FormatError(f'line {number} should be a comment, or a string in quotation marks: msgstr "..."')
        if named:
            keyword = named[1]
            if keyword == "msgid":
                msgid = ""
            translations.append([])
        if keyword == "msgid":
            msgid += string[1]
        if not keyword.startswith("msgstr"):
            continue
        if msgid:
            translations[-1] += cut(source, start + string.start(1), start + string.end(1), _SPECIAL, _read)
        else:
            _check_header(string[1], number)
    return [Segment(source, pieces) for pieces in translations if pieces]


def _lines(source: str) -> Iterator[tuple[int, int, str]]:
    """Lines with their numbers and places, without their ends."""
    for number, match in enumerate(_LINE.finditer(source), 1):
        mark = number == 1 and source.startswith("\ufeff")
        yield number, match.start() + mark, match[0][mark:].rstrip("\r\n")


def _read(special: str) -> str | None:
    if special in ("&", "_"):
        return None
    return _ESCAPES.get(special, special)


def _check_header(text: str, number: int) -> None:
    charset = _CHARSET.search(text)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "charset"):
        raise FormatError(f"line {number} says that the file is {charset[1]}, which has not all letters: make it UTF-8")


SEGMENTS: Mapping[str, Callable[[str, Sequence[str]], list[Segment]]] = MappingProxyType({"po": _segments})

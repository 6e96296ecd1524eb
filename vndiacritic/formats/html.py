"""Web pages: .html.

Text nodes are text, and the attributes alt and title. A paragraph is one text, with the words in bold or in a link in
it. Scripts, styles, code, what is marked ``translate="no"``, comments, entities, and all other attributes stay. This
module knows elements; the standard library's parser says where they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from itertools import accumulate
from types import MappingProxyType

from vndiacritic.errors import FormatError
from vndiacritic.formats.segments import Piece, Segment, cut, line_of

__all__ = ["SEGMENTS"]

_KEPT = frozenset("script style code pre kbd samp var textarea template noscript math svg xmp".split())
_IN_LINES = frozenset(
    "a abbr acronym b bdi bdo big cite del dfn em font i ins label mark nobr q s small span strike strong sub sup time "
    "tt u wbr code kbd samp var".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_ENTITY = r"&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9A-Fa-f]+);?"
_SPECIAL = re.compile(rf"{_ENTITY}|[<&][^\W\d_]|[\r\n][ \t\r\n]*")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_TAG_NAME = re.compile(r"<[A-Za-z][^\s/>]*")
_TAG_OPENED = re.compile(r"<[A-Za-z/!]")
_TAG_UNCLOSED = re.compile(r"<[A-Za-z/!?][^<>]*\Z")  # each of many would make the parser look through all that follows
# A reference that ends in no sign of its own, as in "&#8a": the parser would take all that follows for text.
_LOOSE = re.compile("&(?=#(?!(?:[0-9]+|[xX][0-9a-fA-F]+)[^0-9a-fA-F]))")
_CHARSET = re.compile(r"""\bcharset\s*=\s*["']?\s*([\w.:-]+)|\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)


def _read(special: str) -> str:
    return html.unescape(special) if special.startswith(("&", "<")) else " "


class _Finder(HTMLParser):
    """Finds the texts of a page with their places."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.segments: list[Segment] = []
        self.declared: list[tuple[int, str]] = []  # encodings, with the places where they are named
        self._source, self._fed = source, _LOOSE.sub("\ue000", source)
        self._lines = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
        self._pieces: list[Piece] = []
        self._kept: list[tuple[str, int]] = []  # open elements of one name that stay, with their places
        if unclosed := _TAG_UNCLOSED.search(source):
            raise self._unclosed(unclosed.start())
        try:
            self.feed(self._fed)
            self.close()
        except AssertionError as error:  # what the parser has to say of <![nonsense
            raise FormatError(f"line {self.getpos()[0]} has markup that is no HTML") from error
        self._break()
        if self._kept:
            name, at = self._kept[0]
            raise FormatError(f"line {line_of(source, at)} opens <{name}>, which nothing closes")

    @property
    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _break(self) -> None:
        """What comes next is another text."""
        if self._pieces:
            self.segments.append(Segment(self._source, self._pieces))
            self._pieces = []

    def _unclosed(self, at: int) -> FormatError:
        return FormatError(f"line {line_of(self._source, at)} opens a tag that nothing closes")

    # ---- what the parser calls

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if tag not in _IN_LINES:
            self._break()
        at, text = self._at, self.get_starttag_text() or ""
        if not self._fed.startswith(text, at):
            raise FormatError(f"line {line_of(self._source, at)} has a tag that cannot be followed")
        if self._kept:
            if tag == self._kept[0][0]:
                self._kept.append((tag, at))
            return
        values = dict(attrs)
        if tag == "meta":
            self._declare(at, text)
        if tag in _KEPT or (values.get("translate") == "no" and tag not in _VOID):
            self._kept.append((tag, at))
            if tag in _IN_LINES:
                self._pieces.append(Piece(at, at, "`x`"))  # code in a sentence, as the restorer knows it
            return
        if "alt" in values or "title" in values:
            self.segments += self._attributes(at, text)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take <br/> as <br>; of other elements nothing is in it."""
        self.handle_starttag(tag, attrs)
        if self._kept and self._kept[-1] == (tag, self._at):
            self._kept.pop()

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if self._kept:
            if tag == self._kept[0][0]:
                self._kept.pop()
            return
        if tag not in _IN_LINES:
            self._break()

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._kept:
            return
        at = self._at
        if not self._fed.startswith(data, at):
            raise FormatError(f"line {line_of(self._source, at)} has markup that cannot be followed")
        if _TAG_OPENED.match(self._source, at):
            raise self._unclosed(at)
        end, first = at + len(data), self._source[at]
        signed = at > 0 and self._source[at - 1] in "<&"
        if signed and first.isalpha():  # "<đi>" without its marks would be a tag
            self._pieces.append(Piece(at, at + 1, first))
            at += 1
        self._pieces += cut(self._source, at, end, _SPECIAL, _read)

    def handle_entityref(self, name: str) -> None:
        """Take an entity, which stays as it is."""
        self._reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        """Take an entity, which stays as it is."""
        self._reference(f"&#{name}")

    def handle_pi(self, data: str) -> None:
        """Look for the encoding of XHTML."""
        self._declare(self._at, data)

    def _reference(self, text: str) -> None:
        if not self._kept:
            at = self._at
            end = at + len(text)
            end += self._source.startswith(";", end)
            self._pieces.append(Piece(at, end, html.unescape(self._source[at:end])))

    def _attributes(self, at: int, tag: str) -> list[Segment]:
        """The texts in the attributes of a start tag."""
        name = _TAG_NAME.match(tag)
        segments = []
        for match in _ATTRIBUTE.finditer(tag, name.end() if name else 0):
            if match[1].lower() in ("alt", "title") and match[2]:
                quoted = match[2][0] in "\"'"
                start, end = at + match.start(2) + quoted, at + match.end(2) - quoted
                segments.append(Segment(self._source, cut(self._source, start, end, _SPECIAL, _read)))
        return segments

    def _declare(self, at: int, text: str) -> None:
        if match := _CHARSET.search(text):
            self.declared.append((at, match[1] or match[2]))


def _segments(source: str, _: Sequence[str]) -> list[Segment]:
    finder = _Finder(source)
    for at, name in finder.declared:
        if name.lower() not in ("utf-8", "utf8"):
            line = line_of(source, at)
            raise FormatError(f"line {line} says that the page is {name}, which has not all letters: make it UTF-8")
    return finder.segments


SEGMENTS: Mapping[str, Callable[[str, Sequence[str]], list[Segment]]] = MappingProxyType({"html": _segments})

"""Markdown: .md. Needs the extra [markdown].

markdown-it-py, which follows CommonMark, says which lines are paragraphs, headings and rows of tables, and what names
links have; it does not tell the places of what is in them, so that is found here. A paragraph is one text. Code, HTML
blocks, front matter, link targets and definitions, footnote names, templates ({{ ... }}) and attributes ({#id}) stay.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from vndiacritic.errors import VndiacriticError
from vndiacritic.formats.segments import Piece, Segment

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["SEGMENTS"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FRONT_MATTER = re.compile(r"(?:---|\+\+\+)[ \t]*\Z")
_CELL = re.compile(r"(?:[^|\\]|\\.)+")
_GAP = r"[ \t\n]{0,9}"
_LABEL = r"\[[^\[\]]*\]"
_NOT_READ = re.compile(
    rf"""
    \]\({_GAP}(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:{_GAP}(?:"[^"]*"|'[^']*'|\([^()]*\)))?{_GAP}\)
  | \]{_LABEL}              # ][name]; above, ](target)
  | \[\^[^\s\[\]]+\]:?      # [^note]
  | !?\[ | \]
  | </?[A-Za-z][^<>]*>
  | <!--(?:[^-]|-(?!->)){{0,2000}}-->
  | [*~]+
  | (?<!\w)_{{1,9}} | _{{1,9}}(?!\w)    # emphasis, and no snake_case
    """,
    re.VERBOSE,
)
_KEPT = re.compile(
    r"""
    <[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*> | <[^\s<>@]+@[^\s<>@]+>  # <https://...>, <name@...>
  | \[\[[^\[\]\n]*\]\]                                          # [[page]]
  | \{\{[^{}]*\}\} | \{%[^{}%]*%\} | \{[\#.:][^{}\n]*\}
    """,
    re.VERBOSE,
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9A-Fa-f]+);")
_NAMED = re.compile(r"!?\[([^\[\]]+)\](?:\[\])?(?![\[(:])")
_TICKS = re.compile("`+")
_PUNCTUATION = re.compile(r"\\[!-/:-@\[-`{-~]")
_NEARLY_MARKUP = re.compile(r"[<&](?![A-Za-z])[^\W\d_]")  # "<đi>" without its marks would be a tag
_STARTS = re.compile(r"[\\`<\[\]{&*~_!\n]")

_Span = tuple[int, int, str | None]  # where it begins and ends, and what is read there in place of it


def _segments(source: str, _: Sequence[str]) -> list[Segment]:
    try:
        from markdown_it import MarkdownIt
        from markdown_it.common.utils import normalizeReference
    except ImportError as error:
        raise VndiacriticError("Markdown needs the extra: pip install 'vndiacritic[markdown]'") from error
    lines = [match.span() for match in _LINE.finditer(source)]
    first = _after_front_matter(source, lines)
    start = lines[first][0] if first else int(source.startswith("\ufeff"))
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable("inline")  # its places would not be told, and it takes quadratic time at worst
    env: dict[str, dict[str, object]] = {}
    tokens = parser.parse(source[start:], env)
    names = env.get("references", {})
    segments = []
    for content, places in _contents(source, lines[first:], tokens):
        inline = _Inline(content, lambda name: normalizeReference(name) in names)
        segments.append(Segment(source, _placed(places, inline.spans())))
    return segments


def _after_front_matter(source: str, lines: Sequence[tuple[int, int]]) -> int:
    """The number of lines at the top that are settings of the page."""
    texts = [source[start:end].strip("\r\n\ufeff") for start, end in lines]
    if not texts or not _FRONT_MATTER.match(texts[0]):
        return 0
    fence = texts[0].strip()
    return next((at + 1 for at, text in enumerate(texts) if at and text.strip() == fence), 0)


def _contents(
    source: str, lines: Sequence[tuple[int, int]], tokens: Sequence[Token]
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """What is read as text, with the place in the source of each of its lines."""
    row = False
    for token in tokens:
        if token.type in ("tr_open", "tr_close"):
            row = token.type == "tr_open"
            if row and token.map:
                start, end = lines[token.map[0]]
                yield from ((match[0].rstrip("\r\n"), [match.span()]) for match in _CELL.finditer(source, start, end))
        elif token.type == "inline" and token.map and not row:
            found = _found(source, lines[slice(*token.map)], token.content.split("\n"))
            yield "\n".join(source[start:end] for start, end in found), found


def _found(source: str, lines: Sequence[tuple[int, int]], texts: Sequence[str]) -> list[tuple[int, int]]:
    """Where the lines of a text are: at the ends of lines, after what makes them a quotation or an item."""
    found = []
    for (start, end), text in zip(lines, texts, strict=False):
        at = source.rfind(text.strip(), start, end)
        if at >= 0:
            found.append((at, at + len(text.strip())))
    return found


def _placed(places: Sequence[tuple[int, int]], spans: Iterator[_Span]) -> Iterator[Piece]:
    """Pieces of the source for spans of a content that has lines at these places."""
    starts, at = [], 0
    for start, end in places:
        starts.append(at)
        at += end - start + 1
    for start, end, read in spans:
        line, last = bisect_right(starts, start) - 1, bisect_right(starts, max(start, end - 1)) - 1
        begin = places[line][0] + start - starts[line]
        yield Piece(begin, places[last][0] + end - starts[last], read)


class _Inline:
    """Tells apart what is in a paragraph.

    Parameters
    ----------
    content : str
        Its lines, without what makes them a quotation or an item.
    is_name : callable
        Whether a text in brackets is the name of a link.
    """

    def __init__(self, content: str, is_name: Callable[[str], bool]) -> None:
        self._content, self._is_name = content, is_name
        self._ticks: dict[int, list[int]] = {}
        for match in reversed(list(_TICKS.finditer(content))):
            self._ticks.setdefault(len(match[0]), []).append(match.start())

    def spans(self) -> Iterator[_Span]:
        """What is read; what is left out is not."""
        content, at, begun = self._content, 0, 0
        while found := _STARTS.search(content, at):
            here = found.start()
            end, read = self._special(here)
            at = max(end, here + 1)
            if end > here:
                if begun < here:
                    yield begun, here, None
                if read is not None:
                    yield here, end, read
                begun = end
        if begun < len(content):
            yield begun, len(content), None

    def _special(self, at: int) -> tuple[int, str | None]:
        """The end of what is not plain text, and what is read there; the same place where it is plain."""
        content = self._content
        if content[at] == "\n":
            return at + 1, " "
        if content[at] == "`":
            end = self._code(at)
            return end, content[at:end].replace("\n", " ")
        if escape := _PUNCTUATION.match(content, at):
            return escape.end(), escape[0][1]
        if nearly := _NEARLY_MARKUP.match(content, at):
            return nearly.end(), nearly[0]
        if entity := _ENTITY.match(content, at):
            return entity.end(), html.unescape(entity[0])
        if kept := _KEPT.match(content, at):
            return kept.end(), kept[0].replace("\n", " ")
        if (named := _NAMED.match(content, at)) and self._is_name(named[1]):
            return named.end(), named[0].replace("\n", " ")
        mark = _NOT_READ.match(content, at)
        return (mark.end() if mark else at), None

    def _code(self, at: int) -> int:
        """The end of a code span, or of the ticks that open none."""
        ticks = _TICKS.match(self._content, at)
        end = ticks.end() if ticks else at
        places = self._ticks.get(end - at, [])
        while places and places[-1] <= at:
            places.pop()
        return places[-1] + end - at if places else end


SEGMENTS: Mapping[str, Callable[[str, Sequence[str]], list[Segment]]] = MappingProxyType({"md": _segments})

"""HTML in: the lines of a page with what its markup says of them. Needs the extra [html].

trafilatura (Barbaresi, ACL 2021) finds the paragraphs of the article and its headline. It loses figure captions and
often the lead, so its result is only used to find the place; the lines are read again here. What they are called is
decided where those of plain text are.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from vndiacritic.alphabet import has_marks
from vndiacritic.cleaning.markedup import MarkedUp
from vndiacritic.cleaning.shape import Shape, bare_key, key_of
from vndiacritic.errors import VndiacriticError

__all__ = ["read_html"]

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data dfn em font i ins kbd label mark nobr q s samp small span strike "
    "strong sub sup time tt u var wbr".split()
)
_UNSEEN = frozenset("script style noscript template head iframe svg object select option textarea button input".split())
_CAPTION = re.compile(r"caption|(?:image|img|pic|photo)[-_]?(?:desc|note|text)|chu-?thich", re.IGNORECASE)
_TIME = re.compile(r"(?:^|[\s_-])(?:date|time|datetime|publish\w*|ngay)(?:$|[\s_-])", re.IGNORECASE)
_NAME = re.compile(r"(?:^|[\s_-])(?:author|byline|tac-?gia)(?:$|[\s_-])", re.IGNORECASE)
_LONGEST_CAPTION = 60  # words in a table with an image
_FIRST_WORDS = 8  # a paragraph is known again by these, however its links were set


@dataclass
class _Block:
    """A run of text that is set apart, or an image."""

    text: str
    tag: str
    role: str = ""
    own: str = ""  # of an image: its text with diacritics


@dataclass
class _Reader:
    """Collects the blocks of a parsed page."""

    blocks: list[_Block] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _images: list[_Block] = field(default_factory=list)
    _open: list[Any] = field(default_factory=list)

    def read(self, root: Any) -> list[_Block]:
        """Walk the tree without recursion: a page may be nested a thousand deep."""
        from lxml import etree

        skipped: Any = None
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event in ("comment", "pi"):
                self._add(element.tail if skipped is None else None)
            elif event == "start" and skipped is None:
                skipped = element if element.tag in _UNSEEN else None
                if skipped is None:
                    self._enter(element)
            elif event == "end" and (skipped is None or skipped is element):
                if skipped is None:
                    self._leave(element)
                skipped = None
                self._add(element.tail)
        self._flush()
        return self.blocks

    def _enter(self, element: Any) -> None:
        if element.tag == "img":
            self._see(element)
        if element.tag not in _INLINE and element.tag != "img":
            self._flush()
        self._open.append(element)
        self._add(element.text)

    def _leave(self, element: Any) -> None:
        if element.tag not in _INLINE and element.tag != "img":
            self._flush()
        self._open.pop()

    def _add(self, text: str | None) -> None:
        if text:
            self._text.append(text)

    def _see(self, image: Any) -> None:
        """An image's text; of its two, the one with diacritics is what it says."""
        alt, title = (" ".join((image.get(name) or "").split()) for name in ("alt", "title"))
        own = next((text for text in (title, alt) if has_marks(text)), "")
        if len((alt or title).split()) >= 2:
            self._images.append(_Block(alt or title, "img", "image", own))

    def _flush(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text:
            self.blocks.append(_Block(text, self._tag(), self._role(text)))
        self.blocks += self._images
        self._images.clear()

    def _tag(self) -> str:
        return next((str(e.tag) for e in reversed(self._open) if e.tag not in _INLINE), "")

    def _role(self, text: str) -> str:
        """What the elements around a text call it."""
        for element in reversed(self._open[-6:]):
            named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
            short = len(text.split()) <= _LONGEST_CAPTION
            if element.tag == "figcaption" or (short and _CAPTION.search(named)):
                return "caption"
            if element.tag == "table":
                return "caption" if short and _is_frame(element) else ""
            if element.tag == "time" or (_TIME.search(named) and len(text) < 80):
                return "time"
            if _NAME.search(named) and len(text) < 80:
                return "name"
            if element.tag not in _INLINE and element.tag not in ("td", "tr", "tbody", "p", "div", "figure"):
                return ""
        return ""


def _is_frame(table: Any) -> bool:
    """Whether a table is there only to hold an image and its caption."""
    if next(table.iter("img"), None) is None:
        return False
    return len(" ".join(table.itertext()).split()) <= _LONGEST_CAPTION


def read_html(html: str | bytes) -> MarkedUp:
    """Read a page's lines, and where its article is.

    Parameters
    ----------
    html : str or bytes
        A page's source; bytes that are no UTF-8 are in the encoding that the page names.

    Returns
    -------
    MarkedUp
        For `TextCleaner.explain` and `TextCleaner.transform`.

    Raises
    ------
    VndiacriticError
        The extra [html] is not installed, or the source cannot be read as HTML.
    """
    if isinstance(html, bytes):
        html = _decoded(html)
    blocks = _Reader().read(_parsed(html))
    found = _extracted(html)
    article, title = _place(blocks, found.text.split("\n") if found else [], found.title if found else "")
    return MarkedUp(
        [block.text for block in blocks],
        article,
        title,
        captions=_with_role(blocks, "caption"),
        images={i: block.own for i, block in enumerate(blocks) if block.role == "image"},
        times=_with_role(blocks, "time"),
        names=_with_role(blocks, "name"),
    )


@dataclass(frozen=True)
class _Found:
    """What trafilatura makes of a page."""

    text: str
    title: str


def _decoded(html: bytes) -> str | bytes:
    try:
        return html.decode("utf-8-sig")
    except UnicodeDecodeError:
        return html


def _parsed(html: str | bytes) -> Any:
    try:
        from lxml import etree
        from lxml import html as lxml_html
    except ImportError as error:
        raise _not_installed() from error
    try:
        # lxml refuses a str that names another encoding in an XML declaration, and one with NUL characters
        source = html.encode("utf-8", "replace") if isinstance(html, str) else html
        parser = lxml_html.HTMLParser(encoding="utf-8" if isinstance(html, str) else None)
        return lxml_html.document_fromstring(source.replace(b"\0", b""), parser=parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise VndiacriticError(f"cannot read the page as HTML: {error or 'it is empty'}") from error


def _extracted(html: str | bytes) -> _Found | None:
    try:
        import trafilatura
    except ImportError as error:
        raise _not_installed() from error
    with _silent("trafilatura"):
        found: Any = trafilatura.bare_extraction(html, include_comments=False, include_tables=True, with_metadata=True)
    return None if found is None else _Found(found.text or "", found.title or "")


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Keep a logger from telling users what we tell them ourselves: that nothing was found."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _not_installed() -> VndiacriticError:
    return VndiacriticError("reading HTML needs trafilatura: install it with pip install 'vndiacritic[html]'")


def _with_role(blocks: list[_Block], role: str) -> frozenset[int]:
    return frozenset(i for i, block in enumerate(blocks) if block.role == role)


def _place(blocks: list[_Block], paragraphs: list[str], headline: str) -> tuple[range | None, int | None]:
    """Which blocks are the article, from its headline to the last paragraph that was found; (None, None) if none is."""
    wanted = {_opening(text) for text in paragraphs if Shape.of(text).n >= 2}
    hits = [i for i, block in enumerate(blocks) if block.role != "image" and _opening(block.text) in wanted]
    if not any(Shape.of(blocks[i].text).n >= _FIRST_WORDS for i in hits):
        return None, None
    title = _headline(blocks, headline, hits[0])
    first = hits[0] if title is None else min(title, hits[0])
    return range(first, _last(blocks, hits) + 1), title


def _opening(text: str) -> str:
    return " ".join(key_of(text.strip("| ")).split()[:_FIRST_WORDS])


def _headline(blocks: list[_Block], headline: str, first: int) -> int | None:
    """The block that says the headline, the heading nearest above the first paragraph if several do."""
    wanted = bare_key(headline)
    near = [i for i in range(len(blocks)) if i <= first + 2 and blocks[i].role != "image"]
    said = [i for i in near if wanted and bare_key(blocks[i].text) == wanted]
    headings = [i for i in said if blocks[i].tag in ("h1", "h2")] or said or [i for i in near if blocks[i].tag == "h1"]
    return headings[-1] if headings else None


def _last(blocks: list[_Block], hits: list[int]) -> int:
    """The last block of the article: captions and images that follow its last paragraph are its own."""
    last = hits[-1]
    while last + 1 < len(blocks) and blocks[last + 1].role in ("caption", "image"):
        last += 1
    return last

"""What each line of a document is: headline, lead, body, caption, slug or boilerplate, with the reason.

Puts together what other modules know: shapes and phrases of lines, copies and cues of the page, the place of the
article. A document without a page around it keeps every line. Decides labels only; what slugs become and what is
written out is the pipeline's part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vndiacritic.cleaning.captions import (
    DocumentWords,
    core_of,
    could_be_slug,
    is_counted,
    is_file_name,
    looks_made,
    parse_credit,
)
from vndiacritic.cleaning.markedup import MarkedUp
from vndiacritic.cleaning.page import Page
from vndiacritic.cleaning.phrases import Kind, is_byline, is_name
from vndiacritic.cleaning.region import Region, find_region
from vndiacritic.cleaning.related import find_related
from vndiacritic.cleaning.shape import Shape, bare_key

__all__ = ["Label", "Labelled", "label_lines"]


class Label(StrEnum):
    """What a line of a document is."""

    TITLE = "title"
    TIME = "time"
    LEAD = "lead"
    BODY = "body"
    CAPTION = "caption"
    SLUG = "slug"
    CREDIT = "credit"
    BYLINE = "byline"
    BOILERPLATE = "boilerplate"
    BLANK = "blank"


@dataclass
class Labelled:
    """The labels of a document.

    Attributes
    ----------
    labels : list of Label
        One for each line.
    reasons : list of str
        Why, in words.
    page : Page
        The visible lines.
    region : Region or None
        The article's place among them; None where there is no page around the document.
    words : DocumentWords
        The article's accented words.
    """

    labels: list[Label]
    reasons: list[str]
    page: Page
    region: Region | None
    words: DocumentWords


def label_lines(
    lines: Sequence[str], known: Callable[[str], bool] | None = None, markup: MarkedUp | None = None
) -> Labelled:
    """Label each line of a document.

    Parameters
    ----------
    lines : sequence of str
        The document, a line each, without line ends.
    known : callable, optional
        Tells of a line's key whether other pages of the site have such a line.
    markup : MarkedUp, optional
        What the markup of a page says of these lines.
    """
    page = Page.of(lines, known)
    labels, reasons = [Label.BLANK] * len(lines), ["nothing to be seen"] * len(lines)
    region = _region(page, markup)
    marks = _plain(page) if region is None else _Labeller(page, region, markup or MarkedUp(lines)).run()
    for number, mark in zip(page.numbers, marks, strict=True):
        labels[number], reasons[number] = mark
    inside = range(0) if region is None else range(region.first, region.last + 1)
    words = DocumentWords((page.numbers[k], page.shapes[k].text) for k in inside)
    return Labelled(labels, reasons, page, region, words)


def _region(page: Page, markup: MarkedUp | None) -> Region | None:
    """The article's place: where the markup says, or where the lines do; None for a document that is no page."""
    if markup is not None and markup.article is not None:
        places = {number: k for k, number in enumerate(page.numbers)}
        inside = [places[number] for number in markup.article if number in places]
        if inside:
            title = None if markup.title is None else places.get(markup.title)
            return Region(title, inside[0], inside[-1])
    return find_region(page) if page.is_page or markup is not None else None


_Mark = tuple[Label, str]


def _plain(page: Page) -> list[_Mark]:
    """The labels of a document that is no page: all of it stays."""
    marks = [(Label.BODY, "no page around the document")] * len(page)
    for k in range(1, len(page)):
        if page.shapes[k - 1].sentence and (credit := parse_credit(page.shapes[k].text)) and credit.caption:
            marks[k] = (Label.CAPTION, "ends in a credit; no page around the document")
    if len(page) > 1 and page.shapes[0].title_like and any(shape.sentence for shape in page.shapes[1:4]):
        marks[0] = (Label.TITLE, "first line, above prose")
    return marks


@dataclass
class _Labeller:
    """Labels the lines of a page, place by place."""

    page: Page
    region: Region
    markup: MarkedUp
    marks: list[_Mark] = field(default_factory=list)

    def run(self) -> list[_Mark]:
        """The label of each visible line, with its reason."""
        self._lead = self._find_lead()
        self._own = self._words_of_article()
        self._related = find_related(self.page, self.region, self._lead)
        for k in range(len(self.page)):
            if self.region.first <= k <= self.region.last:
                self.marks.append(self._inside(k))
            else:
                self.marks.append(self._outside(k))
        return self.marks

    # ---- around the article

    def _outside(self, k: int) -> _Mark:
        shape, kind = self.page.shapes[k], self.page.kinds[k]
        before = k < self.region.first
        distance = self.region.first - k if before else k - self.region.last
        if self.page.numbers[k] in self.markup.images:
            return Label.BOILERPLATE, "an image outside the article"
        if kind is Kind.TIME and distance <= 4:
            return Label.TIME, "a time beside the article"
        if kind is None and distance <= 3 and not before:
            if (credit := parse_credit(shape.text)) is not None and not credit.caption:
                return Label.CREDIT, "a credit under the article"
            if is_byline(shape.text) or (is_name(shape.text) and shape.n <= 5 and self._only_names_between(k)):
                return Label.BYLINE, "a name under the article"
        if kind is None and self._is_slug_of_title(k):
            return Label.SLUG, "the headline without diacritics"
        why = f": {kind}" if kind else ": on other pages too" if k in self.page.repeated else ""
        return Label.BOILERPLATE, ("before the article" if before else "after the article") + why

    def _is_slug_of_title(self, k: int) -> bool:
        return self._says_title(k) and not self.page.shapes[k].marked and self.page.shapes[k].n >= 4

    def _says_title(self, k: int) -> bool:
        """Whether a line says what the headline says, whatever its case and diacritics."""
        title = self.region.title
        return title is not None and self.page.folded[k] == self.page.folded[title]

    def _only_names_between(self, k: int) -> bool:
        return all(is_name(self.page.shapes[j].text) or self.page.kinds[j] for j in range(self.region.last + 1, k))

    # ---- in the article

    def _inside(self, k: int) -> _Mark:
        by = (self._by_title, self._by_markup, self._by_page, self._by_kind)
        for decide in (*by, self._by_image, self._by_name, self._by_place):
            if (mark := decide(k)) is not None:
                return mark
        return Label.BODY, "inside the article"

    def _by_title(self, k: int) -> _Mark | None:
        title = self.region.title
        if title is None:
            return None
        if k == title:
            return Label.TITLE, "headline above the article"
        if self._says_title(k):
            if could_be_slug(self.page.shapes[k]) and not self.page.shapes[k].marked:
                return Label.SLUG, "the headline without diacritics"
            if is_counted(self.page.shapes[k].text):
                return Label.SLUG, "the headline with a count: an image's text"
            return Label.BOILERPLATE, "the headline again"
        return None

    def _by_markup(self, k: int) -> _Mark | None:
        number = self.page.numbers[k]
        if number in self.markup.images:
            return Label.SLUG, "an image's alternative text"
        if number in self.markup.captions:
            return Label.CAPTION, "marked up as a caption"
        if number in self.markup.times and self.page.kinds[k] is Kind.TIME:
            return Label.TIME, "marked up as the time"
        if number in self.markup.names and self.page.shapes[k].n <= 8:
            return Label.BYLINE, "marked up as the author"
        return None

    def _by_page(self, k: int) -> _Mark | None:
        if k in self.page.contents:
            return Label.BOILERPLATE, "table of contents"
        if k in self.page.repeated and not self.page.shapes[k].sentence:
            return Label.BOILERPLATE, "on other pages too"
        if k in self._related:
            return Label.BOILERPLATE, self._related[k]
        return None

    def _by_kind(self, k: int) -> _Mark | None:
        shape, kind = self.page.shapes[k], self.page.kinds[k]
        match kind:
            case Kind.TIME if k <= self._lead + 1 or k >= self.region.last - 2:
                return Label.TIME, "a time beside the article"
            case Kind.WIDGET | Kind.HEADER | Kind.MARKUP | Kind.END:
                return Label.BOILERPLATE, f"inside the article: {kind}"
            case Kind.MORE if not shape.text.endswith("."):
                return Label.BOILERPLATE, f"inside the article: {kind}"
            case Kind.NOTICE | Kind.IMPRINT if not shape.sentence or "©" in shape.text:
                return Label.BOILERPLATE, f"inside the article: {kind}"
            case Kind.SECTION if k < self._lead or self._is_listed_elsewhere(k):
                return Label.BOILERPLATE, f"inside the article: {kind}"
        return None

    def _by_image(self, k: int) -> _Mark | None:
        shape = self.page.shapes[k]
        if self._is_slug(k):
            return Label.SLUG, "unaccented words that the article has with diacritics"
        if self._is_twin_of_next(k) and not (k < self._lead and is_name(shape.text)):
            return Label.SLUG, "an image's text: the next line says the same"
        if is_counted(shape.text) and self._says_headline(k):
            return Label.SLUG, "an image's text with a count"
        if is_file_name(shape.text):
            return Label.SLUG, "the name of an image file"
        if self._is_icon(k):
            return Label.BOILERPLATE, "text of an icon"
        if (credit := parse_credit(shape.text)) is not None and not is_byline(shape.text):
            return (Label.CAPTION, "ends in a credit") if credit.caption else (Label.CREDIT, "a credit by itself")
        if k > self.region.first and self._is_below_image(k):
            return Label.CAPTION, "below an image's text, or above its credit"
        return None

    def _by_name(self, k: int) -> _Mark | None:
        shape = self.page.shapes[k]
        named = is_byline(shape.text) or (is_name(shape.text) and shape.n <= 6)
        named |= "@" in shape.text and shape.n <= 9
        if k < self._lead and named:
            return Label.BYLINE, "a name between headline and lead"
        after = k == self.region.last or self.page.kinds[k + 1] is not None
        if named and after and self.page.shapes[k - 1].closed and k > self._lead:
            return Label.BYLINE, "a name below the last paragraph"
        return None

    def _by_place(self, k: int) -> _Mark | None:
        shape = self.page.shapes[k]
        if k == self._lead:
            return Label.LEAD, "first paragraph"
        loose = (
            k < self._lead
            and (shape.n <= 4 or (shape.goes_on and shape.n <= 6))
            and not (shape.closed or shape.item or self._goes_on_around(k))
        )
        if self.region.title is not None and loose:
            return Label.BOILERPLATE, "a short line between headline and lead"
        return None

    # ---- what is known of lines in the article

    def _find_lead(self) -> int:
        """The first prose after the headline."""
        start = self.region.first if self.region.title is None else self.region.title + 1
        shapes = self.page.shapes
        for k in range(start, self.region.last + 1):
            plain = self.page.kinds[k] is None and k not in self.page.contents
            if plain and shapes[k].n >= 10 and shapes[k].marked and not self._says_title(k):
                return k
        return start - 1

    def _words_of_article(self) -> DocumentWords:
        inside = range(self.region.first, self.region.last + 1)
        return DocumentWords((k, self.page.shapes[k].text) for k in inside)

    def _is_slug(self, k: int) -> bool:
        shape = self.page.shapes[k]
        if shape.marked or not could_be_slug(shape) or self._goes_on_around(k):
            return False
        if any(self.page.shapes[j].marked for j in self.page.copies_of(k)):
            return True
        words = [word for word in bare_key(core_of(shape.text)).split() if word.isalpha()]
        if len(words) == 1:
            return bool(self._own.split_glued(words[0], k)) or is_file_name(shape.text)
        if self._own.share(words, k) >= 0.6:
            return True
        share = Shape.of(" ".join(words)).vietnamese
        return share >= 0.8 and (looks_made(shape.text) or len(words) >= 4)

    def _goes_on_around(self, k: int) -> bool:
        """Whether a line is a piece of a broken sentence: an inline link, set apart."""
        if k + 1 > self.region.last or k <= self.region.first:
            return False
        return self.page.shapes[k + 1].goes_on and not self.page.shapes[k - 1].closed

    def _says_headline(self, k: int) -> bool:
        """Whether most words of a line are the headline's."""
        if self.region.title is None:
            return False
        words = self.page.folded[k].split()
        headline = set(self.page.shapes[self.region.title].bare.split())
        return sum(word in headline for word in words) >= 0.7 * len(words)

    def _is_twin_of_next(self, k: int) -> bool:
        if k >= self.region.last or self.page.shapes[k].n < 2:
            return False
        if k + 2 <= self.region.last and self.page.shapes[k + 2].goes_on:
            return False  # the next line is a link inside a sentence
        return self.page.folded[k] == self.page.folded[k + 1] and self.page.kinds[k] is None

    def _is_below_image(self, k: int) -> bool:
        shape = self.page.shapes[k]
        if self.page.kinds[k] is not None or shape.n > 60:
            return False
        if self.marks[k - 1][0] is Label.SLUG and shape.n <= 40:
            return not shape.item and ". " not in shape.text.rstrip(". ")
        after = parse_credit(self.page.shapes[k + 1].text) if k < self.region.last else None
        return after is not None and not after.caption and shape.n <= 45 and not is_byline(self.page.shapes[k + 1].text)

    def _is_icon(self, k: int) -> bool:
        shape = self.page.shapes[k]
        letters = shape.text.replace(" ", "").replace("_", "").replace("-", "")
        small = letters.isascii() and letters.isalpha() and letters.islower() and shape.n <= 3
        return (
            small
            and not self._goes_on_around(k)
            and not (k and not self.page.shapes[k - 1].closed and shape.goes_on and self.page.shapes[k - 1].n >= 6)
        )

    def _is_listed_elsewhere(self, k: int) -> bool:
        """Whether a section's name stands outside the article too, or beside another."""
        places = self.page.places[self.page.shapes[k].key]
        outside = any(not self.region.first <= j <= self.region.last for j in places)
        beside = (self.page.kinds[j] for j in (k - 1, k + 1) if 0 <= j < len(self.page))
        return any(kind in (Kind.SECTION, Kind.WIDGET) for kind in beside) or outside

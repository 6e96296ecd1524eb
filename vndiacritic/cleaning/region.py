"""Where on a page the article is: its headline, its first line and its last.

Every line gets a weight in words, positive for prose and negative for what pages say around it; the article is the run
of lines with the largest sum (Pasternack and Roth, Extracting article text from the web with maximum subsequence
segmentation, WWW 2009; their weights are learned, ours are set by hand). So a list inside an article is bridged, and a
teaser of one sentence in the middle of links is not reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vndiacritic.cleaning.captions import could_be_slug, is_counted, parse_credit
from vndiacritic.cleaning.page import Page
from vndiacritic.cleaning.phrases import Kind, is_byline, is_name

__all__ = ["Region", "find_region", "is_card"]


class Region(NamedTuple):
    """The article's place among the visible lines; ``title`` is None where no headline was found."""

    title: int | None
    first: int
    last: int  # inclusive; less than `first` where there is no article


_WEIGHT = {
    Kind.WIDGET: -8.0,
    Kind.SECTION: -4.0,
    Kind.END: -50.0,
    Kind.MORE: -3.0,
    Kind.IMPRINT: -30.0,
    Kind.CONTACT: -4.0,
    Kind.NOTICE: -15.0,
    Kind.MARKUP: -15.0,
    Kind.TIME: -2.0,
    Kind.HEADER: -20.0,
}
_REPEATED = -15.0
_COPY = -6.0
_CONTENTS = -0.2  # a table of contents stands between the lead and the rest
_BOX_INSIDE = -12.0
_MOST_LINKS = 8  # lines of a box inside an article
# Headings after which no article goes on: of what readers say, of what was copied, of a list that has ended.
_FINAL = (
    "binh luan",
    "y kien",
    "ban doc",
    "phan hoi",
    "nhan xet",
    "comments",
    "reply",
    "comment",
    "thanh cong",
    "load",
)
_LABEL = -2.0  # a short line that says nothing known
_MOST = 60.0  # words that one paragraph counts for
_FEW_FUNCTION_WORDS = 0.06  # addresses and lists have 0 to 5%, terse news 9% and more
_TEASER = 0.3  # an image's text that repeats its caption above a paragraph of the article looks the same
_BYLINE_AT_END = -35.0
_SHADOW = 15  # lines after a heading of links or comments in which prose is probably a teaser or a comment
_SHADED = 0.3
_TITLE_AHEAD = 60  # visible lines before the first prose in which the headline is looked for


def find_region(page: Page) -> Region:
    """Find the article of a page."""
    weights = weigh(page)
    first, last = heaviest(weights)
    if first > last:
        title = _find_title(page, 0, len(page) - 1, 0)
        return Region(title, *((title, title) if title is not None else (0, -1)))
    title = _find_title(page, max(0, first - _TITLE_AHEAD), last, first)
    if title is not None:
        first = title
    return Region(title, first, _extended(page, weights, last))


def weigh(page: Page) -> list[float]:
    """The weight of each visible line."""
    weights = []
    shadow = 0
    for k in range(len(page)):
        weight = _weigh(page, k)
        shadow = _SHADOW if weight == _WEIGHT[Kind.END] else shadow - 1
        weights.append(weight * _SHADED if weight > 0 and shadow > 0 else weight)
    return weights


def _weigh(page: Page, k: int) -> float:
    shape, kind = page.shapes[k], page.kinds[k]
    if k in page.repeated:
        return min(_REPEATED, _WEIGHT[kind]) if kind is not None else _REPEATED
    if kind is Kind.IMPRINT and shape.sentence and not page.kinds[max(0, k - 1)]:
        return _WEIGHT[kind] / 2
    if kind is Kind.END and _is_box_inside(page, k):
        return _BOX_INSIDE
    if kind is not None:
        return _WEIGHT[kind]
    if k in page.contents:
        return _CONTENTS
    if _ends_with_name(page, k):
        return _BYLINE_AT_END
    if shape.sentence:
        return _weigh_prose(page, k)
    return _weigh_short(page, k)


def _is_box_inside(page: Page, k: int) -> bool:
    """Whether the article goes on under a heading of links: after some headlines, two paragraphs."""
    if page.shapes[k].bare.endswith(_FINAL):
        return False
    j = k + 1
    while j < min(len(page), k + _MOST_LINKS) and not page.shapes[j].sentence and page.kinds[j] in (None, Kind.MORE):
        j += 1
    after = range(j, min(len(page), j + 3))
    return j > k + 1 and sum(_is_paragraph(page, n) for n in after) >= 2


def _is_paragraph(page: Page, k: int) -> bool:
    """Whether a line is prose and no teaser of another article."""
    shape = page.shapes[k]
    prose = shape.sentence and shape.closed and page.kinds[k] is None
    return prose and not page.copies_of(k - 1) and not is_card(page, k)


def _weigh_prose(page: Page, k: int) -> float:
    """The weight of prose: its words, fewer if it is foreign, an address, or the teaser under a link."""
    shape = page.shapes[k]
    weight = min(_MOST, float(shape.n)) * (1.0 if shape.vietnamese >= 0.5 else 0.3)
    if shape.function < (_FEW_FUNCTION_WORDS / 2 if shape.closed else _FEW_FUNCTION_WORDS):
        weight *= 0.1
    if not shape.marked:
        weight = -1.0 if shape.vietnamese >= 0.7 else 0.1 * weight
    if is_counted(shape.text) or _is_cut(page, k):
        return -1.0
    return weight * (0.1 if is_card(page, k) else _TEASER if _is_under_twins(page, k) else 1.0)


def _is_cut(page: Page, k: int) -> bool:
    """Whether a line is the beginning of another article, cut short under its headline."""
    if k == 0 or page.shapes[k - 1].n < 4 or not page.shapes[k].text.endswith(("...", "…")):
        return False
    return page.shapes[k].bare.startswith(page.shapes[k - 1].bare) or page.shapes[k].text.endswith((" ...", " …"))


def _is_under_twins(page: Page, k: int) -> bool:
    """Whether a line stands under two headline-like lines that say the same: an image's text and its link."""
    return k >= 2 and page.folded[k - 1] == page.folded[k - 2] and page.shapes[k - 1].n >= 5


def is_card(page: Page, k: int) -> bool:
    """Whether a line stands between a headline-like line and its "Đọc tiếp": the teaser of another article."""
    if not 0 < k < len(page) - 1 or not page.shapes[k - 1].title_like or page.kinds[k] is not None:
        return False
    below = page.shapes[k + 1]
    if below.text.endswith(":"):  # what follows is the link
        return False
    asks = page.kinds[k + 1] is Kind.WIDGET and below.bare.startswith(("xem", "doc", "chi tiet", "read", "view", "see"))
    return asks and (page.shapes[k - 1].n >= 6 or bool(page.copies_of(k - 1)))


def _weigh_short(page: Page, k: int) -> float:
    """The weight of a line that is no prose by itself."""
    shape = page.shapes[k]
    if _is_piece(page, k):
        return min(_MOST, float(shape.n))
    if parse_credit(shape.text) is not None:
        return min(20.0, shape.n / 2)
    if shape.item or shape.pair:
        return min(10.0, shape.n / 2) if shape.n >= 4 else -0.5
    copies = [j for j in page.copies_of(k) if page.shapes[j].marked]
    if copies and not could_be_slug(shape) and not is_counted(shape.text):
        return _COPY if shape.n >= 5 else 1.5 * _LABEL
    if shape.closed or shape.text.endswith((":", ";", ",")):
        return min(8.0, shape.n / 2)
    return -1.0 if shape.n >= 5 else _LABEL


def _is_piece(page: Page, k: int) -> bool:
    """Whether a line is part of a paragraph that was broken: it goes on, or the next line goes on from it."""
    shape = page.shapes[k]
    if shape.goes_on and k and shape.marked:
        before = page.shapes[k - 1]
        return not before.closed and (before.n >= 4 or before.goes_on) and page.kinds[k - 1] is None
    after = page.shapes[k + 1] if k + 1 < len(page) else None
    return after is not None and after.goes_on and after.marked and after.n >= 4 and not shape.closed and shape.n >= 4


def _ends_with_name(page: Page, k: int) -> bool:
    """Whether a line names who wrote the article above it, and no paragraph about them follows."""
    text, shape = page.shapes[k].text, page.shapes[k]
    if page.copies_of(k) and could_be_slug(shape):
        return False
    if k == 0 or not (is_byline(text) or (is_name(text) and shape.n <= 5)) or not page.shapes[k - 1].closed:
        return False
    if not page.shapes[k - 1].sentence and page.shapes[k - 1].n < 6:
        return False
    return k + 1 == len(page) or not page.shapes[k + 1].sentence


def heaviest(weights: Sequence[float]) -> tuple[int, int]:
    """First and last place of the run with the largest positive sum; (0, -1) if there is none (Kadane's algorithm)."""
    best, first, last = 0.0, 0, -1
    total, start = 0.0, 0
    for k, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, k
        total += weight
        if total > best:
            best, first, last = total, start, k
    return first, last


def _extended(page: Page, weights: Sequence[float], last: int) -> int:
    """The last line, with the items and captions after it that are the article's own."""
    while last + 1 < len(page):
        shape, k = page.shapes[last + 1], last + 1
        own = shape.item or shape.goes_on or (shape.closed and shape.n >= 4) or parse_credit(shape.text) is not None
        if not own or page.kinds[k] is not None or weights[k] <= _COPY or page.copies_of(k):
            break
        last = k
    return last


# ---- the headline


def _find_title(page: Page, start: int, last: int, first: int) -> int | None:
    """The line before the first prose, or further on in the article, that looks most like its headline."""
    body = _words_of_prose(page, first, last)
    scored = [(_title_score(page, k, first, body), -k) for k in range(start, min(last, first + _TITLE_AHEAD) + 1)]
    score, k = max(scored, default=(0.0, 0))
    if score < _LEAST_TITLE:
        return None
    title = -k
    while title > start and page.folded[title - 1] == page.folded[title] and _may_be_title(page, title - 1):
        title -= 1  # an image's text stands below the headline it repeats
    return title


_LEAST_TITLE = 2.5


def _words_of_prose(page: Page, first: int, last: int) -> frozenset[str]:
    prose = [page.shapes[k] for k in range(first, last + 1) if page.shapes[k].sentence][:12]
    return frozenset(word for shape in prose for word in shape.bare.split())


def _title_score(page: Page, k: int, first: int, body: frozenset[str]) -> float:
    """How much a line looks like the headline; what cannot be one scores 0."""
    shape = page.shapes[k]
    if not _may_be_title(page, k):
        return 0.0
    told = _told_as_title(page, k)
    if k > first and told < 2.0:  # a sub-heading, below the lead
        return 0.0
    words = shape.bare.split()
    score = told + (1.5 if 6 <= shape.n <= 25 else 0.5 if shape.n >= 4 else 0.0)
    score += 3.0 * sum(word in body for word in words) / len(words)
    score -= min(2.0, 0.12 * abs(first - k)) if k <= first else 0.3 * (k - first)
    score += 1.0 * (k == 0) - 0.5 * shape.item - 1.5 * _is_author(page, k)
    ahead = [page.shapes[j] for j in range(k + 1, min(len(page), k + 7))]
    return score + 1.0 * any(other.sentence for other in ahead)


def _is_author(page: Page, k: int) -> bool:
    """Whether a line is a name beside a time."""
    beside = (page.kinds[j] for j in (k - 1, k + 1) if 0 <= j < len(page))
    return is_name(page.shapes[k].text) and any(kind is Kind.TIME for kind in beside)


def _told_as_title(page: Page, k: int) -> float:
    """How much the lines around a line, and its copies, say that it is the headline."""
    copies = page.copies_of(k)
    slugs = any(could_be_slug(page.shapes[j]) and page.shapes[j].n >= 3 for j in copies)
    counted = any(is_counted(page.shapes[j].text) for j in copies)
    times = [j for j in range(max(0, k - 6), min(len(page), k + 7)) if page.kinds[j] is Kind.TIME]
    dated = len(times) <= 2  # more are those of a list of articles
    below = dated and any(k < j <= k + 2 for j in times)
    near = dated and any(abs(j - k) <= 3 for j in times)
    return 2.0 * slugs + 2.0 * counted + min(1.5, 0.5 * len(copies) + 0.5 * bool(copies)) + 0.8 * below + 0.8 * near


def _may_be_title(page: Page, k: int) -> bool:
    shape = page.shapes[k]
    if page.kinds[k] is not None or k in page.repeated or k in page.contents or not 3 <= shape.n <= 45:
        return False
    if (could_be_slug(shape) and not shape.marked and page.copies_of(k)) or is_counted(shape.text):
        return False
    if parse_credit(shape.text) is not None:
        return False
    if k + 1 < len(page) and page.shapes[k + 1].goes_on and page.shapes[k + 1].n >= 3:
        return False
    return not shape.text.endswith((".", ":", ";", ",")) and not shape.text[:1].islower()

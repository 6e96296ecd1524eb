"""Related articles inside an article: boxes under a heading, links that stand below too, rows of headlines.

Knows a page and where its article is. A link is told from a sub-heading by its neighbours and its copies, never by what
it says: both are headlines.
"""

from __future__ import annotations

from vndiacritic.cleaning.captions import parse_credit
from vndiacritic.cleaning.page import Page
from vndiacritic.cleaning.phrases import Kind
from vndiacritic.cleaning.region import Region, is_card

__all__ = ["find_related"]

_MOST_IN_BOX = 8  # links


def find_related(page: Page, region: Region, lead: int) -> dict[int, str]:
    """Lines inside the article that belong to other articles, with the reason.

    Parameters
    ----------
    page : Page
        The page.
    region : Region
        Where its article is.
    lead : int
        The line of the first paragraph.
    """
    return _Search(page, region, lead).find()


def _asks_to_read(text: str) -> bool:
    return text.endswith(":") and text.lower().startswith(("xem thêm", "đọc thêm", "xem ngay", "tham khảo"))


class _Search:
    def __init__(self, page: Page, region: Region, lead: int) -> None:
        self.page, self.region, self._lead = page, region, lead

    def find(self) -> dict[int, str]:
        """Lines of boxes of related articles inside the article, with the reason."""
        related: dict[int, str] = {}
        for k in range(self.region.first + 1, self.region.last + 1):
            if self.page.kinds[k] is Kind.END or _asks_to_read(self.page.shapes[k].text):
                self._mark_box(k, related)
            if self._is_link(k):
                related[k] = "a headline that stands among the links below, too"
            if is_card(self.page, k):
                related[k - 1] = related[k] = "the teaser of another article"
        self._mark_runs(related)
        return related

    def _is_link(self, k: int) -> bool:
        """Whether a headline-like line stands outside the article too, where links are."""
        shape = self.page.shapes[k]
        if not shape.title_like or shape.n < 6 or k == self.region.title or k in self.page.contents:
            return False
        if self.region.title is not None and self.page.folded[k] == self.page.folded[self.region.title]:
            return False
        outside = [j for j in self.page.copies_of(k) if not self.region.first <= j <= self.region.last]
        return bool(outside) and not any(j in self.page.contents for j in outside)

    def _mark_box(self, k: int, related: dict[int, str]) -> None:
        """The headlines under a heading such as "Tin liên quan"."""
        if self.page.kinds[k] is Kind.WIDGET and k < self.region.last and not self.page.shapes[k + 1].goes_on:
            if (
                self.page.shapes[k + 1].n <= 20
                and not self.page.shapes[k + 1].closed
                and self.page.shapes[k + 1].n >= 3
            ):
                related[k + 1] = "a link under a heading that asks to read on"
            return
        for j in range(k + 1, min(k + 1 + _MOST_IN_BOX, self.region.last + 1)):
            shape = self.page.shapes[j]
            if shape.sentence or not shape.title_like or self.page.kinds[j] is not None:
                break
            if j < self.region.last and shape.n < 8 and self.page.shapes[j + 1].sentence:
                break  # a heading of the article
            related[j] = "a link in a box of related articles"

    def _mark_runs(self, related: dict[int, str]) -> None:
        """Several headlines in a row under a paragraph: two straight below the lead, three anywhere."""
        lead, k = self._lead, self.region.first + 1
        while k <= self.region.last:
            run = k
            while run <= self.region.last and self._is_bare_headline(run):
                run += 1
            if run <= self.region.last and self.page.shapes[k - 1].closed and self.page.shapes[k - 1].sentence:
                below = k - 1 == lead and self.region.title is not None
                if run - k >= 2 if below else run - k >= 3 and self.page.is_full:
                    related.update((j, "one of several headlines in a row") for j in range(k, run))
            k = max(run, k + 1)

    def _is_bare_headline(self, k: int) -> bool:
        shape = self.page.shapes[k]
        return (
            shape.title_like
            and shape.n >= 7
            and self.page.kinds[k] is None
            and not shape.closed
            and not shape.pair
            and shape.marked
            and parse_credit(shape.text) is None
            and len(self.page.copies_of(k)) == 0
        )

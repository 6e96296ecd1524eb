"""A document as a page: its visible lines, what each may be, which repeat, and whether there is a page at all.

Knows all lines at once but decides nothing about any of them. What is found here is evidence: copies of a line, tables
of contents, lines that other pages of the site have too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vndiacritic.cleaning.captions import core_of, could_be_slug, is_counted
from vndiacritic.cleaning.phrases import Kind, load_phrases
from vndiacritic.cleaning.shape import Shape, bare_key

__all__ = ["Page"]

# Distinct cues that make a page. Each alone stands in ordinary documents too: a contract has addresses, a manual has
# a heading "Đăng nhập", a decree ends with "./.".
_ENOUGH = 3.0
_SURE = 4.5
_LEAST_SHARE = 0.04  # of the visible lines, where the cues are not that many
_CUE = {
    Kind.WIDGET: 1.0,
    Kind.END: 1.0,
    Kind.HEADER: 2.0,
    Kind.IMPRINT: 1.0,
    Kind.NOTICE: 1.0,
    Kind.MORE: 0.7,
    Kind.SECTION: 0.4,
    Kind.CONTACT: 0.4,
}
_IN_COMPANY = (Kind.WIDGET, Kind.SECTION, Kind.END, Kind.IMPRINT, Kind.CONTACT, Kind.NOTICE, Kind.TIME, Kind.HEADER)
_AMBIGUOUS = (Kind.WIDGET, Kind.SECTION, Kind.END, Kind.CONTACT)
_EDGE = 2  # visible lines at either end, where a control may stand alone
_SHORT = 30  # words; a line that may stand in a table of contents or a list of links
_MOST_COPIES = 24  # of a line; more say nothing new, and all pairs of them would be compared
_MARKUP_SHARE = 0.5
_HEAD_ELEMENTS = 3  # a lesson on HTML shows one or two
# Contracts and letters have many contacts, catalogues of messages many notices, manuals many references.
_MOST_OF_KIND = {Kind.CONTACT: 0.8, Kind.NOTICE: 2.0, Kind.MORE: 1.4}
_FULL = 6.0  # what nearly every scraped page reaches


@dataclass(frozen=True)
class Page:
    """The visible lines of a document.

    Attributes
    ----------
    numbers : sequence of int
        Where each stands in the document, from 0.
    shapes : sequence of Shape
        How each looks.
    kinds : sequence of Kind or None
        What each may be by what it says.
    repeated : frozenset of int
        Those that other pages of the site have too.
    """

    numbers: Sequence[int]
    shapes: Sequence[Shape]
    kinds: Sequence[Kind | None]
    repeated: frozenset[int]

    @classmethod
    def of(cls, lines: Sequence[str], known: Callable[[str], bool] | None = None) -> Page:
        """Look at a document's lines; `known` tells of a key whether other pages of the site have such a line."""
        phrases = load_phrases()
        seen = [(number, shape) for number, shape in enumerate(map(Shape.of, lines)) if not shape.blank]
        shapes = [shape for _, shape in seen]
        repeated = {k for k, shape in enumerate(shapes) if known(shape.key)} if known else set()
        kinds = [None if _is_inside(shapes, k) else phrases.kind(shape) for k, shape in enumerate(shapes)]
        return cls([n for n, _ in seen], shapes, kinds, frozenset(repeated))

    def __len__(self) -> int:
        return len(self.shapes)

    @cached_property
    def folded(self) -> list[str]:
        """Each line's words without diacritics, numbering, count and file ending."""
        return [_fold(shape) for shape in self.shapes]

    @cached_property
    def copies(self) -> dict[str, list[int]]:
        """Where the lines of a folded key stand; keys of one word are left out."""
        places: dict[str, list[int]] = defaultdict(list)
        for k, key in enumerate(self.folded):
            if " " in key and len(places[key]) < _MOST_COPIES:
                places[key].append(k)
        return places

    def copies_of(self, k: int) -> list[int]:
        """The other lines that say the same as one."""
        return [other for other in self.copies.get(self.folded[k], ()) if other != k]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The first places of each key, of single words too."""
        places: dict[str, list[int]] = defaultdict(list)
        for k, shape in enumerate(self.shapes):
            if len(places[shape.key]) < _MOST_COPIES:
                places[shape.key].append(k)
        return places

    @cached_property
    def contents(self) -> frozenset[int]:
        """Lines of tables of contents: runs of short lines that are, in their order, the headings further apart."""
        found: set[int] = set()
        k = 0
        while k < len(self):
            length = max((self._chain(k, start) for start in self.copies_of(k)), default=0)
            found.update(range(k, k + length))
            k += max(1, length)
        return frozenset(found)

    def _chain(self, k: int, start: int) -> int:
        """How many lines from `k` on have copies from `start` on in the same order, with paragraphs between those."""
        length, at, parted, entries = 1, start, 0, 1
        while k + length < len(self) and self._may_be_entry(k + length):
            if not self.shapes[k + length].key.strip("0 "):  # the number of the next entry
                length += 1
                continue
            later = next((j for j in self.copies_of(k + length) if j > at), None)
            if later is None or k <= later <= k + length:
                break
            parted += any(self.shapes[j].sentence for j in range(at, min(later, at + _SHORT)))
            length, at, entries = length + 1, later, entries + 1
        apart = entries >= 3 and parted >= 0.6 * (entries - 1)
        return length if apart and not k <= start < k + length else 0

    def _may_be_entry(self, k: int) -> bool:
        """Whether a line could be one of a table of contents; a time is none, nor what begins a broken sentence."""
        broken = k + 1 < len(self) and self.shapes[k + 1].goes_on
        return self.shapes[k].n <= _SHORT and self.kinds[k] is not Kind.TIME and not broken

    @cached_property
    def evidence(self) -> float:
        """How much says that this is a page of a site: distinct cues, weighed."""
        cues = {(kind, self.folded[k] or "symbols"): self._worth(k, kind) for k, kind in self._cues()}
        worth: dict[Kind, float] = defaultdict(float)
        for (kind, _), value in cues.items():
            worth[kind] = min(_MOST_OF_KIND.get(kind, _FULL), worth[kind] + value)
        layout = 1.5 * self._headline_twice() + 1.0 * self._menu_above() + min(2.0, 0.7 * self._linked_images())
        images, repeated = min(3.0, 3.0 * self._image_texts()), min(4.0, 0.5 * len(self.repeated))
        return sum(worth.values()) + layout + images + repeated

    def _worth(self, k: int, kind: Kind) -> float:
        """What a cue is worth: a sentence that only speaks of rights or links, little."""
        told = self.shapes[k].sentence and self.shapes[k].closed and "©" not in self.shapes[k].text
        return 0.3 if told and kind in (Kind.IMPRINT, Kind.MORE) else _CUE[kind]

    def _headline_twice(self) -> bool:
        """Whether a headline-like line stands twice before the first prose ends: a breadcrumb, and the headline."""
        first = next((k for k, shape in enumerate(self.shapes) if shape.sentence), 0)
        above = [k for k in range(min(first, 40)) if self.shapes[k].title_like and self.shapes[k].n >= 6]
        return any(j < first for k in above for j in self.copies_of(k))

    def _menu_above(self) -> bool:
        """Whether prose begins under a run of short lines of which some are controls or sections."""
        first = next((k for k, shape in enumerate(self.shapes) if shape.sentence), 0)
        short = [
            k for k in range(first) if self.shapes[k].n <= 5 and not self.shapes[k].closed and not self.shapes[k].item
        ]
        return len(short) >= 10 and sum(self.kinds[k] in (Kind.WIDGET, Kind.SECTION) for k in short) >= 2

    def _linked_images(self) -> int:
        """Headline-like lines that stand twice, one below the other: an image's text and its link."""
        if not any(shape.sentence for shape in self.shapes):
            return 0
        return sum(
            self.folded[k] == self.folded[k + 1] and self.shapes[k].title_like and self.shapes[k].n >= 7
            for k in range(len(self) - 1)
        )

    def _cues(self) -> Iterator[tuple[int, Kind]]:
        for k, kind in enumerate(self.kinds):
            if kind is None or kind not in _CUE:
                continue
            long = kind in (Kind.WIDGET, Kind.END) and self.shapes[k].n >= 3 and not self.shapes[k].closed
            if kind in _AMBIGUOUS and not (long or self._in_company(k)):
                continue
            if kind in _AMBIGUOUS and kind is not Kind.CONTACT and self._heads_prose(k):
                continue
            yield k, kind

    def _heads_prose(self, k: int) -> bool:
        """Whether a phrase stands as a heading does: alone, and a paragraph below it."""
        if not 0 < k < len(self) - 1 or self.shapes[k].text.endswith("..."):
            return False
        return self.shapes[k + 1].sentence and self.shapes[k + 1].marked and self.kinds[k - 1] not in _IN_COMPANY

    def _in_company(self, k: int) -> bool:
        """Whether a line stands as controls do: beside others, or at an end of the page."""
        if self.kinds[k] is not Kind.SECTION and not _EDGE <= k < len(self) - _EDGE and len(self) > 3 * _EDGE:
            return True
        return any(0 <= j < len(self) and self.kinds[j] in _IN_COMPANY for j in (k - 1, k + 1))

    def _image_texts(self) -> int:
        """Lines that repeat an accented line of some length without its diacritics, or with a count."""
        found = 0
        for key, places in self.copies.items():
            if key.count(" ") >= 3 and len(places) >= 2:
                shapes = [self.shapes[k] for k in places]
                slugs = sum(could_be_slug(shape) or is_counted(shape.text) for shape in shapes)
                found += slugs if any(shape.marked and not is_counted(shape.text) for shape in shapes) else 0
        # A lesson that writes each of its lines with and without diacritics is no page.
        return found if found <= len(self) // 6 or found <= 2 <= len(self) // 4 else 0

    @cached_property
    def markup_share(self) -> float:
        """The share of lines that are markup or script."""
        return self.kinds.count(Kind.MARKUP) / len(self) if len(self) else 0.0

    def _signed(self) -> bool:
        """Whether a document without any prose is a page all the same, and no list of what programs say."""
        own = any(kind in (Kind.IMPRINT, Kind.HEADER) for _, kind in self._cues()) or self._image_texts() > 0
        return own and self.evidence >= _SURE

    @property
    def is_full(self) -> bool:
        """Whether so much says that this is a page that what is doubtful may be taken for a part of it."""
        return self.evidence >= _FULL

    @cached_property
    def is_page(self) -> bool:
        """Whether there is a page around an article; if not, every line is the document's own."""
        if not len(self):
            return False
        if self.markup_share >= _MARKUP_SHARE:  # the head of a page's source under its headline; or a source file
            head = sum(shape.text.startswith(("<meta ", "<link ")) for shape in self.shapes)
            return head >= _HEAD_ELEMENTS and self.kinds[0] is not Kind.MARKUP and self.shapes[0].n >= 4
        if not any(shape.sentence for shape in self.shapes) and not self._signed():
            return False
        cues = sum(1 for _ in self._cues()) + self._image_texts() + len(self.repeated)
        return self.evidence >= _SURE or (self.evidence >= _ENOUGH and cues >= _LEAST_SHARE * len(self))


def _is_inside(shapes: Sequence[Shape], k: int) -> bool:
    """Whether a line is a link inside a sentence: "đón mùa" / "khuyến mãi" / "lớn nhất năm"."""
    if not 0 < k < len(shapes) - 1 or not shapes[k].text[:1].islower() or shapes[k].n > 6:
        return False
    return not shapes[k - 1].closed and shapes[k - 1].n >= 6 and shapes[k + 1].goes_on and shapes[k + 1].n >= 4


def _fold(shape: Shape) -> str:
    if shape.n > 2 * _SHORT:
        return shape.bare
    words = bare_key(core_of(shape.text)).split()
    while len(words) > 2 and words[0].isdecimal():
        del words[0]
    return " ".join(words)

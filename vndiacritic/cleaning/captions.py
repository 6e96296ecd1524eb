"""Slugs, captions and credits: the text around images.

A slug is what a content system wrote where an image has its alternative text: the headline without diacritics, a file
name, or accented words with a count. Knows how to tell one, and how to give it its diacritics: from the headline, from
the document's own words, and only then from a restorer that is handed in. Does not know where an article begins.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from vndiacritic.alphabet import compose, has_marks, overlay, strip_diacritics
from vndiacritic.cleaning.phrases import is_name
from vndiacritic.cleaning.shape import Shape, bare_key

__all__ = [
    "Credit",
    "DocumentWords",
    "core_of",
    "could_be_slug",
    "is_counted",
    "is_file_name",
    "looks_made",
    "parse_credit",
    "restore_slug",
]

# ---- credits


class Credit(NamedTuple):
    """A caption taken apart: what it says, and whose the image is; ``caption`` is empty for a credit by itself."""

    caption: str
    credit: str


_MOST_WORDS = 12  # of a credit; more is prose
_MADE = (
    r"(?: và (?:clip|video)|, (?:clip|video))?(?: minh h(?:ọa|oạ)| tư liệu| chụp màn hình| cắt từ (?:clip|video)| bìa)?"
)
_CREDIT = re.compile(
    rf"(?P<before>^|[\s(\[.,;:–—-])(?P<what>(?:nguồn )?ảnh{_MADE}|nguồn|đồ h(?:ọa|oạ)|clip|video|photo|image"
    r"|source|credit|infographic)(?:\s?[:©]\s?|\s(?=(?-i:[A-ZĐ]{2,})))(?P<who>[^:\n]{1,90}?)\s?[)\]]?\s?[.,;]?$",
    re.IGNORECASE,
)
_BARE_CREDIT = re.compile(
    r"(?P<before>^|\s[-–—]\s|[.,]\s|[\s.,]\()(?P<who>(?:ảnh|hình)(?: ảnh)? (?:minh h(?:ọa|oạ)|tư liệu|internet|sưu tầm"
    r"|chụp màn hình|cắt từ (?:clip|video)|nhân vật cung cấp|nvcc|ttxvn|ctv)|ttxvn|sưu tầm|internet"
    r"|(?<![^(])[^.:,]{2,40}\scung cấp)\s?\)?\s?\.?$",
    re.IGNORECASE,
)


def parse_credit(text: str) -> Credit | None:
    """Take the credit off a caption's end.

    Parameters
    ----------
    text : str
        One line.

    Returns
    -------
    Credit or None
        None where no credit stands at its end.

    Examples
    --------
    >>> parse_credit("Xưởng may ở Nam Định. (Ảnh: Thu Hà/Vietnam+)")
    Credit(caption='Xưởng may ở Nam Định.', credit='Thu Hà/Vietnam+')
    >>> parse_credit("Ảnh: CTV"), parse_credit("Anh nói nguồn: ai cũng biết.")
    (Credit(caption='', credit='CTV'), None)
    """
    tail_from = max(0, len(text) - 160)
    tail = text[tail_from:]
    for pattern in (_CREDIT, _BARE_CREDIT):
        found = pattern.search(tail)
        if found is None or (tail_from and found["before"] == ""):
            continue
        if _is_credit(found, pattern is _CREDIT, closed=tail.rstrip().endswith((")", "]"))):
            caption = text[: tail_from + found.start()] + (found["before"] if found["before"] == "." else "")
            return Credit(caption.rstrip(" -–—(,[;:"), found["who"].strip(" ().,"))
    return None


def _is_credit(found: re.Match[str], named: bool, *, closed: bool) -> bool:
    """Whether what was found is a credit and no clause: short, and set off from what is before."""
    who = found["who"].strip(" ().,")
    if not who or len(who.split()) > _MOST_WORDS:
        return False
    if not named:
        return True
    bracketed = found["before"] in "([" and found["before"] != ""
    if "ảnh" in compose(found["what"]).lower():
        return True
    # "Nguồn: Bộ Y tế" by itself may be a caption's or the article's; in prose it stands for itself
    return (bracketed and closed) or found["before"] == "" or is_name(who)


# ---- slugs

# Looked for in a line's last characters only, and repeats are bounded: a line may be a megabyte of dashes.
_TAIL = 60
_COUNTED = re.compile(
    r"(?:[\s\-–—_:,.]{1,4}(?:ảnh|anh|hình|hinh|photo|image|img|pic|picture)[\s\-_]{0,3}(?:số|so)?[\s\-_]{0,3}\d{1,3}"
    r"|[\s\-_]{0,3}\(\d{1,3}\)|[\s\-_]{1,3}\d{1,13})[\s.]{0,3}$",
    re.IGNORECASE,
)
_MOST_COUNTS = 4  # "Ga doi 1 1", "cho noi-2 (3)"
_PHOTO = re.compile(r"[\s\-–—_:,.]{1,4}(?:ảnh|hình|photo|image)[\s\-_]{0,3}\d{1,3}[\s.]{0,3}$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|tiff?|svg|avif|heic|mp4)$", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_LONGEST_GLUED = 60  # letters
_MOST_WORDS_OF_SLUG = 40
_MOST_PLACES = 1000  # of a word in a document; more say nothing new
_LONGEST_SYLLABLE = 7


def core_of(text: str) -> str:
    """A slug without its file ending and its count: "chuoi-san-xuat-anh-2.jpg" is "chuoi-san-xuat"."""
    text = text.strip()
    core = text[: -len(ending[0])] if (ending := _EXTENSION.search(text[-_TAIL:])) else text
    for _ in range(_MOST_COUNTS):
        count = _COUNTED.search(core[-_TAIL:])
        if count is None or len(count[0]) == len(core):
            break
        core = core[: -len(count[0])]
    return core


def is_counted(text: str) -> bool:
    """Whether a line ends as image texts are counted: "… - Ảnh 1."."""
    return _PHOTO.search(text[-_TAIL:]) is not None


def is_file_name(text: str) -> bool:
    """Whether a line is the name of an image file."""
    return len(text) < 200 and _EXTENSION.search(text[-_TAIL:].strip()) is not None


def could_be_slug(shape: Shape) -> bool:
    """Whether a line is unaccented words that may be Vietnamese: what a slug looks like by itself."""
    if not shape.text.isascii() or not 1 <= shape.n <= _MOST_WORDS_OF_SLUG or shape.text.endswith((":", ";")):
        return False
    words = _WORDS.findall(core_of(shape.text))
    if len(words) == 1:
        return 8 <= len(words[0]) <= _LONGEST_GLUED or is_file_name(shape.text)
    return len(words) >= 2 and Shape.of(" ".join(words)).vietnamese >= 0.7


def looks_made(text: str) -> bool:
    """Whether words were written by a machine: hyphenated, a file name, counted, all small, or Each With A Capital."""
    core = core_of(text)
    words = _WORDS.findall(core)
    hyphenated = len(re.findall(r"\w[-_]\w", core)) >= 2
    small = core.islower() and len(words) >= 4
    each = len(words) >= 3 and all(word[0].isupper() for word in words)
    return hyphenated or is_file_name(text) or core != text.strip() or small or each


class _Match(NamedTuple):
    start: int
    forms: tuple[str, ...]


class DocumentWords:
    """The accented words of a document in their order, to look up what unaccented words stand for in it.

    Parameters
    ----------
    lines : iterable of (int, str)
        Numbered lines; those without any marks say nothing and are left out.
    """

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self._forms: list[str] = []
        self._bare: list[str] = []
        self._line: list[int] = []
        self._places: dict[str, list[int]] = defaultdict(list)
        for number, text in lines:
            if has_marks(text):
                self._add(number, text)

    def _add(self, number: int, text: str) -> None:
        for form in (*_WORDS.findall(compose(text)), ""):  # the empty word ends a line
            bare = strip_diacritics(form).lower()
            if bare and len(self._places[bare]) < _MOST_PLACES:
                self._places[bare].append(len(self._forms))
            self._forms.append(form)
            self._bare.append(bare)
            self._line.append(number)

    def longest(self, words: Sequence[str], at: int, near: int) -> tuple[str, ...]:
        """The longest run of the document's words that words from a place on stand for.

        Parameters
        ----------
        words : sequence of str
            Lower-case bare words.
        at : int
            Where to begin.
        near : int
            The line they stand in: of several spellings of the same length, the commonest wins, and of equally common
            ones the nearest. A single word is taken only from lines beside it.

        Returns
        -------
        tuple of str
            Empty where the document does not have them.
        """
        places = self._places.get(words[at], [])
        length = 1
        while places and at + length < len(words):
            longer = [p for p in places if self._bare[p + length] == words[at + length]]
            if not longer:
                break
            places, length = longer, length + 1
        if not places:
            return ()
        return self._choose(places, length, near)

    def _choose(self, places: list[int], length: int, near: int) -> tuple[str, ...]:
        spelt: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for p in places:
            spelt[tuple(form.lower() for form in self._forms[p : p + length])].append(p)
        if length == 1:
            # One word alone says little: "khoi" is "khói" here and "khởi" ten lines above. What stands beside counts.
            beside = [forms for forms, at in spelt.items() if any(abs(self._line[p] - near) <= 2 for p in at)]
            return beside[0] if len(beside) == 1 else ()
        return max(spelt, key=lambda f: (len(spelt[f]), -min(abs(self._line[p] - near) for p in spelt[f])))

    def share(self, words: Sequence[str], near: int) -> float:
        """Which share of bare words stands in the document, in runs of two or more that carry marks."""
        covered = at = 0
        while at < len(words):
            forms = self.longest(words, at, near)
            if len(forms) >= 2 and any(map(has_marks, forms)):
                covered += len(forms)
            at += max(1, len(forms))
        return covered / len(words) if words else 0.0

    def split_glued(self, word: str, near: int) -> tuple[str, ...]:
        """The document's words that were glued together: "suachua" is ("sữa", "chua"); empty where there are none."""
        best: list[tuple[str, ...]] = []
        for bare in {word[:length] for length in range(1, _LONGEST_SYLLABLE + 1)}:
            for p in self._places.get(bare, ()):
                length, glued = 1, bare
                while len(glued) < len(word) and self._bare[p + length] and word.startswith(glued):
                    glued += self._bare[p + length]
                    length += 1
                if glued == word and length >= 2:
                    best.append(tuple(self._forms[p : p + length]))
        return Counter(best).most_common(1)[0][0] if best else ()


Restore = Callable[[str], str]


def restore_slug(text: str, headlines: Iterable[str], words: DocumentWords, near: int, restore: Restore | None) -> str:
    """Give a slug its diacritics.

    The headline or heading that folds to it comes first, then the longest runs of the document's own words, then
    `restore` for the syllables left over, in the light of those that are known.

    Parameters
    ----------
    text : str
        The slug, with its count and file ending, which stay.
    headlines : iterable of str
        Lines whose own words are taken if they fold to the slug, the first that does.
    words : DocumentWords
        The document.
    near : int
        The number of the slug's line.
    restore : callable or None
        Called with the partly restored slug only if a syllable is still open; None leaves it bare.
    """
    core = core_of(text)
    tail = text.strip()[len(core) :]
    key = bare_key(core)
    for headline in headlines:
        if bare_key(headline) == key:
            return headline.strip() + tail
    bare = [word.lower() for word in _WORDS.findall(core)]
    if len(bare) == 1 and (glued := words.split_glued(bare[0], near)):
        return " ".join(glued) + tail
    fixed = _fixed(bare, words, near)
    spaced = re.sub(r"(?<=\w)[-_]+(?=\w)", " ", core)
    written = _write(spaced, fixed)
    if restore is not None and any(form is None for form in fixed):
        written = _write(restore(written), fixed)
    return written + tail


def _fixed(bare: Sequence[str], words: DocumentWords, near: int) -> list[str | None]:
    """The form of each word that the document decides, None for the others."""
    fixed: list[str | None] = []
    while len(fixed) < len(bare):
        forms = words.longest(bare, len(fixed), near)
        fixed += forms or (None,)
    return fixed


def _write(text: str, fixed: Sequence[str | None]) -> str:
    """Write the decided forms over a text's words, in the text's own capitals."""
    forms = iter(fixed)

    def written(match: re.Match[str]) -> str:
        form = next(forms, None)
        bare = strip_diacritics(match[0])
        return match[0] if form is None else overlay(bare, form) if len(bare) == len(form) else match[0]

    return _WORDS.sub(written, text)

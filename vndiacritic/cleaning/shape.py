"""What one line looks like, taken by itself: its words, its end, its capitals, its marks.

Knows nothing of the lines around it, of pages, or of what phrases mean. A line is looked at from both ends only, so
that a file of one endless line costs no more than a short one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from vndiacritic.alphabet import ONSETS, RIMES, compose, fold_tone, has_marks, strip_diacritics

__all__ = ["CELL", "Shape", "bare_key", "key_of", "word_list"]

_LOOKED_AT = 4096  # characters at a line's start; what decides stands there, and in the last few
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
_CLOSED = re.compile(r"""[.!?…][\s"'”’»)\]]*$""")
CELL = re.compile(r"^\|\s*([^|]+?)\s*\|[\s|]*$")
"""A table of one cell, as texts made from HTML have around captions: "| Chợ nổi | |"."""
# "- Du lịch", "• Giá", "1. Sữa chua", "2.1 Ẩm thực", "a) Bên A", "+ Vé", "Bước 2:", "Điều 5.", "I. Mở đầu"
_ITEM = re.compile(
    r"^(?:[-–—•●▪■◆►✓✔*+·○]\s?|\(?\d{1,2}(?:\.\d{1,2}){0,3}\s?[.)/:]\s?|\(?[a-zđ]\s?[).]\s|[IVX]{1,5}[.)/]\s"
    r"|(?:bước|điều|chương|mục|phần|khoản|ngày|bài|câu|tập|hồi|cách|lưu ý)\s\d{1,3}\s?[.:)]?)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^[,.;:)”»…!?](?!\.)")
_PAIR = re.compile(r"^[^\W\d_][^:\s]*(?:\s[^:\s]+){0,3}\s?:\s?\S")


def word_list(name: str) -> Iterator[str]:
    """The phrases of a data file of this package, without its comments."""
    text = (files("vndiacritic.cleaning") / "data" / name).read_text(encoding="utf-8")
    return (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def _function_words() -> frozenset[str]:
    return frozenset(word for line in word_list("function_words.txt") for word in line.split())


@cache
def _bare_syllables() -> frozenset[str]:
    """Every syllable without its marks; "duoc" is one, though no rime is written "uoc"."""
    return frozenset(strip_diacritics(onset + rime) for onset in ONSETS for rime in RIMES)


@lru_cache(maxsize=1 << 14)
def _folded(word: str) -> str:
    return "0" if word.isdecimal() else fold_tone(_DIGITS.sub("0", word))


def key_of(text: str) -> str:
    """The words of a text for comparing: case, punctuation, spacing, numbers and the place of tone marks put aside.

    Examples
    --------
    >>> key_of("Bình luận (12)") == key_of("BÌNH LUẬN: 3"), key_of("Toà soạn") == key_of("tòa soạn")
    (True, True)
    """
    return " ".join(map(_folded, _WORD.findall(compose(text[:_LOOKED_AT]).lower())))


def bare_key(text: str) -> str:
    """The words of a text in lower case without their diacritics; numbers stay.

    Examples
    --------
    >>> bare_key("Chuỗi sản xuất – Ảnh 2") == bare_key("chuoi-san-xuat-anh-2")
    True
    """
    bare = strip_diacritics(compose(text[:_LOOKED_AT])).lower().replace("_", " ")
    return " ".join(_WORD.findall(bare))


@dataclass(frozen=True)
class Shape:
    """A line as it looks.

    Attributes
    ----------
    text : str
        The line, composed, without the spaces at its ends and at most some thousand characters of it.
    words : sequence of str
        Its runs of letters and digits.
    closed : bool
        Whether it ends as a sentence does.
    """

    text: str
    words: Sequence[str]
    closed: bool

    @classmethod
    def of(cls, line: str) -> Shape:
        """Look at a line."""
        text = line if len(line) <= _LOOKED_AT else line[:_LOOKED_AT]
        text = CELL.sub(r"\1", compose(text).replace("\ufeff", "").replace("\u200b", "").strip())
        return cls(text, tuple(_WORD.findall(text)), _CLOSED.search(line[-40:].rstrip()) is not None)

    @property
    def n(self) -> int:
        """How many words there are."""
        return len(self.words)

    @property
    def blank(self) -> bool:
        """Whether nothing can be seen."""
        return not self.text

    @cached_property
    def key(self) -> str:
        """See `key_of`."""
        return key_of(self.text)

    @cached_property
    def bare(self) -> str:
        """See `bare_key`."""
        return bare_key(self.text)

    @cached_property
    def item(self) -> bool:
        """Whether it begins as an item of a list does, or as a numbered heading."""
        return _ITEM.match(self.text) is not None

    @cached_property
    def numbered(self) -> bool:
        """Whether it is a numbered item or heading: "2. Tài khoản"."""
        return self.item and self.text[:1] not in "-–—•●▪■◆►✓✔*+·○"

    @cached_property
    def pair(self) -> bool:
        """Whether it is a name and a value: "Giá tham khảo: 10.000"."""
        return _PAIR.match(self.text) is not None

    @cached_property
    def goes_on(self) -> bool:
        """Whether it reads on from the line before: it begins with a small letter, or with the end of a clause."""
        return self.text[:1].islower() or _GOES_ON.match(self.text) is not None

    @cached_property
    def marked(self) -> bool:
        """Whether any of its words carries Vietnamese marks."""
        return has_marks(self.text)

    @cached_property
    def vietnamese(self) -> float:
        """The share of its words of letters that are syllables, with their marks or without."""
        letters = [strip_diacritics(word).lower() for word in self.words if word.isalpha()]
        return sum(word in _bare_syllables() for word in letters) / len(letters) if letters else 0.0

    @cached_property
    def function(self) -> float:
        """The share of function words: a quarter and more in prose, hardly any in addresses and lists of links."""
        return sum(word.lower() in _function_words() for word in self.words) / max(1, self.n)

    @cached_property
    def capitalised(self) -> float:
        """The share of its words of letters that begin with a capital."""
        letters = [word for word in self.words if word.isalpha()]
        return sum(word[0].isupper() for word in letters) / len(letters) if letters else 0.0

    @cached_property
    def shouted(self) -> bool:
        """Whether it is all capitals."""
        return self.text.isupper()

    @cached_property
    def sentence(self) -> bool:
        """Whether it is prose: a closed line of some length, or a very long one; headlines ask and exclaim, too."""
        asks = self.text.rstrip("\"'”’»)]").endswith(("?", "!"))
        return (self.closed and self.n >= (20 if asks else 8)) or self.n >= 30

    @cached_property
    def title_like(self) -> bool:
        """Whether it could be a headline or a link to one: some words, beginning with a capital, no full stop."""
        first = self.text.lstrip("\"'“‘([«")[:1]
        begins = first.isupper() or first.isdigit()
        return 5 <= self.n <= 30 and begins and not self.text.endswith((".", ":", ";", ",")) and not self.item

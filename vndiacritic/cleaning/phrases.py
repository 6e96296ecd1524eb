"""What pages say around their articles: controls, sections, headings of link lists, imprints, times, bylines.

Phrases are data, in files beside this module, each with its origin; shapes that no list can hold are patterns here.
A match says what a line may be. Whether it is that is decided by place and neighbours, in other modules: "Bình luận"
can be a heading of an essay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import NamedTuple

from vndiacritic.cleaning.shape import Shape, key_of, word_list

__all__ = ["Kind", "Phrases", "is_name", "is_time", "load_phrases"]


class Kind(StrEnum):
    """What a line may be, by what it says."""

    WIDGET = "control"
    SECTION = "section name"
    END = "heading of links or comments"
    MORE = "link to another article"
    IMPRINT = "imprint"
    CONTACT = "contact"
    NOTICE = "notice of a form"
    MARKUP = "markup"
    TIME = "time"
    HEADER = "date with links"


# ---- times

_CLOCK = r"\d{1,2}\s?(?:[:h]|giờ)\s?(?:\d{2}(?:[:']\d{2})?)?\s?(?:am|pm|sa|ch|phút)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    r"(?:\d{1,2}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{4}|\d{4}-\d{1,2}-\d{1,2}"
    r"|ngày\s\d{1,2}\stháng\s\d{1,2}(?:,?\snăm\s\d{4})?|\d{1,2}\s(?:tháng|thg)\s\d{1,2},?\s\d{4}"
    r"|tháng\s(?:\w+\s){1,2}\d{1,2},?\s\d{4}|\d{1,2}\stháng\s(?:\w+\s){1,2}\d{4}|tháng\s\d{1,2}\snăm\s\d{4}"
    rf"|\d{{1,2}}\s{_MONTH},?\s\d{{4}}|{_MONTH}\s\d{{1,2}},?\s\d{{4}})"
)
_WEEKDAY = r"(?:thứ\s?(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\snhật|cn|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_AGO = r"\d{1,3}\s(?:giây|phút|giờ|tiếng|ngày|tuần|tháng|năm)\s(?:trước|qua)"
_ZONE = r"\(?\s?(?:gmt|utc)\s?[+-]?\s?\d{0,2}(?::?\d{2})?\s?\)?"
_AROUND = (
    r"(?:(?:ngày|lần|thời\sgian|giờ)?\s?(?:đăng|cập\snhật|xuất\sbản|phát\shành|tạo|sửa|viết|gửi)"
    r"(?:\s(?:lúc|ngày|cuối|lần\scuối|bởi)){0,3}|lúc|ngày|thời\sgian|posted\son|published|updated|last\supdated?|on|at)"
)
_TIME = re.compile(
    rf"^(?:{_AROUND}\s?:?\s?)?(?:(?:{_WEEKDAY}|{_DATE}|{_CLOCK}|{_AGO}|{_ZONE}|ngày|lúc|vào)[\s,|\-–—•·/()]*){{1,8}}$",
    re.IGNORECASE,
)
_DATED = re.compile(rf"{_DATE}|{_AGO}", re.IGNORECASE)
_HEADER_DATE = re.compile(rf"^\W?{_WEEKDAY}[\s,]", re.IGNORECASE)
_LONGEST_TIME = 100  # characters


def is_time(text: str) -> bool:
    """Whether a line says when, and nothing else: "11:04 | 28/10/2021", "Thứ sáu, 1/3/2024, 08:00 (GMT+7)"."""
    return len(text) <= _LONGEST_TIME and any(map(str.isdigit, text)) and _TIME.match(text) is not None


# ---- names and bylines

_PARTS = re.compile(r"\s(?:-|–|—|\||và|&)\s|[,/;]\s?")
_WORD_OF_NAME = re.compile(r"^[^\W\d_][\w.'’+]*$")


@cache
def _surnames() -> frozenset[str]:
    return frozenset(word for line in word_list("surnames.txt") for word in line.split())


@cache
def _agencies() -> frozenset[str]:
    return frozenset(word_list("agencies.txt"))


def is_name(text: str) -> bool:
    """Whether a text is a person's name, several, or an agency's: "MINH TRANG", "Lê Văn An - Hải Yến", "TTXVN"."""
    text = text.strip(" .*-–|")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    parts = [part for part in _PARTS.split(text) if part]
    return 0 < len(text) <= 60 and 0 < len(parts) <= 5 and all(map(_is_one_name, parts))


def _is_one_name(text: str) -> bool:
    if text.lower() in _agencies():
        return True
    words = re.sub(r"\([^()]*\)", "", text).split()
    if not 1 <= len(words) <= 5 or not all(_WORD_OF_NAME.match(word) and word[0].isupper() for word in words):
        return False
    return text.isupper() or len(words) >= 2 or words[0].lower() in _surnames()


_BYLINE = re.compile(
    r"^[(\[*]{0,2}(?:theo|tác giả|bài và ảnh|bài, ảnh|bài|thực hiện|tổng hợp|biên soạn|biên dịch|người viết|phóng viên"
    r"|pv|nhóm (?:pv|phóng viên)|nguồn|nguồn tin|nguồn bài|tin|tin, ảnh|tin và ảnh|by|written by)\s?[:.]?\s+"
    r"(?P<who>.{2,80})$",
    re.IGNORECASE,
)


def is_byline(text: str) -> bool:
    """Whether a line says by whom: "Theo Lan Anh (Vietnam+)", "Bài, ảnh: Quang Huy", "Nguồn: Bộ Y tế"."""
    found = _BYLINE.match(text)
    if found is None or (text.rstrip().endswith((".", ":")) and len(text.split()) > 6):
        return False
    return ":" in text[:25] or is_name(found["who"]) or _all_capitalised(found["who"])


def _all_capitalised(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return 0 < len(words) <= 8 and all(word[0].isupper() for word in words)


# ---- phrases and patterns

_CODE = re.compile(r"[\"{}=;<>,]")  # strings of a program and cells of a table say the same words
_VALUED = re.compile(r":\s?\+?\(?\d[\d\s.()-]{5,}")  # "Hotline: 0900 000 000" is no button


class Phrases(NamedTuple):
    """The phrase lists, by their keys, and the patterns in the order in which they are tried."""

    kinds: Mapping[str, Kind]
    longest: int  # words
    patterns: Sequence[tuple[Kind, re.Pattern[str]]]

    def kind(self, shape: Shape) -> Kind | None:
        """What a line may be by what it says; None where it says nothing that pages commonly say.

        Parameters
        ----------
        shape : Shape
            A line that is not blank.

        Returns
        -------
        Kind or None
            A line of several phrases ("Đặt báo Quảng cáo RSS") is a control, or a section if all are.
        """
        text = shape.text
        if is_time(text):
            return Kind.TIME
        if found := self._by_words(shape):
            return found
        for kind, pattern in self.patterns:
            if pattern.search(text):
                return kind
        return Kind.HEADER if self._is_header(shape) else None

    def _by_words(self, shape: Shape) -> Kind | None:
        ended = shape.closed and not shape.text.endswith("...")
        if not 1 <= shape.n <= 40 or shape.numbered or ended or _VALUED.search(shape.text) or _CODE.search(shape.text):
            return None
        if (found := self.kinds.get(_without_numbers(shape.key))) is not None:
            return found
        parts = list(self._parts(shape.key.split()))
        known = [kind for kind, _ in parts if kind]
        unknown = sum(length for kind, length in parts if kind is None)
        most = shape.n // 6 if len(known) >= 4 else 0
        if len(known) < 2 or unknown > most or (shape.goes_on and shape.n > 4):
            return None
        return Kind.SECTION if all(kind is Kind.SECTION for kind in known) else Kind.WIDGET

    def _parts(self, words: list[str]) -> Iterator[tuple[Kind | None, int]]:
        """A line as known phrases, the longest first, and single unknown words; numbers are not counted."""
        at = 0
        while at < len(words):
            for length in range(min(self.longest, len(words) - at), 0, -1):
                if kind := self.kinds.get(" ".join(words[at : at + length])):
                    yield kind, length
                    at += length
                    break
            else:
                if words[at] != "0":
                    yield None, 1
                at += 1

    def _is_header(self, shape: Shape) -> bool:
        """A date that links stand beside: "Thứ sáu 1/3/2024 08:00 24h qua English RSS"."""
        if shape.n > 20 or shape.closed or not (_HEADER_DATE.match(shape.text) or _DATED.search(shape.text)):
            return False
        parts = list(self._parts(shape.key.split()))
        links = sum(kind is Kind.WIDGET for kind, _ in parts)
        return links >= 2 and sum(kind is None for kind, _ in parts) <= 4


def _without_numbers(key: str) -> str:
    return " ".join(word for word in key.split() if word != "0") or key


@cache
def load_phrases() -> Phrases:
    """The phrase lists of this package; read once."""
    kinds: dict[str, Kind] = {}
    for name, kind in (("sections.txt", Kind.SECTION), ("widgets.txt", Kind.WIDGET), ("ends.txt", Kind.END)):
        kinds |= {_without_numbers(key_of(phrase)): kind for phrase in word_list(name)}
    return Phrases(kinds, max(len(key.split()) for key in kinds), tuple(_patterns()))


def _patterns() -> Iterator[tuple[Kind, re.Pattern[str]]]:
    """The patterns of the data file; neighbouring rows of one kind are one pattern."""
    rows = [row.split("\t") for row in word_list("patterns.tsv")]
    for kind, group in groupby(rows, key=lambda row: row[0]):
        yield Kind[kind], re.compile("|".join(pattern for _, pattern in group), re.IGNORECASE)

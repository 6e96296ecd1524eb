"""Slugs, captions and credits by themselves."""

from __future__ import annotations

import pytest

from vndiacritic.cleaning.captions import (
    Credit,
    DocumentWords,
    core_of,
    could_be_slug,
    parse_credit,
    restore_slug,
)
from vndiacritic.cleaning.shape import Shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Xưởng may ở Nam Định. (Ảnh: Thu Hà/Vietnam+)", Credit("Xưởng may ở Nam Định.", "Thu Hà/Vietnam+")),
        ("Cây cầu mới qua suối. Ảnh: Quang Vinh", Credit("Cây cầu mới qua suối.", "Quang Vinh")),
        ("Chợ nổi buổi sáng - Ảnh: TRẦN DUY", Credit("Chợ nổi buổi sáng", "TRẦN DUY")),
        ("Bến sông (Ảnh: sưu tầm)", Credit("Bến sông", "sưu tầm")),
        ("Bến sông (Nguồn: AFP/TTXVN)", Credit("Bến sông", "AFP/TTXVN")),
        ("Bến sông (Ảnh minh họa)", Credit("Bến sông", "Ảnh minh họa")),
        ("Bến sông. Ảnh TTXVN", Credit("Bến sông.", "TTXVN")),
        ("Ảnh: CTV", Credit("", "CTV")),
        ("(Ảnh: Minh Anh)", Credit("", "Minh Anh")),
        ("Ảnh: Công an cung cấp", Credit("", "Công an cung cấp")),
        ("Nguồn ảnh: Hội Làm vườn", Credit("", "Hội Làm vườn")),
        ("Người dân lấy nước từ giếng mới", None),
        ("Bà nói rằng ảnh: thứ giữ người ở lại lâu nhất, cũng là thứ làm người ta buồn nhất khi nhìn về sau.", None),
        ("Theo bà, nguồn: từ đâu mà ra.", None),
        ("Ông chụp ảnh cho cả làng suốt bốn mươi năm.", None),
        ("", None),
    ],
)
def test_credits_are_taken_off_captions_and_prose_is_left(text: str, expected: Credit | None) -> None:
    assert parse_credit(text) == expected


def test_a_credit_is_found_at_the_end_of_a_long_line_at_once() -> None:
    assert parse_credit("chữ " * 500_000 + "(Ảnh: Thu Hà)") == Credit(("chữ " * 500_000).rstrip(), "Thu Hà")
    assert parse_credit("Ảnh: " * 500_000) is None


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("chuoi-san-xuat-anh-2.jpg", "chuoi-san-xuat"),
        ("Cho noi (3)", "Cho noi"),
        ("Chợ nổi khi nước lên - Ảnh 12.", "Chợ nổi khi nước lên"),
        ("cho_noi_1641835759.png", "cho_noi"),
        ("1234", "1234"),
        ("Ga doi 1 1", "Ga doi"),
    ],
)
def test_counts_and_endings_are_no_part_of_a_slug(text: str, core: str) -> None:
    assert core_of(text) == core


@pytest.mark.parametrize("unit", ["- ", "ảnh 1 ", "_1", " ", "(2)", "."])
def test_endless_lines_are_looked_at_from_their_end_only(unit: str) -> None:
    line = unit * 300_000 + "x"
    assert core_of(line) == line.strip()
    assert parse_credit(line) is None
    assert not could_be_slug(Shape.of(line))


@pytest.mark.parametrize(
    ("text", "could"),
    [
        ("cho noi khi nuoc len", True),
        ("Duoc Mua Ca Linh", True),
        ("cho-noi-khi-nuoc-len-2.jpg", True),
        ("chonoikhinuoclen", True),
        ("Related posts you may enjoy", False),
        ("Click here to subscribe", False),
        ("chợ nổi khi nước lên", False),
        ("cho:", False),
        ("ok", False),
        ("2024", False),
    ],
)
def test_what_could_be_a_slug(text: str, could: bool) -> None:
    assert could_be_slug(Shape.of(text)) is could


DOCUMENT = [
    (0, "Chợ nổi khi nước lên"),
    (3, "Bà Út bán bún nước lèo ở chợ nổi đã ba mươi năm."),
    (9, "Mùa nước lên, cá linh về."),
]


def slug(text: str, near: int = 4, restore: object = None) -> str:
    return restore_slug(text, ["Chợ nổi khi nước lên"], DocumentWords(DOCUMENT), near, restore)  # type: ignore[arg-type]


def test_the_headline_comes_first_then_the_documents_own_words() -> None:
    assert slug("cho noi khi nuoc len") == "Chợ nổi khi nước lên"
    assert slug("cho-noi-khi-nuoc-len-2.jpg") == "Chợ nổi khi nước lên-2.jpg"
    assert slug("Ba Ut Ban Bun Nuoc Leo (2)") == "Bà Út Bán Bún Nước Lèo (2)"
    assert slug("BA UT") == "BÀ ÚT"
    assert slug("bunnuocleo") == "bún nước lèo"


def test_only_what_is_left_over_is_restored_and_the_documents_words_stay() -> None:
    seen = []

    def restore(text: str) -> str:
        seen.append(text)
        return text.replace("chieu", "chiều").replace("cá linh", "cả lình")

    assert slug("ca linh buoi chieu", restore=restore) == "cá linh buoi chiều"
    assert seen == ["cá linh buoi chieu"]
    slug("ba ut ban bun", restore=restore)
    assert len(seen) == 1


def test_english_stays() -> None:
    assert slug("Floating Market") == "Floating Market"


def test_a_word_that_the_document_spells_in_two_ways_is_left_to_the_restorer() -> None:
    words = DocumentWords([(0, "con ngán ngoài bãi"), (50, "con ngàn năm")])
    assert words.longest(["ngan"], 0, near=25) == ()
    assert words.longest(["ngan"], 0, near=1) == ("ngán",)
    assert words.longest(["ngan", "nam"], 0, near=1) == ("ngàn", "năm")

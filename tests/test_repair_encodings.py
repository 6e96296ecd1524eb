"""UTF-8 that was read as something else comes back, from every encoding and with every loss that leaves a choice."""

from __future__ import annotations

import pytest

from vndiacritic.cleaning.characters import repair, repair_and_explain
from vndiacritic.cleaning.mojibake import MISREADINGS

TEXT = "Sáng sớm mẹ đã dậy nhóm bếp, nấu nồi cháo đậu xanh thơm phức cho cả nhà ăn trước khi ra đồng."
CAPITALS = "NHÀ VĂN HÓA XÓM ĐẠO – GIỜ MỞ CỬA: “SÁNG THỨ HAI”"
WINDOWS = ["cp1250", "cp1252", "cp1254", "cp1257", "cp1258"]


def misread(text: str, encoding: str) -> str:
    """UTF-8 bytes in another encoding; those it does not have as control codes, as browsers show them."""
    return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("encoding", MISREADINGS)
@pytest.mark.parametrize("text", [TEXT, CAPITALS])
def test_misread_once(encoding: str, text: str) -> None:
    assert repair(misread(text, encoding)) == text


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1258"])
def test_misread_twice(encoding: str) -> None:
    assert repair(misread(misread(TEXT, encoding), encoding)) == TEXT


@pytest.mark.parametrize("encoding", WINDOWS)
def test_each_line_may_be_misread_otherwise(encoding: str) -> None:
    lines = [misread(TEXT, encoding), TEXT, misread(TEXT, "mac_roman")]
    assert repair("\n".join(lines)) == "\n".join([TEXT] * 3)


@pytest.mark.parametrize("encoding", WINDOWS)
def test_no_break_spaces_may_have_become_spaces(encoding: str) -> None:
    text = "Đà Nẵng là nhà, bà và cháu vào làng chài"
    assert repair(misread(text, encoding).replace("\xa0", " ")) == text


def test_soft_hyphens_may_be_lost() -> None:
    text = "Chúng tôi tính kỹ chín phần mười"
    assert repair(misread(text, "cp1252").replace("\xad", "")) == text


def test_curly_quotes_may_be_straight() -> None:
    text = "Đi đâu cũng được, đến đó rồi ở đỡ"
    straight = misread(text, "cp1252").translate(dict(zip(map(ord, "‘’“”"), "''\"\"", strict=True)))
    assert repair(straight) == text


def test_bytes_without_a_look_may_be_lost_where_one_syllable_is_much_likelier() -> None:
    damaged = misread("Hôm nay về quê", "cp1252")
    assert "\x81" in damaged
    assert repair(damaged.replace("\x81", "")) == "Hôm nay về quê"


def test_mixed_good_and_misread_words() -> None:
    text = "Nguyễn mixed with Viá»‡t words, rồi thÃ´i"
    assert repair(text) == "Nguyễn mixed with Việt words, rồi thôi"


def test_the_plan_names_the_encoding() -> None:
    reasons = {change.reason for change in repair_and_explain(misread(TEXT, "cp437")).plan}
    assert reasons == {"UTF-8 read as cp437"}


@pytest.mark.parametrize("text", ["XÃ HỘI", "ĐÃ “XONG”", "CẢ LÃ “À” Ơ", "ÂU Á", "Chị Â bảo", "Mã Ä, Å và Æ"])
def test_capitals_that_only_look_misread_stay(text: str) -> None:
    assert repair(text, steps=["mojibake", "foreign"]) == text

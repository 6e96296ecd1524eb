"""Evidence: shapes, phrases, copies, tables of contents, the article's place."""

from __future__ import annotations

import pytest

from vndiacritic.cleaning.page import Page
from vndiacritic.cleaning.phrases import Kind, is_byline, is_name, is_time, load_phrases
from vndiacritic.cleaning.reflow import continuations, wrap_width
from vndiacritic.cleaning.region import find_region, heaviest
from vndiacritic.cleaning.shape import Shape


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Thứ sáu 01/03/2024 08:21 24h qua English RSS", Kind.HEADER),
        ("Hotline: 0900 111 222", Kind.CONTACT),
        ("11:04 | 28/10/2021", Kind.TIME),
        ("Xem thêm", Kind.WIDGET),
        ("...", Kind.WIDGET),
        ("./.", Kind.WIDGET),
        ("×", Kind.WIDGET),
        ("Cùng chuyên mục", Kind.END),
        ("BÌNH LUẬN (12)", Kind.END),
        ("Đặt báo Quảng cáo RSS Toà soạn", Kind.WIDGET),
        ("Thời sự Thế giới Kinh doanh", Kind.SECTION),
        ("Xem thêm: Chợ quê ngày giáp Tết", Kind.MORE),
        (">> Chợ quê ngày giáp Tết", Kind.MORE),
        ("Chợ quê ngày giáp Tết vẫn đông ĐỌC NGAY", Kind.MORE),
        ("Từ khóa: chợ quê, Tết", Kind.END),
        ("© 2024 Báo Ví Dụ", Kind.IMPRINT),
        ("Giấy phép số 00/GP-BTTTT cấp ngày 1/1/2020", Kind.IMPRINT),
        ("Vui lòng nhập email", Kind.NOTICE),
        ("<div class='x'>", Kind.MARKUP),
        ("window.dataLayer = [];", Kind.MARKUP),
        ("Trang chủ › Tin tức", Kind.WIDGET),
        ("Chia sẻ là một kỹ năng.", None),
        ("2. Tài khoản", None),
        ("Chuyện ở làng gốm", None),
        (".", None),
        (", rồi thôi", None),
    ],
)
def test_what_lines_say(text: str, kind: Kind | None) -> None:
    assert load_phrases().kind(Shape.of(text)) == kind


@pytest.mark.parametrize(
    "text",
    [
        "11:04 | 28/10/2021",
        "Thứ sáu, 1/3/2024, 08:00 (GMT+7)",
        "01/03/2024 08:00 GMT+7",
        "2024-03-01 08:00:00",
        "Tháng Năm 12, 2023",
        "3 giờ trước",
        "Cập nhật lúc 10:20 ngày 3/4/2024",
        "Ngày 3 tháng 4 năm 2024",
        "12 March 2024",
    ],
)
def test_times(text: str) -> None:
    assert is_time(text)


@pytest.mark.parametrize(
    "text", ["Năm 2024 là năm nhuận", "Ngày mai", "10 con chó", "", "Hà Nội, ngày 3 tháng 4 năm 2024"]
)
def test_what_is_no_time(text: str) -> None:
    assert not is_time(text)


def test_names_and_bylines() -> None:
    assert all(map(is_name, ["Minh Anh", "TRẦN DUY", "Lê An - Hải Yến", "TTXVN", "Minh Anh (TTXVN)", "Nguyễn"]))
    assert not any(map(is_name, ["", "Chuyện ở làng gốm", "Minh anh", "123", "Đỏ", "Chợ nổi khi nước lên"]))
    assert all(map(is_byline, ["Theo Thu Hà (Vietnam+)", "Tin, ảnh: Văn phòng xã", "Nguồn: Bộ Y tế", "(Theo TTXVN)"]))
    assert not any(map(is_byline, ["Theo ông Tâm, mỗi tháng ông nhận hai mươi đơn.", "Theo đó", "Tin vui đến"]))


def test_a_table_of_contents_is_a_run_of_headings_that_stand_apart_elsewhere() -> None:
    heads = ["Mùa nào đẹp", "Đường đi", "Món ngon"]
    body = [line for head in heads for line in (head, "Câu chuyện về chuyến đi này dài hơn một dòng, nên cần viết ra.")]
    assert Page.of([f"{n}. {head}" for n, head in enumerate(heads, 1)] + body).contents == {0, 1, 2}
    assert Page.of(body + heads).contents == {6, 7, 8}
    assert Page.of(heads + heads).contents == frozenset()


def test_the_heaviest_run_is_found() -> None:
    assert heaviest([]) == (0, -1)
    assert heaviest([-1, -2]) == (0, -1)
    assert heaviest([-1, 3, -1, 3, -9, 4]) == (1, 3)


def test_a_list_inside_an_article_is_bridged_and_a_teaser_below_it_is_not_reached() -> None:
    prose = "Mỗi sáng, người trong xóm ra bến lấy nước, rồi kể cho nhau nghe chuyện đêm qua."
    lines = [
        "Trang chủ",
        "Đăng nhập",
        "Chuyện một bến nước",
        prose,
        prose + " Vui.",
        "Sáng",
        "Trưa",
        "Tối",
        prose + " Buồn.",
        prose,
    ]
    lines += [
        "Tin liên quan",
        "Bến cũ bên kia sông",
        "Bến cũ bên kia sông",
        "Người ta vẫn nhắc bến cũ, nơi có cây gạo già.",
    ]
    region = find_region(Page.of(lines))
    assert (region.title, region.first, region.last) == (2, 2, 9)


def test_wraps_are_told_from_verse_and_lists() -> None:
    verse = [Shape.of(line) for line in ["Chiều về trên bến cũ", "Nước lững lờ không trôi"] * 8]
    assert wrap_width(verse) == 0
    wrapped = [Shape.of("chữ nối chữ thành một dòng dài vừa khít khổ giấy của bức thư cũ")] * 12
    assert wrap_width(wrapped) == 63
    assert sum(continuations(wrapped)) == 11
    items = [Shape.of(line) for line in ["Cần mua:", "gạo", "muối"]]
    assert continuations(items)[1] is False

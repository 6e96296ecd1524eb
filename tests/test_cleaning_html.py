"""Pages as HTML: captions that trafilatura loses, images' texts, and the same labels as for plain text."""

from __future__ import annotations

import pytest

from vndiacritic.cleaning.html import read_html
from vndiacritic.cleaning.pipeline import TextCleaner
from vndiacritic.errors import VndiacriticError

PAGE = """<!DOCTYPE html><html lang="vi"><head><title>Làng gốm ven sông tìm lối đi mới - Báo Ví Dụ</title>
<meta property="og:title" content="Làng gốm ven sông tìm lối đi mới"></head>
<body><nav><ul><li><a href="/">Trang chủ</a></li><li><a href="/x">Thời sự</a></li></ul></nav>
<div class="main"><h1>Làng gốm ven sông tìm lối đi mới</h1><span class="date">12/11/2022 08:15</span>
<p class="sapo">Giữa lúc hàng nhựa tràn về, những người thợ già ở làng gốm vẫn giữ lửa lò bằng các đơn hàng nhỏ.</p>
<div class="content"><figure><img src="a.jpg" alt="lang gom ven song tim loi di moi"><figcaption>Người thợ xoay bàn gốm.
(Ảnh: Thu Hà)</figcaption></figure>
<p>Ba năm trước, cả làng còn mười hai lò. Bây giờ chỉ còn <a href="#">năm lò</a>, nhưng không ai nói đến chuyện
bỏ nghề.</p>
<h2>Giữ lửa</h2>
<p>Ông Tâm cho biết mỗi tháng ông nhận chừng hai mươi đơn, phần nhiều là chén và đĩa men xanh cho các quán
trong phố.</p>
<table><tr><td><img src="b.jpg" alt="me gom vua ra" title="Mẻ gốm vừa ra"></td></tr>
<tr><td>Mẻ gốm men xanh vừa ra lò, còn ấm tay người xếp.</td></tr></table>
<p>Xã đang tính mở một con đường đi bộ nối bến thuyền với xóm lò, để khách có thể xem thợ làm việc.</p>
</div><p class="author">Thu Hà</p></div>
<div class="related"><h3>Tin liên quan</h3>
<ul><li><a href="/1">Chợ quê những ngày giáp Tết đông khách hơn</a></li></ul></div>
<footer><p>Giấy phép số 00/GP-BTTTT. © 2022 Báo Ví Dụ.</p></footer><script>var a = 1;</script></body></html>"""


def test_captions_and_lead_are_there_and_slugs_are_known() -> None:
    cleaned = TextCleaner().explain(read_html(PAGE))
    lines = [(str(line.label), line.text) for line in cleaned.lines if line.action != "drop"]
    assert [label for label, _ in lines] == ["title", "lead", "caption", "body", "body", "body", "caption", "body"]
    assert lines[2] == ("caption", "Người thợ xoay bàn gốm. (Ảnh: Thu Hà)")
    assert "chỉ còn năm lò, nhưng" in cleaned.text
    assert {line.restored for line in cleaned.lines if line.label == "slug"} == {
        "Làng gốm ven sông tìm lối đi mới",
        "Mẻ gốm vừa ra",
    }


def test_what_is_around_the_article_is_told_too() -> None:
    labels = {line.text: str(line.label) for line in TextCleaner().explain(read_html(PAGE)).lines}
    assert labels["Trang chủ"] == labels["Tin liên quan"] == "boilerplate"
    assert labels["12/11/2022 08:15"] == "time"
    assert labels["Thu Hà"] == "byline"
    assert "var a = 1;" not in labels


def test_an_image_says_itself_what_its_slug_is() -> None:
    page = read_html(
        '<p>x</p><img alt="cho noi luc sang som" title="Chợ nổi lúc sáng sớm"><img alt="Mưa chiều"><img alt="x">'
    )
    assert dict(page.images) == {1: "Chợ nổi lúc sáng sớm", 2: "Mưa chiều"}


@pytest.mark.parametrize(
    "source", ["<p>Chào bạn", "Chào bạn", b"<p>Ch\xc3\xa0o b\xe1\xba\xa1n</p>", "<p>Chào\0 bạn</p>"]
)
def test_fragments_are_read(source: str | bytes) -> None:
    assert "".join(read_html(source).lines) == "Chào bạn"


@pytest.mark.parametrize("source", ["", " \n", b""])
def test_nothing_is_refused(source: str | bytes) -> None:
    with pytest.raises(VndiacriticError, match="cannot read the page as HTML"):
        read_html(source)


def test_deep_nesting_is_read() -> None:
    assert read_html("<div>" * 5000 + "Chào bạn")

"""The command ``clean``: text, JSON lines, report, folders, and what it says of bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import run

pytestmark = pytest.mark.usefixtures("here")

PAGE = """Trang chủ
Đăng nhập
Hotline: 0900 111 222
Cả xóm góp gạch xây cầu
05/03/2024 10:20
Sau mùa lũ cuốn mất cây cầu tre, người dân xóm Đồi góp từng viên gạch để trẻ con không phải lội suối.
ca xom gop gach xay cau
Học trò đi thử cầu mới. Ảnh: Quang Vinh
Mỗi nhà góp ba mươi viên gạch và hai ngày công, nhà nào neo người thì góp gạo nấu cơm cho thợ.
Chia sẻ
Cùng chuyên mục
© 2024 Báo Ví Dụ
"""
ARTICLE = "".join(PAGE.splitlines(keepends=True)[n] for n in (3, 5, 7, 8))
ESSAY = "Về một cây cầu\n\nCây cầu ấy tôi đi qua mỗi ngày, mà chưa một lần dừng lại.\n"


def test_a_page_comes_out_as_its_article() -> None:
    result = run("clean", stdin=PAGE.encode())
    assert (result.exit_code, result.stdout, result.stderr) == (0, ARTICLE, "")


def test_an_essay_comes_out_as_it_is() -> None:
    assert run("clean", stdin=ESSAY.encode()).stdout == ESSAY
    assert run("clean", "--check", "-", stdin=ESSAY.encode()).exit_code == 0


def test_json_lines_tell_of_every_line() -> None:
    Path("page.txt").write_text(PAGE)
    rows = [json.loads(line) for line in run("clean", "page.txt", "--format", "jsonl").stdout.splitlines()]
    assert [row["text"] for row in rows] == PAGE.splitlines()
    assert [row["line"] for row in rows] == list(range(1, 13))
    assert all({"file", "line", "text", "label", "action", "output", "reason"} <= row.keys() for row in rows)
    assert {row["label"] for row in rows} == {"boilerplate", "title", "time", "lead", "slug", "caption", "body"}
    assert "".join(row["output"] + "\n" for row in rows if row["action"] != "drop") == ARTICLE
    assert rows[6]["restored"] == "Cả xóm góp gạch xây cầu"
    assert rows[7]["credit"] == "Quang Vinh"


def test_a_diff_and_a_check_show_what_would_change() -> None:
    Path("page.txt").write_text(PAGE)
    diff = run("clean", "--diff", "page.txt").stdout
    assert diff.startswith("--- page.txt\n+++ page.txt\n")
    assert "-ca xom gop gach xay cau\n" in diff
    assert (run("clean", "--check", "page.txt").exit_code, Path("page.txt").read_text()) == (1, PAGE)


def test_in_place_and_to_a_file() -> None:
    Path("page.txt").write_text(PAGE)
    assert run("clean", "page.txt", "-o", "out.txt").exit_code == 0
    assert run("clean", "-i", "page.txt").exit_code == 0
    assert Path("page.txt").read_text() == Path("out.txt").read_text() == ARTICLE


@pytest.mark.parametrize("args", [["pages", "-o", "articles"], ["-r", "pages", "-o", "articles"]])
def test_a_folder_becomes_a_folder(args: list[str]) -> None:
    Path("pages/sub").mkdir(parents=True)
    Path("pages/a.txt").write_text(PAGE)
    Path("pages/sub/b.txt").write_text(ESSAY)
    assert run("clean", *args).exit_code == 0
    assert Path("articles/a.txt").read_text() == ARTICLE
    assert Path("articles/sub/b.txt").read_text() == ESSAY


def test_the_report_says_what_went_and_why() -> None:
    Path("page.txt").write_text(PAGE)
    Path("essay.txt").write_text(ESSAY)
    assert run("clean", "page.txt", "essay.txt", "--report", "report.json").exit_code == 0
    report = json.loads(Path("report.json").read_text())
    assert report["documents"] == 2
    assert report["lines"]["boilerplate"] == 6
    page, essay = report["files"]
    assert (page["file"], page["page"], essay["page"]) == ("page.txt", True, False)
    assert page["lines"]["slug"] == {"drop": 1}
    assert sum(page["reasons"].values()) == len(page["dropped"]) == 8
    assert page["dropped"][0] == {
        "line": 1,
        "label": "boilerplate",
        "reason": "before the article: control",
        "text": "Trang chủ",
    }
    assert essay["dropped"] == []


def test_slugs_times_and_single_steps_are_kept_if_asked() -> None:
    kept = run("clean", "--keep-slugs", "--keep", "time", stdin=PAGE.encode()).stdout
    assert "Cả xóm góp gạch xây cầu\n05/03/2024 10:20\n" in kept
    assert kept.count("Cả xóm góp gạch xây cầu\n") == 2
    assert run("clean", "--steps", "characters", stdin=PAGE.encode()).stdout == PAGE
    assert "Trang chủ" in run("clean", "--steps", "captions", stdin=PAGE.encode()).stdout


def test_files_teach_what_repeats() -> None:
    menu = "Quán Gió\nMón hôm nay\nChuyện quán\nGóc khách quen\n"
    texts = []
    for n, what in enumerate(("cây bàng", "con mèo mun", "ấm trà vỡ")):
        texts.append(
            f"Chuyện của {what}\nNgười ta hỏi về {what} của quán, và chúng tôi lần nào cũng kể một câu chuyện khác.\n"
        )
        Path(f"{n}.txt").write_text(f"{menu}{texts[-1]}Mở cửa từ sáng\nĐóng cửa rất khuya\n")
    assert run("clean", "--learn", "0.txt", "1.txt", "2.txt").stdout == "".join(texts)
    assert menu in run("clean", "0.txt", "1.txt", "2.txt").stdout
    assert run("clean", "--learn", stdin=b"x").exit_code == 2


def test_what_a_library_has_learned_is_used() -> None:
    from vndiacritic import TextCleaner

    pages = [
        f"Góc khách quen\nQuán Gió\n{n}. Một câu chuyện của quán, kể cho người đi qua nghe vào lúc {n} giờ.\n"
        for n in range(3)
    ]
    TextCleaner().fit(pages).save("site.safetensors")
    assert run("clean", "--site", "site.safetensors", stdin=PAGE.encode()).stdout == ARTICLE
    assert "there is no model" in run("clean", "-m", "none", stdin=b"x").stderr
    assert run("clean", "--site", "none.safetensors", stdin=b"x").exit_code == 1


def test_other_encodings_are_read() -> None:
    result = run("clean", "--steps", "characters", "--from-encoding", "cp1258", stdin=b"Vi\xea\xf2t Nam\r\n")
    assert result.exit_code == 0
    assert result.stdout_bytes == "Việt Nam\r\n".encode()


OLD = "Chị Tư bán chè ở đầu ngõ.\nĐám trẻ con đứng chờ quanh gánh hàng.\n"


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii", "vps", "cp1258", "tcvn"])
def test_files_of_old_encodings_are_told_by_their_content(name: str) -> None:
    from vndiacritic.cleaning.legacy import legacy_codecs

    Path("old.txt").write_bytes(legacy_codecs()[name].encode(OLD).encode("latin-1"))
    for given in (name, "auto"):
        result = run("clean", "--steps", "characters", "--from-encoding", given, "old.txt", "-o", "new.txt")
        assert (result.exit_code, Path("new.txt").read_text()) == (0, OLD)


def test_a_file_of_an_old_encoding_is_refused_with_the_way_out() -> None:
    Path("old.txt").write_bytes("Hµng c¸\n".encode("latin-1"))
    result = run("clean", "old.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "old.txt is not UTF-8 text: byte 0xb5 in line 1 at byte offset 1" in result.stderr
    assert "--from-encoding NAME; auto tells it from the text" in result.stderr
    result = run("clean", "--from-encoding", "telex", "old.txt")
    assert (result.exit_code, "old.txt: this is not utf-8: byte 0xb5" in result.stderr) == (1, True)
    result = run("clean", "--from-encoding", "tcvn9", "old.txt")
    assert (result.exit_code, "no encoding 'tcvn9'; known are tcvn3, vni" in result.stderr) == (1, True)


def test_single_steps_of_the_repair_are_chosen_by_name() -> None:
    slip = "Hôm ấy chợ đông quá nên Qúy vị khách ko có chỗ đứng chờ đò ở bến trên.\n".encode()
    assert run("clean", "--steps", "characters", stdin=slip).stdout_bytes == slip
    mended = run("clean", "--steps", "slips,teencode", stdin=slip).stdout
    assert mended == "Hôm ấy chợ đông quá nên Quý vị khách không có chỗ đứng chờ đò ở bến trên.\n"
    assert run("clean", "--steps", "characters,old-tones", stdin="hoà thuỳ\n".encode()).stdout == "hòa thùy\n"
    assert run("clean", "--steps", "wraps", stdin="sáng nay\ntrời mưa\n".encode()).stdout == "sáng nay trời mưa\n"


def test_a_pages_source_is_read() -> None:
    body = "".join(f"<p>{line}</p>" for line in ARTICLE.splitlines()[1:])
    Path("page.html").write_text(f"<html><body><h1>Cả xóm góp gạch xây cầu</h1><div>{body}</div></body></html>")
    assert run("clean", "page.html").stdout == ARTICLE
    refused = run("clean", "-i", "page.html")
    assert (refused.exit_code, "use -o, not -i" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "standard input: it is empty"),
        (b"\n\n", "standard input: it is empty"),
        ("Trang chủ\nĐăng nhập\nChia sẻ\nFacebook\n© 2024 Báo Ví Dụ\n".encode(), "standard input: nothing is left"),
    ],
)
def test_no_output_is_empty_without_a_word(data: bytes, said: str) -> None:
    result = run("clean", stdin=data)
    assert (result.exit_code, result.stdout.strip()) == (0, "")
    assert said in result.stderr


def test_bad_files_are_named_and_the_others_are_cleaned() -> None:
    Path("bad.txt").write_bytes(b"abc\0def\n")
    Path("worse.txt").write_bytes(b"\xff\xfea\n")
    Path("page.txt").write_text(PAGE)
    result = run("clean", "bad.txt", "worse.txt", "page.txt", "none.txt", "-o", "out.txt", "--report", "report.json")
    assert result.exit_code == 1
    assert Path("out.txt").read_text() == ARTICLE
    for said in ("bad.txt: it is no text", "worse.txt is not UTF-8", "none.txt", "3 of 4 files failed"):
        assert said in result.stderr
    assert json.loads(Path("report.json").read_text())["documents"] == 1


def test_a_wrong_step_is_told_once() -> None:
    Path("page.txt").write_text(PAGE)
    result = run("clean", "--steps", "lines,wash", "page.txt", "page.txt")
    assert result.exit_code == 2
    assert result.stderr.count("there is no step 'wash'") == 1


def test_old_line_ends_stay() -> None:
    data = ESSAY.replace("\n", "\r").encode()
    assert run("clean", stdin=data).stdout_bytes == data

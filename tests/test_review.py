"""The review page, without a browser: what is in it, and that nothing else can get in.

Some tests restore with the tiny model, the others with a fake that knows of "cho" that it could be "chợ".
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from commandline import command, environment, posix, run
from hypothesis import given, settings
from hypothesis import strategies as st
from pages_in_tests import ParsedPage, read_page

from vndiacritic.cli import review as review_command
from vndiacritic.cutting import lines_of
from vndiacritic.explain import Choice, Explained
from vndiacritic.formats import FORMATS, rewrite_text
from vndiacritic.restorer import Restorer
from vndiacritic.web.cells import ALTERNATIVES, Cell, Forms, Piece, cells_of, pieces_of, text_of
from vndiacritic.web.documents import document_cells
from vndiacritic.web.page import Page, data_block, page_file
from vndiacritic.web.review import review_page

HOSTILE = (
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> & \u2028 \u2029 \x00 \x85 \ufeff\U0001f600\n"
)

texts = st.lists(
    st.sampled_from([*"aoue dđTh,.-<&\n\r\u0301\u0323\u031b\u2028\ufeff\U0001f600ấơư", "nha ", "cua", "hoà"]),
    max_size=40,
).map("".join)


def explained(texts: Iterable[str]) -> Iterator[Explained]:
    """What the fake makes of texts: every "cho" is doubtful, and written "chợ"."""
    for text in texts:
        choices = [
            Choice(match.start(), match.end(), "chợ", 0.8, (("chợ", 0.8), ("cho", 0.1999), ("chó", 0.0001)))
            for match in re.finditer("cho", text)
        ]
        yield Explained(text.replace("cho", "chợ"), tuple(choices))


def cells(text: str) -> list[str | Cell]:
    lines = list(lines_of(text))
    return list(chain.from_iterable(map(cells_of, lines, explained(lines))))


def page_of(text: str, name: str = "notes.txt") -> ParsedPage:
    return ParsedPage("".join(review_page(cells(text), name, 0.9)))


# ---- cells


def test_a_doubtful_syllable_is_a_cell_with_what_is_worth_a_look() -> None:
    assert cells_of("di cho.", next(explained(["di cho."]))) == [
        "di ",
        Cell("cho", (("chợ", 0.8), ("cho", 0.1999))),
        ".",
    ]


def test_what_is_sure_is_text() -> None:
    sure = Explained("Tôi đi", (Choice(0, 3, "Tôi", 0.9995, (("Tôi", 0.9995), ("Tối", 0.0005))),))
    assert cells_of("Toi di", sure) == ["Tôi đi"]


@given(texts, st.sampled_from(["NFC", "NFD"]))
@settings(deadline=None)
def test_cells_join_to_the_restored_text(tiny: Restorer, text: str, form: str) -> None:
    source = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    lines = list(lines_of(source))
    found = chain.from_iterable(map(cells_of, lines, tiny.explain_lines(lines, ALTERNATIVES)))
    assert "".join(map(text_of, found)) == tiny.restore(source)


def test_decomposed_syllables_are_found_where_they_are(tiny: Restorer) -> None:
    source = unicodedata.normalize("NFD", "Tôi nhà Tôi") + " di cho nha"
    (new,) = tiny.explain_lines([source], ALTERNATIVES)
    found = [part for part in cells_of(source, new) if isinstance(part, Cell)]
    assert [cell.source for cell in found] == [
        source[choice.start : choice.end] for choice in new.choices if choice.confidence < 0.999
    ]
    assert len(new.text) > len(source)  # or nothing was shown


# ---- pieces


@given(texts, st.integers(0, 12), st.integers(1, 12))
def test_pieces_join_to_the_text_and_are_short(text: str, size: int, longest: int) -> None:
    source = cells(text + " cho" * 3)
    pieces = list(pieces_of(source, size, longest))
    assert "".join(map(text_of, chain.from_iterable(pieces))) == "".join(map(text_of, source))
    for piece in pieces:
        assert [isinstance(part, str) for part in piece] == [i % 2 == 0 for i in range(len(piece))]
        assert len(piece) % 2 == 1
        assert sum(map(len, map(text_of, piece))) <= max(longest, len("chợ"))


def test_a_piece_is_a_line_where_lines_are_wanted() -> None:
    pieces = list(pieces_of(cells("cho\ndi\n\nxa"), 0, 1000))
    assert ["".join(map(text_of, piece)) for piece in pieces] == ["chợ\n", "di\n", "\n", "xa"]


def test_forms_are_held_once_and_odds_rounded_down() -> None:
    forms = Forms()
    piece: Piece = ["", Cell("cho", (("chợ", 0.899999), ("cho", 0.0005))), " ", Cell("cho", (("chợ", 0.57),)), ""]
    assert forms.packed(piece) == ["", [0, 1, 8999, 0, 5], " ", [0, 1, 5700], ""]
    assert forms.texts == ["cho", "chợ"]


# ---- documents

DOCUMENTS = {
    "md": "# di cho\n\nToi **cho** `cho` va ch**o**\n",
    "srt": "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\nToi <i>di cho</i>\r\nnhe, cho\r\n\r\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\ncho &amp; cho\n",
    "html": "<title>cho</title><p>di <b>cho</b>, c<i>ho</i> &amp; cho<script>cho</script>",
    "csv": 'cho,body\n1,"Toi di cho, ""cho"""\n',
    "tsv": "cho\tbody\n1\tToi di cho\n",
    "jsonl": '{"cho": 1, "body": "Toi di cho ch\\u006f \\u00e1 cho"}\n',
    "po": 'msgid "cho"\nmsgstr ""\n"di cho "\n"cho"\n',
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_the_text_of_a_document_has_cells(name: str) -> None:
    pytest.importorskip("markdown_it" if name == "md" else "json")
    source, form = DOCUMENTS[name], FORMATS[name]
    fields = ("body",) if form.by_field else ()
    found = list(document_cells(source, form, fields, explained))
    expected = rewrite_text(source, name, lambda texts: [new.text for new in explained(texts)], fields)
    assert "".join(map(text_of, found)) == expected
    written = [part for part in found if isinstance(part, Cell)]
    assert written
    assert "".join(part if isinstance(part, str) else part.source for part in found).count("cho") >= len(written)


def test_a_word_cut_by_markup_is_text() -> None:
    found = list(document_cells("<p>ch<b>o</b> cho</p>", FORMATS["html"], (), explained))
    assert [part.source for part in found if isinstance(part, Cell)] == ["cho"]


# ---- the page


@given(texts)
@settings(deadline=None)
def test_the_text_is_in_the_page_whatever_it_is(text: str) -> None:
    source = text + HOSTILE + "cho"
    assert page_of(source).text == source.replace("cho", "chợ")


def test_hostile_text_is_data_only() -> None:
    page = page_of(HOSTILE, name=HOSTILE.strip())
    assert len(page.scripts) == 1
    assert [tag for tag, _ in page.tags if tag == "img"] == []
    assert page.title == HOSTILE.strip().replace("\x00", "\ufffd") or page.title == HOSTILE.strip()


@pytest.mark.parametrize("name", ["review", "serve"])
def test_the_policy_names_the_script_and_the_style_by_their_hashes(name: str) -> None:
    page = ParsedPage("".join(Page(name).pieces("x", iter([data_block("facts", {})]))))
    for text in (*page.scripts, *page.styles):
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy
    assert (len(page.scripts), len(page.styles)) == (1, 1)
    assert "default-src 'none'" in page.policy
    assert "unsafe" not in page.policy


@pytest.mark.parametrize("name", ["review", "serve"])
def test_a_page_names_no_other_place(name: str) -> None:
    page = ParsedPage("".join(Page(name).pieces("x", iter([data_block("facts", {})]))))
    named = [attrs.get("src") or attrs.get("href") for _, attrs in page.tags]
    assert [name for name in named if name] == ["data:,"]
    assert not re.search(r"@import|url\(", page.styles[0])
    assert not [attrs for _, attrs in page.tags if any(key.startswith("on") or key == "style" for key in attrs)]


def test_scripts_make_no_markup_and_run_no_text() -> None:
    for name in ("words", "text", "forms", "view", "toolbar", "review", "serve"):
        script = page_file(f"{name}.js")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
        assert "</script" not in script.lower()


def test_what_the_pages_say_is_there_in_both_languages() -> None:
    words = json.loads(page_file("words.json"))
    assert words["en"].keys() == words["vi"].keys()
    assert all(all(said.values()) for said in words.values())
    pages = "".join(map(page_file, ("review.html", "serve.html", "forms.html")))
    scripts = "".join(page_file(f"{name}.js") for name in ("words", "forms", "view", "toolbar", "review", "serve"))
    named = set(re.findall(r'data-say(?:-label|-hint)?="([\w-]+)"', pages)) | set(
        re.findall(r'say\("([\w-]+)"', scripts)
    )
    assert named == words["en"].keys()
    for name, said in re.findall(r'data-say="([\w-]+)"[^>]*>([^<]+)<', pages):
        assert name == "language" or words["en"][name] == said


# ---- the command


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"cho",
        b"\xef\xbb\xbfdi cho\r\ncho\rcho\n\n\r\n",
        b"\xef\xbb\xbf",
        HOSTILE.encode(),
        "đi chờ\u0323".encode(),
    ],
)
def test_what_is_not_restored_comes_back_byte_for_byte(here: Path, data: bytes) -> None:
    Path("in.txt").write_bytes(data)
    assert run("review", "in.txt", "-o", "out.html").exit_code == 0
    assert read_page(Path("out.html")).text.encode() == data
    assert run("review", stdin=data).stdout_bytes == run("review", "-", stdin=data).stdout_bytes


def test_the_text_of_a_review_is_that_of_restore(here: Path, tiny_model: Path) -> None:
    source = "\ufeffTroi mua nhe.\r\nCa nha o nha nau pho, đuong vang.\n"
    Path("in.txt").write_text(source, newline="")
    assert run("review", "-m", str(tiny_model), "in.txt", "-o", "out.html").exit_code == 0
    restored = run("restore", "-m", str(tiny_model), "in.txt").stdout_bytes
    assert read_page(Path("out.html")).text.encode() == restored


def test_facts_go_with_the_text(here: Path, loaded: list[object]) -> None:
    Path("thư.md").write_text("cho\n")
    assert (
        run("review", "--threshold", "0.95", "--tone-style", "new", "-m", "m", "thư.md", "-o", "out.html").exit_code
        == 0
    )
    (facts,) = read_page(Path("out.html")).data["facts"]
    assert (facts["download"], facts["threshold"]) == ("thư.reviewed.md", 9500)
    assert loaded == [("m", "new")]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["gone.txt"], 1, "gone.txt"),
        (["bad.txt"], 1, "not UTF-8 text: byte 0xff in line 1"),
        (["letter.docx"], 1, "no text that a page could give back"),
        (["film.srt"], 1, "film.srt"),
        (["--field", "a", "in.txt"], 2, "--field is for csv"),
        (["--threshold", "2", "in.txt"], 2, "--threshold"),
        (["in.txt", "-o", "./in.txt"], 2, "would take the place of FILE"),
        (["long.txt"], 1, "more than 0 million characters, too many for one page: cut it first"),
    ],
)
def test_what_cannot_be_reviewed_is_said_and_nothing_written(
    here: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], code: int, said: str
) -> None:
    monkeypatch.setattr(review_command, "_MOST", 10)
    for name, data in (("bad.txt", b"\xff"), ("letter.docx", b"PK"), ("film.srt", b"cho"), ("in.txt", b"cho")):
        Path(name).write_bytes(data)
    Path("long.txt").write_text("cho " * 3)
    result = run("review", "-o", "out.html", *args)
    assert result.exit_code == code
    assert said in result.stderr
    assert not Path("out.html").exists()
    assert Path("in.txt").read_bytes() == b"cho"


@posix
def test_a_page_is_not_for_a_terminal(here: Path) -> None:
    Path("in.txt").write_text("cho")
    master, slave = os.openpty()
    done = subprocess.run(
        command("review", "in.txt"), stdout=slave, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert b"-o review.html" in done.stderr

"""What users read in Vietnamese: which settings ask for it, that all is translated, and how sentences are known."""

from __future__ import annotations

import gettext
import io
from pathlib import Path
from string import Formatter

import pytest
from commandline import BARE, call, run
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.cli import COMMANDS
from vndiacritic.cli.language import CATALOGUES, DOMAIN, Catalogue, Template, listen, telling, told

SETTINGS = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def language(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No language is asked for yet."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(gettext, "_current_domain", gettext.textdomain())
    return monkeypatch


@pytest.fixture
def vietnamese(language: pytest.MonkeyPatch) -> None:
    language.setenv("LANG", "vi_VN.UTF-8")


# ---- which language


@pytest.mark.parametrize(
    ("name", "value", "vietnamese"),
    [
        *((name, value, True) for name in SETTINGS for value in ("vi", "vi_VN", "vi_VN.UTF-8")),
        ("LANGUAGE", "fr:vi", True),
        ("LANGUAGE", "C:vi", False),
        ("LANG", "C", False),
        ("LANG", "en_GB.UTF-8", False),
        ("LC_CTYPE", "vi_VN.UTF-8", False),
    ],
)
def test_the_environment_chooses(language: pytest.MonkeyPatch, name: str, value: str, vietnamese: bool) -> None:
    language.setenv(name, value)
    assert told("interrupted") == ("đã bị ngắt" if vietnamese else "interrupted")


def test_a_process_speaks_vietnamese(here: Path, language: pytest.MonkeyPatch) -> None:
    language.setenv("LC_ALL", "vi")
    language.setenv("PYTHONIOENCODING", "utf-8")
    result = call("strip", "absent.txt", ".")
    assert result.stderr.decode("utf-8").splitlines() == [
        "vndiacritic: không đọc được absent.txt: không có tệp hoặc thư mục này",
        "vndiacritic: không đọc được .: đó là thư mục; dùng -r để lấy các tệp trong đó",
        "vndiacritic: 2 trong 2 tệp bị lỗi",
    ]


# ---- help and wrong usage

ENGLISH = {"the", "of", "and", "is", "to", "for", "with", "Options", "Usage", "Commands", "default", "Show", "Examples"}


@pytest.mark.usefixtures("vietnamese")
@pytest.mark.parametrize("path", [(), *((name,) for name in COMMANDS), ("model", "info"), ("model", "verify")])
def test_every_help_is_vietnamese(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    before, heading, examples = result.stdout.partition("  Ví dụ:\n")
    assert heading
    assert "vndiacritic" in examples.splitlines()[0]
    prose = [*before.splitlines(), *(line for line in examples.splitlines() if not line.startswith("    "))]
    assert ENGLISH.isdisjoint(" ".join(prose).replace(".", " ").replace(":", " ").split())
    assert max(map(len, prose)) <= 80


@pytest.mark.usefixtures("vietnamese")
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("restore", "-i"), "Lỗi: -i cần FILE, không dùng được với đầu vào chuẩn"),
        (("restore", "--no-such"), "Lỗi: Không có tùy chọn"),
        (("restroe",), "Lỗi: không có lệnh 'restroe': có phải ý bạn là restore?"),
        (("help",), "Lỗi: không có lệnh 'help': có các lệnh restore, clean, "),
        (("evaluate",), "Lỗi: Thiếu tham số 'GOLD...'."),
        (("restore", "-j", "0"), "0 không nằm trong khoảng x>=1."),
        (("restore", "-j", "x"), "'x' không phải"),
        (("restore", "--format", "xml"), "'xml' không thuộc 'text', 'jsonl'."),
        (("clean", "--steps", "nothing", "x"), "Lỗi: --steps: không có bước 'nothing'; có các bước characters,"),
    ],
)
def test_wrong_usage_is_told_in_vietnamese(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("Cách dùng: ")


def test_the_next_run_may_be_in_another_language(language: pytest.MonkeyPatch) -> None:
    english = run("restore", "--help").stdout
    language.setenv("LANG", "vi")
    assert "Cách dùng: " in run("restore", "--help").stdout
    language.setenv("LANG", "C")
    assert run("restore", "--help").stdout == english


# ---- sentences


@pytest.mark.usefixtures("vietnamese", "loaded")
def test_errors_and_summaries_are_vietnamese(here: Path) -> None:
    Path("a.txt").write_text(BARE)
    Path("bad.txt").write_bytes(b"\xff")
    Path("news.csv").write_text("id,title\n1,x\n")
    result = run("restore", "-i", "a.txt", "bad.txt", "news.csv", "empty/")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "vndiacritic: bad.txt không phải văn bản UTF-8: byte 0xff ở dòng 1, vị trí byte 0; hãy chuyển mã trước, ví dụ "
        "bằng: iconv -f BẢNG_MÃ -t UTF-8",
        "vndiacritic: không đọc được news.csv theo định dạng csv: hãy dùng --field để nêu các trường chứa văn bản: tệp "
        "có các trường id, title",
        "vndiacritic: không đọc được empty/: không có tệp hoặc thư mục này",
        "vndiacritic: 1 trong 4 tệp đã thay đổi",
        "vndiacritic: 3 trong 4 tệp bị lỗi",
    ]


@pytest.mark.usefixtures("vietnamese")
def test_progress_is_vietnamese() -> None:
    out = io.StringIO()
    stream = telling(out)
    stream.write("\r\x1b[Kvndiacritic: 3 files: 42%, 2 min left")
    stream.write("\r\x1b[Kvndiacritic: learning stage 2: done in 3.1 s\n")
    stream.write("\n")
    assert out.getvalue() == (
        "\r\x1b[Kvndiacritic: 3 tệp: 42%, còn 2 min\r\x1b[Kvndiacritic: đang học bước 2: xong sau 3.1 s\n\n"
    )


KNOWN = Catalogue(
    {
        "cannot read {name}: {reason}": "không đọc được {name}: {reason}",
        "cannot read {name}: it is a folder": "không đọc được {name}: đó là thư mục",
        "is damaged ({detail}): {{...}}": "bị hỏng ({detail}): {{...}}",
        "{path} cannot be {done}": "không {done} được {path}",
        "read": "đọc",
        "no such file": "không có tệp này",
    }
)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("cannot read a: b.txt: no such file", "không đọc được a: b.txt: no such file"),
        ("cannot read a.txt: no such file", "không đọc được a.txt: không có tệp này"),
        ("cannot read a.txt: it is a folder", "không đọc được a.txt: đó là thư mục"),
        ("my model is damaged (x (y)): {...}", "my model bị hỏng (x (y)): {...}"),
        ("{a} cannot be read", "không đọc được {a}"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_sentences_are_known_by_their_templates(sentence: str, expected: str) -> None:
    assert KNOWN.told(sentence) == expected


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4), st.lists(st.text(max_size=9), min_size=4, max_size=4))
def test_what_was_filled_in_is_found_or_its_like(literals: list[str], values: list[str]) -> None:
    template = Template(tuple(literals), tuple(f"place{n}" for n in range(len(literals) - 1)))
    text = template.filled(dict(zip(template.names, values, strict=False)))
    found = template.match(text)
    assert found is not None
    assert template.filled(found) == text


def test_a_long_sentence_takes_little_time() -> None:
    sentence = "cannot read " * 300
    assert KNOWN.told(sentence) == sentence
    assert Catalogue({"{a} a {b} a {c} b": "{c}"}).told("a " * 1900) == "a " * 1900


# ---- the catalogues


def test_every_text_is_translated_and_the_catalogue_is_compiled() -> None:
    messages = pytest.importorskip("docs.make.messages", reason="needs Babel")
    for path, data in messages.made().items():
        assert path.read_bytes() == data, f"{path.name} is not up to date: run python -m docs.make"


def test_every_place_has_its_value() -> None:
    messages = pytest.importorskip("docs.make.messages", reason="needs Babel")
    for language in messages.LANGUAGES:
        for message in messages.merged(language):
            if not message.id:
                continue
            ids, strings = as_list(message.id), as_list(message.string)
            assert all(strings), f"{message.id!r} is not translated: do it in {language}/LC_MESSAGES/{DOMAIN}.po"
            assert places(strings) <= places(ids), message.id
            if isinstance(message.id, str):
                assert places(strings) == places(ids), message.id
            assert [text.strip() for text in strings] == strings


def as_list(text: str | tuple[str, ...] | None) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def places(texts: list[str]) -> set[str]:
    return {f"{name}!{how}" for text in texts for _, name, _, how in Formatter().parse(text) if name is not None}


def test_catalogues_are_in_the_package() -> None:
    assert Path(CATALOGUES, "vi", "LC_MESSAGES", f"{DOMAIN}.mo").is_file()
    listen()
    assert gettext.textdomain() == DOMAIN

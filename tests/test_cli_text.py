"""Commands from text to text: what they print, what they write, and what they say.

The restorer is a fake that knows a few words.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from commandline import BARE, GOLD, FakeRestorer, posix, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vndiacritic import cutting, shipped
from vndiacritic.errors import ModelError
from vndiacritic.words import word_list

pytestmark = pytest.mark.usefixtures("loaded")


# ---- text through


def test_standard_input_is_restored() -> None:
    for args in (("restore",), ("restore", "-")):
        result = run(*args, stdin=BARE.encode())
        assert (result.exit_code, result.stdout, result.stderr) == (0, GOLD, "")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Troi dep",
        b"\xef\xbb\xbfTroi dep\r\nTroi\rdep\n\n\r\n",
        b"Troi\xe2\x80\xa8dep\x0bTroi\x0cdep\x00\n",
    ],
)
def test_everything_but_diacritics_stays_byte_for_byte(here: Path, data: bytes) -> None:
    Path("in.txt").write_bytes(data)
    expected = data.replace(b"Troi", "Trời".encode()).replace(b"dep", "đẹp".encode())
    assert run("restore", stdin=data).stdout_bytes == expected
    assert run("restore", "in.txt").stdout_bytes == expected
    assert run("restore", "in.txt", "-o", "out.txt").exit_code == 0
    assert Path("out.txt").read_bytes() == expected
    assert run("restore", "-i", "in.txt").exit_code == 0
    assert Path("in.txt").read_bytes() == expected


@given(st.text(st.sampled_from("ae \n\r\u2028\x0b\ufeff🙂\u0323đ"), max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_without_known_words_comes_back(text: str) -> None:
    assert run("restore", stdin=text.encode()).stdout_bytes == text.encode()


def test_several_files_are_written_one_after_the_other(here: Path) -> None:
    Path("a.txt").write_text("Troi")
    Path("b.txt").write_text(" dep\n")
    assert run("restore", "a.txt", "b.txt").stdout == "Trời đẹp\n"
    assert run("restore", "a.txt", "-", stdin=b" dep\n").stdout == "Trời đẹp\n"
    assert run("restore", "a.txt", "b.txt", "-o", "both.txt").exit_code == 0
    assert Path("both.txt").read_text() == "Trời đẹp\n"


def test_a_file_may_be_its_own_output(here: Path) -> None:
    Path("a.txt").write_text(BARE)
    assert run("restore", "a.txt", "-o", "a.txt").exit_code == 0
    assert Path("a.txt").read_text() == GOLD


def test_a_long_line_passes(here: Path) -> None:
    Path("long.txt").write_text("Troi dep " * 300_000)
    assert run("restore", "long.txt", "-o", "out.txt").exit_code == 0
    assert Path("out.txt").read_text() == "Trời đẹp " * 300_000


def test_an_endless_line_passes_in_parts_and_is_told_whole(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_LONGEST", 4)
    bare, gold = "Troi dep, " * 5, "Trời đẹp, " * 5
    Path("in.txt").write_text(f"\ufeff{bare}\n{bare}", encoding="utf-8")
    expected = f"\ufeff{gold}\n{gold}"
    for args in (["in.txt"], ["--line-buffered", "in.txt"], ["-"]):
        assert run("restore", *args, stdin=Path("in.txt").read_bytes()).stdout_bytes.decode() == expected
    told = map(json.loads, run("restore", "--format", "jsonl", "in.txt").stdout.splitlines())
    assert [(line["line"], line["text"], line["output"]) for line in told] == [(1, bare, gold), (2, bare, gold)]
    end = "\n\\ No newline at end of file\n"
    assert run("restore", "--diff", "in.txt").stdout_bytes.decode() == (
        f"--- in.txt\n+++ in.txt\n@@ -1,2 +1,2 @@\n-\ufeff{bare}\n-{bare}{end}+\ufeff{gold}\n+{gold}{end}"
    )
    assert run("restore", "--check", "in.txt").stdout == "in.txt\n"
    assert run("restore", "-i", "in.txt").exit_code == 0
    assert Path("in.txt").read_text(encoding="utf-8") == expected
    assert run("restore", "--check", "in.txt").exit_code == 0
    assert run("strip", "in.txt").stdout_bytes.decode() == f"\ufeff{bare}\n{bare}"


@pytest.mark.parametrize("text", ["", "\ufeff", "\ufeff\n"])
def test_files_with_hardly_anything_in_them_pass(text: str) -> None:
    assert run("restore", stdin=text.encode()).stdout_bytes.decode() == text


def test_strip_is_the_way_back(here: Path) -> None:
    Path("a.txt").write_text(GOLD)
    assert run("strip", "a.txt").stdout == BARE
    assert run("strip", "-i", "a.txt").exit_code == 0
    assert Path("a.txt").read_text() == BARE


def test_model_and_tone_style_are_handed_on(loaded: list[tuple[object, ...]]) -> None:
    run("restore")
    run("restore", "-m", "mine", "--tone-style", "new")
    assert loaded == [(None, "old"), ("mine", "new")]


@pytest.mark.parametrize("args", [(), ("-",), ("--format", "jsonl"), ("--check", "--diff")])
def test_each_file_has_its_tones_where_it_wants_them(here: Path, args: tuple[str, ...]) -> None:
    texts = {"new.txt": "hoa binh\nhoà\n", "old.txt": "hòa thuỷ thủy\nhoa binh\n", "new.md": "# hoa binh\n\nthuỷ\n"}
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
    result = run("restore", "--tone-style", "as-is", *texts, *args, stdin="hoa binh, thuỷ.".encode())
    assert [result.stdout.count(form) for form in ("hoà binh", "hòa binh")] == [2 + ("-" in args), 1]


def test_who_waits_for_lines_has_each_by_itself() -> None:
    FakeRestorer.options.clear()
    result = run("restore", "--tone-style", "as-is", "--line-buffered", stdin="thuỷ\nhoa binh\n".encode())
    assert result.stdout == "thuỷ\nhòa binh\n"


# ---- other faces


def test_json_lines() -> None:
    result = run("restore", "--format", "jsonl", stdin=b"\xef\xbb\xbfTroi dep\r\nxa")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": "standard input", "line": 1, "text": "Troi dep", "output": "Trời đẹp"},
        {"file": "standard input", "line": 2, "text": "xa", "output": "xa"},
    ]
    assert "Trời" in result.stdout


def test_check_names_what_would_change(here: Path) -> None:
    Path("bare.txt").write_text(BARE)
    Path("gold.txt").write_text(GOLD)
    result = run("restore", "--check", "gold.txt", "bare.txt")
    assert (result.exit_code, result.stdout) == (1, "bare.txt\n")
    result = run("restore", "--check", "gold.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("bare.txt").read_text() == BARE


def test_diff_shows_what_would_change(here: Path) -> None:
    Path("bare.txt").write_text("x\n" + BARE)
    expected = "--- bare.txt\n+++ bare.txt\n@@ -1,3 +1,3 @@\n x\n" + "".join(
        sign + line for sign, text in (("-", BARE), ("+", GOLD)) for line in text.splitlines(keepends=True)
    )
    for args, code in ((("--diff",), 0), (("--diff", "--check"), 1)):
        result = run("restore", *args, "bare.txt")
        assert (result.exit_code, result.stdout) == (code, expected)


# ---- in place


def test_in_place_leaves_unchanged_files_alone(here: Path) -> None:
    Path("bare.txt").write_text(BARE)
    Path("gold.txt").write_text(GOLD)
    before = os.stat("gold.txt")
    result = run("restore", "-i", "bare.txt", "gold.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "vndiacritic: 1 of 2 files changed\n"
    assert Path("bare.txt").read_text() == GOLD
    after = os.stat("gold.txt")
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(os.listdir()) == ["bare.txt", "gold.txt"]


@posix
def test_in_place_keeps_modes_and_links(here: Path) -> None:
    Path("bare.txt").write_text(BARE)
    Path("bare.txt").chmod(0o604)
    Path("link.txt").symlink_to("bare.txt")
    assert run("restore", "-i", "link.txt").exit_code == 0
    assert Path("link.txt").is_symlink()
    assert Path("bare.txt").read_text() == GOLD
    assert stat.S_IMODE(os.stat("bare.txt").st_mode) == 0o604


@posix
def test_only_files_are_rewritten_in_place(here: Path) -> None:
    os.mkfifo("pipe")
    result = run("restore", "-i", "pipe", ".")
    assert result.exit_code == 1
    assert "pipe is not a file" in result.stderr
    assert "cannot read .: it is a folder; -r takes the files in it" in result.stderr
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


# ---- what goes wrong


@pytest.mark.parametrize("target", [[], ["-o", "out.txt"], ["-i"]])
def test_the_other_files_are_still_done(here: Path, target: list[str]) -> None:
    Path("good.txt").write_text(BARE)
    Path("bad.txt").write_bytes(b"Troi dep\n" * 9 + b"Troi \xff\n")
    result = run("restore", *target, "absent.txt", "bad.txt", "good.txt")
    assert result.exit_code == 1
    *sentences, summary = result.stderr.splitlines()
    assert sentences[0] == "vndiacritic: cannot read absent.txt: No such file or directory"
    assert sentences[1].startswith("vndiacritic: bad.txt is not UTF-8 text: byte 0xff in line 10 at byte offset 86")
    assert summary == "vndiacritic: 2 of 3 files failed"
    done = {"-o": "out.txt", "-i": "good.txt"}.get(target[0]) if target else None
    assert (Path(done).read_text() if done else result.stdout) == GOLD
    assert Path("bad.txt").read_bytes() == b"Troi dep\n" * 9 + b"Troi \xff\n"


def test_nothing_is_written_of_a_file_that_is_not_utf_8(here: Path) -> None:
    bad = b"Troi dep\n" * 1000 + b"\xff\n"
    Path("bad.txt").write_bytes(bad)
    Path("old.txt").write_text("old")
    assert run("restore", "bad.txt").stdout == ""
    assert run("restore", stdin=bad).stdout == ""
    assert run("restore", "--format", "jsonl", "bad.txt").stdout == ""
    assert run("restore", "bad.txt", "-o", "new.txt").exit_code == 1
    assert run("restore", "bad.txt", "-o", "old.txt").exit_code == 1
    assert run("restore", "-i", "bad.txt").exit_code == 1
    assert Path("old.txt").read_text() == "old"
    assert sorted(os.listdir()) == ["bad.txt", "old.txt"]


def test_standard_input_is_named_in_messages() -> None:
    result = run("restore", stdin=b"\xff")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("vndiacritic: standard input is not UTF-8 text: byte 0xff in line 1")


def test_an_output_that_cannot_be_written_is_named(here: Path) -> None:
    result = run("restore", "-o", "absent/out.txt", stdin=BARE.encode())
    assert result.exit_code == 1
    assert result.stderr == "vndiacritic: cannot write absent/out.txt: No such file or directory\n"


def test_a_model_that_cannot_be_loaded_is_one_sentence(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: object, **options: object) -> FakeRestorer:
        raise ModelError(f"{name} is damaged: copy it again")

    monkeypatch.setattr(shipped, "load_model", refuse)
    Path("a.txt").write_text(BARE)
    result = run("restore", "-m", "my.safetensors", "-i", "a.txt")
    assert (result.exit_code, result.stderr) == (1, "vndiacritic: my.safetensors is damaged: copy it again\n")
    assert Path("a.txt").read_text() == BARE


@pytest.mark.parametrize(
    "args",
    [
        ["-i"],
        ["-i", "-"],
        ["-i", "a.txt", "-o", "b.txt"],
        ["-i", "--check", "a.txt"],
        ["--diff", "-o", "b.txt", "a.txt"],
        ["--check", "--format", "jsonl"],
        ["-i", "--format", "jsonl", "a.txt"],
        ["--format", "xml"],
        ["--tone-style", "modern"],
        ["--no-such-option"],
    ],
)
def test_contradictions_are_wrong_usage(args: list[str]) -> None:
    result = run("restore", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr
    assert "Error: " in result.stderr


# ---- several processes


def test_jobs_are_handed_to_the_restorer(here: Path) -> None:
    FakeRestorer.jobs.clear()
    assert run("restore", "-j", "2", stdin=BARE.encode()).stdout == GOLD
    assert run("restore", stdin=BARE.encode()).stdout == GOLD
    assert run("restore", "-j", "2", "--format", "jsonl", "--alternatives", "3", stdin=BARE.encode()).exit_code == 0
    assert FakeRestorer.jobs == [2, 1, 2]
    assert run("restore", "-j", "0").exit_code == 2


# ---- confidence


def test_confidence_is_handed_to_the_restorer() -> None:
    FakeRestorer.options.clear()
    assert run("restore", "--min-confidence", "0.9", "--mark", "?", stdin=b"xa").exit_code == 0
    assert run("restore", "--min-confidence", "0.9", stdin=b"xa").exit_code == 0
    assert run("restore", stdin=b"xa").exit_code == 0
    assert FakeRestorer.options == [
        {"min_confidence": 0.9, "mark": "?"},
        {"min_confidence": 0.9, "mark": ""},
        {"min_confidence": 0, "mark": ""},
    ]


@pytest.mark.parametrize(
    "args",
    [
        ["--mark", "?"],
        ["--min-confidence", "1.5"],
        ["--alternatives", "3"],
        ["--alternatives", "0", "--format", "jsonl"],
    ],
)
def test_what_says_nothing_alone_is_wrong_usage(args: list[str]) -> None:
    assert run("restore", *args).exit_code == 2


def test_alternatives_are_told_with_their_places() -> None:
    args = ("restore", "--format", "jsonl", "--alternatives", "2", "--min-confidence", "0.9")
    (told,) = map(json.loads, run(*args, stdin="\ufeffĐi cho\r\n".encode()).stdout.splitlines())
    assert (told["text"], told["output"]) == ("Đi cho", "Đi cho")
    assert told["syllables"] == [
        {"start": 3, "end": 6, "text": "cho", "confidence": 0.8, "alternatives": [{"text": "chợ", "confidence": 0.8}]}
    ]


# ---- a list of words


def test_a_word_list_is_handed_to_the_model(here: Path, loaded: list[tuple[object, ...]]) -> None:
    Path("names.txt").write_text("# tên riêng\nTạ Thị Mận\nHoà\n", encoding="utf-8")
    assert run("restore", "--words", "names.txt").stderr == ""
    assert loaded == [(None, "old", word_list(["Tạ Thị Mận", "Hoà"]))]


def test_what_is_odd_in_a_word_list_is_said(here: Path) -> None:
    Path("names.txt").write_text("Mận\nMẫn\n", encoding="utf-8")
    result = run("restore", "--words", "names.txt", stdin=BARE.encode())
    assert (result.exit_code, result.stdout) == (0, GOLD)
    assert result.stderr.startswith("vndiacritic: names.txt: 'Mận' in line 1 and 'Mẫn' in line 2 are the same without")
    Path("names.txt").write_text("Mận\nC++\n", encoding="utf-8")
    result = run("restore", "--words", "names.txt", stdin=BARE.encode())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("vndiacritic: names.txt, line 2: 'C++' is not made of words")
    assert "cannot read absent.txt" in run("restore", "--words", "absent.txt").stderr

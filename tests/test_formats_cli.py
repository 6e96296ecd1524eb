"""Documents at the command line: each file by its format, in all the ways that text files go."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from commandline import BARE, GOLD, FakeRestorer, call, posix, run

pytestmark = pytest.mark.usefixtures("loaded")

DOCUMENTS = {
    "a.md": ("# Troi\n\n`Troi` dep\n", "# Trời\n\n`Troi` đẹp\n"),
    "a.srt": ("1\n00:00:01,000 --> 00:00:02,000\nToi\ndi cho.\n", "1\n00:00:01,000 --> 00:00:02,000\nTôi\nđi chợ.\n"),
    "a.vtt": ("WEBVTT\n\n00:01.000 --> 00:02.000\nTroi\n", "WEBVTT\n\n00:01.000 --> 00:02.000\nTrời\n"),
    "a.html": ("<p class=Toi>Toi <b>di</b>\r\ncho.</p>", "<p class=Toi>Tôi <b>đi</b>\r\nchợ.</p>"),
    "a.po": ('msgid "Toi"\nmsgstr "Toi"\n', 'msgid "Toi"\nmsgstr "Tôi"\n'),
    "b.csv": ('a,b\nToi,"Toi ""Troi"" cho."\n', 'a,b\nToi,"Tôi ""Trời"" chợ."\n'),
    "b.tsv": ("\ufeffa\tb\nToi\tTroi dep\n", "\ufeffa\tb\nToi\tTrời đẹp\n"),
    "b.jsonl": ('{"a": "Toi", "b": "Toi"}\n', '{"a": "Toi", "b": "Tôi"}\n'),
    "c.txt": (BARE, GOLD),
}


def word(text: str) -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(text)
    document.add_paragraph("")
    document.save(out)
    return out.getvalue()


def words_of(path: str) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(path).paragraphs]


@pytest.fixture
def documents(here: Path) -> Path:
    """A folder with a document of each format."""
    for name, (bare, _) in DOCUMENTS.items():
        path = here / "docs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bare.encode("utf-8"))
    (here / "docs" / "d.docx").write_bytes(word("Troi dep"))
    return here / "docs"


def contents(folder: str) -> dict[str, str]:
    return {name: (Path(folder) / name).read_bytes().decode("utf-8") for name in DOCUMENTS}


GOLDS = {name: gold for name, (_, gold) in DOCUMENTS.items()}


@pytest.mark.usefixtures("documents")
def test_a_folder_of_all_formats_goes_into_another() -> None:
    result = run("restore", "-r", "docs", "--field", "b", "-o", "out")
    assert (result.exit_code, result.stderr) == (0, "vndiacritic: 10 of 10 files changed\n")
    assert contents("out") == GOLDS
    assert words_of("out/d.docx") == ["Trời đẹp", ""]


def test_a_folder_of_all_formats_is_rewritten_in_place(documents: Path) -> None:
    assert run("restore", "-r", "-i", "--backup", "docs", "--field", "b").exit_code == 0
    assert contents("docs") == GOLDS
    assert words_of("docs/d.docx") == ["Trời đẹp", ""]
    assert words_of("docs/d.docx.bak") == ["Troi dep", ""]
    before = (documents / "d.docx").stat()
    again = run("restore", "-r", "-i", "docs", "--field", "b")
    assert again.stderr == "vndiacritic: 0 of 10 files changed\n"
    assert (documents / "d.docx").stat() == before


@pytest.mark.usefixtures("documents")
def test_a_folder_of_all_formats_is_stripped() -> None:
    assert run("restore", "-r", "docs", "--field", "b", "-o", "out").exit_code == 0
    assert run("strip", "-r", "out", "--field", "b", "-o", "bare").exit_code == 0
    assert contents("bare") == {name: bare for name, (bare, _) in DOCUMENTS.items()}
    assert words_of("bare/d.docx") == ["Troi dep", ""]


@pytest.mark.usefixtures("documents")
def test_a_folder_gives_the_files_that_can_be_done() -> None:
    checked = ("restore", "--check", "-r", "docs")
    without_fields = [f"docs/{name}" for name in ("a.html", "a.md", "a.po", "a.srt", "a.vtt", "c.txt", "d.docx")]
    assert run(*checked).stdout.splitlines() == without_fields
    assert run(*checked, "--as", "md").stdout.splitlines() == ["docs/a.md"]
    assert run(*checked, "--as", "text").stdout.splitlines() == ["docs/c.txt"]
    assert run(*checked, "--as", "text", "--pattern", "*.P?").stdout.splitlines() == ["docs/a.po"]
    result = run("restore", "-r", "docs", "--mark", "?", "--min-confidence", "0.9")
    assert (result.exit_code, result.stdout) == (0, GOLD)


@pytest.mark.usefixtures("documents")
def test_documents_are_checked_and_compared() -> None:
    result = run("restore", "--check", "docs/a.md", "docs/d.docx")
    assert (result.exit_code, result.stdout) == (1, "docs/a.md\ndocs/d.docx\n")
    result = run("restore", "--diff", "docs/a.srt", "docs/d.docx")
    assert result.stdout == (
        "--- docs/a.srt\n+++ docs/a.srt\n@@ -1,4 +1,4 @@\n 1\n 00:00:01,000 --> 00:00:02,000\n-Toi\n-di cho.\n+Tôi\n"
        "+đi chợ.\n--- docs/d.docx\n+++ docs/d.docx\n@@ -1,2 +1,2 @@\n-Troi dep\n+Trời đẹp\n \n"
    )


@pytest.mark.usefixtures("documents")
def test_lines_and_paragraphs_are_told_as_json() -> None:
    result = run("restore", "--format", "jsonl", "docs/a.vtt", "docs/d.docx")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["line"], line["output"]) for line in told if line["text"] != line["output"]] == [
        (4, "Trời"),
        (1, "Trời đẹp"),
    ]


@pytest.mark.usefixtures("documents")
def test_a_document_may_come_through_a_pipe() -> None:
    result = run("restore", "--as", "html", stdin=DOCUMENTS["a.html"][0].encode("utf-8"))
    assert result.stdout_bytes.decode("utf-8") == DOCUMENTS["a.html"][1]
    result = run("strip", "--as", "docx", stdin=word("Trời"))
    Path("out.docx").write_bytes(result.stdout_bytes)
    assert words_of("out.docx") == ["Troi", ""]
    assert run("restore", "--as", "text", "docs/a.md").stdout == "# Trời\n\n`Trời` đẹp\n"
    assert run("restore", "docs/a.md", "docs/c.txt", "-o", "both").exit_code == 0
    assert Path("both").read_text(encoding="utf-8") == GOLDS["a.md"] + GOLD


@pytest.mark.usefixtures("documents")
def test_what_is_damaged_is_named_with_its_line_and_the_rest_is_done() -> None:
    Path("bad.srt").write_text("an com\n")
    Path("bad.csv").write_text("a,b\n1\n")
    Path("bad.docx").write_text("an com")
    Path("bad.vtt").write_bytes(b"WEBVTT\n\xff")
    bad = ["bad.srt", "bad.csv", "bad.docx", "bad.vtt", "docs/b.tsv"]
    result = run("restore", *bad, "docs/c.txt", "docs/b.csv", "--field", "b", "-o", "out/")
    assert result.exit_code == 1
    assert [line.removeprefix("vndiacritic: ")[:64] for line in result.stderr.splitlines()] == [
        "cannot read bad.srt as srt: line 1 should be a cue's number or i",
        "cannot read bad.csv as csv: the row in line 2 has 1 fields, the ",
        "cannot read bad.docx as docx: it is no .docx document, or a dama",
        "bad.vtt is not UTF-8 text: byte 0xff in line 2 at byte offset 7;",
        "3 of 7 files changed",
        "4 of 7 files failed",
    ]
    assert sorted(path.name for path in Path("out").iterdir()) == ["b.csv", "b.tsv", "c.txt"]


@pytest.mark.usefixtures("documents")
def test_fields_are_asked_for() -> None:
    result = run("restore", "docs/b.csv", "docs/a.md")
    assert (result.exit_code, result.stdout) == (1, GOLDS["a.md"])
    assert "cannot read docs/b.csv as csv: name the fields that are text with --field: it has a, b\n" in result.stderr


@pytest.mark.usefixtures("documents")
def test_options_reach_the_restorer(here: Path) -> None:
    FakeRestorer.options.clear()
    FakeRestorer.jobs.clear()
    (here / "names.txt").write_text("Toi\n")
    assert run("restore", "-j", "2", "--min-confidence", "0.5", "--words", "names.txt", "docs/a.srt").exit_code == 0
    assert FakeRestorer.options == [{"min_confidence": 0.5, "mark": ""}]
    assert FakeRestorer.jobs == [2]


@pytest.mark.parametrize(
    "args",
    [
        ["--line-buffered"],
        ["--min-confidence", "0.5", "--mark", "?"],
        ["--format", "jsonl", "--alternatives", "2"],
    ],
)
@pytest.mark.usefixtures("documents")
def test_what_is_for_plain_text_is_refused_for_documents(args: list[str]) -> None:
    result = run("restore", *args, "docs/a.md", "docs/c.txt")
    assert result.exit_code == 1
    assert f"docs/a.md is md, and {args[-2] if args[1:] else args[0]} is for plain text: try --as text" in result.stderr
    assert result.stdout
    assert run("restore", *args, "--as", "md", "docs/a.md").exit_code == 2


@pytest.mark.parametrize("args", [["--as", "pdf"], ["--as", "md", "--field", "b"], ["--as", "text", "--field", "b"]])
def test_contradictions_are_wrong_usage(args: list[str]) -> None:
    assert run("strip", *args, "docs/a.md").exit_code == 2


@pytest.mark.usefixtures("documents")
def test_what_is_no_text_does_not_follow_other_files() -> None:
    result = run("restore", "docs/c.txt", "docs/d.docx")
    assert (result.exit_code, result.stdout) == (1, GOLD)
    assert "docs/d.docx is no text, which others could follow: use -i, or -o with a folder" in result.stderr


@posix
@pytest.mark.usefixtures("documents")
def test_it_works_in_a_process_of_its_own() -> None:
    done = call("strip", "--field", "b", "docs/b.jsonl", stdin=b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, DOCUMENTS["b.jsonl"][0].encode("utf-8"), b"")

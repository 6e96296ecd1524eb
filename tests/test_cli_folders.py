"""Commands on folders, into folders, and what is kept of replaced files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from commandline import BARE, GOLD, run

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.fixture
def notes(here: Path) -> Path:
    """A folder of two files to restore, one that is restored, and one of another kind."""
    for name, text in (("a.txt", BARE), ("deep/b.txt", BARE), ("deep/gold.txt", GOLD), ("c.log", BARE)):
        path = here / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return here / "notes"


def files_in(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_is_written_into_another(notes: Path) -> None:
    result = run("restore", "-r", "notes", "-o", "out")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "vndiacritic: 2 of 3 files changed\n")
    assert files_in(Path("out")) == {"a.txt": GOLD, "deep/b.txt": GOLD, "deep/gold.txt": GOLD}
    assert files_in(notes)["a.txt"] == BARE


def test_files_are_written_into_a_folder_that_is_there(notes: Path) -> None:
    Path("out").mkdir()
    for target in ("out", "new/"):
        assert run("restore", "notes/a.txt", "notes/c.log", "-o", target).exit_code == 0
        assert files_in(Path(target)) == {"a.txt": GOLD, "c.log": GOLD}
    assert run("restore", "notes/a.txt", "-o", "new/", "--format", "jsonl").exit_code == 0
    told = [json.loads(line)["output"] for line in files_in(Path("new"))["a.txt.jsonl"].splitlines()]
    assert told == GOLD.splitlines()


def test_a_folder_is_rewritten_in_place(notes: Path) -> None:
    result = run("restore", "-r", "-i", "--pattern", "*.txt", "--pattern", "*.log", "notes")
    assert (result.exit_code, result.stderr) == (0, "vndiacritic: 3 of 4 files changed\n")
    assert set(files_in(notes).values()) == {GOLD}


def test_a_folder_is_checked(notes: Path) -> None:
    result = run("restore", "-r", "--check", "notes")
    assert (result.exit_code, result.stdout) == (1, "notes/a.txt\nnotes/deep/b.txt\n")
    assert result.stderr == "vndiacritic: 2 of 3 files would change\n"


def test_what_fails_in_a_folder_does_not_stop_the_rest(notes: Path) -> None:
    (notes / "bad.txt").write_bytes(b"\xff")
    Path("empty").mkdir()
    result = run("restore", "-r", "notes", "empty", "absent.txt", "-o", "out")
    assert result.exit_code == 1
    assert [line.split(": ")[1][:20] for line in result.stderr.splitlines()] == [
        "empty has no file *.",
        "notes/bad.txt is not",
        "cannot read absent.t",
        "2 of 6 files changed",
        "3 of 6 files failed",
    ]
    assert set(files_in(Path("out"))) == {"a.txt", "deep/b.txt", "deep/gold.txt"}


def test_a_folder_needs_the_option(notes: Path) -> None:
    for target in ([], ["-i"], ["-o", "out.txt"]):
        result = run("restore", *target, "notes", "notes/a.txt")
        assert result.exit_code == 1
        assert "cannot read notes: it is a folder; -r takes the files in it" in result.stderr
    assert Path("out.txt").read_text(encoding="utf-8") == GOLD


def test_what_was_there_is_kept_beside_it(notes: Path) -> None:
    os.chdir(notes)
    assert run("restore", "-i", "--backup", "a.txt", "deep/gold.txt").exit_code == 0
    Path("a.txt").write_text("Troi\n")
    assert run("restore", "-i", "--backup", "a.txt").exit_code == 0
    kept = {name: text for name, text in files_in(Path()).items() if "a.txt" in name or "gold" in name}
    assert kept == {"a.txt": "Trời\n", "a.txt.bak": BARE, "a.txt.bak2": "Troi\n", "deep/gold.txt": GOLD}


@pytest.mark.parametrize(
    "args",
    [
        ["--backup", "notes/a.txt"],
        ["--pattern", "*.log", "notes/a.txt"],
        ["-r"],
        ["-r", "-"],
        ["-o", "notes"],
        ["-o", "notes/", "-"],
    ],
)
@pytest.mark.usefixtures("notes")
def test_contradictions_are_wrong_usage(args: list[str]) -> None:
    result = run("restore", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_a_file_is_no_folder(notes: Path) -> None:
    result = run("restore", "-r", "notes/deep", "-o", "notes/c.log")
    assert result.exit_code == 1
    assert "cannot write notes/c.log: File exists" in result.stderr
    assert files_in(notes)["c.log"] == BARE

"""Folders become lists of files, and files get their places in another folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from commandline import posix

from vndiacritic.errors import VndiacriticError
from vndiacritic.folders import Found, find_files, targets


@pytest.fixture
def tree(here: Path) -> Path:
    """A folder with files at some depth, hidden ones, and others than text."""
    for name in ("b.txt", "a.txt", "c.md", "deep/er/d.txt", "deep/.git/e.txt", ".f.txt", "deep/g.TXT"):
        path = here / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return here


def found(paths: list[str], *patterns: str) -> tuple[list[str], list[str]]:
    """Paths in a folder, and what was said."""
    said: list[VndiacriticError] = []
    files = list(find_files(paths, patterns or ("*.txt",), said.append))
    return [file.path for file in files], list(map(str, said))


@pytest.mark.usefixtures("tree")
def test_files_come_in_order_in_any_case_and_hidden_ones_do_not() -> None:
    assert found(["notes"]) == (["notes/a.txt", "notes/b.txt", "notes/deep/g.TXT", "notes/deep/er/d.txt"], [])
    assert found(["notes"], "*.md", "b*") == (["notes/b.txt", "notes/c.md"], [])
    assert found(["notes/c.md", "absent.txt"]) == (["notes/c.md", "absent.txt"], [])


@pytest.mark.usefixtures("tree")
def test_places_are_counted_from_the_folder() -> None:
    files = list(find_files(["notes", "notes/deep", "notes/c.md"], ["d.*"], print))
    assert [file.inside for file in files] == ["deep/er/d.txt", "er/d.txt", "c.md"]
    assert list(targets(files, "out", print)) == [
        ("notes/deep/er/d.txt", "out/deep/er/d.txt"),
        ("notes/deep/er/d.txt", "out/er/d.txt"),
        ("notes/c.md", "out/c.md"),
    ]


@pytest.mark.usefixtures("tree")
def test_a_folder_without_such_files_is_named() -> None:
    said = "notes has no file *.srt, *.vtt: name another with --pattern"
    assert found(["notes", "notes/a.txt"], "*.srt", "*.vtt") == (["notes/a.txt"], [said])


def test_two_files_do_not_become_one() -> None:
    said: list[VndiacriticError] = []
    files = [Found("a/x.txt", "x.txt"), Found("b/x.txt", "x.txt"), Found("b/y.txt", "y.txt")]
    assert list(targets(files, "out", said.append)) == [("a/x.txt", "out/x.txt"), ("b/y.txt", "out/y.txt")]
    assert list(map(str, said)) == ["a/x.txt and b/x.txt would both be out/x.txt: write one to another folder"]


@pytest.mark.usefixtures("tree")
def test_a_folder_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == os.path.join("notes", "deep"):  # root reads every folder, whatever its mode
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    paths, said = found(["notes"])
    assert paths == ["notes/a.txt", "notes/b.txt"]
    assert said == ["cannot read the folder notes/deep: Permission denied"]


@posix
def test_links_to_folders_are_not_followed(tree: Path) -> None:
    (tree / "notes/loop").symlink_to(tree / "notes")
    (tree / "notes/gone.txt").symlink_to("nowhere")
    assert found(["notes"])[0] == ["notes/a.txt", "notes/b.txt", "notes/deep/g.TXT", "notes/deep/er/d.txt"]

"""Corpora are found and read in the same order everywhere, and what is wrong with one is named."""

from __future__ import annotations

import gzip
import os
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.corpus import Corpus, held_out
from vndiacritic.errors import CorpusError, EncodingError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two kinds, a subfolder, and things that are no corpus."""
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "c.txt").write_bytes("\ufeffChợ đông\r\n\n  \nNắng to".encode())
    (tmp_path / "a.TXT.gz").write_bytes(gzip.compress("Mưa nhỏ\n".encode()))
    (tmp_path / "2024.05.gz").write_bytes(gzip.compress("Sông dài\n".encode()))
    (tmp_path / "b" / "z.txt").write_bytes("Núi cao\n".encode())
    (tmp_path / "b" / "empty.txt").write_bytes(b"")
    for name in ("README.md", "._c.txt", ".git/x.txt", "table.csv.gz", "model.bin"):
        (tmp_path / name).write_bytes(b"\0\xff")
    return tmp_path


def names(corpus: Corpus, folder: Path) -> list[str]:
    return [str(Path(source.path).relative_to(folder)) for source in corpus.sources]


def test_a_folder_is_read_in_order(folder: Path) -> None:
    corpus = Corpus([folder])
    assert names(corpus, folder) == ["2024.05.gz", "a.TXT.gz", "c.txt", "b/empty.txt", "b/z.txt"]
    assert list(corpus) == ["Sông dài", "Mưa nhỏ", "Chợ đông", "Nắng to", "Núi cao"]
    assert list(corpus) == list(corpus)


def test_lines_come_with_the_name_of_their_file(folder: Path) -> None:
    path = str(folder / "c.txt")
    assert list(Corpus([path]).lines()) == [(path, "Chợ đông"), (path, "Nắng to")]


def test_paths_keep_their_order_and_a_file_counts_once(folder: Path) -> None:
    (folder / "link.txt").symlink_to("c.txt")
    corpus = Corpus([folder / "c.txt", folder, folder / "link.txt"])
    assert names(corpus, folder) == ["c.txt", "2024.05.gz", "a.TXT.gz", "b/empty.txt", "b/z.txt"]


def test_a_named_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "notes.vi").write_text("Trời đẹp\n", encoding="utf-8")
    assert list(Corpus([tmp_path / "notes.vi"])) == ["Trời đẹp"]


def test_progress_counts_bytes_on_disk(folder: Path) -> None:
    (folder / "long.txt").write_text("một dòng\n" * 10_000, encoding="utf-8")
    corpus = Corpus([folder])
    told: list[tuple[int, int]] = []
    assert len(list(corpus.lines(progress=lambda done, total: told.append((done, total))))) == 10_005
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {corpus.size}
    assert told[-1] == (corpus.size, corpus.size)
    assert len(told) > len(corpus.sources)


def test_a_folder_that_links_to_itself_ends(folder: Path) -> None:
    (folder / "b" / "round").symlink_to(folder)
    assert len(Corpus([folder]).sources) == 5


def damaged(data: bytes) -> bytes:
    """A gzip file whose text is there but whose check sum is not its own."""
    packed = bytearray(gzip.compress(data))
    packed[-6] ^= 1
    return bytes(packed)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("photo.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "holds NUL bytes"),
        ("wide.txt", "trời\n".encode("utf-16"), "holds NUL bytes"),
        ("false.gz", b"this is not packed\n", "cannot unpack .*gzip"),
        ("short.gz", gzip.compress(b"mot hai ba bon\n" * 999)[:-20], "cannot unpack .*end"),
        ("wrong.gz", damaged(b"mot\n"), "CRC"),
        ("empty.txt", b"", "corpus is empty"),
        ("blank.txt", b"\n \r\n\t\n", "corpus is empty"),
        ("bom.txt", b"\xef\xbb\xbf", "corpus is empty"),
        ("empty.gz", gzip.compress(b""), "corpus is empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CorpusError, match=reason) as caught:
        list(Corpus([tmp_path / name]))
    assert name in str(caught.value)


def test_a_byte_that_is_not_utf_8_is_named_where_it_stands_in_the_text(tmp_path: Path) -> None:
    (tmp_path / "bad.txt.gz").write_bytes(gzip.compress(b"tot\nx\xff\n"))
    with pytest.raises(EncodingError, match=r"bad\.txt\.gz .* line 2 at byte offset 5"):
        list(Corpus([tmp_path / "bad.txt.gz"]))


def test_paths_without_a_corpus_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.md").write_text("x")
    for name, reason in (
        ("absent", "No such file"),
        ("folder", r"must be \.txt or \.gz"),
        ("pipe", "neither"),
    ):
        with pytest.raises(CorpusError, match=f"{name}.*{reason}"):
            Corpus([tmp_path / name])
    with pytest.raises(CorpusError, match="nothing given"):
        list(Corpus([]))


def test_a_link_to_nothing_in_a_folder_is_named(folder: Path) -> None:
    (folder / "b" / "gone.txt").symlink_to("nowhere.txt")
    with pytest.raises(CorpusError, match=r"gone\.txt: No such file"):
        Corpus([folder])


# ---- splitting


@given(st.text(), st.floats(0, 1), st.floats(0, 1), st.integers(-5, 5))
def test_a_larger_share_holds_out_the_same_and_more(text: str, a: float, b: float, seed: int) -> None:
    small, large = sorted((a, b))
    assert held_out(text, small, seed) <= held_out(text, large, seed)
    assert not held_out(text, 0, seed)
    assert held_out(text, 1, seed)


def test_the_split_has_the_share_asked_for_and_depends_on_the_seed() -> None:
    lines = [f"Ngày {number} trời nắng" for number in range(4000)]
    splits = [[held_out(line, 0.25, seed) for line in lines] for seed in (0, 1)]
    assert all(900 < sum(split) < 1100 for split in splits)
    both = Counter(zip(*splits, strict=True))[True, True]
    assert 180 < both < 320


def test_spaces_and_normal_form_do_not_move_a_line() -> None:
    lines = ["Trời đã sáng", " Trời  đã sáng\r\n", unicodedata.normalize("NFD", "Trời đã sáng")]
    shares = [share / 500 for share in range(500)]
    assert len({tuple(held_out(line, share) for share in shares) for line in lines}) == 1


def test_the_split_stays_what_it_was() -> None:
    """Held-out parts are named in model cards; another hash would mix them into training."""
    assert [number for number in range(60) if held_out(f"Trang {number}", 0.1)] == [1, 16, 18, 34]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        held_out("x", share)

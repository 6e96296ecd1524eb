"""Corpora are found and read in the same order everywhere, and what is wrong with one is named."""

from __future__ import annotations

import gzip
import lzma
import os
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.corpus import Corpus, Entry, drawn, held_out
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


# ---- patterns and weights


def test_a_pattern_stands_for_files_at_any_depth(folder: Path) -> None:
    assert names(Corpus([folder / "*.txt"]), folder) == ["c.txt"]
    assert names(Corpus([folder / "**" / "*.txt"]), folder) == ["b/empty.txt", "b/z.txt", "c.txt"]
    with pytest.raises(CorpusError, match=r"no file matches .*\*\.doc: check the pattern"):
        Corpus([folder / "*.doc"])


def test_a_file_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "[1].txt").write_text("Một\n", encoding="utf-8")
    assert list(Corpus([tmp_path / "[1].txt"])) == ["Một"]


def test_the_last_entry_that_reaches_a_file_says_what_it_weighs(folder: Path) -> None:
    corpus = Corpus([Entry(str(folder)), Entry(str(folder / "c.txt"), weight=3)])
    assert names(corpus, folder) == ["2024.05.gz", "a.TXT.gz", "c.txt", "b/empty.txt", "b/z.txt"]
    assert [source.entry.weight for source in corpus.sources] == [1, 1, 3, 1, 1]


@pytest.mark.parametrize(
    ("weight", "turns"), [(1, [1.0]), (0.25, [0.25]), (2, [1.0, 1.0]), (2.5, [1.0, 1.0, 0.5]), (100, [1.0] * 100)]
)
def test_a_weight_is_turns_and_a_share_of_one_more(folder: Path, weight: float, turns: list[float]) -> None:
    shards = Corpus([Entry(str(folder / "c.txt"), weight)]).shards(1 << 20)
    assert [(shard.turn, shard.share) for shard in shards] == list(enumerate(turns))


@pytest.mark.parametrize("weight", [0, -1, 101, float("nan")])
def test_a_weight_is_above_nothing(weight: float) -> None:
    with pytest.raises(CorpusError, match=r"the weight of a\.txt is .*: give one above 0 and up to 100"):
        Entry("a.txt", weight)


def test_what_is_drawn_has_the_share_asked_for_and_is_not_what_is_held_out() -> None:
    lines = [f"Ngày {number} trời nắng" for number in range(4000)]
    both = Counter((drawn(line, 0.25), held_out(line, 0.25)) for line in lines)
    assert 900 < both[True, True] + both[True, False] < 1100
    assert 180 < both[True, True] < 320


# ---- shards

LINES = st.lists(st.text(st.sampled_from("ab ọđ\r\ufeff🙂"), max_size=9), max_size=30)


@given(LINES, st.integers(1, 40))
def test_shards_have_every_line_once(tmp_path_factory: pytest.TempPathFactory, lines: list[str], size: int) -> None:
    path = tmp_path_factory.mktemp("shards") / "a.txt"
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    whole = [line.lstrip("\ufeff").rstrip("\r") for line in lines]
    found = [line for shard in Corpus([path]).shards(size) for line in shard.lines()]
    assert found == [line for line in whole if line and not line.isspace()]


def test_a_line_without_end_comes_in_pieces(tmp_path: Path) -> None:
    text = "đường dài " * 400_000
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    pieces = list(Corpus([tmp_path / "a.txt"]))
    assert "".join(pieces) == text
    assert max(len(piece.encode()) for piece in pieces) < (1 << 20) + 4  # what is left of a character that was cut


def test_an_error_in_a_later_shard_is_named_by_its_place_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes("đi\n".encode() * 10 + b"a\xff\n")
    (tmp_path / "bad.jsonl").write_bytes(b'{"a": "x"}\n' * 10 + b"{]\n")
    *_, text = Corpus([tmp_path / "bad.txt"]).shards(16)
    with pytest.raises(EncodingError, match=r"bad\.txt is not UTF-8 text: byte 0xff in line 11 at byte offset 41"):
        list(text.lines())
    *_, records = Corpus([Entry(str(tmp_path / "bad.jsonl"), fields=("a",))]).shards(50)
    with pytest.raises(CorpusError, match=r"bad\.jsonl: line 11, column 2, is not JSON"):
        list(records.lines())


# ---- packed files


def zstd(*texts: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    return b"".join(zstandard.compress(text) for text in texts)


@pytest.mark.parametrize(
    ("name", "pack"), [("a.txt.gz", gzip.compress), ("a.xz", lzma.compress), ("a.zst", zstd), ("A.TXT.ZST", zstd)]
)
def test_packed_files_are_unpacked(tmp_path: Path, name: str, pack: object) -> None:
    text = "Mưa nhỏ\nNắng to\n" * 5000
    packed = pack(text.encode())  # type: ignore[operator]
    (tmp_path / name).write_bytes(packed)
    assert list(Corpus([tmp_path])) == text.splitlines()
    (tmp_path / name).write_bytes(packed[: len(packed) // 2])
    with pytest.raises(CorpusError, match=rf"cannot unpack .*{name}"):
        list(Corpus([tmp_path]))


def test_packed_texts_may_follow_each_other(tmp_path: Path) -> None:
    for name, packed in (("a.gz", gzip.compress(b"a\n") * 2), ("b.xz", lzma.compress(b"b\n") * 2)):
        (tmp_path / name).write_bytes(packed)
    (tmp_path / "c.zst").write_bytes(zstd(b"c\n" * 9, b"", b"d\n"))
    assert "".join(Corpus([tmp_path])) == "aabb" + "c" * 9 + "d"


def test_other_bytes_are_no_zstd(tmp_path: Path) -> None:
    pytest.importorskip("zstandard")
    (tmp_path / "a.zst").write_bytes(b"this is not packed\n")
    with pytest.raises(CorpusError, match=r"cannot unpack .*a\.zst"):
        list(Corpus([tmp_path]))


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zst").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(CorpusError, match=r"reading \.zst files needs: pip install 'vndiacritic\[zstd\]'"):
        list(Corpus([tmp_path]))


# ---- records


def of_field(path: Path, *fields: str) -> list[str]:
    return list(Corpus([Entry(str(path), fields=fields)]))


def test_the_fields_of_json_lines_are_text(tmp_path: Path) -> None:
    records = (
        '\ufeff{"id": 1, "body": "Mưa\\r\\nNắng", "meta": {"title": "Trời"}}\n\n'
        '{"id": 2, "body": null}\n{"body": ["Gió", 3, "Mây"], "a.b": "x"}\n{"a": [{"b": "y"}]}'
    )
    (tmp_path / "a.jsonl").write_text(records, encoding="utf-8")
    assert of_field(tmp_path / "a.jsonl", "body") == ["Mưa", "Nắng", "Gió", "Mây"]
    assert of_field(tmp_path / "a.jsonl", "meta.title", "a.b") == ["Trời", "x", "y"]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("a.csv", 'id,text\n1,"Mưa, gió\nvà ""nắng"""\n\n2,Mây\n'),
        ("a.csv", '\ufeffid;text\n1;"Mưa, gió\nvà ""nắng"""\n2;Mây\n'),
        ("a.tsv", 'id\ttext\n1\t"Mưa, gió\nvà ""nắng"""\n2\tMây\n'),
    ],
)
def test_the_fields_of_tables_are_text(tmp_path: Path, name: str, table: str) -> None:
    (tmp_path / name).write_text(table, encoding="utf-8", newline="")
    assert of_field(tmp_path, "text") == ["Mưa, gió", 'và "nắng"', "Mây"]


def test_a_cell_may_hold_a_document(tmp_path: Path) -> None:
    text = "đường dài " * 20_000
    (tmp_path / "a.csv").write_text(f'text,id\n"{text}",1\n', encoding="utf-8")
    assert of_field(tmp_path, "text") == [text]


def test_records_in_folders_count_if_a_field_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress('{"x": "Mưa"}'.encode()))
    with pytest.raises(CorpusError, match=r"holds no corpus.*of files of records, name the field .* with --field"):
        Corpus([tmp_path])
    assert of_field(tmp_path, "x") == ["Mưa"]
    (tmp_path / "b.txt").write_text("Nắng", encoding="utf-8")
    assert list(Corpus([tmp_path])) == ["Nắng"]


@pytest.mark.parametrize(
    ("name", "data", "fields", "reason"),
    [
        (
            "a.jsonl",
            '{"title": "x", "meta": {"url": "y"}}',
            ("body",),
            "no text in a field body: there are title, meta.url",
        ),
        ("a.jsonl", '{"title": "x", "n": 1}', (), "name the field that is text with --field: there are title"),
        ("a.jsonl", '{"title": 3, "a": ""}', ("title",), "no text in a field title: there are a"),
        ("a.csv", "id,text\n", ("body", "id"), "no text in a field body: there are id, text"),
        ("a.csv", "id,text\n", (), "name the field that is text with --field: there are id, text"),
        ("a.tsv", "id\ttext\n", ("id,text",), "no text in a field id,text: there are id, text"),
        ("a.jsonl", "[1]\n", ("a",), "line 1 is no JSON object"),
        ("a.jsonl", '{"b": "x"}\n' + "[" * 100_000, ("a",), "line 2 has too many objects in objects"),
    ],
)
def test_fields_that_are_not_there_are_told_first(
    tmp_path: Path, name: str, data: str, fields: tuple[str, ...], reason: str
) -> None:
    (tmp_path / name).write_text(data, encoding="utf-8")
    with pytest.raises(CorpusError, match=reason) as caught:
        Corpus([Entry(str(tmp_path / name), fields=fields)])
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("id,text\n1,a\n2\n", "line 3 ends a row of 1 fields, the first row has 2"),
        ('id,text\n1,"a\n', "line 2 is no row of a table"),
        ('id,text\n1,"a"b\n', "line 2 is no row of a table"),
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, table: str, reason: str) -> None:
    (tmp_path / "a.csv").write_text(table, encoding="utf-8")
    with pytest.raises(CorpusError, match=rf"a\.csv: {reason}"):
        of_field(tmp_path, "text")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_without_records_is_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(CorpusError, match="corpus is empty"):
        of_field(tmp_path, "text")


# ---- files that cannot be used


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
        ("folder", r"must be \.txt or \.gz or \.xz or \.zst files in it"),
        ("-", "standard input can be read only once: save it to a file first"),
        ("pipe", "neither"),
    ):
        with pytest.raises(CorpusError, match=reason if name == "-" else f"{name}.*{reason}"):
            Corpus([name if name == "-" else tmp_path / name])
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

"""Filters: which lines are left out and why, copies within bounded memory, and the same on any number of workers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cases import read_cases
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.corpus import Corpus, Entry
from vndiacritic.errors import CorpusError
from vndiacritic.training.filters import NO_FILTERS, REASONS, Filters, Tally, duplicates, sift, verdicts_of
from vndiacritic.training.filters.duplicates import Seen, line_hash
from vndiacritic.training.filters.rules import Judge

CASES = read_cases("filters.tsv")
LINES = [line for _, line in CASES]
DEFAULT = Filters()


def judged(lines: Sequence[str], filters: Filters = DEFAULT) -> list[str]:
    return [REASONS[verdict] for verdict in Judge(filters).verdicts(lines)]


# ---- line by line


@pytest.mark.parametrize(("reason", "line"), CASES)
def test_a_line_is_left_out_for_its_reason(reason: str, line: str) -> None:
    assert judged([line]) == [reason]


def test_lines_are_judged_alike_among_others() -> None:
    assert judged(LINES) == [reason for reason, _ in CASES]


@pytest.mark.parametrize(
    ("field", "reason"),
    [("letters", "garbage"), ("syllables", "foreign"), ("marked", "unaccented"), ("damaged", "mojibake")],
)
def test_each_rule_can_be_switched_off(field: str, reason: str) -> None:
    filters = replace(NO_FILTERS, **{field: getattr(Filters(), field)})
    found = set(judged(LINES, filters))
    assert {"kept", reason} <= found
    assert found <= {"kept", reason, "misplaced", "foreign"}
    assert set(judged(LINES, NO_FILTERS)) == {"kept"}


def test_one_damaged_word_in_a_long_line_is_no_matter() -> None:
    good = "Sáng nay trời mưa nhẹ, đường vào chợ ướt và trơn, ai cũng đi chậm lại một chút"
    assert judged([f"{good}, kể cả Qúy."]) == ["kept"]
    assert judged([f"{good}, kể cả Qúy."], Filters(damaged=0.01)) == ["misplaced"]


def test_good_text_is_kept(sample: list[str]) -> None:
    assert set(judged(sample)) == {"kept"}


@given(st.lists(st.text(st.sampled_from("aáạ đ01 .-Ãº»\ufffd🙂"), max_size=12), max_size=8))
def test_any_line_has_a_verdict(lines: list[str]) -> None:
    assert len(judged(lines)) == len(lines)


# ---- copies


@given(st.lists(st.integers(1, 30)), st.integers(1, 9))
def test_copies_are_those_met_before(numbers: list[int], batch: int) -> None:
    hashes = np.array(numbers, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    seen = Seen(len(numbers))
    met = [bool(old) for at in range(0, len(hashes), batch) for old in seen.met(hashes[at : at + batch])]
    assert met == [number in numbers[:at] for at, number in enumerate(numbers)]


def test_a_full_table_overlooks_copies_and_drops_no_good_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "LARGEST", 1 << 10)
    seen = Seen(10**9)
    hashes = np.random.default_rng(0).integers(1, 2**63, 4000, np.uint64)
    assert not seen.met(hashes[:100]).any()
    assert not seen.met(hashes[100:]).any()
    again = seen.met(hashes)
    assert again[:100].all()  # what came first is remembered
    assert 1000 < again.sum() <= 1 << 10


def test_a_table_of_twice_the_lines_finds_nearly_all_copies() -> None:
    hashes = np.random.default_rng(1).integers(1, 2**63, 60_000, np.uint64)
    seen = Seen(len(hashes))
    seen.met(hashes)
    assert seen.met(hashes).mean() > 0.999


def test_copies_differ_in_case_and_spaces_only() -> None:
    assert line_hash("Mưa  to. ") == line_hash("MƯA TO.") != line_hash("Mưa to!")


# ---- a corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """The cases in two files, the second with copies and a weight."""
    (tmp_path / "a.txt").write_text("\n".join(LINES), encoding="utf-8")
    (tmp_path / "b.txt").write_text("\n".join(["Trời đẹp", *LINES[:6], "trời  đẹp"]), encoding="utf-8")
    return Corpus([Entry(str(tmp_path / "a.txt")), Entry(str(tmp_path / "b.txt"), weight=2)])


def sifted(corpus: Corpus, folder: Path, n_jobs: int = 1, size: int = 1 << 20, filters: Filters = DEFAULT) -> Tally:
    folder.mkdir(exist_ok=True)
    return sift(corpus, filters, folder, shard_size=size, n_jobs=n_jobs, progress=lambda *_: None)


def test_reasons_are_counted_for_each_file(corpus: Corpus, tmp_path: Path) -> None:
    tally = sifted(corpus, tmp_path / "work")
    kept = sum(reason == "kept" for reason, _ in CASES)
    assert (tally.n_lines, tally.n_kept) == (len(CASES) + 8, kept + 1)
    assert tally.left_out == {
        "garbage": 5, "foreign": 3, "unaccented": 4, "mojibake": 3, "misplaced": 2, "duplicate": 7,
    }  # fmt: skip
    assert tally.sentence() == (
        f"{kept + 1} of {len(CASES) + 8} lines are kept (left out: garbage 5, foreign 3, unaccented 4, mojibake 3, "
        "misplaced 2, duplicate 7)"
    )
    rows = tally.to_text().splitlines()
    assert rows[0].split() == ["source", "lines", "kept", "of", "the", "text", "left", "out"]
    assert rows[2].split()[1:] == ["8", "12.50", "%", "6.72", "%", "duplicate", "7"]
    assert rows[3].startswith("all")


def test_verdicts_come_in_the_order_of_the_lines(corpus: Corpus, tmp_path: Path) -> None:
    sifted(corpus, tmp_path / "work")
    a, b, again = corpus.shards(1 << 20)
    assert [REASONS[verdict] for verdict in verdicts_of(a, tmp_path / "work")] == [reason for reason, _ in CASES]
    assert [REASONS[verdict] for verdict in verdicts_of(b, tmp_path / "work")] == ["kept", *["duplicate"] * 7]
    assert list(verdicts_of(b, tmp_path / "work")) == list(verdicts_of(again, tmp_path / "work"))


def test_workers_and_interruptions_change_nothing(corpus: Corpus, tmp_path: Path) -> None:
    expected = sifted(corpus, tmp_path / "one", size=200).to_json()
    assert sifted(corpus, tmp_path / "two", n_jobs=2, size=200).to_json() == expected
    (tmp_path / "two" / "filters.json").unlink()  # as if it was interrupted before the last file
    assert sifted(corpus, tmp_path / "two", size=200).to_json() == expected


def test_what_is_done_is_not_done_again(corpus: Corpus, tmp_path: Path) -> None:
    expected = sifted(corpus, tmp_path / "work")
    for source in corpus.sources:
        Path(source.path).write_text("other")
    assert sifted(corpus, tmp_path / "work").to_json() == expected.to_json()


def test_without_filters_all_is_kept(corpus: Corpus, tmp_path: Path) -> None:
    tally = sifted(corpus, tmp_path / "work", filters=NO_FILTERS)
    assert tally.n_kept == tally.n_lines > 0
    assert tally.sentence() == f"{len(CASES) + 8} of {len(CASES) + 8} lines are kept"


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_a_corpus_without_lines_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(CorpusError, match=r"the corpus is empty \(.*a\.txt\)"):
        sifted(Corpus([tmp_path / "a.txt"]), tmp_path / "work")


def test_a_tally_survives_json(corpus: Corpus, tmp_path: Path) -> None:
    tally = sifted(corpus, tmp_path / "work")
    assert Tally.from_json(json.loads(json.dumps(tally.to_json()))).to_text() == tally.to_text()


def test_a_table_of_many_files_shows_those_that_lose_most() -> None:
    tally = Tally()
    for number in range(50):
        reasons = np.array([0] * 10 + [1] * number, np.uint8)
        tally.add(f"file{number}", reasons, np.ones(len(reasons), np.uint32))
    rows = tally.to_text().splitlines()
    assert len(rows) == 1 + 40 + 2
    assert rows[1].startswith("file10")
    assert rows[-2].split()[:3] == ["10", "others", "145"]
    assert rows[-1].split()[:2] == ["all", "1,725"]

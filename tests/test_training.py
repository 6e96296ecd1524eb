"""Training: the same from the same, whatever the workers and interruptions, and never larger than allowed."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from vndiacritic.corpus import Corpus, Entry
from vndiacritic.errors import CorpusError, EncodingError, VndiacriticError
from vndiacritic.evaluation import compare, strip_gold, summarise
from vndiacritic.features import BOUNDARY, REACH, Case, token_type
from vndiacritic.modelfile import open_model
from vndiacritic.restorer import Restorer
from vndiacritic.training import indexing, recipe
from vndiacritic.training.codebooks import codebook_size
from vndiacritic.training.experts import Rows, find_columns, number_columns
from vndiacritic.training.filters import Filters
from vndiacritic.training.index import TokenStream, Variation, index_lines, load_index
from vndiacritic.training.indexing import Reading, build_index
from vndiacritic.training.recipe import Settings, train
from vndiacritic.training.softmax import Schedule, fit, fit_from_both_ends

STEPS = ["reading", "grouping", "learning stage 1", "learning stage 2", "coding", "assembling"]
AS_WRITTEN = Variation(lower=0, unpunctuated=0, both=0, cut=0)


@pytest.fixture(scope="module")
def corpus(sample: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty lines in two files."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "a.txt").write_text("\n".join(sample[:20]), encoding="utf-8")
    (folder / "b.txt").write_text("\n".join(sample[100:120]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of this corpus, and beside it the work folder of its training."""
    folder = tmp_path_factory.mktemp("trained")
    train([corpus], folder / "model", work=folder / "work")
    return folder / "model"


def retrained(
    corpus: Path | Entry, folder: Path, work: Path | None = None, n_jobs: int = 1, **settings: object
) -> bytes:
    """The bytes of the model that a training writes."""
    path = folder / "again"
    train([corpus], path, settings=Settings(**settings), work=work, n_jobs=n_jobs)  # type: ignore[arg-type]
    return path.read_bytes()


# ---- the same from the same


def test_the_same_seed_gives_the_same_bytes(corpus: Path, trained: Path, tmp_path: Path) -> None:
    assert retrained(corpus, tmp_path) == trained.read_bytes()
    assert retrained(corpus, tmp_path, seed=1) != trained.read_bytes()


def test_workers_do_not_change_the_bytes(corpus: Path, trained: Path, tmp_path: Path) -> None:
    assert retrained(corpus, tmp_path, n_jobs=2) == trained.read_bytes()


def test_workers_do_not_take_one_corpus_for_another(corpus: Path, trained: Path, tmp_path: Path) -> None:
    """They outlive a training, and the next one may use the same folder."""
    work = tmp_path / "work"
    other = retrained(corpus / "a.txt", tmp_path, work=work, n_jobs=2)
    assert other != trained.read_bytes()
    shutil.rmtree(work)
    assert retrained(corpus, tmp_path, work=work, n_jobs=2) == trained.read_bytes()


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_training_goes_on(corpus: Path, trained: Path, tmp_path: Path, step: str) -> None:
    work, output = tmp_path / "work", tmp_path / "model"

    def interrupt(at: str, done: int, total: int) -> None:
        if at == step and 2 * done >= total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([corpus], output, work=work, progress=interrupt)
    assert not output.exists()
    assert retrained(corpus, tmp_path, work=work) == trained.read_bytes()


def remove(pattern: str) -> Callable[[Path], None]:
    """Remove every other file of a pattern."""

    def change(work: Path) -> None:
        for path in sorted(work.glob(pattern))[::2]:
            path.unlink()

    return change


def leave_half_a_file(work: Path) -> None:
    path = next(work.glob("rows1/*.npz"))
    path.rename(path.with_name(f"{path.stem}.4711.tmp.npz")).write_bytes(b"PK half")


@pytest.mark.parametrize(
    "change",
    [remove("64MB/codes?/*"), remove("rows2/*"), remove("scores2/*"), remove("rows1/*"), remove("64MB/network.npz"),
     remove("starts.npy"), leave_half_a_file],
    ids=["codes", "rows of stage 2", "scores of stage 2", "rows of stage 1", "network", "groups", "half a file"],
)  # fmt: skip
def test_what_is_missing_is_made_again(
    corpus: Path, trained: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    work = tmp_path / "work"
    shutil.copytree(trained.parent / "work", work)
    change(work)
    assert retrained(corpus, tmp_path, work=work) == trained.read_bytes()


def test_another_trainings_folder_is_refused(corpus: Path, trained: Path, tmp_path: Path) -> None:
    work = trained.parent / "work"
    for path, settings, what in (
        (corpus, {"seed": 1}, "other seed"),
        (corpus, {"min_count": 2, "held_share": 0.5}, "other held share, min count"),
        (corpus, {"filters": Filters()}, "other filters"),
        (corpus / "a.txt", {}, "other sources"),
        (Entry(str(corpus), weight=2), {}, "other weights"),
    ):
        reason = rf"holds another training's results \({what}\): empty it, or name another folder"
        with pytest.raises(CorpusError, match=reason):
            retrained(path, tmp_path, work=work, **settings)
    assert retrained(corpus, tmp_path, work=work) == trained.read_bytes()


def test_a_folder_of_something_else_is_refused_and_not_touched(corpus: Path, tmp_path: Path) -> None:
    work = tmp_path / "letters"
    work.mkdir()
    (work / "symbols.txt").write_text("mine")
    with pytest.raises(CorpusError, match="letters holds files that no training left there: name a new or an empty"):
        retrained(corpus, tmp_path, work=work)
    assert [path.name for path in work.iterdir()] == ["symbols.txt"]


def test_a_training_leaves_only_its_model(corpus: Path, tmp_path: Path) -> None:
    retrained(corpus, tmp_path)
    assert os.listdir(tmp_path) == ["again"]


def test_a_training_that_fails_leaves_the_old_model(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "again").write_bytes(b"old")
    with pytest.raises(CorpusError):
        retrained(corpus, tmp_path, max_size_mb=0.01)
    assert os.listdir(tmp_path) == ["again"]
    assert (tmp_path / "again").read_bytes() == b"old"


# ---- size


def test_a_model_is_no_larger_than_allowed(corpus: Path, trained: Path, tmp_path: Path) -> None:
    allowed = [0.06, 0.07, 0.08]
    sizes = [len(retrained(corpus, tmp_path, max_size_mb=megabytes)) / 1e6 for megabytes in allowed]
    assert all(size <= megabytes for size, megabytes in zip(sizes, allowed, strict=True))
    assert sizes[0] < sizes[1] < sizes[2] < trained.stat().st_size / 1e6


def test_a_small_model_still_restores(corpus: Path, tmp_path: Path, sample: list[str]) -> None:
    retrained(corpus, tmp_path, max_size_mb=0.07)
    gold = sample[:20]
    bare = [strip_gold(line) for line in gold]
    restored = Restorer.load(tmp_path / "again").predict(bare)
    better, before = (summarise(compare(gold, lines), resamples=0).syllable for lines in (restored, bare))
    assert better > before + 50


@pytest.mark.parametrize("megabytes", [0.001, 0.03])
def test_an_impossible_size_is_told_before_the_work(corpus: Path, tmp_path: Path, megabytes: float) -> None:
    steps, settings = set(), Settings(max_size_mb=megabytes)
    with pytest.raises(CorpusError, match=r"the smallest model of this corpus takes 0\.\d+ MB: allow that"):
        train([corpus], tmp_path / "model", settings=settings, progress=lambda *at: steps.add(at[0]))
    assert "learning stage 1" not in steps
    assert not (tmp_path / "model").exists()


def test_rows_that_fit_at_no_strength_are_told() -> None:
    histograms = np.full((2, 3, 2, 8), 10_000)
    with pytest.raises(CorpusError, match="the smallest model of this corpus takes"):
        recipe._weakest(histograms, [3, 3, 3], 1000, Settings(max_size_mb=0.01))
    assert recipe._weakest(histograms, [3, 3, 3], 1000, Settings(max_size_mb=64)) == 0
    assert 0 < recipe._weakest(histograms, [3, 3, 3], 1000, Settings(max_size_mb=1)) < 8


def test_several_sizes_share_what_is_learned(corpus: Path, trained: Path, tmp_path: Path) -> None:
    work, steps = tmp_path / "work", []
    outputs = {0.07: tmp_path / "small", 64: tmp_path / "large"}

    def note(step: str, done: int, total: int) -> None:
        if done == 0:
            steps.append(step)

    made = train([corpus], outputs, work=work, progress=note)
    assert steps.count("reading") == 1
    assert [(model.path, model.max_size_mb) for model in made] == [(path, size) for size, path in outputs.items()]
    assert outputs[64].read_bytes() == trained.read_bytes()
    assert outputs[0.07].read_bytes() == retrained(corpus, tmp_path, max_size_mb=0.07)
    assert made[0].figures["rows"] < made[1].figures["rows"]
    assert retrained(corpus, tmp_path, work=work, max_size_mb=0.07) == outputs[0.07].read_bytes()


def test_the_least_of_several_sizes_is_told_before_the_work(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="the smallest model of this corpus takes"):
        train([corpus], {64: tmp_path / "a", 0.01: tmp_path / "b"})
    assert os.listdir(tmp_path) == []


# ---- what is learned from


def test_filtered_lines_teach_nothing(corpus: Path, trained: Path, tmp_path: Path) -> None:
    """A corpus with bad lines, filtered, gives what it gives without them."""
    bad = tmp_path / "bad"
    shutil.copytree(corpus, bad)
    with (bad / "b.txt").open("a", encoding="utf-8") as file:
        file.write("\nhom nay troi dep qua di thoi nao\nThis is no line of Vietnamese text at all.\n")
        file.write((corpus / "a.txt").read_text(encoding="utf-8"))
    told: list[str] = []
    train([bad], tmp_path / "filtered", settings=Settings(filters=Filters()), remark=told.append)
    assert told == ["40 of 62 lines are kept (left out: foreign 1, unaccented 1, duplicate 20)"]
    one, other = open_model(trained), open_model(tmp_path / "filtered")
    assert one.payload_sha256 == other.payload_sha256
    assert one.metadata["figures"]["lines"] == {"read": 40, "kept": 40, "left_out": {}}
    assert other.metadata["figures"]["lines"] == {
        "read": 62, "kept": 40, "left_out": {"foreign": 1, "unaccented": 1, "duplicate": 20},
    }  # fmt: skip


def test_a_corpus_without_a_good_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hom nay troi dep qua di thoi\n" * 9, encoding="utf-8")
    reason = r"no diacritics in the corpus; 0 of 9 lines are kept \(left out: unaccented 9\)"
    with pytest.raises(CorpusError, match=reason):
        train([tmp_path / "a.txt"], tmp_path / "model", settings=Settings(filters=Filters()))


def test_a_line_repeated_for_ever_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Hôm nay trời đẹp quá\n" * 999, encoding="utf-8")
    reason = r"no syllable with two forms in the corpus; 1 of 999 lines are kept \(left out: duplicate 998\)"
    with pytest.raises(CorpusError, match=reason):
        train([tmp_path / "a.txt"], tmp_path / "model", settings=Settings(filters=Filters()))


def streams(corpus: Path | Entry, folder: Path, pieces: int = 1 << 20, **reading: object) -> list[list[str]]:
    """The lines of an index, those to train on and those held out."""
    plan = Reading(**{"variation": AS_WRITTEN, "seed": 0, "held_share": 0.0, "filtered": False} | reading)  # type: ignore[arg-type]
    folder.mkdir()
    build_index(Corpus([corpus]), folder, plan, n_jobs=1, progress=lambda *_: None)
    return [[" ".join(line) for line in words_of(load_index(folder, part))] for part in ("train", "held")]


def test_a_weight_says_how_often_a_line_is_taken(corpus: Path, tmp_path: Path) -> None:
    once, _ = streams(corpus / "a.txt", tmp_path / "1")
    thrice, held = streams(Entry(str(corpus / "a.txt"), weight=3), tmp_path / "3", held_share=0.3)
    assert {thrice.count(line) for line in once} == {0, 3}
    assert {held.count(line) for line in once} == {0, 1}
    assert {line for line in once if line in held} == set(held)


def test_a_broken_weight_draws_lines_by_the_seed(corpus: Path, tmp_path: Path) -> None:
    entry = Entry(str(corpus / "a.txt"), weight=1.5)
    some, _ = streams(entry, tmp_path / "a")
    counts = [some.count(line) for line in dict.fromkeys(some)]
    assert set(counts) == {1, 2}
    assert streams(entry, tmp_path / "b")[0] == some
    assert streams(entry, tmp_path / "c", seed=1)[0] != some


def test_a_packed_file_is_indexed_in_pieces(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress((corpus / "a.txt").read_bytes()))
    whole = streams(tmp_path / "a.gz", tmp_path / "whole", held_share=0.3)
    monkeypatch.setattr(indexing, "_PIECE", 100)
    assert streams(tmp_path / "a.gz", tmp_path / "pieces", held_share=0.3) == whole
    assert streams(corpus / "a.txt", tmp_path / "plain", held_share=0.3) == whole
    assert not list((tmp_path / "pieces").glob("shard*"))


def test_reading_goes_on_where_it_was_interrupted(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "SHARD_BYTES", 200)
    lines = Corpus([corpus / "a.txt"])
    plan, folder = Reading(AS_WRITTEN, 0, 0.0, filtered=False), tmp_path / "again"
    folder.mkdir()

    def interrupt(_: str, done: int, total: int) -> None:
        if 2 * done > total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(lines, folder, plan, n_jobs=1, progress=interrupt)
    made = len(list(folder.glob("shard*.json")))
    pieces, read = indexing._pieces, []

    def noted(lines: Iterable[str]) -> Iterator[list[str]]:
        read.append(lines)
        return pieces(lines)

    monkeypatch.setattr(indexing, "_pieces", noted)
    build_index(lines, folder, plan, n_jobs=1, progress=lambda *_: None)
    assert 0 < made < len(lines.shards(200))
    assert len(read) == len(lines.shards(200)) - made
    assert [" ".join(line) for line in words_of(load_index(folder, "train"))] == streams(
        corpus / "a.txt", tmp_path / "whole"
    )[0]


# ---- what it says


def test_progress_counts_every_step_from_nothing_to_all(corpus: Path, tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    train([corpus], tmp_path / "model", progress=lambda step, *at: told.setdefault(step, []).append(at))
    assert list(told) == STEPS
    for step, reports in told.items():
        done = [report[0] for report in reports]
        assert done == sorted(done), step
        assert reports[0][0] < reports[0][1] or len(reports) == 1
        assert len({total for _, total in reports}) == 1
        assert reports[-1][0] == reports[-1][1]


def test_the_model_says_how_it_was_made(corpus: Path, trained: Path) -> None:
    metadata = open_model(trained).metadata
    settings = asdict(Settings())
    settings["variation"]["run_length"] = list(settings["variation"]["run_length"])
    assert metadata["settings"] == settings
    assert metadata["corpus"]["files"] == 2
    assert metadata["corpus"]["bytes"] == sum(path.stat().st_size for path in corpus.iterdir())
    assert len(metadata["corpus"]["sha256"]) == 64
    assert metadata["figures"]["experts"] == len(open_model(trained).arrays["salts"])
    assert str(corpus) not in str(dict(metadata))  # nobody's folders


# ---- corpora that are refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "nothing to learn from"),
        (b"\n\n", "nothing to learn from"),
        (b"hom nay troi dep\n" * 10, "no diacritics in the corpus"),
        ("trời đẹp\n".encode(), "no syllable with two forms"),
        ("trời đẹp\n".encode() + b"\xff\n", "not UTF-8 text"),
    ],
)
def test_a_corpus_that_teaches_nothing_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "corpus.txt").write_bytes(data)
    with pytest.raises(VndiacriticError, match=reason):
        train([tmp_path / "corpus.txt"], tmp_path / "model")
    assert os.listdir(tmp_path) == ["corpus.txt"]


def test_a_byte_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes("đi\n".encode() * 10 + b"a\xff\n")
    with pytest.raises(EncodingError, match=r"bad\.txt is not UTF-8 text: byte 0xff in line 11 at byte offset 41"):
        train([tmp_path / "bad.txt"], tmp_path / "model")


# ---- indexing


def words_of(stream: TokenStream) -> list[list[str]]:
    """The forms of a stream, line by line."""
    text = " ".join(stream.symbols[i] for i in stream.form)
    return [line.split() for line in text.split(BOUNDARY) if line.strip()]


def test_lines_become_symbols_with_boundaries_between() -> None:
    stream = index_lines(["Trời đẹp!", "", "Nhà ở xa."], AS_WRITTEN, [0])
    assert words_of(stream) == [["trời", "đẹp", "!"], ["nhà", "ở", "xa", "."]]
    assert len(stream.bare) == 7 + 3 * REACH
    assert [stream.symbols[i] for i in stream.bare[REACH : REACH + 3]] == ["troi", "dep", "!"]
    assert stream.case[REACH : REACH + 3].tolist() == [Case.TITLE, Case.LOWER, Case.STOP]
    assert (stream.bare[:REACH] == 0).all()
    assert stream.symbols[0] == BOUNDARY


def test_nothing_becomes_a_boundary() -> None:
    stream = index_lines([], Variation(), [0])
    assert len(stream.bare) == REACH


def test_unaccented_lines_teach_nothing() -> None:
    lines = ["hom nay troi dep qua di thoi", "di hoc", "hôm nay trời đẹp quá đi thôi"]
    assert words_of(index_lines(lines, AS_WRITTEN, [0])) == [["di", "hoc"], lines[2].split()]


def test_lines_without_case_have_none() -> None:
    stream = index_lines(["TRỜI ĐẸP QUÁ"], AS_WRITTEN, [0])
    assert stream.case[REACH : REACH + 3].tolist() == [Case.NONE] * 3


@pytest.mark.parametrize(
    ("variation", "expected"),
    [
        (Variation(lower=1, unpunctuated=0, both=0, cut=0), [["trời", "đẹp", "!", "nhà", "ở", "xa", "."]]),
        (Variation(lower=0, unpunctuated=1, both=0, cut=0), [["trời", "đẹp", "nhà", "ở", "xa"]]),
        (Variation(lower=0, unpunctuated=0, both=0, cut=1), [["trời", "đẹp", "!"], ["nhà", "ở", "xa", "."]]),
    ],
)
def test_lines_are_varied(variation: Variation, expected: list[list[str]]) -> None:
    assert words_of(index_lines(["Trời đẹp! Nhà ở xa."], variation, [0])) == expected


def test_some_lines_become_short_runs() -> None:
    words = ["đi"] * 100
    variation = Variation(lower=0, unpunctuated=0, both=1, cut=0, run_length=(6, 17))
    lengths = {len(line) for seed in range(20) for line in words_of(index_lines([" ".join(words)], variation, [seed]))}
    assert 100 in lengths  # half of them stay whole
    assert lengths - {100} <= set(range(1, 18))
    assert len(lengths) > 5


def test_shares_of_the_variations_are_those_asked_for() -> None:
    lines = [f"Trời đẹp, {i}." for i in range(4000)]
    stream = index_lines(lines, Variation(cut=0), [1])
    commas = sum(line.count(",") for line in words_of(stream)) / len(lines)
    titles = (stream.case == Case.TITLE).sum() / len(lines)
    assert commas == pytest.approx(1 - 0.06 - 0.07, abs=0.02)
    assert titles == pytest.approx(1 - 0.08 - 0.07, abs=0.02)


def test_more_text_than_an_index_holds_is_told(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vndiacritic.training.indexing._MOST_TOKENS", 100)
    with pytest.raises(CorpusError, match=r"words and signs, more than the 100 .*: draw a part of it with --weight"):
        train([corpus], tmp_path / "model")


def test_control_characters_in_a_corpus_are_no_boundaries(tmp_path: Path, sample: list[str]) -> None:
    lines = [line.replace(",", " \x02 \x03 ,") for line in sample[:40]]
    (tmp_path / "corpus.txt").write_text("\n".join(lines), encoding="utf-8")
    train([tmp_path / "corpus.txt"], tmp_path / "model", settings=Settings(held_share=0.5))
    assert token_type("\x02").bare != BOUNDARY
    assert Restorer.load(tmp_path / "model").restore("\x02\x03") == "\x02\x03"


# ---- learning


def test_softmax_learns_what_columns_say() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 2000)
    columns = np.stack([labels + 1, rng.integers(4, 8, 2000)], axis=1).astype(np.int32)
    weights = np.zeros((8, 3), np.float32)
    order = rng.permutation(len(labels))
    before = fit(columns, labels, np.zeros((1, 3), np.float32), weights, Schedule(0.3, 0.05), order)
    assert before.shape == (2000, 3)
    assert np.allclose(np.exp(before).sum(axis=1), 1, atol=1e-4)
    assert (weights[1:4].argmax(axis=1) == [0, 1, 2]).all()
    assert np.abs(weights[4:]).max() < np.abs(weights[1:4]).max() / 3
    assert (weights[0] == 0).all()


def test_softmax_tells_what_it_thought_before_it_learned() -> None:
    labels = np.zeros(10, np.intp)
    columns = np.arange(1, 11, dtype=np.int32)[:, None]  # every token has a column of its own
    offset = np.log(np.array([[0.2, 0.8]], np.float32))
    before = fit(columns, labels, offset, np.zeros((11, 2), np.float32), Schedule(0.3, 0.05), np.arange(len(labels)))
    assert np.allclose(np.exp(before), [0.2, 0.8], atol=1e-5)


def test_a_fit_from_both_ends_knows_half_of_the_text_when_it_tells() -> None:
    """A column that stands for one label: nobody knows it at the beginning, both fits know it at the middle."""
    labels = np.tile([0, 1], 500)
    columns, order = (labels + 1).astype(np.int32)[:, None], np.arange(1000)
    offset, weights = np.zeros((1, 2), np.float32), np.zeros((3, 2), np.float32)
    before = fit_from_both_ends(columns, labels, offset, weights, Schedule(0.3, 0.05), order)
    alone = np.zeros((3, 2), np.float32)
    once = fit(columns, labels, offset, alone, Schedule(0.3, 0.05), order)
    right = np.exp(before[order, labels])
    assert right[0] > 0.9 > np.exp(once[0, labels[0]])
    assert right.min() > 0.9
    assert np.allclose(weights, alone, atol=0.1)


def test_columns_are_numbered_by_template_and_found_again() -> None:
    big = np.uint64(1) << np.uint64(40)  # what tells keys apart lies above the bits that number tokens
    keys = np.array([[5, 7, 5, 9], [7, 7, 7, 8]], np.uint64) * big
    columns, distinct, template = number_columns(keys)
    assert columns.T.tolist() == [[1, 2, 1, 3], [4, 4, 4, 5]]
    assert distinct.tolist() == (np.array([5, 7, 9, 7, 8], np.uint64) * big).tolist()
    assert template.tolist() == [0, 0, 0, 1, 1]
    kept = np.array([0, 2, 3])
    rows = Rows(distinct[kept], template[kept], np.zeros((3, 2), np.float16))
    assert find_columns(keys, rows, 0).T.tolist() == [[1, 0, 1, 2], [3, 3, 3, 0]]


def test_codebooks_are_never_larger_than_what_they_code() -> None:
    n_rows = np.array([0, 1, 48, 100, 5000, 10**6])
    sizes = codebook_size(n_rows)
    assert (sizes <= n_rows).all()
    assert sizes.max() == 256
    assert (np.diff(sizes) >= 0).all()

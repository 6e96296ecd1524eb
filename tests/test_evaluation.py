"""What the figures mean, that they add up, and that the reference scorer gets the same ones."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import unicodedata
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vndiacritic.evaluation import (
    VARIANTS,
    Column,
    Comparison,
    Figures,
    capitals,
    compare,
    evaluate,
    lower_without_punctuation,
    paired_test,
    pool,
    signature,
    slug,
    split_lines,
    strip_gold,
    summarise,
)

REFERENCE = Path(__file__).parents[2] / "shared" / "bench" / "score_restore.py"

# Invented for these tests.
SENTENCES = [
    "Sáng nay bà ngoại mang rổ khế chua ra chợ huyện.",
    "Con mèo vàng nhà Thúy ngủ trên nóc tủ, đuôi thõng xuống.",
    "Anh thợ điện hẹn 3 giờ chiều sẽ sửa xong cái quạt!",
    "Ở đây mưa suốt, đường trơn và lầy lội.",
    "Bác Hòa trồng được 12 gốc bưởi; năm ngoái chỉ có bảy.",
    "ĐỪNG QUÊN KHÓA CỬA",
    "2024",
    "",
    "Cô giáo hỏi: “Em nào đã đọc hết quyển truyện?”",
]
# Damage that the definitions of the metric disagree about most easily.
ODDITIES = [
    "thuý hoà khoẻ",
    "cà\u0301 phê",
    "ấ\u0302m",
    "tế\u0301t",
    "h\u1e4da L\u1e78",
    "Ðà Nẵng ðường",
    "café Müller niño île",
    "a\u2028b\x0bc\x85d",
    "x² ½ tấn_gạo",
    "trà\rđá",
    "\ufeffchào",
]


def figures(gold: list[str], predicted: list[str]) -> Figures:
    """The figures without intervals."""
    return summarise(compare(gold, predicted), resamples=0)


def damaged(line: str, rng: random.Random) -> str:
    """A line as some bad restorer might return it."""
    words = line.split(" ")
    for at, word in enumerate(words):
        chance = rng.random()
        if chance < 0.2:
            words[at] = strip_gold(word)
        elif chance < 0.25:
            words[at] = word.upper()
        elif chance < 0.3:
            words[at] = unicodedata.normalize("NFD", word)
        elif chance < 0.33:
            words[at] = word + rng.choice(["\u0301", "\u0302", " thừa", "x"])
        elif chance < 0.36:
            words[at] = rng.choice(ODDITIES)
    return " ".join(words)


marked = st.sampled_from("aáàâấăắeéêếoóôơớuúưứyýiíđdhnt")
word = st.text(marked, min_size=1, max_size=4)
line = st.lists(word | st.sampled_from([",", "7", "Ở", *ODDITIES]), max_size=6).map(" ".join)
pairs = st.lists(st.tuples(line, line) | line.map(lambda text: (text, text)), max_size=8)


# The reference scorer


def reference_pairs(folder: Path) -> list[tuple[list[str], list[str]]]:
    """Gold and predicted lines, written to folder as pairs of files."""
    found = []
    for seed in range(24):
        rng = random.Random(seed)
        gold = rng.choices(SENTENCES + ODDITIES, k=rng.choice([0, 1, 5, 40]))
        gold = [damaged(text, rng) if rng.random() < 0.2 else text for text in gold]
        predicted = [damaged(text, rng) if rng.random() < 0.7 else text for text in gold]
        predicted = predicted[: len(predicted) - rng.choice([0, 0, 1, 3])] + ["thêm dòng"] * rng.choice([0, 0, 2])
        end = rng.choice(["\n", "\r\n"])
        for name, lines in ((f"{seed}.gold", gold), (f"{seed}.predicted", predicted)):
            (folder / name).write_text("".join(text + end for text in lines), encoding="utf-8", newline="")
        found.append((gold, predicted))
    return found


needs_reference = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference scorer ../shared/bench/score_restore.py is not here"
)


@needs_reference
def test_figures_are_the_reference_scorers_to_the_last_digit(tmp_path: Path) -> None:
    given_pairs = reference_pairs(tmp_path)
    names = [str(tmp_path / f"{seed}.{side}") for seed in range(24) for side in ("gold", "predicted")]
    run = subprocess.run([sys.executable, str(REFERENCE), *names], capture_output=True, encoding="utf-8", check=True)
    expected = [json.loads(row) for row in run.stdout.splitlines()]
    assert len(expected) == len(given_pairs) == 24
    for (gold, predicted), want in zip(given_pairs, expected, strict=True):
        got = figures(gold, predicted).as_dict()
        del want["gold"]
        assert {name: got[name] for name in want} == want


@needs_reference
def test_figures_of_files_are_the_reference_scorers(tmp_path: Path) -> None:
    reference_pairs(tmp_path)
    gold, predicted = tmp_path / "3.gold", tmp_path / "3.predicted"
    run = subprocess.run([sys.executable, str(REFERENCE), str(gold), str(predicted)], capture_output=True, check=True)
    want = json.loads(run.stdout)
    read = [split_lines(path.read_bytes().decode()) for path in (gold, predicted)]
    assert figures(*read).as_dict().items() >= {k: v for k, v in want.items() if k != "gold"}.items()


@needs_reference
def test_stripped_gold_is_the_reference_scorers(tmp_path: Path) -> None:
    lines = [text for text in SENTENCES + ODDITIES if not {"\r", "\x0b", "\x85", "\u2028"} & set(text)]
    path = tmp_path / "gold"
    path.write_text("".join(text + "\n" for text in lines), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-X", "utf8", str(REFERENCE), "--strip", str(path)], capture_output=True, check=True
    )
    assert run.stdout.decode() == "".join(strip_gold(text) + "\n" for text in lines)


# The metrics


def test_tone_placement_counts_for_strict_only() -> None:
    got = figures(["Thúy hòa giải"], ["Thuý hoà giải"])
    assert (got.syllable, got.sentence, got.broken) == (100.0, 100.0, 0)
    assert got.strict == pytest.approx(100 / 3)


@pytest.mark.parametrize(
    ("gold", "predicted", "kind"),
    [
        ("mà", "má", "tone_errors"),
        ("mà", "ma", "tone_errors"),
        ("hòa", "hoá", "tone_errors"),
        ("đường", "dường", "shape_errors"),
        ("cân", "căn", "shape_errors"),
        ("ƠN", "ON", "shape_errors"),
        ("hoà", "hờa", "shape_errors"),
        ("đã", "da", "both_errors"),
        ("tiếng", "tiêng", "tone_errors"),
        ("tiếng", "tieng", "both_errors"),
        ("mẹ", "Mẹ", "letter_errors"),
        ("mẹ", "mợ", "letter_errors"),
        ("ñ", "n", "letter_errors"),
        ("mẹ", "mẹ con", "misaligned"),
        ("mẹ", "", "misaligned"),
    ],
)
def test_a_wrong_token_is_in_one_class(gold: str, predicted: str, kind: str) -> None:
    got = figures([gold], [predicted])
    classes = ("tone_errors", "shape_errors", "both_errors", "letter_errors", "misaligned")
    assert {name: getattr(got, name) for name in classes} == {name: int(name == kind) for name in classes}
    assert got.broken == (kind in ("letter_errors", "misaligned"))


@given(pairs)
def test_right_and_wrong_tokens_add_up(drawn: list[tuple[str, str]]) -> None:
    comparison = compare([g for g, _ in drawn], [p for _, p in drawn])
    got = summarise(comparison, resamples=0)
    assert comparison.stats.total(Column.FOLDED) + got.errors == got.tokens
    assert comparison.stats.total(Column.STRICT) <= comparison.stats.total(Column.FOLDED)
    assert sum(comparison.confusions.values()) == got.errors - got.misaligned
    assert comparison.examples.keys() == comparison.confusions.keys()


@given(st.lists(line, max_size=6))
def test_gold_against_itself_is_all_right(gold: list[str]) -> None:
    got = figures(gold, gold)
    share = 100.0 if got.tokens else 0.0
    assert (got.syllable, got.strict, got.sentence, got.broken, got.errors) == (share, share, share, 0, 0)


@given(st.lists(line, max_size=6))
def test_baseline_is_the_score_of_the_unaccented_copy(gold: list[str]) -> None:
    copied = figures(gold, [strip_gold(text) for text in gold])
    assert copied.baseline == copied.syllable


def test_another_number_of_tokens_is_all_wrong() -> None:
    got = figures(["Trời đã sáng", "Gà gáy"], ["Trời đã sáng rồi", "Gà gáy"])
    assert (got.tokens, got.syllable, got.strict, got.misaligned, got.broken) == (5, 40.0, 40.0, 3, 1)
    assert got.sentence == 50.0


def test_a_missing_line_is_wrong_and_broken_twice() -> None:
    # Once because it differs from the empty line in its place, once for the difference in length.
    got = figures(["Trời đã sáng", "Gà gáy"], ["Trời đã sáng"])
    assert (got.lines, got.syllable, got.broken, got.misaligned) == (2, 60.0, 2, 2)


def test_lines_in_excess_are_broken_and_no_lines_of_the_gold() -> None:
    got = figures(["Gà gáy"], ["Gà gáy", "", "Trời đã sáng"])
    assert (got.lines, got.tokens, got.syllable, got.broken) == (1, 2, 100.0, 2)


def test_nothing_scores_nothing() -> None:
    got = summarise(compare([], []))
    assert (got.lines, got.tokens, got.syllable, got.sentence, got.broken) == (0, 0, 0.0, 0.0, 0)
    assert got.intervals == {}
    assert got.ambiguous_accuracy is None
    assert summarise(compare(["", "12 + 3"], ["", "12 + 3"])).lines == 2


def test_line_ends_and_normal_form_do_not_count() -> None:
    gold = [text + "\r\n" for text in SENTENCES]
    got = figures(gold, [unicodedata.normalize("NFD", text) for text in SENTENCES])
    assert (got.strict, got.sentence, got.broken) == (100.0, 100.0, 0)


def test_one_string_is_refused() -> None:
    with pytest.raises(TypeError, match="predicted is one string"):
        compare(["Gà gáy"], "Gà gáy")


def test_ambiguous_tokens_are_found_by_their_bare_key() -> None:
    asked: list[str] = []

    def is_ambiguous(key: str) -> bool:
        asked.append(key)
        return key == "ma"

    comparison = compare(["Mà má bảo mạ mà", "nhà"], ["Má má bảo mạ mà", "nha"], is_ambiguous=is_ambiguous)
    got = summarise(comparison, resamples=0)
    assert (got.ambiguous, got.ambiguous_accuracy) == (4, 75.0)
    assert sorted(set(asked)) == ["bao", "ma", "nha"]


def test_confusions_come_with_the_seven_tokens_around() -> None:
    gold = ["Hôm qua, mẹ tôi đã mua\t 2 con gà mái.", "Gà gáy", "gà con"]
    predicted = ["Hôm qua, mẹ tôi đa mua\t 2 con gà mái.", "Ga gáy", "ga con"]
    found = compare(gold, predicted).most_confused()
    assert [tuple(c) for c in found] == [
        ("Gà", "Ga", 1, "Gà gáy"),
        ("gà", "ga", 1, "gà con"),
        ("đã", "đa", 1, "qua, mẹ tôi đã mua 2 con gà"),
    ]
    often = compare(["gà"] * 3 + ["đã"], ["ga"] * 3 + ["đa"]).most_confused(1)
    assert [(c.gold, c.times) for c in often] == [("gà", 3)]


# Merging


def same(a: Comparison, b: Comparison) -> bool:
    """Whether two comparisons hold the same."""
    counts = np.array_equal(a.stats.counts, b.stats.counts)
    return counts and a.confusions == b.confusions and a.examples == b.examples


@given(pairs, st.integers(0, 8))
def test_pieces_pooled_are_the_whole(drawn: list[tuple[str, str]], cut: int) -> None:
    def part(rows: list[tuple[str, str]]) -> Comparison:
        return compare([g for g, _ in rows], [p for _, p in rows], is_ambiguous=lambda key: len(key) > 1)

    whole = part(drawn)
    pooled = pool([part(drawn[:cut]), part(drawn[cut:])])
    assert same(pooled, whole)
    assert summarise(pooled, resamples=50) == summarise(whole, resamples=50)


def test_pool_of_nothing_is_empty() -> None:
    assert len(pool([]).stats) == 0


# Intervals and tests


@settings(deadline=None, max_examples=40)
@given(pairs)
def test_intervals_contain_the_figure(drawn: list[tuple[str, str]]) -> None:
    got = summarise(compare([g for g, _ in drawn], [p for _, p in drawn]))
    assert set(got.intervals) == ({"syllable", "strict", "sentence"} if got.tokens else set())
    for name, (low, high) in got.intervals.items():
        assert 0 <= low <= getattr(got, name) + 1e-9
        assert getattr(got, name) - 1e-9 <= high <= 100


def test_intervals_are_about_normal_where_lines_are_many() -> None:
    # 4,000 lines are drawn in several portions. Binomial: 90% with a standard error of 0.474 points.
    predicted = ["gà"] * 3600 + ["ga"] * 400
    low, high = summarise(compare(["gà"] * 4000, predicted)).intervals["syllable"]
    assert low == pytest.approx(90 - 1.96 * 0.474, abs=0.12)
    assert high == pytest.approx(90 + 1.96 * 0.474, abs=0.12)


def test_intervals_follow_the_seed() -> None:
    comparison = compare(["gà", "vịt", "ngan ngỗng"] * 20, ["ga", "vịt", "ngan ngông"] * 20)
    assert summarise(comparison, seed=1).intervals == summarise(comparison, seed=1).intervals
    assert summarise(comparison, seed=1, resamples=7) != summarise(comparison, seed=2, resamples=7)


def test_lines_without_tokens_leave_the_intervals_alone() -> None:
    gold, predicted = ["gà", "vịt"] * 9, ["gà", "vit"] * 9
    padded = summarise(compare(["7", "", *gold], ["7", "", *predicted]))
    assert padded.intervals == summarise(compare(gold, predicted)).intervals


def test_paired_test_finds_no_difference_between_equals() -> None:
    a = compare(["gà gáy", "vịt kêu"], ["ga gáy", "vịt kêu"])
    assert paired_test(a, a) == 1.0


def test_paired_test_finds_a_clear_difference_either_way() -> None:
    gold = ["gà gáy"] * 60
    good = compare(gold, gold)
    bad = compare(gold, ["ga gáy"] * 30 + gold[:30])
    assert paired_test(good, bad, trials=999) == paired_test(bad, good, trials=999) == 1 / 1000


def test_paired_test_approaches_the_exact_probability() -> None:
    gold = ["gà gáy sớm mỗi sáng"] * 8
    differences = [1, 1, -1, 2, 2, -1, 3, 0]  # how many tokens more the first has right
    texts = ["gà gáy sớm mỗi sáng", "ga gáy sớm mỗi sáng", "ga gay sớm mỗi sáng", "ga gay som mỗi sáng"]
    a = compare(gold, [texts[max(-d, 0)] for d in differences])
    b = compare(gold, [texts[max(d, 0)] for d in differences])
    observed = abs(sum(differences))
    signs = list(product([1, -1], repeat=8))
    exact = sum(abs(np.dot(s, differences)) >= observed for s in signs) / len(signs)
    assert 0.1 < exact < 0.5
    assert paired_test(a, b) == pytest.approx(exact, abs=0.015)


def test_paired_test_refuses_different_gold() -> None:
    with pytest.raises(ValueError, match=r"1 lines, 2 tokens, and 1 lines, 1 tokens; compare both"):
        paired_test(compare(["gà gáy"], ["gà gáy"]), compare(["gà"], ["gà"]))


def test_paired_test_passes_over_lines_in_excess() -> None:
    a = compare(["gà", "vịt"], ["gà", "vịt", "thừa"])
    assert paired_test(a, compare(["gà", "vịt"], ["gà", "vit"]), trials=100) == 1.0


# Reports


GOLDS = {"farm": ["Gà gáy sáng.\n", "Vịt kêu chiều"], "weather": ["Trời mưa to quá", "Nắng", "12"]}
ANSWERS = {strip_gold(text): text.rstrip("\n") for gold in GOLDS.values() for text in gold}


def perfect(lines: list[str]) -> list[str]:
    """A restorer that knows the gold, and spoils its argument afterwards."""
    restored = [ANSWERS[text] for text in lines]
    lines.clear()
    return restored


def copy(lines: list[str]) -> list[str]:
    """A restorer that does nothing."""
    return lines


def test_report_sets_models_side_by_side() -> None:
    report = evaluate({"perfect": perfect, "copy": copy}, GOLDS, version="1.0")
    names = [(result.set, result.model) for result in report.results]
    assert names == [("farm", "perfect"), ("farm", "copy"), ("weather", "perfect"), ("weather", "copy")]
    assert [result.figures.syllable for result in report.pooled] == [100.0, pytest.approx(100 / 11)]
    assert [result.p_value is None for result in report.results] == [True, False, True, False]
    assert report.pooled[1].figures == summarise(
        pool(compare(gold, [strip_gold(text) for text in gold]) for gold in GOLDS.values())
    )
    assert report.confusions["perfect"] == ()
    assert report.confusions["copy"][0].times == 1


def test_report_as_json_holds_the_rounded_figures() -> None:
    report = evaluate({"perfect": perfect, "copy": copy}, GOLDS, resamples=10, seed=3, version="1.0")
    read = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert (read["resamples"], read["seed"]) == (10, 3)
    assert read["pooled"][1]["syllable"] == 9.091
    assert read["pooled"][1]["set"] == "pooled"
    assert read["results"][0]["intervals"]["sentence"] == [100.0, 100.0]
    assert read["results"][0]["signature"].endswith("|model:perfect|version:1.0")
    found = {"gold": "Gà", "predicted": "Ga", "times": 1, "example": "Gà gáy sáng"}
    assert found in read["confusions"]["copy"]


def test_report_as_text_is_aligned() -> None:
    text = evaluate({"perfect": perfect, "copy": copy}, GOLDS, version="1.0").to_text()
    accuracies, errors, confusions, signatures = text.split("\n\n")
    rows = accuracies.splitlines()
    assert [row.split("|")[0].split() for row in rows[1:]] == [
        ["set", "lines", "tokens", "unaccented"],
        ["farm", "2", "6", "0.000"],
        ["weather", "3", "5", "20.000"],
        ["pooled", "5", "11", "9.091"],
    ]
    bars = [[at for at, char in enumerate(row) if char == "|"] for row in rows]
    assert len(bars[0]) == 2
    assert bars == [bars[0]] * len(rows)
    assert rows[0].split() == ["|", "perfect", "|", "copy"]
    assert errors.splitlines()[2].split() == ["copy", "10", "5", "2", "3", "0", "0"]
    assert confusions.startswith("most frequent confusions of copy")
    assert len(signatures.splitlines()) == 6


def test_report_on_one_set_has_no_pooled_row() -> None:
    text = evaluate({"copy": copy}, {"farm": GOLDS["farm"]}).to_text()
    assert "pooled" not in text
    assert "farm" in text


def test_report_on_nothing() -> None:
    assert evaluate({}, {}).to_text().startswith("nothing was evaluated")
    empty = evaluate({"copy": copy}, {"empty": []})
    assert empty.results[0].figures.tokens == 0
    assert "empty" in empty.to_text()


def test_signature_names_what_was_measured() -> None:
    got = signature("sân|vườn", ["Gà gáy.", "Vịt"], "default", version="1.0")
    # printf 'Gà gáy.\nVịt\n' | sha256sum
    assert got == (
        "vndiacritic-eval|metric:syllable|case:mixed|tone:folded|norm:nfc|set:sân_vườn|lines:2"
        "|sha256:8c811127|model:default|version:1.0"
    )
    assert signature("s", ["Gà"], "m", version="1") != signature("s", ["Ga"], "m", version="1")
    assert signature("s", [], "m").rpartition("|version:")[2]


# Variants


@pytest.mark.parametrize(
    ("make", "gold", "variant"),
    [
        (lower_without_punctuation, "Mẹ dặn: “Về lúc 17h30, nhé!”", "mẹ dặn về lúc 17h30 nhé"),
        (lower_without_punctuation, "...", ""),
        (lower_without_punctuation, "tấn_gạo\n", "tấn gạo"),
        (capitals, "Đường về, 5 km\n", "ĐƯỜNG VỀ, 5 KM"),
        (slug, "Xã A: 9 hộ nuôi ong, thu 2,5 tấn mật mỗi năm", "xã-a-9-hộ-nuôi-ong-thu-2-5-tấn"),
        (slug, "Gà\u0300", "gà"),
    ],
)
def test_variants_of_a_gold_line(make: object, gold: str, variant: str) -> None:
    assert callable(make)
    assert make(gold) == variant
    assert make in VARIANTS.values()


@given(line, st.sampled_from(sorted(VARIANTS)))
def test_variants_are_normalised_gold(text: str, name: str) -> None:
    made = VARIANTS[name](text)
    assert unicodedata.is_normalized("NFC", made)
    assert figures([made], [made]).errors == 0

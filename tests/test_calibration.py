"""Confidences against what was right: by hand, and for any numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.calibration import main
from vndiacritic.calibration import calibration, coverage_curve, judge
from vndiacritic.evaluation import split_lines
from vndiacritic.explain import Choice, Explained
from vndiacritic.restorer import Restorer


def test_calibration_by_hand() -> None:
    got = calibration([0.05, 0.95, 0.95, 0.95, 1.0], [False, True, True, False, True], bins=10)
    assert got.counts.tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 4]
    assert got.confidence[9] == pytest.approx(0.9625)
    assert got.accuracy[9] == 0.75
    assert np.isnan(got.accuracy[1])
    assert got.error == pytest.approx((0.05 + 4 * 0.2125) / 5)


def test_a_confidence_on_an_edge_belongs_below_it() -> None:
    assert calibration([0.0, 0.5, 1.0], [0, 1, 1], bins=2).counts.tolist() == [2, 1]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30), st.integers(1, 15))
def test_calibration_and_coverage_hold_every_token(drawn: list[tuple[float, bool]], bins: int) -> None:
    confidences, right = np.array([c for c, _ in drawn]), np.array([r for _, r in drawn], dtype=bool)
    table = calibration(confidences, right, bins)
    assert table.counts.sum() == len(drawn)
    assert 0 <= table.error <= 1
    curve = coverage_curve(confidences, right)
    assert np.all(np.diff(curve.threshold) < 0)
    for threshold, coverage, accuracy in zip(curve.threshold, curve.coverage, curve.accuracy, strict=True):
        kept = confidences >= threshold
        assert coverage == pytest.approx(kept.mean())
        assert accuracy == pytest.approx(right[kept].mean())


def test_coverage_curve_keeps_ties_together() -> None:
    got = coverage_curve([0.9, 0.5, 0.9, 0.7], [True, False, False, True])
    assert got.threshold.tolist() == [0.9, 0.7, 0.5]
    assert got.coverage.tolist() == [0.5, 0.75, 1.0]
    assert got.accuracy.tolist() == [0.5, pytest.approx(2 / 3), 0.5]
    assert coverage_curve([], []).threshold.size == calibration([], []).error == 0


@pytest.mark.parametrize("measure", [calibration, coverage_curve])
def test_confidences_are_checked(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(ValueError, match=r"got shapes \(2,\) and \(1,\)"):
        measure([0.5, 0.5], [True])
    with pytest.raises(ValueError, match="between 0 and 1; number 1 is nan"):
        measure([0.5, float("nan")], [True, True])


def test_choices_are_judged_by_their_best_form() -> None:
    def explain(lines: list[str]) -> list[Explained]:
        assert lines == ["Hoa binh", "xa"]
        first = (Choice(0, 3, "Hoa", 0.6, (("Hòa", 0.6), ("Hoa", 0.4))), Choice(4, 8, "bình", 0.9, (("bình", 0.9),)))
        return [Explained("Hoa bình", first), Explained("xa", (Choice(0, 2, "xã", 0.7, (("xã", 0.7),)),))]

    judged = judge(explain, split_lines("Hoà bình\nxa\n"))
    assert judged.confidence.tolist() == [0.6, 0.9, 0.7]
    assert judged.right.tolist() == [True, True, False]


def test_text_that_was_learned_is_judged_right(tiny: Restorer, sample: list[str]) -> None:
    judged = judge(lambda lines: tiny.explain_lines(lines, 1), sample)
    assert len(judged.right) > 1000
    assert judged.right.mean() > 0.97


# ---- the benchmark


def test_the_benchmark_tells_each_set_and_all(tmp_path: Path, tiny_model: Path, sample: list[str]) -> None:
    for name, lines in (("news", sample[:20]), ("talk", sample[20:60])):
        (tmp_path / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    done = CliRunner().invoke(main, ["-m", str(tiny_model), "--bench", str(tmp_path), "--markdown"])
    assert done.exit_code == 0, done.output
    sets, bins, kept = done.stdout.rstrip("\n").split("\n\n")
    rows = {row.split(" | ")[0][2:]: row.strip(" |").split(" | ") for row in sets.splitlines()[2:]}
    assert int(rows["news"][1]) + int(rows["talk"][1]) == int(rows["all"][1]) > 300
    assert sum(int(row.split(" | ")[1]) for row in bins.splitlines()[2:]) == int(rows["all"][1])
    shares = [float(row.split(" | ")[1]) for row in kept.splitlines()[2:]]
    assert shares[0] == 100
    assert shares == sorted(shares, reverse=True)


def test_without_sets_the_benchmark_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--bench", str(tmp_path)])
    assert done.exit_code == 0
    assert done.output.startswith("skipped: there are no benchmark sets")

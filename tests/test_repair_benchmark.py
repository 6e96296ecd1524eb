"""The program that measures the repair: it counts what it should and says what it skips."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.repair import changed_lines, main, misreadings, right_strings, round_trip, sample, sentences, told

LINE = "Chiều xuống, khói bếp bay lên từ những mái nhà tranh ven sông, trẻ con gọi nhau về ăn cơm."


def test_accepted_answers_count_as_right() -> None:
    rows: list[dict[str, object]] = [
        {"dirty": "Ðò", "clean": "Đò"},
        {"dirty": "Ðò", "clean": "đò", "accept": ["Đò"]},
        {"dirty": "Ðò", "clean": "đò"},
    ]
    assert list(right_strings(rows)) == [True, True, False]


def test_lines_are_drawn_from_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("một\n\nhai\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("ba\n", encoding="utf-8")
    assert sorted(sample(tmp_path, 9)) == [("a.txt", "hai"), ("a.txt", "một"), ("b.txt", "ba")]
    assert len(sample(tmp_path, 2)) == 2


def test_a_changed_line_is_told_with_its_steps() -> None:
    (row,) = changed_lines([("a.txt", "Ðò ngang"), ("a.txt", LINE)])
    assert row.steps == ("lookalikes",)
    assert list(told(row)) == [
        "a.txt: Ðò ngang",
        "    lookalikes at 0-2: [Ðò] -> [Đò] (looks like Đ: latin capital letter eth)",
    ]


def test_what_is_not_seen_is_told_escaped() -> None:
    (row,) = changed_lines([("a.txt", "chợ\u200bnổi")])
    assert list(told(row)) == ["a.txt: chợ\\u200bnổi", "    invisible at 3-4: [\\u200b] -> [ ] (invisible U+200B)"]


def test_every_way_to_damage_a_sentence_can_be_undone() -> None:
    gold = sentences([("a.txt", LINE)], 1)
    assert gold == [LINE]
    kept = {name: round_trip(gold, damage) for name, damage in misreadings().items()}
    assert {name: came_back for name, (came_back, tried) in kept.items() if came_back < tried} == {}


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--strings", str(tmp_path / "no.jsonl"), "--corpus", str(tmp_path)])
    assert result.exit_code == 0
    assert "damaged strings: skipped, there is no no.jsonl" in result.output
    assert "clean lines, round trips, speed: skipped" in result.output


def test_the_report(tmp_path: Path) -> None:
    rows = [{"dirty": "Ðò", "clean": "Đò", "kind": "d"}, {"dirty": "wá", "clean": "quá", "kind": "teencode"}]
    strings = tmp_path / "strings.jsonl"
    strings.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "a.txt").write_text(f"{LINE}\nÐò ngang\n", encoding="utf-8")
    shown = tmp_path / "shown.txt"
    result = CliRunner().invoke(
        main, ["--strings", str(strings), "--corpus", str(tmp_path), "--sentences", "1", "--show", str(shown)]
    )
    assert "damaged strings: 1 of 2 right, 0 of the undamaged ones changed" in result.output
    assert "lines of the corpus: 1 of 2 changed (lookalikes 1)\n  a.txt: Ðò ngang\n" in result.output
    assert "lookalikes at 0-2: [Ðò] -> [Đò]" in result.output
    assert shown.read_text(encoding="utf-8") == "teencode\t'wá'\t'wá'\n"


@pytest.mark.parametrize(("most", "exit_code"), [(0, 1), (1, 0)])
def test_more_changed_lines_than_allowed_fail(tmp_path: Path, most: int, exit_code: int) -> None:
    (tmp_path / "a.txt").write_text(f"{LINE}\nÐò ngang\n", encoding="utf-8")
    args = ["--strings", str(tmp_path / "no"), "--corpus", str(tmp_path), "--sentences", "1", "--fail-over", str(most)]
    assert CliRunner().invoke(main, args).exit_code == exit_code


def test_a_line_is_cut_into_sentences_with_their_stops() -> None:
    assert sentences([("a.txt", f"{LINE} {LINE}"), ("b.txt", "Ngắn quá.")], 9) == [LINE, LINE]

"""The command evaluate, with a fake model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import GOLD, run

pytestmark = pytest.mark.usefixtures("loaded")


def test_evaluation_in_text_and_json(here: Path) -> None:
    Path("gold.txt").write_text("\ufeff" + GOLD + "Nhà xa.\n", encoding="utf-8")
    text = run("evaluate", "gold.txt")
    assert (text.exit_code, text.stderr) == (0, "")
    assert "gold.txt" in text.stdout
    report = json.loads(run("evaluate", "gold.txt", "--format", "json").stdout)
    (result,) = report["results"]
    assert (result["set"], result["model"], result["tokens"]) == ("gold.txt", "default", 7)
    assert result["syllable"] == 85.714
    assert result["ambiguous"] == 1


def test_sets_and_models_are_told_apart(here: Path, loaded: list[tuple[object, ...]]) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "gold.txt").write_text(GOLD)
    Path("talk.txt").write_text(GOLD)
    args = ["a/gold.txt", "b/gold.txt", "talk.txt", "-m", "one", "-m", "two", "--format", "json"]
    report = json.loads(run("evaluate", *args).stdout)
    assert [(result["set"], result["model"]) for result in report["results"]] == [
        (gold, model) for gold in ("a/gold.txt", "b/gold.txt", "talk.txt") for model in ("one", "two")
    ]
    assert loaded == [("one", "old"), ("two", "old")]


def test_a_figure_below_the_floor_fails(here: Path) -> None:
    Path("good.txt").write_text(GOLD)
    Path("poor.txt").write_text("Nhà xa.\n")
    assert run("evaluate", "good.txt", "--fail-under", "100").exit_code == 0
    result = run("evaluate", "good.txt", "poor.txt", "--fail-under", "97.5")
    assert result.exit_code == 1
    assert result.stderr == "vndiacritic: default on poor.txt: syllable 50.000 is below 97.5\n"


def test_gold_that_cannot_be_read_fails(here: Path) -> None:
    Path("bad.txt").write_bytes(b"\xff")
    for name, reason in (("absent.txt", "cannot read"), ("bad.txt", "not UTF-8")):
        result = run("evaluate", name)
        assert (result.exit_code, result.stdout) == (1, "")
        assert reason in result.stderr

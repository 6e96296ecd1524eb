"""The benchmark of cleaning: what it says without its pages, and how figures are judged."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from benchmarks.cleaning import main, misses


def test_without_the_pages_it_says_why_it_is_skipped(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--bench", str(tmp_path), "--fail"])
    assert result.exit_code == 0
    assert "lose nothing: 39 of 39" in result.stdout
    assert f"skipped: the labelled pages are not at {tmp_path}" in result.stdout


def test_figures_are_held_to_what_is_promised() -> None:
    good = {"f1": 0.99, "kept": 0.98, "boilerplate": 0.03, "slugs left": 0.0, "slugs": 0.95}
    assert misses(good) == []
    assert misses(good | {"f1": 0.9, "slugs left": 1.0}) == [
        "f1 0.9000 is below 0.965",
        "slugs left 1.0000 is over 0.0",
    ]

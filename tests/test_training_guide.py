"""The reference of recipes in docs/training.md: each key that there is, its default, and no other."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vndiacritic.cli.recipes import _OF_A_CORPUS, _options
from vndiacritic.cli.train import train
from vndiacritic.training.filters import REASONS, Filters
from vndiacritic.training.filters.rules import KEPT
from vndiacritic.training.index import Variation

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "training.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the first table after some words, without its head."""
    rows = PAGE.split(heading, 1)[1].split("\n|", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def keys(heading: str, column: int = 0) -> list[str]:
    return [row[column].strip("`") for row in table(heading)]


def defaults(settings: Any) -> dict[str, Any]:
    """Fields as TOML has them."""
    plain = {name.replace("_", "-"): value for name, value in asdict(settings).items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def told(heading: str, key: int, default: int) -> dict[str, Any]:
    """Keys and defaults in a table, these as TOML."""
    return {row[key].strip("`"): tomllib.loads(f"x = {row[default]}")["x"] for row in table(heading)}


def test_keys_at_the_top_are_the_options_of_the_command() -> None:
    assert sorted(keys("Keys at the top:")) == sorted(_options(train))


def test_keys_of_a_corpus_are_those_there_are() -> None:
    assert keys("`[[corpus]]`, once for each:") == list(_OF_A_CORPUS)


def test_filters_are_told_with_their_defaults() -> None:
    assert told("### The filters", 1, 2) == defaults(Filters())


def test_variations_are_told_with_their_defaults() -> None:
    assert told("`[variation]` says", 0, 1) == defaults(Variation())


def test_reasons_are_told_in_their_order() -> None:
    assert keys("### The filters") == [reason for at, reason in enumerate(REASONS) if at != KEPT]

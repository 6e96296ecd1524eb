"""Recipes: what a file says of a training, how options override it, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from commandline import GOLD, run

from vndiacritic.corpus import Entry
from vndiacritic.modelfile import write_model
from vndiacritic.training import recipe
from vndiacritic.training.filters import Filters
from vndiacritic.training.index import Variation
from vndiacritic.training.recipe import Made, Settings

RECIPE = """
output = "my.safetensors"
sizes = [8, 16]
seed = 7
min-count = 2
jobs = 2
licence = "CC0"
note = ["mine", "all"]
field = "text"
work = "half"

[[corpus]]
path = "letters.txt"
weight = 2

[[corpus]]
path = "crawl/*.csv"
field = ["title", "body"]

[filters]
marked = 0.25
damaged = 0
duplicates = false

[variation]
lower = 0.2
run-length = [4, 9]
"""


@pytest.fixture
def recipes(here: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A folder with a recipe and its corpora, one level below; the list tells what would be trained."""
    (here / "plans" / "crawl").mkdir(parents=True)
    (here / "plans" / "letters.txt").write_text(GOLD)
    (here / "plans" / "crawl" / "a.csv").write_text("title,body\nx,y\n")
    (here / "plans" / "recipe.toml").write_text(RECIPE)
    calls: list[dict[str, Any]] = []

    def train(entries: Iterable[Entry], output: str | dict[float, str], **options: Any) -> list[Made]:
        outputs = output if isinstance(output, dict) else {64.0: output}
        calls.append({"entries": tuple(entries), "outputs": dict(outputs), **options})
        for path in outputs.values():
            write_model(path, {}, {})
        figures = {"held_out_syllables": 0, "held_out_right": 0, "held_out_loss": 0.0}
        return [Made(path, size, figures) for size, path in outputs.items()]

    monkeypatch.setattr(recipe, "train", train)
    return calls


def test_a_recipe_says_it_all(recipes: list[dict[str, Any]]) -> None:
    result = run("train", "--config", "plans/recipe.toml")
    assert result.exit_code == 0, result.stderr
    (call,) = recipes
    assert call["entries"] == (
        Entry("plans/letters.txt", 2, ("text",)),
        Entry("plans/crawl/*.csv", 1, ("title", "body")),
    )
    assert call["outputs"] == {8.0: "plans/my-8MB.safetensors", 16.0: "plans/my-16MB.safetensors"}
    assert call["settings"] == Settings(
        seed=7,
        min_count=2,
        variation=Variation(lower=0.2, run_length=(4, 9)),
        filters=Filters(marked=0.25, damaged=0, duplicates=False),
    )
    assert (call["n_jobs"], call["work"]) == (2, "plans/half")
    assert (call["statement"].licence, tuple(call["statement"].notes)) == ("CC0", ("mine", "all"))


def test_options_take_the_place_of_what_it_says(recipes: list[dict[str, Any]]) -> None:
    options = ("--seed", "1", "--field", "body", "--weight", "plans/letters.txt=5", "--no-filter", "-o", "here")
    assert run("train", "--config", "plans/recipe.toml", *options, "--sizes", "1").exit_code == 0
    (call,) = recipes
    assert call["entries"] == (
        Entry("plans/letters.txt", 5, ("body",)),
        Entry("plans/crawl/*.csv", 1, ("body",)),
    )
    assert call["outputs"] == {1.0: "here-1MB"}
    assert (call["settings"].seed, call["settings"].min_count, call["settings"].filters) == (1, 2, None)


def test_corpora_that_are_named_take_the_place_of_all_of_its_own(recipes: list[dict[str, Any]]) -> None:
    Path("a.txt").write_text(GOLD)
    assert run("train", "a.txt", "--config", "plans/recipe.toml").exit_code == 0
    assert recipes[0]["entries"] == (Entry("a.txt", 1, ("text",)),)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("max-sise = 8", "wrong.toml has an unknown key max-sise: did you mean max-size?"),
        ("xyzzy = 8", "wrong.toml has an unknown key xyzzy: there are output, "),
        ("force = true", "wrong.toml has an unknown key force"),
        ("seed = 'x'", "wrong.toml, seed: 'x' is not a valid integer"),
        ("max-size = -1", "wrong.toml, max-size: -1.0 is not in the range"),
        ("filter = 1", "wrong.toml, filter must be true or false"),
        ("seed = true", "wrong.toml, seed must not be true or false"),
        ("backend = 'cloud'", "wrong.toml, backend: 'cloud' is not one of"),
        ("sizes = ['x']", "'x' is not a list of sizes in MB"),
        ("seed = ", "wrong.toml is not TOML: "),
        ("seed = \xff", "wrong.toml is not TOML: "),
        ("corpus = 'a.txt'", "wrong.toml: corpus must be tables, each headed [[corpus]]"),
        ("filters = 3", "wrong.toml: filters must be a table, headed [filters]"),
        ("[[corpus]]\nweight = 2", "wrong.toml, [[corpus]] has no path"),
        ("[[corpus]]\npath = 'a'\nwieght = 2", "[[corpus]] has an unknown key wieght: did you mean weight?"),
        ("[[corpus]]\npath = 'a'\nweight = '2'", "[[corpus]] weight must be a number, not '2'"),
        ("[[corpus]]\npath = 'a'\nfield = 2", "[[corpus]] field must be a text, not 2"),
        ("[[corpus]]\npath = 'a'\nweight = 0", "the weight of a is 0: give one above 0 and up to 100"),
        ("[filters]\nmarkd = 0.2", "wrong.toml, [filters] has an unknown key markd: did you mean marked?"),
        ("[filters]\nmarked = 'x'", "wrong.toml, [filters] marked must be a number, not 'x'"),
        ("[filters]\nduplicates = 1", "wrong.toml, [filters] duplicates must be true or false, not 1"),
        ("[variation]\nrun-length = [4]", "[variation] run-length must be a list of as many numbers, not [4]"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_named(recipes: list[dict[str, Any]], recipe: str, reason: str) -> None:
    Path("wrong.toml").write_bytes(recipe.encode("latin-1"))
    more = () if "[[corpus]]" in recipe else ("plans/letters.txt",)
    result = run("train", "--config", "wrong.toml", "-o", "m", *more)
    assert result.exit_code in (1, 2)
    assert reason in " ".join(result.stderr.split())
    assert recipes == []


def test_a_recipe_that_is_not_there_is_named(here: Path) -> None:
    result = run("train", "--config", "absent.toml")
    assert result.exit_code == 1
    assert result.stderr == "vndiacritic: cannot read absent.toml: No such file or directory\n"

"""The command train, with a stand-in for training."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from commandline import GOLD, run

from vndiacritic.training import recipe

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stand in for training: write a file, note the call."""
    calls: list[dict[str, object]] = []

    def train(paths: Iterable[str], output: str, **options: Any) -> None:
        options.pop("progress")("reading", 1, 2)
        calls.append({"paths": tuple(paths), "output": output, **options})
        if options["settings"].seed == 13:
            raise KeyboardInterrupt
        Path(output).write_bytes(b"model")

    monkeypatch.setattr(recipe, "train", train)
    return calls


def test_training_is_called_with_what_was_given(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    options = ("--max-size", "1.5", "-j", "2", "--seed", "7", "--work", "half")
    result = run("train", "a.txt", "-o", "my.safetensors", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "vndiacritic: reading ...\nvndiacritic: wrote my.safetensors (0.0 MB)\n"
    settings = recipe.Settings(max_size_mb=1.5, seed=7)
    assert trained == [
        {"paths": ("a.txt",), "output": "my.safetensors", "settings": settings, "work": "half", "n_jobs": 2}
    ]


def test_training_has_defaults(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    assert run("train", "a.txt", "-o", "my.safetensors").exit_code == 0
    assert trained[0]["settings"] == recipe.Settings(max_size_mb=64, seed=0)
    assert (trained[0]["work"], trained[0]["n_jobs"]) == (None, 1)


@pytest.mark.parametrize(("work", "kept"), [([], "nothing is kept; with --work"), (["--work", "half"], "kept in half")])
def test_who_interrupts_a_training_is_told_what_is_kept(
    here: Path, trained: list[dict[str, object]], work: list[str], kept: str
) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", "-o", "my.safetensors", "--seed", "13", *work)
    assert (result.exit_code, result.stdout) == (130, "")
    assert kept in result.stderr.splitlines()[-1]
    assert not Path("my.safetensors").exists()


def test_a_new_model_is_evaluated_on_held_out_text(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", "-o", "my.safetensors", "--heldout", "a.txt")
    assert result.exit_code == 0
    assert "100.0" in result.stdout


def test_an_output_that_exists_needs_force(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    Path("my.safetensors").write_bytes(b"old")
    result = run("train", "a.txt", "-o", "my.safetensors")
    assert result.exit_code == 1
    assert "exists" in result.stderr
    assert "--force" in result.stderr
    assert trained == []
    assert run("train", "a.txt", "-o", "my.safetensors", "--force").exit_code == 0
    assert len(trained) == 1


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["absent.txt", "-o", "m"], "cannot read absent.txt"),
        (["a.txt", "-o", "absent/m"], "there is no folder"),
        (["a.txt", "-o", ".", "--force"], "is not a file"),
        (["a.txt", "-o", "m", "--heldout", "absent.txt"], "cannot read absent.txt"),
    ],
)
def test_what_training_lacks_is_told_first(
    here: Path, trained: list[dict[str, object]], args: list[str], reason: str
) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", *args)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert trained == []

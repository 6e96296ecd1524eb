"""The command train, with a stand-in for training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from commandline import BARE, GOLD, run

from vndiacritic.corpus import Entry
from vndiacritic.errors import TrainingStopped
from vndiacritic.modelfile import open_model, write_model
from vndiacritic.training import recipe
from vndiacritic.training.card import Statement
from vndiacritic.training.filters import Filters
from vndiacritic.training.recipe import Made

pytestmark = pytest.mark.usefixtures("loaded")


FIGURES = {"held_out_syllables": 200, "held_out_right": 190, "held_out_loss": 0.25}


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stand in for training: write files, note the call."""
    calls: list[dict[str, object]] = []

    def train(paths: Iterable[Entry], output: str | dict[float, str], **options: Any) -> list[Made]:
        options.pop("progress")("reading", 1, 2)
        options.pop("remark")("9 of 9 lines are kept")
        calls.append({"paths": tuple(paths), "output": output, **options})
        if options["settings"].seed == 13:
            raise KeyboardInterrupt
        if options["settings"].seed == 14:
            raise TrainingStopped("the disk is full")
        outputs = output if isinstance(output, dict) else {64.0: output}
        for path in outputs.values():
            write_model(path, {}, {"seed": options["settings"].seed})
        return [Made(path, size, FIGURES) for size, path in outputs.items()]

    monkeypatch.setattr(recipe, "train", train)
    return calls


def test_training_is_called_with_what_was_given(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    options = ("--max-size", "1.5", "-j", "2", "--seed", "7", "--work", "half", "--resume", "--min-count", "3")
    result = run("train", "a.txt", "-o", "my.safetensors", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "vndiacritic: reading ...",
        "vndiacritic: 9 of 9 lines are kept",
        "vndiacritic: wrote my.safetensors (0.0 MB)",
    ]
    assert trained == [
        {
            "paths": (Entry("a.txt"),),
            "output": "my.safetensors",
            "settings": recipe.Settings(max_size_mb=1.5, seed=7, min_count=3, filters=Filters()),
            "work": "half",
            "resume": True,
            "n_jobs": 2,
        }
    ]


def test_training_has_defaults(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    assert run("train", "a.txt", "-o", "my.safetensors").exit_code == 0
    assert trained[0]["settings"] == recipe.Settings(max_size_mb=64, seed=0, filters=Filters())
    assert (trained[0]["work"], trained[0]["n_jobs"], trained[0]["resume"]) == (None, 1, False)


def test_corpora_have_weights_and_fields(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    Path("b.csv").write_text("x,y\n1,2\n")
    options = ("--weight", "b.csv=0.5", "--weight", "a.txt=3", "--field", "x", "--no-filter")
    assert run("train", "a.txt", "b.csv", "-o", "my.safetensors", *options).exit_code == 0
    assert trained[0]["paths"] == (Entry("a.txt", 3, ("x",)), Entry("b.csv", 0.5, ("x",)))
    assert trained[0]["settings"] == recipe.Settings()


def test_several_sizes_are_several_models_and_a_table(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", "-o", "my.safetensors", "--sizes", "8,0.5,8", "--heldout", "a.txt")
    assert result.exit_code == 0
    assert trained[0]["output"] == {8.0: "my-8MB.safetensors", 0.5: "my-0.5MB.safetensors"}
    assert [line.split() for line in result.stdout.splitlines()[1:3]] == [
        ["8", "0.0", "95.00", "%", "0.2500", "my-8MB.safetensors"],
        ["0.5", "0.0", "95.00", "%", "0.2500", "my-0.5MB.safetensors"],
    ]
    for path in ("my-8MB.safetensors", "my-0.5MB.safetensors"):
        assert [figures["set"] for figures in open_model(path).metadata["evaluations"]] == ["a.txt"]
    again = run("train", "a.txt", "-o", "my.safetensors", "--sizes", "0.5")
    assert "my-0.5MB.safetensors exists" in again.stderr


def test_a_dry_run_trains_nothing(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text("Trời đẹp.\nTRỜI ĐẸP.\nhom nay troi dep lam nhe\n", encoding="utf-8")
    result = run("train", "a.txt", "--dry-run", "--dropped", "dropped.jsonl")
    assert result.exit_code == 0
    assert [line.split()[:4] for line in result.stdout.splitlines()[1:]] == [
        ["a.txt", "3", "33.33", "%"],
        ["all", "3", "33.33", "%"],
    ]
    assert result.stderr.splitlines()[-1] == (
        "vndiacritic: 1 of 3 lines are kept (left out: unaccented 1, duplicate 1)"
    )
    assert [json.loads(line) for line in Path("dropped.jsonl").read_text(encoding="utf-8").splitlines()] == [
        {"file": "a.txt", "reason": "duplicate", "text": "TRỜI ĐẸP."},
        {"file": "a.txt", "reason": "unaccented", "text": "hom nay troi dep lam nhe"},
    ]
    assert trained == []


@pytest.mark.parametrize(
    ("dropped", "reason"), [("a.txt", "a.txt exists"), (".", ". is not a file"), ("absent/d", "there is no folder")]
)
def test_a_dry_run_replaces_no_file_and_says_so_first(here: Path, dropped: str, reason: str) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", "--dry-run", "--dropped", dropped)
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr.splitlines()[0]
    assert Path("a.txt").read_text() == GOLD
    again = run("train", "a.txt", "--dry-run", "--dropped", "d", "--force")
    assert again.exit_code == run("train", "a.txt", "--dry-run", "--dropped", "d", "--force").exit_code == 0


def test_a_dry_run_reads_standard_input(here: Path) -> None:
    result = run("train", "-", "--dry-run", "--no-filter", stdin=BARE.encode())
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split()[:3] == ["standard", "input", "2"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "give -o MODEL, or --dry-run"),
        (("-o", "m", "--dropped", "d"), "--dropped is for --dry-run"),
        (("-o", "m", "--resume"), "--resume needs the --work FOLDER"),
        (("-o", "m", "--sizes", "8", "--max-size", "9"), "--sizes and --max-size exclude each other"),
        (("-o", "m", "--sizes", "8,x"), "'8,x' is not a list of sizes in MB, as in 8,16,32"),
        (("-o", "m", "--weight", "a.txt"), "'a.txt' is not CORPUS=NUMBER, as in news.txt=0.5"),
        (("-o", "m", "--weight", "a.txt=0"), "'a.txt=0' is not CORPUS=NUMBER"),
        (("-o", "m", "--weight", "b.txt=2"), "--weight is for b.txt, which is no CORPUS: there are a.txt"),
        (("-o", "m", "--backend", "dask", "--work", "w"), "--backend dask needs the --scheduler ADDRESS"),
        (("-o", "m", "--backend", "dask", "--scheduler", "x"), "--backend dask needs a --work FOLDER"),
        (("-o", "m", "--scheduler", "x"), "--scheduler is for --backend dask"),
    ],
)
def test_what_contradicts_itself_is_wrong_usage(here: Path, options: tuple[str, ...], reason: str) -> None:
    Path("a.txt").write_text(GOLD)
    result = run("train", "a.txt", *options)
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.split())


def test_a_corpus_is_needed(here: Path) -> None:
    result = run("train", "-o", "m")
    assert result.exit_code == 2
    assert "no CORPUS is named" in result.stderr


def test_who_is_stopped_is_told_what_is_kept(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    Path("half").mkdir()
    result = run("train", "a.txt", "-o", "my.safetensors", "--seed", "14", "--work", "half")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-2:] == [
        "vndiacritic: the disk is full",
        "vndiacritic: what was learned is kept in half; the same command goes on from it",
    ]


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
    (figures,) = open_model("my.safetensors").metadata["evaluations"]
    assert (figures["set"], figures["lines"], figures["syllable"]) == ("a.txt", 2, 100.0)
    assert figures["signature"] in result.stdout


def test_what_a_model_is_made_with_reaches_the_training(here: Path, trained: list[dict[str, object]]) -> None:
    Path("a.txt").write_text(GOLD)
    Path("names.txt").write_text("Nguyễn Thị Lài\nnguyễn thị lái\n")
    write_model("base", {}, {})
    options = ("--init-model", "base", "--words", "names.txt", "--licence", "CC0", "--note", "mine", "--note", "all")
    result = run("train", "a.txt", "-o", "my.safetensors", *options)
    assert result.exit_code == 0
    assert "are the same without diacritics; the first is taken" in result.stderr
    assert trained[0]["init_model"] == Path("base")
    assert trained[0]["words"] == ("nguyễn thị lài", "nguyễn thị lái")
    assert trained[0]["statement"] == Statement("CC0", ("mine", "all"))


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
        (["a.txt", "-o", "."], "is not a file"),
        (["a.txt", "-o", "m", "--heldout", "absent.txt"], "cannot read absent.txt"),
        (["a.txt", "-o", "m", "--words", "absent.txt"], "cannot read absent.txt"),
        (["a.txt", "-o", "m", "--init-model", "absent"], "there is no model 'absent'"),
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

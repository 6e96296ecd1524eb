"""The command ``evaluate``, and what ``train --heldout`` shares with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click
from click.exceptions import Exit

from vndiacritic import __version__
from vndiacritic.cli.exits import say
from vndiacritic.cli.options import FILE, PATH
from vndiacritic.files import display_name, open_input, read_lines

if TYPE_CHECKING:
    from vndiacritic.reports import Report

__all__ = ["evaluate", "gold_sets", "measure"]


@click.command()
@click.argument("gold", nargs=-1, required=True, type=FILE)
@click.option(
    "-m", "--model", "models", multiple=True, type=PATH, metavar="MODEL", help="As for restore; may be repeated."
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="X",
    help="Exit 1 if the syllable figure of any model on any GOLD is below X percent.",
)
def evaluate(gold: tuple[str, ...], models: tuple[str, ...], format: str, fail_under: float | None) -> None:
    """Measure how well models restore accented text.

    Each GOLD file is stripped, restored and compared. The headline figure, syllable, is the share of words
    that come back exactly, case-sensitive, wherever the tone mark stands (hòa = hoà).

    \b
    Examples:
      vndiacritic evaluate gold.txt
      vndiacritic evaluate news.txt talk.txt -m default -m my.safetensors
      vndiacritic evaluate gold.txt --format json --fail-under 97.5
    """
    report = measure(models, gold_sets(gold))
    if format == "json":
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(report.to_text(), nl=False)
    if fail_under is not None:
        _fail_under(report, fail_under)


def gold_sets(paths: Iterable[str]) -> dict[str, list[str]]:
    """Gold lines by the name of their set: the file's name, or its path where two have the same name."""
    paths = list(dict.fromkeys(paths))
    names = [os.path.basename(path) for path in paths]
    golds = {}
    for path, name in zip(paths, names, strict=True):
        with open_input(path) as stream:
            lines = list(read_lines(stream, display_name(path)))
        lines[:1] = [line.removeprefix("\ufeff") for line in lines[:1]]
        golds[display_name(name if names.count(name) == 1 else path)] = lines
    return golds


def measure(models: Iterable[str], golds: Mapping[str, list[str]]) -> Report:
    """Measure models, or the default one, on gold sets."""
    from vndiacritic.evaluation import evaluate
    from vndiacritic.shipped import load_model

    loaded = {display_name(name): load_model(name) for name in models} or {"default": load_model(None)}
    restorers = {name: model.predict for name, model in loaded.items()}
    first = next(iter(loaded.values()))  # all are measured on the same tokens
    return evaluate(restorers, golds, is_ambiguous=first.is_ambiguous, version=__version__)


def _fail_under(report: Report, floor: float) -> None:
    """Say which figures, rounded as they are printed, are too low; then exit 1."""
    low = [result for result in report.results if round(result.figures.syllable, 3) < floor]
    for result in low:
        say(f"{result.model} on {result.set}: syllable {result.figures.syllable:.3f} is below {floor:g}")
    if low:
        raise Exit(1)

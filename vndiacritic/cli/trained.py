"""What is told before and after a training: outputs that cannot be, what the filters keep, and how good models are."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from vndiacritic.cli.evaluate import measure
from vndiacritic.cli.exits import say
from vndiacritic.cli.language import telling
from vndiacritic.errors import VndiacriticError
from vndiacritic.files import display_name, open_output

if TYPE_CHECKING:
    from vndiacritic.corpus import Corpus, Entry
    from vndiacritic.reports import Report
    from vndiacritic.training.filters import Filters
    from vndiacritic.training.recipe import Made

__all__ = ["refuse_output", "tell_filters", "tell_models"]


def refuse_output(output: str, force: bool) -> None:
    """Refuse before hours of work what could not be written after them, or would replace a file that is there."""
    name, folder = display_name(output), os.path.dirname(os.path.realpath(output))
    if os.path.exists(output) and not os.path.isfile(output):
        raise VndiacriticError(f"{name} is not a file: choose another name")
    if os.path.exists(output) and not force:
        raise VndiacriticError(f"{name} exists: choose another name, or give --force to replace it")
    if not os.path.isdir(folder):
        raise VndiacriticError(f"cannot write {name}: there is no folder {display_name(folder)}")
    if not os.access(folder, os.W_OK):
        raise VndiacriticError(f"cannot write {name}: no permission in the folder {display_name(folder)}")


# ---- what the filters keep


def tell_filters(entries: Sequence[Entry], filters: Filters | None, dropped: str | None, jobs: int) -> None:
    """Filter a corpus, and show how much of it is kept; nothing is left on disk but the lines that are not."""
    from vndiacritic.corpus import Corpus
    from vndiacritic.progress import Meter
    from vndiacritic.training.claims import entries_of
    from vndiacritic.training.filters import NO_FILTERS, sift
    from vndiacritic.training.indexing import SHARD_BYTES

    with TemporaryDirectory(prefix="vndiacritic.", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        corpus = Corpus(entries_of(entries, folder))
        with Meter(telling(sys.stderr), "vndiacritic: ") as meter:
            tally = sift(
                corpus, filters or NO_FILTERS, folder, shard_size=SHARD_BYTES, n_jobs=jobs, progress=meter
            )  # fmt: skip
        if dropped is not None:
            with open_output(dropped) as output:
                for line in _left_out(corpus, folder, SHARD_BYTES):
                    output.write(line)
    click.echo(tally.to_text(), nl=False)
    say(tally.sentence())


def _left_out(corpus: Corpus, folder: Path, shard_size: int) -> Iterator[str]:
    """The lines that were left out, with their file and the reason, as JSON lines."""
    from vndiacritic.training.filters import REASONS, verdicts_of

    for shard in corpus.shards(shard_size):
        if shard.turn == 0:
            for line, verdict in zip(shard.lines(), verdicts_of(shard, folder), strict=True):
                if verdict:
                    found = {"file": shard.source.name, "reason": REASONS[verdict], "text": line}
                    yield json.dumps(found, ensure_ascii=False) + "\n"


# ---- how good models are


def tell_models(made: Sequence[Made], golds: Mapping[str, list[str]]) -> None:
    """Tell which models were written, how good each is on the lines held out if there are several, and on gold text."""
    paths = [os.fspath(model.path) for model in made]
    for path in paths:
        say(f"wrote {display_name(path)} ({os.path.getsize(path) / 1e6:.1f} MB)")
    if len(made) > 1:
        click.echo(_curve(made), nl=False)
    if golds:
        report = measure(paths, golds)
        for path in paths:
            _note_figures(path, report)
        click.echo(report.to_text(), nl=False)


def _curve(made: Sequence[Made]) -> str:
    """Size, accuracy and loss of each model on the lines held out, as a table."""
    rows = [("MB at most", "MB", "held out, right", "loss", "model")]
    for model in made:
        figures, path = model.figures, os.fspath(model.path)
        n = figures["held_out_syllables"]
        right, loss = (
            (f"{100 * figures['held_out_right'] / n:.2f} %", f"{figures['held_out_loss']:.4f}") if n else ("", "")
        )
        rows.append((f"{model.max_size_mb:g}", f"{os.path.getsize(path) / 1e6:.1f}", right, loss, display_name(path)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join([*(cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]])
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines)


def _note_figures(path: str, report: Report) -> None:
    """Write into a model's card what was measured."""
    from vndiacritic.modelfile import add_metadata

    names = ("set", "lines", "tokens", "syllable", "sentence", "signature")
    results = (result.as_dict() for result in report.results if result.model == display_name(path))
    add_metadata(path, {"evaluations": [{name: result[name] for name in names} for result in results]})

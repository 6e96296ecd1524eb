"""The command ``train``."""

from __future__ import annotations

import os
import sys

import click
from click.exceptions import Exit

from vndiacritic.cli.evaluate import gold_sets, measure
from vndiacritic.cli.exits import INTERRUPTED, say
from vndiacritic.cli.options import FILE, PATH
from vndiacritic.errors import VndiacriticError
from vndiacritic.files import display_name

__all__ = ["train"]


@click.command()
@click.argument("corpus", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", required=True, type=PATH, metavar="MODEL", help="The model file to write.")
@click.option(
    "--max-size",
    type=click.FloatRange(min=0, min_open=True),
    default=64,
    show_default=True,
    metavar="MB",
    help="Largest model file.",
)
@click.option("--work", type=PATH, metavar="FOLDER", help="Keep what was learned so far in FOLDER, and go on from it.")
@click.option("--heldout", type=FILE, metavar="FILE", help="Accented text to evaluate the new model on.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to use.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="The same seed gives the same model.",
)
@click.option("--force", is_flag=True, help="Replace MODEL if it exists.")
def train(
    corpus: tuple[str, ...],
    output: str,
    max_size: float,
    work: str | None,
    heldout: str | None,
    jobs: int,
    seed: int,
    force: bool,
) -> None:
    """Train a model on accented text.

    CORPUS is a file or a folder of .txt and .gz files, UTF-8, a sentence or paragraph a line. An hour of
    training that is interrupted is lost, unless there is a --work folder: the same command then goes on from
    what it holds, and gives the same model.

    \b
    Examples:
      vndiacritic train corpus/ -o my.safetensors
      vndiacritic train news.txt.gz letters/ -o my.safetensors --max-size 16 -j 2
      vndiacritic train corpus/ -o my.safetensors --heldout gold.txt --work w
    """
    from vndiacritic.corpus import Corpus

    _refuse_output(output, force)
    Corpus(corpus)  # a wrong path is told now, not after the minute that importing and indexing take
    golds = gold_sets([heldout]) if heldout else {}
    _train(corpus, output, max_size=max_size, work=work, jobs=jobs, seed=seed)
    say(f"wrote {display_name(output)} ({os.path.getsize(output) / 1e6:.1f} MB)")
    if golds:
        click.echo(measure([output], golds).to_text(), nl=False)


def _refuse_output(output: str, force: bool) -> None:
    """Refuse before hours of training what could not be written after them."""
    name, folder = display_name(output), os.path.dirname(os.path.realpath(output))
    if os.path.exists(output) and not force:
        raise VndiacriticError(f"{name} exists: choose another name, or give --force to replace it")
    if os.path.exists(output) and not os.path.isfile(output):
        raise VndiacriticError(f"{name} is not a file: choose another name")
    if not os.path.isdir(folder):
        raise VndiacriticError(f"cannot write {name}: there is no folder {display_name(folder)}")
    if not os.access(folder, os.W_OK):
        raise VndiacriticError(f"cannot write {name}: no permission in the folder {display_name(folder)}")


def _train(corpus: tuple[str, ...], output: str, *, max_size: float, work: str | None, jobs: int, seed: int) -> None:
    """Train with progress on standard error; who interrupts is told what is kept."""
    from vndiacritic.progress import Meter
    from vndiacritic.training import recipe

    settings = recipe.Settings(max_size_mb=max_size, seed=seed)
    try:
        with Meter(sys.stderr, "vndiacritic: ") as meter:
            recipe.train(corpus, output, settings=settings, work=work, n_jobs=jobs, progress=meter)
    except KeyboardInterrupt as exc:
        kept = "nothing is kept; with --work FOLDER, a training can go on where it was interrupted"
        if work is not None:
            kept = f"what was learned is kept in {display_name(work)}; the same command goes on from it"
        say(f"interrupted: {kept}")
        raise Exit(INTERRUPTED) from exc

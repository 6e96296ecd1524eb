"""The command ``train``: what it is asked, and in which order it is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from click.exceptions import Exit

from vndiacritic.cli.evaluate import gold_sets
from vndiacritic.cli.exits import INTERRUPTED, say
from vndiacritic.cli.language import telling
from vndiacritic.cli.loading import read_word_list
from vndiacritic.cli.options import FILE, PATH, jobs_option
from vndiacritic.cli.recipes import Recipe, entries_of, read_recipe
from vndiacritic.cli.trained import refuse_output, tell_filters, tell_models
from vndiacritic.errors import ModelError, TrainingStopped
from vndiacritic.files import display_name

if TYPE_CHECKING:
    from vndiacritic.corpus import Entry
    from vndiacritic.training.filters import Filters
    from vndiacritic.training.recipe import Made, Settings

__all__ = ["train"]


def _read_weights(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, float]:
    """``PATH=2``, once for each path."""
    weights = {}
    for value in values:
        path, _, number = value.rpartition("=")
        weights[path] = _number(number)
        if not path or weights[path] <= 0:
            raise click.BadParameter(f"{value!r} is not CORPUS=NUMBER, as in news.txt=0.5", ctx, param)
    return weights


def _read_sizes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...]:
    """``8,16,32``, each once."""
    sizes = tuple(dict.fromkeys(map(_number, value.split(",")))) if value is not None else ()
    if value is not None and min(sizes) <= 0:
        raise click.BadParameter(f"{value!r} is not a list of sizes in MB, as in 8,16,32", ctx, param)
    return sizes


def _number(text: str) -> float:
    """A number; 0 for what is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


@click.command()
@click.argument("corpus", nargs=-1, type=FILE)
@click.option("-o", "--output", type=PATH, metavar="MODEL", help="The model file to write.")
@click.option(
    "--config",
    "recipe",
    type=PATH,
    metavar="FILE",
    is_eager=True,
    callback=read_recipe,
    help="A recipe: CORPUS with weights and options, as TOML; options that are given take the place of its own.",
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME",
    help="Of .csv, .tsv and .jsonl: the field that is text; may be repeated.",
)
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="CORPUS=N",
    callback=_read_weights,
    help="Take each line of a CORPUS N times; of 0.5, half of them; may be repeated.",
)
@click.option(
    "--filter/--no-filter",
    "filtered",
    default=True,
    show_default=True,
    help="Leave out lines that would teach errors: unaccented, foreign, misread, repeated ones.",
)
@click.option("--dry-run", is_flag=True, help="Train nothing; show what the filters keep, and why not the rest.")
@click.option("--dropped", type=PATH, metavar="FILE", help="With --dry-run: write what is left out, as JSON lines.")
@click.option(
    "--max-size",
    type=click.FloatRange(min=0, min_open=True),
    default=64,
    show_default=True,
    metavar="MB",
    help="Largest model file; with --init-model, most that is added to it.",
)
@click.option(
    "--sizes",
    metavar="MB,MB,...",
    callback=_read_sizes,
    help="Make a model of each size from what is learned once, and show how good each is.",
)
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Fewest occurrences of a form that is restored.  [default: 5; less for a small CORPUS]",
)
@click.option(
    "--init-model", type=PATH, metavar="MODEL", help="Adapt MODEL to CORPUS, instead of starting from nothing."
)
@click.option(
    "--words",
    type=FILE,
    metavar="FILE",
    help="Names and other phrases, one a line, that the model writes as they are there, as restore --words does.",
)
@click.option("--licence", default="", metavar="TEXT", help="For the model's card: under which it may be used.")
@click.option(
    "--note", "notes", multiple=True, metavar="TEXT", help="For the model's card: anything else; may be repeated."
)
@click.option("--work", type=PATH, metavar="FOLDER", help="Keep what was learned so far in FOLDER, and go on from it.")
@click.option("--resume", is_flag=True, help="Only go on from what --work holds; begin nothing.")
@click.option("--heldout", type=FILE, metavar="FILE", help="Accented text to evaluate the new model on.")
@jobs_option
@click.option(
    "--backend",
    type=click.Choice(["processes", "dask"]),
    default="processes",
    show_default=True,
    help="dask: on a cluster, all of whose machines see CORPUS and --work.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of the dask cluster, such as tcp://HOST:8786.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="The same seed gives the same model.",
)
@click.option("--force", is_flag=True, help="Replace MODEL if it exists.")
@click.pass_context
def train(ctx: click.Context, /, corpus: tuple[str, ...], recipe: Recipe, **asked: Any) -> None:
    """Train a model on accented text.

    CORPUS is a file, a folder, or a pattern such as 'news/*.txt.gz', of accented UTF-8 text, a sentence or paragraph a
    line: .txt, .jsonl, .csv and .tsv with a --field, any of them packed as .gz, .xz or .zst; - is standard input. A
    training that is interrupted is lost, unless there is a --work folder: the same command then goes on from what it
    holds, and gives the same model.

    With --init-model, a model learns what is different in CORPUS, in minutes, and keeps what it knows; "default" is the
    shipped one. The model's card tells what it was made from, and its figures on --heldout: see model info.

    \b
    Examples:
      vndiacritic train corpus/ -o my.safetensors
      vndiacritic train news.txt.gz letters/ -o my.safetensors --max-size 16 -j 2
      vndiacritic train crawl.jsonl.zst --field body --dry-run
      vndiacritic train corpus/ -o my.safetensors --heldout gold.txt --work w
      vndiacritic train letters/ --init-model default -o my.safetensors
      vndiacritic train --config recipe.toml --sizes 8,16,32 -o my.safetensors
    """
    order = _Order(**asked)
    if order.sizes and ctx.get_parameter_source("max_size") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--sizes and --max-size exclude each other")
    entries = entries_of(ctx, corpus, recipe, order.fields, order.weights)
    filters = order.filters(recipe)
    for output in order.written:
        refuse_output(output, order.force)
    if order.dry_run:
        tell_filters(entries, filters, order.dropped, order.jobs)
        return
    _check(entries)
    golds = gold_sets([order.heldout]) if order.heldout else {}
    more = order.more()
    tell_models(_train(order, entries, order.settings(recipe, filters), more), golds)


@dataclass(frozen=True)
class _Order:
    """What a training was asked to be, beside its corpus."""

    output: str | None
    fields: tuple[str, ...]
    weights: Mapping[str, float]
    filtered: bool
    dry_run: bool
    dropped: str | None
    max_size: float
    sizes: tuple[float, ...]
    min_count: int | None
    init_model: str | None
    words: str | None
    licence: str
    notes: tuple[str, ...]
    work: str | None
    resume: bool
    heldout: str | None
    jobs: int
    backend: str
    scheduler: str | None
    seed: int
    force: bool

    def __post_init__(self) -> None:
        dask = self.backend == "dask"
        for wrong, message in (
            (self.output is None and not self.dry_run, "give -o MODEL, or --dry-run"),
            (self.dropped is not None and not self.dry_run, "--dropped is for --dry-run: give that too"),
            (self.resume and self.work is None, "--resume needs the --work FOLDER of the training"),
            (dask and self.scheduler is None, "--backend dask needs the --scheduler ADDRESS of a cluster"),
            (dask and self.work is None, "--backend dask needs a --work FOLDER that all machines see"),
            (self.scheduler is not None and not dask, "--scheduler is for --backend dask: give that too"),
        ):
            if wrong:
                raise click.UsageError(message)

    @property
    def outputs(self) -> Mapping[float, str]:
        """The files to write, by their sizes."""
        output = self.output or ""
        if not self.sizes:
            return {self.max_size: output}
        path = Path(output)
        return {size: str(path.with_name(f"{path.stem}-{size:g}MB{path.suffix}")) for size in self.sizes}

    @property
    def written(self) -> Sequence[str]:
        """The files to write this time."""
        if self.dry_run:
            return [self.dropped] if self.dropped is not None else []
        return list(self.outputs.values())

    def filters(self, recipe: Recipe) -> Filters | None:
        """The filters, with what a recipe says of them."""
        from vndiacritic.training.filters import Filters

        filters: Filters = recipe.changed("filters", Filters())
        return filters if self.filtered else None

    def settings(self, recipe: Recipe, filters: Filters | None) -> Settings:
        """What the training depends on beside its corpus."""
        from vndiacritic.training.index import Variation
        from vndiacritic.training.recipe import Settings

        variation = recipe.changed("variation", Variation())
        return Settings(self.max_size, self.seed, min_count=self.min_count, variation=variation, filters=filters)

    def more(self) -> dict[str, Any]:
        """What a training is given beside the usual; wrong paths are told now."""
        from vndiacritic.shipped import find_model
        from vndiacritic.training.card import Statement

        more: dict[str, Any] = {}
        if self.init_model is not None:
            more["init_model"] = find_model(self.init_model)
        if self.words is not None:
            more["words"] = read_word_list(self.words).phrases
        if self.licence or self.notes:
            more["statement"] = Statement(self.licence, self.notes)
        return more

    def workers(self) -> AbstractContextManager[None]:
        """Where the tasks run."""
        if self.scheduler is None or self.work is None:
            return nullcontext()
        from vndiacritic.training.cluster import cluster

        return cluster(self.scheduler, Path(self.work).absolute())


def _check(entries: Sequence[Entry]) -> None:
    """Tell of a wrong path now, not after the seconds that importing takes."""
    from vndiacritic.corpus import Corpus

    Corpus(entry for entry in entries if entry.path != "-")


def _train(order: _Order, entries: Sequence[Entry], settings: Settings, more: Mapping[str, Any]) -> list[Made]:
    """Train with progress on standard error; whoever is stopped is told what is kept."""
    from vndiacritic.progress import Meter
    from vndiacritic.training import recipe

    def remark(sentence: str) -> None:
        meter.clear()
        say(sentence)

    with _keeping(order.work), Meter(telling(sys.stderr), "vndiacritic: ") as meter, order.workers():
        return recipe.train(
            entries,
            order.outputs if order.sizes else order.outputs[order.max_size],
            settings=settings,
            work=order.work,
            resume=order.resume,
            n_jobs=order.jobs,
            progress=meter,
            remark=remark,
            **more,
        )


@contextmanager
def _keeping(work: str | None) -> Iterator[None]:
    """Tell what is kept of a training that stops."""
    try:
        yield
    except KeyboardInterrupt as exc:
        say(f"interrupted: {_kept(work)}")
        raise Exit(INTERRUPTED) from exc
    except (ModelError, TrainingStopped) as exc:
        say(str(exc))
        if work is None or os.path.isdir(work):
            say(_kept(work))
        raise Exit(1) from exc


def _kept(work: str | None) -> str:
    if work is None:
        return "nothing is kept; with --work FOLDER, a training can go on where it was interrupted"
    return f"what was learned is kept in {display_name(work)}; the same command goes on from it"

"""How far a model's confidence can be believed, on the benchmark sets.

    python -m benchmarks.calibration               # the shipped model
    python -m benchmarks.calibration --markdown    # the tables of docs/confidence.md

Knows which sets are measured and how the tables look. The measures are vndiacritic.calibration's part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

from benchmarks.gate import BENCH
from benchmarks.tables import aligned, markdown
from vndiacritic import shipped
from vndiacritic.calibration import Judged, calibration, judge
from vndiacritic.errors import VndiacriticError
from vndiacritic.evaluation import split_lines
from vndiacritic.restorer import Restorer

__all__ = ["main"]

LEAST = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
BINS = 10

Table = Callable[..., str]


class Kept(NamedTuple):
    """What a least confidence leaves, of all sets together."""

    least: float
    judged: Judged  # by a run with that least confidence


def judged_sets(restorer: Restorer, golds: Mapping[str, list[str]], least: float) -> dict[str, Judged]:
    """The choices in every set, restored with a least confidence."""
    explain = partial(restorer.explain_lines, k=1, min_confidence=least)
    return {name: judge(explain, gold) for name, gold in golds.items()}


def together(judged: Iterable[Judged]) -> Judged:
    """The choices of several sets as of one."""
    parts = list(judged)
    return Judged(np.concatenate([part.confidence for part in parts]), np.concatenate([part.right for part in parts]))


def by_set(judged: Mapping[str, Judged], table: Table) -> str:
    """Accuracy, mean confidence and calibration error of each set, and of all."""
    rows = []
    for name, one in {**judged, "all": together(judged.values())}.items():
        error = calibration(one.confidence, one.right).error
        shares = (one.right.mean(), one.confidence.mean(), error)
        rows.append([name, f"{len(one.right)}", *(f"{100 * share:.2f}" for share in shares)])
    return table(("set", "choices", "right, %", "confidence, %", "calibration error, %"), rows)


def reliability(judged: Judged, table: Table) -> str:
    """How often choices of about the same confidence were right."""
    bins = calibration(judged.confidence, judged.right, BINS)
    rows = [
        [f"{low:.1f} to {high:.1f}", f"{count}", f"{100 * mean:.1f}", f"{100 * right:.1f}"]
        for low, high, count, mean, right in zip(
            bins.edges[:-1], bins.edges[1:], bins.counts, bins.confidence, bins.accuracy, strict=True
        )
        if count
    ]
    return table(("confidence", "choices", "mean, %", "right, %"), rows)


def coverage(kept: Iterable[Kept], table: Table) -> str:
    """What is gained and lost by leaving syllables bare."""
    rows = []
    for least, judged in kept:
        sure = judged.confidence >= least
        left = f"{100 * judged.right[~sure].mean():.2f}" if not sure.all() else "-"
        rows.append([f"{least:g}", f"{100 * sure.mean():.2f}", f"{100 * judged.right[sure].mean():.2f}", left])
    return table(("least confidence", "written, %", "right of these, %", "would be right of the others, %"), rows)


def _kept(restorer: Restorer, golds: Mapping[str, list[str]], least: Sequence[float]) -> Iterator[Kept]:
    for one in least:
        yield Kept(one, together(judged_sets(restorer, golds, one).values()))


@click.command()
@click.option("-m", "--model", metavar="MODEL", help="As for vndiacritic restore.")
@click.option("--bench", type=click.Path(path_type=Path), default=BENCH, help="The folder of benchmark sets.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables for a document.")
def main(model: str | None, bench: Path, as_markdown: bool) -> None:
    """Measure how far a model's confidence can be believed."""
    paths = sorted(bench.glob("*.txt"))
    if not paths:
        click.echo(f"skipped: there are no benchmark sets (*.txt) in {bench}; name their folder with --bench")
        return
    try:
        golds = {path.stem: split_lines(path.read_text(encoding="utf-8")) for path in paths}
        restorer = shipped.load_model(model)
    except (VndiacriticError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    table: Table = markdown if as_markdown else aligned
    sets = judged_sets(restorer, golds, 0)
    for part in (by_set(sets, table), reliability(together(sets.values()), table)):
        click.echo(part + "\n")
    click.echo(coverage(_kept(restorer, golds, LEAST), table))


if __name__ == "__main__":
    main()

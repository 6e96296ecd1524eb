"""Peak memory and CPU time of ``vndiacritic restore`` against the size of its input, in many lines and in a single one.

Knows how texts of a size are made, and what is laid side by side. How a process is measured is benchmarks.speed's part.

    python -m benchmarks.memory                 # 20 and 200 MB: half an hour
    python -m benchmarks.memory --full          # and a file of 2 GB, in lines: an hour and a half more
    python -m benchmarks.memory --sizes 1,5 -j 2

Texts are made anew from the bundled sample, in a scratch folder that needs room for the largest. Standard output goes
nowhere; the peak is the same where it is written to a file.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

import click

from benchmarks.speed import DRAWN, SAMPLE, Command, Sizes, bare_lines, machine, run
from benchmarks.speed_report import Run
from benchmarks.tables import aligned
from vndiacritic.errors import VndiacriticError
from vndiacritic.shipped import find_model

__all__ = ["Measured", "main", "to_text", "write_text"]

FULL = 2000  # MB
MANY, SINGLE = "lines", "one line"


@dataclass(frozen=True)
class Measured:
    """What one text took."""

    megabytes: int
    shape: str
    run: Run


def write_text(path: Path, lines: Sequence[str], size: int, *, one_line: bool) -> None:
    """Write these lines over and over until the file has so many bytes, with line ends or with spaces."""
    end = b" " if one_line else b"\n"
    whole = [line.encode() + end for line in lines]
    with path.open("wb") as file:
        for line in cycle(whole):
            if size <= 0:
                break
            size -= file.write(line)


def measure(
    lines: Sequence[str], sizes: Sequence[int], singles: Sequence[int], options: Sequence[str]
) -> list[Measured]:
    """Restore texts of so many megabytes, first those in lines, the smallest first."""
    return [
        _measured(lines, size, shape, options)
        for shape, of_shape in ((MANY, sizes), (SINGLE, singles))
        for size in of_shape
    ]


def _measured(lines: Sequence[str], size: int, shape: str, options: Sequence[str]) -> Measured:
    click.echo(f"memory: {size} MB, {shape}", err=True)
    with tempfile.TemporaryDirectory(prefix="vndiacritic-memory-") as folder:
        text = Path(folder) / "text"
        write_text(text, lines, size * 1_000_000, one_line=shape == SINGLE)
        found = run(Command([sys.executable, "-m", "vndiacritic", "restore", *options], text))
    return Measured(size, shape, found)


def to_text(found: Sequence[Measured]) -> str:
    """A row for each size, the two shapes side by side."""
    by_place = {(m.megabytes, m.shape): m.run for m in found}
    rows = [
        (f"{size:,}", *_cells(by_place.get((size, MANY))), *_cells(by_place.get((size, SINGLE))))
        for size in sorted({m.megabytes for m in found})
    ]
    head = ("MB", *(f"{shape}: {what}" for shape in (MANY, SINGLE) for what in ("peak MB", "CPU s", "wall s")))
    return aligned(head, rows, left=()) + "\n"


def _cells(found: Run | None) -> Iterator[str]:
    yield from ("-",) * 3 if found is None else (f"{found.rss:.0f}", f"{found.cpu:.1f}", f"{found.wall:.1f}")


@click.command()
@click.option("--sizes", type=Sizes(), default="1,20,200", show_default=True, help="MB, of both shapes.")
@click.option("--full", is_flag=True, help=f"Restore {FULL} MB in lines too.")
@click.option("-m", "--model", default="default", metavar="MODEL", help="As for restore.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="As for restore.")
@click.option("--text", type=click.Path(path_type=Path, exists=True), help="Gold text instead of the bundled one.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the figures there.")
def main(sizes: list[int], full: bool, model: str, jobs: int, text: Path | None, json_file: Path | None) -> None:
    """Measure peak memory and CPU time of whole processes."""
    try:
        options = ["-m", str(find_model(model).resolve()), "-j", str(jobs)]
        gold = (text or SAMPLE).read_text(encoding="utf-8").splitlines()
        found = measure(list(bare_lines(gold, DRAWN)), sizes + [FULL] * full, sizes, options)
    except VndiacriticError as error:
        click.echo(f"memory: {error}", err=True)
        raise click.exceptions.Exit(1) from error
    click.echo("\n".join(f"{name:8}  {value}" for name, value in machine().items()) + "\n\n" + to_text(found), nl=False)
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(m) for m in found], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

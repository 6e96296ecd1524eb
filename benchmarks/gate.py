"""The quality gate: figures of a model on gold sets against floors that may only rise.

Knows which sets are measured, in which variants, and when the gate is shut. How figures are measured is
vndiacritic.evaluation's part, what may happen to floors that of benchmarks.floors.

    python -m benchmarks.gate            # exit 1 if anything failed
    python -m benchmarks.gate --raise    # write the current figures as floors, where they are higher

The small set in tests/data is always measured; the benchmark sets, which cannot be distributed with the
program, where their folder lies beside the repository or is named by ``--bench``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks.floors import Floors, committed, lowered_silently, raised, set_of
from benchmarks.tables import aligned
from vndiacritic import shipped
from vndiacritic.errors import VndiacriticError
from vndiacritic.evaluation import VARIANTS, compare, split_lines, strip_gold, summarise

__all__ = ["Measured", "Row", "find_sets", "judge", "main", "measure"]

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ROOT / "benchmarks" / "floors.json"
BUNDLED = ROOT / "tests" / "data" / "gate.txt"
BENCH = ROOT.parent / "shared" / "bench" / "restore"

# Sets also measured in lower case without punctuation, in capitals and as slugs.
VARIED = frozenset({"gate", "flores200_dev"})

Restore = Callable[[list[str]], list[str]]


class Measured(NamedTuple):
    """One figure: of a set, or of a variant of it."""

    name: str
    sha256: str  # of the set's file
    tokens: int
    syllable: float
    broken: int


class Row(NamedTuple):
    """A line of the gate's table; `passed` is None where there was nothing to pass."""

    name: str
    tokens: int | None
    syllable: float | None
    floor: float | None
    passed: bool | None
    why: str


def find_sets(bundled: Path, bench: Path | None) -> dict[str, Path]:
    """Gold files by the names of their sets: the bundled one, then those of the bench folder in order."""
    outside = sorted(bench.glob("*.txt")) if bench is not None else []
    return {path.stem: path for path in (bundled, *outside)}


def measure(restore: Restore, sets: Mapping[str, Path]) -> Iterator[Measured]:
    """Restore every set, and those in `VARIED` in each variant too.

    Raises
    ------
    VndiacriticError
        If a file is not UTF-8.
    """
    for name, path in sets.items():
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        try:
            gold = split_lines(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise VndiacriticError(f"{path} is not UTF-8 ({error}): fetch it again") from error
        yield _measured(restore, name, digest, gold)
        if name in VARIED:
            for variant, vary in VARIANTS.items():
                yield _measured(restore, f"{name}:{variant}", digest, [vary(line) for line in gold])


def _measured(restore: Restore, name: str, digest: str, gold: list[str]) -> Measured:
    """Strip, restore, compare."""
    figures = summarise(compare(gold, restore([strip_gold(line) for line in gold])), resamples=0)
    return Measured(name, digest, figures.tokens, figures.syllable, figures.broken)


def judge(measured: Iterable[Measured], floors: Floors, *, bench: bool) -> list[Row]:
    """A row for each figure and for each floor without one.

    Parameters
    ----------
    measured : iterable of Measured
    floors : Floors
    bench : bool
        Whether the folder of the benchmark sets is there: a floor whose set is missing from it fails; without
        the folder it is skipped, unless it is one of the bundled set.
    """
    found = {figure.name: figure for figure in measured}
    rows = [_row(figure, floors) for figure in found.values()]
    for name in sorted(floors.floors.keys() - found.keys()):
        floor = floors.floors[name]
        if bench or set_of(name) == BUNDLED.stem:
            rows.append(Row(name, None, None, floor, False, "the set is missing"))
        else:
            rows.append(Row(name, None, None, floor, None, "no benchmark folder"))
    return rows


def _row(figure: Measured, floors: Floors) -> Row:
    """The verdict on one figure."""
    floor = floors.floors.get(figure.name)
    known = floors.sha256.get(set_of(figure.name))
    why = ""
    if figure.broken:
        why = f"{figure.broken} broken lines: more than diacritics changed"
    elif known is not None and known != figure.sha256:
        why = f"the file has another SHA-256 ({figure.sha256[:12]}...) than the floor's ({known[:12]}...)"
    elif floor is not None and figure.syllable < floor:
        why = f"{floor - figure.syllable:.3f} below its floor"
    passed: bool | None = not why
    if passed and floor is None:
        # Other sets may be looked at without being judged, but a gate without floors is no gate.
        passed = False if set_of(figure.name) == BUNDLED.stem else None
        why = "no floor yet: --raise makes one"
    return Row(figure.name, figure.tokens, figure.syllable, floor, passed, why)


def _table(rows: Iterable[Row]) -> str:
    """The rows for a terminal."""
    words = {True: "passed", False: "FAILED", None: "skipped"}
    cells = [
        (
            row.name,
            "" if row.tokens is None else str(row.tokens),
            "" if row.syllable is None else f"{row.syllable:.3f}",
            "" if row.floor is None else f"{row.floor:.2f}",
            "" if row.syllable is None or row.floor is None else f"{row.syllable - row.floor:+.3f}",
            f"{words[row.passed]}: {row.why}" if row.why else words[row.passed],
        )
        for row in rows
    ]
    return aligned(("set", "tokens", "syllable", "floor", "margin", "verdict"), cells, left=(0, 5))


def _raise(path: Path, floors: Floors, measured: Iterable[Measured]) -> Floors:
    """Write higher floors; figures of changed files and of broken text make none."""
    sound = [m for m in measured if not m.broken and floors.sha256.get(set_of(m.name), m.sha256) == m.sha256]
    new = raised(floors, {m.name: m.syllable for m in sound}, {set_of(m.name): m.sha256 for m in sound})
    changed = sum(floors.floors.get(name) != floor for name, floor in new.floors.items())
    if changed:
        path.write_text(new.to_json(), encoding="utf-8")
    click.echo(f"{changed} floors raised in {_shown(path)}")
    return new


def _history(path: Path, floors: Floors, base: str | None) -> tuple[bool, str]:
    """Whether no floor was lowered silently, and what to print about it."""
    versions = committed(path, base)
    complaints = lowered_silently([*versions, floors], floors.lowered)
    if complaints:
        return False, "\n".join(f"FAILED: {complaint}" for complaint in complaints)
    if not versions:
        return True, "no earlier floors to compare with: passed"
    return True, f"no floor lowered without a reason since {len(versions)} committed version(s): passed"


def _shown(path: Path) -> str:
    """A path relative to the repository."""
    return os.path.relpath(path, ROOT)


def _described(info: Mapping[str, Any]) -> str:
    """Which model it is."""
    return f"{Path(info['path']).name}, {info['file_size'] / 1e6:.1f} MB, payload SHA-256 {info['payload_sha256'][:12]}"


@click.command()
@click.option("-m", "--model", metavar="MODEL", help="The model to judge; by default the shipped one.")
@click.option(
    "--bench",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of benchmark sets, a .txt file each; by default ../shared/bench/restore if it is there.",
)
@click.option(
    "--floors", "path", type=click.Path(path_type=Path), default=FLOORS, metavar="FILE", help="The floors file."
)
@click.option("--base", metavar="REV", help="Compare the floors with those of REV only, not of all of history.")
@click.option("--raise", "raise_floors", is_flag=True, help="Raise the floors to just below the current figures.")
def main(model: str | None, bench: Path | None, path: Path, base: str | None, raise_floors: bool) -> None:
    """Judge a model by floors that may only rise; exit 1 if anything failed."""
    try:
        passed, failed = _gate(model, bench, path, base, raise_floors)
    except VndiacriticError as error:
        click.echo(f"gate: {error}", err=True)
        raise click.exceptions.Exit(1) from error
    click.echo(f"\n{passed} passed, {failed} failed")
    if failed:
        raise click.exceptions.Exit(1)


def _gate(model: str | None, bench: Path | None, path: Path, base: str | None, raise_floors: bool) -> tuple[int, int]:
    """Measure, judge and print; how many checks passed and failed."""
    floors = Floors.read(path)
    if bench is None and BENCH.is_dir():
        bench = BENCH
    restorer = shipped.load_model(model)
    click.echo(f"model   {_described(restorer.info)}")
    click.echo(f"floors  {_shown(path)}")
    where = "there is no folder of benchmark sets: only the bundled set is measured"
    click.echo(f"bench   {where if bench is None else _shown(bench)}\n")
    measured = list(measure(restorer.predict, find_sets(BUNDLED, bench)))
    if raise_floors:
        floors = _raise(path, floors, measured)
    rows = judge(measured, floors, bench=bench is not None)
    kept, sentence = _history(path, floors, base)
    click.echo(f"{_table(rows)}\n\n{sentence}")
    verdicts = [row.passed for row in rows] + [kept]
    skipped = verdicts.count(None)
    if skipped:
        click.echo(f"{skipped} skipped")
    return verdicts.count(True), verdicts.count(False)


if __name__ == "__main__":
    main()

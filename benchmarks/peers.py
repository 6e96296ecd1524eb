"""A table of peers in Markdown: pyvi run here, others as published.

Knows which sets both are measured on and how published figures are laid beside ours. Does not know how figures
are measured (vndiacritic.evaluation), nor how pyvi is had (benchmarks.peer).

    python -m benchmarks.peers                 # the bundled set, and the benchmark sets if they are there
    python -m benchmarks.peers mine.txt --venv /tmp/pyvi

pyvi changes the case of words, which the syllable figure counts as wrong; its figure with case ignored is given
too. Published figures are in peers.json, each with its source and with how far it can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.gate import BENCH, BUNDLED, find_sets
from benchmarks.peer import Peer, pyvi
from benchmarks.tables import markdown
from vndiacritic import shipped
from vndiacritic.errors import VndiacriticError
from vndiacritic.evaluation import compare, split_lines, strip_gold, summarise

__all__ = ["Published", "Score", "live", "main", "published", "read_published", "score"]

PUBLISHED = Path(__file__).resolve().parent / "peers.json"

Restore = Callable[[list[str]], list[str]]


class Score(NamedTuple):
    """What one program made of one set, in percent of its tokens; `caseless` ignores case."""

    tokens: int
    baseline: float
    syllable: float
    caseless: float
    broken: int


class Published(NamedTuple):
    """A figure that somebody else measured; `beside` names the set of ours that it is laid beside."""

    peer: str
    method: str
    set: str
    figure: float
    beside: str
    source: str
    comparable: str


def score(restore: Restore, gold: Sequence[str]) -> Score:
    """Strip gold lines, have them restored, and compare, with case and without."""
    restored = restore([strip_gold(line) for line in gold])
    figures = summarise(compare(gold, restored), resamples=0)
    lower = summarise(compare([g.lower() for g in gold], [r.lower() for r in restored]), resamples=0)
    return Score(figures.tokens, figures.baseline, figures.syllable, lower.syllable, figures.broken)


def live(ours: Mapping[str, Score], theirs: Mapping[str, Score] | None, peer: str) -> str:
    """The sets that were restored here, a row each."""
    head = ["set", "words", "unaccented", "vndiacritic"]
    head += [] if theirs is None else [peer, "case ignored", "lines changed otherwise"]
    rows = []
    for name, our in ours.items():
        row = [name, f"{our.tokens:,}", f"{our.baseline:.2f}", f"{our.syllable:.2f}"]
        if theirs is not None:
            their = theirs[name]
            row += [f"{their.syllable:.2f}", f"{their.caseless:.2f}", str(their.broken)]
        rows.append(row)
    return markdown(head, rows)


def published(figures: Sequence[Published], ours: Mapping[str, Score]) -> str:
    """Published figures, each beside ours on the nearest set, if that was restored here."""
    head = ("peer", "method", "set", "its figure", "vndiacritic", "on", "source", "how comparable")
    rows = []
    for p in figures:
        our = f"{ours[p.beside].syllable:.2f}" if p.beside in ours else "-"
        rows.append((p.peer, p.method, p.set, f"{p.figure:g}", our, p.beside, p.source, p.comparable))
    return markdown(head, rows, left=(0, 1, 2, 5, 6, 7))


def read_published(path: Path = PUBLISHED) -> list[Published]:
    """The published figures."""
    return [Published(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _golds(paths: Sequence[Path], most: int | None) -> dict[str, list[str]]:
    """Gold lines by the names of their sets; by default those of the gate."""
    sets = {path.stem: path for path in paths} or find_sets(BUNDLED, BENCH if BENCH.is_dir() else None)
    return {name: split_lines(path.read_text(encoding="utf-8"))[:most] for name, path in sets.items()}


def _theirs(peer: Peer | str, golds: Mapping[str, list[str]]) -> dict[str, Score] | None:
    """The peer's scores, or None with a word on why there are none."""
    if isinstance(peer, str):
        click.echo(f"peers: {peer}", err=True)
        return None
    return {name: score(peer.restore, gold) for name, gold in golds.items()}


@click.command()
@click.argument("gold", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-m", "--model", metavar="MODEL", help="Our model; by default the shipped one.")
@click.option("--lines", type=click.IntRange(min=1), metavar="N", help="The first N lines of each set only.")
@click.option("--venv", type=click.Path(path_type=Path), metavar="DIR", help="Keep pyvi's environment there.")
def main(gold: tuple[Path, ...], model: str | None, lines: int | None, venv: Path | None) -> None:
    """Lay vndiacritic beside its peers on accented GOLD files, as Markdown."""
    try:
        golds = _golds(gold, lines)
        restorer = shipped.load_model(model)
        ours = {name: score(restorer.predict, text) for name, text in golds.items()}
    except VndiacriticError as error:
        click.echo(f"peers: {error}", err=True)
        raise click.exceptions.Exit(1) from error
    with pyvi(venv) as peer:
        theirs = _theirs(peer, golds)
        label = f"{peer.name} {peer.version}" if isinstance(peer, Peer) else ""
    click.echo("Run here, percent of words restored exactly:\n")
    click.echo(live(ours, theirs, label))
    click.echo("\nAs published or quoted, on other counts:\n")
    click.echo(published(read_published(), ours))


if __name__ == "__main__":
    main()

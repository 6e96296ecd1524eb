"""How well pages are cleaned: the reference scorer on labelled pages, and on what is in this repository.

Knows where the pages are and how figures are laid out. What a figure means is the scorer's to say, which lies beside
the pages and is not distributed with the program.

    python -m benchmarks.cleaning              # all pages, a line each, and the means
    python -m benchmarks.cleaning --fail       # exit 1 if a figure misses what docs/cleaning.md promises
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import click

from benchmarks.tables import aligned
from vndiacritic.cleaning.cleaned import Cleaned
from vndiacritic.cleaning.pipeline import TextCleaner

__all__ = ["Figures", "main", "measure", "pages"]

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT.parent / "shared" / "bench"
OWN = ROOT / "tests" / "pages"
BUILT = ("variant", "modelcase")  # of the gold pages, those that were built and not scraped

# What issue and documentation promise, of the real pages together.
FLOORS = {"f1": 0.965, "kept": 0.97, "slugs": 0.90}
CEILINGS = {"boilerplate": 0.04, "slugs left": 0.0}


class Page(NamedTuple):
    """A labelled page."""

    name: str
    rows: list[dict[str, Any]]


class Figures(NamedTuple):
    """What the scorer says of a page, and how many of its unaccented slugs came back exactly."""

    name: str
    scored: dict[str, Any]
    exact: int
    slugs: int


def pages(folder: Path) -> Iterator[Page]:
    """The gold pages of a folder."""
    for path in sorted(folder.glob("*.jsonl")):
        yield Page(path.stem, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])


def load_scorer(path: Path) -> ModuleType:
    """The reference scorer as a module."""
    spec = importlib.util.spec_from_file_location("score_cleaning", path)
    if spec is None or spec.loader is None:
        raise click.ClickException(f"{path} is no Python program")
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def measure(page: Page, cleaner: TextCleaner, scorer: ModuleType) -> Figures:
    """Clean a page and score it."""
    cleaned = cleaner.explain("".join(f"{row['text']}\n" for row in page.rows))
    slugs = [
        (row["restored"], line.restored or "")
        for row, line in zip(page.rows, cleaned.lines, strict=True)
        if row["label"] == "slug" and row.get("slug_kind") == "unaccented"
    ]
    exact = sum(scorer.tokens(gold) == scorer.tokens(ours) for gold, ours in slugs)
    return Figures(page.name, scorer.score(page.rows, cleaned.text), exact, len(slugs))


def pooled(figures: list[Figures]) -> dict[str, float]:
    """The figures that are promised, of several pages together."""
    flags: dict[str, list[bool]] = {}
    for page in figures:
        for label, kept in page.scored["kept"].items():
            flags.setdefault(label, []).extend(kept)
    share = {label: sum(kept) / len(kept) for label, kept in flags.items() if kept}
    promised = [kept for label in ("title", "lead", "caption") for kept in flags.get(label, ())]
    slugs = sum(page.slugs for page in figures)
    return {
        "f1": sum(page.scored["f1"] for page in figures) / len(figures),
        "kept": sum(promised) / len(promised) if promised else 1.0,
        "boilerplate": share.get("boilerplate", 0.0),
        "slugs left": float(sum(page.scored["slugs_left"] for page in figures)),
        "slugs": sum(page.exact for page in figures) / slugs if slugs else 1.0,
    }


def misses(figures: dict[str, float]) -> list[str]:
    """Which promises are not kept."""
    low = [f"{name} {figures[name]:.4f} is below {floor}" for name, floor in FLOORS.items() if figures[name] < floor]
    high = [f"{name} {figures[name]:.4f} is over {top}" for name, top in CEILINGS.items() if figures[name] > top]
    return low + high


def unchanged(cleaner: TextCleaner) -> tuple[int, int]:
    """How many documents that are no pages keep every line, of how many."""
    documents = sorted((OWN / "negative").glob("*.txt"))
    done: list[Cleaned] = [cleaner.explain(path.read_text(encoding="utf-8")) for path in documents]
    return sum(all(line.action != "drop" for line in cleaned.lines) for cleaned in done), len(done)


@click.command()
@click.option("--bench", type=click.Path(path_type=Path), default=BENCH, help="Folder with cleaning/ and its scorer.")
@click.option("--fail", is_flag=True, help="Exit 1 if a figure misses what is promised.")
def main(bench: Path, fail: bool) -> None:
    """Measure the cleaning of pages."""
    cleaner = TextCleaner()
    same, total = unchanged(cleaner)
    click.echo(f"documents that are no pages and lose nothing: {same} of {total}")
    scorer, gold = bench / "score_cleaning.py", bench / "cleaning" / "gold"
    if not scorer.is_file() or not gold.is_dir():
        click.echo(f"skipped: the labelled pages are not at {gold}, or their scorer not at {scorer}")
        return
    figures = [measure(page, cleaner, load_scorer(scorer)) for page in pages(gold)]
    head = ("page", "precision", "recall", "F1", "slugs left", "slugs exact")
    click.echo(aligned(head, [_row(page) for page in figures]))
    real = pooled([page for page in figures if not page.name.startswith(BUILT)])
    click.echo("\n".join(f"{name}: {value:.4f}" for name, value in real.items()))
    missed = misses(real)
    for miss in missed:
        click.echo(f"missed: {miss}", err=True)
    if fail and (missed or same < total):
        raise click.exceptions.Exit(1)


def _row(page: Figures) -> tuple[str, ...]:
    p, r, f1 = (f"{page.scored[name]:.3f}" for name in ("p", "r", "f1"))
    return page.name, p, r, f1, str(page.scored["slugs_left"]), f"{page.exact}/{page.slugs}"


if __name__ == "__main__":
    main()

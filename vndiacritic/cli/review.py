"""The command ``review``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import click

from vndiacritic.cli.language import telling
from vndiacritic.cli.loading import load_restorer
from vndiacritic.cli.options import FILE, PATH, format_options, jobs_option, tone_style_option
from vndiacritic.cutting import lines_of
from vndiacritic.errors import VndiacriticError
from vndiacritic.files import BOM, checked_lines, display_name, open_input, open_output
from vndiacritic.formats import FORMATS, Format, format_of
from vndiacritic.placement import TonePlacement, placement_of
from vndiacritic.progress import Meter

if TYPE_CHECKING:
    from vndiacritic.explain import Explained
    from vndiacritic.restorer import Restorer
    from vndiacritic.web.cells import Cell

__all__ = ["review"]

_MOST = 32_000_000  # characters
_QUIET = 2.0  # seconds; work that takes no longer is not worth a line
_LOOKS = 256  # lines between two looks at how far it is


@click.command()
@click.argument("file", type=FILE, default="-", metavar="[FILE]")
@click.option("-o", "--output", type=FILE, default="-", metavar="FILE", help="Write the page to FILE.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    metavar="P",
    help="Colour syllables with less than P of a chance to be right; the page has a slider for it.",
)
@click.option("-m", "--model", type=PATH, metavar="MODEL", help="A model file, or the name of a shipped model.")
@tone_style_option
@click.option("--words", type=FILE, metavar="FILE", help="Names and other phrases, as for restore.")
@format_options
@jobs_option
def review(
    file: str,
    output: str,
    threshold: float,
    model: str | None,
    tone_style: TonePlacement,
    words: str | None,
    as_format: str | None,
    fields: tuple[str, ...],
    jobs: int,
) -> None:
    """Restore FILE, and write a page on which a reader decides what is in doubt.

    The page is one file that needs no network: open it in a browser. Doubtful syllables are coloured; click one, or go
    to it with the keys n and p, see what else it could be, and choose. The button "Download" gives the corrected file,
    which is FILE byte for byte but for what was restored and chosen.

    \b
    Examples:
      vndiacritic review letter.txt -o letter.html
      vndiacritic review --threshold 0.95 letter.txt -o letter.html
      vndiacritic review film.srt -o film.html
      vndiacritic review --field body news.csv -o news.html
    """
    from vndiacritic.web.review import review_page

    if output == "-" and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError("a page is not for a terminal: write it to a file with -o review.html")
    if os.path.exists(file) and os.path.exists(output) and os.path.samefile(file, output):
        raise click.UsageError("the page would take the place of FILE: write it to another file with -o review.html")
    name = display_name(file)
    form = _format(name, as_format, fields)
    source = _read(file, name)
    restorer = load_restorer(model, tone_style, words)
    if tone_style == "as-is":
        restorer = restorer.with_tone_style(placement_of([source]) or "old")
    with _watching(name, len(source)) as told:
        cells = _cells(name, source, form, fields, _Explaining(restorer, jobs, told))
        with open_output(output) as out:
            for piece in review_page(cells, "text.txt" if file == "-" else os.path.basename(name), threshold):
                out.write(piece)


def _format(name: str, as_format: str | None, fields: tuple[str, ...]) -> Format | None:
    """What a file is; None for plain text."""
    form = format_of(name) if as_format is None else FORMATS.get(as_format)
    if fields and not (form and form.by_field):
        raise click.UsageError("--field is for csv, tsv and jsonl: leave it out")
    if form and form.binary:
        raise VndiacriticError(
            f"{name} is {form.name}, which is no text that a page could give back: save it as text, or use restore -i"
        )
    return form


def _read(path: str, name: str) -> str:
    """A whole file, if it is one that a browser can show."""
    lines: list[str] = []
    size = 0
    with open_input(path) as stream:
        for line in checked_lines(stream, name, 0, 1 << 20):
            lines.append(line)
            size += len(line)
            if size > _MOST:
                raise VndiacriticError(
                    f"{name} has more than {_MOST // 1_000_000} million characters, too many for one page: cut it "
                    "first, for example with split -C 8M"
                )
    return "".join(lines)


def _cells(
    name: str, source: str, form: Format | None, fields: tuple[str, ...], explain: _Explaining
) -> Iterator[str | Cell]:
    """A file restored, its byte order mark too."""
    from vndiacritic.web.cells import cells_of
    from vndiacritic.web.documents import document_cells

    if form is not None:
        try:
            return document_cells(source, form, fields, explain)
        except VndiacriticError as error:
            raise type(error)(f"cannot read {name} as {form.name}: {error}") from error
    mark = BOM if source.startswith(BOM) else ""
    lines = list(lines_of(source.removeprefix(BOM)))
    return chain([mark], chain.from_iterable(map(cells_of, lines, explain(lines))))


@contextmanager
def _watching(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """Tell on a terminal how far the work is; what is given is called with the characters that are done."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done: None
        return
    with Meter(telling(sys.stderr), "vndiacritic: ", quiet=_QUIET) as meter:
        yield lambda done: meter(name, min(done, total - 1), total)
        meter(name, total, total)


@dataclass
class _Explaining:
    """Restores and explains lines, and tells how many characters it has done."""

    restorer: Restorer
    jobs: int
    told: Callable[[int], None]
    done: int = 0

    def __call__(self, lines: list[str]) -> Iterator[Explained]:
        from vndiacritic.web.cells import ALTERNATIVES

        explained = self.restorer.explain_lines(lines, ALTERNATIVES, self.jobs)
        for number, (line, new) in enumerate(zip(lines, explained, strict=True)):
            if number % _LOOKS == 0:
                self.told(self.done)
            self.done += len(line)
            yield new

"""The command ``clean``."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from vndiacritic.changes import Outcome
from vndiacritic.cli.exits import say
from vndiacritic.cli.loading import load_restorer
from vndiacritic.cli.options import FILE, TEXT_ENDINGS, FileOptions, file_options, tone_style_option
from vndiacritic.cli.rewriting import rewrite
from vndiacritic.cutting import lines_of
from vndiacritic.errors import EncodingError, VndiacriticError
from vndiacritic.files import checked_lines, display_name, open_input, open_output
from vndiacritic.folders import find_files
from vndiacritic.placement import TonePlacement

if TYPE_CHECKING:
    from vndiacritic.cleaning.cleaned import Cleaned
    from vndiacritic.cleaning.markedup import MarkedUp
    from vndiacritic.cleaning.pipeline import TextCleaner

__all__ = ["clean"]

_HTML = (".html", ".htm", ".xhtml")


@click.command()
@file_options
@click.option(
    "--steps",
    default="characters,lines,captions,paragraphs",
    show_default=True,
    metavar="STEP,...",
    help="What is done: characters repairs damaged text, lines drops what is around an article, captions restores or "
    "drops the slugs of images, paragraphs joins what links and wraps have broken. Single steps of characters have "
    "names too; a wrong name lists them.",
)
@click.option("--keep-slugs", is_flag=True, help="Keep slugs that only repeat the headline or a caption, restored.")
@click.option(
    "--keep",
    multiple=True,
    type=click.Choice(["time", "byline", "credit"]),
    help="Keep lines that only say when, by whom, or whose an image is; may be repeated.",
)
@click.option("--learn", is_flag=True, help="First learn from all FILEs what repeats across them, then clean them.")
@click.option("--site", type=FILE, metavar="CLEANER", help="Use what TextCleaner.save wrote about a site.")
@click.option(
    "-m", "--model", metavar="MODEL", help="What restores slugs, where the document does not: as for restore."
)
@tone_style_option
@click.option(
    "--from-encoding",
    metavar="NAME",
    help="The encoding of FILEs, for example tcvn3, vni or cp1258; auto tells it from what each says.",
)
@click.option("--report", type=FILE, metavar="FILE", help="Write what was dropped, why and where, as JSON.")
def clean(
    steps: str,
    keep_slugs: bool,
    keep: tuple[str, ...],
    learn: bool,
    site: str | None,
    model: str | None,
    tone_style: TonePlacement,
    from_encoding: str | None,
    report: str | None,
    **files: Any,
) -> None:
    """Turn scraped pages into their articles: headline, lead, body and captions.

    A FILE is a document: plain text or, with the extra [html], the source of a page, known by its ending. One that is
    no page keeps all its lines. Each document of a folder is cleaned by itself into another folder, or with -i.

    \b
    Examples:
      vndiacritic clean page.txt
      vndiacritic clean page.txt --diff | less
      vndiacritic clean -r pages/ -o articles/ --learn --report dropped.json
      vndiacritic clean -r site/ --pattern '*.html' -o articles/
      vndiacritic clean page.txt --format jsonl | jq 'select(.action == "drop")'
      vndiacritic clean old.txt --steps characters --from-encoding tcvn3
    """
    # "clean pages/ -o articles/" can mean one thing only
    files["recursive"] |= any(name != "-" and os.path.isdir(name) for name in files["files"])
    asked = FileOptions(**files, endings=(*TEXT_ENDINGS, *_HTML))
    cleaner = _cleaner(steps, keep_slugs, keep, site, model, tone_style)
    work = _Work(cleaner, from_encoding, asked.in_place)
    if learn:
        cleaner.partial_fit(work.documents(asked))
    try:
        rewrite(asked, work.transform, work.read)
    finally:
        if report is not None:
            with open_output(report) as output:
                output.write(json.dumps(work.report(), ensure_ascii=False, indent=2) + "\n")


def _cleaner(
    steps: str,
    keep_slugs: bool,
    keep: tuple[str, ...],
    site: str | None,
    model: str | None,
    tone_style: TonePlacement,
) -> TextCleaner:
    from vndiacritic.cleaning.pipeline import TextCleaner

    restorer = None
    if model is not None or tone_style != "old":
        restorer = load_restorer(model, tone_style)
    cleaner = TextCleaner() if site is None else TextCleaner.load(site)
    names = [step.strip() for step in steps.split(",") if step.strip()]
    cleaner.set_params(steps=names, keep_slugs=keep_slugs, keep=keep, restorer=restorer)
    try:
        cleaner.explain("")  # wrong steps are told of once, not for each file
    except (ValueError, VndiacriticError) as error:
        raise click.UsageError(f"--steps: {error}") from error
    return cleaner


# ---- documents


def _not_empty(lines: Iterable[str], name: str) -> Iterator[str]:
    """Lines as they are; where there are none, nobody else would say so."""
    empty = True
    for line in lines:
        empty = False
        yield line
    if empty:
        say(f"{name}: it is empty: there is nothing to clean")


@dataclass
class _Work:
    """Reads documents, cleans them one after the other, and remembers what became of them."""

    cleaner: TextCleaner
    encoding: str | None
    in_place: bool
    _name: str = ""
    _page: MarkedUp | None = None
    _told: list[dict[str, Any]] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def read(self, stream: BinaryIO, name: str, ahead: int) -> Iterable[str]:
        """The lines of a document: of a text as they are, of a page's source as they would be seen."""
        self._name, self._page = name, None
        if name.lower().endswith(_HTML):
            from vndiacritic.cleaning.html import read_html

            if self.in_place:
                raise VndiacriticError(f"{name} is a page's source, which its article would replace: use -o, not -i")
            data = stream.read()
            self._page = read_html(self._decoded(data) if self.encoding else data)
            return [f"{line}\n" for line in self._page.lines]
        if self.encoding is None:
            try:
                return _not_empty(checked_lines(stream, name, ahead), name)
            except EncodingError as error:
                message = f"{error}, or name it: --from-encoding NAME; auto tells it from the text"
                raise EncodingError(message) from error
        return _not_empty(lines_of(self._decoded(stream.read())), name)

    def _decoded(self, data: bytes) -> str:
        from vndiacritic.cleaning.characters import decode_bytes

        try:
            return decode_bytes(data, None if self.encoding == "auto" else self.encoding)
        except EncodingError as error:
            raise EncodingError(f"{self._name}: {error}") from error

    def documents(self, asked: FileOptions) -> Iterator[str | MarkedUp]:
        """Whole documents, to learn from; what cannot be read is told of when it is cleaned."""
        if not asked.files or "-" in asked.files:
            raise click.UsageError("--learn reads FILEs twice: standard input cannot be learned from")
        for path, _ in find_files(asked.files, asked.patterns, lambda error: None):
            try:
                with open_input(path) as stream:
                    text = "".join(self.read(stream, display_name(path), 0))
                yield self._page or text
            except VndiacriticError:
                continue

    def transform(self, lines: Iterable[str]) -> Iterator[Outcome]:
        """Clean a document; what becomes of each line, in order."""
        given = list(lines)
        try:
            cleaned = self.cleaner.explain(self._page or "".join(given))
        except VndiacriticError as error:
            raise type(error)(f"{self._name}: {error}") from error
        if cleaned.warning:
            say(f"{self._name}: {cleaned.warning}")
        self._remember(cleaned)
        if len(cleaned.lines) != len(given):  # a file of old Mac line ends is one line to others
            yield from (Outcome(cleaned.text if n == 0 else "") for n in range(len(given)))
            return
        for line, piece in zip(cleaned.lines, cleaned.pieces, strict=True):
            yield Outcome(piece, line.to_json())

    def _remember(self, cleaned: Cleaned) -> None:
        dropped = [
            {"line": line.line, "label": str(line.label), "reason": line.reason, "text": line.text}
            for line in cleaned.lines
            if line.action == "drop" and line.text.strip()
        ]
        self._counts.update({label: sum(actions.values()) for label, actions in cleaned.counts.items()})
        self._told.append(
            {
                "file": self._name,
                "page": cleaned.is_page,
                "lines": cleaned.counts,
                "reasons": cleaned.reasons,
                "dropped": dropped,
            }
        )

    def report(self) -> dict[str, Any]:
        """What became of all documents."""
        return {"documents": len(self._told), "lines": dict(sorted(self._counts.items())), "files": self._told}

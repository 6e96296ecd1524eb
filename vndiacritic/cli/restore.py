"""The command ``restore``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from vndiacritic.changes import Outcome
from vndiacritic.cli.formatted import Plain, rewrite_documents
from vndiacritic.cli.loading import load_restorer
from vndiacritic.cli.options import (
    FILE,
    PATH,
    FileOptions,
    file_options,
    format_options,
    jobs_option,
    line_buffered_option,
    tone_style_option,
)
from vndiacritic.cli.rewriting import Read, read_parts
from vndiacritic.files import CHECKED_AHEAD, checked_lines
from vndiacritic.placement import TonePlacement, placement_of

if TYPE_CHECKING:
    from vndiacritic.explain import Choice
    from vndiacritic.formats import Change
    from vndiacritic.restorer import Restorer

__all__ = ["restore"]


@click.command()
@file_options
@format_options
@line_buffered_option
@click.option("-m", "--model", type=PATH, metavar="MODEL", help="A model file, or the name of a shipped model.")
@tone_style_option
@click.option(
    "--words",
    type=FILE,
    metavar="FILE",
    help="Names and other phrases, one a line, to be written as they are there wherever their bare words stand.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0,
    metavar="P",
    help="Leave a syllable as it is where the chance that it would be right is below P, for example 0.9.",
)
@click.option("--mark", metavar="TEXT", help="With --min-confidence: write TEXT after each syllable left so.")
@click.option(
    "--alternatives",
    type=click.IntRange(min=1),
    metavar="K",
    help="With --format jsonl: for each ambiguous syllable its place in text, in characters, its confidence, "
    "and its K most probable forms.",
)
@jobs_option
def restore(
    model: str | None,
    tone_style: TonePlacement,
    words: str | None,
    min_confidence: float,
    mark: str | None,
    alternatives: int | None,
    jobs: int,
    as_format: str | None,
    fields: tuple[str, ...],
    **files: Any,
) -> None:
    """Restore the diacritics of FILEs, or of standard input.

    Only diacritics are added; what already carries them is kept. Several FILEs are written one after the
    other, as cat does, unless -o names a folder. FILE must be UTF-8; nothing is written of one that is not.
    A pipe is checked 8 MiB ahead, so its first lines come out once that much was read or it has ended;
    --line-buffered answers line by line instead. With -j, what is beyond the first megabyte of a FILE is
    restored by several processes. FILE may be a single line of any length; --diff and --format jsonl hold it
    in memory.

    Of documents (.md, .srt, .vtt, .html, .csv, .tsv, .jsonl, .po, .docx) only the text is restored, everything
    else stays as it is. They are held in memory, each by itself.

    \b
    Examples:
      echo 'hom nay troi dep' | vndiacritic restore
      vndiacritic restore a.txt b.txt -o both.txt
      vndiacritic restore -j 2 crawl.txt -o crawl.accented.txt
      vndiacritic restore -i --backup notes/*.txt
      vndiacritic restore -r notes/ -o accented/
      vndiacritic restore --diff notes.txt | less
      vndiacritic restore --words names.txt notes.txt
      vndiacritic restore --min-confidence 0.9 --mark '?' notes.txt
      vndiacritic restore --format jsonl --alternatives 3 notes.txt
      vndiacritic restore -i --backup film.srt letter.docx
      vndiacritic restore --field title --field body news.csv -o accented.csv
      curl -s https://example.org/ | vndiacritic restore --as html
      tail -f chat.log | vndiacritic restore --line-buffered
    """
    asked = FileOptions(**files)
    if mark is not None and not min_confidence:
        raise click.UsageError("--mark is for what is left by --min-confidence: give that too")
    if alternatives and asked.format != "jsonl":
        raise click.UsageError("--alternatives is for --format jsonl: give that too")
    restorer = load_restorer(model, tone_style, words)
    doubt: dict[str, Any] = {"min_confidence": min_confidence, "mark": mark or ""}
    work = _Work(restorer, tone_style, asked.line_buffered, jobs, doubt)
    if alternatives:
        plain = Plain(work.reading(checked_lines), partial(work.explained, alternatives), "--alternatives")
    elif asked.tells_lines:
        plain = Plain(work.reading(checked_lines), work.lines)
    else:
        plain = Plain(work.reading(read_parts), work.parts)
    if mark:
        plain = replace(plain, only="--mark")
    rewrite_documents(asked, as_format, fields, plain, work.change_of)


@dataclass
class _Work:
    """Restores files one after the other, each with its tones where it wants them."""

    restorer: Restorer
    tone_style: TonePlacement
    line_buffered: bool | None
    jobs: int
    doubt: dict[str, Any]

    def reading(self, read: Read) -> Read:
        """A way to read files that tells where a file has its tones before the first line is restored."""
        return partial(self._read, read) if self.tone_style == "as-is" else read

    def _read(self, read: Read, stream: BinaryIO, name: str, ahead: int) -> Iterable[str]:
        lines = iter(read(stream, name, ahead))
        at_once = stream.isatty() if self.line_buffered is None else self.line_buffered
        head = [] if at_once else list(_up_to(CHECKED_AHEAD, lines))
        self.restorer = self.restorer.with_tone_style("as-is" if at_once else placement_of(head) or "old")
        return chain(head, lines)

    def lines(self, lines: Iterable[str]) -> Iterator[Outcome]:
        """Restore whole lines."""
        return map(Outcome, self.restorer.restore_lines(lines, self.jobs, **self.doubt))

    def parts(self, parts: Iterable[str]) -> Iterator[Outcome]:
        """Restore lines, and parts of endless ones."""
        return map(Outcome, self.restorer.restore_parts(parts, self.jobs, **self.doubt))

    def explained(self, k: int, lines: Iterable[str]) -> Iterator[Outcome]:
        """Restore whole lines, and tell of each syllable what it could be."""
        for text, choices in self.restorer.explain_lines(lines, k, self.jobs, **self.doubt):
            yield Outcome(text, {"syllables": [_told(choice) for choice in choices]})

    def change_of(self, texts: list[str]) -> Change:
        """What restores the texts of a document."""
        restorer = self.restorer
        if self.tone_style == "as-is":
            restorer = restorer.with_tone_style(placement_of(texts) or "old")
        return lambda some: list(restorer.restore_lines(some, self.jobs, **self.doubt))


def _up_to(size: int, lines: Iterator[str]) -> Iterator[str]:
    """Lines until they have so many characters."""
    while size > 0 and (line := next(lines, None)) is not None:
        yield line
        size -= len(line)


def _told(choice: Choice) -> dict[str, object]:
    """A choice as JSON has it."""
    told = choice._asdict()
    told["alternatives"] = [{"text": text, "confidence": odds} for text, odds in choice.alternatives]
    return told

"""The command ``restore``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from vndiacritic.changes import Outcome, Transform
from vndiacritic.cli.exits import say
from vndiacritic.cli.formatted import Plain, rewrite_documents
from vndiacritic.cli.options import FILE, PATH, FileOptions, file_options, format_options, line_buffered_option
from vndiacritic.cli.rewriting import read_parts
from vndiacritic.errors import DataWarning
from vndiacritic.files import checked_lines

if TYPE_CHECKING:
    from vndiacritic.explain import Choice
    from vndiacritic.restorer import Restorer
    from vndiacritic.words import WordList

__all__ = ["restore"]


@click.command()
@file_options
@format_options
@line_buffered_option
@click.option("-m", "--model", type=PATH, metavar="MODEL", help="A model file, or the name of a shipped model.")
@click.option(
    "--tone-style",
    type=click.Choice(["old", "new"]),
    default="old",
    show_default=True,
    help="Where restored syllables carry the tone: old hòa, thúy; new hoà, thuý.",
)
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
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to use.")
def restore(
    model: str | None,
    tone_style: str,
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
    from vndiacritic.shipped import load_model

    asked = FileOptions(**files)
    if mark is not None and not min_confidence:
        raise click.UsageError("--mark is for what is left by --min-confidence: give that too")
    if alternatives and (asked.format != "jsonl" or jobs > 1):
        raise click.UsageError("--alternatives is for --format jsonl and one process: leave -j out")
    listed = _word_list(words) if words is not None else None
    restorer = load_model(model, tone_style="new" if tone_style == "new" else "old", words=listed)
    doubt: dict[str, Any] = {"min_confidence": min_confidence, "mark": mark or ""}
    if alternatives:
        plain = Plain(checked_lines, _explaining(restorer, alternatives, doubt), "--alternatives")
    elif asked.tells_lines:
        plain = Plain(checked_lines, lambda lines: map(Outcome, restorer.restore_lines(lines, jobs, **doubt)))
    else:
        plain = Plain(read_parts, lambda parts: map(Outcome, restorer.restore_parts(parts, jobs, **doubt)))
    if mark:
        plain = replace(plain, only="--mark")
    rewrite_documents(asked, as_format, fields, plain, lambda texts: list(restorer.restore_lines(texts, jobs, **doubt)))


def _word_list(path: str) -> WordList:
    """A word list; what is odd in it is said, and does not stop the run."""
    from vndiacritic.words import word_list

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        listed = word_list(path)
    for warning in caught:
        say(str(warning.message))
    return listed


def _explaining(restorer: Restorer, k: int, doubt: dict[str, Any]) -> Transform:
    """A transform that tells of each syllable what it could be."""

    def explain(lines: Iterable[str]) -> Iterator[Outcome]:
        for text, choices in restorer.explain_lines(lines, k, **doubt):
            yield Outcome(text, {"syllables": [_told(choice) for choice in choices]})

    return explain


def _told(choice: Choice) -> dict[str, object]:
    """A choice as JSON has it."""
    told = choice._asdict()
    told["alternatives"] = [{"text": text, "confidence": odds} for text, odds in choice.alternatives]
    return told

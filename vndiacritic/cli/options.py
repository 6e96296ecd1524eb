"""What commands that send files through a transform are asked: their common arguments, and what contradicts itself.

This module knows options. What is done with the files is rewriting's affair.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from vndiacritic.changes import Rewritten, json_lines, names_of_changed, texts, unified_diff
from vndiacritic.formats import FORMATS, PLAIN
from vndiacritic.placement import PLACEMENTS

__all__ = [
    "FILE",
    "PATH",
    "TEXT_ENDINGS",
    "FileOptions",
    "endings",
    "file_options",
    "format_options",
    "jobs_option",
    "line_buffered_option",
    "tone_style_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])

# Click's own check would end the run with code 2 at the first unreadable file, the others undone.
FILE = click.Path(readable=False, allow_dash=True)
PATH = click.Path(readable=False)

TEXT_ENDINGS = (".txt",)
"""Of plain text, among the files of a folder."""


line_buffered_option = click.option(
    "--line-buffered",
    flag_value=True,
    default=None,
    type=bool,
    help="Answer every line at once, as on a terminal.",
)
"""For commands that look at each line alone."""


jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Processes to use."
)
"""For commands that do long work."""

tone_style_option = click.option(
    "--tone-style",
    type=click.Choice(PLACEMENTS),
    default="old",
    show_default=True,
    help="Where restored syllables carry the tone: old hòa, thúy; new hoà, thuý; as-is where most such syllables of "
    "FILE have it already, or old. What has its tone stays as it is.",
)
"""For commands that restore; `placement.placement_of` tells what a text has."""


def format_options(command: Command) -> Command:
    """For commands that change text and leave a document's structure alone."""
    for option in (
        click.option(
            "--field",
            "fields",
            multiple=True,
            metavar="NAME",
            help="Of csv, tsv and jsonl: the field that is text; may be repeated.",
        ),
        click.option(
            "--as",
            "as_format",
            type=click.Choice([PLAIN, *FORMATS]),
            help="What FILEs are.  [default: known by their endings; plain text where those are others]",
        ),
    ):
        command = option(command)
    return command


def endings(as_format: str | None, fields: tuple[str, ...], *, plain_only: bool) -> tuple[str, ...]:
    """Of the names of files that a command can read which changes text in documents.

    Records are read where their fields are named.
    """
    if as_format is not None:
        form = FORMATS.get(as_format)
        return form.suffixes if form else TEXT_ENDINGS
    forms = [] if plain_only else [form for form in FORMATS.values() if fields or not form.by_field]
    return TEXT_ENDINGS + tuple(suffix for form in forms for suffix in form.suffixes)


def file_options(command: Command) -> Command:
    """The arguments that every command from text to text has."""
    for option in (
        click.option("--diff", is_flag=True, help="Write no text, show what would change as a unified diff."),
        click.option("--check", is_flag=True, help="Write no text, name files that would change; exit 1 if any."),
        click.option(
            "--format",
            type=click.Choice(["text", "jsonl"]),
            default="text",
            show_default=True,
            help="jsonl: one object a line with file, line, text and output.",
        ),
        click.option(
            "--pattern",
            multiple=True,
            metavar="GLOB",
            help="With -r: names of the files to take; may be repeated.  [default: those of all formats that are read]",
        ),
        click.option("-r", "--recursive", is_flag=True, help="A FILE may be a folder: take the files in it."),
        click.option("--backup", is_flag=True, help="With -i: keep what FILE was as FILE.bak."),
        click.option("-i", "--in-place", is_flag=True, help="Rewrite each FILE; unchanged files are not touched."),
        click.option(
            "-o",
            "--output",
            type=FILE,
            metavar="FILE",
            help="Write to FILE, whole or not at all. A folder, or with -r: write each file into it.",
        ),
        click.argument("files", nargs=-1, type=FILE, metavar="[FILE]..."),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class FileOptions:
    """What a text command was asked to do with its files."""

    files: tuple[str, ...]
    output: str | None
    in_place: bool
    format: str
    check: bool
    diff: bool
    backup: bool
    recursive: bool
    pattern: tuple[str, ...]
    line_buffered: bool | None = False  # None: only on a terminal
    endings: tuple[str, ...] = TEXT_ENDINGS  # of the files of a folder that are taken

    def __post_init__(self) -> None:
        shown = self.check or self.diff
        no_file = not self.files or "-" in self.files
        for wrong, message in (
            (self.in_place and self.output is not None, "-i and -o exclude each other"),
            (self.in_place and no_file, "-i needs FILEs, not standard input"),
            (shown and self.in_place, "--check and --diff write nothing: leave -i out"),
            (shown and self.output is not None, "--check and --diff write no text: leave -o out"),
            (shown and self.format != "text", "--check and --diff have their own format: leave --format out"),
            (self.in_place and self.format != "text", "-i rewrites text files: leave --format out or use -o"),
            (self.backup and not self.in_place, "--backup is for -i: give that too, or leave it out"),
            (self.pattern and not self.recursive, "--pattern is for -r: give that too, or leave it out"),
            (self.recursive and no_file, "-r needs folders or FILEs, not standard input"),
            (self.folder is not None and no_file, "-o names a folder: give FILEs, not standard input"),
        ):
            if wrong:
                raise click.UsageError(message)

    @property
    def folder(self) -> str | None:
        """The folder that each file is written into, if -o names one."""
        if self.output is None or not (self.recursive or self.output.endswith(os.sep) or os.path.isdir(self.output)):
            return None
        return self.output

    @property
    def patterns(self) -> tuple[str, ...]:
        """Which files of a folder are taken."""
        return self.pattern or tuple(f"*{ending}" for ending in self.endings)

    @property
    def writes(self) -> bool:
        """Whether files come out, and not what is told of them."""
        return not (self.check or self.diff) and self.format == "text"

    @property
    def tells_lines(self) -> bool:
        """Whether a line has to be held whole, since it is told as one."""
        return self.diff or self.format == "jsonl"

    @property
    def show(self) -> Callable[[Iterable[Rewritten], str], Iterator[str]]:
        """How rewritten lines are shown."""
        if self.diff:
            return unified_diff
        if self.check:
            return names_of_changed
        return json_lines if self.format == "jsonl" else texts

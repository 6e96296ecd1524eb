"""Files through a transform: to standard output, to a file or folder, in place, or only shown.

This module knows what becomes of files, the failed ones too; how a file is read and written whole is files' part, how
changes are shown that of changes, which files a folder has that of folders.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import click
from click.exceptions import Exit

from vndiacritic.changes import Rewritten, Transform, rewritten
from vndiacritic.cli.exits import cannot_write, say
from vndiacritic.cli.options import FileOptions
from vndiacritic.cli.terminal import Watched, coloured_diff, takes_colours, watching
from vndiacritic.errors import ChangedError, VndiacriticError
from vndiacritic.files import BOM, CHECKED_AHEAD, Output, checked_lines, display_name, open_input, open_output
from vndiacritic.folders import Found, find_files, targets

__all__ = ["read_parts", "rewrite"]

# Takes a stream, its name for messages, and how many characters to check before the first line is handed out.
Read = Callable[[BinaryIO, str, int], Iterable[str]]

# Takes the rewritten lines of the file that was read last; what to write where that is no text, None where it is.
Pack = Callable[[Iterable[Rewritten]], Iterable[bytes] | None]

_SHOWN = 40  # characters of what was taken for a file's name

_PIECE = 1 << 16  # bytes that are read of a line at once


def read_parts(stream: BinaryIO, name: str, ahead: int) -> Iterator[str]:
    """A way to read files for who takes lines in parts: whatever the length of a line, memory is bounded."""
    from vndiacritic.cutting import parts_of

    pieces = iter(checked_lines(stream, name, ahead, _PIECE))
    first = next(pieces, "")
    mark = BOM if first.startswith(BOM) else ""
    for part in parts_of(chain([first.removeprefix(BOM)], pieces)):
        yield mark + part
        mark = ""
    if mark:
        yield mark


@dataclass
class _Tally:
    """What became of the files."""

    total: int = 0
    changed: int = 0
    failed: int = 0

    def fail(self, error: VndiacriticError) -> None:
        """Say why a file or folder is not done."""
        self.failed += 1
        say(str(error))

    def watch(self, lines: Iterable[Rewritten]) -> Iterator[Rewritten]:
        """Pass the lines of one file on and note whether any differs."""
        changed = False
        for line in lines:
            if line.before != line.after and not changed:
                changed = True
                self.changed += 1
            yield line


def rewrite(
    options: FileOptions, transform: Transform, read: Read = checked_lines, pack: Pack = lambda lines: None
) -> None:
    """Send files through a transform; a file that fails is named, and the others are still done.

    Who waits for the answer to each line gets it at once if ``options.line_buffered`` is set, or None and the input a
    terminal; False is for transforms that read a whole document. Files that are not plain UTF-8 text need another way
    to `read` them, and those that are no text at all one to `pack` them.
    """
    tally = _Tally()
    files = _files(options, tally)
    with watching([path for path, _ in files], options.in_place or options.output is not None) as watched:
        work = _Work(options, transform, read, pack, tally, watched)
        if options.in_place:
            work.on_each(((path, path) for path, _ in files), work.replace)
        elif options.folder is not None:
            work.on_each(targets(files, options.folder, tally.fail), work.copy)
        else:
            with open_output(options.output or "-") as output:
                work.on_each(((path, "") for path, _ in files), lambda path, _: work.show(path, output))
                output.wanted = tally.failed < tally.total
    _sum_up(options, tally)
    if tally.failed or (options.check and tally.changed):
        raise Exit(1)


def _files(options: FileOptions, tally: _Tally) -> list[Found]:
    """The files to work on, those in folders too."""
    if options.recursive:
        files = list(find_files(options.files, options.patterns, tally.fail))
    else:
        files = [Found(path, os.path.basename(path)) for path in options.files or ("-",)]
    tally.total = len(files) + tally.failed
    return files


@dataclass
class _Work:
    """What is done with each file."""

    options: FileOptions
    transform: Transform
    read: Read
    pack: Pack
    tally: _Tally
    watched: Watched

    def on_each(self, pairs: Iterable[tuple[str, str]], act: Callable[[str, str], None]) -> None:
        """Do something with files and their targets; one that fails does not stop the others."""
        for path, target in pairs:
            changed = self.tally.changed
            try:
                _expect_file(path)
                act(path, target)
            except VndiacriticError as exc:
                self.tally.changed = changed
                self.watched.clear()
                self.tally.fail(exc)

    def show(self, path: str, output: Output) -> None:
        """Write one file's text, JSON lines, name or diff to the output that all files share."""
        name, options = display_name(path), self.options
        with output.whole(), open_input(path) as stream:
            if path == "-":
                _greet(stream)
            at_once = stream.isatty() if options.line_buffered is None else options.line_buffered
            # An output that can take back what it was given needs no second look at the input.
            ahead = 0 if at_once or output.atomic else CHECKED_AHEAD
            lines = self.watched.lines(stream, self.read(stream, name, ahead))
            results = rewritten(lines, _one_by_one(self.transform) if at_once else self.transform)
            self._put(results, name, output, at_once)

    def _put(self, results: Iterable[Rewritten], name: str, output: Output, at_once: bool = False) -> None:
        """Write what is to be seen of one file."""
        lines, options = self.tally.watch(results), self.options
        packed = self.pack(lines) if options.writes else None
        if packed is not None:
            output.stream.writelines(packed)
            return
        pieces = options.show(lines, name)
        for piece in coloured_diff(pieces) if options.diff and takes_colours(output.stream) else pieces:
            output.write(piece)
            if at_once:
                output.flush()

    def replace(self, path: str, target: str) -> None:
        """Replace a file by its rewritten text; one that does not change is not touched."""
        if os.path.exists(path) and not os.path.isfile(path):
            raise VndiacriticError(f"{display_name(path)} is not a file that can be rewritten in place")
        changed = self.tally.changed
        try:
            self._write(path, target, in_place=True)
        except ChangedError:  # what another run over the same folder has done needs no second one; else it is done anew
            self.tally.changed = changed
            self._write(path, target, in_place=True)

    def copy(self, path: str, target: str) -> None:
        """Write a file's text, or its JSON lines, to a file in another folder."""
        if self.options.format == "jsonl":
            target += ".jsonl"
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except OSError as exc:
            raise VndiacriticError(cannot_write(exc)) from exc
        self._write(path, target, in_place=False)

    def _write(self, path: str, target: str, *, in_place: bool) -> None:
        name, before = display_name(path), self.tally.changed
        try:
            with open_input(path) as stream, self._target(target, stream if in_place else None) as output:
                lines = self.watched.lines(stream, self.read(stream, name, 0))
                self._put(rewritten(lines, self.transform), name, output)
                output.wanted = not in_place or self.tally.changed > before
        except OSError as exc:
            raise VndiacriticError(cannot_write(exc)) from exc

    def _target(self, target: str, source: BinaryIO | None) -> AbstractContextManager[Output]:
        """An output for a file, which must still be the source that it replaces."""
        read = None if source is None else os.fstat(source.fileno())
        return open_output(target, backup=self.options.backup, read=read)


def _expect_file(path: str) -> None:
    """Refuse what is no file in better words than the system's."""
    if os.path.isdir(path):
        raise VndiacriticError(f"cannot read {display_name(path)}: it is a folder; -r takes the files in it")
    if " " in path and not os.path.lexists(path):
        name, command = display_name(path), click.get_current_context().info_name
        name = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
        raise VndiacriticError(
            f"there is no file {name!r}: FILE is the name of a file; text itself is handed over by a pipe: "
            f"echo '...' | vndiacritic {command}"
        )


def _greet(stream: BinaryIO) -> None:
    """Tell who sits at a terminal, and may not know that the program waits for them."""
    if stream.isatty() and sys.stderr is not None and sys.stderr.isatty():
        end = "Ctrl-D" if os.name == "posix" else "Ctrl-Z and Enter"
        say(f"reading what is typed here; {end} at the start of a line ends it")


def _one_by_one(transform: Transform) -> Transform:
    """The transform without reading ahead, for who waits for the answer to a line before sending the next."""
    return lambda lines: chain.from_iterable(transform([line]) for line in lines)


def _sum_up(options: FileOptions, tally: _Tally) -> None:
    """The last word about several files."""
    if tally.total <= 1:
        return
    shown = options.check or options.diff
    if shown or options.in_place or options.folder is not None:
        say(f"{tally.changed} of {tally.total} files {'would change' if shown else 'changed'}")
    if tally.failed:
        say(f"{tally.failed} of {tally.total} files failed")

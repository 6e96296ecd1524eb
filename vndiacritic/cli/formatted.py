"""Files of all formats through a change of texts: plain text as a stream, documents one by one and whole.

This module tells `rewriting` how to read a file of a format, what becomes of its lines and, where it is no text, what
to write. Where the text is in a document is what `vndiacritic.formats` knows.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import click

from vndiacritic.changes import Outcome, Rewritten, Transform
from vndiacritic.cli.options import FileOptions, endings
from vndiacritic.cli.rewriting import Read, rewrite
from vndiacritic.cutting import lines_of
from vndiacritic.errors import VndiacriticError
from vndiacritic.files import checked_lines
from vndiacritic.formats import FORMATS, PLAIN, Change, Document, Format, change_segments, format_of, open_document

__all__ = ["Plain", "rewrite_documents"]


@dataclass(frozen=True)
class Plain:
    """What is done with plain text: how it is read, what becomes of its lines, and which options are for it alone."""

    read: Read
    transform: Transform
    only: str = ""


ChangeOf = Callable[[list[str]], Change]
"""Takes the texts of a document and gives what changes them."""


def rewrite_documents(
    options: FileOptions, as_format: str | None, fields: tuple[str, ...], plain: Plain, change_of: ChangeOf
) -> None:
    """Send files through a change of their texts, each by its format: see `rewriting.rewrite`."""
    forced = FORMATS.get(as_format or "")
    if as_format and fields and not (forced and forced.by_field):
        raise click.UsageError("--field is for csv, tsv and jsonl: leave it out")
    if forced:
        if options.line_buffered or plain.only:
            raise click.UsageError(f"{plain.only or '--line-buffered'} is for plain text: leave --as {as_format} out")
        options = replace(options, line_buffered=False)  # a document on a terminal is read whole too
    plain_only = bool(plain.only or options.line_buffered)
    options = replace(options, endings=endings(as_format, fields, plain_only=plain_only))
    work = _Work(options, as_format, fields, plain, change_of)
    rewrite(options, work.transform, work.read, work.pack)


@dataclass
class _Work:
    """Reads files and remembers the document that is on its way, if it is one."""

    options: FileOptions
    as_format: str | None
    fields: tuple[str, ...]
    plain: Plain
    change_of: ChangeOf
    _name: str = ""
    _form: Format | None = None
    _document: Document | None = None

    def read(self, stream: BinaryIO, name: str, ahead: int) -> Iterable[str]:
        """The lines of a text, or the paragraphs of what is none."""
        self._document = None
        self._name, self._form = name, format_of(name) if self.as_format is None else FORMATS.get(self.as_format)
        if self._form is None:
            return self.plain.read(stream, name, ahead)
        self._refuse(self._form)
        if not self._form.binary:
            return list(lines_of("".join(checked_lines(stream, name, 0))))
        self._document = self._opened(_all_of(stream, name), self._form)
        return [f"{segment.text}\n" for segment in self._document.segments]

    def transform(self, lines: Iterable[str]) -> Iterable[Outcome]:
        """What becomes of the lines of a file."""
        return self._changed("".join(lines), self._form) if self._form else self.plain.transform(lines)

    def pack(self, lines: Iterable[Rewritten]) -> Iterator[bytes] | None:
        """The bytes of what is no text."""
        return self._packed(self._document, lines) if self._document else None

    def _packed(self, document: Document, lines: Iterable[Rewritten]) -> Iterator[bytes]:
        deque(lines, maxlen=0)
        yield document.written()

    def _changed(self, text: str, form: Format) -> Iterator[Outcome]:
        if self._document:
            self._change(self._document)
            yield from (Outcome(f"{segment.text}\n") for segment in self._document.segments)
            return
        document = self._opened(text.encode("utf-8"), form)
        self._change(document)
        yield from map(Outcome, list(lines_of(document.written().decode("utf-8"))) or [""])

    def _change(self, document: Document) -> None:
        change_segments(document.segments, self.change_of([segment.text for segment in document.segments]))

    def _opened(self, data: bytes, form: Format) -> Document:
        try:
            return open_document(data, form, self.fields)
        except VndiacriticError as error:
            raise type(error)(f"cannot read {self._name} as {form.name}: {error}") from error

    def _refuse(self, form: Format) -> None:
        """Say no to what cannot be done with a document."""
        options = self.options
        only = self.plain.only or (options.line_buffered and "--line-buffered")
        if only:
            raise VndiacriticError(f"{self._name} is {form.name}, and {only} is for plain text: try --as {PLAIN}")
        if form.binary and options.writes and not options.in_place and options.folder is None:
            if len(options.files) > 1:
                raise VndiacriticError(
                    f"{self._name} is no text, which others could follow: use -i, or -o with a folder"
                )
            if options.output in (None, "-") and sys.stdout is not None and sys.stdout.isatty():
                raise VndiacriticError(f"{self._name} is no text for a terminal: use -o or -i")


def _all_of(stream: BinaryIO, name: str) -> bytes:
    try:
        return stream.read()
    except OSError as exc:
        raise VndiacriticError(f"cannot read {name}: {exc.strerror or exc}") from exc

"""Formats of documents: which there are, and where the text is in each.

A format finds the stretches of a document's source that are text; everything else stays byte for byte. What is done
with the text is not its affair. Formats are known by the ending of a file's name. Each has a module, which is imported
when it is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType
from typing import NamedTuple, Protocol

from vndiacritic.formats.segments import Change, Segment, change_segments, spliced

__all__ = [
    "FORMATS",
    "PLAIN",
    "Change",
    "Document",
    "Format",
    "change_segments",
    "format_of",
    "open_document",
    "rewrite_text",
]


class Document(Protocol):
    """A document that was taken apart."""

    @property
    def segments(self) -> list[Segment]:
        """Its texts, in their order."""

    def written(self) -> bytes:
        """The document with its segments as they are now."""


class Format(NamedTuple):
    """A format of documents.

    Attributes
    ----------
    name : str
    suffixes : tuple of str
        Endings of file names, in lower case.
    module : str
        Where it is read.
    binary : bool
        Whether a document is no text, so that its lines are its paragraphs.
    by_field : bool
        Whether it has records, of which only the fields that are named are text.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    binary: bool = False
    by_field: bool = False


PLAIN = "text"
"""The name of plain text, which has no structure and no module here."""

FORMATS = MappingProxyType(
    {
        name: Format(name, tuple(suffixes.split()), module, name == "docx", name in ("csv", "tsv", "jsonl"))
        for name, suffixes, module in (
            ("md", ".md .markdown", "markdown"),
            ("srt", ".srt", "subtitles"),
            ("vtt", ".vtt", "subtitles"),
            ("html", ".html .htm .xhtml", "html"),
            ("csv", ".csv", "tables"),
            ("tsv", ".tsv .tab", "tables"),
            ("jsonl", ".jsonl .ndjson", "jsonl"),
            ("po", ".po", "catalogues"),
            ("docx", ".docx", "docx"),
        )
    }
)


def format_of(name: str) -> Format | None:
    """The format of a file, by the ending of its name; None for plain text."""
    suffix = PurePath(name).suffix.lower()
    return next((form for form in FORMATS.values() if suffix in form.suffixes), None)


class _Text(NamedTuple):
    """A document that is text."""

    source: str
    segments: list[Segment]

    def written(self) -> bytes:
        return spliced(self.source, self.segments).encode("utf-8")


def open_document(data: bytes, form: Format, fields: Sequence[str] = ()) -> Document:
    """Take a document apart.

    Parameters
    ----------
    data : bytes
        UTF-8 where the format is text; a byte order mark is none of its text.
    form : Format
    fields : sequence of str
        Which fields of records are text.

    Raises
    ------
    FormatError
        The document is damaged, or has no such field; the message names the line where it has lines.
    """
    module = import_module(f"{__name__}.{form.module}")
    if form.binary:
        document: Document = module.open_package(data)
        return document
    source = data.decode("utf-8")
    segments: list[Segment] = module.SEGMENTS[form.name](source, fields)
    return _Text(source, segments)


def rewrite_text(source: str, name: str, change: Change, fields: Sequence[str] = ()) -> str:
    """Change the text in a document of a text format.

    Parameters
    ----------
    source : str
    name : str
        A name in `FORMATS`.
    change : callable
        Takes a list of texts and gives as many: ``restorer.predict``.
    fields : sequence of str
        As for `open_document`.

    Examples
    --------
    >>> rewrite_text("<p>Ha Noi</p>", "html", lambda texts: [text.replace("Ha", "Hà") for text in texts])
    '<p>Hà Noi</p>'
    """
    document = open_document(source.encode("utf-8"), FORMATS[name], fields)
    change_segments(document.segments, change)
    return document.written().decode("utf-8")

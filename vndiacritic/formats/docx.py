"""Word documents: .docx.

A paragraph is one text, wherever it stands: body, tables, text boxes, headers, footers, notes, comments. Its runs keep
their styles, since a text that is restored has its letters where they were. The parts of a document are XML in a zip
archive; only the letters in them are replaced, so that everything else stays, also what this module does not know.
(python-docx writes the XML anew, has no footnotes, and drops embedded fonts.) The elements are those of ECMA-376-1.
"""

from __future__ import annotations

import copy
import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from vndiacritic.errors import FormatError
from vndiacritic.formats.segments import Piece, Segment, cut, spliced

__all__ = ["Package", "open_package"]

_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_TYPES = "[Content_Types].xml"
_TEXT_PART = re.compile(
    r"(?:document\.main|document\.macroEnabled\.main|template\.main|header|footer|footnotes|endnotes|comments)\+xml\Z"
)
_ENTITY = re.compile(r"&(?:[A-Za-z]+|#\d+|#[xX][0-9A-Fa-f]+);")
# What stands between the texts of runs; a line break as Word's own find dialogue and its old files have it.
_READ = {"tab": "\t", "br": "\v", "cr": "\v", "noBreakHyphen": "-", "ptab": "\t"}
_ENCODING = "utf-8"  # of all parts, whatever they say: expat would look for a codec of any name
_LARGEST_TEXT = 1 << 26  # bytes of a part that is text, some 20,000 pages; it takes ten times that in memory
_LARGEST = 1 << 29  # bytes of all parts, unpacked: an archive may claim any size


# What zipfile raises: places that lie outside of the archive are ValueErrors.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError, OSError, RuntimeError)


class _Part(NamedTuple):
    name: str
    source: str
    segments: list[Segment]  # a paragraph each


class Package:
    """A document: its paragraphs, and all else as it was.

    Attributes
    ----------
    segments : list of Segment
        Its paragraphs, those of the body first.
    """

    def __init__(self, data: bytes, parts: list[_Part]) -> None:
        self._data, self._parts = data, parts
        self.segments = [segment for part in parts for segment in part.segments]

    def written(self) -> bytes:
        """The document with its paragraphs as they are now; the very same bytes if none has changed."""
        new = {part.name: spliced(part.source, part.segments) for part in self._parts}
        if all(new[part.name] == part.source for part in self._parts):
            return self._data
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self._data)) as before, zipfile.ZipFile(out, "w") as after:
            after.comment = before.comment
            for info in before.infolist():
                data = new[info.filename].encode("utf-8") if info.filename in new else before.read(info)
                after.writestr(copy.copy(info), data)
        return out.getvalue()


def open_package(data: bytes) -> Package:
    """Take a document apart.

    Raises
    ------
    FormatError
        It is no such document, is damaged or protected by a password; the message names the part and its line.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
            parts = [_part(name, _content(archive, name)) for name in _text_parts(_content(archive, _TYPES))]
    except FormatError:
        raise
    except _DAMAGED as error:
        told = f" ({error.args[0]})" if error.args else ""
        raise FormatError(f"it is no .docx document, or a damaged one{told}: save it anew with Word") from error
    return Package(data, parts)


def _check(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise FormatError("it is damaged: two of its parts have the same name")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in archive.infolist()):
        raise FormatError("it is packed in a way that no .docx document is: save it anew with Word")
    if sum(info.file_size for info in archive.infolist()) > _LARGEST:
        raise FormatError(f"it has more than {_LARGEST >> 20} MB unpacked: split it")
    if damaged := archive.testzip():
        raise FormatError(f"its part {damaged} is damaged: save it anew with Word")


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a part; one of zeros can be packed a thousandfold."""
    if archive.getinfo(name).file_size > _LARGEST_TEXT:
        raise FormatError(f"its part {name} has more than {_LARGEST_TEXT >> 20} MB unpacked: split it")
    return archive.read(name)


def _text_parts(types: bytes) -> list[str]:
    """The names of the parts that are text, the body first."""
    names: list[tuple[bool, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if name.endswith("Override") and _TEXT_PART.search(kind):
            names.append((".main+" not in kind, attributes.get("PartName", "").lstrip("/")))

    parser = expat.ParserCreate(_ENCODING)
    parser.StartElementHandler = start
    _parse(parser, types, _TYPES)
    if not names:
        raise FormatError("it is no .docx document: no part of it is text")
    return [name for _, name in sorted(names)]


def _part(name: str, data: bytes) -> _Part:
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"its part {name} is not UTF-8: save it anew with Word") from error
    reader = _Reader(data)
    _parse(reader.parser, data, name)
    return _Part(name, source, reader.segments(source))


def _parse(parser: expat.XMLParserType, data: bytes, name: str) -> None:
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        told = f"its part {name} is damaged in line {error.lineno}, column {error.offset + 1}"
        raise FormatError(f"{told}: {expat.errors.messages[error.code]}") from error


@dataclass
class _Reader:
    """Finds the paragraphs of a part, by the bytes they are in."""

    data: bytes
    parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate(_ENCODING, " "))
    _paragraphs: list[list[tuple[int, int, str | None]]] = field(default_factory=list)
    _open: list[int] = field(default_factory=list)  # paragraphs in text boxes in paragraphs, by number
    _listing: bool = False  # whether what comes are the stops of tabs, and none of them a tab
    _begin: int | None = None  # of the text that is open; 0 until its first byte was seen

    def __post_init__(self) -> None:
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.DefaultHandlerExpand = self._other

    def _declared(self, _: str, encoding: str | None, __: int) -> None:
        if (encoding or _ENCODING).lower() != _ENCODING:
            raise FormatError(f"one of its parts says that it is {encoding}, not UTF-8: save it anew with Word")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace not in _NAMESPACES:
            return
        if tag == "p":
            self._open.append(len(self._paragraphs))
            self._paragraphs.append([])
        elif tag == "t":
            self._begin = 0
        elif tag == "tabs":
            self._listing = True
        elif tag in _READ and self._open and not self._listing:
            at = self.parser.CurrentByteIndex
            self._paragraphs[self._open[-1]].append((at, at, _READ[tag]))

    def _other(self, _: str) -> None:
        if self._begin == 0:
            self._begin = self.parser.CurrentByteIndex

    def _end(self, name: str) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace not in _NAMESPACES:
            return
        if tag == "t":
            end = self.parser.CurrentByteIndex
            if self._begin and self._open and b"<" not in self.data[self._begin : end]:
                self._paragraphs[self._open[-1]].append((self._begin, end, None))
            self._begin = None
        elif tag == "tabs":
            self._listing = False
        elif tag == "p":
            self._open.pop()

    def segments(self, source: str) -> list[Segment]:
        """The paragraphs, by the characters they are in."""
        places = sorted({at for pieces in self._paragraphs for piece in pieces for at in piece[:2]})
        chars, at, char = {}, 0, 0
        for place in places:
            char += len(self.data[at:place].decode("utf-8"))
            chars[place] = char
            at = place
        return [Segment(source, _pieces(source, pieces, chars)) for pieces in self._paragraphs]


def _pieces(source: str, found: list[tuple[int, int, str | None]], chars: dict[int, int]) -> Iterator[Piece]:
    for start, end, read in found:
        if read is None:
            yield from cut(source, chars[start], chars[end], _ENTITY, html.unescape)
        else:
            yield Piece(chars[start], chars[end], read)

"""Corpora: files and folders of text as streams of lines, and a split that every machine makes alike.

This module knows where lines come from: which files of a folder count, how each kind is unpacked and read, in
which order. It does not know what a line teaches; filtering and counting are training's part.

To add a kind of compression, write a function from stream to stream and enter it in `UNPACKERS`; to add a
kind of file, write one from stream to lines and enter it in `READERS`. ``news.txt.gz`` is then unpacked by
the one and read by the other.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import BinaryIO, cast

from vndiacritic.errors import CorpusError, EncodingError, VndiacriticError
from vndiacritic.files import BOM, display_name, open_input, read_lines

__all__ = ["READERS", "UNPACKERS", "Corpus", "Source", "held_out"]

Progress = Callable[[int, int], None]
"""Told the bytes read so far and the bytes there are, both as they lie on disk."""

SNIFFED = 2**13
"""Bytes searched for a NUL: enough for every picture, archive and office document met so far."""

LINES_A_REPORT = 4096
"""Lines between two calls of a progress function: some 200 calls a second while only reading."""


# ---- kinds of files


def _gunzip(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream))


def _read_text(stream: BinaryIO, name: str) -> Iterator[str]:
    """Every line of a text file."""
    return read_lines(stream, name)


UNPACKERS: Mapping[str, Callable[[BinaryIO], BinaryIO]] = MappingProxyType({".gz": _gunzip})
READERS: Mapping[str, Callable[[BinaryIO, str], Iterator[str]]] = MappingProxyType({".txt": _read_text})


def _suffixes(path: str) -> tuple[str, str]:
    """Suffix of the packing and of the kind, lower-cased: (".gz", ".txt"); "" where there is none.

    In ``news.2024.gz`` the 2024 is part of the name, not a kind.
    """
    name = PurePath(path)
    packing = name.suffix.lower()
    if packing not in UNPACKERS:
        return "", packing
    kind = PurePath(name.stem).suffix.lower()
    return packing, kind if kind[1:].isalpha() else ""


def _is_corpus_file(name: str) -> bool:
    """Whether a file found in a folder counts; macOS leaves binary ``._news.txt`` beside ``news.txt``."""
    packing, kind = _suffixes(name)
    return not name.startswith(".") and (kind in READERS or bool(packing and not kind))


# ---- finding


@dataclass(frozen=True)
class Source:
    """One file of a corpus.

    Attributes
    ----------
    path
        As it was given, or below the folder that was given.
    size
        Bytes on disk, packed if it is packed.
    """

    path: str
    size: int

    @property
    def name(self) -> str:
        """The path as text for messages and reports."""
        return display_name(self.path)

    @property
    def packed(self) -> bool:
        """Whether the file must be unpacked from its start to be read."""
        return bool(_suffixes(self.path)[0])


class Corpus:
    """Files and folders as one stream of lines that can be read again and again.

    A folder gives its ``.txt`` and ``.gz`` files and those of its subfolders, sorted by name, so every
    machine sees the same order. Hidden files are passed over, and links to folders are not followed, since
    they may lead round in a circle. A file that is named itself is read whatever it is called, as text if
    its suffix is unknown. A file that is reached twice counts once.

    Parameters
    ----------
    paths
        At least one file or folder.

    Raises
    ------
    CorpusError
        If a path does not exist, cannot be looked into, is neither file nor folder, or is a folder without
        any corpus file.
    """

    def __init__(self, paths: Iterable[str | os.PathLike[str]]) -> None:
        sources: dict[str, Source] = {}
        for path in paths:
            for source in _find(os.fspath(path)):
                sources.setdefault(os.path.realpath(source.path), source)
        self.sources = tuple(sources.values())

    @property
    def size(self) -> int:
        """Bytes of all files on disk."""
        return sum(source.size for source in self.sources)

    def lines(self, progress: Progress | None = None) -> Iterator[tuple[str, str]]:
        """Give every line that is not blank with the name of its file.

        Parameters
        ----------
        progress
            Called now and then, and at the end of each file.

        Yields
        ------
        (str, str)
            Name of the file and line, without line end and byte order mark.

        Raises
        ------
        CorpusError
            If a file cannot be read, is binary or damaged, or at the end, if there was no line at all.
        EncodingError
            If a file is not UTF-8.
        """
        done, empty, total = 0, True, self.size

        def report(position: int) -> None:
            if progress:
                progress(done + position, total)

        for source in self.sources:
            for line in _lines_of(source, report):
                if line and not line.isspace():
                    empty = False
                    yield source.name, line
            report(source.size)
            done += source.size
        if empty:
            names = ", ".join(source.name for source in self.sources[:3]) or "nothing given"
            raise CorpusError(f"the corpus is empty ({names}): there must be lines of text in it")

    def __iter__(self) -> Iterator[str]:
        """The lines alone."""
        return (line for _, line in self.lines())


def _find(path: str) -> Iterator[Source]:
    """The corpus files that a path stands for."""
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            yield from _found_in_folder(path)
        elif stat.S_ISREG(status.st_mode):
            yield Source(path, status.st_size)
        else:
            raise CorpusError(f"{display_name(path)} is neither a file nor a folder: save it to a file first")
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _found_in_folder(folder: str) -> Iterator[Source]:
    """Corpus files below a folder: those of the folder itself first, then subfolder by subfolder."""
    empty = True
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(filter(_is_corpus_file, names)):
            path = os.path.join(place, name)
            status = os.stat(path)
            if stat.S_ISREG(status.st_mode):
                empty = False
                yield Source(path, status.st_size)
    if empty:
        kinds = " or ".join([*READERS, *UNPACKERS])
        raise CorpusError(f"{display_name(folder)} holds no corpus: there must be {kinds} files in it")


def _refuse(exc: OSError) -> None:
    """os.walk passes over folders it cannot read unless told otherwise."""
    raise exc


def _unreadable(path: str, exc: OSError) -> CorpusError:
    where = os.fsdecode(exc.filename) if exc.filename else path
    return CorpusError(f"cannot read {display_name(where)}: {exc.strerror or exc}")


# ---- reading


def _lines_of(source: Source, report: Callable[[int], None]) -> Iterator[str]:
    """Lines of one file, without end and byte order mark; report is told how many bytes were read."""
    packing, kind = _suffixes(source.path)
    read = READERS.get(kind, _read_text)
    with _complaining(source.name), open_input(source.path) as raw:
        # A wrapped stream has a fast readline, whatever the unpacker's own is like; GzipFile's is Python.
        stream = io.BufferedReader(cast(io.RawIOBase, UNPACKERS[packing](raw) if packing else raw), 2**16)
        if b"\0" in stream.peek(SNIFFED)[:SNIFFED]:
            raise CorpusError(f"{source.name} is not UTF-8 text: it holds NUL bytes, so it is binary or UTF-16")
        for number, line in enumerate(read(stream, source.name), 1):
            yield (line.removeprefix(BOM) if number == 1 else line).rstrip("\r\n")
            if number % LINES_A_REPORT == 0:
                report(raw.tell())


@contextmanager
def _complaining(name: str) -> Iterator[None]:
    """Turn whatever a file can do wrong into a sentence about this file."""
    try:
        yield
    except (CorpusError, EncodingError):
        raise
    except VndiacriticError as exc:
        raise CorpusError(str(exc)) from exc
    except (EOFError, OSError, zlib.error) as exc:  # from an unpacker: cut short, not packed at all, damaged
        raise CorpusError(f"cannot unpack {name}: {exc}") from exc


# ---- splitting


def held_out(text: str, share: float, seed: int = 0) -> bool:
    """Whether a line or document belongs to the held-out part.

    The answer depends on the text alone, so it is the same on every machine, in any order and for every
    copy of a line; a larger share holds out what a smaller one did, and more. Spaces and normal form do not
    matter.

    Parameters
    ----------
    text
        A line or a whole document.
    share
        Part to hold out, from 0 to 1.
    seed
        Another seed gives another, independent split.

    Examples
    --------
    >>> lines = [f"Trang {number} của quyển sổ tay" for number in range(1000)]
    >>> sum(held_out(line, 0.1) for line in lines)
    92
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, not {share!r}")
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    digest = hashlib.blake2b(
        plain.encode("utf-8", "surrogatepass"), digest_size=8, key=seed.to_bytes(8, "big", signed=True)
    )
    return int.from_bytes(digest.digest(), "big") < share * 2**64

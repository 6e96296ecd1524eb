"""A corpus as lines: the whole of it, or in shards that are read independently."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from vndiacritic.corpus.finding import Entry, Source, find_sources
from vndiacritic.corpus.packing import UNPACKED, complaining, unpacked
from vndiacritic.corpus.records import TEXT
from vndiacritic.errors import CorpusError, EncodingError
from vndiacritic.files import BOM, open_input, read_lines

__all__ = ["Corpus", "Progress", "Shard"]

Progress = Callable[[int, int], None]
"""Told the bytes read so far and the bytes there are, both as they lie on disk."""

_SNIFFED = 2**13
"""Bytes searched for a NUL: enough for every picture, archive and office document met so far."""

_LINES_A_REPORT = 4096
"""Lines between two calls of a progress function: some 200 calls a second while only reading."""

_LONGEST = 1 << 20
"""Bytes: a longer line of text is cut, so that a file without line ends is read in bounded memory."""


@dataclass(frozen=True)
class Shard:
    """Lines of a file, for one of the times that it is read.

    Attributes
    ----------
    source : Source
    start, stop : int
        The lines that begin from byte `start` up to `stop`; of a file that cannot be cut, all of it.
    turn : int
        The how manieth time, from 0: a file of weight 3 is read thrice.
    share : float
        Which share of the lines is taken this time; below 1, a line must be `drawn`.
    """

    source: Source
    start: int
    stop: int
    turn: int = 0
    share: float = 1.0

    @property
    def work(self) -> int:
        """How much there is to read, in bytes of text."""
        return (self.stop - self.start) * (UNPACKED if self.source.packing else 1)

    def lines(self, report: Callable[[int], None] | None = None) -> Iterator[str]:
        """Give every line that is not blank, without line end and byte order mark; `share` is the caller's affair.

        Parameters
        ----------
        report
            Told now and then how many bytes of the file were read, as they lie on disk.

        Raises
        ------
        CorpusError
            The file cannot be read, is binary, damaged, or not what its suffix says.
        EncodingError
            The file is not UTF-8.
        """
        try:
            yield from self._lines(report)
        except (CorpusError, EncodingError):
            if self.start:  # read from the beginning, so that the complaint has the right number of the line
                deque(Shard(self.source, 0, self.stop).lines(), maxlen=0)
            raise

    def _lines(self, report: Callable[[int], None] | None) -> Iterator[str]:
        source = self.source
        with complaining(source.name), open_input(source.path) as raw:
            for number, line in enumerate(source.kind.read(self._decoded(raw), source.entry.fields), 1):
                if line and not line.isspace():
                    yield line
                if report and number % _LINES_A_REPORT == 0:
                    report(raw.tell())

    def _decoded(self, raw: BinaryIO) -> Iterator[str]:
        """The lines of the file with their ends."""
        source = self.source
        stream = unpacked(raw, source.packing)
        if not self.start and b"\0" in stream.peek(_SNIFFED)[:_SNIFFED]:
            raise CorpusError(f"{source.name} is not UTF-8 text: it holds NUL bytes, so it is binary or UTF-16")
        if self.start:
            stream.seek(self.start - 1)
            stream.readline()  # the line that the shard before finishes
        lines = stream if source.packing else _Window(stream, self.stop)
        longest = _LONGEST if source.kind is TEXT else -1
        return (line.lstrip(BOM) for line in read_lines(cast(BinaryIO, lines), source.name, longest))


class _Window:
    """The lines of a stream that begin before some byte."""

    def __init__(self, stream: io.BufferedReader, stop: int) -> None:
        self._stream, self._at, self._stop = stream, stream.tell(), stop
        self._begins = True

    def readline(self, longest: int) -> bytes:
        """The next line, or the next piece of one, as of a stream."""
        if self._begins and self._at >= self._stop:
            return b""
        raw = self._stream.readline(longest)
        self._at += len(raw)
        self._begins = raw.endswith(b"\n")
        return raw


class Corpus:
    """Files and folders as one stream of lines that can be read again and again.

    A folder gives its ``.txt`` files, packed ones too, and those of its subfolders, sorted by name, so every machine
    sees the same order; files of records count where fields are named. Hidden files are passed over, and links to
    folders are not followed, since they may lead round in a circle. A file that is named itself is read whatever it is
    called, as text if its suffix is unknown. A file that is reached twice counts once.

    Parameters
    ----------
    parts
        At least one file, folder or pattern.

    Raises
    ------
    CorpusError
        A path does not exist, cannot be looked into, is neither file nor folder, or is a folder without any corpus
        file; nothing matches a pattern; or a file of records has no such field.
    """

    def __init__(self, parts: Iterable[str | os.PathLike[str] | Entry]) -> None:
        self.sources = find_sources(part if isinstance(part, Entry) else Entry(os.fspath(part)) for part in parts)
        for source in self.sources:
            if source.kind.check:
                _check(source, source.kind.check)

    @property
    def size(self) -> int:
        """Bytes of all files on disk."""
        return sum(source.size for source in self.sources)

    def shards(self, size: int) -> list[Shard]:
        """Cut the files into pieces of so many bytes; one that must be read from its start is one piece.

        Those of a file come as often as its weight says, one turn after the other.
        """
        shards = []
        for source in self.sources:
            whole = source.packing or not source.kind.by_line
            step = source.size if whole else size
            for turn, share in enumerate(_turns(source.entry.weight)):
                starts = range(0, max(source.size, 1), step or 1)
                shards += [Shard(source, start, min(start + step, source.size), turn, share) for start in starts]
        return shards

    def lines(self, progress: Progress | None = None) -> Iterator[tuple[str, str]]:
        """Give every line that is not blank, once whatever its weight, with the name of its file.

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
            for line in Shard(source, 0, source.size).lines(report):
                empty = False
                yield source.name, line
            report(source.size)
            done += source.size
        if empty:
            raise self.empty()

    def __iter__(self) -> Iterator[str]:
        """The lines alone."""
        return (line for _, line in self.lines())

    def empty(self) -> CorpusError:
        """What is said where there was no line at all."""
        names = ", ".join(source.name for source in self.sources[:3]) or "nothing given"
        return CorpusError(f"the corpus is empty ({names}): there must be lines of text in it")


def _turns(weight: float) -> list[float]:
    """The share of lines that each turn takes: 2.5 is 1, 1, 0.5."""
    whole, part = divmod(weight, 1)
    return [1.0] * int(whole) + [part] * (part > 0)


def _check(source: Source, check: Callable[[Iterable[str], Sequence[str]], None]) -> None:
    """Complain of fields that a file of records does not have, before anything else is read."""
    with complaining(source.name), open_input(source.path) as raw:
        lines = read_lines(unpacked(raw, source.packing), source.name)
        check((line.lstrip(BOM) for line in lines), source.entry.fields)

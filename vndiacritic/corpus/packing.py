"""Packed files: how each kind is unpacked, as a stream that is read once from its start.

It knows bytes. What they hold is not its affair.
"""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from vndiacritic.errors import CorpusError, EncodingError, FormatError, VndiacriticError

__all__ = ["UNPACKED", "UNPACKERS", "complaining", "unpacked"]

UNPACKED = 3
"""How much larger text is than packed, for guesses of how long reading takes."""

_READ = 1 << 14  # bytes unpacked at once by zstd: run lengths may make a thousand times as much of them
_WINDOW = 31  # what `zstd --long=31` asks for, as archives of whole sites do


def _gunzip(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream))


def _unxz(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, lzma.LZMAFile(stream))


def _unzstd(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, _Zstd(stream))


UNPACKERS: Mapping[str, Callable[[BinaryIO], BinaryIO]] = MappingProxyType(
    {".gz": _gunzip, ".xz": _unxz, ".zst": _unzstd}
)


def unpacked(stream: BinaryIO, packing: str) -> io.BufferedReader:
    """The text in a packed stream; of no suffix, the stream's own bytes.

    Raises
    ------
    CorpusError
        The suffix needs an extra that is not installed.
    """
    if not packing:
        return cast(io.BufferedReader, stream)
    # A wrapped stream has a fast readline, whatever the unpacker's own is like; GzipFile's is Python.
    return io.BufferedReader(cast(io.RawIOBase, UNPACKERS[packing](stream)), 1 << 16)


class _Zstd(io.RawIOBase):
    """The text of one or more zstd frames, as `cat a.zst b.zst` leaves them.

    The reader of the zstandard package takes a file that is cut short for one that ends there, so this one looks.
    """

    def __init__(self, stream: BinaryIO) -> None:
        try:
            import zstandard
        except ImportError as exc:
            raise CorpusError("reading .zst files needs: pip install 'vndiacritic[zstd]'") from exc
        self._stream, self._rest = stream, b""
        self._damaged = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=1 << _WINDOW)
        self._pieces = self._unpack()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = next(self._pieces, b"")
        size = min(len(view), len(self._rest))
        view[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def _unpack(self) -> Iterator[bytes]:
        frame = None
        while data := self._stream.read(_READ):
            while data:
                frame = frame or self._decompressor.decompressobj()
                try:
                    piece = frame.decompress(data)
                except self._damaged as exc:
                    raise OSError(str(exc)) from exc
                data = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
                if piece:
                    yield piece
        if frame is not None:
            raise EOFError("it ends in the middle of a frame")


@contextmanager
def complaining(name: str) -> Iterator[None]:
    """Turn whatever a file can do wrong into a sentence about this file."""
    try:
        yield
    except (CorpusError, EncodingError):
        raise
    except FormatError as exc:
        raise CorpusError(f"{name}: {exc}") from exc
    except VndiacriticError as exc:
        raise CorpusError(str(exc)) from exc
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as exc:  # cut short, not packed at all, damaged
        raise CorpusError(f"cannot unpack {name}: {exc}") from exc

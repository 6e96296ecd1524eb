"""Which files a corpus is: those of files, folders and patterns that were named, in one order on every machine."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from vndiacritic.corpus.packing import UNPACKERS
from vndiacritic.corpus.records import KINDS, TEXT, Kind
from vndiacritic.errors import CorpusError
from vndiacritic.files import display_name

__all__ = ["Entry", "Source", "find_sources"]

_PATTERN = "*?["
_HEAVIEST = 100.0


@dataclass(frozen=True)
class Entry:
    """A part of a corpus as somebody names it.

    Attributes
    ----------
    path : str
        A file, a folder, or a pattern such as ``news/*.txt.gz``, in which ``**`` stands for any folders.
    weight : float
        How often each line is taken, above 0 to 100; of 2.5, every line twice and half of the lines once more.
    fields : tuple of str
        Which fields of .jsonl, .csv and .tsv files are text.
    name : str
        What messages call it, if not by its path.

    Raises
    ------
    CorpusError
        The weight is none.
    """

    path: str
    weight: float = 1.0
    fields: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.weight <= _HEAVIEST:
            what = f"the weight of {display_name(self.path)} is {self.weight:g}"
            raise CorpusError(f"{what}: give one above 0 and up to {_HEAVIEST:g}")


@dataclass(frozen=True)
class Source:
    """One file of a corpus.

    Attributes
    ----------
    path
        As it was given, or below the folder that was given.
    size
        Bytes on disk, packed if it is packed.
    entry
        What it was found by.
    """

    path: str
    size: int
    entry: Entry

    @property
    def name(self) -> str:
        """The path as text for messages and reports."""
        return self.entry.name or display_name(self.path)

    @property
    def packing(self) -> str:
        """The suffix of what the file must be unpacked with, from its start; empty for most."""
        return _suffixes(self.path)[0]

    @property
    def kind(self) -> Kind:
        """How its lines are read."""
        return KINDS.get(_suffixes(self.path)[1], TEXT)


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


def find_sources(entries: Iterable[Entry]) -> tuple[Source, ...]:
    """The files that entries stand for, in their order; a file that is reached twice counts once.

    It keeps its first place, and has the weight and the fields of the last entry that reaches it, so a folder can be
    followed by a file of it that is to weigh more.

    Raises
    ------
    CorpusError
        A path does not exist, cannot be looked into, is neither file nor folder, or is a folder without any corpus
        file; or nothing matches a pattern.
    """
    sources: dict[str, Source] = {}
    for entry in entries:
        for source in _find(entry):
            real = os.path.realpath(source.path)
            known = sources.setdefault(real, source)
            sources[real] = replace(known, entry=source.entry)
    return tuple(sources.values())


def _find(entry: Entry) -> Iterator[Source]:
    """The corpus files that an entry stands for."""
    if entry.path == "-":
        raise CorpusError("standard input can be read only once: save it to a file first")
    if not os.path.lexists(entry.path) and any(sign in entry.path for sign in _PATTERN):
        paths = sorted(glob.glob(entry.path, recursive=True))
        if not paths:
            raise CorpusError(f"no file matches {display_name(entry.path)}: check the pattern")
    else:
        paths = [entry.path]
    for path in paths:
        yield from _found_at(path, entry)


def _found_at(path: str, entry: Entry) -> Iterator[Source]:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            yield from _found_in_folder(path, entry)
        elif stat.S_ISREG(status.st_mode):
            yield Source(path, status.st_size, entry)
        else:
            raise CorpusError(f"{display_name(path)} is neither a file nor a folder: save it to a file first")
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _found_in_folder(folder: str, entry: Entry) -> Iterator[Source]:
    """Corpus files below a folder: those of the folder itself first, then subfolder by subfolder."""
    empty = True
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if _is_corpus_file(name, bool(entry.fields))):
            path = os.path.join(place, name)
            status = os.stat(path)
            if stat.S_ISREG(status.st_mode):
                empty = False
                yield Source(path, status.st_size, entry)
    if empty:
        texts = [suffix for suffix, kind in KINDS.items() if entry.fields or kind.check is None]
        what = f"there must be {' or '.join([*texts, *UNPACKERS])} files in it"
        more = "" if entry.fields else "; of files of records, name the field that is text with --field"
        raise CorpusError(f"{display_name(folder)} holds no corpus: {what}{more}")


def _is_corpus_file(name: str, records: bool) -> bool:
    """Whether a file found in a folder counts; macOS leaves binary ``._news.txt`` beside ``news.txt``."""
    packing, suffix = _suffixes(name)
    kind = KINDS.get(suffix)
    return not name.startswith(".") and bool(packing and not suffix if kind is None else records or kind.check is None)


def _refuse(exc: OSError) -> None:
    """os.walk passes over folders it cannot read unless told otherwise."""
    raise exc


def _unreadable(path: str, exc: OSError) -> CorpusError:
    where = os.fsdecode(exc.filename) if exc.filename else path
    return CorpusError(f"cannot read {display_name(where)}: {exc.strerror or exc}")

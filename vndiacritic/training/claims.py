"""Whose a work folder is: a training finds its own results there, and touches nobody else's.

It knows the folder, what a training depends on, and standard input, which is kept there since it can be read only once.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vndiacritic.corpus import Entry
from vndiacritic.errors import CorpusError, TrainingStopped
from vndiacritic.files import lock_file, open_input
from vndiacritic.training.storage import written_whole

__all__ = ["claim", "entries_of", "work_folder"]

_NOTE = "training.json"
_LOCK = ".lock"
_SPOOL = "standard-input.txt"
_FULL = 16 << 20  # bytes: a disk with less is full, whatever the error says


@contextmanager
def work_folder(work: str | os.PathLike[str] | None, beside: Path, resume: bool = False) -> Iterator[Path]:
    """The folder for intermediate results: a given one, which stays, or a temporary one beside a file.

    Parameters
    ----------
    work : path-like or None
    beside : Path
        The file that is to be made.
    resume : bool
        Whether a training must have been begun there.

    Raises
    ------
    CorpusError
        The folder holds something else than a training, or nothing to go on from.
    TrainingStopped
        Nothing more can be written there.
    """
    with _given(work, resume) if work is not None else _temporary(beside) as folder:
        try:
            yield folder
        except OSError as exc:  # reading a corpus raises CorpusError, and writing a model ModelError
            raise _cannot_write(folder, exc) from exc


@contextmanager
def _given(work: str | os.PathLike[str], resume: bool) -> Iterator[Path]:
    folder = Path(work).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = set(os.listdir(folder))
    except OSError as exc:
        raise CorpusError(f"{work} cannot be the work folder ({exc.strerror}): name another") from exc
    if _NOTE not in names and resume:
        raise CorpusError(f"{work} holds no training to go on from: leave --resume out, or name another folder")
    if _NOTE not in names and names - {_SPOOL, _LOCK}:
        raise CorpusError(f"{work} holds files that no training left there: name a new or an empty folder")
    with _alone(folder):
        yield folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other training of this machine into a folder meanwhile; a killed one lets go."""
    with (folder / _LOCK).open("w") as file:
        if not lock_file(file.fileno(), wait=False):
            raise CorpusError(f"another training works in {folder}: wait for it, or name another folder")
        yield


@contextmanager
def _temporary(beside: Path) -> Iterator[Path]:
    parent = beside.absolute().parent
    where = parent if parent.is_dir() else None
    # Workers may still write when a training is interrupted; what they leave is not worth another error.
    with TemporaryDirectory(prefix=f".{beside.name}.", dir=where, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _cannot_write(folder: Path, exc: OSError) -> TrainingStopped:
    at = f" at {exc.filename}" if exc.filename else ""
    reason = f"{exc.strerror or exc}{at}: check the disk"
    if folder.exists() and shutil.disk_usage(folder).free < _FULL:  # numpy says that fewer bytes were written
        reason = f"{os.strerror(errno.ENOSPC)}: free some"
    return TrainingStopped(f"cannot go on in {folder}: {reason}, and give the same command again")


# ---- whose it is


def claim(folder: Path, mine: Mapping[str, Any], free: Sequence[str] = ()) -> None:
    """Write down what a training depends on, or refuse a folder that holds another one's results.

    Parameters
    ----------
    folder : Path
    mine : mapping
        By name, as JSON can hold it. What an older version did not note down is not compared.
    free : sequence of str
        Names in ``mine["settings"]`` that may differ: the folder keeps what depends on them apart.

    Raises
    ------
    CorpusError
        The folder holds another training's results; the message says what differs.
    """
    note = folder / _NOTE
    mine = json.loads(json.dumps(mine))  # tuples become lists
    if note.exists():
        theirs = json.loads(note.read_text(encoding="utf-8"))
        if differing := [name for name in _differing(theirs, mine) if name not in free]:
            what = f"other {', '.join(differing).replace('_', ' ')}"
            raise CorpusError(f"{folder} holds another training's results ({what}): empty it, or name another folder")
    for left in folder.glob("**/*.tmp*"):  # of writers that were killed
        left.unlink(missing_ok=True)
    with written_whole(note) as temporary:
        temporary.write_text(json.dumps(mine, indent=1), encoding="utf-8")


def _differing(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Iterator[str]:
    """The names of what two trainings do not have in common, of their settings each by itself."""
    for name in dict.fromkeys([*mine, *theirs]):
        one, other = theirs.get(name), mine.get(name)
        if name == "settings" and one and other:
            yield from _differing(one, other)
        elif (one or None) != (other or None):
            yield name


# ---- standard input


def entries_of(parts: Sequence[str | os.PathLike[str] | Entry], folder: Path) -> list[Entry]:
    """What a corpus is made of, standard input by the file in a folder that it is kept in.

    Where it was kept already, an empty standard input stands for it, and another text is refused.

    Raises
    ------
    CorpusError
        Standard input is named twice, or is another text than the training began with.
    """
    entries = [part if isinstance(part, Entry) else Entry(os.fspath(part)) for part in parts]
    if sum(entry.path == "-" for entry in entries) > 1:
        raise CorpusError("standard input is named twice: it can be read only once")
    path = folder / _SPOOL
    return [
        replace(entry, path=_spooled(path), name="standard input") if entry.path == "-" else entry for entry in entries
    ]


def _spooled(path: Path) -> str:
    """Keep standard input in a file."""
    if not path.exists():
        with written_whole(path) as temporary:
            _copy_input(temporary)
    elif sys.stdin is not None and not sys.stdin.isatty():
        with TemporaryDirectory(dir=path.parent, prefix=".input.") as folder:
            _copy_input(again := Path(folder) / path.name)
            if again.stat().st_size and _digest(again) != _digest(path):
                raise CorpusError(f"standard input is another text than this training began with, which is in {path}")
    return str(path)


def _copy_input(path: Path) -> None:
    with open_input("-") as stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()

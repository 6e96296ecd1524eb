"""Folders as lists of files: which are in them, and where each goes in another folder.

Knows names and patterns. What is done with the files is not its affair.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from vndiacritic.errors import VndiacriticError
from vndiacritic.files import display_name

__all__ = ["Found", "find_files", "targets"]


class Found(NamedTuple):
    """A file that was named, or is in a folder that was.

    Attributes
    ----------
    path : str
        ``-`` is standard input.
    inside : str
        Its path from that folder; of a file that was named itself, its name.
    """

    path: str
    inside: str


def find_files(
    paths: Iterable[str], patterns: Sequence[str], failed: Callable[[VndiacriticError], None]
) -> Iterator[Found]:
    """The files that are named, and those in the folders that are, in the order of their names.

    Hidden files and folders are left out, links to folders are not followed.

    Parameters
    ----------
    paths : iterable of str
        Files, and folders of any depth.
    patterns : sequence of str
        A file in a folder counts if its name matches one of them, in any case: ``*.txt`` is FILM.TXT too.
    failed : callable
        Is told of every folder that cannot be read, and of those that hold no such file.
    """
    for path in paths:
        if not os.path.isdir(path):
            yield Found(path, os.path.basename(path))
            continue
        nothing = True
        for found in _walk(path, patterns, failed):
            nothing = False
            yield found
        if nothing:
            wanted = ", ".join(patterns)
            failed(VndiacriticError(f"{display_name(path)} has no file {wanted}: name another with --pattern"))


def _walk(folder: str, patterns: Sequence[str], failed: Callable[[VndiacriticError], None]) -> Iterator[Found]:
    patterns = [pattern.lower() for pattern in patterns]

    def refuse(error: OSError) -> None:
        name = display_name(os.fspath(error.filename))
        failed(VndiacriticError(f"cannot read the folder {name}: {error.strerror}"))

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(where, name)
            wanted = not name.startswith(".") and any(fnmatchcase(name.lower(), pattern) for pattern in patterns)
            if wanted and os.path.isfile(path):
                yield Found(path, os.path.relpath(path, folder))


def targets(
    files: Iterable[Found], folder: str, failed: Callable[[VndiacriticError], None]
) -> Iterator[tuple[str, str]]:
    """Each file with its path in another folder; of two that would have the same, the second fails."""
    taken: dict[str, str] = {}
    for path, inside in files:
        target = os.path.join(folder, inside)
        if target in taken:
            both = f"{display_name(taken[target])} and {display_name(path)}"
            failed(VndiacriticError(f"{both} would both be {display_name(target)}: write one to another folder"))
            continue
        taken[target] = path
        yield path, target

"""The floors of the quality gate: the file they stand in, its earlier versions, and what may change in it.

Knows that a floor may rise and that one may fall only with a reason. Does not know how figures are measured.

The file is JSON with three parts:

sha256
    by the name of a set, the digest of its gold file: a floor says something about these bytes only
floors
    the least `syllable` figure, by the name of a set or, of one of its variants, ``set:variant``
lowered
    a list of ``{"name", "from", "to", "reason"}``: every floor that ever fell, or went ("to" is then null), or
    whose gold file was changed. Entries stay: the gate looks through all committed versions of the file.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from vndiacritic.errors import VndiacriticError

__all__ = ["MARGIN", "Floors", "FloorsError", "Lowered", "committed", "lowered_silently", "raised", "set_of"]

# By how much a new floor is below the figure it is made from, in points: room for a tie that another numpy breaks
# the other way, but hardly for a loss. It is 5 tokens of flores200_dev's 28,922 and none of the small sets'.
MARGIN = 0.02


class FloorsError(VndiacriticError):
    """The floors cannot be read or compared."""


class Lowered(NamedTuple):
    """Leave for one floor to fall from one number to another."""

    name: str
    before: float
    after: float | None
    reason: str


@dataclass(frozen=True)
class Floors:
    """What the file says; its parts are described in the module's docstring."""

    floors: Mapping[str, float]
    sha256: Mapping[str, str]
    lowered: tuple[Lowered, ...] = ()

    @classmethod
    def parse(cls, text: str, origin: str) -> Floors:
        """Read the file's text.

        Raises
        ------
        FloorsError
            If it is not JSON of the form that `to_json` writes; the message names its origin.
        """
        try:
            parts = json.loads(text)
            floors = {str(name): float(floor) for name, floor in parts["floors"].items()}
            sha256 = {str(name): str(digest) for name, digest in parts["sha256"].items()}
            lowered = tuple(map(_lowered, parts.get("lowered", [])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FloorsError(f"{origin} does not hold floors ({error!r}): see benchmarks/floors.py") from error
        return cls(floors, sha256, lowered)

    @classmethod
    def read(cls, path: Path) -> Floors:
        """Read the file; one that does not exist yet has no floors."""
        if not path.exists():
            return cls({}, {})
        return cls.parse(path.read_text(encoding="utf-8"), str(path))

    def to_json(self) -> str:
        """The file's text: names in order, so that a change of one floor is a change of one line."""
        parts = {
            "sha256": dict(sorted(self.sha256.items())),
            "floors": dict(sorted(self.floors.items())),
            "lowered": [
                {"name": entry.name, "from": entry.before, "to": entry.after, "reason": entry.reason}
                for entry in self.lowered
            ],
        }
        return json.dumps(parts, ensure_ascii=False, indent=2) + "\n"


def _lowered(entry: Mapping[str, Any]) -> Lowered:
    """One entry of the list; a blank reason is none."""
    after = None if entry["to"] is None else float(entry["to"])
    reason = str(entry["reason"]).strip()
    if not reason:
        raise ValueError(f"the entry for {entry['name']} in 'lowered' gives no reason")
    return Lowered(str(entry["name"]), float(entry["from"]), after, reason)


def set_of(name: str) -> str:
    """The set whose file a floor is measured on: the name before the colon."""
    return name.partition(":")[0]


def raised(floors: Floors, measured: Mapping[str, float], sha256: Mapping[str, str]) -> Floors:
    """Floors a margin below the measured figures, where that is higher than they are or where there are none.

    Parameters
    ----------
    floors : Floors
    measured : mapping of str to float
        Figures by name.
    sha256 : mapping of str to str
        Digests of the gold files that were measured, by set.
    """
    new = dict(floors.floors)
    for name, figure in measured.items():
        # Rounded down: 97.48 - 0.02 is 97.46000000000001 in floating point.
        candidate = math.floor(round((figure - MARGIN) * 100, 6)) / 100
        new[name] = max(candidate, new.get(name, candidate))
    digests = {set_of(name): sha256[set_of(name)] for name in measured}
    return Floors(new, {**digests, **floors.sha256}, floors.lowered)


def lowered_silently(versions: Sequence[Floors], reasons: Iterable[Lowered]) -> list[str]:
    """Sentences on the floors that fell from one version to the next without a reason, the oldest first."""
    excused = {(entry.name, entry.before, entry.after) for entry in reasons}
    complaints = []
    for before, after in pairwise(versions):
        for name, floor in before.floors.items():
            now = after.floors.get(name)
            changed = before.sha256.get(set_of(name)) != after.sha256.get(set_of(name))
            fell = now is None or now < floor or changed
            if fell and (name, floor, now) not in excused:
                complaints.append(_complaint(name, floor, now))
    return complaints


def _complaint(name: str, before: float, after: float | None) -> str:
    """What happened to a floor, and the entry that would account for it."""
    if after is None:
        happened = f"was {before} and is gone"
    elif after < before:
        happened = f"was {before} and is {after}"
    else:
        happened = f"is for another gold file than the {before} it was before"
    entry = {"name": name, "from": before, "to": after, "reason": "..."}
    return f"the floor of {name} {happened}: restore it, or add to 'lowered' {json.dumps(entry)}"


def committed(path: Path, base: str | None = None) -> list[Floors]:
    """Earlier versions of the floors file in git, the oldest first.

    Parameters
    ----------
    path : Path
        The file; it need not have been committed.
    base : str, optional
        Only the version in this revision; by default all that the current branch has had. A version that is no
        floors file is passed over, so that its neighbours are compared.

    Raises
    ------
    FloorsError
        If the folder is under git and git fails, or if it does not know the base.
    """
    folder = path.resolve().parent
    if base is None and not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        return []  # an unpacked source archive: it has no history
    if base is not None:
        return [Floors.parse(_git(folder, "show", f"{base}:./{path.name}"), f"{path.name} in {base}")]
    log = _git(folder, "log", "--reverse", "--format=%H", "--", path.name) if _has_commits(folder) else ""
    versions = []
    for revision in log.split():
        try:
            versions.append(Floors.parse(_git(folder, "show", f"{revision}:./{path.name}"), revision))
        except FloorsError:
            continue
    return versions


def _has_commits(folder: Path) -> bool:
    """Whether there is a commit at all: git log fails where there is none."""
    return bool(_git(folder, "rev-list", "--all", "--max-count=1").strip())


def _git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, encoding="utf-8")
    except OSError as error:
        raise FloorsError(f"git cannot be run ({error}): the floors cannot be compared with earlier ones") from error
    if done.returncode:
        raise FloorsError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout

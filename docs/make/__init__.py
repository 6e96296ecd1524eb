"""The generated part of the documentation, and the catalogues of messages.

Each module has a function ``made`` that gives the files it makes and what should be in them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

__all__ = ["generated", "outdated"]

_MODULES = ("messages", "commands", "library", "figures", "picture")


@cache
def generated() -> dict[Path, bytes]:
    """All generated files."""
    files: dict[Path, bytes] = {}
    for name in _MODULES:
        files.update(import_module(f"{__name__}.{name}").made())
    return files


def outdated() -> list[Path]:
    """The generated files that are not what they should be."""
    return [path for path, data in generated().items() if not path.is_file() or path.read_bytes() != data]

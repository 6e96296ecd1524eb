"""Files of a work folder: there whole or not at all, so that an interrupted training goes on where it stopped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["written_whole"]


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside a file, which takes its place when all went well."""
    # A task may be done twice at the same time, on two machines: where the one that had it seems to be gone.
    temporary = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

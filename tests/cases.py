"""Test cases from the files in tests/data: see the README there."""

from __future__ import annotations

import re
from pathlib import Path

DATA = Path(__file__).parent / "data"


def read_cases(name: str) -> list[tuple[str, ...]]:
    r"""The rows of a file of cases; ``\u{301}`` becomes the character."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [tuple(map(_characters, line.split("\t"))) for line in lines if line and not line.startswith("# ")]


def _characters(text: str) -> str:
    if text == "∅":
        return ""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), text)

"""What `TextCleaner.save` wrote, forged: refused in one sentence, or it cleans."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fuzz.forging import altered, scratch
from fuzz.taken import Taken
from vndiacritic.cleaning.pipeline import TextCleaner
from vndiacritic.errors import ModelError

LONGEST = 256
SEEDS = (b"", bytes(range(30)), bytes(range(200, 100, -4)))


def _sound() -> Path:
    path = Path(tempfile.gettempdir()) / "vndiacritic-fuzz-cleaner.safetensors"
    pages = [f"Trang chủ\nTin mới\nBài số {n} về một chuyện khác hẳn\nLiên hệ\n" for n in range(4)]
    TextCleaner().fit(pages).save(path)
    return path


_SOUND = _sound()


def check(data: bytes) -> None:
    """Load a cleaner, and clean with what loads."""
    path = scratch(altered(Taken(data), _SOUND))
    try:
        cleaner = TextCleaner.load(path)
    except ModelError as error:
        assert str(error).startswith(str(path)), "an error that names no file"
        return
    cleaner.explain("Trang chủ\nMột dòng.\n")

"""Lists of words: refused in a sentence that names the line, or used without breaking a promise."""

from __future__ import annotations

import warnings

from fuzz.forging import SOUND
from fuzz.oracles import text_of
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import WordListError
from vndiacritic.restorer import Restorer
from vndiacritic.words import word_list

LONGEST = 256
SEEDS = ("# tên\nHà Nội\nNguyễn-Hoà\nđi đâu\n".encode(), b"a\xff\nb", "đ\u0323 a\u0301\u0302".encode())


def check(data: bytes) -> None:
    """Read a list, and restore its own words with it."""
    lines = text_of(data).split("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed = word_list(lines)
    except WordListError:
        return
    restorer = Restorer.load(SOUND, words=listed)
    text = strip_diacritics("\n".join(lines))
    once = restorer.restore(text)
    assert strip_diacritics(once) == text
    assert restorer.restore(once) == once

"""Any text, restored with a small model: the promises of the README."""

from __future__ import annotations

import unicodedata

from fuzz.forging import SOUND
from fuzz.oracles import text_of
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.restorer import Restorer

LONGEST = 512
SEEDS = (
    b"hom nay toi di an com o Ha Noi, con ban di dau?\n",
    "Hôm nay tơi đi an\u0323 đuo\u031bng, HOM NAY\r\nTOI".encode(),
    b"\xfftoi \xed\xa0\x80 di-hoc_bai `toi` <toi> #toi\x00",
)
_RESTORER = Restorer.load(SOUND)


def check(data: bytes) -> None:
    """Restore a text in several ways."""
    text = text_of(data)
    once = _RESTORER.restore(text)
    assert strip_diacritics(once) == strip_diacritics(text), "something other than diacritics changed"
    assert _RESTORER.restore(once) == once, "a second run changed more"
    assert "".join(_RESTORER.restore_pieces(text[at : at + 5] for at in range(0, len(text), 5))) == once
    if unicodedata.is_normalized("NFC", text):
        assert len(once) == len(text)
    sure = _RESTORER.restore(text, min_confidence=0.7)
    assert _RESTORER.restore(sure, min_confidence=0.7) == sure
    (explained,) = _RESTORER.explain_lines([text])
    assert explained.text == once
    for choice in explained.choices:
        assert strip_diacritics(choice.text) == strip_diacritics(text[choice.start : choice.end])

"""Any text: tokens and gaps join back, parts join back, and each is what it is called."""

from __future__ import annotations

from fuzz.oracles import text_of
from vndiacritic.alphabet import compose, has_marks, strip_diacritics
from vndiacritic.cutting import lines_of, parts_of
from vndiacritic.tokens import kind_of, split_tokens

LONGEST = 4096
SEEDS = (
    "Tôi ở Hà-Nội, 28/10/2021 lúc 11:04: https://a.vn/b?c=d#e, a.b@c.vn `code` #tag @name C:\\d ~/e.txt".encode(),
    "<b class='x'>đi</b> &amp; đi\u0323 a\u0301\u0302 \u200d👩‍👩‍👧 \u202eabc".encode(),
    b"\xff\xed\xa0\x80 a_b-c d\x00\r\n\x0b",
)


def check(data: bytes) -> None:
    """Cut a text in every way there is."""
    text = text_of(data)
    parts = split_tokens(text)
    assert len(parts) % 2 == 1
    assert "".join(parts) == text
    for token in parts[1::2]:
        assert token
        kind_of(token)
    assert "".join(lines_of(text)) == text
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    assert list(parts_of(pieces)) == list(parts_of([text])) == list(lines_of(text))
    bare = strip_diacritics(text)
    assert strip_diacritics(bare) == bare
    assert compose(compose(text)) == compose(text)
    has_marks(text)

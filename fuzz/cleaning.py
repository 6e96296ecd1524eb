"""Any document, cleaned: every line is told of, and no line says what the document does not."""

from __future__ import annotations

from fuzz.oracles import text_of
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.cleaning.cleaned import Cleaned
from vndiacritic.cleaning.pipeline import PAGE_STEPS, TextCleaner
from vndiacritic.errors import EncodingError

LONGEST = 4096
SEEDS = (
    """Thứ năm, 28/10/2021 | 24h qua | English | RSS
Hotline: 000 000 0000
Chợ nổi đông khách trở lại
11:04 | 28/10/2021
Sau nhiều tháng vắng vẻ, chợ nổi lại đón những đoàn khách đầu tiên về thăm.
cho-noi-dong-khach-tro-lai
Ghe trái cây trên chợ nổi sáng nay. (Ảnh: Người chụp)
Người bán hàng kể rằng khách hỏi mua nhiều nhất là khóm và xoài, giá không đổi so với năm trước./.
Theo Báo (Nơi nào)
Cùng chuyên mục
Xem thêm
...
Không còn dữ liệu để load
""".encode(),
    b"mot dong\r\nhai dong\r\n",
    b"a\n" * 30,
)
_JOINED_WITHOUT_SPACE = ",.;:)!?…”»"


class _Same:
    """Restores nothing: what is left open stays bare."""

    def restore(self, text: str) -> str:
        return text


def check(data: bytes) -> None:
    """Clean a document, and look at each line."""
    document = text_of(data)
    cleaner = TextCleaner(restorer=_Same())  # type: ignore[arg-type]
    try:
        cleaned = cleaner.explain(document)
    except EncodingError:
        assert "\0" in document
        return
    assert len(cleaned.lines) == len(cleaned.pieces)
    assert "".join(cleaned.pieces) == cleaned.text
    assert cleaned.counts is not None
    _check_words(TextCleaner(PAGE_STEPS, restorer=_Same()).explain(document), document)  # type: ignore[arg-type]


def _check_words(cleaned: Cleaned, document: str) -> None:
    """Without repair, every word of the result is one of the document, but for its marks.

    A line that begins with a sign is joined to the end of another without a space, and byte order marks are dropped.
    """
    lines = [_words(line) for line in document.replace("\ufeff", "").split("\n")]
    known = {word for words in lines for word in words}
    begins, ends = ({words[at] for words in lines if words} for at in (0, -1))

    def is_joined(word: str) -> bool:
        cuts = (at for at, char in enumerate(word) if char in _JOINED_WITHOUT_SPACE)
        return any(word[:at] in ends and (word[at:] in begins or is_joined(word[at:])) for at in cuts if at)

    invented = [word for word in _words(cleaned.text) if word not in known and not is_joined(word)]
    assert not invented, "a word was invented"


def _words(text: str) -> list[str]:
    return strip_diacritics(text.replace("-", " ").replace("_", " ")).lower().split()

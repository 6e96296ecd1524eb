"""What cleaning and repairing promise, on text drawn at random: twice is once, nothing is invented, plans replay.

The text is that of tests/test_promises.py, with damaged pieces and lines of pages between.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter

from cases import read_cases
from hypothesis import given
from hypothesis import strategies as st
from test_promises import ENDS, JUNK, LINES, TEXTS, promise

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.cleaning.characters import STEPS, apply_plan, repair, repair_and_explain
from vndiacritic.cleaning.cleaned import Cleaned
from vndiacritic.cleaning.pipeline import PAGE_STEPS, TextCleaner
from vndiacritic.errors import EncodingError

DAMAGED = st.sampled_from([damaged for _, damaged, _ in read_cases("repair.tsv")])
PAGE = st.sampled_from(
    """
Thứ năm, 28/10/2021, 11:04 GMT+7|24h qua|English|RSS|Hotline: 000 000 0000|Trang chủ|Đăng nhập|Chia sẻ|Bình luận (3)
Chợ nổi đông khách trở lại sau mùa nước|cho-noi-dong-khach-tro-lai|cho noi dong khach tro lai|(Ảnh: Người chụp)|Ảnh: AB
Ghe trái cây trên chợ nổi sáng nay. (Ảnh: Người chụp/Báo Nơi Nào)|Theo Báo Nơi Nào|Cùng chuyên mục|Xem thêm|...|./.
Sau nhiều tháng vắng vẻ, chợ nổi lại đón những đoàn khách đầu tiên về thăm, ghe thuyền chật kín cả một khúc sông.
Người bán hàng kể rằng khách hỏi mua nhiều nhất là khóm và xoài, giá không đổi so với năm trước./.|Tags: chợ nổi, sông
Không còn dữ liệu để load|Tin bài cuối cùng|© 2021 Nơi Nào. Giấy phép số 1/GP|Tin liên quan|>>> Đọc thêm: Mùa nước về
""".strip()
    .replace("|", "\n")
    .split("\n")
)
DOCUMENTS = st.one_of(
    TEXTS,
    st.lists(st.one_of(PAGE, PAGE, PAGE, LINES, DAMAGED, JUNK), max_size=25).map("\n".join),
    st.lists(st.tuples(st.one_of(PAGE, LINES, DAMAGED), ENDS), max_size=12).map(
        lambda pairs: "".join(map("".join, pairs))
    ),
)
RUNNING = st.one_of(TEXTS, st.lists(st.one_of(DAMAGED, LINES, JUNK), max_size=8).map(" ".join), DOCUMENTS)


class Bare:
    """Restores nothing: what is left open stays bare."""

    def restore(self, text: str) -> str:
        return text


def cleaned(document: str, *steps: str) -> Cleaned | None:
    """What becomes of a document; None for one that is refused, since it is binary."""
    cleaner = TextCleaner(steps or ("characters", *PAGE_STEPS), restorer=Bare())  # type: ignore[arg-type]
    try:
        return cleaner.explain(document)
    except EncodingError:
        assert "\0" in document
        return None


# ---- repairing


@promise
@given(text=RUNNING)
def test_repairing_twice_is_repairing_once(text: str) -> None:
    once = repair(text)
    assert repair(once) == once


@promise
@given(text=RUNNING, step=st.sampled_from(list(STEPS)))
def test_a_step_alone_is_done_once_too(text: str, step: str) -> None:
    once = repair(text, steps=[step])
    assert repair(once, steps=[step]) == once


@promise
@given(text=RUNNING)
def test_the_plan_replays_and_accounts_for_every_change(text: str) -> None:
    repaired, plan = repair_and_explain(text)
    assert apply_plan(text, json.loads(json.dumps(plan))) == repaired
    assert bool(plan) == (repaired != text) or all(change.before != change.after for change in plan)
    assert all(change.step in STEPS and change.reason and change.before != change.after for change in plan)


@promise
@given(text=st.lists(LINES, max_size=6).map("\n".join))
def test_repair_invents_no_letter(text: str) -> None:
    """Of text that may be half marked or decomposed, but was not mis-decoded: no letter comes, and none goes."""
    count = Counter(filter(str.isalpha, strip_diacritics(unicodedata.normalize("NFC", text)).lower()))
    repaired = Counter(
        filter(str.isalpha, strip_diacritics(repair(text, steps="marks,tones,spaces,invisible")).lower())
    )
    assert repaired == count


# ---- cleaning


@promise
@given(document=DOCUMENTS)
def test_every_line_is_accounted_for(document: str) -> None:
    result = cleaned(document)
    if result is None:
        return
    assert [line.line for line in result.lines] == list(range(1, len(result.lines) + 1))
    assert "".join(result.pieces) == result.text
    assert len(result.pieces) == len(result.lines)
    for line, piece in zip(result.lines, result.pieces, strict=True):
        assert (line.action == "drop") <= (line.output == "")
        assert line.reason or line.action == "keep"
        assert line.output.strip() in piece
    assert all(line.text in document for line in result.lines)


@promise
@given(document=DOCUMENTS)
def test_cleaning_without_repair_invents_no_word(document: str) -> None:
    """A slug's words get marks from the document, or none; whatever else comes out went in."""
    result = cleaned(document, *PAGE_STEPS)
    if result is None:
        return
    known = set(words_of(document))
    assert {word for word in words_of(result.text) if word not in known} == set()


def words_of(text: str) -> list[str]:
    """Words without marks, case and what joins the words of slugs; one at a line's end may go on in the next."""
    spaced = "".join(char if char.isalnum() else " " for char in strip_diacritics(unicodedata.normalize("NFC", text)))
    return spaced.lower().split()


def one_end(text: str) -> str:
    """A text whose lines all end alike; cleaned ones end as the first line of their document does."""
    return re.sub("\r+\n|\r+\\Z" if "\n" in text else "\r", "\n", text)


@promise
@given(document=DOCUMENTS)
def test_a_document_that_is_no_page_keeps_every_line(document: str) -> None:
    result = cleaned(document, *PAGE_STEPS)
    if result is not None and not result.is_page:
        assert one_end(result.text).removesuffix("\n") == one_end(document).removesuffix("\n")
        assert {line.action for line in result.lines} <= {"keep"}


@promise
@given(document=DOCUMENTS)
def test_the_same_document_is_cleaned_the_same(document: str) -> None:
    first, second = cleaned(document), cleaned(document)
    assert first == second

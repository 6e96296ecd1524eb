"""What the repair of characters mends, what it leaves, and what its plan says: cases in data, promises at random."""

from __future__ import annotations

import json
import random
import unicodedata

import pytest
from cases import read_cases
from hypothesis import example, given
from hypothesis import strategies as st

import vndiacritic
from vndiacritic.cleaning.characters import STEPS, Change, apply_plan, chosen_steps, repair, repair_and_explain
from vndiacritic.cleaning.doubts import doubts
from vndiacritic.errors import VndiacriticError

MENDED = read_cases("repair.tsv")
KEPT = [text for (text,) in read_cases("repair_kept.tsv")]
UNASKED = [step.name for step in STEPS.values() if step.default]

# Text as it is met: pieces of good and of damaged lines, in any order, with what stands between them.
PIECES = [*KEPT, *(damaged for _, damaged, _ in MENDED)]
WORDS = sorted({word for piece in PIECES for word in piece.split(" ")})
MIXED = st.lists(st.sampled_from([*PIECES, *WORDS, "\n", "-\n", ". ", "\u200b", "\xa0"]), max_size=8)
TEXTS = st.one_of(
    st.builds(" ".join, MIXED),
    st.builds("".join, MIXED),
    st.text(),
    st.text("aeuoiyáàâãêôơưđðÐÃÄÆ»º¼\u0301\u0323\u0302\x81\xa0\xad&;#x\\%=123njdwfs'`?~.^(+*- \n!\u200b"),
)


@pytest.mark.parametrize(("step", "damaged", "mended"), MENDED)
def test_a_step_mends_what_it_is_for(step: str, damaged: str, mended: str) -> None:
    assert repair(damaged, steps=[step]) == mended


@pytest.mark.parametrize(("step", "damaged", "mended"), [case for case in MENDED if case[0] in UNASKED])
def test_all_steps_together_mend_it_too(step: str, damaged: str, mended: str) -> None:
    assert repair(damaged) == repair(mended)


@pytest.mark.parametrize("text", KEPT)
def test_good_text_is_left_as_it_is(text: str) -> None:
    assert repair_and_explain(text).plan == ()


def test_good_text_is_left_among_damaged_lines() -> None:
    damaged = [damaged for step, damaged, _ in MENDED if step in UNASKED and "\n" not in damaged]
    lines = [line for pair in zip(KEPT, damaged, strict=False) for line in pair]
    repaired = repair("\n".join(lines)).split("\n")
    assert set(KEPT) <= set(repaired)


@given(TEXTS)
def test_repairing_twice_is_repairing_once(text: str) -> None:
    once = repair(text)
    assert repair(once) == once


@given(TEXTS, st.sampled_from(list(STEPS)))
@example("cho\u0323\u031b no\u0302\u0309i 7/Q\u00d0", "lookalikes")
def test_every_step_is_idempotent(text: str, step: str) -> None:
    once = repair(text, steps=[step])
    assert repair(once, steps=[step]) == once


@given(TEXTS)
@example("Qu\u1ef3nh, Q\u00fay, \u00d0\u00e0, a&aacute;")
def test_the_plan_makes_the_same_text(text: str) -> None:
    repaired, plan = repair_and_explain(text)
    through_json = json.loads(json.dumps(plan))
    assert apply_plan(text, through_json) == repaired


def test_a_change_says_step_place_and_reason() -> None:
    text = "Mời Qúy vị vào"
    (change,) = repair_and_explain(text).plan
    assert change == Change("tones", 4, 7, "Qúy", "Quý", "tone on the wrong vowel")
    assert text[change.start : change.end] == change.before


def test_a_plan_is_refused_by_another_text() -> None:
    plan = repair_and_explain("Mời Qúy vị vào").plan
    with pytest.raises(ValueError, match="'Qúy' is not at 4"):
        apply_plan("Mời anh chị vào", plan)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_good_text_comes_out_composed(form: str) -> None:
    text = "Bà cụ bán hàng nước dưới gốc đa kể chuyện ngày xưa cho lũ trẻ nghe."
    assert repair(unicodedata.normalize(form, text)) == text  # type: ignore[arg-type]


def test_marks_may_stand_in_any_order() -> None:
    word = unicodedata.normalize("NFD", "nghiệm")
    at = word.index("e") + 1
    marks = list(word[at : at + 2])
    random.Random(1).shuffle(marks)
    assert {repair(word[:at] + "".join(order) + word[at + 2 :]) for order in (marks, marks[::-1])} == {"nghiệm"}


# ---- choosing steps


def test_steps_run_in_their_order_however_they_are_named() -> None:
    names = [step.name for step in chosen_steps("tones, escapes,marks")]
    assert names == ["escapes", "marks", "tones"]


def test_characters_stands_for_all_steps_that_run_unasked() -> None:
    assert chosen_steps("characters") == chosen_steps() == tuple(step for step in STEPS.values() if step.default)
    assert len(chosen_steps("characters,new-tones")) == len(chosen_steps()) + 1


def test_an_unknown_step_is_named_with_those_there_are() -> None:
    with pytest.raises(VndiacriticError, match="there is no step 'tonse'; there are characters, escapes, mojibake"):
        repair("a", steps=["tonse"])


def test_both_tone_styles_cannot_be_had() -> None:
    with pytest.raises(VndiacriticError, match="exclude each other"):
        repair("hòa", steps="old-tones,new-tones")


def test_risky_steps_do_not_run_unasked() -> None:
    risky = {"slips", "teencode", "dialect", "punctuation", "single-signs", "wraps", "old-tones", "new-tones"}
    assert risky == STEPS.keys() - UNASKED


def test_every_step_says_why() -> None:
    for step, damaged, _ in MENDED:
        plan = repair_and_explain(damaged, steps=[step]).plan
        assert {(change.step, bool(change.reason)) for change in plan} == {(step, True)}


@pytest.mark.parametrize("style", ["old-tones", "new-tones"])
@given(text=TEXTS)
def test_all_tones_can_be_had_in_one_style(style: str, text: str) -> None:
    once = repair(text, steps=f"characters,{style}")
    assert repair(once, steps=f"characters,{style}") == once


# ---- a slip in a good line, and damage

SLIP = "Hôm ấy chợ đông quá nên Qúy vị khách đành đứng chờ đò ở bến trên."
GOOD = "Gió từ mặt nước thổi lên mát rượi, ai cũng thấy khoan khoái trong người."


def test_a_slip_in_a_good_line_is_its_writers() -> None:
    assert repair(SLIP) == SLIP
    assert repair("\n".join([SLIP, *[GOOD] * 9])) == "\n".join([SLIP, *[GOOD] * 9])
    assert repair(SLIP, steps="characters,slips") == SLIP.replace("Qúy", "Quý")


def test_a_line_full_of_slips_is_damaged() -> None:
    assert repair("Qúy vị qúa vui") == "Quý vị quá vui"


def test_a_text_with_slips_throughout_is_damaged() -> None:
    lines = [SLIP, GOOD, SLIP.replace("Qúy", "qúi"), GOOD, SLIP]
    assert "úy" not in repair("\n".join(lines))
    assert "úi" not in repair("\n".join(lines))


@pytest.mark.parametrize("text", [text for text in KEPT if text.isascii() or "“" in text or "#" in text])
def test_slips_are_not_sought_in_code_nor_tags(text: str) -> None:
    assert repair(text, steps="slips") == text


@pytest.mark.parametrize("step", ["teencode", "dialect", "single-signs"])
@pytest.mark.parametrize(
    "text",
    [
        "She said ok, so I was in DC; k = j + r, e.g. 5 k or u.k.",
        "for k in range(j): print(k, end=' ')  # z",
        "La mô hình hoá, răng hàm, thiệt hại, lỗ hổng, chi tiết, bán kính r, hằng số k.",
        "https://example.vn/ko?dc=k&j=z, ko@example.vn, #ko, @dc",
        "Chương xiii, trang iii; Krông Pắk, Đắk Lắk, Pắc Kạn, U.K.",
        "if (a ?? b) { c = !!d; }",
    ],
)
def test_what_is_asked_for_keeps_to_running_text(step: str, text: str) -> None:
    assert repair(text, steps=step) == text


# ---- what cannot be known


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Chi\ufffdc thuyền nan", "Chi\ufffdc"),
        ("Ä‘áº¯p chÄƒn má»n cho áº¥m", "má»n"),
        ("ngày mai hoàị mãi", "hoàị"),
    ],
)
def test_what_cannot_be_known_is_left_and_said(text: str, place: str) -> None:
    repaired = repair(text)
    assert place in repaired
    assert [doubt.text for doubt in doubts(repaired)] == [place]


def test_there_is_no_doubt_about_good_text() -> None:
    assert doubts("\n".join(KEPT)) == ()


def test_the_package_offers_the_repair() -> None:
    assert vndiacritic.repair("Ðò ngang") == "Đò ngang"
    assert vndiacritic.repair_and_explain("Ðò ngang").plan[0].step == "lookalikes"

"""Any text, repaired: once is enough, the plan makes the same text, and steps alone keep to that too."""

from __future__ import annotations

from fuzz.oracles import text_of
from fuzz.taken import Taken
from vndiacritic.cleaning.characters import STEPS, apply_plan, repair, repair_and_explain

LONGEST = 512
SEEDS = (
    b"\0" + "Tiáº¿ng Viá»‡t, Qúy khách, a&aacute; \\u1ebf =E1=BA=BF %E1%BA%BF".encode(),
    b"\0" + "tie^'ng Vie^.t vieetj tie6ng1 Ðà Nẵng ﬁ 𝐚 а\u200b\u00ad N G H I !!!!!!!!".encode(),
    b"\5" + "Chi\ufffdc \u0301\u0302 a\u0301\u0302 1 000 000 xuo-\nng".encode(),
)
_NAMES = (None, *STEPS)


def check(data: bytes) -> None:
    """Repair a text with all steps that run unasked, or with one."""
    taken = Taken(data)
    step = taken.one_of(_NAMES)
    text = text_of(taken.rest())
    repaired, plan = repair_and_explain(text, steps=step)
    assert apply_plan(text, plan) == repaired
    assert repair(repaired, steps=step) == repaired

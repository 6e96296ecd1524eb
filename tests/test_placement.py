"""Where restored syllables carry their tone: as the user says, or as the text does."""

from __future__ import annotations

import pickle
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic import parallel
from vndiacritic.alphabet import ToneStyle, place_tone
from vndiacritic.placement import placement_of
from vndiacritic.restorer import Restorer

TELLING = "hòa khỏe thúy lõa tòe lúy tọa".split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("hoa hoàn quý quỳ thuỷ", "new"),
        ("HÒA", "old"),
        ("Hoà Bình", "new"),
        ("hoà hòa", None),
        ("hoà, hòa, (khoẻ)", "new"),
        ("ngoèo ngoài của tuỳtiện xoòa", None),
        ("thuở hoả_tiễn", "new"),
        ("toà/nhà", "new"),
    ],
)
def test_words_that_tell_are_counted(text: str, expected: ToneStyle | None) -> None:
    for form in ("NFC", "NFD"):
        assert placement_of([unicodedata.normalize(form, text)]) == expected


def test_a_text_may_come_in_lines() -> None:
    assert placement_of(["hoà\n", "khỏe\n", "thuỵ"]) == "new"


@given(st.lists(st.tuples(st.sampled_from(TELLING), st.sampled_from(["old", "new"])), max_size=9))
def test_the_majority_tells(words: list[tuple[str, ToneStyle]]) -> None:
    text = " ".join(place_tone(word, style) for word, style in words)
    new = sum(style == "new" for _, style in words)
    old = len(words) - new
    assert placement_of([text]) == ("new" if new > old else "old" if old > new else None)


def test_a_long_run_of_letters_takes_linear_time() -> None:
    assert placement_of(["o" * 500_000 + "à", "hoà" * 200_000]) is None


# ---- restoring


@pytest.fixture(scope="session")
def as_is(tiny_model: Path) -> Restorer:
    return Restorer.load(tiny_model, tone_style="as-is", words=["hòa"])


@pytest.fixture(scope="session")
def word(tiny: Restorer) -> str:
    """A bare syllable that the tiny model writes in two ways, told by the style."""
    new = tiny.with_tone_style("new")
    return next(bare for bare in ("hoa", "khoe", "toa", "thuy") if tiny.restore(bare) != new.restore(bare))


def test_a_text_goes_by_its_own_words(tiny: Restorer, word: str) -> None:
    as_is, old, new = (tiny.with_tone_style(style) for style in ("as-is", "old", "new"))
    for settled, like in (("thuỷ", new), ("thủy", old), ("thuỷ thủy", old), ("đẹp", old)):
        text = f"{settled}.\n{word}"
        assert as_is.restore(text) == f"{settled}.\n{like.restore(word)}"
        explained = as_is.restore_and_explain(text)
        assert explained.text == as_is.restore(text)
        assert as_is.explain(text) == list(explained.choices)


def test_in_lists_and_streams_each_line_goes_by_itself(
    tiny: Restorer, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_is = tiny.with_tone_style("as-is")
    lines = [f"thuỷ {word}\n", f"{word}\n", f"thủy {word}\n"] * 20
    old, new = tiny.with_tone_style("old"), tiny.with_tone_style("new")
    expected = [like.restore(line) for line, like in zip(lines, (new, old, old) * 20, strict=True)]
    monkeypatch.setattr(parallel, "_ALONE", 0)
    monkeypatch.setattr(parallel, "_TASK", 100)
    for n_jobs in (1, 2):
        assert as_is.predict(lines, n_jobs) == expected
    assert "".join(as_is.restore_pieces(["".join(lines)])) == "".join(expected)
    assert [explained.text for explained in as_is.explain_lines(lines)] == expected


def test_a_listed_word_is_written_as_listed(as_is: Restorer) -> None:
    assert as_is.restore("thuỷ hoa") == "thuỷ hòa"


@given(st.lists(st.sampled_from([*TELLING, "thuỷ", "hoà", "hoa", "khoe", "toa", "thuy", "\n"]), max_size=12))
def test_twice_is_once(tiny: Restorer, words: list[str]) -> None:
    as_is = tiny.with_tone_style("as-is")
    once = as_is.restore(" ".join(words))
    assert as_is.restore(once) == once


def test_a_restorer_of_another_style_shares_the_model(tiny: Restorer) -> None:
    new = tiny.with_tone_style("new")
    assert new.info == tiny.info
    assert pickle.loads(pickle.dumps(new)).restore("khoe") == new.restore("khoe")
    assert tiny.with_tone_style("old").restore("khoe hoa") == tiny.restore("khoe hoa")


def test_other_styles_are_refused(tiny: Restorer, tiny_model: Path) -> None:
    wrong: Any = "modern"
    with pytest.raises(ValueError, match="tone_style is 'modern': give one of old, new, as-is"):
        tiny.with_tone_style(wrong)
    with pytest.raises(ValueError, match="tone_style is 'modern': give one of old, new, as-is"):
        Restorer.load(tiny_model, tone_style=wrong)

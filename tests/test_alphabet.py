"""Letters, marks and syllables: what is added, removed, compared and told apart."""

from __future__ import annotations

import unicodedata
from itertools import permutations, product

import pytest
from cases import read_cases
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.alphabet import (
    ONSETS,
    RIMES,
    SHAPES,
    TONES,
    VOWELS,
    Letter,
    Syllable,
    completes,
    completion,
    compose,
    decompose_letter,
    fold_tone,
    has_marks,
    overlay,
    parse_syllable,
    place_tone,
    strip_diacritics,
)

STOPS = ("c", "ch", "p", "t")
LETTERS = [
    letter
    for base, shape, tone in product(VOWELS + VOWELS.upper(), ("", *SHAPES), ("", *TONES))
    if len(letter := unicodedata.normalize("NFC", base + SHAPES.get(shape, "") + TONES.get(tone, ""))) == 1
]


def written(onset: str, rime: str, tone: str, place: int) -> str:
    """A syllable with its tone on a letter of its rime."""
    return unicodedata.normalize("NFC", onset + rime[: place + 1] + TONES.get(tone, "") + rime[place + 1 :])


# Every syllable of the grammar, its tone on each of the rime's vowels in turn: most of them are no words.
SYLLABLES = [
    (onset, rime, tone, [written(onset, rime, tone, i) for i, char in enumerate(rime) if char not in "cghmnpt"])
    for onset, rime, tone in product(sorted(ONSETS), sorted(RIMES), ("", *TONES))
    if tone in ("acute", "dot") or not rime.endswith(STOPS)
]
WORDS = st.sampled_from([word for *_, words in SYLLABLES for word in words])


# ---- removing


@pytest.mark.parametrize(("text", "bare"), read_cases("strip.tsv"))
def test_stripping(text: str, bare: str) -> None:
    assert strip_diacritics(text) == bare


@given(st.text())
def test_stripping_twice_is_stripping_once(text: str) -> None:
    assert strip_diacritics(strip_diacritics(text)) == strip_diacritics(text)


@given(st.text(st.sampled_from([*LETTERS, "đ", "Đ", "b", " ", "ü", "1", "\r", "🙂"])))
def test_normal_forms_of_vietnamese_strip_alike(text: str) -> None:
    bare = strip_diacritics(text)
    assert strip_diacritics(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFD", bare)
    assert unicodedata.is_normalized("NFC", bare)
    assert len(bare) == len(text)


def test_every_vietnamese_letter_has_its_base() -> None:
    for letter in LETTERS:
        parts = decompose_letter(letter)
        assert strip_diacritics(letter) == parts.base == unicodedata.normalize("NFD", letter)[0]
        assert has_marks(letter) == (letter != parts.base)


def test_other_letters_are_their_own_base() -> None:
    for letter in "bzüçñå1 ":
        assert decompose_letter(letter) == Letter(letter, "", "")
        assert not has_marks(letter)


@pytest.mark.parametrize("letter", "đĐðÐɖƉ")
def test_what_looks_like_a_stroked_d_is_one(letter: str) -> None:
    base, shape, tone = decompose_letter(letter)
    assert (base.lower(), shape, tone) == ("d", "stroke", "")
    assert has_marks(letter)


# ---- joining


@pytest.mark.parametrize("letter", LETTERS)
def test_marks_join_in_any_order(letter: str) -> None:
    base, *marks = list(unicodedata.normalize("NFD", letter))
    for order in permutations(marks):
        assert compose(base + "".join(order)) == letter
        for joined in range(len(order)):  # some marks joined already
            start = unicodedata.normalize("NFC", base + "".join(order[:joined]))
            assert compose(start + "".join(order[joined:])) == letter


@given(st.text())
def test_composing_gives_nfc_and_stays(text: str) -> None:
    composed = compose(text)
    assert unicodedata.is_normalized("NFC", composed)
    assert compose(composed) == composed


@pytest.mark.parametrize("text", ["a\u0341\u0302", "â\u0309\u0358\u0306", "\u00ea\u035d\u0340\u0302"])
def test_marks_that_meet_only_when_composed_join_at_once(text: str) -> None:
    """A deprecated mark becomes another, and a foreign one moves out of the way."""
    assert compose(compose(text)) == compose(text) != unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(("deprecated", "letter"), [("a\u0341", "á"), ("E\u0302\u0340", "Ề")])
def test_deprecated_marks_are_marks(deprecated: str, letter: str) -> None:
    assert has_marks(deprecated)
    assert compose(deprecated) == letter
    assert strip_diacritics(deprecated) == strip_diacritics(letter)


def test_foreign_marks_stay_as_they_are_written() -> None:
    assert overlay("d\u0329\u0341", "đ\u0329\u0301") == "d\u0329\u0341"
    assert overlay("d\u0329\u0301", "đ\u0329\u0301") == "đ\u0329\u0301"


@given(st.text(st.sampled_from([*LETTERS, "đ", "b", " ", "ü", "\n"])))
def test_composing_undoes_decomposing(text: str) -> None:
    assert compose(unicodedata.normalize("NFD", text)) == text


# ---- syllables


@pytest.mark.parametrize(("word", "parts"), [(word, parts) for word, *parts in read_cases("syllables.tsv")])
def test_syllables(word: str, parts: list[str]) -> None:
    assert parse_syllable(word) == (None if parts == ["-"] else Syllable(*parts))


def test_the_grammar_takes_all_it_can_write_apart() -> None:
    for _, _, tone, words in SYLLABLES:
        for word in words:
            syllable = parse_syllable(word)
            assert syllable is not None, word
            assert syllable.tone == tone
            # "gin" is gi + n for the speller and g + in for the alphabet: what they join to is the same
            assert syllable.onset + syllable.rime == strip_tone(word)


def strip_tone(word: str) -> str:
    marks = "".join(TONES.values())
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", word) if c not in marks))


# ---- where the tone goes


@pytest.mark.parametrize(("old", "new"), read_cases("tone_placement.tsv"))
def test_both_placements(old: str, new: str) -> None:
    assert [place_tone(word, "old") for word in (old, new)] == [old, old]
    assert [place_tone(word, "new") for word in (old, new)] == [new, new]


def test_placements_of_every_syllable_go_there_and_back() -> None:
    differing = set()
    for *_, words in SYLLABLES:
        old, new = place_tone(words[0], "old"), place_tone(words[0], "new")
        for word in words:  # wherever the mark stood before
            assert (place_tone(word, "old"), place_tone(word, "new")) == (old, new)
        assert (place_tone(new, "old"), place_tone(old, "new")) == (old, new)
        if old != new:
            differing.add(strip_tone(old))
    rimes = {"oa", "oe", "uy"}
    assert {word[-2:] for word in differing} == rimes
    assert all(word[:-2] in ONSETS for word in differing)


@given(WORDS, st.sampled_from(["old", "new"]))
def test_a_placement_changes_the_place_alone(word: str, style: str) -> None:
    placed = place_tone(word, "new" if style == "new" else "old")
    assert fold_tone(placed) == fold_tone(word)
    assert strip_diacritics(placed) == strip_diacritics(word)
    assert place_tone(word.upper(), "new" if style == "new" else "old") == placed.upper()


def test_folding_tells_tones_apart() -> None:
    words = ["hoa", "hòa", "hóa", "hỏa", "hõa", "họa", "hoă"]
    assert len({fold_tone(word) for word in words}) == len(words)


def test_words_that_are_no_syllables_keep_their_tones_where_they_are() -> None:
    for word in ("café", "thíchà", "ngoằnngoèo", "á" * 100_000):
        assert place_tone(word) == place_tone(word, "new") == word


# ---- completing


@pytest.mark.parametrize(("partial", "form", "expected"), read_cases("completes.tsv"))
def test_completing(partial: str, form: str, expected: str) -> None:
    assert completion(partial, form) == (None if expected == "-" else expected)
    assert completes(partial, form) == (expected != "-")


def test_a_tone_that_is_missing_goes_where_the_style_wants_it() -> None:
    assert (completion("hoa", "hòa", "old"), completion("hoa", "hòa", "new")) == ("hòa", "hoà")
    assert (completion("hoà", "hòa", "old"), completion("hòa", "hòa", "new")) == ("hoà", "hòa")


@given(st.data())
def test_a_word_is_completed_from_any_part_of_its_marks(data: st.DataObject) -> None:
    word = place_tone(data.draw(WORDS), data.draw(st.sampled_from(["old", "new"])))
    partial = "".join(data.draw(st.sampled_from([char, toneless(char), strip_diacritics(char)])) for char in word)
    assert completion(partial, word) is not None
    assert completes(partial.upper(), word)


def toneless(letter: str) -> str:
    base, shape, _ = decompose_letter(letter)
    return letter if shape == "stroke" else unicodedata.normalize("NFC", base + SHAPES.get(shape, ""))


# ---- writing over


@pytest.mark.parametrize(("word", "form", "expected"), read_cases("overlay.tsv"))
def test_overlaying(word: str, form: str, expected: str) -> None:
    assert overlay(word, form) == expected


@given(WORDS, st.integers(0))
def test_case_stays_letter_by_letter(form: str, capitals: int) -> None:
    word = "".join(c.upper() if capitals >> i & 1 else c for i, c in enumerate(strip_diacritics(form)))
    over = overlay(word, form)
    assert over.lower() == form
    assert strip_diacritics(over) == word
    decomposed = overlay(word, form, decomposed=True)
    assert decomposed == unicodedata.normalize("NFD", over)


def test_letters_must_match() -> None:
    with pytest.raises(ValueError, match="zip"):
        overlay("Duongs", "đường")

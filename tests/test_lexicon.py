"""Which forms a bare syllable may take, from how often each was seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.alphabet import completes, strip_diacritics
from vndiacritic.lexicon import Lexicon

COUNTS = {"ma": 5, "má": 40, "mà": 90, "mạ": 4, "web": 7, "đi": 8, "di": 6, "đị": 1}


def lexicon(**options: float) -> Lexicon:
    return Lexicon.from_counts(COUNTS.items(), **options)  # type: ignore[arg-type]


def test_the_most_frequent_form_is_first() -> None:
    assert lexicon().forms["ma"] == ("mà", "má", "ma")


def test_forms_merge_d_and_stroked_d() -> None:
    assert lexicon().forms["di"] == ("đi", "di")


def test_rare_forms_are_left_out() -> None:
    assert lexicon(min_count=1).forms["ma"] == ("mà", "má", "ma", "mạ")
    assert lexicon(min_count=41).forms == {"ma": ("mà",)}
    assert lexicon(min_count=1, min_share=0.1).forms["ma"] == ("mà", "má")


def test_what_has_two_forms_is_ambiguous() -> None:
    assert sorted(lexicon().ambiguous()) == ["di", "ma"]
    assert lexicon().forms["web"] == ("web",)


def test_half_marked_forms_are_left_out() -> None:
    """Typed in a hurry ten thousand times, it is still no word."""
    counts = {"người": 900, "nguời": 500, "ngươi": 40, "nguoi": 30}
    assert Lexicon.from_counts(counts.items()).forms["nguoi"] == ("người", "ngươi", "nguoi")
    assert Lexicon.from_counts([("ăc", 9), ("web", 9)]).forms == {"ac": ("ăc",), "web": ("web",)}


def test_ties_go_in_the_order_of_the_forms() -> None:
    forms = [("bá", 9), ("ba", 9), ("bà", 9)]
    assert Lexicon.from_counts(forms) == Lexicon.from_counts(reversed(forms))
    assert Lexicon.from_counts(forms).forms["ba"] == ("ba", "bà", "bá")


@given(st.dictionaries(st.text("aàáăđdmn", min_size=1, max_size=3), st.integers(1, 10**6)))
def test_every_frequent_form_is_a_candidate_of_its_bare_syllable(counts: dict[str, int]) -> None:
    found = Lexicon.from_counts(counts.items(), min_count=3, min_share=0)
    frequent = {form for form, count in counts.items() if count >= 3}
    kept = {form for forms in found.forms.values() for form in forms}
    assert kept <= frequent
    for form in frequent - kept:  # half-marked
        assert any(completes(form, other) for other in found.forms[strip_diacritics(form)])
    for bare, forms in found.forms.items():
        assert {strip_diacritics(form) for form in forms} == {bare}
        assert [counts[form] for form in forms] == sorted((counts[form] for form in forms), reverse=True)

"""What a token is to the model: symbols, case, and the hashes of its context."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from cases import read_cases
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic import features
from vndiacritic.features import (
    BOUNDARY,
    TEMPLATES,
    WIDE,
    Case,
    Hashes,
    caseless,
    context1,
    context2,
    expert_salt,
    symbol_hash,
    token_type,
)
from vndiacritic.tokens import split_tokens


@pytest.mark.parametrize(("token", "bare", "form", "case"), read_cases("token_types.tsv"))
def test_token_types(token: str, bare: str, form: str, case: str) -> None:
    found = token_type(token)
    assert (found.bare, found.form, found.case.name) == (bare, form, case)


@given(st.text(st.characters()))
def test_no_text_holds_a_boundary(text: str) -> None:
    for token in split_tokens(text)[1::2]:
        assert BOUNDARY not in {token_type(token).bare, token_type(token).form}
        assert not any(char.isspace() for char in token_type(token).bare)


@given(st.sampled_from("nghiêng Đường HÒA hoà qÚy Ố a Ẵ".split()))
def test_normal_forms_mean_the_same(word: str) -> None:
    assert token_type(unicodedata.normalize("NFD", word)) == token_type(word)


def test_endless_tokens_are_not_remembered() -> None:
    before = features._remembered.cache_info().currsize
    assert token_type("a" * 1000).bare == "a" * 1000
    assert features._remembered.cache_info().currsize == before


# ---- case


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hôm nay trời đẹp", True),
        ("HÔM NAY TRỜI ĐẸP", True),
        ("Ố HÔM NAY", True),
        ("HÔM NAY Ở NHÀ", True),
        ("Hôm nay trời đẹp", False),
        ("trời Hà Nội đẹp", False),
        ("họp ở UBND tỉnh", False),
        ("anh A và chị B", False),
        ("123, 456!", True),
    ],
)
def test_lines_without_case(line: str, expected: bool) -> None:
    types = [token_type(token) for token in split_tokens(line)[1::2]]
    cases = np.array([t.case for t in types], np.uint8)
    single = np.array([len(t.bare) == 1 for t in types])
    assert caseless(cases, single, np.array([0])).tolist() == [expected]


def test_each_line_has_its_own_case() -> None:
    cases = np.array([Case.LOWER, Case.LOWER, Case.TITLE, Case.LOWER, Case.UPPER], np.uint8)
    assert caseless(cases, np.zeros(5, bool), np.array([0, 2, 4])).tolist() == [True, False, True]


# ---- hashes


def test_hashes_stay_what_they_were() -> None:
    # Models hold these hashes: another value would make every published model useless.
    assert symbol_hash("đường") == 6639460655247236089
    assert symbol_hash(BOUNDARY) == 11734479394595735925
    assert expert_salt("duong") == 11147612266381305916
    first, second = contexts(LINE, LOWER)
    assert np.bitwise_xor.reduce(first.ravel()) == 0x22C4FF5FB0008725
    assert np.bitwise_xor.reduce(second.ravel()) == 0xAB8A324883593FAA


def test_surrogates_have_a_hash() -> None:
    assert symbol_hash("\ud800") != symbol_hash("\ud801")


def contexts(symbols: list[str], cases: list[Case]) -> tuple[Hashes, Hashes]:
    """Features of the token in the middle."""
    hashes = np.array([symbol_hash(symbol) for symbol in symbols], np.uint64)
    case = np.array(cases, np.uint8)
    middle = np.array([len(symbols) // 2])
    return context1(lambda i: hashes[middle + i], lambda i: case[middle + i]), context2(lambda i: hashes[middle + i])


LINE = "a b c d e f g h i j k".split()
LOWER = [Case.LOWER] * 11


def test_features_are_as_many_as_the_templates() -> None:
    first, second = contexts(LINE, LOWER)
    assert len(first) == TEMPLATES[1].stop - TEMPLATES[1].start
    assert len(second) == TEMPLATES[2].stop - TEMPLATES[2].start
    assert len(WIDE) == TEMPLATES[2].stop
    assert len({*first.ravel().tolist(), *second.ravel().tolist()}) == len(WIDE)


@pytest.mark.parametrize("offset", range(-5, 6))
def test_a_neighbour_changes_the_features_that_look_at_it(offset: int) -> None:
    other = LINE.copy()
    other[5 + offset] = "x"
    for stage, templates in ((0, features.STAGE1), (1, features.STAGE2)):
        changed = (contexts(LINE, LOWER)[stage] != contexts(other, LOWER)[stage])[: len(templates), 0]
        assert changed.tolist() == [offset in template for template in templates]


def test_the_order_of_neighbours_matters() -> None:
    swapped = "a b c e d f g h i j k".split()
    assert (contexts(LINE, LOWER)[0] != contexts(swapped, LOWER)[0]).sum() >= 6


@pytest.mark.parametrize(("offset", "n_changed"), [(-2, 0), (-1, 1), (0, 2), (1, 1), (2, 0)])
def test_case_has_features_of_its_own(offset: int, n_changed: int) -> None:
    cases = LOWER.copy()
    cases[5 + offset] = Case.TITLE
    first, second = contexts(LINE, cases)
    assert (first != contexts(LINE, LOWER)[0]).sum() == n_changed
    assert (second == contexts(LINE, LOWER)[1]).all()

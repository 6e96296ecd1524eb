"""Texts are cut into lines and parts of endless ones, wherever the pieces end in which they come."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise, repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_promises import TEXTS

from vndiacritic import cutting
from vndiacritic.cutting import by_parts, lines_of, parts_of
from vndiacritic.tokens import split_tokens

drawn = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# Of words, numbers, marks and spans that stay, none of them long; every few of them a space.
PROSE = st.lists(
    st.sampled_from(
        "con đường về nhà , . ... ; ( ) 1.782,82 28/10/2021 di-hoc/hoc-bai a.txt ./b.txt x@y.vn #the_tag `ma-so` "
        "<b> &lt; C:\\tep http://vi.du/x?y=z 'đuờng' a\u0302\u0301n 🙂".split(" ")
    ),
    max_size=40,
).map(lambda words: "".join(word + ("" if number % 3 else " ") for number, word in enumerate(words)))


def pieces_of(text: str, ends: Iterable[int]) -> list[str]:
    """The text, cut at these places."""
    places = sorted({0, len(text), *(end for end in ends if end < len(text))})
    return [text[start:end] for start, end in pairwise(places)]


def small(patch: pytest.MonkeyPatch, longest: int, window: int, ahead: int) -> None:
    patch.setattr(cutting, "_LONGEST", longest)
    patch.setattr(cutting, "_WINDOW", window)
    patch.setattr(cutting, "_AHEAD", ahead)


# ---- any text, any pieces


@drawn
@given(
    text=TEXTS, ends=st.sets(st.integers(1, 200)), longest=st.integers(1, 9), window=st.integers(2, 90), data=st.data()
)
def test_pieces_do_not_matter(text: str, ends: set[int], longest: int, window: int, data: st.DataObject) -> None:
    ahead = data.draw(st.integers(1, window - 1))
    with pytest.MonkeyPatch.context() as patch:
        small(patch, longest, window, ahead)
        parts = list(parts_of([text]))
        assert "".join(parts) == text
        assert all(parts)
        assert list(parts_of(pieces_of(text, ends))) == parts
        assert list(parts_of(text)) == parts  # character by character
        assert [part for line in lines_of(text) for part in parts_of([line])] == parts


@drawn
@given(text=PROSE, longest=st.integers(1, 12), window=st.integers(128, 300))
def test_windows_do_not_matter_where_tokens_are_short(text: str, longest: int, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small(patch, longest, 1 << 16, 1 << 13)
        parts = list(parts_of([text * 3]))
        small(patch, longest, window, 64)
        assert list(parts_of([text * 3])) == parts


@drawn
@given(text=PROSE, longest=st.integers(1, 12))
def test_parts_have_the_tokens_of_the_line_and_no_more_than_they_may(text: str, longest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small(patch, longest, 128, 64)
        parts = list(parts_of([text]))
    tokens = [split_tokens(part)[1::2] for part in parts]
    if all(part[-1].isspace() for part in parts[:-1]):  # else the first token of a part may look different
        assert [token for part in tokens for token in part] == split_tokens(text)[1::2]
        assert all(len(part) <= longest for part in tokens)


@drawn
@given(text=PROSE, longest=st.integers(1, 12))
def test_normal_forms_are_cut_alike(text: str, longest: int) -> None:
    """Restoring adds marks to decomposed text: they must not move the cuts."""
    text = unicodedata.normalize("NFC", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "_LONGEST", longest)
        decomposed = [unicodedata.normalize("NFD", part) for part in parts_of([text])]
        assert list(parts_of(["".join(decomposed)])) == decomposed


# ---- where the cuts are


def test_lines_stay_whole() -> None:
    assert list(parts_of(["mot\r\nhai\n\n", "b", "a\u2028", "bon"])) == ["mot\r\n", "hai\n", "\n", "ba\u2028bon"]
    assert list(parts_of([])) == list(parts_of([""])) == []


def test_parts_end_with_a_clause_where_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_LONGEST", 4)
    text = "mot hai, ba bon nam sau bay tam, chin muoi."
    assert list(parts_of([text])) == ["mot hai, ", "ba bon nam sau ", "bay tam, ", "chin muoi."]


def test_a_part_is_bounded_whatever_it_is_made_of() -> None:
    """Many addresses of 9,000 letters, a million spaces, a million letters."""
    for piece, most in (("http://vi.du/" + "x" * 9000 + " ", 9e6), (" " * 1000, 2e5), ("a" * 1000, 2e5)):
        parts = list(parts_of(repeat(piece, 1000)))
        assert max(map(len, parts)) < most
        assert sum(map(len, parts)) == 1000 * len(piece)
        assert len(parts) > 1


def test_letters_keep_their_marks_even_in_a_word_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, 4, 20, 10)
    parts = list(parts_of(["e\u0323\u0302" * 40]))
    assert len(parts) > 4
    assert all(part.startswith("e") for part in parts)


# ---- laziness


def test_a_part_is_cut_as_soon_as_it_can_be() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "di hoc ve, "

    parts = parts_of(endless())
    began = time.process_time()
    assert 2 * next(parts).count(" ") == 3 * next(parts).count(",") * 2
    assert taken * 11 < 600_000
    assert time.process_time() - began < 1


def test_a_line_is_handed_out_before_the_next_is_read() -> None:
    lines = iter(["mot\n", "ha", "i\n", "ba\n"])
    parts = parts_of(lines)
    assert (next(parts), next(parts), next(lines)) == ("mot\n", "hai\n", "ba\n")


# ---- whole texts again


@drawn
@given(texts=st.lists(TEXTS, max_size=4), longest=st.integers(1, 9))
def test_texts_are_worked_on_by_parts_and_joined(texts: list[str], longest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small(patch, longest, 64, 16)
        assert list(by_parts(texts, lambda parts: (part.swapcase() for part in parts), "".join)) == [
            "".join(part.swapcase() for part in parts_of([text])) for text in texts
        ]


def test_a_text_is_read_when_it_is_needed() -> None:
    texts = iter(["mot", "hai", "ba"])
    worked = by_parts(texts, lambda parts: map(str.upper, parts), "".join)
    assert (next(worked), next(worked), next(texts)) == ("MOT", "HAI", "ba")

"""The tokeniser loses nothing, knows words from what must stay, and takes linear time."""

from __future__ import annotations

import time
import unicodedata

import pytest
from cases import read_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from vndiacritic import tokens
from vndiacritic.tokens import Kind, kind_of, split_tokens

KINDS = {"w": Kind.WORD, "n": Kind.NUMBER, "p": Kind.PUNCTUATION, "x": Kind.PROTECTED}
# What the patterns are made of, more often than chance would have it; and anything at all.
PIECES = st.one_of(
    st.sampled_from(
        "a Đ ê ế 1 23 . , : / \\ - _ # @ & ; < > ` ~ + = % ( ) \" ' \n \r \t \u2028 \u00a0 . .. ... ./ ~/ C:\\ :// "
        "http:// www. .com .vn .txt a.txt a@b.vn &lt; <b> \u0301 \u0323 a\u0302\u0301 \u20d2 \ufeff \x00 🙂 ½ ²".split(
            " "
        )
    ),
    st.text(st.characters(), max_size=3),
    st.characters(categories=["Cs"]),
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)
drawn = settings(deadline=None)  # the first text with marks in it takes as long as their patterns to be compiled


@drawn
@given(TEXTS)
def test_parts_join_to_the_text(text: str) -> None:
    parts = split_tokens(text)
    assert "".join(parts) == text
    assert len(parts) % 2 == 1
    assert all(parts[1::2])


@drawn
@given(TEXTS)
def test_gaps_hold_spaces_and_what_joins_words(text: str) -> None:
    for gap in split_tokens(text)[::2]:
        assert all(char.isspace() or char in "-_" for char in gap)


@drawn
@given(TEXTS)
def test_kinds_say_what_is_in_a_token(text: str) -> None:
    for token in split_tokens(text)[1::2]:
        match kind_of(token):
            case Kind.WORD:
                assert all(char.isalpha() or unicodedata.combining(char) for char in token)
                assert token[0].isalpha()
            case Kind.NUMBER:
                assert token[0].isdecimal()
                assert token[-1].isdecimal()
            case Kind.PUNCTUATION:
                assert not any(char.isalnum() or char.isspace() for char in token)


@pytest.mark.parametrize(("text", "tokens"), [(text, tokens) for text, *tokens in read_cases("tokens.tsv")])
def test_tokens_and_their_kinds(text: str, tokens: list[str]) -> None:
    found = split_tokens(text)[1::2]
    expected = [token for token in tokens if token]
    assert found == [token[2:] for token in expected]
    assert [kind_of(token) for token in found] == [KINDS[token[0]] for token in expected]


@pytest.mark.parametrize("span", [row[0] for row in read_cases("protected.tsv")])
def test_protected_spans(span: str) -> None:
    bracketed = () if span[0] in "/~." else (("(", ")"), ('"', '"'))  # a path begins after a space: not "va/hoac"
    for before, after in (("", ""), ("Xem ", " nhe."), ("Chao\t", "\r\n"), *bracketed):
        tokens = split_tokens(before + span + after)[1::2]
        assert [token for token in tokens if kind_of(token) is Kind.PROTECTED and token.startswith(span)]
    decomposed = unicodedata.normalize("NFD", f"đi {span} về")
    assert unicodedata.normalize("NFD", span) in split_tokens(decomposed)[1::2]


@given(
    st.lists(st.sampled_from("Việt Đức hòa xoong - _ / , . ! 1,5 #tiếng_việt (ừ) đẹp😀 \u2028".split(" ")), max_size=12)
)
def test_normal_forms_have_the_same_tokens(pieces: list[str]) -> None:
    for joiner in ("", " "):
        text = joiner.join(pieces)
        decomposed = split_tokens(unicodedata.normalize("NFD", text))
        assert [unicodedata.normalize("NFC", part) for part in decomposed] == split_tokens(text)


@drawn
@given(TEXTS)
def test_simple_patterns_find_what_the_full_ones_do(text: str) -> None:
    """So a text can be split in windows, whatever stands beyond them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_is_combined", lambda text: True)
        full = split_tokens(text)
    assert split_tokens(text) == full


def test_every_combining_mark_belongs_to_its_letter() -> None:
    marks = [char for code in range(0x20000) if unicodedata.combining(char := chr(code))]
    assert len(marks) > 800
    assert [mark for mark in marks if split_tokens(f"a{mark}b")[1::2] != [f"a{mark}b"]] == []


def test_a_letter_has_no_endless_marks() -> None:
    tokens = split_tokens("a" + "\u0301\u0323" * 100 + "b")[1::2]
    assert [kind_of(token) for token in tokens] == [Kind.WORD, Kind.PUNCTUATION, Kind.WORD]
    assert len(tokens[0]) == 31


# Each would take quadratic time from a pattern that tries again at every place.
ADVERSARIES = {
    "letters": "a",
    "digits": "1",
    "number": "1.",
    "dots": ".",
    "hyphens": "a-",
    "underscores": "_",
    "names": "a.",
    "names of files": "a.txt.",
    "hyphened file names": "a.txt-",
    "domains": "a.com.",
    "hyphened domains": "a-",
    "slashes": "a/",
    "paths": "/a",
    "home": "~/",
    "here": "./",
    "open tags": "<a",
    "open tags and spaces": "<a ",
    "backticks": "`",
    "code": "` ",
    "at": "a@",
    "half addresses": "a@b.",
    "long names": "a" * 65 + "@",
    "plus": "+a",
    "hashes": "#",
    "tags": "#a",
    "entities": "&a",
    "drives": "a:\\",
    "schemes": "http://",
    "www": "www.",
    "marks": "\u0301\u0323",
    "marked letters": "a\u0301",
    "marked tags": "#a\u0301",
    "emoji": "🙂",
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_time_is_linear(name: str) -> None:
    piece = ADVERSARIES[name]
    text = "a" + piece * (200_000 // len(piece)) + " "
    began = time.process_time()
    assert "".join(split_tokens(text)) == text
    assert time.process_time() - began < 1  # of quadratic time, minutes; of linear time, a tenth of this

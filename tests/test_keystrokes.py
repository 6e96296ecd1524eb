"""Syllables from keystrokes: Telex, VNI keys, VIQR."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.alphabet import parse_syllable
from vndiacritic.cleaning.keystrokes import METHODS


@pytest.mark.parametrize(
    ("method", "keys", "syllable"),
    [
        ("telex", "tieengs", "tiếng"),
        ("telex", "tiếng", None),
        ("telex", "dduowngf", "đường"),
        ("telex", "dduwowngf", "đường"),
        ("telex", "dduongwf", "đường"),
        ("telex", "muaw", "mưa"),
        ("telex", "quawng", "quăng"),
        ("telex", "twf", "từ"),
        ("telex", "hocj", "học"),
        ("telex", "hojc", "học"),
        ("telex", "Vieetj", "Việt"),
        ("telex", "VIEETJ", "VIỆT"),
        ("telex", "lao", None),
        ("telex", "windows", None),
        ("telex", "hasrj", None),
        ("vni-keys", "tie6ng1", "tiếng"),
        ("vni-keys", "Vie65t", "Việt"),
        ("vni-keys", "d9u7o7ng2", "đường"),
        ("vni-keys", "d9uong72", "đường"),
        ("vni-keys", "a1", "á"),
        ("vni-keys", "b52", None),
        ("vni-keys", "covid19", None),
        ("viqr", "Vie^.t", "Việt"),
        ("viqr", "ddu+o+`ng", "đường"),
        ("viqr", "DDo^.c", "Độc"),
        ("viqr", "na(m", "năm"),
        ("viqr", "don't", None),
    ],
)
def test_keys_make_a_syllable_or_none(method: str, keys: str, syllable: str | None) -> None:
    assert METHODS[method].decode(keys) == syllable


@given(st.sampled_from(list(METHODS)), st.text("aeiouydhngtcs123456789fsrxjw^(+'`?~.", min_size=1, max_size=9))
def test_what_keys_make_is_a_syllable(method: str, keys: str) -> None:
    made = METHODS[method].decode(keys)
    assert made is None or parse_syllable(made) or made in "`?~'.^(+*"

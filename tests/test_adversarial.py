"""Lines that are made to be slow: time grows as their length does, in every public function.

Here on 2,000 and 20,000 characters, three times where the first look is not clear; ``python -m benchmarks.adversarial``
compares 100,000 with 1,000,000.
"""

from __future__ import annotations

import sys
import tracemalloc
import unicodedata
from random import Random

import pytest
from commandline import ROOT

from benchmarks.adversarial import PATTERNS, functions, grown, line_of
from vndiacritic.alphabet import normalize
from vndiacritic.cleaning.characters import repair
from vndiacritic.cleaning.plausibility import commonness, lines_with_words
from vndiacritic.errors import FormatError
from vndiacritic.formats import rewrite_text
from vndiacritic.restorer import Restorer

FUNCTIONS = functions(Restorer.load(ROOT / "tests" / "data" / "models" / "format1.safetensors"))
LENGTH = 20_000
EACH = 8  # patterns a test


@pytest.mark.filterwarnings("ignore::vndiacritic.errors.DataWarning")  # of lines that are as good as empty
@pytest.mark.parametrize("name", FUNCTIONS)
def test_time_grows_as_the_line_does(name: str) -> None:
    """What takes the square of the length takes ten times as long again here, and is seen through all noise."""
    patterns = tuple(Random(name).sample(PATTERNS, EACH))
    for _ in range(3):
        patterns = tuple(one.pattern for one in grown(FUNCTIONS[name], LENGTH, patterns) if one.growth > 4)
    assert patterns == ()


def test_patterns_are_all_different() -> None:
    assert len(set(PATTERNS)) == len(PATTERNS)
    assert all(len(line_of(pattern, 1000)) == 1000 for pattern in PATTERNS)


# ---- what was found


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_marks_out_of_order_take_linear_time(form: str) -> None:
    """Unicodedata alone takes half a minute for 100,000 marks that are not in their order, and a second for these."""
    line = "a" + "\u0323\u0301" * 20_000
    (one,) = grown(lambda text: normalize(form, text), len(line), ("\u0323\u0301",))  # type: ignore[arg-type]
    assert one.seconds < 0.1


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_normal_forms_are_those_of_unicode(form: str) -> None:
    random = Random(4)
    marks = [chr(code) for code in range(0x300, 0x1E94B) if unicodedata.combining(chr(code))]
    others = [chr(code) for code in range(0x20, 0x3000)]
    for _ in range(60):
        text = "".join(random.choice(marks if random.random() < 0.97 else others) for _ in range(700))
        assert normalize(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "    " * 4_000,
        "luậtTrở," * 4_000,
        "A B " * 8_000,
        "𝐚𝐛 " * 10_000,
        f"{'a' * 20_000}Đa {'a' * 20_000}Đb\n{'a' * 20_000}",
    ],
    ids=["spaces", "glued", "letters", "styled", "alike"],
)
def test_repairing_takes_linear_time(line: str) -> None:
    """Each of these once took the square of its length: a line or a token was looked through anew for every word."""
    (one,) = grown(FUNCTIONS["repair, all steps"], len(line), (line,))
    assert one.seconds < 1.5
    assert one.growth < 4


def test_long_words_are_not_kept() -> None:
    """What is remembered of words would fill the memory otherwise, in a server for one."""
    tracemalloc.start()
    try:
        for number in range(20):
            assert commonness(f"{number}ệ" * 50_000) == 0
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000


def test_lines_are_found_by_whole_words() -> None:
    text = "một hai\nhaimột\n\nba, hai"
    assert list(lines_with_words({"hai", "năm"}, text)) == [(0, "một hai"), (16, "ba, hai")]
    assert list(lines_with_words(set(), text)) == []


def test_a_word_that_stands_in_a_line_is_not_made_by_its_escapes() -> None:
    assert repair("Ti\\u1ebfng Vi\\u1ec7t") == "Tiếng Việt"
    assert repair("tiếng, ti\\u1ebfng") == "tiếng, ti\\u1ebfng"


def test_instructions_that_nothing_closes_are_refused() -> None:
    """The standard library's parser would look through all that follows for each of them."""
    with pytest.raises(FormatError, match="line 1 opens a tag that nothing closes"):
        rewrite_text("<?" * 100_000, "html", list)


def test_a_number_of_too_many_digits_is_refused() -> None:
    with pytest.raises(FormatError, match="line 2 has a number of too many digits"):
        rewrite_text('{"a": "b"}\n{"a": ' + "1" * (sys.get_int_max_str_digits() + 1) + "}", "jsonl", list, ["a"])


def test_a_reference_that_nothing_ends_makes_no_text_of_what_follows() -> None:
    """The standard library's parser takes all that is behind such a one for text, scripts too."""
    page = "<p>an &#12a an</p><script>an</script><a href='?b=1&#an'>an</a>"
    restored = rewrite_text(page, "html", lambda texts: [text.replace("an", "ăn") for text in texts])
    assert restored == "<p>ăn &#12a ăn</p><script>an</script><a href='?b=1&#an'>ăn</a>"

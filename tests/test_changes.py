"""What becomes of lines is paired with what they were, and shown."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.changes import Outcome, Rewritten, json_lines, names_of_changed, rewritten, texts, unified_diff


def shout(lines: Iterable[str]) -> Iterator[Outcome]:
    return (Outcome(line.upper()) for line in lines)


def test_a_transform_never_sees_the_byte_order_mark() -> None:
    seen: list[str] = []

    def note(lines: Iterable[str]) -> Iterator[Outcome]:
        for line in lines:
            seen.append(line)
            yield Outcome(line.upper())

    results = list(rewritten(["\ufeffmot\n", "hai"], note))
    assert seen == ["mot\n", "hai"]
    assert results == [Rewritten(1, "\ufeffmot\n", "\ufeffMOT\n"), Rewritten(2, "hai", "HAI")]


@pytest.mark.parametrize(("lines", "expected"), [([], ""), (["\ufeff"], "\ufeff"), (["\ufeff\n"], "\ufeff\n")])
def test_files_with_hardly_anything_in_them(lines: list[str], expected: str) -> None:
    assert "".join(texts(rewritten(lines, shout), "f")) == expected


def test_pairing_reads_no_further_ahead_than_the_transform() -> None:
    taken = 0

    def source() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "mot\n"

    results = rewritten(source(), shout)
    assert [next(results).after for _ in range(5)] == ["MOT\n"] * 5
    assert taken <= 6


def test_a_transform_that_loses_a_line_is_found_out() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(rewritten(["a\n", "b\n"], lambda lines: list(shout(lines))[:1]))


def test_json_lines_carry_text_without_ends_and_marks() -> None:
    results = rewritten(["\ufeffmột\r\n", "\ufeffhai\u2028\r"], shout)
    assert [json.loads(line) for line in json_lines(results, "f.txt")] == [
        {"file": "f.txt", "line": 1, "text": "một", "output": "MỘT"},
        {"file": "f.txt", "line": 2, "text": "\ufeffhai\u2028\r", "output": "\ufeffHAI\u2028\r"},
    ]


def test_only_a_file_that_changes_is_named() -> None:
    assert list(names_of_changed(rewritten(["A\n", "b\n"], shout), "f")) == ["f\n"]
    assert list(names_of_changed(rewritten(["A\n", "B\n"], shout), "f")) == []


@given(st.lists(st.sampled_from(["a", "a", "a", "a", "b", ""]), max_size=60))
def test_the_diff_is_difflibs(changes: list[str]) -> None:
    pairs = [(f"{i} a\n", f"{i} {change}\n" if change else "") for i, change in enumerate(changes)]
    ours = "".join(unified_diff((Rewritten(i, *pair) for i, pair in enumerate(pairs, 1)), "f"))
    theirs = difflib.unified_diff([a for a, _ in pairs], [b for _, b in pairs if b], "f", "f")
    assert ours == "".join(theirs)


def test_the_diff_marks_a_missing_last_line_end() -> None:
    assert "".join(unified_diff(rewritten(["A\n", "b"], shout), "f")) == (
        "--- f\n+++ f\n@@ -1,2 +1,2 @@\n A\n-b\n\\ No newline at end of file\n+B\n\\ No newline at end of file\n"
    )


def without_comments(lines: Iterable[str]) -> Iterator[Outcome]:
    """Drops lines that begin with "#", and says so."""
    for line in lines:
        yield Outcome("", {"action": "drop", "output": None}) if line.startswith("#") else Outcome(line)


def test_a_dropped_first_line_hands_the_byte_order_mark_on() -> None:
    lines = ["\ufeff#a\n", "#b\n", "c\n", "d\n"]
    assert "".join(texts(rewritten(lines, without_comments), "f")) == "\ufeffc\nd\n"
    told = [json.loads(line) for line in json_lines(rewritten(lines, without_comments), "f")]
    assert [line["output"] for line in told] == [None, None, "c", "d"]
    assert [line.get("action") for line in told] == ["drop", "drop", None, None]

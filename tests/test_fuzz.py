"""What the fuzzers found, and what they start from: the same checks, without a fuzzer.

An input that broke something goes, in a minimal form of our own, into tests/data/found: a folder for each target of the
package fuzz. The tests of the modules say what was wrong.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import DATA

import fuzz
from fuzz.__main__ import Tried, report
from fuzz.taken import Taken

FOUND = sorted(path for path in (DATA / "found").glob("*/*") if path.is_file())


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_what_a_target_starts_from_passes(name: str) -> None:
    target = fuzz.load_target(name)
    assert target.SEEDS
    for seed in target.SEEDS:
        target.check(seed)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_passes_now(path: Path) -> None:
    assert path.parent.name in fuzz.TARGETS
    fuzz.load_target(path.parent.name).check(path.read_bytes())


def test_every_target_is_a_module_and_every_module_a_target_or_a_part() -> None:
    modules = {path.stem for path in Path(fuzz.__file__).parent.glob("*.py")}
    assert modules - {"__init__", "__main__", "engine", "forging", "oracles", "taken"} == set(fuzz.TARGETS)


def test_bytes_become_values_and_never_end() -> None:
    taken = Taken(bytes([2, 1, 0, 7, 8]))
    assert (taken.number(), taken.number(2), bool(taken)) == (2, 1, True)
    assert (taken.one_of("abc"), taken.rest(), bool(taken)) == ("b", b"\x08", False)
    assert (taken.number(4), taken.some(3)) == (0, b"")


def test_the_report_counts_inputs_and_broken_targets() -> None:
    lines = list(report([Tried("html", 1200, 30, 60.2, ""), Tried("docx", 3, 4, 5, "an error")]))
    assert lines[2:] == [
        "| html | 1,200 | 30 | 60 | |",
        "| docx | 3 | 4 | 5 | BROKEN |",
        "1,203 inputs tried, 1 of 2 targets broken",
    ]

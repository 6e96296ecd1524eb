"""The walk-through in docs, run as it stands there: code, and the output that is shown."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "walkthrough.md"


def sections() -> list[str]:
    """Names of the parts, for the tests' names."""
    return [line[3:] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]


@pytest.fixture(scope="module")
def examples() -> doctest.DocTest:
    text = PAGE.read_text(encoding="utf-8").replace("```", "")  # a fence is no output
    return doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)


def test_every_part_has_an_example(examples: doctest.DocTest) -> None:
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    assert [part for part in parts if ">>> " not in part] == []
    assert len(examples.examples) > 3 * len(sections())


def test_what_is_shown_comes_out(examples: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    assert (result.failed, "".join(told)) == (0, "")

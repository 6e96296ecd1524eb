"""A line that is restored in parts comes out as if it were restored whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from vndiacritic import restorer as module
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.restorer import Restorer

SAMPLE = Path(__file__).parent.parent / "corpus" / "pair" / "accented.txt"


@pytest.mark.parametrize("run", [65, 200, 581])
def test_parts_do_not_show(monkeypatch: pytest.MonkeyPatch, tiny: Restorer, run: int) -> None:
    line = " ".join(strip_diacritics(SAMPLE.read_text(encoding="utf-8")).split())
    whole, explained = tiny.restore(line), tiny.explain(line)
    monkeypatch.setattr(module, "_LONGEST_RUN", run)
    assert tiny.restore(line) == whole
    assert tiny.explain(line) == explained

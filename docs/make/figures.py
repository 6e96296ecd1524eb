"""The tables of figures in the READMEs: the model's own from its card, the peers' from ``figures.tsv``.

A table stands between ``<!-- figures: all -->`` or ``<!-- figures: peers -->`` and ``<!-- end of figures -->``. The
rest of a README is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["made"]

ROOT = Path(__file__).resolve().parent.parent.parent
CARD = ROOT / "models" / "README.md"
ROWS = Path(__file__).with_name("figures.tsv")

_TABLE = re.compile(r"(<!-- figures: (all|peers) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_HEADS = {
    "README.md": "| set | vndiacritic | best peer, and where its figure is from |",
    "README.vi.md": "| tập đo | vndiacritic | công cụ tốt nhất khác, và nguồn của con số |",
}


class _Row(NamedTuple):
    """A set, what it is called in Vietnamese, and the peer's figure with its origin in both languages."""

    set: str
    vietnamese: str
    peer: str
    source: str
    source_vietnamese: str


def made() -> Mapping[Path, bytes]:
    """The READMEs with their tables filled."""
    rows, own = _rows(), _own()
    if missing := [row.set for row in rows if row.set not in own]:
        raise ValueError(f"{CARD} has no figure of {missing}")
    files = {}
    for name, head in _HEADS.items():
        path = ROOT / name

        def table(match: re.Match[str], name: str = name, head: str = head) -> str:
            shown = [row for row in rows if row.peer or match[2] == "all"]
            lines = [_line(row, own[row.set], vietnamese=name.endswith(".vi.md")) for row in shown]
            return match[1] + "\n".join([head, "|---|---:|---|", *lines]) + "\n" + match[3]

        files[path] = _TABLE.sub(table, path.read_text(encoding="utf-8")).encode("utf-8")
    return files


def _rows() -> list[_Row]:
    lines = ROWS.read_text(encoding="utf-8").splitlines()
    return [_Row(*line.split("\t")) for line in lines if not line.startswith("#")]


def _own() -> dict[str, str]:
    """The model's figures by set, as its card has them."""
    return dict(re.findall(r"^\| (.+?) \| ([\d.]+) \|$", CARD.read_text(encoding="utf-8"), re.MULTILINE))


def _line(row: _Row, own: str, *, vietnamese: bool) -> str:
    if vietnamese:
        peer = f"{row.peer.replace('.', ',')}: {row.source_vietnamese}" if row.peer else ""
        return f"| {row.vietnamese} | {own.replace('.', ',')} | {peer} |"
    return f"| {row.set} | {own} | {f'{row.peer}, {row.source}' if row.peer else ''} |"

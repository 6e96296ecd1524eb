"""The picture of the result in the READMEs, ``docs/picture.svg``: a terminal with what the command line really prints.

Letters that were given a mark are coloured. Knows SVG and a few commands, which it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from click.testing import CliRunner

from vndiacritic.cli import main

__all__ = ["made"]

DOCS = Path(__file__).resolve().parent.parent
_WIDTH, _LINE, _LEFT, _TOP, _BAR = 860, 27, 26, 66, 38  # pixels
_COLOURS = {
    "back": "#17212b",
    "bar": "#22303d",
    "plain": "#d7dee6",
    "dim": "#7e91a3",
    "new": "#ffd166",
    "red": "#ef767a",
}
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class _Shown(NamedTuple):
    """A command: as it is shown, its arguments, and what it reads."""

    command: str
    arguments: Sequence[str]
    text: str


_COMMANDS = (
    _Shown(
        "vndiacritic restore letter.txt",
        ["restore"],
        "Chieu nay troi mua, duong ve nha xa qua.\nHen gap em o ga Hà Nội nhe!\n",
    ),
    _Shown("echo 'cam on ban rat nhieu' | vndiacritic restore", ["restore"], "cam on ban rat nhieu\n"),
    _Shown(
        "vndiacritic restore --min-confidence 0.9 --mark ' (?)' chat.txt",
        ["restore", "--min-confidence", "0.9", "--mark", " (?)"],
        "toi thay ma, xem https://example.org/ma #dep\n",
    ),
)


def made() -> Mapping[Path, bytes]:
    """The picture."""
    lines = [line for shown in _COMMANDS for line in _lines(shown)][:-1]
    height = _TOP + _LINE * len(lines) + 6
    body = "\n".join(_text(_TOP + _LINE * number, line) for number, line in enumerate(lines))
    return {DOCS / "picture.svg": _FRAME.format(height=height, body=body, width=_WIDTH, **_COLOURS).encode("utf-8")}


_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>vndiacritic restores Vietnamese diacritics at the command line</title>
<rect width="{width}" height="{height}" rx="12" fill="{back}"/>
<path d="M0 38V12A12 12 0 0 1 12 0H848A12 12 0 0 1 860 12V38Z" fill="{bar}"/>
<circle cx="24" cy="19" r="6" fill="{red}"/><circle cx="44" cy="19" r="6" fill="{new}"/>
<circle cx="64" cy="19" r="6" fill="#06d6a0"/>
<g font-family="FONT" font-size="17" fill="{plain}" xml:space="preserve">
{body}
</g>
</svg>
""".replace("FONT", _FONT)

_Span = tuple[str, str]  # a colour's name and a text


def _lines(shown: _Shown) -> Iterator[list[_Span]]:
    done = CliRunner().invoke(main, shown.arguments, input=shown.text.encode("utf-8"), catch_exceptions=False)
    if shown.command.endswith("letter.txt"):
        yield from ([("dim", line)] for line in ["$ cat letter.txt", *shown.text.splitlines(), ""])
    yield [("dim", "$ "), ("plain", shown.command)]
    for given, told in zip(shown.text.splitlines(), done.stdout.splitlines(), strict=True):
        yield list(_coloured(given, told))
    yield []


def _coloured(given: str, told: str) -> Iterator[_Span]:
    """What is printed; what differs from what was given has another colour."""
    marks, at = [], 0
    for char in told:
        if at < len(given) and char == given[at]:
            marks.append(("plain", char))
        else:
            marks.append(("new", char))
            if char in "(?) " and not (at < len(given) and given[at] == char):
                continue  # a mark of doubt, which was not there
        at += 1
    for colour, group in groupby(marks, key=lambda mark: mark[0]):
        yield colour, "".join(char for _, char in group)


def _text(y: int, spans: list[_Span]) -> str:
    parts = "".join(f'<tspan fill="{_COLOURS[colour]}">{escape(text)}</tspan>' for colour, text in spans)
    return f'<text x="{_LEFT}" y="{y}">{parts}</text>'

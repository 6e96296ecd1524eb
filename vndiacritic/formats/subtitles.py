"""Subtitles: SubRip (.srt) and WebVTT (.vtt).

A cue is one text, whatever its lines: they are broken for the screen, not for the reader. Numbers, times, settings,
tags, and in WebVTT names of speakers, notes, styles and identifiers stay. This module knows the two formats by their
lines; see https://www.w3.org/TR/webvtt1/ for the second, the first has no standard.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from vndiacritic.errors import FormatError
from vndiacritic.formats.segments import Piece, Segment, cut

__all__ = ["SEGMENTS"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_SRT_TIME = re.compile(r"\s*\d{1,3}:\d{1,2}:\d{1,2}[,.]\d{1,3}[ \t]*-->[ \t]*\d{1,3}:\d{1,2}:\d{1,2}[,.]\d{1,3}(?!\d)")
_VTT_TIME = re.compile(r"\s*(?:\d{2,}:)?\d\d:\d\d\.\d{3}[ \t]+-->[ \t]+(?:\d{2,}:)?\d\d:\d\d\.\d{3}(?!\d)")
_VTT_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|\Z)")
# Tags, letters that would begin one without their marks, and what SubStation programs leave in SubRip files: {\an8}.
_SRT_SPECIAL = re.compile(r"</?[A-Za-z][^<>\r\n]*>|<[^\W\d_]|\{\\[^{}\r\n]*\}")
_VTT_SPECIAL = re.compile(r"</?[A-Za-z0-9.][^<>]*>|&(?:[A-Za-z]+|#\d+|#[xX][0-9A-Fa-f]+);|[<&][^\W\d_]")


class _Line(NamedTuple):
    number: int
    start: int
    end: int  # without its line end
    text: str


def _lines(source: str) -> Iterator[_Line]:
    for number, match in enumerate(_LINE.finditer(source), 1):
        text = match[0].rstrip("\r\n")
        start = match.start()
        if number == 1 and text.startswith("\ufeff"):
            text, start = text[1:], start + 1
        yield _Line(number, start, start + len(text), text)


def _cue(source: str, lines: Sequence[_Line], special: re.Pattern[str]) -> Segment:
    """The lines of a cue as one text: a space stands for each line end."""
    pieces: list[Piece] = []
    for before, line in zip([None, *lines], lines, strict=False):
        if before:
            pieces.append(Piece(before.end, line.start, " "))
        pieces += cut(source, line.start, line.end, special, _read)
    return Segment(source, pieces)


def _read(special: str) -> str | None:
    return None if special.endswith((">", "}")) else html.unescape(special)


def _srt(source: str, _: Sequence[str]) -> list[Segment]:
    """Cues of a SubRip file: what follows a line of times, also after a blank line, up to the next number and times."""
    lines = list(_lines(source))
    is_time = [_SRT_TIME.match(line.text) is not None for line in lines]
    segments: list[Segment] = []
    cue: list[_Line] = []
    begun = False
    for line, times, next_times in zip(lines, is_time, [*is_time[1:], False], strict=True):
        number = next_times and line.text.strip().isdecimal()
        if line.text.strip() and not times and not number:
            if not begun or "-->" in line.text:
                raise FormatError(
                    f"line {line.number} should be a cue's number or its times: 00:00:01,000 --> 00:00:02,500"
                )
            cue.append(line)
        elif cue:
            segments.append(_cue(source, cue, _SRT_SPECIAL))
            cue = []
        begun |= times
    if cue:
        segments.append(_cue(source, cue, _SRT_SPECIAL))
    return segments


def _vtt(source: str, _: Sequence[str]) -> list[Segment]:
    """Cues of a WebVTT file: the lines after the times in a block."""
    blocks = _blocks(source)
    head = next(blocks, None)
    if head is None or head[0].number != 1 or not re.match(r"WEBVTT(?:[ \t]|\Z)", head[0].text):
        raise FormatError("line 1 should be WEBVTT")
    segments = []
    for block in blocks:
        if _VTT_BLOCK.match(block[0].text):
            continue
        times = next((at for at, line in enumerate(block) if "-->" in line.text), None)
        if times is None or times > 1 or not _VTT_TIME.match(block[times].text):
            line = block[times or 0]
            raise FormatError(f"line {line.number} should be a cue's times: 00:01.000 --> 00:02.500")
        if block[times + 1 :]:
            segments.append(_cue(source, block[times + 1 :], _VTT_SPECIAL))
    return segments


def _blocks(source: str) -> Iterator[list[_Line]]:
    """Lines that stand together."""
    block: list[_Line] = []
    for line in _lines(source):
        if line.text:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


SEGMENTS: Mapping[str, Callable[[str, Sequence[str]], list[Segment]]] = MappingProxyType({"srt": _srt, "vtt": _vtt})

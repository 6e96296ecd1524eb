"""Subtitles, SubRip and WebVTT."""

from __future__ import annotations

from fuzz.oracles import check_document
from fuzz.taken import Taken

LONGEST = 1024
SEEDS = (
    b"\x001\n00:00:01,000 --> 00:00:02,500\n<i>An com</i>\nchua {\\an8}?\n\n"
    b"2\n00:00:03,000 --> 00:00:04,000 X1:1\nRoi.\n",
    b"\x01WEBVTT - an\n\nNOTE an\n\n1\n00:01.000 --> 00:02.000 align:left\n<v An>An &amp; com</v>\nnha\n\nSTYLE\na\n",
)


def check(data: bytes) -> None:
    """Rewrite a document."""
    taken = Taken(data)
    name = taken.one_of(("srt", "vtt"))
    check_document(taken.rest().decode("utf-8", "replace"), name)

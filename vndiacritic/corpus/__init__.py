"""Corpora: files and folders of text as streams of lines, and splits that every machine makes alike.

This package knows where lines come from: which files of a folder count, how each kind is unpacked and read, in which
order, and how often. It does not know what a line teaches; filtering and counting are training's part.

To add a kind of compression, write a function from stream to stream and enter it in `packing.UNPACKERS`; to add a kind
of file, enter a `records.Kind` in `records.KINDS`. ``news.jsonl.gz`` is then unpacked by the one and read by the other.
"""

from __future__ import annotations

from vndiacritic.corpus.finding import Entry, Source
from vndiacritic.corpus.packing import UNPACKERS
from vndiacritic.corpus.reading import Corpus, Progress, Shard
from vndiacritic.corpus.records import KINDS
from vndiacritic.corpus.splitting import drawn, held_out

__all__ = ["KINDS", "UNPACKERS", "Corpus", "Entry", "Progress", "Shard", "Source", "drawn", "held_out"]

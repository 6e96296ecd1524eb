"""JSON lines."""

from __future__ import annotations

import json

from fuzz.oracles import check_document
from vndiacritic.alphabet import strip_diacritics

LONGEST = 8192
SEEDS = (
    b'{"b": ' + b"1" * 5000 + b"}",
    b'{"b": "an com", "c": {"b": "an"}, "n": 1e5}\n{"b": ["an", "\\u0061n", "\\ud83d\\ude00"], "x": null}\n',
    b'\xef\xbb\xbf{"b":"a\\"n","b":""}\r\n\n{"b": "\\ud800 \\u0111"}',
)


def _seen(source: str) -> str:
    """What the lines say, without diacritics; escapes may be other ones."""
    lines = (line for line in source.removeprefix("\ufeff").split("\n") if line.strip(" \t\r"))
    return "\n".join(strip_diacritics(json.dumps(json.loads(line), ensure_ascii=False)) for line in lines)


def check(data: bytes) -> None:
    """Rewrite a document."""
    check_document(data.decode("utf-8", "replace"), "jsonl", ("b",), _seen)

"""The source of a page, read to be cleaned: read, or refused in a sentence. Needs the extra [html]."""

from __future__ import annotations

from fuzz.taken import Taken
from vndiacritic.cleaning.html import read_html
from vndiacritic.cleaning.pipeline import TextCleaner
from vndiacritic.errors import VndiacriticError

LONGEST = 2048
SEEDS = (
    b"\0<html><head><title>Cho noi</title><meta charset=utf-8></head><body><nav>Menu</nav><article>"
    b"<h1>Ch\xe1\xbb\xa3</h1>"
    b"<p>Mot doan van dai hon tam tu de duoc coi la than bai.</p><figure><img alt='cho noi'><figcaption>a</figcaption>"
    b"</figure></article></body></html>",
    b'\1<?xml version="1.0" encoding="utf-16"?><p>a<!-- b --><table><img><td>c</table>',
)


def check(data: bytes) -> None:
    """Read a page, as bytes or as text, and clean it."""
    taken = Taken(data)
    as_text = taken.number() % 2
    rest = taken.rest()
    try:
        page = read_html(rest.decode("utf-8", "surrogateescape") if as_text else rest)
    except VndiacriticError:
        return
    assert all(line.strip() for line in page.lines)
    TextCleaner(("lines", "captions"), keep_slugs=True, restorer=_Same()).explain(page)  # type: ignore[arg-type]


class _Same:
    """Restores nothing."""

    def restore(self, text: str) -> str:
        return text

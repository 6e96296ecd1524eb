"""What must hold of documents and texts, whatever they are: the promises, for a stand-in of a restorer.

Knows no fuzzer. The stand-in marks every letter that can carry a mark and has none, which no restorer would: what holds
for it holds for any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import FormatError
from vndiacritic.formats import rewrite_text

__all__ = ["check_document", "marked", "text_of"]

_MARKS = str.maketrans("aeiouydAEIOUYD", "áêịơũỳđÁÊỊƠŨỲĐ")
_BARE = re.compile("[aeiouydAEIOUYD](?![\u0300-\u036f])")


def marked(texts: Sequence[str]) -> list[str]:
    """Texts with a mark on whatever can carry one."""
    return [_BARE.sub(lambda match: match[0].translate(_MARKS), text) for text in texts]


def text_of(data: bytes) -> str:
    """Any bytes as text, with lone surrogates where they are no UTF-8 and half of a pair."""
    return data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")


def check_document(
    source: str, name: str, fields: Sequence[str] = (), seen: Callable[[str], str] = strip_diacritics
) -> None:
    """Check that a document of a text format is refused in a sentence, or rewritten as promised.

    Parameters
    ----------
    source : str
    name : str
        A name in `vndiacritic.formats.FORMATS`.
    fields : sequence of str
        Which fields of records are text.
    seen : callable
        What of a document may not change; by default everything but diacritics.
    """
    try:
        once = rewrite_text(source, name, marked, fields)
    except FormatError as error:
        assert str(error), "an error that says nothing"
        return
    assert rewrite_text(source, name, list, fields) == source, "a document changed that nobody changed"
    assert seen(once) == seen(source), "something other than diacritics changed"
    assert rewrite_text(once, name, marked, fields) == once, "a second run changed more"

"""Tables, .csv and .tsv."""

from __future__ import annotations

import csv
import io

from fuzz.oracles import check_document, marked
from fuzz.taken import Taken
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import FormatError
from vndiacritic.formats import rewrite_text

LONGEST = 1024
SEEDS = (
    b'\0a,b\n1,"an ""com"", nha"\n2,\n',
    b'\0"b";c\r\n"an\r\ncom";d\r\n',
    b"\1a\tb\nan com\tnha\n\n",
)


def check(data: bytes) -> None:
    """Rewrite a table, and read it as the standard library does."""
    taken = Taken(data)
    name = taken.one_of(("csv", "tsv"))
    source = taken.rest().decode("utf-8", "replace")
    check_document(source, name, ("b",))
    if name == "tsv":
        _check_cells(source)


def _check_cells(source: str) -> None:
    """Only the cells of the named columns change."""
    try:
        once = rewrite_text(source, "tsv", marked, ("b",))
    except FormatError:
        return
    before, after = (list(csv.reader(io.StringIO(text, newline=""), delimiter="\t")) for text in (source, once))
    assert [list(map(strip_diacritics, row)) for row in before] == [list(map(strip_diacritics, row)) for row in after]

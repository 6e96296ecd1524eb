"""Word documents: damaged archives, and sound ones with any XML in them."""

from __future__ import annotations

import io
import zipfile

from fuzz.oracles import marked
from fuzz.taken import Taken
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import FormatError
from vndiacritic.formats import FORMATS, change_segments, open_document

LONGEST = 2048
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = f'<Types><Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'.encode()
_HEAD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
_BODY = "<w:p><w:r><w:t>An &amp; co</w:t></w:r><w:r><w:tab/><w:t xml:space='preserve'>m </w:t></w:r></w:p>"


def _package(document: bytes, types: bytes = _TYPES) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), types)
        archive.writestr(zipfile.ZipInfo("word/document.xml"), document)
    return out.getvalue()


_DOCUMENT = f"{_HEAD}{_BODY}</w:body></w:document>".encode()
SEEDS = (
    b"\0" + _package(_DOCUMENT),
    b"\1" + _DOCUMENT,
    b"\1" + b'<?xml version="1.0" encoding="latin-1"?><!DOCTYPE a [<!ENTITY b "an">]>' + _DOCUMENT,
    b"\2" + _TYPES,
    b"\1" + b'<?xml version="1.0" encoding="utf-7"?>' + _DOCUMENT,
)


def check(data: bytes) -> None:
    """Rewrite a document; only the letters in it change."""
    taken = Taken(data)
    kind, rest = taken.number() % 3, taken.rest()
    package = rest if kind == 0 else _package(rest) if kind == 1 else _package(_DOCUMENT, rest)
    try:
        document = open_document(package, FORMATS["docx"])
    except FormatError as error:
        assert str(error), "an error that says nothing"
        return
    assert document.written() == package, "a document changed that nobody changed"
    before = [segment.text for segment in document.segments]
    change_segments(document.segments, marked)
    once = document.written()
    after = [segment.text for segment in open_document(once, FORMATS["docx"]).segments]
    assert list(map(strip_diacritics, after)) == list(map(strip_diacritics, before))

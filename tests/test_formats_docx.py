"""Word documents: paragraphs are restored, everything else is as it was."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

import docx
import pytest
from docx.enum.text import WD_BREAK

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import FormatError
from vndiacritic.formats import FORMATS, change_segments, open_document

MARKS = str.maketrans("aeioudAEIOUD", "áêịơũđÁÊỊƠŨĐ")
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def mark(texts: list[str]) -> list[str]:
    return [text.translate(MARKS) for text in texts]


def letter() -> bytes:
    """A document with runs of several styles, a table, a header and a comment."""
    document = docx.Document()
    document.add_heading("An com", level=1)
    paragraph = document.add_paragraph("To")
    paragraph.add_run("i a").bold = True
    paragraph.add_run("n & o\tu").italic = True
    paragraph.add_run().add_break(WD_BREAK.LINE)
    paragraph.add_run("nha")
    document.add_table(1, 1).cell(0, 0).text = "Ten"
    document.add_paragraph("")
    document.sections[0].header.paragraphs[0].text = "Trang dau"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def restored(data: bytes) -> bytes:
    document = open_document(data, FORMATS["docx"])
    change_segments(document.segments, mark)
    return document.written()


def texts(data: bytes) -> list[str]:
    return [segment.text for segment in open_document(data, FORMATS["docx"]).segments]


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_parts(data: bytes, new: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (parts(data) | dict(new)).items():
            archive.writestr(name, content)
    return out.getvalue()


def with_body(body: str) -> bytes:
    xml = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return with_parts(letter(), {"word/document.xml": xml.encode("utf-8")})


def test_paragraphs_are_the_texts() -> None:
    assert texts(letter()) == ["An com", "Toi an & o\tu\vnha", "Ten", "", "Trang dau"]


def test_another_program_reads_what_was_written() -> None:
    document = docx.Document(io.BytesIO(restored(letter())))
    paragraph = document.paragraphs[1]
    assert [run.text for run in paragraph.runs] == ["Tơ", "ị á", "n & ơ\tũ", "\n", "nhá"]
    assert [(run.bold, run.italic) for run in paragraph.runs[:3]] == [(None, None), (True, None), (None, True)]
    assert (document.paragraphs[0].text, document.tables[0].cell(0, 0).text) == ("Án cơm", "Tên")
    assert document.sections[0].header.paragraphs[0].text == "Tráng đáũ"


def test_all_but_the_marks_is_byte_for_byte_the_same() -> None:
    before, after = parts(letter()), parts(restored(letter()))
    assert list(before) == list(after)
    changed = [name for name in before if before[name] != after[name]]
    assert [re.sub(r"\d", "", name) for name in changed] == ["word/document.xml", "word/header.xml"]
    for name in changed:
        assert strip_diacritics(after[name].decode("utf-8")) == before[name].decode("utf-8")


def test_what_does_not_change_is_the_very_same_file() -> None:
    once = restored(letter())
    assert restored(once) == once


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<w:p><w:pPr><w:tabs><w:tab w:pos="9"/></w:tabs></w:pPr><w:r><w:tab/><w:t>a</w:t></w:r></w:p>', ["\ta"]),
        ("<w:p><w:r><w:t>a</w:t><w:instrText>o</w:instrText><w:delText>u</w:delText></w:r></w:p>", ["a"]),
        ("<w:p><w:r><w:t>a</w:t><w:p><w:r><w:t>o</w:t></w:r></w:p><w:t>u</w:t></w:r></w:p>", ["au", "o"]),
        ("<w:p><w:t/><w:t></w:t><w:t>a&amp;o<!-- x --></w:t><w:t>&lt;o</w:t></w:p>", ["<o"]),
        ('<w:p><x:t xmlns:x="x">a</x:t><w:t xml:space="preserve"> ệ o</w:t></w:p><w:t>u</w:t>', [" ệ o"]),
    ],
)
def test_only_texts_of_paragraphs_are_seen(body: str, expected: list[str]) -> None:
    data = with_body(body)
    assert texts(data)[:-1] == expected
    xml = parts(restored(data))["word/document.xml"].decode("utf-8")
    assert strip_diacritics(xml) == strip_diacritics(parts(data)["word/document.xml"].decode("utf-8"))
    assert texts(restored(data))[:-1] == mark(expected)


def test_strict_documents_are_read() -> None:
    xml = parts(letter())["word/document.xml"].decode("utf-8")
    strict = xml.replace(WORD, "http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert texts(with_parts(letter(), {"word/document.xml": strict.encode("utf-8")}))[0] == "An com"


BAD = [
    (b"an com", "it is no .docx document"),
    (letter()[:-40], "it is no .docx document"),
    (letter().replace(b"word/document.xml", b"word/document.xmk"), "it is no .docx document"),
    (with_parts(letter(), {"[Content_Types].xml": b"<Types/>"}), "no part of it is text"),
    (with_parts(letter(), {"word/document.xml": b"<a>\n<b></a>"}), "word/document.xml is damaged in line 2, column 6"),
    (with_parts(letter(), {"word/document.xml": b"<a>\xff</a>"}), "word/document.xml is not UTF-8"),
]


@pytest.mark.parametrize(("data", "message"), BAD)
def test_damaged_documents_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=re.escape(message)):
        open_document(data, FORMATS["docx"])


def test_a_damaged_part_is_named() -> None:
    data = letter()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("word/document.xml")
    at = info.header_offset + 100
    with pytest.raises(FormatError, match="damaged"):
        open_document(data[:at] + bytes(byte ^ 255 for byte in data[at : at + 20]) + data[at + 20 :], FORMATS["docx"])


def test_an_archive_that_claims_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vndiacritic.formats.docx._LARGEST", 1000)
    with pytest.raises(FormatError, match="unpacked: split it"):
        open_document(letter(), FORMATS["docx"])

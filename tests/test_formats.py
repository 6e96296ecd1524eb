"""Documents of text formats: what is restored in each, and that everything else stays byte for byte."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import FormatError, VndiacriticError
from vndiacritic.formats import FORMATS, format_of, rewrite_text
from vndiacritic.formats.segments import Piece, Segment, change_segments, spliced
from vndiacritic.restorer import Restorer

TEXT_FORMATS = [name for name, form in FORMATS.items() if not form.binary]
FIELDS = {"csv": ("b",), "tsv": ("b",), "jsonl": ("b",)}
MARKS = str.maketrans("aeioudAEIOUD", "áêịơũđÁÊỊƠŨĐ")


def mark(texts: list[str]) -> list[str]:
    """Mark whatever can carry a mark, also where no restorer would."""
    return [text.translate(MARKS) for text in texts]


def mark_apart(texts: list[str]) -> list[str]:
    """The same, with letters and marks apart, so that texts grow."""

    def marked(match: re.Match[str]) -> str:
        return unicodedata.normalize("NFD", match[0].translate(MARKS))

    return [re.sub("[aeioudAEIOUD](?![\u0300-\u036f])", marked, text) for text in texts]


def strip(texts: list[str]) -> list[str]:
    return [strip_diacritics(text) for text in texts]


def seen(source: str, name: str, *fields: str) -> list[str]:
    """The texts that a restorer is given of a document."""
    texts: list[str] = []

    def look(given: list[str]) -> list[str]:
        texts.extend(given)
        return given

    assert rewrite_text(source, name, look, fields) == source
    return texts


# ---- what is text in each format

MARKDOWN = """\
---
title: an com
---
# An com ##

> Toi **an** com va
> [doc bao](/doc-bao "doc bao"), ![anh dep](a.png)

    an com

1. mot `ma so`
   hai [nguon][an] [an] [^an]

```
an com
```

| An | b \\| o |
|----|--------|
| `o` | uong |

[an]: an.html
<div>an com</div>
"""
CASES = [
    ("md", MARKDOWN, ["An com", "Toi an com va doc bao, anh dep", "mot `ma so` hai nguon [an] ", " An ", " b | o "]),
    ("md", "+++\nt = 'an'\n+++\nan\n", ["an"]),
    ("md", "an\n***\nan*com*\\*o ten_tep _an_ &amp; <b>o</b> <o@u.vn>\n", ["an", "ancom*o ten_tep an & o <o@u.vn>"]),
    ("md", "[a](<b c> 'd') [e](f(g)h) [x] {{ toi }} {#an} [[trang]]", ["a e x {{ toi }} {#an} [[trang]]"]),
    ("md", "``a ` o`` ` o <!-- an -->\n<https://an.vn>", ["``a ` o`` ` o  <https://an.vn>"]),
    ("md", "An com\n===\n\n* * *\n\n- [ ] an\n", ["An com", "  an"]),
    ("srt", "1\n0:0:1,0 --> 0:0:2,0\n<i>an</i>\n{\\an8}com\n\n2\n00:00:01.000 --> 00:00:02.000\no\n", ["an com", "o"]),
    ("srt", "\ufeff1\r\n00:00:01,000 --> 00:00:02,000 X1:1\r\n- an\r\n\r\n1975\r\n", ["- an", "1975"]),
    ("vtt", "WEBVTT an\n\nSTYLE\nan\n\nan\n00:01.000 --> 00:02.000 a\n<v an>a&amp;<b>o</b>\nan\n", ["a&o an"]),
    ("vtt", "\ufeffWEBVTT\n\nNOTE an\n\n00:00:01.000 --> 00:00:02.000\n\n", []),
    ("html", "<title>an</title><p>a <b>o</b>\n d<br>u<script>an</script> <pre>o</pre>", ["an", "a o d", "u", " "]),
    ("html", "<p title='an &amp; o' id=an>x <code>an</code> y<img alt=\"o\nu\">", ["an & o", "x `x` y", "o u"]),
    ("html", "<p>a &lt; b < c &an; d&#7871;n</p><!-- an --><p translate=no>an <p>o</p></p>", ["a < b < c &an; dến"]),
    ("html", "<svg><text>an</svg><TEXTAREA>an</TEXTAREA><p>o<svg/>u", ["o", "u"]),
    ("csv", 'a,b\r\n1,an\r\n\r\n"2","an, ""o""\nu"\r\n3,', ["an", 'an, "o"\nu', ""]),
    ("csv", "\ufeffb;a\nan, com;o\n", ["an, com"]),
    ("tsv", 'a\tb\n1\tan, "com"\n', ['an, "com"']),
    ("jsonl", '{"a": "an", "b": "\\u0103n\\n\\"o\\""}\n \n{"b": ["o", ["u", 1]]}', ['ăn\n"o"', "o", "u"]),
    ("po", 'msgid ""\nmsgstr "a: b"\n\n#. an\n#~ msgstr "o"\nmsgctxt "an"\nmsgid "an"\nmsgstr "a"\n', ["a"]),
    ("po", 'msgid "x"\nmsgstr ""\n"&an %s\\n"\n"L_uu"\n', ["an %s\nLuu"]),
    ("po", 'msgid "x"\nmsgid_plural "y"\nmsgstr[0] "an"\nmsgstr[1] "o\\"{u}"\n', ["an", 'o"{u}']),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source", "expected"), CASES)
def test_only_text_is_seen(name: str, source: str, expected: list[str]) -> None:
    texts = seen(source, name, *FIELDS.get(name, ()))
    assert texts[: len(expected)] == expected
    assert name == "md" or len(texts) == len(expected)


@pytest.mark.parametrize(("name", "source", "expected"), CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("change", [mark, mark_apart])
def test_only_marks_are_added(
    name: str, source: str, expected: list[str], change: Callable[[list[str]], list[str]], end: str
) -> None:
    if end == "\r\n" and "\r\n" not in source:
        source = source.replace("\n", "\r\n")
    changed = rewrite_text(source, name, change, FIELDS.get(name, ()))
    if name != "jsonl":
        assert strip_diacritics(changed) == strip_diacritics(source)
    assert any(set(text) & set("aeioud") for text in expected) == (changed != source)
    assert rewrite_text(changed, name, change, FIELDS.get(name, ())) == changed


MARKED = [
    ("md", "an `an` [an](an) *a*n\n\n[o]: o\n", "án `an` [án](an) *á*n\n\n[o]: o\n"),
    ("md", "[trang dau] [o][trang dau]\n\n[Trang  Dau]: u\n", "[trang dau] [ơ][trang dau]\n\n[Trang  Dau]: u\n"),
    ("md", "> - a\n>   ~~~\n>   a\n>   ~~~\n", "> - á\n>   ~~~\n>   a\n>   ~~~\n"),
    ("srt", "1\n0:0:1,0 --> 0:0:2,0\na <b>o</b>\n", "1\n0:0:1,0 --> 0:0:2,0\ná <b>ơ</b>\n"),
    ("html", "<p lang=a>d&ecirc;n <a href=a>a</a></p>", "<p lang=a>d&ecirc;n <a href=a>á</a></p>"),
    ("csv", 'a,b\na,"a ""o"""\n', 'a,b\na,"á ""ơ"""\n'),
    ("jsonl", '{"b": "\\u00e2n a"}\n{"b": "\\u0061"}', '{"b": "\\u00e2n á"}\n{"b": "\\u00e1"}'),
    ("po", 'msgid "a"\nmsgstr "T_ap %(an)s {o} u\\no"\n', 'msgid "a"\nmsgstr "T_áp %(an)s {o} ũ\\nơ"\n'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source", "expected"), MARKED)
def test_what_is_no_text_stays(name: str, source: str, expected: str) -> None:
    assert rewrite_text(source, name, mark, FIELDS.get(name, ())) == expected


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("html", "<p>a <đi> &đ; <b title='<đi>'>"),
        ("md", "a <đi> &đ;"),
        ("srt", "1\n0:0:1,0 --> 0:0:2,0\n<đi>\n"),
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<đi> &đ;\n"),
        ("po", 'msgid "a"\nmsgstr "%đ"\n'),
    ],
)
def test_stripping_makes_no_markup(name: str, source: str) -> None:
    assert rewrite_text(source, name, strip) == source
    assert rewrite_text(source.replace("đ", "đó, đ"), name, strip) == source.replace("đ", "đó, d")


def test_escapes_of_json_are_stripped_too() -> None:
    assert rewrite_text('{"b": "\\u0111\\u1ebfn đến"}', "jsonl", strip, ["b"]) == '{"b": "den den"}'


# ---- damaged documents

BAD = [
    ("srt", "an com\n", "line 1 should be a cue's number"),
    ("srt", "1\n00:00:01,000 --> 00:00:02,000\nan\n\n2\n00:00:x --> 00:00:04,000\no\n", "line 6 should be"),
    ("vtt", "1\n00:01.000 --> 00:02.000\nan\n", "line 1 should be WEBVTT"),
    ("vtt", "WEBVTT\n\n00:01 --> 00:02\nan\n", "line 3 should be a cue's times"),
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nan\n\ncom\n", "line 6 should be a cue's times"),
    ("html", "<p>\nan <code>o</p>", "line 2 opens <code>, which nothing closes"),
    ("html", "<p>an</p>\n<a href='an", "line 2 opens a tag that nothing closes"),
    ("html", "<p>an\n<![an]>", "line 2 has markup that is no HTML"),
    ("html", "<html>\n<meta charset='windows-1252'>an", "line 2 says that the page is windows-1252"),
    ("html", "<?xml version='1.0' encoding='TCVN'?>\n<p>an</p>", "line 1 says that the page is TCVN"),
    ("csv", 'a,b\n1,"an\n', "line 2 opens a quotation mark that nothing closes"),
    ("csv", 'a,b\n1,"an""\n', "line 2 opens a quotation mark that nothing closes"),
    ("csv", 'a,b\n1,"an"o\n', "line 2 has text after a closing quotation mark"),
    ("csv", 'a,b\n1,"an\no"\n2,an,o\n', "the row in line 4 has 3 fields, the first row has 2"),
    ("csv", "a,c\n1,an\n", "it has no field b: it has a, c"),
    ("csv", "", "it has no field b: it has none"),
    ("jsonl", '{"b": "an"}\n{"b": an}\n', "line 2, column 7, is not JSON"),
    ("jsonl", '{"b": "an"}\n["an"]\n', "line 2 is no JSON object"),
    ("jsonl", '{"a": {"c": "an"}, "d": 1}\n', "no line has a text in the field b: there are a.c"),
    ("jsonl", '{"b": ' + "[" * 100_000, "line 1"),
    ("po", 'msgid "an"\nmsgstr "o\n', "line 2 should be a comment, or a string"),
    ("po", '"an"\n', "line 1 should be a comment, or a string"),
    ("po", 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=TCVN-5712\\n"\n', "line 3 says that the file is"),
]


@pytest.mark.parametrize(("name", "source", "message"), BAD)
def test_damaged_documents_are_told_with_their_line(name: str, source: str, message: str) -> None:
    with pytest.raises(FormatError, match=re.escape(message)):
        rewrite_text(source, name, mark, FIELDS.get(name, ()))


@pytest.mark.parametrize(("name", "source"), [("csv", "a,b\n1,2\n"), ("tsv", "a\tb\n"), ("jsonl", '{"a":"","b":""}')])
def test_fields_must_be_named(name: str, source: str) -> None:
    with pytest.raises(FormatError, match=r"name the fields that are text with --field: .* a, b$"):
        rewrite_text(source, name, mark)


def test_files_are_known_by_their_endings() -> None:
    names = {name: form.name if (form := format_of(name)) else None for name in ("a/B.MD", "a.b.vtt", "md", "a.txt")}
    assert names == {"a/B.MD": "md", "a.b.vtt": "vtt", "md": None, "a.txt": None}


# ---- properties

SIGNS = [*"aod \n\r\t\"'\\,;|:{}[]()<>&#*_`~!-=.1é\u0301", "ệ", "--", "-->", "```", "&amp;", "\ufeff", "<p>", "<!["]
SOUP = st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)
HEADS = {
    "srt": "1\n00:00:01,000 --> 00:00:02,000\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n",
    "csv": "a,b\n1,",
    "tsv": "a\tb\n1\t",
    "po": 'msgid "a"\nmsgstr "',
}


@pytest.mark.parametrize("name", [name for name in TEXT_FORMATS if name != "jsonl"])
@given(soup=SOUP)
def test_whatever_is_in_a_document_only_marks_change(name: str, soup: str) -> None:
    source = HEADS.get(name, "") + soup + ('"\n' if name == "po" else "")
    for change in (mark, strip):
        try:
            changed = rewrite_text(source, name, change, FIELDS.get(name, ()))
        except FormatError:
            continue
        assert strip_diacritics(changed) == strip_diacritics(source)
        assert rewrite_text(changed, name, change, FIELDS.get(name, ())) == changed


JSON = st.recursive(
    st.none() | st.integers() | SOUP | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(
    record=st.dictionaries(st.sampled_from("abc"), JSON), ascii_only=st.booleans(), indent=st.sampled_from(["", " "])
)
def test_json_keeps_its_values(record: dict[str, object], ascii_only: bool, indent: str) -> None:
    source = json.dumps(record, ensure_ascii=ascii_only, separators=(f"{indent},{indent}", f":{indent}"))
    try:
        changed = rewrite_text(source, "jsonl", mark, ["b"])
    except FormatError:
        assert not any(isinstance(value, str) for value in _in_lists(record.get("b")))
        return
    now = json.loads(changed)
    assert {**now, "b": None} == {**record, "b": None}
    texts, before = _in_lists(now.get("b")), _in_lists(record.get("b"))
    assert strip([text for text in texts if isinstance(text, str)]) == strip(
        [text for text in before if isinstance(text, str)]
    )


def _in_lists(value: object) -> list[object]:
    return [inner for item in value for inner in _in_lists(item)] if isinstance(value, list) else [value]


CELL = st.text(st.sampled_from('ab ,;"\n\t|'), max_size=6)


ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4)


@given(rows=ROWS, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), end=st.sampled_from(["\n", "\r\n"]))
@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_cells_are_those_of_the_csv_module(
    name: str, rows: list[tuple[str, str]], quoting: Literal[0, 1], end: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if name == "tsv" else ",", quoting=quoting, lineterminator=end)
    writer.writerows([("a", "b"), *rows])
    assert seen(out.getvalue(), name, "b") == [cell for _, cell in rows]


@given(soup=SOUP)
def test_pages_have_the_elements_they_had(soup: str) -> None:
    source = f"<p id='a'>{soup}</p><p>a</p>"
    try:
        changed = rewrite_text(source, "html", mark)
    except FormatError:
        return
    assert _tags(changed) == _tags(source)


def _tags(source: str) -> list[str]:
    tags: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(strip_diacritics(self.get_starttag_text() or ""))

        def handle_endtag(self, tag: str) -> None:
            tags.append(tag)

    Parser().feed(source)
    return tags


@pytest.mark.parametrize("end", ["", " "])
@pytest.mark.parametrize(
    "unit", ["[", "](", "](a ", "`", "``` `", "<a ", "<!--", "_", "*", "\\", "&a", "{{", "<b>", '"', "[a](b", "%("]
)
def test_work_is_linear(unit: str, end: str) -> None:
    names = [name for name in TEXT_FORMATS if name != "jsonl"]
    began = time.process_time()
    for name in names:
        source = HEADS.get(name, "") + (unit + end) * 3000
        try:
            assert rewrite_text(source, name, strip, FIELDS.get(name, ())) == source
        except FormatError as error:
            assert "line " in str(error)  # noqa: PT017 (either is right)
    assert time.process_time() - began < 5


# ---- segments


def test_a_word_that_is_partly_fixed_stays_whole() -> None:
    segment = Segment("daxen oa", [Piece(0, 2), Piece(2, 3, "a"), Piece(3, 8)])
    assert segment.text == "daaen oa"
    change_segments([segment], mark)
    assert spliced("daxen oa", [segment]) == "daxen ơá"


def test_what_was_decided_by_what_stays_is_looked_at_again() -> None:
    calls: list[list[str]] = []

    def change(texts: list[str]) -> list[str]:
        calls.append(texts)
        return [{"a b c": "á ḅ c", "a ḅ c": "á ḅ ç"}.get(text, text) for text in texts]

    segment = Segment("a b c", [Piece(0, 1, "a"), Piece(1, 5)])
    change_segments([segment, Segment("d", [Piece(0, 1)])], change)
    assert (segment.text, calls) == ("a ḅ ç", [["a b c", "d"], ["a ḅ c"], ["a ḅ ç"]])


def test_a_mark_is_never_parted_from_its_letter() -> None:
    segment = Segment("e|\u0302n a", [Piece(0, 1), Piece(2, 6)])
    assert segment.take("e\u0302\u0301n a\u0301")
    assert segment.parts == ["e", "\u0302n a\u0301"]  # no piece has the whole ê, so its word stays


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(VndiacriticError, match=r"pip install 'vndiacritic\[markdown\]'"):
        rewrite_text("an", "md", mark)


def test_documents_are_restored_in_one_batch(tiny: Restorer) -> None:
    calls: list[list[str]] = []

    def predict(texts: list[str]) -> list[str]:
        calls.append(texts)
        return tiny.predict(texts)

    source = "<p>Hom nay <b>troi</b> dep</p>\n<p>Toi di hoc v&#7873; nha</p>"
    changed = rewrite_text(source, "html", predict)
    assert calls[0] == ["Hom nay troi dep", " ", "Toi di hoc về nha"]
    assert strip_diacritics(changed) == source != changed
    assert rewrite_text(changed, "html", tiny.predict) == changed

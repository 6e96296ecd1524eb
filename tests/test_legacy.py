"""Legacy encodings: their charts, text told to be in one by its content, bytes of files."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vndiacritic.alphabet import SHAPES, TONES
from vndiacritic.cleaning.characters import decode_bytes, repair, repair_and_explain
from vndiacritic.cleaning.charts import TCVN, VISCII, VPS, chart
from vndiacritic.cleaning.legacy import ALIASES, legacy_codecs, viqr_encode
from vndiacritic.errors import EncodingError, VndiacriticError

MARKED = [
    letter
    for base in "aeiouyAEIOUY"
    for shape in ("", *SHAPES.values())
    for tone in ("", *TONES.values())
    if len(letter := unicodedata.normalize("NFC", base + shape + tone)) == 1
    and not letter.isascii()
    and (not shape or base.lower() + shape in ("a\u0302", "a\u0306", "e\u0302", "o\u0302", "o\u031b", "u\u031b"))
]
LETTERS = [*MARKED, "đ", "Đ"]
EIGHT_BIT = ["vni", "viscii", "cp1258", "vps", "tcvn"]
SENTENCES = [
    "Chiều xuống, khói bếp bay lên từ những mái nhà tranh ven sông, trẻ con gọi nhau về ăn cơm.",
    "Người thợ rèn già vẫn cặm cụi bên lò lửa đỏ, búa đập chan chát suốt cả buổi.",
    "Ở quê tôi, mùa nước nổi là mùa của bông điên điển và cá linh non.",
]


def test_there_are_134_letters() -> None:
    assert len(LETTERS) == 134


@pytest.mark.parametrize("name", EIGHT_BIT)
def test_every_letter_comes_back(name: str) -> None:
    codec = legacy_codecs()[name]
    assert [codec.decode(codec.encode(letter)) for letter in LETTERS] == LETTERS


@pytest.mark.parametrize("name", EIGHT_BIT)
def test_encoded_text_is_bytes(name: str) -> None:
    assert max(legacy_codecs()[name].encode("".join(LETTERS))) <= "\xff"


def test_the_fonts_of_tcvn3_have_small_letters_and_seven_capitals() -> None:
    codec = legacy_codecs()["tcvn3"]
    small = [letter for letter in LETTERS if letter.islower()]
    assert [codec.decode(codec.encode(letter)) for letter in [*small, *"ĂÂĐÊÔƠƯ"]] == [*small, *"ĂÂĐÊÔƠƯ"]


@pytest.mark.parametrize(("name", "rows"), [("TCVN5712-1", TCVN), ("VISCII", VISCII)])
@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
def test_charts_agree_with_iconv(name: str, rows: str) -> None:
    listed = subprocess.run(["iconv", "-l"], capture_output=True, text=True, check=True).stdout
    if name not in listed:
        pytest.skip(f"this iconv does not know {name}")
    ours = chart(rows)
    raw = b" ".join(bytes([byte]) for byte in ours)
    done = subprocess.run(["iconv", "-f", name, "-t", "UTF-8"], input=raw, capture_output=True, check=True)
    assert done.stdout.decode().split(" ") == list(ours.values())


@pytest.mark.parametrize("rows", [TCVN, VISCII, VPS])
def test_a_chart_has_each_letter_once(rows: str) -> None:
    letters = list(chart(rows).values())
    assert sorted(letters) == sorted(LETTERS)


def test_windows_1258_agrees_with_python() -> None:
    codec = legacy_codecs()["cp1258"]
    for letter in LETTERS:
        raw = codec.encode(letter).encode("latin-1")
        assert unicodedata.normalize("NFC", raw.decode("cp1258")) == letter


# ---- text told by its content


@pytest.mark.parametrize("name", EIGHT_BIT)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_comes_back_as_it_was(name: str, sentence: str) -> None:
    assert repair(legacy_codecs()[name].encode(sentence)) == sentence


@pytest.mark.parametrize("sentence", [*SENTENCES, "Bạn đã về nhà chưa? Chưa đâu, tôi ở lại."])
def test_a_sentence_comes_back_from_viqr(sentence: str) -> None:
    assert repair(viqr_encode(sentence)) == sentence


@pytest.mark.parametrize(
    ("damaged", "mended"),
    [
        ("Chî næi ®«ng vui, bÐ ®i ch¬i víi mÑ", "Chợ nổi đông vui, bé đi chơi với mẹ"),
        ("CHî NæI §¤NG VUI", "CHỢ NỔI ĐÔNG VUI"),
        ("Hµng c¸, hµng t«m", "Hàng cá, hàng tôm"),
        ("ng­êi trong lµng", "người trong làng"),
        ("ngêi trong lµng nhng kh«ng vÒ", "người trong làng nhưng không về"),
        ("ng-êi tr-íc kÎ sau", "người trước kẻ sau"),
        ("N¨m 1999", "Năm 1999"),
        ("Chôï noåi ñoâng vui", "Chợ nổi đông vui"),
        ("BÖÕA CÔM CHIEÀU", "BỮA CƠM CHIỀU"),
        ("ngöôøi", "người"),
        ("Chþ n±i ðông vui", "Chợ nổi đông vui"),
        ("Chõò nôÒi ðông vui", "Chợ nổi đông vui"),
    ],
)
def test_short_and_lossy_texts(damaged: str, mended: str) -> None:
    assert repair(damaged) == mended


def test_clear_lines_speak_for_the_others() -> None:
    lines = ["Sè 12", "C¸c cô giµ ngåi uèng chÌ", "BÐ Na ®i häc"]
    assert repair("\n".join(lines)) == "Số 12\nCác cụ già ngồi uống chè\nBé Na đi học"
    assert repair(lines[0]) == lines[0]


def test_words_in_unicode_stay_beside_others() -> None:
    assert repair("Đường làng: c¸c cô giµ ngåi uèng chÌ") == "Đường làng: các cụ già ngồi uống chè"


def test_an_encoding_can_be_forced() -> None:
    assert repair("Sè 12", encoding="TCVN3") == "Số 12"
    assert repair_and_explain("Sè 12", encoding="abc").plan[0].reason == "TCVN3 (ABC), as asked for"
    assert repair("hocj baif", encoding="telex") == "học bài"


def test_an_unknown_encoding_of_text_is_named() -> None:
    with pytest.raises(VndiacriticError, match="no encoding 'tcvn9' of text; there are tcvn3, vni"):
        repair("a", encoding="tcvn9")


@given(st.text(st.characters(max_codepoint=0x17F)), st.sampled_from(list(legacy_codecs())))
def test_any_text_can_be_forced(text: str, name: str) -> None:
    assert isinstance(repair(text, steps=["tones"], encoding=name), str)


@given(st.text(st.sampled_from([*map(chr, range(0xA0, 0x100)), *"AOaobx "])), st.sampled_from(list(legacy_codecs())))
@example("\xa4\xa4\xe6", "tcvn3")  # "ÔỔ": the second letter was read as one with the first
@example("AA\xb5", "tcvn3")
def test_what_was_read_is_read_again_as_it_was_written(text: str, name: str) -> None:
    codec = legacy_codecs()[name]
    read = codec.decode(codec.encode(codec.decode(text)))
    assert codec.decode(codec.encode(read)) == read


# ---- bytes of files


@pytest.mark.parametrize("name", [*EIGHT_BIT, "tcvn3"])
def test_bytes_are_told_by_their_content(name: str) -> None:
    text = "\r\n".join(SENTENCES).lower()
    raw = legacy_codecs()[name].encode(text).encode("latin-1")
    assert decode_bytes(raw, None) == text


@pytest.mark.parametrize("name", [*EIGHT_BIT, *ALIASES])
def test_a_name_forces_an_encoding(name: str) -> None:
    codec = legacy_codecs()[ALIASES.get(name, name)]
    assert decode_bytes(codec.encode("số mười").encode("latin-1"), name) == "số mười"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_needs_no_name(name: str) -> None:
    assert decode_bytes(SENTENCES[0].encode(name), None) == SENTENCES[0]


def test_keys_are_encodings_of_files_too() -> None:
    assert decode_bytes(b"ho^.i la`ng", "viqr") == "hội làng"


def test_quotes_of_windows_stay_in_tcvn3() -> None:
    raw = "“lµng”".encode("cp1252")
    assert decode_bytes(raw, "tcvn3") == "“làng”"


@pytest.mark.parametrize(
    "raw",
    [b"caf\xe9 au lait, tr\xe8s bon", b"\x89PNG\r\n\x1a\n\x00\x00\xff", "en lång gång på Åland".encode("latin-1")],
)
def test_what_is_not_clearly_vietnamese_is_refused(raw: bytes) -> None:
    with pytest.raises(EncodingError, match=r"byte 0x[0-9a-f]{2} in line 1 at byte offset \d+; name its encoding"):
        decode_bytes(raw, None)


def test_a_wrong_name_is_refused_with_the_place() -> None:
    with pytest.raises(EncodingError, match="this is not utf-8: byte 0xff in line 2 at byte offset 2"):
        decode_bytes(b"a\n\xff", "utf-8")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(EncodingError, match="there is no encoding 'tcvn9'; known are tcvn3, vni"):
        decode_bytes(b"a", "tcvn9")


@given(st.binary())
def test_any_bytes_are_text_or_an_error(raw: bytes) -> None:
    try:
        text = decode_bytes(raw, None)
    except EncodingError:
        text = ""
    assert isinstance(text, str)

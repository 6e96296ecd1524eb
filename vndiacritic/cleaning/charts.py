"""The charts of the legacy encodings of Vietnamese, as tables to read.

Each row is the first byte of sixteen and the sixteen characters; ``·`` is a byte that has the meaning it has in
ASCII or Latin-1, or none. What can be done with them is in legacy.py.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CP1258_LETTERS", "CP1258_MARKS", "TCVN", "VISCII", "VNI_LETTERS", "VNI_MARKS", "VPS", "chart"]

# TCVN 5712:1993, VN1. The fonts called .VnTime, in which most of the texts were written, know only the part from A1
# on (VN3, "ABC"): there capitals with tones are a matter of the font, and the rest is as in Windows-1252.
TCVN = """
00 ·ÚỤ·ỪỬỮ·········
10 ·ỨỰỲỶỸÝỴ········
80 ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨ
90 ÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ
a0 ·ĂÂÊÔƠƯĐăâêôơưđẰ
b0 ·····àảãáạẲằẳẵắẴ
c0 ẮẦẨẪẤỀặầẩẫấậèỂẻẽ
d0 éẹềểễếệìỉỄẾỒĩíịò
e0 Ổỏõóọồổỗốộờởỡớợù
f0 ỖủũúụừửữứựỳỷỹýỵỐ
"""

# RFC 1456, table 1 (VISCII 1.1).
VISCII = """
00 ··Ẳ··ẴẪ·········
10 ····Ỷ····Ỹ····Ỵ·
80 ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ
90 ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ
a0 Õắằặấầẩậẽẹếềểễệố
b0 ồổỗỠƠộờởịỰỨỪỬơớƯ
c0 ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ
d0 ĐứÒÓÔạỷừửÙÚỹỵÝỡư
e0 àáâãảăữẫèéêẻìíĩỉ
f0 đựòóôõỏọụùúũủýợỮ
"""

# VPS, the set of the Vietnamese Professionals Society; x-viet-vps of older browsers and mail programs.
VPS = """
00 ··ẠẬẶẸỆ·········
10 ỊỌỘỢỤỰ···Ỵ··ẪỮ··
80 ÀẢÃẤẦẨọỗĂếềểệẮẰẲ
90 Ế··ỀỂỄỐỒỔỖýỷỵỚỜỞ
a0 ·ắằẳẵặỠớÙờởỡŨỨợỪ
b0 ổỬỲỸÍÌộỈĨÓửữÒỎÕự
c0 ầÁÂấẩẫậđẻÉÊẹỉễịỹ
d0 ƯỦồốÔỏơÈừứÚũưÝẺ·
e0 àáâãảạă·èéêẽìí·ĩ
f0 ẴĐòóôõ·Ơụùú·ủỶẼỳ
"""

# VNI for Windows: a plain letter, then a byte for all of its marks, a capital byte after a capital letter; ơ, ư, đ and
# what stands on i are one byte. Source: the vendor's chart, as its fonts and the converters agree on it.
VNI_MARKS = {
    "aeouyôö": {"ù": "acute", "ø": "grave", "û": "hook", "õ": "tilde", "ï": "dot"},
    "aeo": {
        "â": "circumflex",
        "á": "circumflex acute",
        "à": "circumflex grave",
        "å": "circumflex hook",
        "ã": "circumflex tilde",
        "ä": "circumflex dot",
    },
    "a": {
        "ê": "breve",
        "é": "breve acute",
        "è": "breve grave",
        "ú": "breve hook",
        "ü": "breve tilde",
        "ë": "breve dot",
    },
}
VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}

# Windows-1258: Latin-1 with ă, đ, ơ, ư and five combining tone marks in the place of rarer letters.
CP1258_LETTERS = {"Ã": "Ă", "ã": "ă", "Ð": "Đ", "ð": "đ", "Õ": "Ơ", "õ": "ơ", "Ý": "Ư", "ý": "ư", "þ": "₫"}
CP1258_MARKS = {"Ì": "grave", "Ò": "hook", "Þ": "tilde", "ì": "acute", "ò": "dot"}


def chart(rows: str) -> Mapping[int, str]:
    """The characters of a chart by their bytes.

    Examples
    --------
    >>> chart(TCVN)[0xB5], chart(VISCII)[0xD5], chart(VPS)[0xC7]
    ('à', 'ạ', 'đ')
    """
    table = {}
    for row in rows.strip().splitlines():
        first, _, characters = row.partition(" ")
        table.update({int(first, 16) + i: char for i, char in enumerate(characters) if char != "·"})
    return table

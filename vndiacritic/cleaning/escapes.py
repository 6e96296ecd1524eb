"""Letters written as escapes: HTML entities, JSON and other backslashes, percents, quoted-printable.

They are undone where what comes out is text. In URLs, in tags and in code that speaks of escapes they are meant.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from html.entities import html5

from vndiacritic.alphabet import has_marks, parse_syllable
from vndiacritic.cleaning.edits import Edit, Finder, lines_with
from vndiacritic.cleaning.plausibility import WORD

__all__ = ["escape_edits"]

_GATE = re.compile(r"&[#a-zA-Z]|\\[uUx]|%[0-9A-Fa-fu]{2}|=[0-9A-F?]|<U\+")


def escape_edits(text: str) -> Iterator[Edit]:
    """The edits that put letters in the place of their escapes."""
    if not _GATE.search(text):
        return
    for signs, find in _NOTATIONS:
        edits = list(find(text)) if any(sign in text for sign in signs) else []
        if edits:  # one notation at a time, so that edits never overlap; the next pass finds the others
            yield from edits
            return


# ---- HTML

# "&amp;#7879;" was escaped twice, and text that went through more hands more often.
_ENTITY = re.compile(r"&(?:amp;){0,8}(#[xX][0-9A-Fa-f]{2,6};?|#[0-9]{2,7};?|[A-Za-z][A-Za-z0-9]{1,24};)")
_TAG = re.compile(r"<[a-zA-Z/!][^<>\n]{0,500}>|&(?:amp;)*lt;\s*[a-zA-Z/!]")


def _entity_edits(text: str) -> Iterator[Edit]:
    for at, line in lines_with(_ENTITY_GATE, text):
        source = _TAG.search(line) is not None
        for match in _ENTITY.finditer(line):
            char = _entity(match[1])
            # In a page's source, and where a line speaks of tags, only letters can be taken for text.
            if char and (char.isalpha() or not (source or _in_code(line, match))):
                yield Edit(at + match.start(), at + match.end(), char, f"HTML escape {match[0]}")


_ENTITY_GATE = re.compile(r"&(?:#[xX0-9]|[A-Za-z]+;|amp;)")


def _entity(name: str) -> str | None:
    """The character of a reference; None for one that has none, or one that is no text."""
    if not name.startswith("#"):
        return html5.get(name)
    digits = name[1:].rstrip(";")
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    if 0x80 <= code < 0xA0:  # browsers read these as Windows-1252
        return bytes([code]).decode("cp1252", "ignore") or None
    if not name.endswith(";") and code < 0xC0:  # "&#39" could be a fragment of anything
        return None
    if (code < 0x20 and code not in (9, 10, 13)) or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return None
    return chr(code)


def _in_code(line: str, match: re.Match[str]) -> bool:
    """Whether an escape stands in quotes or back-ticks of its own, as where it is spoken of."""
    before, after = line[max(0, match.start() - 1) : match.start()], line[match.end() : match.end() + 1]
    quoted = before == after != "" and before in "`\"'"
    return quoted or before + after in ("“”", "‘’", "«»") or "`" in (before, after)


# ---- backslashes: JSON and JavaScript, Python's bytes, R's <U+1EBF>, JavaScript's %u1EBF

_UNIT = re.compile(
    r"(?:\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{2,6}\}|\\U[0-9A-Fa-f]{8}|%u[0-9A-Fa-f]{4}|<U\+[0-9A-Fa-f]{4,6}>)+"
    r"|(?:\\x[0-9A-Fa-f]{2})+"
)
_CODE = re.compile(r"[0-9A-Fa-f]{2,8}")
_BACKSLASHED = re.compile(r"\\([/\"])")


def _backslash_edits(text: str) -> Iterator[Edit]:
    for at, line in lines_with(_UNIT, text):
        edits = [
            Edit(at + match.start(), at + match.end(), decoded, f"escape {match[0][:12]}")
            for match in _UNIT.finditer(line)
            if (decoded := _units(match[0])) is not None
        ]
        if not _makes_syllables(line, at, edits):
            continue
        if "\\u" in line:  # then it is JSON throughout
            edits += [
                Edit(at + match.start(), at + match.end(), match[1], "JSON escape")
                for match in _BACKSLASHED.finditer(line)
            ]
        yield from sorted(edits)


def _units(escapes: str) -> str | None:
    r"""The characters of a run of escapes; ``\x`` are bytes of UTF-8, the others UTF-16 or code points."""
    if escapes.startswith("\\x"):
        return _utf8(bytes.fromhex(escapes.replace("\\x", "")))
    codes = [int(code, 16) for code in _CODE.findall(escapes)]
    if max(codes) > 0xFFFF:
        return "".join(map(chr, codes)) if max(codes) <= 0x10FFFF and not _surrogates(codes) else None
    try:
        return b"".join(code.to_bytes(2, "big") for code in codes).decode("utf-16-be")
    except UnicodeDecodeError:
        return None


def _surrogates(codes: list[int]) -> bool:
    return any(0xD800 <= code < 0xE000 for code in codes)


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _makes_syllables(line: str, at: int, edits: list[Edit]) -> bool:
    """Whether edits make Vietnamese words of a line: a marked syllable around a place that had letters beside it."""
    made: list[str] = []
    end = 0
    for edit in edits:
        made += line[end : edit.start - at], edit.after
        end = edit.end - at
    after = "".join([*made, line[end:]])
    marked = [word for word in WORD.findall(after) if has_marks(word)]
    there = _found(set(marked), line)
    words = [word for word in marked if word not in there]
    good = [word for word in words if len(word) > 1 and parse_syllable(word)]
    return len(good) > 0 and 2 * len(good) >= len(words)


def _found(words: Collection[str], line: str) -> set[str]:
    """Those of some words that are in a line, also in longer words; looking for each would read all of it as often.

    What is too long for a syllable is looked for as a whole word only.
    """
    there = set(WORD.findall(line))
    for length in range(1, _LONGEST + 1):
        short = {word for word in words if len(word) == length}
        if short:
            there |= short.intersection(
                word[at : at + length] for word in there for at in range(len(word) - length + 1)
            )
    return there


_LONGEST = 7  # letters of a syllable

# ---- percents

_PERCENTED = re.compile(r"%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}")
_WRITTEN = re.compile(r"[^\s\"'<>()\[\]{}|]+")
_PERCENTS = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ADDRESS = re.compile(r"[/?&=@#]|%2F|%3[AF]|\bwww\.", re.IGNORECASE)


def _percent_edits(text: str) -> Iterator[Edit]:
    for at, line in lines_with(_PERCENTED, text):
        for token in _WRITTEN.finditer(line):
            if not _PERCENTED.search(token[0]) or _ADDRESS.search(token[0]):
                continue
            start = at + token.start()
            edits = [
                Edit(start + match.start(), start + match.end(), decoded, "percent encoding")
                for match in _PERCENTS.finditer(token[0])
                if (decoded := _utf8(bytes.fromhex(match[0].replace("%", "")))) and decoded.isprintable()
            ]
            if _makes_syllables(token[0], start, edits):
                plus = [Edit(start + m.start(), start + m.end(), " ", "+ of a form") for m in _PLUS.finditer(token[0])]
                yield from sorted([*edits, *plus])


_PLUS = re.compile(r"\+(?=[^\W\d_%]|%)")


# ---- quoted-printable, and the words of mail headers

_QUOTED = re.compile(r"(?:=[0-9A-F]{2}(?:=\n)?)+|=\n")
_TWO_QUOTED = re.compile(r"=[C-F][0-9A-F](?:=\n)?=[89AB][0-9A-F]")


def _quoted_edits(text: str) -> Iterator[Edit]:
    if not _TWO_QUOTED.search(text):
        return
    edits = [
        Edit(match.start(), match.end(), decoded, "quoted-printable")
        for match in _QUOTED.finditer(text)
        if (decoded := _utf8(bytes.fromhex(match[0].replace("=\n", "").replace("=", "")))) is not None
    ]
    if _makes_syllables(text, 0, edits):
        yield from edits


_ENCODED_WORD = re.compile(r"=\?([Uu][Tt][Ff]-8)\?([QqBb])\?([!->@-~]+)\?=(?:[ \t\n]+(?==\?))?")


def _encoded_word_edits(text: str) -> Iterator[Edit]:
    """RFC 2047; the space between two such words is no part of the text."""
    for match in _ENCODED_WORD.finditer(text):
        decode: Callable[[str], bytes] = _from_q if match[2] in "Qq" else _from_b
        decoded = _utf8(decode(match[3]))
        if decoded:
            yield Edit(match.start(), match.end(), decoded, "encoded word of a mail header")


def _from_q(word: str) -> bytes:
    return binascii.a2b_qp(word, header=True)


def _from_b(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True)
    except binascii.Error:
        return b"\xff"


_NOTATIONS: Sequence[tuple[tuple[str, ...], Finder]] = (
    (("&",), _entity_edits),
    (("\\u", "\\U", "\\x", "%u", "<U+"), _backslash_edits),
    (("%",), _percent_edits),
    (("=?",), _encoded_word_edits),
    (("=",), _quoted_edits),
)

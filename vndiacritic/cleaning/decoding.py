"""Bytes of a file as text: UTF-8, or the encoding asked for, or a legacy one told by its content.

Knows when content is clear enough to decide; the letters are legacy.py's.
"""

from __future__ import annotations

import codecs

from vndiacritic.alphabet import compose
from vndiacritic.cleaning.edits import apply_edits
from vndiacritic.cleaning.keystrokes import METHODS
from vndiacritic.cleaning.legacy import ALIASES, legacy_codecs
from vndiacritic.cleaning.legacy_text import plainest
from vndiacritic.cleaning.typed_text import typed_as
from vndiacritic.errors import EncodingError

__all__ = ["decode_bytes"]

_BOMS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]
_CLEAR_GAIN = 30.0  # a thousand characters of running Vietnamese in the right encoding gain 100 to 250


def decode_bytes(data: bytes, encoding: str | None = None) -> str:
    """Decode the bytes of a text.

    Parameters
    ----------
    data : bytes
        The whole text. Line ends stay as they are.
    encoding : str, optional
        ``tcvn3``, ``tcvn``, ``vni``, ``viscii``, ``vps``, ``cp1258``, a way of typing (``viqr``, ``telex``,
        ``vni-keys``) or a name that Python knows (``utf-16``).
        Without it the text is UTF-8; where it is not, a byte order mark or a legacy encoding in which it is clearly
        Vietnamese decides.

    Returns
    -------
    str
        The text, without a byte order mark.

    Raises
    ------
    EncodingError
        If the bytes are not of the encoding, or none is clear; the message says where and what to do.

    Examples
    --------
    >>> decode_bytes(b"ti\\xd5ng vi\\xd6t", "tcvn3")
    'tiếng việt'
    """
    if encoding is not None:
        return _decoded_as(data, encoding)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _python(data, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        return _by_content(data, exc)


def _decoded_as(data: bytes, encoding: str) -> str:
    name = encoding.lower()
    codec = legacy_codecs().get(ALIASES.get(name, name))
    if codec is not None:
        # The upper bytes that the encoding leaves alone are quotes and dashes of Windows.
        return _windows(codec.decode(data.decode("latin-1")))
    if method := METHODS.get(name):
        text = _python(data, "utf-8")
        return apply_edits(text, list(typed_as(text, method)))
    return _python(data, encoding)


_C1 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


def _windows(text: str) -> str:
    return text.translate(_C1)


def _python(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError as exc:
        known = ", ".join(legacy_codecs())
        raise EncodingError(f"there is no encoding {encoding!r}; known are {known}, and Python's codecs") from exc
    except UnicodeError as exc:
        at = exc.start if isinstance(exc, UnicodeDecodeError) else 0
        raise EncodingError(f"this is not {encoding}: {_place(data, at)}; name its encoding") from exc


def _by_content(data: bytes, exc: UnicodeDecodeError) -> str:
    """Text that is no UTF-8: what reads clearly as Vietnamese in a legacy encoding is in it."""
    sample = data[:100_000].decode("latin-1")
    best = plainest(sample)
    if best is None or best[1] < _CLEAR_GAIN or b"\0" in data:
        known = ", ".join(legacy_codecs())
        raise EncodingError(
            f"not UTF-8, nor clearly Vietnamese in a legacy encoding: {_place(data, exc.start)}; "
            f"name its encoding ({known}, or one that Python knows)"
        ) from exc
    return compose(_decoded_as(data, best[0].name))


def _place(data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    return f"byte 0x{data[at]:02x} in line {line} at byte offset {at}"

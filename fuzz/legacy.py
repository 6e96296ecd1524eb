"""Bytes in a legacy encoding, or said to be: decoded, or refused in a sentence that says where."""

from __future__ import annotations

from fuzz.taken import Taken
from vndiacritic.cleaning.characters import apply_plan, decode_bytes, repair, repair_and_explain
from vndiacritic.cleaning.legacy import legacy_codecs, viqr_encode
from vndiacritic.errors import EncodingError

LONGEST = 1024
ENCODINGS = (None, *legacy_codecs(), "viqr", "telex", "vni-keys", "utf-8", "utf-16", "cp1252")
_SENTENCE = "Chiều xuống, khói bếp bay lên từ những mái nhà tranh ven sông, trẻ con gọi nhau về ăn cơm.\n"
SEEDS = (
    *(
        bytes([at]) + codec.encode(_SENTENCE).encode("cp1252", "ignore")
        for at, codec in enumerate(legacy_codecs().values(), 1)
    ),
    b"\7" + viqr_encode(_SENTENCE).encode(),
    b"\0" + _SENTENCE.encode("utf-16"),
    b"\0" + legacy_codecs()["tcvn3"].encode(_SENTENCE * 3).encode("latin-1", "ignore"),
)


def check(data: bytes) -> None:
    """Decode bytes, and repair the same as text."""
    taken = Taken(data)
    encoding = taken.one_of(ENCODINGS)
    rest = taken.rest()
    try:
        decode_bytes(rest, encoding)
    except EncodingError as error:
        assert "\n" not in str(error)
    shown = rest.decode("latin-1")
    for codec in legacy_codecs().values():
        written = codec.encode(codec.decode(shown))
        assert codec.decode(written) == codec.decode(codec.encode(codec.decode(written)))
    if encoding in (*legacy_codecs(), "viqr", "telex", "vni-keys"):
        repaired, plan = repair_and_explain(shown, encoding=encoding)
        assert apply_plan(shown, plan) == repaired
        assert repair(shown, encoding=encoding) == repaired

"""Model files: damaged, foreign or forged, they are refused in one sentence, or restore as promised."""

from __future__ import annotations

import warnings

from fuzz.forging import ADAPTED, SOUND, altered, scratch, sealed
from fuzz.taken import Taken
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import ModelError
from vndiacritic.modelfile import describe
from vndiacritic.restorer import Restorer

LONGEST = 4096
SEEDS = (
    b"\0" + SOUND.read_bytes()[:2000],
    b"\0" + SOUND.read_bytes(),
    b"\1" + b'"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}\0xy',
    b"\2",
    b"\3",
    b"\2" + bytes(range(40)),
    b"\3" + bytes(range(40)),
    b"\2" + bytes(range(255, 150, -3)),
)
_TEXT = "hom nay toi di dau, Hom Nay, đi chuo, con đuong ve nha\n"


def check(data: bytes) -> None:
    """Open a file, and restore with what opens."""
    taken = Taken(data)
    match taken.number() % 4:
        case 0:
            content = taken.rest()
        case 1:
            members, _, payload = taken.rest().partition(b"\0")
            content = sealed({"metadata": {}}, members.decode("utf-8", "surrogateescape"), payload)
        case kind:
            content = altered(taken, SOUND if kind == 2 else ADAPTED)
    path = scratch(content)
    try:
        restorer = Restorer.load(path)
    except ModelError as error:
        assert str(error).startswith(str(path)), "an error that names no file"
        assert "\n" not in str(error)
        assert len(str(error)) < 1000
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weights that make infinity are a forger's own affair
        restored = restorer.restore(_TEXT)
        restorer.explain(_TEXT)
    assert strip_diacritics(restored) == strip_diacritics(_TEXT)
    describe(restorer._model)

"""Model files made of a sound one: damaged anywhere, or changed and sealed again so that every digest fits.

Knows the layout of model files, and nothing of what is in them.
"""

from __future__ import annotations

import copy
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from fuzz.taken import Taken
from vndiacritic.modelfile import FORMAT_NAME, ModelFile, open_model

__all__ = ["ADAPTED", "SOUND", "altered", "scratch", "sealed"]

_MODELS = Path(__file__).resolve().parent.parent / "tests" / "data" / "models"
SOUND, ADAPTED = _MODELS / "format1.safetensors", _MODELS / "format2.safetensors"
"""Small models: one of format 1, and one of format 2 with a further layer and a list of words."""

_ZEROS = "0" * 64
_NUMBERS = (0, 1, -1, 2, 3, 7, 8, 255, 256, 2**15, 2**16, 2**31 - 1, 2**31, 2**32, 2**62, 2**63, 10**400, 0.5, 1e308)
_VALUES: tuple[Any, ...] = (*_NUMBERS, None, True, "", "a", "\ud800", [], {}, [1], [[]], {"a": 1}, [4, 4], ["4"], [4.0])


def scratch(data: bytes) -> Path:
    """A file with such content; every call writes the same one."""
    path = Path(tempfile.gettempdir()) / "vndiacritic-fuzz.safetensors"
    path.write_bytes(data)
    return path


def sealed(document: dict[str, Any], table: dict[str, Any] | str, payload: bytes) -> bytes:
    """A file whose digests fit; a `str` is the table's own JSON, without its braces."""
    document = {
        "format_version": 1,
        "header_sha256": _ZEROS,
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
    } | document
    about = json.dumps({"__metadata__": {FORMAT_NAME: json.dumps(document)}})[:-1]
    members = table if isinstance(table, str) else json.dumps(table)[1:-1]
    header = f"{about}{',' if members else ''}{members}}}".encode("utf-8", "surrogateescape")
    header += b" " * (-(8 + len(header)) % 64)
    header = header.replace(_ZEROS.encode(), hashlib.sha256(header).hexdigest().encode(), 1)
    return len(header).to_bytes(8, "little") + header + payload


def altered(taken: Taken, sound: Path = SOUND) -> bytes:
    """A sound file with some of its arrays and parameters changed, sealed again."""
    model = open_model(sound)
    metadata = json.loads(json.dumps(dict(model.metadata)))
    table, payload = _contents(model)
    while taken:
        match taken.number() % 4:
            case 0:
                _set(metadata, taken)
            case 1:
                _set(table, taken)
            case 2:
                begin, end = _place_of(model, table, taken)
                at = begin + taken.number(2) % max(1, end - begin)
                new = taken.some(1 + taken.number() % 16)
                payload[at : min(at + len(new), len(payload))] = new[: max(0, len(payload) - at)]
            case 3:
                begin, end = _place_of(model, table, taken)
                payload[begin:end] = bytes([taken.number()]) * (end - begin)
    return sealed({"metadata": metadata, "format_version": model.format_version}, table, bytes(payload))


def _contents(model: ModelFile) -> tuple[dict[str, Any], bytearray]:
    """The table of a model's arrays, and their bytes."""
    table: dict[str, Any] = {}
    payload = bytearray()
    for name, array in model.arrays.items():
        code = f"{array.dtype.kind.upper()}{8 * array.dtype.itemsize}"
        begin = len(payload)
        payload += array.tobytes()
        table[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [begin, len(payload)]}
    return table, payload


def _place_of(model: ModelFile, table: dict[str, Any], taken: Taken) -> tuple[int, int]:
    """Where one of the arrays is, if its entry still tells."""
    match table.get(taken.one_of(sorted(model.arrays))):
        case {"data_offsets": [int(begin), int(end)]} if 0 <= begin <= end < 2**24:
            return begin, end
    return 0, 0


def _set(value: Any, taken: Taken) -> None:
    """Put another value somewhere into nested objects and lists, or take one out."""
    while isinstance(value, dict | list) and value:
        key: Any = taken.one_of(sorted(value)) if isinstance(value, dict) else taken.number() % len(value)
        inner, how = value[key], taken.number()
        if not (isinstance(inner, dict | list) and inner and how % 4):
            if how % 5:
                value[key] = copy.deepcopy(taken.one_of(_VALUES))
            else:
                del value[key]
            return
        value = inner

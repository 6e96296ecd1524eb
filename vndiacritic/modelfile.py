"""One model on disk: a file in the safetensors layout, written whole, validated, and memory-mapped.

It knows named arrays and a JSON mapping of metadata. It does not know what they mean: neither language, nor
features, nor scores. Opening a file parses one JSON header and executes nothing.

The layout is eight bytes with the header's length (little-endian), the header (JSON, padded with spaces), and
the arrays (C order, little-endian, without gaps), so every safetensors reader can read a model. Our own part
is one JSON document in the header, under ``__metadata__`` and `FORMAT_NAME`: the format's version (what a
reader must at least understand; docs/model-format.md), the caller's metadata, and two SHA-256 digests. The
header's is checked whenever a file is opened, the payload's when it is read whole, as a restorer does. They
find damage, not malice: who can forge a file can forge its digests.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError

__all__ = [
    "FORMAT_NAME",
    "FORMAT_VERSION",
    "ModelFile",
    "add_metadata",
    "describe",
    "open_model",
    "pack_strings",
    "unpack_strings",
    "verify_model",
    "write_model",
]

FORMAT_NAME: Final = "vndiacritic"
FORMAT_VERSION: Final = 2  # the newest that this version reads and writes

# Some twenty arrays at 100 bytes each and the metadata of a dozen corpora make 50 kB. A hostile MiB
# ("[{},{},...") costs up to 40 MB of Python objects; the 100 MB that safetensors allows would cost gigabytes.
_MAX_HEADER: Final = 2**20
_MAX_DIMENSIONS: Final = 32  # numpy 1 stops here; numpy 2 at 64
_ALIGNMENT: Final = 64  # a cache line; the widest number needs 8

# The types a file may hold, by numpy's name without the byte order, and by safetensors' name.
_TYPES: Final = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
_CODES: Final = {name: f"{name[0].upper()}{8 * int(name[1])}" for name in _TYPES}  # "f4": "F32"
_DTYPES: Final = {code: np.dtype(f"<{name}") for name, code in _CODES.items()}

_METADATA: Final = "__metadata__"
_UNSEALED: Final = b"0" * 64  # stands in the header while its digest is computed

_FETCH_AGAIN: Final = "copy or download the model again, or train it anew"
_NAME_A_MODEL: Final = "give the path of a file that 'vndiacritic train' wrote"


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A validated model file; it pickles as its path, so that a worker process maps the same pages.

    Attributes
    ----------
    path : Path
        Absolute, so that it outlives a change of folder.
    metadata : Mapping
        What `write_model` was given, as JSON sees it: tuples are lists, keys are strings.
    arrays : Mapping of str to ndarray
        Read-only and memory-mapped, in the order of the file.
    format_version, file_size : int
        `file_size` is in bytes.
    payload_sha256 : str
        What the header promises; compared where the file is read whole.
    """

    path: Path
    metadata: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    format_version: int
    file_size: int
    payload_sha256: str

    def __reduce__(self) -> tuple[Any, ...]:
        return open_model, (self.path,)


def write_model(
    path: str | os.PathLike[str],
    arrays: Mapping[str, NDArray[Any]],
    metadata: Mapping[str, Any],
    *,
    format_version: int = 1,
) -> None:
    """Write a model file in one step: `path` holds the old file or the new one, never half of it.

    The same arrays and metadata give the same bytes, whatever their order in the mappings.

    Parameters
    ----------
    path : path-like
        A symbolic link is followed, and stays.
    arrays : mapping of str to ndarray
        Integers of 8 to 64 bits and floats of 16 to 64 bits, of any shape, memory order and byte order;
        stored little-endian in C order (a Fortran-ordered `coef_.T` is copied).
    metadata : mapping
        Anything that JSON can hold, without NaN and infinity.
    format_version : int
        The oldest one that has a name for everything in the file, so that older versions of this package read what
        they can.

    Raises
    ------
    ModelError
        An array or the metadata cannot be stored, or the file cannot be written.
    """
    with _naming(path, "written"):
        target = Path(os.path.realpath(path))
        if target.exists():
            _require_regular(target)  # a rename would put a model in the place of /dev/null
        # Wide numbers first: as no gaps are allowed, this order is what keeps every array aligned.
        names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
        stored = {name: _stored(name, arrays[name]) for name in names}
        header = _build_header(stored, metadata, format_version)
        _replace_file(target, [len(header).to_bytes(8, "little"), header, *map(_raw, stored.values())])


def open_model(path: str | os.PathLike[str], *, whole: bool = False) -> ModelFile:
    """Map a model file after checking its header and its length.

    Parameters
    ----------
    path : path-like
    whole : bool
        Whether to read the arrays too and compare them with their digest, as `verify_model` does.

    Raises
    ------
    ModelError
        The file is missing, unreadable, foreign, damaged, of the wrong length, or of a newer format.
    """
    with _naming(path, "read"), _opened(Path(path)) as handle:
        mapped = _mapped(handle)
        header = _read_header(mapped)
        document, table = _parse_header(header)
        slots = sorted(_slot(name, entry) for name, entry in table.items())
        start = 8 + len(header)
        _check_layout(slots, start, len(mapped))
        handle.seek(start)
        # Read, not looked at through the map, which would count as this process's memory from then on.
        if whole and hashlib.file_digest(handle, "sha256").hexdigest() != document["payload_sha256"]:
            raise _damaged("its arrays do not match their SHA-256")
    payload = np.frombuffer(mapped, np.uint8)[start:]
    arrays = {at.name: payload[at.begin : at.end].view(at.dtype).reshape(at.shape) for at in slots}
    return ModelFile(
        path=Path(path).absolute(),
        metadata=MappingProxyType(document["metadata"]),
        arrays=MappingProxyType(arrays),
        format_version=document["format_version"],
        file_size=len(mapped),
        payload_sha256=document["payload_sha256"],
    )


def verify_model(path: str | os.PathLike[str]) -> ModelFile:
    """Open a model file and compare its arrays with their digest too; reads the whole file.

    Raises
    ------
    ModelError
        As `open_model`, or the arrays are not those that were written.
    """
    return open_model(path, whole=True)


def add_metadata(path: str | os.PathLike[str], more: Mapping[str, Any]) -> None:
    """Write a model file again, in one step, with more metadata; what has the name of some takes its place.

    Raises
    ------
    ModelError
        As `open_model` and `write_model`.
    """
    model = open_model(path)
    write_model(path, model.arrays, {**model.metadata, **more}, format_version=model.format_version)


def describe(model: ModelFile) -> dict[str, Any]:
    """Say what is in a model file, as plain values that JSON can hold; sizes are in bytes."""
    return {
        "path": str(model.path),
        "file_size": model.file_size,
        "format_version": model.format_version,
        "payload_sha256": model.payload_sha256,
        "arrays": {
            name: {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": array.nbytes}
            for name, array in model.arrays.items()
        },
        "metadata": dict(model.metadata),
    }


def pack_strings(strings: Iterable[str]) -> NDArray[np.uint8]:
    r"""Turn strings into one row of UTF-8 bytes, each string ended by a line feed.

    Ended, not joined: ``[]`` and ``[""]`` must differ. Raises ModelError for a string that holds a line feed,
    or half of a surrogate pair, which UTF-8 cannot hold.

    >>> bytes(pack_strings(["mà", "má"])).decode()
    'mà\nmá\n'
    """
    strings = list(strings)
    if any("\n" in string for string in strings):
        raise ModelError("strings with a line feed in them cannot be packed: split them first")
    try:
        packed = "".join(f"{string}\n" for string in strings).encode()
    except UnicodeEncodeError as error:
        raise ModelError(f"strings cannot be packed as UTF-8 ({error}): decode their source again") from error
    return np.array(bytearray(packed), np.uint8)


def unpack_strings(array: NDArray[Any]) -> list[str]:
    """Turn an array of `pack_strings` back into its strings; raises ModelError for any other array."""
    if array.dtype != np.uint8 or array.ndim != 1:
        raise ModelError(f"packed strings are a row of uint8, not {array.dtype} of shape {array.shape}")
    try:
        *strings, rest = array.tobytes().decode().split("\n")
    except UnicodeDecodeError as error:
        raise ModelError(f"packed strings are not UTF-8 ({error}): {_FETCH_AGAIN}") from error
    if rest:
        raise ModelError(f"packed strings end in the middle of one ({rest!r:.60}): {_FETCH_AGAIN}")
    return strings


def _damaged(detail: str) -> ModelError:
    return ModelError(f"is damaged ({detail}): {_FETCH_AGAIN}")


@contextmanager
def _naming(path: str | os.PathLike[str], done: str) -> Iterator[None]:
    """Begin every complaint with the file's name; a system error becomes a ModelError."""
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{os.fspath(path)} {error}") from error.__cause__
    except OSError as error:
        reason = f"{os.fspath(path)} cannot be {done} ({error.strerror or error})"
        raise ModelError(f"{reason}: check the path, its permissions and the disk") from error


def _require_regular(path: Path) -> None:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):  # opening a named pipe would wait for ever
        kind = "folder" if stat.S_ISDIR(mode) else "device or a pipe"
        raise ModelError(f"is a {kind}, not a file: {_NAME_A_MODEL}")


def _stored(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return the array as the file holds it: of a known type, little-endian, in C order."""
    code = _CODES.get(array.dtype.str[1:])
    if code is None:
        what = f"array {name!r:.60} is of {array.dtype}"
        raise ModelError(f"cannot be written ({what}): convert it to one of {' '.join(_DTYPES)}")
    if name == _METADATA:
        raise ModelError(f"cannot be written (no array may be called {name}): use another name")
    return np.asarray(array, _DTYPES[code], order="C")  # ascontiguousarray would turn () into (1,)


def _raw(array: NDArray[Any]) -> memoryview:
    """See a C-ordered array as a row of bytes, without a copy."""
    return array.reshape(-1).view(np.uint8).data


def _payload_digest(arrays: Iterable[NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(_raw(array))
    return digest.hexdigest()


def _build_header(stored: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any], format_version: int) -> bytes:
    """Return the padded header; its own digest is the first thing in it that could look like one."""
    document = {
        "format_version": format_version,
        "header_sha256": _UNSEALED.decode(),
        "metadata": dict(metadata),
        "payload_sha256": _payload_digest(stored.values()),
    }
    try:
        own = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True)
        _parse_json(own)  # {1: 0, "1": 0} becomes an object with one key twice, which no reader accepts
        table = {_METADATA: {FORMAT_NAME: own}} | _array_table(stored)
        header = json.dumps(table, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"cannot be written (not JSON: {error}): give plain values as metadata") from error
    header += b" " * (-(8 + len(header)) % _ALIGNMENT)
    if len(header) > _MAX_HEADER:
        what = f"its header has {len(header)} bytes, {_MAX_HEADER} at most"
        raise ModelError(f"cannot be written ({what}): store long lists as arrays")
    return header.replace(_UNSEALED, hashlib.sha256(header).hexdigest().encode(), 1)


def _array_table(stored: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    end = 0
    for name, array in stored.items():
        code = _CODES[array.dtype.str[1:]]
        begin, end = end, end + array.nbytes
        table[name] = {"dtype": code, "shape": array.shape, "data_offsets": [begin, end]}
    return table


def _replace_file(target: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write beside the target, then rename. Mode "xb" respects the umask; mkstemp would leave 0600."""
    beside = target.with_name(f".{FORMAT_NAME}-{secrets.token_hex(8)}.tmp")
    try:
        with beside.open("xb") as handle:
            handle.writelines(pieces)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(target)
    except BaseException:  # KeyboardInterrupt too
        beside.unlink(missing_ok=True)
        raise


def _opened(path: Path) -> BufferedReader:
    _require_regular(path)
    return path.open("rb")


def _mapped(handle: BufferedReader) -> mmap.mmap:
    if not os.fstat(handle.fileno()).st_size:  # mmap refuses a length of 0 in words of its own
        raise ModelError(f"is empty: {_FETCH_AGAIN}")
    return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)


def _read_header(mapped: mmap.mmap) -> bytes:
    length = int.from_bytes(mapped[:8], "little")
    if mapped[8:9] != b"{" or length > _MAX_HEADER:
        raise ModelError(f"is not a {FORMAT_NAME} model (it does not begin like one): {_NAME_A_MODEL}")
    if 8 + length > len(mapped):
        raise ModelError(f"is cut short ({len(mapped)} bytes, within the header): {_FETCH_AGAIN}")
    return mapped[8 : 8 + length]


def _parse_json(text: str) -> dict[str, Any]:
    """Parse an object more strictly than json alone; raises ValueError or, for "[[[[...", RecursionError."""
    match json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_finite):
        case dict() as parsed:
            json.dumps(parsed, ensure_ascii=False).encode()  # "\\ud800" is half of a pair, which nothing could print
            return parsed
    raise ValueError("it is not an object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return mapping


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):  # NaN, Infinity, 1e999
        raise ValueError(f"the number {text:.60} is not finite")
    return number


def _parse_header(header: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return our own document, checked, and the table of arrays as it stands there."""
    try:
        table = _parse_json(header.decode())
        about = table.pop(_METADATA, None)
        own = about.get(FORMAT_NAME) if isinstance(about, dict) else None
        document = _parse_json(own) if isinstance(own, str) else None
    except (ValueError, RecursionError) as error:
        raise _damaged(f"its header is not valid JSON: {error}") from error
    if document is None:
        raise ModelError(f"is a safetensors file, but not a {FORMAT_NAME} model: {_NAME_A_MODEL}")
    _check_document(document, header)
    return document, table


def _check_document(document: dict[str, Any], header: bytes) -> None:
    """Check the version before all else: what follows it may differ in a newer format."""
    version = document.get("format_version", 0)
    if not _is_count(version) or version < 1:
        raise _damaged("its header has no format version")
    if version > FORMAT_VERSION:
        versions = f"format {version}; this one reads up to {FORMAT_VERSION}"
        remedy = f"upgrade {FORMAT_NAME} or use an older model"
        raise ModelError(f"was written by a newer {FORMAT_NAME} ({versions}): {remedy}")
    match document:
        case {"header_sha256": str(seal), "payload_sha256": str(), "metadata": dict()} if seal.isascii():
            unsealed = header.replace(seal.encode(), _UNSEALED, 1)
            if hashlib.sha256(unsealed).hexdigest() == seal:
                return
    raise _damaged("its header does not match its SHA-256")


class _Slot(NamedTuple):
    """Where one array lies in the payload: from byte `begin` up to `end`."""

    begin: int
    end: int
    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


def _slot(name: str, entry: Any) -> _Slot:
    match entry:
        case {"dtype": str(code), "shape": [*shape], "data_offsets": [begin, end]} if code in _DTYPES:
            dtype = _DTYPES[code]
        case _:
            raise _damaged(f"array {name!r:.60} is of no known type or not described")
    possible = all(map(_is_count, [begin, end, *shape])) and len(shape) <= _MAX_DIMENSIONS
    # A 0 counts as 1 here: numpy overflows on the shape (0, 2**62) although it has no elements.
    if not possible or math.prod(max(n, 1) for n in shape) * dtype.itemsize > sys.maxsize:
        raise _damaged(f"array {name!r:.60} has an impossible shape or place")
    if math.prod(shape) * dtype.itemsize != end - begin:
        raise _damaged(f"array {name!r:.60} has a shape that does not fit its length")
    return _Slot(begin, end, name, dtype, tuple(shape))


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= sys.maxsize  # isinstance would let True through


def _check_layout(slots: Iterable[_Slot], start: int, size: int) -> None:
    """The arrays, in the order of their places, must fill the file from `start` to `size` exactly."""
    position = start
    for slot in slots:
        if start + slot.begin != position:
            raise _damaged(f"array {slot.name!r:.60} overlaps its neighbour or leaves a gap")
        if position % slot.dtype.itemsize:
            raise _damaged(f"array {slot.name!r:.60} is not aligned")
        position = start + slot.end
    if size != position:
        what = "is cut short" if size < position else "is too long"
        raise ModelError(f"{what} ({size} bytes where its header promises {position}): {_FETCH_AGAIN}")

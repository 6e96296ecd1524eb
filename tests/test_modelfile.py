"""The model on disk: what is written comes back, and nothing else is let in."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from vndiacritic.errors import ModelError
from vndiacritic.modelfile import (
    FORMAT_NAME,
    FORMAT_VERSION,
    add_metadata,
    describe,
    open_model,
    pack_strings,
    unpack_strings,
    verify_model,
    write_model,
)

KINDS = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
METADATA = {"corpora": [{"name": "Chuyện kể", "lines": 3}], "alpha": 0.3, "zeros": "0" * 64}
posix = pytest.mark.skipif(os.name != "posix", reason="umask, pipes and symbolic links")


def small_arrays() -> dict[str, NDArray[Any]]:
    return {
        "weights": np.arange(-6, 6, dtype=np.int8).reshape(3, 4),
        "scale": np.array(0.5, np.float32),
        "rows": np.array([1, 2, 2**63], np.uint64),
        "none": np.zeros((0, 3), np.uint16),
    }


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.model"
    write_model(path, small_arrays(), METADATA)
    return path


def assert_same(read: NDArray[Any], written: NDArray[Any]) -> None:
    assert (read.dtype, read.shape) == (written.dtype.newbyteorder("<"), written.shape)
    assert read.tobytes() == written.astype(read.dtype).tobytes()


def header_end(data: bytes) -> int:
    return 8 + int.from_bytes(data[:8], "little")


def entry(dtype: str, shape: Any, begin: Any, end: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def forge(path: Path, table: dict[str, Any] | str, payload: bytes = b"", **changes: Any) -> Path:
    """Write any header with a valid digest, so that a test gets past it; a `str` is the table's own JSON."""
    document = {
        "format_version": 1,
        "header_sha256": "0" * 64,
        "metadata": {},
        "payload_sha256": "",
    } | changes
    about = json.dumps({"__metadata__": {FORMAT_NAME: json.dumps(document)}})
    members = table if isinstance(table, str) else json.dumps(table)[1:-1]
    header = f"{about[:-1]}{',' if members else ''}{members}}}".encode()
    header += b" " * (-len(header) % 8)
    header = header.replace(b"0" * 64, hashlib.sha256(header).hexdigest().encode(), 1)
    path.write_bytes(len(header).to_bytes(8, "little") + header + payload)
    return path


# What is written comes back.


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_arrays_come_back_as_written(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    any_array = st.builds(
        lambda kind, order: npst.arrays(f"{order}{kind}", npst.array_shapes(min_dims=0, min_side=0, max_side=4)),
        st.sampled_from(KINDS),
        st.sampled_from("<>"),
    ).flatmap(lambda strategy: strategy)
    arrays = data.draw(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), any_array, max_size=4))
    path = tmp_path_factory.getbasetemp() / "round-trip.model"
    write_model(path, arrays, {})
    model = verify_model(path)
    assert set(model.arrays) == set(arrays)
    for name, array in arrays.items():
        assert_same(model.arrays[name], array)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('aộ\\"\n0'), inner, max_size=3),
    max_leaves=8,
)


@given(metadata=st.dictionaries(st.text("abđ", max_size=3), json_values, max_size=4))
@settings(max_examples=60, deadline=None)
def test_metadata_come_back_as_written(metadata: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "metadata.model"
    write_model(path, {}, metadata)
    assert open_model(path).metadata == metadata


@pytest.mark.parametrize("digits", ["0" * 64, "0" * 130])
def test_metadata_that_look_like_the_placeholder_of_the_digest_are_kept(tmp_path: Path, digits: str) -> None:
    path = tmp_path / "zeros.model"
    write_model(path, {digits: np.ones(2)}, {digits: digits})
    model = verify_model(path)
    assert (dict(model.metadata), list(model.arrays)) == ({digits: digits}, [digits])


def test_fortran_order_and_views_are_stored_in_c_order(tmp_path: Path) -> None:
    coefficients = np.arange(12, dtype=np.float64).reshape(3, 4)
    arrays = {"T": coefficients.T, "every_second": coefficients[:, ::2], "backwards": coefficients[::-1]}
    write_model(tmp_path / "views.model", arrays, {})
    for name, array in verify_model(tmp_path / "views.model").arrays.items():
        assert array.flags.c_contiguous
        np.testing.assert_array_equal(array, arrays[name])


def test_arrays_are_mapped_aligned_and_read_only(small: Path) -> None:
    for array in open_model(small).arrays.values():
        assert array.flags.aligned
        assert not array.flags.owndata
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    assert header_end(small.read_bytes()) % 64 == 0


def test_safetensors_reads_our_files(small: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    theirs = safetensors.load_file(small)
    ours = small_arrays()
    assert set(theirs) == set(ours)
    for name, array in theirs.items():
        assert_same(array, ours[name])


def test_the_order_of_the_mappings_does_not_matter(small: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.model"
    write_model(again, dict(reversed(small_arrays().items())), dict(reversed(METADATA.items())))
    assert again.read_bytes() == small.read_bytes()


def test_format_1_stays_as_it_was_published(small: Path) -> None:
    # Old models must stay readable: a change of these bytes needs a new FORMAT_VERSION, or a good reason.
    digest = "a6b39ab5a5f82c27613dda19d738f3a81da09b550c9389569883eda6ccf75c75"
    assert (open_model(small).format_version, hashlib.sha256(small.read_bytes()).hexdigest()) == (1, digest)


def test_a_file_says_the_oldest_format_that_has_all_of_it(small: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.model"
    write_model(newer, small_arrays(), METADATA, format_version=FORMAT_VERSION)
    assert (FORMAT_VERSION, open_model(newer).format_version) == (2, 2)
    assert open_model(newer).payload_sha256 == open_model(small).payload_sha256


def test_metadata_can_be_added(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "card.model"
    write_model(path, small_arrays(), METADATA, format_version=2)
    add_metadata(path, {"figures": {"right": 3}, "seed": 9})
    added, before = verify_model(path), open_model(small)
    assert dict(added.metadata) == METADATA | {"figures": {"right": 3}, "seed": 9}
    assert (added.payload_sha256, added.format_version) == (before.payload_sha256, 2)
    with pytest.raises(ModelError, match="cannot be written"):
        add_metadata(path, {"notes": "n" * 2**20})
    assert dict(open_model(path).metadata) == dict(added.metadata)


def test_describe_is_json_and_complete(small: Path) -> None:
    told = json.loads(json.dumps(describe(open_model(small))))
    assert told["file_size"] == small.stat().st_size
    assert told["format_version"] == 1
    assert told["metadata"] == METADATA
    assert told["arrays"]["weights"] == {"dtype": "int8", "shape": [3, 4], "bytes": 12}
    assert told["payload_sha256"] == hashlib.sha256(small.read_bytes()[header_end(small.read_bytes()) :]).hexdigest()


def test_a_model_pickles_as_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_model("large.model", {"weights": np.ones(100_000)}, {"k": 1})
    pickled = pickle.dumps(open_model("large.model"))
    monkeypatch.chdir("/")
    model = pickle.loads(pickled)
    assert len(pickled) < 1000
    assert model.arrays["weights"].sum() == 100_000


def test_importing_brings_only_numpy() -> None:
    code = "import sys, vndiacritic.modelfile; print({'sklearn', 'scipy', 'safetensors'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# What cannot be stored is refused, and the file that was there survives.


@pytest.mark.parametrize(
    "array",
    [
        np.array([True]),
        np.array([1j]),
        np.array(["U"]),  # numpy's kind U, 4 bytes: must not pass for U32
        np.array([{}], dtype=object),
        np.array(["2024-01-01"], dtype="M8[D]"),
        np.zeros(2, dtype=[("a", "<f4")]),
        np.zeros(2, dtype=np.longdouble),
    ],
    ids=lambda array: str(array.dtype),
)
def test_types_that_cannot_be_stored(tmp_path: Path, array: NDArray[Any]) -> None:
    if array.dtype == np.float64:
        pytest.skip("long double is double here")
    with pytest.raises(ModelError, match=r"x\.model cannot be written \(array 'odd' is of .* convert it to"):
        write_model(tmp_path / "x.model", {"odd": array}, {})
    assert list(tmp_path.iterdir()) == []


circular: list[Any] = []
circular.append(circular)
deep: list[Any] = []
for _ in range(100_000):
    deep = [deep]


@pytest.mark.parametrize(
    "metadata",
    [
        {"x": float("nan")},
        {"x": float("-inf")},
        {"x": {1, 2}},
        {"x": b"bytes"},
        {"x": np.float32(1)},
        {1: "a", "1": "b"},
        {1: "a", "b": "c"},
        {"x": "\ud800"},
        {"x": circular},
        {"x": deep},
    ],
    ids=["nan", "inf", "set", "bytes", "float32", "same key", "mixed keys", "surrogate", "circular", "deep"],
)
def test_metadata_that_cannot_be_stored(tmp_path: Path, metadata: dict[Any, Any]) -> None:
    with pytest.raises(ModelError, match=r"x\.model cannot be written \(not JSON: .*plain values"):
        write_model(tmp_path / "x.model", {}, metadata)
    assert list(tmp_path.iterdir()) == []


def test_names_and_headers_that_cannot_be_stored(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no array may be called __metadata__"):
        write_model(tmp_path / "x.model", {"__metadata__": np.ones(1)}, {})
    with pytest.raises(ModelError, match=r"1048576 at most.*: store long lists as arrays"):
        write_model(tmp_path / "x.model", {}, {"words": ["bún"] * 200_000})
    with pytest.raises(ModelError, match="not JSON"):
        write_model(tmp_path / "x.model", {"\udc80": np.ones(1)}, {})


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_an_old_file_survives_a_failing_write(
    small: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def fail(descriptor: int) -> None:
        raise fault

    before = small.read_bytes()
    monkeypatch.setattr("os.fsync", fail)  # the temporary file is complete, and not yet in place
    with pytest.raises((ModelError, KeyboardInterrupt)) as caught:
        write_model(small, {"new": np.ones(1000)}, {})
    assert small.read_bytes() == before
    assert list(small.parent.iterdir()) == [small]
    if isinstance(fault, OSError):
        assert str(caught.value).startswith(f"{small} cannot be written (No space left on device): check")


def test_a_mapped_model_survives_its_replacement(small: Path) -> None:
    model = open_model(small)
    write_model(small, {"weights": np.zeros(3)}, {})
    assert_same(model.arrays["weights"], small_arrays()["weights"])


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_umask_decides_the_mode(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_model(tmp_path / "x.model", {}, {})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.model").stat().st_mode) == mode


@posix
def test_a_link_is_followed_when_writing(small: Path) -> None:
    link = small.with_name("link.model")
    link.symlink_to(small.name)
    write_model(link, {}, {"new": True})
    assert link.is_symlink()
    assert open_model(small).metadata == {"new": True}


def test_places_that_are_no_file_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a folder, not a file"):
        write_model(tmp_path, {}, {})
    with pytest.raises(ModelError, match=r"cannot be written \(No such file or directory\): check the path"):
        write_model(tmp_path / "nowhere" / "x.model", {}, {})


# What is not ours is refused in one sentence.


class Bomb:
    """A pickle of it makes a folder when it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.folder,)


FOREIGN = {
    "text": "Cô Thắm đọc sách.\n".encode(),
    "text starting with a brace": b'{"a": 1, "b": [1, 2, 3]}',
    "short text": b"abc",
    "eight bytes": bytes(8),
    "header of length zero": bytes(8) + b"{}",
    "zeros": bytes(1000),
    "gzip": gzip.compress(b"model"),
    "zip": b"PK\x03\x04" + bytes(100),
    "huge header": (2**63).to_bytes(8, "little") + b"{" + bytes(100),
    "header bomb": (2**20 + 1).to_bytes(8, "little") + b"{}".ljust(2**20 + 1),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(FOREIGN[name])
    with pytest.raises(ModelError) as caught:
        open_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is ")
    assert ": " in message
    assert "\n" not in message


def test_safetensors_of_others_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "bert.safetensors"
    for about in (None, {"format": "pt"}, {FORMAT_NAME: 1}, [FORMAT_NAME]):
        header = json.dumps({"__metadata__": about, "w": entry("F32", [1], 0, 4)}).encode()
        path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
        with pytest.raises(ModelError, match="is a safetensors file, but not a vndiacritic model: give the path"):
            open_model(path)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "made")))
    with pytest.raises(ModelError, match="is not a vndiacritic model"):
        verify_model(path)
    assert not (tmp_path / "made").exists()


def test_places_that_are_no_file_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no\.model cannot be read \(No such file or directory\): check the path"):
        open_model(tmp_path / "no.model")
    with pytest.raises(ModelError, match="is a folder, not a file: give the path"):
        open_model(tmp_path)
    (tmp_path / "empty.model").touch()
    with pytest.raises(ModelError, match=r"empty\.model is empty: copy or download"):
        open_model(tmp_path / "empty.model")


def test_a_file_without_permission(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:  # chmod would not stop root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ModelError, match=r"cannot be read \(Permission denied\): check the path, its permissions"):
        open_model(small)


@posix
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelError, match="is a device or a pipe, not a file"):
        open_model(tmp_path / "pipe")


def test_a_newer_format_asks_for_an_upgrade_whatever_else_it_holds(tmp_path: Path) -> None:
    path = forge(tmp_path / "x.model", {"w": entry("F4", [1], 0, 4)}, format_version=3, header_sha512="")
    expected = (
        f"{path} was written by a newer vndiacritic (format 3; this one reads up to 2): "
        "upgrade vndiacritic or use an older model"
    )
    with pytest.raises(ModelError) as caught:
        open_model(path)
    assert str(caught.value) == expected


# Damage is found: in the header and the length at once, in the payload by verify_model.


def test_every_flipped_bit_of_the_header_is_found(small: Path, tmp_path: Path) -> None:
    good = small.read_bytes()
    path = tmp_path / "flipped.model"
    path.write_bytes(good)
    with path.open("r+b", buffering=0) as handle:
        for place in range(header_end(good)):
            for bit in range(8):
                handle.seek(place)
                handle.write(bytes([good[place] ^ 1 << bit]))
                with pytest.raises(ModelError):
                    open_model(path)
            handle.seek(place)
            handle.write(good[place : place + 1])
    assert_same(verify_model(path).arrays["rows"], small_arrays()["rows"])


def test_every_flipped_byte_of_the_payload_is_found(small: Path) -> None:
    good = small.read_bytes()
    for place in range(header_end(good), len(good)):
        small.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        open_model(small)
        with pytest.raises(ModelError, match=r"is damaged \(its arrays do not match their SHA-256\): copy or"):
            verify_model(small)


def test_a_file_cut_at_any_length_is_refused(small: Path) -> None:
    for length in range(small.stat().st_size - 1, -1, -1):
        os.truncate(small, length)
        with pytest.raises(ModelError):
            open_model(small)


def test_wrong_lengths_are_told_in_bytes(small: Path) -> None:
    size = small.stat().st_size
    os.truncate(small, size - 1)
    with pytest.raises(ModelError, match=rf"is cut short \({size - 1} bytes where its header promises {size}\)"):
        open_model(small)
    os.truncate(small, 2**33)  # sparse: found without reading 8 GB
    with pytest.raises(ModelError, match=rf"is too long \({2**33} bytes where its header promises {size}\)"):
        open_model(small)
    os.truncate(small, 100)
    with pytest.raises(ModelError, match=r"is cut short \(100 bytes, within the header\)"):
        open_model(small)


# Hostile headers, with a valid digest.


def test_a_forged_file_that_is_right_opens(tmp_path: Path) -> None:
    table = {
        "b": entry("U8", [2], 2, 4),
        "a": entry("U16", [1], 0, 2),
        "c": entry("U8", [0, 2**62], 4, 4),
    }
    model = open_model(forge(tmp_path / "x.model", table, bytes([1, 0, 3, 4])))
    assert {name: array.tolist() for name, array in model.arrays.items()} == {"a": [1], "b": [3, 4], "c": []}


HOSTILE_TABLES: dict[str, tuple[Any, str]] = {
    "overlap": ({"a": entry("U8", [4], 0, 4), "b": entry("U8", [6], 2, 8)}, "'b' overlaps"),
    "same place": ({"a": entry("U8", [8], 0, 8), "b": entry("U8", [8], 0, 8)}, "'b' overlaps"),
    "gap": ({"a": entry("U8", [4], 0, 4), "b": entry("U8", [2], 6, 8)}, "leaves a gap"),
    "gap at the start": ({"a": entry("U8", [4], 4, 8)}, "leaves a gap"),
    "beyond the end": ({"a": entry("U8", [9], 0, 9)}, "is cut short"),
    "unused end": ({"a": entry("U8", [7], 0, 7)}, "is too long"),
    "backwards": ({"a": entry("U8", [8], 8, 0)}, "does not fit its length"),
    "negative place": ({"a": entry("U8", [8], -8, 0)}, "impossible"),
    "negative shape": ({"a": entry("U8", [-2, -4], 0, 8)}, "impossible"),
    "true for 1": ({"a": entry("U64", [True], 0, 8)}, "impossible"),
    "float for int": ({"a": entry("U8", [8.0], 0, 8)}, "impossible"),
    "null place": ({"a": entry("U8", [8], None, 8)}, "impossible"),
    "wraps to 8": ({"a": entry("U8", [2**61, 2**3 * 2**3], 0, 8)}, "impossible"),
    "wraps to 0": ({"a": entry("F64", [2**32, 2**32], 0, 0)}, "impossible"),
    "empty but absurd": ({"a": entry("F64", [0, 2**62], 0, 0)}, "impossible"),
    "huge integer": ({"a": entry("U8", [10**4000], 0, 8)}, "impossible"),
    "too many dimensions": ({"a": entry("U8", [1] * 33, 0, 1)}, "impossible"),
    "wrong length": ({"a": entry("U16", [8], 0, 8)}, "does not fit its length"),
    "unaligned": ({"a": entry("U8", [1], 0, 1), "b": entry("U16", [3], 1, 7)}, "'b' is not aligned"),
    "unknown type": ({"a": entry("BF16", [4], 0, 8)}, "no known type"),
    "type of bool": ({"a": entry("BOOL", [8], 0, 8)}, "no known type"),
    "type not a string": ({"a": entry(["U8"], [8], 0, 8)}, "no known type"),  # type: ignore[arg-type]
    "shape not a list": ({"a": entry("U8", "8", 0, 8)}, "not described"),
    "entry not an object": ({"a": [0, 8]}, "not described"),
    "three offsets": ({"a": {"dtype": "U8", "shape": [8], "data_offsets": [0, 8, 8]}}, "not described"),
    "no offsets": ({"a": {"dtype": "U8", "shape": [8]}}, "not described"),
    "duplicate array": ('"a": {}, "a": {}', "a key stands twice"),
    "duplicate metadata": ('"__metadata__": {}', "a key stands twice"),
    "duplicate key": ('"a": {"shape": [1], "shape": [8]}', "a key stands twice"),
    "NaN": ('"a": NaN', "NaN is not finite"),
    "infinity": ('"a": -1e999', "-1e999 is not finite"),
    "integer of 5000 digits": (f'"a": {"9" * 5000}', "not valid JSON"),
    "nesting": ('"a":' + "[" * 500_000, "not valid JSON"),
    "nested objects": ('"a":' * 200_000, "not valid JSON"),
    "not JSON": ("'a': 1", "not valid JSON"),
}


@pytest.mark.parametrize("name", HOSTILE_TABLES)
def test_hostile_tables(tmp_path: Path, name: str) -> None:
    table, complaint = HOSTILE_TABLES[name]
    path = forge(tmp_path / "x.model", table, bytes(8))
    with pytest.raises(ModelError, match=complaint) as caught:
        open_model(path)
    assert str(caught.value).startswith(f"{path} is ")
    assert len(str(caught.value)) < len(str(path)) + 300


@pytest.mark.parametrize("version", [None, True, 0, -1, 1.0, "1", [1], 10**30], ids=repr)
def test_versions_that_are_no_version(tmp_path: Path, version: Any) -> None:
    with pytest.raises(ModelError, match="has no format version"):
        open_model(forge(tmp_path / "x.model", {}, format_version=version))


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": []},
        {"metadata": None},
        {"payload_sha256": 1},
        {"header_sha256": None},
        {"header_sha256": ""},
        {"header_sha256": "ă"},
    ],
    ids=ascii,
)
def test_documents_of_wrong_types(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="does not match its SHA-256"):
        open_model(forge(tmp_path / "x.model", {}, **changes))


def test_a_document_with_half_a_character_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="its header is not valid JSON"):
        open_model(forge(tmp_path / "x.model", {}, header_sha256="\ud800"))


@pytest.mark.parametrize("own", ["", "[]", "null", "1", "{", '{"a": NaN}', "[" * 100_000, "\ufeff{}", '{"a":1,"a":1}'])
def test_documents_that_are_no_document(tmp_path: Path, own: str) -> None:
    header = json.dumps({"__metadata__": {FORMAT_NAME: own}}).encode()
    path = tmp_path / "x.model"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelError, match="its header is not valid JSON"):
        open_model(path)


@pytest.mark.parametrize("header", [b'{"\xff": 1}', b'{"a": 1}\x00', '{"a": 1}'.encode("utf-16-le")])
def test_headers_that_are_not_utf8_json(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "x.model"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelError, match="its header is not valid JSON"):
        open_model(path)


odd_numbers = st.integers(-2, 9) | st.sampled_from([2**31, 2**62, 2**64, 10**30, True, None, 1.5, "1"])
odd_entries = st.builds(
    entry,
    st.sampled_from(["U8", "I16", "F64", "BF16"]),
    st.lists(odd_numbers, max_size=3),
    odd_numbers,
    odd_numbers,
)


@given(
    table=st.dictionaries(st.text("ab"), odd_entries | json_values, max_size=3),
    payload=st.binary(max_size=16),
)
@settings(max_examples=200, deadline=None)
def test_any_table_is_refused_or_stays_within_the_file(
    table: dict[str, Any], payload: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = forge(tmp_path_factory.getbasetemp() / "any.model", table, payload)
    try:
        model = open_model(path)
    except ModelError as error:
        assert str(error).startswith(f"{path} is ")  # noqa: PT017 (a flip may also leave the file valid)
    else:
        assert b"".join(array.tobytes() for array in model.arrays.values()) == payload


# Strings in arrays.


@given(strings=st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))))
def test_strings_come_back_as_packed(strings: list[str]) -> None:
    packed = pack_strings(strings)
    assert packed.dtype.name == "uint8"
    assert unpack_strings(packed) == strings


def test_strings_survive_the_file(tmp_path: Path) -> None:
    syllables = ["nghiêng", "", "\r", "đ", "e\u0302"]
    write_model(tmp_path / "x.model", {"forms": pack_strings(syllables)}, {})
    assert unpack_strings(verify_model(tmp_path / "x.model").arrays["forms"]) == syllables


def test_no_strings_and_one_empty_string_differ() -> None:
    assert unpack_strings(pack_strings([])) == []
    assert unpack_strings(pack_strings([""])) == [""]


@pytest.mark.parametrize("string", ["a\nb", "\n", "\ud800"], ids=ascii)
def test_strings_that_cannot_be_packed(string: str) -> None:
    with pytest.raises(ModelError, match="cannot be packed"):
        pack_strings(["mưa", string])


@pytest.mark.parametrize(
    "array",
    [
        np.array([97], np.uint8),
        np.array([0xFF, 10], np.uint8),
        np.array([10], np.int8),
        np.array(10, np.uint8),
    ],
    ids=["no end", "not UTF-8", "int8", "no row"],
)
def test_arrays_that_are_no_strings(array: NDArray[Any]) -> None:
    with pytest.raises(ModelError, match="packed strings"):
        unpack_strings(array)

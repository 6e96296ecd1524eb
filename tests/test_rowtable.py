"""The row table: what was put in comes out, what was not is seldom found, and misfits are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vndiacritic.errors import ModelError
from vndiacritic.rowtable import RowTable

U64 = st.integers(0, 2**64 - 1)


def sample(size: int, seed: int = 0) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 2**64, size, dtype=np.uint64)
    return keys, *rng.integers(0, 256, (2, size)).astype(np.uint8)


def assert_holds(table: RowTable, keys: NDArray[Any], codes: NDArray[Any], extra: NDArray[Any]) -> None:
    found, got, second = table.lookup_both(keys)
    assert found.all()
    np.testing.assert_array_equal(got, codes)
    np.testing.assert_array_equal(second, extra)


@given(st.dictionaries(U64, st.tuples(st.integers(0, 255), st.integers(0, 255))))
def test_any_keys_come_back(entries: dict[int, tuple[int, int]]) -> None:
    keys = np.array(list(entries), dtype=np.uint64)
    codes, extra = np.array(list(entries.values()), dtype=np.uint8).reshape(-1, 2).T
    assert_holds(RowTable.build(keys, codes, extra), keys, codes, extra)


@given(st.integers(0, 3000), st.integers(0, 2**32))
def test_any_size_comes_back(size: int, seed: int) -> None:
    keys, codes, extra = sample(size, seed)
    assert_holds(RowTable.build(keys, codes, extra), keys, codes, extra)


@pytest.mark.parametrize("size", [0, 1, 2, 10, 1000, 16_384, 16_385, 100_000])
def test_sizes_around_a_block(size: int) -> None:
    keys, codes, extra = sample(size)
    assert_holds(RowTable.build(keys, codes, extra), keys, codes, extra)


A, B = (np.array(sample(512, seed)[0]) for seed in (1, 2))
REGULAR = {
    "consecutive": np.arange(200_000, dtype=np.uint64),
    "high bits only": np.arange(200_000, dtype=np.uint64) << np.uint64(46),
    "sums": (A[:, None] + B[None, :]).reshape(-1),
}


@pytest.mark.parametrize("keys", REGULAR.values(), ids=REGULAR)
def test_regular_keys_behave_like_random_ones(keys: NDArray[np.uint64]) -> None:
    known, unknown = keys[::2], keys[1::2]
    table = RowTable.build(known, np.zeros(len(known), dtype=np.uint8))
    assert table.params["seed"] < 3
    assert table.lookup(known)[0].all()
    assert_rate(table, unknown)


def assert_rate(table: RowTable, unknown: NDArray[np.uint64]) -> None:
    """The share of unknown keys that are found is 1 in 256, give or take five standard deviations."""
    found = np.count_nonzero(table.lookup(unknown)[0])
    assert abs(found - len(unknown) / 256) < 5 * (len(unknown) / 256) ** 0.5


@pytest.mark.parametrize("size", [100, 10_000, 300_000])
def test_one_unknown_key_in_256_is_found(size: int) -> None:
    keys, codes, _ = sample(size)
    assert_rate(RowTable.build(keys, codes), sample(500_000, seed=1)[0])


def test_codes_of_unknown_keys_are_not_biased_towards_those_in_use() -> None:
    keys, codes, _ = sample(10_000)
    found, got = RowTable.build(keys, np.full_like(codes, 7)).lookup(sample(300_000, seed=1)[0])
    assert np.count_nonzero(got[found] == 7) < 0.05 * np.count_nonzero(found)


def test_an_empty_table_finds_next_to_nothing() -> None:
    assert_rate(RowTable.build(*sample(0)[:2]), sample(100_000)[0])


def test_a_million_keys_take_less_than_1_14_slots_each() -> None:
    keys, codes, _ = sample(1_000_000)
    table = RowTable.build(keys, codes)
    assert len(table.slots) <= 1.14 * len(keys)
    found, got = table.lookup(keys)
    assert found.all()
    assert (got == codes).all()


def test_same_input_gives_same_table() -> None:
    one, two = RowTable.build(*sample(5000)), RowTable.build(*sample(5000))
    assert one.params == two.params
    np.testing.assert_array_equal(one.slots, two.slots)
    np.testing.assert_array_equal(one.extra, two.extra)


def test_a_stored_table_never_changes_its_meaning() -> None:
    """Models on disk depend on every constant of the hash: these slots were written by the first version."""
    keys = np.array([1, 2**40, 2**64 - 1], dtype=np.uint64)
    table = RowTable.build(keys, np.array([10, 20, 30], dtype=np.uint8))
    assert table.params == {"seed": 0, "segment_length": 8, "segment_count": 1}
    assert {i: int(v) for i, v in enumerate(table.slots) if v} == {9: 4824, 14: 37909, 19: 7504}


@pytest.mark.parametrize("shape", [(), (0,), (6,), (2, 3), (2, 0, 3)])
def test_answers_have_the_shape_of_the_question(shape: tuple[int, ...]) -> None:
    keys, codes, extra = sample(6)
    table = RowTable.build(keys, codes, extra)
    asked = np.resize(keys, shape)
    assert [answer.shape for answer in table.lookup_both(asked)] == [shape] * 3
    np.testing.assert_array_equal(table.lookup(asked)[1], np.resize(codes, shape))


def test_strided_questions() -> None:
    keys, codes, extra = sample(40_000)
    table = RowTable.build(keys, codes, extra)
    assert_holds(table, keys[::-2], codes[::-2], extra[::-2])
    assert_holds(table, keys.reshape(200, 200).T, codes.reshape(200, 200).T, extra.reshape(200, 200).T)


def test_second_codes_are_zero_where_not_found() -> None:
    found, _, second = RowTable.build(*sample(1000)).lookup_both(sample(10_000, seed=1)[0])
    assert not second[~found].any()
    assert second[found].any()


def test_lookup_both_needs_second_codes() -> None:
    keys, codes, _ = sample(3)
    with pytest.raises(ValueError, match="no second codes"):
        RowTable.build(keys, codes).lookup_both(keys)


@pytest.mark.parametrize("copies", [2, 3, 1000])
def test_duplicates_are_refused(copies: int) -> None:
    keys, codes, _ = sample(2000)
    keys[:copies] = keys[-1]
    with pytest.raises(ValueError, match=f"^{copies} of 2000 keys"):
        RowTable.build(keys, codes)


@pytest.mark.parametrize(
    ("keys", "codes", "extra"),
    [
        (np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.uint8), None),
        (np.zeros((3, 1), dtype=np.uint64), np.zeros((3, 1), dtype=np.uint8), None),
        (np.zeros(3, dtype=np.uint64), np.zeros(2, dtype=np.uint8), None),
        (np.zeros(3, dtype=np.uint64), np.zeros(3, dtype=np.int64), None),
        (np.zeros(3, dtype=np.uint64), np.zeros(3, dtype=np.uint8), np.zeros(4, dtype=np.uint8)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(keys: Any, codes: Any, extra: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        RowTable.build(keys, codes, extra)


def test_read_only_memory_maps_work(tmp_path: Any) -> None:
    keys, codes, extra = sample(5000)
    table = RowTable.build(keys, codes, extra)
    for name in ("slots", "extra"):
        np.save(tmp_path / name, getattr(table, name))
    slots, second = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("slots", "extra"))
    again = RowTable.from_arrays(slots, second, table.params)
    assert_holds(again, keys, codes, extra)
    assert np.shares_memory(again.slots, slots)
    assert not again.slots.flags.writeable


def test_arrays_of_another_length_or_type_are_refused() -> None:
    table = RowTable.build(*sample(1000))
    slots, extra = table.slots, table.extra
    assert extra is not None
    wrong: list[tuple[Any, Any]] = [
        (slots[:-1], extra), (slots, extra[:-1]), (slots.view(np.int16), extra), (slots, extra.view(np.int8)),
        (slots.reshape(-1, 1), extra), (extra, extra), (slots, slots), (slots[:0], extra[:0]),
    ]  # fmt: skip
    for pair in wrong:
        with pytest.raises(ModelError, match="needs"):
            RowTable.from_arrays(*pair, table.params)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1}, {"seed": 2**32}, {"seed": True}, {"seed": 0.5}, {"seed": "0"}, {"segment_length": 0},
        {"segment_length": 48}, {"segment_length": 2**19}, {"segment_length": -4}, {"segment_count": 0},
        {"segment_count": 2**40}, {"other": 1},
    ],
    ids=str,
)  # fmt: skip
def test_impossible_params_are_refused(change: dict[str, Any]) -> None:
    table = RowTable.build(*sample(1000))
    with pytest.raises(ModelError, match="fetch the model again"):
        RowTable.from_arrays(table.slots, table.extra, table.params | change)


def test_missing_params_are_refused() -> None:
    table = RowTable.build(*sample(1000))
    with pytest.raises(ModelError, match="segment_count"):
        RowTable.from_arrays(table.slots, table.extra, {"seed": 0, "segment_length": 64})

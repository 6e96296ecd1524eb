"""Files are read and written without loss, and never left half written."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.errors import EncodingError, VndiacriticError
from vndiacritic.files import (
    checked_lines,
    open_input,
    open_output,
    read_lines,
)

posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes")
as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")

# Every character at which str.splitlines cuts, and those that a careless reader changes.
LINE_TEXT = st.text(st.sampled_from("ab ọđ\n\r\x0b\x0c\x1c\x85\u2028\u2029\ufeff\0\u0301🙂"))


def lines_of(data: bytes) -> list[str]:
    return list(read_lines(io.BytesIO(data), "memory"))


# ---- reading


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", ["\n"]),
        (b"mot\nhai", ["mot\n", "hai"]),
        (b"mot\r\nhai\n\r\n", ["mot\r\n", "hai\n", "\r\n"]),
        (b"mot\rhai\rba", ["mot\rhai\rba"]),
        ("mot\u2028hai\x0bba\x0cbon\x85nam\n".encode(), ["mot\u2028hai\x0bba\x0cbon\x85nam\n"]),
        (b"\xef\xbb\xbfmot\n", ["\ufeffmot\n"]),
        (b"mot\0hai\n", ["mot\0hai\n"]),
    ],
)
def test_a_line_ends_at_a_line_feed_only(data: bytes, lines: list[str]) -> None:
    assert lines_of(data) == lines


@given(LINE_TEXT)
def test_lines_join_back_to_the_bytes(text: str) -> None:
    lines = lines_of(text.encode())
    assert "".join(lines).encode() == text.encode()
    assert all(line.find("\n") in (-1, len(line) - 1) for line in lines)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\xff", "0xff in line 1 at byte offset 0"),
        ("đường\nxa ".encode() + b"\xe1\xba\nhet\n", "0xe1 in line 2 at byte offset 13"),
        (b"\xef\xbb\xbfmot\nhai \xc0\xaf", "0xc0 in line 2 at byte offset 11"),
        (b"cut \xe1\xba", "0xe1 in line 1 at byte offset 4"),
        (b"half a pair \xed\xa0\x80", "0xed in line 1 at byte offset 12"),
    ],
)
def test_an_undecodable_byte_is_named(data: bytes, where: str) -> None:
    with pytest.raises(EncodingError, match=f"memory is not UTF-8 text: byte {where};.*iconv -f ENCODING"):
        lines_of(data)


@given(LINE_TEXT, st.integers(4, 9))
def test_long_lines_come_in_pieces(text: str, longest: int) -> None:
    data = text.encode()
    pieces = list(read_lines(io.BytesIO(data), "memory", longest))
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= longest + 3 for piece in pieces)
    assert all("\n" not in piece[:-1] for piece in pieces)


@given(
    LINE_TEXT,
    st.sampled_from([b"\xff", b"\xe1\xba", b"\xe1\xbaa", b"\xed\xa0\x80", b"\xe1\n"]),
    LINE_TEXT,
    st.integers(4, 9),
)
def test_an_undecodable_byte_is_named_alike_in_pieces(before: str, bad: bytes, after: str, longest: int) -> None:
    data = before.encode() + bad + after.encode()
    with pytest.raises(EncodingError) as whole:
        lines_of(data)
    with pytest.raises(EncodingError) as in_pieces:
        list(read_lines(io.BytesIO(data), "memory", longest))
    assert str(in_pieces.value) == str(whole.value)
    assert f"0x{bad[0]:02x} in line {before.count(chr(10)) + 1} at byte offset {len(before.encode())}" in str(
        whole.value
    )


def test_utf_16_is_recognised() -> None:
    with pytest.raises(EncodingError, match="iconv -f UTF-16 -t UTF-8"):
        lines_of("trời\n".encode("utf-16"))


def test_lines_before_a_bad_byte_are_not_handed_out_by_a_checked_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"tot\n" * 1000 + b"\xff\n")
    with path.open("rb") as stream, pytest.raises(EncodingError, match="line 1001"):
        checked_lines(stream, "bad.txt")


def test_a_checked_file_is_read_from_where_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "two.txt"
    path.write_bytes(b"mot\nhai\nba\n")
    with path.open("rb") as stream:
        stream.readline()
        assert list(checked_lines(stream, "two.txt")) == ["hai\n", "ba\n"]


class Pipe(io.RawIOBase):
    """A source that counts what was taken from it and cannot go back."""

    def __init__(self, lines: int) -> None:
        self.left = lines
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        if not self.left:
            return 0
        self.left -= 1
        self.taken += 1
        view[:4] = b"mot\n"
        return 4


@pytest.mark.parametrize(("ahead", "taken"), [(0, 1), (40, 10), (10**6, 1000)])
def test_a_pipe_is_checked_a_bounded_way_ahead(ahead: int, taken: int) -> None:
    pipe = Pipe(1000)
    lines = checked_lines(cast(BinaryIO, io.BufferedReader(pipe, 4)), "pipe", ahead)
    assert next(iter(lines)) == "mot\n"
    assert pipe.taken <= taken + 1


def test_a_bad_byte_within_reach_of_a_pipe_is_found_before_the_first_line() -> None:
    with pytest.raises(EncodingError):
        checked_lines(io.BytesIO(b"tot\n\xff\n"), "pipe")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.txt", tmp_path):
        with pytest.raises(VndiacriticError, match=f"cannot read {path}: .*directory"), open_input(str(path)):
            pytest.fail("opened")


def test_a_name_that_is_no_text_can_be_told() -> None:
    with pytest.raises(VndiacriticError, match=r"cannot read caf.\.txt"), open_input("caf\udce9.txt"):
        pytest.fail("opened")


# ---- writing


def write(path: Path, data: bytes) -> None:
    with open_output(str(path)) as output:
        output.stream.write(data)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"the old text, longer than the new one\n")
    write(path, b"new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert os.listdir(tmp_path) == ["text.txt"]


def fail_half_way(path: Path, failure: BaseException) -> None:
    with open_output(str(path)) as output:
        output.write("half")
        output.flush()
        raise failure


@pytest.mark.parametrize("failure", [KeyboardInterrupt, VndiacriticError, SystemExit, MemoryError])
@pytest.mark.parametrize("before", [None, b"old"])
def test_any_failure_leaves_the_target_as_it_was(
    tmp_path: Path, failure: type[BaseException], before: bytes | None
) -> None:
    path = tmp_path / "text.txt"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(failure):
        fail_half_way(path, failure())
    assert os.listdir(tmp_path) == ([] if before is None else ["text.txt"])
    assert before is None or path.read_bytes() == before


def test_an_unwanted_output_leaves_the_target_untouched(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"same")
    before = path.stat()
    with open_output(str(path)) as output:
        output.write("same")
        output.wanted = False
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert os.listdir(tmp_path) == ["text.txt"]


def test_what_a_failed_input_wrote_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    with open_output(str(path)) as output:
        output.write("first\n")
        with suppress(VndiacriticError), output.whole():
            output.write("half")
            raise VndiacriticError
        output.write("third\n")
    assert path.read_text() == "first\nthird\n"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o4711])
def test_the_mode_of_a_replaced_file_is_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_respects_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    path = tmp_path / "text.txt"
    before = os.umask(umask)
    try:
        write(path, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@as_root
def test_the_owner_of_a_replaced_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)
    write(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


@posix
def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    target, link = tmp_path / "inner" / "text.txt", tmp_path / "link.txt"
    target.write_bytes(b"old")
    link.symlink_to(Path("inner") / "text.txt")
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["inner", "link.txt"]


@posix
def test_a_link_to_nothing_gets_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to("later.txt")
    write(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "later.txt").read_bytes() == b"new"


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write(path, b"new")
    assert path.read_bytes() == b"new"


@posix
def test_a_named_pipe_is_written_straight(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as reader:
        write(path, b"through\n")
        assert reader.communicate()[0] == b"through\n"
    assert stat.S_ISFIFO(path.stat().st_mode)


@posix
def test_dev_null_stays_a_device() -> None:
    write(Path(os.devnull), b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@posix
@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_is_continued_even_if_it_is_a_file(tmp_path: Path, name: str) -> None:
    code = (
        "import os, sys\nfrom vndiacritic.files import open_output\nos.write(1, b'before,')\n"
        "with open_output(sys.argv[1]) as output: output.write('text,')\nos.write(1, b'after')"
    )
    with (tmp_path / "out.txt").open("wb") as stdout:
        subprocess.run([sys.executable, "-c", code, name], stdout=stdout, check=True)
    assert (tmp_path / "out.txt").read_bytes() == b"before,text,after"


@pytest.mark.parametrize(
    ("name", "reason"), [("absent/text.txt", "No such file"), (".", "Is a directory"), ("loop", "symbolic")]
)
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    path = str(tmp_path / name)
    with pytest.raises(OSError, match=reason) as caught, open_output(path):
        pytest.fail("opened")
    assert caught.value.filename == path


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_named() -> None:
    with pytest.raises(OSError, match="No space left") as caught, open_output("/dev/full") as output:
        output.write("text")
    assert caught.value.filename == "/dev/full"

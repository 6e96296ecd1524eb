"""Text files without loss: bytes in, bytes out, and never a file half written.

This module knows UTF-8, line ends, byte order marks and temporary files. What happens to the lines between
reading and writing is not its affair, nor how it is shown.

A line ends at ``\\n`` and nowhere else, a ``\\r`` before it stays with it. Python's ``str.splitlines``
would also cut at U+2028, form feeds and lone ``\\r``, and a file of old Mac line ends would come back as
another file.

Reading raises `VndiacriticError`; writing raises `OSError` that carries the name of the output. So a caller
can go on with the next input after the first and must stop after the second.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import secrets
import shutil
import stat
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from typing import BinaryIO

from vndiacritic.errors import ChangedError, EncodingError, VndiacriticError

__all__ = [
    "BOM",
    "CHECKED_AHEAD",
    "Output",
    "checked_lines",
    "display_name",
    "lock_file",
    "open_input",
    "open_output",
    "read_lines",
]

BOM = "\ufeff"

CHECKED_AHEAD = 8 * 2**20
"""Characters of a pipe decoded before its first line is handed out: some 80,000 lines, 20 MB of memory."""

_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_NAMED_DESCRIPTORS = {"/dev/stdout": 1, "/dev/stderr": 2}


# ---- reading


def display_name(path: str) -> str:
    """The name of an input for messages; ``-`` is standard input, bytes that are no text become U+FFFD."""
    return "standard input" if path == "-" else os.fsencode(path).decode("utf-8", "replace")


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; ``-`` is standard input, which stays open.

    Raises
    ------
    VndiacriticError
        If there is no such file, or it cannot be read; the message names it.
    """
    if path == "-":
        if sys.stdin is None:  # started with <&-
            raise VndiacriticError("cannot read standard input: it is closed")
        yield sys.stdin.buffer
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115 (closed two lines below)
    except OSError as exc:
        raise _cannot_read(display_name(path), exc) from exc
    with stream:
        yield stream


def read_lines(stream: BinaryIO, name: str, longest: int = -1) -> Iterator[str]:
    """Decode a stream line by line; every line carries its end, a byte order mark stays on the first.

    Parameters
    ----------
    stream
        An open binary stream; read with bounded memory (the longest line, or `longest`).
    name
        What messages call it.
    longest
        Bytes, at least 4: a line of more comes in pieces of at most so many, cut between any two characters.

    Raises
    ------
    EncodingError
        At the first byte that is not UTF-8. Line numbers count from 1, byte offsets from 0, both from where
        the stream stood at the call.
    VndiacriticError
        If the stream cannot be read on.
    """
    offset, number = 0, 1
    rest = b""  # of a character that a piece has cut
    for raw in _raw_lines(stream, name, longest):
        raw = rest + raw
        ends = raw.endswith(b"\n")
        try:
            line, size = codecs.utf_8_decode(raw, "strict", ends)
        except UnicodeDecodeError as exc:
            raise _not_utf8(name, number, offset, raw, exc.start) from exc
        if line:
            yield line
        rest = raw[size:]
        offset += size
        number += ends
    if rest:
        raise _not_utf8(name, number, offset, rest, 0)


def checked_lines(stream: BinaryIO, name: str, ahead: int = CHECKED_AHEAD, longest: int = -1) -> Iterator[str]:
    """The lines of `read_lines`, none of them handed out before the input was seen to be UTF-8.

    A regular file is read twice, the first time only to check it (some 300 MB/s, a small part of what
    restoring costs). A pipe cannot be read twice and may never end, so its first `ahead` characters are
    checked; with 0 each line is handed out as it comes.
    """
    if ahead and stat.S_ISREG(_mode(stream)):
        start = stream.tell()
        deque(read_lines(stream, name, longest), maxlen=0)
        stream.seek(start)
        return read_lines(stream, name, longest)
    lines = read_lines(stream, name, longest)
    head, size = [], 0
    while size < ahead and (line := next(lines, None)) is not None:
        head.append(line)
        size += len(line)
    return chain(head, lines)


def _raw_lines(stream: BinaryIO, name: str, longest: int) -> Iterator[bytes]:
    """Lines, or pieces of them, as bytes; a disk that fails, or a folder opened as a file, in our words."""
    try:
        yield from iter(partial(stream.readline, longest), b"")
    except OSError as exc:
        raise _cannot_read(name, exc) from exc


def _mode(stream: BinaryIO) -> int:
    """The file mode behind a stream; 0 for one that only lives in memory."""
    try:
        return os.fstat(stream.fileno()).st_mode
    except OSError:
        return 0


def _cannot_read(name: str, exc: OSError) -> VndiacriticError:
    return VndiacriticError(f"cannot read {name}: {exc.strerror or exc}")


def _not_utf8(name: str, number: int, offset: int, raw: bytes, start: int) -> EncodingError:
    """The sentence about a bad byte, with the way out; Windows programs call UTF-16 "Unicode"."""
    wide = offset == 0 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    source = "UTF-16" if wide else "ENCODING"
    where = f"byte 0x{raw[start]:02x} in line {number} at byte offset {offset + start}"
    return EncodingError(
        f"{name} is not UTF-8 text: {where}; convert it first, for example with: iconv -f {source} -t UTF-8"
    )


# ---- writing


@dataclass
class Output:
    """Where text goes.

    Attributes
    ----------
    stream
        The open binary stream.
    atomic
        Whether it is a temporary file that takes the place of the target at the end.
    wanted
        Set to False to leave the target of an atomic output as it was.
    """

    stream: BinaryIO
    atomic: bool
    wanted: bool = True

    def write(self, text: str) -> None:
        """Write text as UTF-8, line ends as they are."""
        self.stream.write(text.encode("utf-8"))

    def flush(self) -> None:
        """Hand on what was written so far."""
        self.stream.flush()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Take back what was written inside if the input fails half-way; only an atomic output can."""
        start = self.stream.tell() if self.atomic else 0
        try:
            yield
        except VndiacriticError:
            if self.atomic:
                self.stream.seek(start)
                self.stream.truncate()
            raise


@contextmanager
def open_output(path: str, *, backup: bool = False, read: os.stat_result | None = None) -> Iterator[Output]:
    """Open a file for writing; it is there in full after the block, or as it was before.

    A regular file is written beside the target and takes its place at the end of the block: mode and, where
    permitted, owner of a replaced file are kept; a link stays a link and the file it leads to is replaced
    (other hard links of that file keep the old text). Any exception, Ctrl-C included, removes the temporary
    file. Pipes and devices are written straight, and so are ``-`` and ``/dev/stdout``: replacing the file
    that the shell opened for ``> out.txt`` would lose what others wrote into it.

    Parameters
    ----------
    path
        ``-`` is standard output.
    backup
        Keep a file that is replaced beside it: as NAME.bak, or NAME.bak2 if there is one, and so on.
    read
        What the file was when its text was read, if that is what the new text was made of.

    Raises
    ------
    ChangedError
        The file is not what was read any more; it stays as it is now. From this look to the replacement the file is
        locked (``flock``), so two runs of this program never replace the same text. A program that does not lock has
        some microseconds in between, and so has any on Windows and on file systems without locks.
    OSError
        With the output's name in ``filename``: no such folder, no permission, disk full, write-protected.
    """
    name = "standard output" if path == "-" else display_name(path)
    with _naming(name), _opened_output(path, backup, read) as output:
        yield output


@contextmanager
def _opened_output(path: str, backup: bool, read: os.stat_result | None) -> Iterator[Output]:
    """Choose between the inherited streams, straight writing and replacing."""
    descriptor = _inherited_descriptor(path)
    if path == "-":
        if sys.stdout is None:  # started with >&-
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        yield Output(sys.stdout.buffer, atomic=False)
        sys.stdout.buffer.flush()
    elif descriptor is not None:
        with open(os.dup(descriptor), "wb") as stream:
            yield Output(stream, atomic=False)
    elif (old := _status(path)) is not None and not stat.S_ISREG(old.st_mode):
        with open(path, "wb") as stream:
            yield Output(stream, atomic=False)
    else:
        with _replacing(os.path.realpath(path), old, backup, read) as output:
            yield output


@contextmanager
def _replacing(target: str, old: os.stat_result | None, backup: bool, read: os.stat_result | None) -> Iterator[Output]:
    """A temporary file in the target's folder that becomes the target."""
    if old is not None and not os.access(target, os.W_OK):  # replacing would ask the folder's permission only
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    # The name is short and our own: the target's name plus a suffix could exceed the 255 bytes of a name.
    temporary = os.path.join(os.path.dirname(target), f".vndiacritic-{secrets.token_hex(8)}.tmp")
    # A new file gets 0666 less the umask from the kernel; a replaced one may be private, so its copy starts
    # private. An interrupt may come as soon as the file is there, so it is made where it will be removed.
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if old is None else 0o600)
        with open(descriptor, "wb") as stream:
            output = Output(stream, atomic=True)
            yield output
            if output.wanted:
                stream.flush()
                _keep_owner_and_mode(descriptor, old)
                os.fsync(descriptor)
        if output.wanted:
            with _locked(target):
                if read is not None and not _is_still(target, read):
                    what = "was changed or removed by another program while it was read: it stays as it is now"
                    raise ChangedError(f"{display_name(target)} {what}")
                if backup and old is not None:
                    _back_up(target)
                os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


@contextmanager
def _locked(target: str) -> Iterator[None]:
    """Let no other run replace a file meanwhile; one that has waited sees another file than the one it read."""
    if os.name == "nt":  # where a file that is open cannot be replaced
        yield
        return
    try:
        descriptor = os.open(target, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that took its place has no end to wait for
    except OSError:  # a new file, or one that may be written and not read
        yield
        return
    try:
        lock_file(descriptor)
        yield
    finally:
        os.close(descriptor)


def lock_file(descriptor: int, *, wait: bool = True) -> bool:
    """Lock an open file until it is closed, and tell whether no other process has locked it.

    Where files cannot be locked (Windows, some file systems), none has.
    """
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        pass
    return True


def _is_still(target: str, read: os.stat_result) -> bool:
    """Whether a file is the one that was read, and nobody has written into it since."""
    now = _status(target)
    return now is not None and all(
        getattr(now, name) == getattr(read, name) for name in ("st_dev", "st_ino", "st_size", "st_mtime_ns")
    )


def _back_up(target: str) -> None:
    """Give a file a second name that nothing has; where links are unknown, make a copy."""
    for number in count(1):
        name = f"{target}.bak{number if number > 1 else ''}"
        try:
            os.link(target, name)
        except FileExistsError:
            continue
        except OSError:
            if os.path.exists(name):
                continue
            shutil.copy2(target, name)
        return


def _keep_owner_and_mode(descriptor: int, old: os.stat_result | None) -> None:
    """Give the copy what the original had; without this, root rewriting a user's file would take it away."""
    if old is None:
        return
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))  # after fchown, which clears the set-id bits


def _inherited_descriptor(path: str) -> int | None:
    """The open descriptor that a path such as /dev/stdout or bash's >(command) names."""
    if match := _DESCRIPTOR.fullmatch(path):
        return int(match[1])
    return _NAMED_DESCRIPTORS.get(path)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Put the output's own name into an OSError, which knows the temporary file's or none."""
    try:
        yield
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror or str(exc), name) from exc

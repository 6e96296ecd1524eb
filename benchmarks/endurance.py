"""Time a byte and memory over a long stream: through ``vndiacritic restore``, or to ``vndiacritic serve``.

    python -m benchmarks.endurance --megabytes 1000              # until a gigabyte has gone through
    python -m benchmarks.endurance --minutes 60 --json stream.json
    python -m benchmarks.endurance --minutes 60 --json serve.json --serve
    python -m benchmarks.endurance --draw stream.json serve.json --plot docs/endurance.svg

Lines are made of the words of the bundled sample, at random, so that none comes twice. What a process has used is read
from /proc, so this runs on Linux only. The plot needs the extra [report].
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import IO, NamedTuple

from vndiacritic.alphabet import strip_diacritics

__all__ = ["Reading", "chunks", "main", "plot", "report"]

ROOT = Path(__file__).resolve().parent.parent
_CHUNK, _REQUEST = 1 << 16, 1 << 12  # bytes
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Reading(NamedTuple):
    """What a process had used at some time.

    Attributes
    ----------
    bytes
        What had gone through it.
    wall, cpu
        Seconds since it began; the second are its own.
    resident
        Its memory in kB, pages of the model that it shares with others included.
    own
        Its memory in kB that nobody shares.
    """

    bytes: int
    wall: float
    cpu: float
    resident: int
    own: int


def chunks(seed: int, one_line: bool = False, size: int = _CHUNK) -> Iterator[bytes]:
    """Bare text without end, in pieces of about that size."""
    random = Random(seed)
    files = sorted((ROOT / "corpus" / "sample").glob("*.txt"))
    words = strip_diacritics(" ".join(file.read_text(encoding="utf-8") for file in files)).split()
    end = " " if one_line else "\n"
    while True:
        lines = (" ".join(random.choices(words, k=random.randint(4, 40))) + end for _ in range(size // 110))
        yield "".join(lines).encode()


def read(pid: int, through: int, began: float) -> Reading:
    """Look at a process."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    resident, own = (int(status[name].split()[0]) for name in ("VmRSS", "RssAnon"))
    return Reading(through, time.monotonic() - began, (int(times[11]) + int(times[12])) / _TICK, resident, own)


def stream(options: Sequence[str], most: int, seconds: float, every: float, one_line: bool) -> Iterator[Reading]:
    """Send text through ``restore`` until there was so much of it, or for so long; look at it from time to time."""
    command = [sys.executable, "-m", "vndiacritic", "restore", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        draining = threading.Thread(target=_drain, args=[process.stdout], daemon=True)
        draining.start()

        def send(chunk: bytes, stdin: IO[bytes] = process.stdin) -> None:
            stdin.write(chunk)

        yield from _watched(process.pid, send, chunks(0, one_line), most, seconds, every)
        process.stdin.close()
        draining.join()


def _drain(stdout: IO[bytes]) -> None:
    while stdout.read(_CHUNK):
        pass


def requests(options: Sequence[str], most: int, seconds: float, every: float) -> Iterator[Reading]:
    """Send text to ``serve``, a request after the other; look at it from time to time."""
    with _serving(options) as (pid, address):

        def send(chunk: bytes) -> None:
            body = json.dumps({"text": chunk.decode()}).encode()
            request = urllib.request.Request(  # noqa: S310 (our own address)
                f"{address}api/restore", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                answer.read()

        yield from _watched(pid, send, chunks(0, size=_REQUEST), most, seconds, every)


@contextmanager
def _serving(options: Sequence[str]) -> Iterator[tuple[int, str]]:
    """A server's process and address."""
    command = [sys.executable, "-m", "vndiacritic", "serve", "--port", "0", "--timeout", "600", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as process:
        try:
            address = process.stdout.readline().decode().strip() if process.stdout else ""
            yield process.pid, address
        finally:
            process.terminate()


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _watched(
    pid: int, send: Callable[[bytes], None], texts: Iterator[bytes], most: int, seconds: float, every: float
) -> Iterator[Reading]:
    began = time.monotonic()
    through, due = 0, 0.0
    while through < most and time.monotonic() - began < seconds:
        chunk = next(texts)
        send(chunk)
        through += len(chunk)
        if time.monotonic() - began >= due:
            yield read(pid, through, began)
            due = time.monotonic() - began + every
    with suppress(OSError):
        yield read(pid, through, began)


def report(readings: Sequence[Reading], parts: int = 10) -> Iterator[str]:
    """A table: the stream in ten parts of as many readings, with what each part took."""
    yield "| MB | CPU microseconds a byte | memory, MB | of its own, MB |"
    yield "|---:|---:|---:|---:|"
    edges = sorted({round(at * (len(readings) - 1) / parts) for at in range(parts + 1)})
    for first, last in pairwise(edges):
        before, after = readings[first], readings[last]
        cost = 1e6 * (after.cpu - before.cpu) / max(1, after.bytes - before.bytes)
        peak = max(reading.resident for reading in readings[first : last + 1])
        own = max(reading.own for reading in readings[first : last + 1])
        yield f"| {after.bytes / 1e6:.0f} | {cost:.2f} | {peak / 1024:.0f} | {own / 1024:.0f} |"


def plot(runs: Mapping[str, Sequence[Reading]], path: Path) -> None:
    """Draw time a byte and memory over what has gone through, the runs side by side under their names."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "vndiacritic"
    from matplotlib import pyplot

    figure, rows = pyplot.subplots(2, len(runs), figsize=(6 * len(runs), 5), sharex="col", squeeze=False)
    for upper, lower, (name, readings) in zip(*rows, runs.items(), strict=True):
        megabytes = [reading.bytes / 1e6 for reading in readings]
        step = max(1, len(readings) // 60)
        points = range(step, len(readings), step)
        costs = [
            1e6 * (readings[at].cpu - readings[at - step].cpu) / max(1, readings[at].bytes - readings[at - step].bytes)
            for at in points
        ]
        upper.plot([megabytes[at] for at in points], costs)
        upper.set_ylabel("CPU µs a byte")
        upper.set_title(f"{name}: {readings[-1].wall / 60:.0f} minutes")
        lower.plot(megabytes, [reading.resident / 1024 for reading in readings], label="resident")
        lower.plot(megabytes, [reading.own / 1024 for reading in readings], label="of its own")
        lower.set_ylabel("memory, MB")
        lower.set_xlabel("MB that have gone through")
        lower.legend()
        for axes in (upper, lower):
            axes.set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def _kept(path: Path) -> list[Reading]:
    return [Reading(*reading) for reading in json.loads(path.read_text())]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance")
    parser.add_argument("--megabytes", type=float, default=float("inf"), help="stop after so much")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks")
    parser.add_argument("--one-line", action="store_true", help="a stream without line ends")
    parser.add_argument("--serve", action="store_true", help="to a server, request by request")
    parser.add_argument("--plot", type=Path, help="draw an SVG")
    parser.add_argument("--json", type=Path, help="keep the readings")
    parser.add_argument("--draw", type=Path, nargs="+", metavar="JSON", help="run nothing: plot these, by their names")
    parser.add_argument("options", nargs="*", help="of restore or serve, after --")
    asked = parser.parse_args()
    if asked.draw and asked.plot:
        plot({path.stem: _kept(path) for path in asked.draw}, asked.plot)
        return
    if asked.megabytes == asked.minutes == float("inf"):
        parser.error("say when to stop: --megabytes or --minutes")
    limits = (int(min(asked.megabytes * 1e6, sys.maxsize)), asked.minutes * 60, asked.every)
    readings: list[Reading] = []
    looked = requests(asked.options, *limits) if asked.serve else stream(asked.options, *limits, asked.one_line)
    for reading in looked:
        readings.append(reading)
        if asked.json:
            asked.json.write_text(json.dumps(readings))
    what = "requests to serve" if asked.serve else "one endless line" if asked.one_line else "a stream of lines"
    if asked.plot:
        plot({what: readings}, asked.plot)
    took = readings[-1]
    sys.stdout.write(f"{what}: {took.bytes / 1e6:.0f} MB, {took.wall / 60:.1f} minutes, {took.cpu:.0f} CPU-seconds\n\n")
    sys.stdout.write("\n".join(report(readings)) + "\n")


if __name__ == "__main__":
    main()

"""Memory of ``vndiacritic serve`` over many requests, and how soon others are answered during a long one.

Knows how to start a server and what to send it. Sends to this machine only.

    python -m benchmarks.serve                  # 2,000 requests: some minutes
    python -m benchmarks.serve --requests 200
"""

from __future__ import annotations

import http.client
import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.speed import SAMPLE, bare_lines
from benchmarks.tables import aligned

__all__ = ["main"]

KINDS = ("restore", "explain", "review", "clean", "strip", "repair")
STEPS = 8  # rows of the table
PARAGRAPH = 12  # lines of a request
SYLLABLES = 200_000  # of different text


class Running(NamedTuple):
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    def ask(self, method: str, path: str, fields: object = None) -> bytes:
        """Send a request on a connection of its own, as different programs would."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        body = None if fields is None else json.dumps(fields).encode()
        connection.request(method, path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        if reply.status != http.client.OK:
            raise click.ClickException(f"{path} gave {reply.status}: {data.decode()}")
        return data

    @property
    def megabytes(self) -> float:
        """What it has in memory, the pages of the model's file too."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kilobytes) / 1000


@contextmanager
def running() -> Iterator[Running]:
    """Start a server, and end it as Ctrl-C does."""
    command = [sys.executable, "-m", "vndiacritic", "serve", "--port", "0", "--timeout", "120"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        address = process.stdout.readline()
        try:
            yield Running(process, int(address.rstrip("/\n").rpartition(":")[2]))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def grown(server: Running, lines: list[str], requests: int) -> Iterator[tuple[str, str, str]]:
    """Send requests of all kinds in turn, each with other text; rows of what they took."""
    began, text = time.monotonic(), cycle(lines)
    yield "0", f"{server.megabytes:.0f}", ""
    for number, kind in enumerate(islice(cycle(KINDS), requests), 1):
        server.ask("POST", f"/api/{kind}", {"text": "\n".join(islice(text, PARAGRAPH))})
        if number % max(1, requests // STEPS) == 0:
            yield str(number), f"{server.megabytes:.0f}", f"{number / (time.monotonic() - began):.0f}"


def latencies(server: Running, lines: list[str]) -> list[float]:
    """Seconds that a small request took, over and over, while long ones kept all threads busy."""
    text = "\n".join(islice(cycle(lines), 4_000))
    long = [threading.Thread(target=server.ask, args=("POST", "/api/explain", {"text": text})) for _ in range(2)]
    for thread in long:
        thread.start()
    found = []
    while any(thread.is_alive() for thread in long):
        began = time.monotonic()
        server.ask("GET", "/api/info")
        found.append(time.monotonic() - began)
        time.sleep(0.02)
    return found


@click.command()
@click.option("--requests", type=click.IntRange(min=STEPS), default=2000, show_default=True)
def main(requests: int) -> None:
    """Print memory over many requests, and the time that others wait during long ones."""
    lines = list(bare_lines(SAMPLE.read_text(encoding="utf-8").splitlines(), SYLLABLES))
    with running() as server:
        click.echo(aligned(("requests", "MB in memory", "requests a second"), list(grown(server, lines, requests))))
        waits = latencies(server, lines)
    click.echo(
        f"\n/api/info while two texts of 4,000 lines are explained: {1000 * statistics.median(waits):.0f} ms in the "
        f"median, {1000 * max(waits):.0f} ms at most, {len(waits)} requests"
    )


if __name__ == "__main__":
    main()

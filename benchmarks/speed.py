"""Speed, start-up and memory of whole processes and of the library, with pyvi beside it in the same run.

Knows how a process is measured and what is compared. Does not know how text is restored nor how figures are shown,
and imports no numpy: a child's peak memory is never less than what its parent had when it forked.

    python -m benchmarks.speed                          # two to three minutes
    python -m benchmarks.speed --json speed.json --plot speed.svg
    python -m benchmarks.speed -m default -m small.safetensors --sizes 1000,100000

CPU time is user and system time of all threads of a process, memory its largest resident set, both as the kernel
counts them (wait4). Programs are run in turn, A B A B, and every figure is the median of its repetitions, so that
a machine that gets busy or slow half-way does so for both.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import click

from benchmarks.peer import FILTER, Peer, pyvi
from benchmarks.speed_report import HELP, OURS, PYTHON, Measurement, Report, Run, plot, require_matplotlib, to_text
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import VndiacriticError
from vndiacritic.shipped import find_model

__all__ = ["Bench", "Command", "Texts", "bare_lines", "interleaved", "main", "run"]

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data" / "gate.txt"
TOKEN = re.compile(r"[^\W\d_]+")

SEED = 12345
DRAWN = 1_000_000  # syllables shuffled anew; a longer text repeats them
RUN_ONCE = 5_000_000  # syllables from which on a text is restored once, not several times


class Command(NamedTuple):
    """A program's arguments and the file that is its standard input."""

    arguments: Sequence[str]
    text: Path


# ---- measuring


def run(command: Command) -> Run:
    """Run a program once, its output thrown away.

    Raises
    ------
    VndiacriticError
        If it fails; the message has the end of what it wrote to standard error.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with command.text.open("rb") as text, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, stdin=text, stdout=subprocess.DEVNULL, stderr=errors, env=environment
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait for it again
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-500:]
            raise VndiacriticError(f"{' '.join(command.arguments)[:200]} failed ({process.returncode}): {said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6)


def interleaved(commands: Mapping[str, Command], repeats: int) -> dict[str, Run]:
    """Run the programs in turn, and again, and give each one's medians."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            runs[name].append(run(command))
    return {name: Run(*map(median, zip(*found, strict=True))) for name, found in runs.items()}


def bare_lines(gold: Sequence[str], syllables: int) -> Iterator[str]:
    """Unaccented lines with so many syllables: the gold lines over and over, each time with their words shuffled.

    The same lines again would be restored a quarter faster than text is, since all their n-grams are in the
    processor's cache; shuffled words come within a tenth of real text, which takes the same time.
    """
    bare = [strip_diacritics(line).split() for line in gold]
    rng = random.Random(SEED)
    words = [word for line in bare for word in line]
    while syllables > 0:
        rng.shuffle(words)
        rest = iter(words)
        for line in bare:
            text = " ".join(islice(rest, len(line)))
            yield text
            syllables -= len(TOKEN.findall(text))
            if syllables <= 0:
                return


class Texts:
    """Files of unaccented text in a scratch folder, made when they are asked for."""

    def __init__(self, folder: Path, gold: Sequence[str]) -> None:
        self._folder = folder
        self._gold = gold

    def file(self, syllables: int, *, one_line: bool = False) -> Path:
        """A file with so many syllables, in lines or in a single one."""
        path = self._folder / f"{syllables}{'-line' if one_line else ''}.txt"
        if not path.exists():
            lines = list(bare_lines(self._gold, min(syllables, DRAWN)))
            counts = [len(TOKEN.findall(line)) for line in lines]
            with path.open("w", encoding="utf-8", newline="\n") as file:
                for line, count in cycle(zip(lines, counts, strict=True)):
                    file.write(line + (" " if one_line else "\n"))
                    syllables -= count
                    if syllables <= 0:
                        break
        return path


@dataclass(frozen=True)
class Bench:
    """What all sections need: texts, models, the peer, and how often to repeat."""

    texts: Texts
    models: Mapping[str, Path]
    peer: Peer | None
    repeats: int

    @property
    def model(self) -> Path:
        """The model that everything but the comparison of models is measured with."""
        return next(iter(self.models.values()))

    def ours(self, text: Path, *options: str, model: Path | None = None) -> Command:
        """Our command line."""
        arguments = [sys.executable, "-m", "vndiacritic", "restore", "-m", str(model or self.model), *options]
        return Command(arguments, text)

    def programs(self, text: Path) -> dict[str, Command]:
        """Ours and the peer's."""
        peer = {} if self.peer is None else {self.peer.name: Command(self.peer.command(FILTER), text)}
        return {OURS: self.ours(text)} | peer

    def times(self, syllables: int) -> int:
        """How often a text of this size is restored."""
        return 1 if syllables >= RUN_ONCE else self.repeats

    def measure(self, section: str, commands: Mapping[str, Command], syllables: int) -> Iterator[Measurement]:
        """Run commands that share a text in turn."""
        _say(f"{section}: {', '.join(commands)}, {syllables:,} syllables")
        for what, found in interleaved(commands, self.times(syllables)).items():
            megabytes = commands[what].text.stat().st_size / 1e6
            yield Measurement(section, what, syllables, megabytes, found)


# ---- sections


def start_up(bench: Bench) -> Iterator[Measurement]:
    """What a process takes for one word, for its help, and for being Python."""
    text = bench.texts.file(1)
    others = {
        PYTHON: Command([sys.executable, "-c", "pass"], text),
        HELP: Command([sys.executable, "-m", "vndiacritic", "--help"], text),
    }
    yield from bench.measure("start-up", bench.programs(text) | others, 1)


def side_by_side(bench: Bench, syllables: int) -> Iterator[Measurement]:
    """Both programs on the same text."""
    yield from bench.measure("side by side", bench.programs(bench.texts.file(syllables)), syllables)


def length(bench: Bench, sizes: Sequence[int], peer_most: int) -> Iterator[Measurement]:
    """Cost against the length of the input; the peer's as far as its patience is asked for."""
    for size in sizes:
        programs = bench.programs(bench.texts.file(size))
        if size > peer_most:
            programs = {OURS: programs[OURS]}
        yield from bench.measure("length", programs, size)


def one_line(bench: Bench, sizes: Sequence[int]) -> Iterator[Measurement]:
    """The same in a single line."""
    for size in sizes:
        yield from bench.measure("one line", {OURS: bench.ours(bench.texts.file(size, one_line=True))}, size)


def workers(bench: Bench, syllables: int) -> Iterator[Measurement]:
    """Cost against the number of processes, if the program can use several."""
    help_text = subprocess.run(
        [sys.executable, "-m", "vndiacritic", "restore", "--help"],
        capture_output=True, encoding="utf-8", check=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    ).stdout  # fmt: skip
    if not re.search(r"(?m)^\s+-j\b", help_text):
        _say("workers: this version's restore has no -j")
        return
    text = bench.texts.file(syllables)
    numbers = range(1, (os.cpu_count() or 1) + 1)
    commands = {f"-j {n}": bench.ours(text, "-j", str(n)) for n in numbers}
    for n, found in zip(numbers, bench.measure("workers", commands, syllables), strict=True):
        yield replace(found, workers=n)


def model_sizes(bench: Bench, syllables: int) -> Iterator[Measurement]:
    """Cost against the size of the model, if several were given: start-up, then running text."""
    if len(bench.models) < 2:
        return
    for size in (1, syllables):
        text = bench.texts.file(size)
        commands = {name: bench.ours(text, model=path) for name, path in bench.models.items()}
        for found in bench.measure("model size", commands, size):
            megabytes = bench.models[found.what].stat().st_size / 1e6
            yield replace(found, model=found.what, model_megabytes=megabytes)


def library(bench: Bench, syllables: int) -> dict[str, float]:
    """The library path: loading, two ways to restore a list, and single lines beside the peer's."""
    _say(f"library: {syllables:,} syllables and single lines")
    text = bench.texts.file(syllables)
    command = [sys.executable, "-m", "benchmarks.probe", str(text), str(bench.model)]
    probes = []
    peer_lines: list[float] = []
    for _ in range(bench.times(syllables)):
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, cwd=ROOT)
        probes.append(json.loads(done.stdout))
        if bench.peer is not None:
            peer_lines += bench.peer.latencies(text.read_text(encoding="utf-8").split("\n")[:100])
    single = [time for probe in probes for time in probe["single"]]
    found = {
        "load_cpu": median(probe["load"] for probe in probes),
        "predict_rate": syllables / median(probe["predict"] for probe in probes),
        "restore_lines_rate": syllables / median(probe["restore_lines"] for probe in probes),
        "single_line_ms": median(single),
        "single_line_ms_p95": quantiles(single, n=20)[-1],
    }
    return found | ({"peer_single_line_ms": median(peer_lines)} if peer_lines else {})


def machine() -> dict[str, str]:
    """What the figures depend on."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"(?m)^model name\s*: (.*)$", cpuinfo.read_text()) if cpuinfo.exists() else []
    return {
        "CPU": f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "numpy": version("numpy"),
    }


# ---- command


class Sizes(click.ParamType[list[int], str]):
    """Whole numbers above 0, separated by commas."""

    name = "sizes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """The numbers in rising order."""
        try:
            sizes = sorted({int(part) for part in value.split(",") if part})
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers such as 1000,100000", param, ctx)
        if any(size < 1 for size in sizes):
            self.fail("sizes are above 0", param, ctx)
        return sizes


def _say(message: str) -> None:
    """What is being done, on standard error."""
    click.echo(f"speed: {message}", err=True)


@click.command()
@click.option("-m", "--model", "models", multiple=True, metavar="MODEL", help="As for restore; several are compared.")
@click.option("--sizes", type=Sizes(), default="1000,10000,100000,1000000", show_default=True, help="Syllables.")
@click.option("--line-sizes", type=Sizes(), default="1000,100000", show_default=True, help="Of single lines.")
@click.option("--peer-size", type=click.IntRange(min=1), default=20_000, show_default=True, help="Most for the peer.")
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Runs behind a median.")
@click.option("--text", type=click.Path(path_type=Path, exists=True), help="Gold text instead of the bundled one.")
@click.option("--venv", type=click.Path(path_type=Path), metavar="DIR", help="Keep the peer's environment there.")
@click.option("--no-peer", is_flag=True, help="Measure vndiacritic only.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the figures there.")
@click.option("--plot", "plot_file", type=click.Path(path_type=Path), metavar="FILE", help="Draw them there.")
def main(
    models: tuple[str, ...],
    sizes: list[int],
    line_sizes: list[int],
    peer_size: int,
    repeats: int,
    text: Path | None,
    venv: Path | None,
    no_peer: bool,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Measure start-up, speed and memory, beside pyvi from PyPI."""
    try:
        if plot_file is not None:
            require_matplotlib()  # said now, not after the minutes that measuring takes
        paths = [find_model(name).resolve() for name in models or ("default",)]
        gold = (text or SAMPLE).read_text(encoding="utf-8").splitlines()
        with tempfile.TemporaryDirectory(prefix="vndiacritic-speed-") as folder, _peer(venv, no_peer) as peer:
            installed = peer if isinstance(peer, Peer) else None
            bench = Bench(Texts(Path(folder), gold), {path.stem: path for path in paths}, installed, repeats)
            label = peer if isinstance(peer, str) else f"peer: {peer.name} {peer.version}"
            report = _measured(bench, sizes, line_sizes, peer_size, label)
        click.echo(to_text(report), nl=False)
        if json_file is not None:
            json_file.write_text(report.to_json(), encoding="utf-8")
        if plot_file is not None:
            plot(report, plot_file)
    except VndiacriticError as error:
        click.echo(f"speed: {error}", err=True)
        raise click.exceptions.Exit(1) from error


def _peer(folder: Path | None, unwanted: bool) -> AbstractContextManager[Peer | str]:
    """The peer, or a sentence on why there is none."""
    if unwanted:
        return nullcontext("no peer asked for: only vndiacritic is measured")
    _say("installing pyvi")
    return pyvi(folder)


def _measured(bench: Bench, sizes: Sequence[int], line_sizes: Sequence[int], peer_size: int, peer: str) -> Report:
    """All sections, one after the other."""
    report = Report(machine(), peer)
    report.measurements += start_up(bench)
    report.measurements += side_by_side(bench, peer_size)
    report.measurements += length(bench, sizes, peer_size)
    report.measurements += one_line(bench, line_sizes)
    report.library = library(bench, sizes[-1] if sizes[-1] < RUN_ONCE else DRAWN)
    report.measurements += workers(bench, sizes[-1])
    report.measurements += model_sizes(bench, min(sizes[-1], DRAWN))
    return report


if __name__ == "__main__":
    main()

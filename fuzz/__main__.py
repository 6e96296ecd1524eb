"""``python -m fuzz [TARGET]... --seconds N``: every target for so long, and what was tried and found."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from fuzz import TARGETS, load_target

ROOT = Path(__file__).resolve().parent.parent
_RUNS = re.compile(r"^stat::number_of_executed_units: +(\d+)", re.MULTILINE)
_COVERED = re.compile(r"\bcov: (\d+)")


class Tried(NamedTuple):
    """What came of one target."""

    name: str
    inputs: int
    covered: int  # places in the instrumented modules
    seconds: float
    broken: str  # the end of what the fuzzer said, if an input broke something


def try_target(name: str, seconds: int, seed: int, found: Path, corpus: Path | None) -> Tried:
    """Fuzz one target in a process of its own.

    Parameters
    ----------
    name : str
    seconds : int
    seed : int
        The same one tries the same inputs; 0 is another one every time.
    found : Path
        A folder for inputs that break something.
    corpus : Path, optional
        A folder that keeps inputs which reach new code, from run to run.
    """
    with tempfile.TemporaryDirectory() as scratch:
        seeds, kept = Path(scratch, "seeds"), corpus / name if corpus else Path(scratch, "corpus")
        for folder in (seeds, kept, found):
            folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(load_target(name).SEEDS):
            (seeds / str(number)).write_bytes(content)
        limits = [
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            "-timeout=25",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
        ]
        command = [sys.executable, "-m", "fuzz.engine", name, *limits, f"-artifact_prefix={found}/{name}-", str(kept)]
        start = time.monotonic()
        done = subprocess.run(  # noqa: S603 (our own program)
            [*command, str(seeds)],
            env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": scratch, "PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace")
    runs, covered = _RUNS.search(said), _COVERED.findall(said)
    broken = "\n".join(line for line in said.splitlines()[-60:] if len(line) < 400) if done.returncode else ""
    return Tried(
        name, int(runs[1]) if runs else 0, int(covered[-1]) if covered else 0, time.monotonic() - start, broken
    )


def report(tried: Sequence[Tried]) -> Iterator[str]:
    """Lines of a table."""
    yield "| target | inputs tried | places reached | seconds | |"
    yield "|---|---:|---:|---:|---|"
    for one in tried:
        end = " BROKEN |" if one.broken else " |"
        yield f"| {one.name} | {one.inputs:,} | {one.covered:,} | {one.seconds:.0f} |{end}"
    broken = sum(bool(one.broken) for one in tried)
    yield f"{sum(one.inputs for one in tried):,} inputs tried, {broken} of {len(tried)} targets broken"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz all targets, or those that are named.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--jobs", type=int, default=1, help="targets at once (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="the same inputs every time; 0 for others (default: 0)")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps inputs which reach new code")
    parser.add_argument("--found", type=Path, default=Path("found"), help="a folder for inputs that break something")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"there is no target {sorted(unknown)[0]}; there are {', '.join(TARGETS)}")
    names = asked.targets or TARGETS
    with ThreadPoolExecutor(asked.jobs) as pool:
        tried = list(
            pool.map(lambda name: try_target(name, asked.seconds, asked.seed, asked.found, asked.corpus), names)
        )
    for one in tried:
        if one.broken:
            sys.stdout.write(f"\n---- {one.name}\n{one.broken}\n")
    sys.stdout.write("\n".join(report(tried)) + "\n")
    sys.exit(any(one.broken for one in tried))


if __name__ == "__main__":
    main()

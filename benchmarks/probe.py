"""What is measured from inside: loading a model, restoring through the library, and single lines.

Run by benchmarks.speed in a process of its own, as ``python -m benchmarks.probe TEXT [MODEL]``: the process that
measures others must stay small, since a child's peak memory is never less than what its parent had when it forked.
Prints one JSON object: CPU-seconds, and milliseconds a line.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

SINGLE_LINES = 300


def main() -> None:
    """Measure and print."""
    path, *model = sys.argv[1:]
    start = time.process_time()
    from vndiacritic import load_model

    restorer = load_model(*model)
    loaded = time.process_time()
    restorer.restore("mot")
    lines = Path(path).read_text(encoding="utf-8").split("\n")[:-1]
    # The latencies come first: afterwards every word has been looked up already.
    singles = [_milliseconds(restorer.restore, line) for line in lines[:SINGLE_LINES]]
    measured = {
        "load": loaded - start,
        "single": singles,
        "predict": _cpu(lambda: restorer.predict(lines)),
        "restore_lines": _cpu(lambda: deque(restorer.restore_lines(iter(lines)), maxlen=0)),
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(measured))


def _cpu(work: Callable[[], object]) -> float:
    """CPU-seconds of all threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _milliseconds(work: Callable[[str], object], line: str) -> float:
    """Wall-clock milliseconds."""
    start = time.perf_counter()
    work(line)
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()

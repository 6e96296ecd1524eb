"""Runs that are ended half-way: a program that forks a run over a folder, sends it a signal, and looks at what is left.

``python tests/killing.py MODEL WORK --kills 500`` by hand; the tests start it with fewer. It imports everything first
and forks, so that a run is over in some milliseconds and most signals arrive while files are written. It prints what it
saw as one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path
from random import Random

from vndiacritic.cli import main
from vndiacritic.restorer import Restorer

__all__ = ["forked", "fresh_folder", "rounds"]

N_FILES = 6
N_LINES = 40
WORDS = "hom nay toi di an com o nha ban, con ban di dau the? troi mua to qua nen chua ve duoc".split()


def fresh_folder(folder: Path, restorer: Restorer) -> dict[str, tuple[bytes, bytes]]:
    """Write files of bare text; gives by name what each is before and after a run."""
    random = Random(3)
    contents = {}
    folder.mkdir(exist_ok=True)
    for name in (f"{number:02}.txt" for number in range(N_FILES)):
        text = "".join(" ".join(random.choices(WORDS, k=12)) + "\n" for _ in range(N_LINES))
        (folder / name).write_bytes(text.encode())
        contents[name] = text.encode(), restorer.restore(text).encode()
    return contents


def forked(args: list[str], said: Path, user: int | None = None) -> int:
    """Start a run in a process of its own, which has everything imported already; gives its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        main(args, prog_name="vndiacritic")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        os.write(2, f"Traceback: {error!r}\n".encode())
    finally:
        sys.stdout.flush()
        os._exit(code)


def rounds(model: str, work: Path, number: signal.Signals, kills: int, seed: int) -> dict[str, object]:
    """Runs over a folder, each ended by a signal at a random moment; what was left of them, added up."""
    restorer, random, folder, said = Restorer.load(model), Random(seed), work / "notes", work / "said"
    args = ["restore", "-m", model, "-r", "-i", str(folder)]
    seen = {"ended": 0, "over before": 0, "half done": 0, "broken": 0, "left behind": 0, "not repeatable": 0}
    codes: set[int] = set()
    contents = fresh_folder(folder, restorer)
    start = time.monotonic()
    os.waitpid(forked(args, said), 0)
    lasts = time.monotonic() - start
    for _ in range(kills):
        fresh_folder(folder, restorer)
        pid = forked(args, said)
        time.sleep(random.uniform(0, 1.1 * lasts))
        os.kill(pid, number)
        status = os.waitpid(pid, 0)[1]
        codes.add(os.waitstatus_to_exitcode(status))
        seen["over before" if status == 0 else "ended"] += 1
        found = {path.name: path.read_bytes() for path in folder.iterdir()}
        left = {name for name in found if name.startswith(".vndiacritic-")}
        seen["left behind"] += len(left)
        whole = found.keys() - left == contents.keys() and all(found[name] in contents[name] for name in contents)
        seen["broken"] += not whole
        seen["half done"] += whole and len({found[name] == contents[name][0] for name in contents}) == 2
        again = os.waitstatus_to_exitcode(os.waitpid(forked(args, said), 0)[1])
        repeated = all((folder / name).read_bytes() == contents[name][1] for name in contents)
        seen["not repeatable"] += bool(again or not repeated)
        for name in left:
            (folder / name).unlink()
    lines = said.read_text(encoding="utf-8").splitlines()
    # Python ignores what a signal raises while it is in a callback of its own, and says so; the run then goes on.
    tracebacks = [
        before for before, line in pairwise(["", *lines]) if line.startswith("Traceback") and "ignored in" not in before
    ]
    return seen | {"codes": sorted(codes), "tracebacks": len(tracebacks), "seconds of a run": round(lasts, 3)}


def run() -> None:
    """Read the arguments and print what was seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("work", type=Path)
    parser.add_argument("--signal", default="SIGKILL")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where this was started in the background
    number = signal.Signals[asked.signal]
    if number in (signal.SIGTERM, signal.SIGHUP):  # a child that has not come to its own handler yet, or is behind it
        signal.signal(number, lambda number, _: os._exit(128 + number))
    seen = rounds(asked.model, asked.work, number, asked.kills, asked.seed)
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    run()

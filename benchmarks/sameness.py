"""The same bytes everywhere: ``python -m benchmarks.sameness`` prints digests of what a machine makes of one input.

The last two lines are one digest of all that is restored and repaired, and that of a model that is trained.
``--under PYTHON`` runs it under more interpreters, with one and two threads and the kernels of `KERNELS`, and fails if
what they restore differs. Trainings agree on processors that multiply and add in one step (from Haswell and Zen on):
the others round twice, and their models differ in some weights.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.cleaning.characters import repair
from vndiacritic.modelfile import open_model
from vndiacritic.restorer import Restorer
from vndiacritic.shipped import load_model

__all__ = ["KERNELS", "compared", "digests", "main"]

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "corpus" / "sample"
KERNELS = ("", "Haswell", "SkylakeX", "Zen", "Nehalem")
"""Of OpenBLAS on x86-64, the oldest last; "" is the one that it chooses itself."""


def digests() -> Iterator[tuple[str, str]]:
    """What is made of the bundled sample, by name: texts, confidences, repairs."""
    lines = [line for file in sorted(SAMPLE.glob("*.txt")) for line in file.read_text(encoding="utf-8").splitlines()]
    bare = strip_diacritics("\n".join(lines))
    yield from _restored("shipped model", load_model(), bare)
    small = Restorer.load(ROOT / "tests" / "data" / "models" / "format1.safetensors")
    yield from _restored("model of format 1", small, bare)
    yield "repair", _digest(repair("\n".join(lines).encode().decode("cp1252", "replace")))


def _restored(name: str, restorer: Restorer, bare: str) -> Iterator[tuple[str, str]]:
    yield f"{name}, text", _digest(restorer.restore(bare))
    yield f"{name}, what is sure", _digest(restorer.restore(bare, min_confidence=0.9))
    yield f"{name}, explained", _digest("\n".join(map(repr, restorer.explain(bare))))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _trained() -> str:
    """The arrays of a model that is trained here; its metadata tell of versions."""
    from vndiacritic.training.recipe import train

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        train([SAMPLE / "chat.txt", SAMPLE / "story.txt"], path, work=Path(folder) / "work")
        return open_model(path).payload_sha256[:16]


def versions() -> str:
    """What is run here."""
    told = [f"Python {platform.python_version()}"]
    for name in ("numpy", "scipy", "scikit-learn"):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"no {name}")
    return ", ".join(told)


def compared(pythons: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """For each interpreter, thread count and kernel that runs here: what it is, and its two digests."""
    for python, threads, kernel in product(pythons, ("1", "2"), KERNELS):
        if threads == "2" and kernel:
            continue
        env = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        env.pop("OPENBLAS_CORETYPE", None)
        env |= {"OPENBLAS_CORETYPE": kernel} if kernel else {}
        command = [python, "-m", "benchmarks.sameness"]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        if kernel and done.returncode == -signal.SIGILL:  # this processor is older than the kernel
            continue
        what, *_, restored, trained = done.stdout.splitlines() if not done.returncode else [python, "failed", ""]
        yield f"{what}, threads: {threads}, kernel: {kernel or 'its own'}", restored, trained


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sameness")
    parser.add_argument("--under", nargs="+", metavar="PYTHON", help="run under these, and compare")
    asked = parser.parse_args()
    if asked.under:
        found = []
        for what, restored, trained in compared(asked.under):
            found.append(restored)
            sys.stdout.write(f"| {what} | {restored} | {trained} |\n")
            sys.stdout.flush()
        sys.exit(len(set(found)) > 1)
    rows = list(digests())
    sys.stdout.write(f"{versions()}\n")
    for name, digest in rows:
        sys.stdout.write(f"{name}: {digest}\n")
    sys.stdout.write(f"restored {_digest(''.join(map(''.join, rows)))}\ntrained {_trained()}\n")


if __name__ == "__main__":
    main()

"""Restores the .txt files of a folder, and of the folders in it, into another folder, on a dask cluster.

    python restore_folder.py bare/ restored/ tcp://scheduler:8786

A file that is restored already is left alone, so after an interruption the same command goes on where it was.
"""

import argparse
import os
from pathlib import Path

import joblib
from dask.distributed import Client

import vndiacritic


def restore_file(restorer: vndiacritic.Restorer, source: Path, target: Path) -> None:
    """Restore one file; the target is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with (
        source.open(encoding="utf-8", newline="\n") as lines,
        part.open("w", encoding="utf-8", newline="") as restored,
    ):
        restored.writelines(restorer.restore_lines(lines, n_jobs=-1))
        restored.flush()
        os.fsync(restored.fileno())
    part.replace(target)


def main() -> None:
    """Restore what is not restored yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("scheduler")
    parser.add_argument("--model")
    arguments = parser.parse_args()

    restorer = vndiacritic.load_model(arguments.model)
    with Client(arguments.scheduler), joblib.parallel_config(backend="dask"):
        for source in sorted(arguments.source.rglob("*.txt")):
            target = arguments.target / source.relative_to(arguments.source)
            if not target.exists():
                restore_file(restorer, source, target)
                print(target, flush=True)


if __name__ == "__main__":
    main()

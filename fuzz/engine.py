"""One target under atheris: ``python -m fuzz.engine NAME`` and arguments of libFuzzer."""

from __future__ import annotations

import sys

import atheris

from fuzz import load_target


def main() -> None:
    """Fuzz a target until libFuzzer's limits are reached, or an input breaks it."""
    name, *rest = sys.argv[1:]
    with atheris.instrument_imports(include=["vndiacritic", "fuzz", "markdown_it", "html", "csv", "json", "zipfile"]):
        target = load_target(name)
        for seed in target.SEEDS:
            target.check(seed)  # what is imported when it is first needed is instrumented too
    atheris.Setup([sys.argv[0], f"-max_len={target.LONGEST}", *rest], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

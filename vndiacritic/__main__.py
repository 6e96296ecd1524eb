"""Runs the command line: ``python -m vndiacritic``."""

from __future__ import annotations

from vndiacritic.cli import main

if __name__ == "__main__":
    main(prog_name="vndiacritic")

"""Runs the command line: ``python -m vndiacritic``, and what is installed as ``vndiacritic``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly while it is still being imported too."""
    try:
        from vndiacritic.cli import main as command_line
    except KeyboardInterrupt:
        sys.exit(130)
    command_line(prog_name="vndiacritic")


if __name__ == "__main__":
    main()

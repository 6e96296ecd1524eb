"""The command ``strip``."""

from __future__ import annotations

from typing import Any

import click

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.changes import Outcome
from vndiacritic.cli.options import FileOptions, file_options, line_buffered_option
from vndiacritic.cli.rewriting import rewrite

__all__ = ["strip"]


@click.command()
@file_options
@line_buffered_option
def strip(**files: Any) -> None:
    """Remove the Vietnamese diacritics of FILEs, or of standard input.

    The letters of Vietnamese lose tone and shape and đ becomes d; everything else stays as it is.

    \b
    Examples:
      echo 'Trời đẹp quá' | vndiacritic strip
      vndiacritic strip gold.txt -o bare.txt
      vndiacritic strip -r gold/ -o bare/
    """
    rewrite(FileOptions(**files), lambda lines: (Outcome(strip_diacritics(line)) for line in lines))

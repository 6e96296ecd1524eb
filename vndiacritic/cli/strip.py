"""The command ``strip``."""

from __future__ import annotations

from typing import Any

import click

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.changes import Outcome
from vndiacritic.cli.formatted import Plain, rewrite_documents
from vndiacritic.cli.options import FileOptions, file_options, format_options, line_buffered_option
from vndiacritic.cli.rewriting import read_parts
from vndiacritic.files import checked_lines

__all__ = ["strip"]


@click.command()
@file_options
@format_options
@line_buffered_option
def strip(as_format: str | None, fields: tuple[str, ...], **files: Any) -> None:
    """Remove the Vietnamese diacritics of FILEs, or of standard input.

    The letters of Vietnamese lose tone and shape and đ becomes d; everything else stays as it is. Of documents
    (.md, .srt, .vtt, .html, .csv, .tsv, .jsonl, .po, .docx) only the text is changed.

    \b
    Examples:
      echo 'Trời đẹp quá' | vndiacritic strip
      vndiacritic strip gold.txt -o bare.txt
      vndiacritic strip -r gold/ -o bare/
      vndiacritic strip --field body news.jsonl
    """
    asked = FileOptions(**files)
    read = checked_lines if asked.tells_lines else read_parts
    plain = Plain(read, lambda parts: (Outcome(strip_diacritics(part)) for part in parts))
    rewrite_documents(asked, as_format, fields, plain, lambda _: _strip)


def _strip(texts: list[str]) -> list[str]:
    return [strip_diacritics(text) for text in texts]

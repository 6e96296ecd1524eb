"""Rows of cells as aligned text or as Markdown.

Knows widths and separators. Does not know what the cells say.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned", "markdown"]


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)) -> str:
    """A table for a terminal; the columns in `left` are flush left, all others flush right.

    Examples
    --------
    >>> print(aligned(("set", "floor"), [("gate", "97.10")]))
    set   floor
    gate  97.10
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)) -> str:
    r"""The same as a Markdown table.

    Examples
    --------
    >>> print(markdown(("set", "floor"), [("a|b", "97.10")]))
    | set | floor |
    |---|---:|
    | a\|b | 97.10 |
    """
    rule = "".join("|---" if i in left else "|---:" for i in range(len(head))) + "|"
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], rule, *lines[1:]])

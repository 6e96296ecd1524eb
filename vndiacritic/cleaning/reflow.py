"""Paragraphs that were broken at inline links or by hard wraps: which line goes on from the one before.

Knows the shapes of neighbouring lines of an article's body. Does not know labels: what is no prose must not be handed
in.
"""

from __future__ import annotations

from collections.abc import Sequence

from vndiacritic.cleaning.shape import Shape

__all__ = ["continuations", "wrap_width"]

_LEAST_LINES = 8  # fewer say nothing of a width
_WIDEST = 120  # characters; hard wraps are at 60 to 100
_NEAR = 0.72  # of the width: a wrapped line is shorter by at most a long word
_WRAPPED = 0.55  # of the lines are that long


def wrap_width(shapes: Sequence[Shape]) -> int:
    """The width that prose was wrapped at, in characters; 0 where it was not."""
    lengths = sorted(len(shape.text) for shape in shapes)
    if len(lengths) < _LEAST_LINES:
        return 0
    width = lengths[-1 - len(lengths) // 20]
    wrapped = sum(length >= _NEAR * width for length in lengths)
    open_ended = sum(not shape.closed for shape in shapes)
    if not 40 <= width <= _WIDEST or wrapped < _WRAPPED * len(lengths) or open_ended < len(lengths) // 2:
        return 0
    return width


def continuations(shapes: Sequence[Shape]) -> list[bool]:
    """Which of an article's lines of prose go on from the one before.

    Parameters
    ----------
    shapes : sequence of Shape
        Consecutive lines of the body.

    Returns
    -------
    list of bool
        The first is never one.
    """
    width = wrap_width(shapes)
    joined = [False] * len(shapes)
    for k in range(1, len(shapes)):
        before, shape = shapes[k - 1], shapes[k]
        after = shapes[k + 1] if k + 1 < len(shapes) else None
        joined[k] = _goes_on(before, shape, after, joined[k - 1]) or (width > 0 and _is_wrapped(before, shape, width))
    return joined


def _goes_on(before: Shape, shape: Shape, after: Shape | None, running: bool) -> bool:
    """Whether a line is the rest of a sentence, or a link inside one."""
    if before.closed or before.text.endswith((":", ";")) or shape.item:
        return False
    if shape.goes_on:
        return True
    # "… tại tỉnh" / "Hòa Bình" / ". Toàn bộ khu …": the line after goes on, so this one is inside
    inside = after is not None and after.goes_on and shape.n <= 6 and not shape.closed
    return inside and (running or before.n >= 6)


def _is_wrapped(before: Shape, shape: Shape, width: int) -> bool:
    return len(before.text) >= _NEAR * width and not shape.item and not before.item

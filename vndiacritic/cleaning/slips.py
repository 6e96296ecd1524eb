"""Slips and damage: a misprint in a good line is its writer's, a text full of them was damaged on its way.

Knows how dense damage is; what a misprint is, other modules know. What is dense is mended unasked, what is not by the
step ``slips`` only: of 100,000 lines of print and web some 130 have a tone on the wrong vowel or two words in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vndiacritic.cleaning.edits import Edit
from vndiacritic.cleaning.joins import certain_glue_edits, seam_edits
from vndiacritic.cleaning.lookalikes import CARONS, lookalike_edits
from vndiacritic.cleaning.marks import misplaced_edits, slid_edits

__all__ = ["clear_lookalike_edits", "dense_edits", "glue_edits", "slip_edits", "tone_edits"]

# One word in so many of a line: "Mời Qúy vị vào", "Pháp luậtTrở lại". With 10 for tones 90 of a million lines of the
# corpora would change, with 5 some 15.
_TONES = 5
_SEAMS = 4
# A whole text is damaged where so many lines are, and one word in so many.
_LINES = 3
_WORDS = 50


def dense_edits(text: str, edits: Sequence[Edit], share: int) -> Iterator[Edit]:
    """The edits in lines of which one word in `share` is damaged; all where the whole text is."""
    lines: dict[int, list[Edit]] = {}
    start = end = -1
    for edit in edits:
        if edit.start > end:
            start = text.rfind("\n", 0, edit.start) + 1
            end = text.find("\n", edit.start)
            end = len(text) if end < 0 else end
        lines.setdefault(start, []).append(edit)
    everywhere = len(lines) >= _LINES and _WORDS * len(edits) >= len(text.split())
    for start, found in lines.items():
        end = text.find("\n", start)
        if everywhere or share * len(found) >= len(text[start : end if end >= 0 else None].split()):
            yield from found


def tone_edits(text: str) -> Iterator[Edit]:
    """The edits for tones that nobody types ("hiêṇ"), and for misplaced ones where they are dense."""
    yield from list(slid_edits(text)) or dense_edits(text, list(misplaced_edits(text)), _TONES)


def glue_edits(text: str) -> Iterator[Edit]:
    """The edits for lines that stand there twice, datelines, and words glued together where they are dense."""
    yield from list(certain_glue_edits(text)) or dense_edits(text, list(seam_edits(text)), _SEAMS)


def clear_lookalike_edits(text: str) -> Iterator[Edit]:
    """The edits for look-alikes that nobody types, and for carons where they are dense."""
    edits = list(lookalike_edits(text))
    carons = [edit for edit in edits if _is_caron(text, edit)]
    dense = set(dense_edits(text, carons, _TONES))
    yield from (edit for edit in edits if edit in dense or not _is_caron(text, edit))


def slip_edits(text: str) -> Iterator[Edit]:
    """The edits for single misprints in good lines: tones, glued words, carons for breves."""
    carons = [edit for edit in lookalike_edits(text) if _is_caron(text, edit)]
    yield from carons or list(misplaced_edits(text)) or seam_edits(text)


def _is_caron(text: str, edit: Edit) -> bool:
    """Whether all that is strange in a word are carons: "nǎm"."""
    old, new = text[edit.start : edit.end], edit.after
    return len(old) == len(new) and all(a == b or a in CARONS for a, b in zip(old, new, strict=True))

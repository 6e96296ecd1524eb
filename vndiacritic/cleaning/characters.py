"""Repair of damaged characters: the steps by name, in their order, and their plan.

Knows what steps there are and which run unasked. What each does is in a module of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import cycle, islice
from typing import NamedTuple

from vndiacritic.cleaning.decoding import decode_bytes
from vndiacritic.cleaning.edits import Change, Edit, Explained, Finder, apply_edits, apply_plan, recorded
from vndiacritic.cleaning.escapes import escape_edits
from vndiacritic.cleaning.invisible import HIDDEN, LINE_ENDS, SPACES, invisible_edits, line_end_edits, space_edits
from vndiacritic.cleaning.joins import hyphen_edits, wrap_edits
from vndiacritic.cleaning.keystrokes import METHODS
from vndiacritic.cleaning.legacy import ALIASES, legacy_codecs
from vndiacritic.cleaning.legacy_text import decoded_as, legacy_edits
from vndiacritic.cleaning.lookalikes import (
    OVERLAYS,
    STYLED,
    lookalike_characters,
    overlay_edits,
    styled_edits,
)
from vndiacritic.cleaning.marks import MARKS, mark_edits, tone_style_edits
from vndiacritic.cleaning.mojibake import C1, foreign_edits, mojibake_edits, one_byte_edits
from vndiacritic.cleaning.plausibility import ODD, odd_characters
from vndiacritic.cleaning.respelled import dialect_edits, teencode_edits
from vndiacritic.cleaning.slips import clear_lookalike_edits, glue_edits, slip_edits, tone_edits
from vndiacritic.cleaning.spacing import (
    letter_spacing_edits,
    number_edits,
    punctuation_edits,
    repeated_edits,
    single_sign_edits,
)
from vndiacritic.cleaning.typed_text import typed_as, typed_edits
from vndiacritic.errors import VndiacriticError

__all__ = [
    "STEPS",
    "Change",
    "Explained",
    "Step",
    "apply_plan",
    "chosen_steps",
    "decode_bytes",
    "repair",
    "repair_and_explain",
]


class Step(NamedTuple):
    """A step of the repair.

    Attributes
    ----------
    name
        What it is chosen by.
    summary
        What it does, in a line.
    default
        Whether it runs unasked.
    find
        Gives the edits it would make to a text.
    odd
        What it needs among the odd characters of a text to have work; None if it can do without.
    """

    name: str
    summary: str
    default: bool
    find: Finder
    odd: re.Pattern[str] | None = None


def _steps() -> tuple[Step, ...]:
    """The steps in their order: bytes first, then letters, then what stands between them."""
    return (
        Step("escapes", "HTML, JSON, percent and quoted-printable escapes", True, escape_edits),
        Step("mojibake", "UTF-8 read in another encoding, once or twice", True, mojibake_edits),
        Step("legacy", "TCVN3, VNI, VISCII, VPS and Windows-1258 shown as Latin-1", True, legacy_edits),
        Step("windows", "Windows-1252 read as Latin-1", True, one_byte_edits, odd=C1),
        Step("foreign", "misread bytes of other languages, with ftfy", True, foreign_edits, odd=ODD),
        Step("line-ends", "one way to end a line", True, line_end_edits, odd=LINE_ENDS),
        Step("invisible", "zero-width characters, soft hyphens, control codes", True, invisible_edits, odd=HIDDEN),
        Step("spaces", "no-break and other unusual spaces", True, space_edits, odd=SPACES),
        Step("overlays", "strokes over every letter", True, overlay_edits, odd=OVERLAYS),
        Step("styled", "mathematical, circled and full-width letters", True, styled_edits, odd=STYLED),
        Step("marks", "letters and marks composed, in any order, deprecated marks", True, mark_edits, odd=MARKS),
        Step(
            "lookalikes",
            "Cyrillic, Greek, small-capital and other look-alikes; Ð for Đ",
            True,
            clear_lookalike_edits,
            odd=lookalike_characters(),
        ),
        Step("tones", "tones on the wrong vowel, in lines and texts full of them", True, tone_edits),
        Step("typed", "Telex, VNI and VIQR keystrokes", True, typed_edits),
        Step("hyphens", "syllables hyphenated at the end of a line", True, hyphen_edits),
        Step("glue", "lines and datelines glued together; words, in lines and texts full of them", True, glue_edits),
        Step("letter-spacing", "headings with a space after each letter", True, letter_spacing_edits),
        Step("numbers", "spaces inside numbers", True, number_edits),
        Step("repeats", "six and more exclamation or question marks", True, repeated_edits),
        Step("slips", "single misplaced tones, glued words and ǎ for ă in good lines", False, slip_edits),
        Step("teencode", "words as written in chats", False, teencode_edits),
        Step("dialect", "regional words", False, dialect_edits),
        Step("punctuation", "spaces around signs, quotes and brackets", False, punctuation_edits),
        Step("single-signs", "one of several signs, three dots of more", False, single_sign_edits),
        Step("wraps", "lines cut inside a sentence", False, wrap_edits),
        Step("old-tones", "every tone in the old place: hòa, thúy", False, lambda text: tone_style_edits(text, "old")),
        Step("new-tones", "every tone in the new place: hoà, thuý", False, lambda text: tone_style_edits(text, "new")),
    )


STEPS: Mapping[str, Step] = {step.name: step for step in _steps()}
"""The steps by name, in the order in which they run."""

_DEFAULT = tuple(step for step in STEPS.values() if step.default)
_GROUP = "characters"  # the name of all steps that run unasked
_ROUNDS = 12  # a text that was damaged twelve times over is left as it then is


def chosen_steps(steps: str | Iterable[str] | None = None) -> tuple[Step, ...]:
    """The steps of some names, in the order in which they run.

    Parameters
    ----------
    steps : str or iterable of str, optional
        Names, or one string of names with commas; ``characters`` stands for all that run unasked, as does None.

    Raises
    ------
    VndiacriticError
        If there is no step of a name; the message lists those there are.
    """
    if steps is None:
        return _DEFAULT
    names = steps.split(",") if isinstance(steps, str) else steps
    wanted = {name.strip() for name in names}
    if unknown := sorted(wanted - STEPS.keys() - {_GROUP}):
        raise VndiacriticError(f"there is no step {unknown[0]!r}; there are {_GROUP}, {', '.join(STEPS)}")
    if {"old-tones", "new-tones"} <= wanted:
        raise VndiacriticError("old-tones and new-tones exclude each other; name one")
    return tuple(step for step in STEPS.values() if step.name in wanted or (step.default and _GROUP in wanted))


def repair(text: str, *, steps: str | Iterable[str] | None = None, encoding: str | None = None) -> str:
    """Repair the characters of a text; a text that is not damaged comes back as it is.

    Parameters
    ----------
    text : str
        Any text, of any number of lines; lines around a damaged one help to tell how it was damaged.
    steps : str or iterable of str, optional
        Names from `STEPS`; all that run unasked if not given.
    encoding : str, optional
        A legacy encoding or way of typing that the text is in, instead of one told by its content: ``tcvn3``,
        ``tcvn``, ``vni``, ``viscii``, ``vps``, ``cp1258``, ``viqr``, ``telex``, ``vni-keys``.

    Raises
    ------
    VndiacriticError
        If a step or an encoding is not known.

    Examples
    --------
    >>> repair("Tiáº¿ng Viá»‡t"), repair("Qúy khách"), repair("Café Nestlé")
    ('Tiếng Việt', 'Quý khách', 'Café Nestlé')
    """
    return repair_and_explain(text, steps=steps, encoding=encoding).text


def repair_and_explain(
    text: str, *, steps: str | Iterable[str] | None = None, encoding: str | None = None
) -> Explained:
    """Repair the characters of a text and say what was changed where, and why.

    Parameters and errors are those of `repair`.

    Returns
    -------
    Explained
        The text and its plan, which `apply_plan` replays.

    Examples
    --------
    >>> repair_and_explain("Ðà Lạt").plan[0].reason
    'looks like Đ: latin capital letter eth'
    """
    chosen = chosen_steps(steps)
    plan: list[Change] = []
    if encoding is not None:
        text = _applied(text, list(_forced(encoding)(text)), "encoding", plan)
    odd, quiet = odd_characters(text), 0
    # Round and round, since what was escaped twice has to be unescaped twice, until every step has found nothing.
    for step in islice(cycle(chosen), _ROUNDS * len(chosen)):
        edits = list(step.find(text)) if step.odd is None or step.odd.search(odd) else []
        if edits:
            text = _applied(text, edits, step.name, plan)
            odd, quiet = odd_characters(text), 0
        else:
            quiet += 1
            if quiet == len(chosen):
                break
    return Explained(text, tuple(plan))


def _applied(text: str, edits: Sequence[Edit], name: str, plan: list[Change]) -> str:
    plan.extend(recorded(text, edits, name))
    return apply_edits(text, edits)


@cache
def _forced(encoding: str) -> Finder:
    """The finder that reads a whole text in one encoding."""
    name = ALIASES.get(encoding.lower(), encoding.lower())
    if codec := legacy_codecs().get(name):
        return lambda text: decoded_as(text, codec)
    if method := METHODS.get(name):
        return lambda text: typed_as(text, method)
    known = ", ".join((*legacy_codecs(), *METHODS))
    raise VndiacriticError(f"there is no encoding {encoding!r} of text; there are {known}")

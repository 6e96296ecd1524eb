"""What the server can do: each kind of request with its fields, and how it is answered.

Every kind is a function from fields to an answer, which runs in a thread. This module knows the library; it knows
nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.cleaning.characters import repair_and_explain
from vndiacritic.cleaning.pipeline import TextCleaner
from vndiacritic.cutting import lines_of
from vndiacritic.explain import Choice
from vndiacritic.placement import PLACEMENTS, placement_of
from vndiacritic.restorer import Restorer
from vndiacritic.web.answers import encoded
from vndiacritic.web.asked import Field
from vndiacritic.web.cells import ALTERNATIVES, Forms, cells_of, pieces_of
from vndiacritic.web.work import Turn

__all__ = ["KINDS", "Kind"]

Answer = dict[str, Any]

_ENDLESS = 1 << 62  # no line is too long


class Kind(NamedTuple):
    """A kind of request: its fields, and what answers it."""

    fields: Mapping[str, Field]
    work: Callable[[Restorer, Turn, Mapping[str, Any]], Answer]


def _restore(restorer: Restorer, turn: Turn, asked: Mapping[str, Any]) -> Answer:
    styled = _styled(restorer, asked)
    lines = turn.through(lines_of(asked["text"]))
    restored = styled.restore_lines(lines, min_confidence=asked["min_confidence"], mark=asked["mark"])
    return {"text": "".join(restored)}


def _explain(restorer: Restorer, turn: Turn, asked: Mapping[str, Any]) -> Answer:
    lines, texts, told = list(lines_of(asked["text"])), [], []
    explained = _styled(restorer, asked).explain_lines(
        turn.through(lines), asked["alternatives"], min_confidence=asked["min_confidence"]
    )
    start = 0
    for line, (text, choices) in zip(lines, explained, strict=True):
        texts.append(text)
        told += [encoded(_told(choice, start)) for choice in choices]
        start += len(line)
    return {"text": "".join(texts), "syllables": told}


def _told(choice: Choice, start: int) -> Answer:
    return {
        "start": choice.start + start,
        "end": choice.end + start,
        "text": choice.text,
        "confidence": choice.confidence,
        "alternatives": [{"text": text, "confidence": odds} for text, odds in choice.alternatives],
    }


def _review(restorer: Restorer, turn: Turn, asked: Mapping[str, Any]) -> Answer:
    lines, forms = list(lines_of(asked["text"])), Forms()
    explained = _styled(restorer, asked).explain_lines(turn.through(lines), ALTERNATIVES)
    cells = chain.from_iterable(map(cells_of, lines, explained))
    # A piece is a line, however long: the page keeps what it has of lines that do not change.
    pieces = [encoded(forms.packed(piece)) for piece in pieces_of(cells, 0, _ENDLESS)]
    return {"pieces": pieces, "forms": forms.texts}


def _clean(restorer: Restorer, turn: Turn, asked: Mapping[str, Any]) -> Answer:
    options = {name: asked[name] for name in ("keep", "keep_slugs")}
    steps = {"steps": asked["steps"]} if asked["steps"] else {}
    cleaned = TextCleaner(restorer=restorer, **options, **steps).explain(asked["text"])
    return {
        "text": cleaned.text,
        "page": cleaned.is_page,
        "warning": cleaned.warning,
        "lines": [encoded(line.to_json()) for line in cleaned.lines],
    }


def _repair(restorer: Restorer, turn: Turn, asked: Mapping[str, Any]) -> Answer:
    text, plan = repair_and_explain(asked["text"], steps=asked["steps"] or None)
    return {"text": text, "changes": [encoded(change._asdict()) for change in plan]}


def _strip(restorer: Restorer, turn: Turn, asked: Mapping[str, Any]) -> Answer:
    return {"text": strip_diacritics(asked["text"])}


def _styled(restorer: Restorer, asked: Mapping[str, Any]) -> Restorer:
    """The restorer with tones where they are wanted."""
    style = asked["tone_style"]
    if style == "as-is":
        style = placement_of([asked["text"]]) or "old"
    return restorer.with_tone_style(style)


# ---- fields


def _is_text(value: object) -> bool:
    """Whether it is a string that UTF-8 can hold: JSON may have half of a surrogate pair."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_ALTERNATIVES


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_labels(value: object) -> bool:
    return _are_names(value) and set(value) <= set(_LABELS)  # type: ignore[call-overload]


_MOST_ALTERNATIVES = 20
_LONGEST_MARK = 20
_LABELS = ("time", "byline", "credit")

_TEXT = Field(None, _is_text, "a string of whole characters")
_STYLE = Field("old", lambda value: value in PLACEMENTS, f"one of {', '.join(PLACEMENTS)}")
_DOUBT = Field(0.0, _is_probability, "a number from 0 to 1")
_MARK = Field(
    "", lambda value: _is_text(value) and len(value) <= _LONGEST_MARK, f"a string of at most {_LONGEST_MARK} characters"
)
_COUNT = Field(3, _is_whole, f"a whole number from 1 to {_MOST_ALTERNATIVES}")
_STEPS = Field([], _are_names, "a list of names of steps")
_KEEP = Field([], _are_labels, f"a list of labels: {', '.join(_LABELS)}")
_SWITCH = Field(False, lambda value: isinstance(value, bool), "true or false")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "restore": Kind({"text": _TEXT, "tone_style": _STYLE, "min_confidence": _DOUBT, "mark": _MARK}, _restore),
        "explain": Kind(
            {"text": _TEXT, "tone_style": _STYLE, "min_confidence": _DOUBT, "alternatives": _COUNT}, _explain
        ),
        "review": Kind({"text": _TEXT, "tone_style": _STYLE}, _review),
        "clean": Kind({"text": _TEXT, "steps": _STEPS, "keep": _KEEP, "keep_slugs": _SWITCH}, _clean),
        "repair": Kind({"text": _TEXT, "steps": _STEPS}, _repair),
        "strip": Kind({"text": _TEXT}, _strip),
    }
)
"""By name, which is the end of their path: /api/NAME."""

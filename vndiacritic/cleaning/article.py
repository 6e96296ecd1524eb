"""What is written of a page's lines: which go, what slugs and table cells become, which lines are joined.

Takes labels as they are. Does not know how they were found, and restores nothing by itself: the callable that does is
handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vndiacritic.cleaning.captions import core_of, is_counted, parse_credit, restore_slug
from vndiacritic.cleaning.cleaned import Action, Cleaned, CleanedLine
from vndiacritic.cleaning.lines import Label, Labelled
from vndiacritic.cleaning.reflow import continuations
from vndiacritic.cleaning.shape import CELL, Shape, bare_key

__all__ = ["Wanted", "Writer", "all_kept"]

_NO_SPACE_BEFORE = ",.;:)!?…”»"
_LONGEST_CELL = 2000  # characters of a line that may be a table of one cell


@dataclass(frozen=True)
class Wanted:
    """What is to be written.

    Attributes
    ----------
    dropped : collection of Label
        Labels of which nothing is written; slugs are decided one by one.
    slugs : bool
        Whether slugs are restored or dropped at all.
    keep_slugs : bool
        Whether those are written that only repeat other lines.
    joined : bool
        Whether broken paragraphs are joined.
    restore : callable
        Restores what of a slug the document does not decide.
    """

    dropped: Collection[Label]
    slugs: bool
    keep_slugs: bool
    joined: bool
    restore: Callable[[str], str]


def all_kept(lines: list[str], repaired: Sequence[str | None], labelled: Labelled, end: str, *, ended: bool) -> Cleaned:
    """A document of which nothing is dropped, exactly as it was but for repaired characters."""
    told = [
        _kept(number, line, new, label, reason)
        for number, (line, new, label, reason) in enumerate(
            zip(lines, repaired, labelled.labels, labelled.reasons, strict=True), 1
        )
    ]
    pieces = ["" if new is None else new + end for new in repaired]
    if pieces and not ended:
        last = max(i for i, piece in enumerate(pieces) if piece)
        pieces[last] = pieces[last].removesuffix(end)
    return Cleaned(told, pieces, is_page=labelled.region is not None)


def _kept(number: int, line: str, new: str | None, label: Label, reason: str) -> CleanedLine:
    if new is None:
        return CleanedLine(number, line, label, "repair", "", "characters repaired: joined to the line above")
    if line != new:
        return CleanedLine(number, line, label, "repair", new, "characters repaired")
    return CleanedLine(number, line, label, "keep", new, reason)


class Writer:
    """Decides what is written of each line of one page."""

    def __init__(
        self,
        labelled: Labelled,
        lines: Sequence[str],
        repaired: Sequence[str | None],
        wanted: Wanted,
        images: Mapping[int, str],
    ) -> None:
        self._labelled, self._lines, self._repaired, self._wanted = labelled, lines, repaired, wanted
        self._images = images  # what images say of themselves with diacritics, by line
        page, region = labelled.page, labelled.region
        title = region.title if region is not None else None
        self._title = page.shapes[title].text if title is not None else ""
        self._visible = {number: k for k, number in enumerate(page.numbers)}

    def cleaned(self, end: str) -> Cleaned:
        """The document as it is written."""
        told = [self._tell(number) for number in range(len(self._lines))]
        if self._wanted.joined:
            told = _joined(told)
        told = _spaced(told)
        return Cleaned(told, _pieces(told, end), is_page=True)

    def _tell(self, number: int) -> CleanedLine:
        text, label = self._lines[number], self._labelled.labels[number]
        output = (self._repaired[number] or "").replace("\ufeff", "").strip()
        output = CELL.sub(r"\1", output) if len(output) < _LONGEST_CELL else output
        reason = self._labelled.reasons[number]
        if label is Label.SLUG:
            return self._tell_slug(number, output)
        credit = parse_credit(output) if label in (Label.CAPTION, Label.CREDIT) else None
        if label in self._wanted.dropped:
            return CleanedLine(number + 1, text, label, "drop", "", reason, credit=credit.credit if credit else None)
        action: Action = "keep" if output == text.strip() else "repair"
        return CleanedLine(number + 1, text, label, action, output, reason, credit=credit.credit if credit else None)

    def _tell_slug(self, number: int, output: str) -> CleanedLine:
        text, reason = self._lines[number], self._labelled.reasons[number]
        restored = self._restored(number, output)
        told = CleanedLine(number + 1, text, Label.SLUG, "repair", restored, reason, restored)
        if not self._wanted.slugs:
            return replace(told, action="keep", output=output)
        if self._wanted.keep_slugs or not (why := self._repeats(number, restored)):
            return told if restored != output else replace(told, action="keep")
        return replace(told, action="drop", output="", reason=f"{reason}; {why}")

    def _restored(self, number: int, output: str) -> str:
        if not output.isascii():
            return output
        if bare_key(own := self._images.get(number, "")) == bare_key(output):
            return own
        page, k = self._labelled.page, self._visible[number]
        around = [page.shapes[j].text for j in self._beside(k)]
        copies = [page.shapes[j].text for j in page.copies_of(k) if page.shapes[j].marked]
        return restore_slug(output, [self._title, *around, *copies], self._labelled.words, number, self._wanted.restore)

    def _beside(self, k: int) -> list[int]:
        """The visible lines next to one, the one below first."""
        return [j for j in (k + 1, k - 1, k + 2, k - 2) if 0 <= j < len(self._labelled.page)]

    def _repeats(self, number: int, restored: str) -> str:
        """What a slug only repeats, or "" if it says something of its own."""
        page, k = self._labelled.page, self._visible[number]
        said = set(_words(restored))
        if not said or (restored != core_of(restored) and not _words(core_of(restored))):
            return "a file name"
        new = said - set(bare_key(self._title).split())
        if len(new) <= (0.3 * len(said) if is_counted(restored) else 0):
            return "it repeats the headline"
        for j in self._beside(k):
            if self._labelled.labels[page.numbers[j]] in (Label.BOILERPLATE, Label.SLUG):
                continue
            if page.shapes[j].sentence and j < k:  # the paragraph above, which has many words
                continue
            beside = set(_words(page.shapes[j].text))
            if said <= beside or (len(beside) >= 2 and beside <= said):
                return "it repeats the line beside it"
        return ""


def _pieces(told: list[CleanedLine], end: str) -> list[str]:
    """What each line adds to the text; a line that the next one goes on from has no end."""
    pieces = [""] * len(told)
    last = -1
    for i, line in enumerate(told):
        if line.action == "drop":
            continue
        if line.joined:
            pieces[last] = pieces[last].removesuffix(end)
        glue = " " if line.joined and line.output[:1] not in _NO_SPACE_BEFORE else ""
        pieces[i] = glue + line.output + end
        last = i
    return pieces


def _words(text: str) -> list[str]:
    return [word for word in bare_key(core_of(text)).split() if word.isalpha()]


def _joined(told: list[CleanedLine]) -> list[CleanedLine]:
    """Lines with the pieces of broken paragraphs joined; a blank or dropped line inside one does not part it."""
    prose = [i for i, line in enumerate(told) if line.action != "drop" and line.label is not Label.BLANK]
    shapes = [Shape.of(told[i].output) for i in prose]
    body = [told[i].label in (Label.BODY, Label.LEAD) for i in prose]
    joined = list(told)
    start = 0
    while start < len(prose):
        stop = start
        while stop < len(prose) and body[stop]:
            stop += 1
        for offset, goes_on in enumerate(continuations(shapes[start:stop])):
            if goes_on:
                i = prose[start + offset]
                joined[i] = replace(told[i], joined=True, reason=told[i].reason + "; goes on from the line above")
        start = max(stop, start) + 1
    return joined


def _spaced(told: list[CleanedLine]) -> list[CleanedLine]:
    """One blank line where some were, and none at the ends or inside a joined paragraph."""
    spaced = list(told)
    last_kept, blank = -1, -1
    for i, line in enumerate(told):
        if line.label is Label.BLANK:
            spaced[i] = replace(line, action="drop", output="", reason="blank")
            blank = i if blank < 0 else blank
        elif line.action != "drop":
            if blank >= 0 and last_kept >= 0 and not line.joined:
                spaced[blank] = replace(spaced[blank], action="keep", reason="between paragraphs")
            last_kept, blank = i, -1
    return spaced

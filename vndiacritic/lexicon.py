"""Which accented forms a bare syllable may take, and how often each was seen.

Learned from counts, not from a word list: whatever stands in the corpus often enough is a candidate, the bare
syllable itself among them. Forms are lower-case with the tone in its older place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vndiacritic.alphabet import completes, has_marks, parse_syllable, strip_diacritics

__all__ = ["Lexicon"]


@dataclass(frozen=True)
class Lexicon:
    """Candidate forms by bare syllable, the most frequent first.

    Attributes
    ----------
    forms : mapping of str to tuple of str
    """

    forms: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_counts(cls, counted: Iterable[tuple[str, int]], *, min_count: int = 5, min_share: float = 1e-5) -> Lexicon:
        """Keep the forms seen often enough, and often enough among the forms of their bare syllable.

        A half-marked form ("nguời" beside "người") is a slip of the pen however often it was seen, and is left out.

        Parameters
        ----------
        counted : iterable of (form, count)
            Distinct lower-case forms.
        min_count : int
            Fewest occurrences; rarer forms are mostly slips of the pen.
        min_share : float
            Smallest share of the occurrences of the bare syllable. There is no cap on the number of forms: "do" has
            up to thirty, and all are words.
        """
        by_bare: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for form, count in counted:
            by_bare[strip_diacritics(form)].append((count, form))
        forms = {}
        for bare, entries in by_bare.items():
            floor = max(min_count, min_share * sum(count for count, _ in entries))
            often = sorted((-count, form) for count, form in entries if count >= floor)
            syllables = [form for _, form in often if parse_syllable(form)]
            if kept := [(count, form) for count, form in often if not _is_half_marked(form, syllables)]:
                forms[bare] = tuple(form for _, form in kept)
        return cls(forms)

    def ambiguous(self) -> Iterator[str]:
        """The bare syllables with more than one form."""
        return (bare for bare, forms in self.forms.items() if len(forms) > 1)


def _is_half_marked(form: str, syllables: list[str]) -> bool:
    """Whether a form with marks is no syllable, but would be one of these with more of them."""
    if not has_marks(form) or parse_syllable(form):
        return False
    return any(completes(form, syllable) for syllable in syllables)

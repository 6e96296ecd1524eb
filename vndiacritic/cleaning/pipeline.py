"""The cleaner: a document in, its article out, and for every line what was done and why.

Runs the steps in their order: damaged characters, labels of lines, captions, broken paragraphs. Knows nothing of files.
`TextCleaner` has the face of a scikit-learn transformer without importing scikit-learn.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vndiacritic.cleaning.aligned import repaired_lines
from vndiacritic.cleaning.article import Wanted, Writer, all_kept
from vndiacritic.cleaning.characters import chosen_steps
from vndiacritic.cleaning.cleaned import Cleaned
from vndiacritic.cleaning.lines import Label, label_lines
from vndiacritic.cleaning.markedup import MarkedUp
from vndiacritic.cleaning.repetition import LineCounts
from vndiacritic.errors import DataWarning, EncodingError, ModelError, VndiacriticError

if TYPE_CHECKING:
    from vndiacritic.restorer import Restorer

__all__ = ["PAGE_STEPS", "STEPS", "Cleaned", "Document", "TextCleaner", "clean"]

PAGE_STEPS = ("lines", "captions", "paragraphs")
STEPS = ("characters", *PAGE_STEPS)
"""What runs unasked, in this order; "characters" stands for those of `vndiacritic.cleaning.characters` that do."""

Document = str | MarkedUp
"""A document: its text, or what `vndiacritic.cleaning.html.read_html` made of a page's source."""

_DROPPED = {
    "lines": frozenset({Label.BOILERPLATE, Label.TIME, Label.BYLINE}),
    "captions": frozenset({Label.CREDIT}),
}


class TextCleaner:
    """Turns scraped pages into their articles; a document that is no page keeps all its lines.

    It works without `fit`. Fitted on pages of one site, it also knows what repeats across them. It can be a step of a
    scikit-learn pipeline.

    Parameters
    ----------
    steps : sequence of str
        Which of `STEPS` run, or single steps of `vndiacritic.cleaning.characters`; always in the order of `STEPS`.
    keep_slugs : bool
        Whether slugs that only repeat the headline or the caption beside them are kept, restored.
    keep : sequence of str
        Labels that are kept though they are dropped by default: "time", "byline", "credit".
    restorer : Restorer, optional
        Restores syllables of slugs that the document does not decide. By default the shipped model, loaded when the
        first such syllable is met.

    Examples
    --------
    >>> TextCleaner().transform(["Một dòng.\\n"])
    ['Một dòng.\\n']
    """

    def __init__(
        self,
        steps: Sequence[str] = STEPS,
        *,
        keep_slugs: bool = False,
        keep: Sequence[str] = (),
        restorer: Restorer | None = None,
    ) -> None:
        self.steps = steps
        self.keep_slugs = keep_slugs
        self.keep = keep
        self.restorer = restorer

    # ---- learning

    def fit(self, documents: Iterable[Document], y: object = None) -> TextCleaner:
        """Learn which lines repeat across the pages of a site.

        Parameters
        ----------
        documents : iterable of str
            Pages, the more the better; read once, one at a time. What is kept of them is bounded (`LineCounts`).
        y : object
            Ignored.
        """
        self.counts_ = LineCounts()
        return self.partial_fit(documents)

    def partial_fit(self, documents: Iterable[Document], y: object = None) -> TextCleaner:
        """Learn from more pages of the same site."""
        self._check_params()
        if not self.__sklearn_is_fitted__():
            self.counts_ = LineCounts()
        for number, document in enumerate(documents, 1):
            _refuse(document, f"document {number}: ")
            self.counts_.add(_split(document)[0])
        return self

    def fit_transform(self, documents: Iterable[Document], y: object = None) -> list[str]:
        """Learn from pages, then clean them."""
        documents = list(documents)
        return self.fit(documents).transform(documents)

    # ---- cleaning

    def transform(self, documents: Iterable[Document]) -> list[str]:
        """Clean documents.

        Warns
        -----
        DataWarning
            Nothing is left of a document.
        """
        steps = self._check_params()
        texts = []
        for number, document in enumerate(documents, 1):
            _refuse(document, f"document {number}: ")
            cleaned = self._clean(document, steps)
            if cleaned.warning:
                warnings.warn(f"document {number}: {cleaned.warning}", DataWarning, stacklevel=2)
            texts.append(cleaned.text)
        return texts

    def explain(self, document: Document) -> Cleaned:
        """Clean one document, and tell what was done to each of its lines; see `Cleaned.warning`.

        Raises
        ------
        EncodingError
            The document holds NUL characters: it is binary, or UTF-16 read as something else.
        """
        steps = self._check_params()
        _refuse(document)
        return self._clean(document, steps)

    def _clean(self, document: Document, steps: frozenset[str]) -> Cleaned:
        lines, end = _split(document)
        characters = steps - set(PAGE_STEPS)
        repaired: Sequence[str | None] = repaired_lines(lines, characters) if characters else lines
        known = self.counts_.known if self.__sklearn_is_fitted__() else None
        markup = document if isinstance(document, MarkedUp) else None
        labelled = label_lines([line or "" for line in repaired], known, markup)
        if labelled.region is None or steps == characters:
            return all_kept(lines, repaired, labelled, end, ended=_is_ended(document))
        return Writer(labelled, lines, repaired, self._wanted(steps), markup.images if markup else {}).cleaned(end)

    def _wanted(self, steps: frozenset[str]) -> Wanted:
        kept = {Label(name) for name in self.keep}
        dropped = {label for step in steps for label in _DROPPED.get(step, ())} - kept
        return Wanted(dropped, "captions" in steps, self.keep_slugs, "paragraphs" in steps, self._restore)

    def _restore(self, text: str) -> str:
        """Restore with the restorer that was given, or with the shipped model."""
        if self.restorer is not None:
            return self.restorer.restore(text)
        return self._shipped.restore(text)

    @cached_property
    def _shipped(self) -> Restorer:
        from vndiacritic.shipped import load_model

        return load_model()

    # ---- a scikit-learn transformer

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by their names."""
        return {"steps": self.steps, "keep_slugs": self.keep_slugs, "keep": self.keep, "restorer": self.restorer}

    def set_params(self, **params: Any) -> TextCleaner:
        """Set parameters by their names."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"TextCleaner has no parameter {name!r}: it has {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def get_feature_names_out(self, input_features: object = None) -> list[str]:
        """The one column that comes out."""
        return ["text"]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "counts_")

    def __sklearn_tags__(self) -> object:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
            requires_fit=False,
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"TextCleaner({shown})"

    # ---- on disk

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was learned, and the parameters but for the restorer, to a file.

        Raises
        ------
        VndiacriticError
            Nothing was learned yet.
        ModelError
            The file cannot be written.
        """
        if not self.__sklearn_is_fitted__():
            raise VndiacriticError("this TextCleaner has learned nothing that could be saved: call fit first")
        params = {"steps": list(self.steps), "keep_slugs": self.keep_slugs, "keep": list(self.keep)}
        self.counts_.save(path, params)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, restorer: Restorer | None = None) -> TextCleaner:
        """Read what `save` wrote.

        Raises
        ------
        ModelError
            The file is missing, damaged, or something else.
        """
        counts, params = LineCounts.load(path)
        match params:
            case {"steps": [*steps], "keep_slugs": bool(keep_slugs), "keep": [*keep]} if _are_names([*steps, *keep]):
                cleaner = cls(steps, keep_slugs=keep_slugs, keep=keep, restorer=restorer)
            case _:
                raise ModelError(f"{os.fspath(path)} is a damaged cleaner: fit and save it again")
        try:
            cleaner._check_params()
        except (ValueError, VndiacriticError) as error:
            raise ModelError(f"{os.fspath(path)} is another version's cleaner ({error}): fit it again") from error
        cleaner.counts_ = counts
        return cleaner

    def _check_params(self) -> frozenset[str]:
        """The steps as a set, once all parameters are known to be sound."""
        steps = self.steps.split(",") if isinstance(self.steps, str) else list(self.steps)
        if not steps:
            raise ValueError(f"steps is empty: name some of {', '.join(STEPS)}")
        if characters := [step for step in steps if step not in PAGE_STEPS]:
            try:
                chosen_steps(characters)
            except VndiacriticError as error:
                raise VndiacriticError(f"{error}, {', '.join(PAGE_STEPS)}") from error
        optional = {"time", "byline", "credit"}
        if unknown := [label for label in self.keep if label not in optional]:
            raise ValueError(f"keep has {unknown[0]!r}: it may have {', '.join(sorted(optional))}")
        return frozenset(steps)


def clean(text: str) -> str:
    """Clean one document with all steps; see `TextCleaner`.

    Parameters
    ----------
    text : str
        A scraped page as plain text, or any text.

    Returns
    -------
    str
        Its headline, lead, body and captions; all of it where there is no page around it.
    """
    return TextCleaner().transform([text])[0]


# ---- lines and their ends


def _refuse(document: object, where: str = "") -> None:
    """Raise what is wrong with a document that is no text."""
    if isinstance(document, MarkedUp):
        return
    if not isinstance(document, str):
        raise TypeError(f"{where}it is {type(document).__name__}, not str: decode bytes first")
    if (place := document.find("\0")) >= 0:
        raise EncodingError(
            f"{where}it is no text: it has a NUL character at place {place}; decode UTF-16 as what it is"
        )


def _are_names(values: Sequence[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _split(document: Document) -> tuple[list[str], str]:
    """The lines of a document without their ends, and the end that its first line has."""
    if isinstance(document, MarkedUp):
        return list(document.lines), "\n"
    end = "\r" if "\n" not in document and "\r" in document else "\n"
    lines = document.removesuffix(end).split(end) if document else []
    if not lines or not lines[0].endswith("\r") or end == "\r":
        return lines, end
    return [line.removesuffix("\r") for line in lines], "\r\n"


def _is_ended(document: Document) -> bool:
    return isinstance(document, MarkedUp) or document.endswith(("\n", "\r"))

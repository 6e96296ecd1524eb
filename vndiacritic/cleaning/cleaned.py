"""What became of a document: each of its lines with what was done and why, and the text that is left.

Plain records. They do not know how labels were found, nor how a line came by its output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

from vndiacritic.cleaning.lines import Label

__all__ = ["Action", "Cleaned", "CleanedLine"]

Action = Literal["keep", "drop", "repair"]


@dataclass(frozen=True)
class CleanedLine:
    """What became of one line.

    Attributes
    ----------
    line : int
        Its number, from 1.
    text : str
        As it was.
    label : Label
        What it is.
    action : {"keep", "drop", "repair"}
        What was done; "repair" where `output` is another text.
    output : str
        What is written; empty for a dropped line.
    reason : str
        Why.
    restored : str or None
        Of a slug: its words with their diacritics, whether it is written or not.
    credit : str or None
        Of a caption or a credit: whose the image is.
    joined : bool
        Whether it goes on in the line of the one before.
    """

    line: int
    text: str
    label: Label
    action: Action
    output: str
    reason: str
    restored: str | None = None
    credit: str | None = None
    joined: bool = False

    def to_json(self) -> dict[str, Any]:
        """The line as an object; parts that say nothing are left out."""
        parts = asdict(self) | {"label": str(self.label)}
        return {name: value for name, value in parts.items() if value is not None and value is not False}


@dataclass(frozen=True)
class Cleaned:
    """A cleaned document.

    Attributes
    ----------
    text : str
        What is left.
    lines : sequence of CleanedLine
        Every line of the input.
    pieces : sequence of str
        What each of them adds to `text`, its end included; empty for a dropped line.
    is_page : bool
        Whether a page was found around the document; if not, only characters were repaired.
    """

    lines: Sequence[CleanedLine]
    pieces: Sequence[str]
    is_page: bool

    @cached_property
    def text(self) -> str:  # noqa: D102 (described above)
        return "".join(self.pieces)

    @property
    def warning(self) -> str:
        """Why nothing is left, or ""."""
        if self.text.strip():
            return ""
        visible = sum(line.label is not Label.BLANK for line in self.lines)
        if not visible:
            return "it is empty: there is nothing to clean"
        return (
            f"nothing is left: each of the {visible} lines looks like the page around an article; explain() tells why "
            "of each, and without the step 'lines' all are kept"
        )

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many lines of each label were kept, dropped and repaired."""
        counted: dict[str, Counter[str]] = {}
        for line in self.lines:
            counted.setdefault(str(line.label), Counter())[line.action] += 1
        return {label: dict(actions) for label, actions in sorted(counted.items())}

    @property
    def reasons(self) -> dict[str, int]:
        """How many lines were dropped or repaired for each reason, the most frequent first."""
        return dict(Counter(line.reason for line in self.lines if line.action != "keep").most_common())

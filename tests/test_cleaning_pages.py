"""Pages and documents that are none, written for these tests: what is kept, what goes, and what each line is called."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from vndiacritic.cleaning.lines import Label
from vndiacritic.cleaning.pipeline import TextCleaner

PAGES = Path(__file__).parent / "pages"
KEPT = {Label.TITLE, Label.LEAD, Label.BODY, Label.CAPTION}


class Row(NamedTuple):
    """A labelled line."""

    label: str
    text: str
    restored: str | None


class Fake:
    """Restores the words that the pages leave open."""

    WORDS = (("rac", "rắc"), ("hanh", "hành"), ("phi", "phi"), ("chu", "chủ"), ("khuay", "khuấy"), ("bot", "bột"))

    def restore(self, text: str) -> str:
        for bare, form in self.WORDS:
            text = " ".join(form if word == bare else word for word in text.split(" "))
        return text


def rows_of(path: Path) -> list[Row]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]
    return [Row(row[0], row[1], row[2] if len(row) > 2 else None) for row in rows]


def cleaner(**options: object) -> TextCleaner:
    return TextCleaner(restorer=Fake(), **options)  # type: ignore[arg-type]


labelled = pytest.mark.parametrize("path", sorted(PAGES.glob("labelled/*.tsv")), ids=lambda path: path.stem)


@labelled
def test_every_line_of_a_page_is_called_what_it_is(path: Path) -> None:
    rows = rows_of(path)
    cleaned = cleaner().explain("\n".join(row.text for row in rows) + "\n")
    assert cleaned.is_page
    assert [(str(line.label), line.text) for line in cleaned.lines] == [(row.label, row.text) for row in rows]


@labelled
def test_a_page_becomes_its_article(path: Path) -> None:
    rows = rows_of(path)
    cleaned = cleaner(steps=["lines", "captions"]).explain("\n".join(row.text for row in rows) + "\n")
    wanted = [row.text.strip("| ") for row in rows if row.label in KEPT]
    written = [line.output for line in cleaned.lines if line.action != "drop" and line.label in KEPT]
    assert written == wanted
    others = {str(line.label) for line in cleaned.lines if line.action != "drop" and line.label not in KEPT}
    assert others <= {"slug", "blank"}


@labelled
def test_slugs_get_their_diacritics_and_none_is_left_without(path: Path) -> None:
    rows = rows_of(path)
    cleaned = cleaner().explain("\n".join(row.text for row in rows) + "\n")
    slugs = [
        (row.restored or "", line.restored or "") for row, line in zip(rows, cleaned.lines, strict=True) if row.restored
    ]
    assert [restored.casefold() for _, restored in slugs] == [wanted.casefold() for wanted, _ in slugs]
    bare = [row.text for row in rows if row.label == "slug" and row.text.isascii()]
    assert not [text for text in bare if text in cleaned.text.split("\n")]


@labelled
def test_all_slugs_are_kept_if_asked(path: Path) -> None:
    rows = rows_of(path)
    cleaned = cleaner(keep_slugs=True).explain("\n".join(row.text for row in rows) + "\n")
    assert all(line.output == line.restored for line in cleaned.lines if line.label is Label.SLUG)


@labelled
def test_cleaning_twice_loses_nothing_more(path: Path) -> None:
    once = cleaner().explain("\n".join(row.text for row in rows_of(path)) + "\n").text
    assert cleaner().explain(once).text == once


@pytest.mark.parametrize("path", sorted(PAGES.glob("negative/*.txt")), ids=lambda path: path.stem)
def test_a_document_that_is_no_page_keeps_every_character(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    cleaned = TextCleaner(["lines", "captions", "paragraphs"]).explain(text)
    assert not cleaned.is_page
    assert cleaned.text == text
    assert {line.action for line in cleaned.lines} == {"keep"}


def test_there_are_enough_documents_that_are_no_pages() -> None:
    assert len(list(PAGES.glob("negative/*.txt"))) >= 20

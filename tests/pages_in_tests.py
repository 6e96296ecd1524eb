"""Pages as tests read them: their data, and the browser that opens them, if there is one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class ParsedPage(HTMLParser):
    """A page's scripts, data and policy."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.data: dict[str, list[Any]] = {}
        self.policy = ""
        self.title = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside: tuple[str, dict[str, str | None]] = ("", {})
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        self._inside = (tag, named)
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ("", {})

    def handle_data(self, data: str) -> None:
        tag, attrs = self._inside
        if tag == "title":
            self.title += data
        elif tag == "style":
            self.styles.append(data)
        elif tag == "script" and attrs.get("type") is None:
            self.scripts.append(data)
        elif tag == "script":
            self.data.setdefault(str(attrs["class"]), []).append(json.loads(data))

    @property
    def text(self) -> str:
        """The text of a review, as it would be taken away if nothing was decided."""
        (facts,) = self.data["facts"]
        pieces = [piece for block in self.data.get("pieces", []) for piece in block]
        parts = [part for piece in pieces for part in piece]
        return "".join(part if isinstance(part, str) else facts["forms"][part[1]] for part in parts)


def browser_path() -> str | None:
    """The program of a browser: one that is named in CHROMIUM, or known by its name."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, _BROWSERS)), None)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """A headless Chromium; the test is skipped where there is none.

    While it runs, a loop of asyncio runs in this thread: close it before tests that start their own.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install '.[test]'")
    if (path := browser_path()) is None:
        pytest.skip("no browser here: apt-get install chromium-headless-shell, or set CHROMIUM to the program's path")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def read_page(path: Path) -> ParsedPage:
    """A page in a file."""
    return ParsedPage(path.read_bytes().decode("utf-8"))

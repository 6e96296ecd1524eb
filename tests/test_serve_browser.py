"""The server's page in a browser: what is typed is restored, cleaned and decided. Skipped where there is no Chromium.

The model is a fake that knows of "cho" that it could be "chợ".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages_in_tests import opened_browser
from serving import Client, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with served(size=2_000) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, server: Client) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 700}, locale="en-GB")
    context.set_default_timeout(20_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "413" not in message.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.address)
    yield page
    context.close()
    assert wrong == []


def type_in(page: Page, text: str) -> None:
    page.focus("#source")
    page.keyboard.insert_text(text)
    settle(page)


def shown(page: Page) -> str | None:
    return page.text_content("#text")


def settle(page: Page) -> None:
    page.wait_for_selector("#text:not([aria-busy])")


def asked(page: Page) -> list[str]:
    """The texts that are sent from now on."""
    texts: list[str] = []

    def note(request: Request) -> None:
        texts.append((request.post_data_json or {})["text"])

    page.on("request", note)
    return texts


def test_what_is_typed_is_restored_line_by_line(page: Page) -> None:
    type_in(page, "di cho\nve nha\n")
    assert shown(page) == "di chợ\nve nha\n"
    texts = asked(page)
    type_in(page, "mua o cho")
    assert shown(page) == "di chợ\nve nha\nmua o chợ"
    assert texts == ["mua o cho"]


def test_what_was_decided_stays_when_other_lines_change(page: Page) -> None:
    type_in(page, "di cho\nva cho\n")
    page.locator("#text span").nth(1).click()
    page.get_by_role("option", name="chờ").click()
    type_in(page, "them cho")
    page.keyboard.press("Control+Home")
    type_in(page, "a cho\n")
    assert shown(page) == "a chợ\ndi chợ\nva chờ\nthem chợ"
    page.click("#copy")
    assert page.evaluate("() => navigator.clipboard.readText()") == "a chợ\ndi chợ\nva chờ\nthem chợ"
    page.click("#undo")
    assert shown(page) == "a chợ\ndi chợ\nva chợ\nthem chợ"


def test_what_is_selected_is_copied_as_it_is(page: Page) -> None:
    type_in(page, "di cho\n\nva cho\n")
    page.evaluate("() => getSelection().selectAllChildren(document.getElementById('text'))")
    page.keyboard.press("Control+c")
    assert page.evaluate("() => navigator.clipboard.readText()") == "di chợ\n\nva chợ\n"


def test_the_text_is_taken_away(page: Page) -> None:
    type_in(page, "di cho \U0001f600\n")
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "restored.txt"
    assert Path(download.value.path()).read_bytes() == "di chợ \U0001f600\n".encode()


def test_text_is_cleaned_where_it_is_wanted(page: Page) -> None:
    type_in(page, "Tiáº¿ng cho\n")
    assert shown(page) == "Tiáº¿ng chợ\n"
    page.check("#clean")
    settle(page)
    assert shown(page) == "Tiếng chợ\n"


def test_hostile_text_is_text(page: Page) -> None:
    text = "</main><img src=x onerror=alert(1)><script>alert(1)</script> cho"
    type_in(page, text)
    assert shown(page) == text.replace("cho", "chợ")
    assert page.locator("img").count() == 0


def test_what_the_server_refuses_is_said(page: Page) -> None:
    type_in(page, "cho " * 1_000)
    assert "more than 2000 bytes" in page.inner_text("#failure")
    page.fill("#source", "di cho")
    settle(page)
    assert page.locator("#failure").is_hidden()
    assert shown(page) == "di chợ"


def test_keys_work_in_the_result_and_not_in_the_source(page: Page) -> None:
    type_in(page, "n cho p u")
    page.focus("#text")
    page.keyboard.press("n")
    page.keyboard.press("2")
    assert shown(page) == "n chờ p u"
    assert page.input_value("#source") == "n cho p u"


def test_a_phone_shows_all_of_it(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    type_in(page, "di cho\n" * 20)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    source, text = page.locator("#source").bounding_box(), page.locator("#text").bounding_box()
    assert source is not None
    assert text is not None
    assert source["y"] + source["height"] <= text["y"]

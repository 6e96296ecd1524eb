"""The review page in a browser: keys, choices, what is taken away, a phone's width, hostile text.

Skipped where there is no Chromium. Every "cho" is a doubtful syllable, every "ma" a more doubtful one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages_in_tests import opened_browser

from vndiacritic.cutting import lines_of
from vndiacritic.explain import Choice, Explained
from vndiacritic.web.cells import cells_of
from vndiacritic.web.review import review_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ODDS = {
    "cho": (("chợ", 0.8), ("chờ", 0.15), ("chó", 0.03)),
    "ma": (("mà", 0.4), ("má", 0.3), ("ma", 0.3)),
    "la": (("là", 0.985), ("lá", 0.01)),
}
TEXT = "di cho ma la\r\nve nha cho\r\n"
RESTORED = "di chợ mà là\r\nve nha chợ\r\n"


def _explained(line: str) -> Explained:
    found = list(re.finditer(r"\b(?:cho|ma|la)\b", line))
    choices = [Choice(m.start(), m.end(), ODDS[m[0]][0][0], ODDS[m[0]][0][1], ODDS[m[0]]) for m in found]
    return Explained(re.sub(r"\b(?:cho|ma|la)\b", lambda m: ODDS[m[0]][0][0], line), tuple(choices))


def written(path: Path, text: str, name: str = "notes.txt") -> str:
    """Write a page; its address."""
    cells = chain.from_iterable(cells_of(line, _explained(line)) for line in lines_of(text))
    path.write_text("".join(review_page(cells, name, 0.9)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 600}, locale="en-GB")
    context.set_default_timeout(20_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    yield page
    context.close()
    assert wrong == []


def open_text(page: Page, here: Path, text: str = TEXT, name: str = "notes.txt") -> None:
    page.goto(written(here / "review.html", text, name))
    page.wait_for_selector("#download:not([disabled])")


def taken_away(page: Page) -> tuple[str, bytes]:
    """The name and the bytes of the download."""
    with page.expect_download() as download:
        page.click("#download")
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.textContent"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_untouched_text_is_taken_away_byte_for_byte(page: Page, tmp_path: Path) -> None:
    text = "\ufeff" + TEXT + "\n\n\rlone\r \u2028\u2029\x0b\x0c\x00\x7f\x85\U0001f600 no end"
    open_text(page, tmp_path, text, "thư.md")
    assert taken_away(page) == ("thư.reviewed.md", text.replace(TEXT, RESTORED).encode())


def test_keys_alone_are_enough(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path)
    for _ in range(20):
        press(page, "Tab")
        if page.evaluate("() => document.activeElement.id") == "text":
            break
    press(page, "n")
    assert focused(page) == "chợ"
    assert page.get_by_role("option").all_inner_texts()[0].split() == ["1", "chợ", "80", "%"]
    press(page, "2")  # chờ, and on
    assert focused(page) == "mà"
    press(page, "ArrowDown", "Enter")  # má, and on; "là" is sure enough
    assert focused(page) == "chợ"
    press(page, "0")  # as it was; there is nothing to go on to
    assert page.inner_text("#count") == "0 of 3 left to decide"
    press(page, "u", "p", "p", "t")
    page.keyboard.insert_text("choa")
    press(page, "Enter", "Escape")
    assert taken_away(page)[1] == b"di choa m\xc3\xa1 l\xc3\xa0\r\nve nha ch\xe1\xbb\xa3\r\n"


def test_a_screen_reader_is_told_what_is_there(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path)
    page.focus("#text")
    press(page, "n")
    syllable = page.locator("#text span:focus")
    told = {name: syllable.get_attribute(name) for name in ("role", "aria-label", "aria-expanded", "aria-controls")}
    assert told == {"role": "combobox", "aria-label": "chợ, 80 %", "aria-expanded": "true", "aria-controls": "options"}
    press(page, "ArrowDown")
    active = page.locator(f"#{syllable.get_attribute('aria-activedescendant')}")
    assert (active.get_attribute("role"), active.get_attribute("aria-selected")) == ("option", "false")
    assert page.get_by_role("listbox", name="What it could be").get_by_role("option", selected=True).count() == 1
    press(page, "Escape")
    assert syllable.get_attribute("aria-expanded") == "false"
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_clicking_a_form_takes_it(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path)
    page.locator("#text span", has_text="mà").click()
    page.get_by_role("option", name="má").click()
    assert page.locator("#forms").is_hidden()
    assert page.locator("#text span.decided").all_inner_texts() == ["má"]
    page.click("#undo")
    assert page.locator("#text span.decided").count() == 0
    assert taken_away(page)[1] == RESTORED.encode()


def test_hovering_shows_the_forms_without_taking_the_focus(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path)
    page.locator("#text span", has_text="mà").hover()
    page.locator("#forms").wait_for(state="visible")
    assert focused(page) != "mà"
    page.locator("h1").hover()
    page.locator("#forms").wait_for(state="hidden")


def test_the_slider_says_what_is_doubtful(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path)
    assert page.locator("#text span").all_inner_texts() == ["chợ", "mà", "chợ"]
    page.focus("#threshold")
    press(page, "Home", "ArrowRight")  # 50 %
    assert page.locator("#text span").all_inner_texts() == ["mà"]
    assert page.locator("#text span").get_attribute("class") == "d1"
    press(page, "End")
    assert page.locator("#text span").all_inner_texts() == ["chợ", "mà", "là", "chợ"]
    assert page.inner_text("#below") == "99.9 %"
    press(page, "Home")
    assert page.inner_text("#count") == "Nothing is less sure than that"


def test_what_would_be_markup_cannot_be_written(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path)
    page.focus("#text")
    press(page, "n", "t")
    page.keyboard.insert_text("<b>")
    press(page, "Enter")
    assert "Letters, digits" in page.inner_text("#own output")
    press(page, "Escape")
    assert focused(page) == "chợ"
    assert taken_away(page)[1] == RESTORED.encode()


def test_hostile_text_is_text(page: Page, tmp_path: Path) -> None:
    text = "</script><script>document.title='bad'</script><img src=x onerror=\"document.title='bad'\">\u202e\u2028cho\n"
    name = "<img src=x onerror=alert(1)>"
    open_text(page, tmp_path, text, name)
    assert page.title() == page.inner_text("h1") == name
    assert page.locator("img").count() == 0
    page.focus("#text")
    press(page, "n", "1")
    assert taken_away(page)[1] == text.replace("cho", "chợ").encode()


def test_nothing_but_the_page_s_own_script_runs(page: Page, tmp_path: Path) -> None:
    address = written(tmp_path / "review.html", TEXT)
    path = tmp_path / "review.html"
    path.write_text(path.read_text().replace("<main", "<script>document.title = 'bad'</script><main"))
    refused: list[str] = []
    page.context.on("console", lambda message: refused.append(message.text))
    other = page.context.new_page()
    other.goto(address)
    other.wait_for_selector("#download:not([disabled])")
    assert other.title() == "notes.txt"
    assert any("Content Security Policy" in text for text in refused)


def test_a_phone_shows_all_of_it(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    open_text(page, tmp_path, TEXT * 40 + "a" * 500)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.locator("#text span").nth(60).click()
    box = page.locator("#forms").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 360, 640)
    heights = page.get_by_role("option").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
    assert min(heights) >= 44
    page.click("#next")
    syllable = page.locator("#text span:focus").bounding_box()
    sheet = page.locator("#forms").bounding_box()
    assert syllable is not None
    assert sheet is not None
    assert syllable["y"] + syllable["height"] <= sheet["y"]


def test_far_syllables_are_gone_to_and_found(page: Page, tmp_path: Path) -> None:
    open_text(page, tmp_path, "khong co gi o day ca\n" * 20_000 + "cho\n" + "khong co gi\n" * 20_000 + "ma\n")
    assert page.locator("#text span").count() == 0
    page.focus("#text")
    press(page, "n")
    assert focused(page) == "chợ"
    press(page, "2")
    assert focused(page) == "mà"
    page.locator("#text span:focus").wait_for(state="visible")
    assert page.locator("#text span").count() == 1  # the other is far away by now
    assert taken_away(page)[1].count("chờ".encode()) == 1


def test_dark_is_dark_and_colours_can_be_read(browser: Browser, tmp_path: Path) -> None:
    address = written(tmp_path / "review.html", TEXT)
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(address)
        page.locator("#text span").first.wait_for()
        shown = page.evaluate(
            "() => [document.body, ...document.querySelectorAll('#text span')]"
            ".map((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor])"
        )
        assert all(_contrast(ink, paper) >= 7 for ink, paper in shown), (scheme, shown)
        assert (_luminance(shown[0][1]) < 0.1) == (scheme == "dark")
        context.close()


def _luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2."""
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_vietnamese_readers_are_spoken_to_in_vietnamese(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    page.goto(written(tmp_path / "review.html", TEXT))
    page.wait_for_selector("#download:not([disabled])")
    assert (page.inner_text("#next"), page.inner_text("#count")) == ("Tiếp", "Còn 3 trên 3 chỗ cần xem")
    page.click("#language")
    assert page.inner_text("#next") == "Next"
    assert page.evaluate("() => document.documentElement.lang") == "en"
    context.close()

"""What the pages look like, measured: contrast in both themes, width on a phone, landmarks, focus, own sources."""

from __future__ import annotations

import pytest


def ground(at) -> str:
    return at.page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(theme, load, served, store, window):
    order = load(title="Who owns the harbour of Sund?")
    at = window(served.link, color_scheme=theme)
    at.shown()
    for keys in (["a"], ["r", "g"], ["e"]):
        at.press(*keys)
    at.settled()
    for path in (f"/items/{order[1]}", "/?state=approved", f"/items/{order[0]}/thread", "/login"):
        at.page.goto(f"{served.origin}{path}")
        if path != "/login" and "thread" not in path:
            at.shown()
            at.page.keyboard.press("f")
            at.page.keyboard.press("x")
            at.page.keyboard.press("r")
        assert at.faint() == [], path


def test_the_theme_follows_the_system_and_a_switch_that_lasts(load, served, window):
    load()
    at = window(served.link, color_scheme="dark")
    at.shown()
    dark = ground(at)
    at.page.click("#theme")  # from "as the system" to dark, which is the same here
    assert ground(at) == dark
    at.page.click("#theme")
    light = ground(at)
    assert light != dark
    at.page.reload()
    at.shown()
    assert ground(at) == light
    at.page.click("#theme")
    at.page.emulate_media(color_scheme="light")
    assert ground(at) == light
    at.page.emulate_media(color_scheme="dark")
    assert ground(at) == dark


def test_a_phone_shows_the_comment_and_buttons_that_a_thumb_can_hit(load, served, store, window):
    first, *_ = load()
    at = window(served.link, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    assert at.shown() == first
    assert at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sizes = at.page.evaluate(
        "[...document.querySelectorAll('.acts > .act')].map((one) => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
    assert not at.page.locator("#side").is_visible()
    at.page.tap("#show-side")
    at.page.wait_for_selector("#side", state="visible")
    at.page.locator(".row a").nth(2).tap()
    at.until(f"location.pathname !== '/items/{first}'")
    at.page.wait_for_selector("#side", state="hidden")
    at.page.tap("[data-act=reject]")
    at.page.tap("[data-reason=off_topic]")
    at.said("Rejected")


def test_a_screen_reader_finds_landmarks_names_and_news(load, served, window):
    load()
    at = window(served.link)
    at.shown()
    for role in ("banner", "navigation", "main", "complementary", "search"):
        assert at.page.get_by_role(role).count() == 1, role
    assert at.page.get_by_role("toolbar", name="Decide").count() == 1
    assert at.unnamed() == []
    assert at.page.locator("html").get_attribute("lang") == "en"
    at.press("a")
    assert at.page.evaluate("document.activeElement.id") == "item-title"
    at.said("Approved")
    assert at.page.locator("#said").get_attribute("aria-live") == "polite"
    # The first stop of the tab key leads past the list.
    assert at.page.evaluate("document.querySelector('a, button').className") == "skip"
    at.page.locator(".skip").press("Enter")
    assert at.page.evaluate("document.activeElement.id") == "item"


def test_keys_can_be_turned_off_for_who_speaks_to_the_machine(load, served, store, window):
    first, *_ = load()
    at = window(served.link)
    at.shown()
    at.page.keyboard.press("?")
    at.page.click("#keys-on")
    at.page.keyboard.press("Escape")
    at.page.keyboard.press("a")
    at.page.wait_for_timeout(200)
    assert at.shown() == first
    at.page.click("[data-act=approve]")
    at.until(f"location.pathname !== '/items/{first}'")


def test_the_pages_ask_for_nothing_but_themselves(load, served, window):
    load()
    at = window("about:blank")
    asked = []
    at.page.on("request", lambda request: asked.append(request.url))
    at.page.goto(served.link)
    at.shown()
    at.page.keyboard.press("t")
    at.page.wait_for_selector("body.thread")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(served.origin)] == []


def test_a_thread_is_drawn_as_tree_matrix_and_arcs(load, served, window):
    load(30)
    at = window(served.link)
    at.shown()
    at.page.keyboard.press("t")
    at.page.wait_for_selector("body.thread")
    assert at.page.locator(".tree li").count() == 30
    assert at.page.locator(".tree .here").count() == 1
    assert at.page.locator("#matrix .spot").count() == 30
    titles = at.page.locator("#rebuttals .arc title").all_text_contents()
    assert titles
    assert all(" rebuts " in title for title in titles)
    at.page.locator(".tree a").first.click()
    at.shown()

"""The labelling page in the browser, by keys alone."""

from __future__ import annotations

import pytest
from made_units import make_units, rows_of

HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe\x00 " + "Veland " * 9_000


def order_of(served) -> list[str]:
    """The comments' ids in the order in which Anna is asked."""
    return [served.sitting.place(n).row.unit.id for n in range(1, len(served.sitting) + 1)]


def test_ten_are_labelled_by_keys_and_each_is_kept_before_the_next_is_shown(serve, window, out):
    served = serve()
    at = window(served.link)
    at.page.wait_for_timeout(300)  # the first answer takes a time that can be told, whatever the machine
    for n in range(1, 11):
        assert at.number() == n
        assert at.press(str(n % 3 + 1)) == n + 1
        assert len(rows_of(out)) == n
    rows = rows_of(out)
    assert [row["id"] for row in rows] == order_of(served)[:10]
    assert [row["label"] for row in rows] == ["against", "neutral", "favor"] * 3 + ["against"]
    assert {row["annotator"] for row in rows} == {"Anna"}
    assert rows[0]["seconds"] > 0
    assert all(0 <= row["seconds"] < 60 and row["inclusion_probability"] == 0.25 for row in rows)
    assert at.page.locator("#progress-words").inner_text() == "10 of 12 done"
    assert at.press("1") == 12
    assert at.press("1") == 0
    assert "All 12 are done" in at.page.locator("#card").inner_text()


def test_undo_takes_the_last_answer_off_the_disk_and_shows_its_comment(serve, window, out):
    at = window(serve().link)
    at.press("1", "2")
    assert at.press("u") == 2
    assert [row["label"] for row in rows_of(out)] == ["favor"]
    assert at.given() == []
    assert at.press("u") == 1
    assert rows_of(out) == []
    at.page.keyboard.press("u")
    at.until(
        "document.querySelector('#alerts').textContent !== '' || document.querySelector('#said').textContent !== ''"
    )
    assert at.number() == 1


def test_a_page_that_is_loaded_again_in_the_middle_goes_on(serve, window, out):
    at = window(serve().link)
    at.press("1", "2", "3")
    at.page.reload()
    assert at.number() == 4
    at.press("1")
    assert [row["label"] for row in rows_of(out)] == ["favor", "against", "neutral", "favor"]


def test_an_answer_is_seen_changed_and_left_on_the_way_back(serve, window, out):
    at = window(serve().link)
    at.press("1", "1", "1")
    assert at.press("k", "ArrowLeft") == 2
    assert at.given() == ["favor"]
    # Changed, and from there to the next one that is open.
    assert at.press("3") == 4
    assert sorted(row["label"] for row in rows_of(out)) == ["favor", "favor", "neutral"]
    assert at.press("k", "k", "k") == 1
    assert at.press("j") == 2
    assert at.given() == ["neutral"]
    at.page.keyboard.press("o")
    at.until("location.pathname === '/units/4'")


def test_who_cannot_tell_says_so_and_a_note_goes_along(serve, window, out):
    at = window(serve().link)
    at.page.keyboard.press("n")
    at.page.keyboard.type("1 pier or 2?")
    at.page.keyboard.press("Enter")
    at.press("0")
    (row,) = rows_of(out)
    assert row["skipped"] is True
    assert row["note"] == "1 pier or 2?"
    assert "label" not in row
    assert at.page.locator("#progress-words").inner_text() == "1 of 12 done, 1 “cannot tell”"
    at.press("k")
    assert at.given() == ["cannot tell"]
    assert at.page.locator("#note").input_value() == "1 pier or 2?"


def test_a_pause_counts_as_two_minutes_and_is_said_to(serve, window, out):
    served = serve()
    at = window("about:blank")
    at.page.clock.install()
    at.page.goto(served.link)
    at.number()
    at.page.clock.fast_forward(30_000)
    at.page.mouse.move(5, 5)
    at.page.clock.fast_forward(3_600_000)
    at.press("1")
    at.press("1")
    paused, brisk = rows_of(out)
    assert 150 <= paused["seconds"] < 170
    assert paused["seconds_capped"] is True
    assert brisk["seconds"] < 60
    assert "seconds_capped" not in brisk


def test_two_tabs_keep_one_answer_a_comment(serve, window, out):
    served = serve()
    one, other = window(served.link), window(served.link)
    assert one.number() == other.number() == 1
    one.press("1")
    other.page.keyboard.press("2")
    other.said("meanwhile")
    assert other.number() == 1
    assert other.given() == ["favor"]
    # Now it has been seen, and may be changed; the first tab goes on where it is.
    other.press("2")
    one.press("3")
    assert [row["label"] for row in rows_of(out)] == ["against", "neutral"]


def test_a_key_held_down_answers_once(serve, window, out):
    at = window(serve().link)
    at.number()
    at.page.evaluate(
        "for (let n = 0; n < 9; n += 1) "
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', repeat: n > 0, bubbles: true }))"
    )
    at.until("location.pathname === '/units/2'")
    at.page.wait_for_timeout(200)
    assert len(rows_of(out)) == 1


def test_what_is_not_kept_is_told_and_can_be_tried_again(serve, window, out):
    at = window(serve().link)
    at.number()
    at.page.route("**/answer", lambda route: route.abort())
    at.page.keyboard.press("1")
    at.until("document.querySelector('#alerts').textContent.includes('Not kept')")
    assert at.number() == 1
    at.page.unroute("**/answer")
    at.page.get_by_role("button", name="Try again").click()
    at.until("location.pathname === '/units/2'")
    assert [row["label"] for row in rows_of(out)] == ["favor"]


def test_a_stranger_s_text_is_shown_and_does_nothing(serve, window):
    at = window(serve(make_units(1, texts={0: HOSTILE})).link)
    assert at.number() == 1
    assert "<img src=x onerror=alert(1)>" in at.text()
    assert at.page.locator(".odd").count() == 2
    assert at.page.locator("img").count() == 0
    assert at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert at.page.get_by_role("link", name="All of it, as plain text").count() == 1


def test_a_sentence_is_marked_in_its_place(serve, window, out):
    at = window(serve(make_units(2, "claim")).link)
    at.number()
    assert at.page.locator(".sentence").inner_text().startswith("It rained. Veland lied about pier ")
    assert at.page.locator(".sentence mark").inner_text().startswith("Veland lied")
    at.press("2")
    assert rows_of(out)[0]["claim"] == 0


def test_the_page_shows_nobody_s_answer_and_no_author(serve, window):
    at = window(serve().link)
    at.number()
    shown = at.page.content()
    # The stratum and the way of drawing can hang together with what the model said.
    assert "uniform n=12" not in shown
    assert "0.25" not in shown
    assert at.given() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_stands_out_and_every_control_has_a_name(theme, serve, window):
    at = window(serve().link, color_scheme=theme)
    at.press("1")
    at.press("k")
    assert at.faint() == []
    assert at.unnamed() == []
    for role in ("banner", "main", "complementary"):
        assert at.page.get_by_role(role).count() == 1, role
    assert at.page.get_by_role("group", name="What does the writer show toward Veland").count() == 1
    assert at.page.get_by_role("button", name="against criticises").count() == 1


def test_a_phone_has_buttons_that_a_thumb_can_hit(serve, window, out):
    at = window(serve().link, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    at.number()
    assert at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = at.page.evaluate(
        "[...document.querySelectorAll('.choice')].map((one) => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    at.page.get_by_role("button", name="against").tap()
    at.until("location.pathname === '/units/2'")
    assert [row["label"] for row in rows_of(out)] == ["against"]


def test_keys_can_be_turned_off_and_buttons_stay(serve, window, out):
    at = window(serve().link)
    at.number()
    at.page.keyboard.press("?")
    at.page.click("#keys-on")
    at.page.keyboard.press("Escape")
    at.page.keyboard.press("1")
    at.page.wait_for_timeout(200)
    assert rows_of(out) == []
    at.page.click("[data-word=favor]")
    at.until("location.pathname === '/units/2'")


def test_the_page_asks_for_nothing_but_itself(serve, window):
    served = serve()
    at = window("about:blank")
    asked = []
    at.page.on("request", lambda request: asked.append(request.url))
    at.page.goto(served.link)
    at.press("1")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(served.origin)] == []


def test_a_hidden_page_counts_no_time(serve, window, out):
    served = serve()
    at = window("about:blank")
    at.page.clock.install()
    at.page.goto(served.link)
    at.number()
    hide = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
    for hidden in ("true", "false"):
        at.page.evaluate(hide.format(hidden) + "document.dispatchEvent(new Event('visibilitychange'))")
        at.page.clock.fast_forward(100_000 if hidden == "true" else 10_000)
    at.press("1")
    (row,) = rows_of(out)
    assert 10 <= row["seconds"] < 30
    assert "seconds_capped" not in row

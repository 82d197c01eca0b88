"""Comments that attack the page are shown as text that does nothing."""

from __future__ import annotations

import time

MARKUP = {
    "script": "<script>window.hacked = 1</script> Veland lied.",
    "handler": '<img src=x onerror="window.hacked = 1"> <svg onload=window.hacked=1> <b onmouseover=alert(1)>b</b>',
    "link": '<a href="javascript:window.hacked=1">click</a> javascript:alert(1) data:text/html,<script>1</script>',
    "closing": "</div></article></main><h1>Approved</h1><form action=//evil.example><button>Approve</button>",
    "template": "{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7} <%= 7*7 %>",
    "style": "<style>body{display:none}</style><link rel=stylesheet href=//evil.example/x.css><base href=//e>",
    "entities": "&lt;script&gt; &amp;lt; &#x3C;script&#x3E; ]]> <!-- <plaintext>",
    "attributes": '" autofocus onfocus="window.hacked=1" x="\' onload=\'window.hacked=1',
}


def test_markup_in_comments_titles_and_names_is_shown_and_does_nothing(load, served, window):
    texts = list(MARKUP.values())
    load(texts, parents=["article", *["c0"] * (len(texts) - 1)], title=texts[0], authors=texts[:4])
    at = window(served.link)
    at.shown()
    asked = []
    at.page.on("request", lambda request: asked.append(request.url))
    for place, hostile in enumerate(texts, start=1):
        at.page.goto(f"{served.origin}/items/{place}")
        at.shown()
        assert at.text() == hostile
        inside = at.page.evaluate("[...document.querySelectorAll('.words *')].map((one) => one.localName)")
        assert set(inside) <= {"span", "mark", "sup"}
    at.page.locator(".words.main").hover()
    at.press("a")  # the page still works
    at.settled()
    at.page.goto(f"{served.origin}/items/1/thread")
    at.page.wait_for_selector("h1")
    assert at.page.evaluate("window.hacked") is None
    assert at.page.locator('a[href^="javascript:"], [onerror], [onload], [onmouseover], [onfocus]').count() == 0
    assert all(url.startswith(served.origin) for url in asked)


def test_turns_of_the_writing_direction_are_seen_and_turn_nothing(load, served, window):
    load(["Veland is \u202eesoohc ton od I\u202c fine. \u2066x\u2069 \u200bzero\u200b width", "Another."])
    at = window(f"{served.link}")
    at.shown()
    at.page.goto(f"{served.origin}/items/1")
    at.shown()
    assert not set(at.text()) & set("\u202e\u202c\u2066\u2069\u200b")
    titles = at.page.evaluate("[...document.querySelectorAll('.words.main .odd')].map((one) => one.title)")
    assert any("right-to-left override (U+202E)" in title for title in titles)
    assert at.page.evaluate("getComputedStyle(document.querySelector('.words.main')).unicodeBidi") == "isolate"


def test_a_tower_of_marks_stays_in_its_box(load, served, window):
    tower = "Z" + "\u0351\u0300\u035b" * 400 + "algo "
    load([tower * 5, "Another."])
    at = window(served.link)
    at.shown()
    at.page.goto(f"{served.origin}/items/1")
    at.shown()
    # Five towers of 1,200 marks; a reason may begin within one, and then both parts are cut.
    assert sum(letter in "\u0351\u0300\u035b" for letter in at.text()) <= 5 * 2 * 4
    assert "more combining marks" in at.page.locator(".words.main .odd").first.get_attribute("title")
    assert at.page.evaluate("getComputedStyle(document.querySelector('.words.main')).contain") == "paint"


def test_a_comment_of_ten_megabytes_is_shown_at_once_and_can_be_had_whole(load, served, store, window):
    huge = "Veland lied about all of it. " * 350_000
    assert len(huge) > 10_000_000
    load([huge, "Another."])
    at = window(served.link)
    at.shown()
    began = time.monotonic()
    at.page.goto(f"{served.origin}/items/1")
    at.shown()
    assert time.monotonic() - began < 5
    assert len(at.text()) == 20_000
    assert "10,130,000 more characters are not shown" in at.page.locator(".comment").inner_text()
    answer = at.page.request.get(f"{served.origin}/items/1/text")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(answer.text()) == len(huge)
    at.press("a")
    at.settled()


def test_words_without_end_make_no_page_wider(load, served, window):
    load(["V" * 30_000, "W" * 5_000 + "\n" * 10_000 + "end"], authors=["A" * 3_000])
    for options in ({}, {"viewport": {"width": 390, "height": 800}}):
        at = window(served.link, **options)
        at.shown()
        for path in ("/items/1", "/items/2", "/items/1/thread"):
            at.page.goto(f"{served.origin}{path}")
            at.page.wait_for_selector("h1")
            assert at.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

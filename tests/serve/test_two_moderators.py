"""Two moderators at one queue, each at a server of their own, and a page that is older than what it shows."""

from __future__ import annotations

from dataclasses import replace

from stance.queue import Action, ItemState, Role, load_policy
from stance.serve import hash_password


def test_two_moderators_are_never_shown_the_same_comment(load, served, served_to_bo, store, window):
    load(20)
    anna, bo = window(served.link), window(served_to_bo.link)
    seen: dict[str, list[int]] = {"Anna": [anna.shown()], "Bo": [bo.shown()]}
    for _ in range(6):
        for name, at in (("Anna", anna), ("Bo", bo)):
            at.press("a")
            seen[name].append(at.shown())
    anna.settled()
    bo.settled()
    assert set(seen["Anna"]) & set(seen["Bo"]) == set()
    report = store.verify()
    assert (report.n_decisions, report.sound) == (12, True)


def test_what_another_does_is_seen_without_loading_the_page(load, served, served_to_bo, store, window):
    load()
    anna = window(served.link)
    first = anna.shown()
    bo = window(served_to_bo.link)
    theirs = bo.shown()
    assert theirs != first
    anna.until(f"document.querySelector('.row[data-id=\"{theirs}\"] .holder').textContent === 'Bo has it'")
    bo.press("r", "v")
    anna.until(f"document.querySelector('.row[data-id=\"{theirs}\"]') === null")
    anna.until("document.querySelector('[data-lane=all] .count').textContent === '11'")


def test_a_comment_that_somebody_holds_can_be_read_and_not_decided(load, served, served_to_bo, store, window):
    load()
    anna = window(served.link)
    first = anna.shown()
    bo = window(served_to_bo.link)
    bo.shown()
    bo.page.goto(f"{served_to_bo.origin}/items/{first}")
    bo.shown()
    bo.until("document.querySelector('#notice').textContent.includes('Anna has this comment')")
    bo.until("document.querySelector('.act.approve').getAttribute('aria-disabled') === 'true'")
    bo.page.keyboard.press("a")
    bo.said("Anna has this comment")
    assert store.verify().n_decisions == 0


def test_a_hold_that_ran_out_is_told_and_saves_nothing(load, served, store, clock, window):
    load()
    anna = window(served.link)
    first = anna.shown()
    anna.page.context.set_offline(True)  # a laptop asleep: it renews nothing and hears nothing
    clock.move(minutes=11)
    lease = store.lease("Bo")
    assert lease.item_id == first
    anna.page.context.set_offline(False)
    anna.press("a")
    assert "Not saved" in anna.alert()
    assert "somebody else holds it" in anna.alert()
    assert store.verify().n_decisions == 0
    anna.page.click("#alerts >> text=Show it")
    anna.until("document.querySelector('#notice').textContent.includes('Bo has this comment')")


def test_a_decision_on_an_older_view_is_refused_and_changes_nothing(analyse, load, served, store, window):
    load(5)
    at = window(served.link)
    first = at.shown()
    before = store.item(first)
    analysis = analyse(5)
    edited = tuple(
        replace(comment, text=f"{comment.text} Edited since.") if comment.id == before.comment.id else comment
        for comment in analysis.thread.comments
    )
    store.load([replace(analysis, thread=replace(analysis.thread, comments=edited))], policy=load_policy())
    at.press("r", "p")
    assert "Not saved" in at.alert()
    assert store.item(first).state is ItemState.OPEN
    assert store.verify().n_decisions == 0
    at.page.click("#alerts >> text=Show it")
    at.until("document.querySelector('.words.main').textContent.includes('Edited since.')")
    at.press("a")
    at.settled()
    assert [one.action for one in store.item(first).history] == [Action.APPROVE]


def test_a_decision_made_elsewhere_is_told_where_the_comment_is_shown(load, served, store, clock, window):
    load()
    at = window(served.link)
    first = at.shown()
    clock.move(minutes=11)
    store.decide(first, version=store.item(first).version, moderator="Bo", action=Action.REJECT)
    at.until("document.querySelector('#notice').textContent.includes('Bo decided this meanwhile')")
    at.page.keyboard.press("a")
    at.said("Nothing can be saved here")
    assert store.verify().n_decisions == 1


def test_of_several_selected_none_is_decided_where_one_has_changed(load, served, store, window):
    order = load()
    at = window(served.link)
    at.shown()
    for item_id in order[3:6]:
        at.page.locator(f'.row[data-id="{item_id}"] input').check()
    store.decide(order[4], version=1, moderator="Bo", action=Action.APPROVE)
    # Before the page hears of it, or after: what it selected is refused as a whole, or no longer selected.
    at.page.keyboard.press("e")
    at.until("document.querySelector('#alerts').textContent + document.querySelector('#said').textContent !== ''")
    at.until(
        "document.querySelector('#selected-count').textContent !== '3' || document.querySelector('#selection').hidden"
    )
    states = [store.item(item_id).state for item_id in order[3:6]]
    assert states[1] is ItemState.APPROVED
    assert states[0] is states[2]


def test_a_decision_that_the_server_does_not_get_is_told_and_can_be_saved_again(load, served, store, window):
    load()
    at = window(served.link)
    first = at.shown()
    at.until("document.querySelector('#live').classList.contains('on')")
    at.page.route("**/decide", lambda route: route.abort())
    at.press("a")
    assert "the server does not answer" in at.alert()
    assert store.verify().n_decisions == 0
    at.page.unroute("**/decide")
    at.page.click("#alerts >> text=Save again")
    at.said("Approved")
    assert store.item(first).state is ItemState.APPROVED


def test_a_moderator_logs_in_and_out(load, served_to_users, store, window):
    load()
    store.users.add("bo", role=Role.MODERATOR, password_hash=hash_password("a horse and a battery"))
    at = window(f"{served_to_users.origin}/items/1")
    assert at.page.url.endswith("/login")
    at.page.fill("[name=name]", "bo")
    at.page.fill("[name=password]", "not the password")
    at.page.click("text=Log in >> nth=-1")
    at.page.wait_for_selector("text=Name and password do not fit.")
    at.page.fill("[name=name]", "bo")
    at.page.fill("[name=password]", "a horse and a battery")
    at.page.keyboard.press("Enter")
    first = at.shown()
    at.press("a")
    at.settled()
    assert store.item(first).history[0].moderator == "bo"
    at.page.click("text=Leave")
    at.page.wait_for_selector("text=Log in to the queue")
    at.page.goto(f"{served_to_users.origin}/items/1")
    assert at.page.url.endswith("/login")


def test_a_reader_reads_and_has_nothing_to_decide_with(load, served_to_users, store, window):
    order = load()
    store.users.add("rea", role=Role.READER, password_hash=hash_password("a horse and a battery"))
    at = window(f"{served_to_users.origin}/login")
    at.page.fill("[name=name]", "rea")
    at.page.fill("[name=password]", "a horse and a battery")
    at.page.keyboard.press("Enter")
    assert at.shown() == order[0]
    assert at.page.locator("#actions").count() == 0
    at.page.keyboard.press("a")
    at.press("j")
    assert at.shown() == order[1]
    assert store.verify().n_decisions == 0
    assert store.item(order[0]).holder is None

"""Analyses into the queue: twice changes nothing, a new model keeps decisions, an edit opens again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stance.queue import Action, ItemFilter, ItemState, LoadReport, load_policy
from stance.records import Attribute

POLICY = load_policy()


def test_every_comment_becomes_an_open_item(store, analyse):
    assert store.load([analyse(20)], policy=POLICY) == LoadReport(n_new=20)
    assert len(store.items().items) == 20
    assert {item.state for item in store.items().items} == {ItemState.OPEN}


def test_the_same_analysis_twice_adds_nothing(queue, analyse):
    before, changes = queue.items(), queue.last_change()
    assert queue.load([analyse(20)], policy=POLICY) == LoadReport(n_same=20)
    assert queue.items() == before
    assert queue.last_change() == changes


def test_what_is_kept_of_a_comment_is_what_the_analysis_said(queue, analyse):
    analysis = analyse(20)
    by_id = {item.comment_id: item for item in analysis.queue}
    for number, comment in enumerate(analysis.thread.comments):
        (row,) = [item for item in queue.items().items if item.comment_id == comment.id]
        item = queue.item(row.id)
        assert item.comment == comment
        assert item.reply == analysis.replies[number]
        assert item.judgement == analysis.judgements[number]
        assert item.reasons == by_id[comment.id].reasons
        assert item.priority == by_id[comment.id].priority
        assert item.mentions == tuple(one for one in analysis.mentions if one.comment_id == comment.id)


def test_another_model_scores_anew_and_keeps_decisions(queue, analyse, make_judge):
    lease = queue.lease("ann")
    queue.decide(lease.item_id, version=lease.version, moderator="ann", action=Action.REJECT)
    judge = make_judge(attributes=dict.fromkeys(Attribute, 0.01))
    judge.model_id = "constant@1"
    assert queue.load([analyse(20, judge=judge)], policy=POLICY) == LoadReport(n_rescored=20)
    item = queue.item(lease.item_id)
    assert (item.state, item.model_id, len(item.history)) == (ItemState.REJECTED, "constant@1", 1)
    assert item.judgement.attributes == judge.attributes
    # The decision tells the scores and the model that it was made with.
    assert item.history[0].model_id == "constant@0"
    assert [row.id for row in queue.items(ItemFilter(state=ItemState.REJECTED)).items] == [lease.item_id]
    assert queue.verify().sound


def test_an_edited_comment_is_open_again_under_a_new_revision(queue, analyse):
    lease = queue.lease("ann")
    queue.decide(lease.item_id, version=lease.version, moderator="ann", action=Action.APPROVE)
    before = queue.item(lease.item_id)
    texts = [comment.text for comment in analyse(20).thread.comments]
    texts[int(before.comment.id[1:])] = "Something else altogether."
    report = queue.load([analyse(texts)], policy=POLICY)
    after = queue.item(lease.item_id)
    assert report.n_edited == 1
    assert (after.state, after.version) == (ItemState.OPEN, before.version + 1)
    assert after.revision != before.revision
    assert after.history[0].revision == before.revision
    assert queue.verify().sound


def test_two_threads_of_one_name_for_comments_stay_apart(store, analyse):
    store.load([analyse(3, thread_id="one"), analyse(3, thread_id="two")], policy=POLICY)
    assert {item.thread_id for item in store.items().items} == {"one", "two"}
    assert len(store.items(ItemFilter(thread_id="one")).items) == 3


def test_text_no_database_can_hold_keeps_its_length(store, analyse):
    text = "half \ud800 a pair, a null \x00, and \u202e turned"
    store.load([analyse([text])], policy=POLICY)
    (row,) = store.items().items
    stored = store.item(row.id).comment.text
    assert stored == "half \ufffd a pair, a null \ufffd, and \u202e turned"
    assert store.verify().sound
    assert store.load([analyse([text])], policy=POLICY) == LoadReport(n_same=1)


def test_ids_no_index_can_hold_stay_apart(store, analyse):
    analysis = analyse(2)
    names = {"c0": "x" * 1_000_000, "c1": "x" * 1_000_000 + "\ud800"}

    def renamed(record):
        return replace(record, comment_id=names[record.comment_id])

    hostile = replace(
        analysis,
        thread=replace(
            analysis.thread,
            id="t\x00" * 10_000,
            comments=tuple(replace(one, id=names[one.id], author="\ud800" * 5_000) for one in analysis.thread.comments),
        ),
        replies=tuple(
            replace(renamed(one), parent_id=names.get(one.parent_id, one.parent_id)) for one in analysis.replies
        ),
        mentions=tuple(map(renamed, analysis.mentions)),
        judgements=tuple(map(renamed, analysis.judgements)),
        queue=tuple(map(renamed, analysis.queue)),
    )
    assert store.load([hostile], policy=POLICY) == LoadReport(n_new=2)
    assert store.load([hostile], policy=POLICY) == LoadReport(n_same=2)
    first, second = sorted(store.items(order="newest").items, key=lambda item: item.number)
    assert first.comment_id != second.comment_id
    assert store.item(second.id).reply.parent_id == first.comment_id
    assert len(store.items(ItemFilter(thread_id="t\x00" * 10_000)).items) == 2


def test_a_comment_of_ten_megabytes_is_kept_whole_and_shown_short(store, analyse):
    analysis = analyse(1)
    (comment,) = analysis.thread.comments
    text = "word " * 2_000_000
    store.load(
        [replace(analysis, thread=replace(analysis.thread, comments=(replace(comment, text=text),)))], policy=POLICY
    )
    (row,) = store.items(ItemFilter(search="word")).items
    assert len(row.excerpt) == 200
    assert store.item(row.id).comment.text == text


def test_an_analysis_ranked_by_another_policy_is_a_programming_mistake(store, analyse):
    with pytest.raises(ValueError, match="which ranked it"):
        store.load([replace(analyse(1), policy_digest="0" * 64)], policy=POLICY)


def test_what_was_written_before_a_stream_breaks_off_is_kept(store, analyse, monkeypatch):
    monkeypatch.setattr("stance.queue.loading.BATCH_ITEMS", 6)

    def breaking():
        yield from (analyse(3, thread_id=f"thread {n}") for n in range(5))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.load(breaking(), policy=POLICY)
    assert store.stats().n_threads == 4

"""What comes from outside: keys of programs, decisions made elsewhere, and comments of other sites."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from stance.queue import (
    Action,
    ItemState,
    KeyExists,
    NoSuchItem,
    NoSuchKey,
    RejectReason,
    SeenComment,
    Suggestion,
    load_policy,
    open_store,
)

POLICY = load_policy()
TEXT = "You are wrong about bridge 4, and Israel is too."
REJECTED = Suggestion(
    community="Coral: example.org",
    text=TEXT,
    action=Action.REJECT,
    reason=RejectReason.PERSON,
    comment_id="c4",
)


@pytest.fixture
def land(store, analyse):
    """Take in everything that is pending, each judged as a thread of itself."""

    def take_in():
        for pending in store.outside.take(limit=100):
            analysis = analyse([pending.suggestion.text])
            nameless = [replace(one, author=None) for one in analysis.thread.comments]
            told = replace(analysis, thread=replace(analysis.thread, comments=tuple(nameless)))
            store.outside.land(pending, told, policy=POLICY)

    return take_in


def test_a_key_lets_its_secret_in_and_no_other(store):
    assert not store.keys.any()
    secret = store.keys.add("forum", per_minute=60)
    assert store.keys.any()
    assert secret.startswith("stance_")
    assert len(secret) > 40
    found = store.keys.find(secret)
    assert found is not None
    assert (found.name, found.per_minute) == ("forum", 60)
    assert store.keys.find(f"{secret}x") is None
    assert store.keys.find("\ud800") is None


def test_a_secret_stands_nowhere_in_the_file(sqlite_queue):
    with open_store(sqlite_queue) as opened:
        secret = opened.keys.add("forum")
    assert all(secret.encode() not in path.read_bytes() for path in sqlite_queue.parent.glob(f"{sqlite_queue.name}*"))


def test_a_key_that_was_removed_lets_nobody_in(store):
    secret = store.keys.add("forum")
    store.keys.add("another")
    store.keys.remove("forum")
    assert store.keys.find(secret) is None
    assert [key.name for key in store.keys.all()] == ["another"]
    with pytest.raises(NoSuchKey, match="forum"):
        store.keys.remove("forum")


def test_a_key_has_one_name_and_a_limit_that_means_something(store):
    store.keys.add("forum")
    with pytest.raises(KeyExists, match="forum"):
        store.keys.add("forum")
    for name in ("", " ", "a" * 81, "a\nb"):
        with pytest.raises(ValueError, match="printable"):
            store.keys.add(name)
    with pytest.raises(ValueError, match="per_minute"):
        store.keys.add("other", per_minute=0)


def test_a_decision_from_elsewhere_is_made_on_the_comment_that_the_queue_has(queue, land):
    queue.outside.suggest(REJECTED)
    land()
    item = queue.item(5)
    assert item.state is ItemState.REJECTED
    (decision,) = item.history
    assert (decision.moderator, decision.reason) == ("outside: Coral: example.org", RejectReason.PERSON)
    assert queue.outside.counts() == {"pending": 0, "landed": 1, "refused": 0}
    with pytest.raises(NoSuchItem):
        queue.item(21)
    assert queue.verify().sound


@pytest.mark.parametrize(
    "other", [{"comment_id": None}, {"comment_id": "c77"}, {"text": "The same id, another site's words."}]
)
def test_a_comment_that_the_queue_does_not_have_is_brought_with_its_decision(queue, land, other):
    queue.outside.suggest(replace(REJECTED, **other))
    land()
    assert queue.item(5).state is ItemState.OPEN
    item = queue.item(21)
    assert item.state is ItemState.REJECTED
    assert item.comment.text == other.get("text", TEXT)
    assert item.thread_id.startswith("outside:")
    assert queue.verify().sound


def test_what_is_exported_of_an_erased_comment_confirms_no_guess_at_its_text(tmp_path, analyse):
    keys = set()
    for name in ("one.db", "two.db"):
        with open_store(tmp_path / name) as store:
            store.outside.suggest(replace(REJECTED, comment_id="c77"))
            (pending,) = store.outside.take(limit=1)
            store.outside.land(pending, analyse([TEXT]), policy=POLICY)
            store.purge(item_id=1)
            keys |= {row["thread_id"] for row in store.export()}
    assert len(keys) == 2


def test_the_same_decision_twice_is_one(queue, land):
    assert queue.outside.suggest(REJECTED) == queue.outside.suggest(REJECTED) == 1
    land()
    assert queue.outside.suggest(REJECTED) == 1
    land()
    assert len(queue.item(5).history) == 1


def test_a_decision_from_elsewhere_gives_way_to_a_later_one(queue, land):
    queue.outside.suggest(REJECTED)
    land()
    queue.outside.suggest(replace(REJECTED, action=Action.APPROVE, reason=None))
    land()
    item = queue.item(5)
    assert item.state is ItemState.APPROVED
    assert [one.action for one in item.history] == [Action.REJECT, Action.APPROVE]


def test_a_decision_made_here_stands(queue, land):
    queue.decide(5, version=queue.item(5).version, moderator="ann", action=Action.APPROVE)
    queue.outside.suggest(REJECTED)
    land()
    item = queue.item(5)
    assert item.state is ItemState.APPROVED
    assert len(item.history) == 1
    assert queue.outside.counts()["landed"] == 1


def test_a_decision_on_what_somebody_reads_waits(queue, land, clock):
    queue.hold(5, moderator="ann")
    queue.outside.suggest(REJECTED)
    land()
    assert queue.item(5).state is ItemState.OPEN
    assert queue.outside.counts()["pending"] == 1
    queue.release(5, moderator="ann")
    land()
    assert queue.outside.counts()["pending"] == 1  # it is due in a minute
    clock.move(seconds=61)
    land()
    assert queue.item(5).state is ItemState.REJECTED


def test_what_one_has_taken_up_no_other_is_given_until_it_is_overdue(queue, clock):
    queue.outside.suggest(REJECTED)
    (mine,) = queue.outside.take(limit=10)
    assert queue.outside.take(limit=10) == ()
    clock.move(seconds=61)
    assert queue.outside.take(limit=10) == (mine,)


def test_two_that_take_in_the_same_make_one_decision(queue, analyse, clock):
    queue.outside.suggest(REJECTED)
    (first,) = queue.outside.take(limit=1)
    clock.move(seconds=61)
    (second,) = queue.outside.take(limit=1)
    for pending in (first, second):
        queue.outside.land(pending, analyse([TEXT]), policy=POLICY)
    assert len(queue.item(5).history) == 1


def test_what_cannot_be_judged_is_refused_with_its_reason_and_forgotten(queue):
    queue.outside.suggest(REJECTED)
    (pending,) = queue.outside.take(limit=1)
    queue.outside.refuse(pending, why="the text cannot be judged")
    assert queue.outside.counts() == {"pending": 0, "landed": 0, "refused": 1}
    assert queue.outside.take(limit=1) == ()


def test_hostile_words_are_kept_as_the_databases_can(queue, land):
    hostile = Suggestion(
        community="\x00 \u202e\n" * 300, text="a\x00b \ud800", action=Action.APPROVE, comment_id="\x00"
    )
    queue.outside.suggest(hostile)
    land()
    item = queue.item(21)
    assert item.state is ItemState.APPROVED
    (decision,) = item.history
    assert len(decision.moderator) <= 80
    assert decision.moderator.isprintable()


def test_only_to_approve_or_to_reject_can_be_suggested(store):
    with pytest.raises(ValueError, match="defer"):
        store.outside.suggest(replace(REJECTED, action=Action.DEFER, reason=None))


def test_decisions_from_elsewhere_can_be_taken_back(queue, land):
    queue.outside.suggest(REJECTED)
    land()
    (decision,) = queue.item(5).history
    queue.undo(moderator="ann", sequence=decision.sequence, others=True)
    assert queue.item(5).state is ItemState.OPEN
    assert queue.verify().sound


SEEN = SeenComment(tenant="t", story="s", text="The bridge is fine.", author="lee")


def test_a_comment_is_found_by_the_id_that_it_was_given_later(store):
    store.seen.remember(SEEN)
    assert store.seen.find("t", "c1") is None
    store.seen.remember(replace(SEEN, comment_id="c1", parent_id="c0"))
    assert store.seen.find("t", "c1") == replace(SEEN, comment_id="c1", parent_id="c0")
    assert store.seen.find("another", "c1") is None
    store.seen.remember(SEEN)
    assert store.seen.find("t", "c1") is not None


def test_of_an_edited_comment_the_newest_text_is_found(store, clock):
    store.seen.remember(replace(SEEN, comment_id="c1"))
    clock.move(seconds=1)
    store.seen.remember(replace(SEEN, comment_id="c1", text="The bridge was fine."))
    assert store.seen.find("t", "c1").text == "The bridge was fine."


def test_what_was_seen_long_ago_is_forgotten(store, clock):
    store.seen.remember(replace(SEEN, comment_id="c1"))
    clock.move(days=31)
    store.seen.remember(replace(SEEN, comment_id="c2", text="New."))
    assert store.seen.forget(older_than=clock() - timedelta(days=30)) == 1
    assert store.seen.find("t", "c1") is None
    assert store.seen.find("t", "c2") is not None


def test_erasing_a_person_erases_what_was_seen_of_them(queue):
    queue.seen.remember(replace(SEEN, comment_id="c1"))
    queue.seen.remember(replace(SEEN, comment_id="c2", author="kim", text="Mine."))
    queue.purge(author="lee")
    assert queue.seen.find("t", "c1") is None
    assert queue.seen.find("t", "c2") is not None


def test_erasing_what_is_old_erases_feedback_that_was_not_taken_in(queue, clock):
    queue.outside.suggest(REJECTED)
    clock.move(days=1)
    queue.purge(older_than=clock() - timedelta(hours=1))
    assert queue.outside.counts() == {"pending": 0, "landed": 0, "refused": 1}


def test_the_last_word_from_elsewhere_stands_however_often_it_changes(queue, land):
    approved = replace(REJECTED, action=Action.APPROVE, reason=None)
    numbers = []
    for told in (REJECTED, approved, REJECTED, REJECTED):
        numbers.append(queue.outside.suggest(told))
        land()
    assert numbers == [1, 2, 3, 3]
    assert [one.action for one in queue.item(5).history] == [Action.REJECT, Action.APPROVE, Action.REJECT]


def test_what_had_to_wait_does_not_undo_what_was_told_later(queue, analyse, land):
    queue.outside.suggest(REJECTED)
    (waiting,) = queue.outside.take(limit=1)
    queue.outside.suggest(replace(REJECTED, action=Action.APPROVE, reason=None))
    land()
    queue.outside.land(waiting, analyse([TEXT]), policy=POLICY)
    item = queue.item(5)
    assert item.state is ItemState.APPROVED
    assert len(item.history) == 1
    assert queue.outside.counts() == {"pending": 0, "landed": 2, "refused": 0}


def test_that_feedback_was_taken_in_is_forgotten_and_what_is_pending_is_not(queue, land, clock):
    queue.outside.suggest(REJECTED)
    land()
    queue.outside.suggest(replace(REJECTED, text="Another."))
    clock.move(days=31)
    assert queue.outside.forget(older_than=clock() - timedelta(days=30)) == 1
    assert queue.outside.counts() == {"pending": 1, "landed": 0, "refused": 0}
    assert queue.item(5).state is ItemState.REJECTED


def test_a_story_is_given_with_its_last_comments_oldest_first(store, clock):
    for text in ("One.", "Two.", "Three."):
        store.seen.remember(replace(SEEN, text=text))
        clock.move(seconds=1)
    store.seen.remember(replace(SEEN, text="Elsewhere.", story="another"))
    assert [one.text for one in store.seen.find_story("t", "s", limit=2)] == ["Two.", "Three."]


def test_erasing_a_person_erases_feedback_on_what_was_seen_of_them(queue, land):
    mine = replace(REJECTED, comment_id="c9", text="Lee's words.")
    queue.seen.remember(replace(SEEN, comment_id="c9", text="Lee's\n words."))
    queue.outside.suggest(mine)
    queue.outside.suggest(replace(mine, text="Another site's c9."))
    assert queue.purge(author="lee").n_outside == 2
    assert queue.outside.counts() == {"pending": 1, "landed": 0, "refused": 1}


def test_a_decision_from_elsewhere_brings_the_author_of_what_was_seen(queue, land):
    queue.seen.remember(replace(SEEN, comment_id="c9", text="Lee's\n words."))
    queue.outside.suggest(replace(REJECTED, comment_id="c9", text="Lee's words."))
    land()
    assert queue.item(21).comment.author == "lee"
    assert queue.purge(author="lee").n_items == 1
    assert queue.item(21).state is ItemState.ERASED
    assert queue.verify().sound


def test_of_what_is_erased_from_outside_no_byte_is_left(sqlite_queue):
    with open_store(sqlite_queue) as opened:
        opened.seen.remember(replace(SEEN, comment_id="c9", text="Unmistakable."))
        opened.outside.suggest(replace(REJECTED, comment_id="c9", text="Unmistakable."))
        opened.purge(author="lee")
    files = sqlite_queue.parent.glob(f"{sqlite_queue.name}*")
    assert all(b"Unmistakable" not in path.read_bytes() for path in files)


def test_decisions_from_elsewhere_teach_as_others_do(store, land):
    for n in range(60):
        action = Action.REJECT if n % 2 else Action.APPROVE
        store.outside.suggest(Suggestion(community="forum", text=f"Comment {n}.", action=action))
    land()
    learned = store.lessons.learn(POLICY)
    assert learned.n_learned_from + learned.n_held_back == 60


def test_many_that_take_in_at_once_decide_each_comment_once(address, analyse):
    n_comments = 40
    with open_store(address) as store:
        for n in range(n_comments):
            store.outside.suggest(Suggestion(community="forum", text=f"Comment {n}.", action=Action.REJECT))

    def take_in(_):
        n_taken = 0
        with open_store(address, create=False) as own:
            while taken := own.outside.take(limit=3):
                for pending in taken:
                    own.outside.land(pending, analyse([pending.suggestion.text]), policy=POLICY)
                n_taken += len(taken)
        return n_taken

    with ThreadPoolExecutor(max_workers=4) as workers:
        assert sum(workers.map(take_in, range(4))) == n_comments
    with open_store(address, create=False) as store:
        decided = [row["text"] for row in store.export(with_text=True)]
        assert sorted(decided) == sorted(f"Comment {n}." for n in range(n_comments))
        assert store.verify().sound


def test_programs_that_tell_at_once_are_given_one_number_a_comment(address):
    open_store(address).close()

    def tell(n):
        with open_store(address, create=False) as own:
            return [own.outside.suggest(replace(REJECTED, text=f"Comment {i}.")) for i in range(n, n + 10)]

    with ThreadPoolExecutor(max_workers=4) as tellers:
        told = [number for numbers in tellers.map(tell, (0, 0, 5, 5)) for number in numbers]
    assert sorted(set(told)) == list(range(1, 16))

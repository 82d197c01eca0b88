"""The chain, erasing, exporting, counting: nothing decided is lost, and what is erased is gone."""

from __future__ import annotations

import hashlib
import json
import sqlite3

import psycopg
import pytest

from stance.queue import (
    Action,
    CheckOutcome,
    ItemFilter,
    ItemState,
    LoadReport,
    NoSuchItem,
    RejectReason,
    load_policy,
    open_store,
)
from stance.queue.chain import HASHED

POLICY = load_policy()


def decide_some(queue, n=6):
    made = []
    for place in range(n):
        lease = queue.lease("ann" if place % 2 else "bob")
        action = (Action.REJECT, Action.APPROVE, Action.ESCALATE)[place % 3]
        made.append(
            queue.decide(
                lease.item_id,
                version=lease.version,
                moderator=lease.moderator,
                action=action,
                note="noted",
                seconds=1.5,
            )
        )
    return made


@pytest.fixture
def tamper(address):
    """Run a statement past the program and past the triggers, as somebody with the file or the password can."""

    def run(statement):
        if "://" in address:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("SET session_replication_role = replica")
                connection.execute(statement)
            return
        with sqlite3.connect(address) as connection:
            for verb in ("update", "delete"):
                connection.execute(f"DROP TRIGGER IF EXISTS decisions_no_{verb}")
            connection.execute(statement)

    return run


def test_a_sound_chain_says_how_long_it_is_and_where_it_ends(queue):
    made = decide_some(queue)
    report = queue.verify()
    assert (report.sound, report.n_decisions, report.head) == (True, 6, made[-1].hash)
    assert queue.verify(head=made[2].hash).sound


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE decisions SET action = 'approve' WHERE sequence = 1", "its hash is another"),
        ("UPDATE decisions SET decided_at = decided_at + 1 WHERE sequence = 3", "its hash is another"),
        ("UPDATE decisions SET hash = 'f' WHERE sequence = 2", "does not follow"),
        ("UPDATE notes SET note = 'another' WHERE sequence = 4", "note was changed"),
        ("DELETE FROM notes WHERE sequence = 3", None),
        (
            "UPDATE items SET state = 'approved' WHERE id = (SELECT item_id FROM decisions WHERE sequence = 1)",
            "make it",
        ),
        ("UPDATE items SET state = 'rejected' WHERE state = 'open'", "decisions make it open"),
        ("UPDATE texts SET text = 'another' WHERE item_id = 1", "not the one that was loaded"),
        ("UPDATE ledger SET value = 7 WHERE name = 'chain'", "should end at entry 7"),
        ("DELETE FROM decisions WHERE sequence = 3", "is missing: the next there is 4"),
        ("DELETE FROM items WHERE id = (SELECT item_id FROM decisions WHERE sequence = 1)", "decided on and is gone"),
        ("DELETE FROM items WHERE id IN (5, 6)", "2 of the items that were loaded are gone, from item 5 on"),
        ("DELETE FROM items WHERE id = (SELECT max(id) FROM items)", "1 of the items that were loaded are gone"),
        ("DELETE FROM threads", "1 of the threads that were loaded are gone, from thread 1 on"),
    ],
)
def test_tampering_shows(queue, tamper, statement, what):
    decide_some(queue)
    tamper(statement)
    faults = [fault.what for fault in queue.verify().faults]
    if what is None:  # a note may go: people's words can be erased
        assert faults == []
    else:
        assert any(what in fault for fault in faults), faults


def test_bytes_where_a_word_belongs_show(sqlite_queue):
    with open_store(sqlite_queue) as queue:
        decide_some(queue)
        with sqlite3.connect(sqlite_queue) as connection:
            connection.execute("DROP TRIGGER decisions_no_update")
            connection.execute("UPDATE decisions SET moderator = CAST(moderator AS BLOB) WHERE sequence = 2")
        assert [(fault.sequence, fault.what) for fault in queue.verify().faults] == [
            (2, "was changed: its hash is another")
        ]


def test_a_chain_whose_counter_is_gone_shows(sqlite_queue):
    with open_store(sqlite_queue) as queue:
        decide_some(queue)
        with sqlite3.connect(sqlite_queue) as connection:
            connection.execute("DELETE FROM ledger WHERE name IN ('chain', 'load')")
        assert [fault.what for fault in queue.verify().faults] == [
            "the counter that says where the chain ends is gone",
            "the counter that says how many items were loaded is gone",
        ]


def test_a_chain_cut_off_with_its_counter_shows_by_its_known_head(queue, tamper):
    made = decide_some(queue)
    tamper("DELETE FROM notes WHERE sequence = 6")
    tamper("DELETE FROM decisions WHERE sequence = 6")
    tamper(f"UPDATE ledger SET value = 5, hash = '{made[4].hash}' WHERE name = 'chain'")
    tamper(f"UPDATE items SET state = 'open' WHERE id = {made[5].item_id}")
    assert queue.verify().sound
    assert [fault.what for fault in queue.verify(head=made[5].hash).faults] == [
        "the entry with the hash that you gave is not in the chain"
    ]


@pytest.mark.parametrize("statement", ["UPDATE decisions SET action = 'approve'", "DELETE FROM decisions"])
def test_the_database_refuses_to_change_a_decision(queue, address, statement):
    decide_some(queue)
    if "://" in address:
        with psycopg.connect(address) as connection, pytest.raises(psycopg.Error, match="append-only"):
            connection.execute(statement)
    else:
        with sqlite3.connect(address) as connection, pytest.raises(sqlite3.Error, match="append-only"):
            connection.execute(statement)
    assert queue.verify().sound


def test_what_is_exported_proves_itself(queue):
    made = decide_some(queue)
    rows = [json.loads(json.dumps(row)) for row in queue.export()]
    previous = ""
    for row, decision in zip(rows, made, strict=True):
        assert "text" not in row
        row["scores"] = json.dumps(row["scores"], separators=(",", ":"))
        covered = json.dumps({name: row[name] for name in HASHED}, sort_keys=True, separators=(",", ":"))
        assert row["previous_hash"] == previous
        assert hashlib.sha256(covered.encode()).hexdigest() == row["hash"] == decision.hash
        previous = row["hash"]


def test_text_is_exported_where_asked_for_and_still_there(queue):
    made = decide_some(queue)
    queue.purge(item_id=made[0].item_id)
    texts = [row["text"] for row in queue.export(with_text=True)]
    assert texts[0] is None
    assert all("bridge" in text for text in texts[1:])


def test_everything_of_a_person_goes_and_the_chain_stays_valid(queue, analyse):
    made = decide_some(queue)
    queue.note_check(1, 0, CheckOutcome.FALSE, moderator="ann", note="A0 lied")
    report = queue.purge(author="A0")
    assert report.n_items == 7
    assert queue.verify().sound
    assert queue.verify().head == made[-1].hash
    erased = queue.item(1)
    assert (erased.state, erased.comment.text, erased.comment.author) == (ItemState.ERASED, "", None)
    assert (erased.reasons, erased.checks, erased.judgement.attributes) == ((), (), {})
    assert all(
        one.note == ""
        for row in queue.items(ItemFilter(state=ItemState.ERASED)).items
        for one in queue.item(row.id).history
    )
    names = {actor.name for actor in queue.thread(1).actors} | {
        alias for actor in queue.thread(1).actors for alias in actor.aliases
    }
    assert "A0" not in names
    assert "A1" in names
    assert queue.items(ItemFilter(search="bridge")).count == 20 - 7 - len(
        [one for one in made if queue.item(one.item_id).state is not ItemState.ERASED]
    )
    assert queue.load([analyse(20)], policy=POLICY) == LoadReport(n_same=13, n_erased=7)


def test_no_byte_of_what_was_erased_is_left_in_the_file(sqlite_queue, analyse):
    secret = "Zanzibarcode"
    with open_store(sqlite_queue) as store:
        store.load([analyse([f"My name is {secret}.", "Hello."], thread_id="other")], policy=POLICY)
        (row,) = store.items(ItemFilter(search=secret)).items
        lease = store.lease("ann", wanted=ItemFilter(search=secret))
        store.decide(row.id, version=lease.version, moderator="ann", action=Action.REJECT, note=f"It is {secret}")
        assert store.purge(item_id=row.id).n_notes == 1
    left = b"".join(path.read_bytes() for path in sqlite_queue.parent.iterdir())
    assert secret.encode() not in left
    assert secret.lower().encode() not in left


def test_what_is_old_goes_by_its_date(queue, clock):
    clock.move(days=1)
    # Comments are an hour apart from midnight of 1 January: eight were posted before eight o'clock.
    assert queue.purge(older_than=clock.now.replace(month=1, day=1, hour=8)).n_items == 8
    assert queue.verify().sound


@pytest.mark.parametrize("given", [{}, {"author": "A0", "item_id": 1}])
def test_purging_wants_exactly_one_choice(queue, given):
    with pytest.raises(ValueError, match="exactly one"):
        queue.purge(**given)


def test_the_numbers_add_up(queue):
    decide_some(queue)
    queue.undo(moderator="ann")
    stats = queue.stats()
    assert (stats.n_threads, stats.n_decisions) == (1, 7)
    assert sum(stats.by_state.values()) == 20
    # Bob decided 1st, 3rd and 5th: reject, escalate, approve; Ann 2nd and 4th: approve, reject (her last is undone).
    by_name = {one.moderator: one for one in stats.moderators}
    assert by_name["bob"].by_action == {
        Action.APPROVE: 1,
        Action.REJECT: 1,
        Action.ESCALATE: 1,
        Action.DEFER: 0,
    }
    assert sum(by_name["ann"].by_action.values()) == 2
    assert by_name["bob"].median_seconds == 1.5


def test_a_check_is_noted_beside_its_sentence(queue, clock):
    queue.note_check(3, 0, CheckOutcome.MISLEADING, moderator="ann", note="half of it")
    clock.move(minutes=1)
    queue.note_check(3, 0, CheckOutcome.FALSE, moderator="bob")
    assert [(one.outcome, one.moderator, one.note) for one in queue.item(3).checks] == [
        (CheckOutcome.MISLEADING, "ann", "half of it"),
        (CheckOutcome.FALSE, "bob", ""),
    ]
    for item_id, sentence in ((3, 1), (3, -1), (99, 0)):
        with pytest.raises(NoSuchItem, match="sentence"):
            queue.note_check(item_id, sentence, CheckOutcome.TRUE, moderator="ann")


def test_reasons_are_counted(queue):
    lease = queue.lease("ann")
    queue.decide(
        lease.item_id, version=lease.version, moderator="ann", action=Action.REJECT, reason=RejectReason.VIOLENCE
    )
    assert queue.stats().by_reason[RejectReason.VIOLENCE] == 1

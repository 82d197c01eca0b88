"""`stance queue` and `stance analyze --queue`, from loading to erasing."""

from __future__ import annotations

import json
import shutil
import sqlite3

import pytest

from stance.queue import Action, Arrival, Choice, open_store
from stance.queue.tables import metadata


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "thread.jsonl"
    rows = [
        {"id": f"c{n}", "text": f"You are wrong about bridge {n}.", "author": f"A{n % 2}", "thread_id": "bridge"}
        for n in range(8)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def queue(command, tmp_path, page, tiny_model):
    path = tmp_path / "queue.db"
    done = command("analyze", page, "--queue", path, "--model", tiny_model)
    assert (done.returncode, done.stdout) == (0, "")
    assert "8 new" in done.stderr
    return path


def test_loading_by_either_command_is_the_same_and_twice_changes_nothing(command, queue, page, tiny_model):
    done = command("queue", "load", queue, page, "--model", tiny_model)
    assert "8 unchanged" in done.stderr


def test_an_analysis_can_be_written_and_brought_into_a_queue_at_once(command, tmp_path, page, tiny_model):
    done = command(
        "analyze", page, "--queue", tmp_path / "q.db", "--out", "-", "--format", "jsonl", "--model", tiny_model
    )
    assert len(done.stdout.splitlines()) == 8
    assert "8 new" in done.stderr


def test_an_item_is_taken_shown_decided_and_taken_back(command, queue):
    shown = json.loads(command("queue", "next", queue, "--moderator", "ann", "--format", "jsonl").stdout)
    assert "You are wrong about bridge" in command("queue", "next", queue, "--moderator", "ann").stdout
    words = ("queue", "decide", queue, shown["id"])
    assert "you hold it no longer" in command(*words, "approve", "--moderator", "bob").stderr
    done = command(*words, "reject", "--moderator", "ann", "--reason", "spam", "--note", "again")
    assert done.stdout == f"decision 1: item {shown['id']} reject, now rejected\n"
    done = command(*words, "approve", "--moderator", "bob", "--version", "1")
    assert (done.returncode, done.stdout) == (9, "")
    assert "at version 2, and you saw 1" in done.stderr
    assert "undid decision 1, now open" in command("queue", "undo", queue, "--moderator", "ann").stdout
    assert command("queue", "undo", queue, "--moderator", "ann").returncode == 9


def test_where_nothing_is_left_it_says_so(command, queue):
    done = command("queue", "next", queue, "--lane", "escalated")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing is left" in done.stderr


def test_a_list_goes_on_where_it_ended(command, queue):
    first = command("queue", "list", queue, "--limit", 5)
    cursor = first.stdout.split("--after ")[1].strip()
    second = command("queue", "list", queue, "--limit", 5, "--after", cursor, "--format", "jsonl")
    assert len(second.stdout.splitlines()) == 3
    assert "8 items" in first.stdout
    assert command("queue", "list", queue, "--after", "nowhere").returncode == 2
    assert command("queue", "list", queue, "--lane", "nowhere").returncode == 2
    assert "1 item\n" in command("queue", "list", queue, "--search", "bridge 3").stdout


def test_the_chain_is_verified_and_a_missing_head_is_an_exit_code(command, queue):
    item = json.loads(command("queue", "next", queue, "--moderator", "ann", "--format", "jsonl").stdout)
    command("queue", "decide", queue, item["id"], "approve", "--moderator", "ann")
    done = command("queue", "verify", queue)
    assert done.returncode == 0
    head = done.stdout.split("head ")[1].strip()
    assert command("queue", "verify", queue, "--head", head).returncode == 0
    done = command("queue", "verify", queue, "--head", "0" * 64)
    assert (done.returncode, "not in the chain" in done.stderr) == (1, True)
    (row,) = map(json.loads, command("queue", "export", queue, "--with-text").stdout.splitlines())
    assert (row["hash"], row["action"]) == (head, "approve")


@pytest.mark.parametrize(
    ("statements", "mend"),
    [
        (["UPDATE texts SET text = 'another' WHERE item_id = 1"], "take these items from a backup"),
        (
            ["DROP TRIGGER decisions_no_update", "UPDATE decisions SET action = 'reject' WHERE sequence = 2"],
            "only the 1 before are proven; compare with an earlier export, or restore a backup",
        ),
    ],
)
def test_what_was_changed_is_told_with_the_mend(command, queue, statements, mend):
    with open_store(queue) as store:
        for _ in range(3):
            lease = store.lease("ann")
            store.decide(lease.item_id, version=lease.version, moderator="ann", action=Action.APPROVE)
    with sqlite3.connect(queue) as connection:
        for statement in statements:
            connection.execute(statement)
    done = command("queue", "verify", queue)
    assert (done.returncode, mend in done.stderr) == (1, True), done.stderr


def test_what_is_exchanged_with_sites_is_told_with_the_reasons_of_what_was_given_up(command, queue):
    assert "sites" not in command("queue", "stats", queue).stdout
    with open_store(queue) as store:
        store.arrivals.note(Arrival(site="t1", comment_id="c1", delivery="e1"))
        store.arrivals.note(Arrival(site="t1", comment_id="c2", delivery="e2"))
        for _ in range(30):
            store.arrivals.put_off([1], why="status 401")
    shown = command("queue", "stats", queue).stdout
    assert "comments told of by sites: 1 pending, 1 given up\n        1 given up: status 401" in shown
    told = json.loads(command("queue", "stats", queue, "--format", "jsonl").stdout)
    assert (told["arriving"]["given up"], told["untold"]) == (1, {"status 401": 1})


def test_a_persons_text_is_erased_only_when_meant(command, queue):
    assert command("queue", "purge", queue).returncode == 2
    assert command("queue", "purge", queue, "--author", "A0", "--item", 1).returncode == 2
    assert command("queue", "purge", queue, "--item", 999, "--yes").returncode == 9
    assert command("queue", "purge", queue, "--author", "A0", "--yes").stdout == "erased 4 items and 0 notes\n"
    assert "4 erased" in command("queue", "stats", queue).stdout
    assert command("queue", "verify", queue).returncode == 0


def test_reviews_are_set_and_shown(command, queue):
    assert command("queue", "reviews", queue).stdout == "second reviews 0, golden items 0\n"
    command("queue", "reviews", queue, "--second", 0.05)
    assert command("queue", "reviews", queue, "--golden", 0.02).stdout == "second reviews 0.05, golden items 0.02\n"
    assert command("queue", "reviews", queue, "--golden", 0.99).returncode == 2
    assert command("queue", "golden", queue, 1, "reject").returncode == 0
    assert command("queue", "golden", queue, 99, "reject").returncode == 9


def test_decisions_are_reported_learned_from_and_put_in_force(command, queue, page, tiny_model, tmp_path):
    proposal = tmp_path / "new.toml"
    done = command("queue", "learn", queue, proposal)
    assert (done.returncode, proposal.exists()) == (9, False)
    assert "30 more rejected and 30 more approved" in done.stderr
    with page.open("a", encoding="utf-8") as file:
        for n in range(8, 80):
            file.write(json.dumps({"id": f"c{n}", "text": f"Word {n * n}.", "thread_id": "bridge"}) + "\n")
    command("queue", "load", queue, page, "--model", tiny_model)
    with open_store(queue) as store:
        rows = store.items(limit=80).items
        actions = [Action.REJECT if place < 40 else Action.APPROVE for place in range(80)]
        choices = [
            Choice(item_id=row.id, version=row.version, action=action)
            for row, action in zip(rows, actions, strict=True)
        ]
        store.decide_many(choices, moderator="ann")
    report = command("queue", "report", queue).stdout
    assert "40 rejected and 40 approved" in report
    # The riskiest half was rejected: the first 1 % read, 0.8 of 80 comments, holds 0.8 of the 40.
    assert "risk                    0.02" in report
    assert "toxicity only" in report
    learned = command("queue", "learn", queue, proposal)
    assert "before" in learned.stdout
    assert "is a proposal" in learned.stderr
    with open_store(queue) as store:
        assert store.lessons.in_force() is None
    assert "is in force; 80 items" in command("queue", "adopt", queue, proposal).stdout
    assert "80 unchanged" in command("queue", "load", queue, page, "--model", tiny_model).stderr


@pytest.mark.parametrize("name", ["list", "stats", "verify", "next", "report", "export"])
def test_a_queue_that_is_not_there_is_not_made(command, tmp_path, name):
    done = command("queue", name, tmp_path / "none.db")
    assert (done.returncode, list(tmp_path.iterdir())) == (9, [])
    assert "not there" in done.stderr


@pytest.mark.parametrize("table", ["threads", "items", "texts", "places", "decisions", "notes"])
def test_what_another_hand_wrote_into_a_queue_is_a_line_and_no_traceback(command, queue, tmp_path, table):
    with open_store(queue) as store:
        for number in (1, 2):
            store.decide(number, version=1, action=Action.REJECT, moderator="ann", note="twice told")
    for column in (one for one in metadata.tables[table].columns if not one.primary_key):
        edited = tmp_path / f"{column.name}.db"
        shutil.copy(queue, edited)
        with sqlite3.connect(edited) as connection:
            for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            connection.execute(  # one row, for some columns are unique
                f"UPDATE {table} SET {column.name} = ? WHERE rowid = (SELECT max(rowid) FROM {table})",
                ['{"odd": [7]}'],
            )
        for words in (
            ("list", edited),
            ("list", edited, "--state", "rejected"),
            ("stats", edited),
            ("export", edited, "--with-text"),
            ("verify", edited),
            ("report", edited),
            ("next", edited, "--moderator", "bea"),
        ):
            done = command("queue", *words)
            assert done.returncode in {0, 1, 9}, (column.name, words[0], done.stderr)
            assert (done.returncode == 0) <= (done.stdout != ""), (column.name, words[0])

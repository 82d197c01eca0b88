"""Opening a queue: wrong files, newer schemas, busy and absent databases, and the migrations."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import timedelta
from importlib.resources import files

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from stance.queue import (
    Action,
    Arrival,
    NewerQueue,
    NoSuchUser,
    NotAQueue,
    QueueBusy,
    QueueDamaged,
    QueueUnreachable,
    Role,
    SeenComment,
    UserExists,
    load_policy,
    open_store,
)
from stance.queue.database import SCHEMAS, open_database
from stance.queue.tables import metadata


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_that_the_program_knows(request, tmp_path, kind):
    address = tmp_path / "queue.db" if kind == "sqlite" else request.getfixturevalue("bare_postgresql")
    database = open_database(address)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "stance_schema", "compare_type": True})
        found = [change for change in compare_metadata(context, metadata) if change[0] != "remove_index"]
    database.close()
    known = {"words", "words_config", "words_content", "words_data", "words_docsize", "words_idx"}
    assert [change for change in found if change[0] != "remove_table" or change[1].name not in known] == []


def test_every_migration_is_known_by_name():
    folder = str(files("stance.queue") / "migrations")
    scripts = ScriptDirectory(folder, version_locations=[folder])
    assert tuple(one.revision for one in scripts.walk_revisions())[::-1] == SCHEMAS


def test_a_file_that_is_something_else_is_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a database, and much longer than a header of one is" * 100)
    with pytest.raises(NotAQueue, match="not an SQLite file"):
        open_store(text)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    before = other.read_bytes()
    with pytest.raises(NotAQueue, match="a database, but no queue"):
        open_store(other)
    assert other.read_bytes() == before
    for path, what in ((tmp_path, "not a file"), (tmp_path / "no" / "q.db", "its folder is not there")):
        with pytest.raises(NotAQueue, match=what):
            open_store(path)


def test_a_queue_of_a_later_version_is_left_alone(sqlite_queue):
    with sqlite3.connect(sqlite_queue) as connection:
        connection.execute("UPDATE stance_schema SET version_num = 'v0999'")
    with pytest.raises(NewerQueue, match="has the schema v0999"):
        open_store(sqlite_queue)


@pytest.mark.parametrize("name", ["v0000", "", "a", "V0001", "v0001 ", "zzz"])
def test_a_schema_that_no_version_made_is_left_alone(sqlite_queue, name):
    with sqlite3.connect(sqlite_queue) as connection:
        connection.execute("UPDATE stance_schema SET version_num = ?", [name])
    before = sqlite_queue.read_bytes()
    with pytest.raises(NotAQueue, match=r"which no version of this program made\. Restore a backup"):
        open_store(sqlite_queue)
    assert sqlite_queue.read_bytes() == before


@pytest.mark.parametrize("how", ["cut off", "written over"])
def test_a_damaged_queue_is_said_to_be_one(sqlite_queue, how):
    whole = sqlite_queue.read_bytes()
    damaged = whole[:6000] if how == "cut off" else whole[:100] + b"\xff" * (len(whole) - 100)
    sqlite_queue.write_bytes(damaged)
    with pytest.raises(QueueDamaged, match="Restore a backup"):
        open_store(sqlite_queue)
    assert sqlite_queue.read_bytes() == damaged


def test_damage_that_is_met_later_is_said_as_well(sqlite_queue):
    with sqlite3.connect(sqlite_queue) as connection:
        connection.execute("UPDATE texts SET text = CAST(x'41ff' AS TEXT) WHERE item_id = 1")
    with open_store(sqlite_queue) as store, pytest.raises(QueueDamaged):
        store.verify()


def test_a_queue_that_another_program_holds_is_said_to_be_busy(sqlite_queue, monkeypatch):
    monkeypatch.setattr("stance.queue.database.BUSY_SECONDS", 0.1)
    with open_store(sqlite_queue) as store, sqlite3.connect(sqlite_queue) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(QueueBusy, match="Nothing was changed"):
            store.lease("ann")
        assert len(store.items().items) == 20
        other.rollback()
        assert store.lease("ann") is not None


def test_a_server_that_is_not_there_is_said_without_its_password():
    with pytest.raises(QueueUnreachable) as caught:
        open_store("postgresql://ann:secret@127.0.0.1:1/queue")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(NotAQueue) as unread:
        open_store("postgresql+nothing://ann:secret@127.0.0.1/queue")
    assert "secret" not in str(unread.value)


def test_programs_that_open_a_new_queue_at_once_make_it_once(tmp_path):
    script = "import sys; from stance.queue import open_store; open_store(sys.argv[1]).close()"
    path = tmp_path / "queue.db"
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [one.communicate(timeout=120)[1] for one in running]
    assert said == [""] * 4
    with open_store(path, create=False) as store:
        assert store.verify().sound


def test_users_are_added_changed_and_removed(store):
    ann = store.users.add("ann", role=Role.MODERATOR, password_hash="hash")
    assert store.users.find("ann") == ann
    assert store.users.find("bob") is None
    with pytest.raises(UserExists, match="'ann'"):
        store.users.add("ann", role=Role.READER, password_hash="other")
    assert store.users.change("ann", role=Role.ADMIN).role is Role.ADMIN
    assert [one.name for one in store.users.all()] == ["ann"]
    store.users.remove("ann")
    for call in (lambda: store.users.remove("ann"), lambda: store.users.change("ann", role=Role.READER)):
        with pytest.raises(NoSuchUser):
            call()


def test_a_session_lasts_until_it_runs_out_is_closed_or_its_user_changes(store, clock):
    def begin(digest):
        return store.users.open_session(digest, name="ann", expires_at=clock.now + timedelta(hours=8))

    store.users.add("ann", role=Role.MODERATOR, password_hash="hash")
    opened = begin("one")
    assert store.users.session("one") == opened
    assert store.users.session("two") is None
    store.users.close_session("one")
    assert store.users.session("one") is None
    begin("three")
    clock.move(hours=8)
    assert store.users.session("three") is None
    begin("four")
    store.users.change("ann", password_hash="new")
    assert store.users.session("four") is None
    with pytest.raises(NoSuchUser):
        store.users.open_session("five", name="nobody", expires_at=clock.now)


@pytest.mark.parametrize("schema", SCHEMAS[:-1])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_queue_of_an_earlier_schema_is_brought_up_to_date_with_all_it_holds(
    request, tmp_path, kind, schema, analyse, monkeypatch
):
    address = tmp_path / "queue.db" if kind == "sqlite" else request.getfixturevalue("bare_postgresql")
    with monkeypatch.context() as earlier:
        earlier.setattr("stance.queue.database.NEWEST_SCHEMA", schema)
        upgrade = ScriptDirectory._upgrade_revs
        earlier.setattr(ScriptDirectory, "_upgrade_revs", lambda self, _head, current: upgrade(self, schema, current))
        # The versions that made those had nobody to tell of decisions.
        earlier.setattr("stance.queue.deciding.note_tellings", lambda *_, **__: None)
        with open_store(address) as old:
            old.load([analyse()], policy=load_policy())
            old.decide(3, version=1, moderator="ann", action=Action.REJECT)
    with open_store(address) as new:
        assert new.item(3).history[0].moderator == "ann"
        assert new.verify().sound
        assert new.keys.find(new.keys.add("forum")) is not None
        assert new.outside.counts() == {"pending": 0, "landed": 0, "refused": 0}
        new.seen.remember(SeenComment(tenant="t", story="s", text="The bridge is fine.", comment_id="c1"))
        assert new.arrivals.note(Arrival(site="t", comment_id="c1", delivery="d1"))
        assert new.undo(moderator="ann")[0].undoes == 1
        assert new.outbox.counts() == {"pending": 0, "told": 0, "cancelled": 0, "given up": 0}

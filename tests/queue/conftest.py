"""Queues to try things on: analyses by a judge without a model, SQLite, and a PostgreSQL started for the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from stance.queue import Store, load_policy, open_store, rank
from stance.queue.database import open_database
from stance.queue.tables import metadata
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Article,
    Case,
    Comment,
    Mention,
    Order,
    Reply,
    Target,
    Thread,
)

POLICY = load_policy()


@pytest.fixture
def analyse(make_judge) -> Callable[..., Analysis]:
    """`analyse(texts)` is a thread of these comments, each answering the one before, judged by the constant judge.

    Authors are A0, A1, A2 in turn; every comment that says "Israel" speaks of it.
    """

    def build(texts=20, *, thread_id="bridge", judge=None) -> Analysis:
        if isinstance(texts, int):
            texts = [f"You are wrong about bridge {n}, and Israel is too." for n in range(texts)]
        judge = judge or make_judge()
        comments = tuple(_comment(n, text) for n, text in enumerate(texts))
        replies = tuple(
            Reply(comment_id=f"c{n}", parent_id=f"c{n - 1}" if n else ARTICLE, probability=0.9)
            for n in range(len(texts))
        )
        mentions = tuple(
            Mention(
                comment_id=one.id, actor_id="Israel", start=one.text.find("Israel"), end=one.text.find("Israel") + 6
            )
            for one in comments
            if "Israel" in one.text
        )
        actors = (
            Actor(id="Israel", name="Israel", kind=ActorKind.STATE),
            *(
                Actor(id=f"commenter {one.number}", name=one.author, kind=ActorKind.COMMENTER, aliases=(one.author,))
                for one in comments
            ),
        )
        thread = Thread(
            id=thread_id,
            article=Article(title="The old bridge"),
            comments=comments,
            order=Order.OLDEST_FIRST,
            order_probability=1.0,
        )
        judgements = tuple(judge.judge([_case(one, mentions) for one in comments]))
        parts = {"replies": replies, "actors": actors, "mentions": mentions, "judgements": judgements}
        given = {name: part for name, part in parts.items() if name != "judgements"}
        return Analysis(
            thread=thread,
            **parts,
            queue=rank(judgements, thread=thread, **given, policy=POLICY),
            model_id=judge.model_id,
            policy_digest=POLICY.digest,
            version="0",
        )

    return build


def _comment(n: int, text: str) -> Comment:
    posted_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)
    return Comment(id=f"c{n}", text=text, number=n + 1, author=f"A{n % 3}", posted_at=posted_at)


def _case(comment: Comment, mentions: tuple[Mention, ...]) -> Case:
    spans = tuple((one.start, one.end) for one in mentions if one.comment_id == comment.id)
    return Case(
        comment_id=comment.id,
        text=comment.text,
        sentences=((0, len(comment.text)),),
        targets=(Target(actor_id="Israel", name="Israel", spans=spans),) if spans else (),
    )


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    """Where a new queue can be made, in each database."""
    return str(tmp_path / "queue.db") if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
def store(address, clock) -> Iterator[Store]:
    """An empty queue."""
    with Store(open_database(address), clock=clock) as opened:
        yield opened


@pytest.fixture
def queue(store, analyse) -> Store:
    """A queue of twenty comments."""
    store.load([analyse()], policy=POLICY)
    return store


@pytest.fixture
def sqlite_queue(tmp_path, analyse) -> Path:
    """The file of a queue of twenty comments."""
    path = tmp_path / "queue.db"
    with open_store(path) as opened:
        opened.load([analyse()], policy=POLICY)
    return path


@pytest.fixture
def postgresql(migrated) -> str:
    """The URL of an empty queue: one database for all tests, emptied before each, for making one takes seconds."""
    tables = ", ".join(name for name in metadata.tables if name != "ledger")
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger refuses to empty the decisions
        connection.execute(f"TRUNCATE {tables}")
        connection.execute("UPDATE ledger SET value = 0, hash = ''")
    return migrated


@pytest.fixture(scope="session")
def migrated(server) -> str:
    """The URL of the tests' database, with the tables in it."""
    with psycopg.connect(host=server, user="stance", dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE queue")
    address = f"postgresql://stance@/queue?host={server}"
    open_store(address).close()
    return address


@pytest.fixture
def bare_postgresql(server) -> str:
    """The URL of a database without a table."""
    name = f"bare_{uuid.uuid4().hex}"
    with psycopg.connect(host=server, user="stance", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql://stance@/{name}?host={server}"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The folder with the socket of a PostgreSQL server that runs as long as the tests."""
    programs = find_programs()
    if programs is None:
        missing("PostgreSQL is not installed (apt-get install postgresql)")
    home = Path(tempfile.mkdtemp(prefix="stance-pg-"))
    # PostgreSQL refuses to run as root.
    owner = "nobody" if os.getuid() == 0 else None
    if owner:
        os.chown(home, pwd.getpwnam(owner).pw_uid, -1)

    def run(program: str, *words: str) -> None:
        with (home.parent / f"{home.name}.log").open("ab") as log:
            subprocess.run(
                [programs / program, *words], check=True, user=owner, cwd=home, stdout=log, stderr=log, timeout=120
            )

    data = str(home / "data")
    run("initdb", "--pgdata", data, "--username", "stance", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
    settings = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off -c max_connections=200"
    run("pg_ctl", "start", "--pgdata", data, "--wait", "--options", settings, "--log", str(home / "log"))
    yield str(home)
    run("pg_ctl", "stop", "--pgdata", data, "--mode", "immediate")
    shutil.rmtree(home)
    (home.parent / f"{home.name}.log").unlink()


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs, which Debian keeps off the path."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def missing(what: str) -> None:
    """Skip for want of a service, or fail where services are required."""
    if os.environ.get("STANCE_REQUIRE_SERVICES"):
        pytest.fail(f"{what}, and STANCE_REQUIRE_SERVICES is set")
    pytest.skip(what)
